//! CMS SignedData as documents have it: one signer, its certificate inside, signed attributes.

use const_oid::db::rfc5911::{ID_CONTENT_TYPE, ID_MESSAGE_DIGEST, ID_SIGNED_DATA};
use der::asn1::ObjectIdentifier;
use sigillo_crypto::{HashAlgorithm, SignatureAlgorithm};
use sigillo_tlv::Tlv;

use crate::algorithm::{hash_algorithm, message_signature_algorithm};
use crate::asn1::{CONTEXT_0, CONTEXT_1, Der, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET};
use crate::error::{SealError, SealErrorKind};
use crate::x509::Certificate;

/// A signed message, read but not yet trusted.
///
/// | element                | value                                                             |
/// |------------------------|-------------------------------------------------------------------|
/// | ContentInfo            | signed data, version 3                                            |
/// | content                | of the type that the caller expects                               |
/// | certificates           | 1 to 8; the signer's must be among them                           |
/// | signer information     | exactly one; issuer and serial number, or subject key identifier  |
/// | signed attributes      | content type and message digest, each once; others are left alone |
///
/// Certificate revocation lists and unsigned attributes are skipped: they prove nothing here.
///
/// Spec: `rfc-5652#signed-data`.
#[derive(Clone)]
pub(crate) struct SignedMessage {
    pub(crate) content: Vec<u8>,
    pub(crate) certificates: Vec<Certificate>,
    signer: usize,
    pub(crate) hash_algorithm: HashAlgorithm,
    signature_algorithm: SignatureAlgorithm,
    signed_attributes: Vec<u8>,
    message_digest: Vec<u8>,
    signature: Vec<u8>,
}

impl SignedMessage {
    /// Reads a ContentInfo, and all of it.
    pub(crate) fn decode(mut outer: Der<'_>, content_type: &ObjectIdentifier) -> Result<Self, SealError> {
        let mut content_info = outer.descend(SEQUENCE)?;
        outer.finish()?;
        if content_info.oid()? != ID_SIGNED_DATA {
            return Err(SealErrorKind::NotSignedData.into());
        }
        let mut wrapped = content_info.descend(CONTEXT_0)?;
        content_info.finish()?;
        let signed_data = wrapped.descend(SEQUENCE)?;
        wrapped.finish()?;
        Self::decode_signed_data(signed_data, content_type)
    }

    /// The certificate that the signer information names.
    pub(crate) fn signer_certificate(&self) -> Result<&Certificate, SealError> {
        self.certificates.get(self.signer).ok_or(SealErrorKind::SignerCertificate.into())
    }

    /// Message digest, then the signature by the certificate inside; the certificate itself is not judged here.
    pub(crate) fn check(&self) -> Result<(), SealError> {
        if self.hash_algorithm.digest(&self.content) != self.message_digest {
            return Err(SealErrorKind::MessageDigest.into());
        }
        let key = self.signer_certificate()?.public_key()?;
        key.verify(self.signature_algorithm, &self.signed_attributes, &self.signature)
            .map_err(|_| SealErrorKind::Signature.into())
    }

    fn decode_signed_data(mut fields: Der<'_>, content_type: &ObjectIdentifier) -> Result<Self, SealError> {
        if fields.small_integer()? != SIGNED_DATA_VERSION {
            return Err(SealErrorKind::CmsVersion.into());
        }
        let mut digest_algorithms = Vec::new();
        let mut listed = fields.descend(SET)?;
        while let Some(tlv) = listed.member(SEQUENCE)? {
            digest_algorithms.push(hash_algorithm(&crate::asn1::algorithm(tlv)?)?);
        }

        let mut encapsulated = fields.descend(SEQUENCE)?;
        if encapsulated.oid()? != *content_type {
            return Err(SealErrorKind::ContentType.into());
        }
        let mut wrapped = encapsulated.descend(CONTEXT_0)?;
        encapsulated.finish()?;
        let content = wrapped.expect(OCTET_STRING)?.value;
        wrapped.finish()?;

        let certificates = match fields.optional(CONTEXT_0)? {
            Some(tlv) => decode_certificates(Der::inside(&tlv))?,
            None => Vec::new(),
        };
        fields.optional(CONTEXT_1)?;

        let mut signers = fields.descend(SET)?;
        fields.finish()?;
        let signer_info = signers.optional(SEQUENCE)?.ok_or(SealErrorKind::SignerCount { count: 0 })?;
        if let Some(second) = signers.next()? {
            return Err(SealErrorKind::SignerCount { count: 2 }.at(second.at));
        }
        let signer = SignerInfo::decode(&signer_info, content_type)?;
        if !digest_algorithms.contains(&signer.hash_algorithm) {
            return Err(SealErrorKind::HashAlgorithmMismatch.into());
        }
        let named = certificates
            .iter()
            .position(|certificate| signer.identifier.names(certificate))
            .ok_or(SealErrorKind::SignerCertificate)?;
        Ok(Self {
            content: content.to_vec(),
            certificates,
            signer: named,
            hash_algorithm: signer.hash_algorithm,
            signature_algorithm: signer.signature_algorithm,
            signed_attributes: signer.signed_attributes,
            message_digest: signer.message_digest,
            signature: signer.signature,
        })
    }
}

