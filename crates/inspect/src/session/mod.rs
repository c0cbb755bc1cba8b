//! The terminal's session with one chip. Read [`flow`] first: it says what is done in which order.

mod bac;
mod flow;
mod link;
mod pace;
mod status;

use std::collections::VecDeque;

use sigillo_apdu::{Action, CommandApdu, Driver, Event, ResponseApdu, StatusWord, ins};
use sigillo_channel::ChannelError;
use sigillo_channel::pace::{PaceInfo, Password, PasswordReference};
use sigillo_channel::scp03::host::initialize_update;
use sigillo_channel::security_info::SecurityInfos;
use sigillo_crypto::Entropy;

use crate::access::{AccessChoice, AccessRefused, choose};
use crate::error::{InspectError, InspectErrorKind, Step};
use crate::file_name::FileName;
use crate::outcome::{Access, ReadOutcome, Refusal};
use crate::reading::{Progress, Reading};
use crate::request::Request;
use crate::session::bac::{Bac, BacProgress};
use crate::session::flow::Goal;
use crate::session::link::{Link, Received};
use crate::session::pace::{Pace, PaceProgress};
use crate::session::status::succeeded;

/// AID of the eMRTD application.
const APPLICATION: [u8; 7] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];
/// Twenty files of 64 KiB in the smallest chunks that a chip could force on us, and some.
const MAX_COMMANDS: u32 = 8192;

/// Opens and reads a chip: a sans-io engine.
///
/// ```text
/// READ BINARY EF.ATR/INFO         how long may APDUs be?
/// READ BINARY EF.CardAccess       which PACE? 6A82: none, so BAC if the policy allows it
/// PACE, or BAC                    PACE that fails is the end; it never turns into BAC
/// READ BINARY EF.COM, EF.SOD      from here on in secure messaging
/// READ BINARY of each data group that EF.SOD names
/// ```
///
/// Each file costs as few commands as fit: the first one asks for a whole chunk by short file identifier, and the file's
/// own length says how many follow. What the chip does not take is done without: short identifiers (SELECT instead),
/// extended length (which EF.ATR/INFO must have promised), Le (the chip's own correction), whole answers (GET RESPONSE). A
/// file that cannot be read is noted and the session goes on; a chip that breaks secure messaging over DG3 or DG4 ends the
/// session without fault. Files have at most 64 KiB, a session at most 8192 commands.
///
/// Spec: `icao-9303-10#read-binary`, `icao-9303-11#chip-access-procedure`.
pub struct ReadSession<'e> {
    request: Request,
    entropy: &'e mut dyn Entropy,
    link: Link,
    state: State,
    /// Where it stands, for errors.
    at: Step,
    goals: VecDeque<Goal>,
    outcome: ReadOutcome,
}

enum State {
    LockProbe,
    Reading(Reading),
    SelectApplication,
    Pace {
        pace: Pace,
        info: PaceInfo,
        password: PasswordReference,
    },
    Bac(Bac),
    Done,
    /// An error was reported.
    Failed,
}

impl<'e> ReadSession<'e> {
    /// Begins a session. What is random is drawn when it is its turn; the host challenge of the lock probe at once.
    #[must_use]
    pub fn new(request: impl Into<Request>, entropy: &'e mut dyn Entropy) -> Self {
        let request = request.into();
        let goals = flow::opening(&request);
        let link = Link::new();
        let (state, at, outcome) = (State::Done, Step::Done, ReadOutcome::default());
        let mut session = Self { request, entropy, link, state, at, goals, outcome };
        let begun = if session.request.lock_probe { session.probe_the_lock() } else { session.go_on() };
        if begun.is_err() {
            session.state = State::Failed;
        }
        session
    }

    /// Whether the session has come to its end.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// What was read so far; everything, once the session is done.
    #[must_use]
    pub fn outcome(&self) -> &ReadOutcome {
        &self.outcome
    }

