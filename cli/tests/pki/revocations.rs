//! Revocation lists: made, judged by OpenSSL, taken in by another home, and what a missing, stale or damaged one means.

use serde_json::Value;

use crate::documents::{authority, certified};
use crate::foreign::openssl;
use crate::house::{House, carry};

/// What the lists say of the last file, and the code by which the policy refuses it.
fn verdict(house: &House, files: &[&str]) -> (String, String) {
    let output = house.0.run(&[&["--json", "pki", "check"], files].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let status = &report["files"].as_array().unwrap().last().unwrap()["revocation"];
    let text = |name: &str| status[name].as_str().unwrap_or("-").to_owned();
    (text("verdict"), text("refused"))
}

/// Sets the section `[pki]` of a home.
fn policy(house: &House, crl: &str) {
    let path = house.0.home().join("sigillo.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("crl = \"warn\""), "{text}");
    std::fs::write(&path, text.replace("crl = \"warn\"", &format!("crl = \"{crl}\""))).unwrap();
}

#[test]
fn a_signer_is_revoked_and_the_line_knows() {
    let csca = authority("P-256");
    let line = certified(&csca, "P-256");
    let files = [line.file("csca.der"), line.file("ds.der")];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let says = |verdict: (String, String), expected: (&str, &str)| {
        assert_eq!((verdict.0.as_str(), verdict.1.as_str()), expected);
    };
    says(verdict(&line, &files), ("missing", "-"));
    policy(&line, "require");
    says(verdict(&line, &files), ("missing", "seal.revocation-list-missing"));

    let at = csca.0.path();
    csca.make(&["crl", "make", "--key", "csca/2"], "1.crl");
    assert!(openssl(at, &["x509", "-inform", "DER", "-in", "csca.der", "-out", "csca.pem"]));
    let judge = |list: &str| {
        let output = crate::foreign::run(
            at,
            "openssl",
            &["crl", "-inform", "DER", "-in", list, "-CAfile", "csca.pem", "-noout"],
        );
        String::from_utf8_lossy(&output.stderr).contains("verify OK")
    };
    assert!(judge("1.crl"));
    let twin = csca.tampered("1.crl");
    assert!(!judge(&twin));
    let list = carry(&csca, "1.crl", &line);
    let twin = line.tampered("1.crl");
    assert_eq!(
        line.refuse(&["crl", "import", &twin, "--csca", files[0]]),
        (3, "seal.revocation-list-signature".to_owned())
    );
    assert_eq!(line.refuse(&["crl", "import", &list]), (3, "seal.revocation-list-issuer".to_owned()));
    line.pki(&["crl", "import", &list, "--csca", files[0]]);
    says(verdict(&line, &files), ("good", "-"));
    let shown = line.pki(&["crl", "show"]);
    assert_eq!(shown["lists"][0]["this_update"], "2026-11-02T09:00:00Z");

    // Revoked: the next list says so, and the one before is not taken again.
    let signer = csca.file("ds.der");
    csca.pki(&["crl", "revoke", &signer, "--reason", "key-compromise"]);
    assert_eq!(csca.refuse(&["crl", "revoke", &signer, "--reason", "superseded"]).1, "pki.revoked-already");
    assert_eq!(csca.refuse(&["crl", "revoke", &csca.file("csca.der.none"), "--reason", "superseded"]).1, "line.file");
    let made = csca.make(&["crl", "make", "--key", "csca/2"], "2.crl");
    assert_eq!(made["lists"][0]["number"], "02");
    assert_eq!(made["lists"][0]["revoked"].as_array().unwrap().len(), 1);
    assert!(judge("2.crl"));
    let check = ["verify", "-crl_check", "-attime", "1793620800", "-no-CApath", "-no-CAstore", "-CAfile", "csca.pem"];
    for (list, accepted) in [("1.crl", true), ("2.crl", false)] {
        let pem = format!("{list}.pem");
        assert!(openssl(at, &["crl", "-inform", "DER", "-in", list, "-out", &pem]));
        assert!(openssl(at, &["x509", "-inform", "DER", "-in", "ds.der", "-out", "ds.pem"]));
        assert_eq!(openssl(at, &[&check[..], &["-CRLfile", &pem, "ds.pem"]].concat()), accepted, "{list}");
    }
    let second = carry(&csca, "2.crl", &line);
    line.pki(&["crl", "import", &second]);
    says(verdict(&line, &files), ("revoked", "seal.revoked"));
    assert_eq!(line.refuse(&["crl", "import", &list]), (3, "pki.list-older".to_owned()));

    // A list that somebody altered in the folder says nothing, and is named.
    let folder = line.0.home().join("pki/crls");
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let mut octets = std::fs::read(&path).unwrap();
        *octets.last_mut().unwrap() ^= 1;
        std::fs::write(&path, octets).unwrap();
    }
    says(verdict(&line, &files), ("missing", "seal.revocation-list-missing"));
    assert_eq!(line.pki(&["crl", "show"])["lists"][0]["code"], "seal.revocation-list-signature");
}

