//! Certificate requests (PKCS#10): how a key gets its certificate while the certification authority stays offline.

use sigillo_crypto::{EcParameters, PublicKey, SignatureAlgorithm, sha256};

use super::certificate::key_identifier;
use super::name::{SubjectName, name_text};
use super::signed::{Signed, Unsigned};
use crate::algorithm::certificate_signature_algorithm;
use crate::asn1::{CONTEXT_0, Der, INTEGER, SEQUENCE, element};
use crate::error::{SealError, SealErrorKind};

/// A request whose signature was verified: whoever made it has the private key.
///
/// | field      | value                                                                   |
/// |------------|-------------------------------------------------------------------------|
/// | version    | 0                                                                       |
/// | subject    | the name that the requester proposes; the authority decides             |
/// | public key | as in the certificate to come                                           |
/// | attributes | ours: none; others are left alone, for the authority's profile decides  |
///
/// Spec: `rfc-2986#request`.
#[derive(Clone, Debug)]
pub struct CertificateRequest {
    der: Vec<u8>,
    subject: Vec<u8>,
    subject_public_key_info: Vec<u8>,
    public_key: PublicKey,
    key_identifier: [u8; 20],
    algorithm: SignatureAlgorithm,
}

/// A request for a certificate of that key, to be signed with the key itself.
///
/// A chip signs [`Unsigned::digest`] (INTERNAL AUTHENTICATE, PSO: COMPUTE DIGITAL SIGNATURE) and gives `r ‖ s`, which
/// [`Unsigned::signature_from_plain`] turns into what `complete` takes.
///
/// Spec: `rfc-2986#request`.
///
/// # Errors
///
/// `seal.public-key`, `seal.signature-algorithm`.
pub fn certificate_request(
    subject: &SubjectName,
    key: &PublicKey,
    parameters: EcParameters,
    algorithm: SignatureAlgorithm,
) -> Result<Unsigned<CertificateRequest>, SealError> {
    let subject_public_key_info = key.to_spki_der(parameters).map_err(|_| SealErrorKind::PublicKey)?;
    let to_be_signed = element(
        SEQUENCE,
        &[&element(INTEGER, &[&[VERSION_1]]), &subject.to_der(), &subject_public_key_info, &element(CONTEXT_0, &[&[]])],
    );
    Unsigned::new(to_be_signed, algorithm, key.clone())
}

impl Unsigned<CertificateRequest> {
    /// Joins the signature (ECDSA in DER), reads the whole request again and verifies it.
    ///
    /// # Errors
    ///
    /// `seal.request-signature`, or those of [`CertificateRequest::decode`].
    pub fn complete(self, signature: &[u8]) -> Result<CertificateRequest, SealError> {
        CertificateRequest::decode(&self.join(signature))
    }
}

impl CertificateRequest {
    /// Reads one DER request with nothing behind it, and verifies that it is signed with its own key.
    ///
    /// # Errors
    ///
    /// `seal.too-large`, `seal.der`, `seal.der-length`, `seal.der-value`, `seal.request`, `seal.public-key`,
    /// `seal.signature-algorithm`, `seal.request-signature`.
    pub fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        let Signed { to_be_signed, algorithm, signature } = Signed::decode(bytes, MAX_REQUEST)?;
        let mut fields = Der::inside(&to_be_signed);
        if fields.small_integer()? != VERSION_1 {
            return Err(SealErrorKind::Request.at(to_be_signed.at));
        }
        let subject = fields.expect(SEQUENCE)?.raw.to_vec();
        let key = fields.expect(SEQUENCE)?;
        // Mandatory by the standard, left out by some when empty.
        fields.optional(CONTEXT_0)?;
        fields.finish()?;
        let public_key = PublicKey::from_spki_der(key.raw).map_err(|_| SealErrorKind::PublicKey.at(key.at))?;
        let algorithm = certificate_signature_algorithm(&algorithm)?;
        public_key
            .verify(algorithm, to_be_signed.raw, signature)
            .map_err(|_| SealError::from(SealErrorKind::RequestSignature))?;
        Ok(Self {
            der: bytes.to_vec(),
            subject,
            subject_public_key_info: key.raw.to_vec(),
            public_key,
            key_identifier: key_identifier(key.raw)?,
            algorithm,
        })
    }

    /// The bytes as they came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the bytes as they came: what the two ends compare by telephone.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        sha256(&self.der)
    }

    /// The proposed name in DER.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        &self.subject
    }

    /// The proposed name for people (RFC 4514).
    #[must_use]
    pub fn subject(&self) -> String {
        name_text(&self.subject)
    }

    /// The key that wants a certificate.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The key in DER, parameters explicit or named as they came.
    #[must_use]
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    /// SHA-1 of the key's bits in hexadecimal: the key identifier of the certificate to come.
    #[must_use]
    pub fn key_id(&self) -> String {
        self.key_identifier.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    /// How the request is signed.
    #[must_use]
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }
}

const VERSION_1: u8 = 0;
/// A key, a name and room for a stranger's attributes.
const MAX_REQUEST: usize = 0x8000;
