use std::process::ExitCode;

use serde_json::json;
use sigillo_line::Home;
use sigillo_store::Store;

use crate::args::audit::AuditCommand;
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo audit …`.
pub(crate) fn audit(context: &Context, command: &AuditCommand) -> Result<ExitCode, Failure> {
    let AuditCommand::Verify = command;
    let home = Home::open(&context.global.home)?;
    let head = Store::open(&context.database(&home)?)?.verify_trace(None)?;
    let result = json!({ "entries": head.seq, "head": hex::encode(head.hash) });
    context
        .print(&result, || format!("the trace is complete: {} entries, head {}\n", head.seq, hex::encode(head.hash)));
    Ok(ExitCode::SUCCESS)
}
