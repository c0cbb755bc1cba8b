//! The secrets of a whole life: record, formed permit, letter, activation, loss, other codes, another letter, the end. Every code of
//! it, every key and everything of its holder is searched for wherever the program leaves, prints, logs or shows something; codes
//! are in the octets that the letter's printer got, and nowhere else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;
use sigillo_codes::{CodeSet, EnvelopeContents};
use sigillo_keystore::{Keystore, Mode, NoSecrets, SoftwareKeys};

use crate::needles::Secrets;
use crate::secrets::{self, files_below, name};
use crate::watch::{ARGUMENTS, ENVIRONMENT, ReadsAlong, STANDARD_ERROR, WRITE_AHEAD_LOG, Watch};
use crate::workshop::{Workshop, demo_lot};

/// A permit of the home, and what a clerk has of it.
struct Permit {
    number: String,
    zone: PathBuf,
}

#[test]
fn codes_are_in_the_printers_octets_and_nowhere_else() {
    let shop = Workshop::new();
    let inputs = tempfile::tempdir().unwrap();
    let mut watch = Watch::new(&shop.home());
    let mut secrets = Secrets::new();
    let lot = small_lot(inputs.path());
    form(&shop, &mut watch, &lot);
    let permits = permits(&shop);
    assert_eq!(permits.len(), 2);
    let reader = ReadsAlong::in_register_of(&shop.home());
    for permit in &permits {
        of_codes(&mut secrets, &shop, permit);
    }
    let letters = shop.path().join("letters");
    fs::create_dir(&letters).unwrap();
    let [one, other] = permits.as_slice() else { unreachable!("two permits") };
    let told = live(&shop, &mut watch, &mut secrets, (one, other), inputs.path(), &letters);
    drop(reader);

    // Each letter holds its codes; for a letter that was refused no printer was started.
    let printed = files_below(&letters);
    assert_eq!(printed.len(), told.len());
    for (letter, codes) in printed.iter().zip(&told) {
        let text = Command::new("pdftotext").args(["-enc", "UTF-8"]).arg(letter).arg("-").output().unwrap();
        let digits: String =
            text.stdout.iter().filter(|octet| octet.is_ascii_digit()).map(|digit| *digit as char).collect();
        assert!([&codes.pin, &codes.puk, &codes.cip].iter().all(|code| digits.matches(code.as_str()).count() == 1));
    }
    // A code that is planted is found, and chance is not.
    let pin = &told[1].pin;
    for planted in [format!("pin={pin} x"), hex::encode(format!("0024000310{pin}")), format!("{pin}{}", told[1].puk)] {
        assert!(secrets.found_in(planted.as_bytes()).iter().any(|name| is_code(name)), "{planted}");
    }
    assert!(secrets.found_in(format!("sha256:ab{pin}cd").as_bytes()).is_empty());

    secrets::of_home(&mut secrets, &shop.home());
    secrets::of_people(&mut secrets, &lot);
    for permit in &permits {
        secrets::of_machine_readable_zone(&mut secrets, &fs::read_to_string(&permit.zone).unwrap());
    }
    let places = ["home/keys", "home/chips", "home/printed", "print", "letters"].map(|place| shop.path().join(place));
    let mut used = BTreeSet::new();
    for file in files_below(shop.path()) {
        let octets = fs::read(&file).unwrap();
        match places.iter().find(|place| file.starts_with(place)) {
            Some(place) => drop((!secrets.found_in(&octets).is_empty()).then(|| used.insert(place.clone()))),
            None => watch.saw(&format!("file {}", file.strip_prefix(shop.path()).unwrap().display()), octets),
        }
    }
    let expected: BTreeSet<PathBuf> = places.iter().cloned().collect();
    assert_eq!(used, expected, "a place of secrets without secrets");
    for channel in [STANDARD_ERROR, ARGUMENTS, ENVIRONMENT, WRITE_AHEAD_LOG] {
        assert!(watch.seen.contains_key(channel), "nothing was seen of {channel}");
    }
    let leaks: BTreeSet<_> = watch
        .seen
        .iter()
        .flat_map(|(channel, seen)| seen.values().map(move |octets| (channel, octets)))
        .flat_map(|(channel, octets)| {
            secrets.found_in(octets).into_iter().map(move |secret| (channel, secret.to_owned()))
        })
        .collect();
    assert!(leaks.is_empty(), "{leaks:#?}");

    // Codes on the chips' images too: nowhere else below the home.
    for file in files_below(&shop.home()).iter().filter(|file| !file.starts_with(&places[1])) {
        let found = secrets.found_in(&fs::read(file).unwrap());
        let codes: Vec<_> = found.iter().filter(|name| is_code(name)).collect();
        assert!(codes.is_empty(), "{}: {codes:?}", file.display());
    }
}

