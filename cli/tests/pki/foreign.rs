//! OpenSSL and OpenPACE: neither knows this program.

use std::path::Path;
use std::process::{Command, Output};

/// Runs a program in a folder.
pub(crate) fn run(at: &Path, program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).current_dir(at).output().expect("scripts/setup installs it")
}

/// What a program prints, all of it; it must succeed.
pub(crate) fn says(at: &Path, program: &str, arguments: &[&str]) -> String {
    let output = run(at, program, arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
    text
}

/// Whether OpenSSL accepts.
pub(crate) fn openssl(at: &Path, arguments: &[&str]) -> bool {
    run(at, "openssl", arguments).status.success()
}

/// What `cvc-print` says of a certificate whose issuers lie in the folder, by their references; its exit status says nothing.
pub(crate) fn cvc_verified(at: &Path, file: &str) -> bool {
    let text = says(at, "cvc-print", &[&format!("--cvc={file}"), "--cvc-dir=."]);
    text.lines().any(|line| line.trim() == "certificate verified")
}

/// What `cvc-print` says of a request.
pub(crate) fn cvc_request_verified(at: &Path, file: &str) -> bool {
    let text = says(at, "cvc-print", &[&format!("--csr={file}")]);
    text.lines().any(|line| line.trim() == "certificate request verified")
}
