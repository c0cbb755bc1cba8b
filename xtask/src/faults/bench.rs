//! A laboratory with chips of one profile, each formed once and had again from its image.

use jiff::civil::{Date, date};
use sigillo_crypto::SeededEntropy;
use sigillo_profile::{Profile, embedded};
use sigillo_qualify::{Facts, Lab, Options, Verdict, run_stated, statement};
use sigillo_specimen::Supply;
use sigillo_vchip::Fault;

/// What keeps a run from its end; none of it is a verdict.
pub(super) type Broken = Box<dyn std::error::Error>;

/// Chips of a profile before any fault, and what is known of them.
pub(super) struct Bench {
    lab: Lab,
    facts: Facts,
    sound: Supply,
}

impl Bench {
    /// Forms a chip, and finds out what a chip without a fault can do.
    pub(super) fn new(profile: &str) -> Result<Self, Broken> {
        let profile = Profile::parse(embedded(profile).ok_or_else(|| format!("no profile {profile}"))?)?;
        let mut sound = Supply::new(profile, [OWN, OTHER], CHANCE_OF_CHIP, DAY)?;
        let lab = sound.lab()?;
        let facts = statement(&mut sound, &lab, &mut SeededEntropy::new(CHANCE))?;
        Ok(Self { lab, facts, sound })
    }

    /// How one case, named `suite/case`, ends on a chip with this fault, or with none.
    pub(super) fn verdict(&self, case: &str, fault: Option<Fault>) -> Result<Verdict, Broken> {
        // All chips in its place have the fault, too.
        let mut subject = self.sound.altered(CHANCE_OF_CHIP, move |chip| chip.plant(fault))?;
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

const DAY: Date = date(2026, 11, 22);
const OWN: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [77; 32];
/// What the chip draws; the laboratory must not draw the same keys.
const CHANCE_OF_CHIP: [u8; 32] = [8; 32];
const CHANCE: [u8; 32] = [9; 32];
/// What nobody can find out by asking the chip.
const GRANTED: [&str; 4] = ["native-dialect", "personalization", "ta-migration", "virtual"];
