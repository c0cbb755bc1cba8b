//! Values that never copy, compare with `==` or serialize, and print redacted.
//!
//! A secret is lent to one closure (`expose`), so that every use can be found by searching for that word. It is wiped when
//! it is dropped. `matches` compares in constant time for equal lengths.
//!
//! The types differ by what they are for: [`SecretBytes`] for any secret octets (a seed, a key file's content),
//! [`SymmetricKey`] for a key that outlives a session, [`SessionKey`] for one that does not.
#![forbid(unsafe_code)]

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Secret octets of any length.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

/// A symmetric key of 16, 24 or 32 octets that is stored somewhere: chip keys, master keys, data keys.
pub struct SymmetricKey(SecretBytes);

/// A symmetric key of 16, 24 or 32 octets that lives as long as one session with one chip.
pub struct SessionKey(SecretBytes);

/// A key of another length than 16, 24 or 32 octets was offered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyLengthRefused {
    /// The length that was offered, in octets.
    pub found: usize,
}

impl SecretBytes {
    /// Takes ownership of secret octets; the vector is wiped when the value is dropped.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Copies secret octets out of a buffer that the caller wipes.
    #[must_use]
    pub fn copy_of(bytes: &[u8]) -> Self {
        Self::new(bytes.to_vec())
    }

    /// Lends the octets to one closure.
    pub fn expose<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        with(&self.0)
    }

    /// The number of octets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no octet at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares in constant time; the lengths are not secret.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

macro_rules! key_type {
    ($name:ident) => {
        impl $name {
            /// Copies a key out of a buffer that the caller wipes.
            ///
            /// # Errors
            ///
            /// [`KeyLengthRefused`] unless there are 16, 24 or 32 octets.
            pub fn new(bytes: &[u8]) -> Result<Self, KeyLengthRefused> {
                match bytes.len() {
                    16 | 24 | 32 => Ok(Self(SecretBytes::copy_of(bytes))),
                    found => Err(KeyLengthRefused { found }),
                }
            }

            /// Lends the key to one closure.
            pub fn expose<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
                self.0.expose(with)
            }

            /// The key length in octets.
            #[must_use]
            #[allow(clippy::len_without_is_empty, reason = "a key is never empty")]
            pub fn len(&self) -> usize {
                self.0.len()
            }

            /// Compares in constant time.
            #[must_use]
            pub fn matches(&self, other: &Self) -> bool {
                self.0.matches(&other.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

key_type!(SymmetricKey);
key_type!(SessionKey);

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(redacted)")
    }
}

impl KeyLengthRefused {
    /// The stable code of this refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "secret.key-length"
    }
}

impl fmt::Display for KeyLengthRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a key has 16, 24 or 32 octets, not {}", self.found)
    }
}

impl std::error::Error for KeyLengthRefused {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_prints_its_value() {
        let value = [0xA5; 16];
        let printed = format!(
            "{:?}{:#?}{:?}{:#?}{:?}",
            SecretBytes::copy_of(&value),
            SecretBytes::copy_of(&value),
            SymmetricKey::new(&value).unwrap(),
            SymmetricKey::new(&value).unwrap(),
            SessionKey::new(&value).unwrap(),
        );
        assert!(printed.contains("redacted"));
        for shape in ["a5", "A5", "165"] {
            assert!(!printed.contains(shape), "a secret shows as {shape}");
        }
    }

    #[test]
    fn keys_of_other_lengths_are_refused() {
        for length in 0..64 {
            let key = SymmetricKey::new(&vec![0; length]);
            assert_eq!(key.is_ok(), matches!(length, 16 | 24 | 32));
        }
        assert_eq!(SessionKey::new(&[]).unwrap_err().code(), "secret.key-length");
    }

    #[test]
    fn matches_compares_value_and_length() {
        let a = SecretBytes::copy_of(b"seal");
        assert!(a.matches(&SecretBytes::copy_of(b"seal")));
        assert!(!a.matches(&SecretBytes::copy_of(b"sea1")));
        assert!(!a.matches(&SecretBytes::copy_of(b"seal0")));
        assert_eq!((a.len(), a.is_empty()), (4, false));
    }
}
