//! `sigillo keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `sigillo keys …`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Show the table of keys: who holds what, of which algorithm, for how long, by which ceremony
    Table,
    /// List the keys, and hold the register against the store: missing, unknown, expired, wrong attributes
    #[command(
        after_help = "Example:\n  sigillo keys list\n  sigillo --json --secret-fd pin=3 keys list 3</run/pin\n\nExit status: 0 all agrees, 1 something does not"
    )]
    List,
    /// Show the check value of an AES key, or the key identifier of a key pair, as the store computes it now
    Check {
        /// The key, for example formation-master/1
        label: String,
    },
    /// Make a key where it stays
    #[command(after_help = "Example:\n  sigillo keys generate document-signer --custodian anna --custodian bruno")]
    Generate {
        /// The role, as `sigillo keys table` names it
        role: String,
        /// The name, for roles that are told apart by name
        #[arg(long)]
        name: Option<String>,
        /// The algorithm, if not the role's first
        #[arg(long, value_name = "NAME")]
        algorithm: Option<String>,
        #[command(flatten)]
        present: Present,
    },
    /// Enter an AES key in components: one a custodian, hidden, each with its own check value
    #[command(
        after_help = "Example:\n  sigillo keys import formation-master --component anna=08C8D4 --component bruno=A1B2C3\n\nThe components are asked for at the prompt, or read by --secret-fd component-1=N --secret-fd component-2=N."
    )]
    Import {
        /// The role, as `sigillo keys table` names it
        role: String,
        /// The name, for roles that are told apart by name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        components: Components,
    },
    /// Enter the transport key of a vendor's batch in components
    #[command(
        after_help = "Example:\n  sigillo keys transport 2026-A --component anna=08C8D4 --component bruno=A1B2C3 --check-value 5F2A11"
    )]
    Transport {
        /// The batch
        batch: String,
        #[command(flatten)]
        components: Components,
    },
    /// Let a new generation take over
    Rotate {
        /// The role
        role: String,
        #[command(flatten)]
        present: Present,
    },
    /// Take a key out of use for good
    Destroy {
        /// The key
        label: String,
        /// Its check value or key identifier, as `sigillo keys list` shows it: nothing is destroyed by a slip
        #[arg(long, value_name = "HEX")]
        id: String,
        #[command(flatten)]
        present: Present,
    },
    /// Install the certificate of a key
    Certificate {
        /// The key, for example document-signer/2
        label: String,
        /// The certificate (DER or PEM)
        file: PathBuf,
        /// How many seals a document signer may make under it
        #[arg(long, default_value_t = 100_000, value_name = "N")]
        seals: u64,
    },
    /// Install the certificate of a country signing CA whose key is elsewhere: a trust anchor
    Anchor {
        /// The certificate (DER or PEM)
        file: PathBuf,
    },
    /// Carry out a script of steps before custodians, or replay what was written down
    #[command(subcommand)]
    Ceremony(CeremonyCommand),
}

/// `sigillo keys ceremony …`.
#[derive(Debug, Subcommand)]
pub(crate) enum CeremonyCommand {
    /// Carry out a script; its transcript is a new file
    Run {
        /// The script (TOML)
        script: PathBuf,
        /// Where the transcript goes
        #[arg(long, value_name = "FILE")]
        transcript: PathBuf,
        /// Nobody is asked to confirm: for test keys alone
        #[arg(long)]
        unattended: bool,
    },
    /// Replay a transcript: each line follows from the one before it, and each custodian confirmed each step
    Verify {
        /// The transcript
        transcript: PathBuf,
        /// The script that it must be of
        #[arg(long, value_name = "FILE")]
        script: Option<PathBuf>,
    },
}

/// Who is there.
#[derive(Args, Debug)]
pub(crate) struct Present {
    /// A custodian who is there; twice, with two names, where the table says so
    #[arg(long = "custodian", value_name = "NAME", required = true)]
    pub custodians: Vec<String>,
}

/// Components, and what is known of them.
#[derive(Args, Debug)]
pub(crate) struct Components {
    /// A custodian and the check value of his component, in the order in which the components are entered
    #[arg(long = "component", value_name = "NAME=HEX", required = true, value_parser = parse_component)]
    pub components: Vec<(String, [u8; 3])>,
    /// The check value of the whole key, if its owner sent one
    #[arg(long, value_name = "HEX", value_parser = parse_check_value)]
    pub check_value: Option<[u8; 3]>,
}

fn parse_component(text: &str) -> Result<(String, [u8; 3]), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=HEX, for example anna=08C8D4")?;
    Ok((name.to_owned(), parse_check_value(value)?))
}

fn parse_check_value(text: &str) -> Result<[u8; 3], String> {
    let mut value = [0; 3];
    hex::decode_to_slice(text, &mut value).map_err(|_| "a check value has 6 hexadecimal digits")?;
    Ok(value)
}
