//! BER-TLV views that keep the raw bytes.
//!
//! Whatever is hashed or signed must be hashed over the bytes that were sent, never over a re-encoding. So a [`Tlv`] lends
//! its value *and* its raw bytes, and [`encode`] writes the shortest form only. Definite lengths, tags of up to three
//! octets, lengths of up to four octets; the input is borrowed, so nothing is allocated from a length that a stranger
//! wrote.
//!
//! Spec: `iso-7816-4#ber-tlv`.
#![forbid(unsafe_code)]

mod error;
mod reader;
mod tag;
mod writer;

pub use error::{TlvError, TlvErrorKind};
pub use reader::{Reader, Tlv, single, total_length};
pub use tag::Tag;
pub use writer::{encode, encode_into, encoded_length, header_into};
