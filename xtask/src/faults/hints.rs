//! `xtask/faults.toml`: which case to try first. A hint is an order, never a verdict.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::bench::Broken;

/// The table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hints {
    /// Fault by fault, the case that found it last.
    pub(super) first: BTreeMap<String, String>,
}

impl Hints {
    pub(super) fn read(root: &Path) -> Result<Self, Broken> {
        match fs::read_to_string(path(root)) {
            Ok(text) => Ok(toml::from_str(&text)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn write(&self, root: &Path) -> Result<(), Broken> {
        let mut text = HEAD.to_owned();
        for (fault, case) in &self.first {
            writeln!(text, "{fault} = \"{case}\"")?;
        }
        Ok(fs::write(path(root), text)?)
    }
}

fn path(root: &Path) -> PathBuf {
    root.join("xtask/faults.toml")
}

const HEAD: &str = "# Which case `cargo xtask faults` tries first for each fault: an order, never a verdict.
# Made by `cargo xtask faults --learn`.

[first]
";
