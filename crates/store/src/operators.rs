//! Who may ask for a change: the operators that are enrolled, and the requests that were accepted.

use jiff::Timestamp;
use sigillo_issuance::operator::{Operator, OperatorKey, OperatorRole};
use sigillo_issuance::request::ledger::{ENROL, KEY, REQUEST, RETIRE, ROLES};
use sigillo_issuance::request::{
    Order, RequestId, RequestRefused, SignedRequest, enrolment, founding, judge, retirement,
};
use sigillo_issuance::trace::{Subject, Token};

use crate::authority::{Presented, accept, is_governed, living};
use crate::engine::Row;
use crate::error::StoreError;
use crate::operator_refused::OperatorRefused;
use crate::store::{By, Change, Store, point};

/// An operator, living or retired.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct OperatorRow {
    /// Name, key and roles.
    pub operator: Operator,
    /// The request that enrolled him.
    pub enrolled_by: String,
    /// When.
    pub enrolled_at: String,
    /// The request that retired him, if one did.
    pub retired_by: Option<String>,
    /// When.
    pub retired_at: Option<String>,
}

impl Store {
    /// Takes a request in hand: the next change judges it, for exactly what is asked, and stores and traces it; what this register
    /// changes from then on belongs to it. A register without operators asks for none.
    pub fn present(&mut self, signed: SignedRequest, asked: Order, now: Timestamp) {
        self.presented = Some(Presented::new(signed, asked, now));
    }

    /// Whether operators are enrolled, so that every change needs a request.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn is_governed(&self) -> Result<bool, StoreError> {
        is_governed(self.sql())
    }

    /// Judges the request in hand, stores and traces it, for a change that is kept elsewhere: in keys, certificates or files.
    ///
    /// # Errors
    ///
    /// `store.unauthorized` without a request, the code of its refusal, `store.database`.
    pub fn accept(&mut self, by: By<'_>) -> Result<(), StoreError> {
        self.change(point!("accept"), by, |_| Ok(()))
    }

    /// Enrols the first operators of a register, two security officers of whom sign the request in hand for all.
    ///
    /// # Errors
    ///
    /// `operator.founded`, `operator.founders`, `operator.roles`, `operator.self-audit`, `operator.key-taken`, `operator.enrolled`,
    /// `store.unauthorized` without a request, the code of its refusal.
    pub fn found(&mut self, by: By<'_>, founders: &[Operator]) -> Result<(), StoreError> {
        if self.is_governed()? {
            return Err(OperatorRefused::Founded.into());
        }
        let presented = self.presented.take();
        self.change(point!("found"), by, |change| {
            let presented = presented.as_ref().ok_or(StoreError::Unauthorized)?;
            let order = founding(founders)?;
            if presented.asked != order {
                return Err(RequestRefused::OtherArguments.into());
            }
            let known = founders.iter().map(|founder| (founder.name.clone(), Some(founder.clone()))).collect();
            let authority = judge(&presented.signed, &order, presented.now, &known)?;
            authority.speaks_for(&change.operator)?;
            for founder in founders {
                change.add_operator(founder, authority.id)?;
            }
            if officers(change)? < OFFICERS {
                return Err(OperatorRefused::Founders.into());
            }
            accept(change, &presented.signed)
        })
    }

    /// Enrols an operator: the request in hand is for exactly this name, key and these roles.
    ///
    /// # Errors
    ///
    /// `operator.enrolled`, `operator.key-taken`, `operator.roles`, `operator.self-audit`, `request.other-arguments`,
    /// `store.unauthorized` also in a register without operators, the code of the request's refusal.
    pub fn enrol(&mut self, by: By<'_>, operator: &Operator) -> Result<(), StoreError> {
        self.change(point!("enrol"), by, |change| {
            let request = change.asked_for(&enrolment(operator)?)?;
            change.add_operator(operator, request)
        })
    }

    /// Retires an operator: from the next change on he asks for nothing any more, not even in the middle of a run.
    ///
    /// # Errors
    ///
    /// `operator.unknown`, `operator.last-officers`, `request.other-arguments`, `trace.token` for a reason that is no word,
    /// `store.unauthorized` also in a register without operators, the code of the request's refusal.
    pub fn retire(&mut self, by: By<'_>, name: &str, reason: &str) -> Result<(), StoreError> {
        self.change(point!("retire"), by, |change| {
            let (name, reason) = (Token::parse(name)?, Token::parse(reason)?);
            let request = change.asked_for(&retirement(name.as_str(), reason.as_str())?)?;
            let retired = change.sql().execute(
                "UPDATE operator SET retired_by = ?2, retired_at = ?3 WHERE name = ?1 AND retired_by IS NULL",
                &[&name, &request.to_string(), &change.at],
            )?;
            if retired == 0 {
                return Err(OperatorRefused::Unknown.into());
            }
            if officers(change)? < OFFICERS {
                return Err(OperatorRefused::LastOfficers.into());
            }
            change.trace(Subject::Operator { name }, RETIRE, None, &[("reason", reason.as_str().to_owned())])
        })
    }

    /// Every operator, in the order of enrolment.
    ///
    /// # Errors
    ///
    /// `store.database`, `store.damaged`.
    pub fn operators(&self) -> Result<Vec<OperatorRow>, StoreError> {
        self.sql().rows(&format!("{OPERATORS} ORDER BY id"), &[], read)
    }

    /// The octets of a request that was accepted.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn request(&self, id: RequestId) -> Result<Option<Vec<u8>>, StoreError> {
        self.sql().row("SELECT signed FROM request WHERE id = ?1", &[&id.to_string()], |row| row.get(0))
    }
}

