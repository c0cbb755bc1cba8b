//! PACE: MSE:Set AT and four times GENERAL AUTHENTICATE. Spec: `icao-9303-11#pace-apdu`, `bsi-tr-03110-3#apdus`.
//!
//! Passwords are those of the master file. What is offered, on which curves, is what EF.CardAccess says there.

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::pace::chip::NonceDue;
use sigillo_channel::pace::{PaceInfo, PaceMapping, Password, PasswordReference, Selection};
use sigillo_channel::security_info::SecurityInfos;
use sigillo_crypto::CurvePrivateKey;
use sigillo_secret::SecretBytes;
use sigillo_tlv::{Reader, encode, single};

use super::execution::{Execution, Interrupted, Outcome, refuse};
use crate::channel::{Channel, ChannelChange, Context, Handshake, Open, Pace, PaceStep};
use crate::faults::Fault;
use crate::keys::PrivateKey;
use crate::memory::{Change, Memory};
use crate::objects::{Code, CodeName};
use crate::status::{Authentication, Mechanism};

/// MSE:Set AT for mutual authentication: chooses protocol and password.
///
/// A code that was missed before is accepted with a warning that shows its tries.
pub(super) fn set_template(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    if execution.memory.life_cycle != LifeCycle::Activated && !execution.has(Fault::PaceBeforeLock) {
        return refuse(StatusWord::ConditionsNotSatisfied);
    }
    let selection = Selection::decode(command.data()).map_err(|error| error.chip_status())?;
    let offered = offered(execution.memory);
    let mut chosen = selection.choose(&offered).map_err(|error| error.chip_status());
    if execution.has(Fault::PaceOfferNotChecked) && chosen.is_err() {
        chosen = offered.first().copied().ok_or(StatusWord::WrongData);
    }
    let info = chosen?;
    let known_as = match selection.password {
        PasswordReference::Pin if execution.has(Fault::PacePinIsPuk) => PasswordReference::Puk,
        password => password,
    };
    let password = password(execution.memory, known_as).ok_or(StatusWord::ReferencedDataNotFound)?;
    let code = CodeName::of(selection.password).and_then(|name| execution.memory.code(name));
    require_place(execution, selection.password, code)?;
    let code = code.filter(|_| !execution.has(Fault::PaceMissedTryNotShown));
    let warning = code.map_or(StatusWord::Success, tries_missing);
    let due = NonceDue::new(&info, password).map_err(|error| error.chip_status())?;
    if info.protocol.mapping() == PaceMapping::ChipAuthentication && static_key(execution.memory, info).is_none() {
        return refuse(StatusWord::ReferencedDataNotFound);
    }
    let step = PaceStep::NonceDue(due);
    execution.next_handshake = Some(Handshake::Pace(Pace { info, password: selection.password, step }));
    Ok(warning.into())
}

/// One of the four steps of GENERAL AUTHENTICATE; any that fails is the end of the run.
pub(super) fn general_authenticate(execution: &mut Execution<'_>, command: &CommandApdu, run: Pace) -> Outcome {
    let Pace { info, password, step } = run;
    let is_last = matches!(step, PaceStep::Confirmation(_));
    let forgiving = if is_last { Fault::PaceLastStepChained } else { Fault::PaceChainingNotNeeded };
    if !execution.has(forgiving) {
        require_chaining(command, is_last)?;
    }
    let data = command.data();
    let (next, answer) = match step {
        PaceStep::NonceDue(due) => {
            let (mapping, answer) = due.nonce(data, execution.entropy).map_err(|error| error.chip_status())?;
            (PaceStep::Mapping(mapping), answer)
        }
        PaceStep::Mapping(mapping) => {
            let key = static_key(execution.memory, info);
            let (agreement, answer) = mapping.map(data, key, execution.entropy).map_err(|error| error.chip_status())?;
            (PaceStep::Agreement(agreement), answer)
        }
        PaceStep::Agreement(agreement) => {
            let (confirmation, answer) =
                agreement.agree(data, execution.entropy).map_err(|error| error.chip_status())?;
            (PaceStep::Confirmation(confirmation), answer)
        }
        PaceStep::Confirmation(confirmation) => {
            let name = CodeName::of(password);
            lose_try(execution, name)?;
            let opened = confirmation.confirm(data);
            if execution.has(Fault::PaceWrongTokenTaken) && opened.is_err() {
                return Ok(ResponseApdu::new(encode(0x7C, &encode(0x86, &[0; 8])), StatusWord::Success));
            }
            let mut opened = opened.map_err(|error| missed(execution.memory, name, error.chip_status()))?;
            restore_tries(execution, name)?;
            let reference = match password {
                PasswordReference::Puk if execution.has(Fault::PacePukOpensFiles) => PasswordReference::Can.octet(),
                PasswordReference::Pin if execution.has(Fault::PacePinOpensFiles) => PasswordReference::Mrz.octet(),
                password => password.octet(),
            };
            if execution.has(Fault::PaceCamDataMissing) {
                opened.answer = token_alone(&opened.answer);
            }
            let fact = Authentication { mechanism: Mechanism::Pace, reference };
            let mut context = Context::opened_by(fact, Some(SecretBytes::new(opened.id_picc)));
            if info.protocol.mapping() == PaceMapping::ChipAuthentication {
                context.await_terminal(&opened.compressed_key);
            }
            let open = Open { session: opened.session, context };
            execution.channel_change = ChannelChange::Open(Channel::SecureMessaging(open));
            return Ok(ResponseApdu::new(opened.answer, StatusWord::Success));
        }
    };
    execution.next_handshake = Some(Handshake::Pace(Pace { info, password, step: next }));
    Ok(ResponseApdu::new(answer, StatusWord::Success))
}

