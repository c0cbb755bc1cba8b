//! Terminal Authentication: which certificates are sent, what the chip makes of them, and what may be read then.

use sigillo_apdu::{ResponseApdu, StatusWord};
use sigillo_channel::secure_messaging::Suite;
use sigillo_crypto::{Curve, CurvePrivateKey, HashAlgorithm, RsaPrivateKey, SeededEntropy};
use sigillo_cvc::issue::{self, Terms};
use sigillo_cvc::{
    Chat, CvCertificate, CvDate, CvPrivateKey, HolderReference, Role, RsaScheme, TerminalType, TrustPoint, ef_cvca,
};
use sigillo_inspect::{
    Access, CredentialsRefused, Ended, FileName, NotRun, Outcome, Request, TerminalCredentials, TerminalKey,
    TerminalRights,
};

use crate::personalized::{bytes, dg};
use crate::protocols::{Document, Making, failures, outcome_of, usual_request};

const READS_BOTH: Ended<TerminalRights> = Ended::Passed(TerminalRights { inspection_system: true, bits: 0x03 });

/// A small chain of authorities, and everything that a test may want to break in it.
struct Authorities {
    roots: Vec<CvCertificate>,
    verifier: CvCertificate,
    terminal: CvCertificate,
    key: u8,
}

fn curve_key(seed: u8) -> CurvePrivateKey {
    CurvePrivateKey::generate(Curve::BrainpoolP256r1, &mut SeededEntropy::new([seed; 32]))
}

fn signer(seed: u8) -> CvPrivateKey {
    CvPrivateKey::Ec { hash: HashAlgorithm::Sha256, key: curve_key(seed) }
}

fn name(text: &str) -> HolderReference {
    HolderReference::decode(text.as_bytes()).unwrap()
}

fn terms(kind: &TerminalType, holder: &str, role: Role, rights: u8) -> Terms {
    let day = |text: &str| CvDate::decode(&text.bytes().map(|digit| digit - b'0').collect::<Vec<_>>()).unwrap();
    let template = Chat::new(kind.clone(), role, rights);
    Terms { holder: name(holder), template, effective: day("261001"), expiration: day("271001") }
}

fn issued(
    kind: &TerminalType,
    (holder, role, rights, seed): (&str, Role, u8, u8),
    issuer: (&str, u8),
) -> CvCertificate {
    let public = signer(seed).public().unwrap();
    let entropy = &mut SeededEntropy::new([9; 32]);
    issue::issue(terms(kind, holder, role, rights), public, &name(issuer.0), &signer(issuer.1), entropy).unwrap()
}

impl Authorities {
    /// The terminal's key has seed 4; the chip trusts the first root.
    fn of(kind: &TerminalType, verifier_rights: u8) -> Self {
        let first = terms(kind, "ITCVCA00001", Role::Cvca, 0x07);
        let root = issue::self_signed(first, &signer(1), &mut SeededEntropy::new([9; 32])).unwrap();
        let link = issued(kind, ("ITCVCA00002", Role::Cvca, 0x07, 2), ("ITCVCA00001", 1));
        let verifier = issued(kind, ("ITDV00001", Role::DvDomestic, verifier_rights, 3), ("ITCVCA00002", 2));
        let terminal = issued(kind, ("ITIS00001", Role::Terminal, 0x07, 4), ("ITDV00001", 3));
        Self { roots: vec![root, link], verifier, terminal, key: 4 }
    }

    fn credentials(&self) -> TerminalCredentials {
        // In no order, as a folder of files would give them.
        let mut certificates = vec![self.terminal.clone(), self.verifier.clone()];
        certificates.splice(1..1, self.roots.clone());
        TerminalCredentials::new(certificates, TerminalKey::Ec(curve_key(self.key))).unwrap()
    }

