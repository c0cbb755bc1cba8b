//! From a CVCA to fingerprints: root, document verifier and terminal in three homes, their requests as files; then a chip.

use std::fs;
use std::path::Path;

use jiff::civil::date;
use serde_json::Value;
use sigillo_crypto::SeededEntropy;
use sigillo_cvc::issue::{self, Terms};
use sigillo_cvc::{Chat, CvCertificate, Role, TerminalType};
use sigillo_profile::{Profile, embedded};
use sigillo_reader::VirtualCard;
use sigillo_specimen::form;

use crate::foreign::{cvc_request_verified, cvc_verified, openssl};
use crate::house::{House, carry};

/// A terminal's own key, as OpenSSL makes it.
fn terminal_key(house: &House, name: &str, curve: &str) {
    let arguments = [
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        &format!("ec_paramgen_curve:{curve}"),
        "-outform",
        "DER",
        "-out",
        name,
    ];
    assert!(openssl(house.0.path(), &arguments));
    house.private(name);
}

/// Root and document verifier in two homes; the certificates lie in both under the names of their references.
struct Authorities {
    cvca: House,
    dv: House,
}

impl Authorities {
    fn new(algorithm: &str) -> Self {
        let (cvca, dv) = (House::new(), House::new());
        cvca.key_of("cvca", algorithm);
        dv.key_of("dv", algorithm);
        cvca.make(&["cvca", "create", "--holder", "ITCVCA00001", "--rights", "read-dg3,read-dg4"], "ITCVCA00001");
        dv.make(&["dv", "request", "--holder", "ITDVPOL00001", "--authority", "ITCVCA00001"], "dv.cvreq");
        let request = carry(&dv, "dv.cvreq", &cvca);
        cvca.make(&["dv", "issue", "--request", &request, "--rights", "read-dg3"], "ITDVPOL00001");
        let files = ["ITCVCA00001", "ITDVPOL00001"].map(|name| carry(&cvca, name, &dv));
        dv.pki(&["dv", "install", &files[0], &files[1]]);
        Self { cvca, dv }
    }

    fn terminal(&self) -> String {
        terminal_key(&self.dv, "is.der", "P-256");
        let key = self.dv.file("is.der");
        let ask =
            ["terminal", "request", "--holder", "ITISMXP00001", "--authority", "ITDVPOL00001", "--key-file", &key];
        self.dv.make(&ask, "is.cvreq");
        let request = self.dv.file("is.cvreq");
        self.dv.make(
            &["terminal", "issue", "--key", "dv/1", "--request", &request, "--rights", "read-dg3"],
            "ITISMXP00001",
        );
        key
    }
}

/// Everything that this program makes, OpenPACE accepts; of each a tampered twin it refuses, and so do we.
#[test]
fn openpace_judges_every_certificate_and_request() {
    for algorithm in ["P-256", "brainpoolP384r1", "P-384"] {
        let of = Authorities::new(algorithm);
        let (at, home) = (of.dv.0.path(), &of.dv);
        if algorithm == "P-256" {
            of.terminal();
        }
        assert!(cvc_request_verified(at, "dv.cvreq"), "{algorithm}");
        let tampered = home.tampered("dv.cvreq");
        assert!(!cvc_request_verified(at, &tampered));
        let issue = ["dv", "issue", "--request", &carry(home, "dv.cvreq.tampered", &of.cvca), "--rights", "read-dg3"];
        let out = of.cvca.file("never");
        assert_eq!(of.cvca.refuse(&[&issue[..], &["--out", &out]].concat()), (3, "cvc.signature".to_owned()));

        let mut files = vec![home.file("ITCVCA00001"), home.file("ITDVPOL00001")];
        if algorithm == "P-256" {
            files.push(home.file("ITISMXP00001"));
        }
        for file in &files {
            assert!(cvc_verified(at, file), "{algorithm} {file}");
        }
        let all: Vec<&str> = files.iter().map(String::as_str).collect();
        assert_eq!(home.check(&all), (0, Vec::new()), "{algorithm}");
        for (place, file) in files.iter().enumerate() {
            let name = Path::new(file).file_name().unwrap().to_str().unwrap();
            let twin = home.tampered(name);
            assert!(!cvc_verified(at, &twin), "{algorithm} {name}");
            let mut with_twin = all.clone();
            with_twin[place] = &twin;
            let (exit, codes) = home.check(&with_twin);
            assert_eq!((exit, codes[0].as_str()), (1, "cvc.signature"), "{algorithm} {name}");
        }
    }
}

