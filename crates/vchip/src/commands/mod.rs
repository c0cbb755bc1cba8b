//! The commands of the native dialect (decision D3), one file a family.

mod bac;
mod create;
mod data_object;
mod execution;
mod key_pair;
mod life_cycle;
mod read;
mod scp03;
mod select;
mod update;

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{ApduHead, CommandApdu, StatusWord, ins};

use execution::{Outcome, refuse};

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
/// | `00` | `44` | ACTIVATE FILE: on the master file, the lock |
/// | `00` | `FE` | TERMINATE CARD USAGE |
/// | `00` | `84`, `82` | GET CHALLENGE, EXTERNAL AUTHENTICATE: Basic Access Control |
/// | `80` `84` | `50`, `82`, `D8` | INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, PUT KEY: SCP03, until the lock |
pub(crate) fn carry_out(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let ApduHead { cla, ins: instruction, .. } = command.head();
    if execution.memory.life_cycle == LifeCycle::Terminated {
        return refuse(StatusWord::ConditionsNotSatisfied);
    }
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
        (0x00, ins::TERMINATE_CARD_USAGE) => life_cycle::terminate_card_usage(execution, command),
        (0x00, ins::GET_CHALLENGE) => bac::get_challenge(execution, command),
        (0x00, ins::EXTERNAL_AUTHENTICATE) => bac::external_authenticate(execution, command),
        (0x80, ins::INITIALIZE_UPDATE) if has_keys => scp03::initialize_update(execution, command),
        (0x84, ins::EXTERNAL_AUTHENTICATE) if has_keys => scp03::external_authenticate(execution, command),
        (0x80, ins::PUT_KEY) if has_keys => scp03::put_key(execution, command),
        _ => refuse(StatusWord::InstructionNotSupported),
    }
}

/// GENERATE ASYMMETRIC KEY PAIR with the even instruction code; rules name either.
const GENERATE_EVEN: u8 = 0x46;
/// PUT DATA with data objects in the data field.
const PUT_DATA_ODD: u8 = 0xDB;
