//! Tampered twins of a register: each is refused at its entry, or known to be complete to a checkpoint; by the program, and by Python
//! from the export.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;
use serde_json::{Value, json};
use sigillo_issuance::trace::{StoredEntry, TraceEntry};

use crate::shop::{copy_folder, import_waiting, make, python, text};
use crate::workshop::Workshop;

/// One home, its checkpoints elsewhere, and its public key as it was handed over.
struct Scene {
    shop: Workshop,
    elsewhere: PathBuf,
    /// How many entries the first and the second checkpoint stand behind, and how many there are.
    first: u64,
    second: u64,
    entries: u64,
}

impl Scene {
    fn set() -> Self {
        let shop = make();
        let elsewhere = shop.path().join("elsewhere");
        let first = shop.succeed(&["audit", "checkpoint", "--out", text(&elsewhere)]);
        import_waiting(&shop);
        let second = shop.succeed(&["audit", "checkpoint", "--out", text(&elsewhere)]);
        assert_eq!((&first["number"], &second["number"]), (&json!(1), &json!(2)), "the run ended with the first");
        shop.succeed(&["chip", "make", "--batch", "B", "--count", "1"]);
        shop.succeed(&["chip", "init", "--batch", "B", "--virtual", "1"]);
        let whole = shop.succeed(&["audit", "verify", "--checkpoints", text(&elsewhere)]);
        let number = |value: &Value| value.as_u64().unwrap();
        let (first, second) = (number(&first["entries"]), number(&second["entries"]));
        let entries = number(&whole["entries"]);
        assert!(first < second && second < entries, "{whole}");
        assert_eq!(whole["complete_to"], json!({ "checkpoint": 2, "entries": second }));
        assert_eq!((whole["unsecured"].as_u64(), &whole["faults"]), (Some(entries - second), &json!([])));
        Self { shop, elsewhere, first, second, entries }
    }

    /// A copy of the home whose register was changed.
    fn twin(&self, name: &str, change: impl FnOnce(&Connection)) -> PathBuf {
        let home = self.shop.path().join(name);
        copy_folder(&self.shop.home(), &home);
        let register = Connection::open(home.join("sigillo.db")).unwrap();
        register.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        for trigger in [
            "trace_is_not_changed",
            "trace_is_not_cut",
            "checkpoint_is_not_changed",
            "checkpoint_is_not_cut",
            "request_is_not_changed",
            "request_is_not_cut",
        ] {
            register.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
        }
        change(&register);
        home
    }

