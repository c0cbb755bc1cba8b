//! The certificate of a document signer. Spec: `icao-9303-12#certificate-profile`.

use jiff::civil::Date;
use sigillo_crypto::PublicKey;
use sigillo_seal::x509::Certificate;
use sigillo_tlv::Tlv;

use crate::checks::algorithm::signature_algorithm;
use crate::checks::signed_data::{SignedData, sod};
use crate::checks::structure::{
    BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, children, der, holds, integer, said,
};
use crate::scene::{Check, Scene};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("sod.certificate", |scene| judge(&SignedData::read(sod(scene)?)?, scene, true)),
    ("card-security.certificate", |scene| judge(&SignedData::read(scene.subject()?)?, scene, false)),
];

/// The whole profile, then the link to a trust anchor.
fn judge(signed: &SignedData<'_>, scene: &Scene<'_>, document_types: bool) -> Result<(), String> {
    let certificate = signed.signer_certificate()?;
    let parts = Parts::read(certificate.der())?;
    parts.profile(document_types)?;
    let anchor = scene.anchors().iter().find(|anchor| anchor.subject_der() == certificate.issuer_der());
    parts.issued_by(anchor.ok_or("expected a trust anchor with the name of the issuer")?)?;
    valid_on(&certificate, scene.date())
}

/// The parts of a certificate as they stand.
struct Parts<'a> {
    signed: &'a [u8],
    version: Tlv<'a>,
    serial: Tlv<'a>,
    inner_algorithm: Tlv<'a>,
    issuer: Tlv<'a>,
    validity: Tlv<'a>,
    subject: Tlv<'a>,
    key: Tlv<'a>,
    extensions: Vec<Extension<'a>>,
    outer_algorithm: Tlv<'a>,
    signature: &'a [u8],
}

struct Extension<'a> {
    oid: &'a [u8],
    critical: bool,
    value: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let mut outer = der(bytes, SEQUENCE)?.reader();
        let signed = outer.expect(SEQUENCE).map_err(said)?;
        let outer_algorithm = outer.expect(SEQUENCE).map_err(said)?;
        let signature = outer.expect(BIT_STRING).map_err(said)?;
        outer.finish().map_err(said)?;
        let [0, signature @ ..] = signature.value else {
            return Err("expected a signature of whole octets".to_owned());
        };

        let mut members = signed.reader();
        let version = members.expect(0xA0).map_err(said)?;
        let serial = members.expect(INTEGER).map_err(said)?;
        let inner_algorithm = members.expect(SEQUENCE).map_err(said)?;
        let issuer = members.expect(SEQUENCE).map_err(said)?;
        let validity = members.expect(SEQUENCE).map_err(said)?;
        let subject = members.expect(SEQUENCE).map_err(said)?;
        let key = members.expect(SEQUENCE).map_err(said)?;
        // Unique identifiers would stand here: 9303-12 forbids them.
        let extensions = members.expect(0xA3).map_err(said)?;
        members.finish().map_err(said)?;
        let list = children(&extensions)?;
        let [list] = list[..] else { return Err("expected one list of extensions".to_owned()) };
        let extensions = children(&list)?.iter().map(Extension::read).collect::<Result<Vec<_>, _>>()?;
        let signed = signed.raw;
        Ok(Self {
            signed,
            version,
            serial,
            inner_algorithm,
            issuer,
            validity,
            subject,
            key,
            extensions,
            outer_algorithm,
            signature,
        })
    }

    fn profile(&self, document_types: bool) -> Result<(), String> {
        let version = children(&self.version)?;
        holds(matches!(version[..], [one] if integer(&one) == Ok(2)), "a certificate of version 3")?;
        let positive = self.serial.value.first().is_some_and(|octet| *octet < 0x80) && self.serial.value != [0];
        holds(positive && self.serial.value.len() <= 20, "a positive serial number of 20 octets at most")?;
        holds(self.inner_algorithm.raw == self.outer_algorithm.raw, "the same signature algorithm inside and outside")?;
        signature_algorithm(&self.outer_algorithm, None)?;

        let (issuer, subject) = (country(&self.issuer)?, country(&self.subject)?);
        holds(issuer == subject, "the same country as issuer and as subject")?;
        self.validity()?;
        holds(self.issuer.raw != self.subject.raw, "another name than that of the issuer")?;
        PublicKey::from_spki_der(self.key.raw)
            .map_err(|error| format!("expected a key of a known kind, {}", error.code()))?;

        let key_usage = self.extension(KEY_USAGE)?.ok_or("expected a key usage")?;
        holds(key_usage.critical, "a critical key usage")?;
        // One bit, the first: digitalSignature.
        holds(key_usage.value == [0x03, 0x02, 0x07, 0x80], "digitalSignature alone as key usage")?;
        for (oid, name) in [
            (AUTHORITY_KEY_IDENTIFIER, "an authority key identifier"),
            (PRIVATE_KEY_USAGE_PERIOD, "a private key usage period"),
            (SUBJECT_ALTERNATIVE_NAME, "an alternative name of the subject"),
            (ISSUER_ALTERNATIVE_NAME, "an alternative name of the issuer"),
            (CRL_DISTRIBUTION_POINTS, "distribution points of revocation lists"),
        ] {
            let extension = self.extension(oid)?.ok_or(format!("expected {name}"))?;
            holds(!extension.critical, &format!("{name} that is not critical"))?;
        }
        holds(!document_types || self.extension(DOCUMENT_TYPES)?.is_some(), "a list of document types")?;
        holds(self.extension(EXTENDED_KEY_USAGE)?.is_none(), "no extended key usage")?;
        let authority = self.extension(BASIC_CONSTRAINTS)?.map(|extension| extension.value);
        holds(authority.is_none_or(|value| value == [0x30, 0x00]), "no authority")?;
        let known =
            |extension: &&Extension<'_>| extension.critical && !matches!(extension.oid, KEY_USAGE | BASIC_CONSTRAINTS);
        holds(!self.extensions.iter().any(|extension| known(&extension)), "no other critical extension")
    }

    /// UTCTime to 2049, GeneralizedTime from 2050 on, in Zulu with seconds, and the end behind the beginning.
    fn validity(&self) -> Result<(), String> {
        let times = children(&self.validity)?;
        let [from, to] = times[..] else { return Err("expected two times of validity".to_owned()) };
        let moment = |tlv: &Tlv<'_>| {
            let digits = tlv.value.strip_suffix(b"Z").ok_or("expected a time that ends with Z")?;
            holds(digits.iter().all(u8::is_ascii_digit), "a time in digits")?;
            let text = String::from_utf8_lossy(digits);
            match (tlv.tag.number(), text.len()) {
                // Two digits of a year: 50 to 99 are of the twentieth century.
                (0x17, 12) => Ok(format!("{}{text}", if *text < *"50" { "20" } else { "19" })),
                (0x18, 14) if *text >= *"2050" => Ok(text.into_owned()),
                _ => Err("expected UTCTime to 2049 and GeneralizedTime behind it, with seconds".to_owned()),
            }
        };
        holds(moment(&from)? < moment(&to)?, "a validity that ends behind its beginning")
    }

    fn extension(&self, oid: &[u8]) -> Result<Option<&Extension<'a>>, String> {
        let mut found = self.extensions.iter().filter(|extension| extension.oid == oid);
        let first = found.next();
        holds(found.next().is_none(), "no extension twice")?;
        Ok(first)
    }

    /// Signed with the anchor's key, which may sign certificates.
    fn issued_by(&self, anchor: &Certificate) -> Result<(), String> {
        holds(anchor.is_authority() && anchor.may_sign_certificates(), "an issuer that may sign certificates")?;
        let algorithm = signature_algorithm(&self.outer_algorithm, None)?;
        let key = PublicKey::from_spki_der(anchor.subject_public_key_info());
        let key = key.map_err(|error| format!("expected a trust anchor's key of a known kind, {}", error.code()))?;
        let verified = key.verify(algorithm, self.signed, self.signature);
        verified.map_err(|error| format!("expected the signature of the trust anchor, {}", error.code()))
    }
}

