//! Test roots of card-verifiable certificates, the terminals below them, and certificates that a chip must refuse.

use std::rc::Rc;

use jiff::ToSpan;
use jiff::civil::Date;
use sigillo_crypto::{Curve, CurvePrivateKey, Entropy, HashAlgorithm, SeededEntropy, sha256};
use sigillo_cvc::issue::{Terms, issue, self_signed};
use sigillo_cvc::{Chat, CvCertificate, CvDate, CvPrivateKey, HolderReference, Role, TerminalType};

use crate::error::SpecimenError;
use crate::stream::stream;

/// A root, whose certificate is a trust point of the specimen, and everything that may be issued below it.
pub struct Terminals {
    terminal_type: TerminalType,
    day: Date,
    seed: [u8; 32],
    /// Number of the root: 1, and one more for each link.
    generation: u32,
    root: CvCertificate,
    root_key: Rc<CvPrivateKey>,
}

/// One terminal: what it shows, and what it signs with.
pub struct TerminalChain {
    /// From the first below the root down to the terminal's.
    pub certificates: Vec<CvCertificate>,
    /// The terminal's private key.
    pub key: CvPrivateKey,
}

/// What a chain is to be like. Days are counted from that of the specimen, first and last; [`ChainTerms::default`] is what
/// a terminal with every right shows.
#[derive(Clone, Debug)]
pub struct ChainTerms {
    /// [`Role::DvDomestic`] or [`Role::DvForeign`].
    pub verifier: Role,
    /// Rights of the document verifier; the effective rights are those that both have.
    pub verifier_rights: u8,
    /// When the document verifier's certificate is valid.
    pub verifier_days: (i32, i32),
    /// Rights of the terminal.
    pub rights: u8,
    /// When the terminal's certificate is valid.
    pub days: (i32, i32),
    /// The type in the terminal's own certificate, if it is to be another than the root's.
    pub terminal_type: Option<TerminalType>,
}

impl Default for ChainTerms {
    fn default() -> Self {
        Self {
            verifier: Role::DvDomestic,
            verifier_rights: ALL_RIGHTS,
            verifier_days: (0, 90),
            rights: ALL_RIGHTS,
            days: (0, 30),
            terminal_type: None,
        }
    }
}

impl Terminals {
    /// A root with every right, valid from that day.
    pub(crate) fn new(terminal_type: TerminalType, seed: &[u8; 32], day: Date) -> Result<Self, SpecimenError> {
        let mnemonic = mnemonic(&terminal_type);
        let mut entropy = stream(seed, &format!("terminals {mnemonic}"));
        let root_key = key(&mut entropy);
        let template = Chat::new(terminal_type.clone(), Role::Cvca, ALL_RIGHTS);
        let terms = terms(root_reference(mnemonic, 1)?, template, day, (0, ROOT_DAYS))?;
        let root = self_signed(terms, &root_key, &mut entropy)?;
        Ok(Self { terminal_type, day, seed: *seed, generation: 1, root, root_key: Rc::new(root_key) })
    }

    /// The certificate that the specimen keeps as its trust point; of a link, the link certificate.
    #[must_use]
    pub fn root(&self) -> &CvCertificate {
        &self.root
    }

    /// The root's private key: with it any other certificate can be made, good or bad ([`sigillo_cvc::issue`]).
    #[must_use]
    pub fn root_key(&self) -> &Rc<CvPrivateKey> {
        &self.root_key
    }

    /// A terminal with just these rights, below a domestic document verifier with every right.
    ///
    /// # Errors
    ///
    /// A code of `cvc`, which no bits of rights cause.
    pub fn chain(&self, rights: u8) -> Result<TerminalChain, SpecimenError> {
        self.chain_of(&ChainTerms { rights, ..ChainTerms::default() })
    }

