//! Making a message: the content is signed, verified again, and encrypted.

use const_oid::db::rfc5911::{ID_DATA, ID_SIGNING_TIME};
use jiff::civil::DateTime;
use sigillo_crypto::{Entropy, SignatureAlgorithm};
use sigillo_secret::SecretBytes;

use super::encrypted::encrypt_to;
use crate::asn1::Der;
use crate::error::{SealError, SealErrorKind};
use crate::signed_data::{self, SignedData};
use crate::signed_message::SignedMessage;
use crate::x509::{Certificate, check_validity, encode_time};

/// A message that lacks its signature.
#[derive(Debug)]
pub struct UnsignedMessage {
    content: SecretBytes,
    signed_attributes: Vec<u8>,
    signed_data: SignedData,
    algorithm: SignatureAlgorithm,
    signing_time: DateTime,
}

/// A message, to be signed by the key of that certificate.
///
/// # Errors
///
/// `seal.signer-key-usage`, `seal.signer-is-authority`, `seal.critical-extension`, `seal.chain-expired`,
/// `seal.chain-not-yet-valid`, `seal.public-key`, `seal.signature-algorithm` (it does not go with the key),
/// `seal.profile-field` (a time that X.509 cannot write).
pub fn prepare_message(
    content: SecretBytes,
    signer: &Certificate,
    signing_time: DateTime,
    algorithm: SignatureAlgorithm,
) -> Result<UnsignedMessage, SealError> {
    check_signer(signer, signing_time)?;
    algorithm.fits(signer.public_key()?).map_err(|_| SealErrorKind::SignatureAlgorithm)?;
    let digest = content.expose(|content| algorithm.hash().digest(content));
    let more = [(ID_SIGNING_TIME, encode_time(signing_time)?)];
    let signed_attributes = signed_data::signed_attributes(&ID_DATA, &digest, &more);
    let signed_data = SignedData::by_serial_number(signer, algorithm)?;
    Ok(UnsignedMessage { content, signed_attributes, signed_data, algorithm, signing_time })
}

impl UnsignedMessage {
    /// What the sender signs.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.signed_attributes
    }

    /// How it must be signed.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Joins the signature (ECDSA in DER), verifies it, and encrypts the whole to the recipient.
    ///
    /// # Errors
    ///
    /// `seal.signature`, and those of [`encrypt_to`].
    pub fn encrypt_to(
        self,
        signature: &[u8],
        recipient: &Certificate,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, SealError> {
        let signed =
            SecretBytes::new(self.content.expose(|content| {
                self.signed_data.content_info(&ID_DATA, content, &self.signed_attributes, signature)
            }));
        signed.expose(|signed| SignedMessage::decode(Der::new(signed), &ID_DATA)?.check())?;
        encrypt_to(recipient, &signed, self.signing_time, entropy)
    }
}

/// Refuses a certificate whose key does not sign messages, or not now.
///
/// # Errors
///
/// `seal.critical-extension`, `seal.signer-is-authority`, `seal.signer-key-usage`, `seal.chain-expired`,
/// `seal.chain-not-yet-valid`.
pub fn check_signer(signer: &Certificate, now: DateTime) -> Result<(), SealError> {
    if signer.has_unknown_critical_extension() {
        return Err(SealErrorKind::CriticalExtension.into());
    }
    if signer.is_authority() {
        return Err(SealErrorKind::SignerIsAuthority.into());
    }
    if !signer.may_sign_documents() {
        return Err(SealErrorKind::SignerKeyUsage.into());
    }
    check_validity(signer, now)
}
