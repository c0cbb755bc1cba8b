//! The demo's lot through PC/SC: chips behind a private pcscd, formed and verified by the program as its user runs it, and read
//! by programs nobody here wrote. Whatever is missing on the machine fails these tests; nothing is skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test program")]

mod counter;
mod workshop;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use counter::{Counter, PATIENCE, assert_refused};
use sigillo_pcscd_lab::{SOCKET_VARIABLE, run};
use workshop::{demo_lot, repository};

/// What both the terminal of sigillo and that of the crate `emrtd` read.
const READ_BY_EMRTD: [&str; 4] = ["EF.COM.bin", "EF.SOD.bin", "DG1.bin", "DG2.bin"];

#[test]
fn the_demo_lot_through_a_private_pcscd() {
    let judge = thread::spawn(build_emrtd_reader);
    let counter = Counter::new();
    let readers = counter.succeed(&["chip", "readers"]);
    assert_eq!(readers["readers"], serde_json::json!(counter.lab.readers()));
    counter.succeed(&["lot", "import", demo_lot().to_str().unwrap()]);
    fill_stock(&counter);
    form(&counter);

    let cards = cards(&counter);
    assert_eq!(cards.len(), 16);
    thread::scope(|scope| {
        for reader in 0..2 {
            let (counter, cards) = (&counter, &cards);
            scope.spawn(move || {
                for card in cards.iter().skip(reader).step_by(2) {
                    let _in_the_reader = counter.put_in(reader, &card.image);
                    verify_and_save(counter, reader, card);
                }
            });
        }
    });

    let (first, second) = (&cards[0], &cards[1]);
    let _in_the_reader = counter.put_in(0, &first.image);
    let csca = counter.shop.csca();
    let anothers_mrz = ["--mrz-file", second.mrz.to_str().unwrap(), "--csca", csca.to_str().unwrap()];
    let verdict = counter.sigillo(&[&["chip", "verify", "--reader", "0"], anothers_mrz.as_slice()].concat());
    assert_eq!(verdict.status.unwrap().code(), Some(1), "{}", verdict.stdout);
    counter.refuse(&["chip", "inspect", "--reader", "0", "--mrz-file", anothers_mrz[1]], 5, "channel.refused");
    opensc_gets_nothing_from_a_locked_chip(&counter);
    emrtd_reads_what_we_read(&counter, &judge.join().unwrap(), first, second);
}

/// Two chips with numbered blanks and sixteen without, out of magazines that turn after use: initialization locks nothing.
fn fill_stock(counter: &Counter) {
    let reader = &counter.lab.readers()[0];
    for (batch, chips, more) in [("A", 2, ["--blank-number", "I90000001"].as_slice()), ("B", 16, &[])] {
        counter.succeed(&["chip", "make", "--batch", batch, "--count", &chips.to_string()]);
        let magazine = counter.serve(0, &["--magazine", &folder(counter, batch), "--advance-after", "use"]);
        let init = ["chip", "init", "--batch", batch, "--reader", reader, "--wait", "3"];
        let done = counter.succeed(&[init.as_slice(), more].concat());
        assert_eq!((&done["initialized"], &done["passed_over"]), (&chips.into(), &0.into()));
        magazine.ends();
    }
}

/// The first magazine has too few chips for the lot: the run stops, and goes on with the second, in the other reader.
fn form(counter: &Counter) {
    let magazine = counter.serve(0, &["--magazine", &folder(counter, "A")]);
    counter.refuse(&["run", "start", "--lot", "1", "--reader", "0", "--wait", "3"], 7, "line.no-more-chips");
    magazine.ends();
    let _magazine = counter.serve(1, &["--magazine", &folder(counter, "B")]);
    assert_eq!(counter.succeed(&["run", "resume", "--reader", "1"])["released"], 14);
    let report = counter.succeed(&["run", "report"]);
    assert_eq!(report["reconciles"], true);
    assert_eq!(report["records"]["not_issued"], 16);
}

/// A released card: its chip, and what is printed on it.
struct Card {
    image: PathBuf,
    mrz: PathBuf,
    saved: PathBuf,
}

fn cards(counter: &Counter) -> Vec<Card> {
    let out = counter.shop.path().join("print");
    counter.succeed(&["run", "print-data", "--out", out.to_str().unwrap()]);
    let images = ["A", "B"].map(|batch| counter.shop.images(batch)).concat();
    let by_serial: BTreeMap<_, _> =
        images.into_iter().map(|image| (image.file_stem().unwrap().to_str().unwrap().to_owned(), image)).collect();
    let jobs = fs::read_dir(&out).unwrap().map(|job| job.unwrap().path());
    jobs.map(|job| {
        let serial = fs::read_to_string(job.join("serial.txt")).unwrap().trim().to_lowercase();
        Card { image: by_serial[&serial].clone(), mrz: job.join("mrz.txt"), saved: job.join("saved") }
    })
    .collect()
}

