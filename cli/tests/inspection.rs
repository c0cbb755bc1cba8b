//! `sigillo chip inspect` and `chip verify` on specimens: every way in, every file that comes from a user, and what is said.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up must fail")]

mod workshop;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use serde_json::Value;
use sigillo_crypto::{CurvePrivateKey, SeededEntropy};
use sigillo_cvc::CvPrivateKey;
use sigillo_profile::{Profile, SecretName, embedded};
use sigillo_reader::VirtualCard;
use sigillo_specimen::{Specimen, form};
use sigillo_tlv::encode;

use crate::workshop::Workshop;

/// A specimen behind the program: its image, and what opens it, in files.
struct Border {
    shop: Workshop,
    specimen: Specimen,
}

impl Border {
    fn with(profile: &str) -> Self {
        let profile = Profile::parse(embedded(profile).unwrap()).unwrap();
        let mut specimen = form(&profile, [0xB0; 32], date(2026, 11, 2)).unwrap();
        let shop = Workshop::new();
        let border = shop.path().to_owned();
        let chip = std::mem::replace(&mut specimen.chip, sigillo_vchip::Chip::manufacture([0; 10], no_keys()));
        drop(VirtualCard::create(&border.join("chip.img"), chip).unwrap());
        fs::write(border.join("mrz.txt"), specimen.mrz.lines().join("\n")).unwrap();
        fs::write(border.join("csca.der"), specimen.csca().der()).unwrap();
        Self { shop, specimen }
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.shop.path().join(name)
    }

    fn can(&self) -> String {
        self.specimen.code(SecretName::Can).unwrap().expose(|digits| self.file("can.txt", digits))
    }

    /// Certificates and key of an inspection system that may read fingerprints.
    fn terminal(&self) -> Vec<String> {
        let chain = self.specimen.inspection.as_ref().unwrap().chain(1).unwrap();
        let mut arguments = Vec::new();
        for (number, certificate) in chain.certificates.iter().enumerate() {
            arguments
                .extend(["--terminal-cert".to_owned(), self.file(&format!("{number}.cvcert"), &certificate.encode())]);
        }
        let CvPrivateKey::Ec { key, .. } = &chain.key else { panic!("the specimen's terminals have curves") };
        arguments.extend(["--terminal-key".to_owned(), self.private("terminal.der", &ec_private_key(key))]);
        arguments
    }

    fn private(&self, name: &str, content: &[u8]) -> String {
        let file = self.file(name, content);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file
    }

    /// Runs a command on the chip; its JSON, whatever the verdict.
    fn ask(&self, command: &str, arguments: &[&str]) -> (i32, Value) {
        let (image, csca) = (self.path("chip.img"), self.path("csca.der"));
        let mut all = vec!["--json", "chip", command, "--image", image.to_str().unwrap()];
        if command == "verify" {
            all.extend(["--csca", csca.to_str().unwrap()]);
        }
        all.extend(arguments);
        let output = self.shop.run(&all);
        let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
        let json = serde_json::from_slice(&text);
        (output.status.code().unwrap(), json.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&text))))
    }

    fn with_mrz<'a>(&'a self, mrz: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        [&["--mrz-file", mrz], more].concat()
    }
}

fn no_keys() -> sigillo_channel::scp03::KeySet {
    let key = || sigillo_secret::SymmetricKey::new(&[0; 16]).unwrap();
    sigillo_channel::scp03::KeySet::new(key(), key(), key())
}

/// ECPrivateKey with the curve's name, by hand.
fn ec_private_key(key: &CurvePrivateKey) -> Vec<u8> {
    let scalar = key.expose(|scalar| encode(0x04, scalar));
    let curve = encode(0xA0, &encode(0x06, key.curve().oid().as_bytes()));
    encode(0x30, &[&encode(0x02, &[1]), scalar.as_slice(), curve.as_slice()].concat())
}

fn outcome<'r>(report: &'r Value, check: &str) -> &'r str {
    let checks = report["checks"].as_array().unwrap();
    let found = checks.iter().find(|found| found["name"] == check).unwrap_or_else(|| panic!("{check}: {report}"));
    found["outcome"].as_str().unwrap()
}

fn mrz_of(border: &Border) -> String {
    border.path("mrz.txt").to_str().unwrap().to_owned()
}

