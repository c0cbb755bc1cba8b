//! The terminal against a chip that answers what it likes, and knows the MRZ.

use jiff::civil::date;
use sigillo_apdu::{Action, CommandApdu, Driver, Event, ResponseApdu, StatusWord, ins};
use sigillo_channel::bac::chip::Challenge;
use sigillo_channel::secure_messaging::chip::Session;
use sigillo_crypto::SeededEntropy;
use sigillo_inspect::{Document, ReadSession, Report, Request, judge};

use crate::fixtures::secret;
use crate::script::{self, Step};

/// Kinds of answers in a script; other numbers begin again.
const RAW: u8 = 0;
const HONEST: u8 = 1;
const WRAPPED: u8 = 2;
const GONE: u8 = 3;
const KINDS: u8 = 4;

/// What the standard lets a terminal send to one chip before it has gone wrong.
const MOST_COMMANDS: usize = 8_192;

/// The terminal comes to an end whatever the chip answers; what it read can be judged and shown, and nothing is called
/// verified without a trust anchor.
pub(crate) fn strange_chip(bytes: &[u8]) {
    let steps = script::steps(bytes);
    // The answer that does not vary: one file for every name.
    let file = steps.iter().map(|step| step.body).max_by_key(|body| body.len()).unwrap_or_default().to_vec();
    let mut entropy = SeededEntropy::new([3; 32]);
    let request = Request::with_mrz(secret()).probing_the_lock().probing_closed_files();
    let mut terminal = ReadSession::new(request, &mut entropy);
    let mut chip = Chip { entropy: SeededEntropy::new([4; 32]), challenge: None, session: None, file };
    let mut steps = steps.into_iter();
    let mut commands = 0;
    loop {
        let command = match terminal.next_action() {
            Action::Done => break,
            Action::Transmit(command) => CommandApdu::decode(command).expect("the terminal speaks ISO 7816-4"),
        };
        commands += 1;
        assert!(commands <= MOST_COMMANDS, "the terminal did not end");
        let answer = chip.answer(&command, steps.next());
        if terminal.handle(answer.as_deref().map_or(Event::CardRemoved, Event::Response)).is_err() {
            return;
        }
    }
    let outcome = terminal.into_outcome();
    let checks = judge(&outcome, &[], &secret(), date(2026, 11, 2).at(0, 0, 0, 0));
    let report = Report::new(&outcome, checks).with_document(&outcome);
    assert!(!report.verified, "verified without a trust anchor");
    let _ = report.text();
    let _ = Document::of(&outcome);
}

struct Chip {
    entropy: SeededEntropy,
    challenge: Option<Challenge>,
    session: Option<Session>,
    file: Vec<u8>,
}

impl Chip {
    /// What the script says; after it, honesty. Nothing when the chip is gone.
    fn answer(&mut self, command: &CommandApdu, step: Option<Step<'_>>) -> Option<Vec<u8>> {
        let (kind, body) = step.map_or((HONEST, &[][..]), |step| (step.kind % KINDS, step.body));
        match kind {
            RAW => Some(body.to_vec()),
            GONE => None,
            kind => Some(self.honest(command, (kind == WRAPPED).then_some(body)).encode()),
        }
    }

    fn honest(&mut self, command: &CommandApdu, body: Option<&[u8]>) -> ResponseApdu {
        let refused = || ResponseApdu::from(StatusWord::ConditionsNotSatisfied);
        if let Some(session) = &mut self.session {
            let Ok(plain) = session.unwrap_command(command) else { return refused() };
            let answer = content(&self.file, &plain, body);
            return session.wrap_response(&answer).unwrap_or_else(|_| refused());
        }
        match command.head().ins {
            ins::GET_CHALLENGE => {
                let challenge = self.challenge.insert(Challenge::draw(&mut self.entropy));
                ResponseApdu::new(challenge.octets(), StatusWord::Success)
            }
            ins::EXTERNAL_AUTHENTICATE => {
                let opened = self
                    .challenge
                    .take()
                    .and_then(|challenge| challenge.external_authenticate(&secret(), command, &mut self.entropy).ok());
                opened.map_or_else(refused, |(session, answer)| {
                    self.session = Some(session);
                    ResponseApdu::new(answer, StatusWord::Success)
                })
            }
            _ => content(&self.file, command, body),
        }
    }
}

/// The script's data with its status word at the end, or a piece of the one file.
fn content(file: &[u8], command: &CommandApdu, body: Option<&[u8]>) -> ResponseApdu {
    if let Some((data, status)) = body.and_then(|body| body.split_last_chunk::<2>()) {
        return ResponseApdu::new(data, StatusWord::from(u16::from_be_bytes(*status)));
    }
    let head = command.head();
    if head.ins != ins::READ_BINARY {
        return ResponseApdu::from(StatusWord::Success);
    }
    let offset = if head.p1 & 0x80 == 0 { usize::from(u16::from_be_bytes([head.p1, head.p2])) } else { 0 };
    let rest = file.get(offset..).unwrap_or_default();
    let length = rest.len().min(usize::try_from(head.le).unwrap_or(256)).min(223);
    ResponseApdu::new(&rest[..length], StatusWord::Success)
}
