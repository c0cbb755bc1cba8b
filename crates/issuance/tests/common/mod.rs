//! The demo's lot as a stock of good records.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::disallowed_methods, reason = "reads the demo's lot")]

use std::path::PathBuf;

use jiff::civil::date;
use serde_json::Value;
use sigillo_issuance::record::{ImageRefused, ImageSource, LotRules};

/// The folder of the demo's lot; links are not followed out of it, since there are none.
pub(crate) struct Demo;

impl ImageSource for Demo {
    fn read(&self, relative: &str) -> Result<Vec<u8>, ImageRefused> {
        std::fs::read(folder().join(relative)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => ImageRefused::Missing,
            _ => ImageRefused::Unreadable,
        })
    }
}

/// A source that refuses everything in one way, or gives the same bytes.
pub(crate) struct Always(pub(crate) Result<Vec<u8>, ImageRefused>);

impl ImageSource for Always {
    fn read(&self, _: &str) -> Result<Vec<u8>, ImageRefused> {
        self.0.clone()
    }
}

pub(crate) fn rules() -> LotRules {
    LotRules::new(date(2026, 11, 2))
}

pub(crate) fn lines() -> Vec<String> {
    let text = std::fs::read_to_string(folder().join("lot.jsonl")).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The record of a line, to be changed.
pub(crate) fn record(line: usize) -> Value {
    serde_json::from_str(&lines()[line - 1]).unwrap()
}

pub(crate) fn image(name: &str) -> Vec<u8> {
    std::fs::read(folder().join("images").join(name)).unwrap()
}

pub(crate) fn workspace() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn folder() -> PathBuf {
    workspace().join("demo")
}