struct SignerInfo<'a> {
    identifier: SignerIdentifier<'a>,
    hash_algorithm: HashAlgorithm,
    signature_algorithm: SignatureAlgorithm,
    signed_attributes: Vec<u8>,
    message_digest: Vec<u8>,
    signature: Vec<u8>,
}

enum SignerIdentifier<'a> {
    IssuerAndSerial { issuer: &'a [u8], serial: &'a [u8] },
    SubjectKeyIdentifier(&'a [u8]),
}

impl<'a> SignerInfo<'a> {
    fn decode(tlv: &Tlv<'a>, content_type: &ObjectIdentifier) -> Result<Self, SealError> {
        let mut fields = Der::inside(tlv);
        let version = fields.small_integer()?;
        let identifier = match fields.optional(CONTEXT_0_PRIMITIVE)? {
            Some(key_identifier) => SignerIdentifier::SubjectKeyIdentifier(key_identifier.value),
            None => {
                let mut pair = fields.descend(SEQUENCE)?;
                let issuer = pair.expect(SEQUENCE)?.raw;
                let serial = pair.expect(INTEGER)?.value;
                pair.finish()?;
                SignerIdentifier::IssuerAndSerial { issuer, serial }
            }
        };
        if version != identifier.version() {
            return Err(SealErrorKind::CmsVersion.at(tlv.at));
        }
        let hash_algorithm = hash_algorithm(&fields.algorithm()?)?;
        let attributes = fields.optional(CONTEXT_0)?.ok_or(SealErrorKind::SignedAttributes)?;
        let message_digest = decode_attributes(Der::inside(&attributes), content_type)?;
        let signature_algorithm = message_signature_algorithm(&fields.algorithm()?, hash_algorithm)?;
        let signature = fields.expect(OCTET_STRING)?.value.to_vec();
        fields.optional(CONTEXT_1)?;
        fields.finish()?;

        // What is signed is the SET OF, not the [0] that stands for it in the message.
        let mut signed_attributes = attributes.raw.to_vec();
        if let Some(tag) = signed_attributes.first_mut() {
            *tag = SET_OCTET;
        }
        Ok(Self { identifier, hash_algorithm, signature_algorithm, signed_attributes, message_digest, signature })
    }
}

impl SignerIdentifier<'_> {
    fn version(&self) -> u8 {
        match self {
            Self::IssuerAndSerial { .. } => 1,
            Self::SubjectKeyIdentifier(_) => 3,
        }
    }

    fn names(&self, certificate: &Certificate) -> bool {
        match *self {
            Self::IssuerAndSerial { issuer, serial } => {
                certificate.issuer_der() == issuer && certificate.serial_number() == serial
            }
            Self::SubjectKeyIdentifier(key) => certificate.subject_key_identifier() == Some(key),
        }
    }
}

fn decode_certificates(mut list: Der<'_>) -> Result<Vec<Certificate>, SealError> {
    let mut certificates = Vec::new();
    while let Some(tlv) = list.next()? {
        if certificates.len() == MAX_CERTIFICATES || tlv.tag.number() != SEQUENCE {
            return Err(SealErrorKind::Certificates.at(tlv.at));
        }
        certificates.push(Certificate::decode(tlv.raw)?);
    }
    Ok(certificates)
}

/// Returns the message digest; the content type must be there and right.
fn decode_attributes(mut list: Der<'_>, content_type: &ObjectIdentifier) -> Result<Vec<u8>, SealError> {
    let mut content_type_seen = false;
    let mut message_digest = None;
    while let Some(tlv) = list.member(SEQUENCE)? {
        let mut attribute = Der::inside(&tlv);
        let oid = attribute.oid()?;
        let mut values = attribute.descend(SET)?;
        attribute.finish()?;
        if oid == ID_CONTENT_TYPE {
            let value = values.expect(OBJECT_IDENTIFIER)?;
            values.finish()?;
            if value.value != content_type.as_bytes() {
                return Err(SealErrorKind::ContentType.at(value.at));
            }
            if std::mem::replace(&mut content_type_seen, true) {
                return Err(SealErrorKind::SignedAttributes.at(tlv.at));
            }
        } else if oid == ID_MESSAGE_DIGEST {
            let value = values.expect(OCTET_STRING)?.value.to_vec();
            values.finish()?;
            if message_digest.replace(value).is_some() {
                return Err(SealErrorKind::SignedAttributes.at(tlv.at));
            }
        }
    }
    match message_digest {
        Some(digest) if content_type_seen => Ok(digest),
        _ => Err(SealErrorKind::SignedAttributes.into()),
    }
}

const SIGNED_DATA_VERSION: u8 = 3;
const CONTEXT_0_PRIMITIVE: u32 = 0x80;
const SET_OCTET: u8 = 0x31;
/// A document signer, its CSCA, perhaps a link certificate: more than a handful is an attack on our time.
const MAX_CERTIFICATES: usize = 8;
