use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use sigillo_issuance::operator::ChangeAct;
use sigillo_keystore::{CeremonyScript, Custodians, KeyKind, KeystoreError, KeystoreErrorKind, Transcript};
use sigillo_secret::SecretBytes;

use crate::args::keys::CeremonyCommand;
use crate::commands::read::file_error;
use crate::context::Context;
use crate::failure::Failure;
use crate::secrets::Secrets;

/// `sigillo keys ceremony …`.
pub(super) fn ceremony(context: &Context, command: &CeremonyCommand) -> Result<ExitCode, Failure> {
    let told = match command {
        CeremonyCommand::Run { script: path, transcript, unattended } => {
            let script = read_script(path)?;
            let octets = std::fs::read(path).map_err(|error| file_error(path, &error))?;
            let digest = hex::encode(sigillo_crypto::sha256(&octets));
            let mut open = context.open_alone()?;
            if *unattended && open.keys.kind() != KeyKind::Test {
                return Err(KeystoreError::from(KeystoreErrorKind::DualControl).into());
            }
            context.ask(&mut open, ChangeAct::KeysCeremony, &digest, &json!({ "script": digest }))?;
            let mut room =
                Room { secrets: Secrets::new(&context.global.secret_fd, None), unattended: *unattended, entered: 0 };
            script.carry_out(&mut *open.keys, &mut room, transcript, context.today(), &mut open.entropy)?
        }
        CeremonyCommand::Verify { transcript, script } => {
            let script = script.as_deref().map(read_script).transpose()?;
            Transcript::verify(transcript, script.as_ref())?
        }
    };
    let result = json!({ "title": told.title, "custodians": told.custodians, "shown": told.shown });
    context.print(&result, || {
        let mut text = format!("{}, before {}\n", told.title, told.custodians.join(" and "));
        for (number, shown) in (1..).zip(&told.shown) {
            text += &format!("{number:>3}. {shown}\n");
        }
        text + "every step was confirmed by all, and each line follows from the one before it\n"
    });
    Ok(ExitCode::SUCCESS)
}

/// The people at the terminal.
struct Room<'a> {
    secrets: Secrets<'a>,
    unattended: bool,
    /// Components entered so far.
    entered: usize,
}

impl Custodians for Room<'_> {
    fn component(&mut self, custodian: &str, step: usize) -> Result<SecretBytes, KeystoreError> {
        self.entered += 1;
        let prompt = format!("step {step}: component of {custodian}");
        self.secrets.component(self.entered, &prompt)
    }

    fn confirms(&mut self, custodian: &str, step: usize, shown: &str) -> Result<bool, KeystoreError> {
        if self.unattended {
            return Ok(true);
        }
        if !std::io::stdin().is_terminal() {
            return Err(KeystoreErrorKind::SecretMissing.into());
        }
        // Nobody is left to be asked when standard error is closed: then nobody answers either.
        let _ = write!(std::io::stderr(), "step {step}: {shown}\n{custodian}, did you see this? Type yes: ");
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        Ok(read.is_ok() && answer.trim() == "yes")
    }
}

fn read_script(path: &Path) -> Result<CeremonyScript, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::input("keystore.ceremony", format!("{}: {error}", path.display()), SCRIPT_ADVICE))?;
    Ok(CeremonyScript::parse(&text)?)
}

const SCRIPT_ADVICE: &str = "Give the script of a ceremony: docs/manual/keys.md shows one.";
