//! `sigillo lot`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `sigillo lot …`.
#[derive(Debug, Subcommand)]
pub(crate) enum LotCommand {
    /// Check every record and report every fault at once; changes nothing
    #[command(after_help = "Example:\n  sigillo lot check lot.jsonl --json")]
    Check(LotFile),
    /// Check, encrypt and store every record, or none
    #[command(after_help = "Example:\n  sigillo --operator anna lot import lot.jsonl")]
    Import(LotFile),
}

/// A lot.
#[derive(Args, Debug)]
pub(crate) struct LotFile {
    /// R-PSE records, one JSON object a line; images by base64 or by a path inside the file's folder
    pub file: PathBuf,
}
