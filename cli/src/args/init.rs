//! `sigillo init`.

use clap::Args;

/// `sigillo init`.
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// Make software keys now; their certificates say TEST and production mode refuses them
    #[arg(long)]
    pub test_keys: bool,
    /// The chip profile
    #[arg(long, default_value = "pse-rf-bac", value_name = "NAME")]
    pub profile: String,
    /// Refuse test keys and TEST profiles from now on
    #[arg(long, conflicts_with = "test_keys")]
    pub production: bool,
}
