//! What the register holds of a permit: `show`, `history`, and what is open.

use std::process::ExitCode;

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use serde_json::{Value, json};
use sigillo_issuance::life_cycle::RecordEvent;
use sigillo_office::{Rules, open_acts as acts_of};
use sigillo_store::{PermitEventRow, PermitStanding, Store, StoreError};

use crate::commands::permit::desk::rules;
use crate::context::Context;
use crate::failure::{Failure, STOPPED};

/// State, card and dates.
pub(super) fn show(context: &Context, document: &str) -> Result<ExitCode, Failure> {
    let store = context.register()?;
    let standing = standing(&store, document)?;
    let events = store.permit_history(standing.record)?;
    let released_at = store.permit(document)?.map(|permit| permit.released_at);
    let at = |event| last(&events, event).map(|row| row.at.as_str());
    let rules = rules(context)?;
    let json = json!({
        "document": document,
        "state": standing.state.name(),
        "italian": standing.state.italian(),
        "serial": standing.serial.map(|serial| serial.to_string()),
        "sod_digest": standing.sod_digest.map(hex::encode),
        "valid_to": standing.valid_to,
        "released_at": released_at,
        "activated_at": at(RecordEvent::Activate),
        "delivered_at": at(RecordEvent::Deliver),
        "last": events.last().map(row_json),
    });
    context.print(&json, || {
        let mut out = format!("{document}: {}, {}\n", standing.state.name(), standing.state.italian());
        let mut line = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                out += &format!("  {name:<10} {value}\n");
            }
        };
        line("card", standing.serial.map(|serial| serial.to_string()).as_deref());
        line("seal", standing.sod_digest.map(hex::encode).as_deref());
        line("valid to", standing.valid_to.as_deref());
        line("released", released_at.as_deref().map(seconds).as_deref());
        line("activated", at(RecordEvent::Activate).map(seconds).as_deref());
        line("delivered", at(RecordEvent::Deliver).map(seconds).as_deref());
        if let Some(row) = events.last().filter(|row| row.reason.is_some()) {
            line(row.event.name(), Some(&format!("{}, {}", seconds(&row.at), why(row, &rules))));
        }
        out
    });
    Ok(ExitCode::SUCCESS)
}

/// The whole story.
pub(super) fn history(context: &Context, document: &str) -> Result<ExitCode, Failure> {
    let store = context.register()?;
    let standing = standing(&store, document)?;
    let events = store.permit_history(standing.record)?;
    let released = store.permit(document)?.filter(|permit| permit.record == standing.record);
    let rules = rules(context)?;
    let json = json!({
        "document": document,
        "released_at": released.as_ref().map(|permit| permit.released_at.as_str()),
        "events": events.iter().map(row_json).collect::<Vec<_>>(),
    });
    context.print(&json, || {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_header(["when", "event", "from", "to", "by", "why"]);
        if let Some(permit) = &released {
            table.add_row([
                seconds(&permit.released_at).as_str(),
                "release",
                "in_formation",
                "not_issued",
                "the line",
                "",
            ]);
        }
        for row in &events {
            let second = row.second.as_ref().map_or(String::new(), |second| format!(" and {second}"));
            let by = format!("{}{second}", row.operator);
            let (from, to) = (row.from.name(), row.to.name());
            table.add_row([
                seconds(&row.at).as_str(),
                row.event.name(),
                from,
                to,
                by.as_str(),
                why(row, &rules).as_str(),
            ]);
        }
        format!("{table}\n")
    });
    Ok(ExitCode::SUCCESS)
}

/// What was interrupted; exit 7 while something waits.
pub(super) fn open_acts(context: &Context) -> Result<ExitCode, Failure> {
    let open = acts_of(&context.register()?).map_err(Failure::office)?;
    let rows: Vec<Value> = open
        .iter()
        .map(|open| {
            json!({
                "document": open.document_number,
                "act": open.row.act.name(),
                "operator": open.row.operator,
                "at": open.row.at,
                "state": open.state.name(),
            })
        })
        .collect();
    context.print(&json!({ "open": rows }), || {
        if open.is_empty() {
            return "nothing is open\n".to_owned();
        }
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_header(["document", "act", "since", "by", "permit"]);
        for open in &open {
            let row = &open.row;
            table.add_row([
                &*open.document_number,
                row.act.name(),
                &seconds(&row.at),
                &row.operator,
                open.state.name(),
            ]);
        }
        format!("{table}\nput each card in and run `sigillo permit resume --document NUMBER`\n")
    });
    Ok(if open.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(STOPPED) })
}

fn standing(store: &Store, document: &str) -> Result<PermitStanding, Failure> {
    Ok(store.permit_standing(document)?.ok_or(StoreError::UnknownPermit)?)
}

fn last(events: &[PermitEventRow], event: RecordEvent) -> Option<&PermitEventRow> {
    events.iter().rev().find(|row| row.event == event)
}

fn row_json(row: &PermitEventRow) -> Value {
    json!({
        "event": row.event.name(),
        "from": row.from.name(),
        "to": row.to.name(),
        "operator": row.operator,
        "second": row.second,
        "at": row.at,
        "reason": row.reason,
        "reported_by": row.reported_by,
        "consignment": row.consignment.map(|consignment| consignment.number()),
    })
}

/// Reason and reporter with what the lists call them.
fn why(row: &PermitEventRow, rules: &Rules) -> String {
    let named = |code: &String| match rules.meaning(code) {
        Some(listed) => format!("{code} ({})", listed.italian),
        None => code.clone(),
    };
    let reported = row.reported_by.as_ref().map(|code| format!("reported by {}", named(code)));
    let consignment = row.consignment.map(|consignment| format!("consignment {consignment}"));
    [row.reason.as_ref().map(named), reported, consignment].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A moment for people: whole seconds.
fn seconds(moment: &str) -> String {
    moment.get(..19).map_or_else(|| moment.to_owned(), |seconds| format!("{seconds}Z"))
}