/// The root's successor: a link by the old key, the new key's own certificate; a chip of the old root follows.
#[test]
fn a_root_is_followed_by_its_successor() {
    let of = Authorities::new("P-256");
    of.cvca.key("cvca");
    let own = of.cvca.file("ITCVCA00002");
    let made = of.cvca.make(&["cvca", "link", "--old-key", "cvca/1", "--key", "cvca/2", "--out-root", &own], "link");
    assert_eq!(made["certificates"][0]["issuer"], "ITCVCA00001");
    assert_eq!(made["certificates"][1]["issuer"], "ITCVCA00002");
    let at = of.cvca.0.path();
    for file in ["link", "ITCVCA00002"] {
        assert!(cvc_verified(at, file), "{file}");
        let twin = of.cvca.tampered(file);
        assert!(!cvc_verified(at, &twin), "{file}");
    }
    let files = ["ITCVCA00001", "link", "ITCVCA00002"].map(|name| of.cvca.file(name));
    assert_eq!(of.cvca.check(&[&files[0], &files[1], &files[2]]), (0, Vec::new()));
    // The number of the link's holder was given.
    let again = of.cvca.refuse(&[
        "cvca",
        "create",
        "--holder",
        "ITCVCA00002",
        "--rights",
        "read-dg3",
        "--out",
        &of.cvca.file("again"),
    ]);
    assert_eq!(again.1, "pki.number-taken");
}

