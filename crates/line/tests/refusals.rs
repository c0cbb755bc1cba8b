//! Chips, answers and requests that a line must refuse, stop at, or replace; each told to the line by a hand on the wire.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod workshop;

use std::fs;

use sigillo_apdu::fcp::LifeCycle;
use sigillo_crypto::SeededEntropy;
use sigillo_issuance::life_cycle::{CardState, RecordState, ScrapManner};
use sigillo_keystore::Keystore;
use sigillo_line::{BlankNumbers, Formed, LineError, Station};
use sigillo_reader::{Card, LinkError, VirtualCard};
use sigillo_store::{Act, CardRow, RecordRow, RunId};
use sigillo_vchip::Chip;
use tempfile::TempDir;

use workshop::{
    BATCH, CHIPS, FIRST_BLANK, LOT, NUMBERED_CHIPS, OPERATOR, Open, PLAIN_CHIPS, Plain, Touch, Workshop, serial,
};

const WITNESS: &str = "witness-1";

/// A workshop whose stock is full and whose run is open.
struct Line {
    shop: Workshop,
    open: Open,
    run: RunId,
    _folder: TempDir,
}

impl Line {
    fn ready() -> Self {
        let (folder, shop) = empty_stock();
        let mut open = shop.open(1);
        let run = open.line(|line| {
            let numbers = BlankNumbers::parse(FIRST_BLANK);
            line.initialize(BATCH, &mut shop.bench(&NUMBERED_CHIPS, &mut Plain), u64::MAX, numbers).unwrap();
            line.initialize(BATCH, &mut shop.bench(&PLAIN_CHIPS, &mut Plain), u64::MAX, None).unwrap();
            line.open_run(LOT, None).unwrap()
        });
        Self { shop, open, run, _folder: folder }
    }

    fn form(&mut self, chips: &[&str], touch: &mut dyn Touch) -> Result<Formed, LineError> {
        let (shop, run) = (&self.shop, self.run);
        self.open.line(|line| line.carry_on(run, &mut shop.bench(chips, touch), u64::MAX))
    }

    fn refuse(&mut self, chips: &[&str], touch: &mut dyn Touch) -> LineError {
        self.form(chips, touch).unwrap_err()
    }

    fn scrap(&mut self, chip: &str, manner: ScrapManner, witness: Option<&str>) -> Result<(), LineError> {
        self.open.line(|line| line.scrap(serial(chip), manner, "test", witness))
    }

    fn card(&self, chip: &str) -> CardRow {
        self.open.store.card(serial(chip)).unwrap().unwrap()
    }

    fn record(&self, line: usize) -> RecordRow {
        self.open.store.records_of(LOT).unwrap().remove(line - 1)
    }

    fn life_cycle(&self, chip: &str) -> LifeCycle {
        VirtualCard::open(&self.shop.image(chip)).unwrap().chip().life_cycle()
    }

    /// Every record is released, and nothing is left open.
    fn assert_finished(&self) {
        assert!(self.open.store.records_of(LOT).unwrap().iter().all(|record| record.state == RecordState::NotIssued));
        assert!(self.open.store.all_open_intents().unwrap().is_empty());
        let slots = self.open.store.card_slot_counts().unwrap();
        assert_eq!(slots.reserved, 0);
        self.open.store.verify_trace(None).unwrap();
    }
}

fn empty_stock() -> (TempDir, Workshop) {
    let folder = TempDir::new().unwrap();
    let shop = Workshop::make(&folder.path().join("home"));
    (folder, shop)
}

/// Damages the answers to one instruction in the secure channel of formation, for one chip or for every chip.
fn damaged(
    chip: Option<&'static str>,
    instruction: u8,
) -> impl FnMut(&str, &mut VirtualCard, &[u8]) -> Result<Vec<u8>, LinkError> {
    move |name, card, command| {
        let mut answer = card.transmit(command)?;
        if chip.is_none_or(|chip| chip == name) && command.get(..2) == Some(&[0x04, instruction]) {
            answer[0] ^= 1;
        }
        Ok(answer)
    }
}

