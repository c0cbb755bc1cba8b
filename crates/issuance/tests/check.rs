//! The verdict of a check, held against tables that were written by hand: every fact, every pair of words.

use jiff::civil::date;
use sigillo_issuance::check::{
    Answer, Asked, Authenticity, ChipFacts, ChipWord, RegisterWord, SealMatch, Services, SignerStatus, Validity,
};
use sigillo_issuance::life_cycle::RecordState;

/// Columns: what the register says. Rows: what the chip says, and whether its seal is the permit's.
///
/// `ok` valid, then the stricter ones: `su` signer unknown, `up` unproven, `ur` unread, `nv` no last day in the register,
/// `ex` expired, `ni` not issued, `nr` not released, `sp` suspended, `te` terminated, `rv` revoked, `an` annulled,
/// `??` unknown, `oc` other card, `fs` foreign seal, `sr` signer revoked, `na` not authentic.
const BOTH: &str = "
chip      seal     | vl nv ex ni nr sp rv an ??
active    same     | ok nv ex ni nr sp rv an ??
active    nothing  | up nv ex ni nr sp rv an ??
active    other    | oc oc oc oc oc oc oc oc oc
active    foreign  | fs fs fs fs fs fs fs fs fs
expired   same     | ex ex ex ni nr sp rv an ??
expired   nothing  | ex ex ex ni nr sp rv an ??
expired   other    | oc oc oc oc oc oc oc oc oc
expired   foreign  | fs fs fs fs fs fs fs fs fs
notissued same     | ni ni ni ni nr sp rv an ??
notissued nothing  | ni ni ni ni nr sp rv an ??
notissued other    | oc oc oc oc oc oc oc oc oc
notissued foreign  | fs fs fs fs fs fs fs fs fs
signer?   same     | su nv ex ni nr sp rv an ??
signer?   nothing  | up nv ex ni nr sp rv an ??
signer?   other    | oc oc oc oc oc oc oc oc oc
signer?   foreign  | fs fs fs fs fs fs fs fs fs
unproven  same     | up nv ex ni nr sp rv an ??
unproven  nothing  | up nv ex ni nr sp rv an ??
unproven  other    | oc oc oc oc oc oc oc oc oc
unproven  foreign  | fs fs fs fs fs fs fs fs fs
unread    same     | ur nv ex ni nr sp rv an ??
unread    nothing  | ur nv ex ni nr sp rv an ??
unread    other    | oc oc oc oc oc oc oc oc oc
unread    foreign  | fs fs fs fs fs fs fs fs fs
ended     same     | te te te te te te rv an ??
ended     nothing  | te te te te te te rv an ??
ended     other    | oc oc oc oc oc oc oc oc oc
ended     foreign  | fs fs fs fs fs fs fs fs fs
signer-   same     | sr sr sr sr sr sr sr sr sr
signer-   nothing  | sr sr sr sr sr sr sr sr sr
signer-   other    | sr sr sr sr sr sr sr sr sr
signer-   foreign  | sr sr sr sr sr sr sr sr sr
forged    same     | na na na na na na na na na
forged    nothing  | na na na na na na na na na
forged    other    | na na na na na na na na na
forged    foreign  | na na na na na na na na na
";

#[test]
fn chip_and_register_together() {
    let mut lines = BOTH.trim().lines();
    let header = lines.next().unwrap();
    let registers: Vec<RegisterWord> = header.split('|').nth(1).unwrap().split_whitespace().map(register).collect();
    let mut tried = 0;
    for line in lines {
        let (row, cells) = line.split_once('|').unwrap();
        let [chip_name, seal_name] = row.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
        let cells: Vec<&str> = cells.split_whitespace().collect();
        assert_eq!(cells.len(), registers.len(), "{line}");
        for (register, cell) in registers.iter().zip(cells) {
            let asked = Asked::Both { chip: chip(chip_name), seal: seal(seal_name), register: *register };
            assert_eq!(Answer::of(asked), answer(cell), "{asked:?}");
            tried += 1;
        }
    }
    assert_eq!(tried, 9 * 4 * 9, "every pair of words, with every comparison");
}

#[test]
fn one_side_alone() {
    let chips = "active ok expired ex notissued ni signer? su unproven up unread ur ended te signer- sr forged na";
    let words: Vec<&str> = chips.split_whitespace().collect();
    for pair in words.chunks(2) {
        let expected = if pair[1] == "ok" { Answer::ValidByChip } else { answer(pair[1]) };
        assert_eq!(Answer::of(Asked::Chip(chip(pair[0]))), expected, "{pair:?}");
    }
    for word in ["vl", "nv", "ex", "ni", "nr", "sp", "rv", "an", "??"] {
        let expected = if word == "vl" { Answer::ValidByRegister } else { answer(word) };
        assert_eq!(Answer::of(Asked::Register(register(word))), expected, "{word}");
    }
}

/// What a session found, and the word for it: the first row that fits is the one that counts.
/// Columns: authenticity, signer, application, validity; `*` is anything.
const FACTS: &str = "
refuted  *       *           *       forged
*        revoked *           *       signer-
*        *       deactivated *       notissued
*        *       *           expired expired
unproven *       *           *       unproven
*        *       unknown     *       unproven
*        *       *           unknown unproven
*        unknown *           *       signer?
proven   good    activated   in-date active
";

