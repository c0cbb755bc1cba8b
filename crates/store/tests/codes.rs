//! Codes in the register: a letter comes out of each set at most once, whoever asks and whatever breaks.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Barrier, Mutex};

use common::{BY, Bench, Engine, on_both_engines, serial};
use sigillo_codes::CodesState;
use sigillo_issuance::life_cycle::CardState;
use sigillo_store::{Act, NewCodes, Phase, RecordId, Store, StoreError};

on_both_engines!(
    a_letter_is_printed_once,
    of_many_printers_one_wins,
    the_permit_must_be_valid,
    newer_codes_end_the_older_ones,
    a_printer_that_failed_leaves_a_trace,
    a_letter_in_doubt_can_be_found,
    a_cut_at_any_point_never_leaves_two_letters_nor_silence,
    an_intruder_finds_no_ciphertext_of_what_was_printed,
);

/// The document of the bench's only record.
const NUMBER: &str = "I00030001";
const CIPHERTEXT: [u8; 40] = [0xC0; 40];
const VERIFIER: [u8; 55] = [0xF1; 55];

fn a_letter_is_printed_once(engine: Engine) {
    let (mut bench, record) = issued(engine);
    let store = &mut bench.store;
    assert_eq!(states(store), ["set"]);
    assert_eq!(store.cip_verifier(NUMBER).unwrap(), None, "nobody was told the CIP");
    assert_eq!(store.codes_to_print().unwrap().len(), 1);
    let taken = store.consume_codes(BY, NUMBER, "activation").unwrap();
    assert_eq!((taken.record, taken.generation, taken.ciphertext.as_slice()), (record, 1, CIPHERTEXT.as_slice()));
    assert_eq!(refused(store.consume_codes(BY, NUMBER, "activation")), "codes.consumed");
    assert_eq!(refused(store.codes_set(BY, serial(1))), "codes.consumed");
    store.envelope_printed(BY, NUMBER, 1).unwrap();
    assert_eq!(refused(store.consume_codes(BY, NUMBER, "activation")), "codes.printed");
    assert_eq!(refused(store.envelope_printed(BY, NUMBER, 1)), "codes.printed");
    assert_eq!(refused(store.codes_lost(BY, NUMBER, 1, "printer")), "codes.printed");
    assert_eq!(store.cip_verifier(NUMBER).unwrap().unwrap(), VERIFIER);
    assert!(store.codes_due_for_reissue().unwrap().is_empty() && store.codes_to_print().unwrap().is_empty());
    let acts = acts_of_codes(store);
    assert_eq!(acts, ["codes-made", "codes-set", "codes-consumed reason=activation", "envelope-printed"]);
}

fn of_many_printers_one_wins(engine: Engine) {
    for _ in 0..3 {
        let (bench, _) = issued(engine);
        let barrier = Barrier::new(6);
        let outcomes: Vec<Result<u32, &'static str>> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..6)
                .map(|_| {
                    let (mut store, barrier) = (bench.second(), &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        let taken = store.consume_codes(BY, NUMBER, "activation");
                        taken.map(|taken| taken.generation).map_err(|error| error.code())
                    })
                })
                .collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(won, 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(1) | Err("codes.consumed"))), "{outcomes:?}");
    }
}

fn the_permit_must_be_valid(engine: Engine) {
    let (mut bench, record) = issued(engine);
    for state in ["received", "in_formation", "not_issued", "suspended", "revoked", "annulled"] {
        set_state(&bench, state);
        assert_eq!(refused(bench.store.consume_codes(BY, NUMBER, "activation")), "codes.permit-state", "{state}");
    }
    for state in ["received", "suspended", "revoked", "annulled"] {
        set_state(&bench, state);
        assert_eq!(refused(make(&mut bench.store, record, 2)), "codes.permit-state", "{state}");
    }
    set_state(&bench, "valid");
    assert_eq!(refused(bench.store.consume_codes(BY, "I99999999", "activation")), "codes.none");
    assert_eq!(refused(bench.store.consume_codes(BY, NUMBER, "two words")), "trace.token");
    assert_eq!(states(&bench.store), ["set"], "nothing of it was kept");
}

