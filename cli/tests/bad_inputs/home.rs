//! Bad words on the command line, and homes whose configuration, profile, keys or register are not what they should be.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use serde_json::Value;

use crate::bench::{Bench, digest};

/// Types and breaks each of them.
pub(crate) fn refused(bench: &mut Bench) {
    words(bench);
    halves(bench);
    nobody(bench);
    configurations(bench);
    profiles(bench);
    key_stores(bench);
    registers(bench);
}

fn words(bench: &mut Bench) {
    let digest = "0".repeat(64);
    let released = serial(&bench.released);
    let image = bench.released.to_str().unwrap().to_owned();
    for (arguments, code, exit) in [
        (vec!["init"], "line.home-exists", 2),
        (vec!["run", "start", "--lot", "1", "--virtual", "1", "--plan", &digest], "line.plan-digest", 2),
        (vec!["run", "start", "--lot", "9", "--virtual", "1"], "store.unknown-lot", 2),
        (vec!["run", "plan", "--lot", "-1"], "usage.arguments", 2),
        (vec!["run", "resume", "9", "--virtual", "1"], "store.unknown-run", 2),
        (vec!["run", "report", "9"], "store.unknown-run", 2),
        (vec!["run", "start", "--lot", "1"], "usage.arguments", 2),
        (vec!["run", "start", "--lot", "1", "--virtual", "1", "--reader", "0"], "usage.arguments", 2),
        (vec!["chip", "make", "--batch", "A", "--count", "1"], "keystore.exists", 2),
        (vec!["chip", "make", "--batch", "../B", "--count", "1"], "keystore.batch-name", 2),
        (vec!["chip", "make", "--batch", "B", "--count", "-1"], "usage.arguments", 2),
        (vec!["chip", "init", "--batch", "A", "--virtual", "1", "--blank-number", "I1"], "usage.blank-number", 2),
        (vec!["chip", "scrap", "zz", "--manner", "mute", "--reason", "antenna"], "usage.serial", 2),
        (vec!["chip", "scrap", &digest[..20], "--manner", "mute", "--reason", "antenna"], "store.unknown-card", 2),
        (vec!["chip", "scrap", &released, "--manner", "mute", "--reason", "antenna"], "store.witness-missing", 2),
        (
            vec!["chip", "scrap", &released, "--manner", "mute", "--reason", "antenna", "--witness", "anna"],
            "store.witness-missing",
            2,
        ),
        (
            vec!["chip", "scrap", &released, "--manner", "mute", "--reason", "it fell down", "--witness", "carla"],
            "trace.token",
            2,
        ),
        (
            vec!["chip", "scrap", &released, "--manner", "locked-refused", "--reason", "x", "--witness", "carla"],
            "card.released",
            2,
        ),
        (vec!["chip", "scrap", &released, "--manner", "eaten", "--reason", "x"], "usage.arguments", 2),
        (vec!["chip", "verify", "--image", &image], "usage.arguments", 2),
        (vec!["--now", "yesterday", "run", "status"], "usage.arguments", 2),
        (vec!["frobnicate"], "usage.arguments", 2),
    ] {
        bench.refuses(&arguments, code, exit);
    }
}