    fn trusted_by(&self, mut document: Document) -> Document {
        let root = TrustPoint::from_certificate(&self.roots[0]).unwrap();
        document.staged.application.insert(0x1C, ef_cvca::encode(std::slice::from_ref(&root)).to_vec());
        document.staged.trust_points.push(root);
        document
    }

    fn request(&self) -> Request {
        usual_request().and_terminal(self.credentials())
    }
}

fn inspection() -> Authorities {
    Authorities::of(&TerminalType::InspectionSystem, 0x03)
}

/// After PACE the terminal signs the chip's ephemeral key, after BAC the document number.
#[test]
fn with_the_right_fingerprints_are_read() {
    for pace in [Making::usual().pace, Vec::new()] {
        let by_pace = !pace.is_empty();
        let making = Making { pace, keys: vec![(Suite::TripleDes, Curve::P256, None)], ..Making::usual() };
        let authorities = inspection();
        let (play, checks, report) = authorities.trusted_by(making.make()).play(authorities.request());
        assert!(report.verified, "{}", report.text());
        assert_eq!(matches!(play.outcome.access, Some(Access::Pace { .. })), by_pace);
        assert_eq!(play.outcome.terminal_authentication, READS_BOTH);
        for name in ["terminal-authentication", "dg3.hash", "dg3.structure", "eservices.life-cycle"] {
            assert_eq!(outcome_of(&checks, name), &Outcome::Passed, "{name}");
        }
        assert!(play.outcome.file(dg(3)).is_some() && play.outcome.file(FileName::Cvca).is_some());
    }
}

/// A verifier that may not read fingerprints gives no terminal below it the right to.
#[test]
fn a_right_that_the_chain_lacks_is_not_used() {
    let authorities = Authorities::of(&TerminalType::InspectionSystem, 0x02);
    let (play, checks, report) = authorities.trusted_by(Making::usual().make()).play(authorities.request());
    assert!(report.verified, "{}", report.text());
    assert_eq!(
        play.outcome.terminal_authentication,
        Ended::Passed(TerminalRights { inspection_system: true, bits: 0x02 })
    );
    assert!(matches!(outcome_of(&checks, "dg3.hash"), Outcome::NotRun { .. }));
    assert_eq!((play.outcome.file(dg(3)), play.outcome.refused.get(&dg(3))), (None, None), "nobody asked");
}

#[test]
fn a_chip_that_believes_nobody_or_keeps_the_files_closed_is_named() {
    let authorities = inspection();
    for (step, status, code) in [
        ("certificate", 0x6300, "channel.refused"),
        ("signature", 0x6300, "channel.refused"),
        ("challenge", 0x6982, "channel.refused"),
    ] {
        let mut document = authorities.trusted_by(Making::usual().make());
        document.staged.plain = Box::new(move |command, answer| match (step, command.head().ins) {
            ("certificate", 0x2A) | ("signature", 0x82) | ("challenge", 0x84) => {
                ResponseApdu::from(StatusWord::from(status))
            }
            _ => answer,
        });
        let (play, checks, report) = document.play(authorities.request());
        assert_eq!(failures(&checks), [("terminal-authentication", code)], "{step}");
        assert!(!report.verified && play.outcome.file(dg(3)).is_none());
        assert!(play.outcome.file(dg(1)).is_some(), "the rest is read all the same");
    }
    let mut document = authorities.trusted_by(Making::usual().make());
    document.staged.plain = Box::new(|command, answer| match command.head() {
        head if head.ins == 0xB0 && head.p1 == 0x83 => ResponseApdu::from(StatusWord::SecurityStatusNotSatisfied),
        _ => answer,
    });
    let (_, checks, _) = document.play(authorities.request());
    assert_eq!(failures(&checks), [("dg3.hash", "inspect.refused")], "the right was proven");
    // A short challenge, and data where none belong.
    for (ins, data, code) in [(0x84, "01020304", "channel.length"), (0x2A, "00", "ta.object")] {
        let mut document = authorities.trusted_by(Making::usual().make());
        document.staged.plain = Box::new(move |command, answer| match command.head().ins {
            found if found == ins => ResponseApdu::new(bytes(data), StatusWord::Success),
            _ => answer,
        });
        let (_, checks, _) = document.play(authorities.request());
        assert_eq!(failures(&checks), [("terminal-authentication", code)]);
    }
}

