//! Whom a message is encrypted to, and how its key reaches him.

use const_oid::db::rfc5912::{ID_EC_PUBLIC_KEY, ID_MGF_1};
use der::asn1::ObjectIdentifier;
use jiff::civil::DateTime;
use sigillo_crypto::{Curve, CurvePoint, CurvePrivateKey, Entropy, HashAlgorithm, RsaPublicKey, key_wrap};
use sigillo_secret::{SecretBytes, SymmetricKey};
use sigillo_tlv::Tlv;

use super::agreement::{AES_256_WRAP, SCHEMES, wrapping_key};
use crate::asn1::{
    Algorithm, BIT_STRING, CONTEXT_0, CONTEXT_1, Der, INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
    algorithm, algorithm_without_parameters, element, oid_element,
};
use crate::error::{SealError, SealErrorKind};
use crate::x509::{Certificate, check_validity};

/// A recipient who agrees on a key, as he stands in a message.
///
/// | element                 | value                                                             |
/// |-------------------------|-------------------------------------------------------------------|
/// | version                 | 3                                                                 |
/// | originator              | an ephemeral public key, its curve named or not                   |
/// | user keying material    | at most 64 octets, if there is any                                |
/// | key encryption          | `dhSinglePass-stdDH` with SHA-256, -384 or -512; AES-256 wrap     |
/// | recipient encrypted key | by issuer and serial number or key identifier; 40 octets          |
///
/// Spec: `rfc-5652#key-agree`, `rfc-5753#key-agreement`.
#[derive(Clone)]
pub(super) struct Recipient {
    identifiers: Vec<(Identifier, Vec<u8>)>,
    point: Vec<u8>,
    named_curve: Option<ObjectIdentifier>,
    hash: HashAlgorithm,
    wrap_algorithm: Vec<u8>,
    key_material: Option<Vec<u8>>,
}

#[derive(Clone)]
enum Identifier {
    IssuerAndSerial { issuer: Vec<u8>, serial: Vec<u8> },
    KeyIdentifier(Vec<u8>),
}

/// What the recipient's key needs.
pub(super) struct ForKey<'a> {
    pub(super) recipient: &'a Recipient,
    pub(super) wrapped: &'a [u8],
    pub(super) point: CurvePoint,
}

impl Recipient {
    /// Reads a RecipientInfo; `None` for one whose key is transported: such a key is none of ours.
    pub(super) fn decode(tlv: &Tlv<'_>) -> Result<Option<Self>, SealError> {
        match tlv.tag.number() {
            CONTEXT_1 => Self::decode_agreeing(tlv).map(Some),
            SEQUENCE => Ok(None),
            _ => Err(SealErrorKind::Recipients.at(tlv.at)),
        }
    }

    /// What is in it for the key of that certificate.
    pub(super) fn for_key(&self, certificate: &Certificate) -> Option<Result<ForKey<'_>, SealError>> {
        let (_, wrapped) = self.identifiers.iter().find(|(identifier, _)| identifier.names(certificate))?;
        let point = || {
            let curve = certificate.public_key()?.point().ok_or(SealErrorKind::KeyAgreement)?.curve();
            if self.named_curve.is_some_and(|named| named != curve.oid()) {
                return Err(SealErrorKind::KeyAgreement.into());
            }
            // A point that is not on the curve must not meet the private key.
            CurvePoint::decode(curve, &self.point).map_err(|_| SealErrorKind::KeyAgreement.into())
        };
        Some(point().map(|point| ForKey { recipient: self, wrapped, point }))
    }

    fn decode_agreeing(tlv: &Tlv<'_>) -> Result<Self, SealError> {
        let mut fields = Der::inside(tlv);
        if fields.small_integer()? != KEY_AGREE_VERSION {
            return Err(SealErrorKind::CmsVersion.at(tlv.at));
        }
        let (point, named_curve) = decode_originator(&fields.expect(CONTEXT_0)?)?;
        let key_material = fields.optional(CONTEXT_1)?.map(|tlv| decode_key_material(&tlv)).transpose()?;
        let scheme = fields.algorithm()?;
        let refused = SealErrorKind::KeyAgreement.at(scheme.at);
        let (_, hash) = *SCHEMES.iter().find(|(oid, _)| *oid == scheme.oid).ok_or(refused)?;
        let wrap = scheme.parameters.filter(|tlv| tlv.tag.number() == SEQUENCE).ok_or(refused)?;
        let wrap = algorithm(wrap)?;
        if wrap.oid != AES_256_WRAP || !wrap.parameters_are_void() {
            return Err(refused);
        }
        let wrap_algorithm = wrap.raw.to_vec();
        let mut keys = fields.descend(SEQUENCE)?;
        fields.finish()?;
        let mut identifiers = Vec::new();
        while let Some(tlv) = keys.member(SEQUENCE)? {
            if identifiers.len() == MAX_RECIPIENTS {
                return Err(SealErrorKind::Recipients.at(tlv.at));
            }
            let mut pair = Der::inside(&tlv);
            let identifier = Identifier::decode(&mut pair)?;
            let wrapped = pair.expect(OCTET_STRING)?;
            pair.finish()?;
            if wrapped.value.len() != WRAPPED_KEY_LENGTH {
                return Err(SealErrorKind::WrappedKey.at(wrapped.at));
            }
            identifiers.push((identifier, wrapped.value.to_vec()));
        }
        Ok(Self { identifiers, point, named_curve, hash, wrap_algorithm, key_material })
    }
}