#[test]
fn a_border_sees_every_proof() {
    let border = Border::with("pse-rf-full");
    let mrz = mrz_of(&border);
    let (exit, report) = border.ask("verify", &border.with_mrz(&mrz, &[]));
    assert_eq!((exit, &report["verified"]), (0, &Value::Bool(true)), "{report}");
    for (check, expected) in [
        ("access.pace", "passed"),
        ("access.bac", "not-run"),
        ("session.integrity", "passed"),
        ("card-access.matches-dg14", "passed"),
        ("chip-authentication", "passed"),
        ("active-authentication", "passed"),
        ("terminal-authentication", "not-run"),
        ("dg3.hash", "not-run"),
        ("eservices.life-cycle", "passed"),
    ] {
        assert_eq!(outcome(&report, check), expected, "{check}");
    }
    assert!(report["permit"].as_str().unwrap().starts_with("not issued"));

    let (exit, report) = border.ask("verify", &["--can-file", &border.can()]);
    assert_eq!(exit, 0, "{report}");
    assert_eq!(outcome(&report, "mrz.matches-access-key"), "not-run");

    let terminal = border.terminal();
    let terminal: Vec<&str> = terminal.iter().map(String::as_str).collect();
    for more in [&[][..], &["--access", "pace-only"], &["--access", "bac-only"]] {
        let (exit, report) = border.ask("verify", &[border.with_mrz(&mrz, &terminal), more.to_vec()].concat());
        assert_eq!(exit, 0, "{report}");
        assert_eq!((outcome(&report, "terminal-authentication"), outcome(&report, "dg3.hash")), ("passed", "passed"));
    }

    let (exit, report) =
        border.ask("inspect", &["--can-file", &border.can(), "--save", border.path("files").to_str().unwrap()]);
    assert_eq!((exit, &report["verified"]), (0, &Value::Bool(false)), "no anchor, no verdict");
    assert!(report["document"]["mrz"].as_array().is_some_and(|lines| lines.len() == 3));
    assert!(border.path("files/EF.CardAccess.bin").is_file() && border.path("files/DG14.bin").is_file());
}

#[test]
fn the_policy_is_the_users() {
    let border = Border::with("pse-rf-bac");
    let mrz = mrz_of(&border);
    let (exit, report) = border.ask("verify", &border.with_mrz(&mrz, &[]));
    assert_eq!((exit, outcome(&report, "access.bac")), (0, "passed"), "{report}");
    let (exit, report) = border.ask("verify", &border.with_mrz(&mrz, &["--access", "pace-only"]));
    assert_eq!((exit, outcome(&report, "access.pace")), (1, "failed"));
    let (exit, refused) = border.ask("inspect", &border.with_mrz(&mrz, &["--access", "pace-only"]));
    assert_eq!((exit, &refused["code"]), (5, &"inspect.pace-not-offered".into()), "{refused}");
    let can = border.file("can.txt", b"123456\n");
    let (exit, refused) = border.ask("inspect", &["--can-file", &can]);
    assert_eq!((exit, &refused["code"]), (5, &"inspect.no-mrz".into()), "{refused}");
}

/// What a user gives in files, each wrong in its own way; the chip is never asked.
#[test]
fn wrong_files_are_refused_before_the_chip_is_touched() {
    let border = Border::with("pse-rf-full");
    let mrz = mrz_of(&border);
    let before = fs::read(border.path("chip.img")).unwrap();
    let refuses = |arguments: &[&str], exit: i32, code: &str| {
        let (found, refused) = border.ask("inspect", &border.with_mrz(&mrz, arguments));
        assert_eq!((found, refused["code"].as_str()), (exit, Some(code)), "{refused}");
        assert!(refused["advice"].as_str().is_some_and(|advice| !advice.is_empty()));
    };
    let terminal = border.terminal();
    let [.., "--terminal-cert", own, "--terminal-key", key] = *terminal.iter().map(String::as_str).collect::<Vec<_>>()
    else {
        panic!("certificates, then the key")
    };
    let with = |certificate: &str, key: &str| -> Vec<String> {
        ["--terminal-cert", certificate, "--terminal-key", key].map(str::to_owned).to_vec()
    };
    let stranger = CurvePrivateKey::generate(sigillo_crypto::Curve::P256, &mut SeededEntropy::new([1; 32]));
    let others = border.private("others.der", &ec_private_key(&stranger));
    let open = border.file("open.der", &fs::read(key).unwrap());
    fs::set_permissions(Path::new(&open), fs::Permissions::from_mode(0o644)).unwrap();
    let truncated = border.private("short.der", &fs::read(key).unwrap()[..20]);
    let missing = border.path("nothing").to_str().unwrap().to_owned();
    let text = border.file("text.cvcert", b"not a certificate");
    for (arguments, exit, code) in [
        (with(own, &open), 6, "keystore.file-mode"),
        (with(own, &missing), 6, "keystore.missing"),
        (with(own, &truncated), 3, "inspect.terminal-key-form"),
        (with(own, &others), 3, "inspect.terminal-key"),
        (with(&text, key), 3, "cvc.objects"),
        (with(&missing, key), 3, "line.file"),
        (vec!["--terminal-key".to_owned(), key.to_owned()], 2, "usage.arguments"),
        (vec!["--can-file".to_owned(), border.file("five.txt", b"12345")], 3, "pace.password"),
        (vec!["--eservices".to_owned(), "F0".to_owned()], 2, "usage.arguments"),
        (vec!["--access".to_owned(), "bac-first".to_owned()], 2, "usage.arguments"),
    ] {
        refuses(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), exit, code);
    }
    assert_eq!(fs::read(border.path("chip.img")).unwrap(), before);
}
