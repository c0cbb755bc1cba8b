//! What stands in a message: a header line, then one JSON object a line.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sigillo_crypto::sha256;

use crate::error::ExchangeError;

/// The first line of a message.
///
/// | member     | value                                                                      |
/// |------------|----------------------------------------------------------------------------|
/// | `v`        | 1                                                                          |
/// | `from`     | who sends it, as the recipient calls him                                   |
/// | `to`       | whom it is for, as the sender calls him                                    |
/// | `kind`     | `lot`, `acknowledgements` (to us), `report` (from us)                      |
/// | `number`   | from 1, without gap                                                        |
/// | `previous` | SHA-256 of the content of the message before it; 64 zeros for the first    |
/// | `at`       | when it was made, RFC 3339                                                 |
///
/// `from` and `to` are signed: nobody can encrypt another's message anew and send it on.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::exhaustive_structs, reason = "version 1 has these members")]
pub struct Header {
    /// The version of the format.
    pub v: u8,
    /// Who sends it.
    pub from: String,
    /// Whom it is for.
    pub to: String,
    /// What it holds.
    pub kind: Kind,
    /// Its number.
    pub number: u64,
    /// SHA-256 of the content before it.
    #[serde(with = "digest_text")]
    pub previous: [u8; 32],
    /// When it was made.
    pub at: String,
}

/// What a message holds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// Records, one a line, as `sigillo lot import` takes them; images inside.
    Lot,
    /// Messages of ours that the partner has.
    Acknowledgements,
    /// What became of a partner's lots, and events.
    Report,
}

/// A content, taken apart.
pub(crate) struct Content<'a> {
    pub(crate) header: Header,
    pub(crate) digest: [u8; 32],
    /// The lines behind the header.
    pub(crate) lines: &'a [u8],
}

impl<'a> Content<'a> {
    pub(crate) fn parse(octets: &'a [u8]) -> Result<Self, ExchangeError> {
        let end = octets.iter().position(|octet| *octet == b'\n').ok_or(ExchangeError::Header)?;
        let (first, lines) = octets.split_at_checked(end + 1).ok_or(ExchangeError::Header)?;
        if first.len() > LONGEST_HEADER {
            return Err(ExchangeError::Header);
        }
        let header: Header = serde_json::from_slice(first).map_err(|_| ExchangeError::Header)?;
        if header.v != VERSION {
            return Err(ExchangeError::Header);
        }
        Ok(Self { header, digest: sha256(octets), lines })
    }
}

impl Header {
    /// The content that begins with this header.
    pub(crate) fn with_lines(&self, lines: &[Value]) -> Result<Vec<u8>, ExchangeError> {
        let mut content = serde_json::to_vec(self).map_err(|_| ExchangeError::Header)?;
        content.push(b'\n');
        for line in lines {
            content.extend(line.to_string().into_bytes());
            content.push(b'\n');
        }
        Ok(content)
    }
}

/// A SHA-256 as 64 hexadecimal digits.
pub(crate) mod digest_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(digest: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(digest))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let mut digest = [0; 32];
        hex::decode_to_slice(String::deserialize(deserializer)?, &mut digest).map_err(D::Error::custom)?;
        Ok(digest)
    }
}

/// The version of the format.
pub(crate) const VERSION: u8 = 1;
const LONGEST_HEADER: usize = 4096;
