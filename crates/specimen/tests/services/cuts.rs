//! The power is cut at every point of a session: the next one tells which world it is, and finishes.

use std::collections::BTreeSet;

use sigillo_apdu::fcp::LifeCycle;
use sigillo_inspect::services::{Order, OrderName, OrderResult, ServiceOutcome, ServiceRequest};
use sigillo_specimen::Specimen;
use sigillo_vchip::Chip;

use super::bench::{activated, of_holder, of_office, own_pin, pin, puk, run, run_on, specimen};
use super::counter::{codes, tries};

/// Runs a session once for each cut point, and gives each chip to a judge, with power again.
fn at_every_point(
    specimen: &Specimen,
    request: impl Fn() -> ServiceRequest,
    mut judge: impl FnMut(&mut Chip, &ServiceOutcome),
) {
    let image = specimen.chip.image();
    for point in 1.. {
        let mut chip = Chip::from_image(&image).unwrap();
        chip.power_on();
        chip.arm_cut(point);
        let (outcome, _) = run_on(&mut chip, request());
        if outcome.broken.is_none() {
            assert!(outcome.is_carried_out() && point > 10, "{point}");
            return;
        }
        chip.power_on();
        judge(&mut chip, &outcome);
    }
}

#[test]
fn an_activation_that_was_cut_is_told_and_finished_by_the_next_session() {
    let specimen = specimen();
    let request = || of_office(&specimen, 0x02).order(Order::Activate);
    let mut worlds = BTreeSet::new();
    at_every_point(&specimen, request, |chip, cut| {
        let (told, _) = run_on(chip, request());
        let before = told.before.unwrap();
        let was = cut.result(OrderName::Activate).unwrap();
        match was {
            // It had never been sent, or it had been answered.
            OrderResult::NotSent(_) => assert_eq!(before, LifeCycle::Deactivated),
            OrderResult::Done => assert_eq!(before, LifeCycle::Activated),
            OrderResult::Unanswered => assert_eq!(cut.after, None),
            other => panic!("{other:?}"),
        }
        assert!(told.is_carried_out());
        assert_eq!(told.after, Some(LifeCycle::Activated));
        assert_eq!(tries(chip), [3, 10]);
        worlds.insert((format!("{was:?}"), format!("{before:?}")));
    });
    let unanswered: Vec<_> =
        worlds.iter().filter(|(was, _)| was == "Unanswered").map(|(_, now)| now.as_str()).collect();
    assert_eq!(unanswered, ["Activated", "Deactivated"], "both worlds are met: {worlds:?}");
}

#[test]
fn codes_that_were_cut_are_old_or_new_and_are_set_again() {
    let specimen = activated();
    let old = codes(&specimen.chip).map(|code| code.digits);
    let set = |pin_digits, puk_digits| {
        of_office(&specimen, 0x01).order(Order::SetCodes { pin: pin(pin_digits), puk: puk(puk_digits) })
    };
    let mut worlds = BTreeSet::new();
    at_every_point(
        &specimen,
        || set("11112222", "33334444"),
        |chip, cut| {
            let [pin_now, puk_now] = codes(chip).map(|code| code.digits);
            assert!(pin_now == old[0] || pin_now == "11112222");
            assert!(puk_now == old[1] || puk_now == "33334444");
            let world = (pin_now != old[0], puk_now != old[1]);
            // What was confirmed is there; what was not sent is not.
            let cut = cut.orders[0];
            match (cut.result, cut.confirmed) {
                (OrderResult::NotSent(_), 0) => assert_eq!(world, (false, false)),
                (OrderResult::Unanswered, 0) => assert!(!world.1),
                (OrderResult::Unanswered, 1) => assert!(world.0),
                other => panic!("{other:?}"),
            }
            worlds.insert(world);
            // Whatever it is: other codes, and they are there.
            let (again, _) = run_on(chip, set("55556666", "77778888"));
            assert!(again.is_carried_out());
            let stored = codes(chip);
            assert_eq!(
                stored.each_ref().map(|code| (code.tries, code.digits.as_str())),
                [(3, "55556666"), (10, "77778888")]
            );
        },
    );
    assert_eq!(worlds.into_iter().collect::<Vec<_>>(), [(false, false), (true, false), (true, true)]);
}

/// A right PIN costs no more than the try that the chip takes first, and a wrong one always costs one.
#[test]
fn a_try_that_was_cut_is_never_given_back_for_nothing() {
    let specimen = activated();
    let right = || of_holder(&specimen).order(Order::VerifyPin(own_pin(&specimen)));
    let mut met = BTreeSet::new();
    at_every_point(&specimen, right, |chip, cut| {
        let left = tries(chip)[0];
        match cut.result(OrderName::VerifyPin).unwrap() {
            OrderResult::NotSent(_) => assert_eq!(left, 3),
            _ => assert!((2..=3).contains(&left)),
        }
        met.insert(left);
    });
    assert_eq!(met.into_iter().collect::<Vec<_>>(), [2, 3]);

    let mut counted = activated();
    let wrong = || of_holder(&specimen).order(Order::VerifyPin(pin("00000000")));
    run(&mut counted, wrong());
    assert_eq!(tries(&counted.chip), [2, 10]);
    let image = specimen.chip.image();
    for point in 1..60 {
        let mut chip = Chip::from_image(&image).unwrap();
        chip.power_on();
        chip.arm_cut(point);
        let (cut, _) = run_on(&mut chip, wrong());
        let left = tries(&chip)[0];
        match cut.result(OrderName::VerifyPin).unwrap() {
            OrderResult::NotSent(_) => assert_eq!(left, 3),
            // Before the first commit nothing was compared either.
            OrderResult::Unanswered => assert!((2..=3).contains(&left)),
            OrderResult::Wrong { tries_left, .. } => assert_eq!((left, tries_left), (2, 2)),
            other => panic!("{other:?}"),
        }
    }
}
