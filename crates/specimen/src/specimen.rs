use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::chip_keys::diversify;
use sigillo_channel::scp03::KeySet;
use sigillo_lds::mrz::Td1;
use sigillo_perso::{ChipKeys, KeyVersion};
use sigillo_profile::{Content, Profile, SecretName};
use sigillo_seal::x509::Certificate;
use sigillo_secret::{SecretBytes, SymmetricKey};
use sigillo_vchip::Chip;

use crate::error::SpecimenError;
use crate::issuer::Issuer;
use crate::terminals::Terminals;

/// A formed and locked virtual TEST chip, and everything that was used to make it.
pub struct Specimen {
    /// The chip, without power.
    pub chip: Chip,
    /// Its profile.
    pub profile: Profile,
    /// The day on which it was formed.
    pub day: Date,
    /// The serial that it answered before the lock.
    pub serial: [u8; 10],
    /// The holder's machine readable zone.
    pub mrz: Td1,
    /// The public keys that it generated.
    pub keys: ChipKeys,
    /// Every file as it was written.
    pub files: BTreeMap<Content, Vec<u8>>,
    /// Who sealed it.
    pub issuer: Issuer,
    /// Inspection systems, if the chip has a trust point for them.
    pub inspection: Option<Terminals>,
    /// Terminals of the issuing office, if the chip has a trust point for them.
    pub office: Option<Terminals>,
    pub(crate) codes: BTreeMap<SecretName, SecretBytes>,
    /// From which its transport keys and its formation keys come.
    pub(crate) masters: [SymmetricKey; 2],
}

impl Specimen {
    /// What opens BAC, and PACE with the MRZ.
    #[must_use]
    pub fn mrz_secret(&self) -> MrzSecret {
        MrzSecret::from_mrz_information(&self.mrz.mrz_information())
    }

    /// The digits of CAN, PIN or PUK as they were set; `None` if the chip has none.
    #[must_use]
    pub fn code(&self, name: SecretName) -> Option<SecretBytes> {
        self.codes.get(&name).map(|digits| digits.expose(SecretBytes::copy_of))
    }

    /// The keys of personalization, which serve no locked chip.
    ///
    /// # Errors
    ///
    /// None with keys that exist.
    pub fn personalization_keys(&self, version: KeyVersion) -> Result<KeySet, SpecimenError> {
        let [transport, formation] = &self.masters;
        let master = match version {
            KeyVersion::Transport => transport,
            KeyVersion::Formation => formation,
        };
        Ok(diversify(master, &self.serial, version as u8)?)
    }

    /// The trust anchor for EF.SOD and EF.CardSecurity.
    #[must_use]
    pub fn csca(&self) -> &Certificate {
        self.issuer.csca()
    }

    /// Noon of the day on which it was formed.
    #[must_use]
    pub fn now(&self) -> DateTime {
        self.day.at(12, 0, 0, 0)
    }
}

/// Only what is no secret: the chip is full of test keys and of an invented person.
impl std::fmt::Debug for Specimen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Specimen({}, redacted)", self.profile.name)
    }
}
