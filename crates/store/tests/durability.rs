//! Two hands on one register, power cuts, limits, and a trace that was tampered with.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use sigillo_crypto::sha256;
use std::collections::BTreeMap;
use std::sync::{Arc, Barrier, Mutex};

use common::{BY, Bench, Engine, SIGNER, on_both_engines, parts, serial};
use rusqlite::Connection;
use sigillo_issuance::life_cycle::{CardState, RecordState};
use sigillo_issuance::trace::TraceHead;
use sigillo_store::{Database, LotMeta, NewRecord, SlotPurpose, Store, StoreError};

on_both_engines!(
    who_waits_too_long_is_told,
    of_two_hands_on_one_card_one_wins,
    of_two_cards_for_one_record_one_wins,
    slots_never_exceed_the_limit,
    slots_of_the_living_are_left_alone,
    a_document_has_slots_and_seals_of_its_own,
    a_lot_comes_whole_or_not_at_all,
    a_cut_before_a_commit_leaves_nothing_and_after_it_everything,
    the_probe_sees_every_commit_from_both_sides,
    entries_are_lent_one_by_one,
    opening_waits_for_nobody,
    a_tampered_trace_is_found,
    a_register_is_made_once_and_only_ours_is_opened,
);

fn code(result: Result<impl std::fmt::Debug, StoreError>) -> &'static str {
    result.unwrap_err().code()
}

/// Runs the same act from so many connections at once; gives the codes of those who lost.
fn race(bench: &Bench, hands: usize, act: impl Fn(&mut Store) -> Result<(), StoreError> + Sync) -> Vec<&'static str> {
    let barrier = Barrier::new(hands);
    std::thread::scope(|scope| {
        let racers: Vec<_> = (0..hands)
            .map(|_| {
                let mut store = bench.second();
                let (barrier, act) = (&barrier, &act);
                scope.spawn(move || {
                    barrier.wait();
                    act(&mut store).err().map(|error| error.code())
                })
            })
            .collect();
        racers.into_iter().filter_map(|racer| racer.join().unwrap()).collect()
    })
}

fn of_two_hands_on_one_card_one_wins(engine: Engine) {
    for _ in 0..5 {
        let mut bench = Bench::new(engine);
        let lot = bench.lot("lot", 1, 1);
        let record = bench.store.next_received(lot).unwrap().unwrap().id;
        let serial = bench.stock(1, None);
        let lost = race(&bench, 4, |store| store.bind(BY, serial, record));
        assert_eq!(lost, ["card.already-bound"; 3]);
        assert_eq!(bench.store.card(serial).unwrap().unwrap().state, CardState::Bound);
        bench.store.verify_trace(None).unwrap();
    }
}

fn of_two_cards_for_one_record_one_wins(engine: Engine) {
    let mut bench = Bench::new(engine);
    let lot = bench.lot("lot", 1, 1);
    let record = bench.store.next_received(lot).unwrap().unwrap().id;
    let cards = Mutex::new((1..=4).map(|number| bench.stock(number, None)).collect::<Vec<_>>());
    let lost = race(&bench, 4, |store| {
        let serial = cards.lock().unwrap().pop().unwrap();
        store.bind(BY, serial, record)
    });
    assert_eq!(lost, ["permit.card-bound"; 3]);
    assert_eq!(bench.store.card_counts().unwrap(), BTreeMap::from([(CardState::Stock, 3), (CardState::Bound, 1)]));
}

fn slots_never_exceed_the_limit(engine: Engine) {
    let mut bench = Bench::new(engine);
    let serial = bench.stock(1, None);
    let numbers = Mutex::new(Vec::new());
    let lost = race(&bench, 8, |store| {
        for _ in 0..3 {
            let number = store.reserve_slot(BY, SIGNER, 10, serial)?;
            numbers.lock().unwrap().push(number);
        }
        Ok(())
    });
    let mut numbers = numbers.into_inner().unwrap();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    assert!(!lost.is_empty() && lost.iter().all(|code| *code == "store.slots-exhausted"), "{lost:?}");
    // A void slot does not come back: a signature may exist.
    bench.store.void_slot(BY, SIGNER, 4).unwrap();
    assert_eq!(code(bench.store.reserve_slot(BY, SIGNER, 10, serial)), "store.slots-exhausted");
    let counts = bench.store.slot_counts(SIGNER).unwrap();
    assert_eq!((counts.reserved, counts.used, counts.void), (9, 0, 1));
    assert_eq!(bench.store.reserved_slots(SIGNER).unwrap().len(), 9);
    assert_eq!(bench.store.reserve_slot(BY, "ds-2", 1, serial).unwrap(), 1);
}

