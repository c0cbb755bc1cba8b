//! DG14, security options: the file around DER that other crates read.

use sigillo_tlv::{encode, single};

use crate::error::LdsError;
use crate::octets::wrapped;

/// DG14, security options.
///
/// | tag  | bytes | content                                            |
/// |------|-------|----------------------------------------------------|
/// | `6E` |       | the whole file                                     |
/// | `31` |       | DER, SET of SecurityInfo, kept as it is |
///
/// Spec: `icao-9303-10#dg14`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dg14 {
    security_infos: Vec<u8>,
}

impl Dg14 {
    /// Wraps DER.
    ///
    /// # Errors
    ///
    /// The codes of the TLV structure unless the bytes are exactly one element with tag `31`.
    pub fn new(security_infos: Vec<u8>) -> Result<Self, LdsError> {
        single(&security_infos, 0x31)?;
        Ok(Self { security_infos })
    }

    /// The DER inside.
    #[must_use]
    pub fn security_infos(&self) -> &[u8] {
        &self.security_infos
    }

    /// The whole file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(0x6E, &self.security_infos)
    }

    /// Reads the whole file.
    ///
    /// # Errors
    ///
    /// The codes of the TLV structure, or `lds.not-canonical`.
    pub fn decode(bytes: &[u8]) -> Result<Self, LdsError> {
        wrapped(bytes, 0x6E, Self::new, Self::encode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_element_and_nothing_else() {
        let bytes = [0x6E, 0x05, 0x31, 0x03, 0x02, 0x01, 0x00];
        let file = Dg14::decode(&bytes).unwrap();
        assert_eq!((file.security_infos(), file.encode().as_slice()), (&bytes[2..], &bytes[..]));
        assert_eq!(Dg14::decode(&[0x6E, 0x81, 0x02, 0x31, 0x00]).unwrap_err().code(), "lds.not-canonical");
        assert_eq!(Dg14::decode(&[0x6E, 0x03, 0x31, 0x00, 0x00]).unwrap_err().code(), "lds.trailing-bytes");
        assert_eq!(Dg14::decode(&[0x6E, 0x02, 0x04, 0x00]).unwrap_err().code(), "lds.tag-unexpected");
    }
}
