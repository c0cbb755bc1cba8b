//! Every protocol of a session by its check, and chips that downgrade, clone, replay or answer nonsense: each is found by name.

use sigillo_channel::chip_authentication::CaProtocol;
use sigillo_channel::pace::{PaceInfo, PaceMapping, PaceProtocol, Password};
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};
use sigillo_crypto::{Curve, CurvePrivateKey, EcParameters, HashAlgorithm, RsaPrivateKey, SeededEntropy};
use sigillo_inspect::{Access, AccessPolicy, Check, Ended, NotRun, Outcome, Report, Request, judge};
use sigillo_lds::DataGroupNumber;
use sigillo_lds::com::Com;
use sigillo_lds::dg3::Dg3;
use sigillo_lds::dg14::Dg14;
use sigillo_lds::dg15::Dg15;
use sigillo_tlv::encode;

use crate::personalized::{MRZ, bytes, card_security, now, seal, secret};
use crate::staged::{CAN, Play, SigningKey, Staged};

const SERVICES: [u8; 9] = [0xF0, 0x53, 0x49, 0x47, 0x49, 0x4C, 0x4C, 0x4F, 0x01];

/// A sealed document on a stage, with what its makers know of it.
pub(crate) struct Document {
    pub(crate) staged: Staged,
    anchor: sigillo_seal::x509::Certificate,
}

/// What a document is made with.
pub(crate) struct Making {
    pub(crate) pace: Vec<SecurityInfo>,
    pub(crate) keys: Vec<(Suite, Curve, Option<u8>)>,
    pub(crate) signing: Option<SigningKey>,
    pub(crate) mapping: Option<Curve>,
}

pub(crate) fn pace(mapping: PaceMapping, suite: Suite, curve: Curve) -> SecurityInfo {
    let protocol = PaceProtocol::ecdh(mapping, suite);
    SecurityInfo::Pace(PaceInfo { protocol, parameter_id: Some(curve.parameter_id()) })
}

fn key(curve: Curve, seed: u8) -> CurvePrivateKey {
    CurvePrivateKey::generate(curve, &mut SeededEntropy::new([seed; 32]))
}

impl Making {
    /// PACE with the generic mapping, one key for Chip Authentication, one for Active Authentication.
    pub(crate) fn usual() -> Self {
        Self {
            pace: vec![pace(PaceMapping::Generic, Suite::Aes128, Curve::P256)],
            keys: vec![(Suite::Aes128, Curve::P256, None)],
            signing: Some(SigningKey::Ecdsa(key(Curve::P256, 0xAA), HashAlgorithm::Sha256)),
            mapping: None,
        }
    }

    pub(crate) fn make(self) -> Document {
        let mut staged = Staged::new();
        let mut infos = self.pace.clone();
        for (number, (suite, curve, key_id)) in (0xCA..).zip(&self.keys) {
            let private = key(*curve, number);
            let public_key = private.public().unwrap().to_spki_der(EcParameters::Explicit).unwrap();
            infos.push(SecurityInfo::ChipAuthentication { protocol: CaProtocol::ecdh(*suite), key_id: *key_id });
            infos.push(SecurityInfo::ChipAuthenticationPublicKey { public_key, key_id: *key_id });
            staged.chip_keys.push((*key_id, private));
        }
        infos.push(SecurityInfo::TerminalAuthentication { ef_cvca: None });
        let signing = self.signing.as_ref().map(|signing| match signing {
            SigningKey::Ecdsa(key, hash) => {
                infos.push(SecurityInfo::ActiveAuthentication { hash: *hash });
                key.public().unwrap().to_spki_der(EcParameters::Explicit).unwrap()
            }
            SigningKey::Rsa(key, _) => key.public().to_spki_der().unwrap(),
        });
        if let Some(curve) = self.mapping {
            let private = key(curve, 0xCB);
            let public_key = private.public().unwrap().to_spki_der(EcParameters::Explicit).unwrap();
            let key_id = Some(curve.parameter_id());
            let mut signed = self.pace.clone();
            signed.push(SecurityInfo::ChipAuthenticationPublicKey { public_key, key_id });
            staged.master.insert(0x1D, card_security(&SecurityInfos::new(signed).encode()));
            staged.mapping_key = Some(private);
        }
        let mut groups = vec![
            (1, encode(0x61, &encode(0x5F1F, MRZ.as_bytes())), true),
            (3, Dg3::absent(vec![0x5A; 8]).unwrap().encode(), true),
            (14, Dg14::new(SecurityInfos::new(infos).encode()).unwrap().encode(), true),
        ];
        groups.extend(signing.map(|spki| (15, Dg15::new(spki).unwrap().encode(), true)));
        let (sod, anchor) = seal(&groups);
        let numbers: Vec<_> = groups.iter().map(|(number, ..)| DataGroupNumber::new(*number).unwrap()).collect();
        staged.application = groups.into_iter().map(|(number, file, _)| (number, file)).collect();
        staged.application.insert(0x1E, Com::new("0108", &numbers).unwrap().encode());
        staged.application.insert(0x1D, sod);
        if !self.pace.is_empty() {
            staged.master.insert(0x1C, SecurityInfos::new(self.pace).encode());
        }
        staged.signing_key = self.signing;
        staged.services = (bytes("6210 820138 83020200 8A0104 8C0443414141"), 0x6283);
        Document { staged, anchor }
    }
}

