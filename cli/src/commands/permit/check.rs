//! `sigillo permit check`: the answer for a terminal, a telephone or a counter.

use std::process::ExitCode;

use serde_json::{Value, json};
use sigillo_authority::{Revocations, Settings};
use sigillo_inspect::Outcome;
use sigillo_issuance::check::{Answer, Asked};
use sigillo_line::{Home, LineError};
use sigillo_office::{Checked, Verifier, check as ask};
use sigillo_reader::OsEntropy;
use sigillo_seal::x509::Certificate;
use sigillo_store::Store;

use crate::args::permit::CheckArgs;
use crate::commands::permit::desk::{Counter, image_of};
use crate::commands::pki::status;
use crate::commands::read::anchor;
use crate::context::Context;
use crate::failure::{CHECK_FAILED, Failure};

/// Asks, and says why.
pub(super) fn check(context: &Context, arguments: &CheckArgs) -> Result<ExitCode, Failure> {
    let store = if arguments.chip_only { None } else { Some(context.register()?) };
    let document = arguments.document.as_deref();
    let now = context.whole_seconds();
    let mut entropy = OsEntropy;
    let checked = if arguments.register_only {
        ask(None, store.as_ref(), document, now, &mut entropy).map_err(Failure::office)?
    } else {
        let anchors = anchors(context, arguments)?;
        let revocations = revocations(context, &anchors)?;
        let image = match (&store, document) {
            (Some(store), Some(document)) => image_of(context, store, &arguments.card, document)?,
            _ if arguments.card.virtual_card => {
                return Err(Failure::usage("usage.no-card", "--virtual finds the chip by --document in the register"));
            }
            _ => None,
        };
        let mut counter = Counter::open(&arguments.card, image)?;
        let application = &arguments.card.eservices.0;
        let verifier = Verifier { anchors: &anchors, revocations: &revocations, application };
        counter
            .with(|card| ask(Some((&verifier, card)), store.as_ref(), document, now, &mut entropy))
            .map_err(Failure::office)?
    };
    context.print(&json_of(&checked), || text(&checked));
    Ok(if checked.answer.is_valid() { ExitCode::SUCCESS } else { ExitCode::from(CHECK_FAILED) })
}

/// Those that were named; without them the home's own, whose key store is opened for that.
fn anchors(context: &Context, arguments: &CheckArgs) -> Result<Vec<Certificate>, Failure> {
    if arguments.csca.is_empty() {
        let keys = context.keys(&Home::open(&context.global.home)?)?;
        return Ok(keys.csca_certificates().to_vec());
    }
    arguments.csca.iter().map(|path| anchor(path)).collect()
}

/// The lists of the home; a terminal without a home has none.
fn revocations(context: &Context, anchors: &[Certificate]) -> Result<Revocations, Failure> {
    let (folder, settings) = match Home::open(&context.global.home) {
        Ok(home) => (home.pki(), home.pki_settings().clone()),
        Err(LineError::NoHome { home }) => (home.join("pki"), Settings::default()),
        Err(error) => return Err(error.into()),
    };
    Ok(Revocations::open(&folder, anchors, &settings)?)
}

/// The answer, and what either side said; the checks of the chip hold no personal data.
fn json_of(checked: &Checked) -> Value {
    let chip = checked.chip.as_ref().map(|chip| {
        json!({
            "says": Answer::of(Asked::Chip(chip.word)).code(),
            "sod_digest": chip.sod_digest.map(hex::encode),
            "valid_to": chip.valid_to.map(|day| day.to_string()),
            "revocation": chip.signer.as_ref().map_or(Value::Null, status::json),
            "checks": chip.report.checks,
        })
    });
    let register = checked.register.as_ref().map(|register| {
        json!({
            "says": Answer::of(Asked::Register(register.word)).code(),
            "state": register.state.map(|state| state.name()),
            "italian": register.state.map(|state| state.italian()),
            "valid_to": register.valid_to.map(|day| day.to_string()),
        })
    });
    json!({
        "document": checked.document_number,
        "valid": checked.answer.is_valid(),
        "code": checked.answer.code(),
        "italian": checked.answer.italian(),
        "says": checked.answer.says(),
        "chip": chip,
        "register": register,
    })
}

fn text(checked: &Checked) -> String {
    let answer = checked.answer;
    let number = checked.document_number.as_deref().unwrap_or("the card");
    let verdict = if answer.is_valid() { "VALID" } else { "NOT VALID" };
    let mut out = format!("{number}: {verdict}, {} ({})\n  {}\n", answer.italian(), answer.code(), answer.says());
    if let Some(chip) = &checked.chip {
        let says = Answer::of(Asked::Chip(chip.word));
        out += &format!("  chip      {}, {}\n", says.code(), says.italian());
        for check in &chip.report.checks {
            if let Outcome::Failed { code, detail } = &check.outcome {
                out += &format!("  failed    {}: {detail} ({code})\n", check.name);
            }
        }
        if let Some(signer) = &chip.signer {
            out += &format!("  signer    {}\n", status::text(signer));
        }
    }
    if let Some(register) = &checked.register {
        let state = register.state.map_or("no such permit", |state| state.name());
        let until = register.valid_to.map_or(String::new(), |day| format!(", until {day}"));
        out += &format!("  register  {state}{until}\n");
    }
    out
}

/// Without keys: what the register says needs none.
impl Context {
    /// Opens the register alone.
    pub(crate) fn register(&self) -> Result<Store, Failure> {
        self.store(&Home::open(&self.global.home)?)
    }
}