/// What an authority must not do, each by its rule.
#[test]
fn an_authority_refuses_what_breaks_a_rule() {
    let of = Authorities::new("P-256");
    of.dv.key("dv");
    let refused = |arguments: &[&str]| {
        let out = of.cvca.file("never");
        let (exit, error) = of.cvca.0.refuse(&[&["pki"], arguments, &["--out", &out]].concat());
        assert!(!crate::house::exists(&of.cvca.path("never")));
        (exit, error["code"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned())
    };
    let ask = |holder: &str, more: &[&str], name: &str| {
        of.dv.make(&[&["dv", "request", "--holder", holder, "--key", "dv/2"], more].concat(), name);
        carry(&of.dv, name, &of.cvca)
    };
    // A key that was certified, and a reference that was given.
    let old = of.cvca.file("dv.cvreq");
    let (exit, code, message) = refused(&["dv", "issue", "--request", &old, "--rights", "read-dg3"]);
    assert_eq!((exit, code.as_str()), (1, "pki.policy"));
    assert!(message.contains("cvc.key-reused") && message.contains("bsi-tr-03139#rekey"), "{message}");
    // Nobody is asked, and abroad without an outer signature.
    let nobody = ask("ITDVPOL00002", &[], "nobody.cvreq");
    assert!(
        refused(&["dv", "issue", "--request", &nobody, "--rights", "read-dg3"]).2.contains("cvc.request-authority")
    );
    let french = ask("FRDVPAFIT001", &["--authority", "ITCVCA00001"], "french.cvreq");
    let (_, _, message) = refused(&["dv", "issue", "--foreign", "--request", &french, "--rights", "read-dg3"]);
    assert!(message.contains("cvc.request-not-countersigned"), "{message}");
    // For too long.
    let good = ask("ITDVPOL00003", &["--authority", "ITCVCA00001"], "good.cvreq");
    let long = ["dv", "issue", "--request", &good, "--rights", "read-dg3", "--until", "2027-03-01"];
    assert!(refused(&long).2.contains("cvc.validity-period"));
    // Rights that nobody has.
    let unknown = ["dv", "issue", "--request", &good, "--rights", "read-dg9"];
    assert_eq!(refused(&unknown).1, "usage.rights");
    // What was refused took no number.
    let shown = of.cvca.make(&["dv", "issue", "--request", &good, "--rights", "read-dg3"], "ITDVPOL00003");
    assert_eq!(shown["certificates"][0]["holder"], "ITDVPOL00003");
    let numbers = of.cvca.pki(&["register"]);
    assert!(numbers["numbers"].as_array().unwrap().iter().all(|row| !row["subject"].is_null()), "{numbers}");

    // A document verifier gives no right that it does not have.
    of.terminal();
    terminal_key(&of.dv, "other.der", "P-256");
    let key = of.dv.file("other.der");
    of.dv.make(
        &["terminal", "request", "--holder", "ITISMXP00002", "--authority", "ITDVPOL00001", "--key-file", &key],
        "other.cvreq",
    );
    let request = of.dv.file("other.cvreq");
    let beyond = [
        "terminal",
        "issue",
        "--key",
        "dv/1",
        "--request",
        &request,
        "--rights",
        "read-dg3,read-dg4",
        "--out",
        &of.dv.file("never"),
    ];
    assert_eq!(of.dv.refuse(&beyond), (1, "pki.policy".to_owned()));
}

/// Two states: a French document verifier asks the Italian root; first its own root answers for it, then its certificate.
#[test]
fn a_document_verifier_of_another_state() {
    let (italy, france) = (House::new(), House::new());
    for role in ["cvca", "dv"] {
        france.key(role);
    }
    italy.key("cvca");
    italy.make(&["cvca", "create", "--holder", "ITCVCA00001", "--rights", "read-dg3"], "ITCVCA00001");
    france.make(&["cvca", "create", "--holder", "FRCVCA00001", "--rights", "read-dg3"], "FRCVCA00001");
    france.make(&["dv", "request", "--holder", "FRDVPAFIT001", "--authority", "ITCVCA00001"], "dv.cvreq");
    let request = france.file("dv.cvreq");
    france.make(
        &["dv", "countersign", &request, "--signed-by", "FRCVCA00001", "--signed-with", "cvca/1"],
        "signed.cvreq",
    );
    let request = carry(&france, "signed.cvreq", &italy);
    let known = carry(&france, "FRCVCA00001", &italy);
    let issue = ["dv", "issue", "--foreign", "--request", &request, "--rights", "read-dg3"];
    let stranger = italy.refuse(&[&issue[..], &["--out", &italy.file("never")]].concat());
    assert_eq!(stranger, (1, "pki.policy".to_owned()), "the French root is unknown");
    let shown = italy.make(&[&issue[..], &["--known", &known]].concat(), "FRDVPAFIT001");
    assert_eq!(shown["certificates"][0]["role"], "document verifier, foreign or not official");
    assert!(cvc_verified(italy.0.path(), "FRDVPAFIT001"));

    let files = ["ITCVCA00001", "FRDVPAFIT001"].map(|name| carry(&italy, name, &france));
    france.pki(&["dv", "install", &files[0], &files[1]]);
    france.key("dv");
    let next = ["dv", "request", "--holder", "FRDVPAFIT002", "--authority", "ITCVCA00001", "--key", "dv/2"];
    france.make(&[&next[..], &["--signed-by", "FRDVPAFIT001", "--signed-with", "dv/1"]].concat(), "next.cvreq");
    let request = carry(&france, "next.cvreq", &italy);
    italy.make(&["dv", "issue", "--foreign", "--request", &request, "--rights", "read-dg3"], "FRDVPAFIT002");
    assert!(cvc_verified(italy.0.path(), "FRDVPAFIT002"));
}

/// The office's chain: another type of terminals under a root of its own.
#[test]
fn an_offices_terminal() {
    let house = House::new();
    for role in ["cvca", "dv", "office-terminal"] {
        house.key(role);
    }
    let rights = "set-codes,activate,terminate";
    house
        .make(&["cvca", "create", "--for", "office", "--holder", "ITOFFICE00001", "--rights", rights], "ITOFFICE00001");
    house.make(&["dv", "request", "--holder", "ITQUEST00001", "--authority", "ITOFFICE00001"], "dv.cvreq");
    let request = house.file("dv.cvreq");
    house.make(&["dv", "issue", "--for", "office", "--request", &request, "--rights", rights], "ITQUEST00001");
    let key = ["--key", "office-terminal/1"];
    house.make(
        &[&["terminal", "request", "--holder", "ITDESK00001", "--authority", "ITQUEST00001"], &key[..]].concat(),
        "desk.cvreq",
    );
    let request = house.file("desk.cvreq");
    let made = house
        .make(&["terminal", "issue", "--for", "office", "--request", &request, "--rights", "activate"], "ITDESK00001");
    assert_eq!(made["certificates"][0]["terminals"], "issuing offices");
    assert_eq!(made["certificates"][0]["rights"], serde_json::json!(["activate"]));
    let files = ["ITOFFICE00001", "ITQUEST00001", "ITDESK00001"].map(|name| house.file(name));
    assert_eq!(house.check(&[&files[2], &files[0], &files[1]]), (0, Vec::new()));
    for file in &files {
        assert!(cvc_verified(house.0.path(), file));
    }
    // An inspection system is none of the office's.
    let mixed = ["terminal", "issue", "--request", &request, "--rights", "read-dg3", "--out", &house.file("never")];
    assert_eq!(house.refuse(&mixed).1, "pki.policy");
}

/// A chip whose trust point names our root as its successor gives its fingerprints to our terminal, and to no tampered one.
#[test]
fn our_terminal_reads_fingerprints() {
    let of = Authorities::new("P-256");
    let key = of.terminal();
    let at = &of.dv;
    let profile = Profile::parse(embedded("pse-rf-full").unwrap()).unwrap();
    let mut specimen = form(&profile, [0xB1; 32], date(2026, 11, 2)).unwrap();
    let trusted = specimen.inspection.as_ref().unwrap();
    let root = CvCertificate::decode(&of.cvca.read("ITCVCA00001")).unwrap();
    let link = issue::issue(
        Terms {
            holder: root.holder().clone(),
            template: Chat::new(TerminalType::InspectionSystem, Role::Cvca, 3),
            effective: root.effective(),
            expiration: root.expiration(),
        },
        root.public_key().clone(),
        trusted.root().holder(),
        trusted.root_key(),
        &mut SeededEntropy::new([1; 32]),
    )
    .unwrap();
    fs::write(at.path("link"), link.encode()).unwrap();
    let no_keys = || {
        let key = || sigillo_secret::SymmetricKey::new(&[0; 16]).unwrap();
        sigillo_channel::scp03::KeySet::new(key(), key(), key())
    };
    let chip = std::mem::replace(&mut specimen.chip, sigillo_vchip::Chip::manufacture([0; 10], no_keys()));
    drop(VirtualCard::create(&at.path("chip.img"), chip).unwrap());
    fs::write(at.path("mrz.txt"), specimen.mrz.lines().join("\n")).unwrap();
    fs::write(at.path("csca.der"), specimen.csca().der()).unwrap();

    let inspect = |terminal: &str| -> Value {
        let (image, mrz) = (at.file("chip.img"), at.file("mrz.txt"));
        let certificates = [at.file("link"), at.file("ITDVPOL00001"), terminal.to_owned()];
        let mut arguments =
            vec!["--json", "chip", "inspect", "--image", &image, "--mrz-file", &mrz, "--terminal-key", &key];
        certificates.iter().for_each(|file| arguments.extend(["--terminal-cert", file]));
        let output = at.0.run(&arguments);
        let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
        serde_json::from_slice(&text).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&text)))
    };
    let has_fingerprints = |report: &Value| {
        report["files"].as_array().is_some_and(|files| files.iter().any(|file| file["name"] == "EF.DG3"))
    };
    let twin = at.tampered("ITISMXP00001");
    assert!(!has_fingerprints(&inspect(&twin)));
    let report = inspect(&at.file("ITISMXP00001"));
    assert!(has_fingerprints(&report), "{report}");
}
