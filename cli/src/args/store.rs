//! `sigillo store`.

use std::path::PathBuf;

use clap::Subcommand;

/// `sigillo store …`.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Copy the register, as it is at this moment, into a new file; work goes on meanwhile
    #[command(
        after_help = "Example:\n  sigillo store backup /media/backup/register-2026-11-22\n\nThe keys (keys/), sigillo.toml and pki/ of the home are not in it: keep them apart, and copies of old keys not at all"
    )]
    Backup {
        /// The file, which must not exist; only its owner may read it
        file: PathBuf,
    },
    /// Make the home's register out of a backup, in a file or a server; where a register is, nothing happens
    #[command(
        after_help = "Examples:\n  sigillo store restore /media/backup/register-2026-11-22\n\nFrom a file to a server: make a backup, name the server's empty database in sigillo.toml ([store] database), restore"
    )]
    Restore {
        /// The backup
        file: PathBuf,
    },
    /// Check the home's register, or a backup: what is stored, and the chain of the trace
    #[command(
        after_help = "Examples:\n  sigillo store check\n  sigillo store check --backup /media/backup/register-2026-11-22\n\nExit status: 0 sound, 1 the trace is not whole, 3 the backup is damaged, 6 the register is"
    )]
    Check {
        /// A backup instead of the home's register
        #[arg(long, value_name = "FILE")]
        backup: Option<PathBuf>,
    },
}