/// What one register holds is in work as long as it is open, wherever it is asked from; then it is nobody's.
fn slots_of_the_living_are_left_alone(engine: Engine) {
    let mut bench = Bench::new(engine);
    let serial = bench.stock(1, None);
    let mut other = bench.second();
    other.reserve_slot(BY, SIGNER, 10, serial).unwrap();
    other.reserve_slot(BY, SIGNER, 10, SlotPurpose::Document([1; 32])).unwrap();
    bench.store.reserve_slot(BY, SIGNER, 10, serial).unwrap();
    assert_eq!(bench.store.void_abandoned_slots(BY).unwrap(), 0);
    assert_eq!(other.void_abandoned_slots(BY).unwrap(), 0);
    drop(other);
    assert_eq!(bench.store.void_abandoned_slots(BY).unwrap(), 2);
    assert_eq!(bench.store.reserved_slots(SIGNER).unwrap(), [(3, SlotPurpose::Card(serial))]);
    assert_eq!(bench.store.void_slots_of(BY, serial).unwrap(), 1);
    assert_eq!(bench.store.void_slots_of(BY, serial).unwrap(), 0);
    assert_eq!(bench.store.slot_counts(SIGNER).unwrap().taken(), 3);
    assert_eq!(bench.store.slots_taken(SIGNER).unwrap(), 3);
    assert_eq!(bench.store.slot_signers().unwrap(), [SIGNER]);
    bench.store.verify_trace(None).unwrap();
    if engine == Engine::PostgreSql {
        return;
    }
    let path = bench.path();
    drop(bench.store);
    let left: Vec<_> =
        std::fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["register.db"], "a hand that let go leaves nothing behind");
}

fn a_document_has_slots_and_seals_of_its_own(engine: Engine) {
    let mut bench = Bench::new(engine);
    let serial = bench.stock(1, None);
    let document = [0xD0; 32];
    let store = &mut bench.store;
    let given_up = store.reserve_slot(BY, SIGNER, 10, SlotPurpose::Document(document)).unwrap();
    store.void_slot(BY, SIGNER, given_up).unwrap();
    let slot = store.reserve_slot(BY, SIGNER, 10, SlotPurpose::Document(document)).unwrap();
    store.document_sealed(BY, (SIGNER, slot), [5; 32]).unwrap();
    assert_eq!(code(store.document_sealed(BY, (SIGNER, slot), [5; 32])), "store.slot-not-reserved");
    assert_eq!(code(store.document_sealed(BY, (SIGNER, given_up), [5; 32])), "store.slot-not-reserved");
    let of_a_card = store.reserve_slot(BY, SIGNER, 10, serial).unwrap();
    assert_eq!(code(store.document_sealed(BY, (SIGNER, of_a_card), [5; 32])), "store.slot-not-reserved");
    let seals = store.seals_of_document(document).unwrap();
    assert_eq!(seals.iter().map(|seal| (seal.number, seal.sod_digest)).collect::<Vec<_>>(), [(slot, [5; 32])]);
    assert_eq!(store.seals_of_document([0; 32]).unwrap(), []);
    let counts = store.slot_counts(SIGNER).unwrap();
    assert_eq!((counts.reserved, counts.used, counts.void), (1, 1, 1));
}

/// A register that is up to date is opened while another hand writes.
fn opening_waits_for_nobody(engine: Engine) {
    let mut bench = Bench::new(engine);
    let database = &bench.database;
    let import = bench.store.begin_lot(BY, LotMeta { name: "lot", digest: [1; 32] }).unwrap();
    let before = std::time::Instant::now();
    let reader = Store::open(database).unwrap();
    assert_eq!(reader.trace_head().unwrap(), TraceHead::EMPTY);
    assert!(before.elapsed() < std::time::Duration::from_secs(5), "it waited for the writer");
    drop(import);
}

fn a_lot_comes_whole_or_not_at_all(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.lot("lot", 2, 2);
    let head = bench.store.trace_head().unwrap();
    let mut import = bench.store.begin_lot(BY, LotMeta { name: "cut", digest: [1; 32] }).unwrap();
    for line in 1..=50 {
        let pratica = format!("cut-{line}");
        import
            .add(&NewRecord {
                line,
                document_number: None,
                pratica_digest: sha256(pratica.as_bytes()),
                parts: parts(41_000),
            })
            .unwrap();
    }
    let twice = |document_number, pratica: &str| NewRecord {
        line: 51,
        document_number,
        pratica_digest: sha256(pratica.as_bytes()),
        parts: parts(8),
    };
    assert_eq!(code(import.add(&twice(Some("I00030001"), "cut-51"))), "store.duplicate-number");
    assert_eq!(code(import.add(&twice(None, "lot-2"))), "store.duplicate-pratica");
    drop(import);
    assert_eq!(bench.store.lots().unwrap().len(), 1);
    assert_eq!(bench.store.trace_head().unwrap(), head);
    let empty = bench.store.begin_lot(BY, LotMeta { name: "empty", digest: [1; 32] }).unwrap();
    assert_eq!(code(empty.commit()), "store.empty-lot");
    let second = bench.lot("again", 3, 0);
    assert_eq!(bench.store.record_counts(second).unwrap(), BTreeMap::from([(RecordState::Received, 3)]));
    assert_eq!(bench.store.lot(second).unwrap().records, 3);
}

