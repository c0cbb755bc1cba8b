//! From a CSCA that stays offline to a document: two homes, requests and certificates as files between them.

use std::fs;
use std::path::Path;

use crate::foreign::{openssl, run, says};
use crate::house::{House, carry};
use crate::workshop::repository;

/// 2026-11-02 12:00 UTC, and the same in seven years.
const NOON: &str = "1793620800";
const IN_SEVEN_YEARS: &str = "2014545600";

/// A country signing CA with a new key, in a home of its own.
pub(crate) fn authority(algorithm: &str) -> House {
    let house = House::new();
    house.key_of("csca", algorithm);
    house.make(&["csca", "create", "--key", "csca/2"], "csca.der");
    house
}

/// A line that has a signer certified by that authority, whose request and certificate went as files.
pub(crate) fn certified(csca: &House, algorithm: &str) -> House {
    let line = House::new();
    line.key_of("document-signer", algorithm);
    line.make(&["ds", "request", "--key", "document-signer/2"], "ds.csr");
    let request = carry(&line, "ds.csr", csca);
    csca.make(&["csca", "sign", "--key", "csca/2", "--request", &request], "ds.der");
    for name in ["csca.der", "ds.der"] {
        carry(csca, name, &line);
    }
    line
}

/// Whether OpenSSL verifies a certificate under an anchor at a moment.
fn verifies(at: &Path, anchor: &str, links: &[&str], certificate: &str, moment: &str) -> bool {
    for name in links.iter().chain(&[anchor, certificate]) {
        let pem = format!("{name}.pem");
        if !openssl(at, &["x509", "-inform", "DER", "-in", name, "-out", &pem]) {
            return false;
        }
    }
    let (anchor, certificate) = (format!("{anchor}.pem"), format!("{certificate}.pem"));
    let links: Vec<String> = links.iter().map(|name| format!("{name}.pem")).collect();
    let mut arguments = vec!["verify", "-attime", moment, "-no-CApath", "-no-CAstore", "-CAfile", &anchor];
    links.iter().for_each(|link| arguments.extend(["-untrusted", link]));
    arguments.push(&certificate);
    openssl(at, &arguments)
}

#[test]
fn openssl_judges_request_and_certificates_of_every_kind_of_key() {
    for (of_csca, of_signer) in [("P-256", "P-256"), ("P-384", "brainpoolP256r1"), ("RSA-3072", "P-256")] {
        let csca = authority(of_csca);
        let line = certified(&csca, of_signer);
        let at = line.0.path();
        assert!(is_request(at, "ds.csr"), "{of_signer}");
        let twin = line.tampered("ds.csr");
        assert!(!is_request(at, &twin), "{of_signer}");
        assert!(verifies(at, "csca.der", &[], "ds.der", NOON), "{of_csca} {of_signer}");
        assert!(verifies(at, "csca.der", &[], "ds.der", IN_SEVEN_YEARS), "documents are verified for ten years");
        let twin = line.tampered("ds.der");
        assert!(!verifies(at, "csca.der", &[], &twin, NOON), "{of_csca}");

        let files = [line.file("csca.der"), line.file("ds.der")];
        assert_eq!(line.faults(&[&files[0], &files[1]]), [""; 0], "{of_csca}");
        assert_eq!(line.faults(&[&files[0], &twin]), ["seal.chain-signature"]);
        assert_eq!(line.faults(&[&files[1]]), ["seal.chain-unknown-issuer"]);
    }
}

/// Whether OpenSSL verifies a request; not every version says so by its exit status.
fn is_request(at: &Path, request: &str) -> bool {
    let output = run(at, "openssl", &["req", "-inform", "DER", "-in", request, "-verify", "-noout"]);
    String::from_utf8_lossy(&output.stderr).contains("verify OK")
}

