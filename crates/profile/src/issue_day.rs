//! Whether a document may be issued on a day.

use jiff::civil::Date;

use crate::error::{ProfileError, ProfileErrorKind};
use crate::table::Profile;

impl Profile {
    /// Whether a document of this profile may be issued on that day; a profile without dates says nothing about it.
    ///
    /// # Errors
    ///
    /// `profile.date`.
    pub fn check_issue_day(&self, day: Date) -> Result<(), ProfileError> {
        let Some(dates) = &self.dates else { return Ok(()) };
        for (from, broken, what) in [
            (dates.pace_compulsory, self.pace.is_empty(), "documents offer PACE"),
            (dates.no_bac, self.offers_bac(), "documents offer no Basic Access Control"),
            (dates.iso_39794_alone, true, "biometric data are in ISO/IEC 39794 alone"),
        ] {
            if day >= from && broken {
                return Err(ProfileError::new(ProfileErrorKind::Date { from, what }));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::embedded::embedded;

    #[test]
    fn each_day_begins_what_it_begins() {
        let mut profile = Profile::parse(embedded("pse-rf").unwrap()).unwrap();
        let refused =
            |profile: &Profile, day| profile.check_issue_day(day).map_err(|error| (error.code(), error.to_string()));
        for day in [date(2026, 11, 2), date(2027, 1, 1), date(2027, 12, 31)] {
            assert_eq!(refused(&profile, day), Ok(()));
        }
        assert!(refused(&profile, date(2028, 1, 1)).unwrap_err().1.contains("Basic Access Control"));
        // A chip without BAC goes on to the end of 2029, one without PACE to the end of 2026.
        profile.secrets.retain(|secret| secret.application == "MF");
        assert_eq!(refused(&profile, date(2029, 12, 31)), Ok(()));
        let last = refused(&profile, date(2030, 1, 1)).unwrap_err();
        assert!(last.0 == "profile.date" && last.1.contains("39794"));
        profile.pace.clear();
        assert_eq!(refused(&profile, date(2026, 12, 31)), Ok(()));
        assert!(refused(&profile, date(2027, 1, 1)).unwrap_err().1.contains("PACE"));
        profile.dates = None;
        assert_eq!(refused(&profile, date(2040, 1, 1)), Ok(()));
    }
}
