//! Whether it is the chip that was issued, and not a copy: what the protocols of the session proved.

use sigillo_apdu::fcp::LifeCycle;

use crate::check::Check;
use crate::ended::{Ended, NotRun};
use crate::outcome::ReadOutcome;

/// The name of the check of Chip Authentication.
pub(crate) const CHIP_AUTHENTICATION: &str = "chip-authentication";

/// `chip-authentication-mapping`, `chip-authentication`, `terminal-authentication`, `active-authentication`, `eservices.life-cycle`.
pub(crate) fn authenticity(outcome: &ReadOutcome) -> Vec<Check> {
    vec![
        told("chip-authentication-mapping", &outcome.chip_authentication_mapping),
        told(CHIP_AUTHENTICATION, &outcome.chip_authentication),
        told("terminal-authentication", &outcome.terminal_authentication),
        told("active-authentication", &outcome.active_authentication),
        told("eservices.life-cycle", &outcome.services),
    ]
}

/// Whether a chip that offers to prove that it is no copy was not asked to.
pub(crate) const fn is_unproven(outcome: &ReadOutcome) -> bool {
    matches!(outcome.chip_authentication, Ended::NotRun(why) if !matches!(why, NotRun::NotOffered))
}

/// What a local check says of the permit, by the eServices application: it can be read under the keys of Chip
/// Authentication only, so that no copy can say it.
pub(crate) fn permit(outcome: &ReadOutcome) -> Option<&'static str> {
    match outcome.services {
        Ended::Passed(LifeCycle::Deactivated) => Some("not issued: the eServices application is deactivated"),
        Ended::Passed(LifeCycle::Activated) => Some("activated on the chip; whether it is valid, the register knows"),
        _ => None,
    }
}

/// A protocol's end as a check.
pub(crate) fn told<T>(name: &str, ended: &Ended<T>) -> Check {
    match ended {
        Ended::Passed(_) => Check::passed(name),
        Ended::Failed(error) => Check::failed(name, error.code(), error.to_string()),
        Ended::NotRun(why @ NotRun::Unconfirmed) => Check::failed(name, "inspect.unconfirmed", why.to_string()),
        Ended::NotRun(why) => Check::not_run(name, why.to_string()),
    }
}
