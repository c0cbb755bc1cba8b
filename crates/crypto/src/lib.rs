//! The one crate that names p256, aes, sha2, rsa and the like: everything above speaks of what a primitive is for.
//!
//! Primitives only: no protocol, no format but that of public keys. Randomness is an argument ([`Entropy`]), so the same
//! inputs give the same bytes and a vector can replay them.
#![forbid(unsafe_code)]

pub mod aes_cbc;
#[cfg(feature = "aws-lc")]
mod aws_lc;
mod backend;
mod blocks;
mod curve;
mod entropy;
mod error;
mod fitting;
mod hash;
mod kdf;
mod key;
mod key_algorithm;
pub mod key_wrap;
mod mac;
mod p256_key;
pub mod padding;
pub mod passphrase;
mod pkcs8;
mod private_key;
mod public_key;
pub mod record_cipher;
mod rsa_keys;
mod signature;
pub mod tdes;
mod verifying_key;

pub use backend::Backend;
pub use curve::{
    Curve, CurvePoint, CurvePrivateKey, DomainParameters, EcParameters, SecretPoint, ecdsa_signature_from_der,
    ecdsa_signature_to_der,
};
pub use entropy::{Entropy, ScriptedEntropy, SeededEntropy};
pub use error::{CryptoError, CryptoErrorKind};
pub use hash::{HashAlgorithm, Sha256Stream, sha1, sha256};
pub use kdf::{kdf_counter_cmac, kdf_counter_with, kdf_x963};
pub use key::Key;
pub use key_algorithm::KeyAlgorithm;
pub use mac::{aes_cmac, ct_eq};
pub use p256_key::P256PrivateKey;
pub use private_key::PrivateKey;
pub use public_key::PublicKey;
pub use rsa_keys::{RsaPrivateKey, RsaPublicKey};
pub use signature::SignatureAlgorithm;
pub use verifying_key::VerifyingKey;
