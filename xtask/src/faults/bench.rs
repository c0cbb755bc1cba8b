//! A laboratory with chips of one profile, each formed once and had again from its image.

use std::rc::Rc;

use jiff::civil::{Date, date};
use sigillo_crypto::SeededEntropy;
use sigillo_perso::KeyVersion;
use sigillo_profile::{Profile, SecretName, embedded};
use sigillo_qualify::format::Fresh;
use sigillo_qualify::{
    Authority, Facts, Gone, Lab, Options, PersonalizationKeys, Subject, TerminalChain, Verdict, run_stated, statement,
};
use sigillo_specimen::{ChainTerms, Specimen, Stage, Terminals, form, form_until};
use sigillo_vchip::{Chip, Fault};

/// What keeps a run from its end; none of it is a verdict.
pub(super) type Broken = Box<dyn std::error::Error>;

/// Chips of a profile before any fault, and what is known of them.
pub(super) struct Bench {
    lab: Lab,
    facts: Facts,
    images: Images,
}

/// Each as it was formed.
#[derive(Clone)]
struct Images {
    own: Rc<Vec<u8>>,
    other: Rc<Vec<u8>>,
    manufactured: Rc<Vec<u8>>,
    initialized: Rc<Vec<u8>>,
    unlocked: Rc<Vec<u8>>,
}

impl Bench {
    /// Forms the chips, and finds out what a chip without a fault can do.
    pub(super) fn new(profile: &str) -> Result<Self, Broken> {
        let profile = Profile::parse(embedded(profile).ok_or_else(|| format!("no profile {profile}"))?)?;
        let own = form(&profile, OWN, DAY)?;
        let at = |stage| form_until(&profile, OWN, DAY, stage).map(|specimen| Rc::new(specimen.chip.image()));
        let images = Images {
            own: Rc::new(own.chip.image()),
            other: Rc::new(form(&profile, OTHER, DAY)?.chip.image()),
            manufactured: at(Stage::Manufactured)?,
            initialized: at(Stage::Initialized)?,
            unlocked: at(Stage::Formed)?,
        };
        let lab = laboratory(&own)?;
        let mut sound = ChipOnBench::new(images.clone(), None)?;
        let facts = statement(&mut sound, &lab, &mut SeededEntropy::new(CHANCE))?;
        Ok(Self { lab, facts, images })
    }

    /// How one case, named `suite/case`, ends on a chip with this fault, or with none.
    pub(super) fn verdict(&self, case: &str, fault: Option<Fault>) -> Result<Verdict, Broken> {
        let mut subject = ChipOnBench::new(self.images.clone(), fault)?;
        let (suite, name) = case.split_once('/').ok_or("a case is named with its suite")?;
        let options = Options {
            suites: vec![suite.to_owned()],
            cases: vec![name.to_owned()],
            sacrificial: true,
            granted: GRANTED.map(str::to_owned).to_vec(),
            ..Options::default()
        };
        let mut entropy = SeededEntropy::new(CHANCE);
        let report = run_stated(&mut subject, &self.lab, self.facts.clone(), &options, &mut entropy, &mut |_| {})?;
        let row = report.cases.into_iter().next();
        Ok(row.ok_or_else(|| format!("case {case} gave no verdict"))?.verdict)
    }
}

/// A chip with a fault, which all chips in its place have too.
struct ChipOnBench {
    images: Images,
    fault: Option<Fault>,
    chip: Chip,
    entropy: SeededEntropy,
}

impl ChipOnBench {
    fn new(images: Images, fault: Option<Fault>) -> Result<Self, Broken> {
        let chip = planted(&images.own, fault).map_err(|gone| gone.0)?;
        Ok(Self { images, fault, chip, entropy: SeededEntropy::new(CHANCE_OF_CHIP) })
    }

    fn take(&mut self, image: &[u8]) -> Result<bool, Gone> {
        self.chip = planted(image, self.fault)?;
        Ok(true)
    }
}

impl Subject for ChipOnBench {
    fn reset(&mut self) -> Result<Vec<u8>, Gone> {
        self.chip.power_off();
        Ok(self.chip.power_on())
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Gone> {
        self.chip.process(command, &mut self.entropy).map_err(|lost| Gone(lost.to_string()))
    }

    fn renew(&mut self) -> Result<bool, Gone> {
        let image = Rc::clone(&self.images.own);
        self.take(&image)
    }

    fn renew_as(&mut self, phase: Fresh) -> Result<bool, Gone> {
        let image = match phase {
            Fresh::Manufactured => &self.images.manufactured,
            Fresh::Initialized => &self.images.initialized,
            Fresh::Unlocked => &self.images.unlocked,
            _ => return Ok(false),
        };
        let image = Rc::clone(image);
        self.take(&image)
    }

    fn cut(&mut self, point: u32) -> Result<bool, Gone> {
        self.chip.arm_cut(point);
        Ok(true)
    }

    fn exchange(&mut self) -> Result<bool, Gone> {
        let Images { own, other, .. } = &mut self.images;
        std::mem::swap(own, other);
        self.renew()
    }
}

fn planted(image: &[u8], fault: Option<Fault>) -> Result<Chip, Gone> {
    let mut chip = Chip::from_image(image).map_err(|refused| Gone(refused.to_string()))?;
    chip.plant(fault);
    Ok(chip)
}

fn laboratory(specimen: &Specimen) -> Result<Lab, Broken> {
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
    lab = lab.with_personalization(PersonalizationKeys {
        transport: specimen.personalization_keys(KeyVersion::Transport)?,
        formation: specimen.personalization_keys(KeyVersion::Formation)?,
    });
    if let Some(terminals) = &specimen.inspection {
        lab = lab.with_inspection(chain(terminals)?).with_authority(authority(terminals));
    }
    if let Some(terminals) = &specimen.office {
        lab = lab.with_office(chain(terminals)?).with_office_authority(authority(terminals));
    }
    Ok(lab)
}

fn chain(terminals: &Terminals) -> Result<TerminalChain, Broken> {
    let chain = terminals.chain_of(&ChainTerms::default())?;
    Ok(TerminalChain { certificates: chain.certificates, key: Rc::new(chain.key) })
}

fn authority(terminals: &Terminals) -> Authority {
    Authority { certificate: terminals.root().clone(), key: Rc::clone(terminals.root_key()) }
}

const DAY: Date = date(2026, 11, 22);
const OWN: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [77; 32];
/// What the chip draws; the laboratory must not draw the same keys.
const CHANCE_OF_CHIP: [u8; 32] = [8; 32];
const CHANCE: [u8; 32] = [9; 32];
/// What nobody can find out by asking the chip.
const GRANTED: [&str; 4] = ["native-dialect", "personalization", "ta-migration", "virtual"];
