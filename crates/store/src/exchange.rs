use sigillo_issuance::trace::{Subject, Token};

use crate::engine::{Engine, Row};
use crate::error::StoreError;
use crate::exchange_refused::ExchangeRefused;
use crate::ids::LotId;
use crate::lots::LotImport;
use crate::outbox::{EVENT, EVENTS, IS_TOLD, OutboxRow, read_event};
use crate::store::{By, Change, Store, point};

/// Whose events a partner is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Receives {
    /// Those of the records that came from him.
    Own,
    /// Everybody's.
    All,
}

/// A partner to be, or what takes the place of his certificates.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "whoever makes a partner gives all of it")]
pub struct NewPartner<'a> {
    /// His name, a short technical word.
    pub name: &'a str,
    /// What he calls us.
    pub own_name: &'a str,
    /// Whose events he is told.
    pub receives: Receives,
    /// The certificate that he is encrypted to, DER.
    pub encryption: &'a [u8],
    /// The certificates that he signs under: SHA-256 and DER of each.
    pub signers: &'a [([u8; 32], Vec<u8>)],
}

/// A partner, and how far the messages from and to him have come.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PartnerRow {
    /// His name.
    pub name: String,
    /// What he calls us.
    pub own_name: String,
    /// Whose events he is told.
    pub receives: Receives,
    /// The certificate that he is encrypted to, DER.
    pub encryption: Vec<u8>,
    /// The number that his next message has.
    pub next_in: u64,
    /// SHA-256 of the content of his last one; 32 zeros before the first.
    pub last_in: [u8; 32],
    /// The number that our next message to him has.
    pub next_out: u64,
    /// SHA-256 of the content of our last one; 32 zeros before the first.
    pub last_out: [u8; 32],
    /// The last event that a message to him holds.
    pub sent: u64,
}

/// A message that a partner sent: opened, verified, and in its place in the row if the register says so.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "whoever receives a message gives all of it")]
pub struct Incoming<'a> {
    /// Who sent it.
    pub partner: &'a str,
    /// Its number.
    pub number: u64,
    /// SHA-256 of the content of the one before it.
    pub previous: [u8; 32],
    /// SHA-256 of its content.
    pub digest: [u8; 32],
}

/// A message to a partner, ready to go out.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "whoever sends a message gives all of it")]
pub struct Outgoing<'a> {
    /// To whom.
    pub partner: &'a str,
    /// Its number.
    pub number: u64,
    /// SHA-256 of its content.
    pub digest: [u8; 32],
    /// The last event in it.
    pub sent: u64,
    /// The last message of the partner that it answers.
    pub answered: u64,
    /// The file, signed and encrypted.
    pub file: &'a [u8],
}

/// A message in the register.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MessageRow {
    /// Whose.
    pub partner: String,
    /// Whether it came from him.
    pub is_incoming: bool,
    /// Its number.
    pub number: u64,
    /// `lot`, `acknowledgements` or `report`.
    pub kind: String,
    /// SHA-256 of its content.
    pub digest: [u8; 32],
    /// When it was received or made.
    pub at: String,
    /// The lot that it brought.
    pub lot: Option<LotId>,
    /// When the partner acknowledged it.
    pub acknowledged_at: Option<String>,
}

impl Receives {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::All => "all",
        }
    }

    /// The one of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Own, Self::All].into_iter().find(|receives| receives.name() == name)
    }
}