/// From the lot to two released permits, their codes on the chips.
fn form(shop: &Workshop, watch: &mut Watch, lot: &Path) {
    for arguments in [
        &["init", "--test-keys", "--profile", "pse-rf"][..],
        &["lot", "import", lot.to_str().unwrap()],
        &["chip", "make", "--batch", "A", "--count", "2"],
        &["chip", "init", "--batch", "A", "--virtual", "2"],
        &["run", "start", "--lot", "1", "--virtual", "2"],
        &["run", "print-data", "--out", shop.path().join("print").to_str().unwrap()],
    ] {
        run(shop, watch, arguments, &[], true);
    }
}

/// Everything that an office does with them.
fn live(
    shop: &Workshop,
    watch: &mut Watch,
    secrets: &mut Secrets,
    (one, other): (&Permit, &Permit),
    inputs: &Path,
    letters: &Path,
) -> [Codes; 2] {
    let first = codes(shop, one).unwrap();
    let zone = one.zone.to_str().unwrap();
    let card = ["--virtual", "--mrz-file", zone];
    let about = |family, command, more: &[&str]| -> Vec<String> {
        let head = [family, command, "--document", &one.number];
        head.iter().chain(more).map(|word| (*word).to_owned()).collect()
    };
    let mut does = |arguments: Vec<String>, descriptors: &[(&str, &str)], is_done| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(shop, watch, &arguments, descriptors, is_done);
    };
    let file = |name: &str, content: &str| {
        let path = inputs.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let letter = |number: u8| format!("of={}", letters.join(format!("{number}.pdf")).display());
    let envelope = |reason: &str, number| {
        let printer = ["--reason", reason, "--printer", "dd", "--printer-arg", &letter(number)];
        about("codes", "envelope", &printer)
    };
    does(envelope("activation", 0), &[], false);
    does(about("permit", "activate", &card), &[], true);
    does(envelope("activation", 1), &[], true);
    does(envelope("activation", 0), &[], false);
    does(about("permit", "deliver", &card), &[], true);
    does(about("permit", "check", &card), &[], true);
    does(about("permit", "show", &[]), &[], true);

    // The holder at the counter: the right PIN, a wrong one, a slip of the CIP, and the loss.
    let image = image(shop, &first.pin);
    let image = image.to_str().unwrap();
    let pin = |command: &str, more: &[&str]| -> Vec<String> {
        let head = ["chip", "pin", command, "--image", image, "--mrz-file", zone];
        head.iter().chain(more).map(|word| (*word).to_owned()).collect()
    };
    let right = file("pin", &first.pin);
    let wrong = file("wrong", "31415926");
    does(pin("verify", &["--secret-fd", "pin=5"]), &[("5", &right)], true);
    does(pin("verify", &["--secret-fd", "pin=5"]), &[("5", &wrong)], false);
    let loss = ["--caller", "Mario Rossi", "--secret-fd", "cip=5"];
    let mut slip = first.cip.clone().into_bytes();
    slip[10] = b'0' + (slip[10] - b'0' + 1) % 10;
    let slip = file("slip", std::str::from_utf8(&slip).unwrap());
    does(about("permit", "report-loss", &loss), &[("5", &slip)], false);
    let told = file("cip", &first.cip);
    does(about("permit", "report-loss", &loss), &[("5", &told)], true);
    does(about("permit", "check", &card), &[], false);
    let second = ["--reason", "found", "--second", "bruno"];
    does(about("permit", "reinstate", &second), &[], true);

    // Other codes and another letter.
    does(about("codes", "reissue", &card), &[], true);
    let new = codes(shop, one).unwrap();
    assert_ne!(first.pin, new.pin);
    new.add_to(secrets, "reissued");
    does(envelope("reissue", 2), &[], true);
    does(about("codes", "came-out", &["--reason", "in-the-tray"]), &[], false);
    does(about("codes", "show", &[]), &[], true);
    let reissued = file("new", &codes_of_chip(image).0);
    does(pin("verify", &["--secret-fd", "pin=5"]), &[("5", &reissued)], true);
    does(about("permit", "revoke", &["--reason", "lost-for-good"]), &[], true);
    does(about("permit", "history", &[]), &[], true);
    for arguments in [&["audit", "verify"][..], &["run", "report"], &["codes", "due"]] {
        run(shop, watch, arguments, &[], true);
    }
    run(shop, watch, &["permit", "show", "--document", &other.number], &[], true);
    [first, new]
}

