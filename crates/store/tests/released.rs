//! Every register that a release wrote can be opened and worked on by every later version.
//!
//! `released/VERSION/register.sql` is the scenario below as that version wrote it, dumped by Python's `sqlite3` (`iterdump`) behind the
//! line with the application's identifier. While a version is not released its dump follows the migrations; then it never changes.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use std::path::{Path, PathBuf};

use common::{BY, Bench, LIMIT, PROFILE, SIGNER, scrapped, serial};
use rusqlite::Connection;
use sigillo_issuance::life_cycle::{CardState, RecordState, ScrapManner};
use sigillo_store::{Act, By, Store};

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

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/released")
}

fn loaded(dump: &Path, into: &Path) {
    let connection = Connection::open(into).unwrap();
    // A dump names tables before it makes them.
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection.execute_batch(&std::fs::read_to_string(dump).unwrap()).unwrap();
}

#[test]
fn every_released_register_is_read_and_goes_on() {
    let mut versions = 0;
    for version in std::fs::read_dir(folder()).unwrap() {
        let at = tempfile::tempdir().unwrap();
        let path = at.path().join("register.db");
        loaded(&version.unwrap().path().join("register.sql"), &path);
        let mut store = Store::open(&path).unwrap();
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
fn this_version_writes_the_form_that_is_released() {
    let dump = folder().join(env!("CARGO_PKG_VERSION")).join("register.sql");
    assert!(dump.is_file(), "no register of this version: dump the scenario");
    let mut bench = Bench::new();
    scenario(&mut bench);
    let released = bench.folder.path().join("released.db");
    loaded(&dump, &released);
    assert_eq!(
        form(&bench.path()),
        form(&released),
        "the migrations changed: a release needs a new one, or the dump is old"
    );
    let head = bench.store.trace_head().unwrap();
    let released = Store::open(&released).unwrap();
    assert_eq!(released.trace_head().unwrap(), head, "the scenario of this version leaves another trace");
}

/// Tables, indices and triggers as SQL.
fn form(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection
        .prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY name")
        .unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}
