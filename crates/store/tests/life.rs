//! A card's life in the register, and everything that has to be refused on its way.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use common::{BY, Bench, Engine, GATE, LIMIT, PROFILE, SIGNER, on_both_engines, scrap, scrapped, serial};
use sigillo_issuance::life_cycle::{CardEvent, CardState, RecordState, ScrapManner};
use sigillo_store::{Act, By, Gate, Phase, RecordId, Scrapped, Serial, Store, StoreError};

on_both_engines!(
    a_card_goes_its_way_and_a_permit_names_it,
    every_method_asks_the_table_in_every_state,
    a_scrapped_card_brings_its_record_back_once,
    a_blanks_number_comes_and_goes_with_the_blank,
    a_destroyed_card_needs_a_second_person,
    a_living_permit_keeps_its_card,
    acts_are_intended_first_and_closed_once,
    what_is_not_a_technical_word_stays_out,
    runs_have_one_profile_and_an_end,
    what_is_not_there_is_named,
    a_seal_that_was_not_written_may_be_replaced,
);

fn code(result: Result<impl std::fmt::Debug, StoreError>) -> &'static str {
    result.unwrap_err().code()
}

fn a_card_goes_its_way_and_a_permit_names_it(engine: Engine) {
    let mut bench = Bench::new(engine);
    let (serial, record) = bench.card_in(CardState::Released);
    let store = &bench.store;
    let row = store.record(record).unwrap();
    assert_eq!(
        (row.state, row.remakes, row.document_number.as_deref()),
        (RecordState::NotIssued, 0, Some("I00030001"))
    );
    let permit = store.permit("I00030001").unwrap().unwrap();
    assert_eq!((permit.record, permit.serial, permit.sod_digest), (record, serial, [5; 32]));
    assert_eq!(
        (permit.waived, permit.state),
        (vec!["chip-authentication".into(), "print".into()], RecordState::NotIssued)
    );
    let card = store.card(serial).unwrap().unwrap();
    assert_eq!(
        (card.key_version, card.ca_public_key, card.dg14_digest),
        (Some(0x30), Some(vec![4; 65]), Some([2; 32]))
    );
    assert_eq!(store.card_of(record).unwrap().unwrap().serial, serial);
    assert!(store.all_open_intents().unwrap().is_empty());
    assert!(store.journal_of(serial).unwrap().iter().all(|act| act.phase == Phase::Done));
    assert_eq!(store.parts(record).unwrap(), common::parts(64));
    // import, enter, put-key, generate-key, stock, bind of both, slot twice, seal, write, lock act and event, release of both.
    assert_eq!(store.verify_trace(None).unwrap().seq, 15);
    assert_eq!(store.trace_head().unwrap().seq, 15);
}

type Step = fn(&mut Store, Serial, RecordId) -> Result<(), StoreError>;

/// Every method that moves a card, with the event whose row of the table it asks.
const STEPS: [(CardEvent, Step); 7] = [
    (CardEvent::Initialised, |store, serial, _| {
        store.key_set_replaced(BY, serial, 0x30)?;
        store.intent(BY, Act::GenerateKey, serial, &[])?;
        store.key_generated(BY, serial, &[4; 65])?;
        store.card_to_stock(BY, serial, [2; 32], None)
    }),
    (CardEvent::Bind, |store, serial, record| store.bind(BY, serial, record)),
    (CardEvent::Write, |store, serial, record| {
        let slot = store.reserve_slot(BY, SIGNER, LIMIT, serial)?;
        store.sealed(BY, serial, record, (SIGNER, slot), [5; 32])?;
        store.written(BY, serial)
    }),
    (CardEvent::Lock, |store, serial, _| {
        store.intent(BY, Act::Lock, serial, &[])?;
        store.locked(BY, serial)
    }),
    (CardEvent::ReleaseWaivingPrint, |store, serial, _| store.release(BY, serial, GATE)),
    (CardEvent::Release, |store, serial, _| store.release(BY, serial, Gate { waived: &[], ..GATE })),
    (CardEvent::Scrap(ScrapManner::LockedRefused), |store, serial, _| {
        store.scrap(BY, serial, &scrapped(ScrapManner::LockedRefused))
    }),
];

fn every_method_asks_the_table_in_every_state(engine: Engine) {
    let mut tried = 0;
    for state in CardState::ALL.into_iter().filter(|state| *state != CardState::Printed) {
        for (event, step) in STEPS {
            let mut bench = Bench::new(engine);
            let (serial, record) = bench.card_in(state);
            let outcome = step(&mut bench.store, serial, record);
            match state.apply(event) {
                Ok(next) => {
                    outcome.unwrap();
                    assert_eq!(bench.store.card(serial).unwrap().unwrap().state, next, "{state:?} {event:?}");
                }
                Err(refused) => {
                    assert_eq!(code(outcome), refused.code(), "{state:?} {event:?}");
                    assert_eq!(bench.store.card(serial).unwrap().unwrap().state, state, "{state:?} {event:?}");
                }
            }
            bench.store.verify_trace(None).unwrap();
            tried += 1;
        }
    }
    assert_eq!(tried, 49);
}

