use std::collections::VecDeque;

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{Action, Driver, Event, ResponseApdu, StatusWord};
use sigillo_crypto::Entropy;

use crate::ended::Ended;
use crate::error::{InspectError, InspectErrorKind, Step};
use crate::request::Errand;
use crate::sealed::{is_dg14_sealed, is_expected};
use crate::services::application::Running;
use crate::services::order::{Order, OrderName};
use crate::services::outcome::{NotSent, OrderResult, Ordered, ServiceOutcome};
use crate::services::request::ServiceRequest;
use crate::session::ReadSession;
use crate::session::link::Received;
use crate::session::services::{life_cycle, select};

/// Opens a chip and gives orders to its eServices application: a sans-io engine.
///
/// What became of each order is in [`ServiceSession::outcome`], whatever ended the session. An order that was sent and not
/// answered is [`OrderResult::Unanswered`]; the next session tells by [`ServiceOutcome::before`] whether an activation was done,
/// and codes are set again, with new ones.
pub struct ServiceSession<'e> {
    reading: ReadSession<'e>,
    errand: Errand,
    application: Vec<u8>,
    orders: VecDeque<Order>,
    state: State,
    ordered: Vec<Ordered>,
    before: Option<LifeCycle>,
    /// What the answers so far have made of it.
    now: Option<LifeCycle>,
    /// What the chip tells in the end; `None` from the moment when an order may change it.
    after: Option<LifeCycle>,
    /// Why nobody takes orders, once that is known.
    closed: Option<NotSent>,
    broken: Option<InspectError>,
}

enum State {
    /// The way in.
    Opening,
    /// An order's command is out.
    Ordering(Running),
    /// The application is asked for its life cycle.
    Asking,
    Done,
    /// An error was reported.
    Failed,
}

impl<'e> ServiceSession<'e> {
    /// Begins a session. What is random is drawn when it is its turn.
    #[must_use]
    pub fn new(request: ServiceRequest, entropy: &'e mut dyn Entropy) -> Self {
        let ServiceRequest { way_in, application, orders } = request;
        let errand = way_in.errand;
        Self {
            reading: ReadSession::new(way_in, entropy),
            errand,
            application,
            orders: orders.into(),
            state: State::Opening,
            ordered: Vec::new(),
            before: None,
            now: None,
            after: None,
            closed: None,
            broken: None,
        }
    }

