//! Germany's master list of April 2024, as the crate `emrtd` 0.0.2 carries it: every certificate is judged by name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::civil::date;
use serde_json::Value;
use sigillo_seal::MasterList;
use sigillo_seal::x509::{Certificate, Kind, Level, TrustStore, lint};

#[test]
fn germanys_list_is_read_and_every_refusal_has_its_reason() {
    let bytes = fs::read(emrtd().join("data/DE_ML_2024-04-10-10-54-13.ml")).expect("the list in the crate emrtd");
    let list = MasterList::decode(&bytes).unwrap();
    assert_eq!((list.certificates().len(), list.enclosed().len()), (526, 2));
    let store = TrustStore::read(list.certificates().iter().map(Vec::as_slice));

    // The list vouches for Germany's CSCA, which issued its signer.
    let day = date(2024, 5, 1).at(0, 0, 0, 0);
    assert!(list.verify(store.roots(), day).unwrap().subject().contains("csca-germany"));
    let mut twin = bytes.clone();
    twin[100_000] ^= 1;
    let twin = MasterList::decode(&twin).map(|twin| twin.verify(store.roots(), day).map(|_| ()));
    assert!(!matches!(twin, Ok(Ok(()))));

    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    for one in store.refused() {
        *refused.entry(one.error.code()).or_default() += 1;
    }
    let expected = [
        ("seal.chain-unknown-issuer", 6),
        ("seal.issuer-key-usage", 4),
        ("seal.issuer-not-authority", 9),
        ("seal.public-key", 8),
    ];
    assert_eq!(refused, BTreeMap::from(expected));
    assert_eq!((store.roots().len(), store.links().len()), (344, 155));

    // What the linter finds: how many certificates break a clause.
    let mut breaking: BTreeMap<&str, usize> = BTreeMap::new();
    let mut countries = BTreeSet::new();
    let mut clean = 0;
    for der in list.certificates() {
        let certificate = Certificate::decode(der).unwrap();
        countries.extend(certificate.country());
        let kind = if Kind::of(&certificate) == Kind::CountrySigner { Kind::CountrySigner } else { Kind::Link };
        let findings = lint(&certificate, kind);
        clean += usize::from(findings.iter().all(|finding| finding.level == Level::Should));
        let must = findings.iter().filter(|finding| finding.level == Level::Must).map(|finding| finding.clause);
        for clause in must.collect::<BTreeSet<_>>() {
            *breaking.entry(clause).or_default() += 1;
        }
    }
    assert_eq!((countries.len(), clean), (107, 231));
    let expected = [
        ("icao-9303-12#algorithms", 60),
        ("icao-9303-12#alternative-names", 18),
        ("icao-9303-12#certificate-extensions", 252),
        ("icao-9303-12#certificate-fields", 35),
        ("icao-9303-12#crl-distribution-points", 22),
        ("icao-9303-12#ec-parameters", 4),
        ("icao-9303-12#link", 47),
        ("icao-9303-12#names", 11),
    ];
    assert_eq!(breaking, BTreeMap::from(expected));
}

/// Where cargo keeps the crate: `interop/rust` depends on it, so a clean checkout downloads it there.
fn emrtd() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../interop/rust/Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(manifest)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let emrtd = packages.iter().find(|package| package["name"] == "emrtd").expect("interop/rust depends on emrtd");
    Path::new(emrtd["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}