#[test]
fn every_session_has_a_word() {
    let rows: Vec<Vec<&str>> = FACTS.trim().lines().map(|line| line.split_whitespace().collect()).collect();
    let mut tried = 0;
    for (authenticity_name, authenticity) in
        [("proven", Authenticity::Proven), ("unproven", Authenticity::Unproven), ("refuted", Authenticity::Refuted)]
    {
        for (signer_name, signer) in
            [("good", SignerStatus::Good), ("unknown", SignerStatus::Unknown), ("revoked", SignerStatus::Revoked)]
        {
            for (services_name, services) in [
                ("activated", Services::Activated),
                ("unknown", Services::Unknown),
                ("deactivated", Services::Deactivated),
            ] {
                for (validity_name, validity) in
                    [("in-date", Validity::InDate), ("unknown", Validity::Unknown), ("expired", Validity::Expired)]
                {
                    let names = [authenticity_name, signer_name, services_name, validity_name];
                    let fits =
                        |row: &&Vec<&str>| names.iter().zip(*row).all(|(name, cell)| *cell == "*" || cell == name);
                    let word = chip(rows.iter().find(fits).unwrap()[4]);
                    assert_eq!(ChipWord::of(ChipFacts { authenticity, signer, services, validity }), word, "{names:?}");
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, 81);
}

/// Columns: in date, last day unknown, expired.
const STATES: &str = "
-            ?? ?? ??
received     nr nr nr
in_formation nr nr nr
not_issued   ni ni ni
valid        vl nv ex
suspended    sp sp sp
revoked      rv rv rv
annulled     an an an
";

#[test]
fn every_state_has_a_word() {
    let lines: Vec<&str> = STATES.trim().lines().collect();
    assert_eq!(lines.len(), RecordState::ALL.len() + 1);
    for line in lines {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let state = RecordState::parse(cells[0]);
        assert_eq!(state.is_none(), cells[0] == "-");
        for (validity, cell) in [Validity::InDate, Validity::Unknown, Validity::Expired].into_iter().zip(&cells[1..]) {
            assert_eq!(RegisterWord::of(state, validity), register(cell), "{line} {validity:?}");
        }
    }
}

#[test]
fn the_last_day_is_part_of_the_validity() {
    let last = Some(date(2028, 2, 29));
    assert_eq!(Validity::on(date(2028, 2, 29), last), Validity::InDate);
    assert_eq!(Validity::on(date(2028, 3, 1), last), Validity::Expired);
    assert_eq!(Validity::on(date(2028, 2, 28), last), Validity::InDate);
    assert_eq!(Validity::on(date(2028, 3, 1), None), Validity::Unknown);
}

/// The stricter answer wins, so the order of answers is a decision of its own.
#[test]
fn codes_are_unique_and_only_the_three_mildest_are_valid() {
    let codes: std::collections::BTreeSet<&str> = Answer::ALL.iter().map(|answer| answer.code()).collect();
    assert_eq!(codes.len(), Answer::ALL.len());
    assert!(Answer::ALL.is_sorted() && codes.iter().all(|code| code.starts_with("check.")));
    let valid: Vec<Answer> = Answer::ALL.into_iter().filter(|answer| answer.is_valid()).collect();
    assert_eq!(valid, [Answer::Valid, Answer::ValidByChip, Answer::ValidByRegister]);
    for answer in Answer::ALL {
        assert_eq!(answer.italian() == "valido", answer.is_valid());
    }
}

fn chip(name: &str) -> ChipWord {
    match name {
        "active" => ChipWord::Active,
        "expired" => ChipWord::Expired,
        "notissued" => ChipWord::NotIssued,
        "signer?" => ChipWord::SignerUnknown,
        "unproven" => ChipWord::Unproven,
        "unread" => ChipWord::Unread,
        "ended" => ChipWord::Terminated,
        "signer-" => ChipWord::SignerRevoked,
        "forged" => ChipWord::NotAuthentic,
        _ => panic!("{name}"),
    }
}

fn seal(name: &str) -> SealMatch {
    match name {
        "same" => SealMatch::Same,
        "nothing" => SealMatch::NotCompared,
        "other" => SealMatch::OtherCard,
        "foreign" => SealMatch::Foreign,
        _ => panic!("{name}"),
    }
}

fn register(name: &str) -> RegisterWord {
    match name {
        "vl" => RegisterWord::Valid,
        "nv" => RegisterWord::NoValidity,
        "ex" => RegisterWord::Expired,
        "ni" => RegisterWord::NotIssued,
        "nr" => RegisterWord::NotReleased,
        "sp" => RegisterWord::Suspended,
        "rv" => RegisterWord::Revoked,
        "an" => RegisterWord::Annulled,
        "??" => RegisterWord::Unknown,
        _ => panic!("{name}"),
    }
}

fn answer(cell: &str) -> Answer {
    match cell {
        "ok" => Answer::Valid,
        "su" => Answer::SignerUnknown,
        "up" => Answer::Unproven,
        "ur" => Answer::Unread,
        "nv" => Answer::NoValidity,
        "ex" => Answer::Expired,
        "ni" => Answer::NotIssued,
        "nr" => Answer::NotReleased,
        "sp" => Answer::Suspended,
        "te" => Answer::Terminated,
        "rv" => Answer::Revoked,
        "an" => Answer::Annulled,
        "??" => Answer::Unknown,
        "oc" => Answer::OtherCard,
        "fs" => Answer::ForeignSeal,
        "sr" => Answer::SignerRevoked,
        "na" => Answer::NotAuthentic,
        _ => panic!("{cell}"),
    }
}
