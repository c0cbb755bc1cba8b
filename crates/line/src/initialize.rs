//! Initialization: from a vendor's chip to a chip of the stock (decision D1).

use sigillo_crypto::sha256;
use sigillo_issuance::life_cycle::CardState;
use sigillo_perso::{
    Act, ChipKeys, Identity, KeyVersion, Limits, Outcome, PersoDriver, PersoPlan, PlanStep, profile_digest,
};
use sigillo_profile::Content;
use sigillo_reader::Card;
use sigillo_store::{CardRow, RunId, Serial, StoreError};

use crate::error::LineError;
use crate::resources::{ChipFiles, ChipResources};
use crate::station::Station;
use crate::work::{Asked, carry_out, identity, run};
use crate::work::{Line, Progress};

/// What an initialization did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Initialised {
    /// Chips that entered the stock.
    pub entered: u64,
    /// Chips that were passed over: in the stock already, bound, locked or terminated.
    pub passed_over: u64,
}

/// Numbers printed on blanks: the first of them, counting up.
#[derive(Clone, Debug)]
pub struct BlankNumbers {
    next: u32,
}

impl BlankNumbers {
    /// Reads the first number: `I` and eight digits.
    #[must_use]
    pub fn parse(first: &str) -> Option<Self> {
        let digits =
            first.strip_prefix('I').filter(|digits| digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit()))?;
        digits.parse().ok().map(|next| Self { next })
    }

    fn current(&self) -> String {
        format!("I{:08}", self.next)
    }

    /// A blank went by: the one behind it carries the next number.
    fn advance(&mut self) {
        self.next += 1;
    }
}

