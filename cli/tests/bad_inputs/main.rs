//! Bad inputs as a user can give them to the program: each is refused with a stable code, a sentence, a next step and the exit
//! code of decision D11, and leaves the whole home as it was.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod bench;
mod bytes;
mod files;
mod home;
mod records;
#[path = "../workshop/mod.rs"]
mod workshop;

use bench::Bench;

#[test]
fn every_bad_input_is_refused_and_changes_nothing() {
    let mut bench = Bench::new();
    records::refused(&mut bench);
    files::refused(&mut bench);
    home::refused(&mut bench);
    let Bench { inputs, codes, .. } = &bench;
    assert!(*inputs >= 40, "{inputs} inputs");
    assert!(codes.len() >= 30, "{} codes: {codes:?}", codes.len());
    println!("{inputs} bad inputs, {} codes: {}", codes.len(), codes.iter().cloned().collect::<Vec<_>>().join(" "));
}

#[test]
fn every_fault_of_every_line_is_reported_at_once() {
    records::reported_at_once(&mut Bench::new());
}

#[test]
fn what_no_command_reaches_is_refused_by_the_library() {
    bytes::refused();
}
