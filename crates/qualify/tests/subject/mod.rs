//! A specimen behind the engine's transport.

use std::rc::Rc;

use jiff::civil::{Date, date};
use sigillo_crypto::SeededEntropy;
use sigillo_perso::KeyVersion;
use sigillo_profile::{Profile, SecretName, embedded};
use sigillo_qualify::format::Fresh;
use sigillo_qualify::{Authority, Gone, Lab, PersonalizationKeys, Subject, TerminalChain};
use sigillo_specimen::{ChainTerms, Specimen, Stage, Terminals, form, form_until};

const DAY: Date = date(2026, 11, 22);
const OWN: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [77; 32];

pub(crate) struct VirtualSubject {
    profile: Profile,
    specimen: Specimen,
    seeds: [[u8; 32]; 2],
    entropy: SeededEntropy,
}

impl VirtualSubject {
    pub(crate) fn new(profile: &str) -> Self {
        let profile = Profile::parse(embedded(profile).unwrap()).unwrap();
        let specimen = form(&profile, OWN, DAY).unwrap();
        Self { profile, specimen, seeds: [OWN, OTHER], entropy: SeededEntropy::new([8; 32]) }
    }

    pub(crate) fn lab(&self) -> Lab {
        let specimen = &self.specimen;
        let mut lab = Lab::new(&specimen.mrz, DAY).with_anchor(specimen.csca().clone());
        if let Some(can) = specimen.code(SecretName::Can) {
            lab = lab.with_can(can);
        }
        if let Some(pin) = specimen.code(SecretName::Pin) {
            lab = lab.with_pin(pin);
        }
        if let Some(puk) = specimen.code(SecretName::Puk) {
            lab = lab.with_puk(puk);
        }
        let keys = |version| specimen.personalization_keys(version).unwrap();
        let [transport, formation] = [KeyVersion::Transport, KeyVersion::Formation].map(keys);
        lab = lab.with_personalization(PersonalizationKeys { transport, formation });
        if let Some(terminals) = &specimen.inspection {
            lab = lab.with_inspection(chain(terminals)).with_authority(authority(terminals));
        }
        if let Some(terminals) = &specimen.office {
            lab = lab.with_office(chain(terminals)).with_office_authority(authority(terminals));
        }
        lab
    }

    fn take(&mut self, seed: [u8; 32], stage: Stage) -> Result<bool, Gone> {
        self.specimen = form_until(&self.profile, seed, DAY, stage).map_err(|error| Gone(error.to_string()))?;
        Ok(true)
    }
}

fn chain(terminals: &Terminals) -> TerminalChain {
    let chain = terminals.chain_of(&ChainTerms::default()).unwrap();
    TerminalChain { certificates: chain.certificates, key: Rc::new(chain.key) }
}

fn authority(terminals: &Terminals) -> Authority {
    Authority { certificate: terminals.root().clone(), key: Rc::clone(terminals.root_key()) }
}

impl Subject for VirtualSubject {
    fn reset(&mut self) -> Result<Vec<u8>, Gone> {
        self.specimen.chip.power_off();
        Ok(self.specimen.chip.power_on())
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Gone> {
        self.specimen.chip.process(command, &mut self.entropy).map_err(|_| Gone("no power".to_owned()))
    }

    fn renew(&mut self) -> Result<bool, Gone> {
        let [own, _] = self.seeds;
        self.take(own, Stage::Locked)
    }

    fn renew_as(&mut self, phase: Fresh) -> Result<bool, Gone> {
        let [own, _] = self.seeds;
        match phase {
            Fresh::Manufactured => self.take(own, Stage::Manufactured),
            Fresh::Initialized => self.take(own, Stage::Initialized),
            Fresh::Unlocked => self.take(own, Stage::Formed),
            _ => Ok(false),
        }
    }

    fn cut(&mut self, point: u32) -> Result<bool, Gone> {
        self.specimen.chip.arm_cut(point);
        Ok(true)
    }

    fn exchange(&mut self) -> Result<bool, Gone> {
        self.seeds.reverse();
        let [now, _] = self.seeds;
        self.take(now, Stage::Locked)
    }
}
