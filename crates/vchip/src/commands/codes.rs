//! The holder's codes: VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER.
//!
//! The codes are the card's; the rules that let a terminal use them are those of the current DF, by instruction code and P1. A
//! code crosses secure messaging only. One try less is committed before anything is compared, so no power cut gives one back.
//!
//! Spec: `iso-7816-4#verify`.

use sigillo_apdu::{ApduHead, CommandApdu, StatusWord};
use sigillo_crypto::ct_eq;
use sigillo_secret::SecretBytes;

use super::execution::{Execution, Interrupted, Outcome, done, refuse, require_body, require_secure_messaging};
use crate::access::Access;
use crate::faults::{Fault, Faults};
use crate::memory::Change;
use crate::objects::{CODE_LENGTH, Code, CodeName, is_code};
use crate::status::{Authentication, Mechanism};

/// What a verified PIN proves, until another DF is selected.
pub(super) const HOLDER: Authentication = Authentication { mechanism: Mechanism::Holder, reference: 0x03 };

/// Compares the PIN; without a data field, tells how many tries are left.
pub(super) fn verify(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_permitted(execution, command.head())?;
    let names: &[CodeName] =
        if execution.has(Fault::VerifyTakesPuk) { &[CodeName::Pin, CodeName::Puk] } else { &[CodeName::Pin] };
    let name = require_code(command.head(), &[0x00], names)?;
    if command.data().is_empty() && execution.has(Fault::CounterQuestionCostsTry) {
        execution.commit(Change::CodeTryLess(name))?;
    }
    if command.data().is_empty() {
        return refuse(counter(usable(execution, name)?));
    }
    require_body(command, |length| length == CODE_LENGTH)?;
    if !execution.has(Fault::WrongPinKeepsHolder) {
        execution.context.status.forget(Mechanism::Holder);
    }
    prove(execution, name, command.data(), Change::CodeTriesRestored(name))?;
    execution.context.status.add(HOLDER);
    done()
}

/// Changes the PIN for who knows it (P1 = `00`: old, then new), or sets a code for whom the rules allow it (P1 = `01`: new).
pub(super) fn change_reference_data(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let head = command.head();
    require_permitted(execution, head)?;
    if head.p1 == 0x00 {
        let name = require_code(head, &[0x00], &[CodeName::Pin])?;
        let (old, new) = two_codes(execution.faults, command)?;
        prove(execution, name, old, Change::CodeChanged(name, new))?;
        if execution.has(Fault::ChangeProvesHolder) {
            execution.context.status.add(HOLDER);
        }
    } else {
        let name = require_code(head, &[0x01], &[CodeName::Pin, CodeName::Puk])?;
        require_body(command, |length| length == CODE_LENGTH)?;
        let new = new_code(execution.faults, command.data())?;
        stored(execution, name)?;
        execution.commit(Change::CodeChanged(name, new))?;
        if !execution.has(Fault::SetCodesKeepsHolder) {
            execution.context.status.forget(Mechanism::Holder);
        }
    }
    done()
}

/// Gives the PIN its tries back for who knows the PUK: with a new PIN (P1 = `00`: PUK, then PIN) or with the old one (P1 = `01`).
pub(super) fn reset_retry_counter(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let head = command.head();
    require_permitted(execution, head)?;
    let pin = require_code(head, &[0x00, 0x01], &[CodeName::Pin])?;
    let (puk, new) = if head.p1 == 0x00 {
        let (puk, new) = two_codes(execution.faults, command)?;
        (puk, Some(new))
    } else {
        require_body(command, |length| length == CODE_LENGTH)?;
        (command.data(), None)
    };
    stored(execution, pin)?;
    prove(execution, CodeName::Puk, puk, Change::PinUnblocked(new))?;
    if execution.has(Fault::UnblockProvesHolder) {
        execution.context.status.add(HOLDER);
    }
    done()
}

