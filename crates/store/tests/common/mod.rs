//! A register of its own in either engine, and cards brought to any state.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rusqlite::Connection;
use sigillo_crypto::sha256;
use sigillo_issuance::life_cycle::{CardState, ScrapManner};
use sigillo_issuance::record::Part;
use sigillo_store::{
    Act, By, Ciphertext, Database, Gate, LotId, LotMeta, NewRecord, RecordId, RunId, Scrapped, SealedPart, Serial,
    Store, StoreError,
};
use tempfile::TempDir;

pub(crate) const PROFILE: [u8; 32] = [7; 32];
pub(crate) const SIGNER: &str = "ds-1";
pub(crate) const LIMIT: u64 = 100;

pub(crate) const BY: By<'static> = By { operator: "op.rossi", at: "2026-11-02T09:00:00Z", run: None };

/// Makes a test on each engine of every function that is named.
#[allow(unused_macros, reason = "each test file uses a part")]
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => { $(
        mod $name {
            #[test]
            fn sqlite() {
                super::$name(super::common::Engine::Sqlite);
            }

            #[test]
            fn postgresql() {
                super::$name(super::common::Engine::PostgreSql);
            }
        }
    )+ };
}
#[allow(unused_imports, reason = "each test file uses a part")]
pub(crate) use on_both_engines;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Engine {
    Sqlite,
    PostgreSql,
}

pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) database: Database,
    pub(crate) store: Store,
    /// The database's name in the server, if it is in one.
    name: Option<String>,
}

impl Engine {
    /// A place where nothing is yet: a file's, or an empty database with its name.
    pub(crate) fn place(self, folder: &Path) -> (Database, Option<String>) {
        match self {
            Self::Sqlite => (Database::Sqlite(folder.join("register.db")), None),
            Self::PostgreSql => {
                let name = sigillo_postgres_lab::shared().database().unwrap();
                (served(&name), Some(name))
            }
        }
    }
}

