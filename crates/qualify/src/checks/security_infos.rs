//! SecurityInfos of EF.CardAccess, EF.CardSecurity and DG14. Spec: `icao-9303-11#security-infos`.

use sigillo_crypto::{CurvePoint, RsaPublicKey};
use sigillo_tlv::Tlv;

use crate::checks::signed_data;
use crate::checks::structure::{
    BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, children, der, holds, integer, said, template,
};
use crate::scene::{Check, Scene};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("dg14.template", |scene| template(scene.subject()?, DG14).map(|_| ())),
    ("dg14.chip-authentication", |scene| chip_authentication(&dg14(scene.subject()?)?)),
    ("dg14.chip-authentication-keys", |scene| keys(&dg14(scene.subject()?)?)),
    ("dg14.chip-authentication-infos", |scene| chip_authentication_infos(&dg14(scene.subject()?)?)),
    ("dg14.card-access", |scene| contains(&dg14(scene.subject()?)?, &infos(scene.file("EF.CardAccess")?)?)),
    ("dg14.active-authentication", |scene| active_authentication(&dg14(scene.subject()?)?)),
    ("dg14.terminal-authentication", |scene| terminal_authentication(&dg14(scene.subject()?)?)),
    ("dg14.terminal-authentication-version", |scene| terminal_authentication_version(&dg14(scene.subject()?)?)),
    ("dg14.terminal-authentication-file", |scene| trust_point_file(&dg14(scene.subject()?)?)),
    ("card-access.security-infos", |scene| infos(scene.subject()?).map(|_| ())),
    ("card-access.pace-info", |scene| pace_infos(&infos(scene.subject()?)?).map(|_| ())),
    ("card-access.domain-parameters", |scene| domain_parameters(&infos(scene.subject()?)?)),
    ("card-access.mapping-beside-cam", |scene| mapping_beside_cam(&infos(scene.subject()?)?)),
    ("card-security.security-infos", |scene| infos(card_security(scene)?.content).map(|_| ())),
    ("card-security.chip-authentication-key", |scene| keys(&infos(card_security(scene)?.content)?)),
    ("card-security.card-access", |scene| {
        contains(&infos(card_security(scene)?.content)?, &infos(scene.file("EF.CardAccess")?)?)
    }),
    ("card-security.parameter-id", |scene| parameter_id(&infos(card_security(scene)?.content)?)),
];

/// One SecurityInfo.
struct Info<'a> {
    protocol: &'a [u8],
    required: Tlv<'a>,
    optional: Option<Tlv<'a>>,
    raw: &'a [u8],
}

fn dg14(file: &[u8]) -> Result<Vec<Info<'_>>, String> {
    infos(template(file, DG14)?.value)
}

fn card_security<'a>(scene: &'a Scene<'_>) -> Result<signed_data::SignedData<'a>, String> {
    signed_data::SignedData::read(scene.subject()?)
}

/// `SET OF SEQUENCE { OID, required, optional }` in DER; one or more, none twice.
fn infos(bytes: &[u8]) -> Result<Vec<Info<'_>>, String> {
    let set = der(bytes, SET)?;
    let found = children(&set)?.iter().map(Info::read).collect::<Result<Vec<_>, _>>()?;
    holds(!found.is_empty(), "one SecurityInfo or more")?;
    for (index, info) in found.iter().enumerate() {
        holds(!found.iter().take(index).any(|other| other.raw == info.raw), "no SecurityInfo twice")?;
    }
    Ok(found)
}

impl<'a> Info<'a> {
    fn read(tlv: &Tlv<'a>) -> Result<Self, String> {
        holds(tlv.tag.number() == SEQUENCE, "a SEQUENCE for each SecurityInfo")?;
        let mut members = tlv.reader();
        let protocol = members.expect(OBJECT_IDENTIFIER).map_err(said)?.value;
        let required = members.next().map_err(said)?.ok_or("expected required data in a SecurityInfo")?;
        let optional = members.next().map_err(said)?;
        members.finish().map_err(said)?;
        Ok(Self { protocol, required, optional, raw: tlv.raw })
    }

