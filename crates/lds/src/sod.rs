//! EF.SOD, the document security object: the file around DER that other crates read.

use sigillo_tlv::{encode, single};

use crate::error::LdsError;
use crate::octets::wrapped;

/// EF.SOD, the document security object.
///
/// | tag  | bytes | content                                            |
/// |------|-------|----------------------------------------------------|
/// | `77` |       | the whole file                                     |
/// | `30` |       | DER, CMS ContentInfo with SignedData, kept as it is |
///
/// Spec: `icao-9303-10#ef-sod`.
#[derive(Clone, Eq, PartialEq)]
pub struct EfSod {
    signed_data: Vec<u8>,
}

/// The hash of DG1 inside would let a guesser confirm a name.
impl std::fmt::Debug for EfSod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EfSod({} octets)", self.signed_data.len())
    }
}

impl EfSod {
    /// Wraps DER.
    ///
    /// # Errors
    ///
    /// The codes of the TLV structure unless the bytes are exactly one element with tag `30`.
    pub fn new(signed_data: Vec<u8>) -> Result<Self, LdsError> {
        single(&signed_data, 0x30)?;
        Ok(Self { signed_data })
    }

    /// The DER inside.
    #[must_use]
    pub fn signed_data(&self) -> &[u8] {
        &self.signed_data
    }

    /// The whole file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(0x77, &self.signed_data)
    }

    /// Reads the whole file.
    ///
    /// # Errors
    ///
    /// The codes of the TLV structure, or `lds.not-canonical`.
    pub fn decode(bytes: &[u8]) -> Result<Self, LdsError> {
        wrapped(bytes, 0x77, Self::new, Self::encode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_element_and_nothing_else() {
        let bytes = [0x77, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00];
        let file = EfSod::decode(&bytes).unwrap();
        assert_eq!((file.signed_data(), file.encode().as_slice()), (&bytes[2..], &bytes[..]));
        assert_eq!(EfSod::decode(&[0x77, 0x81, 0x02, 0x30, 0x00]).unwrap_err().code(), "lds.not-canonical");
        assert_eq!(EfSod::decode(&[0x77, 0x03, 0x30, 0x00, 0x00]).unwrap_err().code(), "lds.trailing-bytes");
        assert_eq!(EfSod::decode(&[0x77, 0x02, 0x04, 0x00]).unwrap_err().code(), "lds.tag-unexpected");
    }
}