fn a_scrapped_card_brings_its_record_back_once(engine: Engine) {
    for state in [CardState::Bound, CardState::Written] {
        let mut bench = Bench::new(engine);
        let (first, record) = bench.card_in(state);
        scrap(&mut bench.store, first).unwrap();
        let row = bench.store.record(record).unwrap();
        assert_eq!(
            (row.state, row.remakes, row.document_number.as_deref()),
            (RecordState::Received, 1, Some("I00030001"))
        );
        assert_eq!(code(scrap(&mut bench.store, first)), "card.scrapped");
        assert_eq!(bench.store.record(record).unwrap().remakes, 1);
        // The remake goes to another card, and only that one is the permit's.
        let second = bench.stock(2, None);
        for step in [CardState::Stock, CardState::Bound, CardState::Written, CardState::Locked] {
            bench.advance(step, second, record);
        }
        assert_eq!(bench.store.permit("I00030001").unwrap().unwrap().serial, second);
        assert_eq!(bench.store.cards_in(CardState::Scrapped).unwrap()[0].serial, first);
    }
}

fn a_blanks_number_comes_and_goes_with_the_blank(engine: Engine) {
    let mut bench = Bench::new(engine);
    let lot = bench.lot("lot", 2, 1);
    let numbered = bench.store.next_received_for(lot, false).unwrap().unwrap().id;
    let open = bench.store.next_received_for(lot, true).unwrap().unwrap().id;
    assert!(numbered < open);
    let blank = bench.stock(1, Some("I55555555"));
    let plain = bench.stock(2, None);
    assert_eq!(code(bench.store.bind(BY, blank, numbered)), "store.blank-number");
    assert_eq!(code(bench.store.bind(BY, plain, open)), "store.blank-number");
    bench.store.bind(BY, blank, open).unwrap();
    let row = bench.store.record(open).unwrap();
    assert_eq!((row.document_number.as_deref(), row.number_from_blank), (Some("I55555555"), true));
    scrap(&mut bench.store, blank).unwrap();
    let row = bench.store.record(open).unwrap();
    assert_eq!((row.document_number, row.number_from_blank, row.state), (None, false, RecordState::Received));
    bench.store.enter_card(BY, serial(3), "batch-1", PROFILE).unwrap();
    bench.store.key_set_replaced(BY, serial(3), 0x30).unwrap();
    bench.store.intent(BY, Act::GenerateKey, serial(3), &[]).unwrap();
    bench.store.key_generated(BY, serial(3), &[4; 65]).unwrap();
    assert_eq!(code(bench.store.card_to_stock(BY, serial(3), [2; 32], Some("I55555555"))), "store.duplicate-blank");
}

fn a_destroyed_card_needs_a_second_person(engine: Engine) {
    let mut bench = Bench::new(engine);
    let (serial, _) = bench.card_in(CardState::Bound);
    for witness in [None, Some("op.rossi".to_owned())] {
        let alone = Scrapped { manner: ScrapManner::Mute, reason: "mute".into(), witness };
        assert_eq!(code(bench.store.scrap(BY, serial, &alone)), "store.witness-missing");
    }
    let terminated = scrapped(ScrapManner::Terminated);
    assert_eq!(code(bench.store.scrap(BY, serial, &terminated)), "store.no-intent");
    let slot = bench.store.reserve_slot(BY, SIGNER, LIMIT, serial).unwrap();
    bench.store.intent(BY, Act::Write, serial, &[("files", "8".into())]).unwrap();
    bench.store.scrap(BY, serial, &scrapped(ScrapManner::Mute)).unwrap();
    assert_eq!(bench.store.card(serial).unwrap().unwrap().scrapped, Some(scrapped(ScrapManner::Mute)));
    assert!(bench.store.open_intents(serial).unwrap().is_empty());
    let write = bench.store.journal_of(serial).unwrap().pop().unwrap();
    assert_eq!((write.act, write.phase), (Act::Write, Phase::Failed));
    assert_eq!((write.intended["files"].as_str(), write.outcome["scrapped"].as_str()), ("8", "mute"));
    assert_eq!(code(bench.store.void_slot(BY, SIGNER, slot)), "store.slot-not-reserved");
}

fn a_living_permit_keeps_its_card(engine: Engine) {
    let mut bench = Bench::new(engine);
    let (serial, record) = bench.card_in(CardState::Released);
    assert_eq!(code(scrap(&mut bench.store, serial)), "permit.lives");
    assert_eq!(bench.store.record(record).unwrap().state, RecordState::NotIssued);
}

