//! CMS SignedData as documents have it: one signer, its certificate inside.

use std::collections::BTreeSet;

use const_oid::db::rfc5911::{ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA};
use der::asn1::ObjectIdentifier;
use sigillo_crypto::{HashAlgorithm, SignatureAlgorithm};
use sigillo_tlv::Tlv;

use crate::algorithm::{hash_algorithm, message_signature_algorithm};
use crate::asn1::{
    CONTEXT_0, CONTEXT_0_PRIMITIVE, CONTEXT_1, Der, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, element,
};
use crate::ber;
use crate::error::{SealError, SealErrorKind};
use crate::irregularity::Irregularity;
use crate::verification_policy::VerificationPolicy;
use crate::x509::Certificate;

/// A signed message, read but not yet trusted.
///
/// | element                | value                                                              |
/// |------------------------|--------------------------------------------------------------------|
/// | ContentInfo            | signed data of version 1, 3, 4 or 5; BER is read as its DER        |
/// | content                | of the type that the caller expects                                |
/// | certificates           | 1 to 8; the signer's must be among them                            |
/// | signer information     | exactly one; issuer and serial number, or subject key identifier   |
/// | signed attributes      | content type and message digest, each once; others are left alone  |
///
/// Certificate revocation lists and unsigned attributes are skipped: they prove nothing here.
///
/// Spec: `rfc-5652#signed-data`.
#[derive(Clone)]
pub(crate) struct SignedMessage {
    pub(crate) content: Vec<u8>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) irregularities: BTreeSet<Irregularity>,
    signer: usize,
    pub(crate) hash_algorithm: HashAlgorithm,
    signature_algorithm: SignatureAlgorithm,
    signed: Signed,
    signature: Vec<u8>,
}

/// What a message holds, and how it must be signed.
struct Expected<'a> {
    content_type: &'a ObjectIdentifier,
    attributes_may_miss: bool,
}

/// What the signature is over.
#[derive(Clone)]
enum Signed {
    Content,
    Attributes {
        /// The SET OF in DER's order.
        sorted: Vec<u8>,
        /// The SET OF in the order that came, where it is another one.
        as_it_came: Option<Vec<u8>>,
        message_digest: Vec<u8>,
    },
}

impl SignedMessage {
    /// Reads a ContentInfo, and all of it; there must be signed attributes.
    pub(crate) fn decode(outer: Der<'_>, content_type: &ObjectIdentifier) -> Result<Self, SealError> {
        Self::decode_expected(outer, &Expected { content_type, attributes_may_miss: false })
    }

    /// Reads a ContentInfo, and all of it; the content may be signed without attributes.
    ///
    /// Not for a content that is a SET: somebody could take the signed attributes of another message for it.
    pub(crate) fn decode_bare_or_not(outer: Der<'_>, content_type: &ObjectIdentifier) -> Result<Self, SealError> {
        Self::decode_expected(outer, &Expected { content_type, attributes_may_miss: true })
    }

    fn decode_expected(outer: Der<'_>, expected: &Expected<'_>) -> Result<Self, SealError> {
        let bytes = outer.rest();
        let refused = match Self::decode_content_info(outer, expected) {
            Ok(message) => return Ok(message),
            Err(refused) => refused,
        };
        // What is DER was refused for good.
        let Some(std::borrow::Cow::Owned(der)) = ber::to_der(bytes) else { return Err(refused) };
        let mut message = Self::decode_content_info(Der::new(&der), expected)?;
        message.irregularities.insert(Irregularity::Ber);
        Ok(message)
    }

    /// The certificate that the signer information names.
    pub(crate) fn signer_certificate(&self) -> Result<&Certificate, SealError> {
        self.certificates.get(self.signer).ok_or(SealErrorKind::SignerCertificate.into())
    }

    /// As [`Self::check_by`] the policy of today.
    pub(crate) fn check(&self) -> Result<(), SealError> {
        self.check_by(&VerificationPolicy::default())
    }

