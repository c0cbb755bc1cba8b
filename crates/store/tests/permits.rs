//! What offices do with permits, in both engines: needs and refusals, and two of them at the same instant.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod common;

use std::sync::Barrier;

use common::{BY, Bench, Engine, on_both_engines};
use sigillo_issuance::life_cycle::{CardState, RecordEvent, RecordState};
use sigillo_store::{Act, By, CipCaller, PermitFacts, Serial, Store, StoreError};

on_both_engines!(
    each_event_insists_on_what_it_needs,
    attempts_are_counted_by_caller_and_time,
    two_offices_at_the_same_instant,
    one_attempt_too_many_at_the_same_instant,
);

/// The permit of [`Bench::card_in`].
const NUMBER: &str = "I00030001";
const SEAL: [u8; 32] = [5; 32];
const CARD: PermitFacts<'static> = PermitFacts {
    card: Some(SEAL),
    valid_to: Some("2036-11-01"),
    reason: None,
    reported_by: None,
    attempt: None,
    second: None,
};
const NOTHING: PermitFacts<'static> =
    PermitFacts { card: None, valid_to: None, reason: None, reported_by: None, attempt: None, second: None };
const LOST: PermitFacts<'static> = PermitFacts { reason: Some("loss"), reported_by: Some("police"), ..NOTHING };

fn released(engine: Engine) -> (Bench, Serial) {
    let mut bench = Bench::new(engine);
    let (serial, _) = bench.card_in(CardState::Released);
    (bench, serial)
}

fn code<T: std::fmt::Debug>(result: Result<T, StoreError>) -> &'static str {
    result.unwrap_err().code()
}

fn each_event_insists_on_what_it_needs(engine: Engine) {
    let (mut bench, serial) = released(engine);
    let store = &mut bench.store;
    let head = store.trace_head().unwrap();
    let mut refused = |event, facts: PermitFacts<'_>| code(store.permit_event(BY, NUMBER, event, &facts));
    use RecordEvent as E;
    assert_eq!(refused(E::Activate, NOTHING), "store.other-card");
    assert_eq!(refused(E::Activate, PermitFacts { card: Some([6; 32]), ..CARD }), "store.other-card");
    assert_eq!(refused(E::Activate, PermitFacts { valid_to: None, ..CARD }), "store.validity-missing");
    assert_eq!(refused(E::Activate, CARD), "store.no-intent");
    assert_eq!(refused(E::Deliver, CARD), "permit.not-active");
    assert_eq!(refused(E::Revoke, NOTHING), "store.reason-missing");
    assert_eq!(refused(E::Annul, NOTHING), "store.reason-missing");
    assert_eq!(refused(E::Annul, PermitFacts { reason: Some("two words"), ..NOTHING }), "trace.token");
    assert_eq!(refused(E::Release, NOTHING), "permit.already-released");
    assert_eq!(code(store.permit_event(BY, "I00009999", E::Revoke, &LOST)), "store.unknown-permit");
    assert_eq!(store.trace_head().unwrap(), head, "what was refused leaves nothing");

    store.intent(BY, Act::Activate, serial, &[]).unwrap();
    assert_eq!(store.permit_event(BY, NUMBER, E::Activate, &CARD).unwrap(), RecordState::Valid);
    assert!(store.all_open_intents().unwrap().is_empty());
    store.permit_event(BY, NUMBER, E::Deliver, &CARD).unwrap();
    assert_eq!(code(store.permit_event(BY, NUMBER, E::Deliver, &CARD)), "store.delivered");
    assert_eq!(code(store.permit_event(BY, NUMBER, E::Suspend, &NOTHING)), "store.report-missing");
    store.permit_event(BY, NUMBER, E::Suspend, &LOST).unwrap();
    let found = PermitFacts { reason: Some("found"), ..NOTHING };
    assert_eq!(code(store.permit_event(BY, NUMBER, E::Reinstate, &found)), "store.second-person");
    let alone = PermitFacts { second: Some(BY.operator), ..found };
    assert_eq!(code(store.permit_event(BY, NUMBER, E::Reinstate, &alone)), "store.second-person");
    store.permit_event(BY, NUMBER, E::Reinstate, &PermitFacts { second: Some("bruno"), ..found }).unwrap();

    let standing = store.permit_standing(NUMBER).unwrap().unwrap();
    assert_eq!((standing.state, standing.valid_to.as_deref()), (RecordState::Valid, Some("2036-11-01")));
    assert_eq!(store.card_with_seal(SEAL).unwrap(), Some(serial));
    let history = store.permit_history(standing.record).unwrap();
    let told: Vec<_> = history.iter().map(|row| (row.event, row.from, row.to)).collect();
    use RecordState as S;
    assert_eq!(
        told,
        [
            (E::Activate, S::NotIssued, S::Valid),
            (E::Deliver, S::Valid, S::Valid),
            (E::Suspend, S::Valid, S::Suspended),
            (E::Reinstate, S::Suspended, S::Valid),
        ]
    );
    assert_eq!(history[3].second.as_deref(), Some("bruno"));
    store.verify_trace(None).unwrap();
}

