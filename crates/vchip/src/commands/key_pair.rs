//! GENERATE ASYMMETRIC KEY PAIR: the private key is born on the chip and never leaves it. Spec: `iso-7816-8#generate-key-pair`.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_crypto::P256PrivateKey;
use sigillo_tlv::{encode, single};

use super::execution::{Execution, Outcome, require_parameters};
use crate::access::Access;
use crate::files::KEY_FOOTPRINT;
use crate::memory::Change;

/// Makes a key pair in the current DF and answers with the public key; until the lock it may be made again.
///
/// | field | content |
/// |----------|-----------------------------------------------------------------------------------|
/// | command | `AC { 80 01` domain parameters (`0C` = P-256)`, 83 01` key reference, 1 to 254 `}` |
/// | response | `7F49 { 86` uncompressed point, 65 octets `}` |
pub(super) fn generate(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0x80, 0x00)?;
    let df = execution.current_df()?;
    execution.require(df, Access::by(command.head()))?;
    let reference = requested_key(command.data()).ok_or(StatusWord::WrongData)?;
    execution.require_room(KEY_FOOTPRINT)?;
    let key = P256PrivateKey::generate(execution.entropy);
    let point = key.public().p256_point().ok_or(StatusWord::NoPreciseDiagnosis)?;
    execution.commit(Change::KeyGenerated { df, reference, key })?;
    Ok(ResponseApdu::new(encode(0x7F49, &encode(0x86, &point)), StatusWord::Success))
}

fn requested_key(data: &[u8]) -> Option<u8> {
    let mut reader = single(data, 0xAC).ok()?.reader();
    let &[P_256] = reader.expect(0x80).ok()?.value else { return None };
    let &[reference @ 1..=254] = reader.expect(0x83).ok()?.value else { return None };
    reader.finish().ok()?;
    Some(reference)
}

/// Standardized domain parameters 12. Spec: `icao-9303-11#domain-parameters`.
const P_256: u8 = 0x0C;
