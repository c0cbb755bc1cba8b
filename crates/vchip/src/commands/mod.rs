//! The commands of the native dialect (decision D3), one file a family.

mod authority;
mod bac;
mod chip_authentication;
mod codes;
mod create;
mod data_object;
mod execution;
mod forgiveness;
mod key_pair;
mod life_cycle;
mod pace;
mod read;
mod scp03;
mod select;
mod signature;
mod terminal_authentication;
mod update;

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{ApduHead, CommandApdu, ResponseApdu, StatusWord, ins};

use execution::{Outcome, done, refuse, require_parameters, require_secure_messaging};

use crate::channel::Handshake;
use crate::faults::Fault;

pub(crate) use execution::{Execution, Interrupted};

/// Carries out one command in plain form.
///
/// | class | instruction | command |
/// |-------|-------------|---------|
/// | `00` | `A4` | SELECT |
/// | `00` | `B0` `B1` | READ BINARY |
/// | `00` | `D6` `D7` | UPDATE BINARY |
/// | `00` | `E0` | CREATE FILE |
/// | `00` | `E4` | DELETE FILE |
/// | `00` | `DA` `DB` | PUT DATA |
/// | `00` `80` | `CA` `CB` | GET DATA: nothing on this chip is read so |
/// | `00` | `46` `47` | GENERATE ASYMMETRIC KEY PAIR |
/// | `00` | `44`, `04` | ACTIVATE FILE: on the master file, the lock; DEACTIVATE FILE |
/// | `00` | `FE` | TERMINATE CARD USAGE |
/// | `00` | `84`, `82` | GET CHALLENGE, EXTERNAL AUTHENTICATE: Basic Access Control; in a session, Terminal Authentication |
/// | `00` | `22` | MANAGE SECURITY ENVIRONMENT: PACE, Chip Authentication, Terminal Authentication |
/// | `00` `10` | `86` | GENERAL AUTHENTICATE: PACE, Chip Authentication |
/// | `00` | `88` | INTERNAL AUTHENTICATE |
/// | `00` | `2A` | PERFORM SECURITY OPERATION: certificates of terminals, signatures |
/// | `00` | `20`, `24`, `2C` | VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER |
/// | `80` `84` | `50`, `82`, `D8` | INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, PUT KEY: SCP03, until the lock |
pub(crate) fn carry_out(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let ApduHead { cla, ins: instruction, .. } = command.head();
    if execution.memory.life_cycle == LifeCycle::Terminated {
        return refuse(StatusWord::ConditionsNotSatisfied);
    }
    if cla & 0x80 == 0 && !works_in_deactivated(instruction) && is_in_deactivated(execution) {
        return refuse(StatusWord::ConditionsNotSatisfied);
    }
    if execution.has(Fault::SerialByGetData) && instruction == ins::GET_DATA {
        return Ok(ResponseApdu::new(execution.memory.serial, StatusWord::Success));
    }
    let in_session = require_secure_messaging(execution).is_ok();
    let has_keys = execution.memory.key_set.is_some();
    match (cla, instruction) {
        (0x00, ins::SELECT) => select::select(execution, command),
        (0x00, ins::READ_BINARY) => read::read_binary(execution, command),
        (0x00, ins::READ_BINARY_ODD) => read::read_binary_odd(execution, command),
        (0x00, ins::UPDATE_BINARY) => update::update_binary(execution, command),
        (0x00, ins::UPDATE_BINARY_ODD) => update::update_binary_odd(execution, command),
        (0x00, ins::CREATE_FILE) => create::create_file(execution, command),
        (0x00, ins::DELETE_FILE) => create::delete_file(execution, command),
        (0x00, ins::PUT_DATA) => data_object::put_data(execution, command),
        (0x00, PUT_DATA_ODD) => data_object::put_data_odd(execution, command),
        (0x00 | 0x80, ins::GET_DATA | ins::GET_DATA_ODD) => refuse(StatusWord::ReferencedDataNotFound),
        (0x00, GENERATE_EVEN | ins::GENERATE_ASYMMETRIC_KEY_PAIR) => key_pair::generate(execution, command),
        (0x00, ins::ACTIVATE_FILE) => life_cycle::activate_file(execution, command),
        (0x00, ins::DEACTIVATE_FILE) => life_cycle::deactivate_file(execution, command),
        (0x00, ins::TERMINATE_CARD_USAGE) => life_cycle::terminate_card_usage(execution, command),
        (0x00, ins::GET_CHALLENGE) if in_session && !forgets_session(execution) => {
            terminal_authentication::get_challenge(execution, command)
        }
        (0x00, ins::GET_CHALLENGE) => bac::get_challenge(execution, command),
        (0x00, ins::EXTERNAL_AUTHENTICATE) if in_session => {
            terminal_authentication::external_authenticate(execution, command)
        }
        (0x00, ins::EXTERNAL_AUTHENTICATE) => bac::external_authenticate(execution, command),
        (0x00, ins::MANAGE_SECURITY_ENVIRONMENT) => manage_security_environment(execution, command),
        (0x00 | 0x10, ins::GENERAL_AUTHENTICATE) => general_authenticate(execution, command),
        (0x00, ins::INTERNAL_AUTHENTICATE) => signature::internal_authenticate(execution, command),
        (0x00, ins::PERFORM_SECURITY_OPERATION) => perform_security_operation(execution, command),
        (0x00, ins::VERIFY) => codes::verify(execution, command),
        (0x00, ins::CHANGE_REFERENCE_DATA) => codes::change_reference_data(execution, command),
        (0x00, ins::RESET_RETRY_COUNTER) => codes::reset_retry_counter(execution, command),
        (0x80, ins::INITIALIZE_UPDATE) if has_keys => scp03::initialize_update(execution, command),
        (0x84, ins::EXTERNAL_AUTHENTICATE) if has_keys => scp03::external_authenticate(execution, command),
        (0x80, ins::PUT_KEY) if has_keys => scp03::put_key(execution, command),
        _ if execution.has(Fault::UnknownInstructionSucceeds) => done(),
        _ => refuse(StatusWord::InstructionNotSupported),
    }
}