impl Store {
    /// Adds a partner; his first message, and the first one to him, have the number 1.
    ///
    /// # Errors
    ///
    /// `exchange.partner-exists`, `exchange.signer-known`, `trace.token`, `store.database`.
    pub fn add_partner(&mut self, by: By<'_>, new: &NewPartner<'_>) -> Result<(), StoreError> {
        self.change(point!("partner-add"), by, |change| {
            let (name, own_name) = (Token::parse(new.name)?, Token::parse(new.own_name)?);
            let added = change.sql().execute(
                "INSERT INTO partner (name, own_name, receives, encryption, next_in, last_in, next_out, last_out, sent) \
                 VALUES (?1, ?2, ?3, ?4, 1, ?5, 1, ?5, 0) ON CONFLICT DO NOTHING",
                &[&name, &own_name, &new.receives.name(), &new.encryption, &[0_u8; 32]],
            )?;
            if added == 0 {
                return Err(ExchangeRefused::PartnerExists.into());
            }
            change.add_signers(new)?;
            change.trace_certificates("partner-add", new)
        })
    }

    /// Gives a partner other certificates: he signs under the new ones alone from now on, and is encrypted to the new one.
    ///
    /// # Errors
    ///
    /// `exchange.unknown-partner`, `exchange.signer-known` for another partner's, `store.database`.
    pub fn renew_partner(&mut self, by: By<'_>, new: &NewPartner<'_>) -> Result<(), StoreError> {
        self.change(point!("partner-renew"), by, |change| {
            let renewed = change.sql().execute(
                "UPDATE partner SET own_name = ?2, receives = ?3, encryption = ?4 WHERE name = ?1",
                &[&new.name, &new.own_name, &new.receives.name(), &new.encryption],
            )?;
            if renewed == 0 {
                return Err(ExchangeRefused::UnknownPartner.into());
            }
            change.sql().write("UPDATE partner_signer SET living = 0 WHERE partner = ?1", &[&new.name])?;
            change.add_signers(new)?;
            change.trace_certificates("partner-renew", new)
        })
    }

