//! EF.CardSecurity: the chip's own protocols and keys for PACE, signed by the document signer.

use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;
use jiff::civil::DateTime;
use sigillo_crypto::HashAlgorithm;

use crate::asn1::Der;
use crate::error::{SealError, SealErrorKind};
use crate::irregularity::Irregularity;
use crate::signed_message::SignedMessage;
use crate::signer_certificate::{SignerCertificate, Unsigned};
use crate::verification_policy::VerificationPolicy;
use crate::x509::Certificate;

/// The content type of a security object: id-SecurityObject, `0.4.0.127.0.7.3.2.1`.
pub const SECURITY_OBJECT: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.127.0.7.3.2.1");

/// SecurityInfos that were hashed and wait for the document signer's signature.
pub struct UnsignedCardSecurity {
    message: Unsigned,
}

/// What EF.CardSecurity contains: signed SecurityInfos, read but not yet trusted.
///
/// | element      | value                                                      |
/// |--------------|------------------------------------------------------------|
/// | ContentInfo  | signed data as in EF.SOD, without a tag around it          |
/// | content      | `0.4.0.127.0.7.3.2.1`, a SET of SecurityInfo               |
///
/// Spec: `icao-9303-10#ef-card-security`, `rfc-5652#signed-data`.
#[derive(Clone)]
pub struct CardSecurity {
    message: SignedMessage,
}

/// Hashes the DER of a SET of SecurityInfo by the signer's hash: that of [`SignerCertificate::algorithm`].
///
/// # Errors
///
/// `seal.der` unless the octets are exactly one SET; `seal.algorithm-retired` for SHA-1 and SHA-224.
pub fn prepare_card_security(security_infos: &[u8], hash: HashAlgorithm) -> Result<UnsignedCardSecurity, SealError> {
    VerificationPolicy::default().check_hash(hash)?;
    sigillo_tlv::single(security_infos, SET)?;
    Ok(UnsignedCardSecurity { message: Unsigned::new(SECURITY_OBJECT, security_infos.to_vec(), hash) })
}

impl UnsignedCardSecurity {
    /// What the document signer signs: the DER of the signed attributes.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.message.to_be_signed()
    }

    /// Consumes the infos and the signature (by [`SignerCertificate::algorithm`]), verifies, and only then makes the file.
    ///
    /// # Errors
    ///
    /// `seal.chain-expired`, `seal.chain-not-yet-valid`, `seal.signer-usage-period`, `seal.hash-algorithm-mismatch`,
    /// `seal.signature`.
    pub fn sign(self, signature: &[u8], signer: &SignerCertificate, now: DateTime) -> Result<Vec<u8>, SealError> {
        self.message.sign(signature, signer, now)
    }
}

impl CardSecurity {
    /// Reads a whole EF.CardSecurity.
    ///
    /// # Errors
    ///
    /// As [`crate::DocumentSecurityObject::decode`].
    pub fn decode(file: &[u8]) -> Result<Self, SealError> {
        if file.len() > MAX_CARD_SECURITY {
            return Err(SealErrorKind::TooLarge { limit: MAX_CARD_SECURITY }.into());
        }
        let message = SignedMessage::decode(Der::new(file), &SECURITY_OBJECT)?;
        sigillo_tlv::single(&message.content, SET)?;
        Ok(Self { message })
    }

    /// The DER of the SecurityInfos.
    #[must_use]
    pub fn security_infos(&self) -> &[u8] {
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

    /// Checks the message alone, as [`crate::DocumentSecurityObject::check_message`] does.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn check_message(&self, policy: &VerificationPolicy) -> Result<(), SealError> {
        self.message.check_by(policy)
    }

    /// How the message departs from the standards, without being any less true.
    #[must_use]
    pub fn irregularities(&self) -> &BTreeSet<Irregularity> {
        &self.message.irregularities
    }
}

impl std::fmt::Debug for UnsignedCardSecurity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnsignedCardSecurity(..)")
    }
}

impl std::fmt::Debug for CardSecurity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CardSecurity({} octets of infos)", self.message.content.len())
    }
}

const SET: u32 = 0x31;
const MAX_CARD_SECURITY: usize = 0xFFFF;
