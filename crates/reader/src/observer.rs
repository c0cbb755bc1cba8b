use sigillo_apdu::{ApduHead, CommandApdu, ResponseApdu, StatusWord};
use tracing::trace;

use crate::card::Card;
use crate::error::LinkError;

/// What may be known of one command and its response: heads and lengths, never a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Exchange {
    /// The command's head; `None` if the octets are no command.
    pub head: Option<ApduHead>,
    /// The whole command, in octets.
    pub sent: usize,
    /// The response's status word; `None` if there was no response.
    pub status: Option<StatusWord>,
    /// The whole response, status word included, in octets.
    pub received: usize,
}

/// Sees what crosses a card.
pub trait Observer {
    /// A command was answered, or came to nothing.
    fn exchanged(&mut self, exchange: &Exchange);
}

/// Counts commands and octets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Commands sent.
    pub commands: u64,
    /// Octets sent to the card.
    pub sent: u64,
    /// Octets received from it.
    pub received: u64,
}

/// Writes each exchange to the log, at level trace.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log;

/// A card with an observer beside it.
#[derive(Debug)]
pub struct Observed<C, O> {
    /// The card.
    pub card: C,
    /// Who looks on.
    pub observer: O,
}

impl Exchange {
    /// Takes from both sides what may be known.
    #[must_use]
    pub fn new(command: &[u8], response: Option<&[u8]>) -> Self {
        let answer = response.and_then(|response| ResponseApdu::decode(response).ok());
        Self {
            head: CommandApdu::decode(command).ok().map(|command| command.head()),
            sent: command.len(),
            status: answer.map(|answer| answer.status()),
            received: response.map_or(0, <[u8]>::len),
        }
    }
}

impl<C: Card, O: Observer> Card for Observed<C, O> {
    fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
        self.card.reset()
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let response = self.card.transmit(command);
        self.observer.exchanged(&Exchange::new(command, response.as_deref().ok()));
        response
    }
}

impl Observer for Tally {
    fn exchanged(&mut self, exchange: &Exchange) {
        self.commands += 1;
        self.sent += u64::try_from(exchange.sent).unwrap_or(u64::MAX);
        self.received += u64::try_from(exchange.received).unwrap_or(u64::MAX);
    }
}

impl Observer for Log {
    fn exchanged(&mut self, exchange: &Exchange) {
        let Exchange { head, sent, status, received } = exchange;
        match head {
            Some(ApduHead { cla, ins, p1, p2, lc, le }) => {
                trace!(
                    head = format_args!("{cla:02X}{ins:02X}{p1:02X}{p2:02X}"),
                    lc,
                    le,
                    sent,
                    received,
                    status = status.map(tracing::field::display),
                    "exchange"
                );
            }
            None => trace!(sent, received, status = status.map(tracing::field::display), "exchange of no command"),
        }
    }
}

impl<O: Observer + ?Sized> Observer for &mut O {
    fn exchanged(&mut self, exchange: &Exchange) {
        (**self).exchanged(exchange);
    }
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    fn exchanged(&mut self, exchange: &Exchange) {
        self.0.exchanged(exchange);
        self.1.exchanged(exchange);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Echo;

    impl Card for Echo {
        fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
            Ok(Vec::new())
        }

        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
            if command.len() < 4 { Err(LinkError::Mute) } else { Ok([command, &[0x90, 0x00]].concat()) }
        }
    }

    #[test]
    fn a_tally_counts_commands_and_octets() {
        let mut card = Observed { card: Echo, observer: (Tally::default(), Log) };
        card.transmit(&[0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]).unwrap();
        card.transmit(&[0x00]).unwrap_err();
        assert_eq!(card.observer.0, Tally { commands: 2, sent: 8, received: 9 });
    }

    #[test]
    fn an_exchange_prints_no_body() {
        let exchange = Exchange::new(b"\x00\x20\x00\x01\x0831415926", Some(b"27182818\x90\x00"));
        let printed = format!("{exchange:?}");
        assert!(!printed.contains("49") && !printed.contains("3141") && !printed.contains("50"), "{printed}");
        assert_eq!((exchange.sent, exchange.received, exchange.status), (13, 10, Some(StatusWord::Success)));
    }
}
