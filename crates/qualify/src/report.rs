//! What an auditor files.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use sigillo_issuance::canonical;

use crate::facts::Facts;
use crate::format::{Case, Expectation, IcsItem, Unit};
use crate::options::Options;
use crate::verdict::Verdict;

/// The name of this form, and the domain of its digest.
const FORMAT: &str = "sigillo-qualification-1";

/// A run: the chip, its conformance statement, every case, the digest of it all.
///
/// It holds no octet of a file but the digest of EF.SOD, and no secret.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `sigillo-qualification-1`.
    pub format: &'static str,
    /// What the chip is called.
    pub chip: String,
    /// The day.
    pub date: String,
    /// The answer to reset, hexadecimal.
    pub atr: String,
    /// SHA-256 of EF.SOD, by which a register knows the chip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sod_digest: Option<String>,
    /// Whether sacrificial cases were allowed.
    pub sacrificial: bool,
    /// Whether no case failed and none was left out.
    pub qualified: bool,
    /// Cases by verdict.
    pub counts: Counts,
    /// The same, suite by suite.
    pub suites: BTreeMap<String, Counts>,
    /// Cases by where their expectation comes from.
    pub expectations: Expectations,
    /// Items of the conformance statement that were stated and found otherwise.
    pub differing: Vec<String>,
    /// The conformance statement.
    pub ics: Vec<IcsRow>,
    /// Every case, in order.
    pub cases: Vec<CaseRow>,
    /// Commands sent.
    pub commands: u64,
    /// SHA-256 over the canonical form of everything else, hexadecimal.
    pub digest: String,
}

/// Cases by verdict.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the verdicts")]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    pub passed: u32,
    pub failed: u32,
    pub not_applicable: u32,
    pub not_run: u32,
}

/// Cases by where their expectation comes from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the sources")]
pub struct Expectations {
    pub published: u32,
    pub derived: u32,
}

/// One item of the conformance statement.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct IcsRow {
    /// Its name.
    pub name: String,
    /// What it says when it is true.
    pub says: String,
    /// Whether it is.
    pub value: bool,
    /// Passed cases that want it, one way or the other.
    pub passed: u32,
    /// Cases that do not apply because of it.
    pub not_applicable: u32,
}

/// One case.
#[derive(Clone, Debug, Serialize)]
pub struct CaseRow {
    /// The suite.
    pub suite: String,
    /// The test unit.
    pub unit: String,
    /// The case.
    pub id: String,
    /// The section of the suite.
    pub section: String,
    /// What is tested.
    pub title: String,
    /// The items that must be met.
    pub ics: Vec<String>,
    /// `published` or `derived`.
    pub expectation: &'static str,
    /// The clause of a derived expectation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// How it ended.
    #[serde(flatten)]
    pub verdict: Verdict,
}

impl CaseRow {
    pub(crate) fn new(unit: &Unit, case: &Case, verdict: Verdict) -> Self {
        Self {
            suite: unit.suite.clone(),
            unit: unit.unit.clone(),
            id: case.id.clone(),
            section: case.section.clone(),
            title: case.title.clone(),
            ics: case.ics.iter().map(|condition| condition.text.clone()).collect(),
            expectation: match case.expectation {
                Expectation::Published => "published",
                Expectation::Derived => "derived",
            },
            clause: case.clause.clone(),
            verdict,
        }
    }

    /// Whether an item decides over this case.
    fn wants(&self, item: &str) -> bool {
        let words = self.ics.iter().flat_map(|text| text.split('|'));
        words.map(|word| word.trim().trim_start_matches('!')).any(|word| word == item)
    }
}

impl Counts {
    fn add(&mut self, verdict: &Verdict) {
        *match verdict {
            Verdict::Passed { .. } => &mut self.passed,
            Verdict::Failed { .. } => &mut self.failed,
            Verdict::NotApplicable { .. } => &mut self.not_applicable,
            Verdict::NotRun { .. } => &mut self.not_run,
        } += 1;
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.passed + self.failed + self.not_applicable + self.not_run
    }
}

