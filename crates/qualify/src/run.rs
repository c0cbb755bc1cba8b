//! Case after case.

use sigillo_crypto::{Entropy, sha256};

use crate::certificates::Certificates;
use crate::detect::detect;
use crate::embedded::{items, recipes, units};
use crate::error::QualifyError;
use crate::facts::Facts;
use crate::format::{Case, Each, PasswordName, StartState, Unit};
use crate::lab::Lab;
use crate::link::{Link, Subject};
use crate::machine::{Halt, Iteration, Machine};
use crate::options::{OF_THE_LABORATORY, Options};
use crate::report::{CaseRow, Gathered, Report};
use crate::verdict::Verdict;

/// No command of a chip has more points at which its power may fail.
const CUT_POINTS: u32 = 8;

/// What happened last.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Cases that are through.
    pub done: usize,
    /// All cases that were chosen.
    pub total: usize,
    /// The last case.
    pub case: &'a str,
    /// How it ended.
    pub verdict: &'a Verdict,
}

/// Qualifies a chip: finds out what it can do, and takes each chosen case that applies from a reset on.
///
/// # Errors
///
/// `qualify.unknown` for a suite or a case that does not exist, `qualify.link` if the card cannot be reached at the beginning;
/// one that is gone later leaves the rest of the cases not run. `qualify.data` never with embedded cases.
pub fn run(
    subject: &mut dyn Subject,
    lab: &Lab,
    options: &Options,
    entropy: &mut dyn Entropy,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, QualifyError> {
    choose(&units()?, options)?;
    let mut link = Link::new(subject);
    let facts = detect(&mut link, lab, &items()?, entropy)?;
    carry_out(link, lab, facts, options, entropy, progress)
}

/// As [`run`], with what was found out before, on this chip or on another of its kind.
///
/// # Errors
///
/// As [`run`].
pub fn run_stated(
    subject: &mut dyn Subject,
    lab: &Lab,
    facts: Facts,
    options: &Options,
    entropy: &mut dyn Entropy,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, QualifyError> {
    carry_out(Link::new(subject), lab, facts, options, entropy, progress)
}

fn carry_out(
    link: Link<'_>,
    lab: &Lab,
    mut facts: Facts,
    options: &Options,
    entropy: &mut dyn Entropy,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, QualifyError> {
    let units = units()?;
    let chosen = choose(&units, options)?;
    let items = items()?;
    for item in &options.granted {
        facts.items.insert(item.clone(), true);
    }
    let found = facts.items.clone();
    facts.items.extend(options.stated.clone());
    let certificates = Certificates::new(recipes()?);
    let mut runner = Runner { link, lab, facts, options, certificates, entropy, gone: None };
    let mut rows = Vec::with_capacity(chosen.len());
    for (unit, case) in &chosen {
        let verdict = runner.case(case)?;
        rows.push(CaseRow::new(unit, case, verdict));
        if let Some(row) = rows.last() {
            progress(Progress { done: rows.len(), total: chosen.len(), case: &row.id, verdict: &row.verdict });
        }
    }
    let otherwise = |item: &str, stated: bool| found.get(item).copied().unwrap_or(false) != stated;
    let differing = options
        .stated
        .iter()
        .filter(|(item, stated)| !OF_THE_LABORATORY.contains(&item.as_str()) && otherwise(item, **stated));
    let differing = differing.map(|(item, _)| item.clone()).collect();
    let sod = runner.facts.files.get("EF.SOD").map(|file| hex::encode(sha256(file)));
    Ok(Report::new(Gathered {
        options,
        date: lab.today,
        facts: &runner.facts,
        items: &items,
        sod_digest: sod,
        differing,
        cases: rows,
        commands: runner.link.commands(),
    }))
}

/// How many cases a selection has.
///
/// # Errors
///
/// `qualify.unknown`, `qualify.data` as in [`run`].
pub fn chosen(options: &Options) -> Result<usize, QualifyError> {
    choose(&units()?, options).map(|cases| cases.len())
}

/// The conformance statement alone.
///
/// # Errors
///
/// As [`run`].
pub fn statement(subject: &mut dyn Subject, lab: &Lab, entropy: &mut dyn Entropy) -> Result<Facts, QualifyError> {
    detect(&mut Link::new(subject), lab, &items()?, entropy)
}

fn choose<'u>(units: &'u [Unit], options: &Options) -> Result<Vec<(&'u Unit, &'u Case)>, QualifyError> {
    let unknown = |what: &str, name: &String| QualifyError::Unknown { what: format!("{what} {name}") };
    let all = || units.iter().flat_map(|unit| unit.cases.iter().map(move |case| (unit, case)));
    if let Some(name) = options.suites.iter().find(|name| !units.iter().any(|unit| unit.suite == **name)) {
        return Err(unknown("suite", name));
    }
    if let Some(name) = options.cases.iter().find(|name| !all().any(|(_, case)| case.id == **name)) {
        return Err(unknown("case", name));
    }
    let among = |list: &[String], name: &String| list.is_empty() || list.contains(name);
    Ok(all().filter(|(unit, case)| among(&options.suites, &unit.suite) && among(&options.cases, &case.id)).collect())
}

struct Runner<'r, 'c> {
    link: Link<'c>,
    lab: &'r Lab,
    facts: Facts,
    options: &'r Options,
    certificates: Certificates,
    entropy: &'r mut dyn Entropy,
    /// Why the card cannot be reached any more.
    gone: Option<String>,
}

impl Runner<'_, '_> {
    fn case(&mut self, case: &Case) -> Result<Verdict, QualifyError> {
        if let Some(condition) = case.ics.iter().find(|condition| !self.facts.meets(condition)) {
            return Ok(Verdict::NotApplicable { item: condition.text.clone() });
        }
        let starts = if case.start.is_empty() { vec![StartState::RESET] } else { case.start.clone() };
        let missing =
            |start: &StartState| start.conditions().into_iter().find(|item| !self.facts.is(item)).map(str::to_owned);
        let (reachable, lacking): (Vec<_>, Vec<_>) = starts.iter().partition(|start| missing(start).is_none());
        if reachable.is_empty() {
            let mut items: Vec<_> = lacking.into_iter().filter_map(missing).collect();
            items.dedup();
            return Ok(Verdict::NotApplicable { item: items.join("|") });
        }
        let not_run = |why: &str| Ok(Verdict::NotRun { why: why.to_owned() });
        if let Some(reason) = &self.gone {
            return not_run(reason);
        }
        if let Some(need) = case.needs.iter().find(|need| !self.lab.has(**need)) {
            return not_run(&format!("the laboratory lacks {}", need.word()));
        }
        if case.sacrificial && !self.options.sacrificial {
            return not_run("it burns tries, advances dates or ends the card: --sacrificial allows it");
        }
        let iterations = match &case.each {
            None => vec![Iteration::default()],
            Some(each) => self.iterations(each),
        };
        if iterations.is_empty() {
            let expected = "at least one thing to run the case for".to_owned();
            return Ok(Verdict::Failed { run: String::new(), step: 0, expected, came: "none".to_owned() });
        }
        let several = reachable.len() * iterations.len() > 1;
        let mut runs = 0;
        for (position, start) in reachable.iter().enumerate() {
            for iteration in &iterations {
                let run = if several { name(position, iteration) } else { String::new() };
                match self.prepared(case, start, iteration)? {
                    Ok(()) => runs += 1,
                    Err(verdict) => {
                        return Ok(match verdict {
                            Verdict::Failed { step, expected, came, .. } => {
                                Verdict::Failed { run, step, expected, came }
                            }
                            other => other,
                        });
                    }
                }
            }
        }
        Ok(Verdict::Passed { runs })
    }

    /// One run, on a chip of its own where the case needs one.
    fn prepared(
        &mut self,
        case: &Case,
        start: &StartState,
        iteration: &Iteration,
    ) -> Result<Result<(), Verdict>, QualifyError> {
        let not_run = |why: &str| Ok(Err(Verdict::NotRun { why: why.to_owned() }));
        let outcome = if let Some(phase) = case.fresh {
            match self.link.renew_as(phase) {
                Ok(true) => self.one(case, start, iteration),
                Ok(false) => return not_run("no chip in an earlier phase of its life is at hand"),
                Err(gone) => return self.lost(gone.0),
            }
        } else if case.sacrificial {
            match self.link.renew() {
                Ok(_) => self.one(case, start, iteration),
                Err(gone) => return self.lost(gone.0),
            }
        } else {
            self.one(case, start, iteration)
        };
        if (case.fresh.is_some() || case.sacrificial)
            && let Err(gone) = self.link.renew()
        {
            self.gone = Some(gone.0);
        }
        outcome
    }

    fn one(
        &mut self,
        case: &Case,
        start: &StartState,
        iteration: &Iteration,
    ) -> Result<Result<(), Verdict>, QualifyError> {
        let certificates = &mut self.certificates;
        let mut machine =
            Machine::new(&mut self.link, self.lab, &self.facts, certificates, self.entropy, iteration.clone());
        let ended = machine.run(case, start);
        match ended {
            Ok(()) | Err((_, Halt::Passed)) => Ok(Ok(())),
            Err((step, Halt::Failed { expected, came })) => {
                Ok(Err(Verdict::Failed { run: String::new(), step, expected, came }))
            }
            Err((_, Halt::NotRun(why))) => Ok(Err(Verdict::NotRun { why })),
            Err((step, Halt::Error(QualifyError::Link { reason }))) => {
                // A chip that fell silent may wake up again; one that does not is gone for good.
                if self.link.reset().is_err() {
                    self.gone = Some(reason.clone());
                }
                let expected = "an answer".to_owned();
                Ok(Err(Verdict::Failed { run: String::new(), step, expected, came: reason }))
            }
            Err((step, Halt::Error(QualifyError::Data { what, .. }))) => {
                Err(QualifyError::Data { place: format!("{} step {step}", case.id), what })
            }
            Err((_, Halt::Error(error))) => Err(error),
        }
    }

    fn lost(&mut self, reason: String) -> Result<Result<(), Verdict>, QualifyError> {
        self.gone = Some(reason.clone());
        Ok(Err(Verdict::NotRun { why: reason }))
    }

    fn iterations(&self, each: &Each) -> Vec<Iteration> {
        let base = Iteration::default();
        match each {
            Each::PaceInfo { mappings } => {
                let positions = self.facts.pace_of(mappings).into_iter();
                positions.map(|position| Iteration { pace_info: Some(position), ..base.clone() }).collect()
            }
            Each::CaInfo { suites } => {
                let positions = self.facts.ca_of(*suites).into_iter();
                positions.map(|position| Iteration { ca_info: Some(position), ..base.clone() }).collect()
            }
            Each::DataGroup => {
                let guarded = |number: &u8| self.facts.is(&format!("protected-dg{number}"));
                let numbers = self.facts.named_groups().into_iter().filter(|number| !guarded(number));
                numbers.map(|number| Iteration { data_group: Some(number), ..base.clone() }).collect()
            }
            Each::CutPoint => (1..=CUT_POINTS).map(|point| Iteration { cut: Some(point), ..base.clone() }).collect(),
            Each::Password => {
                let known = |name: &PasswordName| self.facts.is(name.item()) && self.lab.knows(*name);
                let names = PasswordName::ALL.into_iter().filter(known);
                names.map(|name| Iteration { password: Some(name), ..base.clone() }).collect()
            }
        }
    }
}

/// Which of several runs.
fn name(start: usize, iteration: &Iteration) -> String {
    let mut words = vec![format!("start {}", start + 1)];
    words.extend(iteration.pace_info.map(|position| format!("PACEInfo {}", position + 1)));
    words.extend(iteration.ca_info.map(|position| format!("ChipAuthenticationInfo {}", position + 1)));
    words.extend(iteration.password.map(|name| name.word().to_owned()));
    words.extend(iteration.cut.map(|point| format!("cut {point}")));
    words.extend(iteration.data_group.map(|number| format!("DG{number}")));
    words.join(", ")
}
