//! The sans-io engine that carries out the chip's steps of a plan.

use std::collections::VecDeque;

use sigillo_apdu::{Action, ApduHead, CommandApdu, Driver, Event, ResponseApdu, StatusWord, ins};
use sigillo_channel::scp03::{KeySet, PutKey, host};
use sigillo_profile::{FileSpec, KeyKind, KeyPairSpec};
use zeroize::Zeroizing;

use crate::error::{PersoError, PersoErrorKind};
use crate::wire::Limits;
use crate::wire::{read_binary, update_binary};

/// Carries out steps in the order in which they were asked for; [`Action::Done`] when none is left: then [`PersoDriver::finish`].
///
/// The secure channel lives as long as the driver: steps can be added after it was done. After an error it is over.
pub struct PersoDriver {
    limits: Limits,
    steps: VecDeque<Step>,
    current: Option<Step>,
    /// The plain command in flight, for the error's sake, and its octets on the wire.
    head: ApduHead,
    wire: Zeroizing<Vec<u8>>,
    opening: Option<host::Opening>,
    answer: Option<host::CardAnswer>,
    session: Option<host::HostSession>,
    outcomes: Vec<Outcome>,
    /// A refusal to make the next command, kept until [`PersoDriver::finish`] tells it.
    failure: Option<PersoError>,
}

/// What the chip says of itself before anything is proven.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Identity {
    /// The serial.
    pub serial: [u8; 10],
    /// The version of its key set.
    pub key_version: u8,
}

/// What a step brought.
pub enum Outcome {
    /// The answer to INITIALIZE UPDATE.
    Identified(Identity),
    /// The chip holds the new key set.
    KeysReplaced,
    /// A key pair that the chip generated, for [`crate::ChipKeys::insert`].
    KeyPair {
        /// Its name in the profile.
        name: String,
        /// The content of the template `7F49` that the chip answered.
        public_key: Vec<u8>,
    },
    /// A file that was read whole.
    File(Vec<u8>),
    /// Whether a file exists on the chip.
    Exists(bool),
}

/// A file that was read is personal: only its length is printed.
impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Identified(identity) => write!(f, "Identified({identity:?})"),
            Self::KeysReplaced => f.write_str("KeysReplaced"),
            Self::KeyPair { name, .. } => write!(f, "KeyPair({name})"),
            Self::File(file) => write!(f, "File({} octets)", file.len()),
            Self::Exists(exists) => write!(f, "Exists({exists})"),
        }
    }
}

struct Step {
    id: String,
    work: Work,
}

enum Work {
    Identify { host_challenge: [u8; 8] },
    OpenChannel { keys: KeySet },
    ReplaceKeys { put_key: PutKey, command: CommandApdu },
    Plain { command: CommandApdu },
    Exists { command: CommandApdu },
    GenerateKeyPair { name: String, command: CommandApdu },
    Deactivate { aid: Vec<u8>, selected: bool },
    Write { file: FileSpec, bytes: Zeroizing<Vec<u8>>, offset: usize },
    Read { file: FileSpec, length: Option<usize>, read: Zeroizing<Vec<u8>>, expected: Option<Zeroizing<Vec<u8>>> },
}

