use der::asn1::ObjectIdentifier;
use jiff::civil::DateTime;
use sigillo_crypto::{Backend, CryptoErrorKind, HashAlgorithm, KeyAlgorithm, SignatureAlgorithm, VerifyingKey};

use crate::error::{SealError, SealErrorKind};
use crate::signed_data::{self, SignedData};
use crate::verification_policy::VerificationPolicy;
use crate::x509::{Certificate, check_document_signer, check_validity, find_issuer};

/// A document signer's certificate whose chain was verified: the verdict, the prepared key and what is the same in every
/// document are kept, so that one document costs one verification.
#[derive(Clone, Debug)]
pub struct SignerCertificate {
    certificate: Certificate,
    anchor: Certificate,
    key: VerifyingKey,
    algorithm: SignatureAlgorithm,
    signed_data: SignedData,
}

/// A content that was hashed and waits for a document signer's signature.
pub(crate) struct Unsigned {
    hash: HashAlgorithm,
    content_type: ObjectIdentifier,
    content: Vec<u8>,
    signed_attributes: Vec<u8>,
}

impl SignerCertificate {
    /// Verifies a document signer's certificate against the trust anchors; times are judged at each sealing.
    ///
    /// It seals by [`SignatureAlgorithm::for_key`], verifying with [`Backend::Pure`], until it is told otherwise.
    ///
    /// # Errors
    ///
    /// `seal.chain-unknown-issuer`, `seal.chain-signature`, `seal.signature-algorithm`, `seal.public-key` (also for a key
    /// that nobody may seal with: brainpoolP224r1, RSA of an unusual size), `seal.issuer-not-authority`,
    /// `seal.issuer-key-usage`, `seal.signer-is-authority`, `seal.signer-key-usage`, `seal.critical-extension`,
    /// `seal.algorithm-retired` if it was certified by SHA-1 or SHA-224.
    pub fn verify(certificate: Certificate, anchors: &[Certificate]) -> Result<Self, SealError> {
        let anchor = find_issuer(&certificate, anchors)?.clone();
        check_document_signer(&certificate)?;
        if let (Some(certified_by), _) = certificate.signature() {
            VerificationPolicy::default().check_signature(certified_by)?;
        }
        let key = VerifyingKey::new(certificate.public_key()?.clone(), Backend::Pure);
        let algorithm =
            KeyAlgorithm::of(key.public()).map(SignatureAlgorithm::for_key).ok_or(SealErrorKind::PublicKey)?;
        check_fit(algorithm, &key)?;
        let signed_data = SignedData::by_serial_number(&certificate, algorithm)?;
        Ok(Self { certificate, anchor, key, algorithm, signed_data })
    }

    /// Seals by another algorithm that goes with its key: for RSA, PKCS#1 v1.5 or PSS with SHA-256, SHA-384 or SHA-512.
    ///
    /// # Errors
    ///
    /// `seal.hash-algorithm-mismatch` for a hash that does not go with the key, `seal.signature-algorithm` for the algorithm
    /// of another kind of key.
    pub fn signing_by(self, algorithm: SignatureAlgorithm) -> Result<Self, SealError> {
        check_fit(algorithm, &self.key)?;
        let signed_data = SignedData::by_serial_number(&self.certificate, algorithm)?;
        Ok(Self { algorithm, signed_data, ..self })
    }

    /// Verifies its signatures with another backend from now on.
    #[must_use]
    pub fn verifying_with(self, backend: Backend) -> Self {
        Self { key: VerifyingKey::new(self.key.public().clone(), backend), ..self }
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The country signing CA that vouches for it.
    #[must_use]
    pub fn anchor(&self) -> &Certificate {
        &self.anchor
    }

    /// How it signs; the hash is also that of the data groups.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Whether the signer may seal at that moment (UTC): both certificates valid, the private key inside its usage period.
    ///
    /// # Errors
    ///
    /// `seal.chain-expired`, `seal.chain-not-yet-valid`, `seal.signer-usage-period`.
    pub fn check_at(&self, now: DateTime) -> Result<(), SealError> {
        check_validity(&self.certificate, now)?;
        check_validity(&self.anchor, now)?;
        if self.certificate.private_key_usable_at(now) { Ok(()) } else { Err(SealErrorKind::SignerUsagePeriod.into()) }
    }
}

impl Unsigned {
    /// Hashes a content by the hash of the signature that will come.
    pub(crate) fn new(content_type: ObjectIdentifier, content: Vec<u8>, hash: HashAlgorithm) -> Self {
        let signed_attributes = signed_data::signed_attributes(&content_type, &hash.digest(&content), &[]);
        Self { hash, content_type, content, signed_attributes }
    }

    /// What the document signer signs: the DER of the signed attributes.
    pub(crate) fn to_be_signed(&self) -> &[u8] {
        &self.signed_attributes
    }

    /// Verifies the signature, and only then makes the ContentInfo.
    pub(crate) fn sign(
        &self,
        signature: &[u8],
        signer: &SignerCertificate,
        now: DateTime,
    ) -> Result<Vec<u8>, SealError> {
        signer.check_at(now)?;
        if signer.algorithm.hash() != self.hash {
            return Err(SealErrorKind::HashAlgorithmMismatch.into());
        }
        let verified = signer.key.verify(signer.algorithm, &self.signed_attributes, signature);
        verified.map_err(|_| SealErrorKind::Signature)?;
        Ok(signer.signed_data.content_info(&self.content_type, &self.content, &self.signed_attributes, signature))
    }
}

/// Hash and key must be of one strength: the rule for making is stricter than that for verifying.
fn check_fit(algorithm: SignatureAlgorithm, key: &VerifyingKey) -> Result<(), SealError> {
    algorithm.fits(key.public()).map_err(|refused| {
        match refused.kind() {
            CryptoErrorKind::HashMismatch => SealErrorKind::HashAlgorithmMismatch,
            CryptoErrorKind::AlgorithmMismatch => SealErrorKind::SignatureAlgorithm,
            _ => SealErrorKind::PublicKey,
        }
        .into()
    })
}
