//! The message around master lists and deviation lists: CMS SignedData with a signing time, whose signer is named by its key
//! identifier.

use const_oid::db::rfc5911::ID_SIGNING_TIME;
use der::asn1::ObjectIdentifier;
use jiff::civil::DateTime;
use sigillo_crypto::SignatureAlgorithm;

use crate::asn1::Der;
use crate::error::{SealError, SealErrorKind};
use crate::signed_data::{self, SignedData};
use crate::signed_message::SignedMessage;
use crate::x509::{Certificate, check_validity, encode_time, find_issuer};

/// What a list is: its content type, and the purpose that its signer's certificate must state.
pub(crate) struct ListKind {
    pub(crate) content_type: ObjectIdentifier,
    pub(crate) signing: ObjectIdentifier,
}

/// A list that lacks its signature.
#[derive(Clone, Debug)]
pub(crate) struct UnsignedList {
    content_type: ObjectIdentifier,
    content: Vec<u8>,
    signed_attributes: Vec<u8>,
    signed_data: SignedData,
    algorithm: SignatureAlgorithm,
}

impl UnsignedList {
    /// `authority` issued the signer's certificate; both go into the message.
    pub(crate) fn new(
        kind: &ListKind,
        content: Vec<u8>,
        signer: &Certificate,
        authority: &Certificate,
        signing_time: DateTime,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, SealError> {
        check_signer(kind, signer)?;
        signer.verify_issued_by(authority)?;
        check_validity(signer, signing_time)?;
        check_validity(authority, signing_time)?;
        if !signer.private_key_usable_at(signing_time) {
            return Err(SealErrorKind::SignerUsagePeriod.into());
        }
        algorithm.fits(signer.public_key()?).map_err(|_| SealErrorKind::SignatureAlgorithm)?;
        let digest = algorithm.hash().digest(&content);
        let more = [(ID_SIGNING_TIME, encode_time(signing_time)?)];
        let signed_attributes = signed_data::signed_attributes(&kind.content_type, &digest, &more);
        let signed_data = SignedData::by_key_identifier(signer, authority, algorithm)?;
        Ok(Self { content_type: kind.content_type, content, signed_attributes, signed_data, algorithm })
    }

    pub(crate) fn to_be_signed(&self) -> &[u8] {
        &self.signed_attributes
    }

    pub(crate) const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The message; nothing is verified yet.
    pub(crate) fn join(&self, signature: &[u8]) -> Vec<u8> {
        self.signed_data.content_info(&self.content_type, &self.content, &self.signed_attributes, signature)
    }
}

/// Reads the message of a list, and all of it.
pub(crate) fn decode(bytes: &[u8], kind: &ListKind) -> Result<SignedMessage, SealError> {
    if bytes.len() > MAX_LIST {
        return Err(SealErrorKind::TooLarge { limit: MAX_LIST }.into());
    }
    SignedMessage::decode(Der::new(bytes), &kind.content_type)
}

/// The list's digest and signature, its signer's purpose, and the signer's chain to an anchor at that moment.
pub(crate) fn verify<'a>(
    message: &SignedMessage,
    kind: &ListKind,
    anchors: &'a [Certificate],
    now: DateTime,
) -> Result<&'a Certificate, SealError> {
    message.check()?;
    let signer = message.signer_certificate()?;
    check_signer(kind, signer)?;
    let anchor = find_issuer(signer, anchors)?;
    check_validity(signer, now)?;
    check_validity(anchor, now)?;
    Ok(anchor)
}

fn check_signer(kind: &ListKind, signer: &Certificate) -> Result<(), SealError> {
    if signer.is_authority() {
        return Err(SealErrorKind::SignerIsAuthority.into());
    }
    if !signer.may_sign_documents() {
        return Err(SealErrorKind::SignerKeyUsage.into());
    }
    if signer.has_purpose(&kind.signing) { Ok(()) } else { Err(SealErrorKind::Purpose.into()) }
}

/// Germany's list of 110 countries takes 0.8 MB.
const MAX_LIST: usize = 0x80_0000;
