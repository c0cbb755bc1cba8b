//! The rules by which a chip accepts a certificate, each by its clause of BSI TR-03110-3.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod pki;

use std::sync::LazyLock;

use pki::{Chip, certificate, day, ec_key, entropy, name, p256, root, rsa_key, terms};
use sigillo_crypto::{Curve, HashAlgorithm};
use sigillo_cvc::issue::{Terms, Unsigned};
use sigillo_cvc::{
    CertificateBody, Chat, CvCertificate, CvPrivateKey, Rights, Role, RsaScheme, TaAlgorithm, TerminalType, TrustPoint,
    VerifyingKey, ef_cvca,
};

use Role::{Cvca, DvDomestic, DvForeign, Terminal};

/// A root, document verifiers of both kinds, their terminals, and the root's successors.
struct Pki {
    root_key: CvPrivateKey,
    verifier_key: CvPrivateKey,
    terminal_key: CvPrivateKey,
    next_key: CvPrivateKey,
    root: CvCertificate,
    domestic: CvCertificate,
    foreign: CvCertificate,
    terminal: CvCertificate,
    foreign_terminal: CvCertificate,
    link: CvCertificate,
}

static PKI: LazyLock<Pki> = LazyLock::new(|| {
    let (root_key, verifier_key, terminal_key, next_key) = (p256(1), p256(2), p256(3), p256(4));
    Pki {
        root: root(terms("ITCVCA00001", Cvca, 3, "260101", "281231"), &root_key),
        domestic: under_root(terms("ITDVPOL00001", DvDomestic, 3, "260201", "260430"), &root_key, &verifier_key),
        foreign: under_root(terms("FRDVPAF00001", DvForeign, 3, "260201", "260430"), &root_key, &verifier_key),
        terminal: certificate(
            terms("ITISMXP00001", Terminal, 1, "260301", "260331"),
            &terminal_key,
            "ITDVPOL00001",
            &verifier_key,
        ),
        foreign_terminal: certificate(
            terms("FRISCDG00001", Terminal, 1, "260301", "260331"),
            &terminal_key,
            "FRDVPAF00001",
            &verifier_key,
        ),
        link: certificate(terms("ITCVCA00002", Cvca, 3, "270601", "300531"), &next_key, "ITCVCA00001", &root_key),
        root_key,
        verifier_key,
        terminal_key,
        next_key,
    }
});

fn under_root(terms: Terms, root_key: &CvPrivateKey, key: &CvPrivateKey) -> CvCertificate {
    certificate(terms, key, "ITCVCA00001", root_key)
}

fn chip() -> Chip {
    Chip::new(&[&PKI.root], "260115")
}

fn refusal(chip: &mut Chip, chain: &[&CvCertificate]) -> &'static str {
    let before = (chip.references(), chip.date);
    let (last, valid) = chain.split_last().unwrap();
    let issuer = chip.chain("ITCVCA00001", valid).unwrap();
    let after_valid = (chip.references(), chip.date);
    let refused = chip.import(&issuer, last).unwrap_err();
    assert_eq!((chip.references(), chip.date), after_valid, "a refusal changes nothing");
    assert!(valid.is_empty() || before.1 <= chip.date);
    refused.code()
}

/// 2.5: a chain from a trust point to a terminal.
#[test]
fn a_chain_is_accepted_and_the_terminal_answers() {
    let mut chip = chip();
    let authority = chip.chain("ITCVCA00001", &[&PKI.domestic, &PKI.terminal]).unwrap();
    assert_eq!((authority.role(), authority.rights().bits()), (Terminal, Rights::READ_DG3));
    assert_eq!(authority.terminal_type(), &TerminalType::InspectionSystem);
    assert_eq!((authority.effective(), authority.expiration()), (day("260301"), day("260331")));
    let answer = PKI.terminal_key.sign(b"challenge", &mut entropy()).unwrap();
    authority.verify(b"challenge", &answer).unwrap();
    assert_eq!(authority.verify(b"challengE", &answer).unwrap_err().code(), "cvc.signature");
    assert_eq!(chip.references(), ["ITCVCA00001"]);
}

