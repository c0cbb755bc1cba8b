use sigillo_cvc::{CvCertificate, CvPrivateKey, HolderReference, Rights, Role, TerminalType};

use crate::terminal_key::TerminalKey;

/// What a terminal authenticates itself with: its certificate, those above it, and its private key.
#[derive(Debug)]
pub struct TerminalCredentials {
    /// The terminal's own.
    own: CvCertificate,
    /// The others, in no order.
    issuers: Vec<CvCertificate>,
    key: CvPrivateKey,
}

/// What a terminal's certificates allow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TerminalRights {
    /// Whether it is an inspection system: the same bits are other rights for an office.
    pub inspection_system: bool,
    /// The bits that all certificates of the chain have.
    pub bits: u8,
}

/// Why certificates and key do not make a terminal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CredentialsRefused {
    /// No certificate has the public key that belongs to the private one.
    OtherKey,
    /// The certificate of the key is not a terminal's.
    NotATerminal,
}

impl CredentialsRefused {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OtherKey => "inspect.terminal-key",
            Self::NotATerminal => "inspect.terminal-role",
        }
    }
}

impl TerminalCredentials {
    /// Puts together what was given, the certificates in any order.
    ///
    /// # Errors
    ///
    /// `inspect.terminal-key` if the key belongs to none of the certificates, `inspect.terminal-role` if it belongs to a
    /// certification authority's.
    pub fn new(mut certificates: Vec<CvCertificate>, key: impl Into<TerminalKey>) -> Result<Self, CredentialsRefused> {
        let key = key.into();
        let at = certificates.iter().position(|certificate| key.belongs_to(certificate.public_key()));
        let own = certificates.swap_remove(at.ok_or(CredentialsRefused::OtherKey)?);
        if own.template().role() != Role::Terminal {
            return Err(CredentialsRefused::NotATerminal);
        }
        let key = key.signing(own.public_key()).ok_or(CredentialsRefused::OtherKey)?;
        Ok(Self { own, issuers: certificates, key })
    }

    /// Whether it is an inspection system: only those find their trust points in EF.CVCA.
    #[must_use]
    pub fn is_inspection_system(&self) -> bool {
        self.own.template().terminal_type() == &TerminalType::InspectionSystem
    }

    /// The whole chain below the highest authority that was given, and the key, for who runs Terminal Authentication himself.
    #[must_use]
    pub fn into_chain(self) -> Option<(Vec<CvCertificate>, CvPrivateKey)> {
        self.chain(None).map(|chain| (chain, self.key))
    }

    /// The certificates to send, from the first that one of these keys signed down to the terminal's own; `None` if no way
    /// leads there. Without a list the chain begins below the highest authority that was given.
    #[must_use]
    pub fn chain(&self, trusted: Option<&[HolderReference]>) -> Option<Vec<CvCertificate>> {
        let mut chain = vec![self.own.clone()];
        // Each round puts another certificate in front, and there are only so many.
        for _ in 0..=self.issuers.len() {
            let authority = chain.first()?.authority();
            if trusted.is_some_and(|trusted| trusted.contains(authority)) {
                return Some(chain);
            }
            let is_next = |issuer: &&CvCertificate| issuer.holder() == authority && issuer.authority() != authority;
            match self.issuers.iter().find(is_next) {
                Some(issuer) => chain.insert(0, issuer.clone()),
                None => return trusted.is_none().then_some(chain),
            }
        }
        None
    }

    pub(crate) const fn key(&self) -> &CvPrivateKey {
        &self.key
    }
}

impl TerminalRights {
    /// What a chain leaves to its last certificate: what all of them have. The trust point may take away more.
    pub(crate) fn of(chain: &[CvCertificate]) -> Self {
        let inspection =
            chain.iter().all(|certificate| certificate.template().terminal_type() == &TerminalType::InspectionSystem);
        let bits = chain.iter().fold(u8::MAX, |bits, certificate| bits & certificate.template().rights().bits());
        Self { inspection_system: inspection, bits }
    }

    /// Whether the data group of this number may be read.
    #[must_use]
    pub const fn may_read(self, group: u8) -> bool {
        match group {
            3 => self.inspection_system && self.bits & Rights::READ_DG3 != 0,
            4 => self.inspection_system && self.bits & Rights::READ_DG4 != 0,
            _ => true,
        }
    }
}

impl std::fmt::Display for CredentialsRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::OtherKey => "the terminal's key belongs to none of the certificates",
            Self::NotATerminal => "the certificate of the terminal's key is not a terminal's",
        })
    }
}

impl std::error::Error for CredentialsRefused {}
