use std::collections::VecDeque;

use sigillo_apdu::{Action, CommandApdu, Driver, Event, ResponseApdu, StatusWord, ins};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::bac::terminal::{Pending, answer, get_challenge};
use sigillo_channel::scp03::host::initialize_update;
use sigillo_channel::secure_messaging::{max_plain_response, terminal::Session};
use sigillo_channel::{ChannelError, secure_messaging::Suite};
use sigillo_crypto::Entropy;
use sigillo_lds::DataGroupNumber;
use sigillo_lds::com::Com;
use sigillo_seal::DocumentSecurityObject;
use sigillo_tlv::Reader;

use crate::error::{InspectError, InspectErrorKind, Step};
use crate::file_name::FileName;
use crate::outcome::{ReadOutcome, Refusal};
use crate::reading::{Progress, Reading};

/// AID of the eMRTD application.
const APPLICATION: [u8; 7] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];
/// Twenty files of 64 KiB in the smallest chunks that a chip could force on us, and some.
const MAX_COMMANDS: u32 = 8192;
/// A short response: 256 octets and the status word.
const SHORT_RESPONSE: usize = 258;
const LENGTH_INFORMATION: u32 = 0x7F66;
const INTEGER: u32 = 0x02;

/// Reads a chip by Basic Access Control: a sans-io engine.
///
/// ```text
/// READ BINARY EF.ATR/INFO          how long may APDUs be? (left out by `short_only`)
/// READ BINARY EF.CardAccess        6A82: no PACE, so BAC
/// SELECT eMRTD application
/// GET CHALLENGE, EXTERNAL AUTHENTICATE
/// READ BINARY EF.COM, EF.SOD       from here on in secure messaging
/// READ BINARY of each data group that EF.SOD names (EF.COM, if EF.SOD cannot be read); DG3 and DG4 last
/// ```
///
/// Each file costs as few commands as fit: the first one asks for a whole chunk by short file identifier, and the file's
/// own length says how many follow. A file that cannot be read is noted and the session goes on; a chip that breaks
/// secure messaging over DG3 or DG4 ends the session without fault. Files have at most 64 KiB, a session at most 8192
/// commands.
///
/// Spec: `icao-9303-10#read-binary`, `icao-9303-11#bac`.
pub struct ReadSession<'e> {
    secret: MrzSecret,
    entropy: &'e mut dyn Entropy,
    state: State,
    /// The command that waits for an answer, as it travels: encrypted wherever it carries a secret.
    command: Vec<u8>,
    session: Option<Session>,
    longest_response: usize,
    queue: VecDeque<FileName>,
    outcome: ReadOutcome,
}

enum State {
    LockProbe,
    Reading(Reading),
    SelectApplication,
    GetChallenge,
    ExternalAuthenticate(Pending),
    Done,
    /// An error was reported.
    Failed,
}

impl<'e> ReadSession<'e> {
    /// Begins a session that first asks EF.ATR/INFO how long APDUs may be. Draws RND.IFD and K.IFD when it is their turn.
    #[must_use]
    pub fn new(secret: MrzSecret, entropy: &'e mut dyn Entropy) -> Self {
        Self::starting_with(secret, entropy, [FileName::AtrInfo, FileName::CardAccess])
    }

    /// Begins a session of short APDUs only: EF.ATR/INFO is not read.
    #[must_use]
    pub fn short_only(secret: MrzSecret, entropy: &'e mut dyn Entropy) -> Self {
        Self::starting_with(secret, entropy, [FileName::CardAccess])
    }