/// What this program makes departs nowhere from the profiles of ICAO, and the linter names a departure by its clause.
#[test]
fn the_linter_finds_nothing_in_what_is_made_and_a_named_curve_where_there_is_one() {
    let csca = House::explicit();
    csca.key("csca");
    csca.make(&["csca", "create", "--key", "csca/2"], "csca.der");
    csca.key("csca");
    let own = csca.file("csca-3.der");
    csca.make(&["link", "--old-key", "csca/2", "--key", "csca/3", "--out-csca", &own], "link.der");
    for (kind, name) in [("document-signer", "ds"), ("master-list-signer", "mls"), ("deviation-list-signer", "dls")] {
        csca.key(kind);
        let request = format!("{name}.csr");
        csca.make(&["ds", "request", "--as", kind], &request);
        let request = csca.file(&request);
        csca.make(&["csca", "sign", "--key", "csca/2", "--as", kind, "--request", &request], &format!("{name}.der"));
    }
    csca.make(&["crl", "make", "--key", "csca/2"], "1.crl");
    let files =
        ["csca.der", "link.der", "csca-3.der", "ds.der", "mls.der", "dls.der", "1.crl"].map(|name| csca.file(name));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    assert_eq!(csca.check(&files), (0, Vec::new()));

    let named = authority("P-256");
    let (exit, codes) = named.check(&[&named.file("csca.der")]);
    assert_eq!(exit, 1);
    assert!(codes.iter().all(|code| code.starts_with("lint.")) && !codes.is_empty(), "{codes:?}");
}

/// A whole ceremony: the offline authority certifies the line's signer, the line seals with it, a stranger verifies the chip
/// by the authority's certificate alone.
#[test]
fn a_document_is_sealed_under_an_authority_elsewhere() {
    let csca = authority("P-256");
    let line = certified(&csca, "P-256");
    line.destroy("document-signer/1");
    let anchor = line.file("csca.der");
    let certificate = line.file("ds.der");
    line.pki(&["ds", "install", &certificate, "--csca", &anchor, "--key", "document-signer/2"]);

    let lot = line.path("lot");
    fs::create_dir_all(lot.join("images")).unwrap();
    for image in fs::read_dir(repository("demo/images")).unwrap() {
        let image = image.unwrap();
        fs::copy(image.path(), lot.join("images").join(image.file_name())).unwrap();
    }
    let demo = fs::read_to_string(repository("demo/lot.jsonl")).unwrap();
    fs::write(lot.join("lot.jsonl"), demo.lines().next().unwrap().to_owned() + "\n").unwrap();
    line.0.succeed(&["lot", "import", lot.join("lot.jsonl").to_str().unwrap()]);
    line.0.succeed(&["chip", "make", "--batch", "A", "--count", "1"]);
    line.0.succeed(&["chip", "init", "--batch", "A", "--virtual", "1"]);
    line.0.succeed(&["run", "start", "--lot", "1", "--virtual", "1"]);

    let printed = line.file("print");
    line.0.succeed(&["run", "print-data", "--out", &printed]);
    let card = fs::read_dir(&printed).unwrap().next().unwrap().unwrap().path();
    let mrz = card.join("mrz.txt");
    let image = line.0.images("A").remove(0);
    let verify = |home: &House, anchor: &str| {
        let files = [&image, &mrz].map(|path| path.to_str().unwrap());
        let arguments = ["--json", "chip", "verify", "--image", files[0], "--mrz-file", files[1], "--csca", anchor];
        let output = home.0.run(&arguments);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), report["revocation"]["verdict"].as_str().unwrap_or("-").to_owned())
    };
    let stranger = House::new();
    let anchor = carry(&csca, "csca.der", &stranger);
    assert_eq!(verify(&stranger, &anchor), (0, "missing".to_owned()), "no list is here, and that is said");
    csca.pki(&["crl", "revoke", &csca.file("ds.der"), "--reason", "key-compromise"]);
    csca.make(&["crl", "make", "--key", "csca/2"], "1.crl");
    let list = carry(&csca, "1.crl", &stranger);
    stranger.pki(&["crl", "import", &list, "--csca", &anchor]);
    assert_eq!(verify(&stranger, &anchor), (1, "revoked".to_owned()));
    let other = authority("P-256");
    assert_eq!(verify(&stranger, &other.file("csca.der")).0, 1, "another anchor vouches for nothing");
}