impl<'a> Extension<'a> {
    fn read(tlv: &Tlv<'a>) -> Result<Self, String> {
        holds(tlv.tag.number() == SEQUENCE, "a SEQUENCE for each extension")?;
        let mut members = tlv.reader();
        let oid = members.expect(OBJECT_IDENTIFIER).map_err(said)?.value;
        // FALSE is the default, which DER leaves out.
        let critical = match members.optional(0x01).map_err(said)? {
            Some(tlv) => holds(tlv.value == [0xFF], "no FALSE in words").map(|()| true)?,
            None => false,
        };
        let value = members.expect(OCTET_STRING).map_err(said)?.value;
        members.finish().map_err(said)?;
        Ok(Self { oid, critical, value })
    }
}

/// The country of a name: two capital letters, a PrintableString.
fn country<'a>(name: &Tlv<'a>) -> Result<&'a [u8], String> {
    for set in children(name)? {
        holds(set.tag.number() == SET, "a SET for each part of a name")?;
        for attribute in children(&set)? {
            let parts = children(&attribute)?;
            let [kind, value] = parts[..] else { return Err("expected type and value of a part of a name".to_owned()) };
            if kind.value == COUNTRY {
                let capitals = value.value.len() == 2 && value.value.iter().all(u8::is_ascii_uppercase);
                holds(value.tag.number() == 0x13 && capitals, "a country of two capital letters as PrintableString")?;
                return Ok(value.value);
            }
        }
    }
    Err("expected a country in the name".to_owned())
}

fn valid_on(certificate: &Certificate, day: Date) -> Result<(), String> {
    let period = certificate.valid();
    holds(
        period.from().date() <= day && day <= period.to().date(),
        "a certificate that is valid on the day of the test",
    )
}

const COUNTRY: &[u8] = &[0x55, 0x04, 0x06];
const PRIVATE_KEY_USAGE_PERIOD: &[u8] = &[0x55, 0x1D, 0x10];
const KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x0F];
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1D, 0x11];
const ISSUER_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1D, 0x12];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1D, 0x1F];
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1D, 0x23];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x25];
/// 2.23.136.1.1.6.2
const DOCUMENT_TYPES: &[u8] = &[0x67, 0x81, 0x08, 0x01, 0x01, 0x06, 0x02];
