//! The commands that open SCP03, and PUT KEY, which ends it.
//!
//! Spec: `globalplatform-scp03#protocol`, `globalplatform-card#put-key`.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::scp03::chip::{initialize, parse_put_key};

use super::execution::{Execution, Outcome, done, refuse, require_body, require_no_channel, require_parameters};
use crate::channel::{Channel, ChannelChange, Context, Handshake, Open};
use crate::faults::Fault;
use crate::memory::{Change, FORMATION_VERSION, Memory, StoredKeySet};
use crate::status::{Authentication, Mechanism};

/// INITIALIZE UPDATE with the one key set there is (P1 = `00`).
pub(super) fn initialize_update(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0, 0)?;
    require_body(command, |length| length == 8)?;
    require_no_channel(execution)?;
    let set = usable_key_set(execution.memory)?;
    let host_challenge = command.data().try_into().map_err(|_| StatusWord::WrongLength)?;
    let mut card_challenge = [0; 8];
    execution.entropy.fill(&mut card_challenge);
    let (opening, answer) =
        initialize(&set.keys, set.version, &execution.memory.serial, host_challenge, card_challenge)
            .map_err(|error| error.chip_status())?;
    execution.next_handshake = Some(Handshake::Scp03 { opening, key_version: set.version });
    Ok(ResponseApdu::new(answer, StatusWord::Success))
}

/// EXTERNAL AUTHENTICATE of SCP03 at level `33`: one try less first, then the comparison, then the tries back.
pub(super) fn external_authenticate(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0x33, 0)?;
    require_body(command, |length| length == 16)?;
    let Some(Handshake::Scp03 { opening, key_version }) = execution.handshake.take() else {
        return refuse(StatusWord::ConditionsNotSatisfied);
    };
    usable_key_set(execution.memory)?;
    if !execution.has(Fault::Scp03TryNotLost) {
        execution.commit(Change::KeySetTryLess)?;
    }
    let opened = opening.external_authenticate(command);
    if execution.has(Fault::Scp03WrongCryptogramSaysSuccess) && opened.is_err() {
        return done();
    }
    let session = opened.map_err(|error| error.chip_status())?;
    execution.commit(Change::KeySetTriesRestored)?;
    let fact = Authentication { mechanism: Mechanism::Scp03, reference: key_version };
    let context = Context::opened_by(fact, None);
    execution.channel_change = ChannelChange::Open(Channel::Scp03(Open { session, context }));
    done()
}

/// PUT KEY inside SCP03: a whole new set, of the formation version, replaces the one that opened the session; the session ends.
pub(super) fn put_key(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let head = command.head();
    let set = usable_key_set(execution.memory)?;
    let opened_by = Authentication { mechanism: Mechanism::Scp03, reference: set.version };
    if !execution.context.status.proves(opened_by) {
        return refuse(StatusWord::SecurityStatusNotSatisfied);
    }
    if head.p2 != 0x81 {
        return refuse(StatusWord::WrongParameters);
    }
    if head.p1 != set.version {
        return refuse(StatusWord::ReferencedDataNotFound);
    }
    let put_key = parse_put_key(set.keys.dek(), command).map_err(|error| error.chip_status())?;
    // The version alone tells after a power cut which set is in force: it must change.
    if put_key.new_version != FORMATION_VERSION || put_key.new_version == set.version {
        return refuse(StatusWord::WrongData);
    }
    let answer = put_key.answer().map_err(|error| error.chip_status())?;
    execution.commit(Change::KeySetReplaced(StoredKeySet::new(put_key.new_version, put_key.keys)))?;
    execution.channel_change = ChannelChange::End;
    Ok(ResponseApdu::new(answer, StatusWord::Success))
}

/// The key set, unless it was missed too often.
fn usable_key_set(memory: &Memory) -> Result<&StoredKeySet, StatusWord> {
    let set = memory.key_set.as_ref().ok_or(StatusWord::InstructionNotSupported)?;
    if set.tries_left == 0 { Err(StatusWord::AuthenticationBlocked) } else { Ok(set) }
}
