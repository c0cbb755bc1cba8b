//! DG1: the MRZ.

use sigillo_tlv::{encode, single};

use crate::error::{LdsError, LdsErrorKind};
use crate::mrz::Td1;
use crate::octets::reproduced;

/// DG1 of a TD1 card.
///
/// | tag    | bytes | content                |
/// |--------|-------|------------------------|
/// | `61`   |       | the whole file         |
/// | `5F1F` | 90    | the three lines as one |
///
/// Spec: `icao-9303-10#dg1`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dg1 {
    /// The MRZ.
    pub mrz: Td1,
}

impl Dg1 {
    /// The whole file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(0x61, &encode(0x5F1F, self.mrz.text().as_bytes()))
    }

    /// Reads the whole file.
    ///
    /// # Errors
    ///
    /// The codes of the TLV structure, `lds.not-canonical`, or those of [`Td1::parse`].
    pub fn decode(bytes: &[u8]) -> Result<Self, LdsError> {
        let mut file = single(bytes, 0x61)?.reader();
        let field = file.expect(0x5F1F)?;
        file.finish()?;
        let character = LdsErrorKind::Character { field: "MRZ" };
        let text = str::from_utf8(field.value)
            .map_err(|error| LdsError::at_offset(character, field.value_at() + error.valid_up_to()))?;
        let mrz = Td1::parse(text).map_err(|error| error.behind(field.value_at()))?;
        reproduced(bytes, Self { mrz }, Self::encode)
    }
}
