//! The objects of a DF inside an image.

use sigillo_channel::bac::MrzSecret;
use sigillo_crypto::{Curve, CurvePrivateKey, RsaPrivateKey};
use sigillo_cvc::TrustPoint;
use sigillo_tlv::{Reader, Tlv, encode_into};
use zeroize::Zeroizing;

use super::reading::{FIRST_VERSION, Impossible, fixed};
use crate::keys::{KeyPair, MAX_PROTOCOLS, PrivateKey};
use crate::objects::{Code, CodeName, Objects, decode_can, decode_chip_identity};

/// Writes the objects of one DF.
pub(super) fn encode(out: &mut Vec<u8>, objects: &Objects) {
    if let Some(secret) = &objects.mrz_secret {
        secret.expose(|secret| encode_into(out, MRZ_SECRET, secret));
    }
    if let Some(can) = &objects.can {
        can.expose(|digits| encode_into(out, CAN, digits));
    }
    for (tag, name) in CODES {
        if let Some(code) = objects.code(name) {
            let mut value = Zeroizing::new(vec![code.limit, code.tries_left]);
            code.digits.expose(|digits| value.extend_from_slice(digits));
            encode_into(out, tag, &value);
        }
    }
    if let Some(identity) = &objects.chip_identity {
        identity.expose(|identity| encode_into(out, CHIP_IDENTITY, identity));
    }
    for trust_point in &objects.trust_points {
        // Whatever was stored came from a certificate, whose key has an object identifier.
        encode_into(out, TRUST_POINT, &trust_point.encode().unwrap_or_default());
    }
    for (reference, pair) in &objects.key_pairs {
        let mut body = Zeroizing::new(Vec::with_capacity(pair.footprint() * 2));
        encode_into(&mut body, 0xCB, &[*reference]);
        for protocol in &pair.protocols {
            encode_into(&mut body, 0x06, protocol.oid());
        }
        match &pair.key {
            PrivateKey::Curve(key) => {
                encode_into(&mut body, 0x80, &[key.curve().parameter_id()]);
                key.expose(|scalar| encode_into(&mut body, 0xCC, scalar));
            }
            PrivateKey::Rsa(key) => key.expose(|der| encode_into(&mut body, 0xCD, der)),
        }
        encode_into(out, 0xEE, &body);
    }
}

/// Reads the objects of one DF; passwords and codes stand in the master file only.
pub(super) fn decode(
    reader: &mut Reader<'_>,
    objects: &mut Objects,
    version: u8,
    is_master: bool,
) -> Result<(), Impossible> {
    if let Some(secret) = reader.optional(MRZ_SECRET)? {
        objects.mrz_secret = Some(MrzSecret::from_bytes(secret.value).map_err(|_| Impossible(secret.at))?);
    }
    if version != FIRST_VERSION && is_master {
        if let Some(can) = reader.optional(CAN)? {
            objects.can = Some(decode_can(can.value).ok_or(Impossible(can.at))?);
        }
        for (tag, name) in CODES {
            if let Some(code) = reader.optional(tag)? {
                *objects.code_mut(name) = Some(decode_code(code.value).ok_or(Impossible(code.at))?);
            }
        }
    }
    if version != FIRST_VERSION && !is_master {
        if let Some(identity) = reader.optional(CHIP_IDENTITY)? {
            objects.chip_identity = Some(decode_chip_identity(identity.value).ok_or(Impossible(identity.at))?);
        }
        while let Some(stored) = reader.optional(TRUST_POINT)? {
            let trust_point = decode_trust_point(stored.value).ok_or(Impossible(stored.at))?;
            objects.trust_points.push(trust_point);
        }
    }
    while let Some(pair) = reader.optional(0xEE)? {
        let (reference, decoded) = if version == FIRST_VERSION { first_pair(&pair)? } else { decode_pair(&pair)? };
        if objects.key_pairs.keys().next_back().is_some_and(|last| *last >= reference) {
            return Err(Impossible(pair.at));
        }
        objects.key_pairs.insert(reference, decoded);
    }
    Ok(())
}

const MRZ_SECRET: u32 = 0xDF21;
const CAN: u32 = 0xDF22;
const TRUST_POINT: u32 = 0xDF31;
const CHIP_IDENTITY: u32 = 0xDF33;
const CODES: [(u32, CodeName); 2] = [(0xDF23, CodeName::Pin), (0xDF24, CodeName::Puk)];

/// A trust point as it was written.
fn decode_trust_point(stored: &[u8]) -> Option<TrustPoint> {
    let trust_point = TrustPoint::decode(stored).ok()?;
    (trust_point.encode().ok()? == stored).then_some(trust_point)
}

fn decode_code(value: &[u8]) -> Option<Code> {
    let (&[limit, tries_left], digits) = value.split_first_chunk()?;
    Code::new(limit, digits)?.with_tries_left(tries_left)
}

fn first_pair(pair: &Tlv<'_>) -> Result<(u8, KeyPair), Impossible> {
    let mut parts = pair.reader();
    let [reference] = fixed(&parts.expect(0xCB)?)?;
    let key = scalar(&parts.expect(0xCC)?, Curve::P256)?;
    parts.finish()?;
    Ok((reference, KeyPair { key, protocols: Vec::new() }))
}

fn decode_pair(pair: &Tlv<'_>) -> Result<(u8, KeyPair), Impossible> {
    let mut parts = pair.reader();
    let [reference] = fixed(&parts.expect(0xCB)?)?;
    let mut oids = Vec::new();
    while let Some(oid) = parts.optional(0x06)? {
        oids.push(oid);
    }
    let key = match parts.optional(0x80)? {
        Some(id) => {
            let [octet] = fixed(&id)?;
            let curve = Curve::from_parameter_id(octet).ok_or(Impossible(id.at))?;
            scalar(&parts.expect(0xCC)?, curve)?
        }
        None => rsa(&parts.expect(0xCD)?)?,
    };
    parts.finish()?;
    let mut protocols = Vec::new();
    for oid in oids {
        let protocol =
            key.protocol(oid.value).filter(|new| !protocols.contains(new) && protocols.len() < MAX_PROTOCOLS);
        protocols.push(protocol.ok_or(Impossible(oid.at))?);
    }
    Ok((reference, KeyPair { key, protocols }))
}

fn scalar(stored: &Tlv<'_>, curve: Curve) -> Result<PrivateKey, Impossible> {
    CurvePrivateKey::from_bytes(curve, stored.value).map(PrivateKey::Curve).map_err(|_| Impossible(stored.at))
}

fn rsa(stored: &Tlv<'_>) -> Result<PrivateKey, Impossible> {
    let key = RsaPrivateKey::from_pkcs1_der(stored.value).map_err(|_| Impossible(stored.at))?;
    let is_as_written = key.expose(|der| der == stored.value);
    is_as_written.then(|| PrivateKey::Rsa(Box::new(key))).ok_or(Impossible(stored.at))
}