fn acts_are_intended_first_and_closed_once(engine: Engine) {
    let mut bench = Bench::new(engine);
    let (serial, _) = bench.card_in(CardState::Written);
    let store = &mut bench.store;
    assert_eq!(code(store.locked(BY, serial)), "store.no-intent");
    let lock = store.intent(BY, Act::Lock, serial, &[]).unwrap();
    assert_eq!(code(store.intent(BY, Act::Lock, serial, &[])), "store.intent-open");
    assert_eq!(code(store.done(BY, lock, &[])), "store.act-changes-state");
    store.failed(BY, lock, &[("answer", "6985".into())]).unwrap();
    assert_eq!(code(store.failed(BY, lock, &[])), "store.unknown-act");
    assert_eq!(code(store.locked(BY, serial)), "store.no-intent");
    let gate = store.intent(BY, Act::Gate, serial, &[]).unwrap();
    store.intent(BY, Act::Lock, serial, &[]).unwrap();
    store.locked(BY, serial).unwrap();
    assert_eq!(code(store.release(BY, serial, GATE)), "store.acts-open");
    store.done(BY, gate, &[("checks", "9".into())]).unwrap();
    store.release(BY, serial, GATE).unwrap();
}

fn what_is_not_a_technical_word_stays_out(engine: Engine) {
    let mut bench = Bench::new(engine);
    let (serial, record) = bench.card_in(CardState::Bound);
    let store = &mut bench.store;
    assert_eq!(code(store.intent(BY, Act::Write, serial, &[("holder", "Mario Rossi".into())])), "trace.token");
    assert_eq!(code(store.bind(By { operator: "Mario Rossi", ..BY }, serial, record)), "trace.token");
}

fn runs_have_one_profile_and_an_end(engine: Engine) {
    let mut bench = Bench::new(engine);
    let lot = bench.lot("lot", 2, 2);
    let run = bench.run(lot);
    let other = bench.store.start_run(BY, Some(lot), [8; 32], None).unwrap();
    let serial = bench.stock(1, None);
    let record = bench.store.next_received(lot).unwrap().unwrap().id;
    assert_eq!(code(bench.store.bind(By { run: Some(other), ..BY }, serial, record)), "store.other-profile");
    let by = By { run: Some(run), ..BY };
    bench.store.bind(by, serial, record).unwrap();
    let write = bench.store.intent(by, Act::Write, serial, &[]).unwrap();
    assert_eq!(code(bench.store.end_run(BY, run)), "store.acts-open");
    bench.store.done(by, write, &[]).unwrap();
    bench.store.end_run(BY, run).unwrap();
    assert_eq!(code(bench.store.end_run(BY, run)), "store.run-ended");
    assert_eq!(code(bench.store.intent(by, Act::Lock, serial, &[])), "store.run-ended");
    let ended = bench.store.run(run).unwrap();
    assert_eq!((ended.lot, ended.plan_digest, ended.ended_at.is_some()), (Some(lot), Some([9; 32]), true));
    assert_eq!(bench.store.runs().unwrap().len(), 2);
}

fn what_is_not_there_is_named(engine: Engine) {
    let mut bench = Bench::new(engine);
    let (known, record) = bench.card_in(CardState::Stock);
    let store = &mut bench.store;
    let nobody = RecordId::new(99);
    assert_eq!(code(store.bind(BY, serial(9), record)), "store.unknown-card");
    assert_eq!(code(store.bind(BY, known, nobody)), "store.unknown-record");
    assert_eq!(code(store.cipher(nobody)), "store.unknown-record");
    assert_eq!(code(store.intent(BY, Act::Lock, serial(9), &[])), "store.unknown-card");
    assert_eq!(code(store.enter_card(BY, known, "batch-1", PROFILE)), "store.duplicate-card");
    assert_eq!(code(store.start_run(BY, Some(sigillo_store::LotId::new(9)), PROFILE, None)), "store.unknown-lot");
    assert_eq!(code(store.run(sigillo_store::RunId::new(9))), "store.unknown-run");
    assert_eq!(code(store.lot(sigillo_store::LotId::new(9))), "store.unknown-lot");
    assert_eq!(
        code(store.intent(By { run: Some(sigillo_store::RunId::new(9)), ..BY }, Act::Gate, known, &[])),
        "store.unknown-run"
    );
    assert_eq!(store.card(serial(9)).unwrap(), None);
    assert_eq!(store.permit("I00000000").unwrap(), None);
    store.bind(BY, known, record).unwrap();
    assert_eq!(code(store.written(BY, known)), "store.seal-missing");
    assert_eq!(code(store.sealed(BY, known, nobody, (SIGNER, 1), [5; 32])), "store.other-record");
    assert_eq!(code(store.sealed(BY, known, record, (SIGNER, 1), [5; 32])), "store.slot-not-reserved");
    store.enter_card(BY, serial(2), "batch-1", PROFILE).unwrap();
    assert_eq!(code(store.card_to_stock(BY, serial(2), [2; 32], None)), "store.key-missing");
}

fn a_seal_that_was_not_written_may_be_replaced(engine: Engine) {
    let mut bench = Bench::new(engine);
    let (serial, record) = bench.card_in(CardState::Bound);
    for digest in [[5; 32], [6; 32]] {
        let slot = bench.store.reserve_slot(BY, SIGNER, LIMIT, serial).unwrap();
        bench.store.sealed(BY, serial, record, (SIGNER, slot), digest).unwrap();
    }
    bench.store.written(BY, serial).unwrap();
    assert_eq!(bench.store.card(serial).unwrap().unwrap().sod_digest, Some([6; 32]));
    assert_eq!(bench.store.slot_counts(SIGNER).unwrap().used, 2);
}
