//! A run: chips come, each is asked who it is, and gets the record that it is bound to or the next one that waits.

use sigillo_channel::ChannelError;
use sigillo_issuance::life_cycle::{CardState, RecordState, ScrapManner};
use sigillo_perso::{
    ChipKeys, Limits, Outcome, PersoDriver, PersoErrorKind, PersoPlan, PlanStep, profile_digest, run_digest,
};
use sigillo_profile::Check;
use sigillo_reader::Card;
use sigillo_store::{Act, By, CardRow, JournalId, JournalRow, LotId, RecordRow, RunId, Scrapped, Serial, StoreError};

use crate::error::LineError;
use crate::formation::Shift;
use crate::resources::{ChipFiles, ChipResources};
use crate::sources::Sources;
use crate::station::Station;
use crate::work::{Asked, carry_out, identity, is_mute};
use crate::work::{Line, Progress};

/// What a run did before it ended or stopped.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Formed {
    /// Records that were released.
    pub released: u64,
    /// Chips that were terminated; their records were remade on others.
    pub scrapped: u64,
    /// Chips that had no work here.
    pub passed_over: u64,
}

impl Line<'_> {
    /// The digest of lot, profile and plan: what a run may be asked to insist on.
    ///
    /// # Errors
    ///
    /// Of the register or the profile.
    pub fn plan_digest(&self, lot: LotId) -> Result<[u8; 32], LineError> {
        let profile = self.home.profile();
        Ok(run_digest(&self.store.lot(lot)?.digest, profile, &PersoPlan::formation(profile)?)?)
    }

    /// Opens a run of a lot.
    ///
    /// # Errors
    ///
    /// `line.plan-digest` unless the plan is the approved one, `line.run-open` if the lot has a run that can be resumed,
    /// `line.gate-unavailable` if the profile's gate asks for a check that cannot be made here, `profile.date` if no
    /// document of the profile may be issued today, `line.without-source` if it asks for something that the home lacks.
    pub fn open_run(&mut self, lot: LotId, approved: Option<&str>) -> Result<RunId, LineError> {
        let plan = self.plan_digest(lot)?;
        if approved.is_some_and(|approved| !approved.eq_ignore_ascii_case(&hex::encode(plan))) {
            return Err(LineError::PlanDigest { found: hex::encode(plan) });
        }
        let profile = self.home.profile();
        if profile.insists_on(Check::Print) {
            self.printer()?;
        }
        profile.check_issue_day(self.today())?;
        Sources::open(self.certifying())?;
        // Two runs of one lot would tell two stories of the same records.
        if let Some(open) = self
            .store
            .runs()?
            .into_iter()
            .find(|run| run.lot == Some(lot) && run.plan_digest == Some(plan) && run.ended_at.is_none())
        {
            return Err(LineError::RunOpen { run: open.id.number() });
        }
        let at = self.at();
        let by = By { operator: self.operator, at: &at, run: None };
        Ok(self.store.start_run(by, Some(lot), profile_digest(profile)?, Some(plan))?)
    }

    /// Forms chips until every record of the run's lot is released; the same for a new run and for one that was stopped.
    ///
    /// # Errors
    ///
    /// `line.plan-digest` if the plan is no longer the one that the run was opened with; `line.no-more-chips`,
    /// `line.not-the-bound-chip`, `line.mute`, `line.gate` and the reader's: the run can be resumed.
    pub fn carry_on(&mut self, run: RunId, station: &mut dyn Station, limit: u64) -> Result<Formed, LineError> {
        let row = self.store.run(run)?;
        let lot = row.lot.ok_or(StoreError::UnknownLot)?;
        let plan = self.plan_digest(lot)?;
        if row.plan_digest.is_some_and(|opened_with| opened_with != plan) {
            return Err(LineError::PlanDigest { found: hex::encode(plan) });
        }
        let mut shift = Shift { run, lot, sources: Sources::open(self.certifying())? };
        let at = self.at();
        self.store.void_abandoned_slots(self.by_run(&at, run))?;
        let mut formed = Formed::default();
        let mut refused_in_a_row = 0;
        while self.waiting(lot)? > 0 {
            if formed.released + formed.scrapped == limit {
                return Err(LineError::NoMoreChips { left: self.waiting(lot)? });
            }
            let Some(chip) = station.next()? else {
                return Err(match self.interrupted(lot)? {
                    Some(serial) => LineError::NotTheBoundChip(serial),
                    None => LineError::NoMoreChips { left: self.waiting(lot)? },
                });
            };
            match self.work_on(&mut shift, chip)? {
                Worked::Released => {
                    formed.released += 1;
                    refused_in_a_row = 0;
                }
                Worked::Scrapped => {
                    formed.scrapped += 1;
                    refused_in_a_row += 1;
                    if refused_in_a_row == REFUSED_IN_A_ROW {
                        return Err(LineError::TooManyRefused(refused_in_a_row));
                    }
                }
                Worked::PassedOver => {
                    formed.passed_over += 1;
                    (self.progress)(Progress::PassedOver);
                }
            }
        }
        if row.ended_at.is_none() {
            let at = self.at();
            self.store.end_run(By { operator: self.operator, at: &at, run: Some(run) }, run)?;
        }
        Ok(formed)
    }

    /// Takes a card out of the world on an operator's word: mute, or locked and refused.
    ///
    /// # Errors
    ///
    /// Of the register: a witness is missing, the card's life cycle refuses.
    pub fn scrap(
        &mut self,
        serial: Serial,
        manner: ScrapManner,
        reason: &str,
        witness: Option<&str>,
    ) -> Result<(), LineError> {
        let at = self.at();
        let scrapped = Scrapped { manner, reason: reason.to_owned(), witness: witness.map(str::to_owned) };
        Ok(self.store.scrap(By { operator: self.operator, at: &at, run: None }, serial, &scrapped)?)
    }

    /// Stores durably that an act is about to be tried; one that a crash left open is taken up again.
    pub(crate) fn intend(&mut self, run: RunId, act: Act, serial: Serial) -> Result<JournalId, LineError> {
        self.intend_with(run, act, serial, &[])
    }

    pub(crate) fn intend_with(
        &mut self,
        run: RunId,
        act: Act,
        serial: Serial,
        intended: &[(&str, String)],
    ) -> Result<JournalId, LineError> {
        if let Some(row) = self.open_act(act, serial)? {
            return Ok(row.id);
        }
        let at = self.at();
        Ok(self.store.intent(self.by_run(&at, run), act, serial, intended)?)
    }

    fn open_act(&self, act: Act, serial: Serial) -> Result<Option<JournalRow>, LineError> {
        Ok(self.store.open_intents(serial)?.into_iter().find(|row| row.act == act))
    }

    /// How many records of a lot are not released yet.
    ///
    /// # Errors
    ///
    /// Of the register.
    pub fn waiting(&self, lot: LotId) -> Result<u64, LineError> {
        let counts = self.store.record_counts(lot)?;
        let count = |state| counts.get(&state).copied().unwrap_or(0);
        Ok(count(RecordState::Received) + count(RecordState::InFormation))
    }

    /// The first card of a lot that is between binding and release.
    fn interrupted(&self, lot: LotId) -> Result<Option<Serial>, LineError> {
        for record in self.store.records_of(lot)? {
            if record.state == RecordState::InFormation
                && let Some(card) = self.store.card_of(record.id)?
            {
                return Ok(Some(card.serial));
            }
        }
        Ok(None)
    }

    fn work_on(&mut self, shift: &mut Shift, chip: &mut dyn Card) -> Result<Worked, LineError> {
        let run = shift.run;
        let (mut card, mut record, mut closed) = match self.recognize_chip(run, shift.lot, chip)? {
            Recognized::InWork { card, record, closed } => (*card, record, closed),
            Recognized::GivenUp { serial, reason } => return self.terminate(run, serial, chip, &reason),
            Recognized::NoWorkHere => return Ok(Worked::PassedOver),
        };
        let (serial, chosen) = (card.serial, record.id);
        let mut attempt = 1;
        loop {
            let Err(refusal) = self.form(shift, card, record, closed, chip) else { return Ok(Worked::Released) };
            if !is_mute(&refusal) && !is_the_chips_fault(&refusal) {
                return Err(refusal);
            }
            // What was lost may have been an answer only: the chip itself says where it stands.
            closed = match self.ask(chip) {
                Err(error) if is_mute(&error) => return Err(LineError::Mute(serial)),
                asked => matches!(asked, Ok(Asked::Locked)),
            };
            if attempt == ATTEMPTS {
                return match refusal {
                    refusal if is_mute(&refusal) => Err(LineError::Mute(serial)),
                    // Nobody can terminate a locked chip; the resume finds it by its record.
                    refusal if closed => Err(refusal),
                    refusal => self.terminate(run, serial, chip, refusal.code()),
                };
            }
            // Once more from the beginning of what is not yet certain: a contact may have failed.
            attempt += 1;
            card = self.store.card(serial)?.ok_or(StoreError::UnknownCard)?;
            record = self.store.record(card.record.unwrap_or(chosen))?;
        }
    }

    /// Finds out which chip this is, by its serial or, once locked, by its record, and what is to be done with it.
    fn recognize_chip(&mut self, run: RunId, lot: LotId, chip: &mut dyn Card) -> Result<Recognized, LineError> {
        match self.ask(chip)? {
            Asked::Identity(identity) => self.recognize_open_chip(lot, Serial::new(identity.serial)),
            Asked::Locked => {
                for state in [CardState::Written, CardState::Locked, CardState::Printed] {
                    for card in self.store.cards_in(state)? {
                        let Some(record) = card.record else { continue };
                        let record = self.store.record(record)?;
                        if record.lot != lot {
                            continue;
                        }
                        let work = self.formation(run, card.clone(), record.clone(), true)?;
                        if self.is_the_bound_chip(&work, chip)? {
                            return Ok(Recognized::InWork { card: Box::new(card), record, closed: true });
                        }
                    }
                }
                Ok(Recognized::NoWorkHere)
            }
            // It says nothing more: which one it is, only a witness can tell.
            Asked::Terminated => Ok(Recognized::NoWorkHere),
        }
    }

    fn recognize_open_chip(&self, lot: LotId, serial: Serial) -> Result<Recognized, LineError> {
        let Some(card) = self.store.card(serial)? else {
            return Err(LineError::WrongChip("one that is not of this stock"));
        };
        if let Some(act) = self.open_act(Act::Terminate, serial)? {
            let reason = act.intended.get(REASON).cloned().unwrap_or_default();
            return Ok(Recognized::GivenUp { serial, reason });
        }
        let record = match (card.state, card.record) {
            (CardState::Stock, _) => self.store.next_received_for(lot, card.blank_number.is_some())?,
            (CardState::Bound | CardState::Written, Some(record)) => {
                Some(self.store.record(record)?).filter(|record| record.lot == lot)
            }
            (CardState::Entering | CardState::Scrapped, _) => None,
            _ => return Err(LineError::WrongChip("unlocked, though the register holds it for locked")),
        };
        Ok(match record {
            Some(record) => Recognized::InWork { card: Box::new(card), record, closed: false },
            None => Recognized::NoWorkHere,
        })
    }

    fn ask(&mut self, chip: &mut dyn Card) -> Result<Asked, LineError> {
        chip.reset()?;
        let profile = self.home.profile();
        let plan = PersoPlan::termination(profile);
        let files = ChipFiles::new(profile, ChipKeys::default())?;
        let step = plan.steps.first().ok_or(LineError::WrongChip("without a plan"))?;
        identity(self.talk_alone(&mut PersoDriver::new(Limits::of_profile(profile)), step, &files, chip))
    }

    /// One step with a chip of which nothing but its own files is needed.
    fn talk_alone(
        &mut self,
        driver: &mut PersoDriver,
        step: &PlanStep,
        files: &ChipFiles,
        chip: &mut dyn Card,
    ) -> Result<Option<Vec<Outcome>>, LineError> {
        let today = self.today();
        let mut resources = ChipResources {
            keys: self.keys,
            entropy: self.entropy,
            batch: "",
            chip: files,
            holder: None,
            sources: None,
            today,
        };
        carry_out(driver, step, self.home, &mut resources, chip)
    }

    /// Ends a chip that refused its formation twice; its record waits for another one.
    fn terminate(
        &mut self,
        run: RunId,
        serial: Serial,
        chip: &mut dyn Card,
        reason: &str,
    ) -> Result<Worked, LineError> {
        self.intend_with(run, Act::Terminate, serial, &[(REASON, reason.to_owned())])?;
        if let Err(error) = self.send_termination(serial, chip) {
            // The chip is still in place: if it refuses everything now, only the answer was lost.
            match self.ask(chip) {
                Ok(Asked::Terminated) => {}
                Err(silence) if is_mute(&silence) => return Err(LineError::Mute(serial)),
                _ => return Err(error),
            }
        }
        let at = self.at();
        let scrapped = Scrapped { manner: ScrapManner::Terminated, reason: reason.to_owned(), witness: None };
        self.store.scrap(self.by_run(&at, run), serial, &scrapped)?;
        (self.progress)(Progress::Scrapped { serial: &serial.to_string(), code: reason });
        Ok(Worked::Scrapped)
    }

    fn send_termination(&mut self, serial: Serial, chip: &mut dyn Card) -> Result<(), LineError> {
        chip.reset()?;
        let profile = self.home.profile();
        let mut files = ChipFiles::new(profile, ChipKeys::default())?;
        files.serial = Some(*serial.bytes());
        let mut driver = PersoDriver::new(Limits::of_profile(profile));
        for step in &PersoPlan::termination(profile).steps {
            self.talk_alone(&mut driver, step, &files, chip)?;
        }
        Ok(())
    }
}

