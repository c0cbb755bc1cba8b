//! Faults of secure messaging. The session itself has none: a faulty chip mends what it should refuse, and shows it that.

use sigillo_apdu::{ApduHead, CommandApdu, StatusWord};
use sigillo_channel::secure_messaging::chip::Session;
use sigillo_channel::secure_messaging::{SendSequenceCounter, SessionKeys};
use sigillo_tlv::{Reader, encode};

use super::list::Fault;
use super::planted::Faults;

const CRYPTOGRAM_ODD: u32 = 0x85;
const CRYPTOGRAM: u32 = 0x87;
const LE: u32 = 0x97;
const CHECKSUM: u32 = 0x8E;
const PADDED: u8 = 0x01;

impl Faults {
    /// The command that the session shall judge in place of this one, if any; or the refusal that leaves the session as it is.
    pub(crate) fn receive(
        self,
        session: &mut Session,
        command: &CommandApdu,
    ) -> Result<Option<CommandApdu>, StatusWord> {
        let (Some(fault), Some(keys)) = (self.planted(), session.keys_mut()) else { return Ok(None) };
        let before = keys.counter();
        let taken = Protected::read(command).map_or(Taken::AsItCame, |protected| protected.taken(fault, keys, before));
        let (counter, taken) = match taken {
            Taken::At(counter) => (counter, Ok(None)),
            Taken::AsItCame => (before, Ok(None)),
            Taken::Mended(command) => (before, Ok(Some(command))),
            Taken::Refused => (before, Err(StatusWord::SecureMessagingObjectIncorrect)),
        };
        keys.set_counter(counter);
        taken
    }
}

/// What a faulty chip makes of a protected command.
enum Taken {
    AsItCame,
    /// With the session's counter here.
    At(SendSequenceCounter),
    Mended(CommandApdu),
    /// Without the end of the session.
    Refused,
}

/// The objects of a protected command.
struct Protected<'a> {
    command: &'a CommandApdu,
    /// All but the checksum, by tag.
    objects: Vec<(u32, &'a [u8])>,
    checksum: Option<&'a [u8]>,
    checksum_is_last: bool,
}

impl<'a> Protected<'a> {
    fn read(command: &'a CommandApdu) -> Option<Self> {
        let mut protected = Self { command, objects: Vec::new(), checksum: None, checksum_is_last: false };
        let mut reader = Reader::new(command.data());
        while let Some(object) = reader.next().ok()? {
            protected.checksum_is_last = object.tag.number() == CHECKSUM;
            if protected.checksum_is_last {
                protected.checksum = Some(object.value);
            } else {
                protected.objects.push((object.tag.number(), object.value));
            }
        }
        Some(protected)
    }

    fn taken(&self, fault: Fault, keys: &mut SessionKeys, before: SendSequenceCounter) -> Taken {
        let steps = |steps: i8| SendSequenceCounter::new(before.value().saturating_add_signed(steps.into()));
        let header = self.header();
        keys.set_counter(steps(1));
        let is_right = self.is_right(keys, header);
        let mended = match fault {
            Fault::SmMacNotChecked => self.checksum.is_some() && !is_right,
            Fault::SmMacMayBeMissing => self.checksum.is_none(),
            Fault::SmMacOfSevenOctets => self.checksum.is_some_and(|checksum| checksum.len() == 7),
            Fault::SmHeaderNotCovered => {
                let [cla, ins, p1, _] = header;
                !is_right && (0..=u8::MAX).any(|p2| self.is_right(keys, [cla, ins, p1, p2]))
            }
            Fault::SmObjectsInAnyOrder => is_right && !self.checksum_is_last,
            Fault::SmUnknownObjectIgnored => is_right && self.objects.iter().any(|object| !is_known(object)),
            Fault::SmPaddingIndicatorIgnored => is_right && self.objects.iter().any(has_another_indicator),
            Fault::SmErrorKeepsSession => return if is_right { Taken::AsItCame } else { Taken::Refused },
            // The counter of the command before was one less than that of its answer, which is where the session stands.
            Fault::SmReplayAccepted => return self.taken_at(keys, header, steps(-2)),
            Fault::SmSkippedCounterAccepted => return self.taken_at(keys, header, steps(2)),
            _ => false,
        };
        if mended { Taken::Mended(self.mended(keys)) } else { Taken::AsItCame }
    }

    /// Takes the command with another counter, if it was made with that.
    fn taken_at(&self, keys: &mut SessionKeys, header: [u8; 4], counter: SendSequenceCounter) -> Taken {
        keys.set_counter(SendSequenceCounter::new(counter.value().saturating_add(1)));
        if self.is_right(keys, header) { Taken::At(counter) } else { Taken::AsItCame }
    }

    fn header(&self) -> [u8; 4] {
        let ApduHead { cla, ins, p1, p2, .. } = self.command.head();
        [cla, ins, p1, p2]
    }

    fn is_right(&self, keys: &SessionKeys, header: [u8; 4]) -> bool {
        let covered = self.objects.iter().flat_map(|(tag, value)| encode(*tag, value)).collect::<Vec<u8>>();
        keys.checksum(Some(header), &covered).is_ok_and(|right| Some(right.as_slice()) == self.checksum)
    }

    /// The same command as it should have been.
    fn mended(&self, keys: &SessionKeys) -> CommandApdu {
        let mut body = Vec::new();
        for (tag, value) in self.objects.iter().filter(|object| is_known(object)) {
            let mut value = value.to_vec();
            if *tag == CRYPTOGRAM {
                value.iter_mut().take(1).for_each(|indicator| *indicator = PADDED);
            }
            body.extend(encode(*tag, &value));
        }
        let checksum = keys.checksum(Some(self.header()), &body).unwrap_or_default();
        body.extend(encode(CHECKSUM, &checksum));
        let ApduHead { cla, ins, p1, p2, le, .. } = self.command.head();
        let command = CommandApdu::new(cla, ins, p1, p2).with_data(body);
        let command = if le == 0 { command } else { command.with_le(le) };
        if self.command.is_extended() { command.extended() } else { command }
    }
}

fn is_known((tag, _): &(u32, &[u8])) -> bool {
    [CRYPTOGRAM, CRYPTOGRAM_ODD, LE].contains(tag)
}

fn has_another_indicator((tag, value): &(u32, &[u8])) -> bool {
    *tag == CRYPTOGRAM && value.first() != Some(&PADDED)
}
