//! Commands out, answers in: secure messaging, the lengths that the chip takes, and answers in several pieces.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord, ins};
use sigillo_channel::secure_messaging::{Suite, max_plain_command, max_plain_response, terminal::Session};
use sigillo_tlv::Reader;

use crate::error::InspectErrorKind;

/// A short response: 256 octets and the status word.
const SHORT_RESPONSE: usize = 258;
/// The data field of a short command.
const SHORT_DATA: usize = 255;
/// Header, extended Lc and extended Le of a command.
const EXTENDED_FRAME: usize = 4 + 3 + 2;
/// What one answer may grow to over GET RESPONSE.
const MAX_ANSWER: usize = 65_536;
const LENGTH_INFORMATION: u32 = 0x7F66;
const INTEGER: u32 = 0x02;

/// The way to the chip.
pub(crate) struct Link {
    session: Option<Session>,
    /// The command that waits for an answer, as it travels: encrypted wherever it carries a secret.
    command: Vec<u8>,
    /// The pieces of an answer that came before `61xx`.
    collected: Vec<u8>,
    longest_response: usize,
    /// By EF.ATR/INFO; `None` where it does not say.
    longest_command: Option<usize>,
}

/// What an answer is worth.
pub(crate) enum Received {
    /// A piece; the next one was asked for.
    Piece,
    /// The whole, without its protection.
    Whole(ResponseApdu),
}

impl Link {
    /// No session yet, short APDUs.
    pub(crate) fn new() -> Self {
        Self {
            session: None,
            command: Vec::new(),
            collected: Vec::new(),
            longest_response: SHORT_RESPONSE,
            longest_command: None,
        }
    }

    pub(crate) fn command(&self) -> &[u8] {
        &self.command
    }

    /// From the next command on, this session; the one before it is forgotten.
    pub(crate) fn open(&mut self, session: Session) {
        self.session = Some(session);
    }

    /// Plain octets in one answer; before the session, what one short answer holds.
    pub(crate) fn room(&self) -> usize {
        match &self.session {
            Some(session) => max_plain_response(session.suite(), self.longest_response.saturating_sub(2)),
            None => SHORT_RESPONSE - 2,
        }
    }

    /// Whether the chip may be sent so many octets of data: short commands always, longer ones unless EF.ATR/INFO says
    /// that they are too long.
    pub(crate) fn takes(&self, data: usize) -> bool {
        let suite = self.session.as_ref().map_or(Suite::TripleDes, Session::suite);
        let longest = self.longest_command.unwrap_or(usize::MAX).saturating_sub(EXTENDED_FRAME);
        data <= max_plain_command(suite, longest.max(SHORT_DATA))
    }

    /// What to ask for where so many octets will come: all that fit into a short answer, or that many if the chip gives long
    /// ones.
    pub(crate) fn le_for(&self, octets: usize) -> u32 {
        let long = u32::try_from(octets).unwrap_or(256).clamp(256, 65_536);
        if self.longest_response > SHORT_RESPONSE { long } else { 256 }
    }

    /// Takes the lengths from EF.ATR/INFO.
    pub(crate) fn take_lengths(&mut self, atr_info: &[u8]) {
        let (command, response) = lengths(atr_info).unzip();
        self.longest_command = command;
        let longest = response.unwrap_or(SHORT_RESPONSE).min(MAX_ANSWER + 2);
        let useful = max_plain_response(Suite::TripleDes, longest.saturating_sub(2));
        let is_longer = useful > max_plain_response(Suite::TripleDes, SHORT_RESPONSE - 2);
        self.longest_response = if is_longer { longest } else { SHORT_RESPONSE };
    }

    /// The chip refused a length that EF.ATR/INFO promised: short answers from now on. Whether that is something new.
    pub(crate) fn give_up_long_answers(&mut self) -> bool {
        std::mem::replace(&mut self.longest_response, SHORT_RESPONSE) > SHORT_RESPONSE
    }

    /// Makes the next command, protected inside a session.
    pub(crate) fn send(&mut self, command: CommandApdu) -> Result<(), InspectErrorKind> {
        self.collected.clear();
        self.command = match &mut self.session {
            None => command.encode().to_vec(),
            Some(session) => {
                // A short command would limit the protected answer to 256 octets.
                let short = max_plain_response(session.suite(), SHORT_RESPONSE - 2);
                let asked = usize::try_from(command.head().le).unwrap_or(usize::MAX);
                let is_long = asked > short && self.longest_response > SHORT_RESPONSE;
                let command = if is_long { command.extended() } else { command };
                session.wrap(&command).map_err(InspectErrorKind::Channel)?.encode().to_vec()
            }
        };
        Ok(())
    }

    /// Takes what came back.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Result<Received, InspectErrorKind> {
        let response = ResponseApdu::decode(bytes).map_err(InspectErrorKind::Response)?;
        if let StatusWord::MoreData { available } = response.status() {
            self.collected.extend_from_slice(response.data());
            if self.collected.len() > MAX_ANSWER {
                return Err(InspectErrorKind::TooLong);
            }
            let le = if available == 0 { 256 } else { available.into() };
            self.command = CommandApdu::new(0x00, ins::GET_RESPONSE, 0x00, 0x00).with_le(le).encode().to_vec();
            return Ok(Received::Piece);
        }
        let response = if self.collected.is_empty() {
            response
        } else {
            self.collected.extend_from_slice(response.data());
            ResponseApdu::new(std::mem::take(&mut self.collected), response.status())
        };
        match &mut self.session {
            None => Ok(Received::Whole(response)),
            Some(session) => session.unwrap(&response).map(Received::Whole).map_err(InspectErrorKind::Channel),
        }
    }
}

/// The longest command and the longest response, in octets, by EF.ATR/INFO.
///
/// Spec: `icao-9303-10#ef-atr-info`.
fn lengths(file: &[u8]) -> Option<(usize, usize)> {
    let mut objects = Reader::new(file);
    while let Some(object) = objects.next().ok()? {
        if object.tag.number() == LENGTH_INFORMATION {
            let mut lengths = object.reader();
            let mut length = || number(lengths.expect(INTEGER).ok()?.value);
            return Some((length()?, length()?));
        }
    }
    None
}

fn number(octets: &[u8]) -> Option<usize> {
    octets.iter().try_fold(0usize, |sum, octet| sum.checked_mul(256)?.checked_add((*octet).into()))
}
