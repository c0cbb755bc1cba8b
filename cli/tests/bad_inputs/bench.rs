//! A home that refused commands must leave as it is, and the list of what was tried on it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use sigillo_crypto::sha256;

use crate::workshop::{Workshop, repository};

/// A home with a released card, a card of the stock and a vendor's chip; and what was refused there so far.
pub(crate) struct Bench {
    pub(crate) shop: Workshop,
    pub(crate) inputs: usize,
    pub(crate) codes: BTreeSet<String>,
    /// The machine readable zone of the released card.
    pub(crate) mrz: PathBuf,
    /// Its image.
    pub(crate) released: PathBuf,
    /// The image of a card of the stock.
    pub(crate) stock: PathBuf,
}

impl Bench {
    /// Forms one record and leaves the second chip in the stock, the third as its vendor made it.
    pub(crate) fn new() -> Self {
        let shop = Workshop::with_home("pse-rf-bac");
        copy(&repository("demo/images"), &shop.path().join("images"));
        let lot = shop.path().join("formed.jsonl");
        fs::write(&lot, format!("{}\n", demo_line(1))).unwrap();
        shop.succeed(&["lot", "import", lot.to_str().unwrap()]);
        shop.succeed(&["chip", "make", "--batch", "A", "--count", "3"]);
        shop.succeed(&["chip", "init", "--batch", "A", "--virtual", "2"]);
        shop.succeed(&["run", "start", "--lot", "1", "--virtual", "3"]);
        let print = shop.path().join("print");
        shop.succeed(&["run", "print-data", "--out", print.to_str().unwrap()]);
        let images = shop.images("A");
        let life_cycle = |image: &Path| fs::read(image).unwrap()[LIFE_CYCLE];
        let with = |state: u8| images.iter().find(|image| life_cycle(image) == state).unwrap().clone();
        Self {
            inputs: 0,
            codes: BTreeSet::new(),
            mrz: print.join("I40718263/mrz.txt"),
            released: with(0x05),
            stock: with(0x03),
            shop,
        }
    }

    /// A file beside the home.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.shop.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The program must refuse the input with this code and exit code, say it in a sentence with a next step, and leave
    /// the home as it is; as JSON and in words.
    pub(crate) fn refuses(&mut self, arguments: &[&str], code: &str, exit: i32) -> Value {
        let error = refused_by(&self.shop, arguments, code, exit);
        self.inputs += 1;
        self.codes.insert(code.to_owned());
        for fault in error["faults"].as_array().into_iter().flatten() {
            self.codes.insert(fault["code"].as_str().unwrap().to_owned());
        }
        error
    }

    /// The same in a copy of the home that `harm` changed first.
    pub(crate) fn refuses_in_a_home(&mut self, arguments: &[&str], code: &str, exit: i32, harm: impl FnOnce(&Path)) {
        let shop = Workshop::new();
        copy(&self.shop.home(), &shop.home());
        harm(&shop.home());
        refused_by(&shop, arguments, code, exit);
        self.inputs += 1;
        self.codes.insert(code.to_owned());
    }

    /// `audit verify` must name this fault of a home that `harm` changed first, and exit with 1.
    pub(crate) fn finds_in_a_home(&mut self, code: &str, harm: impl FnOnce(&Path)) {
        let shop = Workshop::new();
        copy(&self.shop.home(), &shop.home());
        harm(&shop.home());
        let output = shop.run(&["--json", "audit", "verify"]);
        assert_eq!(output.status.code(), Some(1), "{code}: {output:?}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["faults"][0]["code"], code, "{report}");
        self.inputs += 1;
        self.codes.insert(code.to_owned());
    }

    /// `chip verify` must say that a check of the chip failed with this code, and exit with 1.
    pub(crate) fn judges(&mut self, image: &str, csca: &str, check: &str, code: &str) {
        let before = digest(&self.shop.home());
        let mrz = self.mrz.to_str().unwrap().to_owned();
        let output = self.shop.run(&["--json", "chip", "verify", "--image", image, "--mrz-file", &mrz, "--csca", csca]);
        assert_eq!(digest(&self.shop.home()), before, "{image} changed the home");
        assert_eq!(output.status.code(), Some(1), "{image} against {csca}: {output:?}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["verified"], false);
        let found = report["checks"].as_array().unwrap().iter().find(|found| found["name"] == check);
        assert_eq!(found.unwrap()["code"], code, "{check} of {image}: {report}");
        self.inputs += 1;
        self.codes.insert(code.to_owned());
    }
}

fn refused_by(shop: &Workshop, arguments: &[&str], code: &str, exit: i32) -> Value {
    let before = digest(&shop.home());
    let json = shop.run(&[&["--json"], arguments].concat());
    let words = shop.run(arguments);
    assert_eq!(digest(&shop.home()), before, "{arguments:?} changed the home");
    let error: Value = serde_json::from_str(last_line(&json)).unwrap_or_else(|_| panic!("{arguments:?}: {json:?}"));
    assert_eq!(
        (error["code"].as_str(), error["exit"].as_i64()),
        (Some(code), Some(i64::from(exit))),
        "{arguments:?}: {error}"
    );
    for output in [&json, &words] {
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{arguments:?} printed a result: {output:?}");
    }
    let sentence = error["message"].as_str().unwrap();
    let advice = error["advice"].as_str().unwrap();
    assert!(sentence.len() > 8 && advice.len() > 8 && advice.ends_with('.'), "{error}");
    assert!(!advice.contains("manual"), "{code} has no next step of its own");
    let words = String::from_utf8_lossy(&words.stderr).into_owned();
    assert!(words.contains(&format!("({code})")) && words.contains(&format!("next: {advice}")), "{words}");
    error
}

fn last_line(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap().lines().last().unwrap_or_default()
}

/// A line of the demo's lot, as a JSON object.
pub(crate) fn demo_line(number: usize) -> Value {
    let lot = fs::read_to_string(repository("demo/lot.jsonl")).unwrap();
    serde_json::from_str(lot.lines().nth(number - 1).unwrap()).unwrap()
}

/// A digest of everything below a folder: each entry's path, mode and bytes. No entry is left out: a refused command leaves
/// neither a write-ahead log nor a temporary file behind.
pub(crate) fn digest(folder: &Path) -> String {
    let mut entries = Vec::new();
    collect(folder, &mut entries);
    entries.sort();
    hex::encode(sha256(entries.join("\n").as_bytes()))
}

fn collect(folder: &Path, entries: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let bytes = if metadata.is_file() { hex::encode(sha256(&fs::read(&path).unwrap())) } else { String::new() };
        entries.push(format!("{} {:o} {bytes}", path.display(), metadata.permissions().mode()));
        if metadata.is_dir() {
            collect(&path, entries);
        }
    }
}

/// Copies a folder with the modes of its files.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { assert!(fs::copy(&path, target).is_ok()) }
    }
}

/// The card's life cycle in an image: behind the first line, the version, `C1 08 generation`, `C2 0A serial` and `C3 01`.
const LIFE_CYCLE: usize = 27 + 10 + 12 + 2;
