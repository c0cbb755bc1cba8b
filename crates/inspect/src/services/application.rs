//! What the eServices application is sent, and what its answers mean.
//!
//! | command | header | data |
//! |---|---|---|
//! | ACTIVATE FILE, DEACTIVATE FILE | `44 00 00`, `04 00 00` | none: the application is the current file |
//! | TERMINATE CARD USAGE | `FE 00 00` | none |
//! | VERIFY | `20 00 03` | PIN; none: how many tries are left? |
//! | CHANGE REFERENCE DATA | `24 00 03` | PIN, new PIN |
//! | CHANGE REFERENCE DATA | `24 01 03`, `24 01 04` | new PIN, new PUK |
//! | RESET RETRY COUNTER | `2C 00 03` | PUK, new PIN |
//! | RESET RETRY COUNTER | `2C 01 03` | PUK |

use std::collections::VecDeque;

use sigillo_apdu::{CommandApdu, StatusWord, ins};

use crate::services::order::{Order, OrderName};
use crate::services::outcome::{CodeName, OrderResult};

/// An order on its way.
pub(super) struct Running {
    pub(super) name: OrderName,
    /// What was not sent yet.
    pub(super) commands: VecDeque<CommandApdu>,
    /// How many commands the chip confirmed.
    pub(super) confirmed: u8,
}

impl Running {
    pub(super) fn new(order: &Order) -> Self {
        Self { name: order.name(), commands: commands(order).into(), confirmed: 0 }
    }

    /// What an answer other than success means.
    pub(super) const fn missed(&self, status: StatusWord) -> OrderResult {
        let code = match self.name {
            OrderName::VerifyPin | OrderName::ChangePin | OrderName::AskTries => CodeName::Pin,
            OrderName::UnblockPin => CodeName::Puk,
            _ => return OrderResult::Refused(status),
        };
        match (self.name, status) {
            (OrderName::AskTries, StatusWord::TriesLeft(tries)) => OrderResult::Tries(tries),
            (OrderName::AskTries, StatusWord::AuthenticationBlocked) => OrderResult::Tries(0),
            (_, StatusWord::TriesLeft(tries_left)) => OrderResult::Wrong { code, tries_left },
            (_, StatusWord::AuthenticationBlocked) => OrderResult::Blocked(code),
            _ => OrderResult::Refused(status),
        }
    }
}

fn commands(order: &Order) -> Vec<CommandApdu> {
    let header = |ins, p1, p2| CommandApdu::new(0x00, ins, p1, p2);
    match order {
        Order::Activate => vec![header(ins::ACTIVATE_FILE, 0x00, 0x00)],
        Order::Deactivate => vec![header(ins::DEACTIVATE_FILE, 0x00, 0x00)],
        Order::Terminate => vec![header(ins::TERMINATE_CARD_USAGE, 0x00, 0x00)],
        Order::AskTries => vec![header(ins::VERIFY, 0x00, PIN)],
        Order::VerifyPin(pin) => vec![pin.expose(|pin| header(ins::VERIFY, 0x00, PIN).with_data(pin))],
        Order::SetCodes { pin, puk } => vec![
            pin.expose(|pin| header(ins::CHANGE_REFERENCE_DATA, 0x01, PIN).with_data(pin)),
            puk.expose(|puk| header(ins::CHANGE_REFERENCE_DATA, 0x01, PUK).with_data(puk)),
        ],
        Order::ChangePin { old, new } => {
            let both = old.expose(|old| new.expose(|new| [old, new].concat()));
            vec![header(ins::CHANGE_REFERENCE_DATA, 0x00, PIN).with_data(both)]
        }
        Order::UnblockPin { puk, new: None } => {
            vec![puk.expose(|puk| header(ins::RESET_RETRY_COUNTER, 0x01, PIN).with_data(puk))]
        }
        Order::UnblockPin { puk, new: Some(new) } => {
            let both = puk.expose(|puk| new.expose(|new| [puk, new].concat()));
            vec![header(ins::RESET_RETRY_COUNTER, 0x00, PIN).with_data(both)]
        }
    }
}

/// The references of the codes.
const PIN: u8 = 0x03;
const PUK: u8 = 0x04;
