//! The data fields of both forms of MSE, as both ends write and read them.

use sigillo_cvc::HolderReference;
use sigillo_tlv::{TlvError, encode, single};

use crate::error::ChannelError;

const KEY_REFERENCE: u32 = 0x83;

/// Whose key: one object 83.
pub(super) fn key_reference(holder: &HolderReference) -> Vec<u8> {
    encode(KEY_REFERENCE, holder.octets())
}

/// The one object 83.
pub(super) fn read_key_reference(data: &[u8]) -> Result<HolderReference, ChannelError> {
    let malformed = |error: TlvError| ChannelError::TaObject { at: error.at() };
    let object = single(data, KEY_REFERENCE).map_err(malformed)?;
    HolderReference::decode(object.value).map_err(|_| ChannelError::TaObject { at: object.value_at() })
}
