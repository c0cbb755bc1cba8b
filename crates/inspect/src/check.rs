use serde::Serialize;

/// One named check.
///
/// In JSON: `{"name", "outcome": "passed"}`, `{"name", "outcome": "failed", "code", "detail"}` or
/// `{"name", "outcome": "not-run", "why"}`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Check {
    /// What was looked at: `sod.chain`, `dg1.hash`.
    pub name: String,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How a check ended.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[allow(clippy::exhaustive_enums, reason = "two verdicts, and the honest third word for what was not looked at")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed {
        /// The stable code of the reason.
        code: String,
        /// One line for people; no personal data.
        detail: String,
    },
    /// It could not be made.
    NotRun {
        /// One line for people.
        why: String,
    },
}

impl Check {
    pub(crate) fn passed(name: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: Outcome::Passed }
    }

    pub(crate) fn failed(name: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: Outcome::Failed { code: code.to_owned(), detail: detail.into() } }
    }

    pub(crate) fn not_run(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: Outcome::NotRun { why: why.into() } }
    }

    /// Passed, or failed with this code and detail.
    pub(crate) fn that(holds: bool, name: &str, code: &str, detail: &str) -> Self {
        if holds { Self::passed(name) } else { Self::failed(name, code, detail) }
    }

    /// Whether it holds.
    #[must_use]
    pub const fn is_passed(&self) -> bool {
        matches!(self.outcome, Outcome::Passed)
    }

    /// Whether it does not hold.
    #[must_use]
    pub const fn is_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. })
    }
}
