use sigillo_crypto::{ct_eq, sha256};
use sigillo_lds::DataGroupNumber;
use sigillo_seal::DocumentSecurityObject;

use crate::file_name::FileName;
use crate::outcome::ReadOutcome;

/// Whether EF.SOD has this SHA-256, and DG14 the hash that stands in it: then the key of Chip Authentication is the one that the
/// register knows as this chip's, whoever else can sign documents.
pub(crate) fn is_sealed(outcome: &ReadOutcome, sod_digest: [u8; 32]) -> bool {
    is_expected(outcome, sod_digest) && is_dg14_sealed(outcome)
}

/// Whether EF.SOD has this SHA-256.
pub(crate) fn is_expected(outcome: &ReadOutcome, sod_digest: [u8; 32]) -> bool {
    outcome.file(FileName::Sod).is_some_and(|sod| ct_eq(&sha256(sod), &sod_digest))
}

/// Whether DG14 has its hash in EF.SOD.
pub(crate) fn is_dg14_sealed(outcome: &ReadOutcome) -> bool {
    let sod = outcome.file(FileName::Sod).and_then(|sod| DocumentSecurityObject::decode(sod).ok());
    let dg14 = outcome.file(FileName::DataGroup(DataGroupNumber::DG14));
    let (Some(sod), Some(dg14)) = (sod, dg14) else { return false };
    let hash = sod.lds().hash_algorithm().digest(dg14);
    sod.lds().hashes().get(&DataGroupNumber::DG14.number()).is_some_and(|sealed| ct_eq(sealed, &hash))
}
