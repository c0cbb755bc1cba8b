use const_oid::db::rfc5911::{ID_CONTENT_TYPE, ID_MESSAGE_DIGEST, ID_SIGNED_DATA};
use const_oid::db::rfc5912::ECDSA_WITH_SHA_256;
use der::asn1::ObjectIdentifier;
use jiff::civil::DateTime;
use sigillo_crypto::{HashAlgorithm, SignatureAlgorithm};

use crate::asn1::{
    CONTEXT_0, INTEGER, OCTET_STRING, SEQUENCE, SET, algorithm_without_parameters, element, oid_element,
};
use crate::error::{SealError, SealErrorKind};
use crate::x509::{Certificate, check_document_signer, check_validity, find_issuer};

/// A document signer's certificate whose chain was verified: the verdict is kept, so that one document costs one
/// verification.
#[derive(Clone, Debug)]
pub struct SignerCertificate {
    certificate: Certificate,
    anchor: Certificate,
    /// Version, issuer and serial number, digest algorithm: the same in every document.
    signer_info_head: Vec<u8>,
    /// The certificates field.
    certificates: Vec<u8>,
}

/// A content that was hashed and waits for a document signer's signature.
pub(crate) struct Unsigned {
    content_type: ObjectIdentifier,
    content: Vec<u8>,
    signed_attributes: Vec<u8>,
}

impl SignerCertificate {
    /// Verifies a document signer's certificate against the trust anchors; times are judged at each sealing.
    ///
    /// Only keys that go with the hash of [`prepare`] are taken: P-256.
    ///
    /// # Errors
    ///
    /// `seal.chain-unknown-issuer`, `seal.chain-signature`, `seal.signature-algorithm`, `seal.public-key`,
    /// `seal.issuer-not-authority`, `seal.issuer-key-usage`, `seal.signer-is-authority`, `seal.signer-key-usage`,
    /// `seal.critical-extension`.
    pub fn verify(certificate: Certificate, anchors: &[Certificate]) -> Result<Self, SealError> {
        let anchor = find_issuer(&certificate, anchors)?.clone();
        check_document_signer(&certificate)?;
        if certificate.public_key()?.p256_point().is_none() {
            return Err(SealErrorKind::PublicKey.into());
        }
        let issuer_and_serial =
            element(SEQUENCE, &[certificate.issuer_der(), &element(INTEGER, &[certificate.serial_number()])]);
        let signer_info_head = [
            element(INTEGER, &[&[SIGNER_INFO_VERSION]]),
            issuer_and_serial,
            algorithm_without_parameters(&HashAlgorithm::Sha256.oid()),
        ]
        .concat();
        let certificates = element(CONTEXT_0, &[certificate.der()]);
        Ok(Self { certificate, anchor, signer_info_head, certificates })
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
        let hash_algorithm = algorithm_without_parameters(&HASH.oid());
        let content = element(CONTEXT_0, &[&element(OCTET_STRING, &[&message.content])]);
        // In the message the signed attributes stand under [0]; what is signed is the same bytes as a SET OF.
        let attributes = message.signed_attributes.split_first().map(|(_, rest)| rest).unwrap_or_default();
        let signer_info = element(
            SEQUENCE,
            &[
                &self.signer_info_head,
                &[CONTEXT_0_OCTET],
                attributes,
                &algorithm_without_parameters(&ECDSA_WITH_SHA_256),
                &element(OCTET_STRING, &[signature]),
            ],
        );
        let signed_data = element(
            SEQUENCE,
            &[
                &element(INTEGER, &[&[SIGNED_DATA_VERSION]]),
                &element(SET, &[&hash_algorithm]),
                &element(SEQUENCE, &[&oid_element(&message.content_type), &content]),
                &self.certificates,
                &element(SET, &[&signer_info]),
            ],
        );
        element(SEQUENCE, &[&oid_element(&ID_SIGNED_DATA), &element(CONTEXT_0, &[&signed_data])])
    }
}

impl Unsigned {
    /// Hashes a content by SHA-256, which goes with P-256 (decision D11).
    pub(crate) fn new(content_type: ObjectIdentifier, content: Vec<u8>) -> Self {
        let signed_attributes = signed_attributes(&content_type, &HASH.digest(&content));
        Self { content_type, content, signed_attributes }
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
        let key = signer.certificate.public_key()?;
        key.verify(SignatureAlgorithm::Ecdsa(HASH), &self.signed_attributes, signature)
            .map_err(|_| SealErrorKind::Signature)?;
        Ok(signer.content_info(self, signature))
    }
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

const HASH: HashAlgorithm = HashAlgorithm::Sha256;
const SIGNED_DATA_VERSION: u8 = 3;
const SIGNER_INFO_VERSION: u8 = 1;
const CONTEXT_0_OCTET: u8 = 0xA0;
