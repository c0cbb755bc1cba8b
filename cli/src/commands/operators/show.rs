use std::path::Path;
use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::{Value, json};
use sigillo_issuance::operator::{ACTS, Operator};
use sigillo_line::Home;
use sigillo_store::{OperatorRefused, OperatorRow, StoreError};

use crate::ask::RequestFile;
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo operators acts`.
pub(super) fn acts(context: &Context) {
    let roles = |roles: &[sigillo_issuance::operator::OperatorRole]| {
        roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ")
    };
    let rows: Vec<_> = ACTS
        .iter()
        .map(|row| json!({ "act": row.name, "on": row.on, "roles": row.roles.iter().map(|role| role.name()).collect::<Vec<_>>(), "persons": row.persons, "about": row.about }))
        .collect();
    context.print(&json!({ "acts": rows }), || {
        let mut table = table(&["act", "on", "roles", "persons", "what it does"]);
        for row in ACTS {
            table.add_row([row.name, row.on, &roles(row.roles), &row.persons.to_string(), row.about]);
        }
        format!("{table}\n")
    });
}

/// `sigillo operators list`.
pub(super) fn list(context: &Context) -> Result<ExitCode, Failure> {
    let rows = rows(context)?;
    let values: Vec<_> = rows.iter().map(value).collect();
    context.print(&json!({ "operators": values }), || {
        if rows.is_empty() {
            return "no operators: whoever is named may change everything; see `sigillo operators found --help`\n"
                .to_owned();
        }
        let mut table = table(&["name", "roles", "key", "since", "retired"]);
        for row in &rows {
            let key = row.operator.key.text();
            table.add_row([
                row.operator.name.as_str(),
                &row.operator.roles_text().replace(',', ", "),
                &format!("{}…", key.get(..16).unwrap_or(&key)),
                &row.enrolled_at,
                row.retired_at.as_deref().unwrap_or(""),
            ]);
        }
        format!("{table}\n")
    });
    Ok(ExitCode::SUCCESS)
}

/// `sigillo operators show`: the newest of the name.
pub(super) fn one(context: &Context, name: &str) -> Result<ExitCode, Failure> {
    let row = rows(context)?.into_iter().rev().find(|row| row.operator.name.as_str() == name);
    let row = row.ok_or(StoreError::Operator(OperatorRefused::Unknown))?;
    context.print(&value(&row), || {
        let retired = match (&row.retired_at, &row.retired_by) {
            (Some(at), Some(by)) => format!("{at} by request {by}"),
            _ => "no".to_owned(),
        };
        format!(
            "name      {name}\nroles     {}\nkey       {}\nenrolled  {} by request {}\nretired   {retired}\n",
            row.operator.roles_text().replace(',', ", "),
            row.operator.key.text(),
            row.enrolled_at,
            row.enrolled_by,
        )
    });
    Ok(ExitCode::SUCCESS)
}

/// Who was enrolled.
pub(super) fn said(context: &Context, new: &[Operator]) -> Result<ExitCode, Failure> {
    let values: Vec<_> = new.iter().map(Operator::arguments).collect();
    context.print(&json!({ "enrolled": values }), || {
        new.iter()
            .map(|operator| {
                format!("{} enrolled: {}\n  key {}\n", operator.name, operator.roles_text(), operator.key.text())
            })
            .collect()
    });
    Ok(ExitCode::SUCCESS)
}

/// What was countersigned.
pub(super) fn countersigned(context: &Context, signed: &RequestFile, out: &Path) {
    let request = signed.signed.request();
    let names: Vec<_> = signed.signed.signatures().keys().map(|name| name.as_str()).collect();
    let result = json!({
        "id": request.id.to_string(), "at": request.at.to_string(), "operator": request.operator.as_str(),
        "act": request.order.act.name(), "subject": request.order.subject.as_str(),
        "arguments": signed.arguments, "signed_by": names, "out": out,
    });
    context.print(&result, || {
        format!(
            "{} asks for {} on {}\nwith {}\nsigned by {}\n",
            request.operator,
            request.order.act.name(),
            request.order.subject,
            signed.arguments,
            names.join(" and ")
        )
    });
}

fn rows(context: &Context) -> Result<Vec<OperatorRow>, Failure> {
    let home = Home::open(&context.global.home)?;
    Ok(context.store(&home)?.operators()?)
}

fn value(row: &OperatorRow) -> Value {
    json!({
        "name": row.operator.name.as_str(),
        "roles": row.operator.roles.iter().map(|role| role.name()).collect::<Vec<_>>(),
        "key": row.operator.key.text(),
        "enrolled_at": row.enrolled_at, "enrolled_by": row.enrolled_by,
        "retired_at": row.retired_at, "retired_by": row.retired_by,
    })
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    table
}
