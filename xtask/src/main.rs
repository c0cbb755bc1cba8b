//! Checks of this repository on itself: `cargo xtask layers`, `cargo xtask citations`, `cargo xtask faults`, `cargo xtask vectors`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool of the developers: its output is its purpose")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a tool of the developers: it reads the source tree"
)]

mod check;
mod circles;
mod citations;
mod faults;
mod layers;
mod manual;
mod sources;
mod vectors;

use std::path::Path;
use std::process::ExitCode;

use check::Findings;

const USAGE: &str = "usage: cargo xtask layers | citations [--quiet] | faults [--json] [--fault ID] | manual [--check] | vectors make | vectors fmt [--check] | vectors lint | vectors report

layers      fails on an upward or sideways edge between crates, on files that name each other in a circle,
            and on a source file that is too long (xtask/layers.toml)
citations   fails on a citation key that docs/specs/index.toml does not have; prints which files rest on which clause
faults      plants each fault into a virtual chip and says which conformance case finds it; fails if nobody finds one
            (--learn keeps the answers as hints for the next run)
manual      makes docs/manual/chip.md from the profiles, and the rows of docs/manual/errors.md from the sources; --check only compares
vectors     make: our own suites of test-vectors/, anew; fmt: the one form of all suites, and the manifest; lint: schemas,
            envelopes, manifest and a replay; report: the share of foreign cases, and the error codes without a vector";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(root) = Path::new(env!("CARGO_MANIFEST_DIR")).parent() else { return ExitCode::from(2) };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["faults", arguments @ ..] = arguments.as_slice() {
        return faults::run(root, arguments);
    }
    let outcome = match arguments.as_slice() {
        ["layers"] => layers::run(root),
        ["citations"] => citations::run(root, true),
        ["citations", "--quiet"] => citations::run(root, false),
        ["manual"] => manual::run(root, false),
        ["manual", "--check"] => manual::run(root, true),
        ["vectors", "make"] => vectors::make(root),
        ["vectors", "fmt"] => vectors::fmt(root, false),
        ["vectors", "fmt", "--check"] => vectors::fmt(root, true),
        ["vectors", "lint"] => vectors::lint(root),
        ["vectors", "report"] => vectors::report(root),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(findings) => report(&findings),
        Err(error) => {
            eprintln!("{}: {error}", error.code());
            ExitCode::from(2)
        }
    }
}

fn report(findings: &Findings) -> ExitCode {
    for line in &findings.notes {
        println!("{line}");
    }
    for fault in &findings.faults {
        eprintln!("FAULT {fault}");
    }
    println!("{}: {} fault(s)", findings.check, findings.faults.len());
    if findings.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
