//! The printer's program as a desk runs it: started for a letter and for nothing else.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod counter;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use counter::{Office, Open, code, template};
use sigillo_codes::{CodePolicy, CodesState};
use sigillo_crypto::SeededEntropy;
use sigillo_envelope::Office as Letterhead;
use sigillo_office::{Addressee, LetterOutput, LetterRequest, OfficeError, PrinterPipe};
use sigillo_secret::SecretBytes;

const POLICY: CodePolicy = CodePolicy { pin_tries: 3, puk_tries: 10, can: true };
const SOON: Duration = Duration::from_secs(1);
const LONG: usize = 1 << 20;

/// An office with a permit that is valid, if it is to be.
fn office(is_active: bool) -> (tempfile::TempDir, Office, Open) {
    let folder = tempfile::tempdir().unwrap();
    let office = template().copy(&folder.path().join("office"));
    let mut open = office.open(1);
    let number = office.number();
    if is_active {
        office.with_own_card(|card| open.desk(|desk| desk.activate(&number, card))).unwrap();
    }
    (folder, office, open)
}

fn print(office: &Office, open: &mut Open, output: &mut dyn LetterOutput) -> Result<u32, OfficeError> {
    let addressee = Addressee { name: "Aïcha Diallo".to_owned(), name_in_mrz: "AICHA DIALLO".to_owned() };
    let letterhead = Letterhead {
        name: "Questura di Roma – Ufficio Immigrazione".to_owned(),
        address: vec!["Via Teofilo Patini 23".to_owned(), "00155 Roma RM".to_owned()],
        telephone: "+39 06 4686 1234".to_owned(),
    };
    let number = office.number();
    let request = LetterRequest {
        document_number: &number,
        reason: "activation",
        addressee: &addressee,
        office: &letterhead,
        policy: POLICY,
    };
    open.desk(|desk| desk.print_letter(&request, output))
}

/// A shell's command as a printer has it.
fn shell(script: &str) -> Vec<String> {
    ["sh", "-c", script].map(str::to_owned).to_vec()
}

/// More octets than a pipe holds, to a shell's command.
fn long_letter(script: &str, patience: Duration) -> Result<(), OfficeError> {
    let (command, mut entropy) = (shell(script), SeededEntropy::new([9; 32]));
    let now = jiff::civil::date(2026, 11, 3).at(9, 0, 0, 0);
    PrinterPipe::new(&command, patience).take(&SecretBytes::new(vec![b'%'; LONG]), now, &mut entropy)
}

/// Whether a process that wrote its number into a file still runs; one that is dead may wait for its parent.
fn runs(number: &Path) -> bool {
    let number = fs::read_to_string(number).unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", number.trim())).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|state| !state.is_empty() && !state.starts_with(" Z"))
}

/// A program that leaves a file when it is started, and keeps the letter.
fn keeper(folder: &Path) -> Vec<String> {
    shell(&format!("cd {} && : > started && cat > letter.pdf", folder.display()))
}

fn state(office: &Office, open: &Open) -> CodesState {
    open.store.codes_of(&office.number()).unwrap().pop().unwrap().state
}

#[test]
fn a_program_is_started_for_a_letter_alone() {
    let (folder, office, mut open) = office(false);
    let keeper = keeper(folder.path());
    let started = folder.path().join("started");
    let mut printer = PrinterPipe::new(&keeper, PrinterPipe::PATIENCE);
    assert_eq!(code(print(&office, &mut open, &mut printer)), "codes.permit-state");
    assert!(!started.exists());

    let number = office.number();
    office.with_own_card(|card| open.desk(|desk| desk.activate(&number, card))).unwrap();
    assert_eq!(print(&office, &mut open, &mut printer).unwrap(), 1);
    assert!(started.exists() && fs::read(folder.path().join("letter.pdf")).unwrap().starts_with(b"%PDF"));

    fs::remove_file(&started).unwrap();
    assert_eq!(code(print(&office, &mut open, &mut printer)), "codes.printed");
    assert!(!started.exists());
}