    /// Asks for INITIALIZE UPDATE before anything else, and notes what the chip answers: a locked chip refuses it.
    ///
    /// Draws eight octets of host challenge at once. Only before the first command.
    #[must_use]
    pub fn with_lock_probe(mut self) -> Self {
        let mut challenge = [0; 8];
        self.entropy.fill(&mut challenge);
        let (_, command) = initialize_update(challenge);
        self.command = command.encode().to_vec();
        if let State::Reading(reading) = std::mem::replace(&mut self.state, State::LockProbe) {
            self.queue.push_front(reading.name());
        }
        self
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

    fn starting_with<const N: usize>(secret: MrzSecret, entropy: &'e mut dyn Entropy, files: [FileName; N]) -> Self {
        let mut session = Self {
            secret,
            entropy,
            state: State::Done,
            command: Vec::new(),
            session: None,
            longest_response: SHORT_RESPONSE,
            queue: VecDeque::from(files),
            outcome: ReadOutcome::default(),
        };
        if let Some(name) = session.queue.pop_front() {
            let mut reading = Reading::new(name);
            session.command = reading.next_command(session.room()).encode().to_vec();
            session.state = State::Reading(reading);
        }
        session
    }

    /// Plain octets in one answer; before the session, what one short answer holds.
    fn room(&self) -> usize {
        match &self.session {
            Some(session) => max_plain_response(session.suite(), self.longest_response.saturating_sub(2)),
            None => SHORT_RESPONSE - 2,
        }
    }

    fn step(&self) -> Step {
        match &self.state {
            State::LockProbe => Step::LockProbe,
            State::Reading(reading) => Step::Read(reading.name()),
            State::SelectApplication => Step::SelectApplication,
            State::GetChallenge => Step::GetChallenge,
            State::ExternalAuthenticate(_) => Step::ExternalAuthenticate,
            State::Done | State::Failed => Step::Done,
        }
    }

    fn respond(&mut self, bytes: &[u8]) -> Result<(), InspectErrorKind> {
        if self.outcome.commands >= MAX_COMMANDS {
            return Err(InspectErrorKind::TooManyCommands);
        }
        self.outcome.commands += 1;
        let response = ResponseApdu::decode(bytes).map_err(InspectErrorKind::Response)?;
        match std::mem::replace(&mut self.state, State::Failed) {
            State::LockProbe => {
                self.outcome.lock_probe = Some(response.status());
                self.read_next()
            }
            State::Reading(reading) => self.read_on(reading, &response),
            State::SelectApplication => {
                succeed(&response)?;
                self.send(State::GetChallenge, &get_challenge())
            }
            State::GetChallenge => {
                succeed(&response)?;
                let (pending, command) =
                    answer(&self.secret, response.data(), self.entropy).map_err(InspectErrorKind::Channel)?;
                self.send(State::ExternalAuthenticate(pending), &command)
            }
            State::ExternalAuthenticate(pending) => {
                self.session = Some(pending.finish(&response).map_err(InspectErrorKind::Channel)?);
                self.queue = VecDeque::from([FileName::Com, FileName::Sod]);
                self.read_next()
            }
            State::Done | State::Failed => Err(InspectErrorKind::OutOfTurn),
        }
    }

    fn read_on(&mut self, mut reading: Reading, response: &ResponseApdu) -> Result<(), InspectErrorKind> {
        let name = reading.name();
        let plain = match &mut self.session {
            None => Ok(ResponseApdu::new(response.data(), response.status())),
            Some(session) => session.unwrap(response),
        };
        let plain = match plain {
            // Chips of other issuers end the session when a sensitive file is asked for; those come last.
            Err(ChannelError::SmPlainResponse { status }) if name.is_sensitive() => {
                for name in std::iter::once(name).chain(self.queue.drain(..)) {
                    self.outcome.refused.insert(name, Refusal::Status(status));
                }
                self.state = State::Done;
                return Ok(());
            }
            plain => plain.map_err(InspectErrorKind::Channel)?,
        };
        match reading.take(&plain) {
            Progress::More => return self.ask(reading),
            Progress::Whole(file) => {
                self.outcome.files.insert(name, file);
            }
            // Nobody has to have the two files of the master file.
            Progress::Refused(_) if self.session.is_none() => {}
            Progress::Refused(why) => {
                self.outcome.refused.insert(name, why);
            }
        }
        match name {
            FileName::AtrInfo => self.longest_response = longest_response(self.outcome.file(name).unwrap_or_default()),
            FileName::Sod => self.queue = self.named_groups(),
            _ => {}
        }
        self.read_next()
    }

    fn read_next(&mut self) -> Result<(), InspectErrorKind> {
        match (self.queue.pop_front(), &self.session) {
            (Some(name), _) => self.ask(Reading::new(name)),
            (None, None) => {
                let command = CommandApdu::new(0x00, ins::SELECT, 0x04, 0x0C).with_data(APPLICATION);
                self.send(State::SelectApplication, &command)
            }
            (None, Some(_)) => {
                self.state = State::Done;
                Ok(())
            }
        }
    }

    fn ask(&mut self, mut reading: Reading) -> Result<(), InspectErrorKind> {
        let command = reading.next_command(self.room());
        // A short command would limit the protected answer to 256 octets.
        let short_room = max_plain_response(Suite::TripleDes, SHORT_RESPONSE - 2);
        let long = usize::try_from(command.head().le).unwrap_or(usize::MAX) > short_room;
        let command = if self.session.is_some() && long { command.extended() } else { command };
        self.send(State::Reading(reading), &command)
    }

    fn send(&mut self, state: State, command: &CommandApdu) -> Result<(), InspectErrorKind> {
        self.command = match &mut self.session {
            None => command.encode().to_vec(),
            Some(session) => session.wrap(command).map_err(InspectErrorKind::Channel)?.encode().to_vec(),
        };
        self.state = state;
        Ok(())
    }

    /// The data groups to read: those that EF.SOD names, or else EF.COM; sensitive ones last.
    fn named_groups(&self) -> VecDeque<FileName> {
        let sod = self.outcome.file(FileName::Sod).and_then(|file| DocumentSecurityObject::decode(file).ok());
        let com = || self.outcome.file(FileName::Com).and_then(|file| Com::decode(file).ok());
        let numbers: Vec<DataGroupNumber> = match sod {
            Some(sod) => sod.lds().hashes().keys().filter_map(|number| DataGroupNumber::new(*number).ok()).collect(),
            None => com().map(|com| com.data_groups().to_vec()).unwrap_or_default(),
        };
        let mut names: Vec<FileName> = numbers.into_iter().map(FileName::DataGroup).collect();
        names.sort_by_key(|name| (name.is_sensitive(), *name));
        names.into()
    }
}

impl Driver for ReadSession<'_> {
    type Error = InspectError;

