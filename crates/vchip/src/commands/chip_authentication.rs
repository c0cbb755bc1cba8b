//! Chip Authentication, version 1, with the keys of the current application. Spec: `icao-9303-11#ca`.
//!
//! It runs inside the session that BAC or PACE opened, once; its last answer is the last of that session.

use std::mem;

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::chip_authentication::chip::{Carrier, agree};
use sigillo_channel::chip_authentication::{CaProtocol, KeyAgreement, Selection, decode_general_authenticate};
use sigillo_channel::secure_messaging::Suite;
use sigillo_crypto::CurvePrivateKey;

use super::execution::{Execution, Outcome, done, refuse, require_secure_messaging};
use crate::channel::{Channel, ChannelChange, ChipKey, Handshake, Open};
use crate::faults::Fault;
use crate::keys::{KeyPair, PrivateKey};
use crate::status::{Authentication, Mechanism};

/// MSE:Set KAT: the whole protocol in one command, under triple DES.
pub(super) fn set_key_agreement_template(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_ready(execution)?;
    let agreement = KeyAgreement::decode(command.data()).map_err(|error| error.chip_status())?;
    let chosen = choose(execution, CaProtocol::ecdh(Suite::TripleDes), agreement.key_id)?;
    restart(execution, chosen, &agreement.terminal_key, Carrier::SetKeyAgreement)
}

/// MSE:Set AT for internal authentication: chooses protocol and key.
pub(super) fn set_template(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_ready(execution)?;
    let selection = Selection::decode(command.data()).map_err(|error| error.chip_status())?;
    let chosen = choose(execution, selection.protocol, selection.key_id)?;
    execution.next_handshake = Some(Handshake::ChipAuthentication(chosen));
    done()
}

/// GENERAL AUTHENTICATE with the terminal's ephemeral key.
pub(super) fn general_authenticate(execution: &mut Execution<'_>, command: &CommandApdu, chosen: ChipKey) -> Outcome {
    if command.head().cla != 0x00 {
        return refuse(StatusWord::LastCommandExpected);
    }
    let terminal_key = decode_general_authenticate(command.data()).map_err(|error| error.chip_status())?;
    restart(execution, chosen, &terminal_key, Carrier::GeneralAuthenticate)
}

/// Agrees on new session keys; they are in force once the answer has left under the old ones.
fn restart(execution: &mut Execution<'_>, chosen: ChipKey, terminal_key: &[u8], carrier: Carrier) -> Outcome {
    let ChipKey { protocol, reference } = chosen;
    let key = private_key(execution, reference).ok_or(StatusWord::ReferencedDataNotFound)?;
    let opened = agree(protocol, key, terminal_key, carrier);
    if opened.is_err() && execution.has(Fault::CaWrongKeySaysSuccess) {
        return done();
    }
    if opened.is_err() && execution.has(Fault::CaWrongKeyEndsSession) {
        execution.channel_change = ChannelChange::End;
    }
    let opened = opened.map_err(|error| error.chip_status())?;
    let mut context = mem::take(&mut execution.context);
    context.await_terminal(&opened.compressed_key);
    context.status.add(Authentication { mechanism: Mechanism::ChipAuthentication, reference });
    let open = Open { session: opened.session, context };
    execution.channel_change = ChannelChange::Open(Channel::SecureMessaging(open));
    Ok(ResponseApdu::new(opened.answer, StatusWord::Success))
}

/// After the lock, inside BAC or PACE, and not a second time.
fn require_ready(execution: &Execution<'_>) -> Result<(), StatusWord> {
    if execution.memory.life_cycle != LifeCycle::Activated {
        return Err(StatusWord::ConditionsNotSatisfied);
    }
    if !execution.has(Fault::CaWithoutSession) {
        require_secure_messaging(execution)?;
    }
    let is_done = execution.context.status.knows(Mechanism::ChipAuthentication) && !execution.has(Fault::CaTwice);
    if is_done { Err(StatusWord::ConditionsNotSatisfied) } else { Ok(()) }
}

/// The key that was named, or the only one that serves the protocol.
fn choose(execution: &Execution<'_>, protocol: CaProtocol, named: Option<u8>) -> Result<ChipKey, StatusWord> {
    let oid = protocol.oid();
    let serves = |pair: &KeyPair| pair.serves(&oid) || execution.has(Fault::CaKeyServesAnything);
    let is_here = |named: &u8| key_pairs(execution).any(|(reference, _)| reference == *named);
    let named = named.filter(|named| is_here(named) || !execution.has(Fault::CaUnknownKeyTaken));
    let mut serving = key_pairs(execution).filter(|(_, pair)| serves(pair)).map(|(reference, _)| reference);
    let reference = match named {
        None => match (serving.next(), serving.next()) {
            (Some(only), None) => only,
            (None, _) => return Err(StatusWord::WrongData),
            (Some(_), Some(_)) => return Err(StatusWord::ReferencedDataNotFound),
        },
        Some(named) => {
            let (reference, pair) = key_pairs(execution)
                .find(|(reference, _)| *reference == named)
                .ok_or(StatusWord::ReferencedDataNotFound)?;
            if !serves(pair) {
                return Err(StatusWord::WrongData);
            }
            reference
        }
    };
    Ok(ChipKey { protocol, reference })
}

fn private_key<'a>(execution: &'a Execution<'_>, wanted: u8) -> Option<&'a CurvePrivateKey> {
    match &key_pairs(execution).find(|(reference, _)| *reference == wanted)?.1.key {
        PrivateKey::Curve(key) => Some(key),
        PrivateKey::Rsa(_) => None,
    }
}

/// The key pairs of the current DF.
fn key_pairs<'a>(execution: &'a Execution<'_>) -> impl Iterator<Item = (u8, &'a KeyPair)> {
    let objects = execution.selection.df.and_then(|df| execution.memory.files.objects(df));
    objects.into_iter().flat_map(|objects| &objects.key_pairs).map(|(reference, pair)| (*reference, pair))
}