    /// The partners by name.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn partners(&self) -> Result<Vec<PartnerRow>, StoreError> {
        self.sql().rows(&format!("{PARTNERS} ORDER BY name"), &[], read_partner)
    }

    /// A partner.
    ///
    /// # Errors
    ///
    /// `exchange.unknown-partner`, `store.database`.
    pub fn partner(&self, name: &str) -> Result<PartnerRow, StoreError> {
        partner(self.sql(), name)
    }

    /// The certificates that partners sign under today: whose, and the DER.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn partner_signers(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let sql = "SELECT partner, certificate FROM partner_signer WHERE living = 1 ORDER BY partner, fingerprint";
        self.sql().rows(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The messages from and to a partner, by direction and number.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn messages(&self, partner: &str) -> Result<Vec<MessageRow>, StoreError> {
        let sql = format!("{MESSAGES} WHERE partner = ?1 ORDER BY direction, number");
        self.sql().rows(&sql, &[&partner], read_message)
    }

    /// The lots of a partner that no message to him has answered yet, by the number they came under.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn unanswered_lots(&self, partner: &str) -> Result<Vec<(u64, LotId)>, StoreError> {
        let sql = "SELECT number, lot FROM message WHERE partner = ?1 AND direction = 'in' AND lot IS NOT NULL \
            AND number > (SELECT coalesce(max(answered), 0) FROM message WHERE partner = ?1 AND direction = 'out') \
            ORDER BY number";
        self.sql().rows(sql, &[&partner], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The events behind that place that a partner is told of, in their order, at most so many; of a record that he sent also
    /// the number under which its lot came.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn events_for(
        &self,
        partner: &PartnerRow,
        after: u64,
        at_most: u64,
    ) -> Result<Vec<(OutboxRow, Option<u64>)>, StoreError> {
        let wanted = match partner.receives {
            Receives::Own => "AND m.number IS NOT NULL",
            Receives::All => "",
        };
        let sql = format!(
            "SELECT {EVENT}, m.number FROM {EVENTS} \
             LEFT JOIN message m ON m.lot = r.lot AND m.direction = 'in' AND m.partner = ?3 \
             WHERE {IS_TOLD} AND t.seq > ?1 {wanted} ORDER BY t.seq LIMIT ?2"
        );
        self.sql().rows(&sql, &[&after, &at_most, &partner.name], |row| Ok((read_event(row)?, row.get(6)?)))
    }

    /// The last message of a partner that a message to him answers; 0 before the first.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn answered(&self, partner: &str) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(max(answered), 0) FROM message WHERE partner = ?1 AND direction = 'out'";
        self.sql().one(sql, &[&partner])
    }

    /// The file of a message to a partner, byte for byte as it went out first.
    ///
    /// # Errors
    ///
    /// `exchange.unknown-message`, `store.database`.
    pub fn sent_file(&self, partner: &str, number: u64) -> Result<Vec<u8>, StoreError> {
        let sql = "SELECT file FROM message WHERE partner = ?1 AND direction = 'out' AND number = ?2";
        let file = self.sql().row(sql, &[&partner, &number], |row| row.get(0))?;
        file.ok_or_else(|| ExchangeRefused::UnknownMessage.into())
    }

    /// Judges whether a message stands in its place; changes nothing.
    ///
    /// # Errors
    ///
    /// `exchange.gap`, `exchange.repeated`, `exchange.number-reused`, `exchange.previous`, `exchange.unknown-partner`,
    /// `store.database`.
    pub fn check_incoming(&self, incoming: &Incoming<'_>) -> Result<(), StoreError> {
        check_place(self.sql(), incoming)
    }

    /// Takes a message in that acknowledges others: they are done for good, and so are the events in them.
    ///
    /// # Errors
    ///
    /// As [`Self::check_incoming`]; `exchange.unknown-message` for one that did not go out, or with another content.
    pub fn acknowledged(
        &mut self,
        by: By<'_>,
        incoming: &Incoming<'_>,
        done: &[(u64, [u8; 32])],
    ) -> Result<(), StoreError> {
        self.change(point!("exchange-acknowledged"), by, |change| {
            change.take_in(incoming, "acknowledgements", None)?;
            for (number, digest) in done {
                change.message_is_done(incoming.partner, *number, digest)?;
            }
            // He has the events of every message up to the first that he did not acknowledge.
            let through: u64 = change.sql().one(THROUGH, &[&incoming.partner])?;
            change.acknowledge(incoming.partner, through)
        })
    }

    /// Stores a message that is to go out, in its place; what it answers and tells is not sent again under another number.
    ///
    /// # Errors
    ///
    /// `exchange.overtaken` if another one has its number, `exchange.unknown-partner`, `store.database`.
    pub fn sent(&mut self, by: By<'_>, outgoing: &Outgoing<'_>) -> Result<(), StoreError> {
        self.change(point!("exchange-sent"), by, |change| {
            let Outgoing { partner, number, digest, sent, answered, file } = *outgoing;
            let moved = change.sql().execute(
                "UPDATE partner SET next_out = next_out + 1, last_out = ?3, sent = ?4 WHERE name = ?1 AND next_out = ?2",
                &[&partner, &number, &digest, &sent],
            )?;
            if moved == 0 {
                return Err(ExchangeRefused::Overtaken.into());
            }
            change.sql().write(
                "INSERT INTO message (partner, direction, number, kind, digest, at, answered, through, written, file) \
                 VALUES (?1, 'out', ?2, 'report', ?3, ?4, ?5, ?6, 0, ?7)",
                &[&partner, &number, &digest, &change.at, &answered, &sent, &file],
            )?;
            change.trace_message("exchange-send", partner, number, &digest)
        })
    }

    /// The messages to a partner whose files were not written for certain, oldest first: a crash came between.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn unwritten_messages(&self, partner: &str) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT number FROM message WHERE partner = ?1 AND direction = 'out' AND written = 0 ORDER BY number";
        self.sql().rows(sql, &[&partner], |row| row.get(0))
    }

    /// The file of a message was written; said again, it changes nothing.
    ///
    /// # Errors
    ///
    /// `exchange.unknown-message`, `store.database`.
    pub fn written_message(&mut self, by: By<'_>, partner: &str, number: u64) -> Result<(), StoreError> {
        self.change(point!("exchange-written"), by, |change| {
            let written = change.sql().execute(
                "UPDATE message SET written = 1 WHERE partner = ?1 AND direction = 'out' AND number = ?2",
                &[&partner, &number],
            )?;
            if written == 0 { Err(ExchangeRefused::UnknownMessage.into()) } else { Ok(()) }
        })
    }

    /// Traces that a file was refused: whose it is, if that was seen, and why.
    ///
    /// # Errors
    ///
    /// `trace.token`, `store.database`.
    pub fn refused_message(
        &mut self,
        by: By<'_>,
        partner: Option<&str>,
        file_digest: &[u8; 32],
        code: &str,
    ) -> Result<(), StoreError> {
        self.change(point!("exchange-refused"), by, |change| {
            let name = Token::parse(partner.unwrap_or(NOBODY_KNOWN))?;
            let details = [("code", code.to_owned()), ("file", Token::digest(file_digest).as_str().to_owned())];
            change.trace(Subject::Partner { name }, "exchange-refuse", None, &details)
        })
    }
}

