//! Secure messaging of every suite: messages of a stranger, and of one who knows the keys and writes nonsense.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::secure_messaging::{SendSequenceCounter, SessionKeys, Suite, chip, terminal};
use sigillo_tlv::encode_into;

/// Choices in the first octet: the low two bits are the suite.
const INSIDER: u8 = 0x04;
const ODD: u8 = 0x08;

const SUITES: [Suite; 4] = [Suite::TripleDes, Suite::Aes128, Suite::Aes192, Suite::Aes256];
const CHECKSUM: u32 = 0x8E;

/// A stranger's message is never accepted, and ends the session. An insider's objects, with the right checksum, are refused
/// or say something that our own end could have said.
pub(crate) fn secure_messaging(bytes: &[u8]) {
    let Some((&choice, message)) = bytes.split_first() else { return };
    let suite = SUITES[usize::from(choice & 3)];
    if choice & INSIDER == 0 {
        stranger(suite, choice & ODD != 0, message);
    } else {
        inside_command(suite, message);
        inside_response(suite, choice & ODD != 0, message);
    }
}

/// Honest commands and responses of every case; as a stranger's they belong to other keys.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (choice, suite) in (0..).zip(SUITES) {
        for (plain, answer) in exchanges() {
            let odd = if plain.head().ins & 1 == 0 { 0 } else { ODD };
            let mut ends = Ends::new(suite, 0x0E);
            let command = ends.terminal.wrap(&plain).expect("a plain command");
            ends.chip.unwrap_command(&command).expect("an honest command");
            let response = ends.chip.wrap_response(&answer).expect("an answer");
            seeds.push([vec![choice], command.encode().to_vec()].concat());
            seeds.push([vec![choice | odd], response.encode()].concat());
            let head = command.head();
            let checksum = 10;
            let objects = &command.data()[..command.data().len() - checksum];
            seeds.push([&[choice | INSIDER, head.cla, head.ins, head.p1, head.p2], objects].concat());
            let objects = &response.data()[..response.data().len() - checksum];
            let status = u16::from(response.status()).to_be_bytes();
            seeds.push([&[choice | INSIDER | odd], objects, status.as_slice()].concat());
        }
    }
    seeds
}

/// Commands of each case with what a chip says to them.
fn exchanges() -> Vec<(CommandApdu, ResponseApdu)> {
    let answer = |data: &[u8]| ResponseApdu::new(data, StatusWord::Success);
    vec![
        (CommandApdu::new(0x00, 0x44, 0, 0), answer(&[])),
        (CommandApdu::new(0x00, 0xB0, 0x9E, 0).with_le(256), answer(&[0x60; 21])),
        (CommandApdu::new(0x00, 0xA4, 4, 0x0C).with_data([0xA0; 7]), answer(&[])),
        (CommandApdu::new(0x00, 0xB1, 0, 0).with_data([0x54, 1, 0]).with_le(9).extended(), answer(&[0x53, 1, 7])),
        (CommandApdu::new(0x10, 0x86, 0, 0).with_data([0x7C; 300]).with_le(65_536), answer(&[0x7C; 300])),
        (CommandApdu::new(0x00, 0xB0, 0x9E, 0).with_le(256), ResponseApdu::from(StatusWord::FileNotFound)),
    ]
}

struct Ends {
    terminal: terminal::Session,
    chip: chip::Session,
}

impl Ends {
    fn new(suite: Suite, secret: u8) -> Self {
        Self { terminal: terminal::Session::new(keys(suite, secret)), chip: chip::Session::new(keys(suite, secret)) }
    }

    /// With a command under way, whose response is due.
    fn waiting(suite: Suite, odd: bool) -> Self {
        let mut ends = Self::new(suite, HONEST);
        let read = CommandApdu::new(0x00, if odd { 0xB1 } else { 0xB0 }, 0, 0).with_le(256);
        let command = ends.terminal.wrap(&read).expect("a plain command");
        ends.chip.unwrap_command(&command).expect("an honest command");
        ends
    }
}

const HONEST: u8 = 0x5E;

fn keys(suite: Suite, secret: u8) -> SessionKeys {
    SessionKeys::derive(suite, &[secret; 32], SendSequenceCounter::new(0)).expect("keys of the suite")
}