fn who_waits_too_long_is_told(engine: Engine) {
    let mut bench = Bench::new(engine);
    let mut other = bench.second();
    let import = bench.store.begin_lot(BY, LotMeta { name: "lot", digest: [1; 32] }).unwrap();
    assert_eq!(code(other.start_run(BY, None, [7; 32], None)), "store.busy");
    drop(import);
    other.start_run(BY, None, [7; 32], None).unwrap();
    other.verify_trace(None).unwrap();
}

/// A session that the server ended is a power cut too; whoever opens the register again finds all of a change or nothing.
#[test]
fn a_session_that_was_lost_leaves_all_or_nothing() {
    for (point, state) in [("bind/before", CardState::Stock), ("bind/after", CardState::Bound)] {
        let mut bench = Bench::new(Engine::PostgreSql);
        let (serial, record) = bench.card_in(CardState::Stock);
        let (mut lost, intruder) = (bench.second(), bench.intruder());
        lost.set_probe(Box::new(move |name| {
            if name == point {
                intruder("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
            }
        }));
        let outcome = lost.bind(BY, serial, record);
        assert_eq!(outcome.is_ok(), state == CardState::Bound, "{point}");
        assert_eq!(code(lost.written(BY, serial)), "store.unreachable");
        drop(lost);
        let after = bench.second();
        assert_eq!(after.card(serial).unwrap().unwrap().state, state, "{point}");
        after.verify_trace(None).unwrap();
    }
}

#[test]
fn a_server_that_is_gone_or_forgets_is_named() {
    let mut server = sigillo_postgres_lab::PrivatePostgres::start().unwrap();
    let database = Database::postgresql(&server.url("postgres")).unwrap();
    server.sql("postgres", "ALTER SYSTEM SET fsync = off").unwrap();
    server.sql("postgres", "SELECT pg_reload_conf()").unwrap();
    while server.sql("postgres", "SHOW fsync").unwrap() == "on" {}
    assert_eq!(code(Store::create(&database)), "store.not-durable");
    assert_eq!(code(Store::open(&Database::postgresql(&server.url("nowhere")).unwrap())), "store.not-found");
    server.stop().unwrap();
    assert_eq!(code(Store::open(&database)), "store.unreachable");
}

/// A panic in the probe is a power cut at that point: before a commit nothing is left of the change, after it everything is.
fn a_cut_before_a_commit_leaves_nothing_and_after_it_everything(engine: Engine) {
    for (point, state, entries) in [("bind/before", CardState::Stock, 5), ("bind/after", CardState::Bound, 7)] {
        let mut bench = Bench::new(engine);
        let (serial, record) = bench.card_in(CardState::Stock);
        let mut cut = bench.second();
        cut.set_probe(Box::new(move |name| assert_ne!(name, point, "the power is cut")));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cut.bind(BY, serial, record)));
        assert!(outcome.is_err());
        drop(cut);
        let after = bench.second();
        assert_eq!(after.card(serial).unwrap().unwrap().state, state, "{point}");
        assert_eq!(after.card(serial).unwrap().unwrap().record.is_some(), state == CardState::Bound);
        assert_eq!(after.verify_trace(None).unwrap().seq, entries, "{point}");
    }
}

fn the_probe_sees_every_commit_from_both_sides(engine: Engine) {
    let mut bench = Bench::new(engine);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&seen);
    bench.store.set_probe(Box::new(move |name| writer.lock().unwrap().push(name)));
    bench.card_in(CardState::Released);
    let committed = Arc::clone(&seen);
    let seen = seen.lock().unwrap();
    let commits =
        ["import", "enter", "key-set-replaced", "intent", "key-generated", "stock", "bind", "reserve-slot", "sealed"]
            .into_iter()
            .chain(["written", "intent", "locked", "release"]);
    let expected: Vec<String> = commits.flat_map(|name| [format!("{name}/before"), format!("{name}/after")]).collect();
    assert_eq!(*seen, expected);
    drop(seen);
    // What is refused is not committed.
    bench.store.bind(BY, serial(1), sigillo_store::RecordId::new(1)).unwrap_err();
    assert_eq!(committed.lock().unwrap().len(), 26);
}

