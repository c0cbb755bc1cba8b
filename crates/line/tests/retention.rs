//! A retention run that is broken off at each of its transactions, in SQLite and PostgreSQL: nothing that lives is lost on the way, and
//! the next run ends it.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod workshop;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::civil::{Date, date};
use sigillo_crypto::{SeededEntropy, record_cipher};
use sigillo_issuance::record::{ImageRefused, ImageSource, LotRules, Part, parse_line};
use sigillo_issuance::retention::Schedule;
use sigillo_keystore::{KeyAct, KeyRole, KeyState, Keystore, Mode, NoSecrets, SoftwareKeys};
use sigillo_line::{Home, LineError, Retention, RetentionDone, import_lot, registered_holder, retention_due};
use sigillo_postgres_lab::shared;
use sigillo_store::{By, LotId, Store};
use tempfile::TempDir;

const BY: By<'static> = By { operator: "anna", at: "2026-12-22T09:00:00Z", run: None };
const TODAY: Date = date(2026, 12, 22);
/// The part that is due: the one finger of the annulled lot.
const DUE: (i64, u64, Part) = (1, 2, Part::Fingerprints);

/// A home, and its register's database if a server has it.
struct Scene {
    home: PathBuf,
    database: Option<String>,
}

impl Scene {
    /// A lot of two records that was annulled, and the same records again, which wait for cards.
    fn set(root: &Path, on_a_server: bool) -> Self {
        let database = on_a_server.then(|| shared().database().unwrap());
        let url = database.as_deref().map(|name| shared().url(name));
        let home = Home::create(root, Mode::Test, "pse-rf-bac", url.as_deref()).unwrap();
        let mut entropy = SeededEntropy::new([7; 32]);
        let keys = SoftwareKeys::create_test(&home.keys(), &mut entropy, date(2026, 11, 2)).unwrap();
        let mut store = Store::create(&home.database().unwrap()).unwrap();
        let lot = root.join("lots/lot.jsonl");
        fs::write(&lot, workshop::lines()).unwrap();
        let scene = Self { home: root.to_owned(), database };
        let by = By { at: "2026-11-02T09:00:00Z", ..BY };
        let mut import = || import_lot(&home, &mut store, &keys, by, &lot, date(2026, 11, 2), &mut entropy).unwrap();
        import();
        scene.sql("UPDATE record SET state = 'annulled', is_waiting = 0, is_annulled = 1");
        import();
        scene
    }

    /// Somebody at the database.
    fn sql(&self, statement: &str) {
        match &self.database {
            Some(name) => drop(shared().sql(name, statement).unwrap()),
            None => rusqlite::Connection::open(self.home.join("sigillo.db")).unwrap().execute_batch(statement).unwrap(),
        }
    }

    /// The same at another place; nobody has it open.
    fn copy(&self, to: &Path) -> Self {
        workshop::copy_folder(&self.home, to);
        let database = self.database.as_deref().map(|name| shared().copy_of(name).unwrap());
        if let (Some(old), Some(new)) = (&self.database, &database) {
            let path = to.join("sigillo.toml");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replace(&format!("/{old}?"), &format!("/{new}?"))).unwrap();
        }
        Self { home: to.to_owned(), database }
    }

    fn open(&self) -> (Store, SoftwareKeys) {
        let home = Home::open(&self.home).unwrap();
        let keys = SoftwareKeys::open(&home.keys(), home.mode(), &mut NoSecrets).unwrap();
        (Store::open(&home.database().unwrap()).unwrap(), keys)
    }

    /// A run; `probe` is called at each point of a transaction.
    fn run(
        &self,
        custodians: &[String],
        probe: impl FnMut(&'static str) + Send + 'static,
    ) -> Result<RetentionDone, LineError> {
        let (mut store, mut keys) = self.open();
        store.set_probe(Box::new(probe));
        let run = Retention {
            store: &mut store,
            keys: &mut keys,
            by: BY,
            act: KeyAct { on: TODAY, by: custodians },
            schedule: &Schedule::default(),
            entropy: &mut SeededEntropy::new([9; 32]),
            seen: &mut || {},
        };
        run.carry_out()
    }

    /// Every part of the register, and whether the keys of this home open its data key.
    fn parts(&self) -> BTreeMap<(i64, u64, Part), bool> {
        let (store, keys) = self.open();
        wrapped(&store).into_iter().map(|(place, wrapped)| (place, opens(&keys, place, &wrapped))).collect()
    }
}