/// Whatever changes a state asks for a name.
fn nobody(bench: &mut Bench) {
    let (home, before) = (bench.shop.home(), digest(&bench.shop.home()));
    let start = ["run", "start", "--lot", "1", "--virtual", "1"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigillo"));
    let output = command.args(["--json", "--home", home.to_str().unwrap()]).args(start).output().unwrap();
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((error["code"].as_str(), output.status.code()), (Some("usage.operator"), Some(2)), "{error}");
    assert_eq!(digest(&home), before);
    bench.inputs += 1;
    bench.codes.insert("usage.operator".to_owned());
}

fn halves(bench: &mut Bench) {
    // A folder without its key: no key may be made for it.
    let make = ["chip", "make", "--batch", "B", "--count", "1"];
    bench.refuses_in_a_home(&make, "keystore.exists", 2, |home| fs::create_dir(home.join("chips/B")).unwrap());
    bench.refuses_in_a_home(&["chip", "init", "--batch", "B", "--virtual", "1"], "line.file", 3, |_| {});
}

fn configurations(bench: &mut Bench) {
    let status = ["run", "status"];
    for text in [
        "",
        "mode = \"test\"",
        "mode = \"lax\"\nprofile = \"pse-rf-bac\"",
        "mode = \"test\"\nprofile = \"pse-rf-bac\"\ndebug = true",
        "\0",
    ] {
        bench.refuses_in_a_home(&status, "line.configuration", 3, |home| write(&home.join("sigillo.toml"), text));
    }
    let configured = |mode: &str, profile: &str| format!("mode = \"{mode}\"\nprofile = \"{profile}\"\n");
    for (text, code, exit) in [
        (configured("production", "pse-rf-bac"), "line.test-profile", 2),
        (configured("production", "pse-rf"), "keystore.test-key", 6),
        (configured("test", "cie-9"), "line.file", 3),
    ] {
        bench.refuses_in_a_home(&status, code, exit, |home| write(&home.join("sigillo.toml"), &text));
    }
    let start = ["run", "start", "--lot", "1", "--virtual", "1"];
    bench.refuses_in_a_home(&start, "line.gate-unavailable", 2, |home| {
        write(&home.join("sigillo.toml"), &configured("test", "pse-rf"));
    });
    bench.refuses_in_a_home(&status, "line.no-home", 2, |home| fs::remove_file(home.join("sigillo.toml")).unwrap());
    bench.refuses_in_a_home(&["init", "--profile", "nobody"], "line.profile-unknown", 2, |home| {
        fs::remove_file(home.join("sigillo.toml")).unwrap();
    });
}

fn profiles(bench: &mut Bench) {
    let profile = |home: &Path| home.join("profiles/pse-rf-bac.toml");
    for (from, to, code) in [
        ("lds_version = \"1.8\"", "lds_version = \"2.0\"", "profile.rule"),
        ("test = true", "test = true\nfavourite_colour = \"green\"", "profile.form"),
        ("sfi = 0x1E\nsize = 11", "sfi = 0x01\nsize = 11", "profile.duplicate"),
        ("parent = \"eMRTD\"", "parent = \"eMRTX\"", "profile.unknown-name"),
    ] {
        bench.refuses_in_a_home(&["run", "status"], code, 3, |home| {
            let text = fs::read_to_string(profile(home)).unwrap();
            assert!(text.contains(from), "{from}");
            write(&profile(home), &text.replacen(from, to, 1));
        });
    }
}

fn key_stores(bench: &mut Bench) {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 8] = [
        ("keystore.missing", |keys| fs::remove_file(keys.join("document-signer.key")).unwrap()),
        ("keystore.file-mode", |keys| {
            fs::set_permissions(keys.join("formation-master.key"), fs::Permissions::from_mode(0o644)).unwrap();
        }),
        ("keystore.form", |keys| write(&keys.join("data-key-wrapping.key"), "sigillo1T")),
        ("keystore.altered", |keys| swap(keys, "formation-master.key", "data-key-wrapping.key")),
        ("keystore.version", |keys| write(&keys.join("keystore.json"), "{\"format\": 1}")),
        ("keystore.chain-broken", |keys| {
            let text = fs::read_to_string(keys.join("keystore.jsonl")).unwrap();
            write(&keys.join("keystore.jsonl"), &text.replacen("\"seals\":100000", "\"seals\":900000", 1));
        }),
        ("keystore.passphrase", |keys| write(&keys.join("TEST-passphrase"), "TEST no")),
        ("keystore.altered", |keys| {
            fs::copy(keys.join("document-signer.der"), keys.join("csca.der")).unwrap();
        }),
    ];
    for (code, harm) in harms {
        bench.refuses_in_a_home(&["run", "status"], code, 6, |home| harm(&home.join("keys")));
    }
}

fn registers(bench: &mut Bench) {
    let register = |home: &Path| home.join("sigillo.db");
    let status = ["run", "status"];
    bench.refuses_in_a_home(&status, "store.not-found", 6, |home| fs::remove_file(register(home)).unwrap());
    bench.refuses_in_a_home(&status, "store.not-a-register", 6, |home| write(&register(home), "no database at all"));
    let sql = |home: &Path, sql: &str| Connection::open(register(home)).unwrap().execute_batch(sql).unwrap();
    bench.refuses_in_a_home(&status, "store.not-a-register", 6, |home| sql(home, "PRAGMA application_id = 7"));
    bench.refuses_in_a_home(&status, "store.version", 6, |home| {
        sql(home, "UPDATE refinery_schema_history SET checksum = '1'");
    });
    bench.finds_in_a_home("trace.altered", |home| {
        sql(home, "DROP TRIGGER trace_is_not_changed; UPDATE trace SET entry = CAST(replace(CAST(entry AS TEXT), 'anna', 'nana') AS BLOB) WHERE seq = 2");
    });
    bench.finds_in_a_home("trace.missing", |home| {
        sql(home, "DROP TRIGGER trace_is_not_cut; DELETE FROM trace WHERE seq = 3");
    });
    let out = bench.shop.path().join("never");
    let print = ["run", "print-data", "--out", out.to_str().unwrap()];
    for (change, code) in [
        ("UPDATE record_part SET ciphertext = zeroblob(length(ciphertext))", "line.record-altered"),
        ("UPDATE record_part SET wrapped_key = zeroblob(60)", "keystore.wrapped-key"),
    ] {
        bench.refuses_in_a_home(&print, code, 6, |home| sql(home, change));
        assert!(!out.exists(), "what a broken print job wrote stays behind");
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

fn swap(folder: &Path, one: &str, other: &str) {
    let (a, b) = (fs::read(folder.join(one)).unwrap(), fs::read(folder.join(other)).unwrap());
    fs::write(folder.join(one), b).unwrap();
    fs::write(folder.join(other), a).unwrap();
}

/// The serial in an image: behind the first line, the version, `C1 08 generation` and `C2 0A`.
fn serial(image: &Path) -> String {
    hex::encode(&fs::read(image).unwrap()[39..49])
}
