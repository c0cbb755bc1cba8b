//! Sealing by many hands: eight processes that are killed at random on one register, and a thousand seals of two workers whose
//! token is taken away and given back. What counts is what was signed, and not what anybody remembers.
//!
//! ```text
//! cargo test -p sigillo-line --test sealing                    both
//! cargo test -p sigillo-line --test sealing -- --soak SEED ROUNDS   the eight processes, with other seeds
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a test program with a report")]

#[path = "sealing/counted.rs"]
mod counted;
#[path = "sealing/hammer.rs"]
mod hammer;
#[path = "sealing/office.rs"]
mod office;
#[path = "sealing/thousand.rs"]
mod thousand;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--hand", root, number] => hammer::hand(Path::new(root), number.parse().unwrap()),
        ["--thousand", root] => thousand::seal(Path::new(root)),
        ["--soak", seed, rounds] => {
            let (seed, rounds): (u8, u8) = (seed.parse().unwrap(), rounds.parse().unwrap());
            (seed..seed.saturating_add(rounds)).for_each(hammer::run);
        }
        // A filter of `cargo test` that means other tests.
        [filter] if !filter.starts_with('-') && !"sealing".contains(filter) => {}
        _ => {
            hammer::run(1);
            thousand::run();
        }
    }
    ExitCode::SUCCESS
}
