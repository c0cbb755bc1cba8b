//! A card that answers nonsense: each run ends, says so case by case, and nothing panics.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod subject;

use sigillo_crypto::{Entropy, SeededEntropy};
use sigillo_qualify::{Gone, Options, Report, Subject, run};
use sigillo_specimen::Supply;

use crate::subject::chips;

/// What the card makes of the right answer.
type Nonsense = fn(&mut SeededEntropy, &[u8], Vec<u8>) -> Vec<u8>;

struct Hostile {
    chip: Supply,
    entropy: SeededEntropy,
    nonsense: Nonsense,
}

impl Subject for Hostile {
    fn reset(&mut self) -> Result<Vec<u8>, Gone> {
        self.chip.reset()
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Gone> {
        let answer = self.chip.transmit(command)?;
        Ok((self.nonsense)(&mut self.entropy, command, answer))
    }
}

fn judged(profile: &str, seed: u8, nonsense: Nonsense) -> Report {
    let chip = chips(profile);
    let lab = chip.lab().unwrap();
    let mut subject = Hostile { chip, entropy: SeededEntropy::new([seed; 32]), nonsense };
    run(&mut subject, &lab, &Options::default(), &mut SeededEntropy::new([9; 32]), &mut |_| {}).unwrap()
}

fn random(entropy: &mut SeededEntropy, most: usize) -> Vec<u8> {
    let mut length = [0; 2];
    entropy.fill(&mut length);
    let mut octets = vec![0; usize::from(u16::from_be_bytes(length)) % most];
    entropy.fill(&mut octets);
    octets
}

#[test]
fn random_octets_with_9000() {
    for seed in 0..4 {
        let report =
            judged("pse-rf-bac", seed, |entropy, _, _| [random(entropy, 300).as_slice(), &[0x90, 0x00]].concat());
        assert!(!report.qualified, "{:?}", report.counts);
    }
}

#[test]
fn random_answers_now_and_then() {
    for seed in 0..4 {
        let report = judged("pse-rf-pace", seed, |entropy, _, answer| {
            let mut die = [0];
            entropy.fill(&mut die);
            match die {
                [0..=24] => [random(entropy, 40).as_slice(), &[0x90, 0x00]].concat(),
                [25..=40] => random(entropy, 2).into_iter().chain([0x6A, 0x82]).collect(),
                _ => answer,
            }
        });
        assert!(report.counts.failed > 0, "{:?}", report.counts);
    }
}

#[test]
fn a_file_without_end_octet_by_octet() {
    let report = judged("pse-rf-bac", 0, |_, command, answer| match command {
        // EF.COM claims 64 KiB and gives one octet at a time, without secure messaging and with it.
        [0x00, 0xB0, 0x9E, ..] | [0x00, 0xB0, 0x00..=0x7F, ..] => vec![0x60, 0x90, 0x00],
        _ => answer,
    });
    assert!(report.counts.total() > 0);
}

#[test]
fn more_data_for_ever() {
    let report = judged("pse-rf-bac", 0, |_, _, _| vec![0x00, 0x61, 0x01]);
    assert!(!report.qualified);
}