    /// What the program and what Python says of a home: both the same.
    fn judged(&self, home: &Path, checkpoints: &[&Path]) -> (Option<(String, u64)>, Value) {
        let mut arguments = vec!["--json", "audit", "verify"];
        checkpoints.iter().for_each(|path| arguments.extend(["--checkpoints", text(path)]));
        let run = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_sigillo"));
            command.args(["--home", text(home), "--now", crate::workshop::NOW]).args(arguments).output().unwrap()
        };
        let output = run(&arguments);
        let said: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let fault = said["faults"].get(0).map(|fault| {
            let at = fault["entry"].as_u64().or(fault["checkpoint"].as_u64()).unwrap();
            (fault["code"].as_str().unwrap().to_owned(), at)
        });
        assert_eq!(output.status.code(), Some(i32::from(fault.is_some())), "{said}");
        let folder = home.join("export");
        assert!(run(&["audit", "export", "--out", text(&folder)]).status.success());
        let mut arguments = vec![text(&folder), "--json"];
        checkpoints.iter().for_each(|path| arguments.extend(["--checkpoints", text(path)]));
        let (code, twin) = python("test-vectors/replay/audit.py", &arguments);
        assert_eq!(code, i32::from(fault.is_some()), "{twin}");
        let found = twin["faults"]
            .get(0)
            .map(|fault| (fault["code"].as_str().unwrap().to_owned(), fault["at"].as_u64().unwrap()));
        assert_eq!((&found, &twin["head"]["seq"]), (&fault, &said["entries"]), "{twin} against {said}");
        assert_eq!(twin["secured"]["number"], said["complete_to"]["checkpoint"]);
        fs::remove_dir_all(folder).unwrap();
        (fault, said["complete_to"]["checkpoint"].clone())
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "one home for all twins: a second one would be formed anew")]
fn each_tampered_twin_is_refused_at_its_entry_or_complete_to_a_checkpoint() {
    let scene = Scene::set();
    let Scene { first, second, entries, .. } = scene;
    let sql = |text: String| move |register: &Connection| register.execute_batch(&text).unwrap();
    let fault = |code: &str, at: u64| Some((code.to_owned(), at));
    let elsewhere = [scene.elsewhere.as_path()];

    let one_byte = scene.twin("one-byte", |register| {
        let mut entry = entry(register, 5);
        *entry.iter_mut().rev().find(|octet| octet.is_ascii_digit()).unwrap() ^= 1;
        register.execute("UPDATE trace SET entry = ?1 WHERE seq = 5", [entry]).unwrap();
    });
    assert_eq!(scene.judged(&one_byte, &elsewhere), (fault("trace.altered", 5), Value::Null));

    let behind = first + 1;
    let dropped = scene.twin("dropped", sql(format!("DELETE FROM trace WHERE seq = {behind}")));
    assert_eq!(scene.judged(&dropped, &elsewhere), (fault("trace.missing", behind), json!(1)));

    let swapped = scene.twin("swapped", |register| {
        let (one, other) = (entry(register, 3), entry(register, 4));
        register.execute("UPDATE trace SET entry = ?1 WHERE seq = 3", [other]).unwrap();
        register.execute("UPDATE trace SET entry = ?1 WHERE seq = 4", [one]).unwrap();
    });
    assert_eq!(scene.judged(&swapped, &elsewhere), (fault("trace.altered", 3), Value::Null));

    // Behind the last checkpoint nobody misses a tail: complete to it, and no more is said.
    let tail = scene.twin("tail", sql(format!("DELETE FROM trace WHERE seq > {second}")));
    assert_eq!(scene.judged(&tail, &elsewhere), (None, json!(2)));
    let cut = scene.twin("cut", sql(format!("DELETE FROM trace WHERE seq >= {second}")));
    assert_eq!(scene.judged(&cut, &elsewhere), (fault("trace.cut", second), json!(1)));

    // Whoever can write the register writes chain and checkpoints anew; without the key he cannot write those that were taken away.
    let anew = scene.twin("anew", |register| {
        rewrite(register, first + 1, entries);
        register.execute("DELETE FROM checkpoint WHERE number = 2", []).unwrap();
    });
    assert_eq!(scene.judged(&anew, &[]), (None, json!(1)), "a register alone cannot know");
    assert_eq!(scene.judged(&anew, &elsewhere), (fault("trace.altered", second), json!(1)));

    let forged = scene.twin("forged", |register| {
        let line: Vec<u8> =
            register.query_row("SELECT line FROM checkpoint WHERE number = 2", [], |row| row.get(0)).unwrap();
        let forged = String::from_utf8(line).unwrap().replacen(
            &format!("\"seq\":{second}"),
            &format!("\"seq\":{}", second - 1),
            1,
        );
        register.execute("UPDATE checkpoint SET line = ?1 WHERE number = 2", [forged.into_bytes()]).unwrap();
    });
    assert_eq!(scene.judged(&forged, &[]), (fault("checkpoint.forged", 2), json!(1)));
    assert_eq!(scene.judged(&forged, &elsewhere), (fault("checkpoint.forged", 2), json!(1)));

    // The request behind the run: gone, or with another signature.
    let asked: u64 = Connection::open(scene.shop.home().join("sigillo.db"))
        .unwrap()
        .query_row("SELECT max(entry) FROM request WHERE entry < ?1", [first], |row| row.get(0))
        .unwrap();
    let taken = scene.twin("request-gone", sql(format!("DELETE FROM request WHERE entry = {asked}")));
    assert_eq!(scene.judged(&taken, &elsewhere), (fault("trace.request-missing", asked), Value::Null));
    let unsigned = scene.twin("request-forged", |register| {
        let signed: Vec<u8> =
            register.query_row("SELECT signed FROM request WHERE entry = ?1", [asked], |row| row.get(0)).unwrap();
        // The last digit of the signature, which stands before `"},"v":1}`.
        let mut signed = signed;
        let at = signed.len() - "x\"},\"v\":1}".len();
        signed[at] = if signed[at] == b'0' { b'1' } else { b'0' };
        register.execute("UPDATE request SET signed = ?2 WHERE entry = ?1", (asked, signed)).unwrap();
    });
    assert_eq!(scene.judged(&unsigned, &elsewhere), (fault("request.signature", asked), Value::Null));

    let resigned = resigned_by_openssl(&scene);
    let home = scene.twin("resigned", sql("DELETE FROM checkpoint WHERE number = 2".to_owned()));
    assert_eq!(scene.judged(&home, &[&resigned]), (fault("checkpoint.forged", 2), json!(1)));

    // No entry was touched, and the permit is valid all the same: by the register alone, and it is seen.
    let raised = scene.twin("raised", sql("UPDATE record SET state = 'valid' WHERE id = 1".to_owned()));
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sigillo"));
        let output = command.args(["--home", text(&raised), "--json"]).args(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), serde_json::from_slice::<Value>(&said).unwrap())
    };
    let (exit, said) = run(&["audit", "verify"]);
    assert_eq!((exit, &said["records"]), (Some(1), &Value::Null), "{said}");
    assert_eq!(said["faults"][0]["code"], "store.not-as-traced");
    assert_eq!(said["faults"][0]["record"], 1);
    let (exit, said) = run(&["store", "check"]);
    assert_eq!((exit, &said["code"]), (Some(6), &json!("store.not-as-traced")), "{said}");
}

