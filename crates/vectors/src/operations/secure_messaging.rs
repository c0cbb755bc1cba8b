//! Secure messaging, both ends, from keys and a send sequence counter.

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::secure_messaging::{SendSequenceCounter, SessionKeys, Suite, chip, terminal as end};
use sigillo_secret::SessionKey;

use crate::failure::Failure;
use crate::input::{Fixed, Hex, read};

/// Keys and counter of a session.
pub(super) struct Keys {
    pub(super) enc: Vec<u8>,
    pub(super) mac: Vec<u8>,
    pub(super) counter: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    ks_enc: Hex,
    ks_mac: Hex,
    ssc: Fixed<8>,
    exchanges: Vec<Exchange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    command: Hex,
    response: Hex,
}

impl Keys {
    /// An output with the keys in it.
    pub(super) fn said(&self, mut output: Value) -> Value {
        if let Some(members) = output.as_object_mut() {
            members.insert("ks_enc".to_owned(), hex::encode(&self.enc).into());
            members.insert("ks_mac".to_owned(), hex::encode(&self.mac).into());
            members.insert("ssc".to_owned(), format!("{:016x}", self.counter).into());
        }
        output
    }

    fn session(&self) -> Result<SessionKeys, Failure> {
        let key = |octets: &[u8]| -> Result<SessionKey, Failure> { Ok(SessionKey::new(octets)?) };
        let counter = SendSequenceCounter::new(self.counter);
        Ok(SessionKeys::new(Suite::TripleDes, key(&self.enc)?, key(&self.mac)?, counter)?)
    }
}

/// The terminal's end of a session.
pub(super) fn terminal(keys: &Keys) -> Result<end::Session, Failure> {
    Ok(end::Session::new(keys.session()?))
}

pub(super) fn terminal_end(input: &Value) -> Result<Value, Failure> {
    let (keys, exchanges) = given(input)?;
    let mut session = terminal(&keys)?;
    exchanged(&keys, exchanges, |command, response| {
        let command = session.wrap(&CommandApdu::decode(&command)?)?;
        Ok((command, session.unwrap(&ResponseApdu::decode(&response)?)?))
    })
}

pub(super) fn chip_end(input: &Value) -> Result<Value, Failure> {
    let (keys, exchanges) = given(input)?;
    let mut session = chip::Session::new(keys.session()?);
    exchanged(&keys, exchanges, |command, response| {
        let command = session.unwrap_command(&CommandApdu::decode(&command)?)?;
        Ok((command, session.wrap_response(&ResponseApdu::decode(&response)?)?))
    })
}

fn given(input: &Value) -> Result<(Keys, Vec<Exchange>), Failure> {
    let Given { ks_enc: Hex(enc), ks_mac: Hex(mac), ssc: Fixed(ssc), exchanges } = read(input)?;
    Ok((Keys { enc, mac, counter: u64::from_be_bytes(ssc) }, exchanges))
}

/// Every exchange moves the counter by two.
fn exchanged(
    keys: &Keys,
    exchanges: Vec<Exchange>,
    mut exchange: impl FnMut(Vec<u8>, Vec<u8>) -> Result<(CommandApdu, ResponseApdu), Failure>,
) -> Result<Value, Failure> {
    let (mut met, mut counter) = (Vec::new(), keys.counter);
    for Exchange { command: Hex(command), response: Hex(response) } in exchanges {
        let (command, response) = exchange(command, response)?;
        met.push(json!({ "command": hex::encode(command.encode()), "response": hex::encode(response.encode()) }));
        counter = counter.wrapping_add(2);
    }
    Ok(json!({ "exchanges": met, "ssc": format!("{counter:016x}") }))
}
