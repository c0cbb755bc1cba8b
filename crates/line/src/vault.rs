//! Records in and out of the register, under a data key of their own (decision D7).

use sigillo_crypto::{Entropy, record_cipher};
use sigillo_issuance::record::HolderRecord;
use sigillo_keystore::Keystore;
use sigillo_store::{Ciphertext, LotId};

use crate::error::LineError;

/// Encrypts a record for its place in the register.
///
/// # Errors
///
/// A code of `keystore` or `crypto`.
pub(crate) fn encrypt(
    keys: &dyn Keystore,
    place: &Place,
    record: &HolderRecord,
    entropy: &mut dyn Entropy,
) -> Result<Ciphertext, LineError> {
    let data_key = record_cipher::generate_key(entropy).map_err(|_| LineError::RecordAltered)?;
    let mut nonce = [0; record_cipher::NONCE_LENGTH];
    entropy.fill(&mut nonce);
    let plain = sigillo_secret::SecretBytes::new(record.to_stored());
    let bytes = plain
        .expose(|plain| record_cipher::seal(&data_key, &nonce, place.context(), plain))
        .map_err(|_| LineError::RecordAltered)?;
    Ok(Ciphertext { nonce, wrapped_key: keys.wrap_data_key(place.context(), &data_key, entropy)?, bytes })
}

/// Decrypts a record.
///
/// # Errors
///
/// A code of `keystore`, `line.record-altered`, or a code of the stored form.
pub(crate) fn decrypt(keys: &dyn Keystore, place: &Place, cipher: &Ciphertext) -> Result<HolderRecord, LineError> {
    let data_key = keys.unwrap_data_key(place.context(), &cipher.wrapped_key)?;
    let plain = record_cipher::open(&data_key, &cipher.nonce, place.context(), &cipher.bytes)
        .map_err(|_| LineError::RecordAltered)?;
    Ok(plain.expose(HolderRecord::from_stored)?)
}

/// A record's place, which binds its ciphertext: lot and line.
pub(crate) struct Place(String);

impl Place {
    pub(crate) fn new(lot: LotId, line: u64) -> Self {
        Self(format!("sigillo/v1/record/{lot}/{line}"))
    }

    fn context(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
