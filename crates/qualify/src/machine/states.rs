//! How far each protocol came.

use std::rc::Rc;

use sigillo_channel::bac::terminal::Pending;
use sigillo_channel::pace::terminal::{Agreement, Confirmation, Mapping, NonceAsked};
use sigillo_channel::scp03::host::HostSession;
use sigillo_crypto::{CurvePoint, CurvePrivateKey};

use crate::certificates::Issued;
use crate::facts::CaEntry;
use crate::link::Response;

/// Basic Access Control.
#[derive(Default)]
pub(super) struct Bac {
    pub(super) challenge: Vec<u8>,
    pub(super) pending: Option<Pending>,
}

/// PACE: what the terminal sent last.
#[derive(Default)]
pub(super) enum Pace {
    #[default]
    Idle,
    NonceAsked(NonceAsked),
    /// With what it was made of, so that another key can be drawn.
    Mapping(Box<(NonceAsked, Response, Mapping)>),
    Agreement(Box<(Mapping, Response, Agreement)>),
    Confirmation(Confirmation),
}

/// Chip Authentication.
#[derive(Default)]
pub(super) struct ChipAuthentication {
    pub(super) chosen: Option<CaEntry>,
    pub(super) key: Option<(CurvePrivateKey, CurvePoint)>,
}

/// Terminal Authentication.
#[derive(Default)]
pub(super) struct TerminalAuthentication {
    /// The terminal that MSE:Set AT named.
    pub(super) terminal: Option<Rc<Issued>>,
    pub(super) challenge: Vec<u8>,
}

/// Personalization by SCP03.
#[derive(Default)]
pub(super) struct Personalization {
    /// Proven by the chip, not yet by us.
    pub(super) pending: Option<HostSession>,
    pub(super) session: Option<HostSession>,
    /// The last wrapped command.
    pub(super) last: Vec<u8>,
}