/// 2.7: the intersection over the chain, the root's rights included.
#[test]
fn rights_are_those_that_the_whole_chain_has() {
    for (of_root, of_verifier, of_terminal, effective) in
        [(3, 3, 3, 3), (3, 3, 1, 1), (3, 1, 3, 1), (1, 3, 3, 1), (3, 2, 1, 0), (1, 2, 3, 0), (0x3F, 0x3E, 0x37, 0x36)]
    {
        let root = root(terms("ITCVCA00001", Cvca, of_root, "260101", "281231"), &PKI.root_key);
        let verifier = under_root(
            terms("ITDVPOL00001", DvDomestic, of_verifier, "260201", "260430"),
            &PKI.root_key,
            &PKI.verifier_key,
        );
        let terminal = certificate(
            terms("ITISMXP00001", Terminal, of_terminal, "260301", "260331"),
            &PKI.terminal_key,
            "ITDVPOL00001",
            &PKI.verifier_key,
        );
        let mut chip = Chip::new(&[&root], "260115");
        let authority = chip.chain("ITCVCA00001", &[&verifier, &terminal]).unwrap();
        assert_eq!(authority.rights().bits(), effective);
        for mask in 0..0x40 {
            assert_eq!(authority.rights().include(mask), effective & mask == mask);
        }
    }
}

/// 2.7.2: a link brings the relative authorization of its own; what the old root lacked, the new one may have.
#[test]
fn a_link_replaces_the_rights_of_the_root() {
    let narrow = root(terms("ITCVCA00001", Cvca, 1, "260101", "281231"), &PKI.root_key);
    let mut chip = Chip::new(&[&narrow], "260115");
    let authority = chip.chain("ITCVCA00001", &[&PKI.link]).unwrap();
    assert_eq!((authority.role(), authority.rights().bits()), (Cvca, 3));
    let verifier = certificate(
        terms("ITDVPOL00002", DvDomestic, 3, "270601", "270831"),
        &PKI.verifier_key,
        "ITCVCA00002",
        &PKI.next_key,
    );
    assert_eq!(chip.chain("ITCVCA00002", &[&verifier]).unwrap().rights().bits(), 3);
}

/// 2.1, 2.2 and 2.7.2: every pair of roles.
#[test]
fn each_role_issues_to_the_next_only() {
    let roles = [Cvca, DvDomestic, DvForeign, Terminal];
    let mut accepted = 0;
    for issuer_role in roles {
        for holder_role in roles {
            let mut chip = chip();
            let (issuer, key) = match issuer_role {
                Cvca => (chip.trust_point("ITCVCA00001"), &PKI.root_key),
                DvDomestic => (chip.chain("ITCVCA00001", &[&PKI.domestic]).unwrap(), &PKI.verifier_key),
                DvForeign => (chip.chain("ITCVCA00001", &[&PKI.foreign]).unwrap(), &PKI.verifier_key),
                Terminal => (chip.chain("ITCVCA00001", &[&PKI.domestic, &PKI.terminal]).unwrap(), &PKI.terminal_key),
            };
            let terms = terms("ITNEW00001", holder_role, 3, "260310", "260320");
            let new = certificate(terms, &PKI.next_key, &issuer.reference().to_string(), key);
            let allowed = matches!(
                (issuer_role, holder_role),
                (Cvca, Cvca | DvDomestic | DvForeign) | (DvDomestic | DvForeign, Terminal)
            );
            match chip.import(&issuer, &new) {
                Ok(imported) => {
                    assert!(allowed, "{issuer_role:?} issued to {holder_role:?}");
                    assert_eq!(imported.authority.role(), holder_role);
                    assert_eq!(imported.effect.new_trust_point.is_some(), holder_role == Cvca);
                    accepted += 1;
                }
                Err(error) => {
                    assert!(!allowed, "{issuer_role:?} could not issue to {holder_role:?}");
                    assert_eq!(error.code(), "cvc.role");
                }
            }
        }
    }
    assert_eq!(accepted, 5);
}

