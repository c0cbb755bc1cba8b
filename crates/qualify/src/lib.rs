//! Conformance cases as data, and the engine that runs them against any chip.
//!
//! A suite is a folder of TOML files ([`format`]); a run ([`run`]) finds out what a chip says it can do ([`Facts`]), takes each case
//! that applies from a reset on, and ends with a verdict for each ([`Report`]). The chip is reached through [`Subject`]; nothing
//! here opens a reader, a file or a clock.
#![forbid(unsafe_code)]

mod certificates;
mod checks;
mod detect;
pub mod embedded;
mod error;
mod facts;
mod files;
pub mod format;
mod html;
mod lab;
mod link;
mod machine;
mod options;
mod report;
mod run;
mod scene;
mod secure;
mod verdict;

pub use error::QualifyError;
pub use facts::Facts;
pub use lab::{Authority, Lab, PersonalizationKeys, TerminalChain};
pub use link::{Gone, Subject};
pub use options::Options;
pub use report::{CaseRow, Counts, Expectations, IcsRow, Report};
pub use run::{Progress, chosen, run, run_stated, statement};
pub use verdict::Verdict;

/// Whether there is a named check of this name.
#[must_use]
pub fn is_check(name: &str) -> bool {
    checks::check(name).is_some()
}

/// Whether cases can name this file.
#[must_use]
pub fn is_file(name: &str) -> bool {
    files::place(name).is_some()
}
