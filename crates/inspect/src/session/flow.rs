//! What is done in which order.
//!
//! ```text
//! READ BINARY EF.ATR/INFO         how long may APDUs be? (left out by `short_only`)
//! READ BINARY EF.CardAccess       which PACE? (left out by `bac-only`)
//!    PACE; SELECT application                         where EF.CardAccess offers it
//!    SELECT application; BAC                          where it offers nothing else
//! READ BINARY EF.CardSecurity     after the chip authentication mapping: its key
//! READ BINARY EF.COM, EF.SOD      from here on in secure messaging
//! READ BINARY DG14                Chip Authentication, wherever it is offered; from here on under its keys
//! READ BINARY EF.CVCA             Terminal Authentication, if there is a terminal to authenticate (after BAC it signs the
//!                                 document number, so that DG1 comes first)
//! READ BINARY DG15                Active Authentication, wherever it is offered
//! READ BINARY of each other data group that EF.SOD names    EF.COM's, if EF.SOD cannot be read
//! READ BINARY DG3, DG4            with the right to read them only
//! SELECT eServices application    its life cycle, under the keys of Chip Authentication
//! ```
//!
//! An errand to the eServices application does less: nothing of the eMRTD application for the holder's orders; EF.SOD, DG14, Chip
//! and Terminal Authentication for an office's, and not a step further with another chip than the one that was meant.

use std::collections::VecDeque;

use sigillo_channel::pace::PaceMapping;
use sigillo_lds::DataGroupNumber;
use sigillo_lds::com::Com;
use sigillo_seal::DocumentSecurityObject;

use crate::access::AccessPolicy;
use crate::file_name::FileName;
use crate::outcome::{Access, ReadOutcome};
use crate::request::{Errand, Request};

/// One thing to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Goal {
    Read(FileName),
    /// Choose the access protocol by what was read, and begin it.
    Access,
    SelectApplication,
    Bac,
    /// Check what PACE added, by EF.CardSecurity.
    ChipAuthenticationMapping,
    /// Find out what else there is to read.
    Groups,
    ChipAuthentication,
    TerminalAuthentication,
    ActiveAuthentication,
    /// Stop here unless the chip is the one whose EF.SOD has this digest, and DG14 is under that seal.
    Sealed([u8; 32]),
    Services,
}

/// Before anything is known.
pub(super) fn opening(request: &Request) -> VecDeque<Goal> {
    let lengths = (!request.short_only).then_some(Goal::Read(FileName::AtrInfo));
    let pace = (request.policy != AccessPolicy::BacOnly).then_some(Goal::Read(FileName::CardAccess));
    lengths.into_iter().chain(pace).chain([Goal::Access]).collect()
}

/// Once the session is open; after PACE the application is still to be selected.
pub(super) fn application(access: Access, errand: Errand) -> VecDeque<Goal> {
    let mut goals = VecDeque::new();
    match errand {
        Errand::Holder => return VecDeque::from([Goal::Services]),
        Errand::Office { sod_digest } => {
            return VecDeque::from([
                Goal::SelectApplication,
                Goal::Read(FileName::Sod),
                Goal::Read(FileName::DataGroup(DataGroupNumber::DG14)),
                Goal::Sealed(sod_digest),
                Goal::ChipAuthentication,
                Goal::TerminalAuthentication,
                Goal::Services,
            ]);
        }
        Errand::Reading => {}
    }
    if let Access::Pace { info, .. } = access {
        if info.protocol.mapping() == PaceMapping::ChipAuthentication {
            goals.extend([Goal::Read(FileName::CardSecurity), Goal::ChipAuthenticationMapping]);
        }
        goals.push_back(Goal::SelectApplication);
    }
    goals.extend([Goal::Read(FileName::Com), Goal::Read(FileName::Sod), Goal::Groups]);
    goals
}

/// Once EF.SOD and EF.COM were read: everything else.
pub(super) fn groups(outcome: &ReadOutcome, request: &Request) -> VecDeque<Goal> {
    let mut named = named_groups(outcome);
    let mut take = |number| {
        let name = FileName::DataGroup(number);
        let at = named.iter().position(|other| *other == name)?;
        Some(Goal::Read(named.remove(at)))
    };
    let mut goals = VecDeque::new();
    if let Some(keys) = take(DataGroupNumber::DG14) {
        goals.extend([keys, Goal::ChipAuthentication]);
    }
    if let Some(terminal) = &request.terminal {
        let number = (outcome.access == Some(Access::Bac)).then(|| take(DataGroupNumber::DG1)).flatten();
        let trusted = terminal.is_inspection_system().then_some(Goal::Read(FileName::Cvca));
        goals.extend(number.into_iter().chain(trusted).chain([Goal::TerminalAuthentication]));
    }
    if let Some(key) = take(DataGroupNumber::DG15) {
        goals.extend([key, Goal::ActiveAuthentication]);
    }
    named.sort_by_key(|name| name.is_sensitive());
    goals.extend(named.into_iter().map(Goal::Read));
    goals.extend(request.services.as_ref().map(|_| Goal::Services));
    goals
}

/// The data groups that EF.SOD names, or else EF.COM, ascending.
fn named_groups(outcome: &ReadOutcome) -> Vec<FileName> {
    let sod = outcome.file(FileName::Sod).and_then(|file| DocumentSecurityObject::decode(file).ok());
    let com = || outcome.file(FileName::Com).and_then(|file| Com::decode(file).ok());
    let mut numbers: Vec<DataGroupNumber> = match sod {
        Some(sod) => sod.lds().hashes().keys().filter_map(|number| DataGroupNumber::new(*number).ok()).collect(),
        None => com().map(|com| com.data_groups().to_vec()).unwrap_or_default(),
    };
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into_iter().map(FileName::DataGroup).collect()
}
