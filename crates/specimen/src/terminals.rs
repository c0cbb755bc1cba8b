//! Test roots of card-verifiable certificates, and the terminals below them.

use jiff::ToSpan;
use jiff::civil::Date;
use sigillo_crypto::{Curve, CurvePrivateKey, Entropy, HashAlgorithm, SeededEntropy};
use sigillo_cvc::issue::{Terms, issue, self_signed};
use sigillo_cvc::{Chat, CvCertificate, CvDate, CvPrivateKey, HolderReference, Role, TerminalType};

use crate::error::SpecimenError;
use crate::stream::stream;

/// A root, whose certificate is a trust point of the specimen, and everything that may be issued below it.
pub struct Terminals {
    terminal_type: TerminalType,
    day: Date,
    seed: [u8; 32],
    root: CvCertificate,
    root_key: CvPrivateKey,
    verifier: CvCertificate,
    verifier_key: CvPrivateKey,
}

/// One terminal: what it shows, and what it signs with.
pub struct TerminalChain {
    /// From the first below the root down to the terminal's.
    pub certificates: Vec<CvCertificate>,
    /// The terminal's private key.
    pub key: CvPrivateKey,
}

impl Terminals {
    /// A root and one domestic document verifier, both with every right, valid from that day.
    pub(crate) fn new(terminal_type: TerminalType, seed: &[u8; 32], day: Date) -> Result<Self, SpecimenError> {
        let mnemonic = mnemonic(&terminal_type);
        let mut entropy = stream(seed, &format!("terminals {mnemonic}"));
        let (root_key, verifier_key) = (key(&mut entropy), key(&mut entropy));
        let holder = HolderReference::new("IT", &format!("TESTCV{mnemonic}"), "00001")?;
        let terms = terms(holder, &terminal_type, Role::Cvca, ALL_RIGHTS, day, 3 * 365)?;
        let root = self_signed(terms, &root_key, &mut entropy)?;
        let mut terminals = Self {
            verifier: root.clone(),
            terminal_type,
            day,
            seed: *seed,
            root,
            root_key,
            verifier_key: key(&mut entropy),
        };
        terminals.verifier = terminals.below_the_root(Role::DvDomestic, ALL_RIGHTS, &verifier_key)?;
        terminals.verifier_key = verifier_key;
        Ok(terminals)
    }

    /// The certificate that the specimen keeps as its trust point.
    #[must_use]
    pub fn root(&self) -> &CvCertificate {
        &self.root
    }

    /// The root's private key: with it any other certificate can be made, good or bad ([`sigillo_cvc::issue`]).
    #[must_use]
    pub fn root_key(&self) -> &CvPrivateKey {
        &self.root_key
    }

    /// A terminal with just these rights, below the document verifier.
    ///
    /// # Errors
    ///
    /// A code of `cvc`, which no bits of rights cause.
    pub fn chain(&self, rights: u8) -> Result<TerminalChain, SpecimenError> {
        let mut entropy = self.entropy(&format!("terminal {rights}"));
        let key = key(&mut entropy);
        let holder =
            HolderReference::new("IT", &format!("TESTIS{}", mnemonic(&self.terminal_type)), &format!("{rights:05}"))?;
        let terms = terms(holder, &self.terminal_type, Role::Terminal, rights, self.day, 30)?;
        let certificate = issue(terms, key.public()?, self.verifier.holder(), &self.verifier_key, &mut entropy)?;
        Ok(TerminalChain { certificates: vec![self.verifier.clone(), certificate], key })
    }

    fn below_the_root(&self, role: Role, rights: u8, key: &CvPrivateKey) -> Result<CvCertificate, SpecimenError> {
        let holder = HolderReference::new("IT", &format!("TESTDV{}", mnemonic(&self.terminal_type)), "00001")?;
        let terms = terms(holder, &self.terminal_type, role, rights, self.day, 90)?;
        let mut entropy = self.entropy("document verifier");
        Ok(issue(terms, key.public()?, self.root.holder(), &self.root_key, &mut entropy)?)
    }

    fn entropy(&self, purpose: &str) -> SeededEntropy {
        stream(&self.seed, &format!("{purpose} {}", mnemonic(&self.terminal_type)))
    }
}

impl TerminalChain {
    /// The terminal's signature.
    ///
    /// # Errors
    ///
    /// `cvc.signer`, which no key of ours causes.
    pub fn sign(&self, message: &[u8], entropy: &mut dyn Entropy) -> Result<Vec<u8>, SpecimenError> {
        Ok(self.key.sign(message, entropy)?)
    }
}

/// The keys are printed nowhere.
impl std::fmt::Debug for Terminals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Terminals({:?}, TEST keys, redacted)", self.terminal_type)
    }
}

/// The key is printed nowhere.
impl std::fmt::Debug for TerminalChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TerminalChain({} certificates, TEST key, redacted)", self.certificates.len())
    }
}

/// Every bit that a template of these types can carry.
const ALL_RIGHTS: u8 = 0x3F;

fn mnemonic(terminal_type: &TerminalType) -> &'static str {
    match terminal_type {
        TerminalType::Office => "OFF",
        _ => "INS",
    }
}

fn key(entropy: &mut dyn Entropy) -> CvPrivateKey {
    CvPrivateKey::Ec { hash: HashAlgorithm::Sha256, key: CurvePrivateKey::generate(Curve::P256, entropy) }
}

fn terms(
    holder: HolderReference,
    terminal_type: &TerminalType,
    role: Role,
    rights: u8,
    day: Date,
    days: i64,
) -> Result<Terms, SpecimenError> {
    Ok(Terms {
        holder,
        template: Chat::new(terminal_type.clone(), role, rights),
        effective: cv_date(day)?,
        expiration: cv_date(day.saturating_add(days.days()))?,
    })
}

/// A day as card-verifiable certificates write it.
pub(crate) fn cv_date(day: Date) -> Result<CvDate, SpecimenError> {
    let number = |value: i8| u8::try_from(value).unwrap_or_default();
    Ok(CvDate::new(u16::try_from(day.year()).unwrap_or_default(), number(day.month()), number(day.day()))?)
}
