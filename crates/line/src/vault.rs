//! Records in and out of the register, each part under a data key of its own (decision D7).
//!
//! A data key is bound to its place: `sigillo/v1/record/LOT/LINE/PART`, without the part for records that a register of an earlier
//! version keeps in one piece.

use sigillo_crypto::{Entropy, record_cipher};
use sigillo_issuance::record::{HolderRecord, Part, RecordParts, RegisteredHolder};
use sigillo_keystore::{KeyRole, Keystore, KeystoreError, KeystoreErrorKind};
use sigillo_secret::SecretBytes;
use sigillo_store::{Ciphertext, LotId, RecordRow, SealedPart, Store};

use crate::error::LineError;

/// Encrypts the parts of a record for their place in the register.
///
/// # Errors
///
/// A code of `keystore` or `crypto`.
pub(crate) fn encrypt(
    keys: &dyn Keystore,
    place: &Place,
    record: &HolderRecord,
    entropy: &mut dyn Entropy,
) -> Result<Vec<SealedPart>, LineError> {
    let generation = wrapping_generation(keys)?;
    let seal = |(part, plain): (Part, &SecretBytes)| {
        let cipher = seal(keys, &place.of(part), plain, entropy)?;
        Ok(SealedPart { part, generation, cipher })
    };
    record.to_parts().iter().map(seal).collect()
}

/// Decrypts a whole record, as a card is made of it.
///
/// # Errors
///
/// `line.part-destroyed` if retention took a part of it, a code of `store` or `keystore`, `line.record-altered`, or a code of the stored
/// form.
pub(crate) fn decrypt(store: &Store, keys: &dyn Keystore, record: &RecordRow) -> Result<HolderRecord, LineError> {
    if let Some(part) = store.destroyed_parts(record.id)?.into_iter().next() {
        return Err(LineError::PartDestroyed { part: part.name() });
    }
    let place = Place::of_record(record);
    let sealed = store.parts(record.id)?;
    if sealed.is_empty() {
        return decrypt_whole(keys, &place, &store.cipher(record.id)?);
    }
    let open = |sealed: &SealedPart| Ok((sealed.part, open(keys, &place.of(sealed.part), &sealed.cipher)?));
    let parts: Result<RecordParts, LineError> = sealed.iter().map(open).collect();
    Ok(HolderRecord::from_parts(&parts?)?)
}

/// Decrypts what the register keeps of a holder when the line's copies are gone.
///
/// # Errors
///
/// `line.part-destroyed` if the law's term is over, a code of `store` or `keystore`, `line.record-altered`, or a code of the stored form.
pub fn registered_holder(
    store: &Store,
    keys: &dyn Keystore,
    record: &RecordRow,
) -> Result<RegisteredHolder, LineError> {
    let place = Place::of_record(record);
    if let Some(sealed) = store.parts(record.id)?.into_iter().find(|sealed| sealed.part == Part::Register) {
        let plain = open(keys, &place.of(Part::Register), &sealed.cipher)?;
        return Ok(plain.expose(RegisteredHolder::from_part)?);
    }
    if store.destroyed_parts(record.id)?.contains(&Part::Register) {
        return Err(LineError::PartDestroyed { part: Part::Register.name() });
    }
    Ok(decrypt_whole(keys, &place, &store.cipher(record.id)?)?.into())
}

/// Decrypts a record that a register of an earlier version keeps in one piece.
pub(crate) fn decrypt_whole(
    keys: &dyn Keystore,
    place: &Place,
    cipher: &Ciphertext,
) -> Result<HolderRecord, LineError> {
    Ok(open(keys, &place.0, cipher)?.expose(HolderRecord::from_stored)?)
}

/// The generation of the key that wraps new data keys.
pub(crate) fn wrapping_generation(keys: &dyn Keystore) -> Result<u32, LineError> {
    let label = keys.current(KeyRole::DataKeyWrapping)?;
    Ok(label.generation().ok_or(KeystoreError::from(KeystoreErrorKind::Label))?)
}

/// Wraps a data key anew, under the newest generation.
pub(crate) fn rewrap(
    keys: &dyn Keystore,
    context: &[u8],
    wrapped_key: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, LineError> {
    let key = keys.unwrap_data_key(context, wrapped_key)?;
    Ok(keys.wrap_data_key(context, &key, entropy)?)
}

/// A record's place, which binds its ciphertexts: lot and line.
pub(crate) struct Place(String);

impl Place {
    pub(crate) fn new(lot: LotId, line: u64) -> Self {
        Self(format!("sigillo/v1/record/{lot}/{line}"))
    }

    fn of_record(record: &RecordRow) -> Self {
        Self::new(record.lot, record.line)
    }

    pub(crate) fn of(&self, part: Part) -> String {
        format!("{}/{}", self.0, part.name())
    }
}

fn seal(
    keys: &dyn Keystore,
    context: &str,
    plain: &SecretBytes,
    entropy: &mut dyn Entropy,
) -> Result<Ciphertext, LineError> {
    let data_key = record_cipher::generate_key(entropy).map_err(|_| LineError::RecordAltered)?;
    let mut nonce = [0; record_cipher::NONCE_LENGTH];
    entropy.fill(&mut nonce);
    let context = context.as_bytes();
    let bytes = plain
        .expose(|plain| record_cipher::seal(&data_key, &nonce, context, plain))
        .map_err(|_| LineError::RecordAltered)?;
    Ok(Ciphertext { nonce, wrapped_key: keys.wrap_data_key(context, &data_key, entropy)?, bytes })
}

fn open(keys: &dyn Keystore, context: &str, cipher: &Ciphertext) -> Result<SecretBytes, LineError> {
    let data_key = keys.unwrap_data_key(context.as_bytes(), &cipher.wrapped_key)?;
    record_cipher::open(&data_key, &cipher.nonce, context.as_bytes(), &cipher.bytes)
        .map_err(|_| LineError::RecordAltered)
}
