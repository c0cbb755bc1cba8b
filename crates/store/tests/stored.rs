//! Every register that was ever written can be opened and worked on by every later version.
//!
//! `stored/VN.sql` is the scenario below as the program wrote it whose last migration was N, dumped by Python's `sqlite3` (`iterdump`)
//! behind the line with the application's identifier; `stored/postgres/VN.sql` the same by `pg_dump`, as far as registers lay in
//! PostgreSQL then. They never change: a new form is a new migration, and a new file of each. A test that finds the newest file
//! older than the form leaves the scenario's register in `target/tmp/stored` to be dumped.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{BY, Bench, Engine, LIMIT, PROFILE, SIGNER, on_both_engines, scrapped, serial};
use rusqlite::Connection;
use sigillo_issuance::life_cycle::{CardState, RecordEvent, RecordState, ScrapManner};
use sigillo_postgres_lab::shared;
use sigillo_store::{
    Act, By, CipCaller, Database, NewCodes, NewPartner, PermitFacts, Receives, RecordId, SlotPurpose, Store, StoreError,
};
use tempfile::TempDir;

on_both_engines!(
    every_stored_register_is_read_and_goes_on,
    what_the_trace_does_not_say_is_not_migrated_away,
    of_many_programs_that_find_an_old_register_each_may_go_on,
    this_version_writes_the_form_that_is_stored,
);

/// One card in each state, one scrapped, one act open.
fn scenario(bench: &mut Bench) {
    let lot = bench.lot("release-0.1.0", 4, 3);
    let run = bench.run(lot);
    let records: Vec<_> = bench.store.records_of(lot).unwrap().into_iter().map(|row| row.id).collect();
    let released = bench.stock(1, None);
    for from in [CardState::Stock, CardState::Bound, CardState::Written, CardState::Locked] {
        bench.advance(from, released, records[0]);
    }
    let refused = bench.stock(2, None);
    for from in [CardState::Stock, CardState::Bound, CardState::Written] {
        bench.advance(from, refused, records[1]);
    }
    bench.store.scrap(BY, refused, &scrapped(ScrapManner::LockedRefused)).unwrap();
    let blank = bench.stock(3, Some("I99999999"));
    let by = By { run: Some(run), ..BY };
    bench.store.bind(by, blank, records[3]).unwrap();
    bench.store.reserve_slot(by, SIGNER, LIMIT, blank).unwrap();
    bench.store.intent(by, Act::Write, blank, &[("files", "8".into())]).unwrap();
    bench.stock(4, None);
    bench.store.enter_card(BY, serial(5), "batch-1", PROFILE).unwrap();
    since_offices(&mut bench.store);
}

/// What a register holds since migration 8: codes, an office's work, a partner, a checkpoint, a retention run.
fn since_offices(store: &mut Store) {
    let released = store.permit("I00130001").unwrap().unwrap();
    let codes = NewCodes {
        record: released.record,
        serial: released.serial,
        generation: 1,
        ciphertext: &[0xC0; 48],
        verifier: &[0xCE; 48],
    };
    store.codes_made(BY, codes).unwrap();
    store.codes_set(BY, released.serial).unwrap();
    store.intent(BY, Act::Activate, released.serial, &[]).unwrap();
    let card = PermitFacts { card: Some([5; 32]), valid_to: Some("2036-11-01"), ..PermitFacts::default() };
    store.permit_event(BY, "I00130001", RecordEvent::Activate, &card).unwrap();
    let caller = CipCaller { digest: [0xCA; 32], seconds: 1_793_610_000, window: 3600, limit: 3 };
    let attempt = store.count_attempt(BY, "I00130001", caller).unwrap();
    let loss = PermitFacts { reason: Some("loss"), attempt, ..PermitFacts::default() };
    store.permit_event(BY, "I00130001", RecordEvent::Suspend, &loss).unwrap();
    let partner = NewPartner {
        name: "permits",
        own_name: "line1",
        receives: Receives::All,
        encryption: &[0x30; 80],
        signers: &[([0x51; 32], vec![0x30; 90])],
    };
    store.add_partner(BY, &partner).unwrap();
    let end = store.outbox_end().unwrap();
    store.outbox_acknowledge(BY, "permits", end).unwrap();
    store.checkpoint(BY.at, [0x1D; 20], |_| Ok::<_, StoreError>(vec![0x51; 64])).unwrap();
    let run = store.begin_retention(BY, 2).unwrap();
    store.end_retention(BY, &run).unwrap();
}

