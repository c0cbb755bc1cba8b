//! AuthEnvelopedData: what an encrypted message looks like on the wire.

use const_oid::db::rfc5911::ID_DATA;
use der::asn1::ObjectIdentifier;
use jiff::civil::DateTime;
use sigillo_crypto::{Entropy, record_cipher};
use sigillo_secret::SecretBytes;

use super::recipient::{self, MAX_RECIPIENTS, Recipient, check_recipient};
use crate::asn1::{CONTEXT_0, CONTEXT_0_PRIMITIVE, Der, INTEGER, OCTET_STRING, SEQUENCE, SET, element, oid_element};
use crate::ber;
use crate::error::{SealError, SealErrorKind};
use crate::x509::Certificate;

/// An encrypted message, read and not opened.
///
/// | element           | value                                                                           |
/// |-------------------|---------------------------------------------------------------------------------|
/// | ContentInfo       | authenticated enveloped data of version 0; BER is read as its DER               |
/// | originator        | none                                                                            |
/// | recipients        | 1 to 16                                                                         |
/// | content type      | plain data                                                                      |
/// | encryption        | AES-256-GCM: nonce of 12 octets, tag of 16                                      |
/// | encrypted content | whole or in pieces                                                              |
/// | attributes        | none                                                                            |
///
/// Spec: `rfc-5083#auth-enveloped-data`, `rfc-5084#gcm`.
#[derive(Clone)]
pub struct EncryptedMessage {
    pub(super) recipients: Vec<Recipient>,
    pub(super) nonce: [u8; record_cipher::NONCE_LENGTH],
    /// The content, then the tag.
    pub(super) ciphertext: Vec<u8>,
}

/// Encrypts octets to the holder of a certificate's key; nobody signs them.
///
/// Draws the message's key (32), its nonce (12), and for a key on a curve an ephemeral scalar.
///
/// # Errors
///
/// `seal.recipient-key-usage` if the certificate does not say that its key is for this (`keyAgreement` on a curve,
/// `keyEncipherment` for RSA), `seal.chain-expired`, `seal.chain-not-yet-valid`, `seal.critical-extension`, `seal.public-key`
/// (also a curve other than P-256 and P-384), `seal.too-large`.
pub fn encrypt_to(
    recipient: &Certificate,
    plain: &SecretBytes,
    now: DateTime,
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    check_recipient(recipient, now)?;
    if plain.len() > MAX_CONTENT {
        return Err(SealErrorKind::TooLarge { limit: MAX_CONTENT }.into());
    }
    let failed = |_| SealError::from(SealErrorKind::ContentEncryption);
    let key = record_cipher::generate_key(entropy).map_err(failed)?;
    let mut nonce = [0; record_cipher::NONCE_LENGTH];
    entropy.fill(&mut nonce);
    let sealed = plain.expose(|plain| record_cipher::seal(&key, &nonce, &[], plain)).map_err(failed)?;
    let (ciphertext, tag) = sealed.split_at_checked(plain.len()).ok_or(SealErrorKind::ContentEncryption)?;
    let recipient = recipient::encode(recipient, &key, entropy)?;
    let parameters = [element(OCTET_STRING, &[&nonce]), element(INTEGER, &[&[TAG_LENGTH]])].concat();
    let algorithm = element(SEQUENCE, &[&oid_element(&AES_256_GCM), &element(SEQUENCE, &[&parameters])]);
    let content =
        element(SEQUENCE, &[&oid_element(&ID_DATA), &algorithm, &element(CONTEXT_0_PRIMITIVE, &[ciphertext])]);
    let enveloped = element(
        SEQUENCE,
        &[&element(INTEGER, &[&[VERSION]]), &element(SET, &[&recipient]), &content, &element(OCTET_STRING, &[tag])],
    );
    Ok(element(SEQUENCE, &[&oid_element(&AUTH_ENVELOPED_DATA), &element(CONTEXT_0, &[&enveloped])]))
}

