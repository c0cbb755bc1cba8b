use std::fmt;

/// A BER tag as the number its octets spell, big-endian: `0x61`, `0x5F1F`, `0x7F61`.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Tag(u32);

impl Tag {
    /// Takes a tag by number. Only tags that [`Reader`](crate::Reader) can return are ever equal to it.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The octets of the tag as one big-endian number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Whether the value is itself a sequence of TLVs (bit 6 of the first octet).
    #[must_use]
    pub const fn is_constructed(self) -> bool {
        let first = match self.0 {
            0..=0xFF => self.0,
            0x100..=0xFFFF => self.0 >> 8,
            _ => self.0 >> 16,
        };
        first & 0x20 != 0
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.0)
    }
}