/// 90 days later the list is old: named and dated, and the policy decides.
#[test]
fn an_old_list_is_stale() {
    let csca = authority("P-256");
    let line = certified(&csca, "P-256");
    csca.make(&["crl", "make", "--key", "csca/2", "--days", "30"], "1.crl");
    let (list, anchor, signer) = (carry(&csca, "1.crl", &line), line.file("csca.der"), line.file("ds.der"));
    line.pki(&["crl", "import", &list, "--csca", &anchor]);
    let later = |now: &str| {
        let home = line.0.home();
        let arguments = ["--home", home.to_str().unwrap(), "--now", now, "--json", "pki", "check", &anchor, &signer];
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_sigillo")).args(arguments).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let row = &report["files"][1];
        row["revocation"].clone()
    };
    assert_eq!(later("2026-12-01T09:00:00Z")["says"], "good as of 2026-11-02T09:00:00Z");
    let status = later("2026-12-03T09:00:00Z");
    assert_eq!((&status["verdict"], &status["refused"]), (&"stale".into(), &Value::Null));
    assert!(status["says"].as_str().unwrap().contains("2026-12-02T09:00:00Z"), "{status}");
    policy(&line, "require");
    assert_eq!(later("2026-12-03T09:00:00Z")["refused"], "seal.revocation-list-stale");
}

/// Killed at any moment: a number is lost at most, and no two lists have one.
#[test]
fn killed_while_it_makes_lists_no_number_comes_twice() {
    let csca = authority("P-256");
    let mut finished = 0;
    for round in 0..24u64 {
        let out = csca.file(&format!("{round}.crl"));
        let mut program = csca.0.command(&["pki", "crl", "make", "--key", "csca/2", "--out", &out]);
        let mut child =
            program.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(10 + 12 * round));
        let _ = child.kill();
        finished += u64::from(child.wait().unwrap().success());
    }
    csca.make(&["crl", "make", "--key", "csca/2"], "last.crl");
    let register = csca.pki(&["register"]);
    let rows = register["numbers"].as_array().unwrap().iter().filter(|row| row["what"] == "crl");
    let numbers: Vec<u64> = rows.map(|row| row["number"].as_str().unwrap().parse().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    assert!(numbers.len() as u64 > finished && finished > 0, "{finished} of 24 finished, {numbers:?}");
    let kept = std::fs::read_dir(csca.0.home().join("pki/crls")).unwrap().map(|entry| entry.unwrap().path());
    let mut of_lists: Vec<u64> = kept
        .map(|path| {
            let shown = csca.pki(&["show", path.to_str().unwrap()]);
            u64::from_str_radix(shown["number"].as_str().unwrap(), 16).unwrap()
        })
        .collect();
    of_lists.sort_unstable();
    assert!(of_lists.windows(2).all(|pair| pair[0] < pair[1]), "{of_lists:?}");
    assert!(of_lists.iter().all(|number| numbers.contains(number)), "a list whose number was not taken first");
}