    /// Gives another order to a session that has come to its end, for who decides by what the orders before it told; the chip
    /// stays where it is, and the driver goes on.
    ///
    /// # Errors
    ///
    /// Those of the session; the outcome says then that the order was not sent.
    pub fn order(&mut self, order: Order) -> Result<(), InspectError> {
        self.orders.push_back(order);
        match (&self.state, self.closed) {
            (State::Done, Some(why)) => self.leave_out(why),
            (State::Done, None) => {
                let gone_on = self.go_on();
                return gone_on.map_err(|kind| self.break_off(InspectError::new(Step::Order, kind)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether the session has come to its end.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// What became of the orders so far; of those that were not reached, why.
    #[must_use]
    pub fn outcome(&self) -> ServiceOutcome {
        let mut orders = self.ordered.clone();
        if let State::Ordering(running) = &self.state {
            orders.push(running.ended(OrderResult::Unanswered));
        }
        let left = self.orders.iter().map(|order| not_sent(order.name(), NotSent::SessionEnded));
        orders.extend(left);
        ServiceOutcome {
            read: self.reading.outcome().clone(),
            before: self.before,
            after: self.after,
            orders,
            broken: self.broken,
            errand: self.errand,
        }
    }

    /// The way in is open, or as open as it gets.
    fn begin(&mut self) -> Result<(), InspectErrorKind> {
        match self.obstacle() {
            Ok(life_cycle) => {
                (self.before, self.now, self.after) = (Some(life_cycle), Some(life_cycle), Some(life_cycle));
                self.go_on()
            }
            Err(why) => {
                self.closed = Some(why);
                self.leave_out(why);
                self.state = State::Done;
                Ok(())
            }
        }
    }

    fn leave_out(&mut self, why: NotSent) {
        self.ordered.extend(self.orders.drain(..).map(|order| not_sent(order.name(), why)));
    }

    /// The application's life cycle, or why nobody is there to take orders.
    fn obstacle(&self) -> Result<LifeCycle, NotSent> {
        let read = self.reading.outcome();
        if let Errand::Office { sod_digest } = self.errand {
            if !is_expected(read, sod_digest) {
                return Err(NotSent::OtherChip);
            }
            if !is_dg14_sealed(read) {
                return Err(NotSent::NotSealed);
            }
            if read.chip_authentication.passed().is_none() {
                return Err(NotSent::NoChipAuthentication);
            }
            if read.terminal_authentication.passed().is_none() {
                return Err(NotSent::NoTerminalAuthentication);
            }
        }
        read.services.passed().copied().ok_or(NotSent::NoApplication)
    }

    /// Sends the next order, or asks what the orders have made of the application.
    fn go_on(&mut self) -> Result<(), InspectErrorKind> {
        while let Some(order) = self.orders.pop_front() {
            match self.without_sending(order.name()) {
                None => return self.send(Running::new(&order)),
                Some(result) => self.ordered.push(Ordered { order: order.name(), confirmed: 0, result }),
            }
        }
        if self.after.is_some() {
            self.state = State::Done;
        } else {
            self.reading.link().send(select(&self.application))?;
            self.state = State::Asking;
        }
        Ok(())
    }

    /// How an order ends for which there is nothing to send.
    fn without_sending(&self, name: OrderName) -> Option<OrderResult> {
        if self.ordered.iter().any(|before| !before.result.is_success()) {
            return Some(OrderResult::NotSent(NotSent::AfterFailure));
        }
        if name.is_the_offices() && self.errand == Errand::Holder {
            return Some(OrderResult::NotSent(NotSent::NotTheHolders));
        }
        match (name, self.now) {
            (_, Some(LifeCycle::Terminated)) => Some(OrderResult::NotSent(NotSent::SessionEnded)),
            (OrderName::Activate, Some(LifeCycle::Activated))
            | (OrderName::Deactivate, Some(LifeCycle::Deactivated)) => Some(OrderResult::AlreadySo),
            (_, Some(LifeCycle::Deactivated)) if !name.works_deactivated() => {
                Some(OrderResult::NotSent(NotSent::Deactivated))
            }
            _ => None,
        }
    }

    /// Sends the next command of an order, or takes note that it has no other.
    fn send(&mut self, mut running: Running) -> Result<(), InspectErrorKind> {
        let Some(command) = running.commands.pop_front() else {
            match running.name {
                OrderName::Activate => self.now = Some(LifeCycle::Activated),
                OrderName::Deactivate => self.now = Some(LifeCycle::Deactivated),
                OrderName::Terminate => {
                    (self.now, self.after) = (Some(LifeCycle::Terminated), Some(LifeCycle::Terminated))
                }
                _ => {}
            }
            return self.end(&running, OrderResult::Done);
        };
        if matches!(running.name, OrderName::Activate | OrderName::Deactivate | OrderName::Terminate) {
            self.after = None;
        }
        if let Err(kind) = self.reading.link().send(command) {
            self.ordered.push(running.ended(OrderResult::NotSent(NotSent::SessionEnded)));
            return Err(kind);
        }
        self.state = State::Ordering(running);
        Ok(())
    }

    fn end(&mut self, running: &Running, result: OrderResult) -> Result<(), InspectErrorKind> {
        self.ordered.push(running.ended(result));
        self.go_on()
    }

    fn answered(&mut self, response: &ResponseApdu) -> Result<(), InspectErrorKind> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Ordering(mut running) => match response.status() {
                StatusWord::Success if running.name != OrderName::AskTries => {
                    running.confirmed += 1;
                    self.send(running)
                }
                status => {
                    let result = running.missed(status);
                    self.end(&running, result)
                }
            },
            State::Asking => {
                if let Ended::Passed(told) = life_cycle(response, self.reading.outcome().access) {
                    self.after = Some(told);
                }
                self.state = State::Done;
                Ok(())
            }
            State::Opening | State::Done | State::Failed => Err(InspectErrorKind::OutOfTurn),
        }
    }

    fn respond(&mut self, bytes: &[u8]) -> Result<(), InspectErrorKind> {
        match self.reading.link().receive(bytes)? {
            Received::Piece => Ok(()),
            Received::Whole(response) => self.answered(&response),
        }
    }

    /// The session is over: what was out is unanswered.
    fn break_off(&mut self, error: InspectError) -> InspectError {
        if let State::Ordering(running) = std::mem::replace(&mut self.state, State::Failed) {
            self.ordered.push(running.ended(OrderResult::Unanswered));
        }
        self.broken.get_or_insert(error);
        error
    }
}

impl Running {
    fn ended(&self, result: OrderResult) -> Ordered {
        Ordered { order: self.name, confirmed: self.confirmed, result }
    }
}

const fn not_sent(order: OrderName, why: NotSent) -> Ordered {
    Ordered { order, confirmed: 0, result: OrderResult::NotSent(why) }
}

impl Driver for ServiceSession<'_> {
    type Error = InspectError;

    fn next_action(&mut self) -> Action<'_> {
        match self.state {
            State::Opening => self.reading.next_action(),
            State::Ordering(_) | State::Asking => Action::Transmit(self.reading.link().command()),
            State::Done | State::Failed => Action::Done,
        }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), InspectError> {
        let at_order = |kind| InspectError::new(Step::Order, kind);
        let result = match (&self.state, event) {
            (State::Opening, event) => match self.reading.handle(event) {
                Ok(()) if self.reading.is_done() => self.begin().map_err(at_order),
                result => result,
            },
            (_, Event::Response(bytes)) => self.respond(bytes).map_err(at_order),
            (_, Event::CardRemoved) => Err(at_order(InspectErrorKind::CardRemoved)),
        };
        result.map_err(|error| self.break_off(error))
    }
}

impl std::fmt::Debug for ServiceSession<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceSession")
            .field("reading", &self.reading)
            .field("ordered", &self.ordered)
            .finish_non_exhaustive()
    }
}
