//! Requests: their octets, their judgement, and the ledger that finds every request behind a trace.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use sigillo_crypto::{HashAlgorithm, P256PrivateKey, SeededEntropy, sha256};
use sigillo_issuance::life_cycle::{Actor, CardEvent, RecordEvent};
use sigillo_issuance::operator::{ChangeAct, Operator, OperatorKey, OperatorRole};
use sigillo_issuance::request::{
    AHEAD, ChangeRequest, FRESH_FOR, Ledger, LedgerFault, Order, RequestId, RequestRefused, SignedRequest, enrolment,
    founding, judge,
};
use sigillo_issuance::trace::{Subject, Token, TraceEntry};

const NOW: &str = "2026-11-02T09:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}

/// The key of a person: the same for the same name.
fn key_of(name: &str) -> P256PrivateKey {
    P256PrivateKey::generate(&mut SeededEntropy::new(sha256(name.as_bytes())))
}

fn operator(name: &str, roles: &[OperatorRole]) -> Operator {
    Operator::new(token(name), OperatorKey::of(&key_of(name).public()).unwrap(), roles.to_vec())
}

/// Anna is of the line, bruno of the office, carla looks, dario and elena keep the keys; fabio is retired.
fn everybody() -> BTreeMap<Token, Option<Operator>> {
    use OperatorRole::{Auditor, Line, Office, SecurityOfficer};
    let living = [
        operator("anna", &[Line]),
        operator("bruno", &[Office]),
        operator("carla", &[Auditor]),
        operator("dario", &[SecurityOfficer, Line]),
        operator("elena", &[SecurityOfficer]),
    ];
    let living = living.into_iter().map(|operator| (operator.name.clone(), Some(operator)));
    living.chain([(token("fabio"), None)]).collect()
}

fn order(act: ChangeAct, name: &str) -> Order {
    Order::new(act, name, &json!({ "station": "virtual" })).unwrap()
}

fn signed(operator: &str, order: Order, signers: &[&str]) -> SignedRequest {
    let request = ChangeRequest::new(token(operator), now(), order, &mut SeededEntropy::new([7; 32]));
    let message = request.message();
    let mut signed = SignedRequest::unsigned(request);
    for name in signers {
        signed.sign(token(name), key_of(name).sign(HashAlgorithm::Sha256, &message).unwrap());
    }
    signed
}

fn refusal(signed: &SignedRequest, asked: &Order, at: Timestamp) -> &'static str {
    judge(signed, asked, at, &everybody()).unwrap_err().code()
}