impl LotImport<'_> {
    /// The lot came in this message: both are in the register, or neither.
    ///
    /// # Errors
    ///
    /// As [`Store::check_incoming`].
    pub fn came_in(&mut self, incoming: &Incoming<'_>) -> Result<(), StoreError> {
        self.change().take_in(incoming, "lot", Some(self.lot()))
    }
}

impl Change<'_> {
    /// One message more of a partner, in its place.
    fn take_in(&self, incoming: &Incoming<'_>, kind: &str, lot: Option<LotId>) -> Result<(), StoreError> {
        let Incoming { partner, number, digest, .. } = *incoming;
        check_place(self.sql(), incoming)?;
        self.sql()
            .write("UPDATE partner SET next_in = next_in + 1, last_in = ?2 WHERE name = ?1", &[&partner, &digest])?;
        self.sql().write(
            "INSERT INTO message (partner, direction, number, kind, digest, at, lot) VALUES (?1, 'in', ?2, ?3, ?4, ?5, ?6)",
            &[&partner, &number, &kind, &digest, &self.at, &lot],
        )?;
        self.trace_message("exchange-receive", partner, number, &digest)
    }

    /// A partner has a message of ours; said again, it changes nothing.
    fn message_is_done(&self, partner: &str, number: u64, digest: &[u8; 32]) -> Result<(), StoreError> {
        let done = self.sql().execute(
            "UPDATE message SET acknowledged_at = coalesce(acknowledged_at, ?4) \
             WHERE partner = ?1 AND direction = 'out' AND number = ?2 AND digest = ?3",
            &[&partner, &number, digest, &self.at],
        )?;
        if done == 0 { Err(ExchangeRefused::UnknownMessage.into()) } else { Ok(()) }
    }

    fn add_signers(&self, new: &NewPartner<'_>) -> Result<(), StoreError> {
        for (fingerprint, certificate) in new.signers {
            let added = self.sql().execute(
                "INSERT INTO partner_signer (fingerprint, partner, certificate, living) VALUES (?1, ?2, ?3, 1) \
                 ON CONFLICT (fingerprint) DO UPDATE SET living = 1 WHERE partner_signer.partner = excluded.partner",
                &[fingerprint, &new.name, certificate],
            )?;
            if added == 0 {
                return Err(ExchangeRefused::SignerKnown.into());
            }
        }
        Ok(())
    }

    fn trace_certificates(&self, act: &str, new: &NewPartner<'_>) -> Result<(), StoreError> {
        let name = Token::parse(new.name)?;
        let digest = |octets: &[u8; 32]| Token::digest(octets).as_str().to_owned();
        let mut details = vec![
            ("encryption", digest(&sigillo_crypto::sha256(new.encryption))),
            ("receives", new.receives.name().to_owned()),
        ];
        if let Some((fingerprint, _)) = new.signers.first() {
            details.push(("signer", digest(fingerprint)));
        }
        details.push(("signers", new.signers.len().to_string()));
        self.trace(Subject::Partner { name }, act, None, &details)
    }

    fn trace_message(&self, act: &str, partner: &str, number: u64, digest: &[u8; 32]) -> Result<(), StoreError> {
        let name = Token::parse(partner)?;
        let details = [("digest", Token::digest(digest).as_str().to_owned()), ("number", number.to_string())];
        self.trace(Subject::Partner { name }, act, None, &details)
    }
}

