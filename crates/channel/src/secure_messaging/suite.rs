use sigillo_crypto::{padding, tdes};
use sigillo_secret::SessionKey;
use zeroize::Zeroizing;

use super::counter::SendSequenceCounter;
use crate::error::ChannelError;

pub(super) const MAC_LENGTH: usize = 8;

/// The algorithms of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Suite {
    /// Two-key triple DES in CBC mode with a zero initial vector, and the retail MAC; what BAC agrees on.
    TripleDes,
}

/// What a key agreement yields: suite, two keys and the counter.
#[derive(Debug)]
pub struct SessionKeys {
    suite: Suite,
    enc: SessionKey,
    mac: SessionKey,
    counter: SendSequenceCounter,
}

impl Suite {
    /// The block length of the cipher, in octets.
    #[must_use]
    pub const fn block_length(self) -> usize {
        match self {
            Self::TripleDes => 8,
        }
    }

    const fn key_length(self) -> usize {
        match self {
            Self::TripleDes => 16,
        }
    }
}

impl SessionKeys {
    /// Joins what a key agreement yielded.
    ///
    /// # Errors
    ///
    /// `channel.key-length` if a key is not of the suite's length.
    pub fn new(
        suite: Suite,
        enc: SessionKey,
        mac: SessionKey,
        counter: SendSequenceCounter,
    ) -> Result<Self, ChannelError> {
        match [enc.len(), mac.len()].into_iter().find(|found| *found != suite.key_length()) {
            Some(found) => Err(ChannelError::KeyLength { found }),
            None => Ok(Self { suite, enc, mac, counter }),
        }
    }

    /// The algorithms.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    pub(super) fn advance(&mut self) -> Result<(), ChannelError> {
        self.counter = self.counter.advance()?;
        Ok(())
    }

    pub(super) fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let mut data = padding::pad(plain, self.suite.block_length());
        match self.suite {
            Suite::TripleDes => tdes::cbc_encrypt(&self.enc, &[0; 8], &mut data)?,
        }
        Ok(data)
    }

    pub(super) fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, ChannelError> {
        let block = self.suite.block_length();
        if !cipher.len().is_multiple_of(block) {
            return Err(ChannelError::SmPadding);
        }
        let mut data = Zeroizing::new(cipher.to_vec());
        match self.suite {
            Suite::TripleDes => tdes::cbc_decrypt(&self.enc, &[0; 8], &mut data)?,
        }
        let length = padding::unpad(&data, block).ok_or(ChannelError::SmPadding)?.len();
        data.truncate(length);
        Ok(data)
    }

    /// The checksum over counter, header (of a command) and objects.
    pub(super) fn checksum(&self, header: Option<[u8; 4]>, objects: &[u8]) -> Result<[u8; MAC_LENGTH], ChannelError> {
        let block = self.suite.block_length();
        let counter = self.counter.value().to_be_bytes();
        let header = header.map(|header| padding::pad(&header, block)).unwrap_or_default();
        let objects = if objects.is_empty() { Vec::new() } else { padding::pad(objects, block) };
        match self.suite {
            Suite::TripleDes => Ok(tdes::retail_mac(&self.mac, &[&counter, &header, &objects])?),
        }
    }
}
