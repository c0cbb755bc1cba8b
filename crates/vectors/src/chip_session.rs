//! Raw APDUs on a virtual chip that is made for the case.

use std::collections::VecDeque;

use serde_json::{Value, json};
use sigillo_apdu::fcp::LifeCycle;
use sigillo_channel::scp03::KeySet;
use sigillo_crypto::Entropy;
use sigillo_secret::SymmetricKey;
use sigillo_vchip::Chip;

use crate::envelope::{ChipSpec, SessionCase, Step};
use crate::failure::Failure;
use crate::input::octets;

/// A virtual chip, powered on, and the draws that it is given.
#[derive(Debug)]
pub struct ChipSession {
    chip: Chip,
    draws: Draws,
}

/// What the chip did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Played {
    /// It answered: data and status word.
    Answered(Vec<u8>),
    /// It lost its power before an answer.
    PowerLost,
}

impl ChipSession {
    /// A chip as its vendor delivers it, with the draws of randomness that it will get, in order.
    ///
    /// # Errors
    ///
    /// [`Failure::Broken`] for a serial or keys that are none.
    pub fn new(spec: &ChipSpec, draws: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, Failure> {
        let key = |text: &str| -> Result<SymmetricKey, Failure> { Ok(SymmetricKey::new(&octets(text)?)?) };
        let serial = octets(&spec.serial)?.try_into();
        let serial = serial.map_err(|_| Failure::Broken("a serial has ten octets".to_owned()))?;
        let mut chip = Chip::manufacture(serial, KeySet::new(key(&spec.enc)?, key(&spec.mac)?, key(&spec.dek)?));
        chip.power_on();
        Ok(Self { chip, draws: Draws { left: draws.into_iter().collect(), fault: None } })
    }

    /// Sends a command.
    pub fn send(&mut self, command: &[u8]) -> Played {
        self.chip.process(command, &mut self.draws).map_or(Played::PowerLost, Played::Answered)
    }

    /// Sends a command during which the power fails at the n-th cut point; without that many points there is an answer.
    pub fn send_and_cut(&mut self, command: &[u8], point: u32) -> Played {
        self.chip.arm_cut(point);
        let played = self.send(command);
        self.chip.arm_cut(0);
        played
    }

    /// Power off and on again.
    pub fn reset(&mut self) {
        self.chip.power_off();
        self.chip.power_on();
    }

    /// How many cut points were passed since the chip was made.
    #[must_use]
    pub fn cut_points_passed(&self) -> u64 {
        self.chip.cut_points_passed()
    }

    /// How the session ended: the life cycle of the card.
    ///
    /// # Errors
    ///
    /// [`Failure::Broken`] if draws are left over, were missing, or had another length.
    pub fn end(self) -> Result<Value, Failure> {
        if let Some(fault) = self.draws.fault {
            return Err(Failure::Broken(fault));
        }
        if !self.draws.left.is_empty() {
            return Err(Failure::Broken(format!("{} draws of rng are left over", self.draws.left.len())));
        }
        Ok(json!({ "life_cycle": name(self.chip.life_cycle()) }))
    }
}

/// Plays every step of a case.
pub(crate) fn play(case: &SessionCase) -> Result<Value, Failure> {
    let draws = case.rng.iter().map(|draw| octets(draw)).collect::<Result<Vec<_>, _>>()?;
    let mut session = ChipSession::new(&case.chip, draws)?;
    let mut without_power = false;
    for (number, step) in (1..).zip(&case.steps) {
        let wrong = |found: &str| Failure::Broken(format!("step {number}: {found}"));
        match step {
            Step::Reset { .. } => {
                session.reset();
                without_power = false;
            }
            _ if without_power => return Err(wrong("a reset must follow a cut")),
            Step::Apdu { command, response, sw, .. } => match session.send(&octets(command)?) {
                Played::Answered(answer) if hex::encode(&answer) == format!("{response}{sw}") => (),
                Played::Answered(answer) => return Err(wrong(&hex::encode(answer))),
                Played::PowerLost => return Err(wrong("the power is gone")),
            },
            Step::Cut { command, point, .. } => match session.send_and_cut(&octets(command)?, *point) {
                Played::PowerLost => without_power = true,
                Played::Answered(answer) => return Err(wrong(&format!("no cut point, {}", hex::encode(answer)))),
            },
        }
    }
    session.end()
}

/// The draws that a case lists; what does not fit them is remembered as the case's fault.
#[derive(Debug)]
struct Draws {
    left: VecDeque<Vec<u8>>,
    fault: Option<String>,
}

impl Entropy for Draws {
    fn fill(&mut self, out: &mut [u8]) {
        match self.left.pop_front() {
            Some(draw) if draw.len() == out.len() => out.copy_from_slice(&draw),
            Some(draw) => self.fault = Some(format!("a draw of {} octets where rng lists {}", out.len(), draw.len())),
            None => self.fault = Some(format!("a draw of {} octets that rng does not list", out.len())),
        }
    }
}

fn name(life_cycle: LifeCycle) -> &'static str {
    match life_cycle {
        LifeCycle::Creation => "creation",
        LifeCycle::Initialisation => "initialisation",
        LifeCycle::Deactivated => "deactivated",
        LifeCycle::Activated => "activated",
        LifeCycle::Terminated => "terminated",
    }
}