/// A chip that answers nothing from its n-th EXTERNAL AUTHENTICATE of SCP03 on, not even a reset.
struct Dying {
    chip: &'static str,
    authentications_left: u32,
}

impl Touch for Dying {
    fn reset(&mut self, chip: &str, card: &mut VirtualCard) -> Result<Vec<u8>, LinkError> {
        if chip == self.chip && self.authentications_left == 0 { Err(LinkError::Mute) } else { card.reset() }
    }

    fn transmit(&mut self, chip: &str, card: &mut VirtualCard, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        if chip == self.chip && command.get(..2) == Some(&[0x84, 0x82]) {
            self.authentications_left -= 1;
        }
        if chip == self.chip && self.authentications_left == 0 { Err(LinkError::Mute) } else { card.transmit(command) }
    }
}

#[test]
fn a_chip_that_answers_badly_twice_is_terminated_and_its_record_remade() {
    let mut line = Line::ready();
    let formed = line.form(&CHIPS, &mut damaged(Some("1"), 0xB0)).unwrap();
    assert_eq!((formed.released, formed.scrapped), (2, 1));
    assert_eq!(line.life_cycle("1"), LifeCycle::Terminated);
    let scrapped = line.card("1").scrapped.unwrap();
    assert_eq!((scrapped.manner, scrapped.reason.as_str()), (ScrapManner::Terminated, "scp03.response-mac"));
    assert_eq!(line.record(1).remakes, 1);
    assert_eq!(line.card("2").record, Some(line.record(1).id));
    line.assert_finished();
}

#[test]
fn a_remake_of_a_numberless_record_takes_the_number_of_the_new_blank() {
    let mut line = Line::ready();
    line.form(&CHIPS, &mut damaged(Some("3"), 0xB0)).unwrap();
    assert_eq!(line.record(2).document_number.as_deref(), Some("I90000002"));
    assert_eq!(line.open.store.permit("I90000002").unwrap().unwrap().serial, serial("4"));
    assert!(line.open.store.permit(FIRST_BLANK).unwrap().is_none());
    line.assert_finished();
}

#[test]
fn one_bad_answer_costs_no_chip() {
    let mut line = Line::ready();
    let mut updates = 0;
    let mut once = |_: &str, card: &mut VirtualCard, command: &[u8]| {
        let mut answer = card.transmit(command)?;
        if command.get(..2) == Some(&[0x04, 0xD6]) {
            updates += 1;
            answer[0] ^= u8::from(updates == 2);
        }
        Ok(answer)
    };
    assert_eq!(line.form(&CHIPS, &mut once).unwrap().scrapped, 0);
    assert!(updates > 2);
    line.assert_finished();
}

#[test]
fn three_refused_chips_in_a_row_stop_the_line() {
    let folder = TempDir::new().unwrap();
    let shop = Workshop::make(&folder.path().join("home"));
    let mut open = shop.open(1);
    let run = open.line(|line| {
        line.initialize(BATCH, &mut shop.bench(&CHIPS, &mut Plain), u64::MAX, None).unwrap();
        line.open_run(LOT, None).unwrap()
    });
    let stopped = open.line(|line| line.carry_on(run, &mut shop.bench(&CHIPS, &mut damaged(None, 0xD6)), u64::MAX));
    assert_eq!(stopped.unwrap_err().code(), "line.too-many-refused");
    let counts = open.store.card_counts().unwrap();
    assert_eq!((counts[&CardState::Scrapped], counts[&CardState::Stock]), (3, 1));
}