fn verify_and_save(counter: &Counter, reader: usize, card: &Card) {
    let (reader, mrz) = (reader.to_string(), card.mrz.to_str().unwrap());
    let chip = ["--reader", reader.as_str(), "--mrz-file", mrz];
    let csca = counter.shop.csca();
    let verdict =
        counter.succeed(&[["chip", "verify"].as_slice(), &chip, &["--csca", csca.to_str().unwrap()]].concat());
    assert_eq!(verdict["verified"], true, "{verdict}");
    counter.succeed(&[["chip", "inspect"].as_slice(), &chip, &["--save", card.saved.to_str().unwrap()]].concat());
    // Passive authentication proved these octets; that they are all of them is seen here.
    assert!(fs::metadata(card.saved.join("DG2.bin")).unwrap().len() > 10_000);
}

fn opensc_gets_nothing_from_a_locked_chip(counter: &Counter) {
    let reader = &counter.lab.readers()[0];
    let atr = counter.run(Command::new("opensc-tool").args(["--reader", reader, "--atr"]));
    assert_eq!(atr.stdout.trim(), "3b:80:80:01:01");
    let exchange = [
        ("00A4040C07A0000002471001", "SW1=0x90, SW2=0x00"),
        ("00B0000004", "SW1=0x69, SW2=0x86"), // no file is selected yet
        ("00B0810004", "SW1=0x69, SW2=0x82"),
        ("00D6810001FF", "SW1=0x69, SW2=0x82"),
        ("8050000008010203040506070800", "SW1=0x6D, SW2=0x00"),
    ];
    let mut command = Command::new("opensc-tool");
    command.args(["--reader", reader]).args(exchange.iter().flat_map(|(apdu, _)| ["--send-apdu", apdu]));
    let finished = counter.run(&mut command);
    let answers: Vec<&str> = finished
        .stdout
        .lines()
        .filter_map(|line| line.split_once('(')?.1.split_once(')').map(|(status, _)| status))
        .collect();
    assert_eq!(answers, exchange.map(|(_, status)| status), "{}", finished.stdout);
}

fn emrtd_reads_what_we_read(counter: &Counter, judge: &Path, card: &Card, another: &Card) {
    let read = |mrz: &Path, folder: &Path| {
        fs::create_dir(folder).unwrap();
        let typed = folder.with_extension("typed");
        fs::write(&typed, number_birth_expiry(&fs::read_to_string(mrz).unwrap())).unwrap();
        // The judge reads its standard input, which `run` closes.
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$0\" \"$1\" \"$2\" < \"$3\""]);
        command.arg(judge).arg(&counter.lab.readers()[0]).arg(folder).arg(typed);
        counter.run(&mut command)
    };
    let refused = read(&another.mrz, &counter.shop.path().join("refused"));
    assert_eq!(refused.status.unwrap().code(), Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("read_with_emrtd:"), "{}", refused.stderr);
    assert_eq!(fs::read_dir(counter.shop.path().join("refused")).unwrap().count(), 0);

    let folder = counter.shop.path().join("read");
    let finished = read(&card.mrz, &folder);
    assert!(finished.is_success(), "{}\n{}", finished.stdout, finished.stderr);
    for file in READ_BY_EMRTD {
        assert_eq!(fs::read(folder.join(file)).unwrap(), fs::read(card.saved.join(file)).unwrap(), "{file}");
    }
}

/// The three lines that the judge takes, out of a TD1 zone (icao-9303-5: document number, birth, expiry).
fn number_birth_expiry(mrz: &str) -> String {
    let lines: Vec<&str> = mrz.lines().collect();
    let number = lines[0][5..14].trim_end_matches('<');
    format!("{number}\n{}\n{}\n", &lines[1][0..6], &lines[1][8..14])
}

/// Builds the foreign reader in its own workspace and target folder; what is in cargo's cache already is not asked for again.
fn build_emrtd_reader() -> PathBuf {
    let (manifest, target) = (repository("interop/rust/Cargo.toml"), repository("interop/rust/target"));
    let build = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(&manifest);
        run(command.arg("--target-dir").arg(&target).args(more), Duration::from_secs(600)).unwrap()
    };
    if !build(&["--offline"]).is_success() {
        let finished = build(&[]);
        assert!(finished.is_success(), "{}", finished.stderr);
    }
    target.join("debug/read_with_emrtd")
}

fn folder(counter: &Counter, batch: &str) -> String {
    counter.shop.home().join("chips").join(batch).to_str().unwrap().to_owned()
}

