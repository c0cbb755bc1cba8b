//! `sigillo codes`: the letter with a holder's codes, what came of it, where the codes of a permit are, and new ones.

mod envelope;
mod policy;
mod show;

use std::process::ExitCode;

use serde_json::json;
use sigillo_issuance::operator::ChangeAct;
use sigillo_store::StoreError;

use crate::args::codes::CodesCommand;
use crate::args::permit::CardArgs;
use crate::commands::codes::policy::policy;
use crate::commands::permit::desk::{Counter, ask_for, at_desk, image_of, open_for};
use crate::context::Context;
use crate::failure::Failure;

/// Carries out one command.
pub(crate) fn codes(context: &Context, command: &CodesCommand) -> Result<ExitCode, Failure> {
    match command {
        CodesCommand::Envelope(arguments) => envelope::envelope(context, arguments),
        CodesCommand::Show { permit } => show::show(context, &permit.document),
        CodesCommand::Due => show::due(context),
        CodesCommand::CameOut { permit, reason } => came_out(context, &permit.document, reason),
        CodesCommand::Reissue { permit, card } => reissue(context, &permit.document, card),
    }
}

fn came_out(context: &Context, document: &str, reason: &str) -> Result<ExitCode, Failure> {
    context.operator()?;
    let mut open = context.open()?;
    // What is signed is said of these codes, and of no newer ones.
    let generation = open.store.codes_of(document)?.pop().ok_or(StoreError::CodesNone)?.generation;
    let arguments = json!({ "generation": generation, "reason": reason });
    ask_for(context, &mut open, ChangeAct::CodesCameOut, document, &arguments)?;
    at_desk(context, &mut open, &[], |desk| desk.letter_came_out(document, generation, reason))?;
    context.print(&json!({ "document": document, "generation": generation, "state": "printed" }), || {
        format!("{document}: the letter (set {generation}) came out; no new codes are due\n")
    });
    Ok(ExitCode::SUCCESS)
}

fn reissue(context: &Context, document: &str, arguments: &CardArgs) -> Result<ExitCode, Failure> {
    let mut open = open_for(context, ChangeAct::CodesReissue, document, &json!({}))?;
    let policy = policy(&open.home)?;
    let mut counter = Counter::open(arguments, image_of(context, &open.store, arguments, document)?)?;
    let generation = at_desk(context, &mut open, &arguments.eservices.0, |desk| {
        counter.with(|card| desk.reissue_codes(document, policy, card))
    })?;
    context.print(&json!({ "document": document, "generation": generation, "state": "set" }), || {
        format!(
            "{document}: the card has new codes (set {generation}); print their letter with `sigillo codes envelope --document \
             {document} --reason reissue`\n"
        )
    });
    Ok(ExitCode::SUCCESS)
}
