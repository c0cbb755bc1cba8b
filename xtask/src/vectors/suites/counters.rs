//! PIN and PUK counted down and back: each command with the status word that its counter must give, inside one session of BAC.
//!
//! The small chip lets everybody inside BAC use and set the codes; what is compared is the counting, not the access rules.

use sigillo_vectors::{Folder, Group, NoteKind, SessionCase};

use super::story::{APPLICATION, K_IC, MF, MRZ_INFORMATION, RND_IC, Story};
use crate::vectors::maker::{Clause, Flag, Made, own, sessions};

const CLAUSES: [Clause; 3] = [
    ("iso-7816-4", "2020", "11.6.6, 11.6.7 and 11.6.10"),
    ("icao-9303-11", "8", "9.8"),
    ("sigillo-decisions", "0.1.0", "D2, D3, D6 and D11"),
];

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    let flags: [Flag; 3] = [
        ("Counted", NoteKind::Basic, "Wrong codes, right codes, and what each does to the counter."),
        ("Free", NoteKind::Malformed, "What is no try costs none: questions, and commands of another form."),
        ("Cut", NoteKind::Tearing, "The power fails at each point of a try: none is given back, none is lost twice."),
    ];
    let why =
        "the counters are this project's own (D6); the status words are written by hand from the standard's clauses";
    let mut cases = vec![last_try()?, exhausted()?, changed()?, set()?, free()?];
    for point in 1..=5 {
        cases.push(cut_right(point)?);
    }
    for point in 1..=3 {
        cases.push(cut_wrong(point)?);
        cases.push(cut_set(point)?);
    }
    let group = Group { source: own(), profile: Some("small-test-chip".to_owned()), cases };
    Ok(vec![sessions(folder, "chip/counters.json", (&CLAUSES, &flags), Some(why), vec![group])?])
}

const PIN: &str = "3331343135393236";
const OTHER: &str = "3237313832383138";
const PUK: &str = "3136313830333339";
const WRONG: &str = "3030303030303030";
const COUNTER: &str = "00200003";
const HOLDER: &str = "00A4040C05F000000001";

/// The small chip with an application of the holder's, locked, inside BAC; the holder's application is current.
fn opened() -> Made<Story> {
    let mut chip = Story::initialised()?;
    chip.send(MF, "9000", "the master file")?;
    chip.send(&format!("00DADF2309 03{PIN}"), "9000", "PUT DATA: the PIN, three tries")?;
    chip.send(&format!("00DADF2409 0A{PUK}"), "9000", "PUT DATA: the PUK, ten tries")?;
    chip.send(
        "00E0000027 6225 820138 83020200 8405F000000001 8A0103 AB12 840120 9E0142 840124 9E0142 84012C 9E0142",
        "9000",
        "CREATE FILE: the holder's application; VERIFY, CHANGE and RESET inside BAC",
    )?;
    let mut chip = chip.lock(&[RND_IC, K_IC])?;
    again(&mut chip)?;
    Ok(chip)
}

/// A new session.
fn again(chip: &mut Story) -> Made {
    chip.raw(APPLICATION, "9000", "the application")?;
    chip.bac(MRZ_INFORMATION)?;
    chip.send(HOLDER, "9000", "the holder's application")
}

fn verify(digits: &str) -> String {
    format!("0020000308{digits}")
}

fn change(old: &str, new: &str) -> String {
    format!("0024000310{old}{new}")
}

fn unblock(puk: &str, new: &str) -> String {
    format!("002C000310{puk}{new}")
}

fn last_try() -> Made<SessionCase> {
    let mut chip = opened()?;
    chip.send(COUNTER, "63C3", "how many tries?")?;
    for (answer, note) in [("63C2", "two are left"), ("63C1", "one"), ("63C0", "none: blocked")] {
        chip.send(&verify(WRONG), answer, note)?;
    }
    chip.send(&verify(PIN), "6983", "the right PIN is not compared any more")?;
    chip.send(COUNTER, "6983", "and the question is answered so too")?;
    chip.send(&change(PIN, OTHER), "6983", "nor is it changed")?;
    chip.send(&unblock(WRONG, OTHER), "63C9", "a wrong PUK costs a try of its own")?;
    chip.send(&unblock(PUK, OTHER), "9000", "the right one sets the PIN")?;
    chip.send(COUNTER, "63C3", "and gives all tries back")?;
    chip.send(&verify(PIN), "63C2", "the old PIN is wrong now")?;
    chip.send(&verify(OTHER), "9000", "the new one is right")?;
    chip.send(COUNTER, "63C3", "and has all its tries")?;
    chip.end("wrong PINs to the last try, and the PUK", "Counted", "activated")
}