#[test]
fn a_chip_that_stays_in_the_reader_is_worked_on_once() {
    let counter = Counter::new();
    counter.succeed(&["lot", "import", demo_lot().to_str().unwrap()]);
    counter.succeed(&["chip", "make", "--batch", "A", "--count", "1"]);
    let _in_the_reader = counter.put_in(0, &counter.shop.images("A")[0]);

    let init = ["chip", "init", "--batch", "A", "--reader", "0", "--wait", "2"];
    assert_eq!(counter.succeed(&init)["initialized"], 1);
    let again = counter.sigillo(&init);
    assert!(again.is_success(), "{}", again.stderr);
    assert_eq!(again.stdout, "0 chips in the stock, 1 passed over\n");
    assert!(again.stderr.contains("take the chip out and put the next one in: within 2 s"), "{}", again.stderr);

    counter.refuse(&["run", "start", "--lot", "1", "--reader", "0", "--wait", "2"], 7, "line.no-more-chips");
    assert_eq!(counter.succeed(&["run", "report"])["records"]["not_issued"], 1);
    counter.refuse(&["run", "resume", "--reader", "0", "--wait", "2"], 7, "line.no-more-chips");
}

#[test]
fn what_is_wrong_with_a_reader_is_said_with_what_to_do() {
    let counter = Counter::new();
    counter.succeed(&["lot", "import", demo_lot().to_str().unwrap()]);
    counter.succeed(&["chip", "make", "--batch", "A", "--count", "1"]);
    let mrz = counter.shop.path().join("mrz.txt");
    fs::write(&mrz, "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<\n")
        .unwrap();
    let (mrz, csca) = (mrz.to_str().unwrap().to_owned(), counter.shop.csca());
    let commands = |reader| {
        [
            vec!["chip", "init", "--batch", "A", "--reader", reader, "--wait", "1"],
            vec!["run", "start", "--lot", "1", "--reader", reader, "--wait", "1"],
            vec!["chip", "verify", "--reader", reader, "--mrz-file", &mrz, "--csca", csca.to_str().unwrap()],
            vec!["chip", "inspect", "--reader", reader, "--mrz-file", &mrz],
        ]
    };
    for absent in ["2", "ACS ACR122U 00 00", ""] {
        commands(absent).iter().for_each(|command| counter.refuse(command, 4, "reader.unknown"));
    }
    let [init, start, verify, inspect] = commands("1");
    [init, verify, inspect].iter().for_each(|command| counter.refuse(command, 4, "reader.no-card"));
    assert_eq!(
        counter.succeed(&["run", "status"])["runs"],
        serde_json::json!([]),
        "no run is left by an absent reader"
    );
    counter.refuse(&start, 7, "line.no-more-chips");

    let in_the_reader = counter.put_in(0, &counter.shop.images("A")[0]);
    let image = counter.shop.images("A")[0].to_str().unwrap().to_owned();
    counter.refuse(&["chip", "inspect", "--image", &image, "--mrz-file", &mrz], 4, "reader.busy");
    drop(in_the_reader);

    let mut without_daemon = commands("0").to_vec();
    without_daemon.push(vec!["chip", "readers"]);
    for command in without_daemon {
        let mut command = counter.shop.command(&[&["--json"], command.as_slice()].concat());
        let finished =
            run(command.stdin(Stdio::null()).env(SOCKET_VARIABLE, "/nonexistent/pcscd.comm"), PATIENCE).unwrap();
        assert_refused(&finished, 4, "reader.no-service");
    }
}

#[test]
fn the_doctor_names_what_is_ill_and_what_to_do() {
    let counter = Counter::new();
    counter.succeed(&["chip", "make", "--batch", "A", "--count", "1"]);
    let _in_the_reader = counter.put_in(0, &counter.shop.images("A")[0]);
    let well = counter.succeed(&["doctor"]);
    assert_eq!(well["ill"], 0, "{well}");
    let said: Vec<&str> =
        well["findings"].as_array().unwrap().iter().map(|row| row["what"].as_str().unwrap()).collect();
    let readers = counter.lab.readers();
    assert!(said.contains(&format!("0: {}: a card, answer to reset 3B80800101", readers[0]).as_str()), "{said:?}");
    assert!(said.contains(&format!("1: {}: no card", readers[1]).as_str()), "{said:?}");

    let mut command = counter.shop.command(&["--json", "doctor"]);
    let finished = run(command.stdin(Stdio::null()).env(SOCKET_VARIABLE, "/nonexistent/pcscd.comm"), PATIENCE).unwrap();
    assert_eq!(finished.status.unwrap().code(), Some(4), "{}", finished.stdout);
    let ill: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    let service = ill["findings"].as_array().unwrap().iter().find(|row| row["check"] == "service").unwrap();
    assert_eq!(service["verdict"], "ill");
    assert!(service["advice"].as_str().unwrap().len() > 20, "{service}");
}