    /// A terminal and its document verifier by these terms; the same terms give the same chain.
    ///
    /// # Errors
    ///
    /// `cvc.date` for days outside of this century.
    pub fn chain_of(&self, of: &ChainTerms) -> Result<TerminalChain, SpecimenError> {
        let mnemonic = mnemonic(&self.terminal_type);
        let verifier_named = format!("{:?} {} {:?}", of.verifier, of.verifier_rights, of.verifier_days);
        let mut entropy = self.entropy(&format!("document verifier {verifier_named}"));
        let verifier_key = key(&mut entropy);
        let holder = HolderReference::new("IT", &format!("TESTDV{mnemonic}"), &number(&verifier_named))?;
        let template = Chat::new(self.terminal_type.clone(), of.verifier, of.verifier_rights);
        let terms_of_verifier = terms(holder, template, self.day, of.verifier_days)?;
        let verifier =
            issue(terms_of_verifier, verifier_key.public()?, self.root.holder(), &self.root_key, &mut entropy)?;

        let mut entropy = self.entropy(&format!("terminal {of:?}"));
        let key = key(&mut entropy);
        let holder = HolderReference::new("IT", &format!("TESTTM{mnemonic}"), &number(&format!("{of:?}")))?;
        let terminal_type = of.terminal_type.as_ref().unwrap_or(&self.terminal_type);
        let template = Chat::new(terminal_type.clone(), Role::Terminal, of.rights);
        let terms = terms(holder, template, self.day, of.days)?;
        let terminal = issue(terms, key.public()?, verifier.holder(), &verifier_key, &mut entropy)?;
        Ok(TerminalChain { certificates: vec![verifier, terminal], key })
    }

    /// The next root, whose certificate is signed by this one's key: a link, which a chip takes for a new trust point.
    ///
    /// # Errors
    ///
    /// `cvc.date` for days outside of this century.
    pub fn link(&self, days: (i32, i32)) -> Result<Self, SpecimenError> {
        let generation = self.generation + 1;
        let mut entropy = self.entropy(&format!("link {days:?}"));
        let root_key = key(&mut entropy);
        let template = Chat::new(self.terminal_type.clone(), Role::Cvca, ALL_RIGHTS);
        let terms = terms(root_reference(mnemonic(&self.terminal_type), generation)?, template, self.day, days)?;
        let root = issue(terms, root_key.public()?, self.root.holder(), &self.root_key, &mut entropy)?;
        let mut seed = [0; 32];
        entropy.fill(&mut seed);
        let root_key = Rc::new(root_key);
        Ok(Self { terminal_type: self.terminal_type.clone(), day: self.day, seed, generation, root, root_key })
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
/// Three years.
const ROOT_DAYS: i32 = 3 * 365;

fn mnemonic(terminal_type: &TerminalType) -> &'static str {
    match terminal_type {
        TerminalType::Office => "OFF",
        _ => "INS",
    }
}

fn root_reference(mnemonic: &str, generation: u32) -> Result<HolderReference, SpecimenError> {
    Ok(HolderReference::new("IT", &format!("TESTCV{mnemonic}"), &format!("{generation:05}"))?)
}

/// Five digits for what has these terms: other terms, another number.
fn number(terms: &str) -> String {
    let number = sha256(terms.as_bytes()).iter().fold(0, |number, octet| (256 * number + u32::from(*octet)) % 100_000);
    format!("{number:05}")
}

fn key(entropy: &mut dyn Entropy) -> CvPrivateKey {
    CvPrivateKey::Ec { hash: HashAlgorithm::Sha256, key: CurvePrivateKey::generate(Curve::P256, entropy) }
}

fn terms(holder: HolderReference, template: Chat, day: Date, days: (i32, i32)) -> Result<Terms, SpecimenError> {
    let at = |days: i32| cv_date(day.saturating_add(days.days()));
    Ok(Terms { holder, template, effective: at(days.0)?, expiration: at(days.1)? })
}

/// A day as card-verifiable certificates write it.
fn cv_date(day: Date) -> Result<CvDate, SpecimenError> {
    let number = |value: i8| u8::try_from(value).unwrap_or_default();
    Ok(CvDate::new(u16::try_from(day.year()).unwrap_or_default(), number(day.month()), number(day.day()))?)
}
