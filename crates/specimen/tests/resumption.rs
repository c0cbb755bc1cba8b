//! A formation of the full profile that lost its power anywhere is taken up again as the line does it, and ends locked.
#![allow(clippy::unwrap_used)]

use jiff::civil::date;
use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{Action, Driver, Event};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::scp03::KeySet;
use sigillo_crypto::SeededEntropy;
use sigillo_perso::{
    Act, KeyVersion, Limits, Outcome, PersoDriver, PersoErrorKind, PersoPlan, PlanStep, Resources, current_date,
    document_number,
};
use sigillo_profile::{Content, ObjectName, Profile, SecretName, embedded};
use sigillo_secret::SecretBytes;
use sigillo_specimen::{Specimen, Stage, form, form_until};
use sigillo_vchip::Chip;

/// What a line that was stopped still knows: everything but where the chip is.
struct Known<'s>(&'s Specimen);

impl Resources for Known<'_> {
    fn keys(&mut self, version: KeyVersion) -> Result<KeySet, PersoErrorKind> {
        Ok(self.0.personalization_keys(version).unwrap())
    }
    fn host_challenge(&mut self) -> [u8; 8] {
        [7; 8]
    }
    fn file(&self, content: Content) -> Option<&[u8]> {
        self.0.files.get(&content).map(Vec::as_slice)
    }
    fn mrz_secret(&self) -> Option<MrzSecret> {
        Some(self.0.mrz_secret())
    }
    fn code(&self, name: SecretName) -> Option<SecretBytes> {
        self.0.code(name)
    }
    fn object(&self, name: ObjectName) -> Option<Vec<Vec<u8>>> {
        Some(vec![match name {
            ObjectName::CurrentDate => current_date(self.0.day)?,
            ObjectName::DocumentNumber => document_number(&self.0.mrz),
            ObjectName::InspectionTrustPoints => self.0.inspection.as_ref()?.root().content(),
            ObjectName::OfficeTrustPoints => self.0.office.as_ref()?.root().content(),
        }])
    }
}

fn profile() -> Profile {
    Profile::parse(embedded("pse-rf-full").unwrap()).unwrap()
}

/// Carries out steps; the index of the one during which the power failed, if it did.
fn carry_out<'p>(
    steps: impl IntoIterator<Item = &'p PlanStep>,
    chip: &mut Chip,
    known: &mut Known<'_>,
) -> Option<usize> {
    let mut driver = PersoDriver::new(Limits::of_profile(&known.0.profile));
    let mut chance = SeededEntropy::new([5; 32]);
    for (index, step) in steps.into_iter().enumerate() {
        let profile = &known.0.profile;
        if !driver.ask(step, profile, known).unwrap() {
            continue;
        }
        while let Action::Transmit(command) = driver.next_action() {
            let Ok(answer) = chip.process(command, &mut chance) else { return Some(index) };
            driver.handle(Event::Response(&answer)).map_err(|error| format!("{error}: {:?}", step.act)).unwrap();
        }
        driver.finish().unwrap();
    }
    None
}

fn at(plan: &PersoPlan, act: &Act) -> usize {
    plan.steps.iter().position(|step| step.act == *act).unwrap()
}

#[test]
fn formation_is_resumed_wherever_the_power_failed() {
    let whole = form(&profile(), [3; 32], date(2026, 11, 2)).unwrap();
    let initialized = form_until(&profile(), [3; 32], date(2026, 11, 2), Stage::Initialized).unwrap().chip.image();
    let plan = PersoPlan::formation(&profile()).unwrap();
    let (confirmed, lock) = (at(&plan, &Act::ConfirmWritten), at(&plan, &Act::Lock));
    let mut known = Known(&whole);
    let mut unbroken = Chip::from_image(&initialized).unwrap();
    unbroken.power_on();
    assert_eq!(carry_out(&plan.steps, &mut unbroken, &mut known), None);
    let points = u32::try_from(unbroken.cut_points_passed()).unwrap();

    let (mut before, mut after, mut locked) = (0, 0, 0);
    // Files repeat each other: every third point will do there, and every one in the last third.
    for point in (1..=points).filter(|point| point % 3 == 0 || *point > points / 3 * 2) {
        let mut chip = Chip::from_image(&initialized).unwrap();
        chip.power_on();
        chip.arm_cut(point);
        let failed = carry_out(&plan.steps, &mut chip, &mut known).unwrap();
        chip.power_on();
        if chip.life_cycle() == LifeCycle::Activated {
            assert_eq!(failed, lock, "point {point}");
            locked += 1;
            continue;
        }
        // What was confirmed is not written again: the channel, then what comes behind.
        let opening = plan.steps.iter().filter(|step| matches!(step.act, Act::Identify | Act::OpenChannel { .. }));
        let again: Vec<&PlanStep> = if failed > confirmed {
            after += 1;
            opening.chain(&plan.steps[confirmed..]).collect()
        } else {
            before += 1;
            plan.steps.iter().collect()
        };
        assert_eq!(carry_out(again, &mut chip, &mut known), None, "point {point}, step {failed}");
        assert_eq!(chip.life_cycle(), LifeCycle::Activated, "point {point}");
    }
    assert!(before > 50 && after > 10 && locked > 0, "{before} {after} {locked}");
}

#[test]
fn initialization_is_resumed_wherever_the_power_failed() {
    let whole = form(&profile(), [3; 32], date(2026, 11, 2)).unwrap();
    let plan = PersoPlan::initialization(&profile()).unwrap();
    let manufactured = form_until(&profile(), [3; 32], date(2026, 11, 2), Stage::Manufactured).unwrap().chip.image();
    let replaced = at(&plan, &Act::ReplaceKeys);
    let mut resumed = 0;
    // The files of the whole specimen hold other keys than a chip that generates them again: they are only written here.
    for point in (1..).step_by(3) {
        let mut chip = Chip::from_image(&manufactured).unwrap();
        chip.power_on();
        chip.arm_cut(point);
        let Some(failed) = carry_out(&plan.steps, &mut chip, &mut Known(&whole)) else { break };
        chip.power_on();
        if failed <= replaced {
            // Which keys it holds is asked, not remembered; the line's own matrix tries this part.
            continue;
        }
        let known = &mut Known(&whole);
        let mut driver = PersoDriver::new(Limits::of_profile(&whole.profile));
        let mut chance = SeededEntropy::new([6; 32]);
        for step in &plan.steps[replaced + 1..] {
            if let Act::CreateFile { file, .. } = &step.act {
                driver.probe(&step.id, whole.profile.file(file).unwrap());
                let exists = drive(&mut chip, &mut driver, &mut chance);
                if exists.iter().any(|outcome| matches!(outcome, Outcome::Exists(true))) {
                    continue;
                }
            }
            if driver.ask(step, &whole.profile, known).unwrap() {
                drive(&mut chip, &mut driver, &mut chance);
            }
        }
        resumed += 1;
    }
    assert!(resumed > 30, "{resumed}");
}

fn drive(chip: &mut Chip, driver: &mut PersoDriver, chance: &mut SeededEntropy) -> Vec<Outcome> {
    while let Action::Transmit(command) = driver.next_action() {
        let answer = chip.process(command, chance).unwrap();
        driver.handle(Event::Response(&answer)).unwrap();
    }
    driver.finish().unwrap()
}
