//! Arguments, and what a person or a program reads.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde::Serialize;
use sigillo_vchip::Fault;

use super::bench::Broken;
use super::hints::Hints;
use super::search::Search;

/// One row of the answer.
#[derive(Serialize)]
struct Row {
    id: &'static str,
    found_by: Option<String>,
    /// What the case said.
    #[serde(skip)]
    detail: String,
}

/// What is wanted.
#[derive(Default)]
struct Wanted {
    json: bool,
    learn: bool,
    faults: Vec<Fault>,
}

pub(super) fn carry_out(root: &Path, arguments: &[&str]) -> Result<ExitCode, Broken> {
    let wanted = Wanted::parse(arguments)?;
    let mut hints = Hints::read(root)?;
    let rows = rows(&wanted, &hints)?;
    if wanted.learn {
        let found = rows.iter().filter_map(|row| Some((row.id.to_owned(), row.found_by.clone()?)));
        hints.first.extend(found);
        hints.first.retain(|id, _| Fault::ALL.iter().any(|fault| fault.id() == id));
        hints.write(root)?;
    }
    if wanted.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        for (fault, row) in wanted.faults.iter().zip(&rows) {
            println!("{:36} {}", row.id, fault.says());
            println!("{:36} {}: {}", "", row.found_by.as_deref().unwrap_or("NOBODY"), row.detail);
        }
        let found = rows.iter().filter(|row| row.found_by.is_some()).count();
        println!("faults: {} planted, {found} found", rows.len());
    }
    let all_found = rows.iter().all(|row| row.found_by.is_some());
    Ok(if all_found { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Each worker has a bench of its own and takes the next fault.
fn rows(wanted: &Wanted, hints: &Hints) -> Result<Vec<Row>, Broken> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || -> Result<(), String> {
        let search = Search::new(PROFILE).map_err(|error| error.to_string())?;
        while let Some((at, fault)) = wanted.faults.iter().enumerate().nth(next.fetch_add(1, Ordering::Relaxed)) {
            let finder = search.finder(*fault, hints.first.get(fault.id())).map_err(|error| error.to_string())?;
            if finder.is_none() {
                eprintln!("{}: nobody finds it", fault.id());
            }
            let (found_by, detail) = finder.unzip();
            let row = Row { id: fault.id(), found_by, detail: detail.unwrap_or_default() };
            found.lock().unwrap_or_else(PoisonError::into_inner).push((at, row));
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers(wanted)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a worker panicked".to_owned())?)
    })?;
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(at, _)| *at);
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

/// Forming takes seconds: it is not worth a second bench for a few faults.
fn workers(wanted: &Wanted) -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    cores.min(wanted.faults.len().div_ceil(FAULTS_A_WORKER)).clamp(1, MOST_WORKERS)
}

impl Wanted {
    fn parse(arguments: &[&str]) -> Result<Self, Broken> {
        let mut wanted = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match *argument {
                "--json" => wanted.json = true,
                "--learn" => wanted.learn = true,
                "--fault" => {
                    let id = rest.next().ok_or("--fault which?")?;
                    let fault = Fault::ALL.iter().find(|fault| fault.id() == *id);
                    wanted.faults.push(*fault.ok_or_else(|| format!("no fault {id}"))?);
                }
                other => return Err(format!("no argument {other}").into()),
            }
        }
        if wanted.faults.is_empty() {
            wanted.faults = Fault::ALL.to_vec();
        }
        Ok(wanted)
    }
}

/// Everything that a chip can have.
const PROFILE: &str = "pse-rf-full";
/// Fewer would not be worth their name.
const _: () = assert!(Fault::ALL.len() >= 60, "too few faults");
const FAULTS_A_WORKER: usize = 8;
const MOST_WORKERS: usize = 4;
