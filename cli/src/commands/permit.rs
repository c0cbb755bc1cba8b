//! `sigillo permit`: the desk of an issuing office.

mod check;
pub(crate) mod desk;
mod show;

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use sigillo_codes::Cip;
use sigillo_issuance::life_cycle::RecordState;
use sigillo_issuance::operator::ChangeAct;
use sigillo_office::{CardAtCounter, Desk, LossReport, OfficeError, parse_list};
use sigillo_store::RunId;

use crate::args::permit::{CardArgs, PermitCommand};
use crate::commands::permit::desk::{Counter, at_desk, image_of, open_for};
use crate::commands::read::file_error;
use crate::context::{Context, Open};
use crate::failure::Failure;
use crate::secrets::Secrets;

/// Carries out one command.
pub(crate) fn permit(context: &Context, command: &PermitCommand) -> Result<ExitCode, Failure> {
    match command {
        PermitCommand::Show { permit } => show::show(context, &permit.document),
        PermitCommand::History { permit } => show::history(context, &permit.document),
        PermitCommand::Check(arguments) => check::check(context, arguments),
        PermitCommand::Activate { permit, card } => {
            let act = ChangeAct::PermitActivate;
            with_card(context, act, &permit.document, card, |desk, number, card| desk.activate(number, card))
        }
        PermitCommand::Deliver { permit, card } => {
            let act = ChangeAct::PermitDeliver;
            with_card(context, act, &permit.document, card, |desk, number, card| desk.deliver(number, card))
        }
        PermitCommand::ReportLoss { permit, caller, reason } => report_loss(context, &permit.document, caller, reason),
        PermitCommand::Suspend { permit, reason, reported_by } => {
            let report = LossReport { reason, reported_by };
            let asked = (ChangeAct::PermitSuspend, json!({ "reason": reason, "reported_by": reported_by }));
            change(context, &asked, &permit.document, None, |desk, number| desk.suspend(number, report))
        }
        PermitCommand::Reinstate { permit, reason } => {
            let asked = (ChangeAct::PermitReinstate, json!({ "reason": reason }));
            change(context, &asked, &permit.document, None, |desk, number| desk.reinstate(number, reason))
        }
        PermitCommand::Revoke { permit, reason, end } => {
            let card = end.terminate.then_some(&end.card);
            let asked = (ChangeAct::PermitRevoke, json!({ "reason": reason, "terminate": end.terminate }));
            change(context, &asked, &permit.document, card, |desk, number| desk.revoke(number, reason))
        }
        PermitCommand::Annul { document: Some(document), reason, end, .. } => {
            let card = end.terminate.then_some(&end.card);
            let asked = (ChangeAct::PermitAnnul, json!({ "reason": reason, "terminate": end.terminate }));
            change(context, &asked, document, card, |desk, number| desk.annul(number, reason))
        }
        PermitCommand::Annul { consignment, run, reason, .. } => {
            annul_many(context, consignment.as_deref(), *run, reason)
        }
        PermitCommand::Terminate { permit, card } => {
            let mut open = open_for(context, ChangeAct::PermitTerminate, &permit.document, &json!({}))?;
            let mut counter = counter(context, &open, card, &permit.document)?;
            terminate(context, &mut open, &permit.document, card, &mut counter)?;
            context.print(&json!({ "document": permit.document, "terminated": true }), || {
                format!("the card of {} is terminated\n", permit.document)
            });
            Ok(ExitCode::SUCCESS)
        }
        PermitCommand::Resume { document: None, .. } => show::open_acts(context),
        PermitCommand::Resume { document: Some(document), card } => resume(context, document, card),
    }
}

/// An event with the card at the counter.
fn with_card(
    context: &Context,
    act: ChangeAct,
    document: &str,
    arguments: &CardArgs,
    work: impl FnOnce(&mut Desk<'_>, &str, &mut CardAtCounter<'_>) -> Result<RecordState, OfficeError>,
) -> Result<ExitCode, Failure> {
    let mut open = open_for(context, act, document, &json!({}))?;
    let mut counter = counter(context, &open, arguments, document)?;
    let state =
        at_desk(context, &mut open, &arguments.eservices.0, |desk| counter.with(|card| work(desk, document, card)))?;
    said(context, document, state, false)
}

