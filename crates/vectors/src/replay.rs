use std::collections::BTreeSet;

use serde_json::Value;

use crate::chip_session;
use crate::envelope::{Document, Expect, Group, OperationCase, Ruling, SessionCase, Suite, TransitionCase};
use crate::failure::Failure;
use crate::folder::{Blobs, Folder};
use crate::life_cycle;
use crate::operations::operate;

/// What became of every case of a folder.
#[derive(Clone, Debug)]
pub struct Report {
    /// One entry a suite, by path.
    pub suites: Vec<SuiteReport>,
    /// What is wrong with the folder itself.
    pub faults: Vec<FolderFault>,
}

/// What became of the cases of a suite.
#[derive(Clone, Debug)]
pub struct SuiteReport {
    /// Path below the folder.
    pub path: String,
    /// How many of its cases come from a foreign source.
    pub foreign: usize,
    /// One a case, in the order of the file.
    pub verdicts: Vec<Verdict>,
}

/// What became of a case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// `suite/NNNN`.
    pub id: String,
    /// What the case shows.
    pub title: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// What was found is what was expected.
    Passed,
    /// It is not.
    Failed {
        /// What the case says.
        expected: String,
        /// What the code under test did.
        found: String,
    },
    /// The case was withdrawn, and was not run.
    Withdrawn,
}

/// Something wrong with the folder itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FolderFault {
    /// The file.
    pub path: String,
    /// What is wrong with it.
    pub what: String,
}

impl Report {
    /// How many cases passed, and how many failed.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let verdicts = || self.suites.iter().flat_map(|suite| &suite.verdicts);
        let failed = verdicts().filter(|verdict| matches!(verdict.outcome, Outcome::Failed { .. })).count();
        (verdicts().filter(|verdict| verdict.outcome == Outcome::Passed).count(), failed)
    }

    /// Whether there was something to replay, every case passed, and the folder has no fault.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let (passed, failed) = self.counts();
        passed > 0 && failed == 0 && self.faults.is_empty()
    }
}

/// Replays every case of a folder on this workspace.
#[must_use]
pub fn replay(folder: &Folder) -> Report {
    let mut report = Report { suites: Vec::new(), faults: Vec::new() };
    let mut named = BTreeSet::new();
    let mut fault = |path: &str, what: String| report.faults.push(FolderFault { path: path.to_owned(), what });
    for (path, text) in &folder.suites {
        let document = match Document::parse(text) {
            Ok(document) => document,
            Err(what) => {
                fault(path, what);
                continue;
            }
        };
        if let Ok(value) = serde_json::from_str(text) {
            blob_names(&value, &mut named);
        }
        let (envelope, verdicts, foreign) = match &document {
            Document::Operations(suite) => judged(suite, path, |case| operate(&case.op, &case.input, &folder.blobs)),
            Document::Transitions(suite) => judged(suite, path, life_cycle::step),
            Document::Sessions(suite) => judged(suite, path, chip_session::play),
        };
        envelope.into_iter().for_each(|what| fault(path, what));
        report.suites.push(SuiteReport { path: path.clone(), foreign, verdicts });
    }
    if report.suites.is_empty() {
        fault("", "no suite".to_owned());
    }
    for name in blobs_without_a_case(&folder.blobs, &named) {
        fault(&format!("blobs/{name}"), "no case names it".to_owned());
    }
    report
}

/// What every kind of case has.
trait Case {
    fn id(&self) -> &str;
    fn title(&self) -> &str;
    fn flags(&self) -> &[String];
    fn is_withdrawn(&self) -> bool;
    fn expect(&self) -> &Expect;
}

macro_rules! case {
    ($($kind:ty)*) => {
        $(impl Case for $kind {
            fn id(&self) -> &str {
                &self.id
            }
            fn title(&self) -> &str {
                &self.title
            }
            fn flags(&self) -> &[String] {
                &self.flags
            }
            fn is_withdrawn(&self) -> bool {
                self.withdrawn.is_some()
            }
            fn expect(&self) -> &Expect {
                &self.expect
            }
        })*
    };
}
case!(OperationCase TransitionCase SessionCase);

