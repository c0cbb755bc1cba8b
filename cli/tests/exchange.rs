//! The exchange with partners as the manual tells it: its commands are run as they stand, OpenSSL is the partner.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use base64ct::{Base64, Encoding};
use serde_json::Value;
use tempfile::TempDir;

/// A folder with the home `line`, a lot of two records, and everything that the manual's commands leave there.
struct Desk {
    folder: TempDir,
}

#[test]
fn the_manuals_commands_bring_a_lot_in_and_its_results_out() {
    let desk = Desk::new();
    let manual = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/manual/exchange.md")).unwrap();
    let mut commands = 0;
    for command in manual.split("```sh\n").skip(1).flat_map(|block| block.split("```").next().unwrap().lines()) {
        let done = desk.shell(command);
        assert!(done.status.success(), "{command}\n{}", String::from_utf8_lossy(&done.stderr));
        commands += 1;
        if command.ends_with("exchange receive ssce-000001.p7m") {
            desk.form();
        }
    }
    assert!(commands > 20, "{commands} commands");
    desk.judge_report();
    desk.judge_refusals();
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::create_dir(path.join("bin")).unwrap();
        fs::create_dir(path.join("outgoing")).unwrap();
        symlink(env!("CARGO_BIN_EXE_sigillo"), path.join("bin/sigillo")).unwrap();
        fs::write(path.join("lot.jsonl"), lot()).unwrap();
        let desk = Self { folder };
        desk.succeed("sigillo --home line init --test-keys --profile pse-rf-bac");
        desk
    }

    fn shell(&self, command: &str) -> Output {
        let path = format!("{}:{}", self.path().join("bin").display(), std::env::var("PATH").unwrap());
        Command::new("sh").args(["-c", command]).env("PATH", path).current_dir(self.path()).output().unwrap()
    }

    fn succeed(&self, command: &str) -> Value {
        let done = self.shell(command);
        assert!(done.status.success(), "{command}\n{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap_or(Value::Null)
    }

    /// The exit status and the code of a command that must be refused.
    fn refuse(&self, command: &str) -> (i32, String) {
        let done = self.shell(command);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        let error: Value = serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap_or_default();
        (done.status.code().unwrap(), error["code"].as_str().unwrap_or(&said).to_owned())
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Forms the lot on virtual chips, so that there is something to tell.
    fn form(&self) {
        self.succeed("sigillo --home line --json --operator anna chip make --batch B --count 2");
        self.succeed("sigillo --home line --json --operator anna chip init --batch B --virtual 2");
        self.succeed("sigillo --home line --json --operator anna run start --lot 1 --virtual 2");
    }

    /// The report that OpenSSL opened: one acknowledgement a record, one event a permit, in the partner's own numbers.
    fn judge_report(&self) {
        let report = fs::read_to_string(self.path().join("report")).unwrap();
        let lines: Vec<Value> = report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            (&lines[0]["from"], &lines[0]["to"], &lines[0]["number"]),
            (&"line".into(), &"ssce".into(), &1.into())
        );
        let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();
        let sent = fs::read(self.path().join("content-1")).unwrap();
        for (line, acknowledgement) in (1..).zip(of("acknowledgement")) {
            assert_eq!((acknowledgement["lot"].as_u64(), acknowledgement["line"].as_u64()), (Some(1), Some(line)));
            assert_eq!(acknowledgement["lot_digest"], hex::encode(sigillo_crypto::sha256(&sent)));
        }
        assert_eq!((of("acknowledgement").len(), of("event").len()), (2, 2), "{report}");
        for event in of("event") {
            assert_eq!((event["event"].as_str(), event["state"].as_str()), (Some("formed"), Some("not_issued")));
            assert_eq!((event["lot"].as_u64(), event["n"].as_u64()), (Some(1), Some(1)));
        }
        for personal in ["surname", "ROSSI", "birth", "portrait", "codice"] {
            assert!(!report.contains(personal), "{personal} is told");
        }
    }

    fn judge_refusals(&self) {
        let receive =
            |file: &str| self.refuse(&format!("sigillo --home line --json --operator anna exchange receive {file}"));
        let refused = |code: &str| (3, code.to_owned());
        self.succeed("sigillo --home line --json --operator anna exchange receive ssce-000002.p7m");
        assert_eq!(receive("ssce-000001.p7m"), refused("exchange.repeated"));
        assert_eq!(receive("ssce-000002.p7m"), refused("exchange.repeated"));
        assert_eq!(receive("lot.jsonl").0, 3);
        let mut altered = fs::read(self.path().join("ssce-000002.p7m")).unwrap();
        *altered.last_mut().unwrap() ^= 1;
        fs::write(self.path().join("altered.p7m"), altered).unwrap();
        assert_eq!(receive("altered.p7m"), refused("seal.content-altered"));
        // What it says is right, and it is not for us.
        assert_eq!(receive("outgoing/line-ssce-000001.p7m"), refused("seal.not-recipient"));
        let status = self.succeed("sigillo --home line --json exchange status");
        let partner = &status["partners"][0];
        assert_eq!((partner["next_in"].as_u64(), partner["next_out"].as_u64()), (Some(3), Some(2)));
        assert_eq!((&partner["unacknowledged"], &partner["events_waiting"]), (&Value::Array(vec![]), &0.into()));
        let nothing = self.succeed("sigillo --home line --json --operator anna exchange send --to ssce --out outgoing");
        assert_eq!(nothing["messages"], Value::Array(vec![]));
        // A lost file is written again, byte for byte.
        let file = self.path().join("outgoing/line-ssce-000001.p7m");
        let first = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        self.succeed("sigillo --home line --json --operator anna exchange send --to ssce --out outgoing --again 1");
        assert_eq!(fs::read(&file).unwrap(), first);
        let unknown =
            self.refuse("sigillo --home line --json --operator anna exchange send --to nobody --out outgoing");
        assert_eq!(unknown, (2, "exchange.unknown-partner".to_owned()));
        // The refusals stand in the trace, which is whole.
        self.succeed("sigillo --home line --json audit verify");
    }
}

/// Two records of the demo, their images inside.
fn lot() -> String {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo");
    let text = fs::read_to_string(demo.join("lot.jsonl")).unwrap();
    let mut lot = String::new();
    for line in text.lines().filter(|line| line.contains("\"document_number\"")).take(2) {
        let mut record: Value = serde_json::from_str(line).unwrap();
        inside(&mut record, &demo);
        lot += &format!("{record}\n");
    }
    lot
}

/// Every image by path becomes one inside.
fn inside(value: &mut Value, folder: &Path) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(path)) = members.remove("path") {
                let image = fs::read(folder.join(path)).unwrap();
                members.insert("base64".to_owned(), Base64::encode_string(&image).into());
            }
            members.values_mut().for_each(|member| inside(member, folder));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| inside(item, folder)),
        _ => {}
    }
}
