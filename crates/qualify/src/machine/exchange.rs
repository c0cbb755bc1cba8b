//! One command and its answer, held against what the step expects.

use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_crypto::{CurvePoint, sha256};
use sigillo_seal::x509::Certificate;
use sigillo_tlv::{Reader, single};

use super::{Halt, Machine};
use crate::error::QualifyError;
use crate::format::{AnswerForm, Cut, DataCondition, Exchange, Expected, Template, Under};
use crate::link::Response;
use crate::secure::{Objects, Opened, SecureSession};

/// What came back: valid in its form, and with one of the expected status words.
pub(crate) struct Answer {
    pub(crate) response: Response,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        self.response.status == 0x9000
    }

    /// As the protocols take it.
    pub(crate) fn apdu(&self) -> ResponseApdu {
        self.response.apdu()
    }
}

impl Exchange {
    /// An exchange without anything special.
    pub(crate) fn usual() -> Self {
        Self {
            send: None,
            plain: false,
            raw: false,
            expect: vec![Expected::SUCCESS],
            answer: None,
            data: Vec::new(),
            store: None,
            tamper: None,
            objects: None,
            answer_objects: None,
            under: Under::Current,
            key: None,
            challenge: None,
            cut: None,
            end_if: Vec::new(),
        }
    }
}

impl Machine<'_, '_> {
    /// Sends a command: the step's own, or else this one.
    pub(crate) fn exchange(&mut self, usual: &Template, exchange: &Exchange) -> Result<Answer, Halt> {
        let octets = self.render(exchange.send.as_ref().unwrap_or(usual))?;
        self.sent.clone_from(&octets);
        if let Some(cut) = exchange.cut {
            return self.torn(&octets, exchange, cut);
        }
        let mut session = match exchange.under {
            Under::Current => self.session.take(),
            Under::Previous => self.previous.take(),
            Under::Next => self.next.take(),
        };
        let outcome = self.converse(&octets, exchange, session.as_mut());
        if let Some(session) = session.as_mut().filter(|_| exchange.raw || exchange.plain) {
            session.suspect_plain();
        }
        match exchange.under {
            Under::Current => self.session = session,
            Under::Previous => self.previous = session,
            Under::Next => self.next = session,
        }
        let response = outcome?;
        let status = response.status;
        if exchange.end_if.iter().any(|expected| expected.takes(status)) {
            return Err(Halt::Passed);
        }
        if !exchange.expect.iter().any(|expected| expected.takes(status)) {
            return Err(Halt::failed(words(&exchange.expect), came(&response)));
        }
        for condition in &exchange.data {
            self.hold(condition, &response.data)?;
        }
        if let Some(name) = &exchange.store {
            self.variables.insert(name.clone(), response.data.clone());
        }
        Ok(Answer { response })
    }

    /// Sends a command while the power fails, and resets the chip; whatever answer came is forgotten.
    fn torn(&mut self, octets: &[u8], exchange: &Exchange, cut: Cut) -> Result<Answer, Halt> {
        let point = match cut {
            Cut::At(point) => point,
            Cut::Each(_) => self.iteration.cut.ok_or_else(|| Halt::data("no run for each cut point"))?,
        };
        if !self.link.cut(point)? {
            return Err(Halt::NotRun("the power of this chip cannot be made to fail".to_owned()));
        }
        let mut session = self.session.take();
        let outcome = self.converse(octets, exchange, session.as_mut());
        self.link.cut(0)?;
        self.reset()?;
        let nothing = Answer { response: Response { data: Vec::new(), status: 0 } };
        match (outcome, cut) {
            (Err(Halt::Error(QualifyError::Link { .. })), _) | (Ok(_), Cut::Each(_)) => Ok(nothing),
            (Err(halt), _) => Err(halt),
            (Ok(response), _) => Err(Halt::failed(format!("no power at point {point}"), came(&response))),
        }
    }

    /// The status word of a command, whatever it is.
    pub(crate) fn status(&mut self, command: &[u8]) -> Result<u16, Halt> {
        let any = Exchange { expect: vec![Expected::ANY], ..Exchange::usual() };
        self.exchange(&Template::octets(command), &any).map(|answer| answer.response.status)
    }

