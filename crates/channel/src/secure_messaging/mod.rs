//! Secure messaging of ICAO 9303-11: data encrypted, everything authenticated, a send sequence counter on both sides.
//!
//! | object | tag | content |
//! |---|---|---|
//! | cryptogram, even INS | 87 | 01, then the padded and encrypted data |
//! | cryptogram, odd INS | 85 | the padded and encrypted data |
//! | protected Le | 97 | one octet, or two in an extended command; zero asks for as much as fits |
//! | processing status | 99 | two octets, equal to the plain status |
//! | checksum | 8E | eight octets over counter, padded header (commands) and the objects before it |
//!
//! The counter grows by one before each command and again before its response. A command carries 87/85, 97, 8E and a
//! response 87/85, 99, 8E, in this order. The header is padded to a block; objects behind it are padded again at their end,
//! and where there are none (case 1) the padded header ends the input. No worked example shows that case; the client of the
//! German identity card does, whose unblocking of a PIN is a case 1 command that issued cards accept, and the certified simulator
//! agrees. Readers that pad twice never send it.
//!
//! | suite | encryption | checksum | counter | begins |
//! |---|---|---|---|---|
//! | triple DES | CBC, initial vector zero | retail MAC | 8 octets | BAC: from both challenges; else at zero |
//! | AES-128, -192, -256 | CBC, initial vector the encrypted counter | CMAC, first 8 octets | 16 octets | at zero |
//!
//! Spec: `icao-9303-11#sm`.

pub mod chip;
mod counter;
mod objects;
mod session_keys;
pub(crate) mod suite;
pub mod terminal;

pub use counter::SendSequenceCounter;
pub use objects::{max_plain_command, max_plain_response};
pub use session_keys::SessionKeys;
pub use suite::Suite;
