//! The LDS security object in EF.SOD, against the files of the chip. Spec: `icao-9303-10#ef-sod`.

use sigillo_crypto::HashAlgorithm;
use sigillo_lds::DataGroupNumber;
use sigillo_lds::com::Com;
use sigillo_seal::LdsSecurityObject;

use crate::checks::signed_data::{SignedData, sod};
use crate::checks::structure::{SEQUENCE, der, holds};
use crate::scene::{Check, Scene};

pub(crate) const CHECKS: &[(&str, Check)] = &[("sod.lds-object", lds_object)];

fn lds_object(scene: &Scene<'_>) -> Result<(), String> {
    let signed = SignedData::read(sod(scene)?)?;
    let object = read(signed.content)?;
    for number in DataGroupNumber::all() {
        let guarded = matches!(number.number(), 3 | 4) && scene.has(&format!("protected-dg{}", number.number()));
        let file = scene.file(&format!("DG{}", number.number())).ok();
        group(&object, number, file, guarded)?;
    }
    versions(&object, scene.file("EF.COM").ok())
}

/// DER, SHA-2, DG1 and DG2 among the hashes, numbers ascending.
fn read(content: &[u8]) -> Result<LdsSecurityObject, String> {
    der(content, SEQUENCE)?;
    let object = LdsSecurityObject::decode(content);
    let object = object.map_err(|error| format!("expected an LDS security object, {}", error.code()))?;
    holds(object.hash_algorithm() != HashAlgorithm::Sha1, "SHA-224, SHA-256, SHA-384 or SHA-512")?;
    for mandatory in [1, 2] {
        holds(object.hashes().contains_key(&mandatory), &format!("a hash of DG{mandatory}"))?;
    }
    Ok(object)
}

/// A data group has a hash exactly if its file is there, and the hash is its own.
fn group(
    object: &LdsSecurityObject,
    number: DataGroupNumber,
    file: Option<&[u8]>,
    guarded: bool,
) -> Result<(), String> {
    let number = number.number();
    match (file, object.hashes().contains_key(&number)) {
        (Some(_), false) => Err(format!("expected a hash of DG{number}, whose file is there")),
        (None, true) if !guarded => Err(format!("expected DG{number}, of which there is a hash")),
        (Some(file), true) => {
            object.check_group(number, file).map_err(|_| format!("expected the hash of DG{number}, found another"))
        }
        _ => Ok(()),
    }
}

/// Version information from LDS 1.8 on, and the same as in EF.COM.
fn versions(object: &LdsSecurityObject, com: Option<&[u8]>) -> Result<(), String> {
    let Some(com) = com else { return Ok(()) };
    let com = Com::decode(com).map_err(|error| format!("expected EF.COM, {}", error.code()))?;
    match object.lds_version() {
        Some(info) => {
            holds(info.lds() >= "0108", "LDS version 0108 or later in an object of version 1")?;
            let same = info.lds() == com.lds_version() && info.unicode() == com.unicode_version();
            holds(same, "the versions of EF.COM in the LDS security object")
        }
        None => holds(com.lds_version() < "0108", "version information in the LDS security object of LDS 1.8"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sigillo_seal::LdsVersion;

    use super::*;

    fn object(hash: HashAlgorithm, groups: &[u8], version: LdsVersion) -> LdsSecurityObject {
        let hashes: BTreeMap<u8, Vec<u8>> = groups.iter().map(|group| (*group, hash.digest(&[*group]))).collect();
        LdsSecurityObject::new(hash, hashes, version).unwrap()
    }

    #[test]
    fn the_object_itself() {
        let right = object(HashAlgorithm::Sha256, &[1, 2, 14], LdsVersion::V1_8).encode();
        assert!(read(&right).is_ok());
        assert!(read(&right[..right.len() - 1]).is_err());
        assert!(read(&object(HashAlgorithm::Sha1, &[1, 2], LdsVersion::V1_8).encode()).is_err());
        assert!(read(&object(HashAlgorithm::Sha256, &[2, 3], LdsVersion::V1_8).encode()).is_err());
        assert!(read(&object(HashAlgorithm::Sha256, &[1, 3], LdsVersion::V1_8).encode()).is_err());
    }

    #[test]
    fn the_files() {
        let object = object(HashAlgorithm::Sha256, &[1, 3], LdsVersion::V1_8);
        let (one, two, three) = (DataGroupNumber::DG1, DataGroupNumber::new(2).unwrap(), DataGroupNumber::DG3);
        assert_eq!(group(&object, one, Some(&[1]), false), Ok(()));
        assert!(group(&object, one, Some(&[2]), false).is_err());
        assert!(group(&object, one, None, false).is_err());
        assert_eq!(group(&object, two, None, false), Ok(()));
        assert!(group(&object, two, Some(&[2]), false).is_err());
        assert_eq!(group(&object, three, None, true), Ok(()));
    }

    #[test]
    fn the_versions() {
        let (old, new) =
            (Com::new("0107", &[DataGroupNumber::DG1]).unwrap(), Com::new("0108", &[DataGroupNumber::DG1]).unwrap());
        let judged = |version, com: &Com| {
            versions(&object(HashAlgorithm::Sha256, &[1, 2], version), Some(&com.encode())).is_ok()
        };
        assert!(judged(LdsVersion::V1_7, &old) && judged(LdsVersion::V1_8, &new));
        assert!(!judged(LdsVersion::V1_7, &new) && !judged(LdsVersion::V1_8, &old));
    }
}
