use sigillo_inspect::services::{CodeName, NotSent, Order, OrderName, OrderResult};
use sigillo_specimen::Specimen;

use super::bench::{activated, of_holder, of_office, own_pin, own_puk, pin, puk, run};
use super::counter::{codes, tries};

const SETS_CODES: u8 = 0x01;

/// One session, one order.
fn ordered(specimen: &mut Specimen, order: Order) -> OrderResult {
    let request = of_holder(specimen).order(order);
    let outcome = run(specimen, request);
    assert!(outcome.broken.is_none(), "{outcome:?}");
    outcome.orders[0].result
}

const fn wrong(code: CodeName, tries_left: u8) -> OrderResult {
    OrderResult::Wrong { code, tries_left }
}

/// Three wrong PINs, the PUK, ten wrong PUKs, and the office: what is answered, and what the memory holds each time.
#[test]
fn from_the_first_wrong_pin_to_the_offices_help() {
    let mut specimen = activated();
    let own_puk_of = own_puk;
    let mut expect = |order: Order, result: OrderResult, counters: [u8; 2]| {
        let name = order.name();
        assert_eq!(ordered(&mut specimen, order), result, "{name}");
        assert_eq!(tries(&specimen.chip), counters, "{name}");
        own_puk_of(&specimen)
    };
    expect(Order::AskTries, OrderResult::Tries(3), [3, 10]);
    for left in [2, 1, 0] {
        expect(Order::VerifyPin(pin("00000000")), wrong(CodeName::Pin, left), [left, 10]);
    }
    expect(Order::AskTries, OrderResult::Tries(0), [0, 10]);
    let change = Order::ChangePin { old: pin("00000000"), new: pin("12345678") };
    expect(change, OrderResult::Blocked(CodeName::Pin), [0, 10]);
    let own = expect(Order::UnblockPin { puk: puk("00000000"), new: None }, wrong(CodeName::Puk, 9), [0, 9]);
    let unblock = Order::UnblockPin { puk: own, new: Some(pin("12345678")) };
    expect(unblock, OrderResult::Done, [3, 10]);
    expect(Order::VerifyPin(pin("12345678")), OrderResult::Done, [3, 10]);
    let change = Order::ChangePin { old: pin("12345678"), new: pin("87654321") };
    expect(change, OrderResult::Done, [3, 10]);
    for left in (0..10).rev() {
        let unblock = Order::UnblockPin { puk: puk("00000000"), new: None };
        expect(unblock, wrong(CodeName::Puk, left), [3, left]);
    }
    // Exhausted: also the right one is not compared any more, and the PIN goes on working.
    let own = expect(Order::AskTries, OrderResult::Tries(3), [3, 0]);
    expect(Order::UnblockPin { puk: own, new: None }, OrderResult::Blocked(CodeName::Puk), [3, 0]);
    expect(Order::VerifyPin(pin("87654321")), OrderResult::Done, [3, 0]);

    let request =
        of_office(&specimen, SETS_CODES).order(Order::SetCodes { pin: pin("24682468"), puk: puk("13571357") });
    assert!(run(&mut specimen, request).is_carried_out());
    let stored = codes(&specimen.chip);
    assert_eq!(stored.each_ref().map(|code| (code.tries, code.digits.as_str())), [(3, "24682468"), (10, "13571357")]);
}

/// A wrong code ends the session's orders: the next try is another session's, and somebody must ask for it.
#[test]
fn no_try_follows_a_wrong_one() {
    let mut specimen = activated();
    let right = own_pin(&specimen);
    let request = of_holder(&specimen)
        .order(Order::VerifyPin(pin("00000000")))
        .order(Order::VerifyPin(right))
        .order(Order::UnblockPin { puk: own_puk(&specimen), new: None });
    let outcome = run(&mut specimen, request);
    assert_eq!(outcome.result(OrderName::VerifyPin), Some(wrong(CodeName::Pin, 2)));
    for later in &outcome.orders[1..] {
        assert_eq!(later.result, OrderResult::NotSent(NotSent::AfterFailure));
    }
    assert_eq!(tries(&specimen.chip), [2, 10]);
}

/// Nothing but an order touches a counter: not the way in, not the question, not an office that looks.
#[test]
fn no_session_burns_a_try_by_itself() {
    let mut specimen = activated();
    assert_eq!(ordered(&mut specimen, Order::VerifyPin(pin("00000000"))), wrong(CodeName::Pin, 2));
    let before = codes(&specimen.chip);
    for request in [
        of_holder(&specimen),
        of_holder(&specimen).order(Order::AskTries).order(Order::AskTries),
        of_office(&specimen, 0x07),
        of_office(&specimen, 0x07).order(Order::Activate).order(Order::AskTries),
    ] {
        run(&mut specimen, request);
        assert_eq!(codes(&specimen.chip), before);
    }
}

#[test]
fn what_is_printed_holds_no_digit() {
    let mut specimen = activated();
    let request = of_holder(&specimen)
        .order(Order::ChangePin { old: pin("51525354"), new: pin("61626364") })
        .order(Order::UnblockPin { puk: puk("71727374"), new: Some(pin("81828384")) });
    let request_printed = format!("{request:?} {request:#?}");
    let outcome = run(&mut specimen, request);
    let printed = format!("{request_printed} {outcome:?} {outcome:#?}");
    for digits in ["51525354", "61626364", "71727374", "81828384", "5152", "8384"] {
        assert!(!printed.contains(digits), "{digits} in {printed}");
    }
    assert!(printed.contains("redacted"));
}
