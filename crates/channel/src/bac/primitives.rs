//! What both ends compute: the document access keys, the tokens, the session.

use sigillo_crypto::{ct_eq, padding, tdes};
use sigillo_secret::SessionKey;
use zeroize::Zeroizing;

use super::mrz_secret::MrzSecret;
use crate::error::ChannelError;
use crate::key_derivation::{KeyPurpose, derive_key};
use crate::secure_messaging::{SendSequenceCounter, SessionKeys, Suite};

const SEED: usize = 16;
const CRYPTOGRAM: usize = 32;
/// Cryptogram and MAC.
pub(super) const TOKEN: usize = CRYPTOGRAM + 8;

/// K_Enc and K_MAC of one document.
pub(super) struct AccessKeys {
    enc: SessionKey,
    mac: SessionKey,
}

/// The 32 octets inside a token: own challenge, the other's challenge, own key half.
///
/// | offset | octets | content |
/// |---|---|---|
/// | 0 | 8 | challenge of who sends |
/// | 8 | 8 | challenge of who receives |
/// | 16 | 16 | key half of who sends |
pub(super) struct Token {
    pub(super) own: [u8; 8],
    pub(super) other: [u8; 8],
    pub(super) half: Zeroizing<[u8; SEED]>,
}

impl AccessKeys {
    pub(super) fn derive(secret: &MrzSecret) -> Result<Self, ChannelError> {
        secret.expose(|secret| {
            let seed = secret.get(..SEED).unwrap_or_default();
            let derive = |purpose| derive_key(Suite::TripleDes, seed, purpose);
            Ok(Self { enc: derive(KeyPurpose::Encryption)?, mac: derive(KeyPurpose::Authentication)? })
        })
    }

    /// Encrypts and authenticates a token.
    pub(super) fn seal(&self, token: &Token) -> Result<Vec<u8>, ChannelError> {
        let mut sealed = [token.own.as_slice(), &token.other, token.half.as_slice()].concat();
        tdes::cbc_encrypt(&self.enc, &[0; 8], &mut sealed)?;
        sealed.extend_from_slice(&self.mac_of(&sealed)?);
        Ok(sealed)
    }

    /// Authenticates and decrypts a token; `None` if either fails.
    pub(super) fn open(&self, sealed: &[u8]) -> Option<Token> {
        let (cryptogram, mac) = sealed.split_at_checked(CRYPTOGRAM)?;
        if !ct_eq(&self.mac_of(cryptogram).ok()?, mac) {
            return None;
        }
        let mut plain = Zeroizing::new(cryptogram.to_vec());
        tdes::cbc_decrypt(&self.enc, &[0; 8], &mut plain).ok()?;
        let (&own, rest) = plain.split_first_chunk::<8>()?;
        let (&other, half) = rest.split_first_chunk::<8>()?;
        Some(Token { own, other, half: Zeroizing::new(half.try_into().ok()?) })
    }

    fn mac_of(&self, cryptogram: &[u8]) -> Result<[u8; 8], ChannelError> {
        Ok(tdes::retail_mac(&self.mac, &[&padding::pad(cryptogram, 8)])?)
    }
}

/// Session keys and counter from both challenges and both key halves.
pub(super) fn session_keys(chip: &Token, terminal: &Token) -> Result<SessionKeys, ChannelError> {
    let mut seed = Zeroizing::new([0; SEED]);
    for ((seed, chip), terminal) in seed.iter_mut().zip(chip.half.iter()).zip(terminal.half.iter()) {
        *seed = chip ^ terminal;
    }
    let [.., a, b, c, d] = chip.own;
    let [.., e, f, g, h] = terminal.own;
    let counter = SendSequenceCounter::new(u64::from_be_bytes([a, b, c, d, e, f, g, h]));
    SessionKeys::derive(Suite::TripleDes, seed.as_slice(), counter)
}
