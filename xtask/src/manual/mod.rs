//! `cargo xtask manual`: the pages of docs/manual that come from the sources, made anew or compared.

mod chip;
mod codes;
mod life_cycles;

use std::fs;
use std::path::Path;

use crate::check::{CheckError, Findings};
use crate::sources::read;

/// Writes the pages; or, with `check`, says which one is not what the sources give.
pub(crate) fn run(root: &Path, check: bool) -> Result<Findings, CheckError> {
    let mut findings = Findings::new("manual");
    let errors = root.join(ERRORS);
    let pages = [
        (CHIP, chip::page()),
        (LIFE_CYCLES, Ok(life_cycles::page())),
        (ERRORS, codes::page(root, &read(&errors)?, &mut findings)?),
    ];
    for (path, page) in pages.into_iter().chain(life_cycles::pictures()) {
        match page {
            Err(fault) => findings.faults.push(format!("{path}: {fault}")),
            Ok(page) if fs::read_to_string(root.join(path)).is_ok_and(|found| found == page) => {}
            Ok(_) if check => findings.faults.push(format!("{path} is stale: cargo xtask manual makes it anew")),
            Ok(page) => {
                let path = root.join(path);
                fs::write(&path, page).map_err(|source| CheckError::Unreadable { path: path.clone(), source })?;
                findings.notes.push(format!("{} made anew", path.display()));
            }
        }
    }
    Ok(findings)
}

const CHIP: &str = "docs/manual/chip.md";
const LIFE_CYCLES: &str = "docs/manual/life-cycles.md";
const ERRORS: &str = "docs/manual/errors.md";
