//! A small whole life on a register in PostgreSQL, which then moves into a file: the same program, the same answers.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod workshop;

use std::fs;
use std::process::Command;

use serde_json::Value;
use sigillo_postgres_lab::shared;
use workshop::{Workshop, demo_lot, repository};

/// A home whose register is in a server, and the name of its database.
fn served() -> (Workshop, String) {
    let (shop, database) = (Workshop::new(), shared().database().unwrap());
    shop.succeed(&["init", "--test-keys", "--profile", "pse-rf-bac", "--database", &shared().url(&database)]);
    (shop, database)
}

/// Forms the demo's first two records, after the lot and the chips of both came.
fn live(shop: &Workshop) {
    let lot = shop.path().join("lot.jsonl");
    fs::create_dir(shop.path().join("images")).unwrap();
    for image in fs::read_dir(repository("demo/images")).unwrap() {
        let image = image.unwrap();
        fs::copy(image.path(), shop.path().join("images").join(image.file_name())).unwrap();
    }
    let demo = fs::read_to_string(demo_lot()).unwrap();
    fs::write(&lot, demo.lines().take(2).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    shop.succeed(&["lot", "import", lot.to_str().unwrap()]);
    shop.succeed(&["chip", "make", "--batch", "A", "--count", "2"]);
    shop.succeed(&["chip", "init", "--batch", "A", "--virtual", "2"]);
    shop.succeed(&["run", "start", "--lot", "1", "--virtual", "2"]);
}

#[test]
fn a_life_on_a_server_moves_into_a_file_and_goes_on() {
    let (shop, database) = served();
    live(&shop);
    assert!(!shop.home().join("sigillo.db").exists());
    let report = shop.succeed(&["run", "report"]);
    assert_eq!((&report["reconciles"], &report["records"]["not_issued"]), (&true.into(), &2.into()));
    // The server's own client sees what the program says.
    assert_eq!(shared().sql(&database, "SELECT count(*) FROM permit").unwrap(), "2");
    let trace = shop.succeed(&["store", "check"])["trace"].clone();
    assert_eq!(shared().sql(&database, "SELECT max(seq) FROM trace").unwrap(), trace["entries"].to_string());

    let backup = shop.path().join("backup");
    let backup = backup.to_str().unwrap();
    let made = shop.succeed(&["store", "backup", backup]);
    assert_eq!(made["trace"], trace);
    assert_eq!(shop.succeed(&["store", "check", "--backup", backup])["sha256"], made["sha256"]);
    assert_eq!(judged(&["sha256sum"], &fs::read(backup).unwrap()), made["sha256"]);
    assert_eq!(shop.refuse(&["store", "restore", backup]).1["code"], "store.exists");

    // Out of the server, into a file of the home.
    let configuration = shop.home().join("sigillo.toml");
    let text = fs::read_to_string(&configuration).unwrap();
    let without: String =
        text.lines().filter(|line| !line.starts_with("database")).map(|line| format!("{line}\n")).collect();
    fs::write(&configuration, without).unwrap();
    assert_eq!(shop.refuse(&["run", "report"]).1["code"], "store.not-found");
    shop.succeed(&["store", "restore", backup]);
    assert_eq!(shop.succeed(&["run", "report"]), report);
    assert_eq!(shop.succeed(&["store", "check"])["trace"], trace);
    shop.succeed(&["chip", "make", "--batch", "B", "--count", "1"]);
    shop.succeed(&["chip", "init", "--batch", "B", "--virtual", "1"]);
    let on = shop.succeed(&["audit", "verify"]);
    assert!(on["entries"].as_u64() > trace["entries"].as_u64(), "{on}");

    // A backup that lost an octet is refused, and leaves nothing behind.
    fs::remove_file(shop.home().join("sigillo.db")).unwrap();
    let damaged = shop.path().join("damaged");
    let whole = fs::read(backup).unwrap();
    fs::write(&damaged, [&whole[..whole.len() / 2], &whole[whole.len() / 2 + 1..]].concat()).unwrap();
    let (exit, error) = shop.refuse(&["store", "restore", damaged.to_str().unwrap()]);
    assert_eq!((exit, &error["code"]), (3, &"store.backup-damaged".into()));
    assert!(!shop.home().join("sigillo.db").exists());
}

/// What coreutils say the SHA-256 of a backup without its last line is.
fn judged(program: &[&str], backup: &[u8]) -> Value {
    let file = tempfile::NamedTempFile::new().unwrap();
    let last = backup[..backup.len() - 1].iter().rposition(|octet| *octet == b'\n').unwrap();
    fs::write(file.path(), &backup[..=last]).unwrap();
    let output = Command::new(program[0]).arg(file.path()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().into()
}

#[test]
fn the_servers_password_comes_by_a_descriptor_and_nothing_goes_elsewhere() {
    let database = shared().database().unwrap();
    shared().sql(&database, "CREATE ROLE line1 LOGIN PASSWORD 'not-in-the-address'").unwrap();
    shared().sql(&database, &format!("ALTER DATABASE {database} OWNER TO line1")).unwrap();
    shared().sql(&database, "ALTER SCHEMA public OWNER TO line1").unwrap();
    let shop = Workshop::new();
    let url = shared().loopback_url(&database, "line1");
    for (address, code) in [
        ("postgresql://line1:secret@127.0.0.1/x".to_owned(), "store.password-in-address"),
        ("postgresql://line1@192.0.2.1/x".to_owned(), "store.remote-server"),
        ("sqlite:///x".to_owned(), "store.address"),
    ] {
        let (exit, error) = shop.refuse(&["init", "--database", &address]);
        assert_eq!((exit, error["code"].as_str().unwrap()), (2, code));
        assert!(!shop.home().exists(), "a home was made for {address}");
    }
    let password = shop.path().join("password");
    fs::write(&password, "not-in-the-address\n").unwrap();
    let given = |arguments: &[&str]| {
        let told = shop.command(&[&["--json", "--secret-fd", "database=3"], arguments].concat());
        let mut shell = Command::new("sh");
        shell.args(["-c", "exec \"$@\" 3<\"$PASSWORD_FILE\"", "sh"]).arg(told.get_program()).args(told.get_args());
        shell.env("PASSWORD_FILE", &password).output().unwrap()
    };
    let made = given(&["init", "--database", &url]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(given(&["store", "check"]).status.success());
    let (exit, error) = shop.refuse(&["store", "check"]);
    assert_eq!((exit, &error["code"]), (6, &"store.access-denied".into()), "{error}");
    fs::write(&password, "another\n").unwrap();
    assert_eq!(given(&["store", "check"]).status.code(), Some(6));
    assert!(!fs::read_to_string(shop.home().join("sigillo.toml")).unwrap().contains("not-in-the-address"));
}
