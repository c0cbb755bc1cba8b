//! What an authority keeps to beyond the rules of chips, each rule broken once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod pki;

use std::sync::LazyLock;

use pki::{certificate, day, ec_key, entropy, name, p256, root, rsa_key, terms};
use sigillo_crypto::{Curve, HashAlgorithm, ecdsa_signature_to_der};
use sigillo_cvc::issue::{self, Terms};
use sigillo_cvc::policy::{Finding, Validity, check, check_request, check_terms};
use sigillo_cvc::{
    CertificateRequest, Chat, CvCertificate, CvPrivateKey, Role, RsaScheme, TerminalType, UnsignedRequest, VerifyingKey,
};

use Role::{Cvca, DvDomestic, DvForeign, Terminal};

static KEYS: LazyLock<Vec<CvPrivateKey>> = LazyLock::new(|| (1..=5).map(p256).collect());

fn first_root() -> CvCertificate {
    root(terms("ITCVCA00001", Cvca, 3, "260101", "281231"), &KEYS[0])
}

fn verifier(holder: &str, role: Role, rights: u8, effective: &str, expiration: &str) -> CvCertificate {
    certificate(terms(holder, role, rights, effective, expiration), &KEYS[1], "ITCVCA00001", &KEYS[0])
}

fn terminal(holder: &str, rights: u8, effective: &str, expiration: &str) -> CvCertificate {
    certificate(terms(holder, Terminal, rights, effective, expiration), &KEYS[2], "ITDVPOL00001", &KEYS[1])
}

fn codes(findings: &[Finding]) -> Vec<(String, &'static str)> {
    findings.iter().map(|finding| (finding.holder.to_string(), finding.rule.code())).collect()
}

fn found(certificates: &[&CvCertificate], date: &str) -> Vec<(String, &'static str)> {
    let certificates: Vec<CvCertificate> = certificates.iter().map(|certificate| (*certificate).clone()).collect();
    let findings = check(&certificates, day(date));
    for finding in &findings {
        assert!(finding.rule.clause().starts_with("bsi-tr-031"), "{finding:?}");
        assert!(!finding.rule.to_string().is_empty());
    }
    codes(&findings)
}

#[test]
fn days_are_counted_through_months_and_leap_years() {
    for (from, days, to) in [
        ("260101", 0, "260101"),
        ("260101", 30, "260131"),
        ("260131", 1, "260201"),
        ("260228", 1, "260301"),
        ("280228", 1, "280229"),
        ("261231", 1, "270101"),
        ("260101", 1461, "300101"),
    ] {
        assert_eq!(day(from).plus_days(days).unwrap(), day(to), "{from} {days}");
    }
    for (from, months, to) in
        [("260131", 1, "260228"), ("280131", 1, "280229"), ("261115", 3, "270215"), ("260630", 36, "290630")]
    {
        assert_eq!(day(from).plus_months(months).unwrap(), day(to), "{from} {months}");
    }
    assert_eq!(day("991231").plus_days(1).unwrap_err().code(), "cvc.date");
    assert_eq!(day("991201").plus_months(1).unwrap_err().code(), "cvc.date");
}

/// 4.7: the shortest and the longest of each role, and a day less and more.
#[test]
fn validity_periods() {
    for (role, effective, expiration, allowed) in [
        (Cvca, "260101", "260630", true),
        (Cvca, "260101", "260629", false),
        (Cvca, "260101", "290101", true),
        (Cvca, "260101", "290102", false),
        (DvDomestic, "260101", "260114", true),
        (DvDomestic, "260101", "260113", false),
        (DvForeign, "260101", "260401", true),
        (DvForeign, "260101", "260402", false),
        (Terminal, "260101", "260101", true),
        (Terminal, "260102", "260101", false),
        (Terminal, "260131", "260228", true),
        (Terminal, "260131", "260301", false),
    ] {
        assert_eq!(Validity::of(role).allows(day(effective), day(expiration)), allowed, "{role:?} {expiration}");
        let last = Validity::of(role).last_day(day(effective)).unwrap();
        assert!(Validity::of(role).allows(day(effective), last));
    }
    assert!(Validity::of(Cvca).allows(day("980101"), day("991231")), "the calendar ends before the longest does");
}

