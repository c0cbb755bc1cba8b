//! A specimen behind the engine's transport.

use jiff::civil::{Date, date};
use sigillo_crypto::SeededEntropy;
use sigillo_profile::{Profile, embedded};
use sigillo_qualify::{Gone, Lab, Subject};
use sigillo_specimen::{Specimen, form};

const DAY: Date = date(2026, 11, 22);

pub(crate) struct VirtualSubject {
    profile: Profile,
    specimen: Specimen,
    entropy: SeededEntropy,
}

impl VirtualSubject {
    pub(crate) fn new(profile: &str) -> Self {
        let profile = Profile::parse(embedded(profile).unwrap()).unwrap();
        let specimen = form(&profile, [7; 32], DAY).unwrap();
        Self { profile, specimen, entropy: SeededEntropy::new([8; 32]) }
    }

    pub(crate) fn lab(&self) -> Lab {
        Lab::new(&self.specimen.mrz, DAY).with_anchor(self.specimen.csca().clone())
    }
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
        self.specimen = form(&self.profile, [7; 32], DAY).map_err(|error| Gone(error.to_string()))?;
        Ok(true)
    }
}
