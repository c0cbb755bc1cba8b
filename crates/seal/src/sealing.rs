use const_oid::db::rfc5911::{ID_CONTENT_TYPE, ID_MESSAGE_DIGEST, ID_SIGNED_DATA};
use const_oid::db::rfc5912::ECDSA_WITH_SHA_256;
use jiff::civil::DateTime;
use sigillo_crypto::{HashAlgorithm, SignatureAlgorithm, sha256};
use std::collections::BTreeMap;

use crate::asn1::{
    CONTEXT_0, INTEGER, OCTET_STRING, SEQUENCE, SET, algorithm_without_parameters, element, oid_element,
};
use crate::document_security_object::LDS_SECURITY_OBJECT;
use crate::error::{SealError, SealErrorKind};
use crate::lds_security_object::{LdsSecurityObject, LdsVersion};
use crate::x509::{Certificate, check_document_signer, check_validity, find_issuer};

/// Hashes data groups (whole files, by number) and prepares what the document signer signs.
///
/// The hash algorithm is SHA-256, which goes with P-256 (decision D11).
///
/// Spec: `icao-9303-10#ef-sod`.
///
/// # Errors
///
/// `seal.group-number`, `seal.group-duplicate`, `seal.group-tag` (the file is not one whole data group of that number),
/// `seal.group-count`.
pub fn prepare(groups: &[(u8, &[u8])], lds_version: LdsVersion) -> Result<Hashed, SealError> {
    let hash_algorithm = HashAlgorithm::Sha256;
    let mut hashes = BTreeMap::new();
    for &(group, file) in groups {
        let tag = group.checked_sub(1).and_then(|index| GROUP_TAGS.get(usize::from(index)));
        let tag = *tag.ok_or(SealErrorKind::GroupNumber)?;
        sigillo_tlv::single(file, tag).map_err(|_| SealErrorKind::GroupTag { group })?;
        if hashes.insert(group, hash_algorithm.digest(file)).is_some() {
            return Err(SealErrorKind::GroupDuplicate { group }.into());
        }
    }
    let lds = LdsSecurityObject::new(hash_algorithm, hashes, lds_version)?;
    let content = lds.encode();
    let signed_attributes = signed_attributes(&hash_algorithm.digest(&content));
    Ok(Hashed { lds, content, signed_attributes })
}

/// Data groups that were hashed and wait for the document signer's signature.
pub struct Hashed {
    lds: LdsSecurityObject,
    content: Vec<u8>,
    signed_attributes: Vec<u8>,
}

/// An EF.SOD that this program verified after it was signed; from here no data group can change.
///
/// [`Hashed::seal`] is its only origin:
///
/// ```compile_fail
/// let forged = sigillo_seal::Seal { ef_sod: vec![0x77, 0x00], digest: [0; 32] };
/// ```
pub struct Seal {
    ef_sod: Vec<u8>,
    digest: [u8; 32],
}

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

/// The hash of DG1 inside would let a guesser confirm a name.
impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hashed({:?})", self.lds)
    }
}

/// The hash of DG1 inside would let a guesser confirm a name.
impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seal({} octets)", self.ef_sod.len())
    }
}

impl Hashed {
    /// What the document signer signs: the DER of the signed attributes, not the LDS security object itself.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.signed_attributes
    }

    /// The hashes.
    #[must_use]
    pub fn lds(&self) -> &LdsSecurityObject {
        &self.lds
    }

    /// Consumes the hashes and the signature (ECDSA with SHA-256, DER), verifies, and only then makes the EF.SOD.
    ///
    /// # Errors
    ///
    /// `seal.chain-expired`, `seal.chain-not-yet-valid`, `seal.signer-usage-period`, `seal.public-key`, `seal.signature`.
    pub fn seal(self, signature: &[u8], signer: &SignerCertificate, now: DateTime) -> Result<Seal, SealError> {
        signer.check_at(now)?;
        let algorithm = SignatureAlgorithm::Ecdsa(self.lds.hash_algorithm());
        signer
            .certificate
            .public_key()?
            .verify(algorithm, &self.signed_attributes, signature)
            .map_err(|_| SealErrorKind::Signature)?;
        let ef_sod = signer.ef_sod(&self, signature);
        Ok(Seal { digest: sha256(&ef_sod), ef_sod })
    }
}

impl Seal {
    /// The whole file, tag `77` included.
    #[must_use]
    pub fn ef_sod(&self) -> &[u8] {
        &self.ef_sod
    }

    /// SHA-256 of the whole file: with the chip's serial it names the card in the register.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }
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

    fn ef_sod(&self, hashed: &Hashed, signature: &[u8]) -> Vec<u8> {
        let hash_algorithm = algorithm_without_parameters(&hashed.lds.hash_algorithm().oid());
        let content = element(CONTEXT_0, &[&element(OCTET_STRING, &[&hashed.content])]);
        // In the message the signed attributes stand under [0]; what is signed is the same bytes as a SET OF.
        let attributes = hashed.signed_attributes.split_first().map(|(_, rest)| rest).unwrap_or_default();
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
                &element(SEQUENCE, &[&oid_element(&LDS_SECURITY_OBJECT), &content]),
                &self.certificates,
                &element(SET, &[&signer_info]),
            ],
        );
        let content_info = element(SEQUENCE, &[&oid_element(&ID_SIGNED_DATA), &element(CONTEXT_0, &[&signed_data])]);
        element(EF_SOD, &[&content_info])
    }
}

/// `SignedAttributes` as the SET OF that is signed: content type, then message digest (this is also DER's order).
fn signed_attributes(message_digest: &[u8]) -> Vec<u8> {
    let content_type = element(SET, &[&oid_element(&LDS_SECURITY_OBJECT)]);
    let digest = element(SET, &[&element(OCTET_STRING, &[message_digest])]);
    element(
        SET,
        &[
            &element(SEQUENCE, &[&oid_element(&ID_CONTENT_TYPE), &content_type]),
            &element(SEQUENCE, &[&oid_element(&ID_MESSAGE_DIGEST), &digest]),
        ],
    )
}

/// The tags of data groups 1 to 16 (ICAO 9303-10).
const GROUP_TAGS: [u32; 16] =
    [0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70];
const EF_SOD: u32 = 0x77;
const SIGNED_DATA_VERSION: u8 = 3;
const SIGNER_INFO_VERSION: u8 = 1;
const CONTEXT_0_OCTET: u8 = 0xA0;
