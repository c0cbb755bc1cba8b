//! The life of a permit at the desk, with a formed virtual chip of the default profile: every step, and every refusal.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod counter;

use sigillo_issuance::life_cycle::RecordState;
use sigillo_office::LossReport;
use sigillo_reader::{Card, LinkError, VirtualCard};
use sigillo_vchip::Chip;

use counter::{CIP, CLERK, OTHER, Office, Open, cip, code, template};

fn office() -> (tempfile::TempDir, Office, Open) {
    let folder = tempfile::tempdir().unwrap();
    let office = template().copy(&folder.path().join("office"));
    let open = office.open(1);
    (folder, office, open)
}

/// The office with the permit activated.
fn activated() -> (tempfile::TempDir, Office, Open) {
    let (folder, office, mut open) = office();
    let number = office.number();
    office.with_own_card(|card| open.desk(|desk| desk.activate(&number, card))).unwrap();
    open.hand_over_the_letter(&office);
    (folder, office, open)
}

const LOST: LossReport<'static> = LossReport { reason: "loss", reported_by: "police" };

#[test]
fn a_whole_life() {
    let (_folder, office, mut open) = office();
    let number = office.number();
    assert_eq!(open.check(&office), "check.not-issued");

    let state = office.with_own_card(|card| open.desk(|desk| desk.activate(&number, card)));
    assert_eq!(state.unwrap(), RecordState::Valid);
    assert_eq!(open.check(&office), "check.valid");
    assert_eq!(open.register_says(&office), "check.valid-by-register");
    let standing = open.store.permit_standing(&number).unwrap().unwrap();
    assert_eq!(
        standing.valid_to.as_deref(),
        Some("2036-11-01"),
        "the last day of the specimen's machine readable zone"
    );

    office.with_own_card(|card| open.desk(|desk| desk.deliver(&number, card))).unwrap();
    assert_eq!(code(office.with_own_card(|card| open.desk(|desk| desk.deliver(&number, card)))), "store.delivered");

    let told = |open: &mut Open| open.desk(|desk| desk.report_loss(&number, "Mario Rossi", "theft", &cip(CIP)));
    assert_eq!(code(told(&mut open)), "office.cip-wrong", "nobody has the letter yet");
    open.hand_over_the_letter(&office);
    told(&mut open).unwrap();
    assert_eq!(open.check(&office), "check.suspended");
    assert_eq!(code(open.desk(|desk| desk.reinstate(&number, "found"))), "store.second-person");
    open.second = Some(CLERK.to_owned());
    assert_eq!(code(open.desk(|desk| desk.reinstate(&number, "found"))), "store.second-person");
    open.second = Some(OTHER.to_owned());
    open.desk(|desk| desk.reinstate(&number, "found")).unwrap();
    assert_eq!(open.check(&office), "check.valid");

    open.now = "2036-11-01T23:59:59Z".to_owned();
    assert_eq!(open.register_says(&office), "check.valid-by-register");
    open.now = "2036-11-02T00:00:00Z".to_owned();
    assert_eq!(open.register_says(&office), "check.expired");
    open.now = "2026-11-04T09:00:00Z".to_owned();

    open.desk(|desk| desk.suspend(&number, LOST)).unwrap();
    open.desk(|desk| desk.revoke(&number, "lost-for-good")).unwrap();
    assert_eq!(open.check(&office), "check.revoked");
    assert_eq!(code(open.desk(|desk| desk.revoke(&number, "fraud"))), "permit.final");

    office.with_own_card(|card| open.desk(|desk| desk.terminate(&number, card))).unwrap();
    assert_eq!(open.check(&office), "check.revoked", "the register is the stricter one");
    let events: Vec<&str> =
        open.store.permit_history(standing.record).unwrap().iter().map(|row| row.event.name()).collect();
    assert_eq!(events, ["activate", "deliver", "suspend", "reinstate", "suspend", "revoke"]);
    assert!(open.store.all_open_intents().unwrap().is_empty());
    open.store.verify_trace(None).unwrap();
}

