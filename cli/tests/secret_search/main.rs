//! Secrets of a whole run, searched for in everything that the program leaves, prints, logs or lets others see.
//!
//! A secret that is planted is found first, in each channel and each shape. Keys, chip images, what the printer gets and what
//! `chip inspect` was asked to show are where secrets belong; they are found there, and nowhere else.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod debug;
mod life;
mod needles;
mod secrets;
mod session;
mod views;
mod watch;
#[path = "../workshop/mod.rs"]
mod workshop;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::needles::Secrets;
use crate::secrets::{files_below, name};
use crate::watch::{
    ARGUMENTS, DATABASE, ENVIRONMENT, ReadsAlong, SHARED_MEMORY, STANDARD_ERROR, TEMPORARY_FILES, WRITE_AHEAD_LOG,
    Watch,
};
use crate::workshop::{Workshop, demo_lot};

#[test]
fn a_planted_secret_is_found_in_every_channel_and_shape() {
    let secret = b"\x1fX\xA7k\x93Q\xD2w\x84\xE1bZ\xB6\x05\xC9n";
    let mut secrets = Secrets::new();
    secrets.key("planted", secret);
    let found = |octets: &[u8]| secrets.found_in(octets).contains("planted");
    for (shape, planted) in views::shapes(secret) {
        let text = [b"level=trace body=\"", &planted[..], b"\" next=1"].concat();
        assert!(found(&text), "{shape}");
        assert!(found(&[b"begin", &planted[planted.len() / 3..]].concat()), "the end of {shape}");
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("sigillo.db");
        let connection = Connection::open(&database).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection.execute_batch("CREATE TABLE t (a BLOB)").unwrap();
        let mut watch = Watch::new(folder.path());
        let file = folder.path().join("planted");
        fs::write(&file, &text).unwrap();
        // A child that prints it, keeps it in a named and in a nameless temporary file, and a grandchild that is given it.
        let script = "cat \"$1\"; cat \"$1\" >&2; cp \"$1\" \"$TMPDIR/named\"; cp \"$1\" \"$TMPDIR/x\"; exec 5<\"$TMPDIR/x\"; \
            rm \"$TMPDIR/x\"; sleep 0.2; rm \"$TMPDIR/named\"";
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh", file.to_str().unwrap()]);
        if let Ok(printable) = String::from_utf8(planted.clone()) {
            command.arg(&printable).env("PLANTED", &printable);
        }
        connection.execute("INSERT INTO t VALUES (?1)", [&text]).unwrap();
        watch.run("standard output", &mut command);
        drop(connection);
        watch.saw("database when it is closed", fs::read(&database).unwrap());
        for channel in
            ["standard output", STANDARD_ERROR, TEMPORARY_FILES, WRITE_AHEAD_LOG, "database when it is closed"]
        {
            let carried = watch.seen[channel].values();
            assert!(carried.clone().any(|octets| found(octets)), "{shape} in {channel}");
        }
        if std::str::from_utf8(&planted).is_ok() {
            for channel in [ARGUMENTS, ENVIRONMENT] {
                assert!(watch.seen[channel].values().any(|octets| found(octets)), "{shape} in {channel}");
            }
        }
    }
    assert!(found(u128::from_be_bytes(*secret).to_string().as_bytes()));
    // Texts and images.
    secrets.text("name", "Ковальчук");
    secrets.image("portrait", &fs::read(demo_lot().with_file_name("images/p01.jpg")).unwrap());
    for text in [
        "ковальчук",
        "\\u041a\\u043e\\u0432\\u0430\\u043b\\u044c\\u0447\\u0443\\u043a",
        "\\u{41a}\\u{43e}\\u{432}\\u{430}\\u{43b}\\u{44c}\\u{447}\\u{443}\\u{43a}",
    ] {
        assert!(secrets.found_in(text.as_bytes()).contains("name"), "{text}");
    }
    let portrait = fs::read(demo_lot().with_file_name("images/p03.jpg")).unwrap();
    let middle = portrait.len() / 2;
    secrets.image("other portrait", &portrait);
    for at in middle..middle + 8 {
        let run = hex::encode(&portrait[at..at + 24]);
        assert!(secrets.found_in(run.as_bytes()).contains("other portrait"), "24 octets at {at}");
    }
    assert!(secrets.found_in(b"nothing at all, 12345, 0xDEADBEEF").is_empty());
}