    /// Gives up the session for what was read.
    #[must_use]
    pub fn into_outcome(self) -> ReadOutcome {
        self.outcome
    }

    fn probe_the_lock(&mut self) -> Result<(), InspectErrorKind> {
        let mut challenge = [0; 8];
        self.entropy.fill(&mut challenge);
        let (_, command) = initialize_update(challenge);
        self.send(State::LockProbe, command)
    }

    /// Begins the next thing to do.
    fn go_on(&mut self) -> Result<(), InspectErrorKind> {
        match self.goals.pop_front() {
            None => {
                self.end();
                Ok(())
            }
            Some(Goal::Read(name)) => {
                self.outcome.card_access_asked |= name == FileName::CardAccess;
                self.ask(Reading::new(name))
            }
            Some(Goal::Access) => self.choose_access(),
            Some(Goal::SelectApplication) => {
                let command = CommandApdu::new(0x00, ins::SELECT, 0x04, 0x0C).with_data(APPLICATION);
                self.send(State::SelectApplication, command)
            }
            Some(Goal::Bac) => {
                let mrz = self.request.mrz.take().ok_or(InspectErrorKind::Access(AccessRefused::NoMrz))?;
                let (bac, command) = Bac::begin(mrz);
                self.send(State::Bac(bac), command)
            }
            Some(Goal::Groups) => {
                self.goals = flow::groups(&self.outcome, &self.request);
                self.go_on()
            }
        }
    }

    fn choose_access(&mut self) -> Result<(), InspectErrorKind> {
        self.at = Step::ChooseAccess;
        let infos = match self.outcome.file(FileName::CardAccess) {
            Some(file) => Some(SecurityInfos::decode(file).map_err(InspectErrorKind::Channel)?),
            None => None,
        };
        match choose(infos.as_ref(), self.request.policy).map_err(InspectErrorKind::Access)? {
            AccessChoice::Bac if self.request.mrz.is_none() => Err(InspectErrorKind::Access(AccessRefused::NoMrz)),
            AccessChoice::Bac => {
                self.goals = VecDeque::from([Goal::SelectApplication, Goal::Bac]);
                self.go_on()
            }
            AccessChoice::Pace { info, name_parameters } => {
                let mrz = || self.request.mrz.as_ref().map(Password::mrz);
                let password = self.request.can.take().or_else(mrz);
                let password = password.ok_or(InspectErrorKind::Access(AccessRefused::NoMrz))?;
                let reference = password.reference();
                let (pace, command) =
                    Pace::begin(&info, password, name_parameters).map_err(InspectErrorKind::Channel)?;
                self.send(State::Pace { pace, info, password: reference }, command)
            }
        }
    }

    fn respond(&mut self, bytes: &[u8]) -> Result<(), InspectErrorKind> {
        if self.outcome.commands >= MAX_COMMANDS {
            return Err(InspectErrorKind::TooManyCommands);
        }
        self.outcome.commands += 1;
        let response = match self.link.receive(bytes) {
            Ok(Received::Whole(response)) => response,
            Ok(Received::Piece) => return Ok(()),
            Err(kind) => return self.lost(kind),
        };
        match std::mem::replace(&mut self.state, State::Failed) {
            State::LockProbe => {
                self.outcome.lock_probe = Some(response.status());
                self.go_on()
            }
            State::Reading(reading) => self.read_on(reading, &response),
            State::SelectApplication => {
                succeeded(&response)?;
                self.go_on()
            }
            State::Pace { pace, info, password } => {
                match pace.answered(&response, self.entropy).map_err(InspectErrorKind::Channel)? {
                    PaceProgress::Next(pace, command) => self.send(State::Pace { pace, info, password }, command),
                    PaceProgress::Opened(opened) => {
                        self.link.open(opened.session);
                        self.opened(Access::Pace { info, password })
                    }
                }
            }
            State::Bac(bac) => match bac.answered(&response, self.entropy)? {
                BacProgress::Next(bac, command) => self.send(State::Bac(bac), command),
                BacProgress::Opened(session) => {
                    self.link.open(session);
                    self.opened(Access::Bac)
                }
            },
            State::Done | State::Failed => Err(InspectErrorKind::OutOfTurn),
        }
    }

