//! How the chip was opened, and whether it offered then what its sealed data say it can.

use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};
use sigillo_lds::DataGroupNumber;
use sigillo_seal::{CardSecurity, DocumentSecurityObject};

use crate::check::Check;
use crate::file_name::FileName;
use crate::outcome::{Access, ReadOutcome};
use crate::protocols::is_pace;
use crate::security_options::dg14;

const BAC_ALONE: &str = "the policy asks for basic access control alone";

/// `access.card-access`, `access.pace`, `access.bac`.
pub(crate) fn access(outcome: &ReadOutcome) -> Vec<Check> {
    let (file, pace, bac) = ("access.card-access", "access.pace", "access.bac");
    let offered = match outcome.file(FileName::CardAccess).map(SecurityInfos::decode) {
        _ if !outcome.card_access_asked => Check::not_run(file, BAC_ALONE),
        None => Check::not_run(file, "the chip has no EF.CardAccess"),
        Some(Ok(_)) => Check::passed(file),
        Some(Err(error)) => Check::failed(file, error.code(), error.to_string()),
    };
    let [pace, bac] = match outcome.access {
        Some(Access::Pace { .. }) => [Check::passed(pace), Check::not_run(bac, "PACE opened the session")],
        Some(Access::Bac) if outcome.card_access_asked => {
            [Check::not_run(pace, "the chip offers none"), Check::passed(bac)]
        }
        Some(Access::Bac) => [Check::not_run(pace, BAC_ALONE), Check::passed(bac)],
        None => [pace, bac].map(|name| Check::not_run(name, "the session did not come that far")),
    };
    vec![offered, pace, bac]
}

/// `card-access.matches-dg14`: EF.CardAccess is read before anything is protected, so that whoever stands between could have
/// answered it. DG14 is sealed and says the same.
///
/// Spec: `icao-9303-11#chip-access-procedure`.
pub(crate) fn card_access(outcome: &ReadOutcome) -> Check {
    let name = "card-access.matches-dg14";
    if !outcome.card_access_asked {
        return Check::not_run(name, BAC_ALONE);
    }
    let offered = outcome.file(FileName::CardAccess).and_then(|file| SecurityInfos::decode(file).ok());
    match (offered, dg14(outcome)) {
        (None, None) => Check::not_run(name, "there is neither EF.CardAccess nor DG14 to compare"),
        (Some(_), None) => match is_sealed_without_dg14(outcome) {
            true => Check::failed(name, UNSEALED, "there is EF.CardAccess, and no DG14 that confirms it"),
            false => Check::not_run(name, "DG14 was not read, or does not decode"),
        },
        (offered, Some(sealed)) => {
            let offered = offered.unwrap_or(SecurityInfos::new(Vec::new()));
            let is_hidden = |info: &&SecurityInfo| is_pace(info) && !offered.infos().contains(info);
            if sealed.infos().iter().any(|info| is_hidden(&info)) {
                Check::failed(name, "inspect.pace-hidden", "DG14 names a way of PACE that EF.CardAccess hides")
            } else {
                let confirmed = offered.missing_from(&sealed).next().is_none();
                Check::that(confirmed, name, UNSEALED, "EF.CardAccess says something that DG14 does not confirm")
            }
        }
    }
}

/// `card-access.matches-card-security`, where EF.CardSecurity was read: it holds everything that EF.CardAccess does.
///
/// Spec: `icao-9303-10#ef-card-security`.
pub(crate) fn card_security(outcome: &ReadOutcome) -> Option<Check> {
    let name = "card-access.matches-card-security";
    let security = CardSecurity::decode(outcome.file(FileName::CardSecurity)?).ok()?;
    let offered = SecurityInfos::decode(outcome.file(FileName::CardAccess)?).ok()?;
    let confirmed = match SecurityInfos::decode(security.security_infos()) {
        Ok(signed) => offered.missing_from(&signed).next().is_none(),
        Err(_) => false,
    };
    Some(Check::that(confirmed, name, UNSEALED, "EF.CardAccess says something that EF.CardSecurity does not confirm"))
}

const UNSEALED: &str = "inspect.card-access-unsealed";

fn is_sealed_without_dg14(outcome: &ReadOutcome) -> bool {
    let sod = outcome.file(FileName::Sod).and_then(|file| DocumentSecurityObject::decode(file).ok());
    sod.is_some_and(|sod| !sod.lds().hashes().contains_key(&DataGroupNumber::DG14.number()))
}
