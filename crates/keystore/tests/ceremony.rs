//! A ceremony from its script to the auditor who replays it.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod lab;

use std::fs;
use std::path::Path;
use std::process::Command;

use sigillo_crypto::SeededEntropy;
use sigillo_keystore::{CeremonyScript, Custodians, Keystore, KeystoreError, SoftwareKeys, Transcript};
use sigillo_secret::SecretBytes;

use crate::lab::{TODAY, in_files};

const SCRIPT: &str = r#"
title = "Keys of batch 2026-A"
custodians = ["anna", "bruno"]

[[step]]
do = "say"
text = "Open both envelopes of the vendor; compare the seals with the delivery note."

[[step]]
do = "import"
role = "transport"
name = "2026-A"

[[step]]
do = "check"
label = "transport/2026-A"

[[step]]
do = "generate"
role = "document-signer"
algorithm = "P-384"

[[step]]
do = "rotate"
role = "data-key-wrapping"

[[step]]
do = "destroy"
label = "data-key-wrapping/1"
"#;

/// Two people of whom one may shake his head.
struct Room {
    refuses_at: Option<usize>,
    seen: Vec<String>,
}

impl Custodians for Room {
    fn component(&mut self, custodian: &str, _step: usize) -> Result<SecretBytes, KeystoreError> {
        Ok(SecretBytes::new(vec![u8::try_from(custodian.len()).unwrap(); 32]))
    }

    fn confirms(&mut self, custodian: &str, step: usize, shown: &str) -> Result<bool, KeystoreError> {
        self.seen.push(format!("{custodian}: {shown}"));
        Ok(self.refuses_at != Some(step))
    }
}

fn carry_out(
    keys: &mut SoftwareKeys,
    transcript: &Path,
    refuses_at: Option<usize>,
) -> Result<Transcript, KeystoreError> {
    let script = CeremonyScript::parse(SCRIPT).unwrap();
    let mut room = Room { refuses_at, seen: Vec::new() };
    let told = script.carry_out(keys, &mut room, transcript, TODAY, &mut SeededEntropy::new([2; 32]));
    assert!(room.seen.iter().any(|seen| seen.starts_with("bruno: ")));
    told
}

#[test]
fn a_ceremony_is_replayed_by_us_and_by_python() {
    let home = tempfile::tempdir().unwrap();
    let mut keys = in_files(&home.path().join("keys"));
    let transcript = home.path().join("ceremony.jsonl");
    let told = carry_out(&mut keys, &transcript, None).unwrap();
    assert_eq!((told.title.as_str(), told.shown.len()), ("Keys of batch 2026-A", 6));
    assert!(told.shown[1].starts_with("transport/2026-A AES-256 "));
    assert_eq!(told.shown[1], told.shown[2]);
    assert!(told.shown[3].starts_with("document-signer/2 P-384 "));
    assert_eq!(told.shown[5], "data-key-wrapping/1 destroyed");
    assert!(keys.inventory(TODAY).unwrap().is_empty());
    let script = CeremonyScript::parse(SCRIPT).unwrap();
    assert_eq!(Transcript::verify(&transcript, Some(&script)).unwrap(), told);

    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../interop/python/judge_ceremony.py");
    let python = |file: &Path| Command::new("python3").arg(&judge).arg(file).output().unwrap();
    let replayed = python(&transcript);
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    for (shown, line) in told.shown.iter().zip(String::from_utf8(replayed.stdout).unwrap().lines()) {
        assert!(line.ends_with(shown.as_str()), "{line}");
    }

    // What an auditor must not swallow: an altered, missing or moved line, a cut end, another script.
    let text = fs::read_to_string(&transcript).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        change(&mut lines);
        let path = home.path().join("altered.jsonl");
        let _ = fs::remove_file(&path);
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        assert!(!python(&path).status.success(), "Python swallows what was altered");
        Transcript::verify(&path, None).unwrap_err().code()
    };
    assert_eq!(with(&|lines| lines[2] = lines[2].replace("AES-256", "AES-128")), "keystore.chain-broken");
    assert_eq!(with(&|lines| lines[4] = lines[4].replace("bruno", "bruna")), "keystore.chain-broken");
    assert_eq!(with(&|lines| drop(lines.remove(3))), "keystore.chain-broken");
    assert_eq!(with(&|lines| lines.swap(3, 4)), "keystore.chain-broken");
    assert_eq!(with(&|lines| lines.truncate(5)), "keystore.transcript");
    let other = CeremonyScript::parse(&SCRIPT.replace("P-384", "P-256")).unwrap();
    assert_eq!(Transcript::verify(&transcript, Some(&other)).unwrap_err().code(), "keystore.transcript");
    // No component is written down.
    assert!(!text.contains(&"04".repeat(32)) && !text.contains(&"05".repeat(32)));
}

#[test]
fn a_custodian_who_shakes_his_head_ends_it() {
    let home = tempfile::tempdir().unwrap();
    let mut keys = in_files(&home.path().join("keys"));
    let transcript = home.path().join("ceremony.jsonl");
    let error = carry_out(&mut keys, &transcript, Some(2)).unwrap_err();
    assert_eq!((error.code(), error.subject()), ("keystore.not-confirmed", Some("anna")));
    assert!(keys.batches().is_empty(), "nothing was imported");
    assert_eq!(Transcript::verify(&transcript, None).unwrap_err().code(), "keystore.transcript");
}

#[test]
fn scripts_that_are_none_are_refused() {
    for (from, to) in [
        ("[\"anna\", \"bruno\"]", "[\"anna\"]"),
        ("[\"anna\", \"bruno\"]", "[\"anna\", \"Anna \"]"),
        ("do = \"say\"", "do = \"sing\""),
        ("role = \"transport\"", "role = \"king\""),
        ("label = \"transport/2026-A\"", "label = \"transport\""),
        ("text = ", "words = "),
    ] {
        assert!(SCRIPT.contains(from), "{from}");
        assert_eq!(CeremonyScript::parse(&SCRIPT.replace(from, to)).unwrap_err().code(), "keystore.ceremony", "{to}");
    }
    assert_eq!(
        CeremonyScript::parse("title = 'x'\ncustodians = ['a', 'b']\nstep = []").unwrap_err().code(),
        "keystore.ceremony"
    );
}
