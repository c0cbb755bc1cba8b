//! A printing machine of the matrix: this program, in the line's place for it. It prints into a folder, and can end the line that
//! called it, just before it prints or just after.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use base64ct::{Base64, Encoding};
use rustix::process::{Signal, getppid, kill_process};
use serde_json::{Value, json};
use sigillo_crypto::sha256;

/// Where `sigillo.toml` names it.
pub(crate) const ARGUMENT: &str = "--machine";
/// A line a print: document number and job.
pub(crate) const LOG: &str = "printed/log";
/// The print at which it ends the line, and whether the card is printed then: `2 after`.
pub(crate) const STRIKE: &str = "printed/strike";

/// One request and its answer, in the folder of a home.
pub(crate) fn run() {
    let request: Value = serde_json::from_reader(io::stdin()).unwrap();
    let job = request["job"].as_str().unwrap();
    let memory = Path::new("printed").join(job);
    if request["request"] == "print" && !memory.exists() {
        strike("before");
        let (card, printed) = (&request["card"], fs::read_to_string(LOG).unwrap_or_default());
        let digest = |image: &Value| {
            image["base64"].as_str().map(|text| hex::encode(sha256(&Base64::decode_vec(text).unwrap())))
        };
        let answer = json!({
            "v": 1, "job": job, "printed": true, "document_number": card["document_number"], "mrz": card["mrz"],
            "portrait_sha256": digest(&card["portrait"]), "signature_sha256": digest(&card["signature"]),
        });
        let number = card["document_number"].as_str().unwrap();
        // The machine's own death is not what is tried here.
        fs::write(LOG, format!("{printed}{number} {job} {}\n", card["can"].as_str().unwrap())).unwrap();
        fs::write(&memory, answer.to_string()).unwrap();
        strike("after");
    }
    let answer =
        fs::read_to_string(memory).unwrap_or_else(|_| json!({ "v": 1, "job": job, "printed": false }).to_string());
    // Nobody may be left to hear it.
    let _ = io::stdout().write_all(answer.as_bytes());
}

fn strike(moment: &str) {
    let count = fs::read_to_string(LOG).map_or(0, |log| log.lines().count()) + usize::from(moment == "before");
    if fs::read_to_string(STRIKE).is_ok_and(|wanted| wanted == format!("{count} {moment}")) {
        fs::remove_file(STRIKE).unwrap();
        kill_process(getppid().unwrap(), Signal::KILL).unwrap();
    }
}
