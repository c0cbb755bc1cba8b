//! What the line makes of profiles other than the demo's.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod workshop;

use std::fs;

use sigillo_issuance::life_cycle::CardState;
use sigillo_line::BlankNumbers;
use sigillo_reader::{Card, VirtualCard};
use tempfile::TempDir;
use workshop::{BATCH, CHIPS, FIRST_BLANK, LOT, NUMBERED_CHIPS, PLAIN_CHIPS, Plain, Workshop};

fn numbers() -> Option<BlankNumbers> {
    BlankNumbers::parse(FIRST_BLANK)
}

fn shop(profile: &str) -> (TempDir, Workshop) {
    let folder = TempDir::new().unwrap();
    let shop = Workshop::make_with(&folder.path().join("home"), profile);
    (folder, shop)
}

/// PACE alone, and a gate that insists on Chip Authentication: released like any other, and no command of BAC was sent.
#[test]
fn chips_with_pace_alone_are_formed_and_released() {
    let (_folder, shop) = shop("pse-rf-pace");
    let mut open = shop.open(1);
    let mut challenges = 0;
    let mut watched = |_: &str, card: &mut VirtualCard, command: &[u8]| {
        challenges += u32::from(command.starts_with(&[0x00, 0x84]));
        card.transmit(command)
    };
    let formed = open.line(|line| {
        line.initialize(BATCH, &mut shop.bench(&NUMBERED_CHIPS, &mut Plain), u64::MAX, numbers()).unwrap();
        line.initialize(BATCH, &mut shop.bench(&PLAIN_CHIPS, &mut Plain), u64::MAX, None).unwrap();
        let run = line.open_run(LOT, None).unwrap();
        line.carry_on(run, &mut shop.bench(&CHIPS, &mut watched), u64::MAX).unwrap()
    });
    assert_eq!((formed.released, formed.scrapped), (2, 0));
    assert_eq!(challenges, 0);
}

/// A chip with every protocol enters the stock, each of its keys in the register; a run says what the line lacks.
#[test]
fn what_the_line_has_no_source_of_is_said_before_a_chip_is_touched() {
    let (_folder, shop) = shop("pse-rf-full");
    let mut open = shop.open(1);
    open.line(|line| line.initialize(BATCH, &mut shop.bench(&CHIPS, &mut Plain), u64::MAX, None)).unwrap();
    assert_eq!(open.store.card_counts().unwrap()[&CardState::Stock], 4);
    let refused = open.line(|line| line.open_run(LOT, None)).unwrap_err();
    assert_eq!((refused.code(), refused.to_string().contains("EF.CardSecurity")), ("line.without-source", true));
}

#[test]
fn a_profile_whose_day_is_past_is_refused() {
    let (_folder, shop) = shop("pse-rf-pace");
    let path = shop.0.join("profiles/pse-rf-pace.toml");
    let dates = "[dates]\npace_compulsory = \"2020-01-01\"\nno_bac = \"2021-01-01\"\niso_39794_alone = \"2026-11-02\"\n\n[environments]";
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("[environments]", dates, 1)).unwrap();
    let refused = shop.open(1).line(|line| line.open_run(LOT, None)).unwrap_err();
    assert_eq!(refused.code(), "profile.date");
    fs::write(&path, text.replacen("[environments]", &dates.replace("2026-11-02", "2026-11-03"), 1)).unwrap();
    shop.open(2).line(|line| line.open_run(LOT, None)).unwrap();
}
