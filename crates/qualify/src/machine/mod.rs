//! One run of a case: what is sent, what comes back, what is kept.

mod aa;
mod aid;
mod bac;
mod ca;
mod exchange;
mod halt;
mod open;
mod pace;
mod probe;
mod reading;
mod resolve;
mod scp;
mod states;
mod ta;
mod twin;

use std::collections::BTreeMap;

use sigillo_crypto::Entropy;

use crate::certificates::Certificates;
use crate::checks::check;
use crate::facts::Facts;
use crate::format::{Case, PasswordName, Phase, StartState, Step, Verb};
use crate::lab::Lab;
use crate::link::Link;
use crate::scene::Scene;
use crate::secure::SecureSession;

pub(crate) use aid::ESERVICES;
pub(crate) use halt::Halt;

/// What one run of a case is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Iteration {
    pub(crate) pace_info: Option<usize>,
    pub(crate) ca_info: Option<usize>,
    pub(crate) password: Option<PasswordName>,
    pub(crate) data_group: Option<u8>,
    /// Where the power fails.
    pub(crate) cut: Option<u32>,
}

/// A run.
pub(crate) struct Machine<'r, 'c> {
    pub(crate) link: &'r mut Link<'c>,
    pub(crate) lab: &'r Lab,
    pub(crate) facts: &'r Facts,
    pub(crate) entropy: &'r mut dyn Entropy,
    pub(crate) iteration: Iteration,
    pub(crate) variables: BTreeMap<String, Vec<u8>>,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) session: Option<SecureSession>,
    /// The session that the last Chip Authentication replaced.
    pub(crate) previous: Option<SecureSession>,
    /// The session that the last refused Chip Authentication would have opened.
    pub(crate) next: Option<SecureSession>,
    /// The chip's name in Terminal Authentication.
    pub(crate) id_picc: Vec<u8>,
    /// The terminal's key of Chip Authentication, as Terminal Authentication signs it.
    pub(crate) compressed_key: Vec<u8>,
    /// The last command, before secure messaging.
    pub(crate) sent: Vec<u8>,
    pub(crate) certificates: &'r mut Certificates,
    /// The start state of this run.
    start: StartState,
    pace: states::Pace,
    bac: states::Bac,
    ca: states::ChipAuthentication,
    ta: states::TerminalAuthentication,
    personalization: states::Personalization,
}

impl<'r, 'c> Machine<'r, 'c> {
    pub(crate) fn new(
        link: &'r mut Link<'c>,
        lab: &'r Lab,
        facts: &'r Facts,
        certificates: &'r mut Certificates,
        entropy: &'r mut dyn Entropy,
        iteration: Iteration,
    ) -> Self {
        Self {
            link,
            lab,
            facts,
            entropy,
            iteration,
            variables: BTreeMap::new(),
            files: BTreeMap::new(),
            session: None,
            previous: None,
            next: None,
            id_picc: Vec::new(),
            compressed_key: Vec::new(),
            sent: Vec::new(),
            certificates,
            start: StartState::RESET,
            pace: states::Pace::default(),
            bac: states::Bac::default(),
            ca: states::ChipAuthentication::default(),
            ta: states::TerminalAuthentication::default(),
            personalization: states::Personalization::default(),
        }
    }

    /// Establishes the start state and takes the steps; the position of the step that halted, counted from one, and zero for
    /// the start state.
    pub(crate) fn run(&mut self, case: &Case, start: &StartState) -> Result<(), (usize, Halt)> {
        self.start = *start;
        self.restart().map_err(|halt| (0, halt))?;
        for (position, step) in case.steps.iter().enumerate() {
            if step.only_if.as_ref().is_some_and(|condition| !self.facts.meets(condition)) {
                continue;
            }
            for _ in 0..step.times {
                self.step(step).map_err(|halt| (position + 1, halt))?;
            }
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<(), Halt> {
        self.reset()?;
        let start = self.start;
        self.open(&start)
    }

    /// Power off and on; the chip forgets, and so do we.
    pub(crate) fn reset(&mut self) -> Result<(), Halt> {
        self.link.reset()?;
        // A chip must have forgotten the session; whether it has can be tried.
        (self.previous, self.next) = (self.session.take(), None);
        self.compressed_key.clear();
        self.pace = states::Pace::default();
        self.bac = states::Bac::default();
        self.ca = states::ChipAuthentication::default();
        self.ta = states::TerminalAuthentication::default();
        self.personalization = states::Personalization::default();
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), Halt> {
        match &step.verb {
            Verb::Send(exchange) => {
                let command = exchange.send.as_ref().ok_or_else(|| Halt::data("nothing to send"))?;
                self.exchange(command, exchange).map(drop)
            }
            Verb::Phase(phase, exchange) => self.phase(phase, exchange),
            Verb::Read { file, by, expect, data } => self.read_step(file, *by, expect, data),
            Verb::Check { name, file } => self.check(name, file.as_deref()),
            Verb::Session(state) => self.probe(*state),
            Verb::Twin(commands) => self.twin(commands),
            Verb::Reset => self.reset(),
            Verb::Restart => self.restart(),
            Verb::Open(state) => self.open(state),
        }
    }

    fn phase(&mut self, phase: &Phase, exchange: &crate::format::Exchange) -> Result<(), Halt> {
        match phase {
            Phase::BacChallenge | Phase::BacAuthenticate { .. } | Phase::BacAll { .. } => self.bac(phase, exchange),
            Phase::PaceSetAt(_)
            | Phase::PaceNonce
            | Phase::PaceMap
            | Phase::PaceAgree
            | Phase::PaceToken
            | Phase::PaceAll(_) => self.pace(phase, exchange),
            Phase::CaKat(_) | Phase::CaSetAt(_) | Phase::CaAgree | Phase::CaAll(_) => self.ca(phase, exchange),
            Phase::TaSetDst { .. }
            | Phase::TaVerify { .. }
            | Phase::TaSetAt { .. }
            | Phase::TaChallenge
            | Phase::TaAuthenticate
            | Phase::TaAll { .. } => self.ta(phase, exchange),
            Phase::ScpUpdate { .. } | Phase::ScpAuthenticate => self.scp(phase, exchange),
            Phase::ActiveAuthentication => self.active_authentication(exchange),
        }
    }

    fn check(&mut self, name: &str, file: Option<&str>) -> Result<(), Halt> {
        let run = check(name).ok_or_else(|| Halt::data(format!("no check {name}")))?;
        let scene = Scene { facts: self.facts, lab: self.lab, read: &self.files, subject: file };
        run(&scene).map_err(|came| Halt::failed(name, came))
    }
}
