//! The integrated mapping: both nonces go through a pseudorandom function, whose result encodes the base point.
//!
//! ```text
//! k(0) = E(terminal's nonce, chip's nonce)        the terminal's nonce is the key
//! x(i) = E(k(i-1), c1)    k(i) = E(k(i-1), c0)    keys cut to the suite's length
//! ```
//!
//! E is CBC with initial vector zero; as many x as make the prime's length and 64 bits more, then modulo the prime.
//!
//! Spec: `icao-9303-11#integrated-mapping`.

use sigillo_crypto::{Curve, SecretPoint, aes_cbc, tdes};
use sigillo_secret::{SecretBytes, SessionKey};
use zeroize::Zeroizing;

use super::info::PaceProtocol;
use crate::error::ChannelError;
use crate::secure_messaging::Suite;

/// c0 and c1 where nonces have 16 octets (triple DES, AES-128).
const SHORT: [[u8; 16]; 2] = [
    [0xA6, 0x68, 0x89, 0x2A, 0x7C, 0x41, 0xE3, 0xCA, 0x73, 0x9F, 0x40, 0xB0, 0x57, 0xD8, 0x59, 0x04],
    [0xA4, 0xE1, 0x36, 0xAC, 0x72, 0x5F, 0x73, 0x8B, 0x01, 0xC1, 0xF6, 0x02, 0x17, 0xC1, 0x88, 0xAD],
];

/// c0 and c1 where nonces have 32 octets (AES-192, AES-256).
const LONG: [[u8; 32]; 2] = [
    [
        0xD4, 0x63, 0xD6, 0x52, 0x34, 0x12, 0x4E, 0xF7, 0x89, 0x70, 0x54, 0x98, 0x6D, 0xCA, 0x0A, 0x17, //
        0x4E, 0x28, 0xDF, 0x75, 0x8C, 0xBA, 0xA0, 0x3F, 0x24, 0x06, 0x16, 0x41, 0x4D, 0x5A, 0x16, 0x76,
    ],
    [
        0x54, 0xBD, 0x72, 0x55, 0xF0, 0xAA, 0xF8, 0x31, 0xBE, 0xC3, 0x42, 0x3F, 0xCF, 0x39, 0xD6, 0x9B, //
        0x6C, 0xBF, 0x06, 0x66, 0x77, 0xD0, 0xFA, 0xAE, 0x5A, 0xAD, 0xD9, 0x9D, 0xF8, 0xE5, 0x35, 0x17,
    ],
];

/// The base point from the chip's nonce and the terminal's, which has as many octets as the suite's key.
pub(super) fn base_point(
    protocol: PaceProtocol,
    curve: Curve,
    chip: &SecretBytes,
    terminal: &[u8],
) -> Result<SecretPoint, ChannelError> {
    let suite = protocol.suite();
    let [c0, c1]: [&[u8]; 2] = match protocol.nonce_length() {
        16 => [&SHORT[0], &SHORT[1]],
        _ => [&LONG[0], &LONG[1]],
    };
    let mut key = cut(suite, &chip.expose(|chip| encrypt(suite, &SessionKey::new(terminal)?, chip))?)?;
    let mut number = Zeroizing::new(Vec::new());
    while number.len() * 8 < curve.field_bits() + 64 {
        number.extend_from_slice(&encrypt(suite, &key, c1)?);
        key = cut(suite, &encrypt(suite, &key, c0)?)?;
    }
    Ok(SecretPoint::encode_number(curve, &SecretBytes::copy_of(&number))?)
}

fn encrypt(suite: Suite, key: &SessionKey, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, ChannelError> {
    let mut data = Zeroizing::new(data.to_vec());
    match suite {
        Suite::TripleDes => tdes::cbc_encrypt(key, &[0; 8], &mut data)?,
        _ => aes_cbc::encrypt(key, &[0; 16], &mut data)?,
    }
    Ok(data)
}

fn cut(suite: Suite, octets: &[u8]) -> Result<SessionKey, ChannelError> {
    Ok(SessionKey::new(octets.get(..suite.key_length()).unwrap_or_default())?)
}