/// An event of the register, and after it the end of the card where that is asked for: the register comes first, so that every
/// check is strict whatever becomes of the card.
fn change(
    context: &Context,
    (act, arguments): &(ChangeAct, Value),
    document: &str,
    ended: Option<&CardArgs>,
    work: impl FnOnce(&mut Desk<'_>, &str) -> Result<RecordState, OfficeError>,
) -> Result<ExitCode, Failure> {
    let mut open = open_for(context, *act, document, arguments)?;
    let mut counter = ended.map(|card| counter(context, &open, card, document)).transpose()?;
    let state = at_desk(context, &mut open, &[], |desk| work(desk, document))?;
    if let (Some(card), Some(counter)) = (ended, &mut counter) {
        terminate(context, &mut open, document, card, counter)?;
    }
    said(context, document, state, ended.is_some())
}

fn terminate(
    context: &Context,
    open: &mut Open,
    document: &str,
    arguments: &CardArgs,
    counter: &mut Counter,
) -> Result<(), Failure> {
    at_desk(context, open, &arguments.eservices.0, |desk| counter.with(|card| desk.terminate(document, card)))
}

/// The CIP comes from its descriptor or the prompt; a slip of the tongue is said at once and costs no attempt.
fn report_loss(context: &Context, document: &str, caller: &str, reason: &str) -> Result<ExitCode, Failure> {
    let mut open = open_for(context, ChangeAct::PermitReportLoss, document, &json!({ "reason": reason }))?;
    let typed = Secrets::new(&context.global.secret_fd, None).ask("cip", "CIP, eleven digits");
    let typed = typed.map_err(|_| Failure::usage("usage.cip", "no CIP was given"))?;
    let cip = Cip::parse(typed).map_err(|error| Failure::office(error.into()))?;
    let state = at_desk(context, &mut open, &[], |desk| desk.report_loss(document, caller, reason, &cip))?;
    said(context, document, state, false)
}

/// A whole consignment.
fn annul_many(context: &Context, list: Option<&Path>, run: Option<i64>, reason: &str) -> Result<ExitCode, Failure> {
    context.operator()?;
    let mut open = context.open()?;
    let numbers = match (list, run) {
        (Some(path), _) => {
            let text = std::fs::read_to_string(path).map_err(|error| file_error(path, &error))?;
            parse_list(&text).map_err(Failure::office)?
        }
        (None, run) => open.store.permits_of_run(RunId::new(run.unwrap_or_default()))?,
    };
    let list = hex::encode(sigillo_crypto::sha256(numbers.join("\n").as_bytes()));
    let asked = json!({ "list": list, "permits": numbers.len(), "reason": reason });
    context.ask(&mut open, ChangeAct::PermitAnnulMany, &list, &asked)?;
    let consignment = at_desk(context, &mut open, &[], |desk| desk.annul_consignment(&numbers, reason))?;
    let result = json!({ "consignment": consignment.number(), "annulled": numbers.len() });
    context.print(&result, || format!("consignment {consignment}: {} permits annulled, annullati\n", numbers.len()));
    Ok(ExitCode::SUCCESS)
}

/// Ends what is open of one permit; without its card only what needs none.
fn resume(context: &Context, document: &str, arguments: &CardArgs) -> Result<ExitCode, Failure> {
    let mut open = open_for(context, ChangeAct::PermitResume, document, &json!({}))?;
    let mut counter = if arguments.is_named() { Some(counter(context, &open, arguments, document)?) } else { None };
    let ended = at_desk(context, &mut open, &arguments.eservices.0, |desk| match &mut counter {
        Some(counter) => counter.with(|card| desk.resume(document, Some(card))),
        None => desk.resume(document, None),
    })?;
    let row = |ended: &sigillo_office::Ended| json!({ "act": ended.act.name(), "done": ended.done, "state": ended.state.name(), "italian": ended.state.italian() });
    let rows: Vec<_> = ended.iter().map(row).collect();
    context.print(&json!({ "document": document, "ended": rows }), || {
        if ended.is_empty() {
            return format!("nothing is open of {document}\n");
        }
        ended
            .iter()
            .map(|ended| {
                let how = if ended.done { "was carried out" } else { "was not carried out" };
                format!("{document}: {} {how}; {}, {}\n", ended.act.name(), ended.state.name(), ended.state.italian())
            })
            .collect()
    });
    Ok(ExitCode::SUCCESS)
}

fn counter(context: &Context, open: &Open, arguments: &CardArgs, document: &str) -> Result<Counter, Failure> {
    Counter::open(arguments, image_of(context, &open.store, arguments, document)?)
}

fn said(context: &Context, document: &str, state: RecordState, terminated: bool) -> Result<ExitCode, Failure> {
    let json = json!({
        "document": document,
        "state": state.name(),
        "italian": state.italian(),
        "terminated": terminated,
    });
    context.print(&json, || {
        let card = if terminated { "; its card is terminated" } else { "" };
        format!("{document}: {}, {}{card}\n", state.name(), state.italian())
    });
    Ok(ExitCode::SUCCESS)
}
