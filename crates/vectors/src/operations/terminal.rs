//! The terminal's whole session against the answers of a chip, which may be a hostile one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_apdu::{Action, Driver, Event};
use sigillo_channel::bac::MrzSecret;
use sigillo_crypto::ScriptedEntropy;
use sigillo_inspect::{ReadSession, Request};

use crate::envelope::Stage;
use crate::failure::Failure;
use crate::input::{Fixed, Hex, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    mrz_information: String,
    rnd_ifd: Fixed<8>,
    k_ifd: Fixed<16>,
    answers: Vec<Hex>,
}

/// Every command, every file, and why a file could not be read; a card without a further answer is gone.
pub(super) fn read_chip(input: &Value) -> Result<Value, Failure> {
    let Given { mrz_information, rnd_ifd: Fixed(rnd_ifd), k_ifd: Fixed(k_ifd), answers } = read(input)?;
    let mut draws = ScriptedEntropy::new([rnd_ifd.to_vec(), k_ifd.to_vec()]);
    let request = Request::with_mrz(MrzSecret::from_mrz_information(&mrz_information)).short_only();
    let mut session = ReadSession::new(request, &mut draws);
    let mut answers = answers.iter();
    let mut commands = Vec::new();
    while let Action::Transmit(command) = session.next_action() {
        commands.push(hex::encode(command));
        let event = answers.next().map_or(Event::CardRemoved, |Hex(answer)| Event::Response(answer));
        session.handle(event).map_err(|error| Failure::refused(Stage::Terminal, error.code(), None))?;
    }
    if answers.next().is_some() {
        return Err(Failure::Broken("answers are left over".to_owned()));
    }
    let outcome = session.into_outcome();
    let files: BTreeMap<String, String> =
        outcome.files.iter().map(|(name, file)| (name.to_string(), hex::encode(file))).collect();
    let refused: BTreeMap<String, &str> =
        outcome.refused.iter().map(|(name, refusal)| (name.to_string(), refusal.code())).collect();
    Ok(json!({ "commands": commands, "files": files, "refused": refused }))
}
