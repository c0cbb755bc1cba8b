//! One run a point, on every core.

mod invariants;
pub(crate) mod machine;
pub(crate) mod points;
pub(crate) mod scenario;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use sigillo_crypto::sha256;
use tempfile::TempDir;

use self::invariants::violated;
use self::points::{Points, Strike};
use self::scenario::work;
use crate::workshop::Workshop;

/// How often the resume is broken too, at a point that follows from the seed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Again {
    /// After every fourth point.
    Sometimes(u64),
    /// After every point.
    Always(u64),
}

/// What is formed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Profile {
    /// `pse-rf-bac`: no codes, no print.
    Demo,
    /// `pse-rf`: codes, certificates and print.
    Whole,
}

/// One run of the matrix.
struct Trial {
    kind: &'static str,
    name: String,
    strike: Strike,
}

/// What came of all runs.
#[derive(Default)]
struct Tally {
    tried: BTreeMap<&'static str, usize>,
    twice: usize,
    faults: Vec<String>,
}

/// Counts the points, tries each of them, prints the counts; `false` if anything does not hold.
pub(crate) fn run(profile: Profile, again: Again) -> bool {
    let start = Instant::now();
    let folder = scratch();
    let template = profile.workshop(&folder.path().join("template"));
    let mut trials = count(&template, folder.path());
    if profile == Profile::Whole {
        trials.extend(prints());
        if let Again::Sometimes(_) = again {
            trials = chosen(trials);
        }
    }
    let mut counted = BTreeMap::new();
    trials.iter().for_each(|trial| *counted.entry(trial.kind).or_default() += 1);
    let tally = Mutex::new(Tally::default());
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((number, trial)) = take(&next, &trials) {
                    let shop = template.copy(&folder.path().join(number.to_string()));
                    let outcome = try_point(&shop, number, trial, again);
                    fs::remove_dir_all(&shop.0).unwrap();
                    let mut tally = tally.lock().unwrap();
                    *tally.tried.entry(trial.kind).or_default() += 1;
                    match outcome {
                        Ok(twice) => tally.twice += usize::from(twice),
                        Err(fault) => {
                            tally.faults.push(format!("{} {} ({:?}): {fault}", trial.kind, trial.name, trial.strike))
                        }
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{profile:?}");
    for (kind, counted) in &counted {
        println!("  {kind}: {counted} points counted, {} tried", tally.tried.get(kind).unwrap_or(&0));
    }
    println!(
        "  {} resumes were broken too ({again:?}); {} faults; {:.0?}",
        tally.twice,
        tally.faults.len(),
        start.elapsed()
    );
    tally.faults.iter().for_each(|fault| println!("FAULT {fault}"));
    tally.faults.is_empty()
        && tally.tried == counted
        && [REGISTER, APDU, CUT, CONTACT].iter().all(|kind| counted.contains_key(kind))
}

/// The unbroken run, which must hold by itself, and a trial for each of its points.
fn count(template: &Workshop, folder: &Path) -> Vec<Trial> {
    let shop = template.copy(&folder.join("unbroken"));
    let mut points = Points::new(Strike::Never);
    work(&shop, 1, &mut points).unwrap();
    assert_eq!(violated(&shop), Vec::<String>::new(), "the unbroken run");
    let mut trials = Vec::new();
    for (point, name) in (1..).zip(points.passed()) {
        let kind = if name.starts_with("register") { REGISTER } else { APDU };
        trials.push(Trial { kind, name, strike: Strike::Kill(point) });
    }
    for point in 1..=points.cut_points() {
        trials.push(Trial { kind: CUT, name: point.to_string(), strike: Strike::CutForGood(point) });
        trials.push(Trial { kind: CONTACT, name: point.to_string(), strike: Strike::CutOnce(point) });
    }
    trials
}

/// The machine ends the line at each of the two prints, before it prints and after.
fn prints() -> impl Iterator<Item = Trial> {
    let strikes = [(1, false), (1, true), (2, false), (2, true)].into_iter();
    strikes.map(|(print, printed)| Trial {
        kind: PRINT,
        name: format!("{print}"),
        strike: Strike::AtPrint { print, printed },
    })
}

/// What this profile has beside the other one, whole; of the rest every so many.
fn chosen(trials: Vec<Trial>) -> Vec<Trial> {
    const OWN: [&str; 5] = ["can-made", "codes-made", "codes-set", "printed", "release"];
    let is_own = |trial: &Trial| trial.kind == PRINT || OWN.iter().any(|own| trial.name.contains(own));
    let numbered = trials.into_iter().enumerate();
    numbered.filter(|(at, trial)| is_own(trial) || at.is_multiple_of(EVERY)).map(|(_, trial)| trial).collect()
}

/// Odd, since the two kinds of power cuts take turns.
const EVERY: usize = 97;
const PRINT: &str = "kill by the printing machine";
const REGISTER: &str = "kill around a commit";
const APDU: &str = "kill around an APDU";
const CUT: &str = "power cut, mute until the next process";
const CONTACT: &str = "power cut, healed by a reset";

fn take<'t>(next: &AtomicUsize, trials: &'t [Trial]) -> Option<(usize, &'t Trial)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    trials.get(number).map(|trial| (number, trial))
}

/// Breaks a run, resumes it, and looks at what there is; whether the resume was broken too.
fn try_point(shop: &Workshop, number: usize, trial: &Trial, again: Again) -> Result<bool, String> {
    if !broken(shop, 1, trial.strike)? {
        return Err("nothing broke".to_owned());
    }
    let twice = match again.strike(number) {
        Some(strike) => broken(shop, 2, strike)?,
        None => false,
    };
    let output = child(&shop.0, 3, 0);
    if !output.status.success() {
        return Err(format!("the resume stopped: {}", told(&output)));
    }
    match violated(shop).as_slice() {
        [] => Ok(twice),
        faults => Err(faults.join("; ")),
    }
}

/// Works until the strike, in a process of its own if that is to die; whether the work came so far.
fn broken(shop: &Workshop, seed: u8, strike: Strike) -> Result<bool, String> {
    if let Strike::AtPrint { print, printed } = strike {
        let moment = if printed { "after" } else { "before" };
        fs::write(shop.0.join(machine::STRIKE), format!("{print} {moment}")).unwrap();
    }
    if let Strike::Kill(_) | Strike::AtPrint { .. } = strike {
        let point = if let Strike::Kill(point) = strike { point } else { 0 };
        let output = child(&shop.0, seed, point);
        return match output.status.signal() {
            Some(SIGKILL) => Ok(true),
            None if output.status.success() => Ok(false),
            _ => Err(format!("it stopped by itself: {}", told(&output))),
        };
    }
    let mut points = Points::new(strike);
    let outcome = work(shop, seed, &mut points);
    match (points.has_cut(), outcome) {
        (true, Ok(())) if matches!(strike, Strike::CutForGood(_)) => Err("a mute chip was not noticed".to_owned()),
        (true, _) => Ok(true),
        (false, Ok(())) => Ok(false),
        (false, Err(error)) => Err(format!("it stopped by itself: {}: {error}", error.code())),
    }
}

impl Profile {
    /// A home of the profile, whose printing machine is this program.
    fn workshop(self, root: &Path) -> Workshop {
        if self == Self::Demo {
            return Workshop::make(root);
        }
        let shop = Workshop::make_with(root, "pse-rf");
        let path = shop.0.join("sigillo.toml");
        let text = fs::read_to_string(&path).unwrap();
        let (text, _) = text.split_once("[printer]").unwrap();
        let program = std::env::current_exe().unwrap();
        let command = [program.to_str().unwrap(), machine::ARGUMENT];
        fs::write(&path, format!("{text}[printer]\ncommand = {command:?}\n")).unwrap();
        fs::create_dir(shop.0.join("printed")).unwrap();
        shop
    }
}

impl Again {
    /// How the resume of a trial is broken. Half of the points lie early, where little is left to do.
    fn strike(self, trial: usize) -> Option<Strike> {
        let seed = match self {
            Self::Sometimes(_) if !trial.is_multiple_of(4) => return None,
            Self::Sometimes(seed) | Self::Always(seed) => seed,
        };
        let [a, b, c, d, ..] = sha256(format!("{seed}/{trial}").as_bytes());
        let point = 1 + u16::from_be_bytes([b, c]) % if a & 1 == 0 { 60 } else { 550 };
        Some(match d % 4 {
            0 => Strike::CutForGood(point.into()),
            1 => Strike::CutOnce(point.into()),
            _ => Strike::Kill(point.into()),
        })
    }
}

const SIGKILL: i32 = 9;

/// A process of its own.
fn child(root: &Path, seed: u8, point: usize) -> Output {
    let arguments = [root.as_os_str().to_owned(), seed.to_string().into(), point.to_string().into()];
    Command::new(std::env::current_exe().unwrap()).arg("--child").args(arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}, {}", output.status, String::from_utf8_lossy(&output.stderr).trim())
}

/// Memory where there is some: the disk's own durability is not what is tried here.
fn scratch() -> TempDir {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}
