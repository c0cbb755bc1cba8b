//! Items of the conformance statement that are found in the content of files.

use crate::checks::details::{DOCUMENT, PERSON, names};
use crate::checks::structure::{child, template};
use crate::checks::{biometric, face, face_extensible, security_infos};

/// Whether a file says it.
pub(crate) type Finder = fn(&[u8]) -> bool;

/// Item, the file it is found in, and whether it is there.
pub(crate) const ITEMS: &[(&str, &str, Finder)] = &[
    ("lds2", "EF.DIR", lds2),
    ("pace-one-domain", "EF.CardAccess", security_infos::has_one_domain),
    ("pace-explicit-domain", "EF.CardAccess", security_infos::has_explicit_domain),
    ("dg2-19794", "DG2", |file| biometric::is_fixed(file, &biometric::FACE)),
    ("dg2-39794", "DG2", |file| biometric::is_extensible(file, &biometric::FACE)),
    ("dg3-19794", "DG3", |file| biometric::is_fixed(file, &biometric::FINGER)),
    ("dg3-39794", "DG3", |file| biometric::is_extensible(file, &biometric::FINGER)),
    ("dg4-19794", "DG4", |file| biometric::is_fixed(file, &biometric::IRIS)),
    ("dg4-39794", "DG4", |file| biometric::is_extensible(file, &biometric::IRIS)),
    ("face-points", "DG2", face::has_points),
    ("face-39794-gender", "DG2", face_extensible::has_gender),
    ("face-39794-kind", "DG2", face_extensible::has_kind),
    ("dg11-name", "DG11", |file| names(file, &PERSON, 0x5F0E)),
    ("dg11-other-names", "DG11", |file| names(file, &PERSON, 0x5F0F)),
    ("dg11-personal-number", "DG11", |file| names(file, &PERSON, 0x5F10)),
    ("dg11-birth-date", "DG11", |file| names(file, &PERSON, 0x5F2B)),
    ("dg11-birth-place", "DG11", |file| names(file, &PERSON, 0x5F11)),
    ("dg11-address", "DG11", |file| names(file, &PERSON, 0x5F42)),
    ("dg11-telephone", "DG11", |file| names(file, &PERSON, 0x5F12)),
    ("dg11-profession", "DG11", |file| names(file, &PERSON, 0x5F13)),
    ("dg11-title", "DG11", |file| names(file, &PERSON, 0x5F14)),
    ("dg11-summary", "DG11", |file| names(file, &PERSON, 0x5F15)),
    ("dg11-citizenship", "DG11", |file| names(file, &PERSON, 0x5F16)),
    ("dg11-document-numbers", "DG11", |file| names(file, &PERSON, 0x5F17)),
    ("dg12-authority", "DG12", |file| names(file, &DOCUMENT, 0x5F19)),
    ("dg12-issue-date", "DG12", |file| names(file, &DOCUMENT, 0x5F26)),
    ("dg12-other-persons", "DG12", |file| names(file, &DOCUMENT, 0x5F1A)),
    ("dg12-endorsements", "DG12", |file| names(file, &DOCUMENT, 0x5F1B)),
    ("dg12-tax-exit", "DG12", |file| names(file, &DOCUMENT, 0x5F1C)),
    ("dg12-front-image", "DG12", |file| names(file, &DOCUMENT, 0x5F1D)),
    ("dg12-rear-image", "DG12", |file| names(file, &DOCUMENT, 0x5F1E)),
    ("dg12-personalization-time", "DG12", |file| names(file, &DOCUMENT, 0x5F55)),
    ("dg12-personalization-system", "DG12", |file| names(file, &DOCUMENT, 0x5F56)),
];

/// Whether EF.DIR names an application of LDS2: travel records, visas, additional biometrics.
///
/// Spec: `icao-9303-10#ef-dir`.
fn lds2(file: &[u8]) -> bool {
    let mut rest = sigillo_tlv::Reader::new(file);
    while let Ok(Some(application)) = rest.next() {
        let aid = template(application.raw, 0x61).and_then(|inside| child(&inside, 0x4F)).map(|aid| aid.value);
        if aid.is_ok_and(|aid| matches!(aid.strip_prefix(&[0xA0, 0x00, 0x00, 0x02, 0x47, 0x20]), Some([_]))) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applications_of_lds2() {
        let one = |aid: &str| sigillo_tlv::encode(0x61, &sigillo_tlv::encode(0x4F, &hex::decode(aid).unwrap()));
        assert!(!lds2(&one("A0000002471001")));
        assert!(lds2(&[one("A0000002471001"), one("A0000002472001")].concat()));
        assert!(!lds2(&[]));
    }

    #[test]
    fn no_item_twice() {
        let mut items: Vec<&str> = ITEMS.iter().map(|(item, ..)| *item).collect();
        items.sort_unstable();
        items.dedup();
        assert_eq!(items.len(), ITEMS.len());
    }
}