/// What can be seen before the codes are taken out is seen before: the permit keeps its letter.
#[test]
fn a_program_that_nobody_can_run_costs_nothing() {
    let (folder, office, mut open) = office(true);
    let plain = folder.path().join("plain");
    fs::write(&plain, "#!/bin/sh\n").unwrap();
    let plain = plain.to_str().unwrap();
    let here = folder.path().to_str().unwrap();
    let programs = [plain, here, "/no/such/printer", "no-such-printer-anywhere", ""];
    for command in programs.map(|program| vec![program.to_owned()]).iter().chain([&vec![]]) {
        let mut printer = PrinterPipe::new(command, PrinterPipe::PATIENCE);
        assert_eq!(code(print(&office, &mut open, &mut printer)), "office.printer", "{command:?}");
        assert_eq!(state(&office, &open), CodesState::Set, "{command:?}");
    }
}

/// A program that is found and does not start, for want of its interpreter: the codes were taken out, and no letter is there.
#[test]
fn a_program_that_does_not_start_leaves_the_permit_due() {
    let (folder, office, mut open) = office(true);
    let script = folder.path().join("script");
    fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
    let command = [script.to_str().unwrap().to_owned()];
    let mut printer = PrinterPipe::new(&command, PrinterPipe::PATIENCE);
    assert_eq!(code(print(&office, &mut open, &mut printer)), "office.printer");
    assert_eq!(state(&office, &open), CodesState::Lost);
    assert_eq!(open.store.codes_due_for_reissue().unwrap().len(), 1);
}

/// As after a crash: the codes are taken out, nobody says that they are lost, and the permit is due.
#[test]
fn a_program_that_does_not_end_leaves_the_letter_in_doubt() {
    let (folder, office, mut open) = office(true);
    let command = shell(&format!("cd {} && sleep 600 & echo $! > {0}/number; wait", folder.path().display()));
    let start = Instant::now();
    assert_eq!(code(print(&office, &mut open, &mut PrinterPipe::new(&command, SOON))), "office.printer-time-out");
    assert!(start.elapsed() >= SOON && start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    assert_eq!(state(&office, &open), CodesState::Consumed);
    let due = open.store.codes_due_for_reissue().unwrap();
    assert_eq!(due.iter().map(|row| row.state).collect::<Vec<_>>(), [CodesState::Consumed]);
    let mut printer = PrinterPipe::new(&command, SOON);
    assert_eq!(code(print(&office, &mut open, &mut printer)), "codes.consumed");
    // Nothing was printed here, but the desk believes who says so.
    let number = office.number();
    open.desk(|desk| desk.letter_came_out(&number, 1, "in-the-tray")).unwrap();
    assert_eq!(state(&office, &open), CodesState::Printed);
    assert_eq!(code(open.desk(|desk| desk.letter_came_out(&number, 1, "in-the-tray"))), "codes.printed");
    open.store.verify_trace(None).unwrap();
    // What the program started is ended with it.
    while runs(&folder.path().join("number")) {
        assert!(start.elapsed() < Duration::from_secs(60), "a program of the printer outlives it");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_program_that_does_not_read_is_ended_too() {
    let start = Instant::now();
    assert_eq!(code(long_letter("exec sleep 600", SOON)), "office.printer-time-out");
    // It ended, and one that holds its input and reads nothing did not.
    assert_eq!(code(long_letter("exec 3<&0; sleep 600 <&3 & exit 0", SOON)), "office.printer-time-out");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

/// Time runs from the start to the end: a letter that is read late and slowly is still a letter.
#[test]
fn a_slow_program_gets_its_whole_letter() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter");
    let slow = format!("sleep 0.2; dd bs=4096 of={} 2>&1", file.display());
    long_letter(&slow, PrinterPipe::PATIENCE).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().len(), LONG as u64);
    let start = Instant::now();
    for leaves in ["exec head -c 10", "exec true", "exec cat <&-"] {
        assert_eq!(code(long_letter(leaves, PrinterPipe::PATIENCE)), "office.printer", "{leaves}");
    }
    assert_eq!(code(long_letter("cat; exit 3", PrinterPipe::PATIENCE)), "office.printer");
    // Another program that the first one left the letter to.
    let left = format!("exec 3<&0; dd bs=4096 of={}.left <&3 & exit 0", file.display());
    long_letter(&left, PrinterPipe::PATIENCE).unwrap();
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
