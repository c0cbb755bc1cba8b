//! The chip's end of Terminal Authentication: the state of one session over the rules of [`sigillo_cvc::import`].
//!
//! Nothing is stored here. [`TerminalAuthentication::verify_certificate`] says what must change in the chip, and the next call
//! takes the trust points and the date as they are then.

use sigillo_crypto::Entropy;
use sigillo_cvc::{Authority, ChipState, CvCertificate, Effect, Rights, Role, TerminalType, import};

use super::objects::read_key_reference;
use super::{Binding, CHALLENGE};
use crate::error::ChannelError;

/// How far the terminal got in the session that Chip Authentication opened.
///
/// | command | needs | leaves |
/// |---|---|---|
/// | MSE:Set DST | a trust point or the certificate verified last, by this name | the key for one certificate |
/// | PSO: Verify Certificate | that key | the certificate verified last |
/// | MSE:Set AT | a terminal's certificate verified last, by this name | the key for signatures |
/// | GET CHALLENGE | | a challenge in place of any before it |
/// | EXTERNAL AUTHENTICATE | key and challenge, both newer than any certificate | the challenge used up |
///
/// Once a signature was accepted, no command but GET CHALLENGE is accepted any more.
#[derive(Debug)]
pub struct TerminalAuthentication {
    binding: Binding,
    issuer: Option<Authority>,
    verified: Option<Authority>,
    terminal: Option<Authority>,
    challenge: Option<[u8; CHALLENGE]>,
    done: bool,
}

/// A terminal proved itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authenticated {
    /// Its kind.
    pub terminal_type: TerminalType,
    /// What every certificate of its chain allows.
    pub rights: Rights,
}

impl TerminalAuthentication {
    /// Begins when Chip Authentication is done.
    #[must_use]
    pub const fn new(binding: Binding) -> Self {
        Self { binding, issuer: None, verified: None, terminal: None, challenge: None, done: false }
    }

    /// MSE:Set DST: selects the key for one certificate.
    ///
    /// # Errors
    ///
    /// `ta.order` after a terminal proved itself, `ta.object`, `ta.key-reference` for a name that is neither a trust point's nor
    /// that of the certificate verified last.
    pub fn set_dst(&mut self, state: &ChipState<'_>, data: &[u8]) -> Result<(), ChannelError> {
        self.still_open()?;
        self.issuer = None;
        let reference = read_key_reference(data)?;
        let trusted = state.trust_point(&reference).map(sigillo_cvc::TrustPoint::authority);
        let verified = || self.verified.clone().filter(|verified| *verified.reference() == reference);
        self.issuer = Some(trusted.or_else(verified).ok_or(ChannelError::TaKeyReference)?);
        Ok(())
    }

    /// PSO: Verify Certificate, body and signature in the data field; yields what must change in the chip.
    ///
    /// # Errors
    ///
    /// `ta.order` without a selected key, a code of `cvc` for a certificate that is malformed or that the rules refuse.
    pub fn verify_certificate(&mut self, state: &ChipState<'_>, data: &[u8]) -> Result<Effect, ChannelError> {
        self.still_open()?;
        let issuer = self.issuer.take().ok_or(ChannelError::TaOrder)?;
        let imported = import(state, &issuer, &CvCertificate::decode_content(data)?)?;
        self.verified = Some(imported.authority);
        self.terminal = None;
        self.challenge = None;
        Ok(imported.effect)
    }

    /// MSE:Set AT: selects the terminal's key for signatures.
    ///
    /// # Errors
    ///
    /// `ta.order` after a terminal proved itself, `ta.object`, `ta.key-reference` unless the name is that of a terminal whose
    /// certificate was verified last.
    pub fn set_at(&mut self, data: &[u8]) -> Result<(), ChannelError> {
        self.still_open()?;
        self.terminal = None;
        self.challenge = None;
        let reference = read_key_reference(data)?;
        let terminal = self
            .verified
            .clone()
            .filter(|verified| *verified.reference() == reference && verified.role() == Role::Terminal);
        self.terminal = Some(terminal.ok_or(ChannelError::TaKeyReference)?);
        Ok(())
    }

    /// GET CHALLENGE: draws eight octets, which serve one EXTERNAL AUTHENTICATE.
    pub fn challenge(&mut self, entropy: &mut dyn Entropy) -> [u8; CHALLENGE] {
        let mut challenge = [0; CHALLENGE];
        entropy.fill(&mut challenge);
        self.challenge = Some(challenge);
        challenge
    }

    /// EXTERNAL AUTHENTICATE: judges the signature in the data field.
    ///
    /// # Errors
    ///
    /// `ta.order` without a selected key or a challenge, or after a terminal proved itself; `ta.signature`.
    pub fn external_authenticate(&mut self, signature: &[u8]) -> Result<Authenticated, ChannelError> {
        self.still_open()?;
        let challenge = self.challenge.take().ok_or(ChannelError::TaOrder)?;
        let terminal = self.terminal.as_ref().ok_or(ChannelError::TaOrder)?;
        self.binding
            .expose(challenge, |message| terminal.verify(message, signature))
            .map_err(|_| ChannelError::TaSignature)?;
        self.done = true;
        Ok(Authenticated { terminal_type: terminal.terminal_type().clone(), rights: terminal.rights().clone() })
    }

    /// No session takes a second terminal.
    fn still_open(&self) -> Result<(), ChannelError> {
        if self.done { Err(ChannelError::TaOrder) } else { Ok(()) }
    }
}
