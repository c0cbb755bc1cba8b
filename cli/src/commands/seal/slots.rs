use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::json;
use sigillo_issuance::operator::ChangeAct;
use sigillo_store::By;

use crate::context::Context;
use crate::failure::Failure;

/// `sigillo seal slots`. It waits for no run: what living processes hold is told by their locks.
pub(super) fn slots(context: &Context, void: bool) -> Result<ExitCode, Failure> {
    let mut open = context.open()?;
    let voided = if void {
        context.operator()?;
        context.ask(&mut open, ChangeAct::SealVoid, "slots", &json!({}))?;
        let at = context.now().to_string();
        open.store.void_abandoned_slots(By { operator: context.operator()?, at: &at, run: None })?
    } else {
        0
    };
    let signers = context.look(&mut open, |line| line.sealer(None)?.signers())?;
    let left: u64 = signers.iter().map(|signer| signer.left).sum();
    context.print(&json!({ "signers": signers, "left": left, "voided": voided }), || {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_header([
            "signer",
            "limit",
            "reserved",
            "used",
            "void",
            "left",
            "last day",
            "revocation",
            "may not sign",
        ]);
        for signer in &signers {
            table.add_row([
                signer.signer.clone(),
                signer.limit.to_string(),
                signer.reserved.to_string(),
                signer.used.to_string(),
                signer.void.to_string(),
                signer.left.to_string(),
                signer.until.clone(),
                signer.status.to_owned(),
                signer.refusal.clone().unwrap_or_default(),
            ]);
        }
        let voided = if void { format!("{voided} slots of dead processes given up\n") } else { String::new() };
        format!("{table}\n{voided}{left} seals left\n")
    });
    Ok(ExitCode::SUCCESS)
}