    /// Algorithms, message digest, then the signature by the certificate inside; the certificate itself is not judged here.
    pub(crate) fn check_by(&self, policy: &VerificationPolicy) -> Result<(), SealError> {
        policy.check_hash(self.hash_algorithm)?;
        policy.check_signature(self.signature_algorithm)?;
        let key = self.signer_certificate()?.public_key()?;
        let verified = |octets: &[u8]| key.verify(self.signature_algorithm, octets, &self.signature).is_ok();
        let verified = match &self.signed {
            Signed::Content => verified(&self.content),
            Signed::Attributes { sorted, as_it_came, message_digest } => {
                if self.hash_algorithm.digest(&self.content) != *message_digest {
                    return Err(SealErrorKind::MessageDigest.into());
                }
                // The standard says DER; some signers sign what they wrote. Either is the same set of attributes.
                verified(sorted) || as_it_came.as_deref().is_some_and(verified)
            }
        };
        if verified { Ok(()) } else { Err(SealErrorKind::Signature.into()) }
    }

    fn decode_content_info(mut outer: Der<'_>, expected: &Expected<'_>) -> Result<Self, SealError> {
        let mut content_info = outer.descend(SEQUENCE)?;
        outer.finish()?;
        if content_info.oid()? != ID_SIGNED_DATA {
            return Err(SealErrorKind::NotSignedData.into());
        }
        let mut wrapped = content_info.descend(CONTEXT_0)?;
        content_info.finish()?;
        let signed_data = wrapped.descend(SEQUENCE)?;
        wrapped.finish()?;
        Self::decode_signed_data(signed_data, expected)
    }

    fn decode_signed_data(mut fields: Der<'_>, expected: &Expected<'_>) -> Result<Self, SealError> {
        let mut irregularities = BTreeSet::new();
        let version = fields.small_integer()?;
        if ![1, 3, 4, 5].contains(&version) {
            return Err(SealErrorKind::CmsVersion.into());
        }
        let mut digest_algorithms = Vec::new();
        let mut listed = fields.descend(SET)?;
        while let Some(tlv) = listed.member(SEQUENCE)? {
            digest_algorithms.push(hash_algorithm(&crate::asn1::algorithm(tlv)?)?);
        }

        let mut encapsulated = fields.descend(SEQUENCE)?;
        if encapsulated.oid()? != *expected.content_type {
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
        let signer = SignerInfo::decode(&signer_info, expected, &mut irregularities)?;
        let is_plain = *expected.content_type == ID_DATA && signer.identifier.version() == PLAIN_DATA_VERSION;
        if version != if is_plain { PLAIN_DATA_VERSION } else { SIGNED_DATA_VERSION } {
            irregularities.insert(Irregularity::CmsVersion);
        }
        if !digest_algorithms.contains(&signer.hash_algorithm) {
            irregularities.insert(Irregularity::DigestAlgorithmUnlisted);
        }
        let exact = certificates.iter().position(|certificate| signer.identifier.names(certificate));
        let named = exact.or_else(|| {
            irregularities.insert(Irregularity::IssuerEncodedOtherwise);
            certificates.iter().position(|certificate| signer.identifier.names_loosely(certificate))
        });
        let named = named.ok_or(SealErrorKind::SignerCertificate)?;
        Ok(Self {
            content: content.to_vec(),
            certificates,
            irregularities,
            signer: named,
            hash_algorithm: signer.hash_algorithm,
            signature_algorithm: signer.signature_algorithm,
            signed: signer.signed,
            signature: signer.signature,
        })
    }
}

struct SignerInfo<'a> {
    identifier: SignerIdentifier<'a>,
    hash_algorithm: HashAlgorithm,
    signature_algorithm: SignatureAlgorithm,
    signed: Signed,
    signature: Vec<u8>,
}

enum SignerIdentifier<'a> {
    IssuerAndSerial { issuer: &'a [u8], serial: &'a [u8] },
    SubjectKeyIdentifier(&'a [u8]),
}

