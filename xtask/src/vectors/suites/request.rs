//! Requests of operators: good ones, and each way to be wrong. The keys are TEST keys, drawn from the names.

use serde_json::{Value, json};
use sigillo_crypto::{HashAlgorithm, P256PrivateKey, SeededEntropy, sha256};
use sigillo_issuance::operator::{ChangeAct, OperatorKey};
use sigillo_issuance::request::{ChangeRequest, Order, SignedRequest};
use sigillo_issuance::trace::Token;
use sigillo_vectors::{Folder, NoteKind};

use crate::vectors::maker::{Made, Maker, own};

const NOW: &str = "2026-11-02T09:00:00Z";

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    let mut suite = Maker::new(
        folder,
        "journal/requests.json",
        "request.v1",
        &[("rfc-8785", "2020", "3.2"), ("sigillo-decisions", "0.1.0", "D10")],
        &[
            ("Good", NoteKind::Basic, "Signed by who asks, and by a second person where the table of acts wants one."),
            ("Form", NoteKind::Malformed, "One sequence of octets is a request."),
            ("Forged", NoteKind::Tampered, "A signature by another key, over another request, or none."),
            ("Person", NoteKind::Tampered, "Somebody who is not enrolled, is retired, or has no role for it."),
            ("Other", NoteKind::Tampered, "A good request, for something else."),
            ("Edge", NoteKind::Edge, "The first and the last second in which a request serves."),
        ],
    )
    .without_foreign_source("the requests are this project's; RFC 8785's own samples are in journal/trace.json");
    suite.group(own());
    let one = order(ChangeAct::RunStart, "1")?;
    let two = order(ChangeAct::PermitReinstate, "17")?;
    let run = signed("anna", &one, &["anna"])?;
    let case = |signed: &SignedRequest, asked: &Order, now: &str| judged(&text(signed), asked, now);
    suite.accept("one person", "Good", OP, case(&run, &one, NOW));
    suite.accept("two persons", "Good", OP, case(&signed("bruno", &two, &["bruno", "dora"])?, &two, NOW));
    for (title, now) in [("the last second", "2026-11-03T09:00:00Z"), ("a clock ahead", "2026-11-02T08:55:00Z")] {
        suite.accept(title, "Edge", OP, case(&run, &one, now));
    }
    for (title, now) in [("a second too late", "2026-11-03T09:00:01Z"), ("from the future", "2026-11-02T08:54:59Z")] {
        suite.reject(title, "Edge", OP, case(&run, &one, now), "request.stale");
    }

    let octets = text(&run);
    for (title, from, to, code) in [
        ("a blank", ":{", ": {", "request.form"),
        ("a member twice", "{\"request\"", "{\"v\":1,\"request\"", "request.form"),
        ("another member", "{\"act\"", "{\"a\":1,\"act\"", "request.form"),
        ("a moment written otherwise", "09:00:00Z", "10:00:00+01:00", "request.form"),
        ("an act that is none", "run.start", "run.stop", "request.act"),
        ("another kind of subject", "lot/1", "run/1", "request.subject"),
        ("another version", "},\"v\":1}", "},\"v\":2}", "request.version"),
    ] {
        suite.reject(title, "Form", OP, judged(&octets.replacen(from, to, 1), &one, NOW), code);
    }

    suite.reject("nobody signed", "Forged", OP, case(&signed("anna", &one, &[])?, &one, NOW), "request.unsigned");
    let by_another = signed("anna", &one, &["dora"])?;
    suite.reject("signed by another", "Forged", OP, case(&by_another, &one, NOW), "request.unsigned");
    suite.reject("another key", "Forged", OP, case(&stamped("anna", &one, "dora")?, &one, NOW), "request.signature");
    let changed = octets.replacen("lot/1", "lot/2", 1);
    let lot_two = order(ChangeAct::RunStart, "2")?;
    suite.reject("another subject signed", "Forged", OP, judged(&changed, &lot_two, NOW), "request.signature");

    for (title, name, code) in [
        ("never enrolled", "gina", "request.operator-unknown"),
        ("retired", "fabio", "request.operator-retired"),
        ("an auditor", "carla", "request.role"),
        ("the office", "bruno", "request.role"),
    ] {
        suite.reject(title, "Person", OP, case(&signed(name, &one, &[name])?, &one, NOW), code);
    }
    let alone = signed("bruno", &two, &["bruno"])?;
    suite.reject("one person of two", "Person", OP, case(&alone, &two, NOW), "request.second-missing");
    let wrong_second = signed("bruno", &two, &["bruno", "anna"])?;
    suite.reject("a second of another role", "Person", OP, case(&wrong_second, &two, NOW), "request.role");

    suite.reject("another act", "Other", OP, case(&run, &order(ChangeAct::ChipMake, "1")?, NOW), "request.other-act");
    suite.reject("another subject", "Other", OP, case(&run, &lot_two, NOW), "request.other-subject");
    let arguments = Order { arguments: [0; 32], ..one.clone() };
    suite.reject("other arguments", "Other", OP, case(&run, &arguments, NOW), "request.other-arguments");
    Ok(vec![suite.finish()?])
}

fn order(act: ChangeAct, name: &str) -> Made<Order> {
    Order::new(act, name, &json!({ "plan": null })).map_err(|error| error.to_string())
}

fn signed(operator: &str, order: &Order, signers: &[&str]) -> Made<SignedRequest> {
    let mut signed = SignedRequest::unsigned(request(operator, order)?);
    for name in signers {
        signed.sign(token(name)?, signature(name, &signed.request().message())?);
    }
    Ok(signed)
}

/// Signed in the operator's name by another's key.
fn stamped(operator: &str, order: &Order, key: &str) -> Made<SignedRequest> {
    let mut signed = SignedRequest::unsigned(request(operator, order)?);
    signed.sign(token(operator)?, signature(key, &signed.request().message())?);
    Ok(signed)
}

fn request(operator: &str, order: &Order) -> Made<ChangeRequest> {
    let at = NOW.parse().map_err(|_| "the moment is none".to_owned())?;
    let mut entropy = SeededEntropy::new(sha256(operator.as_bytes()));
    Ok(ChangeRequest::new(token(operator)?, at, order.clone(), &mut entropy))
}

fn signature(name: &str, message: &[u8]) -> Made<Vec<u8>> {
    key(name).sign(HashAlgorithm::Sha256, message).map_err(|error| error.to_string())
}

fn judged(signed: &str, asked: &Order, now: &str) -> Value {
    let enrolled = |name: &str, roles: &[&str]| {
        let key = OperatorKey::of(&key(name).public()).map(|key| key.text()).unwrap_or_default();
        json!({ "key": key, "roles": roles })
    };
    json!({
        "signed": signed,
        "asked": { "act": asked.act.name(), "subject": asked.subject.as_str(), "arguments": hex::encode(asked.arguments) },
        "now": now,
        "operators": {
            "anna": enrolled("anna", &["line"]), "bruno": enrolled("bruno", &["office"]),
            "carla": enrolled("carla", &["auditor"]), "dora": enrolled("dora", &["office", "security-officer"]),
            "fabio": null,
        },
    })
}

fn key(name: &str) -> P256PrivateKey {
    P256PrivateKey::generate(&mut SeededEntropy::new(sha256(name.as_bytes())))
}

fn text(signed: &SignedRequest) -> String {
    String::from_utf8_lossy(&signed.encode()).into_owned()
}

fn token(text: &str) -> Made<Token> {
    Token::parse(text).map_err(|error| error.to_string())
}

const OP: &str = "request.judge";
