use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::json;
use sigillo_issuance::operator::ChangeAct;
use sigillo_line::{Formed, RunReport, Station};
use sigillo_perso::{Act, PersoPlan};
use sigillo_store::{LotId, RunId};

use crate::args::run::RunCommand;
use crate::commands::audit;
use crate::context::{Context, Open};
use crate::failure::{CHECK_FAILED, Failure};

/// `sigillo run …`.
pub(crate) fn run(context: &Context, command: RunCommand) -> Result<ExitCode, Failure> {
    match command {
        RunCommand::Plan { lot } => plan(context, LotId::new(lot)),
        RunCommand::Start { lot, station, plan } => {
            let asked = json!({ "plan": plan });
            let mut open = context.open_to_change(ChangeAct::RunStart, &lot.to_string(), &asked)?;
            // A run is opened when there is a station for it: none is left behind by a reader that is not there.
            let station = context.station(&open.home, &station, None)?;
            let run = context.change(&mut open, None, |line| line.open_run(LotId::new(lot), plan.as_deref()))?;
            let (left, waiting) = seals(context, &mut open, LotId::new(lot))?;
            if left < waiting {
                tracing::warn!("{}", seals_text(left, waiting).trim_end());
            }
            carry_on(context, open, run, station)
        }
        RunCommand::Resume { run, station } => {
            let mut open = context.open_alone()?;
            let run = chosen(&open, run)?;
            context.ask(&mut open, ChangeAct::RunResume, &run.to_string(), &json!({}))?;
            let station = context.station(&open.home, &station, None)?;
            carry_on(context, open, run, station)
        }
        RunCommand::Status => status(context),
        RunCommand::Report { run } => report(context, run),
        RunCommand::PrintData { run, out } => {
            let mut open = context.open()?;
            let run = chosen(&open, run)?;
            let written = context.look(&mut open, |line| line.print_data(run, &out))?;
            context.print(&json!({ "written": written, "folder": out }), || {
                format!("{written} print jobs in {}\n", out.display())
            });
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn plan(context: &Context, lot: LotId) -> Result<ExitCode, Failure> {
    let mut open = context.open()?;
    let digest = context.look(&mut open, |line| line.plan_digest(lot))?;
    let (left, waiting) = seals(context, &mut open, lot)?;
    let plan = PersoPlan::formation(open.home.profile())?;
    let steps = serde_json::to_value(&plan.steps).unwrap_or_default();
    let result = json!({ "digest": hex::encode(digest), "profile": plan.profile, "phase": plan.phase, "steps": steps, "seals_left": left, "records_waiting": waiting });
    context.print(&result, || {
        let mut table = table(&["step", "act", "on", "journaled", "waived"]);
        for step in &plan.steps {
            let (act, on) = describe(&step.act);
            let journaled = if step.act.is_irreversible() { "yes" } else { "" };
            table.add_row([step.id.as_str(), &act, &on, journaled, step.waived.as_deref().unwrap_or("")]);
        }
        format!("{table}\nplan digest {}\n{}", hex::encode(digest), seals_text(left, waiting))
    });
    Ok(ExitCode::SUCCESS)
}

/// How many seals all document signers together may still make, and how many records of the lot wait for one.
fn seals(context: &Context, open: &mut Open, lot: LotId) -> Result<(u64, u64), Failure> {
    context.look(open, |line| {
        let left = line.sealer(None)?.signers()?.iter().map(|signer| signer.left).sum();
        Ok((left, line.waiting(lot)?))
    })
}

fn seals_text(left: u64, waiting: u64) -> String {
    let word = if left < waiting { "TOO FEW: have the next document signer certified" } else { "enough" };
    format!("{left} seals left for {waiting} records: {word}\n")
}

fn carry_on(
    context: &Context,
    mut open: Open,
    run: RunId,
    (mut chips, limit): (Box<dyn Station>, u64),
) -> Result<ExitCode, Failure> {
    let lot = open.store.run(run)?.lot;
    let total = lot.map(|lot| open.store.lot(lot).map(|lot| lot.records)).transpose()?;
    let formed = context.change(&mut open, total, |line| line.carry_on(run, chips.as_mut(), limit));
    // Also behind a run that stopped: what it did is as irrevocable.
    audit::after_run(context, &mut open);
    match formed {
        Ok(Formed { released, scrapped, passed_over, .. }) => {
            let result =
                json!({ "run": run.number(), "released": released, "scrapped": scrapped, "passed_over": passed_over });
            context.print(&result, || {
                format!("run {run}: {released} released, {scrapped} scrapped, {passed_over} passed over\n")
            });
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            tracing::info!(run = run.number(), "the run stopped and can be resumed");
            Err(error)
        }
    }
}

/// The run that was named, or the newest that formed a lot.
fn chosen(open: &Open, named: Option<i64>) -> Result<RunId, Failure> {
    if let Some(run) = named {
        return Ok(RunId::new(run));
    }
    let newest = open.store.runs()?.into_iter().rev().find(|run| run.lot.is_some());
    newest.map(|run| run.id).ok_or_else(|| Failure::usage("usage.no-run", "no lot was formed yet"))
}

fn status(context: &Context) -> Result<ExitCode, Failure> {
    let mut open = context.open()?;
    let runs: Vec<RunId> = open.store.runs()?.into_iter().filter(|run| run.lot.is_some()).map(|run| run.id).collect();
    let reports =
        context.look(&mut open, |line| runs.iter().map(|run| line.report(*run)).collect::<Result<Vec<_>, _>>())?;
    let rows: Vec<_> = reports
        .iter()
        .map(|report| json!({ "run": report.run, "lot": report.lot, "ended": report.ended_at, "records": report.records, "open_acts": report.open_acts }))
        .collect();
    let cards = open.store.card_counts()?;
    let cards: serde_json::Map<_, _> =
        cards.into_iter().map(|(state, count)| (state.name().to_owned(), count.into())).collect();
    context.print(&json!({ "runs": rows, "cards": cards }), || {
        let mut table = table(&["run", "lot", "ended", "records", "open acts"]);
        for report in &reports {
            let counts: Vec<String> = report.records.iter().map(|(state, count)| format!("{count} {state}")).collect();
            let ended = report.ended_at.as_deref().unwrap_or("can be resumed");
            table.add_row([
                &report.run.to_string(),
                &report.lot.to_string(),
                ended,
                &counts.join(", "),
                &report.open_acts.join(", "),
            ]);
        }
        format!("{table}\ncards: {}\n", serde_json::Value::Object(cards))
    });
    Ok(ExitCode::SUCCESS)
}

fn report(context: &Context, run: Option<i64>) -> Result<ExitCode, Failure> {
    let mut open = context.open()?;
    let run = chosen(&open, run)?;
    let report = context.look(&mut open, |line| line.report(run))?;
    context.print(&serde_json::to_value(&report).unwrap_or_default(), || text_of(&report));
    Ok(if report.reconciles { ExitCode::SUCCESS } else { ExitCode::from(CHECK_FAILED) })
}

fn text_of(report: &RunReport) -> String {
    let mut rows = table(&["line", "document", "state", "stato", "chip", "EF.SOD", "remakes"]);
    for row in &report.rows {
        rows.add_row([
            row.line.to_string(),
            row.document_number.clone().unwrap_or_default(),
            row.state.to_owned(),
            row.state_italian.to_owned(),
            row.serial.clone().unwrap_or_default(),
            row.sod_digest
                .as_deref()
                .and_then(|digest| digest.get(..16))
                .map(|start| format!("{start}…"))
                .unwrap_or_default(),
            row.remakes.to_string(),
        ]);
    }
    let counts = |counts: &std::collections::BTreeMap<&str, u64>| {
        counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    };
    let mut text = format!(
        "run {} of lot {}, profile {}, operator {}\n{rows}\n",
        report.run, report.lot, report.profile, report.operator
    );
    text += &format!(
        "records: {}\ncards:   {}\nslots:   {}\n",
        counts(&report.records),
        counts(&report.cards),
        counts(&report.slots)
    );
    for (check, why) in &report.waived {
        text += &format!("waived:  {check}: {why}\n");
    }
    text + if report.reconciles { "every count reconciles\n" } else { "THE COUNTS DO NOT RECONCILE\n" }
}

fn describe(act: &Act) -> (String, String) {
    let value = serde_json::to_value(act).unwrap_or_default();
    let text = |name: &str| value.get(name).and_then(serde_json::Value::as_str).unwrap_or("").to_owned();
    let on =
        ["file", "secret", "object", "application", "key", "keys"].map(text).into_iter().find(|text| !text.is_empty());
    (text("act"), on.unwrap_or_default())
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    table
}
