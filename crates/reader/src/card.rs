use std::error::Error;
use std::fmt;

use sigillo_apdu::{Action, Driver, Event};

use crate::error::LinkError;

/// One card that can be spoken to.
pub trait Card {
    /// Cuts the power and gives it again; the answer to reset. Everything volatile on the card is gone.
    ///
    /// # Errors
    ///
    /// [`LinkError`].
    fn reset(&mut self) -> Result<Vec<u8>, LinkError>;

    /// Sends one command and takes its response, status word included.
    ///
    /// # Errors
    ///
    /// [`LinkError`]; after one it is unknown whether the card carried the command out.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError>;
}

/// Why [`drive`] ended before its engine was done.
#[derive(Debug)]
pub enum DriveError<E> {
    /// The engine refused to go on.
    Driver(E),
    /// The card or the reader failed, and the engine had nothing to say about it.
    Link(LinkError),
}

/// Lets an engine and a card speak to each other until the engine is done: the one loop that touches a card.
///
/// When the card is gone or mute, the engine is told, so that it can say what that means at this point. A failing reader says
/// nothing about the card, and the engine does not hear of it.
///
/// # Errors
///
/// [`DriveError`].
pub fn drive<D: Driver>(card: &mut dyn Card, driver: &mut D) -> Result<(), DriveError<D::Error>> {
    loop {
        let response = match driver.next_action() {
            Action::Done => return Ok(()),
            Action::Transmit(command) => card.transmit(command),
        };
        match response {
            Ok(response) => driver.handle(Event::Response(&response)).map_err(DriveError::Driver)?,
            Err(error) => {
                if error.is_card_gone() {
                    driver.handle(Event::CardRemoved).map_err(DriveError::Driver)?;
                }
                return Err(DriveError::Link(error));
            }
        }
    }
}

impl<C: Card + ?Sized> Card for Box<C> {
    fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
        (**self).reset()
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        (**self).transmit(command)
    }
}

impl<E: fmt::Display> fmt::Display for DriveError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Driver(error) => error.fmt(f),
            Self::Link(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for DriveError<E> {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends `left` commands and notes what it was told.
    struct Countdown {
        left: u8,
        told: Vec<String>,
    }

    struct Script(Vec<Result<Vec<u8>, LinkError>>);

    impl Driver for Countdown {
        type Error = &'static str;

        fn next_action(&mut self) -> Action<'_> {
            if self.left == 0 { Action::Done } else { Action::Transmit(&[0, 0xA4, 0, 0x0C]) }
        }

        fn handle(&mut self, event: Event<'_>) -> Result<(), Self::Error> {
            self.left -= 1;
            self.told.push(format!("{event:?}"));
            match event {
                Event::Response([0x90, 0x00]) => Ok(()),
                Event::Response(_) => Err("refused"),
                Event::CardRemoved => Ok(()),
            }
        }
    }

    impl Card for Script {
        fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
            Ok(Vec::new())
        }

        fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, LinkError> {
            self.0.remove(0)
        }
    }

    fn run(answers: Vec<Result<Vec<u8>, LinkError>>) -> (Result<(), DriveError<&'static str>>, usize) {
        let mut driver = Countdown { left: 2, told: Vec::new() };
        let result = drive(&mut Script(answers), &mut driver);
        (result, driver.told.len())
    }

    #[test]
    fn the_loop_ends_when_the_engine_is_done_or_refuses() {
        assert!(matches!(run(vec![Ok(vec![0x90, 0]), Ok(vec![0x90, 0])]), (Ok(()), 2)));
        assert!(matches!(run(vec![Ok(vec![0x6A, 0x82])]), (Err(DriveError::Driver("refused")), 1)));
    }

    #[test]
    fn the_engine_hears_of_a_card_that_is_gone_and_not_of_a_reader_that_fails() {
        assert!(matches!(run(vec![Err(LinkError::Mute)]), (Err(DriveError::Link(LinkError::Mute)), 1)));
        assert!(matches!(run(vec![Err(LinkError::Removed)]), (Err(DriveError::Link(LinkError::Removed)), 1)));
        assert!(matches!(run(vec![Err(LinkError::NoService)]), (Err(DriveError::Link(LinkError::NoService)), 0)));
    }
}