fn stranger(suite: Suite, odd: bool, message: &[u8]) {
    if let Ok(command) = CommandApdu::decode(message) {
        let mut ends = Ends::new(suite, HONEST);
        assert!(ends.chip.unwrap_command(&command).is_err(), "a forged command passed");
        assert!(!ends.chip.is_alive() && ends.chip.max_plain_answer() == 0, "the session outlived a forgery");
        let honest = ends.terminal.wrap(&CommandApdu::new(0x00, 0xB0, 0, 0).with_le(1)).expect("a plain command");
        assert!(ends.chip.unwrap_command(&honest).is_err(), "the session outlived a forgery");
    }
    if let Ok(response) = ResponseApdu::decode(message) {
        let mut ends = Ends::waiting(suite, odd);
        assert!(ends.terminal.unwrap(&response).is_err(), "a forged answer passed");
        let again = ends.terminal.wrap(&CommandApdu::new(0x00, 0xB0, 0, 0).with_le(1));
        assert!(again.is_err(), "the session outlived a forgery");
    }
}

/// Header, then the objects that the checksum will cover.
fn inside_command(suite: Suite, message: &[u8]) {
    let Some((&[cla, ins, p1, p2], objects)) = message.split_first_chunk() else { return };
    if objects.len() > 60_000 {
        return;
    }
    let mut insider = keys(suite, HONEST);
    insider.advance().expect("a small counter");
    let data = sealed(objects, insider.checksum(Some([cla, ins, p1, p2]), objects).expect("keys of the suite"));
    let command = CommandApdu::new(cla, ins, p1, p2).with_data(data).with_le(256);
    let mut ends = Ends::new(suite, HONEST);
    let Ok(plain) = ends.chip.unwrap_command(&command) else {
        assert!(!ends.chip.is_alive(), "the session outlived an error");
        return;
    };
    // Our own terminal says the same with other octets at most.
    let wrapped = ends.terminal.wrap(&plain).expect("a command that was unwrapped can be wrapped");
    let again = Ends::new(suite, HONEST).chip.unwrap_command(&wrapped).expect("our own command");
    assert_eq!((again.head(), again.data()), (plain.head(), plain.data()));
    let room = ends.chip.max_plain_answer();
    let answer = ResponseApdu::new(vec![0x61; room], StatusWord::Success);
    let answer = ends.chip.wrap_response(&answer).expect("a command is due");
    assert!(answer.data().len() <= 65_536, "an answer longer than any");
    assert!(ends.terminal.unwrap(&answer).is_ok_and(|answer| answer.data().len() == room));
}

/// Objects, then the status word of the frame.
fn inside_response(suite: Suite, odd: bool, message: &[u8]) {
    let Some((objects, status)) = message.split_last_chunk::<2>() else { return };
    let mut insider = keys(suite, HONEST);
    insider.set_counter(SendSequenceCounter::new(2));
    let data = sealed(objects, insider.checksum(None, objects).expect("keys of the suite"));
    let response = ResponseApdu::new(data, StatusWord::from(u16::from_be_bytes(*status)));
    let mut ends = Ends::waiting(suite, odd);
    let Ok(plain) = ends.terminal.unwrap(&response) else {
        assert!(ends.terminal.into_keys().is_err(), "the session outlived an error");
        return;
    };
    assert_eq!(u16::from(plain.status()).to_be_bytes(), *status, "a status that nobody protected");
    let honest = ends.chip.wrap_response(&plain).expect("a command is due");
    let again = Ends::waiting(suite, odd).terminal.unwrap(&honest).expect("our own answer");
    assert_eq!((again.status(), again.data()), (plain.status(), plain.data()));
}

fn sealed(objects: &[u8], checksum: [u8; 8]) -> Vec<u8> {
    let mut data = objects.to_vec();
    encode_into(&mut data, CHECKSUM, &checksum);
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An insider's honest objects are taken: the checksum is made as the sessions make it.
    #[test]
    fn an_insider_gets_behind_the_checksum() {
        for suite in SUITES {
            let mut insider = keys(suite, HONEST);
            insider.advance().unwrap();
            let objects = [0x97, 0x01, 0x04];
            let checksum = insider.checksum(Some([0x0C, 0xB0, 0x9E, 0x00]), &objects).unwrap();
            let command = CommandApdu::new(0x0C, 0xB0, 0x9E, 0x00).with_data(sealed(&objects, checksum)).with_le(256);
            let plain = Ends::new(suite, HONEST).chip.unwrap_command(&command).unwrap();
            assert_eq!(plain.head().le, 4);
        }
    }
}