impl Document {
    pub(crate) fn play(self, request: Request) -> (Play, Vec<Check>, Report) {
        let play = self.staged.play(request);
        let checks = judge(&play.outcome, std::slice::from_ref(&self.anchor), &secret(), now());
        let report = Report::new(&play.outcome, checks.clone());
        (play, checks, report)
    }
}

pub(crate) fn usual_request() -> Request {
    Request::with_mrz(secret()).asking_for_services(&SERVICES)
}

pub(crate) fn outcome_of<'c>(checks: &'c [Check], name: &str) -> &'c Outcome {
    &checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("no check {name}: {checks:?}")).outcome
}

pub(crate) fn failures(checks: &[Check]) -> Vec<(&str, &str)> {
    let failed = |check: &'_ Check| matches!(check.outcome, Outcome::Failed { .. });
    checks
        .iter()
        .filter(|check| failed(check))
        .map(|check| match &check.outcome {
            Outcome::Failed { code, .. } => (check.name.as_str(), code.as_str()),
            _ => unreachable!("filtered"),
        })
        .collect()
}

fn never_tried_bac(play: &Play) -> bool {
    !play.commands.iter().any(|command| command.starts_with(&[0x00, 0x84]))
}

#[test]
fn a_right_chip_passes_every_check_that_can_be_run() {
    let (play, checks, report) = Making::usual().make().play(usual_request());
    play.end.unwrap();
    assert!(failures(&checks).is_empty(), "{}", report.text());
    assert!(report.verified, "{}", report.text());
    for name in [
        "access.card-access",
        "access.pace",
        "session.integrity",
        "card-access.matches-dg14",
        "dg14.hash",
        "chip-authentication",
        "active-authentication",
        "eservices.life-cycle",
    ] {
        assert_eq!(outcome_of(&checks, name), &Outcome::Passed, "{name}");
    }
    for (name, why) in [
        ("access.bac", "PACE opened the session"),
        ("chip-authentication-mapping", "the session was opened without it"),
        ("terminal-authentication", "nobody asked for it"),
        ("dg3.hash", "not asked for: this terminal has no right to read it"),
    ] {
        assert_eq!(outcome_of(&checks, name), &Outcome::NotRun { why: why.into() }, "{name}");
    }
    assert!(report.permit.is_some_and(|permit| permit.starts_with("not issued")));
    assert_eq!(report.opened_by.as_deref(), Some("PACE, generic mapping, AES-128, P-256, with the MRZ"));
    assert!(!play.commands.iter().any(|command| command.get(2) == Some(&0x83)), "DG3 was asked for");
}

/// Everything that is spoken, by the table of the manual: mapping, cipher and curve of PACE; cipher and curve of Chip
/// Authentication; both passwords.
#[test]
fn every_combination_that_is_spoken_opens_and_is_proven() {
    let curves = [Curve::P256, Curve::BrainpoolP256r1, Curve::P384, Curve::BrainpoolP384r1, Curve::P521];
    let suites = [Suite::TripleDes, Suite::Aes128, Suite::Aes192, Suite::Aes256];
    let mappings = [PaceMapping::Generic, PaceMapping::Integrated, PaceMapping::ChipAuthentication];
    for (number, curve) in curves.into_iter().enumerate() {
        for mapping in mappings {
            let suite = suites[(number + usize::from(mapping == PaceMapping::Integrated)) % 4];
            let suite = match mapping {
                PaceMapping::ChipAuthentication if suite == Suite::TripleDes => Suite::Aes256,
                _ => suite,
            };
            let making = Making {
                pace: vec![pace(mapping, suite, curve)],
                keys: vec![(suites[number % 4], curve, None)],
                mapping: (mapping == PaceMapping::ChipAuthentication).then_some(curve),
                ..Making::usual()
            };
            let request = match number % 2 {
                0 => usual_request(),
                _ => usual_request().and_can(Password::can(CAN).unwrap()),
            };
            let (play, checks, report) = making.make().play(request);
            assert!(report.verified, "{curve:?} {mapping:?} {suite:?}\n{}", report.text());
            assert!(matches!(play.outcome.access, Some(Access::Pace { .. })));
            let by_mapping = outcome_of(&checks, "chip-authentication-mapping") == &Outcome::Passed;
            assert_eq!(by_mapping, mapping == PaceMapping::ChipAuthentication);
        }
    }
}

