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
        std::thread::sleep(std::time::Duration::from_millis(10 + 25 * round));
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
    // Whoever was killed while writing left a draft, which is no list.
    let mut of_lists: Vec<u64> = kept
        .filter(|path| path.extension().is_some_and(|ending| ending == "crl"))
        .map(|path| {
            let shown = csca.pki(&["show", path.to_str().unwrap()]);
            u64::from_str_radix(shown["number"].as_str().unwrap(), 16).unwrap()
        })
        .collect();
    of_lists.sort_unstable();
    assert!(of_lists.windows(2).all(|pair| pair[0] < pair[1]), "{of_lists:?}");
    assert!(of_lists.iter().all(|number| numbers.contains(number)), "a list whose number was not taken first");
}

/// A sealed document as a folder, judged far from any home's lists: what is given by hand decides.
#[test]
fn a_document_is_judged_by_the_lists_that_are_given() {
    let csca = authority("P-256");
    let line = certified(&csca, "P-256");
    line.destroy("document-signer/1");
    let (anchor, certificate) = (line.file("csca.der"), line.file("ds.der"));
    line.pki(&["ds", "install", &certificate, "--csca", &anchor, "--key", "document-signer/2"]);
    let folder = line.path("document");
    std::fs::create_dir(&folder).unwrap();
    let mrz = format!("{:<<90}", "IRITA");
    std::fs::write(folder.join("DG1.bin"), [&[0x61, 0x5D, 0x5F, 0x1F, 0x5A], mrz.as_bytes()].concat()).unwrap();
    std::fs::write(folder.join("DG2.bin"), [0x75, 0x02, 0x5F, 0x2E]).unwrap();
    let folder = folder.to_str().unwrap();
    line.0.succeed(&["seal", "sign", folder]);

    csca.make(&["crl", "make", "--key", "csca/2"], "1.crl");
    csca.pki(&["crl", "revoke", &csca.file("ds.der"), "--reason", "key-compromise"]);
    csca.make(&["crl", "make", "--key", "csca/2"], "2.crl");
    csca.key("master-list-signer");
    csca.make(&["ds", "request", "--as", "master-list-signer"], "lists.csr");
    let request = csca.file("lists.csr");
    let named = ["csca", "sign", "--key", "csca/2", "--as", "master-list-signer", "--request", &request];
    csca.make(&named, "lists.der");
    let (own, lists) = (csca.file("csca.der"), csca.file("lists.der"));
    csca.pki(&["ds", "install", &lists, "--as", "master-list-signer", "--csca", &own]);
    csca.make(&["master-list", "make", &own], "ITA.ml");

    let stranger = House::new();
    let judged = |trust: &[&str]| {
        let output = stranger.0.run(&[&["--json", "seal", "verify", folder], trust].concat());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let checks = report["checks"].as_array().unwrap();
        let revocation = checks.iter().find(|check| check["name"] == "sod.revocation").unwrap();
        let code = revocation["code"].as_str().unwrap_or_default();
        (output.status.code().unwrap(), format!("{} {code}", revocation["outcome"].as_str().unwrap()))
    };
    let (first, second) = (csca.file("1.crl"), csca.file("2.crl"));
    assert_eq!(judged(&["--csca", &own]), (0, "not-run ".to_owned()));
    assert_eq!(judged(&["--csca", &own, "--crl", &first]), (0, "passed ".to_owned()));
    assert_eq!(judged(&["--csca", &own, "--crl", &second]), (1, "failed seal.revoked".to_owned()));
    let list = csca.file("ITA.ml");
    assert_eq!(judged(&["--master-list", &list, "--crl", &first]), (0, "passed ".to_owned()));
    assert_eq!(judged(&["--master-list", &list, "--crl", &second]), (1, "failed seal.revoked".to_owned()));
    // A damaged list ends it before any verdict, and so does a master list that another authority would have to vouch for.
    let other = authority("P-256").read("csca.der");
    let other = stranger.write("other.der", &other);
    for (trust, code) in [
        (["--csca", &own, "--master-list", &csca.tampered("ITA.ml")], "seal.signature"),
        (["--csca", &other, "--master-list", &list], "seal.chain-unknown-issuer"),
        (["--csca", &own, "--crl", &csca.tampered("2.crl")], "seal.revocation-list-signature"),
    ] {
        let (exit, error) = stranger.0.refuse(&[&["seal", "verify", folder], &trust[..]].concat());
        assert_eq!((exit, error["code"].as_str()), (3, Some(code)));
    }
}
