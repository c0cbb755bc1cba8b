//! The requests behind a trace: who was enrolled when, what was accepted, and that every change belongs to a request.

use std::collections::BTreeMap;

use super::form::{RequestId, SignedRequest};
use super::judge::{Authority, signed_well};
use super::refused::RequestRefused;
use crate::operator::{ChangeAct, Operator, OperatorKey};
use crate::trace::{Subject, Token, TraceEntry};

/// Follows a trace whose chain was verified, entry after entry, and verifies the request of each change from the trace and the stored
/// requests alone; what happened before the first operators were enrolled stands by itself.
#[derive(Debug, Default)]
pub struct Ledger {
    operators: BTreeMap<Token, Option<Operator>>,
    accepted: BTreeMap<RequestId, Authority>,
    /// The request by which the first operators enrol each other: its acceptance follows their enrolments.
    founding: Option<RequestId>,
}

/// The first change that no request stands behind.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerFault {
    /// The request of an acceptance is not stored.
    #[error("the request that entry {at} accepts is not stored")]
    Missing {
        /// The entry.
        at: u64,
    },
    /// The stored request is not the one that was accepted, or an enrolment cannot be read.
    #[error("the request that entry {at} accepts is stored otherwise than it was accepted")]
    Altered {
        /// The entry.
        at: u64,
    },
    /// A change without a request, or outside of what its request was for.
    #[error("nobody asked for what entry {at} says")]
    Unauthorized {
        /// The entry.
        at: u64,
    },
    /// The signatures do not suffice.
    #[error("entry {at} accepts a request that had to be refused: {refused}")]
    Refused {
        /// The entry.
        at: u64,
        /// Why.
        refused: RequestRefused,
    },
}

impl LedgerFault {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "trace.request-missing",
            Self::Altered { .. } => "trace.request-altered",
            Self::Unauthorized { .. } => "trace.unauthorized",
            Self::Refused { refused, .. } => refused.code(),
        }
    }

    /// The number of the entry.
    pub const fn at(&self) -> u64 {
        match self {
            Self::Missing { at } | Self::Altered { at } | Self::Unauthorized { at } | Self::Refused { at, .. } => *at,
        }
    }
}

impl Ledger {
    /// Takes the next entry; `stored` gives the octets of the request of an identifier.
    ///
    /// # Errors
    ///
    /// [`LedgerFault`] for the first entry that no good request stands behind.
    pub fn follow<E: From<LedgerFault>>(
        &mut self,
        entry: &TraceEntry,
        stored: impl FnOnce(RequestId) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<(), E> {
        let at = entry.seq;
        match (&entry.subject, entry.act.as_str()) {
            (Subject::Request { id }, ACCEPT) => {
                let id = RequestId::parse(id.as_str()).ok_or(LedgerFault::Altered { at })?;
                let octets = stored(id)?.ok_or(LedgerFault::Missing { at })?;
                Ok(self.accept(entry, id, &octets)?)
            }
            // A refusal changes nothing.
            (Subject::Request { .. } | Subject::Operator { .. }, REFUSE) => Ok(()),
            (Subject::Operator { name }, ENROL) => {
                let operator = enrolled(entry, name).ok_or(LedgerFault::Altered { at })?;
                if self.operators.is_empty() || self.founding.is_some() {
                    let request = request_of(entry).ok_or(LedgerFault::Unauthorized { at })?;
                    if *self.founding.get_or_insert(request) != request {
                        return Err(LedgerFault::Unauthorized { at }.into());
                    }
                } else {
                    self.authorized(entry)?;
                }
                self.operators.insert(name.clone(), Some(operator));
                Ok(())
            }
            (Subject::Operator { name }, RETIRE) => {
                self.authorized(entry)?;
                self.operators.insert(name.clone(), None);
                Ok(())
            }
            _ => Ok(self.authorized(entry)?),
        }
    }

    /// How many requests were accepted.
    pub fn accepted(&self) -> usize {
        self.accepted.len()
    }

    fn accept(&mut self, entry: &TraceEntry, id: RequestId, octets: &[u8]) -> Result<(), LedgerFault> {
        let at = entry.seq;
        let signed = SignedRequest::decode(octets).map_err(|_| LedgerFault::Altered { at })?;
        let request = signed.request();
        let digest = Token::digest(&request.digest());
        if request.id != id || detail(entry, DIGEST) != Some(&digest) || request.operator != entry.operator {
            return Err(LedgerFault::Altered { at });
        }
        let is_founding = request.order.act == ChangeAct::OperatorFound;
        if self.accepted.contains_key(&id) || self.founding.take() != is_founding.then_some(id) {
            return Err(LedgerFault::Unauthorized { at });
        }
        let refused = |refused| LedgerFault::Refused { at, refused };
        let authority = Authority::of(&signed, signed_well(&signed, &self.operators).map_err(refused)?);
        self.accepted.insert(id, authority);
        Ok(())
    }

    fn authorized(&self, entry: &TraceEntry) -> Result<(), LedgerFault> {
        if self.operators.is_empty() {
            return Ok(());
        }
        let authority = request_of(entry).and_then(|id| self.accepted.get(&id));
        let covered = authority.is_some_and(|authority| {
            authority.speaks_for(&entry.operator).and_then(|()| authority.covers(&entry.subject)).is_ok()
        });
        if covered { Ok(()) } else { Err(LedgerFault::Unauthorized { at: entry.seq }) }
    }
}

fn enrolled(entry: &TraceEntry, name: &Token) -> Option<Operator> {
    let key = OperatorKey::parse(detail(entry, KEY)?.as_str()).ok()?;
    let roles = Operator::parse_roles(detail(entry, ROLES)?.as_str())?;
    Some(Operator::new(name.clone(), key, roles))
}

fn request_of(entry: &TraceEntry) -> Option<RequestId> {
    RequestId::parse(detail(entry, REQUEST)?.as_str())
}

fn detail<'e>(entry: &'e TraceEntry, name: &str) -> Option<&'e Token> {
    entry.details.iter().find(|(known, _)| known.as_str() == name).map(|(_, value)| value)
}

/// The act of the entry by which a request was accepted.
pub const ACCEPT: &str = "accept";
/// The act of the entry by which a request was refused.
pub const REFUSE: &str = "refuse";
/// The act of an enrolment.
pub const ENROL: &str = "enrol";
/// The act of a retirement.
pub const RETIRE: &str = "retire";
/// The detail that names the request of a change.
pub const REQUEST: &str = "request";
/// The detail that binds an accepted request: its digest.
pub const DIGEST: &str = "digest";
/// The detail of an enrolment that is the operator's key.
pub const KEY: &str = "key";
/// The detail of an enrolment that names the operator's roles.
pub const ROLES: &str = "roles";
