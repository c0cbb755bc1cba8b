//! Retention: for how long each part of a record is kept, as data (D7).

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::record::Part;

/// How many days each part of a record outlives what it was kept for.
///
/// | part           | counted from                                              | default |
/// |----------------|-----------------------------------------------------------|---------|
/// | `fingerprints` | the later of leaving the line and the closed consignment  | 30      |
/// | `line`         | closed consignment                                        | 30      |
/// | `register`     | the day the record left the line                          | 7305    |
///
/// The defaults are ours; an office with the law's terms writes them into its configuration.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// For the fingerprints.
    pub fingerprints_days: u32,
    /// For the line's copies.
    pub line_days: u32,
    /// For the holder register.
    pub register_days: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { fingerprints_days: 30, line_days: 30, register_days: 7305 }
    }
}

/// What a record's parts are kept for, and when that ended; a day that has not come is `None`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Milestones {
    /// The line released the card, or the record was annulled without one.
    pub left: Option<Date>,
    /// The last record of the lot left the line: its consignment is closed.
    pub consigned: Option<Date>,
}

impl Schedule {
    /// The first day on which a part is kept no longer; `None` as long as it is needed.
    #[must_use]
    pub fn due(&self, part: Part, milestones: Milestones) -> Option<Date> {
        let Milestones { left, consigned } = milestones;
        let from = match part {
            Part::Fingerprints => left.zip(consigned).map(|(one, other)| one.max(other)),
            Part::Line => consigned,
            Part::Register => left,
        };
        // What would be due behind the end of the calendar is never due.
        let term = Span::new().try_days(self.days(part)).ok()?;
        from?.checked_add(term).ok()
    }

    /// For how many days a part outlives what it was kept for.
    #[must_use]
    pub const fn days(&self, part: Part) -> u32 {
        match part {
            Part::Fingerprints => self.fingerprints_days,
            Part::Line => self.line_days,
            Part::Register => self.register_days,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    fn day(days: i64) -> Date {
        date(2026, 11, 22) + days.days()
    }

    #[test]
    fn each_part_is_due_after_what_it_was_kept_for() {
        let schedule = Schedule { fingerprints_days: 3, line_days: 5, register_days: 7 };
        let due = |part, left, consigned| {
            schedule.due(part, Milestones { left: Option::map(left, day), consigned: Option::map(consigned, day) })
        };
        for (part, left, consigned, expected) in [
            (Part::Fingerprints, None, None, None),
            (Part::Fingerprints, Some(0), None, None),
            (Part::Fingerprints, Some(0), Some(10), Some(13)),
            (Part::Fingerprints, Some(10), Some(0), Some(13)),
            (Part::Line, Some(0), None, None),
            (Part::Line, Some(0), Some(10), Some(15)),
            (Part::Register, None, None, None),
            (Part::Register, Some(0), None, Some(7)),
        ] {
            assert_eq!(due(part, left, consigned), expected.map(day), "{part:?} {left:?} {consigned:?}");
        }
    }

    #[test]
    fn what_is_not_configured_has_its_default() {
        let schedule: Schedule = serde_json::from_str(r#"{"fingerprints_days":10}"#).unwrap();
        assert_eq!(schedule, Schedule { fingerprints_days: 10, ..Schedule::default() });
        assert!(serde_json::from_str::<Schedule>(r#"{"fingerprint_days":10}"#).is_err());
        let never = Schedule { register_days: u32::MAX, ..Schedule::default() };
        assert_eq!(never.due(Part::Register, Milestones { left: Some(day(0)), consigned: None }), None);
    }
}
