//! The crash matrix of the desk: activation, loss and termination are broken at a point, by a real SIGKILL of a process of their
//! own or by a power cut of the chip; then everything is resumed, and register, trace and chip must agree.
//!
//! ```text
//! cargo test -p sigillo-office --test crash_matrix               every commit, every point of the order, a part of the others
//! cargo test -p sigillo-office --test crash_matrix -- --every    every point
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a test program with a report")]

mod counter;
mod matrix;

use std::path::Path;
use std::process::ExitCode;

use counter::Office;
use matrix::points::{Points, Strike};
use matrix::scenario::Scenario;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--child", root, scenario, point] => {
            let points = Points::new(Strike::Kill(point.parse().unwrap()));
            let office = Office((*Path::new(root)).to_owned());
            match Scenario::named(scenario).work(&office, &points) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("{}: {error}", error.code());
                    ExitCode::FAILURE
                }
            }
        }
        ["--every"] => report(matrix::run(1)),
        // A filter of `cargo test` that means other tests.
        [filter] if !filter.starts_with('-') && !"crash_matrix".contains(filter) => ExitCode::SUCCESS,
        _ => report(matrix::run(16)),
    }
}

fn report(holds: bool) -> ExitCode {
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
