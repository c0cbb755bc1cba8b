//! Eight processes do to permits whatever comes to their minds, in one register, and are killed at it: afterwards the register
//! must be what its own trace says, event after event, and nothing that was answered may be missing. The judge is judged too: a
//! register that somebody altered must not pass.
//!
//! ```text
//! cargo test -p sigillo-office --test chaos                             a few seconds in each engine
//! cargo test -p sigillo-office --test chaos -- --soak SEED SECONDS      longer, on more permits; with an engine's name, in that alone
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a test program with a report")]

mod chance;
mod hand;
mod judge;
mod register;
mod twins;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sigillo_crypto::SeededEntropy;

use self::chance::{draw, seed};
use self::hand::Hand;
use self::judge::Figures;
use self::register::Place;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--child", place, terms @ ..] => {
            Hand::parse(terms).work(&Place::parse(place));
            ExitCode::SUCCESS
        }
        ["--soak", seed, seconds, engine @ ..] => {
            let seconds = seconds.parse().unwrap();
            let terms =
                Terms { seed: seed.parse().unwrap(), seconds, permits: 240, calm: 20 * seconds, kill_every: 400 };
            run(&terms, if engine.is_empty() { &ENGINES } else { engine })
        }
        // A filter of `cargo test` that means other tests.
        [filter] if !filter.starts_with('-') && !"chaos".contains(filter) => ExitCode::SUCCESS,
        _ => run(&Terms { seed: 1, seconds: 4, permits: 24, calm: 60, kill_every: 300 }, &ENGINES),
    }
}

/// How long, and how wild.
struct Terms {
    seed: u64,
    seconds: u64,
    permits: u64,
    /// One event in so many ends a permit for good.
    calm: u64,
    /// A process is killed so often, in milliseconds.
    kill_every: u64,
}

/// One engine after the other.
fn run(terms: &Terms, engines: &[&str]) -> ExitCode {
    let mut holds = true;
    for engine in engines {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(engine, folder.path());
        let (faults, figures) = storm(&place, folder.path(), terms);
        println!("{engine}: {figures}; {} faults", faults.len());
        faults.iter().take(20).for_each(|fault| println!("FAULT {engine}: {fault}"));
        holds &= faults.is_empty();
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn storm(place: &Place, folder: &Path, terms: &Terms) -> (Vec<String>, Figures) {
    register::make(place, terms.permits);
    let mut chance = SeededEntropy::new(seed(terms.seed));
    let begun = Instant::now();
    let end = begun + Duration::from_secs(terms.seconds);
    let mut logs = Vec::new();
    let mut start = |number: usize, chance: &mut SeededEntropy| {
        let log = folder.join(format!("{number}-{}.log", logs.len()));
        logs.push(log.clone());
        let left = end.saturating_duration_since(Instant::now()).as_millis();
        let hand = [number as u64, draw(chance), terms.permits, terms.calm, u64::try_from(left).unwrap()];
        Command::new(std::env::current_exe().unwrap())
            .args(["--child", &place.to_string()])
            .args(hand.map(|term| term.to_string()))
            .arg(&log)
            .spawn()
            .unwrap()
    };
    let mut hands: Vec<Child> = (0..HANDS).map(|number| start(number, &mut chance)).collect();
    let mut kills = 0;
    while Instant::now() < end {
        sleep(Duration::from_millis(terms.kill_every / 2 + draw(&mut chance) % terms.kill_every));
        let number = usize::try_from(draw(&mut chance)).unwrap_or_default() % HANDS;
        // SIGKILL: nothing is put in order.
        hands[number].kill().unwrap();
        let status = hands[number].wait().unwrap();
        kills += u64::from(!status.success());
        hands[number] = start(number, &mut chance);
    }
    let mut faults = Vec::new();
    for (number, mut hand) in hands.into_iter().enumerate() {
        if !hand.wait().unwrap().success() {
            faults.push(format!("process {number} did not end well"));
        }
    }
    let lasted = begun.elapsed();
    let texts: Vec<String> = logs.iter().map(|log: &PathBuf| fs::read_to_string(log).unwrap_or_default()).collect();
    let (found, figures) = judge::judge(place, terms.permits, &texts, kills, lasted);
    faults.extend(found);
    // The twins of a short storm will do: each is judged as long as the register itself.
    let is_short = terms.seconds < 60;
    if let (Place::Sqlite(register), true) = (place, faults.is_empty() && is_short) {
        faults.extend(twins::that_pass(register, folder, |twin| {
            judge::judge(&Place::Sqlite(twin), terms.permits, &texts, kills, lasted).0
        }));
    }
    (faults, figures)
}

const HANDS: usize = 8;
const ENGINES: [&str; 2] = ["sqlite", "postgresql"];
