//! Secure messaging as a tester needs it: right, or wrong in one named way.

use sigillo_apdu::CommandApdu;
use sigillo_channel::ChannelError;
use sigillo_channel::secure_messaging::{SendSequenceCounter, SessionKeys};
use sigillo_crypto::{ct_eq, padding};
use sigillo_tlv::{Reader, encode};

use crate::format::Tamper;
use crate::link::Response;

const CRYPTOGRAM_ODD: u32 = 0x85;
const CRYPTOGRAM: u32 = 0x87;
const LE: u32 = 0x97;
const CHECKSUM: u32 = 0x8E;
const STATUS: u32 = 0x99;
const PADDED: u8 = 0x01;

/// A session whose keys the tester holds.
pub(crate) struct SecureSession {
    keys: SessionKeys,
    /// The last protected command, as it travelled.
    last: Vec<u8>,
    /// What must have ended the session.
    suspect: Option<Suspicion>,
}

/// Something that must have ended a session.
#[derive(Clone, Copy)]
struct Suspicion {
    /// The counter before it.
    counter: u64,
    /// Whether it was without secure messaging, so that nobody counts it.
    plain: bool,
}

/// The three objects as a right command has them.
pub(crate) struct Objects {
    pub(crate) cryptogram: Vec<u8>,
    pub(crate) le: Vec<u8>,
    pub(crate) checksum: Vec<u8>,
}

/// Puts other objects in place of the right ones.
pub(crate) type Arrange<'a> = dyn FnMut(&Objects) -> Vec<u8> + 'a;

/// What an answer is under the session's keys.
pub(crate) enum Opened {
    /// Valid secure messaging, with the tags of its objects.
    Protected { response: Response, tags: Vec<u8> },
    /// No object at all.
    Plain(Response),
    /// Objects that are not valid, and why.
    Wrong { response: Response, why: String },
}

impl SecureSession {
    pub(crate) fn new(keys: SessionKeys) -> Self {
        Self { keys, last: Vec::new(), suspect: None }
    }

    /// Plain octets that fit into one protected answer of so many octets.
    pub(crate) fn room(&self, longest_response: usize) -> usize {
        sigillo_channel::secure_messaging::max_plain_response(self.keys.suite(), longest_response.saturating_sub(2))
    }

    /// Whether something happened that must have ended the session.
    pub(crate) fn is_suspect(&self) -> bool {
        self.suspect.is_some()
    }

    /// Notes that the session must be over, by something in secure messaging.
    pub(crate) fn suspect(&mut self) {
        self.suspicion(false);
    }

    /// Notes that the session must be over, by a plain command.
    pub(crate) fn suspect_plain(&mut self) {
        self.suspicion(true);
    }

    fn suspicion(&mut self, plain: bool) {
        let counter = self.keys.counter().value();
        self.suspect.get_or_insert(Suspicion { counter, plain });
    }

    /// Takes the suspicion back: the chip answered under the session's keys.
    pub(crate) fn trust(&mut self) {
        self.suspect = None;
    }

    /// The counters that a chip may have reached which forgot to end the session, the likeliest first: it may be as strict
    /// about the next fault as it should have been about this one.
    pub(crate) fn guesses(&self) -> [u64; 4] {
        let now = Suspicion { counter: self.keys.counter().value(), plain: false };
        let Suspicion { counter, plain } = self.suspect.unwrap_or(now);
        let steps = if plain { [0, 0, 2, 1] } else { [2, 2, 0, 1] };
        steps.map(|steps| counter.saturating_add(steps))
    }

    pub(crate) fn set_counter(&mut self, counter: u64) {
        self.keys.set_counter(SendSequenceCounter::new(counter));
    }

    /// Protects a command; `objects` says what travels instead of the right objects.
    pub(crate) fn protect(
        &mut self,
        command: &CommandApdu,
        tamper: Option<Tamper>,
        objects: Option<&mut Arrange<'_>>,
    ) -> Result<Vec<u8>, ChannelError> {
        let before = self.keys.counter();
        match tamper {
            Some(Tamper::SscReplay) => {
                self.keys.advance()?;
                return Ok(self.last.clone());
            }
            Some(Tamper::SscNotAdvanced) => {}
            Some(Tamper::SscSkipped) => (0..3).try_for_each(|_| self.keys.advance())?,
            _ => self.keys.advance()?,
        }
        let head = command.head();
        let cla = head.cla | 0x0C;
        let right = self.objects(command, tamper)?;
        let mut covered = [right.cryptogram.as_slice(), &right.le].concat();
        if tamper == Some(Tamper::ObjectUnknown) {
            covered.extend_from_slice(&[0xA0, 0x01, 0x00]);
        }
        let p2 = if tamper == Some(Tamper::HeaderWrong) { head.p2 ^ 1 } else { head.p2 };
        let mut checksum = self.keys.checksum(Some([cla, head.ins, head.p1, p2]), &covered)?.to_vec();
        match tamper {
            Some(Tamper::MacWrong) => checksum.iter_mut().rev().take(1).for_each(|octet| *octet ^= 1),
            Some(Tamper::MacShort) => drop(checksum.pop()),
            // The checksum is made: what changes now is not covered.
            Some(Tamper::CryptogramFlipped | Tamper::LeWrong) => {
                covered.iter_mut().rev().take(1).for_each(|octet| *octet ^= 1);
            }
            _ => {}
        }
        let right = Objects { checksum: encode(CHECKSUM, &checksum), ..right };
        let body = match (objects, tamper) {
            (Some(objects), _) => objects(&right),
            (None, Some(Tamper::MacMissing)) => covered,
            (None, Some(Tamper::ObjectsSwapped)) => [right.checksum, covered].concat(),
            (None, _) => [covered, right.checksum].concat(),
        };
        let cla = if tamper == Some(Tamper::ClassPlain) { head.cla & !0x0C } else { cla };
        let extended = command.is_extended() || body.len() > 255;
        let wrapped = CommandApdu::new(cla, head.ins, head.p1, head.p2).with_data(body);
        self.last = wrapped.with_le(if extended { 65_536 } else { 256 }).encode().to_vec();
        if tamper == Some(Tamper::SscNotAdvanced) {
            self.keys.set_counter(before);
            self.keys.advance()?;
        }
        Ok(self.last.clone())
    }

