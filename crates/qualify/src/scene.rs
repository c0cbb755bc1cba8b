//! What a named check sees.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sigillo_seal::x509::Certificate;

use crate::facts::Facts;
use crate::lab::Lab;

/// A check: what was expected and what came, never a personal value.
pub(crate) type Check = fn(&Scene<'_>) -> Result<(), String>;

/// Files and circumstances of a case, for a named check.
pub(crate) struct Scene<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) lab: &'a Lab,
    /// What this case read.
    pub(crate) read: &'a BTreeMap<String, Vec<u8>>,
    /// The file that the step names.
    pub(crate) subject: Option<&'a str>,
}

impl Scene<'_> {
    /// A file: as this case read it, or as it was read when the conformance statement was made.
    pub(crate) fn file(&self, name: &str) -> Result<&[u8], String> {
        let file = self.read.get(name).or_else(|| self.facts.files.get(name));
        file.map(Vec::as_slice).ok_or_else(|| format!("{name} could not be read"))
    }

    /// The file that the step names.
    pub(crate) fn subject(&self) -> Result<&[u8], String> {
        self.file(self.subject.ok_or("the step names no file")?)
    }

    /// Whether an item of the conformance statement is true.
    pub(crate) fn has(&self, item: &str) -> bool {
        self.facts.is(item)
    }

    /// The day of the test.
    pub(crate) fn date(&self) -> Date {
        self.lab.today
    }

    /// Trust anchors for EF.SOD.
    pub(crate) fn anchors(&self) -> &[Certificate] {
        &self.lab.anchors
    }

    /// The printed machine readable zone, lines without line ends.
    pub(crate) fn mrz(&self) -> Option<String> {
        Some(self.lab.expose_mrz(|octets| String::from_utf8_lossy(octets).into_owned()))
    }
}
