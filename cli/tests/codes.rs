//! `sigillo codes` as a clerk uses it: the letter of a formed virtual chip, read back by poppler and OpenSSL, and tried on the chip.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod workshop;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use sigillo_postgres_lab::shared;
use workshop::{Workshop, demo_lot};

/// A home with released permits, and what opens their cards.
struct Desk {
    shop: Workshop,
    permits: Vec<Permit>,
}

struct Permit {
    number: String,
    zone: PathBuf,
}

/// What a letter says.
struct Letter {
    pin: String,
    cip: String,
    text: String,
}

#[test]
fn a_day_of_letters() {
    let desk = Desk::of(Workshop::with_home("pse-rf"));
    let [first, second, third] = desk.permits.as_slice() else { panic!("three permits were formed") };
    let letter = desk.path("first.pdf");
    let print = desk.filed_in(&letter);
    let print: Vec<&str> = print.iter().map(String::as_str).collect();

    // Not before the permit is valid, and then once; a printer that has no letter to print is not started.
    desk.is_refused_unstarted(first, "codes.permit-state");
    desk.activate(first);
    assert_eq!(desk.state(first), "set");
    desk.role_is_asked_first(first);
    desk.shop.succeed(&envelope(first, &print));
    let read = Letter::read(&letter);
    assert!(read.text.contains("presso / c/o") && !read.text.contains(&first.number), "{}", read.text);
    assert_eq!(desk.state(first), "printed");
    desk.is_refused_unstarted(first, "codes.printed");
    desk.is_refused_unstarted(&Permit { number: "I99999999".to_owned(), zone: first.zone.clone() }, "codes.none");
    desk.tries(first, &read.pin, true);
    // The CIP of the letter is the one that suspends.
    let cip = desk.secret("cip", &read.cip);
    let report = ["permit", "report-loss", "--document", &first.number, "--caller", "holder"];
    assert_eq!(desk.with_secret(&report, "cip", &cip).unwrap()["state"], "suspended");

    // A printer that fails: no letter, a trace, new codes on the card, an encrypted letter.
    desk.activate(second);
    let fails = ["--printer", "false"];
    assert_eq!(desk.refuses(&envelope(second, &fails)), "office.printer");
    assert_eq!(desk.state(second), "lost");
    assert_eq!(desk.shop.succeed(&["codes", "due"])["due"][0]["document"], second.number);
    desk.is_refused_unstarted(second, "codes.lost");
    let zone = second.zone.to_str().unwrap();
    let reissue = ["codes", "reissue", "--document", &second.number, "--virtual", "--mrz-file", zone];
    assert_eq!(desk.shop.succeed(&reissue)["generation"], 2);
    assert_eq!(desk.shop.succeed(&["codes", "due"])["due"], json!([]));
    let (certificate, key) = desk.recipient();
    let out = desk.path("second.p7m");
    let encrypted = ["--encrypt-to", certificate.to_str().unwrap(), "--out", out.to_str().unwrap()];
    desk.shop.succeed(&envelope(second, &encrypted));
    let opened = desk.path("second.pdf");
    openssl(&[
        "cms",
        "-decrypt",
        "-binary",
        "-inform",
        "DER",
        "-in",
        out.to_str().unwrap(),
        "-inkey",
        key.to_str().unwrap(),
        "-recip",
        certificate.to_str().unwrap(),
        "-out",
        opened.to_str().unwrap(),
    ]);
    desk.tries(second, &Letter::read(&opened).pin, true);

    // A missing program costs nothing; of many processes one prints.
    desk.activate(third);
    assert_eq!(desk.refuses(&envelope(third, &["--printer", "/no/such/printer"])), "office.printer");
    assert_eq!(desk.state(third), "set");
    desk.race(third);
    let nothing = desk
        .shop
        .succeed(&[&["codes", "envelope", "--all-valid", "--reason", "activation"], print.as_slice()].concat());
    assert_eq!(nothing["letters"], json!([]), "no letter waits any more");
}

