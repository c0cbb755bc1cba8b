/// What an engine wants from the outside world.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Action<'a> {
    /// Send these bytes to the card and report what comes back.
    Transmit(&'a [u8]),
    /// Nothing more: the engine reached its end.
    Done,
}

/// What happened in the outside world.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Event<'a> {
    /// The card answered.
    Response(&'a [u8]),
    /// The card is gone or mute; no answer will come.
    CardRemoved,
}

/// A command may carry a secret: only its length is printed.
impl std::fmt::Debug for Action<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Transmit(command) => write!(f, "Transmit({} octets)", command.len()),
            Self::Done => f.write_str("Done"),
        }
    }
}

/// A response may carry personal data: only its length is printed.
impl std::fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Response(response) => write!(f, "Response({} octets)", response.len()),
            Self::CardRemoved => f.write_str("CardRemoved"),
        }
    }
}

/// A sans-io engine: it asks, an adapter does, it is told what happened.
///
/// The adapter alternates the two calls until [`Action::Done`] or an error. `next_action` may be called again without an
/// event in between and then asks for the same thing. So one engine runs against the virtual chip in a fuzz target, a
/// stored transcript in a test, and a reader in the field.
pub trait Driver {
    /// Why the engine refuses to go on.
    type Error;

    /// What to do next.
    fn next_action(&mut self) -> Action<'_>;

    /// Takes what happened.
    ///
    /// # Errors
    ///
    /// The engine's own; it must not be asked for anything after one.
    fn handle(&mut self, event: Event<'_>) -> Result<(), Self::Error>;
}
