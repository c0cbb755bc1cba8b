//! Which channel a command belongs to: its class octet, and the session that is open.

use sigillo_channel::chip_authentication::CaProtocol;
use sigillo_channel::pace::{PaceInfo, PasswordReference};
use sigillo_channel::scp03::chip::{ChipOpening, ChipSession};
use sigillo_channel::terminal_authentication::Binding;
use sigillo_channel::terminal_authentication::chip::TerminalAuthentication;
use sigillo_channel::{bac, pace, secure_messaging};
use sigillo_secret::SecretBytes;

use crate::status::{Authentication, Mechanism, SecurityStatus};

/// What the class octet says about protection and chaining.
///
/// Spec: `iso-7816-4#class`, `globalplatform-card#class`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Class {
    /// `00`, `80`.
    Plain,
    /// `10`: more of this command follows.
    Chained,
    /// `04`, `84`: wrapped by SCP03.
    Scp03,
    /// `0C`: secure messaging with authenticated header.
    SecureMessaging,
    /// `1C`: the same, and more of this command follows.
    ChainedSecureMessaging,
    /// `14`, `90`, `94`: chained where chains are not taken.
    ChainedElsewhere,
    /// Anything else, logical channels among it.
    Unknown,
}

/// The session that is open. At most one is.
#[derive(Debug, Default)]
pub(crate) enum Channel {
    /// None.
    #[default]
    Plain,
    /// SCP03 under some key set.
    Scp03(Open<ChipSession>),
    /// The SCP03 session whose keys the lock destroyed.
    Spent,
    /// Secure messaging after BAC or PACE, or restarted by Chip Authentication.
    SecureMessaging(Open<secure_messaging::chip::Session>),
}

/// An open session and what it stands for.
#[derive(Debug)]
pub(crate) struct Open<S> {
    pub(crate) session: S,
    pub(crate) context: Context,
}

/// What was proven in a session, and lives as long as it.
#[derive(Debug, Default)]
pub(crate) struct Context {
    pub(crate) status: SecurityStatus,
    /// What names the chip in this session, for Terminal Authentication: ID_PICC.
    pub(crate) chip_identity: Option<SecretBytes>,
    /// How far a terminal got, once Chip Authentication is done and the chip has a name.
    pub(crate) terminal: Option<Box<TerminalAuthentication>>,
}

/// The first half of an authentication; it serves the very next command only.
#[derive(Debug)]
pub(crate) enum Handshake {
    /// INITIALIZE UPDATE was answered, with the key set of this version.
    Scp03 { opening: ChipOpening, key_version: u8 },
    /// GET CHALLENGE was answered.
    Bac(bac::chip::Challenge),
    /// MSE:Set AT was accepted, or a step of PACE answered.
    Pace(Pace),
    /// GET CHALLENGE was answered in a session, whose context keeps the challenge.
    TerminalAuthentication,
    /// MSE:Set AT chose a key for Chip Authentication.
    ChipAuthentication(ChipKey),
}

/// PACE between MSE:Set AT and its last step.
#[derive(Debug)]
pub(crate) struct Pace {
    pub(crate) info: PaceInfo,
    pub(crate) password: PasswordReference,
    pub(crate) step: PaceStep,
}

/// The step that GENERAL AUTHENTICATE makes next.
#[derive(Debug)]
pub(crate) enum PaceStep {
    NonceDue(pace::chip::NonceDue),
    Mapping(pace::chip::Mapping),
    Agreement(pace::chip::Agreement),
    Confirmation(pace::chip::Confirmation),
}

/// A key for Chip Authentication, and the protocol it will serve.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChipKey {
    pub(crate) protocol: CaProtocol,
    pub(crate) reference: u8,
}

/// What a command does to the channel once its own response has left.
#[derive(Debug, Default)]
pub(crate) enum ChannelChange {
    /// Nothing.
    #[default]
    Keep,
    /// Ends it.
    End,
    /// The lock: the session stays and serves nothing.
    Spend,
    /// Opens one in its place.
    Open(Channel),
}

impl Channel {
    /// Whether this is a session of BAC, PACE or Chip Authentication.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::SecureMessaging(_))
    }

    /// What was proven in it.
    pub(crate) fn facts(&self) -> SecurityStatus {
        match self {
            Self::Scp03(open) => open.context.status.clone(),
            Self::SecureMessaging(open) => open.context.status.clone(),
            Self::Plain | Self::Spent => SecurityStatus::default(),
        }
    }
}

impl Context {
    /// What a session begins with.
    pub(crate) fn opened_by(fact: Authentication, chip_identity: Option<SecretBytes>) -> Self {
        Self { status: SecurityStatus::inside(fact), chip_identity, terminal: None }
    }

    /// The chip has proven its key to the holder of this ephemeral key, who may prove himself now; whoever did before is forgotten.
    pub(crate) fn await_terminal(&mut self, compressed_key: &[u8]) {
        self.status.forget(Mechanism::InspectionSystem);
        self.status.forget(Mechanism::IssuingOffice);
        let identity = self.chip_identity.as_ref();
        let binding = identity.map(|identity| identity.expose(|identity| Binding::new(identity, compressed_key)));
        self.terminal = binding.map(TerminalAuthentication::new).map(Box::new);
    }
}

impl Class {
    pub(crate) fn of(cla: u8) -> Self {
        match cla {
            0x00 | 0x80 => Self::Plain,
            0x10 => Self::Chained,
            0x04 | 0x84 => Self::Scp03,
            0x0C => Self::SecureMessaging,
            0x1C => Self::ChainedSecureMessaging,
            0x14 | 0x90 | 0x94 => Self::ChainedElsewhere,
            _ => Self::Unknown,
        }
    }
}

/// The most plain octets in a wrapped response whose data field holds at most `field` octets: padding, then the R-MAC.
pub(crate) const fn scp03_capacity(extended: bool) -> usize {
    let field = if extended { 65_536 } else { 256 };
    (field - R_MAC) / BLOCK * BLOCK - 1
}

const R_MAC: usize = 8;
const BLOCK: usize = 16;
