use crate::error::ProfileError;
use crate::table::{BiometricRecords, Environment, FileKind, Mechanism, Profile};

impl Profile {
    pub(super) fn check_header(&self) -> Result<(), ProfileError> {
        let rule = |holds: bool, what| if holds { Ok(()) } else { Err(ProfileError::rule("header", what)) };
        rule(
            !self.name.is_empty()
                && self.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "name: lower-case letters, digits and hyphens",
        )?;
        rule(
            self.document_code.len() == 2 && self.document_code.starts_with(['A', 'C', 'I']),
            "document_code: two characters, the first A, C or I",
        )?;
        rule(self.issuing_state.len() == 3, "issuing_state: three letters")?;
        rule(matches!(self.lds_version.as_str(), "1.7" | "1.8"), "lds_version: 1.7 or 1.8")?;
        rule(
            self.max_command >= 261 && self.max_response >= 258,
            "max_command and max_response: at least a short APDU",
        )?;
        let dates = self.dates.as_ref();
        rule(
            dates.is_none_or(|dates| dates.pace_compulsory <= dates.no_bac && dates.no_bac <= dates.iso_39794_alone),
            "dates: PACE before the end of BAC before ISO/IEC 39794",
        )?;
        let groups = self.data_groups();
        let is_filled = |group: &u8| groups.contains(group) && !matches!(group, 1..=3 | 14 | 15);
        rule(
            self.test_data.is_empty() || (self.test && self.test_data.iter().all(is_filled)),
            "test_data: data groups of a TEST profile that neither a record nor the chip fills whole",
        )?;
        rule(
            self.test || self.records == BiometricRecords::Iso19794,
            "records: those of ISO/IEC 39794 are TEST data still",
        )?;
        rule(
            self.files.first().is_some_and(|file| file.kind == FileKind::MasterFile),
            "the first file is the master file",
        )
    }

    pub(super) fn check_environments(&self) -> Result<(), ProfileError> {
        for (index, environment) in self.environments.iter().enumerate() {
            if !(1..=14).contains(&environment.number) || !(1..=8).contains(&environment.alternatives.len()) {
                return Err(ProfileError::rule(
                    &environment.name,
                    "an environment has a number from 1 to 14 and one to eight mechanisms",
                ));
            }
            if !environment.alternatives_have_meaning() {
                return Err(ProfileError::rule(&environment.name, "a reference that its mechanism does not know"));
            }
            let earlier = self.environments.get(..index).unwrap_or_default();
            if let Some(twin) = earlier.iter().find(|other| other.number == environment.number) {
                return Err(ProfileError::duplicate(&twin.name, &environment.name));
            }
        }
        Ok(())
    }
}

impl Environment {
    fn alternatives_have_meaning(&self) -> bool {
        self.alternatives.iter().all(|alternative| match alternative.mechanism {
            Mechanism::Scp03 | Mechanism::ChipAuthentication => true,
            Mechanism::Bac => alternative.reference == 1,
            Mechanism::Pace => (1..=4).contains(&alternative.reference),
            Mechanism::TerminalAuthentication => matches!(alternative.reference, 1..=3),
            Mechanism::IssuingOffice => matches!(alternative.reference, 1..=7),
            Mechanism::Holder => alternative.reference == 3,
        })
    }
}