/// The letter that hangs is in doubt, and the others are not tried.
#[test]
fn a_printer_that_hangs_is_ended() {
    let desk = Desk::of(Workshop::with_home("pse-rf"));
    let [first, second, _] = desk.permits.as_slice() else { panic!("three permits were formed") };
    desk.activate(first);
    desk.activate(second);
    let hangs = ["--printer", "sleep", "--printer-arg", "600", "--printer-timeout", "1"];
    let day = [&["--json", "codes", "envelope", "--all-valid", "--reason", "activation"], hangs.as_slice()].concat();
    let output = desk.shop.run(&day);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["printed"], &told["not_printed"], &told["not_tried"]), (&json!(0), &json!(1), &json!(1)));
    let letter = &told["letters"][0];
    assert_eq!((&letter["document"], &letter["code"]), (&json!(first.number), &json!("office.printer-time-out")));
    assert_eq!((desk.state(first), desk.state(second)), ("consumed".to_owned(), "set".to_owned()));
    assert_eq!(desk.shop.succeed(&["codes", "due"])["due"][0]["state"], "consumed");

    // The letter lies in the tray: who may say so says it, once, and of this set of codes.
    assert_eq!(desk.refuses(&came_out(second, "in-the-tray")), "codes.not-printing");
    assert_eq!(desk.refuses(&came_out(first, "in the tray")), "trace.token");
    assert_eq!(desk.of_auditor(&came_out(first, "in-the-tray")), "request.role");
    assert_eq!(desk.state(first), "consumed");
    assert_eq!(desk.shop.succeed(&came_out(first, "in-the-tray"))["generation"], 1);
    assert_eq!(desk.state(first), "printed");
    assert_eq!(desk.shop.succeed(&["codes", "due"])["due"], json!([]));
    assert_eq!(desk.refuses(&came_out(first, "in-the-tray")), "codes.printed");
    desk.is_refused_unstarted(first, "codes.printed");
    let trace = desk.shop.succeed(&["audit", "trace", "--document", &first.number]);
    let entries = trace["entries"].as_array().unwrap();
    let details = &entries.iter().find(|entry| entry["act"] == "envelope-printed").unwrap()["details"];
    assert_eq!(details["reason"], "in-the-tray", "{details}");
    let asked = desk.shop.succeed(&["audit", "trace", "--by", "anna"]);
    let asked = asked["entries"].as_array().unwrap();
    let request = details["request"].as_str().unwrap();
    let accepted = asked.iter().find(|entry| entry["act"] == "accept" && entry.to_string().contains(request));
    assert_eq!(accepted.unwrap()["details"]["for"], "codes.came-out");

    // New codes end the doubt too, and then nothing came out of them yet.
    assert_eq!(desk.refuses(&envelope(second, &hangs)), "office.printer-time-out");
    let zone = second.zone.to_str().unwrap();
    desk.shop.succeed(&["codes", "reissue", "--document", &second.number, "--virtual", "--mrz-file", zone]);
    assert_eq!(desk.refuses(&came_out(second, "in-the-tray")), "codes.not-printing");
    desk.shop.succeed(&["audit", "verify"]);
    let trace = desk.path("trace");
    desk.shop.succeed(&["audit", "export", "--out", trace.to_str().unwrap()]);
    let stranger = Command::new(workshop::repository("target/venv/bin/python"))
        .arg(workshop::repository("test-vectors/replay/audit.py"))
        .arg(&trace)
        .output()
        .unwrap();
    assert!(stranger.status.success(), "{}", String::from_utf8_lossy(&stranger.stderr));
    for nonsense in ["0", "3601", "soon"] {
        let hangs = ["--printer", "sleep", "--printer-timeout", nonsense];
        assert_eq!(desk.shop.run(&envelope(second, &hangs)).status.code(), Some(2), "{nonsense}");
    }
}

#[test]
fn of_many_processes_at_one_server_one_prints() {
    let (shop, database) = (Workshop::new(), shared().database().unwrap());
    shop.succeed(&["init", "--test-keys", "--profile", "pse-rf", "--database", &shared().url(&database)]);
    let desk = Desk::of(shop);
    desk.activate(&desk.permits[0]);
    desk.race(&desk.permits[0]);
    assert_eq!(shared().sql(&database, "SELECT count(*) FROM codes WHERE state = 'printed'").unwrap(), "1");
}

