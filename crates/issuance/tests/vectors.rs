//! The trace against vectors that RFC 8785 and a Python twin gave.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use serde_json::{Value, json};
use sigillo_issuance::canonical::{canonical, digest};
use sigillo_issuance::trace::{StoredEntry, TraceHead, verify};

#[test]
fn the_trace_agrees_with_the_published_vectors() {
    let suite: Value = serde_json::from_str(include_str!("../../../test-vectors/journal/trace.json")).unwrap();
    let mut tried = 0;
    for case in suite["groups"].as_array().unwrap().iter().flat_map(|group| group["cases"].as_array().unwrap()) {
        let (id, input) = (&case["id"], &case["input"]);
        let found = match case["op"].as_str().unwrap() {
            "journal.digest" => digested(input),
            "journal.verify" => verified(input),
            other => panic!("{id}: no reader for {other}"),
        };
        assert_eq!(found, case["expect"], "{id}");
        tried += 1;
    }
    assert_eq!(suite["count"], json!(tried));
}

fn digested(input: &Value) -> Value {
    let (domain, entry) = (input["domain"].as_str().unwrap(), &input["entry"]);
    let previous = hex::decode(input["previous"].as_str().unwrap()).unwrap();
    let canonical = String::from_utf8(canonical(entry).unwrap()).unwrap();
    let digest = hex::encode(digest(domain, &previous, entry).unwrap());
    json!({"result": "accept", "output": {"canonical": canonical, "digest": digest}})
}

fn verified(input: &Value) -> Value {
    let entries = input["entries"].as_array().unwrap().iter().map(|row| StoredEntry {
        seq: row["seq"].as_u64().unwrap(),
        entry: row["entry"].as_str().unwrap().as_bytes().to_vec(),
        hash: hash(&row["hash"]),
    });
    let known =
        input.get("known").map(|head| TraceHead { seq: head["seq"].as_u64().unwrap(), hash: hash(&head["hash"]) });
    match verify(entries, known) {
        Ok(head) => json!({"result": "accept", "output": {"head": {"seq": head.seq, "hash": hex::encode(head.hash)}}}),
        Err(fault) => json!({"result": "reject", "stage": "journal", "error": fault.code(), "at": fault.at()}),
    }
}

fn hash(value: &Value) -> [u8; 32] {
    hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}