/// 3.1: five characters, counted up.
#[test]
fn sequence_numbers_count_up() {
    for (of, next) in [
        ("ITCVCA00001", Some("ITCVCA00002")),
        ("ITCVCA00999", Some("ITCVCA01000")),
        ("ITCVCA99999", None),
        ("ITDVFR000", None),
        ("FRDVPAFIT009", Some("FRDVPAFIT00A")),
        ("FRDVPAFIT00Z", Some("FRDVPAFIT010")),
        ("FRDVPAFITZZZ", None),
    ] {
        let successor = sigillo_cvc::HolderReference::decode(of.as_bytes()).unwrap().successor();
        if of == "ITDVFR000" {
            // The sequence number is FR000: the country stays.
            assert_eq!(successor.unwrap().to_string(), "ITDVFR001");
        } else {
            assert_eq!(successor.map(|successor| successor.to_string()).as_deref(), next, "{of}");
        }
    }
}

#[test]
fn a_chain_that_breaks_nothing_in_any_order() {
    let (root, verifier, terminal) = (
        first_root(),
        verifier("ITDVPOL00001", DvDomestic, 3, "260201", "260430"),
        terminal("ITISMXP00001", 1, "260301", "260331"),
    );
    let link = certificate(terms("ITCVCA00002", Cvca, 3, "260301", "281231"), &KEYS[3], "ITCVCA00001", &KEYS[0]);
    let own = issue::self_signed(terms("ITCVCA00002", Cvca, 3, "260301", "281231"), &KEYS[3], &mut entropy()).unwrap();
    let foreign =
        certificate(terms("FRDVPAFIT001", DvForeign, 1, "260301", "260401"), &KEYS[4], "ITCVCA00002", &KEYS[3]);
    for chain in [
        [&root, &verifier, &terminal, &link, &own, &foreign],
        [&foreign, &own, &link, &terminal, &verifier, &root],
        [&link, &terminal, &foreign, &root, &verifier, &own],
    ] {
        assert_eq!(found(&chain, "260315"), []);
    }
}

#[test]
fn each_rule_is_broken_once() {
    let root = first_root();
    let good = verifier("ITDVPOL00001", DvDomestic, 3, "260201", "260430");
    let on = |terms: Terms| certificate(terms, &KEYS[1], "ITCVCA00001", &KEYS[0]);
    let alone = |certificate: &CvCertificate, date: &str| found(&[&root, certificate], date);
    let it = |code| vec![("ITDVPOL00001".to_owned(), code)];

    assert_eq!(
        alone(&verifier("ITDVPOL00001", DvDomestic, 3, "260201", "260531"), "260215"),
        it("cvc.validity-period")
    );
    assert_eq!(
        alone(&verifier("ITDVPOL00001", DvDomestic, 7, "260201", "260430"), "260215"),
        it("cvc.rights-beyond-issuer")
    );
    assert_eq!(
        alone(&verifier("ITDVPOL00001", DvDomestic, 3, "281101", "290115"), "281215"),
        it("cvc.outlives-issuer")
    );
    assert_eq!(alone(&good, "260501"), it("cvc.expired"));
    assert_eq!(alone(&good, "260131"), it("cvc.not-yet-effective"));
    assert_eq!(alone(&verifier("FRDVPAF00001", DvDomestic, 3, "260201", "260430"), "260215")[0].1, "cvc.country");
    assert_eq!(alone(&verifier("FRDVPAF00001", DvForeign, 3, "260201", "260430"), "260215"), []);
    let office = Terms {
        template: Chat::new(TerminalType::Office, DvDomestic, 3),
        ..terms("ITDVPOL00001", DvDomestic, 3, "260201", "260430")
    };
    assert_eq!(alone(&on(office), "260215"), it("cvc.terminal-type"));
    let mut tampered = good.encode();
    *tampered.last_mut().unwrap() ^= 1;
    assert_eq!(alone(&CvCertificate::decode(&tampered).unwrap(), "260215"), it("cvc.signature"));
    assert_eq!(found(&[&good], "260215"), it("cvc.issuer-missing"));

    // What stands under a refused one is not judged.
    let terminal = terminal("ITISMXP00001", 1, "260301", "260331");
    let refused = CvCertificate::decode(&tampered).unwrap();
    let codes = found(&[&root, &refused, &terminal], "260315");
    assert_eq!(codes, [it("cvc.signature")[0].clone(), ("ITISMXP00001".to_owned(), "cvc.issuer-missing")]);
    let french = terminal_of("FRISCDG00001");
    assert_eq!(found(&[&root, &good, &french], "260315"), [("FRISCDG00001".to_owned(), "cvc.country")]);

    // A root that does not sign itself is no root.
    let mut forged = root.encode();
    *forged.last_mut().unwrap() ^= 1;
    let forged = CvCertificate::decode(&forged).unwrap();
    assert_eq!(found(&[&forged], "260215"), [("ITCVCA00001".to_owned(), "cvc.signature")]);
}