/// A dump, and the number of its newest migration.
struct Dump {
    version: u32,
    path: PathBuf,
}

/// The dumps of an engine, oldest first.
fn dumps(engine: Engine) -> Vec<Dump> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(match engine {
        Engine::Sqlite => "tests/stored",
        Engine::PostgreSql => "tests/stored/postgres",
    });
    let version = |path: &Path| path.file_name()?.to_str()?.strip_prefix('V')?.strip_suffix(".sql")?.parse().ok();
    let mut dumps: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| Some(Dump { version: version(&path)?, path }))
        .collect();
    dumps.sort_unstable_by_key(|dump| dump.version);
    assert!(!dumps.is_empty());
    dumps
}

/// A register made of a dump, and where it is.
struct Loaded {
    _folder: TempDir,
    database: Database,
    place: Place,
}

enum Place {
    File(PathBuf),
    Server(String),
}

impl Dump {
    fn load(&self, engine: Engine) -> Loaded {
        let folder = tempfile::tempdir().unwrap();
        let (database, name) = engine.place(folder.path());
        let place = match name {
            None => {
                let path = folder.path().join("register.db");
                let connection = Connection::open(&path).unwrap();
                // A dump names tables before it makes them.
                connection.pragma_update(None, "foreign_keys", false).unwrap();
                connection.execute_batch(&fs::read_to_string(&self.path).unwrap()).unwrap();
                // As every register lies; two connections that change the mode at once may refuse each other.
                connection.pragma_update(None, "journal_mode", "WAL").unwrap();
                Place::File(path)
            }
            Some(name) => {
                let mut psql = shared().program("psql", &name);
                psql.args(["--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--file"]);
                assert!(psql.arg(&self.path).status().unwrap().success(), "{}", self.path.display());
                Place::Server(name)
            }
        };
        Loaded { _folder: folder, database, place }
    }
}

impl Place {
    /// Writes past the register's own rules.
    fn intrude(&self, sql: &str) {
        match self {
            Self::File(path) => Connection::open(path).unwrap().execute_batch(sql).unwrap(),
            Self::Server(name) => drop(shared().sql(name, sql).unwrap()),
        }
    }

    /// Tables, indices and triggers as statements.
    fn form(&self) -> Vec<String> {
        match self {
            Self::File(path) => {
                let connection = Connection::open(path).unwrap();
                let mut statement = connection
                    .prepare(
                        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY name",
                    )
                    .unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
            }
            Self::Server(name) => {
                let dump = dumped(name, &["--schema-only"]);
                dump.lines().filter(|line| !line.starts_with("--")).map(str::to_owned).collect()
            }
        }
    }
}

/// What `pg_dump` writes of a database, without what is another each time.
fn dumped(name: &str, options: &[&str]) -> String {
    let mut pg_dump = shared().program("pg_dump", name);
    let output = pg_dump.args(["--no-owner", "--no-privileges", "--inserts"]).args(options).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let is_kept = |line: &&str| !["\\restrict", "\\unrestrict"].iter().any(|word| line.starts_with(word));
    text.lines().filter(is_kept).map(|line| format!("{line}\n")).collect()
}

