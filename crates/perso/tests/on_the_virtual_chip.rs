//! The plan and its driver form a virtual chip, and refuse one that answers badly.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use sigillo_apdu::{Action, Driver, Event};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::chip_keys::diversify;
use sigillo_channel::scp03::KeySet;
use sigillo_crypto::SeededEntropy;
use sigillo_perso::{
    Act, ChipKeys, Identity, KeyVersion, Limits, Outcome, PersoDriver, PersoError, PersoErrorKind, PersoPlan,
    Resources, chip_files,
};
use sigillo_profile::{Content, Profile, embedded};
use sigillo_secret::SymmetricKey;
use sigillo_vchip::Chip;

const SERIAL: [u8; 10] = *b"TEST000001";

struct Fixture {
    master: SymmetricKey,
    files: BTreeMap<Content, Vec<u8>>,
}

impl Fixture {
    fn new(profile: &Profile) -> Self {
        let files = chip_files(profile, &ChipKeys::default()).unwrap();
        Self { master: SymmetricKey::new(&[0x5A; 32]).unwrap(), files }
    }
}

impl Resources for Fixture {
    fn keys(&mut self, version: KeyVersion) -> Result<KeySet, PersoErrorKind> {
        diversify(&self.master, &SERIAL, version as u8).map_err(PersoErrorKind::Channel)
    }
    fn host_challenge(&mut self) -> [u8; 8] {
        [7; 8]
    }
    fn file(&self, content: Content) -> Option<&[u8]> {
        self.files.get(&content).map(Vec::as_slice)
    }
    fn mrz_secret(&self) -> Option<MrzSecret> {
        Some(MrzSecret::from_mrz_information("I12345678485061513101311"))
    }
}

fn drive(chip: &mut Chip, driver: &mut PersoDriver, entropy: &mut SeededEntropy) -> Result<Vec<Outcome>, PersoError> {
    loop {
        let answer = match driver.next_action() {
            Action::Transmit(command) => chip.process(command, entropy).expect("no cut is armed"),
            Action::Done => return driver.finish(),
        };
        driver.handle(Event::Response(&answer))?;
    }
}

/// Carries out a plan's chip steps; DG14 is made when the chip has named its key.
fn carry_out(
    plan: &PersoPlan,
    profile: &Profile,
    chip: &mut Chip,
    fixture: &mut Fixture,
) -> Result<Vec<Outcome>, PersoError> {
    let mut entropy = SeededEntropy::new([3; 32]);
    let mut driver = PersoDriver::new(Limits::of_profile(profile));
    let mut all = Vec::new();
    for step in &plan.steps {
        if driver.ask(step, profile, fixture)? {
            for outcome in drive(chip, &mut driver, &mut entropy)? {
                if let Outcome::KeyPair { name, public_key } = &outcome {
                    let mut keys = ChipKeys::default();
                    keys.insert(name, public_key.clone());
                    fixture.files.extend(chip_files(profile, &keys)?);
                }
                all.push(outcome);
            }
        }
    }
    Ok(all)
}

fn initialized() -> (Chip, Profile, Fixture) {
    let profile = Profile::parse(embedded("pse-rf-bac").unwrap()).unwrap();
    let mut fixture = Fixture::new(&profile);
    let mut chip = Chip::manufacture(SERIAL, fixture.keys(KeyVersion::Transport).unwrap());
    chip.power_on();
    let plan = PersoPlan::initialization(&profile).unwrap();
    let outcomes = carry_out(&plan, &profile, &mut chip, &mut fixture).unwrap();
    let identities: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| if let Outcome::Identified(identity) = outcome { Some(*identity) } else { None })
        .collect();
    assert_eq!(
        identities,
        [Identity { serial: SERIAL, key_version: 0x20 }, Identity { serial: SERIAL, key_version: 0x30 }]
    );
    (chip, profile, fixture)
}

#[test]
fn initialization_then_formation_then_lock() {
    let (mut chip, profile, mut fixture) = initialized();
    for group in profile.data_groups().into_iter().filter(|group| *group != 14) {
        let length = if group == 3 { 32_768 } else { 100 };
        fixture.files.insert(Content::DataGroup(group), (0..length).map(|i| (i % 251) as u8).collect());
    }
    fixture.files.insert(Content::Com, vec![0x60; 20]);
    fixture.files.insert(Content::Sod, vec![0x77; 1900]);
    chip.power_on();
    let plan = PersoPlan::formation(&profile).unwrap();
    carry_out(&plan, &profile, &mut chip, &mut fixture).unwrap();
    // Locked: the chip does not even say who it is.
    let error = carry_out(&PersoPlan::termination(&profile), &profile, &mut chip, &mut fixture).unwrap_err();
    assert_eq!((error.code(), error.step()), ("perso.status", "termination/01"));
}

#[test]
fn a_difference_in_what_is_read_back_is_found_at_its_offset() {
    let (mut chip, profile, mut fixture) = initialized();
    let dg14 = fixture.files[&Content::DataGroup(14)].clone();
    let mut altered = dg14.clone();
    altered[40] ^= 1;
    fixture.files.insert(Content::DataGroup(14), altered);
    chip.power_on();
    let error = carry_out(&PersoPlan::formation(&profile).unwrap(), &profile, &mut chip, &mut fixture).unwrap_err();
    assert_eq!(*error.kind(), PersoErrorKind::ReadBack { file: "EF.DG14".to_owned(), at: 40 });
}

#[test]
fn wrong_keys_are_found_before_the_chip_loses_a_try() {
    let (mut chip, profile, mut fixture) = initialized();
    fixture.master = SymmetricKey::new(&[0xA5; 32]).unwrap();
    let before = chip.image();
    chip.power_on();
    for _ in 0..20 {
        let error = carry_out(&PersoPlan::termination(&profile), &profile, &mut chip, &mut fixture).unwrap_err();
        assert_eq!(error.code(), "scp03.card-cryptogram");
    }
    assert_eq!(chip.image(), before, "not a single try was spent");
}

#[test]
fn termination_ends_the_chip() {
    let (mut chip, profile, mut fixture) = initialized();
    chip.power_on();
    carry_out(&PersoPlan::termination(&profile), &profile, &mut chip, &mut fixture).unwrap();
    let error = carry_out(&PersoPlan::termination(&profile), &profile, &mut chip, &mut fixture).unwrap_err();
    assert_eq!(error.code(), "perso.status");
}

#[test]
fn waived_steps_say_so_and_irreversible_ones_are_known() {
    let profile = Profile::parse(embedded("pse-rf-bac").unwrap()).unwrap();
    let plan = PersoPlan::formation(&profile).unwrap();
    let waived: Vec<_> = plan.steps.iter().filter(|step| step.waived.is_some()).map(|step| step.act.clone()).collect();
    assert_eq!(waived, [Act::SetCodes, Act::Print, Act::ComparePrint]);
    let full = PersoPlan::formation(&Profile::parse(embedded("pse-rf").unwrap()).unwrap()).unwrap();
    assert!(full.steps.iter().all(|step| step.waived.is_none()));
    let irreversible: Vec<_> =
        plan.steps.iter().filter(|step| step.act.is_irreversible()).map(|step| &step.act).collect();
    assert_eq!(irreversible, [&Act::Seal, &Act::SetCodes, &Act::Lock, &Act::Print]);
}