#[test]
fn of_several_keys_the_strongest_is_asked_to_prove_itself() {
    let keys = vec![
        (Suite::TripleDes, Curve::P521, Some(1)),
        (Suite::Aes192, Curve::P256, Some(2)),
        (Suite::Aes192, Curve::P384, Some(3)),
    ];
    let (play, _, report) = Making { keys, ..Making::usual() }.make().play(usual_request());
    assert!(report.verified, "{}", report.text());
    assert_eq!(play.outcome.chip_authentication.passed().unwrap().key_id, Some(3));
}

#[test]
fn rsa_keys_of_active_authentication() {
    for hash in [HashAlgorithm::Sha1, HashAlgorithm::Sha256] {
        let private = RsaPrivateKey::generate(1024, &mut SeededEntropy::new([0x45; 32])).unwrap();
        let signing = Some(SigningKey::Rsa(private, hash));
        let (play, checks, report) = Making { signing, ..Making::usual() }.make().play(usual_request());
        assert!(report.verified, "{}", report.text());
        assert_eq!(play.outcome.active_authentication, Ended::Passed(hash), "{checks:?}");
    }
}

/// BAC where nothing else is offered, and what the policy makes of it.
#[test]
fn the_policy_decides_about_bac_and_a_card_access_number_never_opens_it() {
    let bac = || Making { pace: Vec::new(), ..Making::usual() }.make();
    let (play, checks, report) = bac().play(usual_request());
    assert_eq!(play.outcome.access, Some(Access::Bac));
    assert!(report.verified, "{}", report.text());
    assert_eq!(outcome_of(&checks, "card-access.matches-dg14"), &Outcome::Passed);

    let (play, checks, _) = bac().play(usual_request().policy(AccessPolicy::PaceOnly));
    assert_eq!(failures(&checks), [("access.pace", "inspect.pace-not-offered")]);
    assert!(never_tried_bac(&play));

    let (play, checks, _) = bac().play(Request::with_can(Password::can(CAN).unwrap()));
    assert_eq!(failures(&checks), [("access.bac", "inspect.no-mrz")]);
    assert!(never_tried_bac(&play));

    let (play, checks, report) = Making::usual().make().play(usual_request().policy(AccessPolicy::BacOnly));
    assert_eq!(play.outcome.access, Some(Access::Bac));
    assert!(report.verified, "{}", report.text());
    assert!(matches!(outcome_of(&checks, "card-access.matches-dg14"), Outcome::NotRun { .. }));
}

/// Whatever goes wrong with PACE ends the session at `access.pace`; GET CHALLENGE is never sent.
#[test]
fn a_pace_failure_never_turns_into_bac() {
    for (step, answer, code) in [
        (2, "6A80", "channel.refused"),
        (2, "6982", "channel.refused"),
        (3, "6300", "channel.refused"),
        (3, "9000", "pace.object"),
        (3, "7C04800201029000", "channel.length"),
        (4, "7C0482020102 9000", "pace.key"),
        (5, "6A80", "channel.refused"),
        (6, "7C0A860800000000000000009000", "pace.card-token"),
        (6, "6300", "channel.refused"),
    ] {
        let mut document = Making::usual().make();
        let answer = bytes(answer);
        document.staged.wire = Box::new(move |at, _, right| if at == step { answer.clone() } else { right });
        let (play, checks, report) = document.play(usual_request());
        assert_eq!(failures(&checks), [("access.pace", code)], "step {step}");
        assert!(never_tried_bac(&play) && !report.verified && play.commands.len() == step + 1);
    }
    // The terminal's own keys, sent back.
    for step in [4, 5] {
        let mut document = Making::usual().make();
        document.staged.wire = Box::new(move |at, command, right| {
            let tag = if step == 4 { 0x82 } else { 0x84 };
            let mirrored = command.get(9..74).map(|key| [&encode(0x7C, &encode(tag, key)), &[0x90, 0x00][..]].concat());
            if at == step { mirrored.unwrap() } else { right }
        });
        let (play, checks, _) = document.play(usual_request());
        assert_eq!(failures(&checks), [("access.pace", "pace.key")], "step {step}");
        assert!(never_tried_bac(&play));
    }
    let wrong = Request::with_can(Password::can("135791").unwrap());
    let (play, checks, _) = Making::usual().make().play(wrong);
    assert_eq!(failures(&checks), [("access.pace", "channel.refused")]);
    assert!(never_tried_bac(&play));
}

