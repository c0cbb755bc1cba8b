use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};
use sigillo_keystore::{Finding, InventoryFault, KeyEntry, Keystore, ROLES};

use crate::context::Context;

/// The table of decision D9.
pub(super) fn table(context: &Context) {
    let rows: Vec<Value> = ROLES
        .iter()
        .map(|row| {
            let algorithms: Vec<&str> = row.algorithms.iter().map(|algorithm| algorithm.name()).collect();
            json!({
                "role": row.name, "holder": row.holder, "algorithms": algorithms, "months": row.months,
                "ceremony": row.ceremony.name(), "from_the_beginning": row.from_the_beginning,
            })
        })
        .collect();
    context.print(&json!({ "roles": rows }), || {
        let mut table = new_table(&["role", "holder", "algorithms", "months", "ceremony"]);
        for row in &ROLES {
            let algorithms: Vec<&str> = row.algorithms.iter().map(|algorithm| algorithm.name()).collect();
            let months = row.months.map_or("as long as needed".to_owned(), |months| months.to_string());
            table.add_row([row.name, row.holder, &algorithms.join(", "), &months, row.ceremony.name()]);
        }
        format!("{table}\n")
    });
}

/// The keys, and what does not agree; 1 if something does not.
pub(super) fn list(context: &Context, keys: &dyn Keystore, findings: &[Finding]) -> ExitCode {
    let entries: Vec<KeyEntry> = keys.keys();
    let found: Vec<Value> = findings
        .iter()
        .map(|finding| json!({ "label": finding.label, "code": finding.fault.code(), "says": words(&finding.fault) }))
        .collect();
    let result = json!({ "keys": entries.iter().map(value).collect::<Vec<_>>(), "findings": found });
    context.print(&result, || {
        let mut table = new_table(&["key", "algorithm", "state", "made", "until", "check value or key identifier"]);
        for entry in &entries {
            let until = entry.until.map_or(String::new(), |until| until.to_string());
            let created = entry.created.to_string();
            let label = entry.label.to_string();
            table.add_row([&label, entry.algorithm.name(), entry.state.name(), &created, &until, &entry.id]);
        }
        let mut text = format!("{table}\n");
        for finding in findings {
            text += &format!("{}: {} ({})\n", finding.label, words(&finding.fault), finding.fault.code());
        }
        if findings.is_empty() {
            text += "register and store agree\n";
        }
        text
    });
    if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// One key.
pub(super) fn entry(context: &Context, entry: &KeyEntry) {
    context.print(&value(entry), || {
        let until = entry.until.map_or(String::new(), |until| format!(", until {until}"));
        format!("{} {} {}, {}{until}\n", entry.label, entry.algorithm.name(), entry.id, entry.state.name())
    });
}

/// A name and what tells the thing from others.
pub(super) fn id(context: &Context, name: &str, id: &str) {
    context.print(&json!({ "label": name, "id": id }), || format!("{name} {id}\n"));
}

fn value(entry: &KeyEntry) -> Value {
    json!({
        "label": entry.label, "algorithm": entry.algorithm.name(), "state": entry.state.name(),
        "created": entry.created, "until": entry.until, "id": entry.id,
    })
}

fn words(fault: &InventoryFault) -> String {
    match fault {
        InventoryFault::Missing => "the register has it, the store does not".to_owned(),
        InventoryFault::Unknown => "the store has it, the register does not".to_owned(),
        InventoryFault::Expired => "its last day is over; rotate it".to_owned(),
        InventoryFault::AnotherKey => "the store holds another key under this label".to_owned(),
        InventoryFault::Attribute(name) => format!("the attribute {name} is not what its role wants"),
    }
}

fn new_table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(head);
    table
}
