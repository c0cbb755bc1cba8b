//! What the chip signs: INTERNAL AUTHENTICATE, for Active Authentication or for the holder, and PERFORM SECURITY OPERATION.
//!
//! The rules of the current DF say who may ask; what a key was generated for says what it signs.
//!
//! Spec: `icao-9303-11#aa`, `iso-7816-8#perform-security-operation`.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::active_authentication::chip::{sign_ecdsa, sign_rsa};
use sigillo_crypto::HashAlgorithm;

use super::execution::{Execution, Outcome, refuse, require_body, require_parameters};
use crate::access::Access;
use crate::faults::Fault;
use crate::files::FileHandle;
use crate::keys::{KeyPair, PrivateKey, Use};
use crate::memory::Memory;

/// INTERNAL AUTHENTICATE with the first key of the current DF that answers it.
///
/// | key serves | data field | answer |
/// |--------------------------------|---------------|--------------------------------------------------------|
/// | Active Authentication by ECDSA | 8 octets | r and s over the hash of the data field |
/// | Active Authentication by RSA | 8 octets | ISO/IEC 9796-2 scheme 1 with SHA-256 |
/// | the holder's signatures | 1 to 64 octets | r and s over SHA-256 of the data field |
pub(super) fn internal_authenticate(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let df = permitted_df(execution, command)?;
    require_parameters(command.head(), 0, 0)?;
    let (pair, usage) = key_for(execution.memory, df, |usage| usage.answers())?;
    let mut data = command.data();
    if execution.faults.has(Fault::AaSignsAnotherChallenge) {
        data = &[0; CHALLENGE];
    }
    let fitted = fitted::<CHALLENGE>(data);
    if execution.faults.has(Fault::AaTakesAnyLength) && usage != Use::Holder {
        data = &fitted;
    }
    let signature = match (usage, &pair.key) {
        (Use::ActiveAuthenticationEcdsa(hash), PrivateKey::Curve(key)) => sign_ecdsa(key, hash, data),
        (Use::ActiveAuthenticationRsa, PrivateKey::Rsa(key)) => {
            sign_rsa(key, HashAlgorithm::Sha256, data, execution.entropy)
        }
        (Use::Holder, PrivateKey::Curve(key)) => {
            require_body(command, |length| (1..=MAX_TO_HASH).contains(&length))?;
            key.sign(HashAlgorithm::Sha256, data).map_err(Into::into)
        }
        _ => return refuse(StatusWord::ReferencedDataNotFound),
    };
    let signature = signature.map_err(|error| error.chip_status())?;
    // A long RSA signature does not fit into a short response inside secure messaging.
    if signature.len() > execution.capacity {
        return refuse(StatusWord::WrongLength);
    }
    Ok(ResponseApdu::new(signature, StatusWord::Success))
}

/// PERFORM SECURITY OPERATION: COMPUTE DIGITAL SIGNATURE over a hash of 32 octets, with the holder's key.
pub(super) fn compute_digital_signature(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let df = permitted_df(execution, command)?;
    if !execution.has(Fault::HolderSignsAnyLength) {
        require_body(command, |length| length == HASH)?;
    }
    let (pair, _) = key_for(execution.memory, df, |usage| usage == Use::Holder)?;
    let PrivateKey::Curve(key) = &pair.key else { return refuse(StatusWord::ReferencedDataNotFound) };
    let hash = if execution.has(Fault::HolderSignsAnotherHash) { [0; HASH] } else { fitted::<HASH>(command.data()) };
    let signature = key.sign_prehash(&hash).map_err(|_| StatusWord::NoPreciseDiagnosis)?;
    Ok(ResponseApdu::new(signature, StatusWord::Success))
}

/// The current DF, when its rules allow this command and the command asks for an answer.
fn permitted_df(execution: &Execution<'_>, command: &CommandApdu) -> Result<FileHandle, StatusWord> {
    let df = execution.current_df()?;
    execution.require(df, Access::by(command.head()))?;
    if command.head().le == 0 { Err(StatusWord::WrongLength) } else { Ok(df) }
}

/// The first key of a DF with such a use.
fn key_for(memory: &Memory, df: FileHandle, wanted: impl Fn(Use) -> bool) -> Result<(&KeyPair, Use), StatusWord> {
    let pairs = memory.files.objects(df).map(|objects| objects.key_pairs.values());
    let found = pairs.into_iter().flatten().find_map(|pair| Some((pair, pair.uses().find(|usage| wanted(*usage))?)));
    found.ok_or(StatusWord::ReferencedDataNotFound)
}

/// The data with exactly this length, cut off or padded with zeros.
fn fitted<const LENGTH: usize>(data: &[u8]) -> [u8; LENGTH] {
    let mut fitted = [0; LENGTH];
    fitted.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
    fitted
}

/// The octets of a challenge of Active Authentication.
const CHALLENGE: usize = 8;
/// The octets of SHA-256.
const HASH: usize = 32;
/// What INTERNAL AUTHENTICATE hashes at most.
const MAX_TO_HASH: usize = 64;