/// The faults of the envelope, a verdict a case, and how many cases are foreign.
fn judged<C: Case>(
    suite: &Suite<C>,
    path: &str,
    run: impl Fn(&C) -> Result<Value, Failure>,
) -> (Vec<String>, Vec<Verdict>, usize) {
    let cases = || suite.groups.iter().flat_map(|group| &group.cases);
    let verdicts = cases().map(|case| verdict(case, &run)).collect();
    let foreign = suite.groups.iter().filter(|group| group.source.is_foreign()).map(|group| group.cases.len()).sum();
    (envelope_faults(suite, path, foreign), verdicts, foreign)
}

fn envelope_faults<C: Case>(suite: &Suite<C>, path: &str, foreign: usize) -> Vec<String> {
    let cases = || suite.groups.iter().flat_map(|group: &Group<C>| &group.cases);
    let mut faults = Vec::new();
    if path.rsplit('/').next() != Some(&format!("{}.json", suite.suite)) {
        faults.push(format!("the suite is named {}", suite.suite));
    }
    if cases().count() != suite.count {
        faults.push(format!("count {}, {} cases", suite.count, cases().count()));
    }
    let mut seen = BTreeSet::new();
    for case in cases() {
        let number = case.id().strip_prefix(&suite.suite).and_then(|rest| rest.strip_prefix('/'));
        if !number.is_some_and(|number| number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit())) {
            faults.push(format!("{} is no identifier of this suite", case.id()));
        }
        if !seen.insert(case.id()) {
            faults.push(format!("{} stands twice", case.id()));
        }
    }
    let flags: BTreeSet<&String> = cases().flat_map(Case::flags).collect();
    if flags != suite.notes.keys().collect() {
        faults.push("flags and notes differ".to_owned());
    }
    if foreign == 0 && suite.no_foreign_source.is_none() {
        faults.push("no case of a foreign source, and no reason for it".to_owned());
    }
    faults
}

fn verdict<C: Case>(case: &C, run: impl Fn(&C) -> Result<Value, Failure>) -> Verdict {
    let outcome = if case.is_withdrawn() { Outcome::Withdrawn } else { compared(case.expect(), run(case)) };
    Verdict { id: case.id().to_owned(), title: case.title().to_owned(), outcome }
}

fn compared(expect: &Expect, found: Result<Value, Failure>) -> Outcome {
    let right = match (&found, expect.result) {
        (Ok(output), Ruling::Accept) => expect.output.as_ref() == Some(output),
        (Err(Failure::Refused(refusal)), Ruling::Reject) => {
            expect.stage == Some(refusal.stage)
                && expect.error.as_ref() == Some(&refusal.error)
                && expect.at.is_none_or(|at| refusal.at == Some(at))
                && expect.field.as_ref().is_none_or(|field| refusal.field.as_ref() == Some(field))
        }
        _ => false,
    };
    if right {
        return Outcome::Passed;
    }
    let expected = match expect.result {
        Ruling::Accept => expect.output.as_ref().map(Value::to_string).unwrap_or_default(),
        Ruling::Reject => format!("{:?} {}", expect.stage, expect.error.as_deref().unwrap_or_default()),
    };
    let found = match found {
        Ok(output) => output.to_string(),
        Err(Failure::Refused(refusal)) => format!("{refusal:?}"),
        Err(Failure::Broken(why)) => why,
    };
    Outcome::Failed { expected, found }
}

fn blob_names(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let (2, Some(Value::String(name)), Some(_)) =
                (members.len(), members.get("sha256"), members.get("length"))
            {
                names.insert(name.clone());
            }
            members.values().for_each(|member| blob_names(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| blob_names(item, names)),
        _ => (),
    }
}

fn blobs_without_a_case<'a>(blobs: &'a Blobs, named: &BTreeSet<String>) -> Vec<&'a str> {
    blobs.names().filter(|name| !named.contains(*name)).collect()
}
