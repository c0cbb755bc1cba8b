//! What every piece of work on a chip has in common.

use jiff::Timestamp;
use sigillo_apdu::StatusWord;
use sigillo_crypto::Entropy;
use sigillo_inspect::InspectErrorKind;
use sigillo_keystore::Keystore;
use sigillo_perso::{Identity, Outcome, PersoDriver, PersoErrorKind, PlanStep, Resources};
use sigillo_reader::{Card, DriveError, drive};
use sigillo_store::{By, RunId, Store};

use crate::error::LineError;
use crate::home::Home;
use crate::sealer::Sealer;

/// A line at work: where its data, keys, randomness and time come from, and in whose name it acts.
pub struct Line<'l> {
    /// The home.
    pub home: &'l Home,
    /// The register.
    pub store: &'l mut Store,
    /// The keystore.
    pub keys: &'l mut dyn Keystore,
    /// Randomness.
    pub entropy: &'l mut dyn Entropy,
    /// The time; asked once for each entry of journal and trace.
    pub clock: &'l dyn Fn() -> Timestamp,
    /// Who asks.
    pub operator: &'l str,
    /// Told of each chip that is done.
    pub progress: &'l mut dyn FnMut(Progress<'_>),
}

/// What a line tells while it works.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Progress<'p> {
    /// A chip is in the stock.
    Initialised {
        /// Its serial, hexadecimal.
        serial: &'p str,
    },
    /// A record is released.
    Released {
        /// Line of the lot.
        line: u64,
        /// Serial of its chip, hexadecimal.
        serial: &'p str,
    },
    /// A chip was taken out of the world.
    Scrapped {
        /// Its serial, hexadecimal.
        serial: &'p str,
        /// The code of the reason.
        code: &'p str,
    },
    /// A chip that has no work left here was passed over.
    PassedOver,
}

/// What a chip answers when it is asked who it is.
pub(crate) enum Asked {
    /// It still knows a key set.
    Identity(Identity),
    /// It has no key set any more, and opens by its record.
    Locked,
    /// It refuses everything.
    Terminated,
}

impl<'l> Line<'l> {
    /// The hand that seals for this line.
    ///
    /// # Errors
    ///
    /// `pki.file`, or a code of `seal` for certificates of the home that cannot be read.
    pub fn sealer(&mut self, run: Option<RunId>) -> Result<Sealer<'_>, LineError> {
        let revocations = self.home.revocations(self.keys.csca_certificates())?;
        let (keys, clock, operator) = (&*self.keys, self.clock, self.operator);
        Ok(Sealer { store: self.store, keys, revocations, clock, operator, run })
    }

    /// The moment, for journal and trace.
    pub(crate) fn at(&self) -> String {
        (self.clock)().to_string()
    }

    /// The day, in UTC.
    pub(crate) fn today(&self) -> jiff::civil::Date {
        (self.clock)().to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    /// In the operator's name, inside a run.
    pub(crate) fn by_run<'b>(&self, at: &'b str, run: RunId) -> By<'b>
    where
        'l: 'b,
    {
        By { operator: self.operator, at, run: Some(run) }
    }
}

/// Asks a driver for a step and lets it talk to the chip; `None` if the step does nothing there.
pub(crate) fn carry_out(
    driver: &mut PersoDriver,
    step: &PlanStep,
    home: &Home,
    resources: &mut dyn Resources,
    card: &mut dyn Card,
) -> Result<Option<Vec<Outcome>>, LineError> {
    if !driver.ask(step, home.profile(), resources)? {
        return Ok(None);
    }
    run(driver, card).map(Some)
}

/// Lets a driver talk to the chip until it is done.
pub(crate) fn run(driver: &mut PersoDriver, card: &mut dyn Card) -> Result<Vec<Outcome>, LineError> {
    match drive(card, driver) {
        Ok(()) => Ok(driver.finish()?),
        Err(DriveError::Link(error)) => Err(error.into()),
        Err(DriveError::Driver(error)) => Err(error.into()),
    }
}

/// Reads the answer to a plan's first step.
pub(crate) fn identity(outcomes: Result<Option<Vec<Outcome>>, LineError>) -> Result<Asked, LineError> {
    match outcomes {
        Ok(outcomes) => {
            let identified = outcomes.into_iter().flatten().find_map(|outcome| match outcome {
                Outcome::Identified(identity) => Some(identity),
                _ => None,
            });
            identified.map(Asked::Identity).ok_or(LineError::WrongChip("one that does not say who it is"))
        }
        Err(LineError::Perso(error)) => match error.kind() {
            PersoErrorKind::Status { status: StatusWord::InstructionNotSupported, .. } => Ok(Asked::Locked),
            PersoErrorKind::Status { status: StatusWord::ConditionsNotSatisfied, .. } => Ok(Asked::Terminated),
            _ => Err(error.into()),
        },
        Err(error) => Err(error),
    }
}

/// Whether the chip is gone or mute, rather than wrong.
pub(crate) fn is_mute(error: &LineError) -> bool {
    match error {
        LineError::Link(error) => error.is_card_gone(),
        LineError::Perso(error) => matches!(error.kind(), PersoErrorKind::CardRemoved),
        LineError::Inspect(error) => matches!(error.kind(), InspectErrorKind::CardRemoved),
        _ => false,
    }
}

impl std::fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("home", &self.home).field("operator", &self.operator).finish_non_exhaustive()
    }
}
