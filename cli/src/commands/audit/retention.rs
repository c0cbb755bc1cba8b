use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::{Value, json};
use sigillo_issuance::operator::ChangeAct;
use sigillo_issuance::record::Part;
use sigillo_keystore::KeyAct;
use sigillo_line::{Due, Home, Retention, RetentionDone, retention_due};
use sigillo_store::{By, RetentionRow};

use crate::context::{Bar, Context};
use crate::failure::Failure;

/// `sigillo audit retention`.
pub(super) fn show(context: &Context) -> Result<ExitCode, Failure> {
    let home = Home::open(&context.global.home)?;
    let store = context.store(&home)?;
    let due = retention_due(&store, home.retention(), context.today(), &mut || {})?;
    print(context, &home, &due, &store.retention_runs()?);
    Ok(ExitCode::SUCCESS)
}

/// `sigillo audit retention --apply`.
pub(super) fn apply(context: &Context, custodians: &[String]) -> Result<ExitCode, Failure> {
    let mut open = context.open_alone()?;
    let due = retention_due(&open.store, open.home.retention(), context.today(), &mut || {})?;
    if due.due() == 0 && !due.is_broken_off {
        print(context, &open.home, &due, &open.store.retention_runs()?);
        return Ok(ExitCode::SUCCESS);
    }
    let asked = json!({ "custodians": custodians, "due": due.due() });
    context.ask(&mut open, ChangeAct::AuditRetention, "retention", &asked)?;
    let bar: Bar = context.progress_bar(Some(due.parts.values().map(|kept| kept.kept).sum()));
    let at = context.now().to_string();
    let done = Retention {
        store: &mut open.store,
        keys: &mut *open.keys,
        by: By { operator: context.operator()?, at: &at, run: None },
        act: KeyAct { on: context.today(), by: custodians },
        schedule: open.home.retention(),
        entropy: &mut open.entropy,
        seen: &mut || bar.tick(),
    }
    .carry_out()?;
    bar.clear();
    print_done(context, &done);
    Ok(ExitCode::SUCCESS)
}

fn print(context: &Context, home: &Home, due: &Due, runs: &[RetentionRow]) {
    let schedule = home.retention();
    let parts: Vec<Value> = due
        .parts
        .iter()
        .map(|(part, kept)| {
            json!({
                "part": part.name(), "days": schedule.days(*part), "kept": kept.kept, "due": kept.due,
                "next": kept.next.map(|day| day.to_string()), "destroyed": kept.destroyed,
            })
        })
        .collect();
    let listed: Vec<Value> = runs
        .iter()
        .map(|run| json!({ "run": run.id, "operator": run.operator, "at": run.at, "ended_at": run.ended_at }))
        .collect();
    let result = json!({
        "parts": parts, "whole_records": due.whole, "is_broken_off": due.is_broken_off, "runs": listed,
    });
    context.print(&result, || {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["part", "days", "counted from", "kept", "due", "next due", "destroyed"]);
        for (part, kept) in &due.parts {
            table.add_row([
                part.name().to_owned(),
                schedule.days(*part).to_string(),
                counted_from(*part).to_owned(),
                kept.kept.to_string(),
                kept.due.to_string(),
                kept.next.map_or_else(|| "-".to_owned(), |day| day.to_string()),
                kept.destroyed.to_string(),
            ]);
        }
        let mut text = format!("{table}\n");
        if due.whole > 0 {
            text += &format!(
                "{} records are in one piece, of an earlier version: the next run takes them apart\n",
                due.whole
            );
        }
        if due.is_broken_off {
            text += "a run was broken off: go on with `sigillo audit retention --apply`\n";
        }
        text + &match runs.iter().rev().find_map(|run| run.ended_at.as_deref()) {
            Some(ended) => format!("last run ended {ended}\n"),
            None => "no run has ended yet\n".to_owned(),
        }
    });
}

const fn counted_from(part: Part) -> &'static str {
    match part {
        Part::Register => "leaving the line",
        Part::Line => "closed consignment",
        Part::Fingerprints => "leaving the line and closed consignment",
    }
}

fn print_done(context: &Context, done: &RetentionDone) {
    let destroyed: serde_json::Map<String, Value> =
        done.destroyed.iter().map(|(part, count)| (part.name().to_owned(), json!(count))).collect();
    let gone: Vec<String> = done.gone.iter().map(ToString::to_string).collect();
    let result = json!({
        "run": done.run, "destroyed": destroyed, "rewrapped": done.rewrapped, "wrapping_key": done.wrapping.to_string(),
        "destroyed_keys": gone,
    });
    context.print(&result, || {
        let mut text = String::new();
        for (part, count) in &done.destroyed {
            text += &format!("{count} parts destroyed: {}\n", part.name());
        }
        text += &format!("{} data keys wrapped anew under {}\n", done.rewrapped, done.wrapping);
        text + &format!(
            "{} destroyed: what older backups keep of this register opens no more; make a new backup now\n",
            gone.join(", ")
        )
    });
}
