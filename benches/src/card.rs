//! A whole virtual card in this process: initialization, formation, public read and its judgement.

use std::collections::BTreeMap;

use sigillo_channel::scp03::KeySet;
use sigillo_crypto::SeededEntropy;
use sigillo_inspect::gate::{Expected, compare};
use sigillo_inspect::{FileName, ReadSession, Report, Request, judge};
use sigillo_keystore::{Keystore, SoftwareKeys};
use sigillo_lds::DataGroupNumber;
use sigillo_perso::{
    Act, ChipKeys, KeyVersion, Limits, Outcome, PersoDriver, PersoErrorKind, PersoPlan, Resources, chip_files,
};
use sigillo_profile::Content;
use sigillo_reader::{Card, LinkError, drive};
use sigillo_vchip::Chip;

use crate::clock::{median, seconds};
use crate::failure::Failure;
use crate::fixture::{BATCH, Fixture, Prepared};
use crate::row::Row;

const SERIAL: [u8; 10] = *b"BENCH00001";
const ROUNDS: u32 = 15;
const PIECES: u32 = 10;
/// A whole command of UPDATE BINARY at the profile's limits is longer than this.
const LONG_COMMAND: usize = 2000;
const UPDATE_BINARY: u8 = 0xD6;

/// A virtual chip without any file behind it.
pub(crate) struct InProcess {
    chip: Chip,
    entropy: SeededEntropy,
}

/// What is known of the card that is made.
pub(crate) struct Making<'f> {
    fixture: &'f mut Fixture,
    limits: Limits,
    chip_files: BTreeMap<Content, Vec<u8>>,
    holder: Option<Prepared>,
}

/// A card, and the CPU time of each long UPDATE BINARY on it.
struct Timed {
    card: InProcess,
    updates: Vec<f64>,
}

/// What the plan's references stand for.
struct References<'r> {
    keys: &'r SoftwareKeys,
    chip_files: &'r BTreeMap<Content, Vec<u8>>,
    holder: Option<&'r Prepared>,
}

/// Cards a second, and UPDATE BINARY a second on the chip's side alone.
pub(crate) fn rows(fixture: &mut Fixture) -> Result<Vec<Row>, Failure> {
    let limits = Limits::of_profile(&fixture.profile);
    let plan = PersoPlan::formation(&fixture.profile)?;
    let mut cards = Vec::new();
    for _ in 0..ROUNDS {
        let mut spent = 0.0;
        for _ in 0..PIECES {
            let mut card = InProcess::manufactured(&fixture.keys)?;
            let mut making = Making::initialized(fixture, limits, &mut card, |_, _| ())?;
            spent += seconds(|| {
                making.carry_out(&plan, &mut card, |_, _| ())?;
                making.read_publicly(&mut card)
            })?;
        }
        cards.push(spent / f64::from(PIECES));
    }
    let mut card = Timed { card: InProcess::manufactured(&fixture.keys)?, updates: Vec::new() };
    let mut making = Making::initialized(fixture, limits, &mut card, |_, _| ())?;
    making.carry_out(&plan, &mut card, |_, _| ())?;
    let (card_time, update) = (median(cards), median(card.updates));
    Ok(vec![
        Row::new("card.rate", 1.0 / card_time, "cards/s"),
        Row::new("card.time", card_time * 1e3, "ms"),
        Row::new("card.update-binary-on-the-chip", 1.0 / update, "APDUs/s"),
    ])
}

impl InProcess {
    /// A chip as its vendor delivers it.
    pub(crate) fn manufactured(keys: &SoftwareKeys) -> Result<Self, Failure> {
        let chip = Chip::manufacture(SERIAL, keys.transport_keys(BATCH, &SERIAL)?);
        Ok(Self { chip, entropy: SeededEntropy::new([0xC4; 32]) })
    }
}

impl<'f> Making<'f> {
    /// Brings a chip into the stock; `after` sees each step.
    pub(crate) fn initialized<C: Card>(
        fixture: &'f mut Fixture,
        limits: Limits,
        card: &mut C,
        after: impl FnMut(&Act, &C),
    ) -> Result<Self, Failure> {
        let profile = &fixture.profile;
        let chip_files = chip_files(profile, &ChipKeys::default())?;
        let plan = PersoPlan::initialization(profile)?;
        let mut making = Self { fixture, limits, chip_files, holder: None };
        making.carry_out(&plan, card, after)?;
        Ok(making)
    }