fn terminal_of(holder: &str) -> CvCertificate {
    terminal(holder, 1, "260301", "260331")
}

#[test]
fn names_and_keys_are_met_once() {
    let root = first_root();
    let first = verifier("ITDVPOL00001", DvDomestic, 3, "260201", "260430");
    let same_name =
        certificate(terms("ITDVPOL00001", DvDomestic, 3, "260301", "260430"), &KEYS[3], "ITCVCA00001", &KEYS[0]);
    let same_key = verifier("ITDVPOL00002", DvDomestic, 3, "260301", "260430");
    assert_eq!(found(&[&root, &first, &same_name], "260315"), [("ITDVPOL00001".to_owned(), "cvc.reference-reused")]);
    assert_eq!(found(&[&root, &first, &same_key], "260315"), [("ITDVPOL00002".to_owned(), "cvc.key-reused")]);
    assert_eq!(found(&[&root, &first, &first], "260315"), [], "one certificate given twice");

    let link = certificate(terms("ITCVCA00002", Cvca, 3, "260301", "281231"), &KEYS[3], "ITCVCA00001", &KEYS[0]);
    let other_days =
        issue::self_signed(terms("ITCVCA00002", Cvca, 3, "260301", "281130"), &KEYS[3], &mut entropy()).unwrap();
    let other_key =
        issue::self_signed(terms("ITCVCA00002", Cvca, 3, "260301", "281231"), &KEYS[4], &mut entropy()).unwrap();
    for own in [other_days, other_key] {
        assert_eq!(found(&[&root, &link, &own], "260315"), [("ITCVCA00002".to_owned(), "cvc.link-differs")]);
    }
}

/// 4.4.2: what a request says, and who answers for it.
#[test]
fn requests_are_judged_before_they_are_answered() {
    let known = [
        first_root(),
        verifier("ITDVPOL00001", DvDomestic, 3, "260201", "260430"),
        root(terms("FRCVCA00001", Cvca, 3, "260101", "281231"), &KEYS[2]),
    ];
    let ask = |holder: &str, authority: Option<&str>, key: usize| {
        CertificateRequest::new(&name(holder), authority.map(name).as_ref(), &KEYS[key], &mut entropy()).unwrap()
    };
    let judged = |request: &CertificateRequest, role, date: &str| -> Vec<&'static str> {
        let findings = check_request(request, &name("ITCVCA00001"), role, &known, day(date));
        codes(&findings).into_iter().map(|(_, code)| code).collect()
    };
    let outer = |request: CertificateRequest, of: &str, key: usize| {
        request.countersigned(name(of), &KEYS[key], &mut entropy()).unwrap()
    };

    assert_eq!(judged(&ask("ITDVPOL00002", Some("ITCVCA00001"), 3), DvDomestic, "260301"), [""; 0]);
    assert_eq!(judged(&ask("ITDVPOL00002", None, 3), DvDomestic, "260301"), ["cvc.request-authority"]);
    assert_eq!(judged(&ask("ITISMXP00002", None, 3), Terminal, "260301"), [""; 0]);
    assert_eq!(judged(&ask("ITDVPOL00002", Some("ITCVCA00009"), 3), DvDomestic, "260301"), ["cvc.issuer"]);
    assert_eq!(judged(&ask("ITDVPOL00002", Some("ITCVCA00001"), 1), DvDomestic, "260301"), ["cvc.key-reused"]);
    assert_eq!(judged(&ask("ITDVPOL00001", Some("ITCVCA00001"), 3), DvDomestic, "260301"), ["cvc.reference-reused"]);

    let french = || ask("FRDVPAFIT001", Some("ITCVCA00001"), 3);
    assert_eq!(judged(&french(), DvForeign, "260301"), ["cvc.request-not-countersigned"]);
    assert_eq!(judged(&outer(french(), "FRCVCA00001", 2), DvForeign, "260301"), [""; 0]);
    assert_eq!(judged(&outer(french(), "FRCVCA00001", 3), DvForeign, "260301"), ["cvc.signature"]);
    assert_eq!(judged(&outer(french(), "FRCVCA00007", 2), DvForeign, "260301"), ["cvc.countersigner"]);
    assert_eq!(judged(&outer(french(), "FRCVCA00001", 2), DvForeign, "290101"), ["cvc.countersigner"]);

    // A successive one: the key of the certificate that is still in force.
    let next = || ask("ITDVPOL00002", Some("ITCVCA00001"), 3);
    assert_eq!(judged(&outer(next(), "ITDVPOL00001", 1), DvDomestic, "260430"), [""; 0]);
    assert_eq!(judged(&outer(next(), "ITDVPOL00001", 1), DvDomestic, "260501"), ["cvc.countersigner"]);
}

