//! The line's own plan, carried out on a virtual chip in one go.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sigillo_apdu::{Action, Driver, Event};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::chip_keys::diversify;
use sigillo_channel::scp03::KeySet;
use sigillo_crypto::{Entropy, SeededEntropy};
use sigillo_issuance::record::HolderRecord;
use sigillo_lds::mrz::Td1;
use sigillo_perso::{
    Act, ChipKeys, KeyVersion, Limits, Outcome, PersoDriver, PersoErrorKind, PersoPlan, Resources, check_seal,
    chip_files, machine_readable_zone, prepare,
};
use sigillo_profile::{Content, Profile};
use sigillo_secret::SymmetricKey;
use sigillo_vchip::Chip;

use crate::error::SpecimenError;
use crate::holder::record;
use crate::issuer::Issuer;
use crate::specimen::Specimen;
use crate::stream::stream;

/// Initializes, forms and locks a virtual chip of a profile; the same arguments give the same octets.
///
/// # Errors
///
/// Of a plan's steps, for a profile that no specimen can be made of, or of the test record near an end of the calendar.
pub fn form(profile: &Profile, seed: [u8; 32], day: Date) -> Result<Specimen, SpecimenError> {
    let mut serial = *b"TEST000000";
    let mut digits = [0; 6];
    stream(&seed, "serial").fill(&mut digits);
    serial.iter_mut().skip(4).zip(digits).for_each(|(place, octet)| *place = b'0' + octet % 10);
    let holder = record(&seed, day)?;
    let number = holder.document_number.clone().unwrap_or_default();
    let mrz = machine_readable_zone(&holder, &number, profile)?;
    let mut workshop = Workshop {
        profile,
        day,
        serial,
        issuer: Issuer::new(profile, &seed, day)?,
        batch: key(&mut stream(&seed, "batch"))?,
        master: key(&mut stream(&seed, "formation master"))?,
        entropy: stream(&seed, "line"),
        holder,
        mrz,
        keys: ChipKeys::default(),
        files: chip_files(profile, &ChipKeys::default())?,
    };
    let mut chip = Chip::manufacture(serial, workshop.transport_keys()?);
    let mut chance = stream(&seed, "chip");
    for plan in [PersoPlan::initialization(profile)?, PersoPlan::formation(profile)?] {
        chip.power_on();
        workshop.carry_out(&plan, &mut chip, &mut chance)?;
    }
    chip.power_off();
    let Workshop { issuer, mrz, files, .. } = workshop;
    Ok(Specimen { chip, profile: profile.clone(), day, serial, mrz, files, issuer })
}

/// What the plan's references stand for.
struct Workshop<'p> {
    profile: &'p Profile,
    day: Date,
    serial: [u8; 10],
    issuer: Issuer,
    batch: SymmetricKey,
    master: SymmetricKey,
    entropy: SeededEntropy,
    holder: HolderRecord,
    mrz: Td1,
    keys: ChipKeys,
    files: BTreeMap<Content, Vec<u8>>,
}

impl Workshop<'_> {
    fn transport_keys(&self) -> Result<KeySet, SpecimenError> {
        Ok(diversify(&self.batch, &self.serial, KeyVersion::Transport as u8)?)
    }

    fn carry_out(
        &mut self,
        plan: &PersoPlan,
        chip: &mut Chip,
        chance: &mut SeededEntropy,
    ) -> Result<(), SpecimenError> {
        let mut driver = PersoDriver::new(Limits::of_profile(self.profile));
        for step in &plan.steps {
            if step.act == Act::Seal {
                self.seal()?;
            }
            if driver.ask(step, self.profile, self)? {
                drive(chip, &mut driver, chance)?;
            }
            for outcome in driver.finish()? {
                if let Outcome::KeyPair { name, public_key } = outcome {
                    self.keys.insert(&name, public_key);
                    self.files.extend(chip_files(self.profile, &self.keys)?);
                }
            }
        }
        Ok(())
    }

    /// Makes the holder's files and the seal over them.
    fn seal(&mut self) -> Result<(), SpecimenError> {
        let number = self.holder.document_number.as_deref().unwrap_or_default();
        let files = prepare(&self.holder, number, &self.files, self.profile, &mut self.entropy)?;
        let seal = self.issuer.seal(files.hash(self.profile)?, self.day.at(12, 0, 0, 0))?;
        check_seal(&seal, self.profile)?;
        for content in self.profile.files.iter().filter_map(|row| row.content()) {
            if let Some(file) = files.file(content) {
                self.files.insert(content, file.to_vec());
            }
        }
        self.files.insert(Content::Sod, seal.ef_sod().to_vec());
        Ok(())
    }
}

impl Resources for Workshop<'_> {
    fn keys(&mut self, version: KeyVersion) -> Result<KeySet, PersoErrorKind> {
        let key = match version {
            KeyVersion::Transport => &self.batch,
            KeyVersion::Formation => &self.master,
        };
        diversify(key, &self.serial, version as u8).map_err(PersoErrorKind::Channel)
    }

    fn host_challenge(&mut self) -> [u8; 8] {
        let mut challenge = [0; 8];
        self.entropy.fill(&mut challenge);
        challenge
    }

    fn file(&self, content: Content) -> Option<&[u8]> {
        self.files.get(&content).map(Vec::as_slice)
    }

    fn mrz_secret(&self) -> Option<MrzSecret> {
        Some(MrzSecret::from_mrz_information(&self.mrz.mrz_information()))
    }
}

fn drive(chip: &mut Chip, driver: &mut PersoDriver, chance: &mut SeededEntropy) -> Result<(), SpecimenError> {
    while let Action::Transmit(command) = driver.next_action() {
        match chip.process(command, chance) {
            Ok(answer) => driver.handle(Event::Response(&answer))?,
            // No cut is armed; a chip without power is a card that is gone.
            Err(_) => driver.handle(Event::CardRemoved)?,
        }
    }
    Ok(())
}

fn key(entropy: &mut dyn Entropy) -> Result<SymmetricKey, SpecimenError> {
    Ok(sigillo_crypto::record_cipher::generate_key(entropy)?)
}
