//! The command line: arguments → requests → library → text or JSON. It decides nothing itself.
#![forbid(unsafe_code)]

mod args;
mod ask;
mod commands;
mod context;
mod failure;
mod secrets;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, LogLevel};
use crate::context::Context;
use crate::failure::Failure;

/// Virtual chips of this program have no faults but those of their users.
const _: () =
    assert!(!sigillo_vchip::CAN_BE_FAULTY, "the feature `faults` of sigillo-vchip is for tests of tests alone");

fn main() -> ExitCode {
    let Cli { command, global } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse_arguments(&error),
    };
    start_log(global.log);
    let context = Context { global };
    match commands::run(&context, command) {
        Ok(code) => code,
        Err(failure) => {
            print_failure(context.global.json, &failure);
            ExitCode::from(failure.exit)
        }
    }
}

/// Help and version are answers; anything else is a refusal like every other, with a code and the next step.
fn refuse_arguments(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // A reader that closed the pipe has seen what it wanted.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    let failure = Failure::usage("usage.arguments", text.strip_prefix("error: ").unwrap_or(&text).trim_end());
    print_failure(std::env::args_os().any(|argument| argument == "--json"), &failure);
    ExitCode::from(failure.exit)
}

fn print_failure(json: bool, failure: &Failure) {
    let mut err = std::io::stderr().lock();
    // Nobody is left to be told when standard error is closed.
    let _ = if json {
        writeln!(err, "{}", failure.json())
    } else {
        let faults: String = failure
            .faults
            .iter()
            .map(|fault| {
                let text = |name: &str| fault.get(name).and_then(serde_json::Value::as_str).unwrap_or("");
                let field = if text("field").is_empty() { "the line" } else { text("field") };
                format!("  line {}: {field}: {}\n    {}\n", fault["line"], text("code"), text("advice"))
            })
            .collect();
        write!(err, "{faults}error: {} ({})\nnext: {}\n", failure.message, failure.code, failure.advice)
    };
}

fn start_log(level: LogLevel) {
    let filter = match level {
        LogLevel::Off => tracing_subscriber::filter::LevelFilter::OFF,
        LogLevel::Error => tracing_subscriber::filter::LevelFilter::ERROR,
        LogLevel::Warn => tracing_subscriber::filter::LevelFilter::WARN,
        LogLevel::Info => tracing_subscriber::filter::LevelFilter::INFO,
        LogLevel::Debug => tracing_subscriber::filter::LevelFilter::DEBUG,
        LogLevel::Trace => tracing_subscriber::filter::LevelFilter::TRACE,
    };
    tracing_subscriber::fmt().with_max_level(filter).with_writer(std::io::stderr).init();
}