/// 2.7.1 and 2.8: one terminal type in a chain.
#[test]
fn terminal_types_do_not_mix() {
    let other = TerminalType::from_oid(&[0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, 0x03]).unwrap();
    for terminal_type in [TerminalType::Office, other] {
        let terms = Terms {
            template: Chat::new(terminal_type, DvDomestic, 3),
            ..terms("ITDVPOL00001", DvDomestic, 3, "260201", "260430")
        };
        let verifier = under_root(terms, &PKI.root_key, &PKI.verifier_key);
        assert_eq!(refusal(&mut chip(), &[&verifier]), "cvc.terminal-type");
    }
}

/// 2.7: bits of two templates are compared one by one; of another length they mean something else.
#[test]
fn templates_of_a_chain_have_one_length() {
    let other = TerminalType::from_oid(&[0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, 0x02]).unwrap();
    let with = |holder: &str, octets: &[u8]| Terms {
        template: Chat::from_octets(other.clone(), octets).unwrap(),
        ..terms(holder, DvDomestic, 0, "260101", "281231")
    };
    let root = root(with("ITCVCA00001", &[0xFF, 0x0F]), &PKI.root_key);
    for (octets, expected) in [
        (&[0x95, 0x33][..], Ok(vec![0x15, 0x03])),
        (&[0x95], Err("cvc.template")),
        (&[0x80, 0, 0], Err("cvc.template")),
    ] {
        let verifier = under_root(with("ITDVPOL00001", octets), &PKI.root_key, &PKI.verifier_key);
        let judged = Chip::new(&[&root], "260115").chain("ITCVCA00001", &[&verifier]);
        let judged = judged.map(|authority| authority.rights().octets().to_vec()).map_err(|error| error.code());
        assert_eq!(judged, expected);
    }
}

/// The office's chain is one like any other, under its own root.
#[test]
fn the_office_proves_its_rights() {
    let office = |holder: &str, role, rights, effective: &str, expiration: &str| Terms {
        template: Chat::new(TerminalType::Office, role, rights),
        ..terms(holder, role, rights, effective, expiration)
    };
    let office_root = root(office("ITOFFICE00001", Cvca, 7, "260101", "281231"), &PKI.root_key);
    let verifier = office("ITQUESTUR00001", DvDomestic, 7, "260201", "260430");
    let verifier = certificate(verifier, &PKI.verifier_key, "ITOFFICE00001", &PKI.root_key);
    let desk = office("ITROMA00001", Terminal, Rights::SET_CODES | Rights::ACTIVATE, "260301", "260331");
    let desk = certificate(desk, &PKI.terminal_key, "ITQUESTUR00001", &PKI.verifier_key);
    let mut chip = Chip::new(&[&PKI.root, &office_root], "260115");
    let authority = chip.chain("ITOFFICE00001", &[&verifier, &desk]).unwrap();
    assert_eq!(authority.terminal_type(), &TerminalType::Office);
    let granted =
        [Rights::SET_CODES, Rights::ACTIVATE, Rights::TERMINATE].map(|right| authority.rights().include(right));
    assert_eq!(granted, [true, true, false]);
    // Under the root of the inspection systems the same verifier is nobody.
    let misplaced = certificate(
        office("ITQUESTUR00001", DvDomestic, 7, "260201", "260430"),
        &PKI.verifier_key,
        "ITCVCA00001",
        &PKI.root_key,
    );
    assert_eq!(refusal(&mut chip, &[&misplaced]), "cvc.terminal-type");
}

