//! Which algorithm an AlgorithmIdentifier means. Spec: `icao-9303-12#algorithms`, `rfc-5754`, `rfc-4055#pss`.

use sigillo_crypto::{HashAlgorithm, SignatureAlgorithm};
use sigillo_tlv::Tlv;

use crate::checks::structure::{INTEGER, OBJECT_IDENTIFIER, SEQUENCE, children, holds, integer};

/// SHA-224 to SHA-512 without parameters, or with NULL as older signers write.
pub(super) fn hash_algorithm(tlv: &Tlv<'_>) -> Result<HashAlgorithm, String> {
    use HashAlgorithm::{Sha224, Sha256, Sha384, Sha512};
    let (oid, parameters) = parts(tlv)?;
    holds(is_void(parameters.as_ref()), "a hash algorithm without parameters")?;
    match oid.strip_prefix(SHA_2) {
        Some([1]) => Ok(Sha256),
        Some([2]) => Ok(Sha384),
        Some([3]) => Ok(Sha512),
        Some([4]) => Ok(Sha224),
        _ => Err("expected SHA-224, SHA-256, SHA-384 or SHA-512".to_owned()),
    }
}

/// RSA by PKCS#1 or PSS, or ECDSA, each with SHA-2. `rsaEncryption` takes the hash of the message digest, if there is one.
pub(super) fn signature_algorithm(tlv: &Tlv<'_>, digest: Option<HashAlgorithm>) -> Result<SignatureAlgorithm, String> {
    use HashAlgorithm::{Sha224, Sha256, Sha384, Sha512};
    let (oid, parameters) = parts(tlv)?;
    if oid == RSASSA_PSS {
        return pss(&parameters.ok_or("expected parameters of RSASSA-PSS")?);
    }
    holds(is_void(parameters.as_ref()), "a signature algorithm without parameters")?;
    match (oid.strip_prefix(ECDSA_WITH_SHA_2), oid.strip_prefix(PKCS_1)) {
        (Some([1]), _) => Ok(SignatureAlgorithm::Ecdsa(Sha224)),
        (Some([2]), _) => Ok(SignatureAlgorithm::Ecdsa(Sha256)),
        (Some([3]), _) => Ok(SignatureAlgorithm::Ecdsa(Sha384)),
        (Some([4]), _) => Ok(SignatureAlgorithm::Ecdsa(Sha512)),
        (_, Some([11])) => Ok(SignatureAlgorithm::RsaPkcs1(Sha256)),
        (_, Some([12])) => Ok(SignatureAlgorithm::RsaPkcs1(Sha384)),
        (_, Some([13])) => Ok(SignatureAlgorithm::RsaPkcs1(Sha512)),
        (_, Some([14])) => Ok(SignatureAlgorithm::RsaPkcs1(Sha224)),
        (_, Some([1])) => digest.map(SignatureAlgorithm::RsaPkcs1).ok_or_else(unknown),
        _ => Err(unknown()),
    }
}

/// `RSASSA-PSS-params` with one hash for message and mask; ICAO 9303-12 forbids the defaults, which are SHA-1.
fn pss(parameters: &Tlv<'_>) -> Result<SignatureAlgorithm, String> {
    let (mut hash, mut mask_hash, mut salt, mut trailer) = (None, None, 20, 1);
    for field in children(parameters)? {
        let inside = children(&field)?;
        let [inside] = inside[..] else { return Err(unknown()) };
        match field.tag.number() {
            0xA0 => hash = Some(hash_algorithm(&inside)?),
            0xA1 => {
                let (oid, mask) = parts(&inside)?;
                holds(oid == MGF_1, "MGF1 as mask generation function")?;
                mask_hash = Some(hash_algorithm(&mask.ok_or_else(unknown)?)?);
            }
            0xA2 if inside.tag.number() == INTEGER => salt = integer(&inside)?,
            0xA3 if inside.tag.number() == INTEGER => trailer = integer(&inside)?,
            _ => return Err(unknown()),
        }
    }
    holds(trailer == 1, "the trailer field 1 of RSASSA-PSS")?;
    match hash {
        Some(hash) if mask_hash == Some(hash) => {
            Ok(SignatureAlgorithm::RsaPss { hash, salt: usize::try_from(salt).map_err(|_| unknown())? })
        }
        _ => Err("expected one SHA-2 hash for message and mask of RSASSA-PSS".to_owned()),
    }
}

fn parts<'a>(tlv: &Tlv<'a>) -> Result<(&'a [u8], Option<Tlv<'a>>), String> {
    holds(tlv.tag.number() == SEQUENCE, "an AlgorithmIdentifier")?;
    let parts = children(tlv)?;
    match parts[..] {
        [oid] if oid.tag.number() == OBJECT_IDENTIFIER => Ok((oid.value, None)),
        [oid, parameters] if oid.tag.number() == OBJECT_IDENTIFIER => Ok((oid.value, Some(parameters))),
        _ => Err("expected an AlgorithmIdentifier".to_owned()),
    }
}

fn is_void(parameters: Option<&Tlv<'_>>) -> bool {
    parameters.is_none_or(|tlv| tlv.raw == [0x05, 0x00])
}

fn unknown() -> String {
    "expected a signature algorithm of ICAO 9303-12".to_owned()
}

/// 2.16.840.1.101.3.4.2
const SHA_2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
/// 1.2.840.10045.4.3
const ECDSA_WITH_SHA_2: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03];
/// 1.2.840.113549.1.1, .8, .10
const PKCS_1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01];
const MGF_1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x08];
const RSASSA_PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A];