/// The last answer without what proves the chip.
fn token_alone(answer: &[u8]) -> Vec<u8> {
    let token = single(answer, 0x7C).ok().and_then(|answer| answer.reader().optional(0x86).ok().flatten());
    encode(0x7C, token.map(|token| token.raw).unwrap_or_default())
}

/// The entries of EF.CardAccess that are spoken here.
fn offered(memory: &Memory) -> Vec<PaceInfo> {
    let file = memory.files.master().and_then(|master| memory.files.child(master, EF_CARD_ACCESS));
    let content = file.and_then(|file| memory.files.content(file)).unwrap_or_default();
    let infos = Reader::new(content).next().ok().flatten().and_then(|set| SecurityInfos::decode(set.raw).ok());
    infos.map(|infos| infos.pace().collect()).unwrap_or_default()
}

/// The password, if the card has it.
fn password(memory: &Memory, reference: PasswordReference) -> Option<Password> {
    let objects = memory.card_objects()?;
    let stored = |octets: &[u8]| Password::from_stored(reference, octets).ok();
    match reference {
        PasswordReference::Mrz => objects.mrz_secret.as_ref()?.expose(stored),
        PasswordReference::Can => objects.can.as_ref()?.expose(stored),
        _ => CodeName::of(reference).and_then(|name| objects.code(name))?.digits.expose(stored),
    }
}

/// The key of the master file that serves the chip authentication mapping with these domain parameters.
fn static_key(memory: &Memory, info: PaceInfo) -> Option<&CurvePrivateKey> {
    let oid = info.protocol.oid();
    memory.card_objects()?.key_pairs.values().filter(|pair| pair.serves(&oid)).find_map(|pair| match &pair.key {
        PrivateKey::Curve(key) => Some(key).filter(|key| Some(key.curve()) == info.curve()),
        PrivateKey::Rsa(_) => None,
    })
}

/// Where PACE may run: outside of every session, and with a suspended PIN inside a session that the CAN opened.
fn require_place(
    execution: &Execution<'_>,
    password: PasswordReference,
    code: Option<&Code>,
) -> Result<(), StatusWord> {
    if code.is_some_and(Code::is_blocked) && !execution.has(Fault::PaceBlockedPinTaken) {
        return Err(StatusWord::AuthenticationBlocked);
    }
    if execution.has(Fault::PaceInsideSession) {
        return Ok(());
    }
    let is_suspended =
        code.is_some_and(|code| is_suspended(password, code)) && !execution.has(Fault::PacePinNeverSuspended);
    let status = &execution.context.status;
    let is_in_place = if is_suspended { status.proves(CAN_OPENED) } else { status.is_empty() };
    is_in_place.then_some(()).ok_or(StatusWord::ConditionsNotSatisfied)
}

/// The last try of the PIN is kept for who knows the CAN: a stranger at a distance could block the PIN otherwise.
fn is_suspended(password: PasswordReference, code: &Code) -> bool {
    CodeName::of(password) == Some(CodeName::Pin) && code.tries_left == 1
}

/// How many tries are left, where that is not all.
fn tries_missing(code: &Code) -> StatusWord {
    if code.tries_left == code.limit { StatusWord::Success } else { StatusWord::TriesLeft(code.tries_left) }
}

/// All steps but the last say that more follow, and the last does not.
fn require_chaining(command: &CommandApdu, is_last: bool) -> Result<(), StatusWord> {
    match (is_last, command.head().cla) {
        (true, LAST) | (false, CHAINED) => Ok(()),
        (true, _) => Err(StatusWord::LastCommandExpected),
        (false, _) => Err(StatusWord::ConditionsNotSatisfied),
    }
}

/// A code loses a try before its token is compared.
fn lose_try(execution: &mut Execution<'_>, name: Option<CodeName>) -> Result<(), Interrupted> {
    if let Some(name) = name.filter(|_| !execution.has(Fault::PaceTryNotLost)) {
        execution.commit(Change::CodeTryLess(name))?;
    }
    Ok(())
}

/// A code gets all its tries back when its token was right.
fn restore_tries(execution: &mut Execution<'_>, name: Option<CodeName>) -> Result<(), Interrupted> {
    if let Some(name) = name.filter(|_| !execution.has(Fault::PaceTriesNotRestored)) {
        execution.commit(Change::CodeTriesRestored(name))?;
    }
    Ok(())
}

/// The answer to a wrong token: for a code, how many tries are left.
fn missed(memory: &Memory, name: Option<CodeName>, status: StatusWord) -> StatusWord {
    let code = name.and_then(|name| memory.code(name)).filter(|_| status == StatusWord::AuthenticationFailed);
    code.map_or(status, |code| StatusWord::TriesLeft(code.tries_left))
}

/// A session that PACE with the CAN opened.
const CAN_OPENED: Authentication = Authentication { mechanism: Mechanism::Pace, reference: 0x02 };
/// EF.CardAccess in the master file. Spec: `icao-9303-10#ef-card-access`.
const EF_CARD_ACCESS: u16 = 0x011C;
const LAST: u8 = 0x00;
const CHAINED: u8 = 0x10;