/// Whether a faulty chip gives a challenge for Basic Access Control inside a session.
fn forgets_session(execution: &Execution<'_>) -> bool {
    execution.has(Fault::BacInsideSession) && execution.context.terminal.is_none()
}

/// What MANAGE SECURITY ENVIRONMENT prepares is in P1-P2.
fn manage_security_environment(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    match (command.head().p1, command.head().p2) {
        (0xC1, 0xA4) => pace::set_template(execution, command),
        (0x81, 0xB6) => terminal_authentication::set_verification_template(execution, command),
        (0x81, 0xA4) => terminal_authentication::set_template(execution, command),
        (0x41, 0xA4) => chip_authentication::set_template(execution, command),
        (0x41, 0xA6) => chip_authentication::set_key_agreement_template(execution, command),
        _ => refuse(StatusWord::WrongParameters),
    }
}

/// Which operation is in P1-P2: what comes out, and what goes in.
fn perform_security_operation(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    match (command.head().p1, command.head().p2) {
        (0x00, 0xBE) => terminal_authentication::verify_certificate(execution, command),
        (0x9E, 0x9A) => signature::compute_digital_signature(execution, command),
        _ => refuse(StatusWord::WrongParameters),
    }
}

/// GENERAL AUTHENTICATE belongs to the protocol that the command before prepared.
fn general_authenticate(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0, 0)?;
    match execution.handshake.take() {
        Some(Handshake::Pace(run)) => pace::general_authenticate(execution, command, run),
        Some(Handshake::ChipAuthentication(key)) => chip_authentication::general_authenticate(execution, command, key),
        _ => refuse(StatusWord::ConditionsNotSatisfied),
    }
}

/// Whether the current DF, or one around it, is deactivated.
fn is_in_deactivated(execution: &Execution<'_>) -> bool {
    let is_deactivated = execution.selection.df.is_some_and(|df| execution.memory.files.is_deactivated(df));
    is_deactivated && !execution.has(Fault::DeactivatedWorks)
}

/// What a deactivated application still takes.
fn works_in_deactivated(instruction: u8) -> bool {
    matches!(instruction, ins::SELECT | ins::ACTIVATE_FILE | ins::DEACTIVATE_FILE | ins::TERMINATE_CARD_USAGE)
}

/// GENERATE ASYMMETRIC KEY PAIR with the even instruction code; rules name either.
const GENERATE_EVEN: u8 = 0x46;
/// PUT DATA with data objects in the data field.
const PUT_DATA_ODD: u8 = 0xDB;