    fn converse(
        &mut self,
        octets: &[u8],
        exchange: &Exchange,
        session: Option<&mut SecureSession>,
    ) -> Result<Response, Halt> {
        if self.personalization.session.is_some() && !exchange.raw && !exchange.plain {
            return self.personalize(octets, exchange.tamper);
        }
        let Some(session) = session.filter(|_| !exchange.raw && !exchange.plain) else {
            return Ok(self.link.transmit(octets)?);
        };
        // What is sent under other keys than the chip's ends the session of the chip.
        let foreign = exchange.under != Under::Current;
        let tampered = exchange.tamper.is_some() || exchange.objects.is_some();
        let suspect = session.is_suspect();
        if suspect {
            session.set_counter(session.guesses().into_iter().next().unwrap_or_default());
        }
        if tampered || foreign {
            session.suspect();
        }
        let command = CommandApdu::decode(octets)
            .map_err(|error| Halt::data(format!("what is to be protected is no APDU ({error})")))?;
        let instruction = command.head().ins;
        let wire = match &exchange.objects {
            None => session.protect(&command, exchange.tamper, None),
            Some(template) => {
                let mut fault = None;
                let mut objects = |right: &Objects| {
                    self.render_objects(template, right).unwrap_or_else(|halt| {
                        fault = Some(halt);
                        Vec::new()
                    })
                };
                let wire = session.protect(&command, exchange.tamper, Some(&mut objects));
                if let Some(halt) = fault {
                    return Err(halt);
                }
                wire
            }
        };
        let wire = wire.map_err(|error| Halt::data(format!("secure messaging refuses the command ({error})")))?;
        let response = self.send_in_pieces(&wire)?;
        let usual = if tampered || suspect {
            AnswerForm::Either
        } else if foreign {
            AnswerForm::Plain
        } else {
            AnswerForm::Protected
        };
        let form = exchange.answer.unwrap_or(usual);
        match session.open(instruction, response) {
            Opened::Protected { response, tags } => {
                session.trust();
                if form == AnswerForm::Plain {
                    return Err(Halt::failed("an answer without secure messaging", came(&response)));
                }
                if let Some(expected) = exchange.answer_objects.as_ref().filter(|expected| **expected != tags) {
                    let list = |tags: &[u8]| hex::encode_upper(tags);
                    return Err(Halt::failed(
                        format!("objects {}", list(expected)),
                        format!("objects {}", list(&tags)),
                    ));
                }
                Ok(response)
            }
            Opened::Plain(response) => {
                session.suspect();
                // An error that was expected and comes plain is told by its form, which is what is wrong about it.
                if form == AnswerForm::Protected {
                    let came = format!("{} without secure messaging", came(&response));
                    return Err(Halt::failed(format!("{} in secure messaging", words(&exchange.expect)), came));
                }
                Ok(response)
            }
            Opened::Wrong { response, why } => {
                session.suspect();
                Err(Halt::failed("valid secure messaging, or none", format!("{why}, {:04X}", response.status)))
            }
        }
    }

    /// Sends an APDU as the chip can take it: in pieces where it is too long.
    fn send_in_pieces(&mut self, wire: &[u8]) -> Result<Response, Halt> {
        let (longest, _) = self.facts.longest;
        let command = CommandApdu::decode(wire).ok();
        let Some(command) = command.filter(|command| command.head().lc > 255 && wire.len() > longest) else {
            return Ok(self.link.transmit(wire)?);
        };
        let head = command.head();
        let mut pieces = command.data().chunks(255).peekable();
        while let Some(piece) = pieces.next() {
            if pieces.peek().is_none() {
                let last = CommandApdu::new(head.cla, head.ins, head.p1, head.p2).with_data(piece);
                let last = if head.le == 0 { last } else { last.with_le(256) };
                return Ok(self.link.transmit(&last.encode())?);
            }
            let piece = CommandApdu::new(head.cla | 0x10, head.ins, head.p1, head.p2).with_data(piece);
            let response = self.link.transmit(&piece.encode())?;
            if response.status != 0x9000 {
                return Ok(response);
            }
        }
        Err(Halt::data("a command without data is not sent in pieces"))
    }

