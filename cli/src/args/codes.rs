//! `sigillo codes`.

use std::path::PathBuf;

use clap::{Args, Subcommand, value_parser};
use sigillo_office::PrinterPipe;

use crate::args::permit::{CardArgs, DocumentArgs};

/// `sigillo codes …`.
#[derive(Debug, Subcommand)]
pub(crate) enum CodesCommand {
    /// Print the letter with PIN, PUK and CIP of a valid permit: once, straight into the printer or encrypted
    #[command(
        after_help = "Examples:\n  sigillo --operator anna codes envelope --document I40718263 --reason activation\n  sigillo --operator anna codes envelope --document I40718263 --reason activation --printer lp --printer-arg=-d --printer-arg=codes\n  sigillo --operator anna codes envelope --document I40718263 --reason activation --encrypt-to printer.cer --out I40718263.p7m\n  sigillo --operator anna codes envelope --all-valid --reason activation\n\nThe codes leave the register in the change that records who prints and why. If the letter is not there afterwards, there is no\nsecond one: `sigillo codes reissue` makes new codes. Exit status: 0 all printed, 1 a letter of several was not"
    )]
    Envelope(EnvelopeArgs),
    /// Show where the codes of a permit are; never the codes
    #[command(after_help = "Example:\n  sigillo codes show --document I40718263")]
    Show {
        /// Which permit
        #[command(flatten)]
        permit: DocumentArgs,
    },
    /// List the permits of which no letter is there nor can come: their cards need new codes
    #[command(after_help = "Example:\n  sigillo codes due")]
    Due,
    /// Say that a letter is there whose printing was in doubt: taken out, and nobody said that it came out
    #[command(
        after_help = "Example:\n  sigillo --operator anna codes came-out --document I40718263 --reason in-the-tray\n\nWhoever says so has the letter in his hands, whole and unopened. Otherwise: `sigillo codes reissue`"
    )]
    CameOut {
        /// Which permit
        #[command(flatten)]
        permit: DocumentArgs,
        /// Why we know, in one word: in-the-tray, handed-over
        #[arg(long, value_name = "WORD")]
        reason: String,
    },
    /// Set new codes on the card of a valid permit; their letter is printed next
    #[command(
        after_help = "Examples:\n  sigillo --operator anna codes reissue --document I40718263 --reader 0 --mrz-file mrz.txt\n  sigillo --operator anna codes envelope --document I40718263 --reason reissue"
    )]
    Reissue {
        /// Which permit
        #[command(flatten)]
        permit: DocumentArgs,
        /// Its card
        #[command(flatten)]
        card: CardArgs,
    },
}

/// `sigillo codes envelope`.
#[derive(Args, Debug)]
pub(crate) struct EnvelopeArgs {
    /// The document number, as it is printed on the card
    #[arg(long, value_name = "NUMBER", required_unless_present = "all_valid")]
    pub document: Option<String>,
    /// Every valid permit whose letter was not printed yet: an office's day
    #[arg(long, conflicts_with = "document")]
    pub all_valid: bool,
    /// Why, in one word: activation, reissue
    #[arg(long, value_name = "WORD")]
    pub reason: String,
    /// The printer's program, without a shell; without it the one of `[office]` in sigillo.toml
    #[arg(long, value_name = "PROGRAM", conflicts_with = "encrypt_to")]
    pub printer: Option<String>,
    /// An argument of the printer's program; may be given more than once
    #[arg(long, value_name = "ARGUMENT", requires = "printer", allow_hyphen_values = true)]
    pub printer_arg: Vec<String>,
    /// How long the printer's program may take for a letter; then it is killed
    #[arg(long, value_name = "SECONDS", default_value_t = PrinterPipe::PATIENCE.as_secs(), value_parser = value_parser!(u64).range(1..=3600), conflicts_with = "encrypt_to")]
    pub printer_timeout: u64,
    /// Encrypt the letter to this certificate instead (CMS, DER or PEM)
    #[arg(long, value_name = "FILE", requires = "out")]
    pub encrypt_to: Option<PathBuf>,
    /// The new file of the encrypted letter; with --all-valid the folder of such files
    #[arg(long, value_name = "FILE", requires = "encrypt_to")]
    pub out: Option<PathBuf>,
}
