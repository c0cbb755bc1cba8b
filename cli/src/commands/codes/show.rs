//! Where codes are: states and times, nothing else.

use std::process::ExitCode;

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL;
use serde_json::{Value, json};
use sigillo_codes::CodesState;
use sigillo_store::CodesRow;

use crate::context::Context;
use crate::failure::Failure;

/// Every set of codes of one permit.
pub(super) fn show(context: &Context, document: &str) -> Result<ExitCode, Failure> {
    let rows = context.register()?.codes_of(document)?;
    let Some(newest) = rows.last() else { return Err(sigillo_store::StoreError::CodesNone.into()) };
    let json = json!({
        "document": document,
        "state": newest.state.name(),
        "codes": rows.iter().map(row_json).collect::<Vec<_>>(),
    });
    context.print(&json, || {
        let mut table = Table::new();
        table.load_style(UTF8_FULL).set_header(["set", "made", "card", "state", ""]);
        for row in &rows {
            let (generation, card) = (row.generation.to_string(), row.serial.to_string());
            let means = meaning(row.state, row.generation == newest.generation);
            table.add_row([&generation, &row.made_at, &card, row.state.name(), means]);
        }
        format!("{document}\n{table}\n")
    });
    Ok(ExitCode::SUCCESS)
}

/// Permits without a letter, and why.
pub(super) fn due(context: &Context) -> Result<ExitCode, Failure> {
    let rows = context.register()?.codes_due_for_reissue()?;
    let json = json!({ "due": rows.iter().map(row_json).collect::<Vec<_>>() });
    context.print(&json, || {
        if rows.is_empty() {
            return "no permit needs new codes\n".to_owned();
        }
        let mut table = Table::new();
        table.load_style(UTF8_FULL).set_header(["document", "set", "state", ""]);
        for row in &rows {
            let generation = row.generation.to_string();
            table.add_row([&row.document_number, &generation, row.state.name(), meaning(row.state, true)]);
        }
        format!(
            "{table}\nnew codes: `sigillo codes reissue --document …`, with the card\na consumed letter that is there all the same: \
             `sigillo codes came-out --document …`\n"
        )
    });
    Ok(ExitCode::SUCCESS)
}

fn row_json(row: &CodesRow) -> Value {
    json!({
        "document": row.document_number,
        "generation": row.generation,
        "state": row.state.name(),
        "serial": row.serial.to_string(),
        "made_at": row.made_at,
    })
}

/// What a state means to a clerk.
fn meaning(state: CodesState, is_newest: bool) -> &'static str {
    match state {
        CodesState::Made => "the card did not confirm them: set new ones",
        CodesState::Set => "on the card; the letter can be printed once",
        CodesState::Consumed => {
            "taken out for printing, and nobody said that the letter came out: find it, or set new ones"
        }
        CodesState::Printed => "the letter was printed",
        CodesState::Lost if is_newest => "no letter came out, and none can: set new ones",
        CodesState::Lost => "replaced before a letter came out",
    }
}
