//! Which case finds a fault.

use std::cell::RefCell;
use std::collections::BTreeMap;

use sigillo_qualify::Verdict;
use sigillo_qualify::embedded::units;
use sigillo_qualify::format::Unit;
use sigillo_vchip::Fault;

use super::bench::{Bench, Broken};

/// Every case by suite and name, our own before the others.
pub(super) struct Search {
    bench: Bench,
    cases: Vec<String>,
    /// Whether a chip without a fault passes: only then a failure says anything of a fault.
    passed: RefCell<BTreeMap<String, bool>>,
}

impl Search {
    pub(super) fn new(profile: &str) -> Result<Self, Broken> {
        let mut units = units()?;
        units.sort_by_key(|unit| unit.suite != OWN_SUITE);
        let names =
            |unit: &Unit| unit.cases.iter().map(|case| format!("{}/{}", unit.suite, case.id)).collect::<Vec<_>>();
        let cases = units.iter().flat_map(names).collect();
        Ok(Self { bench: Bench::new(profile)?, cases, passed: RefCell::default() })
    }

    /// The first case that fails because of the fault: the hinted one, or else any; and what it says.
    pub(super) fn finder(&self, fault: Fault, hint: Option<&String>) -> Result<Option<(String, String)>, Broken> {
        let known = hint.filter(|hint| self.cases.contains(hint));
        for case in known.into_iter().chain(self.cases.iter().filter(|case| Some(*case) != hint)) {
            let verdict = self.bench.verdict(case, Some(fault))?;
            if verdict.is_failed() && self.passes(case)? {
                if hint.is_some_and(|hint| hint != case) {
                    eprintln!("{}: not found by {}", fault.id(), hint.map_or("", String::as_str));
                }
                return Ok(Some((case.clone(), verdict.detail())));
            }
        }
        Ok(None)
    }

    fn passes(&self, case: &str) -> Result<bool, Broken> {
        if let Some(passed) = self.passed.borrow().get(case) {
            return Ok(*passed);
        }
        let passed = matches!(self.bench.verdict(case, None)?, Verdict::Passed { .. });
        self.passed.borrow_mut().insert(case.to_owned(), passed);
        Ok(passed)
    }
}

const OWN_SUITE: &str = "sigillo";
