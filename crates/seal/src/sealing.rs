use std::collections::BTreeMap;

use jiff::civil::DateTime;
use sigillo_crypto::{HashAlgorithm, sha256};

use crate::asn1::element;
use crate::document_security_object::LDS_SECURITY_OBJECT;
use crate::error::{SealError, SealErrorKind};
use crate::lds_security_object::{LdsSecurityObject, LdsVersion};
use crate::signer_certificate::{SignerCertificate, Unsigned};
use crate::verification_policy::VerificationPolicy;

/// Hashes data groups (whole files, by number) and prepares what the document signer signs.
///
/// The hash algorithm, of the data groups and of the signature, is that of the signer: [`SignerCertificate::algorithm`].
///
/// Spec: `icao-9303-10#ef-sod`.
///
/// # Errors
///
/// `seal.group-number`, `seal.group-duplicate`, `seal.group-tag` (the file is not one whole data group of that number),
/// `seal.group-count`; `seal.algorithm-retired` for SHA-1 and SHA-224.
pub fn prepare(
    groups: &[(u8, &[u8])],
    lds_version: LdsVersion,
    hash_algorithm: HashAlgorithm,
) -> Result<Hashed, SealError> {
    VerificationPolicy::default().check_hash(hash_algorithm)?;
    let mut hashes = BTreeMap::new();
    for &(group, file) in groups {
        let tag = group.checked_sub(1).and_then(|index| GROUP_TAGS.get(usize::from(index)));
        let tag = *tag.ok_or(SealErrorKind::GroupNumber)?;
        sigillo_tlv::single(file, tag).map_err(|_| SealErrorKind::GroupTag { group })?;
        if hashes.insert(group, hash_algorithm.digest(file)).is_some() {
            return Err(SealErrorKind::GroupDuplicate { group }.into());
        }
    }
    let lds = LdsSecurityObject::new(hash_algorithm, hashes, lds_version)?;
    let message = Unsigned::new(LDS_SECURITY_OBJECT, lds.encode(), hash_algorithm);
    Ok(Hashed { lds, message })
}

/// Data groups that were hashed and wait for the document signer's signature.
pub struct Hashed {
    lds: LdsSecurityObject,
    message: Unsigned,
}

/// An EF.SOD that this program verified after it was signed; from here no data group can change.
///
/// [`Hashed::seal`] is its only origin:
///
/// ```compile_fail
/// let forged = sigillo_seal::Seal { ef_sod: vec![0x77, 0x00], digest: [0; 32] };
/// ```
pub struct Seal {
    ef_sod: Vec<u8>,
    digest: [u8; 32],
}

/// The hash of DG1 inside would let a guesser confirm a name.
impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hashed({:?})", self.lds)
    }
}

/// The hash of DG1 inside would let a guesser confirm a name.
impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seal({} octets)", self.ef_sod.len())
    }
}

impl Hashed {
    /// What the document signer signs: the DER of the signed attributes, not the LDS security object itself.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.message.to_be_signed()
    }

    /// The hashes.
    #[must_use]
    pub fn lds(&self) -> &LdsSecurityObject {
        &self.lds
    }

    /// Consumes the hashes and the signature (by [`SignerCertificate::algorithm`]), verifies, and only then makes the EF.SOD.
    ///
    /// # Errors
    ///
    /// `seal.chain-expired`, `seal.chain-not-yet-valid`, `seal.signer-usage-period`, `seal.hash-algorithm-mismatch` if the
    /// signer's hash is another one, `seal.signature`.
    pub fn seal(self, signature: &[u8], signer: &SignerCertificate, now: DateTime) -> Result<Seal, SealError> {
        let ef_sod = element(EF_SOD, &[&self.message.sign(signature, signer, now)?]);
        Ok(Seal { digest: sha256(&ef_sod), ef_sod })
    }
}

impl Seal {
    /// The whole file, tag `77` included.
    #[must_use]
    pub fn ef_sod(&self) -> &[u8] {
        &self.ef_sod
    }

    /// SHA-256 of the whole file: with the chip's serial it names the card in the register.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

/// The tags of data groups 1 to 16 (ICAO 9303-10).
const GROUP_TAGS: [u32; 16] =
    [0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70];
const EF_SOD: u32 = 0x77;