impl ForKey<'_> {
    /// The message's key.
    pub(super) fn unwrap(&self, agreed_x: &SecretBytes) -> Result<SymmetricKey, SealError> {
        let Recipient { hash, wrap_algorithm, key_material, .. } = self.recipient;
        let wrapping = wrapping_key(*hash, agreed_x, wrap_algorithm, key_material.as_deref());
        key_wrap::unwrap(&wrapping, self.wrapped).map_err(|_| SealErrorKind::WrappedKey.into())
    }
}

impl Identifier {
    fn decode(fields: &mut Der<'_>) -> Result<Self, SealError> {
        if let Some(by_key) = fields.optional(CONTEXT_0)? {
            let mut parts = Der::inside(&by_key);
            let identifier = parts.expect(OCTET_STRING)?.value.to_vec();
            return Ok(Self::KeyIdentifier(identifier));
        }
        let mut pair = fields.descend(SEQUENCE)?;
        let issuer = pair.expect(SEQUENCE)?.raw.to_vec();
        let serial = pair.expect(INTEGER)?.value.to_vec();
        pair.finish()?;
        Ok(Self::IssuerAndSerial { issuer, serial })
    }

    fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                certificate.issuer_der() == issuer && certificate.serial_number() == serial
            }
            Self::KeyIdentifier(identifier) => certificate.subject_key_identifier() == Some(identifier),
        }
    }
}

/// Refuses a certificate that messages are not encrypted to, or not now.
///
/// # Errors
///
/// `seal.critical-extension`, `seal.chain-expired`, `seal.chain-not-yet-valid`, `seal.public-key`,
/// `seal.recipient-key-usage`.
pub fn check_recipient(certificate: &Certificate, now: DateTime) -> Result<(), SealError> {
    if certificate.has_unknown_critical_extension() {
        return Err(SealErrorKind::CriticalExtension.into());
    }
    check_validity(certificate, now)?;
    let is_for_this = match certificate.public_key()?.point() {
        Some(_) => certificate.may_agree_on_keys(),
        None => certificate.may_encipher_keys(),
    };
    if is_for_this { Ok(()) } else { Err(SealErrorKind::RecipientKeyUsage.into()) }
}

/// A RecipientInfo: the message's key for that certificate.
pub(super) fn encode(
    certificate: &Certificate,
    key: &SymmetricKey,
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let identifier = element(SEQUENCE, &[certificate.issuer_der(), &element(INTEGER, &[certificate.serial_number()])]);
    let public = certificate.public_key()?;
    match (public.point(), public.rsa()) {
        (Some(point), _) => encode_agreeing(&identifier, point, key, entropy),
        (None, Some(rsa)) => encode_transported(&identifier, rsa, key, entropy),
        (None, None) => Err(SealErrorKind::PublicKey.into()),
    }
}

