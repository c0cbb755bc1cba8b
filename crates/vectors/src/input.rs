//! Octets in cases: hexadecimal, of a fixed length, or in a blob.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::failure::Failure;
use crate::folder::Blobs;

/// Octets in lower-case hexadecimal.
#[derive(Clone, Debug)]
pub(crate) struct Hex(pub(crate) Vec<u8>);

/// N octets in lower-case hexadecimal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed<const N: usize>(pub(crate) [u8; N]);

/// Octets in hexadecimal, or a blob.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Octets {
    Inline(Hex),
    Blob(BlobName),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlobName {
    sha256: String,
    length: usize,
}

impl Octets {
    pub(crate) fn resolve<'a>(&'a self, blobs: &'a Blobs) -> Result<&'a [u8], Failure> {
        match self {
            Self::Inline(Hex(octets)) => Ok(octets),
            Self::Blob(name) => blobs.get(&name.sha256, name.length).map_err(Failure::Broken),
        }
    }
}

/// An operation's input, without unknown fields.
pub(crate) fn read<T: DeserializeOwned>(input: &Value) -> Result<T, Failure> {
    T::deserialize(input).map_err(|error| Failure::Broken(format!("input: {error}")))
}

pub(crate) fn octets(text: &str) -> Result<Vec<u8>, Failure> {
    decode(text).ok_or_else(|| Failure::Broken("not lower-case hexadecimal".to_owned()))
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        decode(&text).map(Self).ok_or_else(|| D::Error::custom("not lower-case hexadecimal"))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Fixed<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Hex(octets) = Hex::deserialize(deserializer)?;
        octets.try_into().map(Self).map_err(|_| D::Error::custom(format!("not {N} octets")))
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) { None } else { hex::decode(text).ok() }
}
