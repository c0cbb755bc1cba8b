//! Key agreement and signatures on elliptic curves.

mod arithmetic;
mod brainpool;
mod domain;
mod ecdsa;
mod keys;
mod spki;

pub use arithmetic::DomainParameters;
pub use domain::Curve;
pub use ecdsa::{ecdsa_signature_from_der, ecdsa_signature_to_der};
pub use keys::{CurvePoint, CurvePrivateKey, SecretPoint};
pub use spki::EcParameters;
pub(crate) use spki::{EC_PUBLIC_KEY, curve_of};
