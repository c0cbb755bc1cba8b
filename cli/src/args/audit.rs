//! `sigillo audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `sigillo audit …`.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Verify the trace: its chain, the request behind each change, and the checkpoints that were exported
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify {
        /// Exported checkpoints: files of `audit checkpoint`, or folders of them; without them only the register's own are held
        #[arg(long, value_name = "DIR|FILE")]
        checkpoints: Vec<PathBuf>,
        /// A public key that checkpoints may be signed with (PEM or DER), one a generation, instead of those of the home's key store
        #[arg(long, value_name = "FILE")]
        public_key: Vec<PathBuf>,
    },
    /// Sign where the trace ends; take the file to a place that whoever can write the register cannot
    #[command(
        after_help = "Examples:\n  sigillo audit checkpoint --out /media/usb/checkpoints\n  sigillo audit checkpoint\n\nEach run ends with one. They go to the folder `checkpoints` of the home unless another is named; exit status 0, also if\nnothing happened since the last one"
    )]
    Checkpoint {
        /// The folder it goes to
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Write everything that a stranger needs to verify the trace without this program
    #[command(
        after_help = "Example:\n  sigillo audit export --out /media/usb/trace-2026-11\n  target/venv/bin/python test-vectors/replay/audit.py /media/usb/trace-2026-11\n\nWrites trace.jsonl, checkpoints.jsonl, requests.jsonl, the public keys as PEM, and MANIFEST.sha256"
    )]
    Export {
        /// A new folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Show what happened to a document, a card, a lot or a run, or what an operator did
    #[command(
        after_help = "Examples:\n  sigillo audit trace --document I00000001\n  sigillo audit trace --card 0a0b0c0d0e0f10111213\n  sigillo audit trace --operator anna --json\n\nShows what is written; whether it is true says `sigillo audit verify`. Exit status 1 if nothing was found"
    )]
    Trace(TraceArgs),
    /// Show what retention has to destroy, or destroy it
    #[command(
        after_help = "Examples:\n  sigillo audit retention\n  sigillo --operator anna --second bruno audit retention --apply --custodian anna --custodian bruno\n\nWith --apply the keys that wrap data keys are renewed too: older backups can be opened no more. A run that was broken off is\ngone on with. The days stand under [retention] in sigillo.toml"
    )]
    Retention {
        /// Destroy what is due
        #[arg(long, requires = "custodians")]
        apply: bool,
        /// A custodian who is there while keys are made and destroyed; twice, with two names
        #[arg(long = "custodian", value_name = "NAME", requires = "apply")]
        custodians: Vec<String>,
    },
}

/// What a history is asked for by.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct TraceArgs {
    /// A document number
    #[arg(long, value_name = "NUMBER")]
    pub document: Option<String>,
    /// The serial of a chip
    #[arg(long, value_name = "SERIAL")]
    pub card: Option<String>,
    /// The number of a lot
    #[arg(long, value_name = "N")]
    pub lot: Option<i64>,
    /// The number of a run
    #[arg(long, value_name = "N")]
    pub run: Option<i64>,
    /// The name of an operator
    #[arg(long = "by", value_name = "NAME")]
    pub by: Option<String>,
}

const VERIFY_EXAMPLES: &str = "Examples:
  sigillo audit verify
  sigillo audit verify --checkpoints /media/usb/checkpoints
  sigillo audit verify --checkpoints /media/usb/checkpoints --public-key checkpoint-key-1.pem

Exit status: 0 nothing is wrong, 1 the first fault is named. \"Complete to checkpoint N\" means: what the trace says up to there
cannot have been changed or cut by whoever has not the checkpoint key; what follows is in order, and a tail that was cut off
behind it would not be missed";
