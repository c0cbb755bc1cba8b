use const_oid::db::rfc5911::{ID_CONTENT_TYPE, ID_MESSAGE_DIGEST, ID_SIGNED_DATA};
use der::asn1::ObjectIdentifier;
use jiff::civil::DateTime;
use sigillo_crypto::{Backend, CryptoErrorKind, HashAlgorithm, KeyAlgorithm, SignatureAlgorithm, VerifyingKey};

use crate::algorithm::signature_algorithm_identifier;
use crate::asn1::{
    CONTEXT_0, INTEGER, OCTET_STRING, SEQUENCE, SET, algorithm_without_parameters, element, oid_element,
};
use crate::error::{SealError, SealErrorKind};
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
    /// The digest algorithm's identifier.
    digest_algorithm: Vec<u8>,
    /// Version, issuer and serial number, digest algorithm.
    signer_info_head: Vec<u8>,
    /// The signature algorithm's identifier.
    signature_algorithm: Vec<u8>,
    /// The certificates field.
    certificates: Vec<u8>,
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
        let key = certificate.public_key()?.clone();
        let algorithm = KeyAlgorithm::of(&key).map(SignatureAlgorithm::for_key).ok_or(SealErrorKind::PublicKey)?;
        let certificates = element(CONTEXT_0, &[certificate.der()]);
        let signer = Self {
            certificate,
            anchor,
            key: VerifyingKey::new(key, Backend::Pure),
            algorithm,
            digest_algorithm: Vec::new(),
            signer_info_head: Vec::new(),
            signature_algorithm: Vec::new(),
            certificates,
        };
        signer.signing_by(algorithm)
    }

    /// Seals by another algorithm that goes with its key: for RSA, PKCS#1 v1.5 or PSS with SHA-256, SHA-384 or SHA-512.
    ///
    /// # Errors
    ///
    /// `seal.hash-algorithm-mismatch` for a hash that does not go with the key, `seal.signature-algorithm` for the algorithm
    /// of another kind of key.
    pub fn signing_by(self, algorithm: SignatureAlgorithm) -> Result<Self, SealError> {
        check_fit(algorithm, &self.key)?;
        let certificate = &self.certificate;
        let issuer_and_serial =
            element(SEQUENCE, &[certificate.issuer_der(), &element(INTEGER, &[certificate.serial_number()])]);
        let digest_algorithm = algorithm_without_parameters(&algorithm.hash().oid());
        let version = element(INTEGER, &[&[SIGNER_INFO_VERSION]]);
        Ok(Self {
            algorithm,
            signer_info_head: [version, issuer_and_serial, digest_algorithm.clone()].concat(),
            digest_algorithm,
            signature_algorithm: signature_algorithm_identifier(algorithm)?,
            ..self
        })
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

    /// ContentInfo with the message and the certificate; the signature was verified.
    fn content_info(&self, message: &Unsigned, signature: &[u8]) -> Vec<u8> {
        let content = element(CONTEXT_0, &[&element(OCTET_STRING, &[&message.content])]);
        // In the message the signed attributes stand under [0]; what is signed is the same bytes as a SET OF.
        let attributes = message.signed_attributes.split_first().map(|(_, rest)| rest).unwrap_or_default();
        let signer_info = element(
            SEQUENCE,
            &[
                &self.signer_info_head,
                &[CONTEXT_0_OCTET],
                attributes,
                &self.signature_algorithm,
                &element(OCTET_STRING, &[signature]),
            ],
        );
        let signed_data = element(
            SEQUENCE,
            &[
                &element(INTEGER, &[&[SIGNED_DATA_VERSION]]),
                &element(SET, &[&self.digest_algorithm]),
                &element(SEQUENCE, &[&oid_element(&message.content_type), &content]),
                &self.certificates,
                &element(SET, &[&signer_info]),
            ],
        );
        element(SEQUENCE, &[&oid_element(&ID_SIGNED_DATA), &element(CONTEXT_0, &[&signed_data])])
    }
}

impl Unsigned {
    /// Hashes a content by the hash of the signature that will come.
    pub(crate) fn new(content_type: ObjectIdentifier, content: Vec<u8>, hash: HashAlgorithm) -> Self {
        let signed_attributes = signed_attributes(&content_type, &hash.digest(&content));
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
        Ok(signer.content_info(self, signature))
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

/// `SignedAttributes` as the SET OF that is signed: content type, then message digest (this is also DER's order).
fn signed_attributes(content_type: &ObjectIdentifier, message_digest: &[u8]) -> Vec<u8> {
    let content_type = element(SET, &[&oid_element(content_type)]);
    let digest = element(SET, &[&element(OCTET_STRING, &[message_digest])]);
    element(
        SET,
        &[
            &element(SEQUENCE, &[&oid_element(&ID_CONTENT_TYPE), &content_type]),
            &element(SEQUENCE, &[&oid_element(&ID_MESSAGE_DIGEST), &digest]),
        ],
    )
}

const SIGNED_DATA_VERSION: u8 = 3;
const SIGNER_INFO_VERSION: u8 = 1;
const CONTEXT_0_OCTET: u8 = 0xA0;