#[test]
fn the_octets_of_a_request_are_fixed() {
    let signed = signed("anna", order(ChangeAct::RunStart, "1"), &[]);
    let arguments = hex::encode(sha256(br#"{"station":"virtual"}"#));
    let id = signed.request().id;
    let expected = format!(
        r#"{{"act":"run.start","arguments":"{arguments}","at":"2026-11-02T09:00:00Z","id":"{id}","operator":"anna","subject":"lot/1","v":1}}"#
    );
    let message = String::from_utf8(signed.request().message()).unwrap();
    assert_eq!(message, format!("sigillo/v1/request{expected}"));
    assert_eq!(signed.request().digest(), sha256(message.as_bytes()));
    let file = String::from_utf8(signed.encode()).unwrap();
    assert_eq!(file, format!("{{\"request\":{expected},\"signatures\":{{}},\"v\":1}}"));
}

#[test]
fn a_good_request_is_accepted_and_says_what_it_is_for() {
    let order = order(ChangeAct::RunStart, "1");
    let authority = judge(&signed("anna", order.clone(), &["anna"]), &order, now(), &everybody()).unwrap();
    assert_eq!((authority.operator.as_str(), &authority.order), ("anna", &order));
    authority.covers(&Subject::Run { id: 9 }).unwrap();
    authority.speaks_for(&token("anna")).unwrap();
    authority.is_one_of(CardEvent::Lock.actors()).unwrap();
    let code = |result: Result<(), RequestRefused>| result.unwrap_err().code();
    assert_eq!(code(authority.speaks_for(&token("bruno"))), "request.other-operator");
    assert_eq!(code(authority.covers(&Subject::Operator { name: token("anna") })), "request.other-act");
    assert_eq!(code(authority.is_one_of(RecordEvent::Activate.actors())), "request.role");
}

#[test]
fn a_request_covers_the_one_thing_that_it_names() {
    let order = order(ChangeAct::ChipScrap, "00010203040506070809");
    let authority = judge(&signed("bruno", order.clone(), &["bruno"]), &order, now(), &everybody()).unwrap();
    authority.covers(&Subject::Card { serial: token("00010203040506070809") }).unwrap();
    authority.covers(&Subject::Record { id: 3 }).unwrap();
    let other = authority.covers(&Subject::Card { serial: token("00010203040506070800") });
    assert_eq!(other.unwrap_err().code(), "request.other-subject");
    authority.is_one_of(&[Actor::Line, Actor::Office]).unwrap();
    assert_eq!(authority.is_one_of(&[Actor::Line]).unwrap_err().code(), "request.role");
}

#[test]
fn every_wrong_request_is_refused_by_its_name() {
    let asked = order(ChangeAct::RunStart, "1");
    let good = |signers: &[&str]| signed("anna", asked.clone(), signers);
    assert_eq!(refusal(&good(&[]), &asked, now()), "request.unsigned");
    assert_eq!(refusal(&good(&["dario"]), &asked, now()), "request.unsigned");
    assert_eq!(refusal(&signed("bruno", asked.clone(), &["bruno"]), &asked, now()), "request.role");
    assert_eq!(refusal(&signed("gina", asked.clone(), &["gina"]), &asked, now()), "request.operator-unknown");
    assert_eq!(refusal(&signed("fabio", asked.clone(), &["fabio"]), &asked, now()), "request.operator-retired");
    assert_eq!(refusal(&good(&["anna"]), &order(ChangeAct::RunStart, "2"), now()), "request.other-subject");
    assert_eq!(refusal(&good(&["anna"]), &order(ChangeAct::RunResume, "1"), now()), "request.other-act");
    let others = Order::new(ChangeAct::RunStart, "1", &json!({ "station": "reader" })).unwrap();
    assert_eq!(refusal(&good(&["anna"]), &others, now()), "request.other-arguments");

    let mut forged = good(&[]);
    let message = forged.request().message();
    forged.sign(token("anna"), key_of("bruno").sign(HashAlgorithm::Sha256, &message).unwrap());
    assert_eq!(refusal(&forged, &asked, now()), "request.signature");
    // A signature of anna's, over another request of hers.
    let mut moved = good(&[]);
    let other = signed("anna", order(ChangeAct::RunStart, "2"), &["anna"]);
    moved.sign(token("anna"), other.signatures()[&token("anna")].clone());
    assert_eq!(refusal(&moved, &asked, now()), "request.signature");
}

#[test]
fn two_persons_are_two_and_both_may() {
    let asked = enrolment(&operator("gina", &[OperatorRole::Office])).unwrap();
    let by = |signers: &[&str]| signed("dario", asked.clone(), signers);
    judge(&by(&["dario", "elena"]), &asked, now(), &everybody()).unwrap();
    assert_eq!(refusal(&by(&["dario"]), &asked, now()), "request.second-missing");
    assert_eq!(refusal(&by(&["dario", "anna"]), &asked, now()), "request.role");
    assert_eq!(refusal(&by(&["dario", "fabio"]), &asked, now()), "request.operator-retired");
    assert_eq!(refusal(&by(&["elena"]), &asked, now()), "request.unsigned");
}

#[test]
fn a_request_serves_for_a_day() {
    let asked = order(ChangeAct::RunStart, "1");
    let given = signed("anna", asked.clone(), &["anna"]);
    let second = SignedDuration::from_secs(1);
    for (at, fresh) in [
        (now() + FRESH_FOR, true),
        (now() + FRESH_FOR + second, false),
        (now() - AHEAD, true),
        (now() - AHEAD - second, false),
    ] {
        let judged = judge(&given, &asked, at, &everybody());
        assert_eq!(judged.err().map(|refused| refused.code()), (!fresh).then_some("request.stale"), "{at}");
    }
}

#[test]
fn only_one_sequence_of_octets_is_a_request() {
    let given = signed("anna", order(ChangeAct::RunStart, "1"), &["anna"]);
    let octets = given.encode();
    assert_eq!(SignedRequest::decode(&octets), Ok(given));
    let text = String::from_utf8(octets).unwrap();
    let code = |text: &str| SignedRequest::decode(text.as_bytes()).unwrap_err().code();
    for (from, to, expected) in [
        ("\"signatures\":{", "\"signatures\": {", "request.form"),
        ("\"v\":1}", "\"v\":1} ", "request.form"),
        ("09:00:00Z", "09:00:00.0Z", "request.form"),
        ("09:00:00Z", "10:00:00+01:00", "request.form"),
        ("\"operator\":\"anna\"", "\"operator\":\"Anna Rossi\"", "request.form"),
        ("\"operator\":\"anna\"", "\"operator\":\"anna\",\"operator\":\"anna\"", "request.form"),
        ("\"subject\":\"lot/1\"", "\"subject\":\"card/1\"", "request.subject"),
        ("\"act\":\"run.start\"", "\"act\":\"run.stop\"", "request.act"),
        (",\"v\":1},\"signatures\"", ",\"v\":2},\"signatures\"", "request.version"),
        ("\"v\":1}", "\"v\":1,\"w\":1}", "request.form"),
        ("\"},\"v\":1}", "\"},\"v\":2}", "request.version"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert_eq!(code(&changed), expected, "{to}");
    }
    assert_eq!(code(&" ".repeat(5000)), "request.form");
}

#[test]
fn three_signatures_are_no_request() {
    let given = signed("dario", order(ChangeAct::RunStart, "1"), &["anna", "dario", "elena"]);
    assert_eq!(SignedRequest::decode(&given.encode()), Err(RequestRefused::Form));
}

#[test]
fn what_has_no_technical_name_is_no_subject() {
    let code = |name: &str| Order::new(ChangeAct::RunStart, name, &Value::Null).unwrap_err().code();
    assert_eq!(code("Mario Rossi"), "request.subject");
    assert_eq!(code(&"1".repeat(200)), "request.subject");
    assert_eq!(Order::new(ChangeAct::RunStart, "1", &json!(1.5)).unwrap_err().code(), "request.form");
}

/// A trace of a register that was founded by dario and elena, and the requests behind it.
struct Book {
    entries: Vec<TraceEntry>,
    requests: BTreeMap<RequestId, Vec<u8>>,
}

impl Book {
    fn founded() -> Self {
        let founders =
            [operator("dario", &[OperatorRole::SecurityOfficer]), operator("elena", &[OperatorRole::SecurityOfficer])];
        let given = signed("dario", founding(&founders).unwrap(), &["dario", "elena"]);
        let mut book = Self { entries: Vec::new(), requests: BTreeMap::new() };
        for founder in founders {
            let roles = founder.roles_text().clone();
            let details = [("key", founder.key.text()), ("roles", roles), ("request", given.request().id.to_string())];
            book.add("dario", Subject::Operator { name: founder.name }, "enrol", &details);
        }
        book.accept(&given);
        book
    }

    fn add(&mut self, operator: &str, subject: Subject, act: &str, details: &[(&str, String)]) {
        let seq = self.entries.len() as u64 + 1;
        let details = details.iter().map(|(name, value)| (token(name), token(value))).collect();
        let (from, to) = (None, None);
        let (at, operator, act) = (token(NOW), token(operator), token(act));
        self.entries.push(TraceEntry { v: 1, seq, at, operator, subject, act, from, to, details });
    }

    fn accept(&mut self, given: &SignedRequest) {
        let request = given.request();
        self.requests.insert(request.id, given.encode());
        let id = token(&request.id.to_string());
        let digest = hex::encode(request.digest());
        self.add(request.operator.as_str(), Subject::Request { id }, "accept", &[("digest", digest)]);
    }

    fn verdict(&self) -> Result<usize, LedgerFault> {
        let mut ledger = Ledger::default();
        for entry in &self.entries {
            ledger.follow(entry, |id| Ok::<_, LedgerFault>(self.requests.get(&id).cloned()))?;
        }
        Ok(ledger.accepted())
    }
}

#[test]
fn a_ledger_finds_the_request_of_every_change() {
    let mut book = Book::founded();
    assert_eq!(book.verdict(), Ok(1));
    let gina = operator("gina", &[OperatorRole::Line]);
    let mut given = signed("dario", enrolment(&gina).unwrap(), &["dario", "elena"]);
    // Another identifier than the founding's: the same entropy would give the same.
    let request = ChangeRequest { id: RequestId::parse(&"ab".repeat(16)).unwrap(), ..given.request().clone() };
    let message = request.message();
    given = SignedRequest::unsigned(request);
    for name in ["dario", "elena"] {
        given.sign(token(name), key_of(name).sign(HashAlgorithm::Sha256, &message).unwrap());
    }
    book.accept(&given);
    let id = given.request().id.to_string();
    let details = [("key", gina.key.text()), ("roles", gina.roles_text()), ("request", id.clone())];
    book.add("dario", Subject::Operator { name: gina.name.clone() }, "enrol", &details);
    book.add("gina", Subject::Operator { name: gina.name.clone() }, "refuse", &[("code", "request.role".into())]);
    assert_eq!(book.verdict(), Ok(2));

    let with = |change: &dyn Fn(&mut Book)| {
        let mut other = Book { entries: book.entries.clone(), requests: book.requests.clone() };
        change(&mut other);
        let fault = other.verdict().unwrap_err();
        (fault.at(), fault.code())
    };
    let id = given.request().id;
    assert_eq!(with(&|book| drop(book.requests.remove(&id))), (4, "trace.request-missing"));
    assert_eq!(with(&|book| book.requests.get_mut(&id).unwrap()[40] ^= 1), (4, "trace.request-altered"));
    let alone = |book: &mut Book| {
        let mut single = SignedRequest::unsigned(given.request().clone());
        single.sign(token("dario"), given.signatures()[&token("dario")].clone());
        book.requests.insert(id, single.encode());
    };
    assert_eq!(with(&alone), (4, "request.second-missing"));
    assert_eq!(with(&|book| book.add("gina", Subject::Run { id: 1 }, "start", &[])), (7, "trace.unauthorized"));
    let foreign = |book: &mut Book| book.add("dario", Subject::Run { id: 1 }, "start", &[("request", id.to_string())]);
    assert_eq!(with(&foreign), (7, "trace.unauthorized"));
    assert_eq!(with(&|book| book.accept(&given)), (7, "trace.unauthorized"));
    assert_eq!(with(&|book| drop(book.entries.remove(2))), (4, "trace.unauthorized"));
}

proptest! {
    #[test]
    fn any_octets_are_refused_or_read_back(octets in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(request) = SignedRequest::decode(&octets) {
            prop_assert_eq!(request.encode(), octets);
        }
    }

    /// A flipped bit is no request, or another one: then its signature does not verify.
    #[test]
    fn any_flipped_bit_is_seen(place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let asked = order(ChangeAct::RunStart, "1");
        let mut octets = signed("anna", asked.clone(), &["anna"]).encode();
        let place = place.index(octets.len());
        octets[place] ^= 1 << bit;
        if let Ok(request) = SignedRequest::decode(&octets) {
            prop_assert_eq!(request.encode(), octets);
            prop_assert!(judge(&request, &asked, now(), &everybody()).is_err());
        }
    }
}
