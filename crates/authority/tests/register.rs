//! The register: no number twice, whatever ends the program, and no line altered unseen.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use sigillo_authority::{Act, By, Register};

const ANNA: By<'_> = By { operator: "anna", at: "2026-11-02T10:00:00Z" };

fn open(folder: &Path) -> Register {
    Register::open(folder).unwrap()
}

#[test]
fn numbers_are_taken_once_and_keep_what_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let mut register = open(folder.path());
    let first = register.take(ANNA, "csca", "document-signer", "41").unwrap();
    assert_eq!(first.number(), "41");
    assert_eq!(register.take(ANNA, "csca", "document-signer", "41").unwrap_err().code(), "pki.number-taken");
    register.issue(ANNA, first, "CN=A", "2036-01-01T00:00:00Z", b"certificate").unwrap();
    // The numbers of another authority are others.
    let _lost = register.take(ANNA, "eservices-ca", "holder", "41").unwrap();
    register.revoke(ANNA, "csca", "41", "key-compromise").unwrap();

    let mut again = open(folder.path());
    assert_eq!(again.entries(), register.entries());
    assert_eq!(again.take(ANNA, "eservices-ca", "holder", "41").unwrap_err().code(), "pki.number-taken");
    assert_eq!(again.revoke(ANNA, "csca", "41", "superseded").unwrap_err().code(), "pki.revoked-already");
    assert_eq!(again.revoke(ANNA, "csca", "42", "superseded").unwrap_err().code(), "pki.not-issued");
    let rows = again.issued();
    let row = |at: usize| (rows[at].number, rows[at].subject, rows[at].revoked.map(|(_, reason)| reason));
    assert_eq!(row(0), ("41", Some("CN=A"), Some("key-compromise")));
    assert_eq!(row(1), ("41", None, None), "taken, and nothing recorded: the number is lost");
    let Act::Issue { digest, .. } = &again.entries()[1].act else { panic!("issued") };
    assert_eq!(*digest, hex::encode(sigillo_crypto::sha256(b"certificate")));
}

/// Every octet of every line, and every line left out, doubled or moved.
#[test]
fn what_is_altered_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let mut register = open(folder.path());
    for number in 1..=4 {
        let taken = register.take(ANNA, "csca", "crl", &number.to_string()).unwrap();
        register.issue(ANNA, taken, "CN=A", "", b"list").unwrap();
    }
    let path = folder.path().join("register.jsonl");
    let good = fs::read(&path).unwrap();
    let refused = |octets: &[u8]| {
        fs::write(&path, octets).unwrap();
        Register::open(folder.path()).err().map(|error| error.code().to_owned())
    };
    let last_line = good[..good.len() - 1].iter().rposition(|octet| *octet == b'\n').unwrap() + 1;
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 1;
        // Without its end the last line was never promised.
        let expected = if at == good.len() - 1 { None } else { Some("pki.register".to_owned()) };
        assert_eq!(refused(&changed), expected, "octet {at}");
    }
    let lines: Vec<&[u8]> = good.split_inclusive(|octet| *octet == b'\n').collect();
    for at in 0..lines.len() - 1 {
        let mut without = lines.clone();
        without.remove(at);
        assert!(refused(&without.concat()).is_some(), "without line {at}");
        let mut swapped = lines.clone();
        swapped.swap(at, at + 1);
        assert!(refused(&swapped.concat()).is_some(), "line {at} swapped");
    }
    // A torn last line is cut off by the next one that is written.
    for cut in last_line + 1..good.len() {
        fs::write(&path, &good[..cut]).unwrap();
        let mut torn = Register::open(folder.path()).unwrap();
        assert_eq!(torn.entries().len(), 7);
        let _taken = torn.take(ANNA, "csca", "crl", "5").unwrap();
        assert_eq!(Register::open(folder.path()).unwrap().entries().len(), 8);
    }
}

/// A process that takes numbers and says which, killed again and again: what it said is there, and nothing twice.
#[test]
fn killed_at_any_moment_no_number_comes_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut said: Vec<u64> = Vec::new();
    for round in 0..40u32 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "taker", "--nocapture"])
            .env("SIGILLO_REGISTER", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(u64::from(15 + 3 * (round % 11))));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        // The last line may be torn.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        said.extend(
            whole.lines().filter_map(|line| line.strip_prefix("took ")?.strip_suffix('.')?.parse::<u64>().ok()),
        );
    }
    let distinct: BTreeSet<u64> = said.iter().copied().collect();
    assert_eq!(distinct.len(), said.len(), "a number was given twice");
    assert!(said.len() > 40, "the takers were killed before they took anything: {}", said.len());
    let register = Register::open(folder.path()).unwrap();
    let taken: Vec<u64> = register.numbers("csca").map(|number| number.parse().unwrap()).collect();
    assert!(taken.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(distinct.iter().all(|number| taken.contains(number)), "a number that was said is not in the register");
}

/// The process of the test above; alone it has nothing to take from.
#[test]
fn taker() {
    let Some(path) = std::env::var_os("SIGILLO_REGISTER") else { return };
    let mut register = Register::open(Path::new(&path)).unwrap();
    loop {
        let newest = register.numbers("csca").next_back().and_then(|number| number.parse::<u64>().ok());
        let number = newest.unwrap_or(0) + 1;
        let taken = register.take(ANNA, "csca", "crl", &number.to_string()).unwrap();
        println!("took {number}.");
        register.issue(ANNA, taken, "CN=A", "", b"list").unwrap();
    }
}
