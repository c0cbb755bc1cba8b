//! The crash matrix of the letter: printing it and setting new codes are broken at a point, by a real SIGKILL of a process of their
//! own or by a power cut of the chip; then a clerk goes on as the manual says, and tray, register, trace and chip must agree.
//!
//! ```text
//! cargo test -p sigillo-office --test letters_matrix               every commit, every point of the order, a part of the others
//! cargo test -p sigillo-office --test letters_matrix -- --every    every point
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a test program with a report")]

mod counter;
#[path = "matrix/points.rs"]
mod points;
mod tray;

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use counter::{Office, Open};
use points::{Counted, Points, Strike};
use sigillo_codes::{CodePolicy, CodesState, Pin};
use sigillo_crypto::SeededEntropy;
use sigillo_inspect::Request;
use sigillo_inspect::services::{Order, OrderName, OrderResult, ServiceRequest, ServiceSession};
use sigillo_office::{Addressee, LetterRequest, OfficeError};
use sigillo_reader::{Card, VirtualCard, drive};
use sigillo_secret::SecretBytes;
use tray::Tray;

const POLICY: CodePolicy = CodePolicy { pin_tries: 3, puk_tries: 10, can: true };
const SET_CODES: u8 = 0x24;

/// What is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Work {
    /// The first letter of a valid permit.
    Letter,
    /// New codes for one whose letter was printed.
    Reissue,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let holds = match arguments.as_slice() {
        ["--child", root, work, point] => {
            let points = Points::new(Strike::Kill(point.parse().unwrap()));
            Work::named(work).carry_out(&Office((*Path::new(root)).to_owned()), &points).is_ok()
        }
        ["--every"] => run(1),
        // A filter of `cargo test` that means other tests.
        [filter] if !filter.starts_with('-') && !"letters_matrix".contains(filter) => true,
        _ => run(16),
    };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One point of one work.
struct Trial {
    work: Work,
    name: String,
    strike: Strike,
}

fn run(part: usize) -> bool {
    let start = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let template = Office::make(&folder.path().join("template"));
    activate(&template);
    let prepared = Work::ALL.map(|work| {
        let office = template.copy(&folder.path().join(work.name()));
        work.prepare(&office);
        office
    });
    let mut trials = Vec::new();
    for (work, office) in Work::ALL.into_iter().zip(&prepared) {
        trials.extend(count(work, &office.copy(&folder.path().join(format!("{}-unbroken", work.name()))), part));
    }
    let (faults, next, found) = (Mutex::new(Vec::new()), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(trial) = trials.get(number) else { return };
                    let office = prepared[trial.work as usize].copy(&folder.path().join(number.to_string()));
                    let violated = try_point(&office, trial, &found);
                    std::fs::remove_dir_all(&office.0).unwrap();
                    let named = |fault| format!("{:?} {} ({:?}): {fault}", trial.work, trial.name, trial.strike);
                    faults.lock().unwrap().extend(violated.into_iter().map(named));
                }
            });
        }
    });
    let mut faults = faults.into_inner().unwrap();
    let found = found.into_inner();
    if found == 0 {
        faults.push("no letter in doubt was found in the tray".to_owned());
    }
    println!("{} points tried; {found} letters found; {} faults; {:.0?}", trials.len(), faults.len(), start.elapsed());
    faults.iter().for_each(|fault| println!("FAULT {fault}"));
    faults.is_empty() && !trials.is_empty()
}

/// The unbroken work, which must hold by itself, and a trial for each of its points.
fn count(work: Work, office: &Office, part: usize) -> Vec<Trial> {
    let points = Points::new(Strike::Never);
    work.carry_out(office, &points).unwrap();
    let order = format!("apdu {SET_CODES:02X}");
    let mut trials = Vec::new();
    for (point, name) in (1_usize..).zip(points.passed()) {
        if !name.starts_with("apdu") || name.starts_with(&order) || point.is_multiple_of(part) {
            trials.push(Trial { work, name, strike: Strike::Kill(point) });
        }
    }
    for (point, instruction) in (1..).zip(points.cuts()) {
        if instruction == SET_CODES || (point as usize).is_multiple_of(part) {
            let name = format!("cut in {instruction:02X}");
            trials.push(Trial { work, name: name.clone(), strike: Strike::CutForGood(point) });
            trials.push(Trial { work, name, strike: Strike::CutOnce(point) });
        }
    }
    println!(
        "{work:?}: {} points and {} cut points, {} tried",
        points.passed().len(),
        points.cuts().len(),
        trials.len()
    );
    trials
}

fn try_point(office: &Office, trial: &Trial, found: &AtomicUsize) -> Vec<String> {
    let mut looks = false;
    match trial.strike {
        Strike::Kill(point) => {
            // One of two neighbours: of the letters that lie in the tray some are found, and others are replaced.
            looks = point.is_multiple_of(2);
            let child = Command::new(std::env::current_exe().unwrap())
                .args(["--child", office.0.to_str().unwrap(), trial.work.name(), &point.to_string()])
                .output()
                .unwrap();
            if child.status.signal() != Some(9) {
                return vec![format!("the process was not killed: {child:?}")];
            }
        }
        strike => {
            // Whatever the work says: what counts is what it left.
            let _ = trial.work.carry_out(office, &Points::new(strike));
        }
    }
    violated(office, looks.then_some(found))
}

impl Work {
    const ALL: [Self; 2] = [Self::Letter, Self::Reissue];

