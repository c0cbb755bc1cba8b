//! Whether the signatures under a request suffice for what is to be done.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sigillo_crypto::{HashAlgorithm, SignatureAlgorithm};

use super::form::{Order, RequestId, SignedRequest};
use super::refused::RequestRefused;
use crate::life_cycle::Actor;
use crate::operator::{Operator, OperatorRole};
use crate::trace::{Subject, Token};

/// So long after it was made a request may be used: a second person who is elsewhere has a day to sign.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_hours(24);
/// So far a clock may be ahead of ours.
pub const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// What a request that was judged lets its operator do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authority {
    /// The request.
    pub id: RequestId,
    /// Who asked.
    pub operator: Token,
    /// What for.
    pub order: Order,
    /// His roles, as far as they may ask for it.
    roles: Vec<OperatorRole>,
}

/// Judges a request: that it is for exactly what is to be done, of this day, signed by its operator and as many others as the table of
/// acts wants, each of them enrolled and in a role that may. Whether it was used before is for the register to say.
///
/// `operators` are those that are enrolled now, by name; `None` stands for one that is retired.
///
/// # Errors
///
/// `request.other-act`, `request.other-subject`, `request.other-arguments`, `request.stale`, `request.unsigned`,
/// `request.operator-unknown`, `request.operator-retired`, `request.signature`, `request.role`, `request.second-missing`.
pub fn judge(
    signed: &SignedRequest,
    asked: &Order,
    now: Timestamp,
    operators: &BTreeMap<Token, Option<Operator>>,
) -> Result<Authority, RequestRefused> {
    let request = signed.request();
    same_order(&request.order, asked)?;
    let age = now.duration_since(request.at);
    if age > FRESH_FOR || age < -AHEAD {
        return Err(RequestRefused::Stale);
    }
    Ok(Authority::of(signed, signed_well(signed, operators)?))
}

/// The part of the judgement that stays the same for ever: the signatures, the roles, the number of persons. The roles of the
/// operator that may ask for it.
pub(super) fn signed_well(
    signed: &SignedRequest,
    operators: &BTreeMap<Token, Option<Operator>>,
) -> Result<Vec<OperatorRole>, RequestRefused> {
    let request = signed.request();
    if !signed.signatures().contains_key(&request.operator) {
        return Err(RequestRefused::Unsigned(request.operator.clone()));
    }
    let row = request.order.act.row();
    let message = request.message();
    let mut own = Vec::new();
    for (name, signature) in signed.signatures() {
        let operator = match operators.get(name) {
            None => return Err(RequestRefused::OperatorUnknown(name.clone())),
            Some(None) => return Err(RequestRefused::OperatorRetired(name.clone())),
            Some(Some(operator)) => operator,
        };
        let verified = operator.key.public_key().verify(ALGORITHM, &message, signature);
        verified.map_err(|_| RequestRefused::Signature(name.clone()))?;
        let roles: Vec<_> = operator.roles.iter().copied().filter(|role| row.roles.contains(role)).collect();
        if roles.is_empty() {
            return Err(RequestRefused::Role(name.clone()));
        }
        if *name == request.operator {
            own = roles;
        }
    }
    if signed.signatures().len() < row.persons { Err(RequestRefused::SecondMissing) } else { Ok(own) }
}

fn same_order(given: &Order, asked: &Order) -> Result<(), RequestRefused> {
    if given.act != asked.act {
        Err(RequestRefused::OtherAct)
    } else if given.subject != asked.subject {
        Err(RequestRefused::OtherSubject)
    } else if given.arguments != asked.arguments {
        Err(RequestRefused::OtherArguments)
    } else {
        Ok(())
    }
}

impl Authority {
    pub(super) fn of(signed: &SignedRequest, roles: Vec<OperatorRole>) -> Self {
        let request = signed.request();
        Self { id: request.id, operator: request.operator.clone(), order: request.order.clone(), roles }
    }

    /// Whether a change in this name belongs to the request.
    ///
    /// # Errors
    ///
    /// `request.other-operator`.
    pub fn speaks_for(&self, operator: &Token) -> Result<(), RequestRefused> {
        if self.operator == *operator { Ok(()) } else { Err(RequestRefused::OtherOperator) }
    }

    /// Whether a change of something belongs to what was asked for: of a kind that the act touches, and where the request names one of
    /// that kind, this one.
    ///
    /// # Errors
    ///
    /// `request.other-act`, `request.other-subject`.
    pub fn covers(&self, subject: &Subject) -> Result<(), RequestRefused> {
        let row = self.order.act.row();
        if !row.touches.contains(&subject.kind()) {
            return Err(RequestRefused::OtherAct);
        }
        if row.on == subject.kind() && self.order.name() != subject.name() {
            return Err(RequestRefused::OtherSubject);
        }
        Ok(())
    }

    /// Whether one of these may be who asked.
    ///
    /// # Errors
    ///
    /// `request.role`.
    pub fn is_one_of(&self, actors: &[Actor]) -> Result<(), RequestRefused> {
        let mut own = self.roles.iter().flat_map(|role| role.actors());
        if own.any(|actor| actors.contains(actor)) { Ok(()) } else { Err(RequestRefused::Role(self.operator.clone())) }
    }
}

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