/// 2.5: expired at the chip's date, which is the last day or later; the last day itself is valid.
#[test]
fn expired_certificates_are_refused_and_links_are_not() {
    for (date, expired) in [("260430", false), ("260501", true), ("270101", true)] {
        let mut chip = Chip::new(&[&PKI.root], date);
        match chip.chain("ITCVCA00001", &[&PKI.domestic]) {
            Ok(_) => assert!(!expired, "{date}"),
            Err(error) => assert_eq!((expired, error.code()), (true, "cvc.expired"), "{date}"),
        }
    }
    let mut chip = Chip::new(&[&PKI.root], "260401");
    assert_eq!(refusal(&mut chip, &[&PKI.domestic, &PKI.terminal]), "cvc.expired");
    // A link that is expired itself, under a root that is expired, too.
    let mut chip = Chip::new(&[&PKI.root], "310101");
    chip.chain("ITCVCA00001", &[&PKI.link]).unwrap();
    assert_eq!(chip.date, day("310101"));
    assert_eq!(chip.references(), ["ITCVCA00001", "ITCVCA00002"]);
}

/// 2.5.1: an expired trust point verifies links only.
#[test]
fn an_expired_trust_point_verifies_no_document_verifier() {
    let long = under_root(terms("ITDVPOL00009", DvDomestic, 3, "281201", "290301"), &PKI.root_key, &PKI.verifier_key);
    Chip::new(&[&PKI.root], "281231").chain("ITCVCA00001", &[&long]).unwrap();
    assert_eq!(refusal(&mut Chip::new(&[&PKI.root], "290101"), &[&long]), "cvc.issuer-expired");
    Chip::new(&[&PKI.root], "290101").chain("ITCVCA00001", &[&PKI.link]).unwrap();
}

/// A document verifier that expired while its session went on issues no more: the terminal's certificate is the later one.
#[test]
fn a_document_verifier_that_expired_since_verifies_no_terminal() {
    let mut chip = chip();
    let verifier = chip.chain("ITCVCA00001", &[&PKI.domestic]).unwrap();
    let longer = certificate(
        terms("ITISMXP00002", Terminal, 1, "260301", "261231"),
        &PKI.terminal_key,
        "ITDVPOL00001",
        &PKI.verifier_key,
    );
    chip.date = day("260501");
    assert_eq!(chip.import(&verifier, &longer).unwrap_err().code(), "cvc.issuer-expired");
}

/// 2.5: links, document verifiers and terminals of a domestic one advance the date; it never goes back.
#[test]
fn the_date_advances_by_those_who_tell_the_time() {
    let mut domestic = chip();
    domestic.chain("ITCVCA00001", &[&PKI.domestic]).unwrap();
    assert_eq!(domestic.date, day("260201"));
    domestic.chain("ITCVCA00001", &[&PKI.domestic, &PKI.terminal]).unwrap();
    assert_eq!(domestic.date, day("260301"));
    domestic.chain("ITCVCA00001", &[&PKI.domestic]).unwrap();
    assert_eq!(domestic.date, day("260301"));

    let mut foreign = chip();
    foreign.chain("ITCVCA00001", &[&PKI.foreign, &PKI.foreign_terminal]).unwrap();
    assert_eq!(foreign.date, day("260201"), "the verifier's date, not that of its terminal");

    let mut linked = chip();
    linked.chain("ITCVCA00001", &[&PKI.link]).unwrap();
    assert_eq!(linked.date, day("270601"));
}

/// 2.5.1: the date of a certificate counts for the next one, not for itself.
#[test]
fn a_later_certificate_makes_an_earlier_one_expire() {
    let mut chip = chip();
    let later = under_root(terms("ITDVPOL00002", DvDomestic, 3, "260501", "260731"), &PKI.root_key, &PKI.verifier_key);
    chip.chain("ITCVCA00001", &[&PKI.domestic]).unwrap();
    chip.chain("ITCVCA00001", &[&later]).unwrap();
    assert_eq!(refusal(&mut chip, &[&PKI.domestic]), "cvc.expired");
}

