//! `sigillo seal` as its user has it; OpenSSL judges what comes out, and refuses its twin.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

#[path = "judges/openssl.rs"]
#[allow(dead_code, reason = "shared with the judges of a whole lot")]
mod openssl;
mod workshop;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use openssl::Trust;
use serde_json::Value;
use workshop::Workshop;

/// 2026-11-02 09:00 UTC.
const MOMENT: i64 = 1_793_610_000;
/// OpenSSL builds a chain of named curves; of explicit parameters it verifies the message.
const NAMED: &str = "pse-rf-bac-named";

/// A folder with DG1 and DG2 of a document that no other has.
fn document(workshop: &Workshop, number: u32) -> PathBuf {
    let folder = workshop.path().join(format!("document-{number}"));
    fs::create_dir(&folder).unwrap();
    let mrz = format!("{:<<90}", format!("IRITA{number:09}"));
    fs::write(folder.join("DG1.bin"), [&[0x61, 0x5D, 0x5F, 0x1F, 0x5A], mrz.as_bytes()].concat()).unwrap();
    fs::write(folder.join("DG2.bin"), [0x75, 0x02, 0x5F, 0x2E]).unwrap();
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn check<'v>(report: &'v Value, name: &str) -> &'v Value {
    report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap_or(&Value::Null)
}

/// The report of a verification that must end in exit status 1.
fn unverified(workshop: &Workshop, arguments: &[&str]) -> Value {
    let output = workshop.run(&[&["--json", "seal", "verify"], arguments].concat());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["verified"], false);
    report
}

#[test]
fn what_is_sealed_verifies_here_and_by_openssl_and_its_twins_do_not() {
    let workshop = Workshop::with_home(NAMED);
    let folder = document(&workshop, 1);
    let sealed = workshop.succeed(&["seal", "sign", text(&folder)]);
    let row = &sealed["documents"][0];
    assert_eq!(
        (row["sealed"].as_bool(), row["signer"].as_str(), row["slot"].as_u64()),
        (Some(true), Some("document-signer/1"), Some(1))
    );
    let csca = workshop.csca();
    let report = workshop.succeed(&["seal", "verify", text(&folder), "--csca", text(&csca)]);
    assert_eq!(report["verified"], true);
    assert_eq!(check(&report, "sod.revocation")["outcome"], "not-run", "no list is here, and that is said");

    let path = folder.join("EF.SOD.bin");
    let sod = fs::read(&path).unwrap();
    let shown = workshop.succeed(&["seal", "show", text(&folder)]);
    assert_eq!(shown["digest"], row["sod_digest"]);
    assert_eq!((shown["lds_version"].as_str(), shown["hash_algorithm"].as_str()), (Some("1.8"), Some("SHA-256")));
    let anchor = openssl::pem(&csca);
    let accepted = openssl::verify(&sod, Trust::Anchor(&anchor), MOMENT).unwrap();
    let hash = shown["groups"][0]["hash"].as_str().unwrap();
    assert!(hex::encode(&accepted.content).contains(hash), "OpenSSL found the hash of DG1 in the content");

    // One octet of a hash, and one of the signature.
    let group = sod.windows(hash.len() / 2).position(|window| hex::encode(window) == hash).unwrap();
    for (at, failed) in [(group, "sod.signature"), (sod.len() - 3, "sod.signature")] {
        let mut twin = sod.clone();
        twin[at] ^= 1;
        fs::write(&path, &twin).unwrap();
        assert_eq!(check(&unverified(&workshop, &[text(&folder), "--csca", text(&csca)]), failed)["outcome"], "failed");
        openssl::verify(&twin, Trust::Anchor(&anchor), MOMENT).err().expect("OpenSSL takes the twin");
    }
    fs::write(&path, &sod).unwrap();
    // Another country's anchor.
    let stranger = Workshop::with_home(NAMED);
    let report = unverified(&workshop, &[text(&folder), "--csca", text(&stranger.csca())]);
    assert_eq!(check(&report, "sod.chain")["code"], "seal.chain-unknown-issuer");
    openssl::verify(&sod, Trust::Anchor(&openssl::pem(&stranger.csca())), MOMENT)
        .err()
        .expect("OpenSSL takes a stranger");
    // A group that is another one, and one that is not there.
    fs::write(folder.join("DG2.bin"), [0x75, 0x02, 0x5F, 0x2F]).unwrap();
    let report = unverified(&workshop, &[text(&folder), "--csca", text(&csca)]);
    assert_eq!(check(&report, "dg2.hash")["code"], "seal.hash-mismatch");
    fs::remove_file(folder.join("DG2.bin")).unwrap();
    let report = workshop.succeed(&["seal", "verify", text(&folder), "--csca", text(&csca)]);
    assert_eq!(check(&report, "dg2.hash")["why"], "not-read");
}

