//! `cargo xtask faults`: plants each fault into a virtual chip and says which conformance case finds it.
//!
//! A chip with a fault is built by the feature `faults` alone. It is not a default, so that no program has it that is built
//! together with this one: without it, the command builds itself anew with it.

#[cfg(feature = "faults")]
mod bench;
#[cfg(feature = "faults")]
mod hints;
#[cfg(feature = "faults")]
mod search;
#[cfg(feature = "faults")]
mod show;

use std::path::Path;
use std::process::ExitCode;

/// Runs the faults that the arguments choose.
#[cfg(feature = "faults")]
pub(crate) fn run(root: &Path, arguments: &[&str]) -> ExitCode {
    match show::carry_out(root, arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("faults: {error}");
            ExitCode::from(2)
        }
    }
}

/// Builds this program with the feature, and hands over.
#[cfg(not(feature = "faults"))]
pub(crate) fn run(root: &Path, arguments: &[&str]) -> ExitCode {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = std::process::Command::new(cargo);
    command.current_dir(root).args(["run", "--quiet", "--package", "xtask", "--features", "faults", "--", "faults"]);
    match command.args(arguments).status() {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("faults: cargo cannot be run: {error}");
            ExitCode::from(2)
        }
    }
}
