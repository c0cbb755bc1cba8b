//! Specimens behind the engine's transport.

use jiff::civil::date;
use sigillo_profile::{Profile, embedded};
use sigillo_specimen::Supply;

/// Chips of a profile, the same in every test.
pub(crate) fn chips(profile: &str) -> Supply {
    let profile = Profile::parse(embedded(profile).unwrap()).unwrap();
    Supply::new(profile, [[7; 32], [77; 32]], [8; 32], date(2026, 11, 22)).unwrap()
}
