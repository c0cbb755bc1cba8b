use jiff::civil::date;
use sigillo_apdu::fcp::LifeCycle;
use sigillo_crypto::SeededEntropy;
use sigillo_cvc::{CvPrivateKey, CvPublicKey};
use sigillo_inspect::services::{NotSent, Order, OrderName, OrderResult, ServiceRequest};
use sigillo_inspect::{Request, TerminalCredentials, TerminalSigner};
use sigillo_profile::{Profile, embedded};
use sigillo_specimen::form;

use super::bench::{
    ALL_RIGHTS, SERVICES, activated, of_holder, of_office, own_pin, pin, puk, run, run_on, sod_digest, specimen,
};
use super::counter::{codes, tries};

const SETS_CODES: u8 = 0x01;
const ACTIVATES: u8 = 0x02;

#[test]
fn an_office_activates_and_the_chip_says_so() {
    let mut specimen = specimen();
    let request = of_office(&specimen, ACTIVATES).order(Order::Activate);
    let outcome = run(&mut specimen, request);
    assert_eq!(outcome.result(OrderName::Activate), Some(OrderResult::Done));
    assert_eq!((outcome.before, outcome.after), (Some(LifeCycle::Deactivated), Some(LifeCycle::Activated)));
    assert_eq!(outcome.sod_digest(), Some(sod_digest(&specimen)));
    let checks = outcome.checks();
    assert!(checks.iter().all(|check| check.is_passed()), "{checks:?}");
    for name in ["sod.digest", "dg14.hash", "chip-authentication", "terminal-authentication", "eservices.life-cycle"] {
        assert!(checks.iter().any(|check| check.name == name), "{name}");
    }
    // Once more: it is told, and not sent.
    let image = specimen.chip.image();
    let request = of_office(&specimen, ACTIVATES).order(Order::Activate);
    let outcome = run(&mut specimen, request);
    assert_eq!(outcome.result(OrderName::Activate), Some(OrderResult::AlreadySo));
    assert!(outcome.is_carried_out());
    assert_eq!(specimen.chip.image(), image);
}

#[test]
fn activation_new_codes_and_a_question_go_in_one_session() {
    let mut specimen = specimen();
    let request = of_office(&specimen, ALL_RIGHTS)
        .order(Order::Activate)
        .order(Order::SetCodes { pin: pin("11112222"), puk: puk("33334444") })
        .order(Order::AskTries);
    let outcome = run(&mut specimen, request);
    assert!(outcome.is_carried_out(), "{outcome:?}");
    assert_eq!(outcome.orders[1].confirmed, 2);
    assert_eq!(outcome.result(OrderName::AskTries), Some(OrderResult::Tries(3)));
    let stored = codes(&specimen.chip);
    assert_eq!(stored.each_ref().map(|code| (code.tries, code.digits.as_str())), [(3, "11112222"), (10, "33334444")]);
}

#[test]
fn deactivated_the_application_takes_no_code() {
    let mut specimen = specimen();
    let before = specimen.chip.image();
    let request =
        of_office(&specimen, ALL_RIGHTS).order(Order::SetCodes { pin: pin("11112222"), puk: puk("33334444") });
    let outcome = run(&mut specimen, request);
    assert_eq!(outcome.result(OrderName::SetCodes), Some(OrderResult::NotSent(NotSent::Deactivated)));
    let request = of_holder(&specimen).order(Order::VerifyPin(own_pin(&specimen)));
    let outcome = run(&mut specimen, request);
    assert_eq!(outcome.result(OrderName::VerifyPin), Some(OrderResult::NotSent(NotSent::Deactivated)));
    assert_eq!(specimen.chip.image(), before);
}

#[test]
fn without_the_right_the_chip_refuses_and_nothing_else_is_sent() {
    let mut specimen = specimen();
    let before = specimen.chip.image();
    let request = of_office(&specimen, SETS_CODES).order(Order::Activate).order(Order::Terminate);
    let outcome = run(&mut specimen, request);
    let refused = outcome.result(OrderName::Activate).unwrap();
    assert!(matches!(refused, OrderResult::Refused(status) if u16::from(status) == 0x6982), "{refused:?}");
    assert_eq!(outcome.result(OrderName::Terminate), Some(OrderResult::NotSent(NotSent::AfterFailure)));
    assert_eq!(outcome.after, Some(LifeCycle::Deactivated));
    assert_eq!(specimen.chip.image(), before);
    // And the holder's way in opens nothing of the office's.
    let request = of_holder(&specimen).order(Order::Activate);
    assert_eq!(
        run(&mut specimen, request).result(OrderName::Activate),
        Some(OrderResult::NotSent(NotSent::NotTheHolders))
    );
    assert_eq!(specimen.chip.image(), before);
}

