//! PUT DATA: security environments and the secret of the MRZ. Spec: `iso-7816-4#put-data`.

use sigillo_apdu::{CommandApdu, StatusWord};
use sigillo_channel::bac::MrzSecret;
use sigillo_tlv::Reader;

use super::execution::{Execution, Outcome, done, require_parameters};
use crate::access::{Access, SecurityEnvironment};
use crate::files::{FileHandle, MRZ_SECRET_FOOTPRINT};
use crate::memory::{Change, FORMATION};

/// Stores one object; P1-P2 are its tag, the data field is its value.
///
/// | tag | where | value |
/// |--------|-----------------|------------------------------------------------------------------|
/// | `7B` | the master file | a security environment |
/// | `DF21` | the current DF | 20 octets: SHA-1 of the MRZ information, for Basic Access Control |
pub(super) fn put_data(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let tag = u16::from_be_bytes([command.head().p1, command.head().p2]);
    store(execution, command, u32::from(tag), command.data())
}

/// Stores one object that the data field holds with its tag; P1-P2 = `3FFF` is the current DF.
pub(super) fn put_data_odd(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0x3F, 0xFF)?;
    let mut reader = Reader::new(command.data());
    let object = reader.next().ok().flatten();
    match object.filter(|_| reader.rest().is_empty()) {
        Some(object) => store(execution, command, object.tag.number(), object.value),
        // Whoever may store nothing learns nothing about the objects either.
        None => execution
            .current_df()
            .and_then(|df| execution.require(df, Access::by(command.head())))
            .and(Err(StatusWord::WrongData))
            .map_err(Into::into),
    }
}

fn store(execution: &mut Execution<'_>, command: &CommandApdu, tag: u32, value: &[u8]) -> Outcome {
    let df = execution.current_df()?;
    let environment = (tag == SECURITY_ENVIRONMENT).then(|| SecurityEnvironment::decode(value)).flatten();
    if !is_first_environment(execution, environment.as_ref()) {
        execution.require(df, Access::by(command.head()))?;
    }
    match tag {
        SECURITY_ENVIRONMENT if execution.memory.files.master() == Some(df) => {
            let environment = environment.ok_or(StatusWord::WrongData)?;
            execution.require_room(value.len())?;
            execution.commit(Change::EnvironmentStored(environment))?;
            done()
        }
        MRZ_SECRET => store_mrz_secret(execution, df, value),
        _ => Err(StatusWord::ReferencedDataNotFound.into()),
    }
}

/// The rules of the master file speak of security environments, and none exists yet: the formation keys may store the one
/// that names them, number 1, when it is absent.
fn is_first_environment(execution: &Execution<'_>, environment: Option<&SecurityEnvironment>) -> bool {
    let first = SecurityEnvironment { number: 1, alternatives: vec![FORMATION] };
    let is_first = execution.memory.environments.is_empty() && environment == Some(&first);
    is_first && execution.context.status.proves(FORMATION)
}

fn store_mrz_secret(execution: &mut Execution<'_>, df: FileHandle, value: &[u8]) -> Outcome {
    let secret = MrzSecret::from_bytes(value).map_err(|_| StatusWord::WrongData)?;
    execution.require_room(MRZ_SECRET_FOOTPRINT)?;
    execution.commit(Change::MrzSecretStored { df, secret })?;
    done()
}

const SECURITY_ENVIRONMENT: u32 = 0x7B;
const MRZ_SECRET: u32 = 0xDF21;