#[test]
fn a_card_that_is_not_fit_is_refused_before_anything_is_written() {
    let (_folder, office, mut open) = office();
    let number = office.number();
    let head = open.store.trace_head().unwrap();

    // The chip of another permit, which its own zone opens.
    let other = tempfile::tempdir().unwrap();
    let profile = sigillo_profile::Profile::parse(sigillo_profile::embedded("pse-rf").unwrap()).unwrap();
    let specimen = sigillo_specimen::form(&profile, [8; 32], jiff::civil::date(2026, 11, 2)).unwrap();
    let secret = specimen.mrz.mrz_information();
    let mut card = VirtualCard::create(&other.path().join("other.chip"), specimen.chip).unwrap();
    let opening =
        || Ok(sigillo_inspect::Request::with_mrz(sigillo_channel::bac::MrzSecret::from_mrz_information(&secret)));
    let mut at = sigillo_office::CardAtCounter { card: &mut card, opening: &opening, printed: None };
    // Another issuer too: nobody vouches for its seal.
    assert_eq!(code(open.desk(|desk| desk.activate(&number, &mut at))), "check.not-authentic");

    // With its issuer believed it is a genuine card, and none that this register knows.
    open.anchors.push(specimen.issuer.csca().clone());
    assert_eq!(code(open.desk(|desk| desk.activate(&number, &mut at))), "check.foreign-seal");

    // A chip that nobody formed answers nothing to a terminal.
    let keys = sigillo_keystore::Keystore::formation_keys(&open.keys, &[9; 10], 0x30).unwrap();
    let mut blank = VirtualCard::create(&other.path().join("blank.chip"), Chip::manufacture([9; 10], keys)).unwrap();
    let refused = office.with_card(&mut blank, |card| open.desk(|desk| desk.activate(&number, card)));
    assert_eq!(code(refused), "check.terminated", "a chip that was never formed refuses every command alike, too");

    // A day on which the permit has expired.
    open.now = "2036-11-02T09:00:00Z".to_owned();
    let expired = office.with_own_card(|card| open.desk(|desk| desk.activate(&number, card)));
    assert_eq!(code(expired), "check.expired");

    assert_eq!(open.store.trace_head().unwrap(), head);
    assert_eq!(code(open.desk(|desk| desk.revoke("I00000000", "fraud"))), "store.unknown-permit");
    assert_eq!(code(open.desk(|desk| desk.revoke(&number, "because"))), "office.reason");
    assert_eq!(code(open.desk(|desk| desk.suspend(&number, LOST))), "permit.not-active");
}

#[test]
fn a_clerk_without_the_right_terminal_changes_nothing() {
    let (_folder, office, mut open) = office();
    let number = office.number();
    // The chip does not believe a chain without its document verifier's signer.
    let folder = office.0.join("pki/certificates");
    std::fs::remove_file(folder.join("desk.cvcert")).unwrap();
    let refused = office.with_own_card(|card| open.desk(|desk| desk.activate(&number, card)));
    assert_eq!(code(refused), "pki.no-certificate");
    // A terminal that may do everything else: the chip says no, and the act ends as one that never was.
    std::fs::copy(office.0.join("pki/powerless.cvcert"), folder.join("desk.cvcert")).unwrap();
    let refused = office.with_own_card(|card| open.desk(|desk| desk.activate(&number, card)));
    assert_eq!(code(refused), "inspect.order-refused");
    assert_eq!(open.check(&office), "check.not-issued");
    assert!(open.store.all_open_intents().unwrap().is_empty());
}

