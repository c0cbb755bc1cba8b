use crate::date::CvDate;
use crate::error::CvcError;
use crate::reference::HolderReference;
use crate::template::{Rights, Role, TerminalType};
use crate::verifying_key::VerifyingKey;

/// A key that a chip accepted, with what it may do: a trust point, or the holder of the certificate verified last.
///
/// Spec: `bsi-tr-03110-3#public-key-import`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authority {
    pub(crate) reference: HolderReference,
    pub(crate) key: VerifyingKey,
    pub(crate) terminal_type: TerminalType,
    pub(crate) role: Role,
    pub(crate) rights: Rights,
    pub(crate) effective: CvDate,
    pub(crate) expiration: CvDate,
}

impl Authority {
    /// The reference that selects the key.
    #[must_use]
    pub const fn reference(&self) -> &HolderReference {
        &self.reference
    }

    /// The key, its domain parameters inherited.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The terminal type of its whole chain.
    #[must_use]
    pub const fn terminal_type(&self) -> &TerminalType {
        &self.terminal_type
    }

    /// The role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The effective rights: those that its whole chain has. They are granted to terminals only.
    #[must_use]
    pub const fn rights(&self) -> &Rights {
        &self.rights
    }

    /// The first day.
    #[must_use]
    pub const fn effective(&self) -> CvDate {
        self.effective
    }

    /// The last day.
    #[must_use]
    pub const fn expiration(&self) -> CvDate {
        self.expiration
    }

    /// Verifies a signature over a message: the last step of Terminal Authentication, if the role is that of a terminal.
    ///
    /// # Errors
    ///
    /// `cvc.signature`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CvcError> {
        self.key.verify(message, signature)
    }
}
