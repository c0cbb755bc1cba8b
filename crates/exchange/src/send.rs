//! A message goes out to a partner: what became of his lots, and the events since the last time.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sigillo_crypto::{KeyAlgorithm, SignatureAlgorithm, sha256};
use sigillo_keystore::{KeyRole, write_new};
use sigillo_seal::message::prepare_message;
use sigillo_seal::x509::Certificate;
use sigillo_secret::SecretBytes;
use sigillo_store::{OutboxRow, Outgoing, PartnerRow, StoreError};

use crate::content::{Header, Kind, VERSION};
use crate::desk::Desk;
use crate::error::ExchangeError;

/// A message that went out.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Sent {
    /// Its number.
    pub number: u64,
    /// SHA-256 of its content.
    pub digest: [u8; 32],
    /// How many records it acknowledges.
    pub acknowledgements: usize,
    /// How many events it tells.
    pub events: usize,
    /// Its file.
    pub file: PathBuf,
}

/// Makes the next message to a partner and writes its file into the folder; `None` if there is nothing to tell.
///
/// Files that a crash kept from being written are written first. Of very many events it takes the first ten thousand: call it
/// until there is nothing left.
///
/// # Errors
///
/// `exchange.unknown-partner`, `exchange.file`, `exchange.overtaken`, `keystore.key-unknown` and `keystore.no-certificate`
/// without a signing key of the exchange, the codes of `seal` by which a certificate does not serve (dates), `store.…`.
pub fn send(desk: &mut Desk<'_>, partner: &str, folder: &Path) -> Result<Option<Sent>, ExchangeError> {
    let row = desk.store.partner(partner)?;
    for number in desk.store.unwritten_messages(partner)? {
        write(desk, &row, number, folder)?;
    }
    let Some(draft) = draft(desk, &row)? else { return Ok(None) };
    let header = Header {
        v: VERSION,
        from: row.own_name.clone(),
        to: row.name.clone(),
        kind: Kind::Report,
        number: row.next_out,
        previous: row.last_out,
        at: desk.by.at.to_owned(),
    };
    let content = header.with_lines(&draft.lines)?;
    let digest = sha256(&content);
    let file = seal(desk, &row, content)?;
    let Draft { answered, sent, .. } = draft;
    let outgoing = Outgoing { partner, number: row.next_out, digest, sent, answered, file: &file };
    desk.store.sent(desk.by, &outgoing)?;
    let file = write(desk, &row, row.next_out, folder)?;
    let (acknowledgements, events) = (draft.acknowledgements, draft.events);
    Ok(Some(Sent { number: row.next_out, digest, acknowledgements, events, file }))
}

/// Writes the file of a message that went out before once more, byte for byte.
///
/// # Errors
///
/// `exchange.unknown-partner`, `exchange.unknown-message`, `exchange.file`, `store.…`.
pub fn write_again(desk: &mut Desk<'_>, partner: &str, number: u64, folder: &Path) -> Result<PathBuf, ExchangeError> {
    let row = desk.store.partner(partner)?;
    write(desk, &row, number, folder)
}

/// The lines of a message, and how far it reaches.
struct Draft {
    lines: Vec<Value>,
    acknowledgements: usize,
    events: usize,
    answered: u64,
    sent: u64,
}

fn draft(desk: &Desk<'_>, partner: &PartnerRow) -> Result<Option<Draft>, StoreError> {
    let store = &*desk.store;
    let messages = store.messages(&partner.name)?;
    let (mut lines, mut answered) = (Vec::new(), store.answered(&partner.name)?);
    for (number, lot) in store.unanswered_lots(&partner.name)? {
        let digest = messages.iter().find(|one| one.is_incoming && one.number == number).map(|one| one.digest);
        for record in store.records_of(lot)? {
            lines.push(json!({
                "type": "acknowledgement", "lot": number, "lot_digest": hex::encode(digest.unwrap_or_default()),
                "line": record.line, "record": record.id.number(), "document": record.document_number,
            }));
        }
        answered = number;
    }
    let acknowledgements = lines.len();
    // What the partner said he has by other ways is not told again.
    let start = partner.sent.max(store.outbox_acknowledged(&partner.name)?);
    let events = store.events_for(partner, start, MOST_EVENTS)?;
    let sent = events.last().map_or(start, |(event, _)| event.number);
    lines.extend(events.iter().map(|(event, lot)| event_line(event, *lot)));
    let events = events.len();
    Ok(if lines.is_empty() { None } else { Some(Draft { lines, acknowledgements, events, answered, sent }) })
}

/// The notification with its identity; for a record of the partner's own also where it stood in his lot.
fn event_line(event: &OutboxRow, lot: Option<u64>) -> Value {
    let mut line: Value = serde_json::from_slice(&event.body).unwrap_or_default();
    if let Some(members) = line.as_object_mut() {
        members.insert("type".to_owned(), "event".into());
        members.insert("id".to_owned(), hex::encode(event.id).into());
        if let Some(lot) = lot {
            members.insert("lot".to_owned(), lot.into());
            members.insert("line".to_owned(), event.line.into());
        }
    }
    line
}

/// Signs under the newest key of the exchange, encrypts to the partner.
fn seal(desk: &mut Desk<'_>, partner: &PartnerRow, content: Vec<u8>) -> Result<Vec<u8>, ExchangeError> {
    let label = desk.keys.current(KeyRole::ExchangeSigner)?;
    let signer = desk.keys.certificate(&label)?;
    let algorithm = KeyAlgorithm::of(signer.public_key()?).map(SignatureAlgorithm::for_key);
    let algorithm = algorithm.ok_or(sigillo_seal::SealError::from(sigillo_seal::SealErrorKind::PublicKey))?;
    let recipient = Certificate::decode(&partner.encryption)?;
    let unsigned = prepare_message(SecretBytes::new(content), &signer, desk.now, algorithm)?;
    let signature = desk.keys.sign(&label, algorithm, unsigned.to_be_signed())?;
    Ok(unsigned.encrypt_to(&signature, &recipient, desk.entropy)?)
}

/// Writes the file of a message; one that is there already must be the same.
fn write(desk: &mut Desk<'_>, partner: &PartnerRow, number: u64, folder: &Path) -> Result<PathBuf, ExchangeError> {
    let octets = desk.store.sent_file(&partner.name, number)?;
    let path = folder.join(format!("{}-{}-{number:06}.p7m", partner.own_name, partner.name));
    match std::fs::read(&path) {
        Ok(there) if there == octets => {}
        _ => write_new(&path, &octets, 0o600).map_err(|error| ExchangeError::file(&path, error))?,
    }
    desk.store.written_message(desk.by, &partner.name, number)?;
    Ok(path)
}

const MOST_EVENTS: u64 = 10_000;
