use crate::access::AccessPolicy;
use crate::request::{Errand, Request};
use crate::services::order::Order;
use crate::terminal::TerminalCredentials;

/// What is to be asked of the eServices application, of which chip, by whom.
#[derive(Debug)]
pub struct ServiceRequest {
    pub(super) way_in: Request,
    pub(super) application: Vec<u8>,
    pub(super) orders: Vec<Order>,
}

impl ServiceRequest {
    /// On the holder's behalf: PACE by what the request brings (MRZ or CAN), and nothing else. The application is named by its AID.
    #[must_use]
    pub fn of_holder(way_in: impl Into<Request>, application: &[u8]) -> Self {
        Self::new(way_in.into(), application, Errand::Holder)
    }

    /// On the issuing office's behalf: the chip whose EF.SOD has this SHA-256, and no other, is shown this terminal.
    #[must_use]
    pub fn of_office(
        way_in: impl Into<Request>,
        application: &[u8],
        terminal: TerminalCredentials,
        sod_digest: [u8; 32],
    ) -> Self {
        Self::new(way_in.into().and_terminal(terminal), application, Errand::Office { sod_digest })
    }

    /// One more order; they are carried out one after the other until one fails. Without any the session tells the life cycle.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.orders.push(order);
        self
    }

    fn new(way_in: Request, application: &[u8], errand: Errand) -> Self {
        let way_in = Request { errand, ..way_in.policy(AccessPolicy::PaceOnly).asking_for_services(application) };
        Self { way_in, application: application.to_vec(), orders: Vec::new() }
    }
}
