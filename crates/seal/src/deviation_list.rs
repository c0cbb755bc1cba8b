//! Deviation lists: which issued documents depart from the standard, and how, told by who issued them.

use const_oid::ObjectIdentifier;
use der::Decode;
use jiff::civil::DateTime;
use sigillo_crypto::{HashAlgorithm, SignatureAlgorithm};
use sigillo_tlv::Tlv;

use crate::algorithm::hash_algorithm;
use crate::asn1::{
    CONTEXT_0, CONTEXT_0_PRIMITIVE, CONTEXT_1, Der, GENERALIZED_TIME, INTEGER, PRINTABLE_STRING, SEQUENCE, SET,
    algorithm, algorithm_without_parameters, element, oid_element,
};
use crate::error::{SealError, SealErrorKind};
use crate::signed_list::{self, ListKind, UnsignedList};
use crate::signed_message::SignedMessage;
use crate::x509::{Certificate, DEVIATION_LIST_SIGNING, decode_time, generalized_time};

/// The content type of a deviation list: `2.23.136.1.1.7`; the kinds of deviation stand below it.
pub const DEVIATION_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.7");

/// A deviation list, read but not yet trusted.
///
/// | element          | value                                                       |
/// |------------------|-------------------------------------------------------------|
/// | content type     | `2.23.136.1.1.7`                                            |
/// | version          | 0                                                           |
/// | digest algorithm | of the certificate digests; only there if an entry has one  |
/// | deviations       | SET OF: which documents, and what is wrong with them        |
///
/// Spec: `icao-9303-12#deviation-list`.
#[derive(Clone)]
pub struct DeviationList {
    der: Vec<u8>,
    message: SignedMessage,
    deviations: Vec<Deviation>,
}

/// Some documents, and what is wrong with them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Deviation {
    /// Which documents: those that all the parts given fit.
    pub documents: DeviationDocuments,
    /// What is wrong: one or more.
    pub descriptions: Vec<DeviationDescription>,
}

/// Which documents deviate.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DeviationDocuments {
    /// The MRZ's document class with its filler: two characters.
    pub document_type: Option<String>,
    /// Who signed them.
    pub signer: Option<DeviationSigner>,
    /// First and last moment of issue.
    pub issued: Option<(DateTime, DateTime)>,
    /// Their numbers; none given means all.
    pub document_numbers: Vec<String>,
}

/// The document signer of deviating documents.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DeviationSigner {
    /// By the issuer's name (DER) and the content octets of the serial number.
    IssuerAndSerial {
        /// The name in DER.
        issuer: Vec<u8>,
        /// The content octets.
        serial_number: Vec<u8>,
    },
    /// By subject key identifier.
    KeyIdentifier(Vec<u8>),
    /// By the digest of the certificate.
    CertificateDigest {
        /// The list's digest algorithm.
        algorithm: HashAlgorithm,
        /// The digest.
        digest: Vec<u8>,
    },
}

/// One deviation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeviationDescription {
    /// In words.
    pub description: Option<String>,
    /// Which one: an object identifier below `2.23.136.1.1.7`.
    pub kind: ObjectIdentifier,
    /// Its parameters in DER, by kind.
    pub parameters: Option<Vec<u8>>,
    /// Something for the issuer's own use, in DER.
    pub national_use: Option<Vec<u8>>,
}

/// A deviation list that lacks its signature.
#[derive(Clone, Debug)]
pub struct UnsignedDeviationList(UnsignedList);

/// A deviation list, to be signed by a deviation list signer; `authority` is the CSCA that issued it.
///
/// # Errors
///
/// `seal.deviation-list` (no deviation, one without a description, a document type that is not two characters, digests of
/// two algorithms, text that is no PrintableString), `seal.profile-field` (a time), `seal.purpose`, and those of
/// [`prepare_master_list`](crate::prepare_master_list).
pub fn prepare_deviation_list(
    deviations: &[Deviation],
    signer: &Certificate,
    authority: &Certificate,
    signing_time: DateTime,
    algorithm: SignatureAlgorithm,
) -> Result<UnsignedDeviationList, SealError> {
    let digests: Vec<HashAlgorithm> = deviations.iter().filter_map(Deviation::digest_algorithm).collect();
    let one_digest = digests.windows(2).all(|pair| matches!(pair, [one, other] if one == other));
    if deviations.is_empty() || !one_digest {
        return Err(SealErrorKind::DeviationList.into());
    }
    let digest = digests.first().map(|hash| algorithm_without_parameters(&hash.oid())).unwrap_or_default();
    let mut members = deviations.iter().map(Deviation::encode).collect::<Result<Vec<_>, _>>()?;
    members.sort();
    let content = element(SEQUENCE, &[&element(INTEGER, &[&[VERSION]]), &digest, &element(SET, &[&members.concat()])]);
    UnsignedList::new(&KIND, content, signer, authority, signing_time, algorithm).map(UnsignedDeviationList)
}

