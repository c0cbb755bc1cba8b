//! CMS SignedData as we write it: one signer, its signed attributes, certificates inside. What strangers write is read by
//! [`crate::signed_message`].

use const_oid::db::rfc5911::{ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA};
use der::asn1::ObjectIdentifier;
use sigillo_crypto::SignatureAlgorithm;

use crate::algorithm::signature_algorithm_identifier;
use crate::asn1::{
    CONTEXT_0, CONTEXT_0_PRIMITIVE, INTEGER, OCTET_STRING, SEQUENCE, SET, algorithm_without_parameters, element,
    oid_element,
};
use crate::error::{SealError, SealErrorKind};
use crate::x509::Certificate;

/// What is the same in every message of a signer, in DER.
///
/// Spec: `rfc-5652#signed-data`.
#[derive(Clone, Debug)]
pub(crate) struct SignedData {
    /// Of the signer information.
    signer_version: u8,
    digest_algorithm: Vec<u8>,
    /// Version, signer identifier, digest algorithm.
    signer_info_head: Vec<u8>,
    signature_algorithm: Vec<u8>,
    /// The certificates field.
    certificates: Vec<u8>,
}

impl SignedData {
    /// The signer by issuer and serial number, as documents have it; its certificate alone inside.
    pub(crate) fn by_serial_number(signer: &Certificate, algorithm: SignatureAlgorithm) -> Result<Self, SealError> {
        let identifier = element(SEQUENCE, &[signer.issuer_der(), &element(INTEGER, &[signer.serial_number()])]);
        Self::new(VERSION_BY_SERIAL_NUMBER, &identifier, algorithm, &mut [signer.der()])
    }

    /// The signer by its key identifier, as lists have it; the certificate of its authority inside too.
    pub(crate) fn by_key_identifier(
        signer: &Certificate,
        authority: &Certificate,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, SealError> {
        let key_identifier = signer.subject_key_identifier().ok_or(SealErrorKind::Extension)?;
        let identifier = element(CONTEXT_0_PRIMITIVE, &[key_identifier]);
        Self::new(VERSION_BY_KEY_IDENTIFIER, &identifier, algorithm, &mut [signer.der(), authority.der()])
    }

    fn new(
        version: u8,
        identifier: &[u8],
        algorithm: SignatureAlgorithm,
        certificates: &mut [&[u8]],
    ) -> Result<Self, SealError> {
        certificates.sort_unstable();
        let digest_algorithm = algorithm_without_parameters(&algorithm.hash().oid());
        Ok(Self {
            signer_version: version,
            signer_info_head: [&element(INTEGER, &[&[version]]), identifier, &digest_algorithm].concat(),
            digest_algorithm,
            signature_algorithm: signature_algorithm_identifier(algorithm)?,
            certificates: element(CONTEXT_0, certificates),
        })
    }

    /// ContentInfo around a content and the signature over these attributes; nothing is verified here.
    pub(crate) fn content_info(
        &self,
        content_type: &ObjectIdentifier,
        content: &[u8],
        signed_attributes: &[u8],
        signature: &[u8],
    ) -> Vec<u8> {
        let content = element(CONTEXT_0, &[&element(OCTET_STRING, &[content])]);
        // In the message the signed attributes stand under [0]; what is signed is the same bytes as a SET OF.
        let attributes = signed_attributes.split_first().map(|(_, rest)| rest).unwrap_or_default();
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
        // Version 1 is for plain data of a signer by serial number, and for nothing else.
        let is_plain = *content_type == ID_DATA && self.signer_version == VERSION_BY_SERIAL_NUMBER;
        let version = if is_plain { PLAIN_DATA_VERSION } else { SIGNED_DATA_VERSION };
        let signed_data = element(
            SEQUENCE,
            &[
                &element(INTEGER, &[&[version]]),
                &element(SET, &[&self.digest_algorithm]),
                &element(SEQUENCE, &[&oid_element(content_type), &content]),
                &self.certificates,
                &element(SET, &[&signer_info]),
            ],
        );
        element(SEQUENCE, &[&oid_element(&ID_SIGNED_DATA), &element(CONTEXT_0, &[&signed_data])])
    }
}

/// `SignedAttributes` as the SET OF that is signed: content type, message digest, and what else there is, in DER's order.
pub(crate) fn signed_attributes(
    content_type: &ObjectIdentifier,
    message_digest: &[u8],
    more: &[(ObjectIdentifier, Vec<u8>)],
) -> Vec<u8> {
    let attribute =
        |oid: &ObjectIdentifier, value: &[u8]| element(SEQUENCE, &[&oid_element(oid), &element(SET, &[value])]);
    let mut attributes = vec![
        attribute(&ID_CONTENT_TYPE, &oid_element(content_type)),
        attribute(&ID_MESSAGE_DIGEST, &element(OCTET_STRING, &[message_digest])),
    ];
    attributes.extend(more.iter().map(|(oid, value)| attribute(oid, value)));
    attributes.sort();
    element(SET, &[&attributes.concat()])
}

const SIGNED_DATA_VERSION: u8 = 3;
const PLAIN_DATA_VERSION: u8 = 1;
const VERSION_BY_SERIAL_NUMBER: u8 = 1;
const VERSION_BY_KEY_IDENTIFIER: u8 = 3;
const CONTEXT_0_OCTET: u8 = 0xA0;