impl PersoDriver {
    /// An engine without steps and without a channel.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            steps: VecDeque::new(),
            current: None,
            head: ApduHead { cla: 0, ins: 0, p1: 0, p2: 0, lc: 0, le: 0 },
            wire: Zeroizing::default(),
            opening: None,
            answer: None,
            session: None,
            outcomes: Vec::new(),
            failure: None,
        }
    }

    /// INITIALIZE UPDATE; a channel that was open is given up.
    pub fn identify(&mut self, id: &str, host_challenge: [u8; 8]) {
        self.push(id, Work::Identify { host_challenge });
    }

    /// EXTERNAL AUTHENTICATE, if the card cryptogram is right; never sent otherwise.
    pub fn open_channel(&mut self, id: &str, keys: KeySet) {
        self.push(id, Work::OpenChannel { keys });
    }

    /// PUT KEY: replaces the set in force by a new one. The channel ends with it.
    ///
    /// # Errors
    ///
    /// A code of `channel` for keys that are not AES-128.
    pub fn replace_keys(
        &mut self,
        id: &str,
        current: &KeySet,
        versions: (u8, u8),
        new: KeySet,
    ) -> Result<(), PersoError> {
        let (put_key, command) = host::put_key(current, versions.0, versions.1, new)
            .map_err(|error| PersoError::new(PersoErrorKind::Channel(error), id))?;
        self.push(id, Work::ReplaceKeys { put_key, command });
        Ok(())
    }

    /// SELECT of the master file.
    pub fn select_master_file(&mut self, id: &str) {
        self.push(id, Work::Plain { command: CommandApdu::new(0x00, ins::SELECT, 0x00, 0x0C).with_data([0x3F, 0x00]) });
    }

    /// SELECT of an application.
    pub fn select_application(&mut self, id: &str, aid: &[u8]) {
        self.push(id, Work::Plain { command: CommandApdu::new(0x00, ins::SELECT, 0x04, 0x0C).with_data(aid) });
    }

    /// SELECT of a file or application that may be missing; brings [`Outcome::Exists`].
    pub fn probe(&mut self, id: &str, file: &FileSpec) {
        let command = match &file.kind {
            sigillo_profile::FileKind::Application { aid } => {
                CommandApdu::new(0x00, ins::SELECT, 0x04, 0x0C).with_data(aid.as_slice())
            }
            _ => CommandApdu::new(0x00, ins::SELECT, 0x00, 0x0C).with_data(file.fid.to_be_bytes()),
        };
        self.push(id, Work::Exists { command });
    }

    /// CREATE FILE; the new file is current afterwards.
    pub fn create_file(&mut self, id: &str, fcp: &[u8]) {
        self.push(id, Work::Plain { command: CommandApdu::new(0x00, ins::CREATE_FILE, 0x00, 0x00).with_data(fcp) });
    }

    /// PUT DATA of a security environment template.
    pub fn define_environment(&mut self, id: &str, template: &[u8]) {
        self.push(id, Work::Plain { command: CommandApdu::new(0x00, ins::PUT_DATA, 0x00, 0x7B).with_data(template) });
    }

    /// PUT DATA of a secret or a public data object.
    pub fn put_data(&mut self, id: &str, tag: u16, value: &[u8]) {
        let [p1, p2] = tag.to_be_bytes();
        self.push(id, Work::Plain { command: CommandApdu::new(0x00, ins::PUT_DATA, p1, p2).with_data(value) });
    }

    /// GENERATE ASYMMETRIC KEY PAIR; brings [`Outcome::KeyPair`].
    pub fn generate_key_pair(&mut self, id: &str, pair: &KeyPairSpec) {
        // A modulus has no room in a short response.
        let le = if matches!(pair.kind, KeyKind::ModulusBits(_)) { 65_536 } else { 256 };
        let command = CommandApdu::new(0x00, ins::GENERATE_ASYMMETRIC_KEY_PAIR, 0x80, 0x00);
        let command = command.with_data(pair.template()).with_le(le);
        self.push(id, Work::GenerateKeyPair { name: pair.name.clone(), command });
    }

    /// SELECT of an application, and DEACTIVATE FILE unless it answers that this was done before.
    pub fn deactivate_application(&mut self, id: &str, aid: &[u8]) {
        self.push(id, Work::Deactivate { aid: aid.to_vec(), selected: false });
    }

    /// UPDATE BINARY until all octets are written.
    pub fn write(&mut self, id: &str, file: &FileSpec, bytes: &[u8]) {
        let bytes = Zeroizing::new(bytes.to_vec());
        self.push(id, Work::Write { file: file.clone(), bytes, offset: 0 });
    }

    /// READ BINARY of as many octets as are expected, and their comparison.
    pub fn read_back(&mut self, id: &str, file: &FileSpec, expected: &[u8]) {
        let (length, expected) = (Some(expected.len()), Some(Zeroizing::new(expected.to_vec())));
        self.push(id, Work::Read { file: file.clone(), length, read: Zeroizing::default(), expected });
    }

    /// READ BINARY of a file whose length its own first TLV tells; brings [`Outcome::File`].
    pub fn read(&mut self, id: &str, file: &FileSpec) {
        self.push(id, Work::Read { file: file.clone(), length: None, read: Zeroizing::default(), expected: None });
    }

    /// ACTIVATE FILE on the current master file: the lock.
    pub fn lock(&mut self, id: &str) {
        self.push(id, Work::Plain { command: CommandApdu::new(0x00, ins::ACTIVATE_FILE, 0x00, 0x00) });
    }

    /// TERMINATE CARD USAGE.
    pub fn terminate(&mut self, id: &str) {
        self.push(id, Work::Plain { command: CommandApdu::new(0x00, ins::TERMINATE_CARD_USAGE, 0x00, 0x00) });
    }

    /// Takes what the steps brought, in their order, once [`Action::Done`] was reached.
    ///
    /// # Errors
    ///
    /// Why the next command was not even made (a wrong card cryptogram, a secret that was not provided).
    pub fn finish(&mut self) -> Result<Vec<Outcome>, PersoError> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(std::mem::take(&mut self.outcomes)),
        }
    }

    fn push(&mut self, id: &str, work: Work) {
        self.steps.push_back(Step { id: id.to_owned(), work });
    }

    /// The next command of the current step, or `None` if the step has no (further) command to send.
    fn command_of(&mut self, step: &mut Step) -> Result<Option<CommandApdu>, PersoErrorKind> {
        Ok(Some(match &mut step.work {
            Work::Identify { host_challenge } => {
                self.session = None;
                let (opening, command) = host::initialize_update(*host_challenge);
                self.opening = Some(opening);
                command
            }
            Work::OpenChannel { keys } => {
                let answer =
                    self.answer.take().ok_or(PersoErrorKind::NotProvided("the answer to INITIALIZE UPDATE"))?;
                let (session, command) = answer.authenticate(keys).map_err(PersoErrorKind::Channel)?;
                self.session = Some(session);
                command
            }
            Work::ReplaceKeys { command, .. }
            | Work::Plain { command }
            | Work::Exists { command }
            | Work::GenerateKeyPair { command, .. } => std::mem::replace(command, CommandApdu::new(0, 0, 0, 0)),
            Work::Deactivate { selected: true, .. } => CommandApdu::new(0x00, ins::DEACTIVATE_FILE, 0x00, 0x00),
            Work::Deactivate { aid, .. } => {
                CommandApdu::new(0x00, ins::SELECT, 0x04, 0x0C).with_data(std::mem::take(aid))
            }
            Work::Write { file, bytes, offset } => {
                let rest = bytes.get(*offset..).unwrap_or_default();
                let chunk = rest.get(..self.limits.update_chunk().min(rest.len())).unwrap_or_default();
                if chunk.is_empty() {
                    return Ok(None);
                }
                update_binary(file, *offset, chunk)
            }
            Work::Read { file, length, read, .. } => {
                let length = match length {
                    Some(length) => *length,
                    // Enough for the header of any file; the whole of a small one.
                    None => self.limits.read_chunk().min(file.size().unwrap_or(0).into()),
                };
                let rest = length.saturating_sub(read.len());
                if rest == 0 {
                    return Ok(None);
                }
                read_binary(file, read.len(), rest.min(self.limits.read_chunk()))
            }
        }))
    }

    /// Takes the answer to the current step's command; `true` when the step is complete.
    fn take_answer(&mut self, step: &mut Step, response: &ResponseApdu) -> Result<bool, PersoErrorKind> {
        let head = self.head;
        let malformed = PersoErrorKind::Answer { head };
        let end_of_file = matches!(step.work, Work::Read { .. }) && response.status() == StatusWord::EndOfFile;
        if let Work::Exists { .. } = step.work {
            let exists = match response.status() {
                StatusWord::Success => true,
                StatusWord::FileNotFound => false,
                status => return Err(PersoErrorKind::Status { head, status }),
            };
            self.outcomes.push(Outcome::Exists(exists));
            return Ok(true);
        }
        if let (Work::Deactivate { selected: false, .. }, StatusWord::FileDeactivated) = (&step.work, response.status())
        {
            return Ok(true);
        }
        if !response.status().is_success() && !end_of_file {
            return Err(PersoErrorKind::Status { head, status: response.status() });
        }
        match &mut step.work {
            Work::Identify { .. } => {
                let opening = self.opening.take().ok_or(malformed)?;
                let answer = opening.card_answer(response.data()).map_err(PersoErrorKind::Channel)?;
                self.outcomes
                    .push(Outcome::Identified(Identity { serial: answer.serial, key_version: answer.key_version }));
                self.answer = Some(answer);
            }
            Work::ReplaceKeys { put_key, .. } => {
                put_key.verify_answer(response.data()).map_err(PersoErrorKind::Channel)?;
                self.session = None;
                self.outcomes.push(Outcome::KeysReplaced);
            }
            Work::GenerateKeyPair { name, .. } => {
                let public_key = sigillo_tlv::single(response.data(), 0x7F49).map_err(|_| malformed)?.value.to_vec();
                self.outcomes.push(Outcome::KeyPair { name: std::mem::take(name), public_key });
            }
            Work::Deactivate { selected, .. } => return Ok(std::mem::replace(selected, true)),
            Work::Write { bytes, offset, .. } => {
                *offset += self.limits.update_chunk().min(bytes.len() - *offset);
                return Ok(*offset == bytes.len());
            }
            Work::Read { file, length, read, expected } => {
                if response.data().is_empty() {
                    return Err(malformed);
                }
                read.extend_from_slice(response.data());
                if length.is_none() {
                    let total = sigillo_tlv::total_length(read).ok().flatten().ok_or(malformed)?;
                    *length = Some(total.min(usize::from(file.size().unwrap_or(0))));
                }
                let wanted = length.unwrap_or_default();
                if read.len() < wanted {
                    return Ok(false);
                }
                read.truncate(wanted);
                match expected {
                    Some(expected) => compare(file, expected, read)?,
                    None => self.outcomes.push(Outcome::File(read.to_vec())),
                }
            }
            Work::OpenChannel { .. } | Work::Plain { .. } | Work::Exists { .. } => {}
        }
        Ok(true)
    }

    /// Wraps the next command, skipping steps that have none.
    fn advance(&mut self) -> Result<(), PersoError> {
        loop {
            let Some(mut step) = self.current.take().or_else(|| self.steps.pop_front()) else { return Ok(()) };
            let id = step.id.clone();
            let refused = |kind| PersoError::new(kind, &id);
            match self.command_of(&mut step) {
                Err(kind) => return Err(refused(kind)),
                Ok(None) => continue,
                Ok(Some(command)) => {
                    self.head = command.head();
                    let opens = matches!(step.work, Work::Identify { .. } | Work::OpenChannel { .. });
                    let wrapped = match &mut self.session {
                        Some(session) if !opens => {
                            session.wrap(&command).map_err(|error| refused(PersoErrorKind::Channel(error)))?
                        }
                        _ => command,
                    };
                    self.wire = wrapped.encode();
                    self.current = Some(step);
                    return Ok(());
                }
            }
        }
    }
}

