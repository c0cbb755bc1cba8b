//! Operators and their requests: what is refused changes nothing and is traced, what is accepted is bound to the trace, and the
//! ledger verifies all of it from trace and requests alone.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use common::{Bench, Engine, PROFILE, on_both_engines, serial};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sigillo_crypto::{HashAlgorithm, P256PrivateKey, SeededEntropy, sha256};
use sigillo_issuance::operator::{ChangeAct, Operator, OperatorKey, OperatorRole};
use sigillo_issuance::request::{ChangeRequest, Ledger, Order, SignedRequest, enrolment, founding, retirement};
use sigillo_issuance::trace::{Token, TraceEntry};
use sigillo_store::{By, RunId, Store, StoreError};

const NOW: &str = "2026-11-02T09:00:00Z";

const ANNA: By<'static> = By { operator: "anna", at: NOW, run: None };

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}

fn key_of(name: &str) -> P256PrivateKey {
    P256PrivateKey::generate(&mut SeededEntropy::new(sha256(name.as_bytes())))
}

fn operator(name: &str, roles: &[OperatorRole]) -> Operator {
    Operator::new(token(name), OperatorKey::of(&key_of(name).public()).unwrap(), roles.to_vec())
}

/// Anna and bruno keep keys and form chips, carla looks, dora is of the office.
fn founders() -> Vec<Operator> {
    use OperatorRole::{Auditor, Line, Office, SecurityOfficer};
    vec![
        operator("anna", &[Line, SecurityOfficer]),
        operator("bruno", &[Line, SecurityOfficer]),
        operator("carla", &[Auditor]),
        operator("dora", &[Office]),
    ]
}

/// A request with an identifier of its own.
fn request(operator: &str, order: &Order, number: u8) -> ChangeRequest {
    ChangeRequest::new(token(operator), now(), order.clone(), &mut SeededEntropy::new([number; 32]))
}

fn signed(request: ChangeRequest, signers: &[&str]) -> SignedRequest {
    let message = request.message();
    let mut signed = SignedRequest::unsigned(request);
    for name in signers {
        signed.sign(token(name), key_of(name).sign(HashAlgorithm::Sha256, &message).unwrap());
    }
    signed
}

fn order(act: ChangeAct, name: &str) -> Order {
    Order::new(act, name, &json!({ "plan": null })).unwrap()
}

fn present(store: &mut Store, operator: &str, order: &Order, number: u8, signers: &[&str]) {
    store.present(signed(request(operator, order, number), signers), order.clone(), now());
}

fn governed(engine: Engine) -> Bench {
    let mut bench = Bench::new(engine);
    let founders = founders();
    present(&mut bench.store, "anna", &founding(&founders).unwrap(), 0, &["anna", "bruno"]);
    bench.store.found(ANNA, &founders).unwrap();
    bench
}

fn entries(store: &Store) -> Vec<TraceEntry> {
    let mut entries = Vec::new();
    store
        .trace_entries(|stored| {
            entries.push(serde_json::from_slice(&stored.entry).unwrap());
            Ok::<_, StoreError>(())
        })
        .unwrap();
    entries
}

/// Chain and requests hold; how many requests there are.
fn verified(store: &Store) -> usize {
    store.verify_trace(None).unwrap();
    let mut ledger = Ledger::default();
    for entry in entries(store) {
        ledger
            .follow(&entry, |id| store.request(id).map_err(|error| panic!("{error}")))
            .unwrap_or_else(|fault: sigillo_issuance::request::LedgerFault| panic!("{fault}"));
    }
    ledger.accepted()
}

fn start(store: &mut Store, by: By<'_>) -> Result<RunId, StoreError> {
    store.start_run(by, None, PROFILE, None)
}

/// What is refused leaves everything as it was, but for one entry that says so.
fn refuses(bench: &mut Bench, code: &str, work: impl FnOnce(&mut Store) -> Result<(), StoreError>) {
    let (before, length) = (bench.dump(), entries(&bench.store).len());
    let refused = work(&mut bench.store).unwrap_err();
    assert_eq!(refused.code(), code);
    assert_eq!(bench.dump(), before, "{code} changed something");
    let entries = entries(&bench.store);
    assert_eq!(entries.len(), length + 1, "{code} is traced once");
    let last = entries.last().unwrap();
    assert_eq!((last.act.as_str(), last.details[&token("code")].as_str()), ("refuse", code));
    verified(&bench.store);
}

on_both_engines!(
    whoever_may_not_changes_nothing_and_is_traced,
    a_request_serves_once_also_after_a_restart,
    changes_belong_to_their_request,
    operators_come_and_go_by_two_officers,
    the_first_operators_sign_for_each_other,
);

