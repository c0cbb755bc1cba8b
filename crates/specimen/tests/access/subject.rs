//! A specimen before the judge: as it stands in each phase, with everything that opens it.

use std::collections::BTreeMap;

use sigillo_access_judge::{Phase, State, Subject, carry_out};
use sigillo_apdu::{CommandApdu, ins};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::pace::Password;
use sigillo_channel::scp03::KeySet;
use sigillo_crypto::SeededEntropy;
use sigillo_cvc::{CvCertificate, TerminalType};
use sigillo_perso::KeyVersion;
use sigillo_profile::{Profile, SecretName};
use sigillo_secret::SecretBytes;
use sigillo_specimen::{Specimen, SpecimenError, Stage, TerminalChain, form, form_until};
use sigillo_vchip::Chip;

/// The same holder's chip in each phase, formed when it is first asked for.
pub(crate) struct Witness {
    specimen: Specimen,
    /// `None` for a phase that this chip does not come to.
    images: BTreeMap<Phase, Option<Vec<u8>>>,
    chip: Chip,
    chance: SeededEntropy,
}

impl Witness {
    /// Forms the chip of a profile.
    pub(crate) fn of(profile: &Profile) -> Result<Self, SpecimenError> {
        let specimen = form(profile, SEED, DAY)?;
        let locked = specimen.chip.image();
        let chip = Chip::from_image(&locked).unwrap();
        let images = BTreeMap::from([(Phase::Locked, Some(locked))]);
        Ok(Self { specimen, images, chip, chance: SeededEntropy::new([0xCE; 32]) })
    }

    fn image(&mut self, phase: Phase) -> Option<Vec<u8>> {
        if let Some(known) = self.images.get(&phase) {
            return known.clone();
        }
        let select = CommandApdu::new(0x00, ins::SELECT, 0x04, 0x0C).with_data(ESERVICES);
        let activate = CommandApdu::new(0x00, ins::ACTIVATE_FILE, 0x00, 0x00);
        let terminate = CommandApdu::new(0x00, ins::TERMINATE_CARD_USAGE, 0x00, 0x00);
        let image = match phase {
            Phase::Initialized => self.formed_until(Stage::Initialized),
            Phase::Written => self.formed_until(Stage::Formed),
            Phase::Locked => None,
            Phase::Activated => self.gone_on(Phase::Locked, State::OfficeActivate, &[select, activate]),
            Phase::Terminated => self.gone_on(Phase::Activated, State::OfficeTerminate, &[terminate]),
        };
        self.images.insert(phase, image.clone());
        image
    }

    fn formed_until(&self, stage: Stage) -> Option<Vec<u8>> {
        form_until(&self.specimen.profile, SEED, DAY, stage).ok().map(|specimen| specimen.chip.image())
    }

    /// A chip whose rules were changed may not let this be done to it: then it does not come to this phase.
    fn gone_on(&mut self, from: Phase, state: State, commands: &[CommandApdu]) -> Option<Vec<u8>> {
        let mut entropy = SeededEntropy::new([0xED; 32]);
        let done = self.renew(from) && carry_out(state, commands, self, &mut entropy).is_ok();
        done.then(|| self.chip.image())
    }
}

const SEED: [u8; 32] = [0xAC; 32];
const DAY: jiff::civil::Date = jiff::civil::date(2026, 11, 2);
const ESERVICES: [u8; 9] = [0xF0, 0x53, 0x49, 0x47, 0x49, 0x4C, 0x4C, 0x4F, 0x01];

impl Subject for Witness {
    fn renew(&mut self, phase: Phase) -> bool {
        let Some(image) = self.image(phase) else { return false };
        self.chip = Chip::from_image(&image).unwrap();
        self.chip.power_on();
        true
    }

    fn reset(&mut self) {
        self.chip.power_on();
    }

    fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        self.chip.process(command, &mut self.chance).unwrap()
    }

    fn formation_keys(&self) -> KeySet {
        self.specimen.personalization_keys(KeyVersion::Formation).unwrap()
    }

    fn mrz_secret(&self) -> MrzSecret {
        self.specimen.mrz_secret()
    }

    fn document_number(&self) -> Vec<u8> {
        // The zone's first line: number and check digit stand in places 6 to 15.
        self.specimen.mrz.lines()[0].as_bytes()[5..15].to_vec()
    }

    fn can(&self) -> Password {
        password(&self.specimen, SecretName::Can, Password::can)
    }

    fn pin(&self) -> Password {
        password(&self.specimen, SecretName::Pin, Password::pin)
    }

    fn pin_digits(&self) -> SecretBytes {
        self.specimen.code(SecretName::Pin).unwrap()
    }

    fn puk_digits(&self) -> SecretBytes {
        self.specimen.code(SecretName::Puk).unwrap()
    }

    fn chain(&self, terminal: &TerminalType, rights: u8) -> Vec<CvCertificate> {
        chain(&self.specimen, terminal, rights).certificates
    }

    fn sign(&self, terminal: &TerminalType, rights: u8, message: &[u8]) -> Vec<u8> {
        chain(&self.specimen, terminal, rights).key.sign(message, &mut SeededEntropy::new([0; 32])).unwrap()
    }
}

pub(crate) fn chain(specimen: &Specimen, terminal: &TerminalType, rights: u8) -> TerminalChain {
    let terminals = if *terminal == TerminalType::Office { &specimen.office } else { &specimen.inspection };
    terminals.as_ref().unwrap().chain(rights).unwrap()
}

fn password<E: std::fmt::Debug>(
    specimen: &Specimen,
    name: SecretName,
    read: impl FnOnce(&str) -> Result<Password, E>,
) -> Password {
    specimen.code(name).unwrap().expose(|digits| read(std::str::from_utf8(digits).unwrap()).unwrap())
}