impl UnsignedDeviationList {
    /// What the deviation list signer signs.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.0.to_be_signed()
    }

    /// How it must be signed.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }

    /// Joins the signature (ECDSA in DER), reads the whole list again and verifies it.
    ///
    /// # Errors
    ///
    /// `seal.signature`, or those of [`DeviationList::decode`].
    pub fn complete(self, signature: &[u8]) -> Result<DeviationList, SealError> {
        let list = DeviationList::decode(&self.0.join(signature))?;
        list.message.check()?;
        Ok(list)
    }
}

impl DeviationList {
    /// Reads one deviation list with nothing behind it.
    ///
    /// # Errors
    ///
    /// `seal.too-large`, `seal.deviation-list`, `seal.hash-algorithm`, and those of a signed message (`seal.der` …
    /// `seal.signer-certificate`).
    pub fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        let message = signed_list::decode(bytes, &KIND)?;
        let mut outer = Der::new(&message.content);
        let mut fields = outer.descend(SEQUENCE)?;
        outer.finish()?;
        if fields.small_integer()? != VERSION {
            return Err(SealErrorKind::DeviationList.into());
        }
        let digest = fields.optional(SEQUENCE)?.map(|tlv| hash_algorithm(&algorithm(tlv)?)).transpose()?;
        let mut members = fields.descend(SET)?;
        fields.finish()?;
        let mut deviations = Vec::new();
        while let Some(tlv) = members.member(SEQUENCE)? {
            if deviations.len() == MAX_DEVIATIONS {
                return Err(SealErrorKind::DeviationList.at(tlv.at));
            }
            deviations.push(Deviation::decode(&tlv, digest)?);
        }
        if deviations.is_empty() {
            return Err(SealErrorKind::DeviationList.into());
        }
        Ok(Self { der: bytes.to_vec(), message, deviations })
    }

    /// The bytes as they came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The deviations in their order.
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// The certificate of whoever signed the list.
    ///
    /// # Errors
    ///
    /// `seal.signer-certificate`.
    pub fn signer_certificate(&self) -> Result<&Certificate, SealError> {
        self.message.signer_certificate()
    }

    /// Verifies digest, signature, the signer's purpose and its chain at that moment; gives the anchor.
    ///
    /// # Errors
    ///
    /// As [`MasterList::verify`](crate::MasterList::verify).
    pub fn verify<'a>(&self, anchors: &'a [Certificate], now: DateTime) -> Result<&'a Certificate, SealError> {
        signed_list::verify(&self.message, &KIND, anchors, now)
    }
}

impl std::fmt::Debug for DeviationList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviationList({} deviations, {} bytes)", self.deviations.len(), self.der.len())
    }
}

impl Deviation {
    fn digest_algorithm(&self) -> Option<HashAlgorithm> {
        match self.documents.signer {
            Some(DeviationSigner::CertificateDigest { algorithm, .. }) => Some(algorithm),
            _ => None,
        }
    }

    fn encode(&self) -> Result<Vec<u8>, SealError> {
        if self.descriptions.is_empty() {
            return Err(SealErrorKind::DeviationList.into());
        }
        let mut descriptions =
            self.descriptions.iter().map(DeviationDescription::encode).collect::<Result<Vec<_>, _>>()?;
        descriptions.sort();
        Ok(element(SEQUENCE, &[&self.documents.encode()?, &element(SET, &[&descriptions.concat()])]))
    }

    fn decode(tlv: &Tlv<'_>, digest: Option<HashAlgorithm>) -> Result<Self, SealError> {
        let mut fields = Der::inside(tlv);
        let documents = DeviationDocuments::decode(&fields.expect(SEQUENCE)?, digest)?;
        let mut members = fields.descend(SET)?;
        fields.finish()?;
        let mut descriptions = Vec::new();
        while let Some(one) = members.member(SEQUENCE)? {
            descriptions.push(DeviationDescription::decode(&one)?);
        }
        Ok(Self { documents, descriptions })
    }
}

impl DeviationDocuments {
    fn encode(&self) -> Result<Vec<u8>, SealError> {
        let mut parts = Vec::new();
        if let Some(class) = &self.document_type {
            if class.len() != 2 || !class.bytes().all(|letter| letter.is_ascii_uppercase() || letter == b'<') {
                return Err(SealErrorKind::DeviationList.into());
            }
            parts.extend(element(CONTEXT_0_PRIMITIVE, &[class.as_bytes()]));
        }
        match &self.signer {
            Some(DeviationSigner::IssuerAndSerial { issuer, serial_number }) => {
                parts.extend(element(CONTEXT_1, &[issuer, &element(INTEGER, &[serial_number])]));
            }
            Some(DeviationSigner::KeyIdentifier(identifier)) => parts.extend(element(KEY_IDENTIFIER, &[identifier])),
            Some(DeviationSigner::CertificateDigest { digest, .. }) => parts.extend(element(DIGEST, &[digest])),
            None => {}
        }
        if let Some((first, last)) = self.issued {
            parts.extend(element(ISSUED, &[&generalized_time(first)?, &generalized_time(last)?]));
        }
        if !self.document_numbers.is_empty() {
            let mut numbers =
                self.document_numbers.iter().map(|number| printable(number)).collect::<Result<Vec<_>, _>>()?;
            numbers.sort();
            parts.extend(element(DOCUMENT_NUMBERS, &[&numbers.concat()]));
        }
        Ok(element(SEQUENCE, &[&parts]))
    }

