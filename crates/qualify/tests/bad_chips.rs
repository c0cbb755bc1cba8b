//! A chip whose answers are changed on the way must fail the case that is there for it: the engine can say no.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod subject;

use sigillo_crypto::SeededEntropy;
use sigillo_qualify::{Gone, Options, Subject, Verdict, run, statement};
use sigillo_specimen::Supply;

use crate::subject::chips;

/// What becomes of an answer: command, answer, and how many commands went before.
type Change = fn(&[u8], Vec<u8>, usize) -> Vec<u8>;

struct Changed {
    chip: Supply,
    change: Change,
    commands: usize,
}

impl Subject for Changed {
    fn reset(&mut self) -> Result<Vec<u8>, Gone> {
        self.chip.reset()
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Gone> {
        self.commands += 1;
        self.chip.transmit(command).map(|answer| (self.change)(command, answer, self.commands))
    }

    fn renew(&mut self) -> Result<bool, Gone> {
        self.chip.renew()
    }

    fn exchange(&mut self) -> Result<bool, Gone> {
        self.chip.exchange()
    }
}

/// The verdict on one case, and on the same case with nothing changed.
fn verdicts(profile: &str, case: &str, change: Change) -> [Verdict; 2] {
    [change, |_: &[u8], answer, _| answer].map(|change| {
        let chip = chips(profile);
        let lab = chip.lab().unwrap();
        let mut subject = Changed { chip, change, commands: 0 };
        let granted = ["native-dialect", "virtual"].map(str::to_owned).to_vec();
        let options = Options { cases: vec![case.to_owned()], sacrificial: true, granted, ..Options::default() };
        let report = run(&mut subject, &lab, &options, &mut SeededEntropy::new([9; 32]), &mut |_| {}).unwrap();
        report.cases.first().unwrap().verdict.clone()
    })
}

fn caught(profile: &str, case: &str, change: Change) -> String {
    let [bad, good] = verdicts(profile, case, change);
    assert!(matches!(good, Verdict::Passed { .. }), "{case}: {}", good.detail());
    assert!(bad.is_failed(), "{case} takes a bad chip: {bad:?}");
    bad.detail()
}

fn status(status: [u8; 2]) -> Vec<u8> {
    status.to_vec()
}

#[test]
fn a_wrong_status_word() {
    let said = caught("pse-rf-bac", "READING_6", |command, answer, _| match command {
        [0x00, 0xB0, 0x81, ..] if answer == [0x69, 0x82] => status([0x6A, 0x82]),
        _ => answer,
    });
    assert_eq!(said, "step 1: expected 6982, came 6A82");
}

#[test]
fn a_file_that_opens_without_access() {
    let said = caught("pse-rf-bac", "READING_6", |command, answer, _| match command {
        [0x00, 0xB0, 0x81, ..] => vec![0x61, 0x90, 0x00],
        _ => answer,
    });
    assert_eq!(said, "step 1: expected 6982, came 9000 with 1 octets");
}

#[test]
fn a_serial_before_access() {
    caught("pse-rf-bac", "UNTRACEABILITY_5", |command, answer, _| match command {
        [_, 0xCA, 0x9F, 0x7F, ..] => [b"12345678".as_slice(), &[0x90, 0x00]].concat(),
        _ => answer,
    });
}

#[test]
fn an_answer_that_differs_from_chip_to_chip() {
    let said = caught("pse-rf-bac", "UNTRACEABILITY_1", |command, answer, commands| match command {
        [0x00, 0xB0, 0x9E, ..] => vec![u8::try_from(commands % 251).unwrap(), 0x90, 0x00],
        _ => answer,
    });
    assert!(said.contains("the same answer from two chips to command 7"), "{said}");
}

#[test]
fn a_challenge_that_comes_again() {
    caught("pse-rf-bac", "UNTRACEABILITY_2", |command, answer, _| match command {
        [0x00, 0x84, ..] => [1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0x00].to_vec(),
        _ => answer,
    });
}

#[test]
fn answers_whose_checksum_is_wrong() {
    let said = caught("pse-rf-bac", "SESSION_17", |command, mut answer, _| {
        if command.first() == Some(&0x0C) && answer.len() > 2 {
            let last = answer.len() - 3;
            answer[last] ^= 1;
        }
        answer
    });
    assert!(said.contains("wrong checksum"), "{said}");
}

#[test]
fn an_answer_without_secure_messaging_in_a_session() {
    let said = caught("pse-rf-bac", "SESSION_17", |command, answer, _| match command {
        [0x0C, 0xB0, ..] => vec![0x60, 0x16, 0x5F, 0x01, 0x90, 0x00],
        _ => answer,
    });
    assert!(said.contains("valid secure messaging"), "{said}");
}

/// A chip that says nothing any more after so many commands.
struct Mute {
    chip: Supply,
    commands: usize,
    last: usize,
}

impl Mute {
    fn silent(&self) -> Result<(), Gone> {
        if self.commands > self.last { Err(Gone("mute".to_owned())) } else { Ok(()) }
    }
}

impl Subject for Mute {
    fn reset(&mut self) -> Result<Vec<u8>, Gone> {
        self.silent()?;
        self.chip.reset()
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Gone> {
        self.commands += 1;
        self.silent()?;
        self.chip.transmit(command)
    }
}

#[test]
fn a_chip_that_falls_silent() {
    let mut subject = Mute { chip: chips("pse-rf-bac"), commands: 0, last: usize::MAX };
    let lab = subject.chip.lab().unwrap();
    let mut entropy = SeededEntropy::new([9; 32]);
    statement(&mut subject, &lab, &mut entropy).unwrap();
    subject.last = subject.commands + 3;
    subject.commands = 0;
    let cases = ["READING_3", "READING_6", "SESSION_17"].map(str::to_owned).to_vec();
    let options = Options { cases, ..Options::default() };
    let report = run(&mut subject, &lab, &options, &mut entropy, &mut |_| {}).unwrap();
    let words: Vec<_> = report.cases.iter().map(|case| case.verdict.word()).collect();
    assert_eq!(words, ["failed", "not-run", "not-run"]);
    assert!(!report.qualified);
    // A card that is gone from the beginning is no bad chip.
    assert_eq!(run(&mut subject, &lab, &options, &mut entropy, &mut |_| {}).unwrap_err().code(), "qualify.link");
}
