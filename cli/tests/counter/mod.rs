//! A counter with two PC/SC readers of its own, and virtual chips that a child process puts into them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use sigillo_pcscd_lab::{Finished, Killed, PrivatePcscd, SOCKET_VARIABLE, run};

use crate::workshop::Workshop;

/// A command that takes longer is killed, and the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A workshop behind a private pcscd.
pub(crate) struct Counter {
    /// The home.
    pub(crate) shop: Workshop,
    /// The daemon.
    pub(crate) lab: PrivatePcscd,
}

/// `sigillo chip serve` with a card in a reader; the card is taken out when this is dropped.
pub(crate) struct Served(Killed);

impl Counter {
    /// A home of the TEST profile, and a daemon.
    pub(crate) fn new() -> Self {
        Self { shop: Workshop::with_home("pse-rf-bac"), lab: PrivatePcscd::start().unwrap() }
    }

    /// Runs a program, which finds this daemon and no other.
    pub(crate) fn run(&self, command: &mut Command) -> Finished {
        let finished = run(command.env(SOCKET_VARIABLE, self.lab.socket()), PATIENCE).unwrap();
        assert!(finished.status.is_some(), "{command:?} takes too long; pcscd:\n{}", self.lab.log());
        finished
    }

    /// Runs sigillo for people.
    pub(crate) fn sigillo(&self, arguments: &[&str]) -> Finished {
        self.run(&mut self.shop.command(arguments))
    }

    /// Runs sigillo, which must succeed; its JSON result.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> Value {
        let finished = self.sigillo(&[&["--json"], arguments].concat());
        assert!(finished.is_success(), "sigillo {arguments:?}: {}\n{}", finished.stdout, finished.stderr);
        serde_json::from_str(&finished.stdout).unwrap()
    }

    /// Runs sigillo, which must refuse: with this exit code, this error code, and with something to do about it.
    pub(crate) fn refuse(&self, arguments: &[&str], exit: i32, code: &str) {
        assert_refused(&self.sigillo(&[&["--json"], arguments].concat()), exit, code);
    }

    /// Puts what `--image` or `--magazine` names into a reader, and waits until a foreign program sees a card there.
    pub(crate) fn serve(&self, reader: usize, arguments: &[&str]) -> Served {
        // The daemon looks at its readers every 400 ms; a card that comes back sooner would be the same one to it.
        self.wait_for(reader, "No");
        let address = &self.lab.addresses()[reader];
        let mut command = self.shop.command(&[&["chip", "serve", "--address", address], arguments].concat());
        let served = Served(Killed::spawn(command.stdin(Stdio::null()).stdout(Stdio::null())).unwrap());
        self.wait_for(reader, "Yes");
        served
    }

    /// Puts one chip into a reader.
    pub(crate) fn put_in(&self, reader: usize, image: &Path) -> Served {
        self.serve(reader, &["--image", image.to_str().unwrap()])
    }

    /// Waits until OpenSC lists the reader with or without a card.
    fn wait_for(&self, reader: usize, card: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let listed = self.run(Command::new("opensc-tool").arg("--list-readers"));
            assert!(listed.is_success(), "opensc-tool: {}", listed.stderr);
            let number = reader.to_string();
            if listed.stdout.lines().any(|line| line.split_whitespace().take(2).eq([number.as_str(), card])) {
                return;
            }
            assert!(Instant::now() < deadline, "reader {reader}: no {card:?} in\n{}", listed.stdout);
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Served {
    /// Waits until the magazine is empty and the child ends by itself.
    pub(crate) fn ends(mut self) {
        let status = self.0.wait(PATIENCE).unwrap().expect("the magazine is not empty");
        assert!(status.success(), "chip serve: {status}");
    }
}

/// Asserts a refusal of `sigillo --json`.
pub(crate) fn assert_refused(finished: &Finished, exit: i32, code: &str) {
    let error: Value = finished
        .stderr
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .unwrap_or_else(|| panic!("no JSON error: {}\n{}", finished.stdout, finished.stderr));
    assert_eq!(error["code"], code, "{error}");
    assert_eq!(finished.status.unwrap().code(), Some(exit), "{error}");
    assert!(error["advice"].as_str().unwrap().len() > 20, "{error}");
}
