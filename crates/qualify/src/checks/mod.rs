//! Named checks over files that were read, family by family.

pub(crate) mod found;

mod algorithm;
mod atr_info;
mod biometric;
mod certificate;
mod com;
mod details;
mod dg1;
mod dg15;
mod face;
mod face_extensible;
mod lds_object;
mod security_infos;
mod signed_data;
mod structure;
#[cfg(test)]
mod tests;
mod trust_points;

use crate::scene::Check;

/// The families; each is a list of names and checks.
const FAMILIES: &[&[(&str, Check)]] = &[
    atr_info::CHECKS,
    biometric::CHECKS,
    certificate::CHECKS,
    com::CHECKS,
    details::CHECKS,
    dg1::CHECKS,
    dg15::CHECKS,
    face::CHECKS,
    face_extensible::CHECKS,
    lds_object::CHECKS,
    security_infos::CHECKS,
    signed_data::CHECKS,
    trust_points::CHECKS,
];

/// The check of a name.
pub(crate) fn check(name: &str) -> Option<Check> {
    FAMILIES.iter().copied().flatten().find(|(known, _)| *known == name).map(|(_, check)| *check)
}

/// What the signature in a file such as EF.CardSecurity covers; the signature is not judged.
pub(crate) fn signed_content(file: &[u8]) -> Result<&[u8], String> {
    signed_data::SignedData::read(file).map(|data| data.content)
}
