//! What the parts of an image share: its versions, and how a part is refused.

use sigillo_tlv::{Tlv, TlvError};

/// Something that no chip writes, at this offset.
pub(super) struct Impossible(pub(super) usize);

impl From<TlvError> for Impossible {
    fn from(error: TlvError) -> Self {
        Self(error.at())
    }
}

/// What is written.
pub(super) const VERSION: u8 = 2;
/// What issue 2 wrote: chips with Basic Access Control and nothing more.
pub(super) const FIRST_VERSION: u8 = 1;

/// The value of an object that has one length.
pub(super) fn fixed<const N: usize>(tlv: &Tlv<'_>) -> Result<[u8; N], Impossible> {
    tlv.value.try_into().map_err(|_| Impossible(tlv.at))
}