#[test]
fn a_validity_that_ends_before_it_begins_is_refused() {
    let backwards =
        under_root(terms("ITDVPOL00001", DvDomestic, 3, "260430", "260429"), &PKI.root_key, &PKI.verifier_key);
    assert_eq!(refusal(&mut chip(), &[&backwards]), "cvc.validity");
    let one_day =
        under_root(terms("ITDVPOL00001", DvDomestic, 3, "260430", "260430"), &PKI.root_key, &PKI.verifier_key);
    chip().chain("ITCVCA00001", &[&one_day]).unwrap();
    let root = root(terms("ITCVCA00001", Cvca, 3, "260102", "260101"), &PKI.root_key);
    assert_eq!(TrustPoint::from_certificate(&root).unwrap_err().code(), "cvc.validity");
}

/// 2.5.1: the signature by the issuer's key, over the body.
#[test]
fn another_key_signs_nothing_here() {
    let forged =
        under_root(terms("ITDVPOL00001", DvDomestic, 3, "260201", "260430"), &PKI.verifier_key, &PKI.verifier_key);
    assert_eq!(refusal(&mut chip(), &[&forged]), "cvc.signature");
    let stranger = certificate(
        terms("ITISMXP00001", Terminal, 1, "260301", "260331"),
        &PKI.terminal_key,
        "ITDVPOL00001",
        &PKI.root_key,
    );
    assert_eq!(refusal(&mut chip(), &[&PKI.domestic, &stranger]), "cvc.signature");
}

/// A.7.1: the certificate names the key that was selected.
#[test]
fn the_selected_key_must_be_the_named_one() {
    let other = certificate(
        terms("ITDVPOL00001", DvDomestic, 3, "260201", "260430"),
        &PKI.verifier_key,
        "ITCVCA00009",
        &PKI.root_key,
    );
    assert_eq!(refusal(&mut chip(), &[&other]), "cvc.issuer");
}

/// A.7.2: a trust point is overwritten by nobody; a second self-signed root is no way in.
#[test]
fn the_name_of_a_trust_point_is_taken() {
    let pretender = under_root(terms("ITCVCA00001", Cvca, 3, "260301", "281231"), &PKI.root_key, &PKI.next_key);
    assert_eq!(refusal(&mut chip(), &[&pretender]), "cvc.holder-known");
    assert_eq!(refusal(&mut chip(), &[&PKI.root]), "cvc.holder-known");
    let verifier = under_root(terms("ITCVCA00001", DvDomestic, 3, "260201", "260430"), &PKI.root_key, &PKI.next_key);
    assert_eq!(refusal(&mut chip(), &[&verifier]), "cvc.holder-known");
    let mut chip = chip();
    chip.chain("ITCVCA00001", &[&PKI.link]).unwrap();
    assert_eq!(refusal(&mut chip, &[&PKI.link]), "cvc.holder-known");
}

/// D.3.3: domain parameters are inherited, and forbidden where they are.
#[test]
fn domain_parameters_come_from_the_root_alone() {
    let body = CertificateBody {
        authority: name("ITCVCA00001"),
        public_key: PKI.verifier_key.public().unwrap(),
        holder: name("ITDVPOL00001"),
        template: Chat::new(TerminalType::InspectionSystem, DvDomestic, 3),
        effective: day("260201"),
        expiration: day("260430"),
        extensions: None,
    };
    let signed_by_root = |body: &CertificateBody| {
        let unsigned = Unsigned::of(body).unwrap();
        let signature = PKI.root_key.sign(unsigned.to_be_signed(), &mut entropy()).unwrap();
        let key = VerifyingKey::resolve(PKI.root.public_key(), None).unwrap();
        unsigned.complete(signature, &key).unwrap()
    };
    let with_domain = signed_by_root(&body);
    assert_eq!(refusal(&mut chip(), &[&with_domain]), "cvc.domain-parameters");

    // Another curve, hidden behind an inherited one.
    let longer = ec_key(Curve::P384, HashAlgorithm::Sha256, 9);
    let longer = under_root(terms("ITDVPOL00001", DvDomestic, 3, "260201", "260430"), &PKI.root_key, &longer);
    assert_eq!(refusal(&mut chip(), &[&longer]), "cvc.public-key");
    let twin = ec_key(Curve::BrainpoolP256r1, HashAlgorithm::Sha256, 9);
    let twin = under_root(terms("ITDVPOL00001", DvDomestic, 3, "260201", "260430"), &PKI.root_key, &twin);
    assert_eq!(refusal(&mut chip(), &[&twin]), "cvc.public-key");

    // A link may leave them out, and inherits them then.
    let body = CertificateBody {
        public_key: PKI.next_key.public().unwrap().without_domain_parameters(),
        holder: name("ITCVCA00002"),
        template: Chat::new(TerminalType::InspectionSystem, Cvca, 3),
        ..body
    };
    let short_link = signed_by_root(&body);
    let authority = chip().chain("ITCVCA00001", &[&short_link]).unwrap();
    assert_eq!(authority.key().public_key(), PKI.next_key.public().unwrap());
    assert_eq!(TrustPoint::from_certificate(&short_link).unwrap_err().code(), "cvc.domain-parameters");
}