    /// Carries out a plan on a chip that was just given power; `after` sees each step.
    pub(crate) fn carry_out<C: Card>(
        &mut self,
        plan: &PersoPlan,
        card: &mut C,
        mut after: impl FnMut(&Act, &C),
    ) -> Result<(), Failure> {
        card.reset()?;
        let mut driver = PersoDriver::new(self.limits);
        for step in &plan.steps {
            if step.act == Act::Seal {
                self.holder = Some(self.fixture.prepare(None, &self.chip_files)?);
            }
            let (keys, files) = (&self.fixture.keys, &self.chip_files);
            let mut references = References { keys, chip_files: files, holder: self.holder.as_ref() };
            if driver.ask(step, &self.fixture.profile, &mut references)? {
                drive(card, &mut driver)?;
            }
            for outcome in driver.finish()? {
                if let Outcome::KeyPair { name, public_key } = outcome {
                    let mut public_keys = ChipKeys::default();
                    public_keys.insert(&name, public_key);
                    self.chip_files.extend(chip_files(&self.fixture.profile, &public_keys)?);
                }
            }
            after(&step.act, card);
        }
        Ok(())
    }

    /// Reads the locked chip as a stranger does and judges it as the release gate does; anything but a pass is a failure.
    pub(crate) fn read_publicly(&mut self, card: &mut dyn Card) -> Result<(), Failure> {
        card.reset()?;
        let expected = self.expected()?;
        let holder = self.holder.as_ref().ok_or("nothing is sealed")?;
        let (secret, entropy) = (holder.files.mrz_secret(), &mut SeededEntropy::new([0x1F; 32]));
        let request = Request::with_mrz(secret).probing_the_lock().probing_closed_files();
        let request = if self.limits == Limits::SHORT { request.short_only() } else { request };
        let mut session = ReadSession::new(request, entropy);
        drive(card, &mut session)?;
        let outcome = session.into_outcome();
        let anchors = self.fixture.keys.csca_certificates();
        let checks = judge(&outcome, anchors, &holder.files.mrz_secret(), Fixture::now());
        let report = Report::new(&outcome, checks).with_checks(compare(&outcome, &expected));
        if report.verified { Ok(()) } else { Err(format!("the card did not pass:\n{}", report.text()).into()) }
    }

    pub(crate) fn fixture(&self) -> &Fixture {
        self.fixture
    }

    /// A file as it lies on the finished chip.
    pub(crate) fn file(&self, content: Content) -> Option<&[u8]> {
        self.chip_files.get(&content).map(Vec::as_slice).or_else(|| self.holder.as_ref()?.file(content))
    }

    fn expected(&self) -> Result<Expected, Failure> {
        let digest = self.holder.as_ref().map(|holder| holder.seal.digest()).unwrap_or_default();
        let mut expected = Expected { sod_digest: digest, ..Expected::default() };
        for content in self.fixture.profile.files.iter().filter_map(|row| row.content()) {
            let name = match content {
                Content::AtrInfo if self.limits == Limits::SHORT => continue,
                Content::AtrInfo => FileName::AtrInfo,
                Content::Com => FileName::Com,
                Content::Sod => FileName::Sod,
                Content::DataGroup(number) => FileName::DataGroup(DataGroupNumber::new(number)?),
                _ => continue,
            };
            if name.is_sensitive() {
                expected.closed.insert(name);
            } else {
                expected.readable.insert(name, self.file(content).ok_or("a file was not made")?.to_vec());
            }
        }
        Ok(expected)
    }
}

impl Card for InProcess {
    fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
        Ok(self.chip.power_on())
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        self.chip.process(command, &mut self.entropy).map_err(|_| LinkError::Mute)
    }
}

impl Card for Timed {
    fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
        self.card.reset()
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let mut answer = Err(LinkError::Mute);
        let spent = seconds(|| {
            answer = self.card.transmit(command);
            Ok(())
        });
        if command.get(1) == Some(&UPDATE_BINARY) && command.len() > LONG_COMMAND {
            self.updates.extend(spent.ok());
        }
        answer
    }
}

impl Resources for References<'_> {
    fn keys(&mut self, version: KeyVersion) -> Result<KeySet, PersoErrorKind> {
        let keys = match version {
            KeyVersion::Transport => self.keys.transport_keys(BATCH, &SERIAL),
            KeyVersion::Formation => self.keys.formation_keys(&SERIAL, version as u8),
        };
        keys.map_err(|_| PersoErrorKind::NotProvided("the key set"))
    }

    fn host_challenge(&mut self) -> [u8; 8] {
        [7; 8]
    }

    fn file(&self, content: Content) -> Option<&[u8]> {
        self.chip_files.get(&content).map(Vec::as_slice).or_else(|| self.holder?.file(content))
    }

    fn mrz_secret(&self) -> Option<sigillo_channel::bac::MrzSecret> {
        self.holder.map(|holder| holder.files.mrz_secret())
    }
}