fn newer_codes_end_the_older_ones(engine: Engine) {
    let (mut bench, record) = issued(engine);
    let store = &mut bench.store;
    assert_eq!(refused(make(store, record, 1)), "codes.generation");
    assert_eq!(refused(make(store, record, 3)), "codes.generation");
    assert_eq!(store.next_codes(NUMBER).unwrap(), 2);
    make(store, record, 2).unwrap();
    assert_eq!(states(store), ["lost", "made"]);
    assert_eq!(refused(store.consume_codes(BY, NUMBER, "reissue")), "codes.not-set", "the chip may have either set");
    assert_eq!(store.codes_due_for_reissue().unwrap().len(), 1);
    store.codes_set(BY, serial(1)).unwrap();
    assert_eq!(refused(store.codes_set(BY, serial(1))), "codes.already-set");
    let acts: Vec<_> =
        store.journal_of(serial(1)).unwrap().into_iter().filter(|row| row.act == Act::SetCodes).collect();
    assert!(acts.iter().all(|row| row.phase == Phase::Done), "{acts:?}");
    assert!(store.codes_due_for_reissue().unwrap().is_empty());
    let taken = store.consume_codes(BY, NUMBER, "reissue").unwrap();
    store.envelope_printed(BY, NUMBER, taken.generation).unwrap();
    // A letter that was printed stays so when it is lost, and its CIP serves until there is a newer letter.
    make(store, record, 3).unwrap();
    assert_eq!(states(store), ["lost", "printed", "made"]);
    assert!(store.cip_verifier(NUMBER).unwrap().is_some());
}

fn a_printer_that_failed_leaves_a_trace(engine: Engine) {
    let (mut bench, _) = issued(engine);
    let store = &mut bench.store;
    assert_eq!(refused(store.envelope_printed(BY, NUMBER, 1)), "codes.not-printing");
    let taken = store.consume_codes(BY, NUMBER, "activation").unwrap();
    store.codes_lost(BY, NUMBER, taken.generation, "office.printer").unwrap();
    assert_eq!(refused(store.consume_codes(BY, NUMBER, "activation")), "codes.lost");
    assert_eq!(refused(store.envelope_printed(BY, NUMBER, 1)), "codes.lost");
    let due = store.codes_due_for_reissue().unwrap();
    assert_eq!(
        due.iter().map(|row| (row.document_number.as_str(), row.state)).collect::<Vec<_>>(),
        [(NUMBER, CodesState::Lost)]
    );
    assert_eq!(acts_of_codes(store).last().unwrap(), "codes-lost reason=office.printer");
    assert_eq!(refused(store.codes_lost(BY, NUMBER, 7, "x")), "codes.none");
}

/// A person's word ends the doubt, and nothing else: in every other state it is refused.
fn a_letter_in_doubt_can_be_found(engine: Engine) {
    let (mut bench, record) = issued(engine);
    let store = &mut bench.store;
    assert_eq!(refused(store.letter_came_out(BY, NUMBER, 1, "in-the-tray")), "codes.not-printing");
    store.consume_codes(BY, NUMBER, "activation").unwrap();
    assert_eq!(store.codes_due_for_reissue().unwrap().len(), 1);
    assert_eq!(refused(store.letter_came_out(BY, NUMBER, 2, "in-the-tray")), "codes.none");
    assert_eq!(refused(store.letter_came_out(BY, "I99999999", 1, "in-the-tray")), "codes.none");
    assert_eq!(refused(store.letter_came_out(BY, NUMBER, 1, "in the tray")), "trace.token");
    assert_eq!(states(store), ["consumed"]);
    store.letter_came_out(BY, NUMBER, 1, "in-the-tray").unwrap();
    assert_eq!(states(store), ["printed"]);
    assert!(store.codes_due_for_reissue().unwrap().is_empty() && store.codes_to_print().unwrap().is_empty());
    assert_eq!(acts_of_codes(store).last().unwrap(), "envelope-printed reason=in-the-tray");
    assert_eq!(refused(store.letter_came_out(BY, NUMBER, 1, "in-the-tray")), "codes.printed");
    assert_eq!(refused(store.envelope_printed(BY, NUMBER, 1)), "codes.printed");

    // Newer codes end the doubt about the older ones, and nothing is said of those that the chip may have.
    make(store, record, 2).unwrap();
    assert_eq!(refused(store.letter_came_out(BY, NUMBER, 2, "in-the-tray")), "codes.not-printing");
    store.codes_set(BY, serial(1)).unwrap();
    store.consume_codes(BY, NUMBER, "reissue").unwrap();
    make(store, record, 3).unwrap();
    assert_eq!(refused(store.letter_came_out(BY, NUMBER, 2, "in-the-tray")), "codes.lost");
    assert_eq!(states(store), ["printed", "lost", "made"]);
    store.verify_trace(None).unwrap();
}