fn every_stored_register_is_read_and_goes_on(engine: Engine) {
    for dump in dumps(engine) {
        let loaded = dump.load(engine);
        let mut store = Store::open(&loaded.database).unwrap();
        let has_offices = dump.version >= 8;
        assert_eq!(store.verify_trace(None).unwrap().seq, if has_offices { 53 } else { 42 });

        let lot = store.lots().unwrap()[0].id;
        let states: Vec<_> = store.records_of(lot).unwrap().iter().map(|row| (row.state, row.remakes)).collect();
        let first = if has_offices { RecordState::Suspended } else { RecordState::NotIssued };
        assert_eq!(
            states,
            [(first, 0), (RecordState::Received, 1), (RecordState::Received, 0), (RecordState::InFormation, 0)]
        );
        let permit = store.permit("I00130001").unwrap().unwrap();
        assert_eq!((permit.serial, permit.sod_digest), (serial(1), [5; 32]));
        if has_offices {
            assert_eq!(store.parts(permit.record).unwrap(), common::parts(64));
            assert_eq!(store.codes_of("I00130001").unwrap().len(), 1);
            a_story_is_kept(&store, permit.record);
            assert_eq!(store.partner("permits").unwrap().own_name, "line1");
            assert_eq!(store.outbox_acknowledged("permits").unwrap(), store.outbox_end().unwrap());
            assert_eq!((store.checkpoints().unwrap().len(), store.retention_runs().unwrap().len()), (1, 1));
        } else {
            assert_eq!(store.cipher(permit.record).unwrap(), common::cipher(64));
        }
        if has_offices {
            let found = PermitFacts { reason: Some("found"), second: Some("op.bianchi"), ..PermitFacts::default() };
            store.permit_event(BY, "I00130001", RecordEvent::Reinstate, &found).unwrap();
            assert_eq!(store.permit_history(permit.record).unwrap().len(), 3);
            let told = store.outbox_after(0, 9).unwrap();
            let body: serde_json::Value = serde_json::from_slice(&told[3].body).unwrap();
            assert_eq!((&body["n"], &body["previous"]), (&4.into(), &hex::encode(told[2].id).into()));
        }
        let open: Vec<_> = store.all_open_intents().unwrap().iter().map(|act| (act.serial, act.act)).collect();
        assert_eq!(open, [(serial(3), Act::Write), (serial(5), Act::PutKey)]);

        // What its program left reserved is of nobody who lives, and the count goes on behind it.
        assert_eq!(store.reserved_slots(SIGNER).unwrap(), [(3, SlotPurpose::Card(serial(3)))]);
        assert_eq!(store.void_abandoned_slots(BY).unwrap(), 1);
        let counts = store.slot_counts(SIGNER).unwrap();
        assert_eq!((counts.reserved, counts.used, counts.void), (0, 2, 1));
        assert_eq!(store.reserve_slot(BY, SIGNER, LIMIT, serial(3)).unwrap(), 4);
        let document = SlotPurpose::Document([0xD0; 32]);
        assert_eq!(store.reserve_slot(BY, SIGNER, LIMIT, document).unwrap(), 5);

        // It goes on where it stopped.
        let next = store.next_received(lot).unwrap().unwrap();
        assert_eq!((next.line, next.remakes), (2, 1));
        store.bind(BY, serial(4), next.id).unwrap();
        store.key_set_replaced(BY, serial(5), 0x30).unwrap();
        store.scrap(BY, serial(3), &scrapped(ScrapManner::Mute)).unwrap();
        store.verify_trace(None).unwrap();
    }
}

