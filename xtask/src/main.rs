//! Checks of this repository on itself: `cargo xtask layers` and `cargo xtask citations`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool of the developers: its output is its purpose")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a tool of the developers: it reads the source tree"
)]

mod check;
mod circles;
mod citations;
mod layers;
mod sources;

use std::path::Path;
use std::process::ExitCode;

use check::Findings;

const USAGE: &str = "usage: cargo xtask layers | citations [--quiet]

layers      fails on an upward or sideways edge between crates, on files that name each other in a circle,
            and on a source file that is too long (xtask/layers.toml)
citations   fails on a citation key that docs/specs/index.toml does not have; prints which files rest on which clause";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(root) = Path::new(env!("CARGO_MANIFEST_DIR")).parent() else { return ExitCode::from(2) };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["layers"] => layers::run(root),
        ["citations"] => citations::run(root, true),
        ["citations", "--quiet"] => citations::run(root, false),
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
