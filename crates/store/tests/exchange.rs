//! The outbox and the messages of partners, in both engines: order, identity, numbers without gap, and a stop at any point.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::{BY, Bench, Engine, on_both_engines, parts};
use serde_json::Value;
use sigillo_crypto::sha256;
use sigillo_issuance::canonical::digest;
use sigillo_issuance::life_cycle::{CardState, RecordEvent};
use sigillo_store::{
    Incoming, LotId, LotMeta, NewPartner, NewRecord, Outgoing, PermitFacts, Receives, Store, StoreError,
};

on_both_engines!(
    events_of_a_document_come_in_order_and_name_the_one_before,
    a_destination_moves_on_and_never_back,
    messages_stand_in_their_row,
    what_goes_out_is_kept_byte_for_byte,
    a_stop_at_any_point_leaves_a_whole_row,
    partners_are_known_by_certificates_of_their_own,
);

const NUMBER: &str = "I00030001";
const ZEROS: [u8; 32] = [0; 32];

fn code<T: std::fmt::Debug>(result: Result<T, StoreError>) -> &'static str {
    result.unwrap_err().code()
}

fn events_of_a_document_come_in_order_and_name_the_one_before(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.card_in(CardState::Released);
    let store = &mut bench.store;
    let lost = PermitFacts {
        card: None,
        valid_to: None,
        reason: Some("loss"),
        reported_by: None,
        attempt: None,
        second: None,
    };
    // Refused: nothing is told that did not happen.
    assert_eq!(code(store.permit_event(BY, NUMBER, RecordEvent::Deliver, &lost)), "permit.not-active");
    store.permit_event(BY, NUMBER, RecordEvent::Revoke, &lost).unwrap();
    let rows = store.outbox_after(0, 100).unwrap();
    let mut previous = ZEROS;
    let mut told = Vec::new();
    for (n, row) in (1..).zip(&rows) {
        let mut body: Value = serde_json::from_slice(&row.body).unwrap();
        assert_eq!(
            row.id,
            digest("sigillo/v1/notification", &previous, &body).unwrap(),
            "whoever has the body finds the id"
        );
        assert_eq!(body["previous"], hex::encode(previous));
        assert_eq!((body["n"].as_u64(), body["document"].as_str()), (Some(n), Some(NUMBER)));
        let members = body.as_object_mut().unwrap();
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        assert_eq!(names, ["at", "document", "event", "n", "previous", "record", "state", "v"], "nothing more is told");
        told.push((body["event"].as_str().unwrap().to_owned(), body["state"].as_str().unwrap().to_owned()));
        previous = row.id;
    }
    let expected = [("formed", "not_issued"), ("revoked", "revoked")];
    assert_eq!(told, expected.map(|(event, state)| (event.to_owned(), state.to_owned())));
    assert_eq!(store.outbox_end().unwrap(), rows[1].number);
    assert_eq!(store.outbox_after(rows[0].number, 100).unwrap(), rows[1..]);
    assert_eq!(store.outbox_after(0, 1).unwrap(), rows[..1]);
}

fn a_destination_moves_on_and_never_back(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.card_in(CardState::Released);
    let store = &mut bench.store;
    let end = store.outbox_end().unwrap();
    assert_eq!(store.outbox_acknowledged("permits").unwrap(), 0);
    assert_eq!(code(store.outbox_acknowledge(BY, "permits", end + 1)), "exchange.unknown-event");
    assert_eq!(code(store.outbox_acknowledge(BY, "two words", end)), "trace.token");
    store.outbox_acknowledge(BY, "permits", end).unwrap();
    let head = store.trace_head().unwrap();
    store.outbox_acknowledge(BY, "permits", end).unwrap();
    store.outbox_acknowledge(BY, "permits", 0).unwrap();
    assert_eq!(store.trace_head().unwrap(), head, "said again, it changes nothing");
    assert_eq!(store.outbox_readers().unwrap(), [("permits".to_owned(), end)]);
}

