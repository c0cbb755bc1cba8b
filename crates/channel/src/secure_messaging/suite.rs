use sigillo_crypto::{aes_cmac, tdes};
use sigillo_secret::SessionKey;

use crate::error::ChannelError;

pub(super) const MAC_LENGTH: usize = 8;

/// The algorithms of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Suite {
    /// Two-key triple DES in CBC mode with a zero initial vector, and the retail MAC; what BAC agrees on.
    TripleDes,
    /// AES-128 in CBC mode with the encrypted counter as initial vector, and the first 8 octets of CMAC.
    Aes128,
    /// The same with AES-192.
    Aes192,
    /// The same with AES-256.
    Aes256,
}

impl Suite {
    /// The block length of the cipher, in octets.
    #[must_use]
    pub const fn block_length(self) -> usize {
        match self {
            Self::TripleDes => 8,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
        }
    }

    /// The length of each key, in octets.
    #[must_use]
    pub const fn key_length(self) -> usize {
        match self {
            Self::TripleDes | Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }

    /// Eight octets over parts that together are padded to whole blocks.
    pub(crate) fn mac(self, key: &SessionKey, padded: &[&[u8]]) -> Result<[u8; MAC_LENGTH], ChannelError> {
        match self {
            Self::TripleDes => Ok(tdes::retail_mac(key, padded)?),
            _ => {
                let [a, b, c, d, e, f, g, h, ..] = aes_cmac(key, padded)?;
                Ok([a, b, c, d, e, f, g, h])
            }
        }
    }
}
