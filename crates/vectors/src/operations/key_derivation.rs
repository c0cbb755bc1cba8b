//! SP 800-108 and the keys of a chip.

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_channel::chip_keys::diversify;
use sigillo_crypto::kdf_counter_cmac;
use sigillo_secret::SymmetricKey;

use crate::failure::Failure;
use crate::input::{Fixed, Hex, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CounterMode {
    key: Hex,
    label: Hex,
    context: Hex,
    bits: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChipKeys {
    master: Hex,
    serial: Fixed<10>,
    key_version: Fixed<1>,
}

pub(super) fn counter_cmac(input: &Value) -> Result<Value, Failure> {
    let CounterMode { key: Hex(key), label: Hex(label), context: Hex(context), bits } = read(input)?;
    let derived = kdf_counter_cmac(&SymmetricKey::new(&key)?, &label, &context, bits)?;
    Ok(json!({ "key": derived.expose(|octets| hex::encode(octets)) }))
}

pub(super) fn chip_keys(input: &Value) -> Result<Value, Failure> {
    let ChipKeys { master: Hex(master), serial: Fixed(serial), key_version: Fixed([version]) } = read(input)?;
    let keys = diversify(&SymmetricKey::new(&master)?, &serial, version)?;
    let text = |key: &SymmetricKey| key.expose(|octets| hex::encode(octets));
    Ok(json!({ "enc": text(keys.enc()), "mac": text(keys.mac()), "dek": text(keys.dek()) }))
}
