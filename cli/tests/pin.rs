//! `sigillo chip pin` on a specimen that an office activated; and that no command costs a try which nobody asked for: the
//! counters are read from the chip's image, not from what the program says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up must fail")]

mod workshop;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::civil::date;
use serde_json::Value;
use sigillo_apdu::{Action, Driver, Event};
use sigillo_crypto::{SeededEntropy, sha256};
use sigillo_inspect::services::{Order, ServiceRequest, ServiceSession};
use sigillo_inspect::{Request, TerminalCredentials};
use sigillo_profile::{Content, Profile, SecretName, embedded};
use sigillo_reader::VirtualCard;
use sigillo_specimen::{Specimen, form};
use sigillo_tlv::Reader;
use sigillo_vchip::Chip;

use crate::workshop::{NOW, Workshop, demo_lot};

const SERVICES: [u8; 9] = [0xF0, 0x53, 0x49, 0x47, 0x49, 0x4C, 0x4C, 0x4F, 0x01];

/// A chip's image, what opens it, and its codes, each in a file of its own.
struct Counter {
    shop: Workshop,
    /// The right PIN is a secret of the envelope; here it is in `pin`.
    pin: String,
}

impl Counter {
    fn new(is_activated: bool) -> Self {
        let profile = Profile::parse(embedded("pse-rf").unwrap()).unwrap();
        let mut specimen = form(&profile, [0xC0; 32], date(2026, 11, 2)).unwrap();
        if is_activated {
            activate(&mut specimen);
        }
        let shop = Workshop::new();
        let chip = Chip::from_image(&specimen.chip.image()).unwrap();
        drop(VirtualCard::create(&shop.path().join("chip.img"), chip).unwrap());
        let digits = |name| specimen.code(name).unwrap().expose(|digits| String::from_utf8(digits.to_vec()).unwrap());
        let pin = digits(SecretName::Pin);
        for (name, content) in [
            ("mrz.txt", specimen.mrz.lines().join("\n")),
            ("can.txt", digits(SecretName::Can)),
            ("pin", pin.clone()),
            ("puk", digits(SecretName::Puk)),
            ("wrong", "00000000".to_owned()),
            ("new", "24681357".to_owned()),
            ("short", "1234".to_owned()),
            ("csca.der", String::new()),
        ] {
            fs::write(shop.path().join(name), content).unwrap();
        }
        fs::write(shop.path().join("csca.der"), specimen.csca().der()).unwrap();
        Self { shop, pin }
    }

    /// A command line of the shell, for the descriptors; exit code, and JSON of the result or the error.
    fn sigillo(&self, line: &str) -> (i32, Value) {
        let program = env!("CARGO_BIN_EXE_sigillo");
        let output = Command::new("sh")
            .args(["-c", &format!("exec '{program}' --now {NOW} --json {line}")])
            .current_dir(self.shop.path())
            .output()
            .unwrap();
        let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
        let text = String::from_utf8(text).unwrap();
        let json = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{line}: {text}"));
        (output.status.code().unwrap(), json)
    }

    fn pin(&self, command: &str) -> (i32, Value) {
        self.sigillo(&format!("chip pin {}", command.replacen(' ', " --image chip.img --mrz-file mrz.txt ", 1)))
    }

    /// The error's code of a command that fails with this exit code.
    fn refused(&self, command: &str, exit: i32) -> String {
        let (found, json) = self.pin(command);
        assert_eq!(found, exit, "{command}: {json}");
        json["code"].as_str().unwrap_or_else(|| panic!("{json}")).to_owned()
    }

    fn tries(&self) -> [u8; 2] {
        tries(&self.shop.path().join("chip.img"))
    }
}

/// Tries left of PIN and PUK, from an image.
fn tries(image: &Path) -> [u8; 2] {
    let image = fs::read(image).unwrap();
    let objects = &image[27..image.len() - 32];
    [0xDF23, 0xDF24].map(|tag| find(objects, tag).unwrap()[1])
}

fn find(octets: &[u8], tag: u32) -> Option<Vec<u8>> {
    let mut reader = Reader::new(octets);
    while let Ok(Some(object)) = reader.next() {
        if object.tag.number() == tag {
            return Some(object.value.to_vec());
        }
        if let Some(found) = (object.tag.number() == 0xEA).then(|| find(object.value, tag)).flatten() {
            return Some(found);
        }
    }
    None
}

