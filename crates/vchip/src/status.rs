//! The security status: the facts that the terminal has proven so far.

/// How a terminal proves that it holds a key. The octet is the one a security environment carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Mechanism {
    /// GlobalPlatform SCP03; the key reference is the key version.
    Scp03 = 0x01,
    /// Basic Access Control; key reference 01 is the MRZ.
    Bac = 0x02,
}

/// One proven fact: this mechanism, with this key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Authentication {
    pub(crate) mechanism: Mechanism,
    pub(crate) key_reference: u8,
}

/// The facts that hold for one command: a command outside the secure channel has none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct SecurityStatus {
    channel: Option<Authentication>,
}

impl Mechanism {
    pub(crate) fn from_octet(octet: u8) -> Option<Self> {
        [Self::Scp03, Self::Bac].into_iter().find(|mechanism| *mechanism as u8 == octet)
    }
}

impl SecurityStatus {
    /// The status of a command that came through a channel opened by this authentication.
    pub(crate) fn inside(channel: Authentication) -> Self {
        Self { channel: Some(channel) }
    }

    pub(crate) fn proves(&self, fact: Authentication) -> bool {
        self.channel == Some(fact)
    }
}
