//! `sigillo audit`.

mod checkpoint;
mod export;
mod retention;
mod trace;
mod verify;

pub(crate) use checkpoint::after_run;

use std::process::ExitCode;

use crate::args::audit::AuditCommand;
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo audit …`.
pub(crate) fn audit(context: &Context, command: &AuditCommand) -> Result<ExitCode, Failure> {
    match command {
        AuditCommand::Verify { checkpoints, public_key } => verify::verify(context, checkpoints, public_key),
        AuditCommand::Checkpoint { out } => checkpoint::checkpoint(context, out.as_deref()),
        AuditCommand::Export { out } => export::export(context, out),
        AuditCommand::Trace(asked) => trace::trace(context, asked),
        AuditCommand::Retention { apply: false, .. } => retention::show(context),
        AuditCommand::Retention { apply: true, custodians } => retention::apply(context, custodians),
    }
}
