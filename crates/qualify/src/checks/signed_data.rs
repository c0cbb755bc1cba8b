//! Signed data of EF.SOD and EF.CardSecurity. Spec: `icao-9303-10#ef-sod`, `rfc-5652#signed-data`.
//!
//! The reader of `sigillo-seal` stops at the first fault; here each case has one part to judge, so the parts are read one
//! by one, and independently of it.

use sigillo_crypto::PublicKey;
use sigillo_seal::x509::Certificate;
use sigillo_tlv::Tlv;

use crate::checks::algorithm::{hash_algorithm, signature_algorithm};
use crate::checks::structure::{
    INTEGER, MAX_DEPTH, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, children, der, element, holds, integer, length,
    said, starts_with, template,
};
use crate::scene::{Check, Scene};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("sod.tag", |scene| starts_with(scene.subject()?, SOD)),
    ("sod.length", |scene| length(scene.subject()?)),
    ("sod.signed-data", |scene| SignedData::read(sod(scene)?).map(|_| ())),
    ("sod.value", |scene| SignedData::read(sod(scene)?)?.value(LDS_SECURITY_OBJECT)),
    ("sod.signer", |scene| SignedData::read(sod(scene)?)?.signers(LDS_SECURITY_OBJECT)),
    ("card-security.signed-data", |scene| SignedData::read(scene.subject()?).map(|_| ())),
    ("card-security.value", |scene| SignedData::read(scene.subject()?)?.value(SECURITY_OBJECT)),
    ("card-security.signer", |scene| SignedData::read(scene.subject()?)?.signers(SECURITY_OBJECT)),
];

/// The DER inside EF.SOD.
pub(super) fn sod<'a>(scene: &'a Scene<'_>) -> Result<&'a [u8], String> {
    Ok(template(scene.subject()?, SOD)?.value)
}

/// `ContentInfo { signedData, [0] SignedData }`, DER all the way down.
pub(super) struct SignedData<'a> {
    version: u32,
    digest_algorithms: Vec<Tlv<'a>>,
    content_type: &'a [u8],
    /// What was signed.
    pub(super) content: &'a [u8],
    /// The certificates as they stand.
    pub(super) certificates: Vec<&'a [u8]>,
    revocation_lists: bool,
    signers: Vec<Tlv<'a>>,
}

impl<'a> SignedData<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let outer = children(&der(bytes, SEQUENCE)?)?;
        let [content_type, wrapped] = outer[..] else {
            return Err("expected a content type and its content".to_owned());
        };
        holds(content_type.value == SIGNED_DATA && content_type.tag.number() == OBJECT_IDENTIFIER, "id-signedData")?;
        let signed = children(&wrapped)?;
        let [signed] = signed[..] else { return Err("expected one SignedData".to_owned()) };
        holds(wrapped.tag.number() == 0xA0 && signed.tag.number() == SEQUENCE, "a SignedData in [0]")?;

        let mut members = signed.reader();
        let version = integer(&members.expect(INTEGER).map_err(said)?)?;
        let digest_algorithms = children(&members.expect(SET).map_err(said)?)?;
        let encapsulated = members.expect(SEQUENCE).map_err(said)?;
        let certificates = members.optional(0xA0).map_err(said)?;
        let revocation_lists = members.optional(0xA1).map_err(said)?.is_some();
        let signers = children(&members.expect(SET).map_err(said)?)?;
        members.finish().map_err(said)?;

        let mut encapsulated = encapsulated.reader();
        let content_type = encapsulated.expect(OBJECT_IDENTIFIER).map_err(said)?.value;
        let wrapped = encapsulated.expect(0xA0).map_err(said)?;
        encapsulated.finish().map_err(said)?;
        let content = children(&wrapped)?;
        let [content] = content[..] else { return Err("expected one content".to_owned()) };
        holds(content.tag.number() == OCTET_STRING, "the content as an OCTET STRING")?;
        let certificates = certificates.map(|tlv| children(&tlv)).transpose()?.unwrap_or_default();
        let certificates = certificates.iter().map(|tlv| tlv.raw).collect();
        let content = content.value;
        Ok(Self { version, digest_algorithms, content_type, content, certificates, revocation_lists, signers })
    }

    /// Version 3, digest algorithms, the type of the content, the signer's certificate.
    fn value(&self, content_type: &[u8]) -> Result<(), String> {
        holds(self.version == 3, "SignedData of version 3")?;
        holds(!self.digest_algorithms.is_empty(), "one digest algorithm or more")?;
        self.digest_algorithms.iter().try_for_each(|tlv| hash_algorithm(tlv).map(|_| ()))?;
        holds(self.content_type == content_type, "the content type of this file")?;
        holds(!self.certificates.is_empty(), "the document signer's certificate")?;
        holds(!self.revocation_lists, "no revocation list")
    }

    /// Each signer information, its digest and its signature.
    fn signers(&self, content_type: &[u8]) -> Result<(), String> {
        holds(!self.signers.is_empty(), "one signer information or more")?;
        self.signers.iter().try_for_each(|signer| self.signer(signer, content_type))
    }

    fn signer(&self, tlv: &Tlv<'a>, content_type: &[u8]) -> Result<(), String> {
        let signer = SignerInfo::read(tlv)?;
        let certificate = self.certificate_of(&signer)?;
        let expected = if signer.key_identifier { 3 } else { 1 };
        holds(signer.version == expected, &format!("version {expected} of the signer information"))?;
        let hash = hash_algorithm(&signer.digest_algorithm)?;
        let listed = self.digest_algorithms.iter().any(|tlv| hash_algorithm(tlv).is_ok_and(|found| found == hash));
        holds(listed, "the digest algorithm of the signer in the list")?;
        signer.check_attributes(content_type, &hash.digest(self.content))?;

        let algorithm = signature_algorithm(&signer.signature_algorithm, Some(hash))?;
        holds(algorithm.hash() == hash, "one hash algorithm for digest and signature")?;
        let key = PublicKey::from_spki_der(certificate.subject_public_key_info());
        let key = key.map_err(|error| format!("expected a key of a known kind, {}", error.code()))?;
        let verified = key.verify(algorithm, &signer.signed(), signer.signature);
        verified.map_err(|error| format!("expected a signature that verifies, {}", error.code()))
    }

    fn certificate_of(&self, signer: &SignerInfo<'_>) -> Result<Certificate, String> {
        for raw in &self.certificates {
            let certificate =
                Certificate::decode(raw).map_err(|error| format!("expected a certificate, {}", error.code()))?;
            let named = match signer.key_identifier {
                true => certificate.subject_key_identifier() == Some(signer.serial_or_key),
                false => {
                    certificate.issuer_der() == signer.issuer && certificate.serial_number() == signer.serial_or_key
                }
            };
            if named {
                return Ok(certificate);
            }
        }
        Err("expected the certificate that the signer information names".to_owned())
    }

    /// The certificate of the first signer as it stands.
    pub(super) fn signer_certificate(&self) -> Result<Certificate, String> {
        let first = self.signers.first().ok_or("expected one signer information or more")?;
        self.certificate_of(&SignerInfo::read(first)?)
    }
}

