//! Opening a message: the recipient's key agrees, the tag is verified, then the signature; then there is a content.

use const_oid::db::rfc5911::ID_DATA;
use jiff::civil::DateTime;
use sigillo_crypto::{CurvePoint, record_cipher};
use sigillo_secret::SecretBytes;

use super::encrypted::EncryptedMessage;
use super::prepare::check_signer;
use super::recipient::ForKey;
use crate::asn1::Der;
use crate::error::{SealError, SealErrorKind};
use crate::irregularity::Irregularity;
use crate::signed_message::SignedMessage;
use crate::x509::Certificate;

/// What the recipient's private key is asked for, and what its answer opens.
pub struct KeyAgreement<'a> {
    message: &'a EncryptedMessage,
    for_key: ForKey<'a>,
}

/// A message whose tag, signature and signer were verified.
#[derive(Debug)]
pub struct OpenedMessage {
    content: SecretBytes,
    signer: Certificate,
}

impl EncryptedMessage {
    /// The agreement that opens the message for the key of a certificate.
    ///
    /// # Errors
    ///
    /// `seal.not-recipient` if the message is encrypted to somebody else, or to this certificate in a way that is not read;
    /// `seal.key-agreement` if the ephemeral key is not on the certificate's curve.
    pub fn agreement(&self, recipient: &Certificate) -> Result<KeyAgreement<'_>, SealError> {
        let for_key =
            self.recipients.iter().find_map(|one| one.for_key(recipient)).ok_or(SealErrorKind::NotRecipient)?;
        Ok(KeyAgreement { message: self, for_key: for_key? })
    }
}

impl KeyAgreement<'_> {
    /// The ephemeral public key, which is on the curve of the recipient's certificate.
    #[must_use]
    pub const fn point(&self) -> &CurvePoint {
        &self.for_key.point
    }

    /// Opens the message with the agreed x coordinate; it must be signed by one of the certificates, at a time when that is
    /// valid.
    ///
    /// # Errors
    ///
    /// `seal.wrapped-key` if the agreed secret is not the one or the wrapped key was altered, `seal.content-altered` if the
    /// tag is wrong; those of a signed message (`seal.der` … `seal.signer-certificate`, `seal.message-digest`,
    /// `seal.signature`) or `seal.irregular` if it departs from the standard; `seal.message-signer` if somebody else signed, `seal.chain-expired`, `seal.chain-not-yet-valid`,
    /// `seal.signer-key-usage`, `seal.signer-is-authority`, `seal.critical-extension`.
    pub fn open(
        &self,
        agreed_x: &SecretBytes,
        signers: &[Certificate],
        now: DateTime,
    ) -> Result<OpenedMessage, SealError> {
        let key = self.for_key.unwrap(agreed_x)?;
        let EncryptedMessage { nonce, ciphertext, .. } = self.message;
        let plain = record_cipher::open(&key, nonce, &[], ciphertext).map_err(|_| SealErrorKind::ContentAltered)?;
        plain.expose(|plain| verify(plain, signers, now))
    }
}

impl OpenedMessage {
    /// What was sent.
    #[must_use]
    pub const fn content(&self) -> &SecretBytes {
        &self.content
    }

    /// The content, taken out.
    #[must_use]
    pub fn into_content(self) -> SecretBytes {
        self.content
    }

    /// The certificate whose key signed it: one of those that were expected.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        &self.signer
    }
}

impl std::fmt::Debug for KeyAgreement<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyAgreement({:?})", self.message)
    }
}

fn verify(bytes: &[u8], signers: &[Certificate], now: DateTime) -> Result<OpenedMessage, SealError> {
    let message = SignedMessage::decode(Der::new(bytes), &ID_DATA)?;
    let named = message.signer_certificate()?;
    let signer = signers.iter().find(|signer| signer.der() == named.der()).ok_or(SealErrorKind::MessageSigner)?;
    check_signer(signer, now)?;
    message.check()?;
    // A partner whose messages depart from the standard can be told so; a stranger's document cannot.
    if let Some(irregular) = message.irregularities.iter().find(|found| **found != Irregularity::Ber) {
        return Err(SealErrorKind::Irregular(*irregular).into());
    }
    Ok(OpenedMessage { signer: signer.clone(), content: SecretBytes::new(message.content) })
}
