use serde::Deserialize;
use sigillo_issuance::life_cycle::RecordEvent;

use crate::error::OfficeError;

/// The rules of an office: lists of reasons and reporters, and the limit of callers.
///
/// | table of `office.toml` | holds |
/// |---|---|
/// | `[cip]` | `wrong`: how many wrong CIPs a caller may tell within `minutes` |
/// | `[[reporter]]` | `code`, `italian`, `english`: who may report a loss |
/// | `[[reason]]` | the same, and `for`: the events that it is a reason for |
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The limit of callers.
    pub cip: CipLimit,
    /// Who may report a loss.
    #[serde(rename = "reporter")]
    pub reporters: Vec<Listed>,
    #[serde(rename = "reason")]
    reasons: Vec<Reason>,
}

/// How many wrong CIPs one caller may tell, and in which time.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CipLimit {
    /// How many.
    pub wrong: u32,
    /// Within how many minutes.
    pub minutes: u32,
}

/// An entry of a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Its code: what register and trace hold.
    pub code: String,
    /// For an Italian office.
    pub italian: String,
    /// For everybody else.
    pub english: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Reason {
    r#for: Vec<String>,
    #[serde(flatten)]
    listed: Listed,
}

impl Rules {
    /// Reads a file of rules.
    ///
    /// # Errors
    ///
    /// `office.rules` for what is no such file, a limit of zero, or a reason for something that needs none.
    pub fn parse(text: &str) -> Result<Self, OfficeError> {
        let refused = |why: String| OfficeError::Rules { why };
        let rules: Self = toml::from_str(text).map_err(|error| refused(error.message().to_owned()))?;
        if rules.cip.wrong == 0 || rules.cip.minutes == 0 {
            return Err(refused("a caller has at least one try, and a window at least one minute".to_owned()));
        }
        let known = |name: &String| EVENTS.iter().any(|event| event.name() == name);
        match rules.reasons.iter().flat_map(|reason| &reason.r#for).find(|name| !known(name)) {
            Some(name) => Err(refused(format!("{name} needs no reason"))),
            None => Ok(rules),
        }
    }

    /// The reasons for an event.
    pub fn reasons_for(&self, event: RecordEvent) -> impl Iterator<Item = &Listed> {
        let named = move |reason: &&Reason| reason.r#for.iter().any(|name| name == event.name());
        self.reasons.iter().filter(named).map(|reason| &reason.listed)
    }

    /// A reason by its code.
    ///
    /// # Errors
    ///
    /// `office.reason` for one that is not in the list of this event.
    pub fn reason(&self, event: RecordEvent, code: &str) -> Result<&Listed, OfficeError> {
        self.reasons_for(event)
            .find(|reason| reason.code == code)
            .ok_or_else(|| OfficeError::Reason { known: codes(self.reasons_for(event)) })
    }

    /// Who reports, by his code.
    ///
    /// # Errors
    ///
    /// `office.reporter`.
    pub fn reporter(&self, code: &str) -> Result<&Listed, OfficeError> {
        let found = self.reporters.iter().find(|reporter| reporter.code == code);
        found.ok_or_else(|| OfficeError::Reporter { known: codes(self.reporters.iter()) })
    }

    /// What a code of the register means, if a list still has it.
    #[must_use]
    pub fn meaning(&self, code: &str) -> Option<&Listed> {
        let reasons = self.reasons.iter().map(|reason| &reason.listed);
        reasons.chain(&self.reporters).find(|listed| listed.code == code)
    }
}

/// The rules that this program brings.
impl Default for Rules {
    fn default() -> Self {
        // The tests parse it.
        #[allow(clippy::expect_used, reason = "an embedded file that the tests parse")]
        Self::parse(include_str!("../office.toml")).expect("the embedded rules are rules")
    }
}

fn codes<'l>(listed: impl Iterator<Item = &'l Listed>) -> String {
    listed.map(|listed| listed.code.as_str()).collect::<Vec<_>>().join(", ")
}

/// What needs a reason.
const EVENTS: [RecordEvent; 4] =
    [RecordEvent::Suspend, RecordEvent::Reinstate, RecordEvent::Revoke, RecordEvent::Annul];
