//! What the chip authentication mapping adds to PACE, checked by the key in EF.CardSecurity. No command of its own.

use sigillo_channel::pace::{ChipAuthenticationData, PaceInfo};
use sigillo_channel::security_info::SecurityInfos;
use sigillo_seal::CardSecurity;

use crate::ended::Ended;
use crate::error::{InspectError, InspectErrorKind, Step};
use crate::file_name::FileName;
use crate::outcome::ReadOutcome;

/// Whether the chip holds the key that EF.CardSecurity names for these domain parameters; that the file is the issuer's is
/// judged with its chain.
pub(super) fn judged(data: &ChipAuthenticationData, info: &PaceInfo, outcome: &ReadOutcome) -> Ended<()> {
    let failed = |kind| Ended::Failed(InspectError::new(Step::ChipAuthenticationMapping, kind));
    let security = outcome.file(FileName::CardSecurity).and_then(|file| CardSecurity::decode(file).ok());
    let infos = security.and_then(|security| SecurityInfos::decode(security.security_infos()).ok());
    let Some(infos) = infos else { return failed(InspectErrorKind::Undecodable(FileName::CardSecurity)) };
    match info.parameter_id.and_then(|id| infos.chip_authentication_mapping_key(id)) {
        None => failed(InspectErrorKind::NoKey),
        Some(key) => match data.verify(&key) {
            Ok(()) => Ended::Passed(()),
            Err(error) => failed(InspectErrorKind::Channel(error)),
        },
    }
}
