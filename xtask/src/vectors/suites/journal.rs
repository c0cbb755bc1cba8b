//! Entries that have no canonical form.

use serde_json::json;
use sigillo_vectors::{Folder, NoteKind};

use crate::vectors::maker::{Made, Maker, own};

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    let mut suite = Maker::new(
        folder,
        "journal/trace-refusals.json",
        "journal.v1",
        &[("rfc-8785", "2020", "3.2.2.3"), ("sigillo-decisions", "0.1.0", "D11")],
        &[
            ("Number", NoteKind::Malformed, "Only integers that every program reads alike are signed."),
            ("Edge", NoteKind::Edge, "The largest and smallest of them."),
            ("Entry", NoteKind::Tampered, "An entry with a right hash that is no entry of the trace."),
        ],
    )
    .without_foreign_source(
        "RFC 8785's own samples are in journal/trace.json; refusing fractions is this project's rule",
    );
    suite.group(own());
    let digest = |number: serde_json::Value| json!({ "domain": "sigillo/v1/test", "previous": "", "entry": { "number": number } });
    for (title, number) in [("2^53 - 1", 9_007_199_254_740_991_i64), ("-(2^53 - 1)", -9_007_199_254_740_991)] {
        suite.accept(title, "Edge", "journal.digest", digest(number.into()));
    }
    suite.reject("a fraction", "Number", "journal.digest", digest(json!(4.5)), "canonical.float");
    suite.reject(
        "2^53",
        "Number",
        "journal.digest",
        digest(json!(9_007_199_254_740_992_i64)),
        "canonical.integer-too-large",
    );
    let entry = r#"{"name":"Mario Rossi","seq":1}"#;
    let hash = sigillo_crypto::sha256(&[b"sigillo/v1/trace".as_slice(), &[0; 32], entry.as_bytes()].concat());
    let entries = json!([{ "seq": 1, "entry": entry, "hash": hex::encode(hash) }]);
    suite.reject("fields that no entry has", "Entry", "journal.verify", json!({ "entries": entries }), "trace.altered");
    Ok(vec![suite.finish()?])
}