    const fn name(self) -> &'static str {
        match self {
            Self::Letter => "letter",
            Self::Reissue => "reissue",
        }
    }

    fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|work| work.name() == name).unwrap()
    }

    fn prepare(self, office: &Office) {
        Tray::make(office);
        if self == Self::Reissue {
            Self::Letter.carry_out(office, &Points::new(Strike::Never)).unwrap();
        }
    }

    fn carry_out(self, office: &Office, points: &Points) -> Result<(), OfficeError> {
        let mut open = office.open(0xA1);
        points.watch(&mut open.store);
        match self {
            Self::Letter => print(office, &mut open, points),
            Self::Reissue => {
                reissue(office, &mut open, points)?;
                print(office, &mut open, points)
            }
        }
    }
}

/// Everything that does not hold after the strike, and after a clerk went on; in words. A clerk who looks for a letter in doubt says
/// so if it is there.
fn violated(office: &Office, finds: Option<&AtomicUsize>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut holds = |holds: bool, what: String| {
        if !holds {
            faults.push(what);
        }
    };
    let mut open = office.open(0xB2);
    let never = Points::new(Strike::Never);
    let number = office.number();
    let newest = open.store.codes_of(&number).unwrap().pop().unwrap();
    let (mut due, waits) = (open.store.codes_due_for_reissue().unwrap(), open.store.codes_to_print().unwrap());
    let mut is_printed = newest.state == CodesState::Printed;
    let places = due.len() + waits.len() + usize::from(is_printed);
    holds(places == 1, format!("the newest codes are in {places} places: {newest:?}"));
    // As the manual tells the clerk: end what is open, make new codes if they are due, print what waits.
    if let Err(error) = office.with_own_card(|card| open.desk(|desk| desk.resume(&number, Some(card)))) {
        holds(false, format!("the resume: {} {error}", error.code()));
    }
    // Each set before this one has its letter there.
    let is_there = newest.state == CodesState::Consumed && Tray::letters(office).len() == newest.generation as usize;
    if let (Some(found), true) = (finds, is_there) {
        if let Err(error) = open.desk(|desk| desk.letter_came_out(&number, newest.generation, "in-the-tray")) {
            holds(false, format!("the letter that was found: {} {error}", error.code()));
        }
        found.fetch_add(1, Ordering::Relaxed);
        (due, is_printed) = (open.store.codes_due_for_reissue().unwrap(), true);
        holds(due.is_empty(), format!("due after its letter was found: {due:?}"));
    }
    if !due.is_empty()
        && let Err(error) = reissue(office, &mut open, &never)
    {
        holds(false, format!("new codes: {} {error}", error.code()));
    }
    if !is_printed && let Err(error) = print(office, &mut open, &never) {
        holds(false, format!("the letter: {} {error}", error.code()));
    }
    let again = print(office, &mut open, &never);
    holds(
        again.as_ref().is_err_and(|error| error.code() == "codes.printed"),
        format!("a second letter is not refused: {again:?}"),
    );
    let acts = open.store.all_open_intents().unwrap();
    holds(acts.is_empty(), format!("open after all: {acts:?}"));
    let letters = Tray::letters(office);
    let mut different = letters.clone();
    different.sort();
    different.dedup();
    holds(different.len() == letters.len(), "two letters hold the same codes".to_owned());
    let rows = open.store.codes_of(&number).unwrap();
    let printed = rows.iter().filter(|row| row.state == CodesState::Printed).count();
    holds(printed <= letters.len(), format!("{printed} letters by the register, {} in the tray", letters.len()));
    if rows.len() > 1 {
        let pin = letters.last().map_or_else(Vec::new, |letter| letter[..Pin::DIGITS].to_vec());
        let tried = try_pin(office, pin);
        holds(tried == Some(OrderResult::Done), format!("the PIN of the last letter on the chip: {tried:?}"));
    }
    let trace = open.store.verify_trace(None);
    holds(trace.is_ok(), format!("the trace: {trace:?}"));
    faults
}

fn activate(office: &Office) {
    let number = office.number();
    office.with_own_card(|card| office.open(0xA0).desk(|desk| desk.activate(&number, card))).unwrap();
}

fn print(office: &Office, open: &mut Open, points: &Points) -> Result<(), OfficeError> {
    let addressee = Addressee { name: "Aïcha Diallo".to_owned(), name_in_mrz: "AICHA DIALLO".to_owned() };
    let letterhead = tray::letterhead();
    let number = office.number();
    let request = LetterRequest {
        document_number: &number,
        reason: "matrix",
        addressee: &addressee,
        office: &letterhead,
        policy: POLICY,
    };
    open.desk(|desk| desk.print_letter(&request, &mut Tray::of(office, points))).map(drop)
}

fn reissue(office: &Office, open: &mut Open, points: &Points) -> Result<(), OfficeError> {
    let card = VirtualCard::open(&office.image()).unwrap().with_entropy(SeededEntropy::new([0xC5; 32]));
    let number = office.number();
    office.with_card(&mut Counted { card, points: points.clone() }, |card| {
        open.desk(|desk| desk.reissue_codes(&number, POLICY, card)).map(drop)
    })
}

/// One try with a PIN, as the holder's terminal does it.
fn try_pin(office: &Office, pin: Vec<u8>) -> Option<OrderResult> {
    let mut card = VirtualCard::open(&office.image()).unwrap().with_entropy(SeededEntropy::new([0xC6; 32]));
    card.reset().unwrap();
    let pin = Pin::parse(SecretBytes::new(pin)).ok()?;
    let request = ServiceRequest::of_holder(Request::with_mrz(office.mrz()), &counter::APPLICATION);
    let mut entropy = SeededEntropy::new([0xC7; 32]);
    let mut session = ServiceSession::new(request.order(Order::VerifyPin(pin)), &mut entropy);
    drive(&mut card, &mut session).ok()?;
    session.outcome().result(OrderName::VerifyPin)
}