#[test]
fn no_secret_of_a_whole_run_is_anywhere_but_in_its_place() {
    let shop = Workshop::new();
    let mut watch = Watch::new(&shop.home());
    let places = Places::of(&shop);
    work(&shop, &mut watch, &places);

    let mut secrets = Secrets::new();
    secrets::of_home(&mut secrets, &shop.home());
    secrets::of_people(&mut secrets, &demo_lot());
    for file in files_below(&places.print).iter().filter(|file| name(file) == "mrz.txt") {
        secrets::of_machine_readable_zone(&mut secrets, &fs::read_to_string(file).unwrap());
    }
    assert!(secrets.len() > 300, "{} secrets", secrets.len());

    // What lies in the workshop: every file is either one of the places of secrets, or a channel.
    let mut used = BTreeSet::new();
    for file in files_below(shop.path()) {
        let octets = fs::read(&file).unwrap();
        match places.all().into_iter().find(|place| file.starts_with(place)) {
            Some(place) => {
                if !secrets.found_in(&octets).is_empty() {
                    used.insert(place.to_owned());
                }
            }
            None => watch.saw(&format!("file {}", file.strip_prefix(shop.path()).unwrap().display()), octets),
        }
    }
    assert_eq!(used, places.all().into_iter().map(Path::to_owned).collect(), "a place of secrets without secrets");
    let shown = watch.seen.remove(SHOWN).unwrap();
    assert!(shown.values().all(|octets| !secrets.found_in(octets).is_empty()), "inspect shows a person");

    for channel in
        [STANDARD_ERROR, ARGUMENTS, ENVIRONMENT, DATABASE, WRITE_AHEAD_LOG, SHARED_MEMORY, "journal", "trace"]
    {
        assert!(watch.seen.contains_key(channel), "nothing was seen of {channel}");
    }
    let log = watch.seen[STANDARD_ERROR].values().map(|octets| String::from_utf8_lossy(octets)).collect::<String>();
    assert!(log.matches("exchange").count() > 1000, "the log is at level trace");
    let leaks: Vec<_> = watch
        .seen
        .iter()
        .flat_map(|(channel, seen)| seen.values().map(move |octets| (channel, octets)))
        .flat_map(|(channel, octets)| {
            secrets.found_in(octets).into_iter().map(move |secret| (channel, secret.to_owned()))
        })
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
    let carried: usize = watch.seen.values().flat_map(|seen| seen.values().map(Vec::len)).sum();
    println!("{} secrets in {} channels, {carried} octets: {:?}", secrets.len(), watch.seen.len(), watch.seen.keys());
}

/// Where secrets may be.
struct Places {
    keys: PathBuf,
    chips: PathBuf,
    print: PathBuf,
    saved: PathBuf,
}

impl Places {
    fn of(shop: &Workshop) -> Self {
        let at = |path: &str| shop.path().join(path);
        Self { keys: at("home/keys"), chips: at("home/chips"), print: at("print"), saved: at("saved") }
    }

    fn all(&self) -> [&Path; 4] {
        [&self.keys, &self.chips, &self.print, &self.saved]
    }
}

/// A run from the first command to the last, and everything that is refused on the way.
fn work(shop: &Workshop, watch: &mut Watch, places: &Places) {
    let inputs = tempfile::tempdir().unwrap();
    let lot = demo_lot();
    let lot = lot.to_str().unwrap();
    let mut run = |watch: &mut Watch, arguments: &[&str], exit: i32| {
        let output = arguments.contains(&"inspect") && exit == 0;
        let channel = if output { SHOWN.to_owned() } else { format!("standard output of {}", arguments.join(" ")) };
        let words = watch.run(&channel, shop.command(arguments).args(["--log", "trace"]));
        assert_eq!(words.status.code(), Some(exit), "{arguments:?}: {}", String::from_utf8_lossy(&words.stderr));
    };
    run(watch, &["init", "--test-keys"], 0);
    let reader = ReadsAlong::in_register_of(&shop.home());

    run(watch, &["lot", "check", lot], 0);
    for bad in bad_lots(inputs.path()) {
        run(watch, &["lot", "check", &bad], 3);
        run(watch, &["--json", "lot", "import", &bad], 3);
    }
    run(watch, &["lot", "import", lot], 0);
    run(watch, &["--json", "lot", "import", lot], 3);
    run(watch, &["chip", "make", "--batch", "A", "--count", "18"], 0);
    run(watch, &["chip", "init", "--batch", "A", "--virtual", "2", "--blank-number", "I90000001"], 0);
    run(watch, &["chip", "init", "--batch", "A", "--virtual", "15"], 0);
    run(watch, &["run", "plan", "--lot", "1"], 0);
    run(watch, &["run", "start", "--lot", "1", "--virtual", "3"], 7);
    run(watch, &["run", "resume", "--virtual", "18"], 0);
    for report in [["run", "status"], ["run", "report"]] {
        run(watch, &report, 0);
        run(watch, &[&["--json"], &report[..]].concat(), 0);
    }
    let print = places.print.to_str().unwrap();
    run(watch, &["run", "print-data", "--out", print], 0);
    run(watch, &["run", "print-data", "--out", print], 3);
    run(watch, &["audit", "verify"], 0);
    look_at_chips(shop, watch, places, inputs.path(), &mut run);
    let released = serial_of(&shop.images("A")[0]);
    run(watch, &["chip", "scrap", &released, "--manner", "mute", "--reason", "antenna", "--witness", "carla"], 2);
    let stock = shop.images("A").into_iter().find(|image| fs::read(image).unwrap()[51] == 0x03).unwrap();
    let card = serial_of(&stock);
    run(watch, &["chip", "scrap", &card, "--manner", "mute", "--reason", "antenna"], 2);
    run(watch, &["chip", "scrap", &card, "--manner", "mute", "--reason", "antenna", "--witness", "carla"], 0);
    drop(reader);
    // The last to close the register copies the log into it.
    run(watch, &["run", "status"], 0);
    let trace = Connection::open(shop.home().join("sigillo.db")).unwrap();
    rows(&trace, watch);
}

