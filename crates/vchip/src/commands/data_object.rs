//! PUT DATA: security environments, passwords, codes, trust points and the date. Spec: `iso-7816-4#put-data`.

use sigillo_apdu::{CommandApdu, StatusWord};
use sigillo_channel::bac::MrzSecret;
use sigillo_cvc::CvDate;
use sigillo_tlv::Reader;

use super::authority;
use super::execution::{Execution, Outcome, done, require_parameters};
use crate::access::{Access, SecurityEnvironment};
use crate::faults::Fault;
use crate::files::FileHandle;
use crate::memory::{Change, FORMATION};
use crate::objects::{CODE_FOOTPRINT, Code, CodeName, MRZ_SECRET_FOOTPRINT, decode_can, decode_chip_identity};

/// Stores one object; P1-P2 are its tag, the data field is its value.
///
/// | tag | where | value |
/// |--------|------------------|------------------------------------------------------------------|
/// | `7B` | the master file | a security environment |
/// | `DF21` | the master file | 20 octets: SHA-1 of the MRZ information, for PACE |
/// | `DF21` | an application | the same, for Basic Access Control |
/// | `DF22` | the master file | card access number: six digits in ASCII |
/// | `DF23` | the master file | PIN: limit of tries, 1 to 15, then eight digits in ASCII |
/// | `DF24` | the master file | PUK: likewise |
/// | `DF32` | the master file | current date: YYMMDD, six octets of one digit each |
/// | `DF31` | an application | trust point: content of a root's certificate, `7F4E` and `5F37` |
/// | `DF33` | an application | document number with its check digit, for Terminal Authentication after Basic Access Control |
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
    let is_card = execution.memory.files.master() == Some(df);
    let (change, footprint) = match tag {
        SECURITY_ENVIRONMENT if is_card => (environment.map(Change::EnvironmentStored), value.len()),
        MRZ_SECRET => {
            let secret = MrzSecret::from_bytes(value).ok();
            (secret.map(|secret| Change::MrzSecretStored(df, secret)), MRZ_SECRET_FOOTPRINT)
        }
        CAN if is_card => (decode_can(value).map(|can| Change::CanStored(df, can)), CODE_FOOTPRINT),
        PIN if is_card => (code(df, CodeName::Pin, value), CODE_FOOTPRINT),
        PUK if is_card => (code(df, CodeName::Puk, value), CODE_FOOTPRINT),
        DATE if is_card => (CvDate::decode(value).ok().map(Change::DateSet), value.len()),
        CHIP_IDENTITY if !is_card => {
            (decode_chip_identity(value).map(|identity| Change::ChipIdentityStored(df, identity)), CODE_FOOTPRINT)
        }
        TRUST_POINT if !is_card => return authority::store(execution, df, value),
        _ => return Err(StatusWord::ReferencedDataNotFound.into()),
    };
    if execution.has(Fault::MalformedObjectSaysSuccess) && change.is_none() {
        return done();
    }
    let change = change.ok_or(StatusWord::WrongData)?;
    execution.require_room(footprint)?;
    execution.commit(change)?;
    done()
}

fn code(df: FileHandle, name: CodeName, value: &[u8]) -> Option<Change> {
    Code::decode(value).map(|code| Change::CodeStored(df, name, code))
}

/// The rules of the master file speak of security environments, and none exists yet: the formation keys may store the one
/// that names them, number 1, when it is absent.
fn is_first_environment(execution: &Execution<'_>, environment: Option<&SecurityEnvironment>) -> bool {
    let first = SecurityEnvironment { number: 1, alternatives: vec![FORMATION] };
    let is_first = execution.memory.environments.is_empty() && environment == Some(&first);
    is_first && execution.context.status.proves(FORMATION)
}

const SECURITY_ENVIRONMENT: u32 = 0x7B;
const MRZ_SECRET: u32 = 0xDF21;
const CAN: u32 = 0xDF22;
const PIN: u32 = 0xDF23;
const PUK: u32 = 0xDF24;
const TRUST_POINT: u32 = 0xDF31;
const DATE: u32 = 0xDF32;
const CHIP_IDENTITY: u32 = 0xDF33;
