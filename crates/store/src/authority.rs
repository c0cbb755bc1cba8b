//! The request behind a change: judged inside the first transaction that uses it, stored and traced there; refusals in one of their own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sigillo_issuance::operator::{Operator, OperatorKey};
use sigillo_issuance::request::ledger::{ACCEPT, DIGEST, REFUSE};
use sigillo_issuance::request::{Authority, Order, RequestRefused, SignedRequest, judge};
use sigillo_issuance::trace::{Subject, Token};

use crate::change::{By, Change};
use crate::engine::{Engine, Transaction};
use crate::error::StoreError;

/// A request in hand.
pub(crate) struct Presented {
    pub(crate) signed: SignedRequest,
    pub(crate) asked: Order,
    pub(crate) now: Timestamp,
    /// What it lets its operator do, once a change by it was committed.
    accepted: Option<Admitted>,
}

/// Those who signed, as far as they are or were enrolled; `None` for who is retired.
type Signers = BTreeMap<Token, Option<Operator>>;

impl Presented {
    pub(crate) const fn new(signed: SignedRequest, asked: Order, now: Timestamp) -> Self {
        Self { signed, asked, now, accepted: None }
    }

    /// A change by it was committed.
    pub(crate) fn settle(&mut self, admitted: Admitted) {
        self.accepted = Some(admitted);
    }
}

/// What a request lets its operator do, and those who signed it as they are enrolled now.
#[derive(Clone)]
pub(crate) struct Admitted {
    pub(crate) authority: Authority,
    signers: Signers,
}

/// What lets a change go on: nothing in a register without operators, else the request in hand, which is accepted here if it was not
/// before.
pub(crate) fn authorize(change: &Change<'_>, presented: Option<&Presented>) -> Result<Option<Admitted>, StoreError> {
    let sql = change.sql();
    let accepted = presented.and_then(|presented| presented.accepted.as_ref());
    if accepted.is_none() && !change.is_governed {
        return Ok(None);
    }
    let presented = presented.ok_or(StoreError::Unauthorized)?;
    let signers = signers(sql, &presented.signed)?;
    let admitted = match accepted {
        Some(admitted) if admitted.signers == signers => admitted.clone(),
        accepted => {
            // Who was retired since, or enrolled anew with another key, did not sign this.
            let authority = judge(&presented.signed, &presented.asked, presented.now, &signers)?;
            if accepted.is_none() {
                let id = authority.id.to_string();
                if sql.one("SELECT EXISTS (SELECT 1 FROM request WHERE id = ?1)", &[&id])? {
                    return Err(RequestRefused::Replayed.into());
                }
                accept(change, &presented.signed)?;
            }
            Admitted { authority, signers }
        }
    };
    admitted.authority.speaks_for(&change.operator)?;
    Ok(Some(admitted))
}

/// Stores a request that was judged, and binds it to the trace.
pub(crate) fn accept(change: &Change<'_>, signed: &SignedRequest) -> Result<(), StoreError> {
    let request = signed.request();
    let id = Token::parse(&request.id.to_string())?;
    let second = signed.signatures().keys().find(|name| **name != request.operator);
    let mut details = vec![
        (DIGEST, Token::digest(&request.digest()).as_str().to_owned()),
        ("for", request.order.act.name().to_owned()),
        ("on", request.order.subject.as_str().to_owned()),
    ];
    details.extend(second.map(|name| ("second", name.as_str().to_owned())));
    let entry = change.append(Subject::Request { id: id.clone() }, ACCEPT, None, &details)?;
    let signed = signed.encode();
    change.sql().write("INSERT INTO request (id, entry, signed) VALUES (?1, ?2, ?3)", &[&id, &entry, &signed])?;
    Ok(())
}

/// Traces a refused request, or a change that nobody asked for, in a transaction of its own; what is reported in the end.
pub(crate) fn refuse(
    engine: &dyn Engine,
    by: By<'_>,
    presented: Option<&Presented>,
    refused: StoreError,
) -> StoreError {
    if !refused.is_of_request() {
        return refused;
    }
    let traced = || {
        let transaction = Transaction::begin(engine)?;
        let change = Change::new(transaction.sql(), By { run: None, ..by })?;
        let mut details = vec![("code", refused.code().to_owned())];
        let subject = match presented {
            None => Subject::Operator { name: change.operator.clone() },
            Some(presented) => {
                let request = presented.signed.request();
                details.push((DIGEST, Token::digest(&request.digest()).as_str().to_owned()));
                details.push(("for", presented.asked.act.name().to_owned()));
                details.push(("on", presented.asked.subject.as_str().to_owned()));
                Subject::Request { id: Token::parse(&request.id.to_string())? }
            }
        };
        change.trace(subject, REFUSE, None, &details)?;
        transaction.commit()
    };
    match traced() {
        Ok(()) => refused,
        // A refusal that is not in the trace is worse than the refusal.
        Err(untraced) => untraced,
    }
}

/// Whether operators are enrolled, or ever were.
pub(crate) fn is_governed(sql: &dyn Engine) -> Result<bool, StoreError> {
    sql.one("SELECT EXISTS (SELECT 1 FROM operator)", &[])
}

/// The living operator of a name.
pub(crate) fn living(sql: &dyn Engine, name: &Token) -> Result<Option<Operator>, StoreError> {
    let find = "SELECT key, roles FROM operator WHERE name = ?1 AND retired_by IS NULL";
    let found: Option<(String, String)> = sql.row(find, &[name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let read = |(key, roles): (String, String)| {
        let key = OperatorKey::parse(&key).ok()?;
        Some(Operator::new(name.clone(), key, Operator::parse_roles(&roles)?))
    };
    found.map(|row| read(row).ok_or(StoreError::Damaged { table: "operator" })).transpose()
}

fn signers(sql: &dyn Engine, signed: &SignedRequest) -> Result<Signers, StoreError> {
    let mut found = Signers::new();
    for name in signed.signatures().keys() {
        let living = living(sql, name)?;
        if living.is_some() || sql.one("SELECT EXISTS (SELECT 1 FROM operator WHERE name = ?1)", &[name])? {
            found.insert(name.clone(), living);
        }
    }
    Ok(found)
}
