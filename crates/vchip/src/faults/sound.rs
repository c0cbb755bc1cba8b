//! A chip that cannot be faulty.

use sigillo_apdu::{CommandApdu, StatusWord};
use sigillo_channel::secure_messaging::chip::Session;

use super::list::Fault;

/// No fault.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults;

#[allow(clippy::unused_self, reason = "the questions are those to a chip that can be faulty")]
impl Faults {
    /// A chip in order.
    pub(crate) const NONE: Self = Self;

    pub(crate) const fn has(self, _: Fault) -> bool {
        false
    }

    pub(crate) const fn repeats_randomness(self, _: &CommandApdu, _: bool) -> bool {
        false
    }

    pub(crate) const fn reported(self, status: StatusWord) -> StatusWord {
        status
    }

    pub(crate) const fn receive(self, _: &mut Session, _: &CommandApdu) -> Result<Option<CommandApdu>, StatusWord> {
        Ok(None)
    }
}
