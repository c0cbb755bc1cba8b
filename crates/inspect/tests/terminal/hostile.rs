//! Chips that mean harm: the session always ends, inside its bounds, and never panics.

use std::sync::LazyLock;

use proptest::prelude::*;
use sigillo_apdu::{Action, CommandApdu, Driver, Event, ResponseApdu, StatusWord};
use sigillo_channel::bac::chip::Challenge;
use sigillo_channel::secure_messaging::chip::Session;
use sigillo_crypto::SeededEntropy;
use sigillo_inspect::{Check, FileName, ReadOutcome, ReadSession, Refusal, Request};

use crate::personalized::{Blueprint, dg, secret};
use crate::protocols::{Making, usual_request};

/// A chip that runs BAC rightly and then answers READ BINARY as a closure likes.
fn read_from(mut answer: impl FnMut(&CommandApdu) -> ResponseApdu) -> Result<ReadOutcome, &'static str> {
    let (mut chip_entropy, mut entropy) = (SeededEntropy::new([5; 32]), SeededEntropy::new([6; 32]));
    let mut terminal = ReadSession::new(Request::with_mrz(secret()).short_only().probing_closed_files(), &mut entropy);
    let mut challenge = None;
    let mut session: Option<Session> = None;
    loop {
        let Action::Transmit(command) = terminal.next_action() else { return Ok(terminal.into_outcome()) };
        let command = CommandApdu::decode(command).unwrap();
        let response = match (&mut session, command.head().ins) {
            (Some(session), _) => {
                let plain = session.unwrap_command(&command).unwrap();
                session.wrap_response(&answer(&plain)).unwrap()
            }
            (None, 0xA4) => ResponseApdu::from(StatusWord::Success),
            (None, 0x84) => {
                let drawn = challenge.insert(Challenge::draw(&mut chip_entropy));
                ResponseApdu::new(drawn.octets(), StatusWord::Success)
            }
            (None, 0x82) => {
                let challenge = challenge.take().unwrap();
                let (opened, octets) = challenge.external_authenticate(&secret(), &command, &mut chip_entropy).unwrap();
                session = Some(opened);
                ResponseApdu::new(octets, StatusWord::Success)
            }
            _ => ResponseApdu::from(StatusWord::FileNotFound),
        };
        if let Err(error) = terminal.handle(Event::Response(&response.encode())) {
            return Err(error.code());
        }
    }
}

fn always(data: &[u8], status: u16) -> impl FnMut(&CommandApdu) -> ResponseApdu {
    move |_| ResponseApdu::new(data, StatusWord::from(status))
}

#[test]
fn each_bad_answer_has_its_name() {
    for (data, status, expected) in [
        (&[][..], 0x9000, Refusal::NoLength),
        (&[0x00, 0x00], 0x9000, Refusal::NoLength),
        (&[0x60, 0x80], 0x9000, Refusal::NoLength),
        (&[0x60], 0x6282, Refusal::NoLength),
        (&[0x60, 0x83, 0x01, 0x00, 0x00], 0x9000, Refusal::TooLarge { length: 0x10005 }),
        (&[0x60, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], 0x9000, Refusal::TooLarge { length: 0x1_0000_0005 }),
        (&[0x60, 0x05, 0x01], 0x6282, Refusal::Truncated { found: 3 }),
        (&[0x60; 232], 0x9000, Refusal::BadAnswer),
        (&[], 0x6982, Refusal::Status(StatusWord::SecurityStatusNotSatisfied)),
        (&[], 0x6C00, Refusal::Status(StatusWord::WrongLe { exact: 0 })),
        (&[], 0x6C05, Refusal::Status(StatusWord::WrongLe { exact: 5 })),
    ] {
        let outcome = read_from(always(data, status)).unwrap();
        assert_eq!(outcome.refused.get(&FileName::Com), Some(&expected), "{data:02X?} {status:04X}");
        assert!(outcome.files.is_empty());
    }
}

/// One octet an answer, of a file that claims the most: the bound on commands holds.
#[test]
fn a_dripping_chip_is_left() {
    let mut first = 0;
    let result = read_from(|command| {
        let start = command.head().p1 & 0x80 != 0 && command.head().ins == 0xB0;
        first = if start { 0 } else { first + 1 };
        let octet = *[0x60, 0x82, 0xFF, 0xF0].get(first).unwrap_or(&0xAA);
        let data = if command.head().ins == 0xB1 { vec![0x53, 0x01, octet] } else { vec![octet] };
        ResponseApdu::new(data, StatusWord::Success)
    });
    assert_eq!(result.unwrap_err(), "inspect.too-many-commands");
}