/// The old key certifies the new one: OpenSSL walks from a signer of the new key over the link to the old anchor.
#[test]
fn a_link_leads_from_the_old_anchor_to_the_new_key() {
    let csca = authority("P-256");
    csca.key("csca");
    let own = csca.file("csca-3.der");
    csca.make(&["link", "--old-key", "csca/2", "--key", "csca/3", "--out-csca", &own], "link.der");
    let line = House::new();
    line.key("document-signer");
    line.make(&["ds", "request", "--key", "document-signer/2"], "ds.csr");
    let request = carry(&line, "ds.csr", &csca);
    csca.make(&["csca", "sign", "--key", "csca/3", "--request", &request], "ds.der");
    let at = csca.0.path();
    assert!(verifies(at, "csca-3.der", &[], "ds.der", NOON));
    assert!(verifies(at, "csca.der", &["link.der"], "link.der", NOON));
    assert!(!verifies(at, "csca.der", &[], "ds.der", NOON), "without the link there is no way");
    let twin = csca.tampered("link.der");
    assert!(!verifies(at, "csca.der", &[], &twin, NOON));
    let files = ["csca.der", "link.der", "csca-3.der", "ds.der"].map(|name| csca.file(name));
    assert_eq!(csca.faults(&[&files[0], &files[1], &files[2], &files[3]]), [""; 0]);
}

/// A holder's key: the request is the proof of possession, the permit ends the certificate, a key is certified once.
#[test]
fn a_holders_key_is_certified_and_revoked() {
    let house = House::new();
    house.key("eservices-ca");
    house.make(&["eservices", "create"], "eservices.der");
    let at = house.0.path();
    let key = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "holder.pem"];
    assert!(openssl(at, &key));
    let ask = ["req", "-new", "-key", "holder.pem", "-subj", "/CN=whatever", "-outform", "DER", "-out", "holder.csr"];
    assert!(openssl(at, &ask));
    let request = house.file("holder.csr");
    let certify = ["eservices", "certify", "--until", "2031-11-01", "--request"];
    let made = house.make(&[&certify[..], &[&request]].concat(), "holder.der");
    let made = &made["certificates"][0];
    assert_eq!(made["not_after"], "2031-11-01T23:59:59Z");
    assert!(!made["subject"].as_str().unwrap().contains("whatever"), "the authority names the holder: {made}");
    assert!(verifies(at, "eservices.der", &[], "holder.der", NOON));
    let out = ["--out", &house.file("never")];
    let again = house.refuse(&[&certify[..], &[&request], &out[..]].concat());
    assert_eq!(again, (2, "pki.key-certified".to_owned()));
    let twin = house.tampered("holder.csr");
    let forged = house.refuse(&[&certify[..], &[&twin], &out[..]].concat());
    assert_eq!(forged, (3, "seal.request-signature".to_owned()));

    // No anchor of documents vouches for a holder, and none of its signers comes from this authority.
    let holder = house.file("holder.der");
    house.pki(&["eservices", "revoke", &holder, "--reason", "cessation-of-operation"]);
    house.make(&["crl", "make", "--of", "eservices-ca", "--days", "1"], "eservices.crl");
    let text = says(at, "openssl", &["crl", "-inform", "DER", "-in", "eservices.crl", "-noout", "-text"]);
    assert!(text.contains("Cessation Of Operation"), "{text}");
}

/// PEM is read and written, and nothing is overwritten.
#[test]
fn files_are_der_or_pem_and_never_overwritten() {
    let csca = authority("P-256");
    let at = csca.0.path();
    says(at, "openssl", &["x509", "-inform", "DER", "-in", "csca.der", "-out", "csca.pem"]);
    let shown = |name: &str| csca.pki(&["show", &csca.file(name)]);
    assert_eq!(shown("csca.pem"), shown("csca.der"));
    let line = House::new();
    line.key("document-signer");
    let out = line.file("ds.pem");
    line.pki(&["ds", "request", "--key", "document-signer/2", "--pem", "--out", &out]);
    assert!(openssl(line.0.path(), &["req", "-in", "ds.pem", "-verify", "-noout"]));
    let again = line.refuse(&["ds", "request", "--key", "document-signer/2", "--out", &out]);
    assert_eq!(again, (3, "line.file".to_owned()));
    let two = [csca.read("csca.pem"), csca.read("csca.pem")].concat();
    let two = csca.write("two.pem", &two);
    assert_eq!(csca.refuse(&["show", &two]), (3, "pki.pem".to_owned()));
    let nothing = csca.write("nothing", b"hello");
    assert_eq!(csca.refuse(&["show", &nothing]), (3, "pki.unknown-object".to_owned()));
}
