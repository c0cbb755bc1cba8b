//! Active Authentication: one challenge, one signature.
//!
//! ```text
//! INTERNAL AUTHENTICATE    eight octets that nobody could foresee
//! ```

use sigillo_apdu::ResponseApdu;
use sigillo_channel::ChannelError;
use sigillo_channel::active_authentication::terminal::Verifier;
use sigillo_crypto::HashAlgorithm;
use sigillo_lds::DataGroupNumber;
use sigillo_lds::dg15::Dg15;

use crate::ended::{Ended, NotRun};
use crate::error::{InspectError, InspectErrorKind, Step};
use crate::file_name::FileName;
use crate::outcome::ReadOutcome;
use crate::security_options::dg14;

/// The key of DG15, or why there is nothing to verify with.
pub(super) fn verifier(outcome: &ReadOutcome) -> Result<Verifier, Ended<HashAlgorithm>> {
    let group = FileName::DataGroup(DataGroupNumber::DG15);
    let dg15 = outcome.file(group).and_then(|file| Dg15::decode(file).ok());
    let dg15 = dg15.ok_or(failed(InspectErrorKind::Undecodable(group)))?;
    Verifier::new(dg15.public_key_info(), dg14(outcome).as_ref()).map_err(|error| match error {
        ChannelError::AaKey => Ended::NotRun(NotRun::NotSpoken),
        error => failed(InspectErrorKind::Channel(error)),
    })
}

/// What the answer proves.
pub(super) fn judged(verifier: &Verifier, challenge: [u8; 8], response: &ResponseApdu) -> Ended<HashAlgorithm> {
    match verifier.verify(challenge, response) {
        Ok(hash) => Ended::Passed(hash),
        Err(error) => failed(InspectErrorKind::Channel(error)),
    }
}

fn failed(kind: InspectErrorKind) -> Ended<HashAlgorithm> {
    Ended::Failed(InspectError::new(Step::ActiveAuthentication, kind))
}