#[test]
fn whatever_may_not_be_sealed_is_refused_and_says_what_to_do() {
    let workshop = Workshop::with_home("pse-rf-bac");
    let folder = document(&workshop, 1);
    // The command line takes one moment: the one of the workshop is replaced.
    let at = |moment: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sigillo"));
        command.args([
            "--home",
            text(&workshop.home()),
            "--now",
            moment,
            "--operator",
            "anna",
            "--json",
            "seal",
            "sign",
        ]);
        let output = command.arg(&folder).output().unwrap();
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        (
            output.status.code().unwrap(),
            error["code"].as_str().unwrap_or_default().to_owned(),
            error["advice"].to_string(),
        )
    };
    let (exit, code, advice) = at("2027-02-02T00:00:00Z");
    assert_eq!((exit, code.as_str()), (6, "seal.signer-usage-period"));
    assert!(advice.contains("sigillo seal slots"), "{advice}");
    assert_eq!(at("2026-11-01T00:00:00Z").1, "seal.chain-not-yet-valid");

    // No data groups, and one that is none.
    let empty = workshop.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let (exit, error) = workshop.refuse(&["seal", "sign", text(&empty)]);
    assert_eq!((exit, error["code"].as_str()), (3, Some("seal.group-count")));
    fs::write(empty.join("DG1.bin"), [0x75, 0x00]).unwrap();
    assert_eq!(workshop.refuse(&["seal", "sign", text(&empty)]).1["code"], "seal.group-tag");

    // A class of document that the signer does not sign is refused after it was signed: the seal never comes out.
    let mut dg1 = fs::read(folder.join("DG1.bin")).unwrap();
    dg1[5..7].copy_from_slice(b"P<");
    fs::write(folder.join("DG1.bin"), dg1).unwrap();
    let (exit, error) = workshop.refuse(&["seal", "sign", text(&folder)]);
    assert_eq!((exit, error["code"].as_str()), (1, Some("line.not-released")));
    assert!(error["message"].as_str().unwrap().contains("sod.document-type"), "{error}");
    assert!(!folder.join("EF.SOD.bin").exists());

    // What was given up stays given up.
    let slots = workshop.succeed(&["seal", "slots"]);
    let signer = &slots["signers"][0];
    assert_eq!(
        (signer["reserved"].as_u64(), signer["used"].as_u64(), signer["void"].as_u64()),
        (Some(0), Some(0), Some(3))
    );

    // Nobody is named for it.
    let mut nobody = std::process::Command::new(env!("CARGO_BIN_EXE_sigillo"));
    let output =
        nobody.args(["--home", text(&workshop.home()), "--json", "seal", "sign", text(&folder)]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("usage.operator"));
}

#[test]
fn a_signing_that_was_killed_goes_on_and_every_slot_ends() {
    const DOCUMENTS: u32 = 60;
    let workshop = Workshop::with_home("pse-rf-bac");
    let folders: Vec<PathBuf> = (0..DOCUMENTS).map(|number| document(&workshop, number)).collect();
    let mut arguments = vec!["seal", "sign", "--workers", "2"];
    arguments.extend(folders.iter().map(|folder| text(folder)));
    let sealed = || folders.iter().filter(|folder| folder.join("EF.SOD.bin").exists()).count();
    let mut child = workshop.command(&arguments).stdout(std::process::Stdio::null()).spawn().unwrap();
    while sealed() < 5 {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = sealed();
    assert!(before < DOCUMENTS as usize, "it was done before it was killed");

    let done = workshop.succeed(&arguments);
    let documents = done["documents"].as_array().unwrap();
    assert_eq!(documents.len(), DOCUMENTS as usize);
    let now = documents.iter().filter(|document| document["sealed"] == true).count();
    assert_eq!(now, DOCUMENTS as usize - before, "what was sealed stays as it is");
    assert_eq!(sealed(), DOCUMENTS as usize);
    // Two workers were killed: each may have left one slot reserved, or one seal that never came out.
    let slots = workshop.succeed(&["seal", "slots", "--void"]);
    let signer = &slots["signers"][0];
    let count = |name: &str| signer[name].as_u64().unwrap();
    assert_eq!(count("reserved"), 0);
    assert_eq!(count("void"), slots["voided"].as_u64().unwrap());
    let more = count("used") + count("void") - u64::from(DOCUMENTS);
    assert!(more <= 2, "{signer}");
    assert_eq!(count("left"), count("limit") - count("used") - count("void"));
    workshop.succeed(&["audit", "verify"]);
    let csca = workshop.csca();
    for folder in &folders {
        workshop.succeed(&["seal", "verify", text(folder), "--csca", text(&csca)]);
    }
}
