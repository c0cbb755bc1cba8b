use std::collections::BTreeMap;

/// What is run, and what is known beforehand.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What the chip is called in the report.
    pub chip: String,
    /// The suites; all, if none is named.
    pub suites: Vec<String>,
    /// The cases; all, if none is named.
    pub cases: Vec<String>,
    /// Whether cases are run that burn tries, advance dates or trust points, or end the card.
    pub sacrificial: bool,
    /// Items that the maker states; each is held against what is found.
    pub stated: BTreeMap<String, bool>,
    /// Items that only the laboratory can know, and that are true.
    pub granted: Vec<String>,
}

/// Items that no chip can be asked for: what is stated of them holds.
pub(crate) const OF_THE_LABORATORY: [&str; 5] =
    ["native-dialect", "personalization", "ta-date-validation", "ta-migration", "virtual"];