/// 2.3: one algorithm and key size in a chain; a link may change all of it.
#[test]
fn algorithms_change_by_links_only() {
    let sha1 = ec_key(Curve::P256, HashAlgorithm::Sha1, 9);
    let sha1 = under_root(terms("ITDVPOL00001", DvDomestic, 3, "260201", "260430"), &PKI.root_key, &sha1);
    assert_eq!(refusal(&mut chip(), &[&sha1]), "cvc.algorithm");
    let rsa = rsa_key(1024, RsaScheme::Pkcs1, HashAlgorithm::Sha256, 1);
    let under_curve = under_root(terms("ITDVPOL00001", DvDomestic, 3, "260201", "260430"), &PKI.root_key, &rsa);
    assert_eq!(refusal(&mut chip(), &[&under_curve]), "cvc.algorithm");

    let mut chip = chip();
    let to_rsa = under_root(terms("ITCVCA00002", Cvca, 3, "260601", "300531"), &PKI.root_key, &rsa);
    let authority = chip.chain("ITCVCA00001", &[&to_rsa]).unwrap();
    assert_eq!(authority.key().algorithm(), TaAlgorithm::RsaPkcs1(HashAlgorithm::Sha256));
    let shorter = rsa_key(1280, RsaScheme::Pkcs1, HashAlgorithm::Sha256, 2);
    let pss = rsa_key(1024, RsaScheme::Pss, HashAlgorithm::Sha256, 3);
    let same = rsa_key(1024, RsaScheme::Pkcs1, HashAlgorithm::Sha256, 4);
    for (key, code) in
        [(&shorter, "cvc.algorithm"), (&pss, "cvc.algorithm"), (&PKI.verifier_key, "cvc.algorithm"), (&same, "")]
    {
        let verifier = certificate(terms("ITDVPOL00002", DvDomestic, 3, "260601", "260831"), key, "ITCVCA00002", &rsa);
        let judged = chip.chain("ITCVCA00002", &[&verifier]);
        assert_eq!(judged.err().map_or("", |error| error.code()), code);
    }
    // And on to another curve, from which nothing can be inherited.
    let brainpool = ec_key(Curve::BrainpoolP384r1, HashAlgorithm::Sha384, 5);
    let back = certificate(terms("ITCVCA00003", Cvca, 3, "260701", "300531"), &brainpool, "ITCVCA00002", &rsa);
    let authority = chip.chain("ITCVCA00002", &[&back]).unwrap();
    assert_eq!(authority.key().public_key(), brainpool.public().unwrap());
    let verifier_key = ec_key(Curve::BrainpoolP384r1, HashAlgorithm::Sha384, 6);
    let verifier =
        certificate(terms("ITDVPOL00003", DvDomestic, 3, "260701", "260831"), &verifier_key, "ITCVCA00003", &brainpool);
    chip.chain("ITCVCA00003", &[&verifier]).unwrap();
}