    /// The number behind `parent`, if the protocol is one level below it.
    fn below(&self, parent: &[u8]) -> Option<u8> {
        match self.protocol.strip_prefix(parent) {
            Some([last]) => Some(*last),
            _ => None,
        }
    }

    fn version(&self, expected: u32) -> Result<(), String> {
        let found = (self.required.tag.number() == INTEGER).then(|| integer(&self.required)).transpose()?;
        holds(found == Some(expected), &format!("version {expected}"))
    }

    /// The optional INTEGER: a key identifier or that of domain parameters.
    fn number(&self) -> Result<Option<u32>, String> {
        match &self.optional {
            None => Ok(None),
            Some(tlv) if tlv.tag.number() == INTEGER => integer(tlv).map(Some),
            Some(_) => Err("expected an INTEGER as optional data".to_owned()),
        }
    }
}

/// Every entry of the one file stands in the other too.
fn contains(all: &[Info<'_>], part: &[Info<'_>]) -> Result<(), String> {
    let missing = part.iter().filter(|wanted| !all.iter().any(|info| info.raw == wanted.raw)).count();
    holds(missing == 0, &format!("every SecurityInfo of EF.CardAccess, {missing} are missing"))
}

/// At least one ChipAuthenticationInfo and its public key.
fn chip_authentication(infos: &[Info<'_>]) -> Result<(), String> {
    let protocols = infos.iter().filter(|info| CaProtocol::of(info).is_some()).count();
    holds(protocols > 0, "one ChipAuthenticationInfo or more")?;
    let keys = infos.iter().filter(|info| info.below(ID_PK).is_some()).count();
    holds(keys > 0, "one ChipAuthenticationPublicKeyInfo or more")
}

/// What a ChipAuthenticationInfo's OID says.
struct CaProtocol {
    elliptic: bool,
}

impl CaProtocol {
    fn of(info: &Info<'_>) -> Option<Self> {
        match info.protocol.strip_prefix(ID_CA) {
            Some([kind @ (1 | 2), 1..=4]) => Some(Self { elliptic: *kind == 2 }),
            _ => None,
        }
    }
}

/// Each ChipAuthenticationPublicKeyInfo: kind, key, and an identifier of its own where there are several.
fn keys(infos: &[Info<'_>]) -> Result<(), String> {
    let keys: Vec<&Info<'_>> = infos.iter().filter(|info| info.below(ID_PK).is_some()).collect();
    holds(!keys.is_empty(), "one ChipAuthenticationPublicKeyInfo or more")?;
    let mut identifiers = Vec::new();
    for info in &keys {
        match info.below(ID_PK) {
            Some(1) => diffie_hellman_key(&info.required)?,
            Some(2) => elliptic_key(&info.required)?,
            _ => return Err("expected id-PK-DH or id-PK-ECDH".to_owned()),
        }
        identifiers.extend(info.number()?);
    }
    identifiers.sort_unstable();
    let count = identifiers.len();
    identifiers.dedup();
    holds(identifiers.len() == count, "another identifier for each key")?;
    holds(keys.len() == 1 || count == keys.len(), "an identifier for each of several keys")
}

/// A SubjectPublicKeyInfo with explicit domain parameters and a point of that curve.
fn elliptic_key(key: &Tlv<'_>) -> Result<(), String> {
    let PublicKeyInfo { oid, parameters, bits } = PublicKeyInfo::read(key)?;
    match parameters {
        Some(parameters) if oid == EC_PUBLIC_KEY && parameters.tag.number() == SEQUENCE => (),
        // The curve by its number in ICAO 9303-11 table 12.
        Some(parameters) if oid == STANDARDIZED && parameters.tag.number() == INTEGER => return uncompressed(bits),
        _ => return Err("expected id-ecPublicKey with explicit domain parameters".to_owned()),
    }
    uncompressed(bits)?;
    match CurvePoint::from_spki_der(key.raw) {
        Err(error) if error.code() != "crypto.curve-unknown" => {
            Err(format!("expected a point of the curve, {}", error.code()))
        }
        // A curve that is not spoken here cannot be computed with.
        _ => Ok(()),
    }
}

fn diffie_hellman_key(key: &Tlv<'_>) -> Result<(), String> {
    let PublicKeyInfo { oid, parameters, bits } = PublicKeyInfo::read(key)?;
    let parameters = parameters.filter(|tlv| tlv.tag.number() == SEQUENCE && oid == DH_KEY_AGREEMENT);
    let parameters = children(&parameters.ok_or("expected dhKeyAgreement with its parameters")?)?;
    let (Some(prime), Some(_)) = (parameters.first(), parameters.get(1)) else {
        return Err("expected prime and generator".to_owned());
    };
    let value = der(bits, INTEGER)?.value;
    let unsigned = |octets: &[u8]| octets.iter().skip_while(|octet| **octet == 0).copied().collect::<Vec<u8>>();
    let (prime, value) = (unsigned(prime.value), unsigned(value));
    let less = value.len() < prime.len() || value.len() == prime.len() && value < prime;
    holds(less && value.len() > 1, "a public value between one and the prime")
}

/// A SubjectPublicKeyInfo: algorithm, parameters and the octets of the key.
struct PublicKeyInfo<'a> {
    oid: &'a [u8],
    parameters: Option<Tlv<'a>>,
    bits: &'a [u8],
}

impl<'a> PublicKeyInfo<'a> {
    fn read(key: &Tlv<'a>) -> Result<Self, String> {
        holds(key.tag.number() == SEQUENCE, "a SubjectPublicKeyInfo")?;
        let mut members = key.reader();
        let mut algorithm = members.expect(SEQUENCE).map_err(said)?.reader();
        let bits = members.expect(BIT_STRING).map_err(said)?;
        members.finish().map_err(said)?;
        let oid = algorithm.expect(OBJECT_IDENTIFIER).map_err(said)?.value;
        let parameters = algorithm.next().map_err(said)?;
        algorithm.finish().map_err(said)?;
        match bits.value {
            [0, bits @ ..] => Ok(Self { oid, parameters, bits }),
            _ => Err("expected a public key of whole octets".to_owned()),
        }
    }
}

fn uncompressed(point: &[u8]) -> Result<(), String> {
    holds(point.first() == Some(&4) && point.len() % 2 == 1 && point.len() > 1, "an uncompressed point")
}

/// Each ChipAuthenticationInfo: protocol, version 1, and a key of its kind under the same identifier.
fn chip_authentication_infos(infos: &[Info<'_>]) -> Result<(), String> {
    let named: Vec<&Info<'_>> = infos.iter().filter(|info| info.protocol.starts_with(ID_CA)).collect();
    holds(!named.is_empty(), "one ChipAuthenticationInfo or more")?;
    for info in named {
        let protocol = CaProtocol::of(info).ok_or("expected a protocol of ICAO 9303-11 section 9.2.7")?;
        info.version(1)?;
        let identifier = info.number()?;
        let kind = 1 + u8::from(protocol.elliptic);
        let mut keys = infos.iter().filter(|key| key.below(ID_PK) == Some(kind));
        let matches = keys.any(|key| key.number().is_ok_and(|number| number == identifier));
        holds(matches, "a public key of this kind under the same identifier")?;
    }
    Ok(())
}

/// ActiveAuthenticationInfo: version 1 and an ECDSA plain signature algorithm with SHA-2.
fn active_authentication(infos: &[Info<'_>]) -> Result<(), String> {
    let mut named = infos.iter().filter(|info| info.protocol == ACTIVE_AUTHENTICATION);
    let info = named.next().ok_or("expected an ActiveAuthenticationInfo")?;
    holds(named.next().is_none(), "one ActiveAuthenticationInfo")?;
    info.version(1)?;
    let algorithm = info.optional.filter(|tlv| tlv.tag.number() == OBJECT_IDENTIFIER);
    let algorithm = algorithm.ok_or("expected a signature algorithm")?.value;
    let plain = matches!(algorithm.strip_prefix(ECDSA_PLAIN), Some([2..=5]));
    holds(plain, "ecdsa-plain with SHA-224, SHA-256, SHA-384 or SHA-512")
}

/// TerminalAuthenticationInfo of version 1.
fn terminal_authentication(infos: &[Info<'_>]) -> Result<(), String> {
    let named: Vec<&Info<'_>> = infos.iter().filter(|info| info.protocol == ID_TA).collect();
    holds(!named.is_empty(), "a TerminalAuthenticationInfo")?;
    named.iter().try_for_each(|info| info.version(1))
}

/// If Terminal Authentication is named, version 1 is among what is named, and never an algorithm of it.
fn terminal_authentication_version(infos: &[Info<'_>]) -> Result<(), String> {
    let named: Vec<&Info<'_>> = infos.iter().filter(|info| info.protocol == ID_TA).collect();
    let first = named.is_empty() || named.iter().any(|info| info.version(1).is_ok());
    holds(first, "a TerminalAuthenticationInfo of version 1")?;
    let special = infos.iter().any(|info| info.protocol.starts_with(ID_TA) && info.protocol != ID_TA);
    holds(!special, "id-TA itself, not an algorithm below it")
}

/// Where the chip keeps EF.CVCA: not said, or two octets of file identifier with or without one of short identifier.
fn trust_point_file(infos: &[Info<'_>]) -> Result<(), String> {
    for info in infos.iter().filter(|info| info.protocol == ID_TA) {
        let Some(file) = &info.optional else { continue };
        holds(file.tag.number() == SEQUENCE, "a SEQUENCE that names EF.CVCA")?;
        let parts = children(file)?;
        holds(parts.iter().all(|part| part.tag.number() == OCTET_STRING), "OCTET STRINGs that name EF.CVCA")?;
        let lengths: Vec<usize> = parts.iter().map(|part| part.value.len()).collect();
        holds(matches!(lengths[..], [2] | [2, 1]), "a file identifier, with or without a short one")?;
    }
    Ok(())
}

/// A PACEInfo that passed.
struct Pace {
    mapping: Mapping,
    parameter: Option<u32>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Mapping {
    Generic,
    Integrated,
    ChipAuthentication,
}

/// Each PACEInfo: one of the protocols, version 2, domain parameters of its kind; one of them standardized.
fn pace_infos(infos: &[Info<'_>]) -> Result<Vec<Pace>, String> {
    let found = infos.iter().filter_map(pace_info).collect::<Result<Vec<_>, _>>()?;
    holds(!found.is_empty(), "one PACEInfo or more")?;
    let standardized = |pace: &Pace| pace.parameter.is_some_and(|id| id < 32);
    holds(found.iter().any(standardized), "standardized domain parameters in one PACEInfo or more")?;
    Ok(found)
}

/// `None` for what is no PACEInfo.
fn pace_info(info: &Info<'_>) -> Option<Result<Pace, String>> {
    let behind = info.protocol.strip_prefix(ID_PACE)?;
    let (elliptic, mapping, symmetric) = match *behind {
        // One number behind it: PACEDomainParameterInfo.
        [_] => return None,
        [1, symmetric] => (false, Mapping::Generic, symmetric),
        [2, symmetric] => (true, Mapping::Generic, symmetric),
        [3, symmetric] => (false, Mapping::Integrated, symmetric),
        [4, symmetric] => (true, Mapping::Integrated, symmetric),
        [6, symmetric] => (true, Mapping::ChipAuthentication, symmetric),
        _ => return Some(Err("expected a PACE protocol of ICAO 9303-11 section 9.2.3".to_owned())),
    };
    let judge = || {
        let triple_des = mapping != Mapping::ChipAuthentication && symmetric == 1;
        holds(triple_des || matches!(symmetric, 2..=4), "a PACE protocol of ICAO 9303-11 section 9.2.3")?;
        info.version(2)?;
        let parameter = info.number()?;
        match parameter {
            Some(0..=2) => holds(!elliptic, "domain parameters of an elliptic curve")?,
            Some(8..=18) => holds(elliptic, "domain parameters of a prime field")?,
            Some(3..=7 | 19..=31) => return Err("expected domain parameters that are not reserved".to_owned()),
            Some(_) => (),
            None => holds(
                mapping != Mapping::ChipAuthentication,
                "a parameter identifier with Chip Authentication Mapping",
            )?,
        }
        Ok(Pace { mapping, parameter })
    };
    Some(judge())
}

/// Explicit domain parameters stand there for each identifier that is not standardized, and for no other.
fn domain_parameters(infos: &[Info<'_>]) -> Result<(), String> {
    let mut explicit = Vec::new();
    for info in infos {
        let Some(kind) = info.below(ID_PACE) else { continue };
        let algorithm = match kind {
            1 | 3 => DH_KEY_AGREEMENT,
            2 | 4 | 6 => EC_PUBLIC_KEY,
            _ => return Err("expected a PACE mapping of ICAO 9303-11 section 9.2.2".to_owned()),
        };
        holds(info.required.tag.number() == SEQUENCE, "an AlgorithmIdentifier with domain parameters")?;
        let parts = children(&info.required)?;
        let oid = parts.first().filter(|tlv| tlv.tag.number() == OBJECT_IDENTIFIER).map(|tlv| tlv.value);
        holds(oid == Some(algorithm), "domain parameters of the kind of the protocol")?;
        holds(parts.get(1).is_some_and(|tlv| tlv.tag.number() == SEQUENCE), "domain parameters")?;
        let identifier = info.number()?;
        holds(identifier.is_none_or(|id| id >= 32), "an identifier that is not reserved")?;
        explicit.push(identifier);
    }
    let wanted: Vec<Option<u32>> =
        pace_infos(infos)?.iter().map(|pace| pace.parameter).filter(|id| id.is_none_or(|id| id >= 32)).collect();
    for identifier in &wanted {
        holds(explicit.contains(identifier), "a PACEDomainParameterInfo for each explicit identifier")?;
    }
    holds(
        explicit.iter().all(|identifier| wanted.contains(identifier)),
        "a PACEInfo for each PACEDomainParameterInfo",
    )?;
    let ambiguous = explicit.len() > 1 && explicit.contains(&None);
    holds(!ambiguous, "an identifier for each of several domain parameters")
}

/// Whoever speaks Chip Authentication Mapping speaks another mapping too.
fn mapping_beside_cam(infos: &[Info<'_>]) -> Result<(), String> {
    let found = pace_infos(infos)?;
    let cam = found.iter().any(|pace| pace.mapping == Mapping::ChipAuthentication);
    let other = found.iter().any(|pace| pace.mapping != Mapping::ChipAuthentication);
    holds(!cam || other, "a PACEInfo with generic or integrated mapping beside Chip Authentication Mapping")
}

/// The parameter identifier of Chip Authentication Mapping is the identifier of a public key.
fn parameter_id(infos: &[Info<'_>]) -> Result<(), String> {
    let found = pace_infos(infos)?;
    let mut wanted = found.iter().filter(|pace| pace.mapping == Mapping::ChipAuthentication).peekable();
    holds(wanted.peek().is_some(), "a PACEInfo with Chip Authentication Mapping")?;
    for pace in wanted {
        let is_key = |info: &&Info<'_>| info.below(ID_PK) == Some(2);
        let key =
            infos.iter().filter(is_key).any(|info| info.number().is_ok_and(|id| id.is_some() && id == pace.parameter));
        holds(key, "a ChipAuthenticationPublicKeyInfo whose key identifier is the parameter identifier")?;
    }
    Ok(())
}

/// Whether all PACEInfos name the same domain parameters.
pub(super) fn has_one_domain(card_access: &[u8]) -> bool {
    let found = infos(card_access).and_then(|infos| pace_infos(&infos)).unwrap_or_default();
    let mut parameters: Vec<Option<u32>> = found.iter().map(|pace| pace.parameter).collect();
    parameters.dedup();
    parameters.len() == 1
}

/// Whether domain parameters are given in full.
pub(super) fn has_explicit_domain(card_access: &[u8]) -> bool {
    infos(card_access).is_ok_and(|infos| infos.iter().any(|info| info.below(ID_PACE).is_some()))
}

/// The SubjectPublicKeyInfo of DG15: RSA, or an elliptic curve with all its parameters.
pub(super) fn active_authentication_key(key: &Tlv<'_>) -> Result<(), String> {
    let PublicKeyInfo { oid, parameters, bits } = PublicKeyInfo::read(key)?;
    if oid == RSA_ENCRYPTION {
        holds(parameters.is_some_and(|tlv| tlv.raw == [5, 0]), "NULL parameters with rsaEncryption")?;
        let numbers = children(&der(bits, SEQUENCE)?)?;
        let positive =
            |tlv: &Tlv<'_>| tlv.tag.number() == INTEGER && tlv.value.first().is_some_and(|octet| *octet < 0x80);
        holds(numbers.len() == 2 && numbers.iter().all(positive), "modulus and exponent, both positive")?;
        return match RsaPublicKey::from_spki_der(key.raw) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("expected an RSA key, {}", error.code())),
        };
    }
    elliptic_key(key)
}

/// The algorithm of the key of DG15.
pub(super) fn active_authentication_algorithm(key: &Tlv<'_>) -> Result<(), String> {
    let oid = PublicKeyInfo::read(key)?.oid;
    holds(oid == RSA_ENCRYPTION || oid == EC_PUBLIC_KEY, "rsaEncryption or id-ecPublicKey")
}

const DG14: u32 = 0x6E;
/// 0.4.0.127.0.7.2.2.1, .2, .3, .4
const ID_PK: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x01];
const ID_TA: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02];
const ID_CA: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03];
const ID_PACE: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04];
/// 0.4.0.127.0.7.1.2
const STANDARDIZED: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x02];
/// 0.4.0.127.0.7.1.1.4.1
const ECDSA_PLAIN: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01];
/// 2.23.136.1.1.5
const ACTIVE_AUTHENTICATION: &[u8] = &[0x67, 0x81, 0x08, 0x01, 0x01, 0x05];
/// 1.2.840.10045.2.1
const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// 1.2.840.113549.1.3.1
const DH_KEY_AGREEMENT: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x03, 0x01];
/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

#[cfg(test)]
mod tests {
    use sigillo_crypto::{Curve, EcParameters};
    use sigillo_tlv::encode;

    use super::*;

    fn info(oid: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        encode(SEQUENCE, &[encode(OBJECT_IDENTIFIER, oid), parts.concat()].concat())
    }

    fn number(value: u8) -> Vec<u8> {
        encode(INTEGER, &[value])
    }

    fn set(mut infos: Vec<Vec<u8>>) -> Vec<u8> {
        infos.sort();
        encode(SET, &infos.concat())
    }

    fn pace(mapping: u8, symmetric: u8, version: u8, parameter: Option<u8>) -> Vec<u8> {
        info(
            &[ID_PACE, &[mapping, symmetric]].concat(),
            &[&number(version), &parameter.map(number).unwrap_or_default()],
        )
    }

    fn agreement(kind: u8, version: u8, key: Option<u8>) -> Vec<u8> {
        info(&[ID_CA, &[kind, 2]].concat(), &[&number(version), &key.map(number).unwrap_or_default()])
    }

    fn public(key: Option<u8>) -> Vec<u8> {
        let point = CurvePoint::generator(Curve::P256).to_spki_der(EcParameters::Explicit).unwrap();
        info(&[ID_PK, &[2]].concat(), &[&point, &key.map(number).unwrap_or_default()])
    }

    fn judged(infos: Vec<Vec<u8>>, judge: impl Fn(&[Info<'_>]) -> Result<(), String>) -> bool {
        let bytes = set(infos);
        super::infos(&bytes).and_then(|infos| judge(&infos)).is_ok()
    }

    #[test]
    fn the_set() {
        let (one, other) = (pace(2, 2, 2, Some(12)), pace(4, 2, 2, Some(13)));
        assert!(infos(&set(vec![one.clone(), other.clone()])).is_ok());
        assert!(infos(&encode(SET, &[other.clone(), one.clone()].concat())).is_err(), "not in order");
        assert!(infos(&set(vec![one.clone(), one.clone()])).is_err(), "twice");
        assert!(infos(&set(vec![])).is_err());
        assert!(infos(&encode(SEQUENCE, &one)).is_err());
        assert!(infos(&set(vec![encode(SEQUENCE, &number(1))])).is_err());
    }

    #[test]
    fn pace_infos_are_judged() {
        let right = |infos| judged(infos, |infos| pace_infos(infos).map(|_| ()));
        assert!(right(vec![
            pace(2, 2, 2, Some(12)),
            pace(4, 1, 2, Some(18)),
            pace(1, 4, 2, Some(0)),
            pace(6, 4, 2, Some(13))
        ]));
        for wrong in [
            pace(2, 2, 1, Some(12)),
            pace(2, 5, 2, Some(12)),
            pace(5, 2, 2, Some(12)),
            pace(6, 1, 2, Some(12)),
            pace(6, 2, 2, None),
            pace(2, 2, 2, Some(1)),
            pace(1, 2, 2, Some(12)),
            pace(2, 2, 2, Some(19)),
        ] {
            assert!(!right(vec![pace(2, 3, 2, Some(12)), wrong.clone()]), "{}", hex::encode(&wrong));
        }
        assert!(!right(vec![pace(2, 2, 2, Some(40))]), "no standardized parameters");
        assert!(!right(vec![public(None)]));
    }

    #[test]
    fn a_mapping_beside_chip_authentication() {
        assert!(judged(vec![pace(6, 2, 2, Some(12)), pace(2, 2, 2, Some(12))], mapping_beside_cam));
        assert!(!judged(vec![pace(6, 2, 2, Some(12))], mapping_beside_cam));
        assert!(judged(vec![pace(6, 2, 2, Some(12)), public(Some(12))], parameter_id));
        assert!(!judged(vec![pace(6, 2, 2, Some(12)), public(Some(13))], parameter_id));
        assert!(!judged(vec![pace(2, 2, 2, Some(12)), public(Some(12))], parameter_id));
    }

    #[test]
    fn explicit_domain_parameters() {
        let explicit = |kind: u8, oid: &[u8], id: Option<u8>| {
            let algorithm = encode(SEQUENCE, &[encode(OBJECT_IDENTIFIER, oid), encode(SEQUENCE, &[])].concat());
            info(&[ID_PACE, &[kind]].concat(), &[&algorithm, &id.map(number).unwrap_or_default()])
        };
        let with = |more: Vec<Vec<u8>>| judged([vec![pace(2, 2, 2, Some(12))], more].concat(), domain_parameters);
        assert!(with(vec![]));
        assert!(with(vec![pace(2, 3, 2, Some(40)), explicit(2, EC_PUBLIC_KEY, Some(40))]));
        assert!(!with(vec![pace(2, 3, 2, Some(40))]), "parameters are missing");
        assert!(!with(vec![explicit(2, EC_PUBLIC_KEY, Some(40))]), "nobody refers to them");
        assert!(!with(vec![pace(2, 3, 2, Some(40)), explicit(2, DH_KEY_AGREEMENT, Some(40))]));
        assert!(!with(vec![explicit(2, EC_PUBLIC_KEY, Some(12))]), "a standardized number");
        let file = set(vec![pace(2, 2, 2, Some(12)), explicit(2, EC_PUBLIC_KEY, Some(40))]);
        assert!(has_explicit_domain(&file) && has_one_domain(&file));
        assert!(!has_one_domain(&set(vec![pace(2, 2, 2, Some(12)), pace(2, 3, 2, Some(13))])));
    }

    #[test]
    fn chip_authentication_and_its_keys() {
        assert!(judged(vec![agreement(2, 1, None), public(None)], chip_authentication));
        assert!(!judged(vec![public(None)], chip_authentication));
        assert!(!judged(vec![agreement(2, 1, None)], chip_authentication));

        assert!(judged(vec![public(None)], keys));
        assert!(judged(vec![public(Some(1)), public(Some(2))], keys));
        assert!(!judged(vec![public(Some(1)), public(None)], keys), "which key is it?");
        let mut off_the_curve = public(None);
        *off_the_curve.last_mut().unwrap() ^= 1;
        assert!(!judged(vec![off_the_curve], keys));
        let named = CurvePoint::generator(Curve::P256).to_spki_der(EcParameters::Named).unwrap();
        assert!(!judged(vec![info(&[ID_PK, &[2]].concat(), &[&named])], keys));

        assert!(judged(vec![agreement(2, 1, Some(1)), public(Some(1))], chip_authentication_infos));
        for wrong in
            [agreement(2, 1, Some(2)), agreement(2, 2, Some(1)), agreement(1, 1, Some(1)), agreement(3, 1, Some(1))]
        {
            assert!(!judged(vec![wrong, public(Some(1))], chip_authentication_infos));
        }
    }

    #[test]
    fn a_key_modulo_a_prime() {
        let key = |prime: &[u8], value: &[u8]| {
            let parameters = encode(SEQUENCE, &[encode(INTEGER, prime), number(2)].concat());
            let algorithm = [encode(OBJECT_IDENTIFIER, DH_KEY_AGREEMENT), parameters].concat();
            let bits = [&[0][..], &encode(INTEGER, value)].concat();
            let spki = encode(SEQUENCE, &[encode(SEQUENCE, &algorithm), encode(BIT_STRING, &bits)].concat());
            judged(vec![info(&[ID_PK, &[1]].concat(), &[&spki])], keys)
        };
        assert!(key(&[0x00, 0xFB, 0x01], &[0x12, 0x34]));
        assert!(!key(&[0x00, 0xFB, 0x01], &[0x00, 0xFB, 0x01]));
        assert!(!key(&[0x00, 0xFB, 0x01], &[0x01]));
    }

    #[test]
    fn active_and_terminal_authentication() {
        let active = |version: u8, hash: u8| {
            let algorithm = encode(OBJECT_IDENTIFIER, &[ECDSA_PLAIN, &[hash]].concat());
            info(ACTIVE_AUTHENTICATION, &[&number(version), &algorithm])
        };
        assert!(judged(vec![active(1, 3)], active_authentication));
        for wrong in [active(2, 3), active(1, 1), active(1, 6), info(ACTIVE_AUTHENTICATION, &[&number(1)])] {
            assert!(!judged(vec![wrong], active_authentication));
        }
        assert!(judged(vec![info(ID_TA, &[&number(1)])], terminal_authentication));
        assert!(!judged(vec![info(ID_TA, &[&number(2)])], terminal_authentication));
        let special = info(&[ID_TA, &[2, 3]].concat(), &[&number(1)]);
        for (version, more, right) in [(1, vec![], true), (2, vec![], false), (1, vec![special], false)] {
            let all = [vec![info(ID_TA, &[&number(version)])], more].concat();
            assert_eq!(judged(all, terminal_authentication_version), right);
        }
        assert!(!judged(vec![active(1, 3)], terminal_authentication));
        let file = |parts: &[&[u8]]| {
            let parts: Vec<u8> = parts.iter().flat_map(|part| encode(OCTET_STRING, part)).collect();
            judged(vec![info(ID_TA, &[&number(1), &encode(SEQUENCE, &parts)])], trust_point_file)
        };
        assert!(file(&[&[0x01, 0x1C]]) && file(&[&[0x01, 0x1C], &[0x1C]]));
        assert!(!file(&[&[0x1C]]) && !file(&[]) && !file(&[&[0x01, 0x1C], &[0x01, 0x1C]]));
    }

    #[test]
    fn one_file_in_the_other() {
        let (one, other) = (set(vec![pace(2, 2, 2, Some(12))]), set(vec![pace(2, 2, 2, Some(12)), public(None)]));
        let (one, other) = (infos(&one).unwrap(), infos(&other).unwrap());
        assert!(contains(&other, &one).is_ok() && contains(&one, &other).is_err());
    }
}
