//! DG15, the public key of Active Authentication. Spec: `icao-9303-11#aa-key`, `icao-9303-10#dg15`.

use sigillo_tlv::Tlv;

use crate::checks::security_infos::{active_authentication_algorithm, active_authentication_key};
use crate::checks::structure::{MAX_DEPTH, SEQUENCE, child, element, holds, length, starts_with, template};
use crate::scene::Check;

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("dg15.tag", |scene| starts_with(scene.subject()?, DG15)),
    ("dg15.length", |scene| length(scene.subject()?)),
    ("dg15.key-info", |scene| key_info(scene.subject()?).map(|_| ())),
    ("dg15.algorithm", |scene| active_authentication_algorithm(&key_info(scene.subject()?)?)),
    ("dg15.key", |scene| active_authentication_key(&key_info(scene.subject()?)?)),
];

/// One SubjectPublicKeyInfo in DER and nothing else.
fn key_info(file: &[u8]) -> Result<Tlv<'_>, String> {
    let dg15 = template(file, DG15)?;
    let key = child(&dg15, SEQUENCE)?;
    holds(key.raw == dg15.value, "one SubjectPublicKeyInfo in DG15")?;
    element(&key, MAX_DEPTH)?;
    Ok(key)
}

const DG15: u32 = 0x6F;

#[cfg(test)]
mod tests {
    use sigillo_crypto::{Curve, CurvePoint, EcParameters};
    use sigillo_tlv::encode;

    use super::*;

    /// DER, algorithm, key.
    fn judged(info: &[u8]) -> [bool; 3] {
        let file = encode(DG15, info);
        let Ok(key) = key_info(&file) else { return [false; 3] };
        [true, active_authentication_algorithm(&key).is_ok(), active_authentication_key(&key).is_ok()]
    }

    #[test]
    fn a_key_and_what_can_be_wrong_with_it() {
        let point = CurvePoint::generator(Curve::P256);
        let right = point.to_spki_der(EcParameters::Explicit).unwrap();
        assert_eq!(judged(&right), [true; 3]);
        assert_eq!(judged(&point.to_spki_der(EcParameters::Named).unwrap()), [true, true, false]);

        let mut off_the_curve = right.clone();
        *off_the_curve.last_mut().unwrap() ^= 1;
        assert_eq!(judged(&off_the_curve), [true, true, false]);
        // id-ecPublicKey becomes 1.2.840.10045.2.2.
        let other = hex::encode(&right).replacen("2a8648ce3d0201", "2a8648ce3d0202", 1);
        assert_eq!(judged(&hex::decode(other).unwrap()), [true, false, false]);
        assert_eq!(judged(&[&right[..], &[0x05, 0x00]].concat()), [false; 3]);
        assert!(starts_with(&encode(DG15, &right), 0x6E).is_err());
    }

    #[test]
    fn an_rsa_key() {
        // A modulus of 1024 bits whose only merit is to be odd: nobody computes with it here.
        let modulus = [&[0x00, 0xC1][..], &[0x55; 126], &[0x01]].concat();
        let numbers = |modulus: &[u8]| encode(0x30, &[encode(0x02, modulus), encode(0x02, &[1, 0, 1])].concat());
        let info = |parameters: &[u8], numbers: &[u8]| {
            let oid = encode(0x06, &hex::decode("2a864886f70d010101").unwrap());
            encode(
                0x30,
                &[encode(0x30, &[&oid, parameters].concat()), encode(0x03, &[&[0], numbers].concat())].concat(),
            )
        };
        assert_eq!(judged(&info(&[5, 0], &numbers(&modulus))), [true; 3]);
        assert_eq!(judged(&info(&[], &numbers(&modulus))), [true, true, false]);
        assert_eq!(judged(&info(&[5, 0], &numbers(&modulus[1..]))), [true, true, false]);
    }
}
