//! One office a point, on every core.

pub(crate) mod points;
pub(crate) mod scenario;

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use self::points::{Points, Strike};
use self::scenario::Scenario;
use crate::counter::Office;

/// One point of one scenario.
struct Trial {
    scenario: Scenario,
    name: String,
    strike: Strike,
}

/// Tries every commit, every point inside the order, and of the others one in `part`; `false` if anything does not hold.
pub(crate) fn run(part: usize) -> bool {
    let start = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let template = Office::make(&folder.path().join("template"));
    let mut trials = Vec::new();
    let mut prepared = Vec::new();
    for scenario in Scenario::ALL {
        let office = template.copy(&folder.path().join(scenario.name()));
        scenario.prepare(&office);
        trials.extend(count(scenario, &office, folder.path(), part));
        prepared.push(office);
    }
    let faults = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(trial) = trials.get(number) else { return };
                    let at = Scenario::ALL.iter().position(|scenario| *scenario == trial.scenario).unwrap();
                    let office = prepared[at].copy(&folder.path().join(number.to_string()));
                    let violated = try_point(&office, trial);
                    std::fs::remove_dir_all(&office.0).unwrap();
                    let named =
                        |fault| format!("{} {} ({:?}): {fault}", trial.scenario.name(), trial.name, trial.strike);
                    faults.lock().unwrap().extend(violated.into_iter().map(named));
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    println!("{} points tried; {} faults; {:.0?}", trials.len(), faults.len(), start.elapsed());
    faults.iter().for_each(|fault| println!("FAULT {fault}"));
    faults.is_empty() && !trials.is_empty()
}

/// The unbroken work, which must hold by itself, and a trial for each of its points.
fn count(scenario: Scenario, prepared: &Office, folder: &Path, part: usize) -> Vec<Trial> {
    let office = prepared.copy(&folder.join(format!("{}-unbroken", scenario.name())));
    let points = Points::new(Strike::Never);
    scenario.work(&office, &points).unwrap();
    let mut trials = Vec::new();
    let order = format!("apdu {:02X}", scenario.order());
    for (point, name) in (1_usize..).zip(points.passed()) {
        if name.starts_with("register") || name.starts_with(&order) || point.is_multiple_of(part) {
            trials.push(Trial { scenario, name, strike: Strike::Kill(point) });
        }
    }
    for (point, instruction) in (1..).zip(points.cuts()) {
        if instruction == scenario.order() || (point as usize).is_multiple_of(part) {
            let name = format!("cut in {instruction:02X}");
            trials.push(Trial { scenario, name: name.clone(), strike: Strike::CutForGood(point) });
            trials.push(Trial { scenario, name, strike: Strike::CutOnce(point) });
        }
    }
    println!(
        "{}: {} points and {} cut points passed, {} tried",
        scenario.name(),
        points.passed().len(),
        points.cuts().len(),
        trials.len()
    );
    trials
}

fn try_point(office: &Office, trial: &Trial) -> Vec<String> {
    match trial.strike {
        Strike::Kill(point) => {
            let child = Command::new(std::env::current_exe().unwrap())
                .args(["--child", office.0.to_str().unwrap(), trial.scenario.name(), &point.to_string()])
                .output()
                .unwrap();
            if child.status.signal() != Some(9) {
                return vec![format!("the process was not killed: {child:?}")];
            }
        }
        strike => {
            // Whatever the work says: what counts is what it left.
            let _ = trial.scenario.work(office, &Points::new(strike));
        }
    }
    trial.scenario.violated(office)
}