/// Which chip is in place.
enum Recognized {
    /// One that is to be formed, or whose formation was interrupted.
    InWork {
        card: Box<CardRow>,
        record: RecordRow,
        /// It is locked already.
        closed: bool,
    },
    /// One that an earlier attempt was about to terminate.
    GivenUp { serial: Serial, reason: String },
    /// Any other.
    NoWorkHere,
}

enum Worked {
    Released,
    Scrapped,
    PassedOver,
}

/// Faults of a chip are met with a second try and then with another chip; everything else stops the station: a record that
/// cannot be prepared, or keys that are not the chip's, would cost one good chip after the other.
fn is_the_chips_fault(error: &LineError) -> bool {
    let LineError::Perso(error) = error else { return false };
    match error.kind() {
        PersoErrorKind::Status { .. } | PersoErrorKind::Answer { .. } | PersoErrorKind::ReadBack { .. } => true,
        PersoErrorKind::Channel(error) => !matches!(error, ChannelError::CardCryptogram),
        _ => false,
    }
}

/// How often a chip's formation is tried.
const ATTEMPTS: u32 = 2;
/// Why a chip is given up, in the intent to terminate it.
const REASON: &str = "reason";
/// After so many refused chips in a row something else than a chip is wrong.
const REFUSED_IN_A_ROW: u32 = 3;
