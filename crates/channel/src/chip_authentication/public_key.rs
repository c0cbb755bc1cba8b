use sigillo_crypto::{Curve, CurvePoint};
use sigillo_tlv::{Tlv, TlvError, single};

use crate::error::ChannelError;

const SEQUENCE: u32 = 0x30;
const OBJECT_IDENTIFIER: u32 = 0x06;
const INTEGER: u32 = 0x02;
const BIT_STRING: u32 = 0x03;
/// standardizedDomainParameters, 0.4.0.127.0.7.1.2
const STANDARDIZED: [u8; 7] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x02];

/// Reads the SubjectPublicKeyInfo of a ChipAuthenticationPublicKeyInfo.
///
/// | algorithm | parameters |
/// |---|---|
/// | id-ecPublicKey | all domain parameters, or the curve's object identifier |
/// | standardizedDomainParameters | the identifier of a set, an INTEGER |
///
/// Spec: `icao-9303-11#ca-security-infos`, `icao-9303-11#domain-parameters`.
///
/// # Errors
///
/// `ca.key` for another algorithm, parameters that are not spoken here, and a key that is no point of the curve.
pub fn decode_public_key(spki: &[u8]) -> Result<CurvePoint, ChannelError> {
    let standardized = standardized(spki).map_err(|_| ChannelError::CaKey)?;
    let point = match standardized {
        Some(key) => CurvePoint::decode(key.curve.ok_or(ChannelError::CaKey)?, key.octets),
        None => CurvePoint::from_spki_der(spki),
    };
    point.map_err(|_| ChannelError::CaKey)
}

/// A key whose algorithm is that of standardized domain parameters.
struct Standardized<'a> {
    curve: Option<Curve>,
    octets: &'a [u8],
}

/// The key, unless its algorithm is another one.
fn standardized(spki: &[u8]) -> Result<Option<Standardized<'_>>, TlvError> {
    let mut fields = single(spki, SEQUENCE)?.reader();
    let mut algorithm = fields.expect(SEQUENCE)?.reader();
    if algorithm.expect(OBJECT_IDENTIFIER)?.value != STANDARDIZED {
        return Ok(None);
    }
    let id = algorithm.expect(INTEGER)?;
    algorithm.finish()?;
    let key = fields.expect(BIT_STRING)?;
    fields.finish()?;
    Ok(Some(Standardized { curve: curve_of(&id), octets: whole_octets(&key) }))
}

fn curve_of(id: &Tlv<'_>) -> Option<Curve> {
    match *id.value {
        [id @ 0..=0x7F] => Curve::from_parameter_id(id),
        _ => None,
    }
}

/// The octets of a BIT STRING without unused bits; nothing, which is no key, of any other.
fn whole_octets<'a>(string: &Tlv<'a>) -> &'a [u8] {
    match string.value {
        [0, octets @ ..] => octets,
        _ => &[],
    }
}
