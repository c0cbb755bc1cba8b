//! `interop/python/judge_chip.py`: asn1crypto, cryptography, Pillow and wsq, and none of sigillo's code.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::Chip;
use crate::workshop::{NOW, repository};

/// What the judge said.
pub(crate) struct Verdict {
    /// Names of the checks that failed.
    pub(crate) failed: Vec<String>,
    /// Names of the checks that could not be made.
    pub(crate) not_run: Vec<String>,
    /// What it read: `mrz`, `portrait`, `fingers`.
    pub(crate) facts: Value,
}

/// Judges the files in each folder by a CSCA certificate alone.
pub(crate) fn judge(folders: &[&Path], csca: &Path) -> Vec<Verdict> {
    let python = repository("target/venv/bin/python");
    assert!(
        python.exists(),
        "{} is missing: run `scripts/setup test`, which installs the foreign judges",
        python.display()
    );
    let mut command = Command::new(python);
    command.arg(repository("interop/python/judge_chip.py")).args(folders).arg(csca).args(["--now", &NOW[..10]]);
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    let reports = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let verdicts: Vec<Verdict> = reports.map(|report| Verdict::of(&report.unwrap())).collect();
    assert_eq!(verdicts.len(), folders.len(), "{complaint}");
    let failed = verdicts.iter().any(|verdict| !verdict.failed.is_empty());
    assert_eq!(output.status.code(), Some(i32::from(failed)), "{complaint}");
    verdicts
}

/// A chip's files with one of them replaced.
pub(crate) fn twin(chip: &Chip, name: &str, octets: &[u8]) -> TempDir {
    let twin = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(&chip.folder).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), twin.path().join(file.file_name())).unwrap();
    }
    std::fs::write(twin.path().join(format!("{name}.bin")), octets).unwrap();
    twin
}

impl Verdict {
    fn of(report: &Value) -> Self {
        let of = |outcome: &str| {
            let checks = report["checks"].as_array().unwrap().iter().filter(|check| check["outcome"] == outcome);
            checks.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
        };
        Self { failed: of("failed"), not_run: of("not-run"), facts: report["facts"].clone() }
    }
}
