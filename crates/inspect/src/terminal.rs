use std::fmt::{Debug, Formatter};

use sigillo_crypto::Entropy;
use sigillo_cvc::{CvCertificate, CvPrivateKey, CvPublicKey, HolderReference, Rights, Role, TerminalType};

use crate::terminal_key::TerminalKey;

/// What a terminal authenticates itself with: its certificate, those above it, and its private key or whoever holds that.
pub struct TerminalCredentials {
    /// The terminal's own.
    own: CvCertificate,
    /// The others, in no order.
    issuers: Vec<CvCertificate>,
    key: Key,
}

/// A terminal's private key that stays where it is: in a key store or a token.
pub trait TerminalSigner: Debug + Send {
    /// The public key that goes with it.
    fn public_key(&self) -> &CvPublicKey;

    /// Signs a message in the form of card-verifiable certificates: ECDSA as two numbers of the curve's length.
    ///
    /// # Errors
    ///
    /// The stable code of whoever holds the key.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, &'static str>;
}

/// Where the private key is.
enum Key {
    InHand(CvPrivateKey),
    Elsewhere(Box<dyn TerminalSigner>),
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
    pub fn new(certificates: Vec<CvCertificate>, key: impl Into<TerminalKey>) -> Result<Self, CredentialsRefused> {
        let key = key.into();
        let (own, issuers) = told_apart(certificates, |public| key.belongs_to(public))?;
        let key = key.signing(own.public_key()).ok_or(CredentialsRefused::OtherKey)?;
        Ok(Self { own, issuers, key: Key::InHand(key) })
    }

    /// As [`Self::new`], with a key that signs elsewhere.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn signing_elsewhere(
        certificates: Vec<CvCertificate>,
        signer: Box<dyn TerminalSigner>,
    ) -> Result<Self, CredentialsRefused> {
        let (own, issuers) = told_apart(certificates, |public| is_same(signer.public_key(), public))?;
        Ok(Self { own, issuers, key: Key::Elsewhere(signer) })
    }

    /// Whether it is an inspection system: only those find their trust points in EF.CVCA.
    #[must_use]
    pub fn is_inspection_system(&self) -> bool {
        self.own.template().terminal_type() == &TerminalType::InspectionSystem
    }

    /// The whole chain below the highest authority that was given, and the key, for who runs Terminal Authentication himself;
    /// `None` also for a key that signs elsewhere.
    #[must_use]
    pub fn into_chain(self) -> Option<(Vec<CvCertificate>, CvPrivateKey)> {
        let chain = self.chain(None)?;
        match self.key {
            Key::InHand(key) => Some((chain, key)),
            Key::Elsewhere(_) => None,
        }
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

    /// Signs what Terminal Authentication asks for; only RSA-PSS with a key in hand draws, its salt.
    pub(crate) fn sign(&self, message: &[u8], entropy: &mut dyn Entropy) -> Result<Vec<u8>, &'static str> {
        match &self.key {
            Key::InHand(key) => key.sign(message, entropy).map_err(|error| error.code()),
            Key::Elsewhere(signer) => signer.sign(message),
        }
    }
}

/// Whether both are the same point or modulus; terminals' certificates have no domain parameters, and take the hash from others.
fn is_same(own: &CvPublicKey, public: &CvPublicKey) -> bool {
    match (own, public) {
        (CvPublicKey::Ec { point: own, .. }, CvPublicKey::Ec { point, .. }) => own == point,
        (CvPublicKey::Ec { point: own, .. }, CvPublicKey::EcInherited { octets, .. }) => own.octets() == octets,
        (CvPublicKey::Rsa { key: own, .. }, CvPublicKey::Rsa { key, .. }) => {
            own.modulus() == key.modulus() && own.exponent() == key.exponent()
        }
        _ => false,
    }
}

/// The certificate of the key, which must be a terminal's, and the others.
fn told_apart(
    mut certificates: Vec<CvCertificate>,
    belongs: impl Fn(&CvPublicKey) -> bool,
) -> Result<(CvCertificate, Vec<CvCertificate>), CredentialsRefused> {
    let at = certificates.iter().position(|certificate| belongs(certificate.public_key()));
    let own = certificates.swap_remove(at.ok_or(CredentialsRefused::OtherKey)?);
    if own.template().role() != Role::Terminal {
        return Err(CredentialsRefused::NotATerminal);
    }
    Ok((own, certificates))
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

/// The key is printed nowhere.
impl Debug for TerminalCredentials {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "TerminalCredentials({}, redacted)", self.own.holder())
    }
}

impl std::fmt::Display for CredentialsRefused {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::OtherKey => "the terminal's key belongs to none of the certificates",
            Self::NotATerminal => "the certificate of the terminal's key is not a terminal's",
        })
    }
}

impl std::error::Error for CredentialsRefused {}
