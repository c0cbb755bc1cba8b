use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;
use sigillo_crypto::HashAlgorithm;

use crate::asn1::Der;
use crate::error::{SealError, SealErrorKind};
use crate::irregularity::Irregularity;
use crate::lds_security_object::LdsSecurityObject;
use crate::signed_message::SignedMessage;
use crate::verification_policy::VerificationPolicy;
use crate::x509::Certificate;

/// The content type of an LDS security object: `2.23.136.1.1.1`.
pub const LDS_SECURITY_OBJECT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.1");

/// What EF.SOD contains: a signed LDS security object, read but not yet trusted.
///
/// | element                | value                                                             |
/// |------------------------|-------------------------------------------------------------------|
/// | `77`                   | the file's tag                                                    |
/// | ContentInfo            | signed data of version 1, 3, 4 or 5; BER is read as its DER       |
/// | content                | `2.23.136.1.1.1`, an [`LdsSecurityObject`]                        |
/// | certificates           | 1 to 8; the signer's must be among them                           |
/// | signer information     | exactly one; issuer and serial number, or subject key identifier  |
/// | signed attributes      | content type and message digest, each once; others are left alone |
///
/// Without signed attributes the signature is over the content itself. What departs from the standards and is read all the
/// same is listed: [`Self::irregularities`].
///
/// Certificate revocation lists and unsigned attributes are skipped: they prove nothing here.
///
/// Spec: `icao-9303-10#ef-sod`, `rfc-5652#signed-data`.
#[derive(Clone)]
pub struct DocumentSecurityObject {
    message: SignedMessage,
    lds: LdsSecurityObject,
}

/// The hash of DG1 inside would let a guesser confirm a name.
impl std::fmt::Debug for DocumentSecurityObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DocumentSecurityObject({:?}, {} certificates)", self.lds, self.message.certificates.len())
    }
}

impl DocumentSecurityObject {
    /// Reads a whole EF.SOD, tag `77` included.
    ///
    /// # Errors
    ///
    /// `seal.too-large`, `seal.der`, `seal.der-length`, `seal.der-value`, `seal.not-signed-data`, `seal.cms-version`,
    /// `seal.content-type`, `seal.hash-algorithm`, `seal.hash-algorithm-mismatch`, `seal.certificates`, `seal.signer-count`,
    /// `seal.signer-certificate`, `seal.signed-attributes`, `seal.signature-algorithm`, and those of
    /// [`LdsSecurityObject::decode`] and [`Certificate::decode`] (their offsets count from their own start).
    pub fn decode(ef_sod: &[u8]) -> Result<Self, SealError> {
        if ef_sod.len() > MAX_EF_SOD {
            return Err(SealErrorKind::TooLarge { limit: MAX_EF_SOD }.into());
        }
        let file = sigillo_tlv::single(ef_sod, EF_SOD)?;
        let message = SignedMessage::decode_bare_or_not(Der::inside(&file), &LDS_SECURITY_OBJECT)?;
        Ok(Self { lds: LdsSecurityObject::decode(&message.content)?, message })
    }

    /// The signed content, decoded.
    #[must_use]
    pub fn lds(&self) -> &LdsSecurityObject {
        &self.lds
    }

    /// The signed content as it stands.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.message.content
    }

    /// The certificate that the signer information names.
    ///
    /// # Errors
    ///
    /// None in practice: decoding found it.
    pub fn signer_certificate(&self) -> Result<&Certificate, SealError> {
        self.message.signer_certificate()
    }

    /// The hash algorithm of the message digest.
    #[must_use]
    pub fn hash_algorithm(&self) -> HashAlgorithm {
        self.message.hash_algorithm
    }

    /// Checks the message alone: message digest, then the signature by the certificate inside. The certificate itself is
    /// not judged here.
    ///
    /// # Errors
    ///
    /// `seal.algorithm-retired` for algorithms that the policy does not take, hashes of data groups included;
    /// `seal.message-digest`, `seal.public-key`, `seal.signature`.
    pub fn check_message(&self, policy: &VerificationPolicy) -> Result<(), SealError> {
        policy.check_hash(self.lds.hash_algorithm())?;
        self.message.check_by(policy)
    }

    /// How the message departs from the standards, without being any less true.
    #[must_use]
    pub fn irregularities(&self) -> &BTreeSet<Irregularity> {
        &self.message.irregularities
    }
}

const EF_SOD: u32 = 0x77;
/// EF.SOD of a real document has 1 to 3 kB.
const MAX_EF_SOD: usize = 0xFFFF;
