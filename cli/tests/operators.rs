//! Operators at the command line: whoever may not changes nothing and is traced; tokens of their own; two persons, one of them
//! elsewhere. OpenSSL verifies what the trace's requests were signed with.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot be set up must fail")]

mod workshop;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use sigillo_crypto::EcParameters;
use sigillo_issuance::operator::OperatorKey;
use sigillo_issuance::request::SignedRequest;
use tempfile::TempDir;

use crate::workshop::{Workshop, demo_lot};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// What a command prints, where it must succeed; the code and exit status of its refusal otherwise.
fn refused(shop: &Workshop, arguments: &[&str]) -> (String, i32) {
    let output = as_somebody(shop, arguments);
    let text = String::from_utf8_lossy(&output.stderr);
    let error: Value = serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap();
    (error["code"].as_str().unwrap().to_owned(), output.status.code().unwrap())
}

/// The program without the operator of the workshop.
fn as_somebody(shop: &Workshop, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigillo"));
    command.args(["--json", "--home", shop.home().to_str().unwrap(), "--now", workshop::NOW]);
    command.args(arguments).output().unwrap()
}

fn succeeds(shop: &Workshop, arguments: &[&str]) -> Value {
    let output = as_somebody(shop, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn last_entries(shop: &Workshop, operator: &str) -> Vec<Value> {
    let told = succeeds(shop, &["audit", "trace", "--by", operator]);
    told["entries"].as_array().unwrap().clone()
}

#[test]
fn whoever_may_not_changes_nothing_and_is_traced() {
    let shop = Workshop::with_home("pse-rf-bac");
    let lot = demo_lot();
    let lot = lot.to_str().unwrap();
    let before = succeeds(&shop, &["run", "status"]);
    let count = || succeeds(&shop, &["audit", "verify"])["entries"].as_u64().unwrap();
    let entries = count();
    assert_eq!(refused(&shop, &["lot", "import", lot]), ("usage.operator".into(), 2));
    assert_eq!(refused(&shop, &["--operator", "carla", "lot", "import", lot]), ("request.role".into(), 2));
    let generate = ["keys", "generate", "dv", "--custodian", "anna", "--custodian", "bruno"];
    let alone = [&["--operator", "anna"], &generate[..]].concat();
    assert_eq!(refused(&shop, &alone), ("request.second-missing".into(), 2));
    let with_carla = [&["--operator", "anna", "--second", "carla"], &generate[..]].concat();
    assert_eq!(refused(&shop, &with_carla), ("request.role".into(), 2));
    assert_eq!(succeeds(&shop, &["run", "status"]), before);
    assert!(!shop.home().join("keys/dv.key").exists());
    assert_eq!(count(), entries + 3, "each refusal is traced once");
    let carlas = last_entries(&shop, "carla");
    assert!(carlas.last().unwrap().to_string().contains("request.role"), "{carlas:?}");

    succeeds(&shop, &["--operator", "anna", "operators", "enrol", "dora", "--role", "office", "--second", "bruno"]);
    assert_eq!(refused(&shop, &["--operator", "dora", "lot", "import", lot]), ("request.role".into(), 2));
    let retire = ["--operator", "anna", "operators", "retire", "dora", "--reason", "left"];
    succeeds(&shop, &retire);
    assert_eq!(refused(&shop, &retire), ("operator.unknown".into(), 2));
    let bruno = ["--operator", "anna", "operators", "retire", "bruno", "--reason", "left"];
    assert_eq!(refused(&shop, &bruno), ("operator.last-officers".into(), 2));
    let shown = succeeds(&shop, &["operators", "show", "dora"]);
    assert_eq!(shown["roles"], serde_json::json!(["office"]));
    assert!(shown["retired_at"].is_string());
    succeeds(&shop, &["audit", "verify"]);
}

/// The second person signs a file, and sees what for; any other command than the one that was signed is refused.
#[test]
fn a_second_person_elsewhere_signs_a_file() {
    let shop = Workshop::with_home("pse-rf-bac");
    let path = |name: &str| shop.path().join(name).to_str().unwrap().to_owned();
    let (waits, signed) = (path("waits"), path("signed"));
    let make = |role: &'static str| ["keys", "generate", role, "--custodian", "anna", "--custodian", "bruno"];
    let ask = [&["--operator", "anna", "--request-out", &waits], &make("dv")[..]].concat();
    assert_eq!(refused(&shop, &ask), ("usage.request-waits".into(), 7));
    assert_eq!(fs::metadata(&waits).unwrap().permissions().mode() & 0o777, 0o600);
    let alone = [&["--operator", "anna", "--signed-request", &waits], &make("dv")[..]].concat();
    assert_eq!(refused(&shop, &alone), ("request.second-missing".into(), 2));

    let told = succeeds(&shop, &["--operator", "bruno", "operators", "countersign", &waits, "--out", &signed]);
    assert_eq!(
        (told["act"].as_str(), told["arguments"]["custodians"][1].as_str()),
        (Some("keys.generate"), Some("bruno"))
    );
    let other = [&["--operator", "anna", "--signed-request", &signed], &make("cvca")[..]].concat();
    assert_eq!(refused(&shop, &other), ("request.other-subject".into(), 2));
    let more = ["keys", "generate", "dv", "--custodian", "anna", "--custodian", "carla"];
    let more = [&["--operator", "anna", "--signed-request", &signed], &more[..]].concat();
    assert_eq!(refused(&shop, &more), ("request.other-arguments".into(), 2));

    // Arguments that are shown otherwise than they were signed.
    let text = fs::read_to_string(&waits).unwrap();
    fs::write(path("forged"), text.replacen("bruno", "nobody", 1)).unwrap();
    let forged = path("forged");
    let shown =
        ["--operator", "bruno", "operators", "countersign", &forged, "--out", &path("x")].map(ToOwned::to_owned);
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    assert_eq!(refused(&shop, &shown), ("request.form".into(), 3));

    let right = [&["--operator", "anna", "--signed-request", &signed], &make("dv")[..]].concat();
    succeeds(&shop, &right);
    assert_eq!(refused(&shop, &right), ("request.replayed".into(), 2));
}

/// Every signature of every request of the trace, by OpenSSL, under the keys of the operators.
#[test]
fn openssl_verifies_the_requests_of_the_trace() {
    let shop = Workshop::with_home("pse-rf-bac");
    shop.succeed(&["lot", "import", demo_lot().to_str().unwrap()]);
    let out = shop.path().join("trace");
    succeeds(&shop, &["audit", "export", "--out", out.to_str().unwrap()]);
    let requests = fs::read_to_string(out.join("requests.jsonl")).unwrap();
    let mut verified = 0;
    for line in requests.lines() {
        let signed = octets_of(&serde_json::from_str(line).unwrap());
        let signed = SignedRequest::decode(&signed).unwrap();
        for (name, signature) in signed.signatures() {
            let shown = succeeds(&shop, &["operators", "show", name.as_str()]);
            let key = OperatorKey::parse(shown["key"].as_str().unwrap()).unwrap();
            let at = TempDir::new().unwrap();
            let spki = key.public_key().to_spki_der(EcParameters::Named).unwrap();
            fs::write(at.path().join("key"), spki).unwrap();
            fs::write(at.path().join("signature"), signature).unwrap();
            let verify = |message: &[u8]| {
                fs::write(at.path().join("message"), message).unwrap();
                let arguments =
                    ["dgst", "-sha256", "-keyform", "DER", "-verify", "key", "-signature", "signature", "message"];
                Command::new("openssl").args(arguments).current_dir(at.path()).output().unwrap().status.success()
            };
            let mut message = signed.request().message();
            assert!(verify(&message));
            message[30] ^= 1;
            assert!(!verify(&message), "a tampered request is refused");
            verified += 1;
        }
    }
    assert!(verified >= 3, "{requests}");
}

/// The octets of a request as the export has them, whatever it wraps them in.
fn octets_of(line: &Value) -> Vec<u8> {
    match line.get("signed") {
        Some(Value::String(text)) => text.as_bytes().to_vec(),
        _ => sigillo_issuance::canonical::canonical(line).unwrap(),
    }
}

/// In production: two officers with cards of their own enrol each other; the home's token holds no key of theirs.
#[test]
fn officers_have_cards_of_their_own() {
    let bench = Cards::new();
    let anna = format!("--operator anna --operator-module {MODULE} --operator-token ANNA");
    let bruno = format!("--second bruno --second-module {MODULE} --second-token BRUNO");
    let home = "--secret-fd pin=4 --secret-fd operator-pin=5 --secret-fd second-pin=6 4<pin 5<pin-anna 6<pin-bruno";
    bench.ends(&format!("init --production --profile pse-rf --pkcs11 {MODULE} --token line {home}"), 0);
    let found = "operators found anna=security-officer,line bruno=security-officer";
    bench.ends(&format!("{anna} {bruno} {found} {home}"), 0);
    let generate = "keys generate csca --custodian anna --custodian bruno";
    let refused = bench.ends(&format!("{anna} {generate} {home}"), 2);
    assert_eq!(refused["code"], "request.second-missing");
    bench.ends(&format!("{anna} {bruno} {generate} {home}"), 0);
    let wrong = bench.ends(&format!("{} {bruno} {generate} {home}", anna.replace("ANNA", "NOBODY")), 6);
    assert_eq!(wrong["code"], "keystore.token-unknown");
    let keys = bench.ends(&format!("keys list {home}"), 0).to_string();
    assert!(keys.contains("csca/1") && !keys.contains("operator/"), "{keys}");
    assert_eq!(
        bench.ends("audit verify --secret-fd pin=4 4<pin", 0)["entries"].as_u64().map(|count| count > 4),
        Some(true)
    );
}

/// A folder with three tokens: of the line, of anna, of bruno.
struct Cards(TempDir);

impl Cards {
    fn new() -> Self {
        let bench = Self(TempDir::new().unwrap());
        fs::create_dir(bench.path("tokens")).unwrap();
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            bench.path("tokens").display()
        );
        fs::write(bench.path("softhsm2.conf"), text).unwrap();
        for (token, pin) in [("line", "pin"), ("ANNA", "pin-anna"), ("BRUNO", "pin-bruno")] {
            fs::write(bench.path(pin), format!("4711-{pin}\n")).unwrap();
            let secret = format!("4711-{pin}");
            let init = ["--init-token", "--free", "--label", token, "--so-pin", "so-pin-of-the-test", "--pin", &secret];
            bench.tool("softhsm2-util", &init);
            if token != "line" {
                let label = format!("operator/{}", token.to_lowercase());
                let login = ["--module", MODULE, "--token-label", token, "--login", "--pin", &secret];
                let make = ["--keypairgen", "--key-type", "EC:prime256v1", "--label", &label, "--id", "01"];
                bench.tool("pkcs11-tool", &[&login[..], &make[..]].concat());
            }
        }
        bench
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn tool(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(program);
        let done = command.env("SOFTHSM2_CONF", self.path("softhsm2.conf")).args(arguments).output();
        let done = done.expect("scripts/setup installs softhsm2 and opensc");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// What the program prints, as a shell reads its arguments and redirections.
    fn ends(&self, more: &str, exit: i32) -> Value {
        let program = Path::new(env!("CARGO_BIN_EXE_sigillo")).display();
        let line = format!("exec {program} --json --home real --now {} {more}", workshop::NOW);
        let mut command = Command::new("sh");
        command.current_dir(self.0.path()).env("SOFTHSM2_CONF", self.path("softhsm2.conf")).args(["-c", &line]);
        let done = command.output().unwrap();
        let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
        assert_eq!(done.status.code(), Some(exit), "{more}: {out}{err}");
        let text = if out.is_empty() { err } else { out };
        serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap_or(Value::Null)
    }
}