    fn opened(&mut self, access: Access) -> Result<(), InspectErrorKind> {
        self.outcome.access = Some(access);
        self.goals = flow::application(matches!(access, Access::Pace { .. }));
        self.go_on()
    }

    /// The session is over. Chips of other issuers end it when a sensitive file is asked for; those come last.
    fn lost(&mut self, kind: InspectErrorKind) -> Result<(), InspectErrorKind> {
        match (&self.state, kind) {
            (State::Reading(reading), InspectErrorKind::Channel(ChannelError::SmPlainResponse { status }))
                if reading.name().is_sensitive() =>
            {
                self.outcome.refused.insert(reading.name(), Refusal::Status(status));
                for goal in self.goals.drain(..) {
                    if let Goal::Read(name) = goal {
                        self.outcome.refused.insert(name, Refusal::Status(status));
                    }
                }
                self.end();
                Ok(())
            }
            (_, kind) => Err(kind),
        }
    }

    fn read_on(&mut self, mut reading: Reading, response: &ResponseApdu) -> Result<(), InspectErrorKind> {
        let name = reading.name();
        if response.status() == StatusWord::WrongLength && self.link.give_up_long_answers() {
            return self.ask(reading);
        }
        match reading.take(response) {
            Progress::More => return self.ask(reading),
            Progress::Whole(file) => {
                if name == FileName::AtrInfo {
                    self.link.take_lengths(&file);
                }
                self.outcome.files.insert(name, file);
            }
            // Nobody has to have the files of the master file; but it must be clear whether PACE is offered.
            Progress::Refused(Refusal::Status(StatusWord::FileNotFound)) if name == FileName::CardAccess => {}
            Progress::Refused(_) if name == FileName::CardAccess => {
                return Err(InspectErrorKind::Access(AccessRefused::CardAccessUnreadable));
            }
            Progress::Refused(_) if name == FileName::AtrInfo => {}
            Progress::Refused(why) => {
                self.outcome.refused.insert(name, why);
            }
        }
        self.go_on()
    }

    fn ask(&mut self, mut reading: Reading) -> Result<(), InspectErrorKind> {
        let command = reading.next_command(self.link.room());
        self.send(State::Reading(reading), command)
    }

    fn send(&mut self, state: State, command: CommandApdu) -> Result<(), InspectErrorKind> {
        self.link.send(command)?;
        self.at = state.step();
        self.state = state;
        Ok(())
    }

    fn end(&mut self) {
        self.state = State::Done;
        self.at = Step::Done;
    }
}

impl State {
    fn step(&self) -> Step {
        match self {
            Self::LockProbe => Step::LockProbe,
            Self::Reading(reading) => Step::Read(reading.name()),
            Self::SelectApplication => Step::SelectApplication,
            Self::Pace { .. } => Step::Pace,
            Self::Bac(bac) => bac.step(),
            Self::Done | Self::Failed => Step::Done,
        }
    }
}

impl Driver for ReadSession<'_> {
    type Error = InspectError;

    fn next_action(&mut self) -> Action<'_> {
        match self.state {
            State::Done | State::Failed => Action::Done,
            _ => Action::Transmit(self.link.command()),
        }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), InspectError> {
        let result = match event {
            Event::Response(bytes) => self.respond(bytes),
            Event::CardRemoved => Err(InspectErrorKind::CardRemoved),
        };
        result.map_err(|kind| {
            self.state = State::Failed;
            let error = InspectError::new(std::mem::replace(&mut self.at, Step::Done), kind);
            self.outcome.broken.get_or_insert(error);
            error
        })
    }
}

impl std::fmt::Debug for ReadSession<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadSession").field("at", &self.at).field("outcome", &self.outcome).finish_non_exhaustive()
    }
}
