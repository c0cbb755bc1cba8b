//! Messages of partners, and the notifications in them.

use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_crypto::{CurvePrivateKey, ScriptedEntropy};
use sigillo_issuance::notification::Notification;
use sigillo_seal::message::{EncryptedMessage, encrypt_to};
use sigillo_seal::x509::Certificate;
use sigillo_secret::SecretBytes;

use crate::failure::Failure;
use crate::folder::Blobs;
use crate::input::{Fixed, Hex, Octets, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    message: Octets,
    key: Hex,
    recipient: Octets,
    signers: Vec<Octets>,
    now: DateTime,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Encrypt {
    recipient: Octets,
    plain: Hex,
    draws: Vec<Hex>,
    now: DateTime,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    at: String,
    document: Option<String>,
    event: String,
    ordinal: u64,
    record: u64,
    state: String,
    previous: Fixed<32>,
}

pub(super) fn open(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let Open { message, key: Hex(key), recipient, signers, now } = read(input)?;
    let certificate =
        |octets: &Octets| -> Result<Certificate, Failure> { Ok(Certificate::decode(octets.resolve(blobs)?)?) };
    let recipient = certificate(&recipient)?;
    let signers = signers.iter().map(certificate).collect::<Result<Vec<_>, _>>()?;
    let message = EncryptedMessage::decode(message.resolve(blobs)?)?;
    let agreement = message.agreement(&recipient)?;
    let key = CurvePrivateKey::from_bytes(agreement.point().curve(), &key)?;
    let opened = agreement.open(&key.agree(agreement.point())?.x(), &signers, now)?;
    let signer = hex::encode(opened.signer().fingerprint());
    Ok(json!({ "signer": signer, "content": opened.into_content().expose(|content| hex::encode(content)) }))
}

pub(super) fn encrypt(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let Encrypt { recipient, plain: Hex(plain), draws, now } = read(input)?;
    let recipient = Certificate::decode(recipient.resolve(blobs)?)?;
    let mut entropy = ScriptedEntropy::new(draws.into_iter().map(|Hex(draw)| draw));
    let message = encrypt_to(&recipient, &SecretBytes::new(plain), now, &mut entropy)?;
    Ok(json!({ "message": hex::encode(message) }))
}

pub(super) fn link(input: &Value) -> Result<Value, Failure> {
    let Link { at, document, event, ordinal, record, state, previous: Fixed(previous) } = read(input)?;
    let notification =
        Notification { at: &at, document: document.as_deref(), event: &event, ordinal, record, state: &state };
    let (body, id) = notification.link(&previous);
    Ok(json!({ "body": String::from_utf8_lossy(&body), "id": hex::encode(id) }))
}
