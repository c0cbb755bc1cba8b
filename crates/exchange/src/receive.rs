//! A file of a partner comes in.

use serde::Deserialize;
use sigillo_crypto::sha256;
use sigillo_line::{LotReport, MessageLot, import_message_lot};
use sigillo_seal::message::EncryptedMessage;
use sigillo_seal::x509::Certificate;
use sigillo_store::Incoming;

use crate::content::{Content, Kind, digest_text};
use crate::desk::Desk;
use crate::error::ExchangeError;

/// What came in.
#[derive(Debug)]
#[non_exhaustive]
pub struct Received {
    /// Who sent it.
    pub partner: String,
    /// Its number.
    pub number: u64,
    /// What it held.
    pub kind: Kind,
    /// SHA-256 of its content.
    pub digest: [u8; 32],
    /// The lot, if it brought one.
    pub lot: Option<LotReport>,
    /// How many messages of ours it acknowledged.
    pub acknowledged: usize,
}

/// Opens a message, judges its place and does what it asks for, in one transaction; or refuses it, and traces that.
///
/// # Errors
///
/// Of the message: codes of `seal` (`seal.not-recipient`, `seal.message-signer`, `seal.content-altered` …), `exchange.header`,
/// `exchange.other-partner`, `exchange.other-recipient`, `exchange.other-kind`, `exchange.gap`, `exchange.repeated`,
/// `exchange.number-reused`, `exchange.previous`, `exchange.acknowledgement`, `exchange.unknown-message`, and for a lot those of
/// [`import_message_lot`]. Such a message takes no number. Of this side: `keystore.…`, `store.…`.
pub fn receive(desk: &mut Desk<'_>, file: &[u8]) -> Result<Received, ExchangeError> {
    let mut seen = None;
    let received = take(desk, file, &mut seen);
    if let Err(error) = &received
        && error.is_of_the_message()
    {
        desk.store.refused_message(desk.by, seen.as_deref(), &sha256(file), error.code())?;
    }
    received
}

/// `seen` becomes the partner as soon as his signature was verified.
fn take(desk: &mut Desk<'_>, file: &[u8], seen: &mut Option<String>) -> Result<Received, ExchangeError> {
    let message = EncryptedMessage::decode(file)?;
    let mut signers = Vec::new();
    let mut names = Vec::new();
    for (name, der) in desk.store.partner_signers()? {
        signers.push(Certificate::decode(&der)?);
        names.push(name);
    }
    let opened = desk.keys.open_message(&message, &signers, desk.now)?;
    let signed_by = signers.iter().position(|signer| signer.der() == opened.signer().der());
    let partner = signed_by.and_then(|at| names.get(at)).ok_or(ExchangeError::OtherPartner)?;
    *seen = Some(partner.clone());
    opened.content().expose(|octets| act(desk, partner, octets))
}

fn act(desk: &mut Desk<'_>, partner: &str, octets: &[u8]) -> Result<Received, ExchangeError> {
    let Content { header, digest, lines } = Content::parse(octets)?;
    if header.from != partner {
        return Err(ExchangeError::OtherPartner);
    }
    if header.to != desk.store.partner(partner)?.own_name {
        return Err(ExchangeError::OtherRecipient);
    }
    let incoming = Incoming { partner, number: header.number, previous: header.previous, digest };
    // Before the lot is read: a message out of its place is refused for that, whatever is in it.
    desk.store.check_incoming(&incoming)?;
    let (lot, acknowledged) = match header.kind {
        Kind::Lot => (Some(take_lot(desk, &incoming, lines)?), 0),
        Kind::Acknowledgements => (None, take_acknowledgements(desk, &incoming, lines)?),
        Kind::Report => return Err(ExchangeError::OtherKind),
    };
    let (partner, number, kind) = (partner.to_owned(), header.number, header.kind);
    Ok(Received { partner, number, kind, digest, lot, acknowledged })
}

fn take_lot(desk: &mut Desk<'_>, incoming: &Incoming<'_>, records: &[u8]) -> Result<LotReport, ExchangeError> {
    let name = format!("{}-{}", incoming.partner, incoming.number);
    let lot = MessageLot { name: &name, records, incoming };
    let Desk { home, store, keys, entropy, by, now } = desk;
    Ok(import_message_lot(home, store, *keys, *by, &lot, now.date(), &mut **entropy)?)
}

/// A line of acknowledgements.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Acknowledgement {
    number: u64,
    #[serde(with = "digest_text")]
    digest: [u8; 32],
}

fn take_acknowledgements(desk: &mut Desk<'_>, incoming: &Incoming<'_>, lines: &[u8]) -> Result<usize, ExchangeError> {
    let lines = lines.split(|octet| *octet == b'\n').filter(|line| !line.is_empty());
    let done = lines.enumerate().map(|(index, line)| {
        let read = serde_json::from_slice::<Acknowledgement>(line);
        // The header is the first line.
        read.map(|one| (one.number, one.digest)).map_err(|_| ExchangeError::Acknowledgement { line: index + 2 })
    });
    let done = done.collect::<Result<Vec<_>, _>>()?;
    desk.store.acknowledged(desk.by, incoming, &done)?;
    Ok(done.len())
}
