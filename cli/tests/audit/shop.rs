//! A home with two released records, a checkpoint behind them, and a lot that nobody formed yet.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::workshop::{Workshop, repository};

/// Lines of the demo's lot: one with two fingers, one without; and one with two fingers that waits.
pub(crate) const FORMED: [usize; 2] = [1, 12];
pub(crate) const WAITING: [usize; 1] = [2];

/// The home.
pub(crate) fn make() -> Workshop {
    let shop = Workshop::with_home("pse-rf-bac");
    shop.form(&lot(&shop, "formed", &FORMED), 4);
    shop
}

/// Imports the lot of the released records, and forms nothing.
pub(crate) fn import_formed(shop: &Workshop) {
    shop.succeed(&["lot", "import", text(&lot(shop, "formed", &FORMED))]);
}

/// Imports the lot that nobody forms.
pub(crate) fn import_waiting(shop: &Workshop) {
    shop.succeed(&["lot", "import", text(&lot(shop, "waiting", &WAITING))]);
}

fn lot(shop: &Workshop, name: &str, lines: &[usize]) -> PathBuf {
    let folder = shop.path().join("lots");
    copy_folder(&repository("demo/images"), &folder.join("images"));
    let demo = fs::read_to_string(repository("demo/lot.jsonl")).unwrap();
    let chosen: Vec<&str> =
        demo.lines().enumerate().filter(|(at, _)| lines.contains(&(at + 1))).map(|(_, line)| line).collect();
    let path = folder.join(format!("{name}.jsonl"));
    fs::write(&path, chosen.join("\n") + "\n").unwrap();
    path
}

/// Fifty days after everything, two security officers at the keyboard.
pub(crate) fn later(shop: &Workshop, arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigillo"));
    command.args(["--json", "--home", text(&shop.home()), "--now", "2026-12-22T09:00:00Z"]);
    let output = command.args(["--operator", "anna", "--second", "bruno"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "sigillo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs the Python of the repository.
pub(crate) fn python(script: &str, arguments: &[&str]) -> (i32, Value) {
    let mut command = Command::new(repository("target/venv/bin/python"));
    let output = command.arg(repository(script)).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let value = serde_json::from_str(&said);
    let value = value.unwrap_or_else(|_| panic!("{script}: {said}{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), value)
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
