//! Basic Access Control. Spec: `icao-9303-11#bac`.

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::bac::chip::Challenge;
use sigillo_crypto::ScriptedEntropy;
use sigillo_secret::SecretBytes;

use super::execution::{Execution, Outcome, refuse, require_body, require_no_channel, require_parameters};
use crate::channel::{Channel, ChannelChange, Context, Handshake, Open};
use crate::faults::{Fault, Faults};
use crate::files::{FileHandle, Selection};
use crate::memory::Memory;
use crate::objects::Objects;
use crate::status::{Authentication, Mechanism};

/// What a security environment must name for Basic Access Control to exist on this chip.
const BAC: Authentication = Authentication { mechanism: Mechanism::Bac, reference: 0x01 };

/// GET CHALLENGE: eight random octets for Basic Access Control.
pub(super) fn get_challenge(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0, 0)?;
    if command.head().lc != 0 || !matches!(command.head().le, 8 | 256 | 65_536) {
        return refuse(StatusWord::WrongLength);
    }
    if !execution.has(Fault::BacInsideSession) {
        require_no_channel(execution)?;
    }
    application(execution.memory, *execution.selection, execution.faults)?;
    let challenge = Challenge::draw(execution.entropy);
    let answer = challenge.octets();
    execution.next_handshake = Some(Handshake::Bac(challenge));
    Ok(ResponseApdu::new(answer, StatusWord::Success))
}

/// EXTERNAL AUTHENTICATE of Basic Access Control; its response is the last plain one.
pub(super) fn external_authenticate(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0, 0)?;
    require_body(command, |length| length == 40)?;
    require_no_channel(execution)?;
    let challenge = match execution.handshake.take() {
        Some(Handshake::Bac(challenge)) => challenge,
        _ if execution.has(Fault::BacWithoutChallenge) => Challenge::draw(&mut ScriptedEntropy::new([vec![0; 8]])),
        _ => return refuse(StatusWord::ConditionsNotSatisfied),
    };
    if execution.has(Fault::BacChallengeServesTwice) {
        let again = Challenge::draw(&mut ScriptedEntropy::new([challenge.octets().to_vec()]));
        execution.next_handshake = Some(Handshake::Bac(again));
    }
    let application = application(execution.memory, *execution.selection, execution.faults)?;
    let secret = application.mrz_secret.as_ref().ok_or(StatusWord::ConditionsNotSatisfied)?;
    let chip_identity = application.chip_identity.as_ref().map(|identity| identity.expose(SecretBytes::copy_of));
    let opened = challenge.external_authenticate(secret, command, execution.entropy);
    if execution.faults.has(Fault::BacWrongAnswerSaysSuccess) && opened.is_err() {
        return Ok(ResponseApdu::new([0; 40], StatusWord::Success));
    }
    let (session, answer) = opened.map_err(|error| error.chip_status())?;
    let context = Context::opened_by(BAC, chip_identity);
    execution.channel_change = ChannelChange::Open(Channel::SecureMessaging(Open { session, context }));
    Ok(ResponseApdu::new(answer, StatusWord::Success))
}

/// The objects of the current application, when the card is locked, a security environment knows BAC, and there is a secret:
/// that of the master file is for PACE.
fn application(memory: &Memory, selection: Selection, faults: Faults) -> Result<&Objects, StatusWord> {
    let is_operational = memory.life_cycle == LifeCycle::Activated || faults.has(Fault::BacBeforeLock);
    let knows_bac = memory.environments.values().any(|environment| environment.alternatives.contains(&BAC));
    let anywhere = || {
        let has_secret =
            |df: &FileHandle| memory.files.objects(*df).is_some_and(|objects| objects.mrz_secret.is_some());
        memory.files.iter().map(|(handle, _)| handle).filter(|_| faults.has(Fault::BacInMasterFile)).find(has_secret)
    };
    let application = selection.df.filter(|df| memory.files.master() != Some(*df)).or_else(anywhere);
    application
        .and_then(|df| memory.files.objects(df))
        .filter(|objects| objects.mrz_secret.is_some())
        .filter(|_| is_operational && knows_bac)
        .ok_or(StatusWord::ConditionsNotSatisfied)
}