fn encode_agreeing(
    identifier: &[u8],
    recipient: &CurvePoint,
    key: &SymmetricKey,
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    if ![Curve::P256, Curve::P384].contains(&recipient.curve()) {
        return Err(SealErrorKind::PublicKey.into());
    }
    let failed = |_| SealError::from(SealErrorKind::KeyAgreement);
    let ephemeral = CurvePrivateKey::generate(recipient.curve(), entropy);
    let point = ephemeral.public().map_err(failed)?;
    let wrap_algorithm = algorithm_without_parameters(&AES_256_WRAP);
    let [(scheme, hash), ..] = SCHEMES;
    let agreed = ephemeral.agree(recipient).map_err(failed)?;
    let wrapping = wrapping_key(hash, &agreed.x(), &wrap_algorithm, None);
    let wrapped = key_wrap::wrap(&wrapping, key).map_err(|_| SealErrorKind::WrappedKey)?;
    let originator = [algorithm_without_parameters(&ID_EC_PUBLIC_KEY), element(BIT_STRING, &[&[0], point.octets()])];
    let scheme = element(SEQUENCE, &[&oid_element(&scheme), &wrap_algorithm]);
    let encrypted = element(SEQUENCE, &[identifier, &element(OCTET_STRING, &[&wrapped])]);
    Ok(element(
        CONTEXT_1,
        &[
            &element(INTEGER, &[&[KEY_AGREE_VERSION]]),
            &element(CONTEXT_0, &[&element(CONTEXT_1, &[&originator.concat()])]),
            &scheme,
            &element(SEQUENCE, &[&encrypted]),
        ],
    ))
}

/// Spec: `rfc-5652#key-transport`, `rfc-4055#oaep`.
fn encode_transported(
    identifier: &[u8],
    recipient: &RsaPublicKey,
    key: &SymmetricKey,
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let encrypted = recipient.encrypt_oaep(key, entropy).map_err(|_| SealErrorKind::PublicKey)?;
    let hash = element(SEQUENCE, &[&oid_element(&HashAlgorithm::Sha256.oid()), &element(NULL, &[&[]])]);
    let mask = element(SEQUENCE, &[&oid_element(&ID_MGF_1), &hash]);
    let parameters = element(SEQUENCE, &[&element(CONTEXT_0, &[&hash]), &element(CONTEXT_1, &[&mask])]);
    Ok(element(
        SEQUENCE,
        &[
            &element(INTEGER, &[&[KEY_TRANSPORT_VERSION]]),
            identifier,
            &element(SEQUENCE, &[&oid_element(&ID_RSAES_OAEP), &parameters]),
            &element(OCTET_STRING, &[&encrypted]),
        ],
    ))
}

/// The ephemeral public key, and its curve if it is named.
fn decode_originator(tlv: &Tlv<'_>) -> Result<(Vec<u8>, Option<ObjectIdentifier>), SealError> {
    let mut choice = Der::inside(tlv);
    // A certificate in its place would be a sender's static key, which nothing here vouches for.
    let mut key =
        choice.optional(CONTEXT_1)?.map(|tlv| Der::inside(&tlv)).ok_or(SealErrorKind::KeyAgreement.at(tlv.at))?;
    choice.finish()?;
    let named_curve = curve_of(&key.algorithm()?)?;
    let bits = key.expect(BIT_STRING)?;
    key.finish()?;
    match bits.value.split_first() {
        Some((0, point)) => Ok((point.to_vec(), named_curve)),
        _ => Err(SealErrorKind::KeyAgreement.at(bits.at)),
    }
}

fn curve_of(algorithm: &Algorithm<'_>) -> Result<Option<ObjectIdentifier>, SealError> {
    let refused = SealErrorKind::KeyAgreement.at(algorithm.at);
    match algorithm.parameters {
        _ if algorithm.oid != ID_EC_PUBLIC_KEY => Err(refused),
        Some(tlv) if tlv.tag.number() == OBJECT_IDENTIFIER => {
            ObjectIdentifier::from_bytes(tlv.value).map(Some).map_err(|_| refused)
        }
        _ if algorithm.parameters_are_void() => Ok(None),
        _ => Err(refused),
    }
}

fn decode_key_material(tlv: &Tlv<'_>) -> Result<Vec<u8>, SealError> {
    let mut inside = Der::inside(tlv);
    let material = inside.expect(OCTET_STRING)?;
    inside.finish()?;
    if material.value.len() > MAX_KEY_MATERIAL {
        return Err(SealErrorKind::KeyAgreement.at(material.at));
    }
    Ok(material.value.to_vec())
}

const ID_RSAES_OAEP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.7");
const KEY_AGREE_VERSION: u8 = 3;
const KEY_TRANSPORT_VERSION: u8 = 0;
const WRAPPED_KEY_LENGTH: usize = 40;
const MAX_KEY_MATERIAL: usize = 64;
/// The sender himself and a few copies: more is an attack on our time.
pub(super) const MAX_RECIPIENTS: usize = 16;
