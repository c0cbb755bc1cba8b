//! SELECT of the eServices application, and the life cycle that its answer tells.

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord, ins};

use crate::ended::{Ended, NotRun};
use crate::error::{InspectError, InspectErrorKind, Step};
use crate::outcome::Access;

const FCP: u32 = 0x62;
const LIFE_CYCLE: u32 = 0x8A;

/// SELECT by name, asking for the file control parameters.
pub(crate) fn select(name: &[u8]) -> CommandApdu {
    CommandApdu::new(0x00, ins::SELECT, 0x04, 0x04).with_data(name).with_le(256)
}

/// What the answer says. Status word and parameters must say the same: 6283 with `8A 04`, 9000 with `8A 05`.
///
/// Spec: `iso-7816-4#life-cycle`.
pub(crate) fn life_cycle(response: &ResponseApdu, access: Option<Access>) -> Ended<LifeCycle> {
    let failed = |kind| Ended::Failed(InspectError::new(Step::SelectServices, kind));
    let stated = match response.status() {
        // Nothing of this application may be done inside a session of BAC, whose keys are too weak for a PIN.
        StatusWord::SecurityStatusNotSatisfied if access == Some(Access::Bac) => {
            return Ended::NotRun(NotRun::NeedsPace);
        }
        StatusWord::FileNotFound => return Ended::NotRun(NotRun::NotOffered),
        StatusWord::Success => LifeCycle::Activated,
        StatusWord::FileDeactivated => LifeCycle::Deactivated,
        status => return failed(InspectErrorKind::Refused(status)),
    };
    match parameter(response.data()) {
        Some(life_cycle) if life_cycle == stated => Ended::Passed(life_cycle),
        _ => failed(InspectErrorKind::LifeCycle),
    }
}

fn parameter(fcp: &[u8]) -> Option<LifeCycle> {
    let template = sigillo_tlv::single(fcp, FCP).ok()?;
    let mut parameters = template.reader();
    while let Some(parameter) = parameters.next().ok()? {
        if parameter.tag.number() == LIFE_CYCLE {
            let &[octet] = parameter.value else { return None };
            return LifeCycle::from_octet(octet);
        }
    }
    None
}
