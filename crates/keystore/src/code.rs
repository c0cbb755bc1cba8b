//! Encryption to the code-encryption key, as [`crate::Keystore::encrypt_code`] lays it out.

use sigillo_crypto::{Curve, CurvePoint, CurvePrivateKey, Entropy, PublicKey, record_cipher, sha256};
use sigillo_secret::{SecretBytes, SymmetricKey};

use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::label::KeyLabel;
use crate::role::KeyRole;

/// Encrypts under a key that exists for this one message.
pub(crate) fn encrypt(
    label: &KeyLabel,
    recipient: &PublicKey,
    context: &[u8],
    plain: &SecretBytes,
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, KeystoreError> {
    let recipient = recipient.point().ok_or(KeystoreErrorKind::NotAKeyPair)?;
    let ephemeral = CurvePrivateKey::generate(Curve::P256, entropy);
    let point = ephemeral.public()?;
    let key = message_key(&ephemeral.agree(recipient)?.x(), point.octets(), recipient.octets())?;
    let ciphertext = plain.expose(|plain| record_cipher::seal(&key, &NONCE, context, plain))?;
    let generation = label.generation().unwrap_or_default().to_be_bytes();
    Ok([&[VERSION], generation.as_slice(), point.octets(), &ciphertext].concat())
}

/// Opens a message; `agree` gives the agreed x coordinate and the public key of a label.
pub(crate) fn decrypt(
    context: &[u8],
    encrypted: &[u8],
    agree: impl FnOnce(&KeyLabel, &[u8]) -> Result<(SecretBytes, PublicKey), KeystoreError>,
) -> Result<SecretBytes, KeystoreError> {
    let altered = KeystoreErrorKind::CodeAltered;
    let rest = encrypted.strip_prefix(&[VERSION]).ok_or(altered)?;
    let (generation, rest) = rest.split_first_chunk::<4>().ok_or(altered)?;
    let (point, ciphertext) = rest.split_at_checked(POINT_LENGTH).ok_or(altered)?;
    // A point that is not on the curve must not meet the private key.
    CurvePoint::decode(Curve::P256, point).map_err(|_| altered)?;
    let label = KeyLabel::generation_of(KeyRole::CodeEncryption, u32::from_be_bytes(*generation));
    let (x, recipient) = agree(&label, point)?;
    let recipient = recipient.point().ok_or(KeystoreErrorKind::NotAKeyPair)?;
    let key = message_key(&x, point, recipient.octets())?;
    record_cipher::open(&key, &NONCE, context, ciphertext).map_err(|_| altered.into())
}

fn message_key(x: &SecretBytes, ephemeral: &[u8], recipient: &[u8]) -> Result<SymmetricKey, KeystoreError> {
    let key = x.expose(|x| {
        let input = [x, &[0, 0, 0, 1], b"sigillo/v1/code", &[0], ephemeral, recipient].concat();
        SecretBytes::new(input).expose(|input| SecretBytes::copy_of(&sha256(input)))
    });
    key.expose(SymmetricKey::new).map_err(|_| KeystoreErrorKind::CodeAltered.into())
}

const VERSION: u8 = 1;
const POINT_LENGTH: usize = 65;
const NONCE: [u8; record_cipher::NONCE_LENGTH] = [0; record_cipher::NONCE_LENGTH];
