use sigillo_tlv::{encode, encode_into};

use crate::authority::Authority;
use crate::certificate::CvCertificate;
use crate::date::CvDate;
use crate::error::{CvcError, CvcErrorKind};
use crate::objects::{
    BODY, EFFECTIVE_DATE, EXPIRATION_DATE, HOLDER_REFERENCE, PROFILE_IDENTIFIER, PROFILE_VERSION_1, PUBLIC_KEY,
    TEMPLATE, expect, profile, single,
};
use crate::public_key::CvPublicKey;
use crate::reference::HolderReference;
use crate::template::{Chat, Role};
use crate::verifying_key::VerifyingKey;

/// The public key of a root that a chip keeps, and what must be kept with it.
///
/// Stored as a certificate body without an issuer: 7F4E { 5F29, 7F49 with domain parameters, 5F20, 7F4C, 5F25, 5F24 }.
///
/// Spec: `bsi-tr-03110-3#trust-points`, `bsi-tr-03110-3#public-key-import`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustPoint {
    reference: HolderReference,
    key: VerifyingKey,
    template: Chat,
    effective: CvDate,
    expiration: CvDate,
}

impl TrustPoint {
    /// Takes a root's certificate when a chip is personalized: the signature of a self-signed one must verify, that of a
    /// link certificate cannot be judged here.
    ///
    /// # Errors
    ///
    /// `cvc.role` unless it is a root's, `cvc.domain-parameters` if it has none, `cvc.validity` or `cvc.signature`.
    pub fn from_certificate(certificate: &CvCertificate) -> Result<Self, CvcError> {
        if certificate.template().role() != Role::Cvca {
            return Err(CvcError::new(CvcErrorKind::Role));
        }
        if certificate.expiration() < certificate.effective() {
            return Err(CvcError::new(CvcErrorKind::Validity));
        }
        let key = VerifyingKey::resolve(certificate.public_key(), None)?;
        if certificate.authority() == certificate.holder() {
            certificate.verify(&key)?;
        }
        Ok(Self::new(certificate, key))
    }

    pub(crate) fn new(certificate: &CvCertificate, key: VerifyingKey) -> Self {
        Self {
            reference: certificate.holder().clone(),
            key,
            template: certificate.template().clone(),
            effective: certificate.effective(),
            expiration: certificate.expiration(),
        }
    }

    /// Reads a stored one.
    ///
    /// # Errors
    ///
    /// As [`crate::body::CertificateBody::decode`]; `cvc.role` and `cvc.domain-parameters` as [`Self::from_certificate`].
    pub fn decode(octets: &[u8]) -> Result<Self, CvcError> {
        let mut reader = single(octets, BODY)?.reader();
        profile(&mut reader)?;
        let key = CvPublicKey::decode(expect(&mut reader, PUBLIC_KEY)?.raw)?;
        let stored = Self {
            key: VerifyingKey::resolve(&key, None)?,
            reference: HolderReference::decode(expect(&mut reader, HOLDER_REFERENCE)?.value)?,
            template: Chat::decode(expect(&mut reader, TEMPLATE)?.raw)?,
            effective: CvDate::decode(expect(&mut reader, EFFECTIVE_DATE)?.value)?,
            expiration: CvDate::decode(expect(&mut reader, EXPIRATION_DATE)?.value)?,
        };
        reader.finish()?;
        if stored.template.role() == Role::Cvca { Ok(stored) } else { Err(CvcError::new(CvcErrorKind::Role)) }
    }

    /// Writes it for storage.
    ///
    /// # Errors
    ///
    /// `cvc.public-key` if the key's algorithm has no object identifier, which no certificate's lacks.
    pub fn encode(&self) -> Result<Vec<u8>, CvcError> {
        let mut content = encode(PROFILE_IDENTIFIER, &[PROFILE_VERSION_1]);
        content.extend(self.key.public_key().encode()?);
        encode_into(&mut content, HOLDER_REFERENCE, self.reference.octets());
        content.extend(self.template.encode());
        encode_into(&mut content, EFFECTIVE_DATE, &self.effective.encode());
        encode_into(&mut content, EXPIRATION_DATE, &self.expiration.encode());
        Ok(encode(BODY, &content))
    }

    /// The key as one that a terminal may select.
    #[must_use]
    pub fn authority(&self) -> Authority {
        Authority {
            reference: self.reference.clone(),
            key: self.key.clone(),
            terminal_type: self.template.terminal_type().clone(),
            role: Role::Cvca,
            rights: self.template.rights(),
            effective: self.effective,
            expiration: self.expiration,
        }
    }

    /// The reference that selects the key.
    #[must_use]
    pub const fn reference(&self) -> &HolderReference {
        &self.reference
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// What the key is for.
    #[must_use]
    pub const fn template(&self) -> &Chat {
        &self.template
    }

    /// The first day.
    #[must_use]
    pub const fn effective(&self) -> CvDate {
        self.effective
    }

    /// The last day on which it verifies certificates of document verifiers.
    #[must_use]
    pub const fn expiration(&self) -> CvDate {
        self.expiration
    }
}
