//! The orders that are about operators themselves: what is signed is exactly what is enrolled.

use serde_json::json;

use super::form::Order;
use super::refused::RequestRefused;
use crate::operator::{ChangeAct, Operator};

/// The order by which the first operators enrol each other: `{operators}`, in the order of their names.
///
/// # Errors
///
/// None that operators cause.
pub fn founding(founders: &[Operator]) -> Result<Order, RequestRefused> {
    let mut founders: Vec<_> = founders.iter().collect();
    founders.sort_by(|one, other| one.name.cmp(&other.name));
    let founders: Vec<_> = founders.into_iter().map(Operator::arguments).collect();
    Order::new(ChangeAct::OperatorFound, "operators", &json!({ "operators": founders }))
}

/// The order by which an operator is enrolled: `{key, name, roles}`.
///
/// # Errors
///
/// `request.subject` for a name that is too long.
pub fn enrolment(operator: &Operator) -> Result<Order, RequestRefused> {
    Order::new(ChangeAct::OperatorEnrol, operator.name.as_str(), &operator.arguments())
}

/// The order by which an operator is retired: `{name, reason}`.
///
/// # Errors
///
/// `request.subject` for a name that is no short technical word.
pub fn retirement(name: &str, reason: &str) -> Result<Order, RequestRefused> {
    Order::new(ChangeAct::OperatorRetire, name, &json!({ "name": name, "reason": reason }))
}
