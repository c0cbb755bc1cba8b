//! `sigillo vectors`.

use std::path::PathBuf;

use clap::Subcommand;

/// `sigillo vectors …`.
#[derive(Debug, Subcommand)]
pub(crate) enum VectorsCommand {
    /// Replay every vector below a folder: decoders, seals, both ends of every channel, sessions of the in-process chip
    #[command(after_help = "Example:\n  sigillo vectors replay test-vectors")]
    Replay {
        /// The folder
        dir: PathBuf,
    },
}