/// The answer to ACTIVATE FILE was lost and the register knows nothing: the chip is recognised.
#[test]
fn an_active_chip_of_a_permit_that_is_not_issued_is_recognised() {
    let (_folder, office, mut open) = activated();
    let number = office.number();
    let before = template().copy(&office.0.with_file_name("before"));
    std::fs::copy(office.image(), before.image()).unwrap();
    let mut open_before = before.open(3);
    assert_eq!(open_before.check(&before), "check.not-issued", "the chip alone makes no permit valid");
    let state = before.with_own_card(|card| open_before.desk(|desk| desk.activate(&number, card)));
    assert_eq!(state.unwrap(), RecordState::Valid);
    assert_eq!(open_before.check(&before), "check.valid");
    assert_eq!(
        code(office.with_own_card(|card| open.desk(|desk| desk.activate(&number, card)))),
        "permit.already-active"
    );
}

/// The card takes ACTIVATE FILE and is drawn out of the field: whatever it did, silence is no answer.
#[test]
fn silence_is_no_answer() {
    /// Says nothing any more once it was told to activate, in whatever session.
    struct Withdrawn(VirtualCard, bool);
    impl Card for Withdrawn {
        fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
            self.0.reset()
        }

        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
            self.1 |= command[1] == 0x44;
            let answer = self.0.transmit(command);
            if self.1 { Err(LinkError::Removed) } else { answer }
        }
    }
    let (_folder, office, mut open) = office();
    let number = office.number();
    let mut card = Withdrawn(VirtualCard::open(&office.image()).unwrap(), false);
    let told = office.with_card(&mut card, |card| open.desk(|desk| desk.activate(&number, card)));
    assert_eq!(code(told), "office.unanswered");
    let told = office.with_card(&mut card, |card| open.desk(|desk| desk.resume(&number, Some(card))));
    assert_eq!(code(told), "office.unanswered");
    assert_eq!(sigillo_office::open_acts(&open.store).unwrap().len(), 1, "the act waits for its chip");
    drop(card);
    let ended = office.with_own_card(|card| open.desk(|desk| desk.resume(&number, Some(card)))).unwrap();
    assert!(ended.iter().all(|ended| ended.done && ended.state == RecordState::Valid) && ended.len() == 1);
    assert_eq!(open.check(&office), "check.valid");
}

/// The card was lost while its activation was in doubt: the end of the permit ends the act.
#[test]
fn an_activation_in_doubt_ends_with_its_permit() {
    let (_folder, office, mut open) = office();
    let number = office.number();
    let serial = open.store.permit_standing(&number).unwrap().unwrap().serial.unwrap();
    let by = sigillo_store::By { operator: CLERK, at: "2026-11-03T08:00:00Z", run: None };
    open.store.intent(by, sigillo_store::Act::Activate, serial, &[]).unwrap();
    assert_eq!(sigillo_office::open_acts(&open.store).unwrap().len(), 1);
    assert_eq!(code(open.desk(|desk| desk.resume(&number, None))), "office.card-missing");
    let busy = office.with_own_card(|card| open.desk(|desk| desk.activate(&number, card)));
    assert_eq!(code(busy), "store.intent-open");
    open.desk(|desk| desk.annul(&number, "lost-in-transport")).unwrap();
    assert!(sigillo_office::open_acts(&open.store).unwrap().is_empty());
    assert!(open.store.all_open_intents().unwrap().is_empty());
    assert_eq!(open.register_says(&office), "check.annulled");
}

