//! The foreign programs: where they come from, and how each is built. Whatever is missing fails the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A program of `interop/c`, compiled and linked with one of Debian's libraries.
pub(crate) fn in_c(name: &str, libraries: &[&str]) -> PathBuf {
    let folder = repository("target/interop-c");
    fs::create_dir_all(&folder).unwrap();
    // Tests that start together compile beside each other; the last one to be done wins, and all are alike.
    let program = folder.join(name);
    let mine = folder.join(format!("{name}.{}.{:?}", std::process::id(), std::thread::current().id()));
    let compiled = Command::new("cc")
        .args(["-O1", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&mine)
        .arg(repository("interop/c").join(name).with_extension("c"))
        .args(libraries.iter().map(|library| format!("-l{library}")))
        .output()
        .expect("cc, which scripts/setup installs");
    assert!(compiled.status.success(), "{name}: {}", String::from_utf8_lossy(&compiled.stderr));
    fs::rename(&mine, &program).unwrap();
    program
}

/// A program of `interop/rust`, a workspace of its own; what is in cargo's cache already is not asked for again.
pub(crate) fn in_rust(name: &str) -> PathBuf {
    static TARGET: OnceLock<PathBuf> = OnceLock::new();
    let target = TARGET.get_or_init(|| {
        let target = repository("interop/rust/target");
        let build = |more: &[&str]| {
            let mut command = Command::new(env!("CARGO"));
            command
                .args(["build", "--quiet", "--locked", "--manifest-path"])
                .arg(repository("interop/rust/Cargo.toml"));
            command.arg("--target-dir").arg(&target).args(more).stdin(Stdio::null()).output().unwrap()
        };
        if !build(&["--offline"]).status.success() {
            let built = build(&[]);
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        }
        target
    });
    target.join("debug").join(name)
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
