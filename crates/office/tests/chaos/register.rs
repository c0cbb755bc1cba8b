//! A register with permits that the line released: what their chips would be is known by their numbers.

use std::fmt;
use std::path::{Path, PathBuf};

use sigillo_crypto::{P256PrivateKey, sha256};
use sigillo_issuance::record::Part;
use sigillo_store::{Act, By, Ciphertext, Database, Gate, LotMeta, NewCodes, NewRecord, SealedPart, Serial, Store};

/// Where the register is.
pub(crate) enum Place {
    Sqlite(PathBuf),
    PostgreSql(String),
}

/// One permit, by its place in the lot.
#[derive(Clone, Copy)]
pub(crate) struct Permit(pub(crate) u64);

impl Permit {
    pub(crate) fn number(self) -> String {
        format!("I{:08}", 20_000_000 + self.0)
    }

    pub(crate) fn serial(self) -> Serial {
        let mut serial = *b"TEST000000";
        serial[2..].copy_from_slice(&self.0.to_be_bytes());
        Serial::new(serial)
    }

    /// What SHA-256 of its EF.SOD would be.
    pub(crate) fn seal(self) -> [u8; 32] {
        sha256(&self.0.to_be_bytes())
    }
}

/// Makes the register, and forms every permit; each has codes on its chip.
pub(crate) fn make(place: &Place, permits: u64) {
    let mut store = Store::create(&place.database()).unwrap();
    let mut lot = store.begin_lot(BY, LotMeta { name: "chaos", digest: [1; 32] }).unwrap();
    for line in 1..=permits {
        let number = Permit(line).number();
        let cipher = Ciphertext { nonce: [3; 12], wrapped_key: vec![8; 60], bytes: vec![0xC5; 64] };
        let parts = vec![SealedPart { part: Part::Register, generation: 1, cipher }];
        let pratica_digest = sha256(number.as_bytes());
        lot.add(&NewRecord { line, document_number: Some(&number), pratica_digest, parts }).unwrap();
    }
    let lot = lot.commit().unwrap();
    store.start_run(BY, Some(lot), [7; 32], Some([9; 32])).unwrap();
    for permit in (1..=permits).map(Permit) {
        let serial = permit.serial();
        let record = store.next_received(lot).unwrap().unwrap().id;
        store.enter_card(BY, serial, "batch-1", [7; 32]).unwrap();
        store.key_set_replaced(BY, serial, 0x30).unwrap();
        store.intent(BY, Act::GenerateKey, serial, &[]).unwrap();
        store.key_generated(BY, serial, &[4; 65]).unwrap();
        store.card_to_stock(BY, serial, [2; 32], None).unwrap();
        store.bind(BY, serial, record).unwrap();
        let slot = store.reserve_slot(BY, "ds-1", 1_000_000, serial).unwrap();
        store.sealed(BY, serial, record, ("ds-1", slot), permit.seal()).unwrap();
        store.written(BY, serial).unwrap();
        let codes = NewCodes { record, serial, generation: 1, ciphertext: &[0xC0; 48], verifier: &[0xC1; 48] };
        store.codes_made(BY, codes).unwrap();
        store.codes_set(BY, serial).unwrap();
        store.intent(BY, Act::Lock, serial, &[]).unwrap();
        store.locked(BY, serial).unwrap();
        store.release(BY, serial, Gate { report_digest: [6; 32], waived: &["print"] }).unwrap();
    }
}

impl Place {
    /// A place where nothing is yet.
    pub(crate) fn new(engine: &str, folder: &Path) -> Self {
        match engine {
            "sqlite" => Self::Sqlite(folder.join("register.db")),
            _ => {
                let server = sigillo_postgres_lab::shared();
                Self::PostgreSql(server.url(&server.database().unwrap()))
            }
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        match text.strip_prefix("sqlite:") {
            Some(path) => Self::Sqlite(path.into()),
            None => Self::PostgreSql(text.to_owned()),
        }
    }

    pub(crate) fn database(&self) -> Database {
        match self {
            Self::Sqlite(path) => Database::Sqlite(path.clone()),
            Self::PostgreSql(url) => Database::postgresql(url).unwrap(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::PostgreSql(url) => f.write_str(url),
        }
    }
}

/// Signs checkpoints.
pub(crate) fn checkpoint_key() -> P256PrivateKey {
    P256PrivateKey::from_bytes(&[0x5C; 32]).unwrap()
}

const BY: By<'static> = By { operator: "line-1", at: "2026-11-02T09:00:00Z", run: None };