impl<'a> SignerInfo<'a> {
    fn decode(
        tlv: &Tlv<'a>,
        expected: &Expected<'_>,
        irregularities: &mut BTreeSet<Irregularity>,
    ) -> Result<Self, SealError> {
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
        match version {
            _ if version == identifier.version() => {}
            1 | 3 => _ = irregularities.insert(Irregularity::CmsVersion),
            _ => return Err(SealErrorKind::CmsVersion.at(tlv.at)),
        }
        let hash_algorithm = hash_algorithm(&fields.algorithm()?)?;
        let signed = match fields.optional(CONTEXT_0)? {
            Some(attributes) => decode_attributes(&attributes, expected.content_type)?,
            None if expected.attributes_may_miss => Signed::Content,
            None => return Err(SealErrorKind::SignedAttributes.into()),
        };
        match &signed {
            Signed::Content => _ = irregularities.insert(Irregularity::AttributesMissing),
            Signed::Attributes { as_it_came: Some(_), .. } => {
                irregularities.insert(Irregularity::AttributesUnsorted);
            }
            Signed::Attributes { as_it_came: None, .. } => {}
        }
        let (signature_algorithm, of_key) = message_signature_algorithm(&fields.algorithm()?, hash_algorithm)?;
        if of_key {
            irregularities.insert(Irregularity::SignatureAlgorithmOfKey);
        }
        let signature = fields.expect(OCTET_STRING)?.value.to_vec();
        fields.optional(CONTEXT_1)?;
        fields.finish()?;
        Ok(Self { identifier, hash_algorithm, signature_algorithm, signed, signature })
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

    /// By the serial number and the same issuer, however both encode it.
    fn names_loosely(&self, certificate: &Certificate) -> bool {
        let Self::IssuerAndSerial { issuer, serial } = *self else { return false };
        let (wanted, found) = (folded(issuer), folded(certificate.issuer_der()));
        certificate.serial_number() == serial && wanted.is_some() && wanted == found
    }
}

/// The parts of a name: object identifiers, and texts without type and case.
fn folded(name: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    let mut names = Der::new(sigillo_tlv::single(name, SEQUENCE).ok()?.value);
    while let Some(set) = names.member(SET).ok()? {
        let mut set = Der::inside(&set);
        while let Some(pair) = set.member(SEQUENCE).ok()? {
            let mut pair = Der::inside(&pair);
            parts.push(pair.expect(OBJECT_IDENTIFIER).ok()?.value.to_vec());
            parts.push(pair.next().ok()??.value.to_ascii_lowercase());
        }
    }
    Some(parts)
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

/// The content type must be there and right, the message digest there, each once.
fn decode_attributes(attributes: &Tlv<'_>, content_type: &ObjectIdentifier) -> Result<Signed, SealError> {
    let mut list = Der::inside(attributes);
    let mut content_type_seen = false;
    let mut digest = None;
    let mut members = Vec::new();
    while let Some(tlv) = list.member(SEQUENCE)? {
        members.push(tlv.raw);
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
            if digest.replace(value).is_some() {
                return Err(SealErrorKind::SignedAttributes.at(tlv.at));
            }
        }
    }
    let message_digest = digest.filter(|_| content_type_seen).ok_or(SealErrorKind::SignedAttributes)?;
    // What is signed is the SET OF, not the [0] that stands for it in the message.
    let as_it_came = element(SET, &members);
    members.sort_unstable();
    let sorted = element(SET, &members);
    let as_it_came = (as_it_came != sorted).then_some(as_it_came);
    Ok(Signed::Attributes { sorted, as_it_came, message_digest })
}

const SIGNED_DATA_VERSION: u8 = 3;
/// Plain data of a signer by serial number.
const PLAIN_DATA_VERSION: u8 = 1;
/// A document signer, its CSCA, perhaps a link certificate: more than a handful is an attack on our time.
const MAX_CERTIFICATES: usize = 8;