/// A whole life is cut right before and right after each commit; what is resumed as the manual says ends in one letter.
fn a_cut_at_any_point_never_leaves_two_letters_nor_silence(engine: Engine) {
    let (bench, record) = issued(engine);
    let passed = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&passed);
    life(bench.second(), record, move |name| seen.lock().unwrap().push(name), &Mutex::default());
    let points = passed.lock().unwrap().clone();
    assert_eq!(points.len(), 12, "{points:?}");
    for (strike, point) in points.iter().enumerate() {
        let (bench, record) = issued(engine);
        let letters = Mutex::new(Vec::new());
        let mut left = strike;
        let cut = catch_unwind(AssertUnwindSafe(|| {
            let strike = move |_| match left {
                // Unwinding without a word: it is what the test wants.
                0 => resume_unwind(Box::new("the power is cut")),
                _ => left -= 1,
            };
            life(bench.second(), record, strike, &letters);
        }));
        assert!(cut.is_err(), "{point}");
        let letters = letters.into_inner().unwrap();
        let mut store = bench.second();
        let newest = store.codes_of(NUMBER).unwrap().pop().unwrap();
        let due = store.codes_due_for_reissue().unwrap();
        let waits = store.codes_to_print().unwrap();
        // Never without a trace: it can be printed, it was printed, or it is due.
        let is_printed = usize::from(newest.state == CodesState::Printed);
        assert_eq!(due.len() + waits.len() + is_printed, 1, "{point} leaves {newest:?}");
        // Never twice: what left the register is not printable.
        for row in store.codes_of(NUMBER).unwrap().iter().filter(|row| letters.contains(&row.generation)) {
            assert!(!row.state.has_ciphertext(), "{point}: another letter of {row:?} is possible");
        }
        if !due.is_empty() {
            let next = store.next_codes(NUMBER).unwrap();
            make(&mut store, record, next).unwrap();
            store.codes_set(BY, serial(1)).unwrap();
        }
        if is_printed == 0 {
            let taken = store.consume_codes(BY, NUMBER, "resumed").unwrap();
            assert!(!letters.contains(&taken.generation), "{point}: a second letter");
            store.envelope_printed(BY, NUMBER, taken.generation).unwrap();
        }
        assert_eq!(store.codes_of(NUMBER).unwrap().pop().unwrap().state, CodesState::Printed, "{point}");
        store.verify_trace(None).unwrap();
    }
}

fn an_intruder_finds_no_ciphertext_of_what_was_printed(engine: Engine) {
    let (mut bench, _) = issued(engine);
    let taken = bench.store.consume_codes(BY, NUMBER, "activation").unwrap();
    bench.store.envelope_printed(BY, NUMBER, taken.generation).unwrap();
    // The table itself refuses a ciphertext beside a letter, and a letter that is forgotten.
    let back = bench.intrude("UPDATE codes SET state = 'set'");
    assert!(back.is_err(), "a printed set without its ciphertext cannot be printable again");
    assert_eq!(states(&bench.store), ["printed"]);
}

/// A permit that is valid, with codes on its card.
fn issued(engine: Engine) -> (Bench, RecordId) {
    let mut bench = Bench::new(engine);
    let (_, record) = bench.card_in(CardState::Locked);
    make(&mut bench.store, record, 1).unwrap();
    bench.store.codes_set(BY, serial(1)).unwrap();
    bench.advance(CardState::Locked, serial(1), record);
    set_state(&bench, "valid");
    (bench, record)
}

/// A letter, new codes, their letter; `letters` gets what left the register.
fn life(
    mut store: Store,
    record: RecordId,
    point: impl FnMut(&'static str) + Send + 'static,
    letters: &Mutex<Vec<u32>>,
) {
    store.set_probe(Box::new(point));
    for generation in 1..=2 {
        if generation == 2 {
            make(&mut store, record, generation).unwrap();
            store.codes_set(BY, serial(1)).unwrap();
        }
        let taken = store.consume_codes(BY, NUMBER, "activation").unwrap();
        letters.lock().unwrap().push(taken.generation);
        store.envelope_printed(BY, NUMBER, taken.generation).unwrap();
    }
}

fn make(store: &mut Store, record: RecordId, generation: u32) -> Result<(), StoreError> {
    let new = NewCodes { record, serial: serial(1), generation, ciphertext: &CIPHERTEXT, verifier: &VERIFIER };
    store.codes_made(BY, new)
}

fn set_state(bench: &Bench, state: &str) {
    let [is_waiting, is_annulled] = ["received", "annulled"].map(|indexed| i32::from(state == indexed));
    let state = format!("state = '{state}', is_waiting = {is_waiting}, is_annulled = {is_annulled}");
    bench.intrude(&format!("UPDATE record SET {state}")).unwrap();
}

fn states(store: &Store) -> Vec<&'static str> {
    store.codes_of(NUMBER).unwrap().iter().map(|row| row.state.name()).collect()
}

fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>) -> &'static str {
    result.unwrap_err().code()
}

/// What the trace tells of codes, in order: act and reason.
fn acts_of_codes(store: &Store) -> Vec<String> {
    let mut acts = Vec::new();
    let read: Result<(), StoreError> = store.trace_entries(|entry| {
        let entry: serde_json::Value = serde_json::from_slice(&entry.entry).unwrap();
        let act = entry["act"].as_str().unwrap();
        if act.starts_with("codes-") || act.starts_with("envelope-") {
            let reason =
                entry["details"]["reason"].as_str().map_or(String::new(), |reason| format!(" reason={reason}"));
            acts.push(format!("{act}{reason}"));
        }
        Ok(())
    });
    read.unwrap();
    acts
}
