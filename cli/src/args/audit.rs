//! `sigillo audit`.

use clap::Subcommand;

/// `sigillo audit …`.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Verify the chain of the trace: names the first altered, missing or reordered entry
    Verify,
}