#[test]
fn a_mute_chip_stops_the_run_until_a_witness_saw_it_destroyed() {
    let mut line = Line::ready();
    let mut dying = Dying { chip: "1", authentications_left: 1 };
    assert!(matches!(line.refuse(&CHIPS, &mut dying), LineError::Mute(found) if found == serial("1")));
    assert_eq!((line.card("1").state, line.record(1).state), (CardState::Bound, RecordState::InFormation));
    // The other chips do not take its record.
    assert_eq!(line.refuse(&["2", "3", "4"], &mut Plain).code(), "line.not-the-bound-chip");
    assert_eq!(line.scrap("1", ScrapManner::Mute, None).unwrap_err().code(), "store.witness-missing");
    assert_eq!(line.scrap("1", ScrapManner::Mute, Some(OPERATOR)).unwrap_err().code(), "store.witness-missing");
    assert_eq!(line.scrap("1", ScrapManner::LockedRefused, Some(WITNESS)).unwrap_err().code(), "card.not-locked");
    line.scrap("1", ScrapManner::Mute, Some(WITNESS)).unwrap();
    line.form(&["2", "3", "4"], &mut Plain).unwrap();
    assert_eq!(line.record(1).remakes, 1);
    line.assert_finished();
}

#[test]
fn a_chip_that_was_given_up_is_terminated_even_if_it_works_again() {
    let mut line = Line::ready();
    // Bad twice, then dead when it is to be terminated: the third channel.
    let mut dying = Dying { chip: "1", authentications_left: 3 };
    let mut bad = damaged(Some("1"), 0xB0);
    struct Both<'t>(&'t mut Dying, &'t mut dyn Touch);
    impl Touch for Both<'_> {
        fn reset(&mut self, chip: &str, card: &mut VirtualCard) -> Result<Vec<u8>, LinkError> {
            self.0.reset(chip, card)
        }
        fn transmit(&mut self, chip: &str, card: &mut VirtualCard, command: &[u8]) -> Result<Vec<u8>, LinkError> {
            if chip == self.0.chip && command.get(..2) != Some(&[0x84, 0x82]) && self.0.authentications_left > 0 {
                return self.1.transmit(chip, card, command);
            }
            self.0.transmit(chip, card, command)
        }
    }
    assert_eq!(line.refuse(&CHIPS, &mut Both(&mut dying, &mut bad)).code(), "line.mute");
    assert!(line.open.store.open_intents(serial("1")).unwrap().iter().any(|row| row.act == Act::Terminate));
    assert_eq!(line.life_cycle("1"), LifeCycle::Initialisation);
    let formed = line.form(&CHIPS, &mut Plain).unwrap();
    assert_eq!((formed.released, formed.scrapped), (2, 1));
    assert_eq!(line.life_cycle("1"), LifeCycle::Terminated);
    assert_eq!(line.card("1").scrapped.unwrap().reason, "scp03.response-mac");
    line.assert_finished();
}

#[test]
fn a_chip_whose_lock_was_answered_badly_is_released_and_not_terminated() {
    let mut line = Line::ready();
    assert_eq!(line.form(&CHIPS, &mut damaged(None, 0x44)).unwrap().scrapped, 0);
    line.assert_finished();
}

/// Alters octets of what a locked chip gives, as if its memory had been touched: the answers in secure messaging are wrapped, so
/// the image is altered between lock and public read.
struct Altered {
    shop: Workshop,
    from: Vec<u8>,
    to: Vec<u8>,
    done: bool,
}

impl Touch for Altered {
    fn reset(&mut self, _: &str, card: &mut VirtualCard) -> Result<Vec<u8>, LinkError> {
        card.reset()
    }

    fn transmit(&mut self, chip: &str, card: &mut VirtualCard, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let answer = card.transmit(command)?;
        if !self.done && card.chip().life_cycle() == LifeCycle::Activated {
            self.done = true;
            let image = self.shop.image(chip);
            fs::write(&image, resealed(&card.chip().image(), &self.from, &self.to)).unwrap();
            // The line holds the chip that it knew; the next process finds the altered one.
            return Err(LinkError::NoService);
        }
        Ok(answer)
    }
}

/// An image in which one run of octets is replaced by another of the same length, with the right checksum.
fn resealed(image: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = image.windows(from.len()).position(|window| window == from).unwrap();
    let mut image = image[..image.len() - 32].to_vec();
    image[at..at + to.len()].copy_from_slice(to);
    let checksum = sigillo_crypto::sha256(&image);
    [image, checksum.to_vec()].concat()
}