    /// Holds one condition against the data of an answer; what is said of a fault holds no octet of them.
    pub(crate) fn hold(&mut self, condition: &DataCondition, data: &[u8]) -> Result<(), Halt> {
        let length = || format!("{} octets", data.len());
        let expect = |holds: bool, expected: String, came: String| match holds {
            true => Ok(()),
            false => Err(Halt::failed(expected, came)),
        };
        match condition {
            DataCondition::Empty => expect(data.is_empty(), "no data".to_owned(), length()),
            DataCondition::Nonempty => expect(!data.is_empty(), "data".to_owned(), "none".to_owned()),
            DataCondition::EmptyOr(template) => {
                let holds = data.is_empty() || self.render(template)? == data;
                expect(holds, "no data, or one fixed answer".to_owned(), format!("{} that are another one", length()))
            }
            DataCondition::Length(least, most) => {
                let range = format!("{least} to {most} octets of data");
                expect((*least..=*most).contains(&data.len()), range, length())
            }
            DataCondition::Tlv(tag) => {
                let came = single(data, *tag).map_or_else(|error| error.to_string(), |_| String::new());
                expect(came.is_empty(), format!("one data object {tag:02X}"), came)
            }
            DataCondition::Tag(tag) => {
                let found = Reader::new(data).peek_tag().ok().flatten().map(|tag| tag.number());
                let came = found.map_or("no tag".to_owned(), |tag| format!("tag {tag:02X}"));
                expect(found == Some(*tag), format!("tag {tag:02X}"), came)
            }
            DataCondition::Starts(template) => {
                let expected = self.render(template)?;
                expect(data.starts_with(&expected), "another beginning of the data".to_owned(), length())
            }
            DataCondition::Contains(template) => {
                let expected = self.render(template)?;
                let holds = expected.is_empty() || data.windows(expected.len()).any(|window| window == expected);
                expect(holds, "certain octets in the data".to_owned(), format!("{} without them", length()))
            }
            DataCondition::Equals(template) => {
                let holds = self.render(template)? == data;
                expect(holds, "the same data".to_owned(), format!("{} that differ", length()))
            }
            DataCondition::Differs(template) => {
                let holds = self.render(template)? != data;
                expect(holds, "other data".to_owned(), "the same".to_owned())
            }
            DataCondition::PrefixOf(template) => {
                let holds = self.render(template)?.starts_with(data);
                expect(holds, "the first octets of the file".to_owned(), format!("{} that are others", length()))
            }
            DataCondition::Signed(template) => {
                let message = self.render(template)?;
                self.signed_by_holder(&sha256(&message), data)
            }
            DataCondition::SignedHash(template) => {
                let hash = self.render(template)?;
                self.signed_by_holder(&hash, data)
            }
            DataCondition::Has(path) => {
                let tags = tags(path);
                expect(has(data, path), format!("data object {tags}"), format!("{} without it", length()))
            }
            DataCondition::Lacks(path) => {
                let tags = tags(path);
                expect(!has(data, path), format!("no data object {tags}"), "one".to_owned())
            }
        }
    }
}

impl Machine<'_, '_> {
    /// Holds a plain signature against the key in EF.Certificate, which this case read.
    fn signed_by_holder(&self, hash: &[u8], signature: &[u8]) -> Result<(), Halt> {
        let expected = "a signature by the key in EF.Certificate";
        let file = self.files.get("EF.Certificate").ok_or_else(|| Halt::data("EF.Certificate was not read"))?;
        let certificate = Certificate::decode(file).map_err(|error| Halt::failed(expected, error.to_string()))?;
        let key = CurvePoint::from_spki_der(certificate.subject_public_key_info());
        let verified = key.and_then(|key| key.verify_prehash(hash, signature));
        verified.map_err(|error| Halt::failed(expected, error.to_string()))
    }
}

fn tags(path: &[u32]) -> String {
    path.iter().map(|tag| format!("{tag:02X}")).collect::<Vec<_>>().join("/")
}

/// Whether there is a TLV at a path of tags.
fn has(data: &[u8], path: &[u32]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    let mut reader = Reader::new(data);
    while let Ok(Some(object)) = reader.next() {
        if object.tag.number() == *first && has(object.value, rest) {
            return true;
        }
    }
    false
}

/// `9000 or error`.
pub(crate) fn words(expected: &[Expected]) -> String {
    expected.iter().map(Expected::to_string).collect::<Vec<_>>().join(" or ")
}

/// Status word and length, never octets.
pub(crate) fn came(response: &Response) -> String {
    match response.data.len() {
        0 => format!("{:04X}", response.status),
        count => format!("{:04X} with {count} octets", response.status),
    }
}

/// A template of the engine's own.
pub(super) fn template(text: &str) -> Result<Template, Halt> {
    Template::try_from(text.to_owned()).map_err(Halt::data)
}
