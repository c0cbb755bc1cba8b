//! The terminal's session with one chip. Read [`flow`] first: it says what is done in which order.

mod active_authentication;
mod bac;
mod chip_authentication;
mod chip_authentication_mapping;
mod flow;
pub(crate) mod link;
mod pace;
pub(crate) mod services;
mod status;
mod terminal_authentication;

use std::collections::VecDeque;

use sigillo_apdu::{Action, CommandApdu, Driver, Event, ResponseApdu, StatusWord, ins};
use sigillo_channel::ChannelError;
use sigillo_channel::active_authentication::terminal::{Verifier, internal_authenticate};
use sigillo_channel::chip_authentication::terminal as ca;
use sigillo_channel::pace::{ChipAuthenticationData, PaceInfo, Password, PasswordReference};
use sigillo_channel::scp03::host::initialize_update;
use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};
use sigillo_channel::terminal_authentication::Binding;
use sigillo_crypto::Entropy;
use sigillo_cvc::CvCertificate;
use sigillo_lds::DataGroupNumber;

use crate::access::{AccessChoice, AccessRefused, choose};
use crate::ended::{Ended, NotRun};
use crate::error::{InspectError, InspectErrorKind, Step};
use crate::file_name::FileName;
use crate::outcome::{Access, ChipKey, ReadOutcome, Refusal};
use crate::reading::{Progress, Reading};
use crate::request::{Errand, Request};
use crate::sealed::is_sealed;
use crate::security_options::dg14;
use crate::session::bac::{Bac, BacProgress};
use crate::session::flow::Goal;
use crate::session::link::{Link, Received};
use crate::session::pace::{Pace, PaceProgress};
use crate::session::status::succeeded;
use crate::session::terminal_authentication::{Ta, TaProgress};
use crate::terminal::TerminalRights;

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
    proofs: Proofs,
    outcome: ReadOutcome,
}

/// What the protocols left behind for those after them.
#[derive(Default)]
struct Proofs {
    /// What the chip authentication mapping added to PACE with this entry.
    mapping: Option<(ChipAuthenticationData, PaceInfo)>,
    /// The chip's identifier for Terminal Authentication, after PACE.
    id_picc: Option<Vec<u8>>,
    /// The key whose session was opened, and under which nothing came back yet.
    unconfirmed: Option<ChipKey>,
    /// The terminal's key in Chip Authentication, compressed.
    compressed_key: Option<Vec<u8>>,
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
    ChipAuthentication {
        exchange: ca::Exchange,
        key: ChipKey,
    },
    TerminalAuthentication {
        ta: Ta,
        rights: TerminalRights,
    },
    ActiveAuthentication {
        verifier: Verifier,
        challenge: [u8; 8],
    },
    SelectServices,
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
        let proofs = Proofs::default();
        let mut session = Self { request, entropy, link, state, at, goals, proofs, outcome };
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