/// What stands between chip and terminal may answer EF.CardAccess as it likes: DG14 tells.
#[test]
fn a_downgrade_is_found_by_name() {
    let mut strong = vec![pace(PaceMapping::Generic, Suite::Aes256, Curve::P384)];
    strong.push(pace(PaceMapping::Generic, Suite::TripleDes, Curve::P256));
    let with = |change: &dyn Fn(&mut Staged)| {
        let mut document = Making { pace: strong.clone(), ..Making::usual() }.make();
        change(&mut document.staged);
        document.play(usual_request())
    };
    let (_, checks, report) = with(&|_| ());
    assert!(report.verified, "{checks:?}");

    let hidden = |staged: &mut Staged| drop(staged.master.remove(&0x1C));
    let (play, checks, report) = with(&hidden);
    assert_eq!((play.outcome.access, report.verified), (Some(Access::Bac), false));
    assert_eq!(failures(&checks), [("card-access.matches-dg14", "inspect.pace-hidden")]);

    let weaker = SecurityInfos::new(vec![strong[1].clone()]).encode();
    let (_, checks, _) = with(&|staged| drop(staged.master.insert(0x1C, weaker.clone())));
    assert_eq!(failures(&checks), [("card-access.matches-dg14", "inspect.pace-hidden")]);

    let mut more = strong.clone();
    more.push(pace(PaceMapping::Integrated, Suite::Aes256, Curve::P521));
    let more = SecurityInfos::new(more).encode();
    let (_, checks, _) = with(&|staged| drop(staged.master.insert(0x1C, more.clone())));
    assert_eq!(failures(&checks), [("card-access.matches-dg14", "inspect.card-access-unsealed")]);

    for (file, check, code) in [
        // By hand: id-PACE-DH-GM-3DES-CBC-CBC over a prime field, and nothing else.
        ("31143012060A04007F00070202040101020102020100", "access.pace", "inspect.pace-not-spoken"),
        ("3003020100", "access.card-access", "securityinfo.der"),
        ("3184FFFFFFFF", "access.card-access", "inspect.card-access-unreadable"),
        ("00", "access.card-access", "inspect.card-access-unreadable"),
    ] {
        let (play, checks, _) = with(&|staged| drop(staged.master.insert(0x1C, bytes(file))));
        assert_eq!(failures(&checks), [(check, code)], "{file}");
        assert!(never_tried_bac(&play), "{file}");
    }
    for status in ["6982", "6985", "6F00", "6E00"] {
        let (play, checks, _) = with(&|staged| {
            let answer = bytes(status);
            staged.wire = Box::new(move |at, _, right| if at == 1 { answer.clone() } else { right });
        });
        assert_eq!(failures(&checks), [("access.card-access", "inspect.card-access-unreadable")], "{status}");
        assert!(never_tried_bac(&play), "{status}");
    }
}

/// A clone has every file and no private key.
#[test]
fn a_clone_is_found_by_name() {
    let mut document = Making::usual().make();
    document.staged.chip_keys = vec![(None, key(Curve::P256, 0x01))];
    let (play, checks, report) = document.play(usual_request());
    assert_eq!(failures(&checks), [("chip-authentication", "sm.plain-response")]);
    assert!(play.end.is_ok() && play.outcome.cut_short && !report.verified);
    assert!(matches!(outcome_of(&checks, "session.integrity"), Outcome::NotRun { .. }));

    let mut document = Making::usual().make();
    document.staged.chip_keys.clear();
    let (play, checks, report) = document.play(usual_request());
    assert_eq!(failures(&checks), [("chip-authentication", "channel.refused")]);
    assert!(!report.verified);
    assert_eq!(play.outcome.services, Ended::NotRun(NotRun::NoChipAuthentication), "whoever says it may be anybody");

    let mut document = Making::usual().make();
    document.staged.application.remove(&14);
    let (_, checks, _) = document.play(usual_request());
    assert_eq!(
        failures(&checks),
        [
            ("dg14.hash", "inspect.refused"),
            ("chip-authentication", "inspect.undecodable"),
            ("active-authentication", "aa.algorithm"),
        ]
    );

    let mut document = Making::usual().make();
    document.staged.signing_key = Some(SigningKey::Ecdsa(key(Curve::P256, 0x01), HashAlgorithm::Sha256));
    let (_, checks, report) = document.play(usual_request());
    assert_eq!(failures(&checks), [("active-authentication", "aa.signature")]);
    assert!(!report.verified);

    let mut document = Making::usual().make();
    document.staged.signing_key = None;
    let (_, checks, _) = document.play(usual_request());
    assert_eq!(failures(&checks), [("active-authentication", "channel.refused")]);

    let making = Making {
        pace: vec![pace(PaceMapping::ChipAuthentication, Suite::Aes128, Curve::P256)],
        mapping: Some(Curve::P256),
        ..Making::usual()
    };
    let mut document = making.make();
    document.staged.mapping_key = Some(key(Curve::P256, 0x01));
    let (_, checks, report) = document.play(usual_request());
    assert_eq!(failures(&checks), [("chip-authentication-mapping", "pace.chip-authentication")]);
    assert!(!report.verified);
}

