//! Whom a letter with codes goes to.

use sigillo_store::RecordId;

use crate::error::LineError;
use crate::vault::registered_holder;
use crate::work::Line;

/// The name on a letter.
pub struct LetterName {
    /// Given names and surname, as they are written.
    pub written: String,
    /// The same in the letters of the MRZ.
    pub in_mrz: String,
}

impl Line<'_> {
    /// The name of a record's holder.
    ///
    /// # Errors
    ///
    /// `store.unknown-record`, or a code of `keystore` or of the stored form.
    pub fn letter_name(&self, record: RecordId) -> Result<LetterName, LineError> {
        let holder = registered_holder(self.store, self.keys, &self.store.record(record)?)?;
        let joined = |given: &str, surname: &str| format!("{given} {surname}").trim().to_owned();
        Ok(LetterName {
            written: joined(&holder.given_names, &holder.surname),
            in_mrz: joined(&holder.mrz_given_names, &holder.mrz_surname),
        })
    }
}

/// A person.
impl std::fmt::Debug for LetterName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LetterName(redacted)")
    }
}