/// The wrapped data key of every part.
fn wrapped(store: &Store) -> BTreeMap<(i64, u64, Part), Vec<u8>> {
    let mut found = BTreeMap::new();
    for lot in [1, 2] {
        for row in store.records_of(LotId::new(lot)).unwrap() {
            for sealed in store.parts(row.id).unwrap() {
                found.insert((lot, row.line, sealed.part), sealed.cipher.wrapped_key);
            }
        }
    }
    found
}

fn opens(keys: &SoftwareKeys, (lot, line, part): (i64, u64, Part), wrapped: &[u8]) -> bool {
    let place = format!("sigillo/v1/record/{lot}/{line}/{}", part.name());
    keys.unwrap_data_key(place.as_bytes(), wrapped).is_ok()
}

fn custodians() -> Vec<String> {
    ["anna", "bruno"].map(str::to_owned).to_vec()
}

/// Every point of a whole run; what it destroyed, and that nothing older opens any more.
fn the_points_of_a_whole_run(scene: &Scene, at: &Path) -> Vec<&'static str> {
    let whole = scene.copy(at);
    let (store, keys) = whole.open();
    let before = wrapped(&store);
    assert!(before.contains_key(&DUE) && before.iter().all(|(place, key)| opens(&keys, *place, key)));
    let due = retention_due(&store, &Schedule::default(), TODAY, &mut || {}).unwrap();
    assert_eq!((due.due(), due.parts[&Part::Fingerprints].kept, due.parts[&Part::Register].kept), (1, 2, 4));
    drop((store, keys));
    let points = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&points);
    let done = whole.run(&custodians(), move |point| seen.lock().unwrap().push(point)).unwrap();
    assert_eq!(done.destroyed, BTreeMap::from([(Part::Fingerprints, 1)]));
    assert_eq!(done.rewrapped, 5);
    judge(&whole, &before, "a whole run");
    Arc::try_unwrap(points).unwrap().into_inner().unwrap()
}

/// What was due is gone, what lives opens, what anybody kept of before does not; the trace is whole, and one wrapping key is left.
fn judge(scene: &Scene, before: &BTreeMap<(i64, u64, Part), Vec<u8>>, what: &str) {
    let parts = scene.parts();
    assert!(!parts.contains_key(&DUE), "{what}");
    assert_eq!(parts.len(), 5, "{what}");
    assert!(parts.values().all(|opens| *opens), "{what}: {parts:?}");
    let (store, keys) = scene.open();
    assert!(before.iter().all(|(place, key)| !opens(&keys, *place, key)), "{what}: an old copy opens");
    let living = keys
        .keys()
        .into_iter()
        .filter(|key| key.label.role() == KeyRole::DataKeyWrapping && key.state != KeyState::Destroyed);
    assert_eq!(living.count(), 1, "{what}");
    assert!(keys.inventory(TODAY).unwrap().is_empty(), "{what}");
    store.verify_trace(None).unwrap();
    assert!(store.retention_runs().unwrap().iter().all(|run| run.ended_at.is_some()), "{what}");
    let records = [1, 2].into_iter().flat_map(|lot| store.records_of(LotId::new(lot)).unwrap());
    for record in records {
        registered_holder(&store, &keys, &record).unwrap();
    }
}

fn a_run_may_be_broken_off_anywhere(on_a_server: bool) {
    let folder = TempDir::new().unwrap();
    let scene = Scene::set(&folder.path().join("home"), on_a_server);
    let before = wrapped(&scene.open().0);
    let points = the_points_of_a_whole_run(&scene, &folder.path().join("whole"));
    assert_eq!(points.len(), 6, "{points:?}");
    for (number, point) in points.into_iter().enumerate() {
        let cut = scene.copy(&folder.path().join(format!("cut-{number}")));
        let mut passed = 0;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            cut.run(&custodians(), move |_| {
                if passed == number {
                    resume_unwind(Box::new("the power is cut"));
                }
                passed += 1;
            })
        }));
        assert!(outcome.is_err(), "{point}");
        // Whatever is in the register now can be opened, but for the end, where everything is done but the word of it.
        assert!(cut.parts().values().all(|opens| *opens), "{point}: {:?}", cut.parts());
        if !cut.open().0.retention_runs().unwrap().iter().any(|run| run.ended_at.is_some()) {
            cut.run(&custodians(), |_| {}).unwrap();
        }
        judge(&cut, &before, point);
    }
}

