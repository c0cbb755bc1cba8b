//! `sigillo permit` as a clerk uses it: a home of the default profile with TEST keys, one formed virtual chip, every command.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod workshop;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use sigillo_codes::{CodeSet, EnvelopeContents};
use sigillo_keystore::{Keystore, Mode, NoSecrets, SoftwareKeys};
use workshop::{Workshop, demo_lot};

/// A home with released permits, and what opens the cards.
struct Office {
    shop: Workshop,
    number: String,
    zone: PathBuf,
}

impl Office {
    fn new() -> Self {
        let shop = Workshop::with_home("pse-rf");
        shop.stock(&demo_lot(), 3);
        // Three chips for sixteen records: the run waits for more, and three permits are released.
        assert_eq!(shop.refuse(&["run", "start", "--lot", "1", "--virtual", "3"]).1["code"], "line.no-more-chips");
        let out = shop.path().join("print");
        shop.succeed(&["run", "print-data", "--out", out.to_str().unwrap()]);
        let job = json_below(&out);
        let number = job["document_number"].as_str().unwrap().to_owned();
        let lines: Vec<&str> = job["mrz"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        let zone = shop.path().join("mrz.txt");
        fs::write(&zone, lines.join("\n")).unwrap();
        Self { shop, number, zone }
    }

    /// A command about the permit.
    fn about<'a>(&'a self, command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        [&["permit", command, "--document", &self.number], more].concat()
    }

    fn with_card<'a>(&'a self, command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        [self.about(command, &["--virtual", "--mrz-file", self.zone.to_str().unwrap()]), more.to_vec()].concat()
    }

    fn does(&self, arguments: &[&str]) -> Value {
        self.shop.succeed(arguments)
    }

    /// Exit code and error code.
    fn refuses(&self, arguments: &[&str]) -> (i32, String) {
        let (exit, error) = self.shop.refuse(arguments);
        assert!(!error["advice"].as_str().unwrap().is_empty(), "{error}");
        (exit, error["code"].as_str().unwrap().to_owned())
    }

    /// Exit code and code of a check.
    fn check(&self, more: &[&str]) -> (i32, String) {
        let arguments = [&["--json"], self.about("check", more).as_slice()].concat();
        let output = self.shop.run(&arguments);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(answer["italian"].as_str().is_some());
        (output.status.code().unwrap(), answer["code"].as_str().unwrap().to_owned())
    }

    fn check_both(&self) -> (i32, String) {
        self.check(&["--virtual", "--mrz-file", self.zone.to_str().unwrap()])
    }

    /// A loss reported with a CIP through an open descriptor: exit code, and what was printed last.
    fn report(&self, caller: &str, cip: &str) -> (i32, Value) {
        let path = self.shop.path().join("cip.txt");
        fs::write(&path, cip).unwrap();
        let arguments = self.about("report-loss", &["--caller", caller, "--secret-fd", "cip=5"]);
        let program = self.shop.command(&[&["--json"], arguments.as_slice()].concat());
        let output = Command::new("sh")
            .args(["-c", "exec \"$@\" 5<\"$CIP\"", "sh"])
            .arg(program.get_program())
            .args(program.get_args())
            .env("CIP", &path)
            .output()
            .unwrap();
        let text = if output.status.success() { &output.stdout } else { &output.stderr };
        let last = String::from_utf8_lossy(text).lines().last().unwrap_or_default().to_owned();
        (output.status.code().unwrap(), serde_json::from_str(&last).unwrap_or_else(|_| panic!("{output:?}")))
    }

    /// The CIP that the line made, which the TEST keys of this home can open.
    fn cip(&self) -> String {
        let home = self.shop.home();
        let keys = SoftwareKeys::open(&home.join("keys"), Mode::Test, &mut NoSecrets).unwrap();
        let register = rusqlite::Connection::open(home.join("sigillo.db")).unwrap();
        let (generation, ciphertext): (u32, Vec<u8>) = register
            .query_row(
                "SELECT c.generation, c.ciphertext FROM codes c JOIN record r ON r.id = c.record WHERE r.document_number = ?1",
                [&self.number],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        let context = EnvelopeContents::context(&self.number, generation);
        let plain = keys.decrypt_code(&context, &ciphertext).unwrap();
        CodeSet::decode(&plain).unwrap().cip.expose(|digits| String::from_utf8(digits.to_vec()).unwrap())
    }
}

