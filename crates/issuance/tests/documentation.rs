//! docs/records.md shows the tables of the code, and no others.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]
#![allow(clippy::disallowed_methods, reason = "reads the manual")]

use sigillo_issuance::record::{FIELD_MAP, FaultKind, FieldRow};

#[test]
fn the_manual_has_the_field_map() {
    let table: String = FIELD_MAP.iter().map(row).collect();
    contains(&format!(
        "| field | required | data group and tag | machine-readable zone | print |\n|---|---|---|---|---|\n{table}\n"
    ));
}

#[test]
fn the_manual_has_every_code() {
    let table: String =
        FaultKind::ALL.iter().map(|kind| format!("| `{}` | {} |\n", kind.code(), kind.advice())).collect();
    contains(&format!("| code | what to do |\n|---|---|\n{table}"));
}

fn row(row: &FieldRow) -> String {
    let chip = row.chip.map_or("–".to_owned(), |placed| format!("DG{}, `{:02X}`", placed.data_group, placed.tag));
    let required = if row.required { "yes" } else { "" };
    format!("| `{}` | {required} | {chip} | {} | {} |\n", row.field, row.mrz.unwrap_or("–"), row.print)
}

fn contains(table: &str) {
    let manual = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/records.md")).unwrap();
    assert!(manual.contains(table), "docs/records.md lacks this table:\n{table}");
}
