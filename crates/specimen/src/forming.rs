//! The line's own plan, carried out on a virtual chip in one go.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use sigillo_apdu::{Action, Driver, Event};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::chip_keys::diversify;
use sigillo_channel::scp03::KeySet;
use sigillo_crypto::{Entropy, PublicKey, SeededEntropy};
use sigillo_cvc::{TerminalType, TrustPoint, ef_cvca};
use sigillo_issuance::record::HolderRecord;
use sigillo_lds::mrz::Td1;
use sigillo_perso::{
    Act, ChipKeys, KeyVersion, Limits, Outcome, PersoDriver, PersoErrorKind, PersoPlan, Resources, card_security_infos,
    check_seal, chip_files, current_date, document_number, machine_readable_zone, prepare,
};
use sigillo_profile::{Content, KeyPairSpec, ObjectName, Profile, Purpose, SecretName};
use sigillo_secret::{SecretBytes, SymmetricKey};
use sigillo_vchip::Chip;

use crate::error::SpecimenError;
use crate::holder::record;
use crate::issuer::Issuer;
use crate::specimen::Specimen;
use crate::stream::stream;
use crate::terminals::Terminals;

/// Initializes, forms and locks a virtual chip of a profile; the same arguments give the same octets.
///
/// # Errors
///
/// Of a plan's steps, for a profile that no specimen can be made of, or of the test record near an end of the calendar.
pub fn form(profile: &Profile, seed: [u8; 32], day: Date) -> Result<Specimen, SpecimenError> {
    form_until(profile, seed, day, Stage::Locked)
}

/// How far a specimen has come.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums, reason = "the stages of decision D2")]
pub enum Stage {
    /// As its maker delivers it: transport keys, nothing on it.
    Manufactured,
    /// Formation keys, files and access rules; its own key pairs are there.
    Initialized,
    /// Everything is written, nothing is locked.
    Formed,
    /// As it goes to its holder.
    Locked,
}

