//! The work that is broken, what resumes it, and what must hold before and after.

use sigillo_crypto::SeededEntropy;
use sigillo_issuance::life_cycle::{CardState, RecordEvent, RecordState};
use sigillo_office::OfficeError;
use sigillo_reader::VirtualCard;
use sigillo_store::StoreError;

use super::points::{Counted, Points, Strike};
use crate::counter::{CIP, Office, Open, cip};

/// What is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scenario {
    /// A permit that is not issued is activated.
    Activation,
    /// A valid one is suspended by CIP.
    Loss,
    /// A valid one is revoked, and its card terminated.
    Termination,
}

impl Scenario {
    pub(crate) const ALL: [Self; 3] = [Self::Activation, Self::Loss, Self::Termination];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::Loss => "loss",
            Self::Termination => "termination",
        }
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|scenario| scenario.name() == name).unwrap()
    }

    /// The instruction of the order whose every point is tried.
    pub(crate) const fn order(self) -> u8 {
        match self {
            Self::Activation => 0x44,
            Self::Loss => 0x00,
            Self::Termination => 0xFE,
        }
    }

    /// Brings an office to where the work begins.
    pub(crate) fn prepare(self, office: &Office) {
        if self != Self::Activation {
            let points = Points::new(Strike::Never);
            Self::Activation.work(office, &points).unwrap();
            office.open(0xA0).hand_over_the_letter(office);
        }
    }

    /// The work, once.
    pub(crate) fn work(self, office: &Office, points: &Points) -> Result<(), OfficeError> {
        let mut open = office.open(0xA1);
        points.watch(&mut open.store);
        let number = office.number();
        match self {
            Self::Activation => {
                with_counted(office, points, |card| open.desk(|desk| desk.activate(&number, card)))?;
            }
            Self::Loss => {
                open.desk(|desk| desk.report_loss(&number, "caller", "loss", &cip(CIP)))?;
            }
            Self::Termination => {
                match open.desk(|desk| desk.revoke(&number, "fraud")) {
                    // Revoked before the process was killed.
                    Ok(_) => {}
                    Err(OfficeError::Store(StoreError::Transition(_))) => {}
                    Err(error) => return Err(error),
                }
                with_counted(office, points, |card| open.desk(|desk| desk.terminate(&number, card)))?;
            }
        }
        Ok(())
    }

    /// Ends what is open, as a clerk does after a crash.
    fn resume(self, office: &Office, open: &mut Open) -> Result<(), OfficeError> {
        let number = office.number();
        office.with_own_card(|card| open.desk(|desk| desk.resume(&number, Some(card)))).map(|_| ())
    }

    /// Everything that does not hold after the strike, after the resume, and after the work was done again; in words.
    pub(crate) fn violated(self, office: &Office) -> Vec<String> {
        let mut faults = Vec::new();
        let mut open = office.open(0xB2);
        let mut holds = |holds: bool, what: String| {
            if !holds {
                faults.push(what);
            }
        };
        let (code, register) = (open.check(office), state(&open, office));
        holds(
            self.may_say(code, register),
            format!("before the resume a check says {code} and the register {register:?}"),
        );
        if let Err(error) = self.resume(office, &mut open) {
            holds(false, format!("the resume: {} {error}", error.code()));
        }
        let acts = open.store.all_open_intents().unwrap();
        holds(acts.is_empty(), format!("open after the resume: {acts:?}"));
        let world = self.world(&open, office);
        holds(
            world.is_some(),
            format!("after the resume no world: register {:?}, chip {}", state(&open, office), open.check(office)),
        );

        let again = self.work(office, &Points::new(Strike::Never));
        let done_before = world == Some(true);
        let fits = match &again {
            Ok(()) => !done_before,
            Err(error) => done_before && self.refuses_a_second_time(error.code()),
        };
        holds(fits, format!("once more after {world:?}: {again:?}"));
        let mut open = office.open(0xB3);
        holds(self.world(&open, office) == Some(true), "after all the work is not done".to_owned());
        let code = open.check(office);
        holds(code == self.says_in_the_end(), format!("in the end a check says {code}"));
        let record = open.store.permit_standing(&office.number()).unwrap().unwrap().record;
        let events = open.store.permit_history(record).unwrap();
        let of_ours = events.iter().filter(|row| row.event == self.event()).count();
        holds(of_ours == 1, format!("{of_ours} events of {}", self.event().name()));
        holds(traced(&open, self.event().name()) == 1, "the trace does not tell it once".to_owned());
        let trace = open.store.verify_trace(None);
        holds(trace.is_ok(), format!("the trace: {trace:?}"));
        faults
    }

    const fn event(self) -> RecordEvent {
        match self {
            Self::Activation => RecordEvent::Activate,
            Self::Loss => RecordEvent::Suspend,
            Self::Termination => RecordEvent::Revoke,
        }
    }

    /// Whether a check may answer this while something may be half done: valid is never said too early.
    fn may_say(self, code: &str, register: RecordState) -> bool {
        match (self, register) {
            (Self::Activation, RecordState::NotIssued) => code == "check.not-issued",
            (_, RecordState::Valid) => code == "check.valid",
            (Self::Loss, RecordState::Suspended) => code == "check.suspended",
            (Self::Termination, RecordState::Revoked) => code == "check.revoked",
            _ => false,
        }
    }

    const fn says_in_the_end(self) -> &'static str {
        match self {
            Self::Activation => "check.valid",
            Self::Loss => "check.suspended",
            Self::Termination => "check.revoked",
        }
    }

    fn refuses_a_second_time(self, code: &str) -> bool {
        match self {
            Self::Activation => code == "permit.already-active",
            Self::Loss => code == "permit.suspended",
            Self::Termination => code == "card.scrapped",
        }
    }

    /// `true` for the world in which it was done, `false` for the one in which it never was; `None` for neither.
    fn world(self, open: &Open, office: &Office) -> Option<bool> {
        let chip = VirtualCard::open(&office.image()).unwrap().chip().life_cycle();
        let register = state(open, office);
        let standing = open.store.permit_standing(&office.number()).unwrap().unwrap();
        let card = open.store.card(standing.serial.unwrap()).unwrap().unwrap();
        let is_terminated = chip == sigillo_apdu::fcp::LifeCycle::Terminated;
        match self {
            Self::Activation => match (is_active(office), register, standing.valid_to.is_some()) {
                (true, RecordState::Valid, true) => Some(true),
                (false, RecordState::NotIssued, false) => Some(false),
                _ => None,
            },
            Self::Loss => match register {
                RecordState::Suspended => Some(true),
                RecordState::Valid => Some(false),
                _ => None,
            },
            Self::Termination => match (is_terminated, register, card.state) {
                (true, RecordState::Revoked, CardState::Scrapped) => Some(true),
                (false, RecordState::Revoked | RecordState::Valid, CardState::Released) => Some(false),
                _ => None,
            },
        }
    }
}

fn with_counted<R>(
    office: &Office,
    points: &Points,
    work: impl FnOnce(&mut sigillo_office::CardAtCounter<'_>) -> R,
) -> R {
    let card = VirtualCard::open(&office.image()).unwrap().with_entropy(SeededEntropy::new([0xC5; 32]));
    office.with_card(&mut Counted { card, points: points.clone() }, work)
}

fn state(open: &Open, office: &Office) -> RecordState {
    open.store.permit_standing(&office.number()).unwrap().unwrap().state
}

/// What the chip itself says, to a terminal that asks nobody else.
fn is_active(office: &Office) -> bool {
    let mut open = office.open(0xB4);
    open.chip_says(office) == "check.valid-by-chip"
}

fn traced(open: &Open, act: &str) -> usize {
    let mut count = 0;
    let read = open.store.trace_entries(|entry| {
        let entry: serde_json::Value = serde_json::from_slice(&entry.entry).unwrap();
        // Cards have an act of the same name, the journal's.
        count += usize::from(entry["act"] == act && entry["subject"]["kind"] == "record");
        Ok::<(), StoreError>(())
    });
    read.unwrap();
    count
}