impl Driver for PersoDriver {
    type Error = PersoError;

    fn next_action(&mut self) -> Action<'_> {
        if self.wire.is_empty()
            && let Err(failure) = self.advance()
        {
            self.steps.clear();
            self.failure = Some(failure);
        }
        if self.wire.is_empty() { Action::Done } else { Action::Transmit(&self.wire) }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), PersoError> {
        let Some(mut step) = self.current.take() else { return Ok(()) };
        self.wire = Zeroizing::default();
        let id = step.id.clone();
        let refused = |kind| PersoError::new(kind, &id);
        let Event::Response(bytes) = event else { return Err(refused(PersoErrorKind::CardRemoved)) };
        let response = ResponseApdu::decode(bytes).map_err(|_| refused(PersoErrorKind::Answer { head: self.head }))?;
        let opens = matches!(step.work, Work::Identify { .. } | Work::OpenChannel { .. });
        let response = match &mut self.session {
            Some(session) if !opens => {
                session.unwrap(&response).map_err(|error| refused(PersoErrorKind::Channel(error)))?
            }
            _ => response,
        };
        let complete = self.take_answer(&mut step, &response).map_err(refused)?;
        if !complete {
            self.current = Some(step);
        }
        Ok(())
    }
}

impl std::fmt::Debug for PersoDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PersoDriver({} steps left, redacted)", self.steps.len() + usize::from(self.current.is_some()))
    }
}

fn compare(file: &FileSpec, expected: &[u8], read: &[u8]) -> Result<(), PersoErrorKind> {
    match expected.iter().zip(read).position(|(a, b)| a != b) {
        None if expected.len() == read.len() => Ok(()),
        at => {
            Err(PersoErrorKind::ReadBack { file: file.name.clone(), at: at.unwrap_or(read.len().min(expected.len())) })
        }
    }
}
