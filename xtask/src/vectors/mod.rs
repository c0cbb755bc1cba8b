//! `cargo xtask vectors`: makes our own suites, formats and checks all of them, and says which error codes have no vector.

mod codes;
mod der;
mod disk;
mod lint;
mod maker;
mod suites;

use std::path::Path;

use sigillo_vectors::{Document, Folder, Outcome, replay};

use crate::check::{CheckError, Findings};

/// Makes every suite of ours anew; those that others made are kept.
pub(crate) fn make(root: &Path) -> Result<Findings, CheckError> {
    let mut findings = Findings::new("vectors make");
    let mut folder = disk::load(root)?;
    match suites::make(root, &mut folder) {
        Ok(notes) => findings.notes = notes,
        Err(fault) => {
            findings.faults.push(fault);
            return Ok(findings);
        }
    }
    disk::drop_unnamed_blobs(&mut folder);
    disk::store(root, &folder)?;
    Ok(findings)
}

/// Writes every suite in its one form, and the manifest; or says which files are not in it.
pub(crate) fn fmt(root: &Path, check: bool) -> Result<Findings, CheckError> {
    let mut findings = Findings::new("vectors fmt");
    let mut folder = disk::load(root)?;
    for (path, text) in &mut folder.suites {
        match Document::parse(text).and_then(|document| document.text()) {
            Ok(formatted) if formatted == *text => (),
            Ok(_) if check => findings.faults.push(format!("{path}: not in its one form (cargo xtask vectors fmt)")),
            Ok(formatted) => *text = formatted,
            Err(fault) => findings.faults.push(format!("{path}: {fault}")),
        }
    }
    if check {
        findings.faults.extend(disk::manifest_fault(root)?);
    } else if findings.faults.is_empty() {
        disk::store(root, &folder)?;
    }
    Ok(findings)
}

/// Schemas, envelopes, blobs, the manifest, and a replay of every case.
pub(crate) fn lint(root: &Path) -> Result<Findings, CheckError> {
    let mut findings = fmt(root, true)?;
    findings.check = "vectors lint";
    let folder = disk::load(root)?;
    findings.faults.extend(lint::schemas(root, &folder)?);
    let report = replay(&folder);
    findings.faults.extend(report.faults.iter().map(|fault| format!("{}: {}", fault.path, fault.what)));
    for verdict in report.suites.iter().flat_map(|suite| &suite.verdicts) {
        if let Outcome::Failed { expected, found } = &verdict.outcome {
            findings.faults.push(format!("{} ({}): expected {expected}, found {found}", verdict.id, verdict.title));
        }
    }
    Ok(findings)
}

/// The share of foreign cases, and the error codes of L0 to L2 that no vector reaches.
pub(crate) fn report(root: &Path) -> Result<Findings, CheckError> {
    let mut findings = Findings::new("vectors report");
    let folder = disk::load(root)?;
    findings.notes = shares(&folder);
    findings.notes.extend(codes::without_a_vector(root, &folder)?);
    Ok(findings)
}

fn shares(folder: &Folder) -> Vec<String> {
    let report = replay(folder);
    let row = |name: &str, foreign: usize, all: usize| {
        format!("{name:28} {all:5} cases {foreign:5} foreign {:4} %", (foreign * 100).checked_div(all).unwrap_or(0))
    };
    let mut lines: Vec<String> =
        report.suites.iter().map(|suite| row(&suite.path, suite.foreign, suite.verdicts.len())).collect();
    let foreign = report.suites.iter().map(|suite| suite.foreign).sum();
    lines.push(row("all", foreign, report.suites.iter().map(|suite| suite.verdicts.len()).sum()));
    lines
}