    fn decode(tlv: &Tlv<'_>, digest: Option<HashAlgorithm>) -> Result<Self, SealError> {
        let malformed = SealErrorKind::DeviationList.at(tlv.at);
        let mut fields = Der::inside(tlv);
        let document_type = fields.optional(CONTEXT_0_PRIMITIVE)?.map(|tlv| text(&tlv)).transpose()?;
        let signer = if let Some(pair) = fields.optional(CONTEXT_1)? {
            let mut pair = Der::inside(&pair);
            let issuer = pair.expect(SEQUENCE)?.raw.to_vec();
            let serial_number = pair.expect(INTEGER)?.value.to_vec();
            pair.finish()?;
            Some(DeviationSigner::IssuerAndSerial { issuer, serial_number })
        } else if let Some(identifier) = fields.optional(KEY_IDENTIFIER)? {
            Some(DeviationSigner::KeyIdentifier(identifier.value.to_vec()))
        } else if let Some(value) = fields.optional(DIGEST)? {
            let algorithm = digest.ok_or(malformed)?;
            Some(DeviationSigner::CertificateDigest { algorithm, digest: value.value.to_vec() })
        } else {
            None
        };
        let issued = match fields.optional(ISSUED)? {
            Some(period) => {
                let mut ends = Der::inside(&period);
                let first = decode_time(&ends.expect(GENERALIZED_TIME)?)?;
                let last = decode_time(&ends.expect(GENERALIZED_TIME)?)?;
                ends.finish()?;
                Some((first, last))
            }
            None => None,
        };
        let mut document_numbers = Vec::new();
        if let Some(numbers) = fields.optional(DOCUMENT_NUMBERS)? {
            let mut numbers = Der::inside(&numbers);
            while let Some(number) = numbers.member(PRINTABLE_STRING)? {
                document_numbers.push(text(&number)?);
            }
        }
        fields.finish()?;
        Ok(Self { document_type, signer, issued, document_numbers })
    }
}

impl DeviationDescription {
    fn encode(&self) -> Result<Vec<u8>, SealError> {
        let mut parts = self.description.as_deref().map(printable).transpose()?.unwrap_or_default();
        parts.extend(oid_element(&self.kind));
        for (tag, value) in [(CONTEXT_0, &self.parameters), (CONTEXT_1, &self.national_use)] {
            if let Some(value) = value {
                der::asn1::AnyRef::from_der(value).map_err(|_| SealErrorKind::DeviationList)?;
                parts.extend(element(tag, &[value]));
            }
        }
        Ok(element(SEQUENCE, &[&parts]))
    }

    fn decode(tlv: &Tlv<'_>) -> Result<Self, SealError> {
        let mut fields = Der::inside(tlv);
        let description = fields.optional(PRINTABLE_STRING)?.map(|tlv| text(&tlv)).transpose()?;
        let kind = fields.oid()?;
        let parameters = fields.optional(CONTEXT_0)?.map(|tlv| tlv.value.to_vec());
        let national_use = fields.optional(CONTEXT_1)?.map(|tlv| tlv.value.to_vec());
        fields.finish()?;
        Ok(Self { description, kind, parameters, national_use })
    }
}

/// A PrintableString, and nothing that is none.
fn printable(text: &str) -> Result<Vec<u8>, SealError> {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&octet);
    if text.is_empty() || !text.bytes().all(allowed) {
        return Err(SealErrorKind::DeviationList.into());
    }
    Ok(element(PRINTABLE_STRING, &[text.as_bytes()]))
}

fn text(tlv: &Tlv<'_>) -> Result<String, SealError> {
    let text = std::str::from_utf8(tlv.value).ok().filter(|text| text.is_ascii());
    text.map(str::to_owned).ok_or(SealErrorKind::DeviationList.at(tlv.at))
}

const KIND: ListKind = ListKind { content_type: DEVIATION_LIST, signing: DEVIATION_LIST_SIGNING };
const VERSION: u8 = 0;
/// `[2]`, primitive.
const KEY_IDENTIFIER: u32 = 0x82;
/// `[3]`, primitive.
const DIGEST: u32 = 0x83;
/// `[4]`, constructed.
const ISSUED: u32 = 0xA4;
/// `[5]`, constructed.
const DOCUMENT_NUMBERS: u32 = 0xA5;
const MAX_DEVIATIONS: usize = 0x1000;