#[test]
fn a_chip_that_was_altered_after_the_lock_fails_the_gate_and_is_scrapped_before_a_witness() {
    let mut line = Line::ready();
    let mark = workshop::RECORDS[0].portrait_mark();
    let other: Vec<u8> = mark.iter().map(|octet| !octet).collect();
    let mut altered = Altered { shop: line.shop.clone(), from: mark, to: other, done: false };
    assert_eq!(line.refuse(&CHIPS, &mut altered).code(), "reader.no-service");
    for _ in 0..2 {
        let refused = line.refuse(&CHIPS, &mut Plain);
        assert!(
            matches!(&refused, LineError::Gate { check, code } if check == "public-read.dg2" && code == "gate.file-differs"),
            "{refused}"
        );
    }
    assert_eq!(line.card("1").state, CardState::Locked);
    assert_eq!(line.scrap("1", ScrapManner::LockedRefused, None).unwrap_err().code(), "store.witness-missing");
    line.scrap("1", ScrapManner::LockedRefused, Some(WITNESS)).unwrap();
    line.form(&CHIPS, &mut Plain).unwrap();
    assert_eq!(line.life_cycle("1"), LifeCycle::Activated);
    line.assert_finished();
}

#[test]
fn a_locked_chip_that_opens_no_more_fails_the_gate_and_is_scrapped_before_a_witness() {
    let mut line = Line::ready();
    // Basic Access Control never succeeds on this chip.
    let mut deaf = |chip: &str, card: &mut VirtualCard, command: &[u8]| match command.get(..2) {
        Some(&[0x00, 0x82]) if chip == "1" => Ok(vec![0x63, 0x00]),
        _ => card.transmit(command),
    };
    let refused = line.refuse(&CHIPS, &mut deaf);
    assert!(matches!(&refused, LineError::Gate { check, .. } if check == "access.bac"), "{refused}");
    // The chip itself confirmed the lock before, so the register knows.
    assert_eq!(line.card("1").state, CardState::Locked);
    // A later process cannot know it any more, and says which chip it misses.
    assert!(matches!(line.refuse(&CHIPS, &mut deaf), LineError::NotTheBoundChip(missing) if missing == serial("1")));
    line.scrap("1", ScrapManner::LockedRefused, Some(WITNESS)).unwrap();
    line.open.line(|line| line.initialize(BATCH, &mut line_of_spares(), u64::MAX, None)).unwrap();
    assert_eq!(line.record(1).state, RecordState::Received);
}

/// A station without chips.
fn line_of_spares() -> impl Station {
    struct Empty;
    impl Station for Empty {
        fn next(&mut self) -> Result<Option<&mut dyn Card>, LineError> {
            Ok(None)
        }
    }
    Empty
}

#[test]
fn with_the_wrong_transport_key_external_authenticate_is_never_sent() {
    let (_folder, shop) = empty_stock();
    let mut open = shop.open(1);
    open.keys.create_batch("B", jiff::civil::date(2026, 11, 2), &mut SeededEntropy::new([9; 32])).unwrap();
    let mut heads = Vec::new();
    let mut counted = |_: &str, card: &mut VirtualCard, command: &[u8]| {
        heads.push([command[0], command[1]]);
        card.transmit(command)
    };
    let refused = open.line(|line| line.initialize("B", &mut shop.bench(&CHIPS, &mut counted), u64::MAX, None));
    assert_eq!(refused.unwrap_err().code(), "scp03.card-cryptogram");
    assert_eq!(heads, [[0x80, 0x50]]);
    // Nothing happened to the chip, so the register does not know it, and the right batch finds it as it was.
    assert_eq!(open.store.card(serial("1")).unwrap(), None);
    let done = open.line(|line| line.initialize(BATCH, &mut shop.bench(&CHIPS, &mut Plain), u64::MAX, None)).unwrap();
    assert_eq!(done.entered, 4);
}