/// One try less first, then the comparison, then what success changes.
fn prove(execution: &mut Execution<'_>, name: CodeName, digits: &[u8], success: Change) -> Result<(), Interrupted> {
    if !execution.has(Fault::BlockedCodeTaken) {
        usable(execution, name)?;
    }
    let is_late = execution.has(Fault::CodeTryLostLate);
    if !is_late && !execution.has(Fault::CodeTryNotLost) {
        execution.commit(Change::CodeTryLess(name))?;
    }
    let code = stored(execution, name)?;
    if !code.digits.expose(|stored| ct_eq(stored, digits)) && !passes_all_the_same(execution, code, digits, &success) {
        if is_late {
            execution.commit(Change::CodeTryLess(name))?;
        }
        return Err(counter(stored(execution, name)?).into());
    }
    if !is_without_effect(execution, &success) {
        execution.commit(success)?;
    }
    Ok(())
}

/// Whether a faulty chip takes a wrong code.
fn passes_all_the_same(execution: &Execution<'_>, code: &Code, digits: &[u8], success: &Change) -> bool {
    let half = CODE_LENGTH / 2;
    let is_half_right = || code.digits.expose(|stored| stored.get(..half) == digits.get(..half));
    (execution.has(Fault::CodeHalfCompared) && is_half_right())
        || (execution.has(Fault::ChangeWithoutOldPin) && matches!(success, Change::CodeChanged(..)))
        || (execution.has(Fault::UnblockWithAnyPuk) && matches!(success, Change::PinUnblocked(_)))
}

/// Whether a faulty chip forgets what a right code changes.
fn is_without_effect(execution: &Execution<'_>, success: &Change) -> bool {
    match success {
        Change::CodeTriesRestored(_) => execution.has(Fault::CodeTriesNotRestored),
        Change::CodeChanged(..) => execution.has(Fault::ChangeNotStored),
        Change::PinUnblocked(_) => execution.has(Fault::UnblockRestoresNothing),
        _ => false,
    }
}

/// The rules of the current DF, and a session that keeps the codes from listeners.
fn require_permitted(execution: &Execution<'_>, head: ApduHead) -> Result<(), StatusWord> {
    execution.require(execution.current_df()?, Access::by(head))?;
    require_secure_messaging(execution)
}

/// The code that P2 names, where P1 and P2 are what this command takes.
fn require_code(head: ApduHead, p1: &[u8], names: &[CodeName]) -> Result<CodeName, StatusWord> {
    if !p1.contains(&head.p1) {
        return Err(StatusWord::WrongParameters);
    }
    CodeName::from_octet(head.p2).filter(|name| names.contains(name)).ok_or(StatusWord::ReferencedDataNotFound)
}

fn stored<'a>(execution: &'a Execution<'_>, name: CodeName) -> Result<&'a Code, StatusWord> {
    execution.memory.code(name).ok_or(StatusWord::ReferencedDataNotFound)
}

/// A code that was not missed too often.
fn usable<'a>(execution: &'a Execution<'_>, name: CodeName) -> Result<&'a Code, StatusWord> {
    stored(execution, name).and_then(
        |code| {
            if code.is_blocked() { Err(StatusWord::AuthenticationBlocked) } else { Ok(code) }
        },
    )
}

fn counter(code: &Code) -> StatusWord {
    StatusWord::TriesLeft(code.tries_left)
}

/// The code that proves, and a new one.
fn two_codes(faults: Faults, command: &CommandApdu) -> Result<(&[u8], SecretBytes), StatusWord> {
    let (first, second) = command.data().split_at_checked(CODE_LENGTH).ok_or(StatusWord::WrongLength)?;
    if second.len() != CODE_LENGTH {
        return Err(StatusWord::WrongLength);
    }
    Ok((first, new_code(faults, second)?))
}

fn new_code(faults: Faults, digits: &[u8]) -> Result<SecretBytes, StatusWord> {
    if is_code(digits) || faults.has(Fault::CodeTakesLetters) {
        Ok(SecretBytes::copy_of(digits))
    } else {
        Err(StatusWord::WrongData)
    }
}