fn envelope<'a>(permit: &'a Permit, more: &[&'a str]) -> Vec<&'a str> {
    [&["codes", "envelope", "--document", &permit.number, "--reason", "activation"], more].concat()
}

fn came_out<'a>(permit: &'a Permit, reason: &'a str) -> [&'a str; 6] {
    ["codes", "came-out", "--document", &permit.number, "--reason", reason]
}

impl Desk {
    fn of(shop: Workshop) -> Self {
        shop.stock(&demo_lot(), 3);
        // Three chips for sixteen records: the run waits for more, and three permits are released.
        assert_eq!(shop.refuse(&["run", "start", "--lot", "1", "--virtual", "3"]).1["code"], "line.no-more-chips");
        let out = shop.path().join("print");
        shop.succeed(&["run", "print-data", "--out", out.to_str().unwrap()]);
        let mut jobs = Vec::new();
        jobs_below(&out, &mut jobs);
        let permits = jobs
            .iter()
            .map(|job| {
                let number = job["document_number"].as_str().unwrap().to_owned();
                let lines: Vec<&str> =
                    job["mrz"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
                let zone = shop.path().join(format!("{number}.txt"));
                fs::write(&zone, lines.join("\n")).unwrap();
                Permit { number, zone }
            })
            .collect();
        Self { shop, permits }
    }

    /// Four processes print one letter at the same time: it comes out of one of them, and its PIN is the chip's.
    fn race(&self, permit: &Permit) {
        let racers: Vec<_> = (0..4)
            .map(|number| {
                let file = self.path(&format!("race-{number}.pdf"));
                let print = self.filed_in(&file);
                let print: Vec<&str> = print.iter().map(String::as_str).collect();
                let child =
                    self.shop.command(&envelope(permit, &print)).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
                (child.unwrap(), file)
            })
            .collect();
        let letters: Vec<PathBuf> = racers
            .into_iter()
            .filter_map(|(mut child, file)| {
                let won = child.wait().unwrap().success();
                assert_eq!(won, file.exists(), "whose letter is refused starts no printer: {}", file.display());
                won.then_some(file)
            })
            .collect();
        assert_eq!(letters.len(), 1, "{letters:?}");
        self.tries(permit, &Letter::read(&letters[0]).pin, true);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.shop.path().join(name)
    }

    /// A printer's program that keeps what it gets.
    fn filed_in(&self, file: &Path) -> Vec<String> {
        let script = format!("--printer-arg=cat > {}", file.display());
        ["--printer", "sh", "--printer-arg=-c", &script].map(str::to_owned).to_vec()
    }

    /// No letter, for this reason; and the printer's program, whose file is there as soon as it runs, was not started.
    fn is_refused_unstarted(&self, permit: &Permit, code: &str) {
        let file = self.path(&format!("{}-{code}.pdf", permit.number));
        let print = self.filed_in(&file);
        let print: Vec<&str> = print.iter().map(String::as_str).collect();
        assert_eq!(self.refuses(&envelope(permit, &print)), code);
        assert!(!file.exists(), "{code}: the printer was started");
    }

    /// Whoever may not ask for a letter starts no printer either.
    fn role_is_asked_first(&self, permit: &Permit) {
        let file = self.path("auditor.pdf");
        let print = self.filed_in(&file);
        let print: Vec<&str> = print.iter().map(String::as_str).collect();
        assert_eq!(self.of_auditor(&envelope(permit, &print)), "request.role");
        assert!(!file.exists(), "the printer was started for who may not print");
        assert_eq!(self.state(permit), "set");
    }

    /// The code of what is refused to somebody who may only look.
    fn of_auditor(&self, arguments: &[&str]) -> String {
        let mut auditor = Command::new(env!("CARGO_BIN_EXE_sigillo"));
        auditor.args(["--json", "--home", self.shop.home().to_str().unwrap(), "--now", workshop::NOW]);
        let output = auditor.args(["--operator", "carla"]).args(arguments).output().unwrap();
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        error["code"].as_str().unwrap().to_owned()
    }

    fn activate(&self, permit: &Permit) {
        let zone = permit.zone.to_str().unwrap();
        let activate = ["permit", "activate", "--document", &permit.number, "--virtual", "--mrz-file", zone];
        assert_eq!(self.shop.succeed(&activate)["state"], "valid");
    }

    fn state(&self, permit: &Permit) -> String {
        let shown = self.shop.succeed(&["codes", "show", "--document", &permit.number]);
        assert!(!shown.to_string().contains("pin"), "{shown}");
        shown["state"].as_str().unwrap().to_owned()
    }

    fn refuses(&self, arguments: &[&str]) -> String {
        let (_, error) = self.shop.refuse(arguments);
        assert!(error["advice"].as_str().unwrap().len() > 10, "{error}");
        error["code"].as_str().unwrap().to_owned()
    }

    /// One try with a PIN on the chip of a permit.
    fn tries(&self, permit: &Permit, pin: &str, fits: bool) {
        let serial = self.shop.succeed(&["permit", "show", "--document", &permit.number])["serial"].clone();
        let name = format!("{}.chip", serial.as_str().unwrap());
        let image = self.shop.images("A").into_iter().find(|image| image.ends_with(&name)).unwrap();
        let pin = self.secret("pin", pin);
        let (image, zone) = (image.to_str().unwrap(), permit.zone.to_str().unwrap());
        let verify = ["chip", "pin", "verify", "--image", image, "--mrz-file", zone];
        assert_eq!(self.with_secret(&verify, "pin", &pin).is_ok(), fits);
    }

    /// A secret in a private file of the test.
    fn secret(&self, name: &str, digits: &str) -> PathBuf {
        let path = self.path(&format!("{name}-{digits}.txt"));
        fs::write(&path, digits).unwrap();
        path
    }

    /// Runs the program with a secret on a descriptor; its JSON result, or what it says.
    fn with_secret(&self, arguments: &[&str], name: &str, secret: &Path) -> Result<Value, String> {
        let descriptor = format!("{name}=5");
        let program = self.shop.command(&[&["--json", "--secret-fd", &descriptor], arguments].concat());
        let output = Command::new("sh")
            .args(["-c", "exec \"$@\" 5<\"$SECRET_FILE\"", "sh"])
            .arg(program.get_program())
            .args(program.get_args())
            .env("SECRET_FILE", secret)
            .output()
            .unwrap();
        match output.status.success() {
            true => Ok(serde_json::from_slice(&output.stdout).unwrap()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    /// A printer elsewhere: certificate and key, made by Python `cryptography`.
    fn recipient(&self) -> (PathBuf, PathBuf) {
        let (certificate, key) = (self.path("printer.cer"), self.path("printer.key"));
        let python = workshop::repository("target/venv/bin/python");
        let made = Command::new(python).args(["-c", MAKE_RECIPIENT]).args([&certificate, &key]).output();
        let made = made.unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        (certificate, key)
    }
}

/// A key on P-256 that others encrypt to, and its certificate of the test's year.
const MAKE_RECIPIENT: &str = "
import datetime, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'TEST printer')])
usage = x509.KeyUsage(False, False, False, False, True, False, False, False, False)
made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(datetime.datetime(2026, 1, 1)).not_valid_after(datetime.datetime(2036, 1, 1))
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256()))
open(sys.argv[1], 'wb').write(made.public_bytes(serialization.Encoding.DER))
open(sys.argv[2], 'wb').write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
";

impl Letter {
    /// Reads a letter with poppler: the digits beside each name.
    fn read(path: &Path) -> Self {
        let output = Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(path).arg("-").output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        // Each code stands at the end of a line of the protected area: PIN, PUK, CIP.
        let codes: Vec<String> = text
            .lines()
            .filter_map(|line| {
                let words: Vec<&str> =
                    line.split_whitespace().rev().take_while(|word| word.bytes().all(|b| b.is_ascii_digit())).collect();
                let digits: String = words.into_iter().rev().collect();
                matches!(digits.len(), 8 | 11).then_some(digits)
            })
            .collect();
        let [pin, _, cip] = codes.as_slice() else { panic!("{} codes in {text}", codes.len()) };
        Self { pin: pin.clone(), cip: cip.clone(), text }
    }
}

fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The print data of a run, wherever they lie below a folder.
fn jobs_below(folder: &Path, jobs: &mut Vec<Value>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            jobs_below(&path, jobs);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            jobs.push(serde_json::from_slice(&fs::read(path).unwrap()).unwrap());
        }
    }
}