#[test]
fn in_sqlite_a_run_may_be_broken_off_anywhere() {
    a_run_may_be_broken_off_anywhere(false);
}

#[test]
fn in_postgresql_a_run_may_be_broken_off_anywhere() {
    a_run_may_be_broken_off_anywhere(true);
}

#[test]
fn one_custodian_is_not_enough_and_an_import_under_the_old_key_is_refused() {
    let folder = TempDir::new().unwrap();
    let scene = Scene::set(&folder.path().join("home"), false);
    let refused = scene.run(&custodians()[..1], |_| {}).unwrap_err();
    assert_eq!(refused.code(), "keystore.dual-control");
    assert!(scene.parts().values().all(|opens| *opens));
    let (mut store, keys) = scene.open();
    assert!(store.retention_runs().unwrap().is_empty(), "nothing began");
    // The register knows that a run began: a program that still has the old key brings nothing in.
    store.begin_retention(BY, 1).unwrap();
    scene.sql("UPDATE record SET state = 'annulled', is_waiting = 0, is_annulled = 1");
    let home = Home::open(&scene.home).unwrap();
    let lot = scene.home.join("lots/lot.jsonl");
    let refused = import_lot(&home, &mut store, &keys, BY, &lot, date(2026, 11, 2), &mut SeededEntropy::new([3; 32]));
    assert_eq!(refused.unwrap_err().code(), "store.old-wrapping");
}

/// A register of version 0.1 keeps a record in one piece: it is read as before, and the first run takes it apart.
#[test]
fn records_in_one_piece_are_read_and_taken_apart() {
    let folder = TempDir::new().unwrap();
    let scene = Scene::set(&folder.path().join("home"), false);
    let before = wrapped(&scene.open().0);
    in_one_piece(&scene);
    let (store, keys) = scene.open();
    assert!(wrapped(&store).is_empty());
    for record in [1, 2].into_iter().flat_map(|lot| store.records_of(LotId::new(lot)).unwrap()) {
        registered_holder(&store, &keys, &record).unwrap();
    }
    let due = retention_due(&store, &Schedule::default(), TODAY, &mut || {}).unwrap();
    assert_eq!(due.whole, 4);
    assert!(due.due() >= 1);
    drop((store, keys));
    let done = scene.run(&custodians(), |_| {}).unwrap();
    assert_eq!((done.destroyed, done.rewrapped), (BTreeMap::from([(Part::Fingerprints, 1)]), 5));
    judge(&scene, &before, "taken apart");
}

/// Puts every record back into the form of version 0.1.
fn in_one_piece(scene: &Scene) {
    let (store, keys) = scene.open();
    let register = rusqlite::Connection::open(scene.home.join("sigillo.db")).unwrap();
    let mut entropy = SeededEntropy::new([5; 32]);
    for (row, text) in [1, 2].into_iter().flat_map(|lot| {
        store
            .records_of(LotId::new(lot))
            .unwrap()
            .into_iter()
            .zip(workshop::lines().lines().map(str::to_owned).collect::<Vec<_>>())
    }) {
        let place = format!("sigillo/v1/record/{}/{}", row.lot, row.line);
        let holder = parse_line(&text, &NoFiles, &LotRules::new(date(2026, 11, 2))).unwrap();
        let key = record_cipher::generate_key(&mut entropy).unwrap();
        let bytes = record_cipher::seal(&key, &[4; 12], place.as_bytes(), &holder.to_stored()).unwrap();
        let wrapped = keys.wrap_data_key(place.as_bytes(), &key, &mut entropy).unwrap();
        let sql = "INSERT INTO record_cipher (record, nonce, wrapped_key, ciphertext) VALUES (?1, ?2, ?3, ?4)";
        register.execute(sql, (row.id.number(), [4_u8; 12], wrapped, bytes)).unwrap();
    }
    register.execute("DELETE FROM record_part", []).unwrap();
}

/// The workshop's lots bring their images with them.
struct NoFiles;

impl ImageSource for NoFiles {
    fn read(&self, _: &str) -> Result<Vec<u8>, ImageRefused> {
        Err(ImageRefused::Missing)
    }
}