/// The partner of a name.
fn partner(sql: &dyn Engine, name: &str) -> Result<PartnerRow, StoreError> {
    let row = sql.row(&format!("{PARTNERS} WHERE name = ?1"), &[&name], read_partner)?;
    row.ok_or_else(|| ExchangeRefused::UnknownPartner.into())
}

/// Holds a message against its partner's row, and against what came under its number.
fn check_place(sql: &dyn Engine, incoming: &Incoming<'_>) -> Result<(), StoreError> {
    let partner = partner(sql, incoming.partner)?;
    let came = "SELECT digest FROM message WHERE partner = ?1 AND direction = 'in' AND number = ?2";
    let came = sql.row(came, &[&incoming.partner, &incoming.number], |row| row.get(0))?;
    Ok(place(&partner, came, incoming)?)
}

/// The rule of the row: no gap, nothing twice, each message follows the one that came.
fn place(partner: &PartnerRow, came: Option<[u8; 32]>, incoming: &Incoming<'_>) -> Result<(), ExchangeRefused> {
    let number = incoming.number;
    match came {
        Some(digest) if digest == incoming.digest => return Err(ExchangeRefused::Repeated { number }),
        Some(_) => return Err(ExchangeRefused::NumberReused { number }),
        None => {}
    }
    if number != partner.next_in {
        return Err(ExchangeRefused::Gap { expected: partner.next_in, found: number });
    }
    if incoming.previous == partner.last_in { Ok(()) } else { Err(ExchangeRefused::Previous) }
}

fn read_partner(row: &Row<'_>) -> Result<PartnerRow, StoreError> {
    let receives: String = row.get(2)?;
    Ok(PartnerRow {
        name: row.get(0)?,
        own_name: row.get(1)?,
        receives: Receives::parse(&receives).ok_or(StoreError::Damaged { table: "partner" })?,
        encryption: row.get(3)?,
        next_in: row.get(4)?,
        last_in: row.get(5)?,
        next_out: row.get(6)?,
        last_out: row.get(7)?,
        sent: row.get(8)?,
    })
}

fn read_message(row: &Row<'_>) -> Result<MessageRow, StoreError> {
    let direction: String = row.get(1)?;
    Ok(MessageRow {
        partner: row.get(0)?,
        is_incoming: direction == "in",
        number: row.get(2)?,
        kind: row.get(3)?,
        digest: row.get(4)?,
        at: row.get(5)?,
        lot: row.get(6)?,
        acknowledged_at: row.get(7)?,
    })
}

/// In the trace: a file that nobody known is seen to have sent.
const NOBODY_KNOWN: &str = "unknown";
const PARTNERS: &str =
    "SELECT name, own_name, receives, encryption, next_in, last_in, next_out, last_out, sent FROM partner";
const THROUGH: &str = "SELECT coalesce(max(through), 0) FROM message WHERE partner = ?1 AND direction = 'out' \
    AND number < (SELECT coalesce(min(number), 9223372036854775807) FROM message \
    WHERE partner = ?1 AND direction = 'out' AND acknowledged_at IS NULL)";
const MESSAGES: &str = "SELECT partner, direction, number, kind, digest, at, lot, acknowledged_at FROM message";
