//! The cases that the program carries.

use std::collections::BTreeMap;

use crate::error::QualifyError;
use crate::format::{CertificateRecipe, CertificateRecipes, IcsItem, IcsItems, Unit};
use crate::options::OF_THE_LABORATORY;

/// File by file, in the order of their names; a test holds the list against the folder.
pub const FILES: &[(&str, &str)] = &[
    ("bsi-03105-3-2/ISO7816_H.toml", include_str!("../cases/bsi-03105-3-2/ISO7816_H.toml")),
    ("bsi-03105-3-2/ISO7816_J.toml", include_str!("../cases/bsi-03105-3-2/ISO7816_J.toml")),
    ("bsi-03105-3-2/ISO7816_K.toml", include_str!("../cases/bsi-03105-3-2/ISO7816_K.toml")),
    ("bsi-03105-3-2/ISO7816_L.toml", include_str!("../cases/bsi-03105-3-2/ISO7816_L.toml")),
    ("bsi-03105-3-2/ISO7816_M.toml", include_str!("../cases/bsi-03105-3-2/ISO7816_M.toml")),
    ("bsi-03105-3-2/ISO7816_N.toml", include_str!("../cases/bsi-03105-3-2/ISO7816_N.toml")),
    ("bsi-03105-3-2/LDS_E.toml", include_str!("../cases/bsi-03105-3-2/LDS_E.toml")),
    ("bsi-03105-3-2/LDS_F.toml", include_str!("../cases/bsi-03105-3-2/LDS_F.toml")),
    ("bsi-03105-3-2/LDS_G.toml", include_str!("../cases/bsi-03105-3-2/LDS_G.toml")),
    ("bsi-03105-3-2/LDS_H.toml", include_str!("../cases/bsi-03105-3-2/LDS_H.toml")),
    ("bsi-03105-3-2/LDS_L.toml", include_str!("../cases/bsi-03105-3-2/LDS_L.toml")),
    ("icao-part3/ISO7816_A.toml", include_str!("../cases/icao-part3/ISO7816_A.toml")),
    ("icao-part3/ISO7816_B.toml", include_str!("../cases/icao-part3/ISO7816_B.toml")),
    ("icao-part3/ISO7816_C.toml", include_str!("../cases/icao-part3/ISO7816_C.toml")),
    ("icao-part3/ISO7816_D.toml", include_str!("../cases/icao-part3/ISO7816_D.toml")),
    ("icao-part3/ISO7816_E.toml", include_str!("../cases/icao-part3/ISO7816_E.toml")),
    ("icao-part3/ISO7816_I.toml", include_str!("../cases/icao-part3/ISO7816_I.toml")),
    ("icao-part3/ISO7816_O.toml", include_str!("../cases/icao-part3/ISO7816_O.toml")),
    ("icao-part3/ISO7816_P_1.toml", include_str!("../cases/icao-part3/ISO7816_P_1.toml")),
    ("icao-part3/ISO7816_P_2.toml", include_str!("../cases/icao-part3/ISO7816_P_2.toml")),
    ("icao-part3/ISO7816_Q.toml", include_str!("../cases/icao-part3/ISO7816_Q.toml")),
    ("icao-part3/ISO7816_R.toml", include_str!("../cases/icao-part3/ISO7816_R.toml")),
    ("icao-part3/ISO7816_S.toml", include_str!("../cases/icao-part3/ISO7816_S.toml")),
    ("icao-part3/ISO7816_T.toml", include_str!("../cases/icao-part3/ISO7816_T.toml")),
    ("icao-part3/ISO7816_U.toml", include_str!("../cases/icao-part3/ISO7816_U.toml")),
    ("icao-part3/LDS_A.toml", include_str!("../cases/icao-part3/LDS_A.toml")),
    ("icao-part3/LDS_B.toml", include_str!("../cases/icao-part3/LDS_B.toml")),
    ("icao-part3/LDS_C.toml", include_str!("../cases/icao-part3/LDS_C.toml")),
    ("icao-part3/LDS_D.toml", include_str!("../cases/icao-part3/LDS_D.toml")),
    ("icao-part3/LDS_E.toml", include_str!("../cases/icao-part3/LDS_E.toml")),
    ("icao-part3/LDS_G.toml", include_str!("../cases/icao-part3/LDS_G.toml")),
    ("icao-part3/LDS_H.toml", include_str!("../cases/icao-part3/LDS_H.toml")),
    ("icao-part3/LDS_I.toml", include_str!("../cases/icao-part3/LDS_I.toml")),
    ("icao-part3/LDS_J.toml", include_str!("../cases/icao-part3/LDS_J.toml")),
    ("icao-part3/LDS_K.toml", include_str!("../cases/icao-part3/LDS_K.toml")),
    ("icao-part3/LDS_N.toml", include_str!("../cases/icao-part3/LDS_N.toml")),
    ("icao-part3/LDS_O.toml", include_str!("../cases/icao-part3/LDS_O.toml")),
    ("sigillo/CODES.toml", include_str!("../cases/sigillo/CODES.toml")),
    ("sigillo/ESERVICES.toml", include_str!("../cases/sigillo/ESERVICES.toml")),
    ("sigillo/LOCK.toml", include_str!("../cases/sigillo/LOCK.toml")),
    ("sigillo/PERSONALIZATION.toml", include_str!("../cases/sigillo/PERSONALIZATION.toml")),
    ("sigillo/PROTOCOLS.toml", include_str!("../cases/sigillo/PROTOCOLS.toml")),
    ("sigillo/READING.toml", include_str!("../cases/sigillo/READING.toml")),
    ("sigillo/SESSION.toml", include_str!("../cases/sigillo/SESSION.toml")),
    ("sigillo/STATE.toml", include_str!("../cases/sigillo/STATE.toml")),
    ("sigillo/TEARING.toml", include_str!("../cases/sigillo/TEARING.toml")),
    ("sigillo/TERMINALS.toml", include_str!("../cases/sigillo/TERMINALS.toml")),
    ("sigillo/UNTRACEABILITY.toml", include_str!("../cases/sigillo/UNTRACEABILITY.toml")),
];