#[test]
fn a_clerks_day() {
    let office = Office::new();
    assert_eq!(office.check_both(), (1, "check.not-issued".into()));
    assert_eq!(office.refuses(&office.about("activate", &[])), (2, "usage.no-card".into()));
    assert_eq!(office.refuses(&office.with_card("deliver", &[])), (2, "permit.not-active".into()));

    let state = office.does(&office.with_card("activate", &[]));
    assert_eq!((state["state"].as_str(), state["italian"].as_str()), (Some("valid"), Some("valido")));
    assert_eq!(office.check_both(), (0, "check.valid".into()));
    assert_eq!(office.check(&["--register-only"]), (0, "check.valid-by-register".into()));
    assert_eq!(office.refuses(&office.with_card("activate", &[])), (2, "permit.already-active".into()));
    office.does(&office.with_card("deliver", &[]));
    assert_eq!(office.refuses(&office.with_card("deliver", &[])), (2, "store.delivered".into()));
    assert_eq!(office.refuses(&office.about("annul", &["--reason", "withdrawn"])), (2, "permit.made-valid".into()));

    // A terminal at a border has an anchor and neither home nor register.
    let image = office.shop.images("A").into_iter().find(|image| {
        let shown = office.does(&office.about("show", &[]));
        image.file_stem().unwrap().to_str() == shown["serial"].as_str()
    });
    let alone = office.shop.path().join("nowhere");
    let csca = office.shop.csca();
    let mut terminal = Command::new(env!("CARGO_BIN_EXE_sigillo"));
    terminal.args(["--now", workshop::NOW, "--json", "permit", "check", "--chip-only"]);
    terminal.arg("--home").arg(&alone).arg("--csca").arg(&csca).arg("--image").arg(image.unwrap());
    let output = terminal.arg("--mrz-file").arg(&office.zone).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), answer["code"].as_str()), (Some(0), Some("check.valid-by-chip")));
    assert_eq!(answer["document"], office.number, "the number comes from the chip");

    let unknown = office.refuses(&office.about("revoke", &["--reason", "because"]));
    assert_eq!(unknown, (2, "office.reason".into()));
    let end = ["--reason", "fraud", "--terminate"];
    let ended = office.does(&office.with_card("revoke", &end));
    assert_eq!(ended["terminated"], true);
    assert_eq!(office.check_both(), (1, "check.revoked".into()));
    let report = office.shop.run(&["run", "status"]);
    assert!(String::from_utf8_lossy(&report.stdout).contains("\"scrapped\":1"));

    let history = office.does(&office.about("history", &[]));
    let events: Vec<&str> =
        history["events"].as_array().unwrap().iter().map(|row| row["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["activate", "deliver", "revoke"]);
    let text = office.shop.run(&office.about("history", &[]));
    assert!(String::from_utf8_lossy(&text.stdout).contains("dichiarazioni o documenti falsi"));
    assert_eq!(office.does(&["permit", "resume"])["open"].as_array().unwrap().len(), 0);
    office.does(&["audit", "verify"]);
}

#[test]
fn a_telephone_call() {
    let office = Office::new();
    office.does(&office.with_card("activate", &[]));
    let cip = office.cip();
    let letter = ["--reason", "activation", "--printer", "dd", "--printer-arg", "of=/dev/null"];
    let envelope = [&["codes", "envelope", "--document", &office.number], letter.as_slice()].concat();
    office.does(&envelope);
    let wrong = if cip == "12345678903" { "55500011128" } else { "12345678903" };
    let code = |(exit, answer): (i32, Value)| (exit, answer["code"].as_str().unwrap_or("done").to_owned());
    let slip = format!("{}{}", &cip[..10], (cip.as_bytes()[10] - b'0' + 1) % 10);
    for _ in 0..7 {
        assert_eq!(code(office.report("Mario Rossi", &slip)), (3, "codes.check-digit".into()), "a slip costs nothing");
    }
    for _ in 0..5 {
        assert_eq!(code(office.report("Mario Rossi", wrong)), (1, "office.cip-wrong".into()));
    }
    assert_eq!(code(office.report("mario rossi", &cip)), (1, "office.caller-limited".into()));
    assert_eq!(office.check_both(), (0, "check.valid".into()));
    assert_eq!(code(office.report("Lucia Verdi", &cip)), (0, "done".into()));
    assert_eq!(office.check_both(), (1, "check.suspended".into()));

    let found = ["--reason", "found"];
    assert_eq!(office.refuses(&office.about("reinstate", &found)), (2, "request.second-missing".into()));
    office.does(&[&["--second", "bruno"], office.about("reinstate", &found).as_slice()].concat());
    let stolen = ["--reason", "theft", "--reported-by", "police"];
    office.does(&office.about("suspend", &stolen));
    let shown = office.does(&office.about("show", &[]));
    assert_eq!(shown["last"]["reported_by"], "police");

    let folder = office.shop.home();
    let register = fs::read(folder.join("sigillo.db")).unwrap();
    assert!(!register.windows(5).any(|window| window.eq_ignore_ascii_case(b"rossi")), "no caller is named");
    assert!(!register.windows(11).any(|window| window == cip.as_bytes()), "no CIP is stored");
}

#[test]
fn a_consignment_that_never_arrived() {
    let office = Office::new();
    let list = office.shop.path().join("lost.txt");
    fs::write(&list, format!("# lost on its way\n{}\nI00000000\n", office.number)).unwrap();
    let annul = ["permit", "annul", "--consignment", list.to_str().unwrap(), "--reason", "lost-in-transport"];
    assert_eq!(office.refuses(&annul), (2, "request.second-missing".into()));
    let (exit, refused) = office.shop.refuse(&two(&annul));
    assert_eq!((exit, refused["code"].as_str()), (1, Some("store.consignment")));
    assert_eq!(refused["faults"][0]["code"], "store.unknown-permit");
    assert_eq!(office.check(&["--register-only"]).1, "check.not-issued", "all of them or none");
    let run = office.does(&["run", "status"])["runs"][0]["run"].to_string();
    let run = office.does(&two(&["permit", "annul", "--run", &run, "--reason", "lost-in-transport"]));
    assert_eq!(run["annulled"], 3);
    assert_eq!(office.check(&["--register-only"]), (1, "check.annulled".into()));
}

/// With a second person.
fn two<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["--second", "bruno"], arguments].concat()
}

/// The first print job below a folder.
fn json_below(folder: &std::path::Path) -> Value {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                return serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            }
        }
    }
    panic!("no print job")
}