#[test]
fn with_the_wrong_formation_keys_no_chip_is_given_up() {
    let mut line = Line::ready();
    let mut heads = Vec::new();
    let mut counted = |_: &str, card: &mut VirtualCard, command: &[u8]| {
        heads.push([command[0], command[1]]);
        let mut answer = card.transmit(command)?;
        if command.get(..2) == Some(&[0x80, 0x50]) {
            // The card cryptogram of a chip that holds other keys.
            answer[25] ^= 1;
        }
        Ok(answer)
    };
    assert_eq!(line.refuse(&CHIPS, &mut counted).code(), "scp03.card-cryptogram");
    assert!(!heads.contains(&[0x84, 0x82]));
    assert_eq!(line.card("1").state, CardState::Bound);
    assert!(line.open.store.all_open_intents().unwrap().is_empty());
    line.form(&CHIPS, &mut Plain).unwrap();
    line.assert_finished();
}

#[test]
fn a_foreign_chip_is_refused_in_both_phases() {
    let mut line = Line::ready();
    // A chip of the same vendor batch that never entered, and one that somebody else initialized.
    let foreign = [0xF0; 10];
    let keys = line.open.keys.transport_keys(BATCH, &foreign).unwrap();
    drop(VirtualCard::create(&line.shop.image("9"), Chip::manufacture(foreign, keys)).unwrap());
    let refused = line.refuse(&["9"], &mut Plain);
    assert_eq!(refused.code(), "line.wrong-chip");
    let theirs = Workshop::make(&line.shop.0.with_file_name("theirs"));
    theirs.open(1).line(|line| line.initialize(BATCH, &mut theirs.bench(&["1"], &mut Plain), u64::MAX, None)).unwrap();
    let ours = Workshop::make(&line.shop.0.with_file_name("ours"));
    let refused =
        ours.open(1).line(|line| line.initialize(BATCH, &mut theirs.bench(&["1"], &mut Plain), u64::MAX, None));
    assert_eq!(refused.unwrap_err().code(), "line.wrong-chip");
    line.form(&CHIPS, &mut Plain).unwrap();
    line.assert_finished();
}

/// Writes another profile into a home; the digest changes, the structure does not.
fn retitle(shop: &Workshop) {
    let path = shop.0.join("profiles/pse-rf-bac.toml");
    let text =
        fs::read_to_string(&path).unwrap().replace("TEST variant with BAC only", "TEST variant, another edition");
    fs::write(path, text).unwrap();
}

#[test]
fn a_chip_of_another_profile_is_refused() {
    let mut line = Line::ready();
    retitle(&line.shop);
    let mut open = line.shop.open(2);
    // A run that was opened with the old profile is not carried on with the new one.
    let refused = open.line(|l| l.carry_on(line.run, &mut line.shop.bench(&CHIPS, &mut Plain), u64::MAX));
    assert_eq!(refused.unwrap_err().code(), "line.plan-digest");
    // A run of the new profile refuses chips that were initialized by the old one.
    let run = open.line(|line| line.open_run(LOT, None)).unwrap();
    let refused = open.line(|l| l.carry_on(run, &mut line.shop.bench(&CHIPS, &mut Plain), u64::MAX));
    assert_eq!(refused.unwrap_err().code(), "store.other-profile");
    assert_eq!(line.card("1").state, CardState::Stock);
    line.run = run;
}

/// The gate asks for Chip Authentication: right chips pass, and one that cannot prove its key does not.
#[test]
fn a_chip_that_does_not_prove_its_key_is_not_released() {
    let (_folder, shop) = empty_stock();
    let mut open = shop.open(1);
    let run = open.line(|line| {
        let numbers = BlankNumbers::parse(FIRST_BLANK);
        line.initialize(BATCH, &mut shop.bench(&NUMBERED_CHIPS, &mut Plain), u64::MAX, numbers).unwrap();
        line.initialize(BATCH, &mut shop.bench(&PLAIN_CHIPS, &mut Plain), u64::MAX, None).unwrap();
        line.open_run(LOT, None).unwrap()
    });
    let mut line = Line { shop, open, run, _folder };
    // MSE inside the public session: the chip leaves secure messaging instead.
    let mut keyless = |chip: &str, card: &mut VirtualCard, command: &[u8]| match command.get(..2) {
        Some(&[0x0C, 0x22]) if chip == "1" => Ok(vec![0x69, 0x88]),
        _ => card.transmit(command),
    };
    let refused = line.refuse(&CHIPS, &mut keyless);
    assert_eq!(refused.code(), "line.gate", "{refused}");
    line.form(&CHIPS, &mut Plain).unwrap();
    line.assert_finished();
}