const ITEMS: &str = include_str!("../cases/ics.toml");
const CERTIFICATES: &str = include_str!("../cases/certificates.toml");

/// What the virtual chip of a profile can do, written beside the profile and not made from it.
const STATEMENTS: &[(&str, &str)] = &[
    ("pse-rf", include_str!("../statements/pse-rf.ics")),
    ("pse-rf-bac", include_str!("../statements/pse-rf-bac.ics")),
    ("pse-rf-full", include_str!("../statements/pse-rf-full.ics")),
    ("pse-rf-full-rsa", include_str!("../statements/pse-rf-full-rsa.ics")),
    ("pse-rf-pace", include_str!("../statements/pse-rf-pace.ics")),
];

/// The whole conformance statement of the virtual chip of a profile; nothing for a profile without one.
///
/// # Errors
///
/// As [`units`].
pub fn stated(profile: &str) -> Result<BTreeMap<String, bool>, QualifyError> {
    let Some((_, text)) = STATEMENTS.iter().find(|(name, _)| *name == profile) else { return Ok(BTreeMap::new()) };
    let mut stated: BTreeMap<String, bool> = items()?
        .into_iter()
        .filter(|item| !OF_THE_LABORATORY.contains(&item.name.as_str()))
        .map(|item| (item.name, false))
        .collect();
    stated.extend(parse_statement(text)?);
    Ok(stated)
}

/// Reads a maker's statement: `pace-can = true`, a line an item; `#` begins a remark.
///
/// # Errors
///
/// `qualify.data` for a line of another form and for an item that does not exist.
pub fn parse_statement(text: &str) -> Result<BTreeMap<String, bool>, QualifyError> {
    let known = items()?;
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines
        .filter(|line| !line.is_empty())
        .map(|line| {
            let refused = || QualifyError::data("statement", format!("no item and value: {line}"));
            let (item, value) = line.split_once('=').ok_or_else(refused)?;
            let (item, value) = (item.trim().to_owned(), value.trim().parse().map_err(|_| refused())?);
            if known.iter().any(|known| known.name == item) { Ok((item, value)) } else { Err(refused()) }
        })
        .collect()
}

/// All units, suite by suite.
///
/// # Errors
///
/// `qualify.data` with the file that is wrong: never with the files of a released program.
pub fn units() -> Result<Vec<Unit>, QualifyError> {
    FILES.iter().map(|(name, text)| toml::from_str(text).map_err(|error| refused(name, &error))).collect()
}

/// The items of the conformance statement.
///
/// # Errors
///
/// As [`units`].
pub fn items() -> Result<Vec<IcsItem>, QualifyError> {
    toml::from_str::<IcsItems>(ITEMS).map(|file| file.items).map_err(|error| refused("ics.toml", &error))
}

/// How the certificates of the cases are issued.
///
/// # Errors
///
/// As [`units`].
pub fn recipes() -> Result<Vec<CertificateRecipe>, QualifyError> {
    let file = toml::from_str::<CertificateRecipes>(CERTIFICATES);
    file.map(|file| file.certificates).map_err(|error| refused("certificates.toml", &error))
}

fn refused(file: &str, error: &toml::de::Error) -> QualifyError {
    QualifyError::data(file, error.to_string().trim_end())
}
