//! Somebody between terminal and chip: what he changes is noticed, and nothing is said to be done that the chip did not do.

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{Action, Driver, Event};
use sigillo_crypto::{Entropy, SeededEntropy};
use sigillo_inspect::services::{Order, OrderName, OrderResult, ServiceOutcome, ServiceRequest, ServiceSession};
use sigillo_vchip::Chip;

use super::bench::{activated, of_holder, of_office, pin, run_on, specimen};
use super::counter::tries;

/// A session whose n-th answer, counted from 0, comes changed in one bit; how many answers there were.
fn run_changed(chip: &mut Chip, request: ServiceRequest, at: usize, bit: usize) -> (ServiceOutcome, usize) {
    let (mut entropy, mut chance) = (SeededEntropy::new([0xA9; 32]), SeededEntropy::new([0xA8; 32]));
    let mut session = ServiceSession::new(request, &mut entropy);
    let mut answers = 0;
    while let Action::Transmit(command) = session.next_action() {
        let mut answer = chip.process(command, &mut chance).unwrap();
        if answers == at {
            let bit = bit % (answer.len() * 8);
            answer[bit / 8] ^= 1 << (bit % 8);
        }
        answers += 1;
        if session.handle(Event::Response(&answer)).is_err() {
            break;
        }
    }
    (session.outcome(), answers)
}

#[test]
fn a_changed_answer_makes_no_activation() {
    let specimen = specimen();
    let image = specimen.chip.image();
    let request = || of_office(&specimen, 0x02).order(Order::Activate);
    let mut chip = Chip::from_image(&image).unwrap();
    chip.power_on();
    let (_, answers) = run_on(&mut chip, request());
    let mut noticed = 0;
    for at in 0..answers {
        for bit in [0, 77, 3001] {
            let mut chip = Chip::from_image(&image).unwrap();
            chip.power_on();
            let (told, _) = run_changed(&mut chip, request(), at, bit);
            chip.power_on();
            let (truth, _) = run_on(&mut chip, of_office(&specimen, 0x02));
            match told.result(OrderName::Activate).unwrap() {
                OrderResult::Done => assert_eq!(truth.before, Some(LifeCycle::Activated), "answer {at}"),
                OrderResult::NotSent(_) => {
                    noticed += 1;
                    assert_eq!(truth.before, Some(LifeCycle::Deactivated), "answer {at}");
                }
                OrderResult::Unanswered => noticed += 1,
                other => panic!("answer {at}: {other:?}"),
            }
            if told.after.is_some() {
                assert_eq!(told.after, truth.before, "answer {at}");
            }
        }
    }
    assert!(noticed > 2 * answers, "{noticed} of {answers}");
}

/// However wild a chip answers, one order is one try.
#[test]
fn a_wild_chip_is_sent_one_try_at_most() {
    let specimen = activated();
    let image = specimen.chip.image();
    let request = || of_holder(&specimen).order(Order::VerifyPin(pin("00000000")));
    for at in 0..16 {
        for bit in [1, 15, 500] {
            let mut chip = Chip::from_image(&image).unwrap();
            chip.power_on();
            let (told, _) = run_changed(&mut chip, request(), at, bit);
            assert!(tries(&chip)[0] >= 2, "answer {at}: {told:?}");
        }
    }
    let mut wild = SeededEntropy::new([0x77; 32]);
    for _ in 0..200 {
        let mut entropy = SeededEntropy::new([1; 32]);
        let mut session = ServiceSession::new(request(), &mut entropy);
        for _ in 0..64 {
            if session.next_action() == Action::Done {
                break;
            }
            let mut answer = [0; 40];
            wild.fill(&mut answer);
            let length = 2 + usize::from(answer[0]) % 38;
            let status = [[0x90, 0x00], [0x62, 0x83], [0x61, 0x10]][usize::from(answer[1]) % 3];
            answer[length - 2..length].copy_from_slice(&status);
            if session.handle(Event::Response(&answer[..length])).is_err() {
                break;
            }
        }
        assert!(!session.outcome().is_carried_out());
    }
}
