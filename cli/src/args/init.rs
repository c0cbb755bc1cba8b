//! `sigillo init`.

use std::path::PathBuf;

use clap::Args;

/// `sigillo init`.
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// Make test keys now, in files unless a token is named; their certificates say TEST and production mode refuses them
    #[arg(long)]
    pub test_keys: bool,
    /// Keep the keys in a token: the file of its PKCS#11 module; its PIN is asked for, or read by --secret-fd pin=N
    #[arg(long, value_name = "MODULE", requires = "token")]
    pub pkcs11: Option<PathBuf>,
    /// The token's label
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    pub token: Option<String>,
    /// Keep the keys in files under a passphrase of yours, asked for or read by --secret-fd passphrase=N; not for production
    #[arg(long, conflicts_with_all = ["test_keys", "pkcs11", "production"])]
    pub passphrase: bool,
    /// The chip profile
    #[arg(long, default_value = "pse-rf-bac", value_name = "NAME")]
    pub profile: String,
    /// Keep the register in an empty database of this machine's PostgreSQL, postgresql:///NAME?host=/run/postgresql; its password, if any, by --secret-fd database=N
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Refuse test keys and TEST profiles from now on
    #[arg(long, conflicts_with = "test_keys")]
    pub production: bool,
}
