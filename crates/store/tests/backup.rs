//! A copy of the register that either engine reads again, made while others work, and refused when an octet is another.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{BY, Bench, Engine, LIMIT, SIGNER, on_both_engines, serial};
use sigillo_issuance::life_cycle::CardState;
use sigillo_store::{Manifest, Store, StoreError};

on_both_engines!(
    a_backup_is_restored_in_either_engine_and_goes_on,
    a_backup_is_of_one_moment,
    a_damaged_backup_is_refused,
    what_is_there_is_not_overwritten
);

const AT: &str = "2026-11-22T10:00:00Z";

fn code<T>(result: Result<T, StoreError>) -> &'static str {
    result.err().unwrap().code()
}

/// A register with something in many tables.
fn lively(engine: Engine) -> Bench {
    let mut bench = Bench::new(engine);
    let (first, _) = bench.card_in(CardState::Released);
    bench.store.reserve_slot(BY, SIGNER, LIMIT, first).unwrap();
    let lot = bench.lot("second", 3, 1);
    bench.run(lot);
    bench.stock(2, Some("I55555555"));
    bench
}

fn a_backup_is_restored_in_either_engine_and_goes_on(engine: Engine) {
    let bench = lively(engine);
    let file = bench.folder.path().join("backup");
    let manifest = bench.store.backup(AT, &file).unwrap();
    assert_eq!(manifest.head, bench.store.trace_head().unwrap());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(Manifest::check(&file).unwrap(), (manifest.clone(), bench.store.check().unwrap()));
    for other in [Engine::Sqlite, Engine::PostgreSql] {
        let folder = tempfile::tempdir().unwrap();
        let (place, _) = other.place(folder.path());
        let (mut restored, read) = Store::restore(&place, &file).unwrap();
        assert_eq!(read, manifest);
        assert_eq!(restored.check().unwrap(), bench.store.check().unwrap());
        // The same register gives the same backup, to the octet, whichever engine it lies in.
        let again = folder.path().join("again");
        restored.backup(AT, &again).unwrap();
        assert_eq!(fs::read(&again).unwrap(), fs::read(&file).unwrap(), "{engine:?} to {other:?}");
        // The next change continues the chain, and numbers go on behind those that came back.
        let lot = restored.lots().unwrap().last().unwrap().id;
        let run = restored.start_run(BY, Some(lot), common::PROFILE, None).unwrap();
        assert_eq!(run.number(), 2);
        assert_eq!(restored.void_abandoned_slots(BY).unwrap(), 1);
        assert_eq!(restored.reserve_slot(BY, SIGNER, LIMIT, serial(2)).unwrap(), 3);
        assert_eq!(restored.verify_trace(Some(manifest.head)).unwrap().seq, manifest.head.seq + 3);
    }
}

/// Others change the register while the backup is made: it holds a register that was there at one moment.
fn a_backup_is_of_one_moment(engine: Engine) {
    let bench = lively(engine);
    let (mut busy, is_over) = (bench.second(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        // Also when something below is refused.
        let _over = Over(&is_over);
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let run = busy.start_run(BY, None, common::PROFILE, None).unwrap();
                busy.end_run(BY, run).unwrap();
            }
        });
        for number in 0..5 {
            let file = bench.folder.path().join(format!("backup-{number}"));
            let manifest = bench.store.backup(AT, &file).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let (place, _) = Engine::Sqlite.place(folder.path());
            let (restored, _) = Store::restore(&place, &file).unwrap();
            assert_eq!(restored.trace_head().unwrap(), manifest.head);
            // Two entries a run but for the last one: the trace and the runs are of the same moment.
            let (runs, open) = (restored.runs().unwrap(), |ended: &Option<String>| ended.is_none());
            let open = runs[1..].iter().filter(|run| open(&run.ended_at)).count();
            assert!(open <= 1, "{open} runs are open");
            bench.store.verify_trace(Some(manifest.head)).unwrap();
        }
    });
}

/// Ends the work of others when it is dropped.
struct Over<'o>(&'o AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn a_damaged_backup_is_refused(engine: Engine) {
    let bench = lively(engine);
    let file = bench.folder.path().join("backup");
    bench.store.backup(AT, &file).unwrap();
    let whole = fs::read(&file).unwrap();
    let damaged = bench.folder.path().join("damaged");
    let elsewhere = tempfile::tempdir().unwrap();
    let (place, _) = engine.place(elsewhere.path());
    let refused = |octets: &[u8]| {
        fs::write(&damaged, octets).unwrap();
        let told = code(Manifest::check(&damaged));
        assert_eq!(code(Store::restore(&place, &damaged)), told);
        assert_eq!(code(Store::open(&place)), "store.not-found", "a backup that was refused left a register behind");
        told
    };
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut twin = whole.clone();
        twin[at] ^= 1;
        assert!(["store.backup-damaged", "store.not-a-backup"].contains(&refused(&twin)), "octet {at}");
    }
    assert_eq!(refused(&whole[..whole.len() - 1]), "store.backup-damaged");
    assert_eq!(refused(&[&whole, &b"{}\n"[..]].concat()), "store.backup-damaged");
    let lines: Vec<_> = whole.split_inclusive(|octet| *octet == b'\n').collect();
    assert_eq!(refused(&lines[..lines.len() - 1].concat()), "store.backup-damaged");
    assert_eq!(refused(&[&lines[..4], &lines[5..]].concat().concat()), "store.backup-damaged");
    assert_eq!(refused(b"{}\n"), "store.not-a-backup");
    assert_eq!(refused(b""), "store.backup-damaged");
    assert_eq!(code(Manifest::check(Path::new("/nowhere"))), "store.file");
    let newer = String::from_utf8(whole.clone()).unwrap();
    let (form, others) = newer.split_once('\n').unwrap();
    let version = Manifest::check(&file).unwrap().0.version;
    let form = form.replace(&format!("\"version\":{version}"), "\"version\":99");
    fs::write(&damaged, signed(&format!("{form}\n{others}"))).unwrap();
    assert_eq!(code(Store::restore(&place, &damaged)), "store.version");
    assert_eq!(code(Store::open(&place)), "store.not-found");
}

/// The text of a backup whose last line has the digest of what stands before it now.
fn signed(text: &str) -> String {
    let (before, last) = text.trim_end().rsplit_once('\n').unwrap();
    let digest = hex::encode(sigillo_crypto::sha256(format!("{before}\n").as_bytes()));
    assert!(last.starts_with("{\"sha256\""));
    format!("{before}\n{{\"sha256\":\"{digest}\"}}\n")
}

fn what_is_there_is_not_overwritten(engine: Engine) {
    let bench = lively(engine);
    let file = bench.folder.path().join("backup");
    bench.store.backup(AT, &file).unwrap();
    assert_eq!(code(bench.store.backup(AT, &file)), "store.exists");
    assert_eq!(code(Store::restore(&bench.database, &file)), "store.exists");
    assert_eq!(code(bench.store.backup("not a word", &bench.folder.path().join("other"))), "trace.token");
    assert!(!bench.folder.path().join("other").exists());
}