/// As [`form`], and stops at a stage; what belongs to a later one is not among the specimen's files.
///
/// # Errors
///
/// As [`form`].
pub fn form_until(profile: &Profile, seed: [u8; 32], day: Date, stage: Stage) -> Result<Specimen, SpecimenError> {
    let mut serial = *b"TEST000000";
    let mut digits = [0; 6];
    stream(&seed, "serial").fill(&mut digits);
    serial.iter_mut().skip(4).zip(digits).for_each(|(place, octet)| *place = b'0' + octet % 10);
    let holder = record(&seed, day)?;
    let number = holder.document_number.clone().unwrap_or_default();
    let mrz = machine_readable_zone(&holder, &number, profile)?;
    let has = |name| profile.objects.iter().any(|object| object.name == name);
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
        inspection: has(ObjectName::InspectionTrustPoints)
            .then(|| Terminals::new(TerminalType::InspectionSystem, &seed, day))
            .transpose()?,
        office: has(ObjectName::OfficeTrustPoints)
            .then(|| Terminals::new(TerminalType::Office, &seed, day))
            .transpose()?,
        codes: codes(profile, &seed),
        keys: ChipKeys::default(),
        files: chip_files(profile, &ChipKeys::default())?,
    };
    let mut chip = Chip::manufacture(serial, workshop.transport_keys()?);
    let mut chance = stream(&seed, "chip");
    let mut formation = PersoPlan::formation(profile)?;
    if stage < Stage::Locked {
        let lock = formation.steps.iter().position(|step| step.act == Act::Lock);
        formation.steps.truncate(lock.unwrap_or(formation.steps.len()));
    }
    let plans = [(Stage::Initialized, PersoPlan::initialization(profile)?), (Stage::Formed, formation)];
    for (_, plan) in plans.into_iter().filter(|(reached, _)| *reached <= stage) {
        chip.power_on();
        workshop.carry_out(&plan, &mut chip, &mut chance)?;
    }
    chip.power_off();
    let Workshop { issuer, mrz, keys, files, inspection, office, codes, batch, master, .. } = workshop;
    let profile = profile.clone();
    let masters = [batch, master];
    Ok(Specimen { chip, profile, day, serial, mrz, keys, files, issuer, inspection, office, codes, masters })
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
    inspection: Option<Terminals>,
    office: Option<Terminals>,
    codes: BTreeMap<SecretName, SecretBytes>,
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
            match step.act {
                Act::Seal => self.seal()?,
                Act::SealCardSecurity => {
                    let infos = card_security_infos(self.profile, &self.keys)?;
                    let file = self.issuer.sign_card_security(&infos, self.now())?;
                    self.files.insert(Content::CardSecurity, file);
                }
                _ => {}
            }
            if driver.ask(step, self.profile, self)? {
                drive(chip, &mut driver, chance)?;
            }
            for outcome in driver.finish()? {
                if let Outcome::KeyPair { name, public_key } = outcome {
                    self.keys.insert(&name, public_key);
                    self.files.extend(chip_files(self.profile, &self.keys)?);
                    self.certify(&name)?;
                }
            }
        }
        Ok(())
    }

    /// Issues the certificate of a holder's key; every other key has none.
    fn certify(&mut self, name: &str) -> Result<(), SpecimenError> {
        let is_holders = |pair: &&KeyPairSpec| {
            pair.name == name && pair.protocols.iter().any(|one| one.purpose() == Purpose::HolderSignature)
        };
        if let Some(pair) = self.profile.key_pairs.iter().find(is_holders) {
            let key = PublicKey::from_spki_der(&self.keys.public_key_info(pair)?)?;
            let certificate = self.issuer.certify_holder(&key, &mut self.entropy)?;
            self.files.insert(Content::Certificate, certificate);
        }
        Ok(())
    }

    fn now(&self) -> DateTime {
        self.day.at(12, 0, 0, 0)
    }

    /// Makes the holder's files and the seal over them.
    fn seal(&mut self) -> Result<(), SpecimenError> {
        let number = self.holder.document_number.as_deref().unwrap_or_default();
        let files = prepare(&self.holder, number, &self.files, self.profile, &mut self.entropy)?;
        let seal = self.issuer.seal(files.hash(self.profile, self.issuer.signer().algorithm().hash())?, self.now())?;
        check_seal(&seal, self.profile)?;
        for content in self.profile.files.iter().filter_map(|row| row.content()) {
            if let Some(file) = files.file(content) {
                self.files.insert(content, file.to_vec());
            }
        }
        self.files.insert(Content::Sod, seal.ef_sod().to_vec());
        if let Some(terminals) = &self.inspection {
            let trust_point = TrustPoint::from_certificate(terminals.root())?;
            self.files.insert(Content::Cvca, ef_cvca::encode(&[trust_point]).to_vec());
        }
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

    fn code(&self, name: SecretName) -> Option<SecretBytes> {
        self.codes.get(&name).map(|digits| digits.expose(SecretBytes::copy_of))
    }

    fn object(&self, name: ObjectName) -> Option<Vec<Vec<u8>>> {
        let value = match name {
            ObjectName::CurrentDate => current_date(self.day)?,
            ObjectName::DocumentNumber => document_number(&self.mrz),
            ObjectName::InspectionTrustPoints => self.inspection.as_ref()?.root().content(),
            ObjectName::OfficeTrustPoints => self.office.as_ref()?.root().content(),
        };
        Some(vec![value])
    }
}

/// Digits for the codes that the profile has.
fn codes(profile: &Profile, seed: &[u8; 32]) -> BTreeMap<SecretName, SecretBytes> {
    let counted = profile.secrets.iter().map(|secret| secret.name).filter(|name| *name != SecretName::Mrz);
    counted.map(|name| (name, digits(&mut stream(seed, name.name()), name.length()))).collect()
}

/// Uniform digits: octets from 250 on are drawn again.
fn digits(entropy: &mut dyn Entropy, length: usize) -> SecretBytes {
    let mut digits = Vec::with_capacity(length);
    while digits.len() < length {
        let mut octet = [0];
        entropy.fill(&mut octet);
        digits.extend(octet.iter().filter(|octet| **octet < 250).map(|octet| b'0' + octet % 10));
    }
    SecretBytes::new(digits)
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