/// What would be refused afterwards is refused before anything is signed.
#[test]
fn terms_are_judged_before_they_are_signed() {
    let root = first_root();
    let judged = |terms: &Terms| -> Vec<&'static str> {
        codes(&check_terms(terms, Some(&root))).into_iter().map(|(_, code)| code).collect()
    };
    let of = |holder: &str, rights, effective: &str, expiration: &str| {
        terms(holder, DvDomestic, rights, effective, expiration)
    };
    assert_eq!(judged(&of("ITDVPOL00001", 3, "260201", "260430")), [""; 0]);
    assert_eq!(judged(&of("ITDVPOL00001", 3, "260201", "260531")), ["cvc.validity-period"]);
    assert_eq!(judged(&of("ITDVPOL00001", 7, "260201", "260430")), ["cvc.rights-beyond-issuer"]);
    assert_eq!(judged(&of("ITDVPOL00001", 3, "281101", "290115")), ["cvc.outlives-issuer"]);
    assert_eq!(judged(&of("FRDVPAF00001", 3, "260201", "260430")), ["cvc.country"]);
    let office = Chat::new(TerminalType::Office, DvDomestic, 3);
    let office = Terms { template: office, ..of("ITDVPOL00001", 3, "260201", "260430") };
    assert_eq!(judged(&office), ["cvc.terminal-type"]);
    assert_eq!(codes(&check_terms(&terms("ITCVCA00001", Cvca, 3, "260101", "260301"), None)).len(), 1);
}

/// Keys that stay elsewhere sign in DER; what is made is what software keys make.
#[test]
fn certificates_and_requests_are_made_in_two_steps() {
    let keys = [
        (ec_key(Curve::P256, HashAlgorithm::Sha256, 1), true),
        (ec_key(Curve::BrainpoolP384r1, HashAlgorithm::Sha384, 1), true),
        (rsa_key(1024, RsaScheme::Pkcs1, HashAlgorithm::Sha256, 1), false),
    ];
    for (key, on_curve) in keys {
        let elsewhere = |message: &[u8]| {
            let signature = key.sign(message, &mut entropy()).unwrap();
            if on_curve { ecdsa_signature_to_der(&signature).unwrap() } else { signature }
        };
        let public = key.public().unwrap();
        let verifying = VerifyingKey::resolve(&public, None).unwrap();
        let terms = terms("ITCVCA00001", Cvca, 3, "260101", "281231");
        let unsigned = issue::prepare(terms.clone(), public.clone(), &terms.holder).unwrap();
        let signature = verifying.plain_signature(&elsewhere(unsigned.to_be_signed())).unwrap();
        let made = unsigned.clone().complete(signature.clone(), &verifying).unwrap();
        assert_eq!(made, issue::self_signed(terms, &key, &mut entropy()).unwrap());

        let mut other = signature;
        *other.last_mut().unwrap() ^= 1;
        assert_eq!(unsigned.complete(other, &verifying).unwrap_err().code(), "cvc.signature");

        let asked = UnsignedRequest::new(&name("ITDVPOL00001"), Some(&name("ITCVCA00001")), &public).unwrap();
        let signature = verifying.plain_signature(&elsewhere(asked.to_be_signed())).unwrap();
        let request = asked.complete(&signature).unwrap();
        let expected =
            CertificateRequest::new(&name("ITDVPOL00001"), Some(&name("ITCVCA00001")), &key, &mut entropy()).unwrap();
        assert_eq!(request, expected);
        let outer = request.to_be_countersigned(&name("ITCVCA00001"));
        let signature = verifying.plain_signature(&elsewhere(&outer)).unwrap();
        let request = request.with_outer_signature(name("ITCVCA00001"), signature);
        request.verify_outer(&verifying).unwrap();
        assert_eq!(request, expected.countersigned(name("ITCVCA00001"), &key, &mut entropy()).unwrap());
    }
    let verifying = VerifyingKey::resolve(&p256(1).public().unwrap(), None).unwrap();
    assert_eq!(verifying.plain_signature(&[0x30, 0x00]).unwrap_err().code(), "cvc.signature");
}