fn exhausted() -> Made<SessionCase> {
    let mut chip = opened()?;
    for left in (0..10).rev() {
        chip.send(&format!("002C010308{WRONG}"), &format!("63C{left:X}"), "a wrong PUK")?;
    }
    chip.send(&unblock(PUK, OTHER), "6983", "exhausted: the right one is not compared any more")?;
    chip.send(COUNTER, "63C3", "the PIN has lost nothing")?;
    chip.send(&verify(PIN), "9000", "and works")?;
    chip.send(&format!("0024010408{OTHER}"), "9000", "set codes: another PUK")?;
    chip.send(&unblock(PUK, PIN), "63C9", "the old one is wrong now")?;
    chip.send(&format!("002C010308{OTHER}"), "9000", "the new one is right, and keeps the PIN")?;
    chip.send(&verify(PIN), "9000", "which is the same")?;
    chip.end("an exhausted PUK, and set codes", "Counted", "activated")
}

fn changed() -> Made<SessionCase> {
    let mut chip = opened()?;
    chip.send(&change(WRONG, OTHER), "63C2", "a wrong old PIN is a try")?;
    chip.send(&verify(OTHER), "63C1", "and changes nothing")?;
    chip.send(&change(PIN, OTHER), "9000", "the right one changes it")?;
    chip.send(COUNTER, "63C3", "with all tries")?;
    chip.send(&verify(PIN), "63C2", "the old one is wrong now")?;
    chip.send(&verify(OTHER), "9000", "the new one is right")?;
    chip.end("another PIN", "Counted", "activated")
}

fn set() -> Made<SessionCase> {
    let mut chip = opened()?;
    for left in (0..3).rev() {
        chip.send(&verify(WRONG), &format!("63C{left}"), "a wrong PIN")?;
    }
    chip.send(&format!("0024010308{OTHER}"), "9000", "set codes: another PIN")?;
    chip.send(COUNTER, "63C3", "has all its tries")?;
    chip.send(&verify(PIN), "63C2", "the old one is wrong now")?;
    chip.send(&verify(OTHER), "9000", "the new one is right")?;
    chip.end("set codes after a blocked PIN", "Counted", "activated")
}

fn free() -> Made<SessionCase> {
    let mut chip = opened()?;
    for (command, answer, note) in [
        (COUNTER, "63C3", "a question"),
        ("0020000307 30303030303030", "6700", "seven digits"),
        ("0020000309 303030303030303030", "6700", "nine digits"),
        ("0020000408 3030303030303030", "6A88", "VERIFY of the PUK"),
        ("0020010308 3030303030303030", "6A86", "another P1"),
        ("0024000308 3030303030303030", "6700", "an old PIN alone"),
        ("0024000310 3331343135393236 3030303030303041", "6A80", "a new PIN with a letter"),
        ("002C000308 3030303030303030", "6700", "a PUK without a PIN"),
        ("002C000410 3030303030303030 3030303030303030", "6A88", "unblocking the PUK"),
    ] {
        chip.send(command, answer, note)?;
    }
    chip.send(COUNTER, "63C3", "all tries are there")?;
    chip.send(&unblock(PUK, PIN), "9000", "the PUK's too")?;
    chip.send(&verify(WRONG), "63C2", "the first try")?;
    chip.end("what is no try", "Free", "activated")
}

/// One try less is committed first (points 1 and 2), then the tries come back (3 and 4); at 5 only the answer is lost.
fn cut_right(point: u32) -> Made<SessionCase> {
    let mut chip = opened()?;
    chip.cut(&verify(PIN), point)?;
    again(&mut chip)?;
    let left = if [2, 3].contains(&point) { "63C2" } else { "63C3" };
    chip.send(COUNTER, left, "the try is lost until the right PIN was compared and committed")?;
    chip.send(&verify(PIN), "9000", "which gives it back")?;
    chip.send(COUNTER, "63C3", "all tries")?;
    chip.end(&format!("VERIFY with the right PIN, point {point}"), "Cut", "activated")
}

fn cut_wrong(point: u32) -> Made<SessionCase> {
    let mut chip = opened()?;
    chip.cut(&verify(WRONG), point)?;
    again(&mut chip)?;
    let left = if point == 1 { "63C3" } else { "63C2" };
    chip.send(COUNTER, left, "before the first commit nothing was compared; behind it the try is gone")?;
    chip.end(&format!("VERIFY with a wrong PIN, point {point}"), "Cut", "activated")
}

/// The code is the old one or the new one, with all its tries.
fn cut_set(point: u32) -> Made<SessionCase> {
    let mut chip = opened()?;
    chip.cut(&format!("0024010308{OTHER}"), point)?;
    again(&mut chip)?;
    let (right, wrong) = if point == 1 { (PIN, OTHER) } else { (OTHER, PIN) };
    chip.send(COUNTER, "63C3", "nothing is half set")?;
    chip.send(&verify(wrong), "63C2", "the other one is wrong")?;
    chip.send(&verify(right), "9000", "this one is right")?;
    chip.end(&format!("set codes, point {point}"), "Cut", "activated")
}
