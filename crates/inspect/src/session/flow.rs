//! What is done in which order.
//!
//! ```text
//! READ BINARY EF.ATR/INFO         how long may APDUs be? (left out by `short_only`)
//! READ BINARY EF.CardAccess       which PACE? (left out by `bac-only`)
//!    PACE; SELECT application                         where EF.CardAccess offers it
//!    SELECT application; BAC                          where it offers nothing else
//! READ BINARY EF.COM, EF.SOD      from here on in secure messaging
//! READ BINARY of each data group that EF.SOD names    EF.COM's, if EF.SOD cannot be read
//! ```

use std::collections::VecDeque;

use sigillo_lds::DataGroupNumber;
use sigillo_lds::com::Com;
use sigillo_seal::DocumentSecurityObject;

use crate::access::AccessPolicy;
use crate::file_name::FileName;
use crate::outcome::ReadOutcome;
use crate::request::Request;

/// One thing to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Goal {
    Read(FileName),
    /// Choose the access protocol by what was read, and begin it.
    Access,
    SelectApplication,
    Bac,
    /// Find out what else there is to read.
    Groups,
}

/// Before anything is known.
pub(super) fn opening(request: &Request) -> VecDeque<Goal> {
    let mut goals = VecDeque::new();
    if !request.short_only {
        goals.push_back(Goal::Read(FileName::AtrInfo));
    }
    if request.policy != AccessPolicy::BacOnly {
        goals.push_back(Goal::Read(FileName::CardAccess));
    }
    goals.push_back(Goal::Access);
    goals
}

/// Once the session is open; after PACE the application is still to be selected.
pub(super) fn application(after_pace: bool) -> VecDeque<Goal> {
    let application = after_pace.then_some(Goal::SelectApplication);
    let files = [Goal::Read(FileName::Com), Goal::Read(FileName::Sod), Goal::Groups];
    application.into_iter().chain(files).collect()
}

/// Once EF.SOD and EF.COM were read: the data groups, sensitive ones last and only where that makes sense.
pub(super) fn groups(outcome: &ReadOutcome, request: &Request) -> VecDeque<Goal> {
    let named = named_groups(outcome);
    let (sensitive, public): (Vec<FileName>, Vec<FileName>) = named.into_iter().partition(|name| name.is_sensitive());
    let sensitive = sensitive.into_iter().filter(|_| request.closed_files);
    public.into_iter().chain(sensitive).map(Goal::Read).collect()
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
