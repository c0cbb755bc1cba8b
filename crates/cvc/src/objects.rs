//! Data objects of certificates: tags, and a reader that insists on DER.

use sigillo_tlv::{Reader, Tlv, encoded_length};

use crate::error::{CvcError, CvcErrorKind};

// Spec: `bsi-tr-03110-3#data-objects`.
pub(crate) const OBJECT_IDENTIFIER: u32 = 0x06;
pub(crate) const AUTHORITY_REFERENCE: u32 = 0x42;
pub(crate) const DISCRETIONARY_DATA: u32 = 0x53;
pub(crate) const EXTENSIONS: u32 = 0x65;
pub(crate) const AUTHENTICATION: u32 = 0x67;
pub(crate) const HOLDER_REFERENCE: u32 = 0x5F20;
pub(crate) const EXPIRATION_DATE: u32 = 0x5F24;
pub(crate) const EFFECTIVE_DATE: u32 = 0x5F25;
pub(crate) const PROFILE_IDENTIFIER: u32 = 0x5F29;
pub(crate) const SIGNATURE: u32 = 0x5F37;
pub(crate) const CERTIFICATE: u32 = 0x7F21;
pub(crate) const PUBLIC_KEY: u32 = 0x7F49;
pub(crate) const TEMPLATE: u32 = 0x7F4C;
pub(crate) const BODY: u32 = 0x7F4E;

/// Version 1 of the certificate profile.
pub(crate) const PROFILE_VERSION_1: u8 = 0;

/// The next data object, which must have this tag and a length in the fewest octets.
pub(crate) fn expect<'a>(reader: &mut Reader<'a>, tag: u32) -> Result<Tlv<'a>, CvcError> {
    shortest(reader.expect(tag)?)
}

/// The next data object if it has this tag.
pub(crate) fn optional<'a>(reader: &mut Reader<'a>, tag: u32) -> Result<Option<Tlv<'a>>, CvcError> {
    reader.optional(tag)?.map(shortest).transpose()
}

/// The one data object of the octets.
pub(crate) fn single(octets: &[u8], tag: u32) -> Result<Tlv<'_>, CvcError> {
    shortest(sigillo_tlv::single(octets, tag)?)
}

/// Version 1 of the profile.
pub(crate) fn profile(reader: &mut Reader<'_>) -> Result<(), CvcError> {
    match expect(reader, PROFILE_IDENTIFIER)?.value {
        [PROFILE_VERSION_1] => Ok(()),
        _ => Err(CvcError::new(CvcErrorKind::ProfileVersion)),
    }
}

fn shortest(tlv: Tlv<'_>) -> Result<Tlv<'_>, CvcError> {
    let length = encoded_length(tlv.tag.number(), tlv.value.len());
    if tlv.raw.len() == length { Ok(tlv) } else { Err(CvcError::new(CvcErrorKind::LengthForm)) }
}