type Run<'r> = dyn FnMut(&mut Watch, &[&str], i32) + 'r;

/// Reads and judges a released chip, with the right and with wrong words, whole and damaged.
fn look_at_chips(shop: &Workshop, watch: &mut Watch, places: &Places, inputs: &Path, run: &mut Run<'_>) {
    let jobs: Vec<PathBuf> = files_below(&places.print).into_iter().filter(|file| name(file) == "mrz.txt").collect();
    let serial = |job: &Path| fs::read_to_string(job.with_file_name("serial.txt")).unwrap().trim().to_owned();
    let image = |serial: &str| shop.images("A").into_iter().find(|image| serial_of(image) == serial).unwrap();
    let csca = shop.csca();
    let csca = csca.to_str().unwrap();
    for (job, other) in jobs.iter().zip(jobs.iter().skip(1)).take(3) {
        let chip = image(&serial(job));
        let (chip, job, other) = (chip.to_str().unwrap(), job.to_str().unwrap(), other.to_str().unwrap());
        run(watch, &["chip", "verify", "--image", chip, "--mrz-file", job, "--csca", csca], 0);
        run(watch, &["--json", "chip", "verify", "--image", chip, "--mrz-file", job, "--csca", csca], 0);
        run(watch, &["chip", "verify", "--image", chip, "--mrz-file", other, "--csca", csca], 1);
        run(watch, &["chip", "verify", "--image", chip, "--mrz-file", job, "--csca", job], 3);
        run(watch, &["chip", "inspect", "--image", chip, "--mrz-file", job, "--tree"], 0);
        run(watch, &["--json", "chip", "inspect", "--image", chip, "--mrz-file", job], 0);
        run(watch, &["chip", "inspect", "--image", chip, "--mrz-file", other], 5);
        run(watch, &["chip", "inspect", "--image", job, "--mrz-file", job], 3);
        // A slip of the pen in each of the three lines.
        let mrz = fs::read_to_string(job).unwrap();
        for at in [20, 31, 65] {
            let mut wrong = mrz.clone();
            wrong.replace_range(at..=at, if &mrz[at..=at] == "7" { "8" } else { "7" });
            let file = inputs.join("slip.txt");
            fs::write(&file, wrong).unwrap();
            run(watch, &["chip", "inspect", "--image", chip, "--mrz-file", file.to_str().unwrap()], 3);
        }
    }
    let chip = image(&serial(&jobs[0]));
    let saved = places.saved.to_str().unwrap();
    run(
        watch,
        &[
            "chip",
            "inspect",
            "--image",
            chip.to_str().unwrap(),
            "--mrz-file",
            jobs[0].to_str().unwrap(),
            "--save",
            saved,
        ],
        0,
    );
}

/// The serial in an image: behind the first line, the version, `C1 08 generation` and `C2 0A`.
fn serial_of(image: &Path) -> String {
    hex::encode(&fs::read(image).unwrap()[39..49])
}

/// Lots whose faults lie in personal fields: what is refused must not be repeated.
fn bad_lots(folder: &Path) -> Vec<String> {
    let mut lots = Vec::new();
    let mut write = |text: String| {
        let path = folder.join(format!("{}.jsonl", lots.len()));
        fs::write(&path, text).unwrap();
        lots.push(path.to_str().unwrap().to_owned());
    };
    let lot = fs::read_to_string(demo_lot()).unwrap();
    // Broken off inside a name; a name where a field's name belongs; names, dates and codes of a wrong form.
    write(
        lot.lines()
            .map(|line| format!("{}\n", line.chars().take(line.find("given_names").unwrap_or(150)).collect::<String>()))
            .collect(),
    );
    for (field, to) in
        [("surname", "x\u{7}"), ("birth_date", "x"), ("codice_fiscale", "x"), ("birth_place", " "), ("pratica", "!")]
    {
        let broken = |line: &str| {
            let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
            let value = record[field].as_str().unwrap_or("Wulandari").to_owned();
            record[field] = format!("{value}{to}").into();
            record[&value] = value.clone().into();
            record[format!("{value} {value}")] = 1.into();
            format!("{record}\n")
        };
        write(lot.lines().map(broken).collect());
    }
    lots
}

/// The rows of journal, trace and every other table, as SQL gives them: no page boundary cuts a text in two.
fn rows(connection: &Connection, watch: &mut Watch) {
    let mut tables = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let mut octets = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                match row.get_ref(column).unwrap() {
                    ValueRef::Text(value) | ValueRef::Blob(value) => octets.extend_from_slice(value),
                    value => octets.extend_from_slice(format!("{value:?}").as_bytes()),
                }
                octets.push(b'\n');
            }
        }
        watch.saw(&table, octets);
    }
}

/// What `chip inspect` prints because it was asked to.
const SHOWN: &str = "standard output of chip inspect";