struct SignerInfo<'a> {
    version: u32,
    key_identifier: bool,
    /// The whole name.
    issuer: &'a [u8],
    serial_or_key: &'a [u8],
    digest_algorithm: Tlv<'a>,
    attributes: Tlv<'a>,
    signature_algorithm: Tlv<'a>,
    signature: &'a [u8],
}

impl<'a> SignerInfo<'a> {
    fn read(tlv: &Tlv<'a>) -> Result<Self, String> {
        holds(tlv.tag.number() == SEQUENCE, "a SEQUENCE as signer information")?;
        let mut members = tlv.reader();
        let version = integer(&members.expect(INTEGER).map_err(said)?)?;
        let (key_identifier, issuer, serial_or_key) = match members.optional(0x80).map_err(said)? {
            Some(key) => (true, &[][..], key.value),
            None => {
                let mut pair = members.expect(SEQUENCE).map_err(said)?.reader();
                let issuer = pair.expect(SEQUENCE).map_err(said)?.raw;
                let serial = pair.expect(INTEGER).map_err(said)?.value;
                pair.finish().map_err(said)?;
                (false, issuer, serial)
            }
        };
        let digest_algorithm = members.expect(SEQUENCE).map_err(said)?;
        let attributes = members.optional(0xA0).map_err(said)?.ok_or("expected signed attributes")?;
        let signature_algorithm = members.expect(SEQUENCE).map_err(said)?;
        let signature = members.expect(OCTET_STRING).map_err(said)?.value;
        members.optional(0xA1).map_err(said)?;
        members.finish().map_err(said)?;
        Ok(Self {
            version,
            key_identifier,
            issuer,
            serial_or_key,
            digest_algorithm,
            attributes,
            signature_algorithm,
            signature,
        })
    }

    /// Content type and message digest, each once with one value; a SET OF in ascending order.
    fn check_attributes(&self, content_type: &[u8], digest: &[u8]) -> Result<(), String> {
        let attributes = children(&self.attributes)?;
        holds(attributes.is_sorted_by(|one, next| one.raw <= next.raw), "signed attributes in ascending order")?;
        let value = |oid: &[u8], what: &str| {
            let mut values = Vec::new();
            for attribute in &attributes {
                let parts = children(attribute)?;
                let [kind, set] = parts[..] else { return Err("expected type and values of an attribute".to_owned()) };
                if kind.value == oid {
                    values.extend(children(&set)?);
                }
            }
            match values[..] {
                [one] => Ok(one),
                _ => Err(format!("expected the {what} once among the signed attributes")),
            }
        };
        let kind = value(CONTENT_TYPE, "content type")?;
        holds(kind.value == content_type, "the type of the content as an attribute")?;
        let found = value(MESSAGE_DIGEST, "message digest")?;
        element(&found, MAX_DEPTH)?;
        holds(found.tag.number() == OCTET_STRING && found.value == digest, "the digest of the content as an attribute")
    }

    /// The SET OF that was signed, which `[0]` stands for in the message.
    fn signed(&self) -> Vec<u8> {
        let mut signed = self.attributes.raw.to_vec();
        if let Some(tag) = signed.first_mut() {
            *tag = 0x31;
        }
        signed
    }
}

const SOD: u32 = 0x77;
/// 1.2.840.113549.1.7.2
const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
/// 1.2.840.113549.1.9.3, .4
const CONTENT_TYPE: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04];
/// 2.23.136.1.1.1
const LDS_SECURITY_OBJECT: &[u8] = &[0x67, 0x81, 0x08, 0x01, 0x01, 0x01];
/// id-SecurityObject, 0.4.0.127.0.7.3.2.1
const SECURITY_OBJECT: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02, 0x01];