/// The office's part, without its program.
fn activate(specimen: &mut Specimen) {
    let chain = specimen.office.as_ref().unwrap().chain(7).unwrap();
    let terminal = TerminalCredentials::new(chain.certificates, chain.key).unwrap();
    let digest = sha256(&specimen.files[&Content::Sod]);
    let way_in = Request::with_mrz(specimen.mrz_secret());
    let request = ServiceRequest::of_office(way_in, &SERVICES, terminal, digest).order(Order::Activate);
    let (mut entropy, mut chance) = (SeededEntropy::new([1; 32]), SeededEntropy::new([2; 32]));
    let mut session = ServiceSession::new(request, &mut entropy);
    specimen.chip.power_on();
    while let Action::Transmit(command) = session.next_action() {
        let answer = specimen.chip.process(command, &mut chance).unwrap();
        session.handle(Event::Response(&answer)).unwrap();
    }
    assert!(session.outcome().is_carried_out());
}

#[test]
fn from_the_first_try_to_the_exhausted_puk() {
    let counter = Counter::new(true);
    let (exit, json) = counter.pin("status ");
    assert_eq!((exit, &json["pin"]["tries_left"], counter.tries()), (0, &Value::from(3), [3, 10]));
    assert_eq!(counter.pin("verify --secret-fd pin=3 3<pin").0, 0);
    assert_eq!(counter.refused("verify --secret-fd pin=3 3<wrong", 1), "inspect.pin-wrong");
    assert_eq!(counter.tries(), [2, 10]);
    // What is no PIN is no try either.
    assert_eq!(counter.refused("verify --secret-fd pin=3 3<short", 3), "codes.form");
    assert_eq!(counter.tries(), [2, 10]);
    assert_eq!(counter.refused("change --secret-fd pin=3 --secret-fd new-pin=4 3<wrong 4<new", 1), "inspect.pin-wrong");
    // One is left: nobody uses it by mistake.
    assert_eq!(counter.refused("verify --secret-fd pin=3 3<wrong", 2), "usage.last-try");
    assert_eq!(counter.refused("change --secret-fd pin=3 --secret-fd new-pin=4 3<pin 4<new", 2), "usage.last-try");
    assert_eq!(counter.tries(), [1, 10]);
    assert_eq!(counter.refused("verify --last-try --secret-fd pin=3 3<wrong", 1), "inspect.pin-wrong");
    assert_eq!(counter.refused("verify --last-try --secret-fd pin=3 3<pin", 1), "inspect.pin-blocked");
    assert_eq!(counter.pin("status ").1["pin"]["blocked"], true);
    assert_eq!(counter.tries(), [0, 10]);

    assert_eq!(counter.refused("unblock --keep-pin --secret-fd puk=3 3<wrong", 1), "inspect.puk-wrong");
    assert_eq!(counter.tries(), [0, 9]);
    assert_eq!(counter.pin("unblock --secret-fd puk=3 --secret-fd new-pin=4 3<puk 4<new").0, 0);
    assert_eq!(counter.tries(), [3, 10]);
    assert_eq!(counter.pin("verify --secret-fd pin=3 3<new").0, 0);
    assert_eq!(counter.pin("change --secret-fd pin=3 --secret-fd new-pin=4 3<new 4<pin").0, 0);
    for left in (0..10).rev() {
        assert_eq!(counter.refused("unblock --keep-pin --secret-fd puk=3 3<wrong", 1), "inspect.puk-wrong");
        assert_eq!(counter.tries(), [3, left]);
    }
    assert_eq!(counter.refused("unblock --keep-pin --secret-fd puk=3 3<puk", 1), "inspect.puk-exhausted");
    assert_eq!(counter.pin("verify --secret-fd pin=3 3<pin").0, 0);
    assert_eq!(counter.tries(), [3, 0]);
}

#[test]
fn nothing_is_asked_of_a_card_that_is_not_issued() {
    let counter = Counter::new(false);
    for command in ["status ", "verify --secret-fd pin=3 3<wrong", "unblock --keep-pin --secret-fd puk=3 3<wrong"] {
        assert_eq!(counter.refused(command, 5), "inspect.services-deactivated");
    }
    assert_eq!(counter.tries(), [3, 10]);
}

