//! What was destroyed cannot be decrypted from database, log, backup or any file of the home; Python tries.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use sigillo_postgres_lab::shared;

use crate::shop::{copy_folder, import_formed, import_waiting, later, make, python, text};
use crate::workshop::{Workshop, repository};

#[test]
fn what_was_destroyed_cannot_be_decrypted_from_anything_that_is_left() {
    let shop = make();
    import_waiting(&shop);
    let due = later(&shop, &["audit", "retention"]);
    let row = |report: &Value, part: &str| {
        let row = report["parts"].as_array().unwrap().iter().find(|row| row["part"] == part).unwrap();
        (row["kept"].as_u64().unwrap(), row["due"].as_u64().unwrap(), row["destroyed"].as_u64().unwrap())
    };
    assert_eq!((row(&due, "fingerprints"), row(&due, "register")), ((2, 1, 0), (3, 0, 0)));
    assert_eq!(row(&shop.succeed(&["audit", "retention"]), "fingerprints"), (2, 0, 0), "nothing is due today");

    // A backup of the register, and the whole home, as they were before.
    let before = shop.path().join("before");
    copy_folder(&shop.home(), &before);
    let apply = ["audit", "retention", "--apply", "--custodian", "anna", "--custodian", "bruno"];
    let done = later(&shop, &apply);
    assert_eq!(done["destroyed"], json!({ "fingerprints": 1 }));
    assert_eq!(done["destroyed_keys"], json!(["data-key-wrapping/1"]));
    let after = later(&shop, &["audit", "retention"]);
    assert_eq!((row(&after, "fingerprints"), row(&after, "register")), ((1, 0, 1), (3, 0, 0)));
    shop.succeed(&["audit", "verify"]);

    // Everything opens with the keys of before: the judge can open what can be opened.
    let old = opened(&before, &before);
    let fingers: Vec<u8> = ["images/f01-right-index.wsq", "images/f01-left-index.wsq"]
        .into_iter()
        .flat_map(|name| fs::read(repository("demo").join(name)).unwrap())
        .collect();
    assert_eq!(old["1/1/fingerprints"], json!(hex::encode(sigillo_crypto::sha256(&fingers))));
    assert!(old.values().all(Value::is_string), "{old:?}");
    // With the keys of now the register of before opens nothing at all, the destroyed fingerprints are in none, and what lives opens.
    assert!(opened(&shop.home(), &before).values().all(Value::is_null));
    let new = opened(&shop.home(), &shop.home());
    assert!(!new.contains_key("1/1/fingerprints"));
    for living in ["1/1/register", "2/1/fingerprints", "2/1/register"] {
        assert_eq!(new[living], old[living], "{living}");
    }
    nothing_in_clear(&shop.home(), &fingers);

    // The living record can still be formed; the trace says what became of the other.
    shop.succeed(&["chip", "make", "--batch", "B", "--count", "1"]);
    shop.succeed(&["chip", "init", "--batch", "B", "--virtual", "1"]);
    let formed = shop.succeed(&["run", "start", "--lot", "2", "--virtual", "5"]);
    assert_eq!(formed["released"], 1);
    let history = shop.succeed(&["audit", "trace", "--document", "I40718263"]);
    let last = history["entries"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["act"], &last["details"]["parts"]), (&json!("destroy"), &json!("fingerprints")));
}

/// The same in a server: what `psql` reads out of it, before and after, is what Python tries.
#[test]
fn in_postgresql_too_the_keys_of_now_open_nothing_of_before() {
    let name = shared().database().unwrap();
    let shop = Workshop::new();
    let url = shared().url(&name);
    shop.succeed(&["init", "--test-keys", "--profile", "pse-rf-bac", "--database", &url]);
    import_formed(&shop);
    shared().sql(&name, "UPDATE record SET state = 'annulled', is_waiting = 0, is_annulled = 1").unwrap();
    import_waiting(&shop);
    let old_keys = shop.path().join("old-keys");
    copy_folder(&shop.home().join("keys"), &old_keys);
    let rows = |file: &str| {
        let path = shop.path().join(file);
        let mut psql = shared().program("psql", &name);
        psql.args(["--no-psqlrc", "--csv", "--command", ROWS]);
        fs::write(&path, psql.output().unwrap().stdout).unwrap();
        path
    };
    let before = rows("before.csv");
    let done = later(&shop, &["audit", "retention", "--apply", "--custodian", "anna", "--custodian", "bruno"]);
    assert_eq!(done["destroyed"], json!({ "fingerprints": 1 }));
    let after = rows("after.csv");
    let judged = |keys: &Path, rows: &Path| {
        let (code, said) = python("interop/python/judge_retention.py", &[text(keys), text(rows)]);
        assert_eq!(code, 0);
        said[text(rows)].as_object().unwrap().clone()
    };
    let new_keys = shop.home().join("keys");
    let old = judged(&old_keys, &before);
    assert!(old["1/1/fingerprints"].is_string() && old.values().all(Value::is_string), "{old:?}");
    assert!(judged(&new_keys, &before).values().all(Value::is_null));
    let new = judged(&new_keys, &after);
    assert!(!new.contains_key("1/1/fingerprints"));
    assert_eq!((new.len(), &new["2/1/fingerprints"]), (old.len() - 1, &old["2/1/fingerprints"]));
    assert!(new.values().all(Value::is_string), "{new:?}");
}

/// The columns that the judge reads.
const ROWS: &str = "SELECT r.lot, r.line, p.part, encode(p.nonce, 'hex') AS nonce, encode(p.wrapped_key, 'hex') AS wrapped_key, \
    encode(p.ciphertext, 'hex') AS ciphertext FROM record_part p JOIN record r ON r.id = p.record";

/// What of the register in one home the keys of another open.
fn opened(keys: &Path, register: &Path) -> Map<String, Value> {
    let (keys, database) = (keys.join("keys"), register.join("sigillo.db"));
    let (code, said) = python("interop/python/judge_retention.py", &[text(&keys), text(&database)]);
    assert_eq!(code, 0);
    said[text(&database)].as_object().unwrap().clone()
}

/// Nothing of the fingers stands in clear in any file but those of the virtual chips.
fn nothing_in_clear(folder: &Path, fingers: &[u8]) {
    let middle = &fingers[fingers.len() / 4..][..64];
    for path in files_below(folder).into_iter().filter(|path| path.extension().is_none_or(|ending| ending != "chip")) {
        let octets = fs::read(&path).unwrap();
        assert!(!octets.windows(middle.len()).any(|window| window == middle), "{}", path.display());
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { found.extend(files_below(&entry)) } else { found.push(entry) }
    }
    found
}