/// 2.5.1, cleanup: two of a type stay; the one that became effective first gives way, or an expired one.
#[test]
fn at_most_two_trust_points_of_a_type_stay() {
    let office = Terms {
        template: Chat::new(TerminalType::Office, Cvca, 7),
        ..terms("ITOFFICE00001", Cvca, 7, "200101", "281231")
    };
    let office = root(office, &PKI.root_key);
    let mut chip = Chip::new(&[&PKI.root, &office], "260115");
    chip.chain("ITCVCA00001", &[&PKI.link]).unwrap();
    assert_eq!(chip.references(), ["ITCVCA00001", "ITOFFICE00001", "ITCVCA00002"]);
    let third = certificate(terms("ITCVCA00003", Cvca, 3, "280601", "310531"), &p256(5), "ITCVCA00002", &PKI.next_key);
    chip.chain("ITCVCA00002", &[&third]).unwrap();
    assert_eq!(chip.references(), ["ITOFFICE00001", "ITCVCA00002", "ITCVCA00003"]);
    assert_eq!(
        ef_cvca::decode(&ef_cvca::encode(&chip.trust_points)).unwrap(),
        [name("ITCVCA00003"), name("ITCVCA00002")]
    );
    // The office's trust point is older than any, and of another type.
    let fourth = certificate(terms("ITCVCA00004", Cvca, 3, "300501", "340531"), &p256(6), "ITCVCA00003", &p256(5));
    chip.chain("ITCVCA00003", &[&fourth]).unwrap();
    assert_eq!(chip.references(), ["ITOFFICE00001", "ITCVCA00003", "ITCVCA00004"]);
}

#[test]
fn an_expired_trust_point_gives_way_before_an_older_one() {
    let short = under_root(terms("ITCVCA00002", Cvca, 3, "260301", "260401"), &PKI.root_key, &PKI.next_key);
    let third = under_root(terms("ITCVCA00003", Cvca, 3, "260501", "310531"), &PKI.root_key, &p256(5));
    let mut chip = chip();
    chip.chain("ITCVCA00001", &[&short]).unwrap();
    chip.chain("ITCVCA00001", &[&third]).unwrap();
    assert_eq!(chip.references(), ["ITCVCA00001", "ITCVCA00003"]);
}

#[test]
fn a_link_older_than_both_trust_points_is_not_kept() {
    let mut chip = chip();
    chip.chain("ITCVCA00001", &[&PKI.link]).unwrap();
    let old = certificate(terms("ITCVCA00000", Cvca, 3, "251201", "310531"), &p256(5), "ITCVCA00002", &PKI.next_key);
    let issuer = chip.trust_point("ITCVCA00002");
    let imported = chip.import(&issuer, &old).unwrap();
    assert_eq!((imported.effect.new_trust_point, imported.effect.removed_trust_point), (None, None));
    assert_eq!(chip.references(), ["ITCVCA00001", "ITCVCA00002"]);
}

/// 2.6: what is personalized as a trust point.
#[test]
fn a_trust_point_is_a_root_that_signed_itself() {
    assert_eq!(TrustPoint::from_certificate(&PKI.domestic).unwrap_err().code(), "cvc.role");
    let forged =
        certificate(terms("ITCVCA00001", Cvca, 3, "260101", "281231"), &PKI.root_key, "ITCVCA00001", &PKI.next_key);
    assert_eq!(TrustPoint::from_certificate(&forged).unwrap_err().code(), "cvc.signature");
    let of_link = TrustPoint::from_certificate(&PKI.link).unwrap();
    for point in [TrustPoint::from_certificate(&PKI.root).unwrap(), of_link] {
        let stored = point.encode().unwrap();
        let mut of_a_verifier = stored.clone();
        let role = stored.windows(3).position(|window| window == [0x53, 0x01, 0xC3]).unwrap() + 2;
        of_a_verifier[role] = 0x83;
        assert_eq!(TrustPoint::decode(&of_a_verifier).unwrap_err().code(), "cvc.role");
        assert_eq!(TrustPoint::decode(&stored).unwrap(), point);
        assert!(TrustPoint::decode(&stored[..stored.len() - 1]).is_err());
    }
}
