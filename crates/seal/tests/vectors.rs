//! The published EF.SODs, which asn1crypto and `cryptography` made: the verdict, and the first reason where it is no.
#![allow(clippy::disallowed_methods, reason = "reads the vectors")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::{Date, DateTime};
use serde_json::Value;
use sigillo_seal::VerificationPolicy;
use sigillo_seal::passive::{self, Outcome};
use sigillo_seal::x509::Certificate;
use sigillo_seal::{DocumentSecurityObject, LdsSecurityObject};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors")
}

fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => hex::decode(text).unwrap(),
        blob => {
            let name = blob["sha256"].as_str().unwrap();
            let bytes = fs::read(root().join("blobs").join(name)).unwrap();
            assert_eq!(hex::encode(sigillo_crypto::sha256(&bytes)), name);
            bytes
        }
    }
}

/// A vector gives a day; its noon is meant.
fn moment(day: &str) -> DateTime {
    day.parse::<Date>().unwrap().at(12, 0, 0, 0)
}

/// Judges one case; `Err` is the code of the first check that failed.
fn verify(input: &Value) -> Result<DocumentSecurityObject, String> {
    let ef_sod = bytes(&input["ef_sod"]);
    let trust: Vec<Certificate> =
        input["trust"].as_array().unwrap().iter().map(|anchor| Certificate::decode(&bytes(anchor)).unwrap()).collect();
    let groups: Vec<(u8, Vec<u8>)> = input["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (u8::try_from(group["number"].as_u64().unwrap()).unwrap(), bytes(&group["content"])))
        .collect();
    let groups: Vec<(u8, &[u8])> = groups.iter().map(|(number, file)| (*number, file.as_slice())).collect();
    let takes =
        |name: &str| input.get("old_algorithms").is_some_and(|taken| taken.as_array().unwrap().contains(&name.into()));
    let policy = VerificationPolicy { sha1: takes("sha1"), sha224: takes("sha224") };
    let now = moment(input["now"].as_str().unwrap());
    for check in passive::verify(&ef_sod, &trust, &groups, now, &policy) {
        if let Outcome::Failed { code } = check.outcome {
            return Err(code.to_owned());
        }
    }
    Ok(DocumentSecurityObject::decode(&ef_sod).unwrap())
}

#[test]
fn every_published_seal_is_judged_as_published() {
    for name in ["verify", "algorithms", "irregular"] {
        let suite = fs::read(root().join(format!("sod/{name}.json"))).unwrap();
        let suite: Value = serde_json::from_slice(&suite).unwrap();
        let cases = suite["groups"].as_array().unwrap().iter().flat_map(|group| group["cases"].as_array().unwrap());
        let judged = cases.map(judge).count();
        assert_eq!(suite["count"], judged);
        assert!(judged > 0);
    }
}

fn judge(case: &Value) {
    assert_eq!(case["op"], "sod.verify");
    let (id, expected) = (&case["id"], &case["expect"]);
    match verify(&case["input"]) {
        Ok(sod) => {
            assert_eq!(expected["result"], "accept", "{id}");
            let lds: &LdsSecurityObject = sod.lds();
            let output = &expected["output"];
            let numbers: Vec<u8> = lds.hashes().keys().copied().collect();
            assert_eq!(serde_json::json!(numbers), output["groups"], "{id}");
            assert_eq!(lds.lds_version().map_or("0107", |info| info.lds()), output["lds_version"], "{id}");
            let noted: Vec<&str> = sod.irregularities().iter().map(|noted| noted.name()).collect();
            let published = output.get("irregularities").cloned().unwrap_or_else(|| serde_json::json!([]));
            assert_eq!(serde_json::json!(noted), published, "{id}");
            assert_eq!(lds.encode(), sod.content(), "{id}");
        }
        Err(code) => {
            assert_eq!((&expected["result"], &expected["error"]), (&"reject".into(), &Value::from(code)), "{id}");
        }
    }
}