    fn next_action(&mut self) -> Action<'_> {
        match self.state {
            State::Done | State::Failed => Action::Done,
            _ => Action::Transmit(&self.command),
        }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), InspectError> {
        let step = self.step();
        let result = match event {
            Event::Response(bytes) => self.respond(bytes),
            Event::CardRemoved => Err(InspectErrorKind::CardRemoved),
        };
        result.map_err(|kind| {
            self.state = State::Failed;
            InspectError::new(step, kind)
        })
    }
}

impl std::fmt::Debug for ReadSession<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadSession")
            .field("step", &self.step())
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

fn succeed(response: &ResponseApdu) -> Result<(), InspectErrorKind> {
    match response.status() {
        StatusWord::Success => Ok(()),
        status => Err(InspectErrorKind::Refused(status)),
    }
}

/// The longest response APDU by EF.ATR/INFO, or a short one if the file says nothing that can be used.
///
/// Spec: `icao-9303-10#ef-atr-info`.
fn longest_response(file: &[u8]) -> usize {
    let stated = || {
        let mut objects = Reader::new(file);
        while let Some(object) = objects.next().ok()? {
            if object.tag.number() == LENGTH_INFORMATION {
                let mut lengths = object.reader();
                lengths.expect(INTEGER).ok()?;
                let longest = lengths.expect(INTEGER).ok()?.value;
                return longest
                    .iter()
                    .try_fold(0usize, |sum, octet| sum.checked_mul(256)?.checked_add((*octet).into()));
            }
        }
        None
    };
    let longest = stated().unwrap_or(SHORT_RESPONSE).min(65_536 + 2);
    let useful = max_plain_response(Suite::TripleDes, longest.saturating_sub(2));
    if useful > max_plain_response(Suite::TripleDes, SHORT_RESPONSE - 2) { longest } else { SHORT_RESPONSE }
}
