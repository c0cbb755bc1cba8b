//! The printer's program as a desk runs it: started for a letter and for nothing else.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod counter;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use counter::{Office, Open, code, template};
use sigillo_codes::{CodePolicy, CodesState};
use sigillo_envelope::Office as Letterhead;
use sigillo_office::{Addressee, LetterOutput, LetterRequest, OfficeError, PrinterPipe};

const POLICY: CodePolicy = CodePolicy { pin_tries: 3, puk_tries: 10, can: true };

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
    let mut printer = PrinterPipe::new(&keeper);
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
    for program in [plain, here, "/no/such/printer", "no-such-printer-anywhere", ""] {
        let command = [program.to_owned()];
        assert_eq!(code(print(&office, &mut open, &mut PrinterPipe::new(&command))), "office.printer", "{program}");
        assert_eq!(state(&office, &open), CodesState::Set, "{program}");
    }
    assert_eq!(code(print(&office, &mut open, &mut PrinterPipe::new(&[]))), "office.printer");
    assert_eq!(state(&office, &open), CodesState::Set);
}

/// A program that is found and does not start, for want of its interpreter: the codes were taken out, and no letter is there.
#[test]
fn a_program_that_does_not_start_leaves_the_permit_due() {
    let (folder, office, mut open) = office(true);
    let script = folder.path().join("script");
    fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
    let command = [script.to_str().unwrap().to_owned()];
    assert_eq!(code(print(&office, &mut open, &mut PrinterPipe::new(&command))), "office.printer");
    assert_eq!(state(&office, &open), CodesState::Lost);
    assert_eq!(open.store.codes_due_for_reissue().unwrap().len(), 1);
}
