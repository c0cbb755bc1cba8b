//! A key out of a passphrase: Argon2id (RFC 9106), version 0x13.

use argon2::{Algorithm, Argon2, Params, Version};
use sigillo_secret::{SecretBytes, SymmetricKey};

use crate::error::{CryptoError, CryptoErrorKind};

/// Length of a salt in octets.
pub const SALT_LENGTH: usize = 16;

/// What one guess costs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PassphraseCost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl PassphraseCost {
    /// For what people remember: 64 MiB, three passes, four lanes, the second choice of RFC 9106 §4.
    pub const REMEMBERED: Self = Self { memory: 64 * 1024, passes: 3, lanes: 4 };
    /// For 32 random octets, which nobody guesses at any cost: the least that is allowed.
    pub const RANDOM: Self = Self { memory: 8, passes: 1, lanes: 1 };
    /// More than this is refused: a stored cost must not stop the program that reads it.
    const MOST: Self = Self { memory: 1024 * 1024, passes: 16, lanes: 16 };
}

/// Derives an AES-256 key.
///
/// Spec: `rfc-9106#argon2id`.
///
/// # Errors
///
/// `crypto.key-form` for a cost outside its limits.
pub fn derive_key(
    passphrase: &SecretBytes,
    salt: &[u8; SALT_LENGTH],
    cost: PassphraseCost,
) -> Result<SymmetricKey, CryptoError> {
    let refused = CryptoError::new(CryptoErrorKind::KeyForm);
    let most = PassphraseCost::MOST;
    if cost.memory > most.memory || cost.passes > most.passes || cost.lanes > most.lanes {
        return Err(refused);
    }
    let parameters = Params::new(cost.memory, cost.passes, cost.lanes, Some(32)).map_err(|_| refused)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    let mut key = zeroize::Zeroizing::new([0; 32]);
    passphrase.expose(|text| argon2.hash_password_into(text, salt, &mut *key)).map_err(|_| refused)?;
    SymmetricKey::new(&*key).map_err(|_| refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `argon2` of the reference implementation (Debian 0~20190702): `echo -n "password" | argon2 "somesaltsomesalt" -id -t 2 -k 64 -p 1 -l 32`.
    #[test]
    fn the_reference_program_derives_the_same() {
        let cost = PassphraseCost { memory: 64, passes: 2, lanes: 1 };
        let key = derive_key(&SecretBytes::copy_of(b"password"), b"somesaltsomesalt", cost).unwrap();
        key.expose(|key| {
            assert_eq!(hex::encode(key), "1a98fba8e6394425c9bdc333a9c750aaf811df070f5fb4a5788e1cf4db5793a1")
        });
    }

    #[test]
    fn a_cost_without_measure_is_refused() {
        let passphrase = SecretBytes::copy_of(b"x");
        for cost in [
            PassphraseCost { memory: u32::MAX, ..PassphraseCost::REMEMBERED },
            PassphraseCost { passes: u32::MAX, ..PassphraseCost::RANDOM },
            PassphraseCost { lanes: 17, memory: 1024, passes: 1 },
            PassphraseCost { memory: 0, ..PassphraseCost::RANDOM },
        ] {
            assert_eq!(derive_key(&passphrase, &[0; SALT_LENGTH], cost).unwrap_err().code(), "crypto.key-form");
        }
    }
}