#[test]
fn openssl_verifies_a_checkpoint_and_refuses_its_twin() {
    let shop = make();
    let folder = shop.path().join("export");
    shop.succeed(&["audit", "export", "--out", text(&folder)]);
    let line = fs::read_to_string(folder.join("checkpoints.jsonl")).unwrap();
    let line = line.lines().next().unwrap();
    let (message, signature) = parts(line);
    let (message_file, signature_file) = (shop.path().join("message"), shop.path().join("signature"));
    fs::write(&signature_file, &signature).unwrap();
    let verified = |message: &str| {
        fs::write(&message_file, message).unwrap();
        let key = folder.join("checkpoint-key-1.pem");
        let arguments =
            ["dgst", "-sha256", "-verify", text(&key), "-signature", text(&signature_file), text(&message_file)];
        Command::new("openssl").args(arguments).output().unwrap().status.success()
    };
    assert!(verified(&message));
    assert!(!verified(&message.replacen("\"v\":1", "\"v\":2", 1)));
    let manifest = Command::new("sha256sum").args(["-c", "--quiet", "MANIFEST.sha256"]).current_dir(&folder).status();
    assert!(manifest.unwrap().success());
}

/// What is signed, and the signature, cut out of a file as `sed` would.
fn parts(line: &str) -> (String, Vec<u8>) {
    let inner = line.strip_prefix("{\"checkpoint\":").unwrap();
    let (checkpoint, signature) = inner.split_once(",\"signature\":\"").unwrap();
    (
        format!("sigillo/v1/checkpoint{checkpoint}"),
        hex::decode(signature.trim_end().strip_suffix("\"}").unwrap()).unwrap(),
    )
}

/// The second checkpoint, signed again by a key of OpenSSL's own.
fn resigned_by_openssl(scene: &Scene) -> PathBuf {
    let path = |name: &str| scene.shop.path().join(name);
    let line = fs::read_to_string(scene.elsewhere.join("checkpoint-00000002.json")).unwrap();
    let (message, _) = parts(line.trim_end());
    fs::write(path("to-sign"), &message).unwrap();
    let openssl = |arguments: &[&str]| assert!(Command::new("openssl").args(arguments).status().unwrap().success());
    let (key, signature) = (path("stranger.pem"), path("stranger.sig"));
    openssl(&["genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", text(&key)]);
    openssl(&["dgst", "-sha256", "-sign", text(&key), "-out", text(&signature), text(&path("to-sign"))]);
    let checkpoint = message.strip_prefix("sigillo/v1/checkpoint").unwrap();
    let signature = hex::encode(fs::read(signature).unwrap());
    let file = path("resigned.json");
    fs::write(&file, format!("{{\"checkpoint\":{checkpoint},\"signature\":\"{signature}\"}}\n")).unwrap();
    file
}

fn entry(register: &Connection, seq: u64) -> Vec<u8> {
    register.query_row("SELECT entry FROM trace WHERE seq = ?1", [seq], |row| row.get(0)).unwrap()
}

/// Moves the times of these entries by a year, and hashes the chain anew.
fn rewrite(register: &Connection, from: u64, to: u64) {
    let mut previous: [u8; 32] =
        register.query_row("SELECT hash FROM trace WHERE seq = ?1", [from - 1], |row| row.get(0)).unwrap();
    for seq in from..=to {
        let text = String::from_utf8(entry(register, seq)).unwrap().replacen("\"at\":\"2026", "\"at\":\"2025", 1);
        let entry: TraceEntry = serde_json::from_str(&text).unwrap();
        let (entry, hash) = entry.link(&previous);
        let StoredEntry { seq, entry, hash } = StoredEntry { seq, entry, hash };
        register.execute("UPDATE trace SET entry = ?2, hash = ?3 WHERE seq = ?1", (seq, entry, hash)).unwrap();
        previous = hash;
    }
}
