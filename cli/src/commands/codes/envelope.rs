//! `sigillo codes envelope`: one letter, or those of an office's day.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL;
use serde_json::json;
use sigillo_envelope::Office;
use sigillo_issuance::operator::ChangeAct;
use sigillo_office::{Addressee, EncryptedLetter, LetterOutput, LetterRequest, PrinterPipe};
use sigillo_seal::x509::Certificate;
use sigillo_store::StoreError;

use crate::args::codes::EnvelopeArgs;
use crate::commands::codes::policy::policy;
use crate::commands::permit::desk::{ask_for, at_desk};
use crate::commands::pki::files::certificate;
use crate::context::{Context, Open};
use crate::failure::Failure;

/// Prints what was asked for.
pub(super) fn envelope(context: &Context, arguments: &EnvelopeArgs) -> Result<ExitCode, Failure> {
    context.operator()?;
    let mut open = context.open()?;
    let way = Way::of(&open, arguments)?;
    match &arguments.document {
        Some(document) => {
            let generation = print(context, &mut open, document, &arguments.reason, &way)?;
            let json = json!({ "document": document, "generation": generation, "printed": true });
            context.print(&json, || format!("{document}: the letter {}\n", way.says()));
            Ok(ExitCode::SUCCESS)
        }
        None => all(context, &mut open, &arguments.reason, &way),
    }
}

/// Every letter that waits; one that fails does not keep the others, but a printer that hangs does: it would take the next letter no
/// better, and each costs a set of codes.
fn all(context: &Context, open: &mut Open, reason: &str, way: &Way) -> Result<ExitCode, Failure> {
    let waiting: Vec<String> = open.store.codes_to_print()?.into_iter().map(|row| row.document_number).collect();
    let bar = context.progress_bar(u64::try_from(waiting.len()).ok());
    let total = waiting.len();
    let mut done = Vec::new();
    for document in waiting {
        let outcome = print(context, open, &document, reason, way);
        bar.tick_with(document.clone());
        let hangs = outcome.as_ref().is_err_and(|failure| failure.code == "office.printer-time-out");
        done.push((document, outcome.err()));
        if hangs {
            break;
        }
    }
    let left = total - done.len();
    let failed = done.iter().filter(|(_, failure)| failure.is_some()).count();
    let rows: Vec<_> = done
        .iter()
        .map(|(document, failure)| {
            json!({ "document": document, "printed": failure.is_none(), "code": failure.as_ref().map(|failure| &failure.code) })
        })
        .collect();
    let json = json!({ "letters": rows, "printed": done.len() - failed, "not_printed": failed, "not_tried": left });
    context.print(&json, || {
        if done.is_empty() {
            return "no letter waits\n".to_owned();
        }
        let mut table = Table::new();
        table.load_style(UTF8_FULL).set_header(["document", "letter", "why not"]);
        for (document, failure) in &done {
            let (letter, why) = match failure {
                None => ("printed", String::new()),
                Some(failure) => ("not printed", format!("{} ({})", failure.message, failure.code)),
            };
            table.add_row([document.as_str(), letter, &why]);
        }
        format!(
            "{table}\n{} printed, {failed} not, {left} not tried; `sigillo codes due` lists who needs new codes\n",
            done.len() - failed
        )
    });
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(context: &Context, open: &mut Open, document: &str, reason: &str, way: &Way) -> Result<u32, Failure> {
    let policy = policy(&open.home)?;
    let office = office(open)?;
    let permit = open.store.permit(document)?.ok_or(StoreError::CodesNone)?;
    // Each letter is a request of its own.
    ask_for(context, open, ChangeAct::CodesEnvelope, document, &json!({ "reason": reason }))?;
    let name = context.look(open, |line| line.letter_name(permit.record))?;
    let addressee = Addressee { name: name.written, name_in_mrz: name.in_mrz };
    let request = LetterRequest { document_number: document, reason, addressee: &addressee, office: &office, policy };
    at_desk(context, open, &[], |desk| way.with_output(document, |output| desk.print_letter(&request, output)))
}

fn office(open: &Open) -> Result<Office, Failure> {
    let missing = || {
        Failure::usage(
            "usage.no-office",
            "sigillo.toml has no section [office]: name, address, telephone of the letters",
        )
    };
    let settings = open.home.office().ok_or_else(missing)?;
    Ok(Office { name: settings.name.clone(), address: settings.address.clone(), telephone: settings.telephone.clone() })
}

/// Where letters go.
enum Way {
    Printer { command: Vec<String>, patience: Duration },
    Encrypted { recipient: Box<Certificate>, out: PathBuf, is_folder: bool },
}

impl Way {
    fn of(open: &Open, arguments: &EnvelopeArgs) -> Result<Self, Failure> {
        if let (Some(path), Some(out)) = (&arguments.encrypt_to, &arguments.out) {
            let recipient = Box::new(certificate(path)?);
            return Ok(Self::Encrypted { recipient, out: out.clone(), is_folder: arguments.all_valid });
        }
        let named = arguments.printer.iter().chain(&arguments.printer_arg).cloned().collect::<Vec<_>>();
        let configured = || open.home.office().map(|office| office.printer.clone()).unwrap_or_default();
        let command = if named.is_empty() { configured() } else { named };
        if command.is_empty() {
            let what = "no printer is named: --printer PROGRAM, or `printer` in [office] of sigillo.toml";
            return Err(Failure::usage("usage.no-printer", what));
        }
        Ok(Self::Printer { command, patience: Duration::from_secs(arguments.printer_timeout) })
    }

    fn with_output<R>(&self, document: &str, work: impl FnOnce(&mut dyn LetterOutput) -> R) -> R {
        match self {
            Self::Printer { command, patience } => work(&mut PrinterPipe::new(command, *patience)),
            Self::Encrypted { recipient, out, is_folder } => {
                let file = if *is_folder { out.join(format!("{document}.p7m")) } else { out.clone() };
                work(&mut EncryptedLetter::new(recipient, &file))
            }
        }
    }

    fn says(&self) -> String {
        match self {
            Self::Printer { .. } => "went to the printer".to_owned(),
            Self::Encrypted { out, .. } => format!("is encrypted in {}", out.display()),
        }
    }
}
