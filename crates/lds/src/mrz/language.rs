/// The language of a name, where ICAO 9303-3 gives its Cyrillic letters values of their own.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Language {
    /// Not known, or without rules of its own.
    #[default]
    Unspecified,
    /// Belarusian.
    Belarusian,
    /// Bulgarian.
    Bulgarian,
    /// Macedonian.
    Macedonian,
    /// Serbian.
    Serbian,
    /// Ukrainian.
    Ukrainian,
}

impl Language {
    /// The language whose rules apply to most holders of a nationality.
    #[must_use]
    pub fn of_nationality(code: &str) -> Self {
        match code {
            "BLR" => Self::Belarusian,
            "BGR" => Self::Bulgarian,
            "MKD" => Self::Macedonian,
            "SRB" => Self::Serbian,
            "UKR" => Self::Ukrainian,
            _ => Self::Unspecified,
        }
    }
}