fn whoever_may_not_changes_nothing_and_is_traced(engine: Engine) {
    let mut bench = governed(engine);
    let lot = order(ChangeAct::RunStart, "1");
    refuses(&mut bench, "store.unauthorized", |store| start(store, ANNA).map(drop));
    let present_and_start = |code, operator: &'static str, signers: &'static [&'static str], bench: &mut Bench| {
        refuses(bench, code, |store| {
            present(store, operator, &order(ChangeAct::RunStart, "1"), 1, signers);
            start(store, By { operator, ..ANNA }).map(drop)
        });
    };
    present_and_start("request.unsigned", "anna", &[], &mut bench);
    present_and_start("request.unsigned", "anna", &["bruno"], &mut bench);
    present_and_start("request.operator-unknown", "gina", &["gina"], &mut bench);
    present_and_start("request.role", "dora", &["dora"], &mut bench);
    present_and_start("request.role", "carla", &["carla"], &mut bench);

    refuses(&mut bench, "request.signature", |store| {
        let mut forged = SignedRequest::unsigned(request("anna", &lot, 2));
        let message = forged.request().message();
        forged.sign(token("anna"), key_of("mallory").sign(HashAlgorithm::Sha256, &message).unwrap());
        store.present(forged, lot.clone(), now());
        start(store, ANNA).map(drop)
    });
    for (code, asked) in [
        ("request.other-act", order(ChangeAct::ChipInit, "1")),
        ("request.other-subject", order(ChangeAct::RunStart, "2")),
        ("request.other-arguments", Order::new(ChangeAct::RunStart, "1", &json!({ "plan": "ab" })).unwrap()),
    ] {
        refuses(&mut bench, code, |store| {
            store.present(signed(request("anna", &lot, 3), &["anna"]), asked, now());
            start(store, ANNA).map(drop)
        });
    }
    refuses(&mut bench, "request.stale", |store| {
        let given = signed(request("anna", &lot, 4), &["anna"]);
        store.present(given, lot.clone(), now() + SignedDuration::from_hours(25));
        start(store, ANNA).map(drop)
    });
    refuses(&mut bench, "request.other-operator", |store| {
        present(store, "anna", &lot, 5, &["anna"]);
        start(store, By { operator: "bruno", ..ANNA }).map(drop)
    });
    refuses(&mut bench, "request.second-missing", |store| {
        let gina = operator("gina", &[OperatorRole::Line]);
        present(store, "anna", &enrolment(&gina).unwrap(), 6, &["anna"]);
        store.enrol(ANNA, &gina)
    });
    present(&mut bench.store, "anna", &lot, 7, &["anna"]);
    start(&mut bench.store, ANNA).unwrap();
    assert_eq!(verified(&bench.store), 2);
}

fn a_request_serves_once_also_after_a_restart(engine: Engine) {
    let mut bench = governed(engine);
    let lot = order(ChangeAct::RunStart, "1");
    present(&mut bench.store, "anna", &lot, 1, &["anna"]);
    start(&mut bench.store, ANNA).unwrap();
    // What belongs to the request goes on.
    start(&mut bench.store, ANNA).unwrap();
    refuses(&mut bench, "request.replayed", |store| {
        present(store, "anna", &lot, 1, &["anna"]);
        start(store, ANNA).map(drop)
    });
    bench.store = bench.second();
    refuses(&mut bench, "request.replayed", |store| {
        present(store, "anna", &lot, 1, &["anna"]);
        start(store, ANNA).map(drop)
    });
    assert!(bench.intrude("DELETE FROM request").unwrap_err().contains("append-only"));
    assert!(bench.intrude("UPDATE request SET entry = entry + 1").unwrap_err().contains("append-only"));
}

fn changes_belong_to_their_request(engine: Engine) {
    let mut bench = governed(engine);
    present(&mut bench.store, "anna", &order(ChangeAct::ChipInit, "batch-1"), 1, &["anna"]);
    bench.store.enter_card(ANNA, serial(1), "batch-1", PROFILE).unwrap();
    let entry = entries(&bench.store).pop().unwrap();
    let accepted = entries(&bench.store).into_iter().rev().find(|entry| entry.act.as_str() == "accept").unwrap();
    assert_eq!(entry.details[&token("request")].as_str(), accepted.subject.name());
    assert_eq!(accepted.details[&token("for")].as_str(), "chip.init");

    // An act does what its row touches, on what the request names.
    refuses(&mut bench, "request.other-act", |store| {
        present(store, "anna", &order(ChangeAct::SealSign, "1"), 2, &["anna"]);
        store.enter_card(ANNA, serial(2), "batch-1", PROFILE).map(drop)
    });
    refuses(&mut bench, "request.other-subject", |store| {
        present(store, "anna", &order(ChangeAct::ChipScrap, &serial(3).to_string()), 3, &["anna"]);
        store.scrap(ANNA, serial(1), &common::scrapped(sigillo_issuance::life_cycle::ScrapManner::Mute))
    });
    // The office may scrap a mute card, but not form one.
    present(&mut bench.store, "dora", &order(ChangeAct::ChipScrap, &serial(1).to_string()), 4, &["dora"]);
    let dora = By { operator: "dora", ..ANNA };
    bench.store.scrap(dora, serial(1), &common::scrapped(sigillo_issuance::life_cycle::ScrapManner::Mute)).unwrap();
    verified(&bench.store);
}

