//! Requests of operators, and the judgement over a stranger's.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::json;
use sigillo_crypto::{HashAlgorithm, P256PrivateKey, SeededEntropy};
use sigillo_issuance::operator::{ChangeAct, Operator, OperatorKey, OperatorRole};
use sigillo_issuance::request::{ChangeRequest, Order, RequestRefused, SignedRequest, judge};
use sigillo_issuance::trace::Token;

/// What decodes encodes to the same octets; the judgement accepts the seeds and nothing else.
pub(crate) fn signed_request(bytes: &[u8]) {
    let Ok(signed) = SignedRequest::decode(bytes) else { return };
    assert_eq!(signed.encode(), bytes, "one sequence of octets is a request");
    let request = signed.request();
    let judged = judge(&signed, &request.order, request.at, &OFFICERS);
    if !seeds().iter().any(|seed| seed == bytes) {
        assert!(judged.is_err(), "nobody else has these keys");
    }
    let later = judge(&signed, &request.order, Timestamp::MAX, &OFFICERS);
    assert_eq!(later.unwrap_err(), RequestRefused::Stale);
}

/// A request of one person, and one of two.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
        vec![signed(ChangeAct::RunStart, &["anna"]), signed(ChangeAct::OperatorEnrol, &["anna", "bruno"])]
    });
    SEEDS.clone()
}

static OFFICERS: LazyLock<BTreeMap<Token, Option<Operator>>> = LazyLock::new(|| {
    let officers = ["anna", "bruno"].map(|name| {
        let key = OperatorKey::of(&key(name).public()).expect("a key on P-256");
        Operator::new(token(name), key, OperatorRole::ALL.to_vec())
    });
    officers.into_iter().map(|officer| (officer.name.clone(), Some(officer))).collect()
});

fn signed(act: ChangeAct, signers: &[&str]) -> Vec<u8> {
    let order = Order::new(act, "1", &json!({})).expect("a technical word");
    let at = "2026-11-02T09:00:00Z".parse().expect("a moment");
    let request = ChangeRequest::new(token("anna"), at, order, &mut SeededEntropy::new([9; 32]));
    let message = request.message();
    let mut signed = SignedRequest::unsigned(request);
    for name in signers {
        signed.sign(token(name), key(name).sign(HashAlgorithm::Sha256, &message).expect("P-256 with SHA-256"));
    }
    signed.encode()
}

fn key(name: &str) -> P256PrivateKey {
    P256PrivateKey::generate(&mut SeededEntropy::new([name.as_bytes()[0]; 32]))
}

fn token(text: &str) -> Token {
    Token::parse(text).expect("a technical word")
}
