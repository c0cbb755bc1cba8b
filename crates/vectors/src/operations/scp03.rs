//! SCP03, both ends, from static keys and challenges on.

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::scp03::{KeySet, PutKey, chip, host};
use sigillo_secret::SymmetricKey;

use crate::derivation::Scp03;
use crate::failure::Failure;
use crate::input::{Fixed, Hex, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Derive {
    enc: Hex,
    mac: Hex,
    host_challenge: Fixed<8>,
    card_challenge: Fixed<8>,
    security_level: Fixed<1>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Host {
    enc: Hex,
    mac: Hex,
    host_challenge: Fixed<8>,
    card_answer: Hex,
    exchanges: Vec<Exchange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chip {
    enc: Hex,
    mac: Hex,
    serial: Fixed<10>,
    key_version: Fixed<1>,
    host_challenge: Fixed<8>,
    card_challenge: Fixed<8>,
    authenticate: Hex,
    exchanges: Vec<Exchange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    command: Hex,
    response: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Put {
    dek: Hex,
    old_version: Fixed<1>,
    new_version: Fixed<1>,
    new_enc: Hex,
    new_mac: Hex,
    new_dek: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadPut {
    dek: Hex,
    command: Hex,
}

pub(super) fn derive(input: &Value) -> Result<Value, Failure> {
    let Derive {
        enc: Hex(enc),
        mac: Hex(mac),
        host_challenge: Fixed(host_challenge),
        card_challenge: Fixed(card_challenge),
        security_level: Fixed([level]),
    } = read(input)?;
    let derived = Scp03::new(&enc, &mac, &host_challenge, &card_challenge)?;
    let (command, chaining) = derived.external_authenticate(level)?;
    agrees(&derived, &enc, &mac, host_challenge, card_challenge)?;
    Ok(json!({
        "s_enc": hex::encode(&derived.s_enc),
        "s_mac": hex::encode(&derived.s_mac),
        "s_rmac": hex::encode(&derived.s_rmac),
        "card_cryptogram": hex::encode(&derived.card_cryptogram),
        "host_cryptogram": hex::encode(&derived.host_cryptogram),
        "command": hex::encode(command),
        "chaining": hex::encode(chaining),
    }))
}

pub(super) fn host_end(input: &Value) -> Result<Value, Failure> {
    let Host {
        enc: Hex(enc),
        mac: Hex(mac),
        host_challenge: Fixed(host_challenge),
        card_answer: Hex(card_answer),
        exchanges,
    } = read(input)?;
    let (opening, _) = host::initialize_update(host_challenge);
    let (mut session, authenticate) = opening.card_answer(&card_answer)?.authenticate(&key_set(&enc, &mac, &mac)?)?;
    let mut met = Vec::new();
    for Exchange { command: Hex(command), response: Hex(response) } in exchanges {
        let command = session.wrap(&CommandApdu::decode(&command)?)?;
        let response = session.unwrap(&ResponseApdu::decode(&response)?)?;
        met.push(json!({ "command": hex::encode(command.encode()), "response": hex::encode(response.encode()) }));
    }
    Ok(json!({ "command": hex::encode(authenticate.encode()), "exchanges": met }))
}

pub(super) fn chip_end(input: &Value) -> Result<Value, Failure> {
    let given: Chip = read(input)?;
    let (Hex(enc), Hex(mac), Hex(authenticate)) = (given.enc, given.mac, given.authenticate);
    let (Fixed([version]), Fixed(host_challenge)) = (given.key_version, given.host_challenge);
    let keys = key_set(&enc, &mac, &mac)?;
    let (opening, card_answer) =
        chip::initialize(&keys, version, &given.serial.0, host_challenge, given.card_challenge.0)?;
    let mut session = opening.external_authenticate(&CommandApdu::decode(&authenticate)?)?;
    let mut met = Vec::new();
    for Exchange { command: Hex(command), response: Hex(response) } in given.exchanges {
        let command = session.unwrap_command(&CommandApdu::decode(&command)?)?;
        let response = session.wrap_response(&ResponseApdu::decode(&response)?)?;
        met.push(json!({ "command": hex::encode(command.encode()), "response": hex::encode(response.encode()) }));
    }
    Ok(json!({ "card_answer": hex::encode(card_answer), "exchanges": met }))
}

pub(super) fn put_key(input: &Value) -> Result<Value, Failure> {
    let given: Put = read(input)?;
    let (Hex(dek), Fixed([old_version]), Fixed([new_version])) = (given.dek, given.old_version, given.new_version);
    let new = key_set(&given.new_enc.0, &given.new_mac.0, &given.new_dek.0)?;
    let (_, command) = host::put_key(&key_set(&dek, &dek, &dek)?, old_version, new_version, new)?;
    Ok(json!({ "command": hex::encode(command.encode()) }))
}

pub(super) fn read_put_key(input: &Value) -> Result<Value, Failure> {
    let ReadPut { dek: Hex(dek), command: Hex(command) } = read(input)?;
    let PutKey { old_version, new_version, keys } =
        chip::parse_put_key(&SymmetricKey::new(&dek)?, &CommandApdu::decode(&command)?)?;
    let text = |key: &SymmetricKey| key.expose(|octets| hex::encode(octets));
    Ok(json!({
        "old_version": format!("{old_version:02x}"),
        "new_version": format!("{new_version:02x}"),
        "new_enc": text(keys.enc()),
        "new_mac": text(keys.mac()),
        "new_dek": text(keys.dek()),
    }))
}

/// Both ends must show these cryptograms, and the host's first command these session keys.
fn agrees(
    derived: &Scp03,
    enc: &[u8],
    mac: &[u8],
    host_challenge: [u8; 8],
    card_challenge: [u8; 8],
) -> Result<(), Failure> {
    let keys = key_set(enc, mac, mac)?;
    let (opening, answer) = chip::initialize(&keys, 0x30, &[0; 10], host_challenge, card_challenge)?;
    let (host, _) = host::initialize_update(host_challenge);
    let (mut session, authenticate) = host.card_answer(&answer)?.authenticate(&keys)?;
    let probe = CommandApdu::new(0x00, 0xD6, 0x00, 0x00).with_data([0x5A; 5]);
    let sent = session.wrap(&probe)?;
    let (expected, chaining) = derived.external_authenticate(0x33)?;
    let right = answer.ends_with(&derived.card_cryptogram)
        && *authenticate.encode() == expected
        && *sent.encode() == derived.first_command([0x04, 0xD6, 0x00, 0x00], probe.data(), chaining)?
        && opening.external_authenticate(&authenticate)?.unwrap_command(&sent).is_ok();
    if right { Ok(()) } else { Err(Failure::Broken("the channel derives other keys".to_owned())) }
}

fn key_set(enc: &[u8], mac: &[u8], dek: &[u8]) -> Result<KeySet, Failure> {
    Ok(KeySet::new(SymmetricKey::new(enc)?, SymmetricKey::new(mac)?, SymmetricKey::new(dek)?))
}