/// Its terminal is not shown to a chip that is not the permit's: not one command of Chip or Terminal Authentication.
#[test]
fn another_chip_is_left_alone() {
    let mut specimen = specimen();
    let way_in = Request::with_mrz(specimen.mrz_secret());
    let mut other = sod_digest(&specimen);
    other[31] ^= 1;
    let request = ServiceRequest::of_office(way_in, &SERVICES, super::bench::terminal(&specimen, ALL_RIGHTS), other);
    specimen.chip.power_on();
    let before = specimen.chip.image();
    let (outcome, commands) = run_on(&mut specimen.chip, request.order(Order::Terminate));
    assert_eq!(outcome.result(OrderName::Terminate), Some(OrderResult::NotSent(NotSent::OtherChip)));
    assert!(!outcome.is_carried_out());
    let failed: Vec<_> =
        outcome.checks().into_iter().filter(|check| check.is_failed()).map(|check| check.name).collect();
    assert_eq!(failed, ["sod.digest"]);
    assert_eq!(specimen.chip.image(), before);
    let request = of_office(&specimen, ALL_RIGHTS);
    specimen.chip.power_on();
    let (_, whole) = run_on(&mut specimen.chip, request);
    // MSE and GENERAL AUTHENTICATE; two certificates with their MSE; MSE, GET CHALLENGE, EXTERNAL AUTHENTICATE; SELECT.
    assert_eq!(whole - commands, 2 + 4 + 3 + 1);
}

/// A terminal of another country's office: the chip believes nothing, and no order is sent.
#[test]
fn a_foreign_office_orders_nothing() {
    let mut specimen = specimen();
    let stranger = form(&Profile::parse(embedded("pse-rf").unwrap()).unwrap(), [0xEE; 32], date(2026, 11, 2)).unwrap();
    let way_in = Request::with_mrz(specimen.mrz_secret());
    let terminal = super::bench::terminal(&stranger, ALL_RIGHTS);
    let request = ServiceRequest::of_office(way_in, &SERVICES, terminal, sod_digest(&specimen)).order(Order::Activate);
    let before = specimen.chip.image();
    let outcome = run(&mut specimen, request);
    assert_eq!(outcome.result(OrderName::Activate), Some(OrderResult::NotSent(NotSent::NoTerminalAuthentication)));
    assert_eq!(specimen.chip.image(), before);
}

#[test]
fn a_terminated_chip_is_the_end() {
    let mut specimen = activated();
    let request = of_office(&specimen, ALL_RIGHTS).order(Order::Terminate).order(Order::AskTries);
    let outcome = run(&mut specimen, request);
    assert_eq!(outcome.result(OrderName::Terminate), Some(OrderResult::Done));
    assert_eq!(outcome.after, Some(LifeCycle::Terminated));
    assert_eq!(outcome.result(OrderName::AskTries), Some(OrderResult::NotSent(NotSent::SessionEnded)));
    assert_eq!(specimen.chip.life_cycle(), LifeCycle::Terminated);
    let request = of_office(&specimen, ALL_RIGHTS).order(Order::Activate);
    let outcome = run(&mut specimen, request);
    assert!(outcome.broken.is_some() && !outcome.is_carried_out());
    assert_eq!(outcome.result(OrderName::Activate), Some(OrderResult::NotSent(NotSent::SessionEnded)));
}

/// An application that is deactivated again serves nobody, and its codes keep their tries.
#[test]
fn deactivation_is_undone_by_activation() {
    let mut specimen = activated();
    let request = of_office(&specimen, ALL_RIGHTS).order(Order::Deactivate);
    let outcome = run(&mut specimen, request);
    assert_eq!((outcome.before, outcome.after), (Some(LifeCycle::Activated), Some(LifeCycle::Deactivated)));
    let request = of_office(&specimen, ALL_RIGHTS).order(Order::Activate).order(Order::AskTries);
    assert_eq!(run(&mut specimen, request).result(OrderName::AskTries), Some(OrderResult::Tries(3)));
    assert_eq!(tries(&specimen.chip), [3, 10]);
}

/// A key that never comes into this process's hands: asked once, for one signature; what it refuses is told by its own code.
#[test]
fn the_key_may_sign_elsewhere() {
    #[derive(Debug)]
    struct Token(Option<CvPrivateKey>, CvPublicKey);
    impl TerminalSigner for Token {
        fn public_key(&self) -> &CvPublicKey {
            &self.1
        }
        fn sign(&self, message: &[u8]) -> Result<Vec<u8>, &'static str> {
            let key = self.0.as_ref().ok_or("keystore.token-away")?;
            key.sign(message, &mut SeededEntropy::new([1; 32])).map_err(|error| error.code())
        }
    }
    let mut specimen = specimen();
    for (is_there, expected) in
        [(false, OrderResult::NotSent(NotSent::NoTerminalAuthentication)), (true, OrderResult::Done)]
    {
        let chain = specimen.office.as_ref().unwrap().chain(ACTIVATES).unwrap();
        let public = chain.key.public().unwrap();
        let token = Token(is_there.then_some(chain.key), public);
        let terminal = TerminalCredentials::signing_elsewhere(chain.certificates, Box::new(token)).unwrap();
        let way_in = Request::with_mrz(specimen.mrz_secret());
        let digest = sod_digest(&specimen);
        let request = ServiceRequest::of_office(way_in, &SERVICES, terminal, digest).order(Order::Activate);
        let outcome = run(&mut specimen, request);
        assert_eq!(outcome.result(OrderName::Activate), Some(expected));
        if !is_there {
            let said = format!("{:?}", outcome.checks());
            assert!(said.contains("keystore.token-away"), "{said}");
        }
    }
}