fn a_tampered_trace_is_found(engine: Engine) {
    let (open, renamed, emptied) = match engine {
        Engine::Sqlite => (
            "DROP TRIGGER trace_is_not_changed; DROP TRIGGER trace_is_not_cut",
            "CAST(replace(CAST(entry AS TEXT), 'op.rossi', 'op.verdi') AS BLOB)",
            "zeroblob(32)",
        ),
        Engine::PostgreSql => (
            "DROP TRIGGER trace_is_not_changed ON trace; DROP TRIGGER trace_is_not_cut ON trace",
            "convert_to(replace(convert_from(entry, 'UTF8'), 'op.rossi', 'op.verdi'), 'UTF8')",
            "decode(repeat('00', 32), 'hex')",
        ),
    };
    let tampers = [
        (format!("UPDATE trace SET entry = {renamed} WHERE seq = 3"), "trace.altered", 3),
        (format!("UPDATE trace SET hash = {emptied} WHERE seq = 5"), "trace.altered", 5),
        ("DELETE FROM trace WHERE seq = 4".to_owned(), "trace.missing", 4),
        ("DELETE FROM trace WHERE seq = 1".to_owned(), "trace.missing", 1),
        (
            "UPDATE trace SET seq = -seq WHERE seq IN (6, 7); UPDATE trace SET seq = 13 + seq WHERE seq < 0".to_owned(),
            "trace.altered",
            6,
        ),
    ];
    for (sql, expected, at) in tampers {
        let mut bench = Bench::new(engine);
        bench.card_in(CardState::Released);
        let head = bench.store.verify_trace(None).unwrap();
        assert!(bench.intrude(&sql).unwrap_err().contains("append-only"));
        bench.intrude(open).unwrap();
        bench.intrude(&sql).unwrap();
        match bench.store.verify_trace(None).unwrap_err() {
            StoreError::Trace(fault) => assert_eq!((fault.code(), fault.at()), (expected, at), "{sql}"),
            other => panic!("{other}"),
        }
        // A cut tail is a whole chain, unless its head was exported before.
        bench.intrude("DELETE FROM trace").unwrap();
        assert_eq!(bench.store.verify_trace(None).unwrap(), TraceHead::EMPTY);
        assert_eq!(code(bench.store.verify_trace(Some(head))), "trace.cut");
    }
}

fn entries_are_lent_one_by_one(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.card_in(CardState::Bound);
    let mut seen = 0;
    let read: Result<(), StoreError> = bench.store.trace_entries(|entry| {
        seen += 1;
        assert_eq!(entry.seq, seen);
        assert!(!String::from_utf8(entry.entry).unwrap().contains("I0003"), "a document number is in the trace");
        Ok(())
    });
    read.unwrap();
    assert_eq!(seen, bench.store.trace_head().unwrap().seq);
}

fn a_register_is_made_once_and_only_ours_is_opened(engine: Engine) {
    let bench = Bench::new(engine);
    assert_eq!(code(Store::create(&bench.database)), "store.exists");
    let elsewhere = tempfile::tempdir().unwrap();
    let (nothing, name) = engine.place(elsewhere.path());
    assert_eq!(code(Store::open(&nothing)), "store.not-found");
    let foreign = "CREATE TABLE t (x INTEGER)";
    match name {
        None => Connection::open(elsewhere.path().join("register.db")).unwrap().execute_batch(foreign).unwrap(),
        Some(name) => drop(sigillo_postgres_lab::shared().sql(&name, foreign).unwrap()),
    }
    assert_eq!(code(Store::open(&nothing)), "store.not-a-register");
    assert_eq!(code(Store::create(&nothing)), "store.exists");
    bench.intrude("INSERT INTO refinery_schema_history VALUES (99, 'tomorrow', '2027-01-01T00:00:00Z', '1')").unwrap();
    assert_eq!(code(Store::open(&bench.database)), "store.version");
}

#[test]
fn a_file_is_of_its_owner_alone_and_a_text_is_no_register() {
    let bench = Bench::new(Engine::Sqlite);
    let text = bench.folder.path().join("text.db");
    std::fs::write(&text, "not a database at all, but long enough to look like one".repeat(20)).unwrap();
    assert_eq!(code(Store::open(&Database::Sqlite(text))), "store.not-a-register");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(bench.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

/// What SQLite is told is what it does.
#[test]
fn the_settings_hold() {
    let mut bench = Bench::new(Engine::Sqlite);
    bench.lot("lot", 1, 1);
    let outside = Connection::open(bench.path()).unwrap();
    let mode: String = outside.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    use std::os::unix::fs::PermissionsExt;
    for suffix in ["-wal", "-shm"] {
        let path = format!("{}{suffix}", bench.path().display());
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{suffix}");
    }
}
