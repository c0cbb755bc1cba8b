//! `sigillo run`.

use std::path::PathBuf;

use clap::Subcommand;

use crate::args::station::StationArgs;

/// `sigillo run …`.
#[derive(Debug, Subcommand)]
pub(crate) enum RunCommand {
    /// Print the plan of a lot and its digest; touches nothing
    #[command(after_help = "Example:\n  sigillo run plan --lot 1 --json")]
    Plan {
        /// Number of the lot
        #[arg(long)]
        lot: i64,
    },
    /// Form one chip after the other
    #[command(after_help = "Example:\n  sigillo --operator anna run start --lot 1 --virtual 16 --plan 3f2a…")]
    Start {
        /// Number of the lot
        #[arg(long)]
        lot: i64,
        /// Where the chips are
        #[command(flatten)]
        station: StationArgs,
        /// Refuse to start unless the plan has this digest
        #[arg(long, value_name = "DIGEST")]
        plan: Option<String>,
    },
    /// Go on after a stop or a crash: same record, same chip
    #[command(after_help = "Example:\n  sigillo --operator anna run resume --virtual 16")]
    Resume {
        /// Number of the run; the newest if left out
        run: Option<i64>,
        /// Where the chips are
        #[command(flatten)]
        station: StationArgs,
    },
    /// Show runs, counts and open acts
    Status,
    /// Reconcile a run: chips, records, slots, waivers
    Report {
        /// Number of the run; the newest if left out
        run: Option<i64>,
    },
    /// Write what the printer prints, a folder for each released card
    #[command(name = "print-data")]
    PrintData {
        /// Number of the run; the newest if left out
        run: Option<i64>,
        /// A new folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}
