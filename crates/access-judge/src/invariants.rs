//! What holds whatever any list says.

use crate::judge::Observations;
use crate::state::{Phase, State};

/// Every global rule that these observations break.
///
/// | rule | why |
/// |---|---|
/// | after the lock no file is created, deleted, written, no object stored, no key made | "locked" is for ever (decision D2) |
/// | no object is ever given out by GET DATA | secrets are set and used, never read |
/// | before BAC or PACE nothing of the holder is read | a stranger learns nothing |
/// | DG3 is read by nobody without its right | the law's only reader is a control authority |
/// | a terminated chip does nothing | |
/// | who proved more can read at least as much | a further proof takes nothing away |
#[must_use]
pub fn broken(observations: &Observations) -> Vec<String> {
    let mut broken = Vec::new();
    for ((phase, state, object, command), let_through) in observations {
        if !let_through {
            continue;
        }
        let mut breaks = |rule: &str| broken.push(format!("{phase:?}, {state:?}: {command} of {object}: {rule}"));
        let of_holder =
            object.starts_with("DG") || ["EF.COM", "EF.SOD", "EF.CVCA", "EF.Certificate"].contains(&object.as_str());
        if phase.is_public() && FOR_EVER.contains(command) {
            breaks("the lock is for ever");
        }
        if *command == "get-data" {
            breaks("no object is ever given out");
        }
        if *state == State::Nobody && of_holder && *command == "read" {
            breaks("a stranger reads nothing of the holder");
        }
        if object == "DG3" && *command == "read" && phase.is_public() && !MAY_READ_FINGERPRINTS.contains(state) {
            breaks("only its right reads DG3");
        }
        if *phase == Phase::Terminated {
            breaks("a terminated chip does nothing");
        }
    }
    for (less, more) in LADDER {
        for ((phase, state, object, command), let_through) in observations {
            let further = observations.get(&(*phase, more, object.clone(), command));
            if *state == less && *command == "read" && *let_through && further == Some(&false) {
                broken.push(format!("{phase:?}: {object} is read as {less:?} and not as {more:?}"));
            }
        }
    }
    broken
}

const FOR_EVER: [&str; 10] = [
    "update",
    "write",
    "erase",
    "delete",
    "create-ef",
    "create-df",
    "put-data",
    "put-environment",
    "generate-key-pair",
    "initialize-update",
];

const MAY_READ_FINGERPRINTS: [State; 3] = [State::InspectionDg3, State::InspectionBoth, State::BacInspectionBoth];

/// Each proves the second by going on from the first.
const LADDER: [(State, State); 9] = [
    (State::Nobody, State::Bac),
    (State::Nobody, State::PaceMrz),
    (State::Bac, State::BacCa),
    (State::PaceMrz, State::PaceCa),
    (State::PaceCa, State::InspectionNone),
    (State::InspectionNone, State::InspectionDg3),
    (State::InspectionDg3, State::InspectionBoth),
    (State::PaceCa, State::OfficeAll),
    (State::PaceCan, State::Holder),
];
