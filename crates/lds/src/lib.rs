//! The logical data structure of ICAO 9303-10: MRZ, EF.COM, data groups, biometric records and image headers.
//!
//! Every file type has `encode` and `decode`, exact to the byte: whatever `decode` accepts, `encode` writes again
//! unchanged, so that a hash over the one is a hash over the other. What it could not write again, it refuses.
//! Nothing here reads a clock, a file or randomness, and no pixel is ever decoded.
//!
//! Spec: `icao-9303-10#lds1-application`, `icao-9303-3#mrz`, `icao-9303-5#mrz`.
#![forbid(unsafe_code)]

pub mod com;
pub mod date;
pub mod dg1;
pub mod dg11;
pub mod dg12;
pub mod dg14;
pub mod dg15;
pub mod dg2;
pub mod dg3;
pub mod image;
pub mod mrz;
pub mod sod;

mod biometric;
mod data_group;
mod error;
mod octets;

pub use biometric::{BiometricHeader, BiometricTemplate};
pub use data_group::DataGroupNumber;
pub use error::{LdsError, LdsErrorKind};
