//! Basic Access Control, both ends; a session shows by its first message that it has the keys a case names.

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::bac::{MrzSecret, chip, terminal};
use sigillo_crypto::ScriptedEntropy;

use crate::derivation::Bac;
use crate::failure::Failure;
use crate::input::{Fixed, Hex, read};
use crate::operations::secure_messaging::{self, Keys};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Information {
    mrz_information: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    mrz_information: String,
    rnd_ic: Fixed<8>,
    rnd_ifd: Fixed<8>,
    k_ifd: Fixed<16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    mrz_information: String,
    rnd_ic: Fixed<8>,
    k_ic: Fixed<16>,
    command: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Finish {
    mrz_information: String,
    rnd_ic: Fixed<8>,
    rnd_ifd: Fixed<8>,
    k_ifd: Fixed<16>,
    response: Hex,
}

pub(super) fn keys(input: &Value) -> Result<Value, Failure> {
    let Information { mrz_information } = read(input)?;
    let (seed, keys) = access_keys(&mrz_information);
    // What the terminal's end sends must open under these keys.
    let (_, command) = begin(&mrz_information, [0x11; 8], [0x22; 8], [0x33; 16])?;
    let sent = keys.open(command.data())?;
    let expected = [[0x22; 8].as_slice(), &[0x11; 8], &[0x33; 16]].concat();
    match sent == Some(expected) {
        true => Ok(json!({ "seed": hex::encode(seed), "enc": hex::encode(keys.enc), "mac": hex::encode(keys.mac) })),
        false => Err(Failure::Broken("the terminal uses other keys".to_owned())),
    }
}

pub(super) fn open(input: &Value) -> Result<Value, Failure> {
    let Open { mrz_information, rnd_ic: Fixed(rnd_ic), rnd_ifd: Fixed(rnd_ifd), k_ifd: Fixed(k_ifd) } = read(input)?;
    let (_, command) = begin(&mrz_information, rnd_ic, rnd_ifd, k_ifd)?;
    Ok(json!({ "command": hex::encode(command.encode()) }))
}

pub(super) fn answer(input: &Value) -> Result<Value, Failure> {
    let Answer { mrz_information, rnd_ic: Fixed(rnd_ic), k_ic: Fixed(k_ic), command: Hex(command) } = read(input)?;
    let command = CommandApdu::decode(&command)?;
    let secret = MrzSecret::from_mrz_information(&mrz_information);
    let mut draws = ScriptedEntropy::new([rnd_ic.to_vec(), k_ic.to_vec()]);
    let challenge = chip::Challenge::draw(&mut draws);
    let (mut session, answer) = challenge.external_authenticate(&secret, &command, &mut draws)?;
    let opened = access_keys(&mrz_information).1.open(command.data())?;
    let opened = opened.ok_or_else(|| Failure::Broken("accepted, but its MAC is wrong".to_owned()))?;
    let (rnd_ifd, k_ifd) = (opened.get(..8).unwrap_or_default(), opened.get(16..).unwrap_or_default());
    let keys = session_keys(k_ifd, &k_ic, &rnd_ic, rnd_ifd)?;
    let probe = secure_messaging::terminal(&keys)?.wrap(&probe())?;
    session.unwrap_command(&probe).map_err(|_| Failure::Broken("the chip has other session keys".to_owned()))?;
    let response = ResponseApdu::new(answer, StatusWord::Success).encode();
    Ok(keys.said(json!({ "response": hex::encode(response) })))
}

pub(super) fn finish(input: &Value) -> Result<Value, Failure> {
    let Finish {
        mrz_information,
        rnd_ic: Fixed(rnd_ic),
        rnd_ifd: Fixed(rnd_ifd),
        k_ifd: Fixed(k_ifd),
        response: Hex(response),
    } = read(input)?;
    let response = ResponseApdu::decode(&response)?;
    let (pending, _) = begin(&mrz_information, rnd_ic, rnd_ifd, k_ifd)?;
    let mut session = pending.finish(&response)?;
    let opened = access_keys(&mrz_information).1.open(response.data())?;
    let opened = opened.ok_or_else(|| Failure::Broken("accepted, but its MAC is wrong".to_owned()))?;
    let keys = session_keys(&k_ifd, opened.get(16..).unwrap_or_default(), &rnd_ic, &rnd_ifd)?;
    let expected = secure_messaging::terminal(&keys)?.wrap(&probe())?.encode();
    match session.wrap(&probe())?.encode() == expected {
        true => Ok(keys.said(json!({}))),
        false => Err(Failure::Broken("the terminal has other session keys".to_owned())),
    }
}

fn begin(
    mrz_information: &str,
    rnd_ic: [u8; 8],
    rnd_ifd: [u8; 8],
    k_ifd: [u8; 16],
) -> Result<(terminal::Pending, CommandApdu), Failure> {
    let mut draws = ScriptedEntropy::new([rnd_ifd.to_vec(), k_ifd.to_vec()]);
    Ok(terminal::answer(&MrzSecret::from_mrz_information(mrz_information), &rnd_ic, &mut draws)?)
}

fn access_keys(mrz_information: &str) -> (Vec<u8>, Bac) {
    let secret = MrzSecret::from_mrz_information(mrz_information);
    let seed = secret.expose(|digest| digest.iter().copied().take(16).collect::<Vec<u8>>());
    let keys = Bac::from_seed(&seed);
    (seed, keys)
}

fn session_keys(k_ifd: &[u8], k_ic: &[u8], rnd_ic: &[u8], rnd_ifd: &[u8]) -> Result<Keys, Failure> {
    let seed: Vec<u8> = k_ifd.iter().zip(k_ic).map(|(ours, theirs)| ours ^ theirs).collect();
    let halves = [rnd_ic.get(4..).unwrap_or_default(), rnd_ifd.get(4..).unwrap_or_default()].concat();
    let counter = halves.try_into().map_err(|_| Failure::Broken("no counter".to_owned()))?;
    let Bac { enc, mac } = Bac::from_seed(&seed);
    Ok(Keys { enc, mac, counter: u64::from_be_bytes(counter) })
}

fn probe() -> CommandApdu {
    CommandApdu::new(0x00, 0xD6, 0x00, 0x00).with_data([0x5A; 5])
}
