use serde::Serialize;

/// How a case ended.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// Every answer was one of those expected.
    Passed {
        /// How often the case was run: once for each start state and each protocol that it names.
        runs: usize,
    },
    /// One was not.
    Failed {
        /// Which run, if there are several.
        #[serde(skip_serializing_if = "String::is_empty")]
        run: String,
        /// Which step, counted from one; zero is the start state.
        step: usize,
        /// What was expected.
        expected: String,
        /// What came: status words and lengths, never octets.
        came: String,
    },
    /// The conformance statement says that the case says nothing of this chip.
    NotApplicable {
        /// The item, as the case wants it.
        item: String,
    },
    /// The case was left out.
    NotRun {
        /// Why.
        why: String,
    },
}

impl Verdict {
    /// The word in reports.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Passed { .. } => "passed",
            Self::Failed { .. } => "failed",
            Self::NotApplicable { .. } => "not-applicable",
            Self::NotRun { .. } => "not-run",
        }
    }

    /// Whether the chip did something wrong.
    #[must_use]
    pub const fn is_failed(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }

    /// What a person wants to know beside the word.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Passed { runs: 1 } => String::new(),
            Self::Passed { runs } => format!("{runs} runs"),
            Self::Failed { run, step, expected, came } => {
                let run = if run.is_empty() { String::new() } else { format!("{run}: ") };
                match step {
                    0 => format!("{run}start state: expected {expected}, came {came}"),
                    _ => format!("{run}step {step}: expected {expected}, came {came}"),
                }
            }
            Self::NotApplicable { item } => format!("the conformance statement does not meet {item}"),
            Self::NotRun { why } => why.clone(),
        }
    }
}
