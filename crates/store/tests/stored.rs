//! Every register that was ever written can be opened and worked on by every later version.
//!
//! `stored/VN.sql` is the scenario below as the program wrote it whose last migration was N, dumped by Python's `sqlite3` (`iterdump`)
//! behind the line with the application's identifier. It never changes: a new form is a new migration and a new file.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use std::path::{Path, PathBuf};

use common::{BY, Bench, Engine, LIMIT, PROFILE, SIGNER, scrapped, serial};
use rusqlite::Connection;
use sigillo_issuance::life_cycle::{CardState, RecordState, ScrapManner};
use sigillo_store::{Act, By, Database, SlotPurpose, Store};

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
}

/// The dumps, oldest first.
fn dumps() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored");
    let mut dumps: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    dumps.sort();
    dumps
}

fn loaded(dump: &Path, into: &Path) {
    let connection = Connection::open(into).unwrap();
    // A dump names tables before it makes them.
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection.execute_batch(&std::fs::read_to_string(dump).unwrap()).unwrap();
}

#[test]
fn every_stored_register_is_read_and_goes_on() {
    let mut versions = 0;
    for dump in dumps() {
        let at = tempfile::tempdir().unwrap();
        let path = at.path().join("register.db");
        loaded(&dump, &path);
        let mut store = Store::open(&Database::Sqlite(path.clone())).unwrap();
        assert_eq!(store.verify_trace(None).unwrap().seq, 42);

        let lot = store.lots().unwrap()[0].id;
        let states: Vec<_> = store.records_of(lot).unwrap().iter().map(|row| (row.state, row.remakes)).collect();
        assert_eq!(
            states,
            [
                (RecordState::NotIssued, 0),
                (RecordState::Received, 1),
                (RecordState::Received, 0),
                (RecordState::InFormation, 0)
            ]
        );
        let permit = store.permit("I00130001").unwrap().unwrap();
        assert_eq!((permit.serial, permit.sod_digest), (serial(1), [5; 32]));
        assert_eq!(store.cipher(permit.record).unwrap(), common::cipher(64));
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
        versions += 1;
    }
    assert!(versions > 0);
}

#[test]
fn of_many_programs_that_find_an_old_register_each_may_go_on() {
    let at = tempfile::tempdir().unwrap();
    let path = at.path().join("register.db");
    loaded(&dumps()[0], &path);
    let barrier = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                Store::open(&Database::Sqlite(path.clone())).unwrap().verify_trace(None).unwrap();
            });
        }
    });
}

#[test]
fn this_version_writes_the_form_that_is_stored() {
    let mut bench = Bench::new(Engine::Sqlite);
    scenario(&mut bench);
    let stored = bench.folder.path().join("stored.db");
    loaded(dumps().last().unwrap(), &stored);
    assert_eq!(form(&bench.path()), form(&stored), "the form has a dump of its own: the scenario, dumped");
    // An old register becomes one that this version might have made.
    let migrated = bench.folder.path().join("migrated.db");
    loaded(&dumps()[0], &migrated);
    Store::open(&Database::Sqlite(migrated.clone())).unwrap();
    assert_eq!(
        form(&migrated),
        form(&stored),
        "the migrations of an old register do not lead where those of a new one do"
    );
    let head = bench.store.trace_head().unwrap();
    assert_eq!(
        Store::open(&Database::Sqlite(stored)).unwrap().trace_head().unwrap(),
        head,
        "the scenario of this version leaves another trace"
    );
}

/// Tables, indices and triggers as SQL.
fn form(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection
        .prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY name")
        .unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}
