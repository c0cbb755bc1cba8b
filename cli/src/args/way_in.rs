//! Which chip, and what opens it: for every command that a terminal carries out.

use std::path::PathBuf;

use clap::Args;

/// One chip and what opens it.
#[derive(Args, Debug)]
pub(crate) struct WayInArgs {
    /// A PC/SC reader, by its name or number as `chip readers` lists them
    #[arg(long, value_name = "READER", required_unless_present = "image")]
    pub reader: Option<String>,
    /// The image of a virtual chip
    #[arg(long, conflicts_with = "reader")]
    pub image: Option<PathBuf>,
    /// The three lines of the machine readable zone; without it, and without a card access number, they are asked for at the
    /// prompt
    #[arg(long, value_name = "FILE")]
    pub mrz_file: Option<PathBuf>,
    /// The card access number, for PACE; it opens no BAC
    #[arg(long, value_name = "FILE")]
    pub can_file: Option<PathBuf>,
    /// Ask for the card access number at the prompt
    #[arg(long, conflicts_with = "can_file")]
    pub can: bool,
    /// The eServices application, in hexadecimal
    #[arg(long, value_name = "AID", default_value = "F0534947494C4C4F01", value_parser = aid)]
    pub eservices: Aid,
}

/// The name of an application, 5 to 16 octets.
#[derive(Clone, Debug)]
pub(crate) struct Aid(pub Vec<u8>);

/// Reads the name of an application.
pub(crate) fn aid(text: &str) -> Result<Aid, String> {
    let octets = hex::decode(text).ok().filter(|octets| (5..=16).contains(&octets.len()));
    octets.map(Aid).ok_or_else(|| "an application identifier has 5 to 16 octets, in hexadecimal".to_owned())
}
