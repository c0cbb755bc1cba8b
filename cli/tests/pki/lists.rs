//! Master lists and deviation lists: made, judged by OpenSSL, read and verified, and their tampered twins refused.

use std::path::Path;

use crate::foreign::{openssl, run};
use crate::house::{House, carry};

/// 2026-11-02 12:00 UTC.
const NOON: &str = "1793620800";

/// An authority with a signer of lists.
fn signer(kind: &str) -> House {
    let house = House::new();
    for role in ["csca", kind] {
        house.key(role);
    }
    house.make(&["csca", "create", "--key", "csca/2"], "csca.der");
    house.make(&["ds", "request", "--as", kind], "lists.csr");
    let request = house.file("lists.csr");
    house.make(&["csca", "sign", "--key", "csca/2", "--as", kind, "--request", &request], "lists.der");
    let (file, anchor) = (house.file("lists.der"), house.file("csca.der"));
    house.pki(&["ds", "install", &file, "--as", kind, "--csca", &anchor]);
    house
}

/// What OpenSSL finds in a signed list under the authority's certificate; `None` if it refuses. Signers of lists have a purpose
/// that OpenSSL does not know: it is told to take any.
fn content(at: &Path, list: &str) -> Option<Vec<u8>> {
    assert!(openssl(at, &["x509", "-inform", "DER", "-in", "csca.der", "-out", "csca.pem"]));
    let arguments =
        ["cms", "-verify", "-inform", "DER", "-in", list, "-attime", NOON, "-purpose", "any", "-out", "content"];
    let trust = ["-CAfile", "csca.pem", "-no-CApath", "-no-CAstore"];
    let output = run(at, "openssl", &[&arguments[..], &trust[..]].concat());
    output.status.success().then(|| std::fs::read(at.join("content")).unwrap())
}

#[test]
fn a_master_list_is_made_and_read() {
    let house = signer("master-list-signer");
    let at = house.0.path();
    let other = crate::documents::authority("P-384");
    let foreign = house.write("other.der", &other.read("csca.der"));
    let own = house.file("csca.der");
    house.make(&["master-list", "make", &own, &foreign], "ITA.ml");
    let content = content(at, "ITA.ml").unwrap();
    for certificate in ["csca.der", "other.der"] {
        let certificate = house.read(certificate);
        assert!(content.windows(certificate.len()).any(|window| window == certificate));
    }
    let list = house.file("ITA.ml");
    let read = house.pki(&["master-list", "read", &list]);
    assert_eq!((&read["roots"], &read["links"], &read["refused"]), (&2.into(), &0.into(), &0.into()));
    house.pki(&["master-list", "verify", &list, "--csca", &own]);
    assert_eq!(house.faults(&[&own, &list]), [""; 0]);
    assert_eq!(house.refuse(&["master-list", "verify", &list, "--csca", &foreign]).1, "seal.chain-unknown-issuer");
    let twin = house.tampered("ITA.ml");
    assert!(self::content(at, &twin).is_none());
    assert_eq!(house.refuse(&["master-list", "verify", &twin, "--csca", &own]).1, "seal.signature");
    let twice = house.refuse(&["master-list", "make", &own, &own, "--out", &house.file("never")]);
    assert_eq!(twice, (3, "seal.master-list".to_owned()));
    // Whoever signs documents signs no lists.
    let line = crate::documents::certified(&other, "P-256");
    let request = carry(&line, "ds.csr", &other);
    assert_eq!(
        other.refuse(&["csca", "sign", "--key", "csca/2", "--request", &request, "--out", &other.file("again.der")]).1,
        "pki.key-certified"
    );
}

#[test]
fn a_deviation_list_is_made_and_read() {
    let house = signer("deviation-list-signer");
    let at = house.0.path();
    let notes = r#"[{"kind": "2.23.136.1.1.7.2.1", "description": "wrong check digit", "document_type": "IR",
        "issued": ["2026-11-02", "2026-11-03"], "document_numbers": ["I40718263"]}]"#;
    let notes = house.write("notes.json", notes.as_bytes());
    house.make(&["deviation-list", "make", &notes], "ITA.dl");
    assert!(content(at, "ITA.dl").is_some());
    let (list, own) = (house.file("ITA.dl"), house.file("csca.der"));
    let read = house.pki(&["deviation-list", "read", &list]);
    let said = read["lists"][0]["deviations"][0].as_str().unwrap();
    assert!(said.contains("I40718263") && said.contains("wrong check digit"), "{said}");
    house.pki(&["deviation-list", "verify", &list, "--csca", &own]);
    let twin = house.tampered("ITA.dl");
    assert!(content(at, &twin).is_none());
    assert_eq!(house.refuse(&["deviation-list", "verify", &twin, "--csca", &own]).1, "seal.signature");
    for (notes, code) in
        [("[]", "seal.deviation-list"), ("[{}]", "pki.deviation"), (r#"[{"kind": "x"}]"#, "pki.deviation")]
    {
        let notes = house.write("bad.json", notes.as_bytes());
        let out = house.file("never");
        assert_eq!(house.refuse(&["deviation-list", "make", &notes, "--out", &out]), (3, code.to_owned()));
    }
}