#[test]
fn a_record_that_cannot_be_prepared_costs_no_chip() {
    let (_folder, shop) = empty_stock();
    // A chip structure with less room for the portrait than the lot was checked for.
    let path = shop.0.join("profiles/pse-rf-bac.toml");
    let (before, after) = fs::read_to_string(&path)
        .unwrap()
        .split_once("name = \"EF.DG2\"")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let (row, rest) = after.split_once("size = ").unwrap();
    let rest = rest.split_once('\n').unwrap().1;
    fs::write(path, format!("{before}name = \"EF.DG2\"{row}size = 1024\n{rest}")).unwrap();
    let mut open = shop.open(1);
    let run = open.line(|line| {
        line.initialize(BATCH, &mut shop.bench(&CHIPS, &mut Plain), u64::MAX, None).unwrap();
        line.open_run(LOT, None).unwrap()
    });
    let refused = open.line(|line| line.carry_on(run, &mut shop.bench(&CHIPS, &mut Plain), u64::MAX)).unwrap_err();
    assert_eq!(refused.code(), "perso.no-room");
    assert_eq!(open.store.card_counts().unwrap()[&CardState::Stock], 4);
}

#[test]
fn a_chip_whose_initialization_began_with_another_profile_is_refused() {
    let (_folder, shop) = empty_stock();
    let mut open = shop.open(1);
    let mut cut_after_put_key = |_: &str, card: &mut VirtualCard, command: &[u8]| {
        let answer = card.transmit(command);
        if command.get(..2) == Some(&[0x84, 0xD8]) { Err(LinkError::Mute) } else { answer }
    };
    let stopped = open.line(|line| line.initialize(BATCH, &mut shop.bench(&["1"], &mut cut_after_put_key), 1, None));
    assert_eq!(stopped.unwrap_err().code(), "perso.card-removed");
    retitle(&shop);
    let mut open = shop.open(2);
    let refused = open.line(|line| line.initialize(BATCH, &mut shop.bench(&["1"], &mut Plain), 1, None));
    assert_eq!(refused.unwrap_err().code(), "line.wrong-chip");
}

#[test]
fn a_run_insists_on_the_approved_plan() {
    let (_folder, shop) = empty_stock();
    let mut open = shop.open(1);
    let plan = hex::encode(open.line(|line| line.plan_digest(LOT)).unwrap());
    let other = plan.chars().rev().collect::<String>();
    let refused = open.line(|line| line.open_run(LOT, Some(&other))).unwrap_err();
    assert!(matches!(refused, LineError::PlanDigest { found } if found == plan));
    assert!(open.store.runs().unwrap().is_empty());
    open.line(|line| line.open_run(LOT, Some(&plan.to_uppercase()))).unwrap();
}

#[test]
fn an_operator_who_repeats_the_command_does_not_renumber_blanks() {
    let (_folder, shop) = empty_stock();
    let mut open = shop.open(1);
    let mut initialize = |chips: &[&str]| {
        let numbers = BlankNumbers::parse(FIRST_BLANK);
        open.line(|line| line.initialize(BATCH, &mut shop.bench(chips, &mut Plain), u64::MAX, numbers)).unwrap()
    };
    assert_eq!(initialize(&["3"]).entered, 1);
    let again = initialize(&["3", "4"]);
    assert_eq!((again.entered, again.passed_over), (1, 1));
    let number = |chip| open.store.card(serial(chip)).unwrap().unwrap().blank_number;
    assert_eq!(number("3").as_deref(), Some(FIRST_BLANK));
    assert_eq!(number("4").as_deref(), Some("I90000002"));
}
