use sigillo_channel::bac::MrzSecret;
use sigillo_channel::pace::Password;

use crate::access::AccessPolicy;
use crate::terminal::TerminalCredentials;

/// What a terminal knows of a document, and what it is to do with the chip.
pub struct Request {
    pub(crate) mrz: Option<MrzSecret>,
    pub(crate) can: Option<Password>,
    pub(crate) policy: AccessPolicy,
    pub(crate) terminal: Option<TerminalCredentials>,
    pub(crate) services: Option<Vec<u8>>,
    pub(crate) lock_probe: bool,
    pub(crate) closed_files: bool,
    pub(crate) short_only: bool,
    pub(crate) errand: Errand,
}

/// What the session is for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Errand {
    /// To read everything that may be read.
    #[default]
    Reading,
    /// To the eServices application, on the holder's behalf.
    Holder,
    /// To the eServices application, on the issuing office's behalf: of the chip whose EF.SOD has this digest.
    Office {
        /// SHA-256.
        sod_digest: [u8; 32],
    },
}

impl Request {
    /// Opens the chip with the machine readable zone: the password of PACE, and the access key of BAC.
    #[must_use]
    pub fn with_mrz(mrz: MrzSecret) -> Self {
        Self { mrz: Some(mrz), ..Self::empty() }
    }

    /// Opens the chip with the card access number: by PACE alone.
    #[must_use]
    pub fn with_can(can: Password) -> Self {
        Self { can: Some(can), ..Self::empty() }
    }

    /// Lets PACE use the card access number; BAC goes on using the machine readable zone.
    #[must_use]
    pub fn and_can(self, can: Password) -> Self {
        Self { can: Some(can), ..self }
    }

    /// Which protocols may open the chip.
    #[must_use]
    pub fn policy(self, policy: AccessPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Proves to the chip who asks, and reads what only that one may read.
    #[must_use]
    pub fn and_terminal(self, terminal: TerminalCredentials) -> Self {
        Self { terminal: Some(terminal), ..self }
    }

    /// Asks for the life cycle of the eServices application of this name (AID), once the chip is authenticated.
    #[must_use]
    pub fn asking_for_services(self, name: &[u8]) -> Self {
        Self { services: Some(name.to_vec()), ..self }
    }

    /// Asks for INITIALIZE UPDATE before anything else, and notes what the chip answers: a locked chip refuses it.
    #[must_use]
    pub fn probing_the_lock(self) -> Self {
        Self { lock_probe: true, ..self }
    }

    /// Asks for DG3 and DG4 also without the right to read them, last of all: a right chip refuses.
    #[must_use]
    pub fn probing_closed_files(self) -> Self {
        Self { closed_files: true, ..self }
    }

    /// Sends short APDUs only; EF.ATR/INFO is not asked what else the chip takes.
    #[must_use]
    pub fn short_only(self) -> Self {
        Self { short_only: true, ..self }
    }

    fn empty() -> Self {
        Self {
            mrz: None,
            can: None,
            policy: AccessPolicy::default(),
            terminal: None,
            services: None,
            lock_probe: false,
            closed_files: false,
            short_only: false,
            errand: Errand::default(),
        }
    }
}

/// The machine readable zone, and no wishes.
impl From<MrzSecret> for Request {
    fn from(mrz: MrzSecret) -> Self {
        Self::with_mrz(mrz)
    }
}

/// Says what is known, not how it reads.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("mrz", &self.mrz.is_some())
            .field("can", &self.can.is_some())
            .field("policy", &self.policy)
            .field("terminal", &self.terminal.is_some())
            .finish_non_exhaustive()
    }
}
