//! Requests for changes (D10): what an operator asks for, in bytes that he signs, and whether the signatures suffice.

mod form;
mod judge;
pub mod ledger;
mod orders;
mod refused;

pub use form::{ChangeRequest, MAX_REQUEST, Order, RequestId, SignedRequest};
pub use judge::{AHEAD, Authority, FRESH_FOR, judge};
pub use ledger::{Ledger, LedgerFault};
pub use orders::{enrolment, founding, retirement};
pub use refused::RequestRefused;