fn messages_stand_in_their_row(engine: Engine) {
    let mut bench = with_partner(engine);
    let store = &mut bench.store;
    assert_eq!(code(store.check_incoming(&message(2, ZEROS))), "exchange.gap");
    assert_eq!(code(store.check_incoming(&message(0, ZEROS))), "exchange.gap");
    assert_eq!(code(store.check_incoming(&message(1, [9; 32]))), "exchange.previous");
    assert_eq!(
        code(store.check_incoming(&Incoming { partner: "nobody", ..message(1, ZEROS) })),
        "exchange.unknown-partner"
    );
    let lot = lot_in(store, &message(1, ZEROS)).unwrap();
    assert_eq!(code(lot_in(store, &message(1, ZEROS))), "exchange.repeated");
    assert_eq!(code(lot_in(store, &Incoming { digest: [8; 32], ..message(1, ZEROS) })), "exchange.number-reused");
    assert_eq!(code(lot_in(store, &message(3, digest_of(2)))), "exchange.gap");
    assert_eq!(code(lot_in(store, &message(2, ZEROS))), "exchange.previous");
    // A lot that does not end takes no number.
    let mut import = store.begin_lot(BY, LotMeta { name: "lot", digest: [1; 32] }).unwrap();
    import.came_in(&message(2, digest_of(1))).unwrap();
    drop(import);
    assert_eq!(store.partner("ssce").unwrap().next_in, 2);
    lot_in(store, &message(2, digest_of(1))).unwrap();
    let rows = store.messages("ssce").unwrap();
    assert_eq!(rows.iter().map(|row| (row.number, row.lot.is_some())).collect::<Vec<_>>(), [(1, true), (2, true)]);
    assert_eq!(rows[0].lot, Some(lot));
    assert_eq!(store.unanswered_lots("ssce").unwrap().len(), 2);
    store.refused_message(BY, None, &[3; 32], "seal.not-recipient").unwrap();
    store.verify_trace(None).unwrap();
}

fn what_goes_out_is_kept_byte_for_byte(engine: Engine) {
    let mut bench = with_partner(engine);
    lot_in(&mut bench.store, &message(1, ZEROS)).unwrap();
    bench.card_in(CardState::Released);
    let store = &mut bench.store;
    let partner = store.partner("ssce").unwrap();
    let events = store.events_for(&partner, 0, 100).unwrap();
    assert!(events.is_empty(), "the lot of the card is not the partner's");
    let mut all = partner;
    all.receives = Receives::All;
    let end = store.outbox_end().unwrap();
    assert_eq!(store.events_for(&all, 0, 100).unwrap().last().unwrap().0.number, end);
    let out = Outgoing { partner: "ssce", number: 1, digest: [5; 32], sent: end, answered: 1, file: b"file 1" };
    store.sent(BY, &out).unwrap();
    assert_eq!(code(store.sent(BY, &out)), "exchange.overtaken");
    assert_eq!(code(store.sent(BY, &Outgoing { number: 3, ..out })), "exchange.overtaken");
    assert_eq!(store.unwritten_messages("ssce").unwrap(), vec![1_u64]);
    store.written_message(BY, "ssce", 1).unwrap();
    assert!(store.unwritten_messages("ssce").unwrap().is_empty());
    assert_eq!(store.sent_file("ssce", 1).unwrap(), b"file 1");
    assert_eq!(code(store.sent_file("ssce", 2)), "exchange.unknown-message");
    assert!(store.unanswered_lots("ssce").unwrap().is_empty());
    // Acknowledged, and with it the events that it held.
    let done = |digest| [(1, digest)];
    let refused = store.acknowledged(BY, &message(2, digest_of(1)), &done([6; 32]));
    assert_eq!(code(refused), "exchange.unknown-message");
    assert_eq!(store.partner("ssce").unwrap().next_in, 2, "what is refused takes no number");
    store.acknowledged(BY, &message(2, digest_of(1)), &done([5; 32])).unwrap();
    assert_eq!(store.outbox_acknowledged("ssce").unwrap(), end);
    store.sent(BY, &Outgoing { number: 2, digest: [7; 32], file: b"file 2", ..out }).unwrap();
    let partner = store.partner("ssce").unwrap();
    assert_eq!((partner.next_out, partner.last_out, partner.sent), (3, [7; 32], end));
}