impl Bench {
    pub(crate) fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if engine == Engine::PostgreSql {
            // Copied from a register that was made once: the migrations are slower.
            static MADE: OnceLock<String> = OnceLock::new();
            let template = MADE.get_or_init(|| {
                let name = sigillo_postgres_lab::shared().database().unwrap();
                Store::create(&served(&name)).unwrap();
                name
            });
            let name = sigillo_postgres_lab::shared().copy_of(template).unwrap();
            let database = served(&name);
            let store = Store::open(&database).unwrap();
            return Self { folder, database, store, name: Some(name) };
        }
        let (database, name) = engine.place(folder.path());
        let store = Store::create(&database).unwrap();
        Self { folder, database, store, name }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("register.db")
    }

    /// The database's name in the server, if it is in one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(crate) fn second(&self) -> Store {
        Store::open(&self.database).unwrap()
    }

    /// Somebody at the database who does not go through this program; what it answers if it refuses.
    pub(crate) fn intrude(&self, sql: &str) -> Result<(), String> {
        match &self.name {
            None => Connection::open(self.path()).unwrap().execute_batch(sql).map_err(|error| error.to_string()),
            Some(name) => sigillo_postgres_lab::shared().sql(name, sql).map(drop).map_err(|error| error.to_string()),
        }
    }

    /// Everything in the register but the trace, row by row.
    pub(crate) fn dump(&self) -> String {
        let Some(name) = &self.name else { return dump_of(&Connection::open(self.path()).unwrap()) };
        let mut pg_dump = sigillo_postgres_lab::shared().program("pg_dump", name);
        let dumped = pg_dump.args(["--data-only", "--inserts", "--exclude-table=trace"]).output().unwrap();
        assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
        let text = String::from_utf8(dumped.stdout).unwrap();
        // Not the counters, which a refused change may have drawn from.
        text.lines().filter(|line| line.starts_with("INSERT INTO")).map(|line| format!("{line}\n")).collect()
    }

    /// An intruder in the server who can be sent anywhere.
    pub(crate) fn intruder(&self) -> impl Fn(&str) + Send + 'static {
        let name = self.name.clone().unwrap();
        move |sql| drop(sigillo_postgres_lab::shared().sql(&name, sql).unwrap())
    }

    /// A lot of so many records, the first of which bring numbers of their own.
    pub(crate) fn lot(&mut self, name: &str, records: u64, numbered: u64) -> LotId {
        let mut import = self.store.begin_lot(BY, LotMeta { name, digest: [1; 32] }).unwrap();
        for line in 1..=records {
            let number = format!("I{:04}{line:04}", name.len());
            let document_number = (line <= numbered).then_some(number.as_str());
            let pratica = format!("{name}-{line}");
            import
                .add(&NewRecord { line, document_number, pratica_digest: sha256(pratica.as_bytes()), parts: parts(64) })
                .unwrap();
        }
        import.commit().unwrap()
    }

    pub(crate) fn run(&mut self, lot: LotId) -> RunId {
        self.store.start_run(BY, Some(lot), PROFILE, Some([9; 32])).unwrap()
    }

    /// A card in the stock; a numbered blank where `blank` is given.
    pub(crate) fn stock(&mut self, number: u8, blank: Option<&str>) -> Serial {
        let serial = serial(number);
        let store = &mut self.store;
        store.enter_card(BY, serial, "batch-1", PROFILE).unwrap();
        store.key_set_replaced(BY, serial, 0x30).unwrap();
        store.intent(BY, Act::GenerateKey, serial, &[]).unwrap();
        store.key_generated(BY, serial, &[4; 65]).unwrap();
        store.card_to_stock(BY, serial, [2; 32], blank).unwrap();
        serial
    }

    /// A card in any state, with the record of its own where it has one.
    pub(crate) fn card_in(&mut self, state: CardState) -> (Serial, RecordId) {
        let lot = self.lot("lot", 1, 1);
        let record = self.store.next_received(lot).unwrap().unwrap().id;
        let serial = serial(1);
        if state == CardState::Entering {
            self.store.enter_card(BY, serial, "batch-1", PROFILE).unwrap();
            return (serial, record);
        }
        self.stock(1, None);
        let path = [CardState::Stock, CardState::Bound, CardState::Written, CardState::Locked, CardState::Released];
        for step in path {
            if state == CardState::Scrapped {
                scrap(&mut self.store, serial).unwrap();
                break;
            }
            if step == state {
                break;
            }
            self.advance(step, serial, record);
        }
        assert_eq!(self.store.card(serial).unwrap().unwrap().state, state);
        (serial, record)
    }

    /// From this state to the next.
    pub(crate) fn advance(&mut self, from: CardState, serial: Serial, record: RecordId) {
        let store = &mut self.store;
        match from {
            CardState::Stock => store.bind(BY, serial, record).unwrap(),
            CardState::Bound => {
                let slot = store.reserve_slot(BY, SIGNER, LIMIT, serial).unwrap();
                store.sealed(BY, serial, record, (SIGNER, slot), [5; 32]).unwrap();
                store.written(BY, serial).unwrap();
            }
            CardState::Written => {
                store.intent(BY, Act::Lock, serial, &[]).unwrap();
                store.locked(BY, serial).unwrap();
            }
            CardState::Locked => store.release(BY, serial, GATE).unwrap(),
            other => panic!("no way on from {other:?}"),
        }
    }
}

fn served(name: &str) -> Database {
    Database::postgresql(&sigillo_postgres_lab::shared().url(name)).unwrap()
}

pub(crate) const GATE: Gate<'static> = Gate { report_digest: [6; 32], waived: &["chip-authentication", "print"] };

pub(crate) fn serial(number: u8) -> Serial {
    Serial::new([0, 1, 2, 3, 4, 5, 6, 7, 8, number])
}

pub(crate) fn cipher(length: usize) -> Ciphertext {
    Ciphertext { nonce: [3; 12], wrapped_key: vec![8; 60], bytes: vec![0xC5; length] }
}

/// A record that has nothing but what the register keeps.
pub(crate) fn parts(length: usize) -> Vec<SealedPart> {
    vec![SealedPart { part: Part::Register, generation: 1, cipher: cipher(length) }]
}

pub(crate) fn scrapped(manner: ScrapManner) -> Scrapped {
    Scrapped { manner, reason: "gate.sod-digest".into(), witness: Some("op.bianchi".into()) }
}

/// Terminates a card, intent first.
pub(crate) fn scrap(store: &mut Store, serial: Serial) -> Result<(), StoreError> {
    store.intent(BY, Act::Terminate, serial, &[])?;
    store.scrap(BY, serial, &scrapped(ScrapManner::Terminated))
}

fn dump_of(connection: &Connection) -> String {
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'trace' ORDER BY name";
    let mut tables = connection.prepare(tables).unwrap();
    let names: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let mut out = String::new();
    for name in names {
        let mut rows = connection.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<String> =
                (0..columns).map(|column| format!("{:?}", row.get_ref(column).unwrap())).collect();
            out += &format!("{name} {}\n", values.join(" "));
        }
    }
    out
}