impl Line<'_> {
    /// Initializes the chips of a station until it has no further one, or `limit` have entered.
    ///
    /// # Errors
    ///
    /// The first chip that refuses stops the station: a wrong transport key would burn one chip after the other.
    pub fn initialize(
        &mut self,
        batch: &str,
        station: &mut dyn Station,
        limit: u64,
        mut numbers: Option<BlankNumbers>,
    ) -> Result<Initialised, LineError> {
        let at = self.at();
        let digest = profile_digest(self.home.profile())?;
        let run = self.store.start_run(
            sigillo_store::By { operator: self.operator, at: &at, run: None },
            None,
            digest,
            None,
        )?;
        let mut done = Initialised::default();
        while done.entered < limit
            && let Some(card) = station.next()?
        {
            if self.initialize_chip(run, batch, card, numbers.as_mut())? {
                done.entered += 1;
            } else {
                done.passed_over += 1;
                (self.progress)(Progress::PassedOver);
            }
        }
        let at = self.at();
        self.store.end_run(sigillo_store::By { operator: self.operator, at: &at, run: Some(run) }, run)?;
        Ok(done)
    }

    /// Brings one chip into the stock, from wherever an earlier attempt left it; `false` if it has no business here.
    fn initialize_chip(
        &mut self,
        run: RunId,
        batch: &str,
        card: &mut dyn Card,
        numbers: Option<&mut BlankNumbers>,
    ) -> Result<bool, LineError> {
        card.reset()?;
        let profile = self.home.profile();
        let plan = PersoPlan::initialization(profile)?;
        let mut work = Initialization {
            run,
            batch,
            numbers,
            driver: PersoDriver::new(Limits::of_profile(profile)),
            chip: ChipFiles::new(profile, ChipKeys::default())?,
            first: None,
            resumed: false,
        };
        for step in &plan.steps {
            if !self.initialization_step(&mut work, step, card)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Carries out one step; `false` if the chip is to be passed over.
    fn initialization_step(
        &mut self,
        work: &mut Initialization<'_>,
        step: &PlanStep,
        card: &mut dyn Card,
    ) -> Result<bool, LineError> {
        let replaced = work.first.is_some_and(|identity| identity.key_version == KeyVersion::Formation as u8);
        match &step.act {
            Act::Identify if work.first.is_none() => {
                let Asked::Identity(identity) = identity(self.talk(work, step, card))? else { return Ok(false) };
                return self.recognize(work, identity);
            }
            // The chip named the new key set when it was first asked: that channel is still to be opened.
            Act::Identify | Act::OpenChannel { keys: KeyVersion::Transport } | Act::ReplaceKeys if replaced => {}
            Act::ReplaceKeys => {
                // Not before it proved to hold the batch's keys: a chip of another batch leaves no trace here.
                if !work.resumed {
                    let digest = profile_digest(self.home.profile())?;
                    let at = self.at();
                    self.store.enter_card(self.by_run(&at, work.run), work.serial()?, work.batch, digest)?;
                }
                self.talk(work, step, card)?;
                self.key_set_replaced(work)?;
            }
            Act::CreateFile { file, .. } if work.resumed => {
                let row = self.home.profile().file(file).ok_or(LineError::WrongChip("of another profile"))?;
                work.driver.probe(&step.id, row);
                let outcomes = run(&mut work.driver, card)?;
                if outcomes.iter().any(|outcome| matches!(outcome, Outcome::Exists(false))) {
                    self.talk(work, step, card)?;
                }
            }
            Act::GenerateKeyPair { key, .. } => self.generate_key_pair(work, key, step, card)?,
            Act::EnterStock => {
                let dg14 = work.chip.file(Content::DataGroup(14)).map(sha256).ok_or(StoreError::KeyMissing)?;
                let at = self.at();
                let serial = work.serial()?;
                let number = work.numbers.as_deref().map(BlankNumbers::current);
                self.store.card_to_stock(self.by_run(&at, work.run), serial, dg14, number.as_deref())?;
                work.numbers.iter_mut().for_each(|numbers| numbers.advance());
                (self.progress)(Progress::Initialised { serial: &serial.to_string() });
            }
            _ => {
                self.talk(work, step, card)?;
            }
        }
        Ok(true)
    }

    fn recognize(&mut self, work: &mut Initialization<'_>, identity: Identity) -> Result<bool, LineError> {
        let serial = Serial::new(identity.serial);
        work.chip.serial = Some(identity.serial);
        work.first = Some(identity);
        let digest = profile_digest(self.home.profile())?;
        match self.store.card(serial)? {
            None if identity.key_version == KeyVersion::Transport as u8 => {}
            None => return Err(LineError::WrongChip("one that somebody else initialized")),
            Some(CardRow { state: CardState::Entering, profile_digest, batch, key_version, ca_public_key, .. }) => {
                if profile_digest != digest || batch != work.batch {
                    return Err(LineError::WrongChip(
                        "one whose initialization was begun with another profile or batch",
                    ));
                }
                work.resumed = true;
                if identity.key_version == KeyVersion::Formation as u8 && key_version.is_none() {
                    self.key_set_replaced(work)?;
                }
                if let Some(keys) = ca_public_key {
                    work.chip = ChipFiles::new(self.home.profile(), ChipKeys::decode(&keys)?)?;
                    work.chip.serial = Some(identity.serial);
                }
            }
            Some(card) => {
                // The same command after a crash counts the blanks that went by before it.
                if let Some(numbers) = &mut work.numbers
                    && card.blank_number == Some(numbers.current())
                {
                    numbers.advance();
                }
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn key_set_replaced(&mut self, work: &Initialization<'_>) -> Result<(), LineError> {
        let at = self.at();
        let version = KeyVersion::Formation as u8;
        Ok(self.store.key_set_replaced(self.by_run(&at, work.run), work.serial()?, version)?)
    }

    /// Generates until the public key is stored: a key that is not stored is replaced by a new one.
    fn generate_key_pair(
        &mut self,
        work: &mut Initialization<'_>,
        key: &str,
        step: &PlanStep,
        card: &mut dyn Card,
    ) -> Result<(), LineError> {
        if work.chip.keys().has(key) {
            return Ok(());
        }
        let serial = work.serial()?;
        self.intend(work.run, sigillo_store::Act::GenerateKey, serial)?;
        let generated = self.talk(work, step, card)?.into_iter().flatten().find_map(|outcome| match outcome {
            Outcome::KeyPair { public_key, .. } => Some(public_key),
            _ => None,
        });
        work.chip.add_key(self.home.profile(), key, generated.ok_or(StoreError::KeyMissing)?)?;
        let at = self.at();
        Ok(self.store.key_generated(self.by_run(&at, work.run), serial, &work.chip.keys().encode())?)
    }

    fn talk(
        &mut self,
        work: &mut Initialization<'_>,
        step: &PlanStep,
        card: &mut dyn Card,
    ) -> Result<Option<Vec<Outcome>>, LineError> {
        let today = self.today();
        let mut resources = ChipResources {
            keys: self.keys,
            entropy: self.entropy,
            batch: work.batch,
            chip: &work.chip,
            holder: None,
            sources: None,
            today,
        };
        carry_out(&mut work.driver, step, self.home, &mut resources, card)
    }
}

/// One chip's initialization.
struct Initialization<'w> {
    run: RunId,
    batch: &'w str,
    numbers: Option<&'w mut BlankNumbers>,
    driver: PersoDriver,
    chip: ChipFiles,
    /// What the chip first said of itself.
    first: Option<Identity>,
    /// An earlier attempt was interrupted: files may exist.
    resumed: bool,
}

impl Initialization<'_> {
    fn serial(&self) -> Result<Serial, LineError> {
        self.chip.serial.map(Serial::new).ok_or(LineError::WrongChip("one that did not say who it is"))
    }
}
