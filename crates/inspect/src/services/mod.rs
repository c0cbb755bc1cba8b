//! Orders to the eServices application: what the issuing office and the holder ask of a formed chip.
//!
//! ```text
//! office                                   holder
//! PACE with the MRZ or the CAN             PACE with the MRZ or the CAN
//! SELECT eMRTD; EF.SOD, DG14
//!    stop: EF.SOD is not the expected one, or DG14 not under its seal
//! Chip Authentication, Terminal Authentication
//! SELECT eServices                         SELECT eServices
//! each order, until one fails              each order, until one fails
//! SELECT eServices                         its life cycle once more, if an order was to change it
//! ```
//!
//! [`ServiceSession`] reads nothing by itself: the way in is a [`crate::ReadSession`] with less to do, and the orders go through
//! the session that it opened. It sends exactly the tries that it was told to send, each once: a wrong code ends the orders, and
//! whoever wants another try begins another session.

mod application;
mod order;
mod outcome;
mod request;
mod session;

pub use order::{Order, OrderName};
pub use outcome::{CodeName, NotSent, OrderResult, Ordered, ServiceOutcome};
pub use request::ServiceRequest;
pub use session::ServiceSession;
