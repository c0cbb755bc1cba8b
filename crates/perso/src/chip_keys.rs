//! The public keys that a chip generated.

use std::collections::BTreeMap;

use sigillo_crypto::{CryptoError, Curve, CurvePoint, EcParameters, RsaPublicKey};
use sigillo_profile::{KeyKind, KeyPairSpec};
use sigillo_tlv::{Reader, encode, encode_into, single};

use crate::error::{PersoError, PersoErrorKind};

/// Public keys by their names in the profile, as a chip answered them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ChipKeys {
    /// Contents of templates `7F49`.
    keys: BTreeMap<String, Vec<u8>>,
}

impl ChipKeys {
    /// Keeps the content of the template `7F49` that the chip answered for a key pair; a key of that name is replaced.
    pub fn insert(&mut self, name: &str, public_key: Vec<u8>) {
        self.keys.insert(name.to_owned(), public_key);
    }

    /// Whether the key pair's public key is known.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.keys.contains_key(name)
    }

    /// One octet string for a register.
    ///
    /// | field    | octets                                              |
    /// |----------|-----------------------------------------------------|
    /// | each key | `70 { 80` name, UTF-8`, 7F49` as the chip answered `}` |
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, key) in &self.keys {
            encode_into(&mut out, 0x70, &[encode(0x80, name.as_bytes()), encode(0x7F49, key)].concat());
        }
        out
    }

    /// Reads what [`ChipKeys::encode`] wrote.
    ///
    /// # Errors
    ///
    /// `perso.chip-keys`.
    pub fn decode(octets: &[u8]) -> Result<Self, PersoError> {
        Self::read(octets).ok_or(PersoError::new(PersoErrorKind::ChipKeys, "chip-files"))
    }

    /// The DER of a public key, with all domain parameters if it is on a curve.
    ///
    /// Spec: `iso-7816-8#public-key-template`, `icao-9303-12#ec-parameters`.
    ///
    /// # Errors
    ///
    /// `perso.not-provided` for a key that is not known, `perso.chip-keys` or `crypto.public-key-form` for octets that are none.
    pub fn public_key_info(&self, pair: &KeyPairSpec) -> Result<Vec<u8>, PersoError> {
        let refused = |kind| PersoError::new(kind, "chip-files");
        let key = self.keys.get(&pair.name).ok_or(refused(PersoErrorKind::NotProvided("a public key of the chip")))?;
        let crypto = |error: CryptoError| refused(PersoErrorKind::Crypto(error));
        match pair.kind {
            KeyKind::Domain(domain) => {
                let point = single(key, 0x86).map_err(|_| refused(PersoErrorKind::ChipKeys))?;
                let curve = Curve::from_parameter_id(domain).ok_or(refused(PersoErrorKind::ProfileRow("the curve")))?;
                let point = CurvePoint::decode(curve, point.value).map_err(crypto)?;
                point.to_spki_der(EcParameters::Explicit).map_err(crypto)
            }
            KeyKind::ModulusBits(_) => {
                let (modulus, exponent) = rsa(key).ok_or(refused(PersoErrorKind::ChipKeys))?;
                RsaPublicKey::from_components(modulus, exponent).and_then(|key| key.to_spki_der()).map_err(crypto)
            }
        }
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let mut keys = BTreeMap::new();
        let mut reader = Reader::new(octets);
        while let Some(entry) = reader.next().ok()? {
            if entry.tag.number() != 0x70 {
                return None;
            }
            let mut fields = entry.reader();
            let name = String::from_utf8(fields.expect(0x80).ok()?.value.to_vec()).ok()?;
            let key = fields.expect(0x7F49).ok()?.value.to_vec();
            fields.finish().ok()?;
            keys.insert(name, key);
        }
        Some(Self { keys }).filter(|keys| keys.encode() == octets)
    }
}

fn rsa(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = Reader::new(key);
    let modulus = fields.expect(0x81).ok()?.value;
    let exponent = fields.expect(0x82).ok()?.value;
    fields.finish().ok()?;
    Some((modulus, exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_keeps_every_key() {
        let mut keys = ChipKeys::default();
        keys.insert("one", vec![0x86, 0x01, 0x04]);
        keys.insert("another", vec![0x81, 0x01, 0x03, 0x82, 0x01, 0x05]);
        assert_eq!(ChipKeys::decode(&keys.encode()).unwrap(), keys);
        let octets = keys.encode();
        for cut in 1..octets.len() {
            // Half of it is one key whole.
            let whole = ChipKeys::decode(&octets[..cut]).is_ok();
            assert_eq!(whole, cut == usize::from(octets[1]) + 2, "{cut}");
        }
        let twice = [octets.clone(), octets].concat();
        assert_eq!(ChipKeys::decode(&twice).unwrap_err().code(), "perso.chip-keys");
        assert_eq!(ChipKeys::decode(&[0x04; 65]).unwrap_err().code(), "perso.chip-keys");
    }
}
