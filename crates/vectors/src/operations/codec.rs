//! TLVs, APDUs, file control parameters, keys, signatures, SecurityInfos and chip images.

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_apdu::fcp::{Condition, Fcp, FileKind, Operation};
use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};
use sigillo_crypto::{HashAlgorithm, PublicKey, SignatureAlgorithm, record_cipher as cipher};
use sigillo_secret::SymmetricKey;
use sigillo_tlv::Reader;
use sigillo_vchip::Chip;

use crate::envelope::Stage;
use crate::failure::Failure;
use crate::folder::Blobs;
use crate::input::{Fixed, Hex, Octets, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    content: Octets,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Single {
    tag: Hex,
    content: Octets,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Short {
    content: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    key: Hex,
    algorithm: String,
    message: Hex,
    signature: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    key: Hex,
    nonce: Fixed<12>,
    context: Hex,
    content: Hex,
}

pub(super) fn tlv_read(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let Content { content } = read(input)?;
    let mut reader = Reader::new(content.resolve(blobs)?);
    let mut objects = Vec::new();
    while let Some(tlv) = reader.next()? {
        objects
            .push(json!({ "tag": format!("{:02x}", tlv.tag.number()), "value": hex::encode(tlv.value), "at": tlv.at }));
    }
    Ok(json!({ "objects": objects }))
}

pub(super) fn tlv_single(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let Single { tag: Hex(tag), content } = read(input)?;
    let tag = tag.iter().fold(0, |number: u32, octet| number << 8 | u32::from(*octet));
    let tlv = sigillo_tlv::single(content.resolve(blobs)?, tag)?;
    Ok(json!({ "value": hex::encode(tlv.value) }))
}

pub(super) fn command(input: &Value) -> Result<Value, Failure> {
    let Short { content: Hex(content) } = read(input)?;
    let command = CommandApdu::decode(&content)?;
    if *command.encode() != content {
        return Err(Failure::Broken("what was read is not written again".to_owned()));
    }
    let head = command.head();
    Ok(json!({
        "cla": format!("{:02x}", head.cla),
        "ins": format!("{:02x}", head.ins),
        "p1": format!("{:02x}", head.p1),
        "p2": format!("{:02x}", head.p2),
        "data": hex::encode(command.data()),
        "le": head.le,
        "extended": command.is_extended(),
    }))
}

pub(super) fn response(input: &Value) -> Result<Value, Failure> {
    let Short { content: Hex(content) } = read(input)?;
    let response = ResponseApdu::decode(&content)?;
    Ok(json!({ "data": hex::encode(response.data()), "sw": format!("{:04x}", u16::from(response.status())) }))
}

pub(super) fn fcp(input: &Value) -> Result<Value, Failure> {
    let Short { content: Hex(content) } = read(input)?;
    let fcp = Fcp::decode(&content)?;
    let rules: Vec<Value> = fcp
        .rules
        .iter()
        .map(|rule| {
            let operation = match rule.operation {
                Operation::Mode(bit) => format!("mode {bit:02x}"),
                Operation::Instruction(ins) => format!("ins {ins:02x}"),
                Operation::InstructionP1 { ins, p1 } => format!("ins {ins:02x} p1 {p1:02x}"),
            };
            json!({ "operation": operation, "condition": condition(&rule.condition) })
        })
        .collect();
    let kind = match &fcp.kind {
        FileKind::Df { name: None } => json!({ "df": {} }),
        FileKind::Df { name: Some(name) } => json!({ "df": { "name": hex::encode(name) } }),
        FileKind::TransparentEf { size, sfi: None } => json!({ "ef": { "size": size } }),
        FileKind::TransparentEf { size, sfi: Some(sfi) } => json!({ "ef": { "size": size, "sfi": sfi } }),
    };
    let life_cycle = format!("{:02x}", fcp.life_cycle as u8);
    Ok(json!({ "fid": format!("{:04x}", fcp.fid), "kind": kind, "life_cycle": life_cycle, "rules": rules }))
}

pub(super) fn public_key(input: &Value) -> Result<Value, Failure> {
    let Short { content: Hex(content) } = read(input)?;
    let key = PublicKey::from_spki_der(&content)?;
    Ok(match key.p256_point() {
        Some(point) => json!({ "p256_point": hex::encode(point) }),
        None => json!({}),
    })
}

pub(super) fn signature(input: &Value) -> Result<Value, Failure> {
    let Signed { key: Hex(key), algorithm, message: Hex(message), signature: Hex(signature) } = read(input)?;
    let (scheme, hash) = algorithm.split_once('-').unwrap_or_default();
    let unknown = || Failure::Broken(format!("no signature algorithm {algorithm}"));
    let named = |known: &HashAlgorithm| known.name().replace('-', "").eq_ignore_ascii_case(hash);
    let hash = HashAlgorithm::ALL.into_iter().find(named).ok_or_else(unknown)?;
    let algorithm = match scheme {
        "ecdsa" => SignatureAlgorithm::Ecdsa(hash),
        "rsa" => SignatureAlgorithm::RsaPkcs1(hash),
        _ => return Err(unknown()),
    };
    PublicKey::from_spki_der(&key)?.verify(algorithm, &message, &signature)?;
    Ok(json!({}))
}

pub(super) fn record_cipher(input: &Value) -> Result<Value, Failure> {
    let Sealed { key: Hex(key), nonce: Fixed(nonce), context: Hex(context), content: Hex(content) } = read(input)?;
    let plain = cipher::open(&SymmetricKey::new(&key)?, &nonce, &context, &content)?;
    Ok(json!({ "plain": plain.expose(|plain| hex::encode(plain)) }))
}

pub(super) fn security_infos(input: &Value) -> Result<Value, Failure> {
    let Short { content: Hex(content) } = read(input)?;
    let infos: Vec<Value> = SecurityInfos::decode(&content)?
        .infos()
        .iter()
        .map(|info| match info {
            SecurityInfo::ChipAuthentication { protocol, key_id } if protocol.suite() == Suite::Aes128 => {
                json!({ "chip_authentication": { "key_id": key_id } })
            }
            SecurityInfo::ChipAuthenticationPublicKey { public_key, key_id } => {
                json!({ "public_key": { "key": hex::encode(public_key), "key_id": key_id } })
            }
            other => json!({ "unknown": hex::encode(other.encode()) }),
        })
        .collect();
    Ok(json!({ "infos": infos }))
}

pub(super) fn chip_image(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let Content { content } = read(input)?;
    let chip = Chip::from_image(content.resolve(blobs)?)
        .map_err(|refused| Failure::refused(Stage::Chip, refused.code(), None))?;
    Ok(json!({ "life_cycle": format!("{:02x}", chip.life_cycle() as u8), "generation": chip.generation() }))
}

fn condition(of: &Condition) -> String {
    let joined = |conditions: &[Condition]| conditions.iter().map(condition).collect::<Vec<_>>().join(", ");
    match of {
        Condition::Always => "always".to_owned(),
        Condition::Never => "never".to_owned(),
        Condition::SecurityEnvironment(number) => format!("se {number}"),
        Condition::AnyOf(conditions) => format!("any({})", joined(conditions)),
        Condition::AllOf(conditions) => format!("all({})", joined(conditions)),
    }
}
