//! DG15, Active Authentication public key info: the file around DER that other crates read.

use sigillo_tlv::{encode, single};

use crate::error::LdsError;
use crate::octets::wrapped;

/// DG15, Active Authentication public key info.
///
/// | tag  | bytes | content                                     |
/// |------|-------|---------------------------------------------|
/// | `6F` |       | the whole file                              |
/// | `30` |       | DER, SubjectPublicKeyInfo, kept as it is |
///
/// Spec: `icao-9303-10#dg15`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dg15 {
    public_key_info: Vec<u8>,
}

impl Dg15 {
    /// Wraps DER.
    ///
    /// # Errors
    ///
    /// The codes of the TLV structure unless the bytes are exactly one element with tag `30`.
    pub fn new(public_key_info: Vec<u8>) -> Result<Self, LdsError> {
        single(&public_key_info, 0x30)?;
        Ok(Self { public_key_info })
    }

    /// The DER inside.
    #[must_use]
    pub fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    /// The whole file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(0x6F, &self.public_key_info)
    }

    /// Reads the whole file.
    ///
    /// # Errors
    ///
    /// The codes of the TLV structure, or `lds.not-canonical`.
    pub fn decode(bytes: &[u8]) -> Result<Self, LdsError> {
        wrapped(bytes, 0x6F, Self::new, Self::encode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_element_and_nothing_else() {
        let bytes = [0x6F, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00];
        let file = Dg15::decode(&bytes).unwrap();
        assert_eq!((file.public_key_info(), file.encode().as_slice()), (&bytes[2..], &bytes[..]));
        assert_eq!(Dg15::decode(&[0x6F, 0x81, 0x02, 0x30, 0x00]).unwrap_err().code(), "lds.not-canonical");
        assert_eq!(Dg15::decode(&[0x6F, 0x03, 0x30, 0x00, 0x00]).unwrap_err().code(), "lds.trailing-bytes");
        assert_eq!(Dg15::decode(&[0x6F, 0x02, 0x31, 0x00]).unwrap_err().code(), "lds.tag-unexpected");
        assert_eq!(Dg15::decode(&[0x6E, 0x02, 0x30, 0x00]).unwrap_err().code(), "lds.tag-unexpected");
    }
}
