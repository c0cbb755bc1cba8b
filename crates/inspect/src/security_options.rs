use sigillo_channel::security_info::SecurityInfos;
use sigillo_lds::DataGroupNumber;
use sigillo_lds::dg14::Dg14;

use crate::file_name::FileName;
use crate::outcome::ReadOutcome;

/// DG14 as it was read, if it decodes.
pub(crate) fn dg14(outcome: &ReadOutcome) -> Option<SecurityInfos> {
    let file = outcome.file(FileName::DataGroup(DataGroupNumber::DG14))?;
    SecurityInfos::decode(Dg14::decode(file).ok()?.security_infos()).ok()
}
