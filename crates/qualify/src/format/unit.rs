use serde::Deserialize;

use super::condition::Condition;
use super::state::StartState;
use super::step::Step;

/// A file of cases.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unit {
    /// The suite: `icao-part3`.
    pub suite: String,
    /// The test unit: `ISO7816_C`.
    pub unit: String,
    /// What the unit is about, in our words.
    pub title: String,
    /// Its cases, in order.
    #[serde(rename = "case", default)]
    pub cases: Vec<Case>,
}

/// One test case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// The suite's own identifier.
    pub id: String,
    /// The section of the suite.
    #[serde(default)]
    pub section: String,
    /// What is tested, in our words.
    pub title: String,
    /// What must be true of the chip for the case to apply.
    #[serde(default)]
    pub ics: Vec<Condition>,
    /// Where the expectation comes from.
    pub expectation: Expectation,
    /// The clause that a derived expectation comes from: a key of `docs/specs/index.toml`.
    pub clause: Option<String>,
    /// The states from which the steps begin: one run for each.
    #[serde(default, deserialize_with = "one_or_many")]
    pub start: Vec<StartState>,
    /// One run for each of these.
    pub each: Option<Each>,
    /// Whether the case burns tries, advances dates or trust points, or ends the card.
    #[serde(default)]
    pub sacrificial: bool,
    /// A specimen that no chip in the field can be.
    pub fresh: Option<Fresh>,
    /// What the laboratory must have.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// Anything worth a word.
    #[serde(default)]
    pub note: String,
}

/// Where an expectation comes from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Expectation {
    /// The suite says it.
    Published,
    /// We drew it from the standard, by the clause that is named.
    Derived,
}

/// What a case is run once for.
///
/// | word | one run for each |
/// |---|---|
/// | `pace-info`, `pace-info:gm,cam` | entry of EF.CardAccess, or of these mappings |
/// | `ca-info` | protocol and key of Chip Authentication in DG14 |
/// | `ca-kat`, `ca-at` | of these, those of triple DES, or of AES |
/// | `data-group` | data group that EF.COM names and that Terminal Authentication does not guard |
/// | `cut-point` | point at which the power may fail, the first eight |
/// | `password` | PACE password that the chip takes and the laboratory knows |
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
#[allow(missing_docs, reason = "the table says it")]
#[non_exhaustive]
pub enum Each {
    PaceInfo { mappings: Vec<String> },
    CaInfo { suites: CaSuites },
    DataGroup,
    CutPoint,
    Password,
}

/// Which entries of DG14.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
#[non_exhaustive]
pub enum CaSuites {
    All,
    TripleDes,
    Aes,
}

/// A specimen that no chip in the field can be.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Fresh {
    /// As its maker delivers it: transport keys, nothing on it.
    Manufactured,
    /// Initialized: chip keys and files, not formed.
    Initialized,
    /// Formed, not locked.
    Unlocked,
}

/// What a laboratory must have for a case.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Need {
    /// The whole printed machine readable zone.
    Mrz,
    /// The issuer's CSCA certificate.
    Anchor,
    /// The card access number.
    Can,
    /// The PIN.
    Pin,
    /// The PUK.
    Puk,
    /// A chain of an inspection system with its key.
    Inspection,
    /// A chain of the office with its key.
    Office,
    /// The private key of the country verifying authority, to issue the certificates of a case.
    CvcaKey,
    /// The private key of the office's trust point.
    OfficeKey,
    /// A second chip of the same kind and another holder.
    SecondChip,
}

/// `cases/ics.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IcsItems {
    /// The items.
    #[serde(rename = "item")]
    pub items: Vec<IcsItem>,
}

/// An item of the implementation conformance statement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IcsItem {
    /// Its name in cases and reports.
    pub name: String,
    /// What it says when it is true.
    pub says: String,
    /// How it is found out.
    pub found: String,
}

impl TryFrom<String> for Each {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (word, argument) = text.split_once(':').unwrap_or((&text, ""));
        let mappings = || argument.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Ok(match word {
            "pace-info" => Self::PaceInfo { mappings: mappings() },
            "ca-info" => Self::CaInfo { suites: CaSuites::All },
            "ca-kat" => Self::CaInfo { suites: CaSuites::TripleDes },
            "ca-at" => Self::CaInfo { suites: CaSuites::Aes },
            "data-group" => Self::DataGroup,
            "cut-point" => Self::CutPoint,
            "password" => Self::Password,
            _ => return Err(format!("nothing to run once for each: {text}")),
        })
    }
}

impl Need {
    /// The word in data and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mrz => "the machine readable zone",
            Self::Anchor => "the issuer's CSCA certificate",
            Self::Can => "the card access number",
            Self::Pin => "the PIN",
            Self::Puk => "the PUK",
            Self::Inspection => "an inspection system's certificates and key",
            Self::Office => "the office's certificates and key",
            Self::CvcaKey => "the key of the country verifying authority",
            Self::OfficeKey => "the key of the office's trust point",
            Self::SecondChip => "a second chip",
        }
    }
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<StartState>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        One(StartState),
        Many(Vec<StartState>),
    }
    Ok(match Form::deserialize(deserializer)? {
        Form::One(state) => vec![state],
        Form::Many(states) => states,
    })
}