impl Change<'_> {
    /// The request, which must be for exactly this.
    fn asked_for(&self, order: &Order) -> Result<RequestId, StoreError> {
        let authority = self.authority().ok_or(StoreError::Unauthorized)?;
        if authority.order.act != order.act {
            return Err(RequestRefused::OtherAct.into());
        }
        if authority.order != *order {
            return Err(RequestRefused::OtherArguments.into());
        }
        Ok(authority.id)
    }

    fn add_operator(&self, operator: &Operator, request: RequestId) -> Result<(), StoreError> {
        match operator.roles.as_slice() {
            [] => return Err(OperatorRefused::Roles.into()),
            [_] => {}
            roles if roles.contains(&OperatorRole::Auditor) => return Err(OperatorRefused::SelfAudit.into()),
            _ => {}
        }
        let (key, roles, request) = (operator.key.text(), operator.roles_text(), request.to_string());
        if living(self.sql(), &operator.name)?.is_some() {
            return Err(OperatorRefused::Enrolled.into());
        }
        let added = self.sql().execute(
            "INSERT INTO operator (name, key, roles, enrolled_by, enrolled_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            &[&operator.name, &key, &roles, &request, &self.at],
        )?;
        if added == 0 {
            return Err(OperatorRefused::KeyTaken.into());
        }
        let mut details = vec![(KEY, key), (ROLES, roles)];
        if self.authority().is_none() {
            // The founders' request is accepted behind their enrolments; any other names itself in what follows from it.
            details.push((REQUEST, request));
        }
        self.trace(Subject::Operator { name: operator.name.clone() }, ENROL, None, &details)
    }
}

/// How many security officers live.
fn officers(change: &Change<'_>) -> Result<usize, StoreError> {
    let rows = change.sql().rows(&format!("{OPERATORS} WHERE retired_by IS NULL"), &[], read)?;
    Ok(rows.iter().filter(|row| row.operator.roles.contains(&OperatorRole::SecurityOfficer)).count())
}

fn read(row: &Row<'_>) -> Result<OperatorRow, StoreError> {
    let damaged = StoreError::Damaged { table: "operator" };
    let (name, key, roles): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let read = (Token::parse(&name), OperatorKey::parse(&key), Operator::parse_roles(&roles));
    let (Ok(name), Ok(key), Some(roles)) = read else { return Err(damaged) };
    Ok(OperatorRow {
        operator: Operator::new(name, key, roles),
        enrolled_by: row.get(3)?,
        enrolled_at: row.get(4)?,
        retired_by: row.get(5)?,
        retired_at: row.get(6)?,
    })
}

const OPERATORS: &str = "SELECT name, key, roles, enrolled_by, enrolled_at, retired_by, retired_at FROM operator";
/// With fewer security officers nobody could be enrolled any more.
const OFFICERS: usize = 2;