/// One command at log level trace, with files on descriptors; watched.
fn run(shop: &Workshop, watch: &mut Watch, arguments: &[&str], descriptors: &[(&str, &str)], is_done: bool) {
    let redirections: String = descriptors.iter().map(|(number, file)| format!(" {number}<'{file}'")).collect();
    let program = shop.command(arguments);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exec \"$@\"{redirections}"), "sh"]).arg(program.get_program());
    command.args(program.get_args()).args(["--log", "trace"]);
    let output = watch.run(&format!("standard output of {}", arguments.join(" ")), &mut command);
    assert_eq!(output.status.success(), is_done, "{arguments:?}: {}", last_lines(&output.stderr));
}

fn last_lines(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().rev().take(6).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

/// Two records that bring their numbers, beside their images.
fn small_lot(folder: &Path) -> PathBuf {
    let images = folder.join("images");
    fs::create_dir(&images).unwrap();
    for image in files_below(&demo_lot().with_file_name("images")) {
        fs::copy(&image, images.join(name(&image))).unwrap();
    }
    let text = fs::read_to_string(demo_lot()).unwrap();
    let numbered: Vec<&str> = text.lines().filter(|line| line.contains("\"document_number\"")).take(2).collect();
    let lot = folder.join("lot.jsonl");
    fs::write(&lot, numbered.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    lot
}

fn permits(shop: &Workshop) -> Vec<Permit> {
    let zones = files_below(&shop.path().join("print")).into_iter().filter(|file| name(file) == "mrz.txt");
    let number = |zone: &PathBuf| fs::read_to_string(zone).unwrap()[5..14].to_owned();
    zones.map(|zone| Permit { number: number(&zone), zone }).collect()
}

/// The codes of a document whose letter waits, as the issuing circuit's key opens them.
struct Codes {
    pin: String,
    puk: String,
    cip: String,
}

impl Codes {
    fn add_to(&self, secrets: &mut Secrets, which: &str) {
        for (name, digits) in [("PIN", &self.pin), ("PUK", &self.puk), ("CIP", &self.cip)] {
            secrets.digits(&format!("{name}, {which}"), digits);
        }
    }
}

fn is_code(name: &str) -> bool {
    ["PIN, ", "PUK, ", "CIP, "].iter().any(|code| name.starts_with(code))
}

fn of_codes(secrets: &mut Secrets, shop: &Workshop, permit: &Permit) {
    codes(shop, permit).unwrap().add_to(secrets, &permit.number);
}

fn codes(shop: &Workshop, permit: &Permit) -> Option<Codes> {
    let home = shop.home();
    let keys = SoftwareKeys::open(&home.join("keys"), Mode::Test, &mut NoSecrets).unwrap();
    let register = Connection::open(home.join("sigillo.db")).unwrap();
    let newest = "SELECT generation, ciphertext FROM codes WHERE document_number = ?1 ORDER BY generation DESC LIMIT 1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, Option<Vec<u8>>>(1)?));
    let (generation, ciphertext) = register.query_row(newest, [&permit.number], read).unwrap();
    let context = EnvelopeContents::context(&permit.number, generation);
    let plain = keys.decrypt_code(&context, &ciphertext?).unwrap();
    let set = CodeSet::decode(&plain).unwrap();
    let text = |digits: &[u8]| String::from_utf8(digits.to_vec()).unwrap();
    Some(Codes { pin: set.pin.expose(text), puk: set.puk.expose(text), cip: set.cip.expose(text) })
}

/// The image of the chip with this PIN.
fn image(shop: &Workshop, pin: &str) -> PathBuf {
    let mut images = shop.images("A").into_iter();
    images.find(|image| codes_of_chip(image.to_str().unwrap()).0 == pin).unwrap()
}

/// PIN and PUK as the memory of a chip has them: tag, length, limit, tries left, eight digits.
fn codes_of_chip(image: &str) -> (String, String) {
    let octets = fs::read(image).unwrap();
    let [pin, puk] = [[0xDF, 0x23, 0x0A], [0xDF, 0x24, 0x0A]].map(|head| {
        let at = octets.windows(3).position(|window| window == head).unwrap();
        String::from_utf8(octets[at + 5..at + 13].to_vec()).unwrap()
    });
    (pin, puk)
}