    /// The way to the chip, for who goes on in the session once it is done.
    pub(crate) fn link(&mut self) -> &mut Link {
        &mut self.link
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
            Some(Goal::Read(name)) => self.begin_file(name),
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
            Some(Goal::Groups) => self.plan_the_rest(),
            Some(Goal::ChipAuthenticationMapping) => {
                if let Some((data, info)) = &self.proofs.mapping {
                    let judged = chip_authentication_mapping::judged(data, info, &self.outcome);
                    self.outcome.chip_authentication_mapping = judged;
                }
                self.go_on()
            }
            Some(Goal::ChipAuthentication) => self.begin_chip_authentication(),
            Some(Goal::ActiveAuthentication) => self.begin_active_authentication(),
            Some(Goal::TerminalAuthentication) => self.begin_terminal_authentication(),
            Some(Goal::Services) => match (&self.request.services, &self.outcome.chip_authentication) {
                (Some(name), _) if self.request.errand == Errand::Holder => {
                    self.send(State::SelectServices, services::select(name))
                }
                (Some(name), Ended::Passed(_)) => self.send(State::SelectServices, services::select(name)),
                _ => {
                    self.outcome.services = Ended::NotRun(NotRun::NoChipAuthentication);
                    self.go_on()
                }
            },
            Some(Goal::Sealed(expected)) => {
                if !is_sealed(&self.outcome, expected) {
                    self.goals.clear();
                }
                self.go_on()
            }
        }
    }

    fn begin_file(&mut self, name: FileName) -> Result<(), InspectErrorKind> {
        self.outcome.card_access_asked |= name == FileName::CardAccess;
        let group = match name {
            FileName::DataGroup(group) => group,
            FileName::Cvca => return self.ask(self.cvca()),
            _ => return self.ask(Reading::new(name)),
        };
        if name.is_sensitive() && !self.outcome.may_read(group) && !self.request.closed_files {
            return self.go_on();
        }
        self.ask(Reading::new(name))
    }

    /// EF.CVCA, wherever DG14 says that it lies.
    fn cvca(&self) -> Reading {
        let infos = dg14(&self.outcome);
        let place = infos.iter().flat_map(SecurityInfos::infos).find_map(|info| match info {
            SecurityInfo::TerminalAuthentication { ef_cvca } => *ef_cvca,
            _ => None,
        });
        place.map_or(Reading::new(FileName::Cvca), |place| {
            Reading::cvca(u16::from_be_bytes(place.file_id), place.short_id)
        })
    }

    fn plan_the_rest(&mut self) -> Result<(), InspectErrorKind> {
        self.goals = flow::groups(&self.outcome, &self.request);
        let is_planned = |goal| self.goals.contains(&goal);
        if !is_planned(Goal::ChipAuthentication) {
            self.outcome.chip_authentication = Ended::NotRun(NotRun::NotOffered);
        }
        if !is_planned(Goal::TerminalAuthentication) {
            self.outcome.terminal_authentication = Ended::NotRun(NotRun::NotAsked);
        }
        if !is_planned(Goal::ActiveAuthentication) {
            self.outcome.active_authentication = Ended::NotRun(NotRun::NotOffered);
        }
        if !is_planned(Goal::Services) {
            self.outcome.services = Ended::NotRun(NotRun::NotAsked);
        }
        self.go_on()
    }

    fn begin_chip_authentication(&mut self) -> Result<(), InspectErrorKind> {
        let choice = match dg14(&self.outcome) {
            Some(infos) => chip_authentication::choose(&infos),
            None => {
                let kind = InspectErrorKind::Undecodable(FileName::DataGroup(DataGroupNumber::DG14));
                self.outcome.chip_authentication = Ended::Failed(InspectError::new(Step::ChipAuthentication, kind));
                return self.go_on();
            }
        };
        match choice {
            Err(why) => {
                self.outcome.chip_authentication = Ended::NotRun(why);
                self.go_on()
            }
            Ok(choice) => {
                let ChipKey { protocol, key_id, .. } = choice.used;
                let begun = ca::begin(protocol, &choice.point, key_id, self.entropy);
                let (exchange, command) = begun.map_err(InspectErrorKind::Channel)?;
                self.send(State::ChipAuthentication { exchange, key: choice.used }, command)
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

    fn begin_terminal_authentication(&mut self) -> Result<(), InspectErrorKind> {
        match self.prepare_terminal_authentication() {
            Err(why) => {
                self.outcome.terminal_authentication = Ended::NotRun(why);
                self.go_on()
            }
            Ok((chain, binding)) => {
                let rights = TerminalRights::of(&chain);
                let (ta, command) = Ta::begin(chain, binding).map_err(InspectErrorKind::Channel)?;
                self.send(State::TerminalAuthentication { ta, rights }, command)
            }
        }
    }

    fn prepare_terminal_authentication(&mut self) -> Result<(Vec<CvCertificate>, Binding), NotRun> {
        let terminal = self.request.terminal.as_ref().ok_or(NotRun::NotAsked)?;
        let (id_picc, key) = (self.proofs.id_picc.as_deref(), self.proofs.compressed_key.as_deref());
        let binding = terminal_authentication::binding(id_picc, key, &self.outcome)?;
        let chain = terminal_authentication::chain(terminal, &self.outcome)?;
        if chain.iter().any(|certificate| !self.link.takes(certificate.content().len())) {
            return Err(NotRun::TooLong);
        }
        Ok((chain, binding))
    }

    fn begin_active_authentication(&mut self) -> Result<(), InspectErrorKind> {
        match active_authentication::verifier(&self.outcome) {
            Err(ended) => {
                self.outcome.active_authentication = ended;
                self.go_on()
            }
            Ok(verifier) => {
                let mut challenge = [0; 8];
                self.entropy.fill(&mut challenge);
                let command = internal_authenticate(challenge, self.link.le_for(verifier.signature_length()));
                self.send(State::ActiveAuthentication { verifier, challenge }, command)
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
        // Whoever answers under the keys of Chip Authentication holds the chip's private key.
        if let Some(key) = self.proofs.unconfirmed.take() {
            self.outcome.chip_authentication = Ended::Passed(key);
        }
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
                        self.proofs.id_picc = Some(opened.id_picc);
                        self.proofs.mapping = opened.chip_authentication.map(|data| (data, info));
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
            State::ChipAuthentication { exchange, key } => match exchange.answered(&response) {
                Ok(ca::Progress::Next(exchange, command)) => {
                    self.send(State::ChipAuthentication { exchange, key }, command)
                }
                Ok(ca::Progress::Done(opened)) => {
                    self.link.open(opened.session);
                    self.proofs.compressed_key = Some(opened.compressed_key);
                    self.proofs.unconfirmed = Some(key);
                    self.outcome.chip_authentication = Ended::NotRun(NotRun::Unconfirmed);
                    self.go_on()
                }
                // The old session goes on.
                Err(error) => {
                    let kind = InspectErrorKind::Channel(error);
                    self.outcome.chip_authentication = Ended::Failed(InspectError::new(self.at, kind));
                    self.go_on()
                }
            },
            State::TerminalAuthentication { ta, rights } => self.authenticate_terminal(ta, rights, &response),
            State::ActiveAuthentication { verifier, challenge } => {
                self.outcome.active_authentication = active_authentication::judged(&verifier, challenge, &response);
                self.go_on()
            }
            State::SelectServices => {
                self.outcome.services = services::life_cycle(&response, self.outcome.access);
                self.go_on()
            }
            State::Done | State::Failed => Err(InspectErrorKind::OutOfTurn),
        }
    }

    /// A chip that refuses a terminal goes on with what it gives everybody.
    fn authenticate_terminal(
        &mut self,
        ta: Ta,
        rights: TerminalRights,
        response: &ResponseApdu,
    ) -> Result<(), InspectErrorKind> {
        let Some(terminal) = &self.request.terminal else { return Err(InspectErrorKind::OutOfTurn) };
        match ta.answered(response, terminal, self.entropy) {
            Ok(TaProgress::Next(ta, command)) => {
                return self.send(State::TerminalAuthentication { ta, rights }, command);
            }
            Ok(TaProgress::Believed) => self.outcome.terminal_authentication = Ended::Passed(rights),
            Err(kind) => self.outcome.terminal_authentication = Ended::Failed(InspectError::new(self.at, kind)),
        }
        self.go_on()
    }

    fn opened(&mut self, access: Access) -> Result<(), InspectErrorKind> {
        self.outcome.access = Some(access);
        self.outcome.chip_authentication_mapping = Ended::NotRun(NotRun::NotUsed);
        self.goals = flow::application(access, self.request.errand);
        self.go_on()
    }

    /// The session is over. With a protocol that was being run, or with a file that nobody must be able to read, what was
    /// read until then can still be judged.
    fn lost(&mut self, kind: InspectErrorKind) -> Result<(), InspectErrorKind> {
        let failed = InspectError::new(self.at, kind);
        match (&self.state, kind) {
            _ if self.proofs.unconfirmed.take().is_some() => {
                let failed = InspectError::new(Step::ChipAuthentication, kind);
                self.outcome.chip_authentication = Ended::Failed(failed);
            }
            (State::ChipAuthentication { .. }, _) => self.outcome.chip_authentication = Ended::Failed(failed),
            (State::TerminalAuthentication { .. }, _) => self.outcome.terminal_authentication = Ended::Failed(failed),
            (State::ActiveAuthentication { .. }, _) => self.outcome.active_authentication = Ended::Failed(failed),
            (State::SelectServices, _) => self.outcome.services = Ended::Failed(failed),
            // Chips of other issuers end the session when a sensitive file is asked for; those come last.
            (State::Reading(reading), InspectErrorKind::Channel(ChannelError::SmPlainResponse { status }))
                if reading.name().is_sensitive() =>
            {
                let names = std::iter::once(reading.name()).chain(self.goals.iter().filter_map(|goal| match goal {
                    Goal::Read(name) => Some(*name),
                    _ => None,
                }));
                self.outcome.refused.extend(names.map(|name| (name, Refusal::Status(status))));
                self.end();
                return Ok(());
            }
            _ => return Err(kind),
        }
        self.outcome.cut_short = true;
        self.end();
        Ok(())
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
            Progress::Refused(why) if name == FileName::CardAccess => {
                self.outcome.refused.insert(name, why);
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
            Self::ChipAuthentication { .. } => Step::ChipAuthentication,
            Self::TerminalAuthentication { .. } => Step::TerminalAuthentication,
            Self::ActiveAuthentication { .. } => Step::ActiveAuthentication,
            Self::SelectServices => Step::SelectServices,
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