/// Reading, judging and asking, in every way that the program has, and the ways in that go wrong.
#[test]
fn no_command_costs_a_try_that_nobody_asked_for() {
    let counter = Counter::new(true);
    assert_eq!(counter.refused("verify --secret-fd pin=3 3<wrong", 1), "inspect.pin-wrong");
    let image = "--image chip.img";
    for (line, exit) in [
        (format!("chip inspect {image} --mrz-file mrz.txt"), 0),
        (format!("chip inspect {image} --can-file can.txt --tree"), 0),
        (format!("chip inspect {image} --mrz-file mrz.txt --access bac-only"), 0),
        (format!("chip verify {image} --mrz-file mrz.txt --csca csca.der"), 0),
        (format!("chip pin status {image} --mrz-file mrz.txt"), 0),
        (format!("chip pin status {image} --can-file can.txt"), 0),
        // No descriptor and no terminal: nothing is typed, and nothing is tried.
        (format!("chip pin verify {image} --mrz-file mrz.txt </dev/null"), 6),
        (format!("chip pin change {image} --mrz-file mrz.txt --secret-fd pin=3 3<pin </dev/null"), 6),
        (format!("chip pin unblock {image} --mrz-file mrz.txt --secret-fd puk=3 3<puk </dev/null"), 6),
        // A wrong number on the card opens nothing.
        (format!("chip pin verify {image} --can-file wrong --secret-fd pin=3 3<pin"), 3),
    ] {
        let (found, json) = counter.sigillo(&line);
        assert_eq!(found, exit, "{line}: {json}");
        assert_eq!(counter.tries(), [2, 10], "{line}");
        assert!(!json.to_string().contains(&counter.pin), "{line}");
    }
}

/// The line that made the codes, and the office that activates, checks, hands over, suspends and withdraws.
#[test]
fn no_command_of_line_or_office_costs_a_try() {
    let shop = Workshop::with_home("pse-rf");
    shop.stock(&demo_lot(), 2);
    // Two chips for sixteen records: the run waits for more.
    assert_eq!(shop.run(&["run", "start", "--lot", "1", "--virtual", "2"]).status.code(), Some(7));
    let print = shop.path().join("print");
    shop.succeed(&["run", "print-data", "--out", print.to_str().unwrap()]);
    let zone = zone(&print);
    let number = fs::read_to_string(&zone).unwrap()[5..14].to_owned();
    let serial = shop.succeed(&["permit", "show", "--document", &number])["serial"].as_str().unwrap().to_owned();
    let image = shop.images("A").into_iter().find(|image| image.file_stem().unwrap() == serial.as_str()).unwrap();
    assert_eq!(tries(&image), [3, 10], "formation");
    let card = ["--virtual", "--mrz-file", zone.to_str().unwrap()];
    let about = |command: &'static str, more: &[&'static str], with_card: bool| {
        let arguments: Vec<&str> = ["permit", command, "--document", &number]
            .into_iter()
            .chain(if with_card { card.to_vec() } else { Vec::new() })
            .chain(more.iter().copied())
            .collect();
        (command, shop.run(&arguments).status.success())
    };
    assert_eq!(about("check", &[], true), ("check", false));
    assert_eq!(about("activate", &[], true), ("activate", true));
    // One try is gone: whatever gives it back, or takes another, is seen.
    let wrong = shop.path().join("wrong");
    fs::write(&wrong, "00000000").unwrap();
    let line = format!(
        "exec '{}' --now {NOW} chip pin verify --image '{}' --mrz-file '{}' --secret-fd pin=5 5<'{}'",
        env!("CARGO_BIN_EXE_sigillo"),
        image.display(),
        zone.display(),
        wrong.display()
    );
    assert_eq!(Command::new("sh").args(["-c", &line]).output().unwrap().status.code(), Some(1));
    for (command, more, with_card) in [
        ("check", &[][..], true),
        ("activate", &[], true),
        ("deliver", &[], true),
        ("suspend", &["--reason", "theft", "--reported-by", "police"], false),
        ("check", &[], true),
        ("reinstate", &["--reason", "found", "--second", "bruno"], false),
        ("resume", &[], true),
        ("history", &[], false),
        ("revoke", &["--reason", "fraud"], false),
        ("check", &[], true),
    ] {
        about(command, more, with_card);
        assert_eq!(tries(&image), [2, 10], "{command}");
    }
}

/// A printed machine readable zone below a folder.
fn zone(folder: &Path) -> PathBuf {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let inner = entries.iter().filter(|path| path.is_dir()).map(|path| path.join("mrz.txt"));
    inner.into_iter().find(|zone| zone.is_file()).unwrap_or_else(|| folder.join("mrz.txt"))
}
