//! The keys of a session, computed a second time from primitives: channels do not give their keys away, but cases publish them.

use sigillo_crypto::{aes_cbc, aes_cmac, padding, sha1, tdes};
use sigillo_secret::SymmetricKey;

use crate::failure::Failure;

/// SCP03 session keys and cryptograms in S8 mode with AES-128 (GlobalPlatform Amendment D, 4.1.5 and 6.2).
pub(crate) struct Scp03 {
    pub(crate) s_enc: Vec<u8>,
    pub(crate) s_mac: Vec<u8>,
    pub(crate) s_rmac: Vec<u8>,
    pub(crate) card_cryptogram: Vec<u8>,
    pub(crate) host_cryptogram: Vec<u8>,
}

/// The two keys that a seed of 16 octets gives by ICAO 9303-11, 9.7.1.
pub(crate) struct Bac {
    pub(crate) enc: Vec<u8>,
    pub(crate) mac: Vec<u8>,
}

impl Scp03 {
    pub(crate) fn new(enc: &[u8], mac: &[u8], host_challenge: &[u8], card_challenge: &[u8]) -> Result<Self, Failure> {
        let derive = |key: &[u8], constant: u8, octets: usize| -> Result<Vec<u8>, Failure> {
            let bits = u8::try_from(octets * 8).unwrap_or_default();
            let head = [&[0; 11], [constant, 0, 0, bits, 1].as_slice()].concat();
            let block = aes_cmac(&SymmetricKey::new(key)?, &[&head, host_challenge, card_challenge])?;
            Ok(block.iter().copied().take(octets).collect())
        };
        let s_mac = derive(mac, 0x06, 16)?;
        Ok(Self {
            s_enc: derive(enc, 0x04, 16)?,
            s_rmac: derive(mac, 0x07, 16)?,
            card_cryptogram: derive(&s_mac, 0x00, 8)?,
            host_cryptogram: derive(&s_mac, 0x01, 8)?,
            s_mac,
        })
    }

    /// EXTERNAL AUTHENTICATE at a security level, and the MAC chaining value after it.
    pub(crate) fn external_authenticate(&self, level: u8) -> Result<(Vec<u8>, [u8; 16]), Failure> {
        let head = [0x84, 0x82, level, 0x00, 0x10];
        let chaining = aes_cmac(&SymmetricKey::new(&self.s_mac)?, &[&[0; 16], &head, &self.host_cryptogram])?;
        let mac: Vec<u8> = chaining.iter().copied().take(8).collect();
        Ok(([head.as_slice(), &self.host_cryptogram, &mac].concat(), chaining))
    }

    /// The first short command of a session: its data encrypted, and the MAC that follows `chaining`.
    pub(crate) fn first_command(&self, head: [u8; 4], data: &[u8], chaining: [u8; 16]) -> Result<Vec<u8>, Failure> {
        let s_enc = SymmetricKey::new(&self.s_enc)?;
        let mut counter = [0; 16];
        counter[15] = 1;
        let mut cipher = padding::pad(data, 16);
        aes_cbc::encrypt(&s_enc, &aes_cbc::encrypt_block(&s_enc, counter)?, &mut cipher)?;
        let lc = u8::try_from(cipher.len() + 8).unwrap_or_default();
        let mac = aes_cmac(&SymmetricKey::new(&self.s_mac)?, &[&chaining, &head, &[lc], &cipher])?;
        let mac: Vec<u8> = mac.iter().copied().take(8).collect();
        Ok([head.as_slice(), &[lc], &cipher, &mac].concat())
    }
}

impl Bac {
    pub(crate) fn from_seed(seed: &[u8]) -> Self {
        let key = |counter: u8| -> Vec<u8> {
            let digest = sha1(&[seed, &[0, 0, 0, counter]].concat());
            let with_parity = |octet: &u8| (octet & 0xFE) | u8::from((octet & 0xFE).count_ones().is_multiple_of(2));
            digest.iter().take(16).map(with_parity).collect()
        };
        Self { enc: key(1), mac: key(2) }
    }

    /// What stands inside the 40 octets of an exchange, if their MAC is right.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let Some((cipher, mac)) = sealed.split_at_checked(32) else { return Ok(None) };
        if tdes::retail_mac(&SymmetricKey::new(&self.mac)?, &[&padding::pad(cipher, 8)])? != mac {
            return Ok(None);
        }
        let mut plain = cipher.to_vec();
        tdes::cbc_decrypt(&SymmetricKey::new(&self.enc)?, &[0; 8], &mut plain)?;
        Ok(Some(plain))
    }
}
