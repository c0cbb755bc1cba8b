use sigillo_crypto::{aes_cbc, padding, tdes};
use sigillo_secret::SessionKey;
use zeroize::Zeroizing;

use super::counter::SendSequenceCounter;
use super::suite::{MAC_LENGTH, Suite};
use crate::error::ChannelError;
use crate::key_derivation::{KeyPurpose, derive_key};

/// What a key agreement yields: suite, two keys and the counter.
#[derive(Debug)]
pub struct SessionKeys {
    suite: Suite,
    enc: SessionKey,
    mac: SessionKey,
    counter: SendSequenceCounter,
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

    /// Derives both keys from a shared secret.
    ///
    /// # Errors
    ///
    /// As [`derive_key`].
    pub fn derive(suite: Suite, secret: &[u8], counter: SendSequenceCounter) -> Result<Self, ChannelError> {
        let enc = derive_key(suite, secret, KeyPurpose::Encryption)?;
        Self::new(suite, enc, derive_key(suite, secret, KeyPurpose::Authentication)?, counter)
    }

    /// The algorithms.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// The counter of the last APDU.
    #[must_use]
    pub const fn counter(&self) -> SendSequenceCounter {
        self.counter
    }

    /// Puts the counter where no session would: for tests of how a chip takes a replayed or a skipped one.
    pub const fn set_counter(&mut self, counter: SendSequenceCounter) {
        self.counter = counter;
    }

    /// Moves the counter on.
    ///
    /// # Errors
    ///
    /// `channel.counter` where it would wrap.
    pub fn advance(&mut self) -> Result<(), ChannelError> {
        self.counter = self.counter.advance()?;
        Ok(())
    }

    pub(super) fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, ChannelError> {
        self.encrypt_blocks(padding::pad(plain, self.suite.block_length()))
    }

    /// Encrypts what is padded already, rightly or not.
    ///
    /// # Errors
    ///
    /// `crypto.block-length` unless there are whole blocks.
    pub fn encrypt_blocks(&self, mut data: Vec<u8>) -> Result<Vec<u8>, ChannelError> {
        match self.suite {
            Suite::TripleDes => tdes::cbc_encrypt(&self.enc, &[0; 8], &mut data)?,
            _ => aes_cbc::encrypt(&self.enc, &self.aes_vector()?, &mut data)?,
        }
        Ok(data)
    }

    /// Decrypts a cryptogram and takes the padding off.
    ///
    /// # Errors
    ///
    /// `sm.padding`.
    pub fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, ChannelError> {
        let block = self.suite.block_length();
        if !cipher.len().is_multiple_of(block) {
            return Err(ChannelError::SmPadding);
        }
        let mut data = Zeroizing::new(cipher.to_vec());
        match self.suite {
            Suite::TripleDes => tdes::cbc_decrypt(&self.enc, &[0; 8], &mut data)?,
            _ => aes_cbc::decrypt(&self.enc, &self.aes_vector()?, &mut data)?,
        }
        let length = padding::unpad(&data, block).ok_or(ChannelError::SmPadding)?.len();
        data.truncate(length);
        Ok(data)
    }

    /// The checksum over counter, header (of a command) and objects.
    ///
    /// # Errors
    ///
    /// Of the primitive; none with keys of the suite's length.
    pub fn checksum(&self, header: Option<[u8; 4]>, objects: &[u8]) -> Result<[u8; MAC_LENGTH], ChannelError> {
        let block = self.suite.block_length();
        let header = header.map(|header| padding::pad(&header, block)).unwrap_or_default();
        let objects = if objects.is_empty() { Vec::new() } else { padding::pad(objects, block) };
        let counter = self.counter_block();
        let counter = counter.get(counter.len() - block..).unwrap_or_default();
        self.suite.mac(&self.mac, &[counter, &header, &objects])
    }

    /// Under AES each direction of each exchange has an initial vector of its own.
    fn aes_vector(&self) -> Result<[u8; 16], ChannelError> {
        Ok(aes_cbc::encrypt_block(&self.enc, self.counter_block())?)
    }

    fn counter_block(&self) -> [u8; 16] {
        u128::from(self.counter.value()).to_be_bytes()
    }
}