/// A file that shrinks between two answers, and one whose length is corrected by 6Cxx and then served.
#[test]
fn shrinking_files_and_corrected_lengths() {
    let outcome = read_from(|command| match command.head() {
        head if head.p1 & 0x80 != 0 => {
            ResponseApdu::new([&[0x60, 0x82, 0x02, 0x00][..], &[0xAA; 227]].concat(), StatusWord::Success)
        }
        _ => ResponseApdu::from(StatusWord::WrongOffset),
    })
    .unwrap();
    assert_eq!(outcome.refused.get(&FileName::Com), Some(&Refusal::Truncated { found: 231 }));
    let outcome = read_from(|command| match command.head().le {
        4 => ResponseApdu::new([0x60, 0x02, 0xAB, 0xCD], StatusWord::Success),
        _ => ResponseApdu::from(StatusWord::WrongLe { exact: 4 }),
    })
    .unwrap();
    assert_eq!(outcome.file(FileName::Com), Some(&[0x60, 0x02, 0xAB, 0xCD][..]));
}

/// A chip of another make: it leaves secure messaging over DG3. Everything before it stays read.
#[test]
fn a_session_lost_over_fingerprints_is_no_fault() {
    let blueprint = Blueprint::new();
    let mut chip = blueprint.chip();
    let (mut chip_entropy, mut entropy) = (SeededEntropy::new([5; 32]), SeededEntropy::new([6; 32]));
    let mut terminal = ReadSession::new(Request::with_mrz(secret()).short_only().probing_closed_files(), &mut entropy);
    chip.power_on();
    while let Action::Transmit(command) = terminal.next_action() {
        let fingers = command.starts_with(&[0x0C, 0xB0, 0x83]);
        let answer = if fingers { vec![0x69, 0x82] } else { chip.process(command, &mut chip_entropy).unwrap() };
        terminal.handle(Event::Response(&answer)).unwrap();
    }
    let outcome = terminal.into_outcome();
    assert_eq!(outcome.refused.get(&dg(3)), Some(&Refusal::Status(StatusWord::SecurityStatusNotSatisfied)));
    assert_eq!(outcome.data_groups().len(), 5);
}

#[test]
fn a_session_lost_elsewhere_is_a_fault() {
    let mut chip = Blueprint::new().chip();
    let (mut chip_entropy, mut entropy) = (SeededEntropy::new([5; 32]), SeededEntropy::new([6; 32]));
    let mut terminal = ReadSession::new(Request::with_mrz(secret()).short_only().probing_closed_files(), &mut entropy);
    chip.power_on();
    let error = loop {
        let Action::Transmit(command) = terminal.next_action() else { panic!("the fault was not seen") };
        let portrait = command.starts_with(&[0x0C, 0xB0, 0x82]);
        let answer = if portrait { vec![0x69, 0x82] } else { chip.process(command, &mut chip_entropy).unwrap() };
        if let Err(error) = terminal.handle(Event::Response(&answer)) {
            break error;
        }
    };
    assert_eq!((error.step().to_string().as_str(), error.code()), ("READ BINARY of EF.DG2", "sm.plain-response"));
}

/// How many commands the usual play takes.
static COMMANDS: LazyLock<usize> = LazyLock::new(|| {
    let (play, _, report) = Making::usual().make().play(usual_request().short_only());
    assert!(report.verified);
    play.commands.len()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_answers_in_the_clear_end_the_session(answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..40)) {
        let mut entropy = SeededEntropy::new([6; 32]);
        let mut terminal = ReadSession::new(Request::with_mrz(secret()).probing_the_lock(), &mut entropy);
        for answer in &answers {
            let Action::Transmit(_) = terminal.next_action() else { break };
            if terminal.handle(Event::Response(answer)).is_err() { break }
        }
        prop_assert!(!terminal.is_done());
    }

    #[test]
    fn any_files_end_the_session(seed: u64, lengths in prop::collection::vec(0usize..240, 1..50), statuses in prop::collection::vec(prop::sample::select(vec![0x9000u16, 0x6282, 0x6C10, 0x6B00, 0x6982]), 1..10)) {
        let mut state = seed;
        let mut turn = 0;
        let outcome = read_from(|_| {
            turn += 1;
            let data: Vec<u8> = (0..lengths[turn % lengths.len()]).map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state.to_be_bytes()[0]
            }).collect();
            ResponseApdu::new(data, StatusWord::from(statuses[turn % statuses.len()]))
        });
        prop_assert!(outcome.map_or_else(|code| code == "inspect.too-many-commands", |outcome| outcome.commands <= 8192));
    }

    /// The whole of PACE, Chip and Active Authentication, reading and the life cycle, with one bit of one answer changed.
    #[test]
    fn one_flipped_bit_anywhere_leaves_a_document_unverified(which in any::<prop::sample::Index>(), octet in any::<prop::sample::Index>(), bit in 0..8u8) {
        let which = which.index(*COMMANDS);
        let mut document = Making::usual().make();
        document.staged.wire = Box::new(move |at, _, mut right| {
            if at == which {
                let octet = octet.index(right.len());
                right[octet] ^= 1 << bit;
            }
            right
        });
        let (play, checks, report) = document.play(usual_request().short_only());
        prop_assert!(!report.verified, "answer {which}: {checks:?}");
        prop_assert!(checks.iter().any(Check::is_failed), "answer {which} of {}: {checks:?}", play.commands.len());
    }
}
