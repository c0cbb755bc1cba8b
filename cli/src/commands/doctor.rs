use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};
use sigillo_reader::doctor::{Roots, Surroundings, Verdict, diagnose};

use crate::context::Context;
use crate::failure::READER;

/// The variable by which the PC/SC client library is told of another socket.
const SOCKET: &str = "PCSCLITE_CSOCK_NAME";

/// `sigillo doctor`.
pub(crate) fn doctor(context: &Context) -> ExitCode {
    let roots = Roots::of_this_machine(env::var_os(SOCKET).map(PathBuf::from));
    let findings = diagnose(&Surroundings::look(&roots, Duration::from_secs(10)));
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (doubtful, ill) = (count(Verdict::Doubtful), count(Verdict::Ill));
    let rows: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({ "check": finding.check, "verdict": finding.verdict.name(), "what": finding.what, "advice": finding.advice })
        })
        .collect();
    context.print(&json!({ "findings": rows, "doubtful": doubtful, "ill": ill }), || {
        let mut text = String::new();
        for finding in &findings {
            text += &format!("{:<9} {}\n", finding.verdict.name(), finding.what);
            if !finding.advice.is_empty() {
                text += &format!("          -> {}\n", finding.advice);
            }
        }
        text + &format!("{} looked at, {doubtful} doubtful, {ill} ill\n", findings.len())
    });
    if ill == 0 { ExitCode::SUCCESS } else { ExitCode::from(READER) }
}
