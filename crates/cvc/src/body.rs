use sigillo_tlv::{Reader, encode, encode_into};

use crate::date::CvDate;
use crate::error::CvcError;
use crate::objects::{
    AUTHORITY_REFERENCE, BODY, EFFECTIVE_DATE, EXPIRATION_DATE, EXTENSIONS, HOLDER_REFERENCE, OBJECT_IDENTIFIER,
    PROFILE_IDENTIFIER, PROFILE_VERSION_1, PUBLIC_KEY, TEMPLATE, expect, optional, profile, single,
};
use crate::public_key::CvPublicKey;
use crate::reference::HolderReference;
use crate::template::Chat;

/// What a certificate says, in the order of its data objects.
///
/// | tag | content |
/// |---|---|
/// | 5F29 | 00, version 1 of the profile |
/// | 42 | reference of the issuer's key |
/// | 7F49 | public key |
/// | 5F20 | reference of this key |
/// | 7F4C | authorization template |
/// | 5F25 | effective date: the day it was made |
/// | 5F24 | expiration date: the last day |
/// | 65 | extensions, optional |
///
/// Spec: `bsi-tr-03110-3#certificate-profile`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateBody {
    /// The reference of the issuer's key.
    pub authority: HolderReference,
    /// The key.
    pub public_key: CvPublicKey,
    /// The reference of the key.
    pub holder: HolderReference,
    /// What the key is for.
    pub template: Chat,
    /// The first day.
    pub effective: CvDate,
    /// The last day.
    pub expiration: CvDate,
    /// The extensions, tag 65 included: they are never critical, and kept as they are.
    pub extensions: Option<Vec<u8>>,
}

impl CertificateBody {
    /// Reads a body, tag 7F4E included.
    ///
    /// # Errors
    ///
    /// `cvc.objects`, `cvc.length-form`, `cvc.profile-version`, `cvc.reference`, `cvc.date`, `cvc.template` or
    /// `cvc.public-key`.
    pub fn decode(octets: &[u8]) -> Result<Self, CvcError> {
        let mut reader = single(octets, BODY)?.reader();
        profile(&mut reader)?;
        let body = Self {
            authority: HolderReference::decode(expect(&mut reader, AUTHORITY_REFERENCE)?.value)?,
            public_key: CvPublicKey::decode(expect(&mut reader, PUBLIC_KEY)?.raw)?,
            holder: HolderReference::decode(expect(&mut reader, HOLDER_REFERENCE)?.value)?,
            template: Chat::decode(expect(&mut reader, TEMPLATE)?.raw)?,
            effective: CvDate::decode(expect(&mut reader, EFFECTIVE_DATE)?.value)?,
            expiration: CvDate::decode(expect(&mut reader, EXPIRATION_DATE)?.value)?,
            extensions: extensions(&mut reader)?,
        };
        reader.finish()?;
        Ok(body)
    }

    /// Writes it, tag 7F4E included.
    ///
    /// # Errors
    ///
    /// `cvc.public-key` if the key's algorithm has no object identifier.
    pub fn encode(&self) -> Result<Vec<u8>, CvcError> {
        let mut content = encode(PROFILE_IDENTIFIER, &[PROFILE_VERSION_1]);
        encode_into(&mut content, AUTHORITY_REFERENCE, self.authority.octets());
        content.extend(self.public_key.encode()?);
        encode_into(&mut content, HOLDER_REFERENCE, self.holder.octets());
        content.extend(self.template.encode());
        encode_into(&mut content, EFFECTIVE_DATE, &self.effective.encode());
        encode_into(&mut content, EXPIRATION_DATE, &self.expiration.encode());
        content.extend(self.extensions.as_deref().unwrap_or_default());
        Ok(encode(BODY, &content))
    }
}

/// Extensions if there are any: discretionary data templates that each begin with an object identifier.
///
/// Spec: `bsi-tr-03110-3#certificate-extensions`.
pub(crate) fn extensions(reader: &mut Reader<'_>) -> Result<Option<Vec<u8>>, CvcError> {
    let Some(extensions) = optional(reader, EXTENSIONS)? else { return Ok(None) };
    let mut templates = extensions.reader();
    while templates.peek_tag()?.is_some() {
        let template = expect(&mut templates, DISCRETIONARY_DATA_TEMPLATE)?;
        expect(&mut template.reader(), OBJECT_IDENTIFIER)?;
    }
    Ok(Some(extensions.raw.to_vec()))
}

const DISCRETIONARY_DATA_TEMPLATE: u32 = 0x73;
