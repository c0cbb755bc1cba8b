use std::fmt;

use crate::error::{CvcError, CvcErrorKind};

/// The name of a public key: who holds it, and which of his keys it is.
///
/// | offset | octets | content |
/// |---|---|---|
/// | 0 | 2 | country, ISO 3166-1 alpha-2 |
/// | 2 | 0 to 9 | mnemonic of the holder, ISO 8859-1 |
/// | end less 5 | 5 | sequence number: digits and capital letters |
///
/// Spec: `bsi-tr-03110-3#references`.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
pub struct HolderReference {
    octets: Vec<u8>,
}

impl HolderReference {
    /// Puts one together; the mnemonic is ISO 8859-1 in the text's first 256 characters.
    ///
    /// # Errors
    ///
    /// `cvc.reference` unless the parts are as the table says.
    pub fn new(country: &str, mnemonic: &str, sequence: &str) -> Result<Self, CvcError> {
        let octets: Option<Vec<u8>> =
            [country, mnemonic, sequence].into_iter().flat_map(str::chars).map(|c| u8::try_from(c).ok()).collect();
        match octets {
            Some(octets) if country.len() == 2 && sequence.len() == 5 => Self::decode(&octets),
            _ => Err(CvcError::new(CvcErrorKind::Reference)),
        }
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// `cvc.reference` unless it is as the table says.
    pub fn decode(octets: &[u8]) -> Result<Self, CvcError> {
        let refused = CvcError::new(CvcErrorKind::Reference);
        let (country, rest) = octets.split_at_checked(2).ok_or(refused)?;
        let (mnemonic, sequence) = rest.split_at_checked(rest.len().wrapping_sub(5)).ok_or(refused)?;
        let assigned = |octet: &u8| matches!(octet, 0x20..=0x7E | 0xA0..=0xFF);
        let well_formed = country.iter().all(u8::is_ascii_uppercase)
            && mnemonic.len() <= 9
            && mnemonic.iter().all(assigned)
            && sequence.iter().all(|octet| octet.is_ascii_digit() || octet.is_ascii_uppercase());
        if well_formed { Ok(Self { octets: octets.to_vec() }) } else { Err(refused) }
    }

    /// The reference of the holder's next key: the sequence number counted up, in decimal if it is all digits, else its last
    /// three characters over digits and letters, so that the issuer's country in its first two stays; `None` when no number
    /// is left.
    ///
    /// Spec: `bsi-tr-03139#naming`.
    #[must_use]
    pub fn successor(&self) -> Option<Self> {
        let (name, sequence) = self.octets.split_at_checked(self.octets.len().checked_sub(5)?)?;
        let is_decimal = sequence.iter().all(u8::is_ascii_digit);
        let (kept, counted) = sequence.split_at_checked(if is_decimal { 0 } else { 2 })?;
        let mut counted = counted.to_vec();
        for digit in counted.iter_mut().rev() {
            match *digit {
                b'9' if !is_decimal => *digit = b'A',
                b'9' | b'Z' => {
                    *digit = b'0';
                    continue;
                }
                other => *digit = other + 1,
            }
            return Some(Self { octets: [name, kept, &counted].concat() });
        }
        None
    }

    /// The octets, as certificates, commands and EF.CVCA carry them.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The country.
    #[must_use]
    pub fn country(&self) -> String {
        text(self.octets.get(..2))
    }

    /// The holder's mnemonic.
    #[must_use]
    pub fn mnemonic(&self) -> String {
        text(self.octets.len().checked_sub(5).and_then(|end| self.octets.get(2..end)))
    }

    /// The sequence number.
    #[must_use]
    pub fn sequence(&self) -> String {
        text(self.octets.len().checked_sub(5).and_then(|start| self.octets.get(start..)))
    }
}

impl fmt::Display for HolderReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(Some(&self.octets)))
    }
}

impl fmt::Debug for HolderReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HolderReference({self})")
    }
}

/// ISO 8859-1 is the first 256 characters of Unicode.
fn text(octets: Option<&[u8]>) -> String {
    octets.unwrap_or_default().iter().map(|octet| char::from(*octet)).collect()
}