    /// Reads the answer to the last command, which had this instruction.
    pub(crate) fn open(&mut self, instruction: u8, response: Response) -> Opened {
        if response.data.is_empty() {
            return Opened::Plain(response);
        }
        let before = self.keys.counter();
        match self.keys.advance().map_err(|error| error.to_string()).and_then(|()| self.read(instruction, &response)) {
            Ok((plain, tags)) => Opened::Protected { response: plain, tags },
            Err(why) => {
                self.keys.set_counter(before);
                Opened::Wrong { response, why }
            }
        }
    }

    fn objects(&self, command: &CommandApdu, tamper: Option<Tamper>) -> Result<Objects, ChannelError> {
        let head = command.head();
        let even = (head.ins & 1 == 0) != (tamper == Some(Tamper::OtherTag));
        let cryptogram = if head.lc == 0 {
            Vec::new()
        } else {
            let block = self.keys.suite().block_length();
            let padded = match tamper {
                Some(Tamper::PaddingWrong) => {
                    // Whole blocks whose end is no padding.
                    let mut data = command.data().to_vec();
                    data.resize(data.len().next_multiple_of(block), 0x11);
                    data.iter_mut().rev().take(1).for_each(|octet| *octet = 0x11);
                    data
                }
                _ => padding::pad(command.data(), block),
            };
            let mut cipher = self.keys.encrypt_blocks(padded)?;
            if tamper == Some(Tamper::CryptogramWrong) {
                cipher.iter_mut().take(1).for_each(|octet| *octet ^= 1);
            }
            let indicator = if tamper == Some(Tamper::PaddingIndicator) { 0x02 } else { PADDED };
            if even {
                encode(CRYPTOGRAM, &[&[indicator], cipher.as_slice()].concat())
            } else {
                encode(CRYPTOGRAM_ODD, &cipher)
            }
        };
        let le = if head.le == 0 || tamper == Some(Tamper::LeMissing) {
            Vec::new()
        } else {
            let [.., high, low] = head.le.to_be_bytes();
            if command.is_extended() { encode(LE, &[high, low]) } else { encode(LE, &[low]) }
        };
        Ok(Objects { cryptogram, le, checksum: Vec::new() })
    }

    fn read(&self, instruction: u8, response: &Response) -> Result<(Response, Vec<u8>), String> {
        let broken = |error: sigillo_tlv::TlvError| format!("a response that is no sequence of objects ({error})");
        let (mut cipher, mut status, mut checksum) = (None, None, None);
        let (mut tags, mut covered) = (Vec::new(), 0);
        let mut reader = Reader::new(&response.data);
        while let Some(object) = reader.next().map_err(broken)? {
            let tag = object.tag.number();
            tags.extend(tag.to_be_bytes().last());
            let slot = match tag {
                CRYPTOGRAM if instruction & 1 == 0 => &mut cipher,
                CRYPTOGRAM_ODD if instruction & 1 == 1 => &mut cipher,
                STATUS => &mut status,
                CHECKSUM => &mut checksum,
                other => return Err(format!("object {other:02X} in a protected response")),
            };
            if slot.replace(object.value).is_some() {
                return Err(format!("object {tag:02X} twice in a protected response"));
            }
            // The checksum covers what stands before it.
            if tag == CHECKSUM {
                covered = object.at;
            }
        }
        let checksum = checksum.ok_or("a protected response without checksum")?;
        let status = status.ok_or("a protected response without status object")?;
        let covered = response.data.get(..covered).unwrap_or_default();
        let expected = self.keys.checksum(None, covered).map_err(|error| error.to_string())?;
        if !ct_eq(&expected, checksum) {
            return Err("a protected response with a wrong checksum".to_owned());
        }
        if status != response.status.to_be_bytes() {
            return Err("a protected status other than the plain one".to_owned());
        }
        let cipher = match cipher {
            Some(value) if instruction & 1 == 0 => match value {
                [PADDED, cipher @ ..] => Some(cipher),
                _ => return Err("a cryptogram without padding indicator 01".to_owned()),
            },
            other => other,
        };
        let data = cipher.map(|cipher| self.keys.decrypt(cipher).map_err(|error| error.to_string())).transpose()?;
        let data = data.map(|data| data.to_vec()).unwrap_or_default();
        Ok((Response { data, status: response.status }, tags))
    }
}

impl std::fmt::Debug for SecureSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecureSession({:?}, redacted)", self.keys.suite())
    }
}
