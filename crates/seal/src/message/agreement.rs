//! From an agreed secret to the key that wraps a message's key. Spec: `rfc-5753#key-agreement`.

use der::asn1::ObjectIdentifier;
use sigillo_crypto::{HashAlgorithm, kdf_x963};
use sigillo_secret::SecretBytes;

use crate::asn1::{CONTEXT_0, CONTEXT_2, OCTET_STRING, SEQUENCE, element};

/// The key derivation's hash, by the scheme's object identifier; the one that is written first.
pub(super) const SCHEMES: [(ObjectIdentifier, HashAlgorithm); 3] = [
    (ObjectIdentifier::new_unwrap("1.3.132.1.11.1"), HashAlgorithm::Sha256),
    (ObjectIdentifier::new_unwrap("1.3.132.1.11.2"), HashAlgorithm::Sha384),
    (ObjectIdentifier::new_unwrap("1.3.132.1.11.3"), HashAlgorithm::Sha512),
];

/// `id-aes256-wrap`.
pub(super) const AES_256_WRAP: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.45");

/// The wrapping key: X9.63 over the agreed x and `ECC-CMS-SharedInfo`.
///
/// | element      | value                                        |
/// |--------------|----------------------------------------------|
/// | keyInfo      | the wrap's `AlgorithmIdentifier`, as written |
/// | entityUInfo  | the sender's key material, if there is any   |
/// | suppPubInfo  | bits of the key, 4 octets                    |
pub(super) fn wrapping_key(
    hash: HashAlgorithm,
    agreed_x: &SecretBytes,
    wrap_algorithm: &[u8],
    key_material: Option<&[u8]>,
) -> SecretBytes {
    let material = key_material.map(|octets| element(CONTEXT_0, &[&element(OCTET_STRING, &[octets])]));
    let bits = element(CONTEXT_2, &[&element(OCTET_STRING, &[&KEY_BITS.to_be_bytes()])]);
    let shared = element(SEQUENCE, &[wrap_algorithm, &material.unwrap_or_default(), &bits]);
    kdf_x963(hash, agreed_x, &shared, KEY_LENGTH)
}

const KEY_LENGTH: usize = 32;
const KEY_BITS: u32 = 256;
