//! A laboratory for specimens: everything that opens one, and chips for cases that spend them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::civil::Date;
use sigillo_crypto::SeededEntropy;
use sigillo_perso::KeyVersion;
use sigillo_profile::{Profile, SecretName};
use sigillo_qualify::format::Fresh;
use sigillo_qualify::{Authority, Gone, Lab, PersonalizationKeys, Subject};
use sigillo_vchip::Chip;

use crate::error::SpecimenError;
use crate::forming::{Stage, form, form_until};
use crate::specimen::Specimen;
use crate::terminals::{ChainTerms, Terminals};

/// Virtual chips of one profile before the cases of [`sigillo_qualify`]: of one holder in each phase, and of another holder.
///
/// Each is formed once, when it is first asked for, and had again from its image.
pub struct Supply {
    stock: Rc<Stock>,
    /// Whose chip is in its place, and whose it may be exchanged for.
    seeds: [[u8; 32]; 2],
    alter: Rc<dyn Fn(&mut Chip)>,
    chip: Chip,
    entropy: SeededEntropy,
}

/// What has been formed.
struct Stock {
    profile: Profile,
    day: Date,
    images: RefCell<Images>,
}

/// By holder and phase.
type Images = BTreeMap<([u8; 32], Stage), Vec<u8>>;

impl Supply {
    /// Chips of these two holders; they and the laboratory must draw from other randomness, which `chance` is for.
    ///
    /// # Errors
    ///
    /// As [`form`].
    pub fn new(profile: Profile, seeds: [[u8; 32]; 2], chance: [u8; 32], day: Date) -> Result<Self, SpecimenError> {
        let [own, _] = seeds;
        let stock = Stock { profile, day, images: RefCell::default() };
        let chip = stock.chip(own, Stage::Locked)?;
        Ok(Self { stock: Rc::new(stock), seeds, alter: Rc::new(|_| {}), chip, entropy: SeededEntropy::new(chance) })
    }

    /// The same chips, to each of which this is done before it is powered for the first time.
    ///
    /// # Errors
    ///
    /// As [`form`].
    pub fn altered(&self, chance: [u8; 32], alter: impl Fn(&mut Chip) + 'static) -> Result<Self, SpecimenError> {
        let (stock, seeds) = (Rc::clone(&self.stock), self.seeds);
        let [own, _] = seeds;
        let mut chip = stock.chip(own, Stage::Locked)?;
        alter(&mut chip);
        Ok(Self { stock, seeds, alter: Rc::new(alter), chip, entropy: SeededEntropy::new(chance) })
    }

    /// What the laboratory knows of the first holder's chip: all there is.
    ///
    /// # Errors
    ///
    /// As [`form`], and a code of `cvc` for the terminals.
    pub fn lab(&self) -> Result<Lab, SpecimenError> {
        let [own, _] = self.seeds;
        form(&self.stock.profile, own, self.stock.day)?.laboratory()
    }

    fn take(&mut self, seed: [u8; 32], stage: Stage) -> Result<bool, Gone> {
        self.chip = self.stock.chip(seed, stage).map_err(|error| Gone(error.to_string()))?;
        (self.alter)(&mut self.chip);
        Ok(true)
    }
}

impl Specimen {
    /// A laboratory that knows everything that opens this chip, and holds the roots that it trusts.
    ///
    /// # Errors
    ///
    /// A code of `cvc` or `channel`; none with keys that exist.
    pub fn laboratory(&self) -> Result<Lab, SpecimenError> {
        let mut lab = Lab::new(&self.mrz, self.day).with_anchor(self.csca().clone());
        for (name, with) in [
            (SecretName::Can, Lab::with_can as fn(_, _) -> _),
            (SecretName::Pin, Lab::with_pin),
            (SecretName::Puk, Lab::with_puk),
        ] {
            if let Some(digits) = self.code(name) {
                lab = with(lab, digits);
            }
        }
        lab = lab.with_personalization(PersonalizationKeys {
            transport: self.personalization_keys(KeyVersion::Transport)?,
            formation: self.personalization_keys(KeyVersion::Formation)?,
        });
        if let Some(terminals) = &self.inspection {
            lab = lab.with_inspection(terminal(terminals)?).with_authority(authority(terminals));
        }
        if let Some(terminals) = &self.office {
            lab = lab.with_office(terminal(terminals)?).with_office_authority(authority(terminals));
        }
        Ok(lab)
    }
}

impl Stock {
    /// A chip as it was formed, without power.
    fn chip(&self, seed: [u8; 32], stage: Stage) -> Result<Chip, SpecimenError> {
        let known = self.images.borrow().get(&(seed, stage)).map(|image| Chip::from_image(image));
        if let Some(Ok(chip)) = known {
            return Ok(chip);
        }
        let chip = form_until(&self.profile, seed, self.day, stage)?.chip;
        self.images.borrow_mut().insert((seed, stage), chip.image());
        Ok(chip)
    }
}

/// A terminal with every right.
fn terminal(terminals: &Terminals) -> Result<sigillo_qualify::TerminalChain, SpecimenError> {
    let chain = terminals.chain_of(&ChainTerms::default())?;
    Ok(sigillo_qualify::TerminalChain { certificates: chain.certificates, key: Rc::new(chain.key) })
}

fn authority(terminals: &Terminals) -> Authority {
    Authority { certificate: terminals.root().clone(), key: Rc::clone(terminals.root_key()) }
}

impl Subject for Supply {
    fn reset(&mut self) -> Result<Vec<u8>, Gone> {
        self.chip.power_off();
        Ok(self.chip.power_on())
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Gone> {
        self.chip.process(command, &mut self.entropy).map_err(|lost| Gone(lost.to_string()))
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
        self.chip.arm_cut(point);
        Ok(true)
    }

    fn exchange(&mut self) -> Result<bool, Gone> {
        self.seeds.reverse();
        self.renew()
    }
}

/// The chips hold test keys and an invented person.
impl std::fmt::Debug for Supply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Supply({}, redacted)", self.stock.profile.name)
    }
}