/// Each act is stopped right before and right after its commit; done again, no number is left out and none is taken twice.
fn a_stop_at_any_point_leaves_a_whole_row(engine: Engine) {
    let acts: [Act; 4] = [
        |store| store.add_partner(BY, &partner()),
        |store| lot_in(store, &message(1, ZEROS)).map(drop),
        |store| {
            let out = Outgoing { partner: "ssce", number: 1, digest: [5; 32], sent: 0, answered: 1, file: b"file" };
            store.sent(BY, &out)
        },
        |store| store.acknowledged(BY, &message(2, digest_of(1)), &[(1, [5; 32])]),
    ];
    for stopped in 0..acts.len() {
        for point in ["before", "after"] {
            let bench = Bench::new(engine);
            for (number, act) in acts.iter().enumerate() {
                let mut store = bench.second();
                if number == stopped {
                    let suffix = format!("/{point}");
                    store.set_probe(Box::new(move |at| assert!(!at.ends_with(&suffix), "stopped here")));
                    catch_unwind(AssertUnwindSafe(|| act(&mut store))).unwrap_err();
                    drop(store);
                    store = bench.second();
                    match act(&mut store) {
                        Ok(()) => assert_eq!(point, "before"),
                        Err(done) => {
                            let again = ["exchange.partner-exists", "exchange.repeated", "exchange.overtaken"];
                            assert!(point == "after" && again.contains(&done.code()), "{point}: {done}");
                        }
                    }
                } else {
                    act(&mut store).unwrap();
                }
            }
            let store = bench.second();
            let partner = store.partner("ssce").unwrap();
            assert_eq!((partner.next_in, partner.next_out), (3, 2), "act {stopped}, {point}");
            assert_eq!((partner.last_in, partner.last_out), (digest_of(2), [5; 32]));
            let numbers: Vec<(bool, u64)> =
                store.messages("ssce").unwrap().iter().map(|row| (row.is_incoming, row.number)).collect();
            assert_eq!(numbers, [(true, 1), (true, 2), (false, 1)]);
            assert_eq!(store.lots().unwrap().len(), 1);
            store.verify_trace(None).unwrap();
        }
    }
}

fn partners_are_known_by_certificates_of_their_own(engine: Engine) {
    let mut bench = with_partner(engine);
    let store = &mut bench.store;
    assert_eq!(code(store.add_partner(BY, &partner())), "exchange.partner-exists");
    let signers = [([0xA2; 32], b"second".to_vec())];
    let other = NewPartner { name: "permits", receives: Receives::All, signers: &signers, ..partner() };
    store.add_partner(BY, &other).unwrap();
    let taken = [([0xA1; 32], b"first".to_vec())];
    assert_eq!(code(store.renew_partner(BY, &NewPartner { signers: &taken, ..other })), "exchange.signer-known");
    assert_eq!(code(store.renew_partner(BY, &NewPartner { name: "nobody", ..other })), "exchange.unknown-partner");
    let newer = [([0xA3; 32], b"third".to_vec())];
    store.renew_partner(BY, &NewPartner { signers: &newer, ..other }).unwrap();
    let expected = [("permits".to_owned(), b"third".to_vec()), ("ssce".to_owned(), b"first".to_vec())];
    assert_eq!(store.partner_signers().unwrap(), expected);
    assert_eq!(store.partners().unwrap().len(), 2);
}

/// Something that is stopped, and done again.
type Act = fn(&mut Store) -> Result<(), StoreError>;

fn with_partner(engine: Engine) -> Bench {
    let mut bench = Bench::new(engine);
    bench.store.add_partner(BY, &partner()).unwrap();
    bench
}

fn partner() -> NewPartner<'static> {
    static SIGNERS: std::sync::OnceLock<Vec<([u8; 32], Vec<u8>)>> = std::sync::OnceLock::new();
    let signers = SIGNERS.get_or_init(|| vec![([0xA1; 32], b"first".to_vec())]);
    NewPartner { name: "ssce", own_name: "line", receives: Receives::Own, encryption: b"certificate", signers }
}

fn digest_of(number: u64) -> [u8; 32] {
    sha256(&number.to_be_bytes())
}

fn message(number: u64, previous: [u8; 32]) -> Incoming<'static> {
    Incoming { partner: "ssce", number, previous, digest: digest_of(number) }
}

/// A lot of one record, in a message.
fn lot_in(store: &mut Store, incoming: &Incoming<'_>) -> Result<LotId, StoreError> {
    let name = format!("ssce-{}", incoming.number);
    let mut import = store.begin_lot(BY, LotMeta { name: &name, digest: incoming.digest })?;
    import.came_in(incoming)?;
    let pratica_digest = sha256(name.as_bytes());
    import.add(&NewRecord { line: 1, document_number: None, pratica_digest, parts: parts(64) })?;
    import.commit()
}
