//! A small host over any card.

use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::scp03::{KeySet, host};
use sigillo_reader::Card;
use sigillo_secret::SymmetricKey;
use sigillo_vchip::Chip;

/// Master file: everything under SE 1.
const FCP_MF: &str = "621F8201388302 3F00 8A0103 8C06374141414141 AB0B 8401DA9E0141 8401479700";
/// EF 2F05, short identifier 5, 20 000 octets: anyone reads, SE 1 updates.
const FCP_EF: &str = "6216820101 83022F05 80024E20 880128 8A0103 8C03034100";

pub(crate) fn keys(first: u8) -> KeySet {
    let key = |n: u8| SymmetricKey::new(&[first.wrapping_add(n); 16]).unwrap();
    KeySet::new(key(0), key(1), key(2))
}

pub(crate) fn chip(serial: &[u8; 10]) -> Chip {
    Chip::manufacture(*serial, keys(0xA0))
}

pub(crate) fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).expect(text)
}

pub(crate) fn transmit(card: &mut dyn Card, command: &str) -> String {
    hex::encode_upper(card.transmit(&bytes(command)).unwrap())
}

/// The serial that INITIALIZE UPDATE tells, while there are keys.
pub(crate) fn serial(card: &mut dyn Card) -> Option<[u8; 10]> {
    card.transmit(&bytes("8050000008 0102030405060708 00")).unwrap().get(..10)?.try_into().ok()
}

pub(crate) struct Session(host::HostSession);

impl Session {
    pub(crate) fn open(card: &mut dyn Card, keys: &KeySet) -> Self {
        let (opening, command) = host::initialize_update([1; 8]);
        let answer = ResponseApdu::decode(&card.transmit(&command.encode()).unwrap()).unwrap();
        let (session, command) = opening.card_answer(answer.data()).unwrap().authenticate(keys).unwrap();
        assert_eq!(card.transmit(&command.encode()).unwrap(), [0x90, 0x00]);
        Self(session)
    }

    pub(crate) fn send(&mut self, card: &mut dyn Card, command: &CommandApdu) -> ResponseApdu {
        let response = card.transmit(&self.0.wrap(command).unwrap().encode()).unwrap();
        self.0.unwrap(&ResponseApdu::decode(&response).unwrap()).unwrap()
    }

    pub(crate) fn wrap(&mut self, command: &[u8]) -> Vec<u8> {
        self.0.wrap(&CommandApdu::decode(command).unwrap()).unwrap().encode().to_vec()
    }

    pub(crate) fn done(&mut self, card: &mut dyn Card, command: &CommandApdu) {
        let status = self.send(card, command).status();
        assert!(status.is_success(), "{command:?}: {status}");
    }
}

/// From the vendor's chip to one with formation keys, a master file and a large EF that is current; the session is open.
pub(crate) fn initialise(card: &mut dyn Card) -> Session {
    let mut session = Session::open(card, &keys(0xA0));
    let (put_key, command) = host::put_key(&keys(0xA0), 0x20, 0x30, keys(0x50)).unwrap();
    put_key.verify_answer(session.send(card, &command).data()).unwrap();
    let mut session = Session::open(card, &keys(0x50));
    let command = |ins, p1, p2, data: &str| CommandApdu::new(0x00, ins, p1, p2).with_data(bytes(data));
    session.done(card, &command(0xE0, 0, 0, FCP_MF));
    session.done(card, &command(0xDA, 0x00, 0x7B, "800101 A406 800101 830130"));
    session.done(card, &command(0xE0, 0, 0, FCP_EF));
    session
}

pub(crate) fn update(offset: u16, data: Vec<u8>) -> CommandApdu {
    let [high, low] = offset.to_be_bytes();
    CommandApdu::new(0x00, 0xD6, high, low).with_data(data)
}

pub(crate) fn lock(session: &mut Session, card: &mut dyn Card) {
    session.done(card, &CommandApdu::new(0x00, 0xA4, 0x00, 0x0C).with_data([0x3F, 0x00]));
    session.done(card, &CommandApdu::new(0x00, 0x44, 0x00, 0x00));
}
