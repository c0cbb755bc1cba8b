//! What files hold: DER, or PEM around it, and of which kind the DER is.

use base64ct::{Base64, Encoding};
use sigillo_cvc::{CertificateRequest as CvRequest, CvCertificate};
use sigillo_seal::x509::{Certificate, CertificateRequest, Crl};
use sigillo_seal::{CardSecurity, DeviationList, DocumentSecurityObject, MasterList};

use crate::error::AuthorityError;

/// Something that a file holds, read but not believed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Object {
    /// An X.509 certificate.
    Certificate(Box<Certificate>),
    /// A certificate request, PKCS#10.
    Request(Box<CertificateRequest>),
    /// A revocation list.
    Crl(Box<Crl>),
    /// A master list.
    MasterList(Box<MasterList>),
    /// A deviation list.
    DeviationList(Box<DeviationList>),
    /// EF.SOD.
    SecurityObject(Box<DocumentSecurityObject>),
    /// EF.CardSecurity.
    CardSecurity(Box<CardSecurity>),
    /// A card-verifiable certificate.
    CvCertificate(Box<CvCertificate>),
    /// A request for one.
    CvRequest(Box<CvRequest>),
}

impl Object {
    /// Finds out what the octets are, and reads them.
    ///
    /// # Errors
    ///
    /// `pki.unknown-object` for the first octet of none, else the code of the decoder that came nearest.
    pub fn decode(octets: &[u8]) -> Result<Self, AuthorityError> {
        match octets {
            [0x7F, 0x21, ..] => CvCertificate::decode(octets)
                .map(|certificate| Self::CvCertificate(Box::new(certificate)))
                // A certificate and a request without an outer signature have one tag; a request has no dates.
                .or_else(|refused| {
                    CvRequest::decode(octets)
                        .map(|request| Self::CvRequest(Box::new(request)))
                        .map_err(|_| refused.into())
                }),
            [0x67, ..] => Ok(Self::CvRequest(Box::new(CvRequest::decode(octets)?))),
            [0x77, ..] => Ok(Self::SecurityObject(Box::new(DocumentSecurityObject::decode(octets)?))),
            [0x30, ..] => signed(octets),
            _ => Err(AuthorityError::UnknownObject),
        }
    }
}

/// The kinds that begin with a SEQUENCE: the first that can be read; of none the refusal as a certificate.
fn signed(octets: &[u8]) -> Result<Object, AuthorityError> {
    let refused = match Certificate::decode(octets) {
        Ok(certificate) => return Ok(Object::Certificate(Box::new(certificate))),
        Err(refused) => refused,
    };
    if let Ok(request) = CertificateRequest::decode(octets) {
        return Ok(Object::Request(Box::new(request)));
    }
    if let Ok(list) = Crl::decode(octets) {
        return Ok(Object::Crl(Box::new(list)));
    }
    if let Ok(list) = MasterList::decode(octets) {
        return Ok(Object::MasterList(Box::new(list)));
    }
    if let Ok(list) = DeviationList::decode(octets) {
        return Ok(Object::DeviationList(Box::new(list)));
    }
    if let Ok(security) = CardSecurity::decode(octets) {
        return Ok(Object::CardSecurity(Box::new(security)));
    }
    Err(refused.into())
}

/// Takes PEM off, if there is any.
///
/// # Errors
///
/// `pki.pem` unless exactly one object stands between its lines.
pub fn from_pem(octets: Vec<u8>) -> Result<Vec<u8>, AuthorityError> {
    if !octets.starts_with(BEGIN.as_bytes()) {
        return Ok(octets);
    }
    let text = std::str::from_utf8(&octets).map_err(|_| AuthorityError::Pem)?;
    let mut lines = text.lines().map(str::trim_end);
    let label = lines.next().and_then(|line| line.strip_prefix(BEGIN)).ok_or(AuthorityError::Pem)?;
    let end = format!("{END}{label}");
    let body: String = lines.by_ref().take_while(|line| *line != end).collect();
    // The last line was taken: whatever is left stands behind it.
    if !text.contains(&end) || lines.any(|line| !line.is_empty()) {
        return Err(AuthorityError::Pem);
    }
    Base64::decode_vec(&body).map_err(|_| AuthorityError::Pem)
}

/// Writes PEM with lines of 64 characters.
#[must_use]
pub fn to_pem(label: &str, der: &[u8]) -> String {
    let body = Base64::encode_string(der);
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("{BEGIN}{label}-----\n{}\n{END}{label}-----\n", lines.join("\n"))
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