fn operators_come_and_go_by_two_officers(engine: Engine) {
    let mut bench = governed(engine);
    let gina = operator("gina", &[OperatorRole::Line]);
    present(&mut bench.store, "anna", &enrolment(&gina).unwrap(), 1, &["anna", "bruno"]);
    bench.store.enrol(ANNA, &gina).unwrap();
    // What two signed is what is enrolled: no other roles.
    refuses(&mut bench, "request.other-arguments", |store| {
        let small = operator("ida", &[OperatorRole::Line]);
        present(store, "anna", &enrolment(&small).unwrap(), 2, &["anna", "bruno"]);
        store.enrol(ANNA, &operator("ida", &[OperatorRole::SecurityOfficer]))
    });
    for (number, code, other) in [
        (3, "operator.enrolled", operator("gina", &[OperatorRole::Office])),
        (4, "operator.roles", operator("ida", &[])),
        (5, "operator.self-audit", operator("ida", &[OperatorRole::Line, OperatorRole::Auditor])),
        (6, "operator.key-taken", Operator::new(token("ida"), gina.key.clone(), vec![OperatorRole::Line])),
    ] {
        present(&mut bench.store, "anna", &enrolment(&other).unwrap(), number, &["anna", "bruno"]);
        assert_eq!(bench.store.enrol(ANNA, &other).unwrap_err().code(), code);
    }

    let mut ginas = bench.second();
    let by_gina = By { operator: "gina", ..ANNA };
    present(&mut ginas, "gina", &order(ChangeAct::RunStart, "1"), 7, &["gina"]);
    start(&mut ginas, by_gina).unwrap();
    present(&mut bench.store, "anna", &retirement("gina", "left").unwrap(), 8, &["anna"]);
    bench.store.retire(ANNA, "gina", "left").unwrap();
    // In the middle of her run.
    assert_eq!(start(&mut ginas, by_gina).unwrap_err().code(), "request.operator-retired");
    drop(ginas);
    refuses(&mut bench, "request.operator-retired", |store| {
        present(store, "gina", &order(ChangeAct::RunStart, "1"), 9, &["gina"]);
        start(store, by_gina).map(drop)
    });
    for (number, name, code) in [(10, "gina", "operator.unknown"), (11, "bruno", "operator.last-officers")] {
        present(&mut bench.store, "anna", &retirement(name, "left").unwrap(), number, &["anna"]);
        assert_eq!(bench.store.retire(ANNA, name, "left").unwrap_err().code(), code);
    }
    let rows = bench.store.operators().unwrap();
    let names: Vec<_> = rows.iter().map(|row| (row.operator.name.as_str(), row.retired_at.is_some())).collect();
    assert_eq!(names, [("anna", false), ("bruno", false), ("carla", false), ("dora", false), ("gina", true)]);
    verified(&bench.store);
}

fn the_first_operators_sign_for_each_other(engine: Engine) {
    let mut bench = Bench::new(engine);
    assert!(!bench.store.is_governed().unwrap());
    // Without operators everybody may, and the ledger asks for nothing.
    start(&mut bench.store, By { operator: "op.rossi", ..ANNA }).unwrap();
    let founders = founders();
    let asked = founding(&founders).unwrap();
    assert_eq!(bench.store.found(ANNA, &founders).unwrap_err().code(), "store.unauthorized");
    for (number, code, signers) in [
        (1, "request.second-missing", vec!["anna"]),
        (2, "request.role", vec!["anna", "dora"]),
        (3, "request.operator-unknown", vec!["anna", "gina"]),
    ] {
        present(&mut bench.store, "anna", &asked, number, &signers);
        assert_eq!(bench.store.found(ANNA, &founders).unwrap_err().code(), code);
    }
    present(&mut bench.store, "anna", &asked, 4, &["anna", "bruno"]);
    assert_eq!(bench.store.found(ANNA, &founders[..3]).unwrap_err().code(), "request.other-arguments");
    present(&mut bench.store, "anna", &asked, 4, &["anna", "bruno"]);
    bench.store.found(ANNA, &founders).unwrap();
    assert!(bench.store.is_governed().unwrap());
    present(&mut bench.store, "anna", &asked, 5, &["anna", "bruno"]);
    assert_eq!(bench.store.found(ANNA, &founders).unwrap_err().code(), "operator.founded");
    assert_eq!(verified(&bench.store), 1);
}
