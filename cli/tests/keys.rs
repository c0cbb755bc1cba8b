//! `sigillo keys`, as its users have it: on keys in files, and on a SoftHSM token of the test's own.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "4711-0815-PIN";

/// A folder with a home, a token, and files that descriptors are opened on.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self(TempDir::new().unwrap());
        fs::create_dir(bench.path("tokens")).unwrap();
        let text = format!("directories.tokendir = {}\nobjectstore.backend = file\n", bench.path("tokens").display());
        fs::write(bench.path("softhsm2.conf"), text).unwrap();
        for (name, secret) in [("pin", PIN), ("wrong-pin", "0000"), ("passphrase", "correct horse battery staple")] {
            bench.secret(name, secret);
        }
        bench.secret("one", &"5a".repeat(32));
        bench.secret("two", &format!("{}\n", "C3 ".repeat(32)));
        bench
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn secret(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn make_token(&self) {
        let mut command = Command::new("softhsm2-util");
        command.args(["--init-token", "--free", "--label", "line", "--so-pin", "so-pin-of-the-test", "--pin", PIN]);
        let done = command.env("SOFTHSM2_CONF", self.path("softhsm2.conf")).output();
        assert!(done.expect("Debian's softhsm2 is installed by scripts/setup").status.success());
    }

    /// Runs the program; `more` are its arguments and redirections as a shell reads them.
    fn run(&self, home: &str, more: &str) -> Output {
        let program = env!("CARGO_BIN_EXE_sigillo");
        let line = format!(
            "exec {program} --json --home {home} --now 2026-11-02T09:00:00Z --operator anna --second bruno {more}"
        );
        let mut command = Command::new("sh");
        command.current_dir(self.0.path()).env("SOFTHSM2_CONF", self.path("softhsm2.conf")).args(["-c", &line]);
        command.output().unwrap()
    }

    /// What a run that ends so prints.
    fn ends(&self, home: &str, more: &str, exit: i32) -> Value {
        let done = self.run(home, more);
        let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
        assert_eq!(done.status.code(), Some(exit), "{more}: {out}{err}");
        let text = if out.is_empty() { err } else { out };
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{more}: {error}: {text}"))
    }

    fn refuses(&self, home: &str, more: &str, code: &str, exit: i32) {
        assert_eq!(self.ends(home, more, exit)["code"], code, "{more}");
    }
}

const COMPONENTS: &str = "--secret-fd component-1=5 --secret-fd component-2=6";

fn check_value(octet: u8) -> String {
    let key = sigillo_secret::SecretBytes::new(vec![octet; 32]);
    hex::encode(&sigillo_crypto::aes_cmac(&key, &[&[0; 16]]).unwrap()[..3])
}

/// The commands that change keys, on whichever store; `secrets` gives its passphrase or PIN.
fn changes(bench: &Bench, home: &str, secrets: &str) {
    let run = |command: &str, exit| bench.ends(home, &format!("{command} {secrets} 5<one 6<two"), exit);
    let refuses =
        |command: &str, code, exit| bench.refuses(home, &format!("{command} {secrets} 5<one 6<two"), code, exit);
    let (one, two, whole) = (check_value(0x5A), check_value(0xC3), check_value(0x5A ^ 0xC3));
    let both = format!("--component anna={one} --component bruno={two} {COMPONENTS}");

    let made = run("keys generate cvca --custodian anna --custodian bruno --algorithm brainpoolP256r1", 0);
    assert_eq!((&made["label"], &made["algorithm"]), (&"cvca/1".into(), &"brainpoolP256r1".into()));
    assert_eq!(run("keys check cvca/1", 0)["id"], made["id"]);
    refuses("keys generate cvca --custodian anna --custodian Anna", "keystore.dual-control", 2);
    refuses("keys generate cvca --custodian anna --custodian bruno --algorithm RSA-3072", "keystore.algorithm", 2);
    refuses("keys generate king --custodian anna", "keystore.label", 2);

    let entered = run(&format!("keys transport 2026-A {both} --check-value {whole}"), 0);
    assert_eq!((&entered["label"], &entered["id"]), (&"transport/2026-A".into(), &whole.clone().into()));
    assert_eq!(run("keys check transport/2026-A", 0)["id"], whole);
    refuses(&format!("keys transport 2026-A {both}"), "keystore.exists", 2);
    refuses(
        &format!("keys transport B --component anna={two} --component bruno={two} {COMPONENTS}"),
        "keystore.check-value",
        6,
    );
    refuses(&format!("keys transport B --component anna={one} {COMPONENTS}"), "keystore.dual-control", 2);
    refuses(&format!("keys transport B {both} --check-value 000000"), "keystore.check-value", 6);

    assert_eq!(run("keys rotate cvca --custodian anna --custodian bruno", 0)["label"], "cvca/2");
    refuses("keys destroy cvca/1 --id 00 --custodian anna --custodian bruno", "keystore.check-value", 6);
    let id = made["id"].as_str().unwrap();
    let gone = run(&format!("keys destroy cvca/1 --id {id} --custodian anna --custodian bruno"), 0);
    assert_eq!(gone["state"], "destroyed");
    refuses("keys check cvca/1", "keystore.key-unknown", 2);

    fs::write(
        bench.path("script.toml"),
        "title = 'Terminals'\ncustodians = ['anna', 'bruno']\n[[step]]\ndo = 'generate'\nrole = 'dv'\n[[step]]\ndo = 'import'\nrole = 'transport'\nname = 'C'\n",
    )
    .unwrap();
    let transcript = format!("{home}-ceremony.jsonl");
    let told = run(&format!("keys ceremony run script.toml --transcript {transcript} --unattended {COMPONENTS}"), 0);
    assert_eq!(told["shown"].as_array().unwrap().len(), 2);
    assert_eq!(run(&format!("keys ceremony verify {transcript} --script script.toml"), 0), told);
    let text = fs::read_to_string(bench.path(&transcript)).unwrap();
    fs::write(bench.path(&transcript), text.replacen("bruno", "bruna", 1)).unwrap();
    refuses(&format!("keys ceremony verify {transcript}"), "keystore.chain-broken", 6);

    let listed = run("keys list", 0);
    assert_eq!(listed["findings"], Value::Array(Vec::new()));
    assert!(listed["keys"].as_array().unwrap().iter().any(|key| key["label"] == "transport/C"));
}

