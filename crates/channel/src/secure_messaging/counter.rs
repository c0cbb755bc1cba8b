use crate::error::ChannelError;

/// The send sequence counter (SSC).
///
/// | field   | octets                  | order      | range         |
/// |---------|-------------------------|------------|---------------|
/// | counter | 8 (triple DES), 16 (AES) | big-endian | 0 to 2^64 - 1 |
///
/// Under AES the standard lets it go on to 2^128 - 1. It begins at zero there, so no session gets beyond what is kept here.
///
/// Spec: `icao-9303-11#sm-ssc`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SendSequenceCounter(u64);

impl SendSequenceCounter {
    /// The counter before the first command of a session.
    #[must_use]
    pub const fn new(initial: u64) -> Self {
        Self(initial)
    }

    /// The counter's value.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// Moves to the next value, before a command and again before its response.
    ///
    /// # Errors
    ///
    /// `channel.counter` at 2^64 - 1: the session must end; the counter never wraps.
    pub fn advance(self) -> Result<Self, ChannelError> {
        self.0.checked_add(1).map(Self).ok_or(ChannelError::Counter)
    }
}