/// A key in DG14 that is not spoken is no reason to believe the chip.
#[test]
fn a_chip_that_offers_only_what_is_not_spoken_stays_unverified() {
    // By hand: ChipAuthenticationInfo with id-CA-DH-3DES-CBC-CBC.
    let prime_field = SecurityInfo::Unknown(bytes("300F060A04007F00070202030101020101"));
    let making =
        Making { keys: Vec::new(), pace: vec![Making::usual().pace.remove(0), prime_field], ..Making::usual() };
    let (play, checks, report) = making.make().play(usual_request());
    assert!(failures(&checks).is_empty(), "{checks:?}");
    assert_eq!(play.outcome.chip_authentication, Ended::NotRun(NotRun::NotSpoken));
    assert!(!report.verified);
}

/// Old answers, answers in the clear, altered ones, and answers of nobody.
#[test]
fn replayed_and_altered_answers_are_found_by_name() {
    let read_group = |command: &[u8]| command.starts_with(&[0x0C, 0xB0, 0x81]);
    for (title, code) in
        [("replayed", "sm.mac"), ("altered", "sm.mac"), ("clear", "sm.object"), ("bare", "sm.plain-response")]
    {
        let mut document = Making::usual().make();
        let mut before = Vec::new();
        document.staged.wire = Box::new(move |_, command, right| {
            let answer = match title {
                _ if !read_group(command) => right.clone(),
                "replayed" => before.clone(),
                "altered" => right.iter().enumerate().map(|(at, octet)| octet ^ u8::from(at == 9)).collect(),
                "clear" => bytes("615D5F1F5A 9000"),
                _ => bytes("6F00"),
            };
            before = right;
            answer
        });
        let (play, checks, report) = document.play(usual_request());
        assert_eq!(failures(&checks), [("session.integrity", code)], "{title}");
        assert!(play.end.is_err() && !report.verified);
        assert_eq!(outcome_of(&checks, "access.pace"), &Outcome::Passed);
    }
}

/// Status word and parameters of the eServices application, each altered.
#[test]
fn the_life_cycle_is_believed_only_whole() {
    let fcp = |octet: u8| bytes(&format!("6206 8A01{octet:02X} 820138"));
    for (file, status, expected) in [
        (fcp(0x05), 0x9000, Ok("activated")),
        (fcp(0x04), 0x6283, Ok("not issued")),
        (fcp(0x05), 0x6283, Err("inspect.life-cycle")),
        (fcp(0x04), 0x9000, Err("inspect.life-cycle")),
        (fcp(0x0F), 0x9000, Err("inspect.life-cycle")),
        (Vec::new(), 0x6283, Err("inspect.life-cycle")),
        (bytes("6205 8A02 0405"), 0x9000, Err("inspect.life-cycle")),
        (Vec::new(), 0x6982, Err("inspect.refused")),
    ] {
        let mut document = Making::usual().make();
        document.staged.services = (file, status);
        let (_, checks, report) = document.play(usual_request());
        match expected {
            Ok(permit) => assert!(report.permit.is_some_and(|said| said.starts_with(permit)), "{status:04X}"),
            Err(code) => assert_eq!(failures(&checks), [("eservices.life-cycle", code)], "{status:04X}"),
        }
        assert_eq!(report.verified, expected.is_ok());
    }
    let mut document = Making::usual().make();
    document.staged.services = (Vec::new(), 0x6A82);
    let (play, _, report) = document.play(usual_request());
    assert!(report.verified && report.permit.is_none());
    assert_eq!(play.outcome.services, Ended::NotRun(NotRun::NotOffered));
}
