use std::collections::BTreeMap;

use sigillo_crypto::Entropy;
use sigillo_issuance::record::{Fingerprint, HolderRecord};
use sigillo_lds::DataGroupNumber;
use sigillo_lds::com::Com;
use sigillo_lds::date::{LdsDate, PartialDate};
use sigillo_lds::dg1::Dg1;
use sigillo_lds::dg2::Dg2;
use sigillo_lds::dg3::{Dg3, Finger};
use sigillo_lds::dg11::Dg11;
use sigillo_lds::dg12::Dg12;
use sigillo_lds::mrz::{DocumentCode, Language, StateCode, Td1, Td1Fields};
use sigillo_profile::{BiometricRecords, Content, Profile};

use crate::error::{PersoError, PersoErrorKind};
use crate::file_set::FileSet;
use crate::file_set::check_files;
use crate::test_data::{all_document_details, all_personal_details, test_group};
use crate::test_records;

/// Makes the files of one holder for one chip: everything but the seal.
///
/// `number` is the document number, from the record or from the blank; `chip` are the chip's own files. Randomness is
/// drawn only where there are no fingerprints: 32 octets that make DG3's hash say nothing.
///
/// Spec: `icao-9303-10#lds1-application`; which field goes where: the field-mapping table of `sigillo-issuance`.
///
/// # Errors
///
/// A code of `lds`, `perso.no-room`, `perso.not-provided` without DG14 or DG15 of the chip, or
/// `perso.profile-row` for a data group that nothing is known about.
pub fn prepare(
    record: &HolderRecord,
    number: &str,
    chip: &BTreeMap<Content, Vec<u8>>,
    profile: &Profile,
    entropy: &mut dyn Entropy,
) -> Result<FileSet, PersoError> {
    let mrz = machine_readable_zone(record, number, profile)?;
    let mut files = BTreeMap::new();
    for group in profile.data_groups() {
        let is_test = profile.test_data.contains(&group);
        let file = match group {
            1 => Dg1 { mrz: mrz.clone() }.encode(),
            2 if profile.records == BiometricRecords::Iso39794 => test_records::face(record),
            2 => Dg2::portrait(record.portrait.bytes.clone()).map_err(refused)?.encode(),
            3 if profile.records == BiometricRecords::Iso39794 && !record.fingerprints.taken().is_empty() => {
                test_records::fingers(record.fingerprints.taken())
            }
            3 => fingerprints(record, entropy)?.encode(),
            11 if is_test => all_personal_details(personal_details(record)).encode(),
            11 => personal_details(record).encode(),
            12 if is_test => all_document_details(document_details(record), record.valid_from).encode(),
            12 => document_details(record).encode(),
            14 | 15 => {
                let file = chip.get(&Content::DataGroup(group)).cloned();
                file.ok_or(PersoError::new(PersoErrorKind::NotProvided("a data group of the chip"), "prepare"))?
            }
            _ => {
                let file = is_test.then(|| test_group(group, profile.records)).flatten();
                file.ok_or(PersoError::new(PersoErrorKind::ProfileRow("a data group that is made"), "prepare"))?
            }
        };
        files.insert(Content::DataGroup(group), file);
    }
    let groups: Vec<DataGroupNumber> =
        profile.data_groups().into_iter().map(DataGroupNumber::new).collect::<Result<_, _>>().map_err(refused)?;
    let version = if profile.lds_version == "1.7" { "0107" } else { "0108" };
    files.insert(Content::Com, Com::new(version, &groups).map_err(refused)?.encode());
    check_files(&files, profile)?;
    Ok(FileSet { mrz, files })
}

/// The machine readable zone of one holder.
///
/// Spec: `icao-9303-5#mrz`.
///
/// # Errors
///
/// A code of `lds` for a field that cannot stand in its place.
pub fn machine_readable_zone(record: &HolderRecord, number: &str, profile: &Profile) -> Result<Td1, PersoError> {
    Td1::build(Td1Fields {
        document_code: DocumentCode::parse(&profile.document_code).map_err(refused)?,
        issuing_state: StateCode::parse(&profile.issuing_state).map_err(refused)?,
        document_number: number.to_owned(),
        optional_data_1: String::new(),
        birth_date: record.birth_date,
        sex: record.sex,
        expiry_date: record.valid_to,
        nationality: record.nationality,
        optional_data_2: String::new(),
        surname: record.mrz_surname.clone(),
        given_names: record.mrz_given_names.clone(),
        // The record's MRZ names are transliterated already.
        language: Language::Unspecified,
    })
    .map_err(refused)
}

fn fingerprints(record: &HolderRecord, entropy: &mut dyn Entropy) -> Result<Dg3, PersoError> {
    let taken = record.fingerprints.taken();
    if taken.is_empty() {
        let mut random = vec![0; 32];
        entropy.fill(&mut random);
        return Dg3::absent(random).map_err(refused);
    }
    let finger = |taken: &Fingerprint| Finger { position: taken.position, wsq: taken.image.bytes.clone() };
    Dg3::fingers(taken.iter().map(finger).collect()).map_err(refused)
}

fn personal_details(record: &HolderRecord) -> Dg11 {
    let full_name = match record.given_names.as_str() {
        "" => record.surname.clone(),
        given => format!("{}<<{given}", record.surname),
    };
    Dg11 {
        full_name: Some(full_name),
        personal_number: record.codice_fiscale.as_ref().map(|code| code.as_str().to_owned()),
        birth_date: Some(LdsDate::from(record.birth_date)),
        birth_place: Some(record.birth_place.clone()),
        ..Dg11::default()
    }
}

fn document_details(record: &HolderRecord) -> Dg12 {
    Dg12 {
        issuing_authority: Some(record.authority.clone()),
        issue_date: Some(LdsDate::from(PartialDate::from(record.valid_from))),
        endorsements: record.remarks.clone(),
        ..Dg12::default()
    }
}

fn refused(error: sigillo_lds::LdsError) -> PersoError {
    PersoError::new(PersoErrorKind::DataGroup(error), "prepare")
}
