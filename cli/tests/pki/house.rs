//! One home and the program: an authority, or whoever asks one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use serde_json::Value;
use sigillo_crypto::{Backend, KeyAlgorithm};
use sigillo_keystore::{KeyAct, KeyLabel, KeyRole, Keystore, Mode, NoSecrets, OsEntropy, StoredAlgorithm};

use crate::workshop::Workshop;

/// A home with test keys and an operator.
pub(crate) struct House(pub(crate) Workshop, [String; 2]);

impl House {
    /// Certificates with named curves: OpenSSL takes no chain with explicit parameters.
    pub(crate) fn new() -> Self {
        Self::with("pse-rf-bac-named")
    }

    /// Makes a key of a role before two custodians.
    pub(crate) fn key(&self, role: &str) {
        self.key_of(role, "P-256");
    }

    pub(crate) fn key_of(&self, role: &str, algorithm: &str) {
        let algorithm = StoredAlgorithm::Pair(KeyAlgorithm::parse(algorithm).unwrap());
        let role = KeyRole::parse(role).unwrap();
        self.keys().generate(role, None, algorithm, &self.act(), &mut OsEntropy).unwrap();
    }

    pub(crate) fn destroy(&self, label: &str) {
        self.keys().destroy(&KeyLabel::parse(label).unwrap(), &self.act()).unwrap();
    }

    fn keys(&self) -> Box<dyn Keystore> {
        sigillo_keystore::open(&self.0.home().join("keys"), Mode::Test, Backend::default(), &mut NoSecrets).unwrap()
    }

    fn act(&self) -> KeyAct<'_> {
        KeyAct { on: date(2026, 11, 2), by: &self.1 }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A path as an argument.
    pub(crate) fn file(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// `sigillo pki …` with `--out NAME`; the result.
    pub(crate) fn make(&self, arguments: &[&str], out: &str) -> Value {
        let file = self.file(out);
        self.0.succeed(&[&["pki"], arguments, &["--out", &file]].concat())
    }

    pub(crate) fn pki(&self, arguments: &[&str]) -> Value {
        self.0.succeed(&[&["pki"], arguments].concat())
    }

    /// `sigillo pki …`, which must refuse: its exit status and code.
    pub(crate) fn refuse(&self, arguments: &[&str]) -> (i32, String) {
        let (exit, error) = self.0.refuse(&[&["pki"], arguments].concat());
        (exit, error["code"].as_str().unwrap().to_owned())
    }

    fn with(profile: &str) -> Self {
        Self(Workshop::with_home(profile), ["anna", "bruno"].map(str::to_owned))
    }

    /// Certificates as ICAO 9303-12 asks.
    pub(crate) fn explicit() -> Self {
        Self::with("pse-rf-bac")
    }

    /// As [`Self::check`], less what is only against the profile of ICAO: the named curves that OpenSSL insists on.
    pub(crate) fn faults(&self, files: &[&str]) -> Vec<String> {
        self.check(files).1.into_iter().filter(|code| !code.starts_with("lint.")).collect()
    }

    /// `sigillo pki check …`: exit status and every code that was found.
    pub(crate) fn check(&self, files: &[&str]) -> (i32, Vec<String>) {
        let output = self.0.run(&[&["--json", "pki", "check"], files].concat());
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let rows = report["files"].as_array().unwrap().iter();
        let found = rows.flat_map(|row| row["found"].as_array().unwrap().clone());
        (output.status.code().unwrap(), found.map(|found| found["code"].as_str().unwrap().to_owned()).collect())
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, octets: &[u8]) -> String {
        fs::write(self.path(name), octets).unwrap();
        self.file(name)
    }

    /// The same file with the last octet of its signature changed.
    pub(crate) fn tampered(&self, name: &str) -> String {
        let mut octets = self.read(name);
        *octets.last_mut().unwrap() ^= 1;
        self.write(&format!("{name}.tampered"), &octets)
    }

    pub(crate) fn private(&self, name: &str) -> String {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
        self.file(name)
    }
}

/// Carries a file from one house to another.
pub(crate) fn carry(from: &House, name: &str, to: &House) -> String {
    to.write(name, &from.read(name))
}

pub(crate) fn exists(path: &Path) -> bool {
    path.exists()
}
