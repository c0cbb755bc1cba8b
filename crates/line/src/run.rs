//! A run: chips come, each is asked who it is, and gets the record that it is bound to or the next one that waits.

use sigillo_issuance::life_cycle::{CardState, RecordState, ScrapManner};
use sigillo_perso::{Limits, PersoDriver, PersoPlan, profile_digest, run_digest};
use sigillo_profile::Check;
use sigillo_reader::Card;
use sigillo_store::{Act, By, CardRow, JournalId, LotId, Phase, RecordRow, RunId, Scrapped, Serial};

use crate::error::LineError;
use crate::resources::{ChipFiles, ChipResources};
use crate::station::Station;
use crate::work::{Asked, carry_out, identity};
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
    /// `line.plan-digest` unless the plan is the approved one, `line.gate-unavailable` if the profile's gate asks for a
    /// check that this program does not make.
    pub fn open_run(&mut self, lot: LotId, approved: Option<&str>) -> Result<RunId, LineError> {
        let plan = self.plan_digest(lot)?;
        if approved.is_some_and(|approved| !approved.eq_ignore_ascii_case(&hex::encode(plan))) {
            return Err(LineError::PlanDigest { found: hex::encode(plan) });
        }
        let profile = self.home.profile();
        for line in &profile.gate {
            if line.waived.is_none() && !AVAILABLE.contains(&line.check) {
                return Err(LineError::GateUnavailable(line.check.name()));
            }
        }
        let at = self.at();
        let by = By { operator: self.operator, at: &at, run: None };
        Ok(self.store.start_run(by, Some(lot), profile_digest(profile)?, Some(plan))?)
    }

    /// Forms chips until every record of the run's lot is released; the same for a new run and for one that was stopped.
    ///
    /// # Errors
    ///
    /// `line.no-more-chips`, `line.mute`, `line.gate` and the reader's: the run can be resumed.
    pub fn carry_on(&mut self, run: RunId, station: &mut dyn Station, limit: u64) -> Result<Formed, LineError> {
        let lot = self.store.run(run)?.lot.ok_or(sigillo_store::StoreError::UnknownLot)?;
        let mut formed = Formed::default();
        let mut refused_in_a_row = 0;
        while self.waiting(lot)? > 0 {
            let worked_on = formed.released + formed.scrapped;
            let Some(chip) = (if worked_on < limit { station.next()? } else { None }) else {
                return Err(LineError::NoMoreChips { left: self.waiting(lot)? });
            };
            match self.work_on(run, lot, chip)? {
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
        if self.store.run(run)?.ended_at.is_none() {
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
        let open = self.store.open_intents(serial)?;
        if let Some(row) = open.iter().find(|row| row.act == act && row.phase == Phase::Intent) {
            return Ok(row.id);
        }
        let at = self.at();
        Ok(self.store.intent(self.by_run(&at, run), act, serial, &[])?)
    }

    fn waiting(&self, lot: LotId) -> Result<u64, LineError> {
        let counts = self.store.record_counts(lot)?;
        let count = |state| counts.get(&state).copied().unwrap_or(0);
        Ok(count(RecordState::Received) + count(RecordState::InFormation))
    }

    fn work_on(&mut self, run: RunId, lot: LotId, chip: &mut dyn Card) -> Result<Worked, LineError> {
        let Some((card, record, closed)) = self.recognize_chip(run, lot, chip)? else { return Ok(Worked::PassedOver) };
        let serial = card.serial;
        let Err(first) = self.form(run, card, record, closed, chip) else { return Ok(Worked::Released) };
        if !is_the_chips_fault(&first) {
            return Err(first);
        }
        // Once more from the beginning of what is not yet certain: a contact may have failed.
        let card = self.store.card(serial)?.ok_or(sigillo_store::StoreError::UnknownCard)?;
        let Some(record) = card.record else { return Ok(Worked::PassedOver) };
        let record = self.store.record(record)?;
        let closed = matches!(self.ask(chip), Ok(Asked::Closed));
        let Err(second) = self.form(run, card, record, closed, chip) else { return Ok(Worked::Released) };
        if !is_the_chips_fault(&second) {
            return Err(second);
        }
        self.terminate(run, serial, chip, second.code())?;
        Ok(Worked::Scrapped)
    }

    /// Finds out which chip this is, by its serial or, once locked, by its record, and which record goes with it.
    fn recognize_chip(
        &mut self,
        run: RunId,
        lot: LotId,
        chip: &mut dyn Card,
    ) -> Result<Option<(CardRow, RecordRow, bool)>, LineError> {
        match self.ask(chip)? {
            Asked::Identity(identity) => {
                let Some(card) = self.store.card(Serial::new(identity.serial))? else {
                    return Err(LineError::WrongChip("one that is not of this stock"));
                };
                let record = match (card.state, card.record) {
                    (CardState::Stock, _) => self.store.next_received_for(lot, card.blank_number.is_some())?,
                    (CardState::Bound | CardState::Written, Some(record)) => {
                        Some(self.store.record(record)?).filter(|record| record.lot == lot)
                    }
                    (CardState::Entering | CardState::Scrapped, _) => None,
                    _ => return Err(LineError::WrongChip("unlocked, though the register holds it for locked")),
                };
                Ok(record.map(|record| (card, record, false)))
            }
            Asked::Closed => {
                for state in [CardState::Written, CardState::Locked] {
                    for card in self.store.cards_in(state)? {
                        let Some(record) = card.record else { continue };
                        let record = self.store.record(record)?;
                        if record.lot != lot {
                            continue;
                        }
                        let work = self.formation(run, card.clone(), record.clone(), true)?;
                        if self.is_the_bound_chip(&work, chip)? {
                            return Ok(Some((card, record, true)));
                        }
                    }
                }
                Ok(None)
            }
        }
    }

    fn ask(&mut self, chip: &mut dyn Card) -> Result<Asked, LineError> {
        chip.reset()?;
        let profile = self.home.profile();
        let plan = PersoPlan::termination(profile);
        let files = ChipFiles::of_profile(profile);
        let mut resources =
            ChipResources { keys: self.keys, entropy: self.entropy, batch: "", chip: &files, holder: None };
        let mut driver = PersoDriver::new(Limits::of_profile(profile));
        let step = plan.steps.first().ok_or(LineError::WrongChip("without a plan"))?;
        identity(carry_out(&mut driver, step, self.home, &mut resources, chip))
    }

    /// Ends a chip that refused its formation twice; its record waits for another one.
    fn terminate(&mut self, run: RunId, serial: Serial, chip: &mut dyn Card, reason: &str) -> Result<(), LineError> {
        let mute = |_| LineError::Mute(serial);
        self.intend(run, Act::Terminate, serial)?;
        chip.reset().map_err(mute)?;
        let profile = self.home.profile();
        let mut files = ChipFiles::of_profile(profile);
        files.serial = Some(*serial.bytes());
        let mut driver = PersoDriver::new(Limits::of_profile(profile));
        for step in &PersoPlan::termination(profile).steps {
            let mut resources =
                ChipResources { keys: self.keys, entropy: self.entropy, batch: "", chip: &files, holder: None };
            carry_out(&mut driver, step, self.home, &mut resources, chip).map_err(|_| LineError::Mute(serial))?;
        }
        let at = self.at();
        let scrapped = Scrapped { manner: ScrapManner::Terminated, reason: reason.to_owned(), witness: None };
        self.store.scrap(self.by_run(&at, run), serial, &scrapped)?;
        (self.progress)(Progress::Scrapped { serial: &serial.to_string(), code: reason });
        Ok(())
    }
}

enum Worked {
    Released,
    Scrapped,
    PassedOver,
}

/// Faults of a chip are met with a second try and then with another chip; everything else stops the station.
fn is_the_chips_fault(error: &LineError) -> bool {
    matches!(error, LineError::Perso(_))
}

/// The checks that this program makes.
const AVAILABLE: [Check; 5] =
    [Check::ReadBack, Check::Lock, Check::AccessControl, Check::PassiveAuthentication, Check::PublicRead];
/// After so many refused chips in a row something else than a chip is wrong.
const REFUSED_IN_A_ROW: u32 = 3;
