//! A workshop for tests of the program as its user has it: a home in a temporary folder, and the built `sigillo`.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "shared by several test programs, each of which uses a part"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// The day of every test and of the demo.
pub(crate) const NOW: &str = "2026-11-02T09:00:00Z";

/// Families of commands some of which two persons ask for.
const BY_TWO: [&str; 2] = ["keys", "pki"];

/// A home and the program.
pub(crate) struct Workshop {
    folder: TempDir,
}

impl Workshop {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A home with test keys and a profile.
    pub(crate) fn with_home(profile: &str) -> Self {
        let workshop = Self::new();
        workshop.succeed(&["init", "--test-keys", "--profile", profile]);
        workshop
    }

    /// The temporary folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The home.
    pub(crate) fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    /// The CSCA certificate.
    pub(crate) fn csca(&self) -> PathBuf {
        self.home().join("keys/csca.der")
    }

    /// The program with the options of every command, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sigillo"));
        command.args(["--home", self.home().to_str().unwrap(), "--now", NOW, "--operator", "anna"]);
        if arguments.iter().any(|argument| BY_TWO.contains(argument)) {
            command.args(["--second", "bruno"]);
        }
        command.args(arguments);
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the program, which must succeed; its JSON result.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[&["--json"], arguments].concat());
        assert!(output.status.success(), "sigillo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// Runs the program, which must refuse; its exit code and its JSON error.
    pub(crate) fn refuse(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.run(&[&["--json"], arguments].concat());
        assert!(!output.status.success(), "sigillo {arguments:?} succeeded");
        let error = String::from_utf8_lossy(&output.stderr);
        let last = error.lines().last().unwrap_or_default();
        (output.status.code().unwrap(), serde_json::from_str(last).unwrap_or_else(|_| panic!("no JSON error: {error}")))
    }

    /// Imports a lot and forms it on virtual chips of a new batch, two of them with numbered blanks.
    pub(crate) fn form(&self, lot: &Path, chips: u32) {
        self.stock(lot, chips);
        self.succeed(&["run", "start", "--lot", "1", "--virtual", &chips.to_string()]);
    }

    /// Imports a lot and initializes the virtual chips of a new batch, two of them with numbered blanks.
    pub(crate) fn stock(&self, lot: &Path, chips: u32) {
        self.succeed(&["lot", "import", lot.to_str().unwrap()]);
        let count = chips.to_string();
        self.succeed(&["chip", "make", "--batch", "A", "--count", &count]);
        self.succeed(&["chip", "init", "--batch", "A", "--virtual", "2", "--blank-number", "I90000001"]);
        self.succeed(&["chip", "init", "--batch", "A", "--virtual", &count]);
    }

    /// The images of a batch, in order.
    pub(crate) fn images(&self, batch: &str) -> Vec<PathBuf> {
        let folder = self.home().join("chips").join(batch);
        let mut images: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        images.retain(|path| path.extension().is_some_and(|extension| extension == "chip"));
        images.sort();
        images
    }
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)
}

/// The demo's lot.
pub(crate) fn demo_lot() -> PathBuf {
    repository("demo/lot.jsonl")
}