#[test]
fn keys_in_files_are_made_entered_rotated_and_destroyed() {
    let bench = Bench::new();
    bench.ends("test", "init --test-keys", 0);
    changes(&bench, "test", "");
    // Under a passphrase of one's own: nothing is made beforehand.
    let secret = "--secret-fd passphrase=4 4<passphrase";
    bench.ends("own", &format!("init --passphrase {secret}"), 0);
    bench.refuses("own", "keys list </dev/null", "keystore.secret-missing", 6);
    bench.refuses("own", "keys list --secret-fd passphrase=4 4<pin", "keystore.passphrase", 6);
    changes(&bench, "own", secret);
    // Or in a private file that the configuration names.
    let configuration = bench.path("own/sigillo.toml");
    let text = fs::read_to_string(&configuration)
        .unwrap()
        .replace("[keystore]", "[keystore]\nsecret_file = \"../passphrase\"");
    fs::write(&configuration, text).unwrap();
    bench.ends("own", "keys list", 0);
    fs::set_permissions(bench.path("passphrase"), fs::Permissions::from_mode(0o644)).unwrap();
    bench.refuses("own", "keys list", "keystore.file-mode", 6);
    // What the inventory finds.
    fs::remove_file(bench.path("test/keys/cvca-2.key")).unwrap();
    bench.refuses("test", "run status", "keystore.missing", 6);
}

#[test]
fn keys_in_a_token_are_made_entered_rotated_and_destroyed() {
    let bench = Bench::new();
    bench.make_token();
    let secret = "--secret-fd pin=4 4<pin";
    let init = format!("init --pkcs11 {MODULE} --token line");
    bench.refuses("none", &format!("{init} --secret-fd pin=4 4<wrong-pin"), "keystore.pin", 6);
    bench.ends("test", &format!("{init} --test-keys {secret}"), 0);
    changes(&bench, "test", secret);
    bench.refuses("test", "keys list --secret-fd pin=4 4<wrong-pin", "keystore.pin", 6);
    bench.refuses("test", "keys list </dev/null", "keystore.secret-missing", 6);
    // The PIN is nowhere in the home.
    let found = Command::new("grep").args(["-rlF", PIN, "test"]).current_dir(bench.0.path()).output().unwrap();
    assert!(found.stdout.is_empty(), "{}", String::from_utf8_lossy(&found.stdout));
    let planted = Command::new("grep").args(["-lF", PIN, "pin"]).current_dir(bench.0.path()).output().unwrap();
    assert!(!planted.stdout.is_empty(), "the search finds a planted PIN");
    // A lot goes through the token.
    let lot = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/lot.jsonl");
    bench.ends("test", &format!("lot import {} {secret}", lot.display()), 0);
    bench.ends("test", &format!("chip make --batch V --count 2 {secret}"), 0);
    bench.ends("test", &format!("chip init --batch V --virtual 2 {secret}"), 0);
    bench.ends("test", &format!("run start --lot 1 --virtual 2 {secret}"), 7);
    let slots = bench.ends("test", &format!("run report {secret}"), 0);
    assert!(slots.to_string().contains("used"), "{slots}");
}

#[test]
fn production_keys_are_in_a_token_and_never_test_keys() {
    let bench = Bench::new();
    bench.make_token();
    let secret = "--secret-fd pin=4 4<pin";
    let token = format!("--pkcs11 {MODULE} --token line");
    bench.ends("real", &format!("init --production --profile pse-rf {token} {secret}"), 0);
    let generate = format!("keys generate csca --custodian anna --custodian bruno {secret}");
    bench.refuses("real", &generate, "operator.none", 2);
    bench.ends("real", &format!("operators found anna=security-officer bruno=security-officer {secret}"), 0);
    bench.ends("real", &generate, 0);
    fs::write(bench.path("script.toml"), "title = 'x'\ncustodians = ['a', 'b']\n[[step]]\ndo = 'say'\ntext = 'x'\n")
        .unwrap();
    let run = format!("keys ceremony run script.toml --transcript t.jsonl --unattended {secret}");
    bench.refuses("real", &run, "keystore.dual-control", 2);
    // A home of test keys does not become one of production by its configuration.
    bench.ends("test", "init --test-keys", 0);
    let configuration = bench.path("test/sigillo.toml");
    let text = fs::read_to_string(&configuration).unwrap();
    let text = text.replace("mode = \"test\"", "mode = \"production\"").replace("pse-rf-bac", "pse-rf");
    fs::write(&configuration, text).unwrap();
    bench.refuses("test", "keys list", "keystore.test-key", 6);
}

#[test]
fn the_table_of_keys_is_data() {
    let bench = Bench::new();
    let table = bench.ends("none", "keys table", 0);
    let rows = table["roles"].as_array().unwrap();
    assert_eq!(rows.len(), sigillo_keystore::ROLES.len());
    assert!(rows.iter().any(|row| row["role"] == "csca" && row["months"] == 48));
}
