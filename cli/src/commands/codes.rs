//! `sigillo codes`: the letter with a holder's codes, where the codes of a permit are, and new ones.

mod envelope;
mod policy;
mod show;

use std::process::ExitCode;

use serde_json::json;
use sigillo_issuance::operator::ChangeAct;

use crate::args::codes::CodesCommand;
use crate::args::permit::CardArgs;
use crate::commands::codes::policy::policy;
use crate::commands::permit::desk::{Counter, at_desk, image_of, open_for};
use crate::context::Context;
use crate::failure::Failure;

/// Carries out one command.
pub(crate) fn codes(context: &Context, command: &CodesCommand) -> Result<ExitCode, Failure> {
    match command {
        CodesCommand::Envelope(arguments) => envelope::envelope(context, arguments),
        CodesCommand::Show { permit } => show::show(context, &permit.document),
        CodesCommand::Due => show::due(context),
        CodesCommand::Reissue { permit, card } => reissue(context, &permit.document, card),
    }
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
