use sigillo_tlv::{Reader, encode, encode_into};

use crate::body::CertificateBody;
use crate::date::CvDate;
use crate::error::CvcError;
use crate::objects::{BODY, CERTIFICATE, SIGNATURE, expect, single};
use crate::public_key::CvPublicKey;
use crate::reference::HolderReference;
use crate::template::Chat;
use crate::verifying_key::VerifyingKey;

/// A card-verifiable certificate, well-formed; whether its signature verifies is for its issuer's key to say.
///
/// | tag | content |
/// |---|---|
/// | 7F21 | the certificate |
/// | · 7F4E | [`CertificateBody`]: the signature is over these octets as they were sent |
/// | · 5F37 | signature |
///
/// Spec: `bsi-tr-03110-3#certificate-profile`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CvCertificate {
    parsed: CertificateBody,
    body: Vec<u8>,
    signature: Vec<u8>,
}

impl CvCertificate {
    /// Reads a certificate, tag 7F21 included.
    ///
    /// # Errors
    ///
    /// As [`CertificateBody::decode`].
    pub fn decode(octets: &[u8]) -> Result<Self, CvcError> {
        Self::decode_content(single(octets, CERTIFICATE)?.value)
    }

    /// Reads a body and a signature, as the command PSO: VERIFY CERTIFICATE carries them.
    ///
    /// # Errors
    ///
    /// As [`CertificateBody::decode`].
    pub fn decode_content(octets: &[u8]) -> Result<Self, CvcError> {
        let mut reader = Reader::new(octets);
        let body = expect(&mut reader, BODY)?.raw;
        let signature = expect(&mut reader, SIGNATURE)?.value;
        reader.finish()?;
        Self::new(body.to_vec(), signature.to_vec())
    }

    pub(crate) fn new(body: Vec<u8>, signature: Vec<u8>) -> Result<Self, CvcError> {
        Ok(Self { parsed: CertificateBody::decode(&body)?, body, signature })
    }

    /// Writes it, tag 7F21 included.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(CERTIFICATE, &self.content())
    }

    /// Body and signature, as the command PSO: VERIFY CERTIFICATE carries them.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        let mut content = self.body.clone();
        encode_into(&mut content, SIGNATURE, &self.signature);
        content
    }

    /// Verifies the signature with the issuer's key, and nothing else.
    ///
    /// # Errors
    ///
    /// `cvc.signature`.
    pub fn verify(&self, issuer: &VerifyingKey) -> Result<(), CvcError> {
        issuer.verify(&self.body, &self.signature)
    }

    /// The body as it was signed, tag 7F4E included.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The reference of the issuer's key (CAR).
    #[must_use]
    pub const fn authority(&self) -> &HolderReference {
        &self.parsed.authority
    }

    /// The reference of the key (CHR).
    #[must_use]
    pub const fn holder(&self) -> &HolderReference {
        &self.parsed.holder
    }

    /// The key.
    #[must_use]
    pub const fn public_key(&self) -> &CvPublicKey {
        &self.parsed.public_key
    }

    /// What the key is for.
    #[must_use]
    pub const fn template(&self) -> &Chat {
        &self.parsed.template
    }

    /// The first day.
    #[must_use]
    pub const fn effective(&self) -> CvDate {
        self.parsed.effective
    }

    /// The last day.
    #[must_use]
    pub const fn expiration(&self) -> CvDate {
        self.parsed.expiration
    }

    /// The extensions, tag 65 included.
    #[must_use]
    pub fn extensions(&self) -> Option<&[u8]> {
        self.parsed.extensions.as_deref()
    }
}
