//! The data field of PUT KEY and its answer; both ends use this codec.

use sigillo_apdu::{CommandApdu, ins};
use sigillo_crypto::{Key, aes_cbc, ct_eq};
use sigillo_secret::SymmetricKey;
use zeroize::Zeroizing;

use super::key_set::KeySet;
use crate::error::ChannelError;

const KEY_TYPE_AES: u8 = 0x88;
const KEY_LENGTH: u8 = 16;
const CHECK_LENGTH: u8 = 3;
/// First key identifier 1, and more than one key follows.
const MULTIPLE_FROM_ONE: u8 = 0x81;
const ENTRY: usize = 22;

/// One PUT KEY: a whole key set that replaces another.
///
/// | offset | octets | content |
/// |---|---|---|
/// | 0 | 1 | new key version |
/// | 1 + 22 n | 1 | key type 88 (AES) |
/// | 2 + 22 n | 1 | length 10 |
/// | 3 + 22 n | 16 | the key, AES-CBC under the static DEK with a zero initial vector |
/// | 19 + 22 n | 1 | length 03 |
/// | 20 + 22 n | 3 | check value: first octets of 16 times 01, encrypted under the key |
///
/// Key n is ENC, MAC, DEK for n = 0, 1, 2; P1 is the old version, P2 is 81.
///
/// Spec: `globalplatform-card#put-key`.
#[derive(Debug)]
pub struct PutKey {
    /// The version that is replaced.
    pub old_version: u8,
    /// The version that appears.
    pub new_version: u8,
    /// The keys of the new version.
    pub keys: KeySet,
}

impl PutKey {
    /// The command, with the keys encrypted under the DEK of the set that is replaced.
    ///
    /// # Errors
    ///
    /// `channel.key-length` unless all keys are AES-128.
    pub fn command(&self, current_dek: &SymmetricKey) -> Result<CommandApdu, ChannelError> {
        let mut data = vec![self.new_version];
        for key in [self.keys.enc(), self.keys.mac(), self.keys.dek()] {
            if key.len() != KEY_LENGTH.into() {
                return Err(ChannelError::KeyLength { found: key.len() });
            }
            let mut block = key.expose(|key| Zeroizing::new(key.to_vec()));
            aes_cbc::encrypt(current_dek, &[0; 16], &mut block)?;
            data.extend_from_slice(&[KEY_TYPE_AES, KEY_LENGTH]);
            data.extend_from_slice(&block);
            data.push(CHECK_LENGTH);
            data.extend_from_slice(&check_value(key)?);
        }
        Ok(CommandApdu::new(0x80, ins::PUT_KEY, self.old_version, MULTIPLE_FROM_ONE).with_data(data).with_le(256))
    }

    /// Reads the command, decrypts the keys under the DEK of the set in force and checks their check values.
    ///
    /// # Errors
    ///
    /// `scp03.put-key-form` with the offset, `scp03.key-check` with the key identifier.
    pub fn decode(command: &CommandApdu, current_dek: &SymmetricKey) -> Result<Self, ChannelError> {
        let head = command.head();
        if head.ins != ins::PUT_KEY || head.p2 != MULTIPLE_FROM_ONE || command.data().len() != 1 + 3 * ENTRY {
            return Err(ChannelError::PutKeyForm { at: 0 });
        }
        let key = |key_id: u8| {
            let at = 1 + ENTRY * usize::from(key_id - 1);
            let entry = command.data().get(at..at + ENTRY);
            let Some([KEY_TYPE_AES, KEY_LENGTH, encrypted @ .., CHECK_LENGTH, a, b, c]) = entry else {
                return Err(ChannelError::PutKeyForm { at });
            };
            let mut plain = Zeroizing::new(encrypted.to_vec());
            aes_cbc::decrypt(current_dek, &[0; 16], &mut plain)?;
            let key = SymmetricKey::new(&plain)?;
            if !ct_eq(&check_value(&key)?, &[*a, *b, *c]) {
                return Err(ChannelError::KeyCheck { key_id });
            }
            Ok(key)
        };
        let keys = KeySet::new(key(1)?, key(2)?, key(3)?);
        let new_version = command.data().first().copied().unwrap_or_default();
        Ok(Self { old_version: head.p1, new_version, keys })
    }

    /// The answer: new version, then the three check values.
    ///
    /// # Errors
    ///
    /// None for keys that a [`KeySet`] can hold.
    pub fn answer(&self) -> Result<Vec<u8>, ChannelError> {
        let mut answer = vec![self.new_version];
        for key in [self.keys.enc(), self.keys.mac(), self.keys.dek()] {
            answer.extend_from_slice(&check_value(key)?);
        }
        Ok(answer)
    }

    /// Compares a chip's answer with the one it must give.
    ///
    /// # Errors
    ///
    /// `scp03.put-key-form` if the version or the length differs, `scp03.key-check` for the first wrong check value.
    pub fn verify_answer(&self, answer: &[u8]) -> Result<(), ChannelError> {
        let expected = self.answer()?;
        if answer.len() != expected.len() || answer.first() != expected.first() {
            return Err(ChannelError::PutKeyForm { at: 0 });
        }
        let values = |octets: &'_ [u8]| octets.iter().skip(1).copied().collect::<Vec<_>>();
        let (found, expected) = (values(answer), values(&expected));
        let wrong =
            found.chunks(3).zip(expected.chunks(3)).zip(1..).find(|((found, expected), _)| !ct_eq(found, expected));
        wrong.map_or(Ok(()), |(_, key_id)| Err(ChannelError::KeyCheck { key_id }))
    }
}

/// The key check value: the first three octets of the encrypted block of 01 octets.
fn check_value(key: &impl Key) -> Result<[u8; 3], ChannelError> {
    let [a, b, c, ..] = aes_cbc::encrypt_block(key, [0x01; 16])?;
    Ok([a, b, c])
}