fn attempts_are_counted_by_caller_and_time(engine: Engine) {
    let (mut bench, _) = released(engine);
    let store = &mut bench.store;
    let caller = |digest: u8, seconds| CipCaller { digest: [digest; 32], seconds, window: 60, limit: 2 };
    let first = store.count_attempt(BY, NUMBER, caller(1, 1000)).unwrap().unwrap();
    assert!(store.count_attempt(BY, "I00009999", caller(1, 1030)).unwrap().is_some());
    assert_eq!(store.count_attempt(BY, NUMBER, caller(1, 1059)).unwrap(), None);
    assert!(store.count_attempt(BY, NUMBER, caller(2, 1059)).unwrap().is_some(), "another caller");
    // The first one is a minute old, and then was right.
    assert!(store.count_attempt(BY, NUMBER, caller(1, 1060)).unwrap().is_some());
    assert_eq!(store.count_attempt(BY, NUMBER, caller(1, 1060)).unwrap(), None);
    store.attempt_was_right(BY, first).unwrap();
    assert_eq!(store.count_attempt(BY, NUMBER, caller(1, 1059)).unwrap(), None);
}

/// Eight hands, and for each of them what it does; those that are refused say why.
fn at_once<R: Send>(bench: &Bench, work: impl Fn(usize, &mut Store) -> R + Sync) -> Vec<R> {
    const HANDS: usize = 8;
    let barrier = Barrier::new(HANDS);
    let stores: Vec<Store> = (0..HANDS).map(|_| bench.second()).collect();
    std::thread::scope(|scope| {
        let (barrier, work) = (&barrier, &work);
        let hands: Vec<_> = (0..HANDS)
            .zip(stores)
            .map(|(hand, mut store)| {
                scope.spawn(move || {
                    barrier.wait();
                    work(hand, &mut store)
                })
            })
            .collect();
        hands.into_iter().map(|hand| hand.join().unwrap()).collect()
    })
}

fn two_offices_at_the_same_instant(engine: Engine) {
    let (mut bench, serial) = released(engine);
    // Everybody activates: one intent, one event.
    let outcomes = at_once(&bench, |hand, store| {
        let operator = format!("clerk-{hand}");
        let by = By { operator: &operator, ..BY };
        let intent = store.intent(by, Act::Activate, serial, &[]).map_err(|error| error.code());
        intent.and_then(|_| store.permit_event(by, NUMBER, RecordEvent::Activate, &CARD).map_err(|error| error.code()))
    });
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(done == 1, "{outcomes:?}");
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(["store.intent-open", "permit.already-active"].contains(refused), "{refused}");
    }
    // Who intended it after it was done closes what he opened.
    for row in bench.store.all_open_intents().unwrap() {
        bench.store.failed(BY, row.id, &[]).unwrap();
    }

    // Suspended, revoked, delivered, all at once: whatever came first, the story is one that the table allows.
    let outcomes = at_once(&bench, |hand, store| {
        let operator = format!("clerk-{hand}");
        let by = By { operator: &operator, ..BY };
        let (event, facts) = match hand % 4 {
            0 => (RecordEvent::Suspend, LOST),
            1 => (RecordEvent::Revoke, PermitFacts { reason: Some("fraud"), ..NOTHING }),
            2 => (RecordEvent::Deliver, CARD),
            _ => (RecordEvent::Reinstate, PermitFacts { second: Some("bruno"), ..NOTHING }),
        };
        (event, store.permit_event(by, NUMBER, event, &facts).map_err(|error| error.code()))
    });
    let standing = bench.store.permit_standing(NUMBER).unwrap().unwrap();
    assert_eq!(standing.state, RecordState::Revoked);
    let history = bench.store.permit_history(standing.record).unwrap();
    let mut state = RecordState::NotIssued;
    for row in &history {
        assert_eq!(row.from, state, "the story has no gap");
        state = state.apply(row.event).unwrap();
        assert_eq!(row.to, state);
    }
    let done = outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    assert_eq!(
        history.len(),
        done + 1,
        "every hand that was told it was done is in the story, and nobody else: {outcomes:?}"
    );
    assert_eq!(history.iter().filter(|row| row.event == RecordEvent::Revoke).count(), 1);
    bench.store.verify_trace(None).unwrap();
}

fn one_attempt_too_many_at_the_same_instant(engine: Engine) {
    let (bench, _) = released(engine);
    let caller = CipCaller { digest: [1; 32], seconds: 1000, window: 60, limit: 3 };
    let counted = at_once(&bench, |_, store| store.count_attempt(BY, NUMBER, caller).unwrap());
    assert_eq!(counted.iter().flatten().count(), 3, "nobody counts past the limit");
}
