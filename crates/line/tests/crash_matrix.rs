//! The crash matrix: every point of an unbroken run is tried once, with a real SIGKILL of a process of its own or with a power
//! cut of a chip, and everything is resumed; then register, trace and chips must agree.
//!
//! ```text
//! cargo test -p sigillo-line --test crash_matrix                       every point of pse-rf-bac, chosen points of pse-rf
//! cargo test -p sigillo-line --test crash_matrix -- --whole             chosen points of pse-rf alone
//! cargo test -p sigillo-line --test crash_matrix -- --soak SEED ROUNDS  every point of both, ROUNDS times, each resume broken again
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a test program with a report")]

mod matrix;
mod workshop;

use std::path::Path;
use std::process::ExitCode;

use matrix::points::{Points, Strike};
use matrix::{Again, Profile, machine, scenario};
use workshop::Workshop;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--child", root, seed, point] => child(Path::new(root), seed.parse().unwrap(), point.parse().unwrap()),
        ["--soak", seed, rounds] => {
            let seed: u64 = seed.parse().unwrap();
            let rounds: u64 = rounds.parse().unwrap();
            let holds = |profile| (seed..seed + rounds).all(|seed| matrix::run(profile, Again::Always(seed)));
            report(holds(Profile::Demo) && holds(Profile::Whole))
        }
        ["--whole"] => report(matrix::run(Profile::Whole, Again::Sometimes(1))),
        [machine::ARGUMENT] => {
            machine::run();
            ExitCode::SUCCESS
        }
        // A filter of `cargo test` that means other tests.
        [filter] if !filter.starts_with('-') && !"crash_matrix".contains(filter) => ExitCode::SUCCESS,
        _ => {
            report(matrix::run(Profile::Demo, Again::Sometimes(1)) && matrix::run(Profile::Whole, Again::Sometimes(1)))
        }
    }
}

fn report(holds: bool) -> ExitCode {
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The process that is killed, and the one that resumes: 0 is no point.
fn child(root: &Path, seed: u8, point: usize) -> ExitCode {
    let strike = if point == 0 { Strike::Never } else { Strike::Kill(point) };
    match scenario::work(&Workshop(root.to_owned()), seed, &mut Points::new(strike)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", error.code());
            ExitCode::FAILURE
        }
    }
}