/// What a run brought, before it is counted.
pub(crate) struct Gathered<'g> {
    pub(crate) options: &'g Options,
    pub(crate) date: Date,
    pub(crate) facts: &'g Facts,
    pub(crate) items: &'g [IcsItem],
    pub(crate) sod_digest: Option<String>,
    pub(crate) differing: Vec<String>,
    pub(crate) cases: Vec<CaseRow>,
    pub(crate) commands: u64,
}

impl Report {
    pub(crate) fn new(gathered: Gathered<'_>) -> Self {
        let Gathered { options, date, facts, items, sod_digest, differing, cases, commands } = gathered;
        let mut counts = Counts::default();
        let mut suites: BTreeMap<String, Counts> = BTreeMap::new();
        let mut expectations = Expectations::default();
        for case in &cases {
            counts.add(&case.verdict);
            suites.entry(case.suite.clone()).or_default().add(&case.verdict);
            match case.expectation {
                "derived" => expectations.derived += 1,
                _ => expectations.published += 1,
            }
        }
        let ics = items.iter().map(|item| {
            let passed = cases.iter().filter(|case| matches!(case.verdict, Verdict::Passed { .. }));
            let kept_out = |case: &&CaseRow| match &case.verdict {
                Verdict::NotApplicable { item: text } => {
                    text.split('|').any(|word| word.trim_start_matches('!') == item.name)
                }
                _ => false,
            };
            IcsRow {
                name: item.name.clone(),
                says: item.says.clone(),
                value: facts.is(&item.name),
                passed: count(passed.filter(|case| case.wants(&item.name))),
                not_applicable: count(cases.iter().filter(kept_out)),
            }
        });
        let mut report = Self {
            format: FORMAT,
            chip: options.chip.clone(),
            date: date.to_string(),
            atr: hex::encode_upper(&facts.atr),
            sod_digest,
            sacrificial: options.sacrificial,
            qualified: counts.failed == 0 && counts.not_run == 0 && counts.passed > 0 && differing.is_empty(),
            counts,
            suites,
            expectations,
            differing,
            ics: ics.collect(),
            cases,
            commands,
            digest: String::new(),
        };
        report.digest = report.computed_digest();
        report
    }

    /// The digest that belongs to the rest of the report.
    #[must_use]
    pub fn computed_digest(&self) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(members) = &mut value {
            members.remove("digest");
        }
        canonical::digest(FORMAT, &[], &value).map(hex::encode).unwrap_or_default()
    }

    /// The report for people: what failed and what was left out, then the counts.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut line = |text: String| {
            out.extend(text.chars().map(|c| if c.is_control() { '?' } else { c }));
            out.push('\n');
        };
        for case in &self.cases {
            match &case.verdict {
                Verdict::Passed { .. } | Verdict::NotApplicable { .. } => {}
                verdict => {
                    let word = if verdict.is_failed() { "FAILED " } else { "not run" };
                    line(format!("  {word}  {:<24} {}", case.id, case.title));
                    line(format!("           {:<24} {}", "", verdict.detail()));
                }
            }
        }
        for item in &self.differing {
            line(format!("  DIFFERS  {item}: stated one way, found the other"));
        }
        line(format!("  {:<18} {:>7} {:>7} {:>15} {:>8}", "suite", "passed", "failed", "not applicable", "not run"));
        let all = ("all".to_owned(), self.counts);
        for (suite, counts) in self.suites.iter().map(|(suite, counts)| (suite.clone(), *counts)).chain([all]) {
            let Counts { passed, failed, not_applicable, not_run } = counts;
            line(format!("  {suite:<18} {passed:>7} {failed:>7} {not_applicable:>15} {not_run:>8}"));
        }
        let Expectations { published, derived } = self.expectations;
        line(format!("  expectations: {published} published, {derived} derived; {} commands", self.commands));
        line(format!("  {} {}", if self.qualified { "QUALIFIED" } else { "NOT QUALIFIED" }, self.digest));
        out
    }
}

fn count<'a>(rows: impl Iterator<Item = &'a CaseRow>) -> u32 {
    u32::try_from(rows.count()).unwrap_or(u32::MAX)
}
