//! Python's `cryptography` and asn1crypto take everything, explicit curve parameters too, and refuse every twin.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sigillo_crypto::{EcParameters, KeyAlgorithm};
use tempfile::TempDir;

use crate::country::{Everything, twins};

#[test]
fn python_takes_everything_and_refuses_the_twins() {
    for (kind, parameters) in [
        (KeyAlgorithm::P256, EcParameters::Explicit),
        (KeyAlgorithm::P384, EcParameters::Named),
        (KeyAlgorithm::BrainpoolP256r1, EcParameters::Explicit),
        (KeyAlgorithm::BrainpoolP512r1, EcParameters::Explicit),
        (KeyAlgorithm::Rsa2048, EcParameters::Named),
    ] {
        let all = Everything::new(kind, parameters);
        let [right, renamed, resigned] = [(); 3].map(|()| TempDir::new().unwrap());
        for (name, object) in all.files() {
            fs::write(right.path().join(name), object).unwrap();
            let [first, second] = twins(object);
            fs::write(renamed.path().join(name), first).unwrap();
            fs::write(resigned.path().join(name), second).unwrap();
        }
        let count = all.files().len();
        let verdicts = judge(right.path(), right.path());
        assert_eq!(verdicts.len(), count, "{verdicts:?}");
        assert!(verdicts.iter().all(|(_, verdict)| verdict == "passed"), "{kind:?} {verdicts:?}");
        for twins in [renamed, resigned] {
            let verdicts = judge(right.path(), twins.path());
            assert_eq!(verdicts.len(), count);
            assert!(verdicts.iter().all(|(_, verdict)| verdict.starts_with("failed")), "{kind:?} {verdicts:?}");
        }
    }
}

/// Judges the objects of one folder with the issuers of another.
fn judge(issuers: &Path, objects: &Path) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join("target/venv/bin/python");
    assert!(python.exists(), "{} is missing: scripts/setup test makes it", python.display());
    let output = Command::new(python)
        .arg(root.join("interop/python/judge_pki.py"))
        .args([issuers, objects])
        .output()
        .expect("Python runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let verdicts: Value = serde_json::from_str(&said)
        .unwrap_or_else(|error| panic!("{error}: {said}{}", String::from_utf8_lossy(&output.stderr)));
    let verdicts = verdicts.as_object().unwrap();
    verdicts.iter().map(|(name, verdict)| (name.clone(), verdict.as_str().unwrap().to_owned())).collect()
}