impl EncryptedMessage {
    /// Reads one ContentInfo with nothing behind it.
    ///
    /// # Errors
    ///
    /// `seal.too-large`, `seal.not-enveloped-data`, `seal.cms-version`, `seal.recipients`, `seal.key-agreement`,
    /// `seal.wrapped-key`, `seal.content-type`, `seal.content-encryption`, `seal.der`, `seal.der-length`, `seal.der-value`.
    pub fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        if bytes.len() > MAX_MESSAGE {
            return Err(SealErrorKind::TooLarge { limit: MAX_MESSAGE }.into());
        }
        let refused = match Self::decode_content_info(bytes) {
            Ok(message) => return Ok(message),
            Err(refused) => refused,
        };
        // What is DER was refused for good.
        match ber::to_der(bytes) {
            Some(std::borrow::Cow::Owned(der)) => Self::decode_content_info(&der),
            _ => Err(refused),
        }
    }

    fn decode_content_info(bytes: &[u8]) -> Result<Self, SealError> {
        let mut outer = Der::new(bytes);
        let mut content_info = outer.descend(SEQUENCE)?;
        outer.finish()?;
        if content_info.oid()? != AUTH_ENVELOPED_DATA {
            return Err(SealErrorKind::NotEnvelopedData.into());
        }
        let mut wrapped = content_info.descend(CONTEXT_0)?;
        content_info.finish()?;
        let mut fields = wrapped.descend(SEQUENCE)?;
        wrapped.finish()?;
        if fields.small_integer()? != VERSION {
            return Err(SealErrorKind::CmsVersion.into());
        }
        let recipients = decode_recipients(fields.descend(SET)?)?;
        let (nonce, mut ciphertext) = decode_content(fields.descend(SEQUENCE)?)?;
        let tag = fields.expect(OCTET_STRING)?;
        fields.finish()?;
        if tag.value.len() != usize::from(TAG_LENGTH) {
            return Err(SealErrorKind::ContentEncryption.at(tag.at));
        }
        ciphertext.extend_from_slice(tag.value);
        Ok(Self { recipients, nonce, ciphertext })
    }
}

impl std::fmt::Debug for EncryptedMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EncryptedMessage({} recipients, {} bytes)", self.recipients.len(), self.ciphertext.len())
    }
}

fn decode_recipients(mut list: Der<'_>) -> Result<Vec<Recipient>, SealError> {
    let mut recipients = Vec::new();
    let mut count = 0;
    while let Some(tlv) = list.next()? {
        count += 1;
        if count > MAX_RECIPIENTS {
            return Err(SealErrorKind::Recipients.at(tlv.at));
        }
        recipients.extend(Recipient::decode(&tlv)?);
    }
    if count == 0 { Err(SealErrorKind::Recipients.into()) } else { Ok(recipients) }
}

/// The nonce, and the content as it is encrypted.
fn decode_content(mut fields: Der<'_>) -> Result<([u8; record_cipher::NONCE_LENGTH], Vec<u8>), SealError> {
    if fields.oid()? != ID_DATA {
        return Err(SealErrorKind::ContentType.into());
    }
    let algorithm = fields.algorithm()?;
    let refused = SealErrorKind::ContentEncryption.at(algorithm.at);
    let parameters = algorithm.parameters.filter(|tlv| algorithm.oid == AES_256_GCM && tlv.tag.number() == SEQUENCE);
    let mut parameters = Der::inside(&parameters.ok_or(refused)?);
    let nonce = parameters.expect(OCTET_STRING)?.value.try_into().map_err(|_| refused)?;
    // The standard's default is a tag of 12 octets.
    let tag_length = if parameters.rest().is_empty() { None } else { Some(parameters.small_integer()?) };
    parameters.finish()?;
    if tag_length != Some(TAG_LENGTH) {
        return Err(refused);
    }
    let content = match fields.optional(CONTEXT_0_PRIMITIVE)? {
        Some(whole) => whole.value.to_vec(),
        None => {
            let mut pieces = fields.descend(CONTEXT_0)?;
            let mut content = Vec::new();
            while let Some(piece) = pieces.member(OCTET_STRING)? {
                content.extend_from_slice(piece.value);
            }
            content
        }
    };
    fields.finish()?;
    Ok((nonce, content))
}

const AUTH_ENVELOPED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.23");
const AES_256_GCM: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.46");
const VERSION: u8 = 0;
const TAG_LENGTH: u8 = 16;
/// A lot of a thousand records with their images has some 60 MB.
const MAX_MESSAGE: usize = 0x1000_0000;
const MAX_CONTENT: usize = MAX_MESSAGE - 0x1_0000;
