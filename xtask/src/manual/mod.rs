//! `cargo xtask manual`: the pages of docs/manual that come from the sources, made anew or compared.

mod chip;
mod codes;

use std::fs;
use std::path::Path;

use crate::check::{CheckError, Findings};
use crate::sources::read;

/// Writes the pages; or, with `check`, says which one is not what the sources give.
pub(crate) fn run(root: &Path, check: bool) -> Result<Findings, CheckError> {
    let mut findings = Findings::new("manual");
    let errors = root.join(ERRORS);
    let made = [(CHIP, chip::page()), (ERRORS, codes::page(root, &read(&errors)?, &mut findings)?)];
    for (path, page) in made {
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
const ERRORS: &str = "docs/manual/errors.md";
