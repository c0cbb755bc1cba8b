//! Messages between partners: content signed by one, then encrypted to the other.
//!
//! | layer    | CMS                 | how                                                                                 |
//! |----------|---------------------|-------------------------------------------------------------------------------------|
//! | outside  | `AuthEnvelopedData` | AES-256-GCM under a key of its own for each message                                 |
//! | its key  | recipient           | P-256, P-384: ephemeral-static ECDH, X9.63 with SHA-256, AES-256 wrap; RSA: OAEP     |
//! | inside   | `SignedData`        | one signer, named by issuer and serial number; the content is plain data            |
//!
//! Signing comes first, so that nobody can put his name under what he cannot read. Keys are elsewhere on both sides: who
//! sends signs [`UnsignedMessage::to_be_signed`], who receives agrees with [`KeyAgreement::point`]; what comes out of a message is
//! only there when tag, signature and signer were verified.
//!
//! Not read: contents encrypted without authentication (CBC), keys that are transported by RSA. OpenSSL makes better ones
//! with `-aes-256-gcm` and a key on a curve.
//!
//! Spec: `rfc-5083#auth-enveloped-data`, `rfc-5084#gcm`, `rfc-5753#key-agreement`, `rfc-5652#signed-data`.

mod agreement;
mod encrypted;
mod open;
mod prepare;
mod recipient;

pub use encrypted::{EncryptedMessage, encrypt_to};
pub use open::{KeyAgreement, OpenedMessage};
pub use prepare::{UnsignedMessage, check_signer, prepare_message};
pub use recipient::check_recipient;
