use std::fmt;

use jiff::civil::Date;
use sigillo_codes::{CodePolicy, CodeSet};

/// What one letter says.
pub struct Letter<'a> {
    /// Given names and surname, as they are written; capitals of the MRZ where a letter is in no Western font.
    pub holder: &'a str,
    /// The same name in the letters of the MRZ, without its fillers.
    pub holder_in_mrz: &'a str,
    /// Of the document; printed in part.
    pub document_number: &'a str,
    /// Who hands it over.
    pub office: &'a Office,
    /// How many wrong tries each code has.
    pub policy: CodePolicy,
    /// The codes. A CAN is not printed: it stands on the card.
    pub codes: &'a CodeSet,
    /// The day of printing.
    pub printed_on: Date,
}

/// Whose letter it is, and who answers the telephone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Office {
    /// Its name.
    pub name: String,
    /// Its address, at most three lines.
    pub address: Vec<String>,
    /// The number to call when card or letter is lost.
    pub telephone: String,
}

/// A person's name and codes.
impl fmt::Debug for Letter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter(redacted)")
    }
}