/// What the office did, and what others were told of it: each once, in its order, at the place of its entry in the trace.
fn a_story_is_kept(store: &Store, record: RecordId) {
    let history = store.permit_history(record).unwrap();
    let events: Vec<_> = history.iter().map(|row| (row.event, row.from, row.to, row.reason.as_deref())).collect();
    assert_eq!(
        events,
        [
            (RecordEvent::Activate, RecordState::NotIssued, RecordState::Valid, None),
            (RecordEvent::Suspend, RecordState::Valid, RecordState::Suspended, Some("loss")),
        ]
    );
    assert!(history.iter().all(|row| (row.operator.as_str(), row.at.as_str()) == (BY.operator, BY.at)));
    let mut entries = Vec::new();
    store
        .trace_entries(|stored| {
            entries.push(serde_json::from_slice::<serde_json::Value>(&stored.entry).unwrap());
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let mut previous = [0; 32];
    let mut told = Vec::new();
    for row in store.outbox_after(0, 9).unwrap() {
        let body: serde_json::Value = serde_json::from_slice(&row.body).unwrap();
        assert_eq!(body["previous"], hex::encode(previous));
        let entry = &entries[usize::try_from(row.number).unwrap() - 1];
        assert_eq!((&entry["to"], &entry["subject"]["id"]), (&body["state"], &body["record"]));
        told.push((body["event"].as_str().unwrap().to_owned(), entry["act"].as_str().unwrap().to_owned()));
        previous = row.id;
    }
    let expected = [("formed", "release"), ("activated", "activate"), ("suspended", "suspend")];
    assert_eq!(told, expected.map(|(event, act)| (event.to_owned(), act.to_owned())));
}

/// The form before said some things twice; nothing of it is dropped that its trace does not say.
fn what_the_trace_does_not_say_is_not_migrated_away(engine: Engine) {
    // Of more than one migration that is missing, the last one fails.
    let dump = dumps(engine).into_iter().find(|dump| dump.version == 8).unwrap();
    for more in [
        "INSERT INTO permit_event (record, event, from_state, to_state, operator, at) VALUES (1, 'deliver', 'valid', 'valid', 'op', 'then')",
        "UPDATE outbox SET record = 2 WHERE ordinal = 3",
    ] {
        let loaded = dump.load(engine);
        loaded.place.intrude(more);
        let form = loaded.place.form();
        assert_eq!(Store::open(&loaded.database).unwrap_err().code(), "store.damaged", "{more}");
        assert!(loaded.place.form() == form, "it is as it was: {more}");
    }
}

fn of_many_programs_that_find_an_old_register_each_may_go_on(engine: Engine) {
    let loaded = dumps(engine)[0].load(engine);
    let barrier = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                Store::open(&loaded.database).unwrap().verify_trace(None).unwrap();
            });
        }
    });
}

fn this_version_writes_the_form_that_is_stored(engine: Engine) {
    let mut bench = Bench::new(engine);
    scenario(&mut bench);
    let written = match bench.name() {
        None => Place::File(bench.path()),
        Some(name) => Place::Server(name.to_owned()),
    };
    let dumps = dumps(engine);
    let newest = dumps.last().unwrap().load(engine);
    if written.form() != newest.place.form() {
        panic!("the form has no dump of its own: dump {}", left_for_a_dump(&written).display());
    }
    let head = bench.store.trace_head().unwrap();
    let stored = Store::open(&newest.database).unwrap().trace_head().unwrap();
    if stored != head {
        panic!("the scenario leaves another trace than its dump: dump {}", left_for_a_dump(&written).display());
    }
    // An old register becomes one that this version might have made.
    let migrated = dumps[0].load(engine);
    drop(Store::open(&migrated.database).unwrap());
    let forms = (migrated.place.form(), newest.place.form());
    assert!(forms.0 == forms.1, "the migrations of an old register do not lead where those of a new one do");
}

/// The register of the scenario, where it outlives the test.
fn left_for_a_dump(written: &Place) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stored");
    fs::create_dir_all(&folder).unwrap();
    match written {
        Place::File(path) => {
            let left = folder.join("register.db");
            let _ = fs::remove_file(&left);
            let into = format!("VACUUM INTO '{}'", left.display());
            Connection::open(path).unwrap().execute_batch(&into).unwrap();
            left
        }
        Place::Server(name) => {
            let left = folder.join("postgres.sql");
            fs::write(&left, dumped(name, &[])).unwrap();
            left
        }
    }
}