#[test]
fn wrong_cips_limit_their_caller_and_nobody_else() {
    let (_folder, office, mut open) = activated();
    let number = office.number();
    // Well formed, and not the holder's.
    let wrong = "12345678903";
    let limit = open.rules.cip.wrong;
    for _ in 0..limit {
        assert_eq!(
            code(open.desk(|desk| desk.report_loss(&number, "Mario  ROSSI", "loss", &cip(wrong)))),
            "office.cip-wrong"
        );
    }
    for told in [wrong, CIP] {
        let limited = open.desk(|desk| desk.report_loss(&number, "mario rossi", "loss", &cip(told)));
        assert_eq!(code(limited), "office.caller-limited", "the right one too: nothing is compared");
    }
    assert_eq!(open.register_says(&office), "check.valid-by-register");

    // Another caller is not limited, nor is the office, and the limit ends.
    assert_eq!(
        code(open.desk(|desk| desk.report_loss(&number, "Anna Bianchi", "loss", &cip(wrong)))),
        "office.cip-wrong"
    );
    open.desk(|desk| desk.suspend(&number, LOST)).unwrap();
    open.second = Some(OTHER.to_owned());
    open.desk(|desk| desk.reinstate(&number, "found")).unwrap();
    open.now = "2026-11-03T10:00:01Z".to_owned();
    open.desk(|desk| desk.report_loss(&number, "Mario Rossi", "loss", &cip(CIP))).unwrap();
    assert_eq!(open.register_says(&office), "check.suspended");

    // A right CIP costs nothing, whatever the state makes of it.
    for _ in 0..=limit {
        let again = open.desk(|desk| desk.report_loss(&number, "Mario Rossi", "loss", &cip(CIP)));
        assert_eq!(code(again), "permit.suspended");
    }
    let names = std::fs::read(office.0.join("sigillo.db")).unwrap();
    assert!(!names.windows(5).any(|window| window.eq_ignore_ascii_case(b"rossi")), "no caller is named");
}

/// A number that no permit has, and a CIP that is not the permit's: one answer, and the same work. The comparison is the same by
/// construction; leaving it out would make one answer some thirty times cheaper, and no busy machine makes it ten times.
#[test]
fn a_wrong_number_cannot_be_told_from_a_wrong_cip() {
    let (_folder, office, mut open) = activated();
    let number = office.number();
    open.rules.cip.wrong = 100;
    let mut least = [u64::MAX; 2];
    // Processor time of this thread; the least of each is the work itself.
    for _ in 0..6 {
        for (asked, least) in [number.as_str(), "I00000000"].into_iter().zip(&mut least) {
            let start = processor_time();
            let refused = open.desk(|desk| desk.report_loss(asked, "caller", "loss", &cip("12345678903"))).unwrap_err();
            *least = (processor_time() - start).min(*least);
            assert_eq!((refused.code(), refused.to_string().as_str()), ("office.cip-wrong", SAID));
        }
    }
    let [wrong_cip, wrong_number] = least;
    assert!(wrong_cip.max(wrong_number) < wrong_cip.min(wrong_number) * 10, "{least:?} ns");
}

/// In nanoseconds, as Linux counts it.
fn processor_time() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

const SAID: &str = "number and CIP do not belong together";

#[test]
fn a_whole_consignment_is_annulled_or_none_of_it() {
    let (_folder, office, mut open) = office();
    let numbers = vec![office.number()];
    let annul =
        |open: &mut Open, numbers: &[String]| open.desk(|desk| desk.annul_consignment(numbers, "lost-in-transport"));
    assert_eq!(code(annul(&mut open, &numbers)), "store.second-person");
    open.second = Some(OTHER.to_owned());
    let with_a_stranger = vec![office.number(), "I00000000".to_owned(), office.number()];
    let Err(sigillo_office::OfficeError::Store(sigillo_store::StoreError::Consignment(faults))) =
        annul(&mut open, &with_a_stranger)
    else {
        panic!("a stranger in the list")
    };
    let faults: Vec<_> = faults.iter().map(|fault| (fault.line, fault.code)).collect();
    assert_eq!(faults, [(2, "store.unknown-permit"), (3, "store.named-twice")]);
    assert_eq!(open.register_says(&office), "check.not-issued");
    annul(&mut open, &numbers).unwrap();
    assert_eq!(open.check(&office), "check.annulled");
    assert_eq!(code(annul(&mut open, &[])), "store.empty-consignment");
}

#[test]
fn lists_are_read_to_the_end() {
    let list = "# lost on 3 November\nI40718263\n\n  I40718264  \r\n";
    assert_eq!(sigillo_office::parse_list(list).unwrap(), ["I40718263", "I40718264"]);
    assert_eq!(code(sigillo_office::parse_list("I40718263\nI4071 8264\n")), "office.list");
}
