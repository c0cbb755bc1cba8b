//! Operators (D10): who may ask for which change, in which role, and for which changes two of them must ask together.

mod acts;
mod enrolled;
mod role;

pub use acts::{ACTS, ActRow, ChangeAct};
pub use enrolled::{KeyRefused, Operator, OperatorKey};
pub use role::OperatorRole;