#[test]
fn without_what_it_needs_it_is_not_run_and_says_why() {
    let why = |document: Document, request: Request| {
        let (play, checks, _) = document.play(request);
        assert!(failures(&checks).is_empty(), "{checks:?}");
        play.outcome.terminal_authentication
    };
    let authorities = inspection();
    let making = Making { keys: Vec::new(), ..Making::usual() };
    let none = why(authorities.trusted_by(making.make()), authorities.request());
    assert_eq!(none, Ended::NotRun(NotRun::NoChipAuthentication));

    let mut stranger = inspection();
    stranger.roots.truncate(1);
    let unlinked = why(stranger.trusted_by(Making::usual().make()), stranger.request());
    assert_eq!(unlinked, Ended::NotRun(NotRun::NoTrustPoint), "the link certificate is missing");

    // EF.ATR/INFO by hand: commands of at most 128 octets.
    let mut document = authorities.trusted_by(Making::usual().make());
    document.staged.master.insert(0x01, bytes("7F66 08 02020080 02020100"));
    let verifier = authorities.verifier.content().len();
    let expected = if verifier > 200 { Ended::NotRun(NotRun::TooLong) } else { READS_BOTH };
    assert_eq!(why(document, authorities.request()), expected, "{verifier} octets");
}

/// The issuing office is another type of terminal: EF.CVCA does not list its authorities, and it reads nothing more.
#[test]
fn an_office_sends_the_whole_chain() {
    let authorities = Authorities::of(&TerminalType::Office, 0x07);
    let (play, checks, report) = authorities.trusted_by(Making::usual().make()).play(authorities.request());
    assert!(report.verified, "{}", report.text());
    assert_eq!(outcome_of(&checks, "terminal-authentication"), &Outcome::Passed);
    assert_eq!(play.outcome.file(dg(3)), None, "the same bit is another right");
}

#[test]
fn key_and_certificates_must_belong_together() {
    let authorities = inspection();
    let all = || vec![authorities.verifier.clone(), authorities.terminal.clone()];
    let refused =
        |certificates, seed| TerminalCredentials::new(certificates, TerminalKey::Ec(curve_key(seed))).unwrap_err();
    assert_eq!(refused(all(), 5), CredentialsRefused::OtherKey);
    assert_eq!(refused(Vec::new(), 4), CredentialsRefused::OtherKey);
    assert_eq!(refused(all(), 3).code(), "inspect.terminal-role");
    let rsa = || RsaPrivateKey::generate(1024, &mut SeededEntropy::new([0x45; 32])).unwrap();
    let other = TerminalCredentials::new(all(), TerminalKey::Rsa(rsa())).unwrap_err();
    assert_eq!(other.code(), "inspect.terminal-key");
    let own = CvPrivateKey::Rsa { scheme: RsaScheme::Pss, hash: HashAlgorithm::Sha256, key: rsa() };
    let terms = terms(&TerminalType::InspectionSystem, "ITIS00002", Role::Terminal, 1);
    let entropy = &mut SeededEntropy::new([9; 32]);
    let certificate = issue::issue(terms, own.public().unwrap(), &name("ITDV00001"), &signer(3), entropy).unwrap();
    let credentials = TerminalCredentials::new(vec![certificate], TerminalKey::Rsa(rsa())).unwrap();
    assert!(credentials.is_inspection_system());
    assert_eq!(credentials.chain(Some(&[name("ITDV00001")])).unwrap().len(), 1);
    assert_eq!(credentials.chain(Some(&[name("ITCVCA00001")])), None);
}
