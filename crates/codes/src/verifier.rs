use sigillo_crypto::passphrase::{self, PassphraseCost, SALT_LENGTH};
use sigillo_crypto::{Entropy, ct_eq};
use sigillo_secret::SecretBytes;

use crate::code::Cip;
use crate::error::CodesError;

/// What a CIP is checked against: nobody reads the CIP out of it, and without the keystore nobody can even try one.
///
/// The key store computes the AES-256-CMAC of [`CipVerifier::message`] under its key `cip-verifier`; of these 16 octets
/// Argon2id (RFC 9106, version 0x13) makes the value. Ten digits alone would fall to a search in an afternoon: the key
/// stops whoever has only the register, the cost of each try slows whoever has the key too.
///
/// | offset | octets | content                                  |
/// |--------|--------|------------------------------------------|
/// | 0      | 1      | version: 01                              |
/// | 1      | 4      | memory of Argon2id in KiB, big-endian    |
/// | 5      | 1      | passes                                   |
/// | 6      | 1      | lanes                                    |
/// | 7      | 16     | salt                                     |
/// | 23     | 32     | value                                    |
///
/// Spec: `rfc-9106#argon2id`.
#[derive(Clone, Eq, PartialEq)]
pub struct CipVerifier {
    cost: PassphraseCost,
    salt: [u8; SALT_LENGTH],
    value: [u8; VALUE_LENGTH],
}

impl CipVerifier {
    /// What one try costs: 19 MiB and two passes in one lane, a few hundredths of a second.
    pub const COST: PassphraseCost = PassphraseCost { memory: 19 * 1024, passes: 2, lanes: 1 };

    /// A verifier that costs what every other does, and that no CIP fits: for a number without one of its own.
    pub const OF_NOBODY: Self = Self { cost: Self::COST, salt: [0; SALT_LENGTH], value: [0; VALUE_LENGTH] };

    /// What the key store authenticates: `sigillo/v1/cip` ‖ 00 ‖ document number ‖ 00 ‖ the eleven digits.
    #[must_use]
    pub fn message(document_number: &str, cip: &Cip) -> SecretBytes {
        cip.expose(|digits| {
            let parts = [DOMAIN, document_number.as_bytes(), &[0], digits];
            let mut message = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
            parts.iter().for_each(|part| message.extend_from_slice(part));
            SecretBytes::new(message)
        })
    }

    /// Makes the verifier of what the key store answered.
    ///
    /// # Errors
    ///
    /// `codes.verifier` for a cost outside its limits.
    pub fn make(mac: &SecretBytes, cost: PassphraseCost, entropy: &mut dyn Entropy) -> Result<Self, CodesError> {
        let mut salt = [0; SALT_LENGTH];
        entropy.fill(&mut salt);
        Ok(Self { cost, salt, value: derive(mac, &salt, cost)? })
    }

    /// Whether this is the CIP that the verifier was made of, by what the key store answered; in constant time.
    ///
    /// # Errors
    ///
    /// `codes.verifier` for a cost outside its limits.
    pub fn verify(&self, mac: &SecretBytes) -> Result<bool, CodesError> {
        derive(mac, &self.salt, self.cost).map(|value| ct_eq(&value, &self.value))
    }

    /// The octets that the register keeps.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // Both fit: a cost above 16 passes or lanes makes no verifier.
        let [passes, lanes] = [self.cost.passes, self.cost.lanes].map(|count| u8::try_from(count).unwrap_or(u8::MAX));
        [&[VERSION], self.cost.memory.to_be_bytes().as_slice(), &[passes, lanes], &self.salt, &self.value].concat()
    }

    /// Reads the octets of the register, all of them.
    ///
    /// # Errors
    ///
    /// `codes.verifier`.
    pub fn decode(octets: &[u8]) -> Result<Self, CodesError> {
        Self::read(octets).ok_or(CodesError::Verifier)
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let rest = octets.strip_prefix(&[VERSION])?;
        let (memory, rest) = rest.split_first_chunk()?;
        let ([passes, lanes], rest) = rest.split_first_chunk()?;
        let (salt, value) = rest.split_first_chunk()?;
        let cost = PassphraseCost {
            memory: u32::from_be_bytes(*memory),
            passes: u32::from(*passes),
            lanes: u32::from(*lanes),
        };
        Some(Self { cost, salt: *salt, value: value.try_into().ok()? })
    }
}

/// Whoever has the key store could search for a CIP by it.
impl std::fmt::Debug for CipVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CipVerifier(redacted)")
    }
}

fn derive(mac: &SecretBytes, salt: &[u8; SALT_LENGTH], cost: PassphraseCost) -> Result<[u8; VALUE_LENGTH], CodesError> {
    let key = passphrase::derive_key(mac, salt, cost).map_err(|_| CodesError::Verifier)?;
    key.expose(|key| key.try_into()).map_err(|_| CodesError::Verifier)
}

const VERSION: u8 = 1;
const VALUE_LENGTH: usize = 32;
const DOMAIN: &[u8] = b"sigillo/v1/cip\0";
