//! The chip's end of PACE: [`NonceDue`] → [`Mapping`] → [`Agreement`] → [`Confirmation`].
//!
//! MSE:Set AT is read by [`Selection`](super::Selection); each step takes the data field of one GENERAL AUTHENTICATE. A step that fails is the
//! end ([`ChannelError::chip_status`]), and the next attempt begins with MSE:Set AT.

use sigillo_crypto::{Curve, CurvePoint, CurvePrivateKey, Entropy, SecretPoint, ct_eq};
use sigillo_secret::SecretBytes;
use zeroize::Zeroizing;

use super::info::{PaceInfo, PaceMapping, PaceProtocol};
use super::integrated::base_point;
use super::objects::{
    CHIP_KEY, CHIP_MAPPING, CHIP_TOKEN, NONCE, TERMINAL_KEY, TERMINAL_MAPPING, TERMINAL_TOKEN, answer, read, read_empty,
};
use super::password::Password;
use super::primitives::{Agreed, agreed, ephemeral};
use crate::error::ChannelError;
use crate::secure_messaging::chip::Session;

/// Protocol and password are chosen.
#[derive(Debug)]
pub struct NonceDue {
    protocol: PaceProtocol,
    curve: Curve,
    password: Password,
}

/// The nonce was given out.
#[derive(Debug)]
pub struct Mapping {
    protocol: PaceProtocol,
    curve: Curve,
    nonce: SecretBytes,
}

/// The base point is mapped.
#[derive(Debug)]
pub struct Agreement {
    protocol: PaceProtocol,
    curve: Curve,
    base: SecretPoint,
}

/// The session keys are agreed on, by somebody who has proven nothing yet.
#[derive(Debug)]
pub struct Confirmation(Agreed);

impl NonceDue {
    /// Begins after MSE:Set AT.
    ///
    /// # Errors
    ///
    /// `pace.parameters` if the entry's domain parameters are not spoken here.
    pub fn new(info: &PaceInfo, password: Password) -> Result<Self, ChannelError> {
        let curve = info.curve().ok_or(ChannelError::PaceParameters)?;
        Ok(Self { protocol: info.protocol, curve, password })
    }

    /// Draws the nonce (16 octets; 32 under AES-192 and AES-256) and gives it out encrypted.
    ///
    /// # Errors
    ///
    /// `pace.object` unless the data are an empty 7C.
    pub fn nonce(self, data: &[u8], entropy: &mut dyn Entropy) -> Result<(Mapping, Vec<u8>), ChannelError> {
        read_empty(data)?;
        let mut nonce = Zeroizing::new(vec![0; self.protocol.nonce_length()]);
        entropy.fill(&mut nonce);
        let nonce = SecretBytes::copy_of(&nonce);
        let cipher = self.password.encrypt_nonce(self.protocol.suite(), &nonce)?;
        Ok((Mapping { protocol: self.protocol, curve: self.curve, nonce }, answer(NONCE, &cipher)))
    }
}

impl Mapping {
    /// Maps the base point: with the terminal's mapping key and a key of our own (generic mapping; one private key is drawn),
    /// or with the terminal's nonce (integrated mapping).
    ///
    /// # Errors
    ///
    /// `pace.object`, `pace.key` for a mapping key that is no point, or ours; `channel.length` unless the terminal's nonce has
    /// as many octets as the suite's key.
    pub fn map(self, data: &[u8], entropy: &mut dyn Entropy) -> Result<(Agreement, Vec<u8>), ChannelError> {
        let octets = read(data, TERMINAL_MAPPING)?;
        let (base, octets) = match self.protocol.mapping() {
            PaceMapping::Generic => {
                let key = CurvePrivateKey::generate(self.curve, entropy);
                let public = key.public()?;
                let base = key.agree(&ephemeral(&public, octets)?)?.map_generator(&self.nonce)?;
                (base, answer(CHIP_MAPPING, public.octets()))
            }
            PaceMapping::Integrated if octets.len() == self.protocol.suite().key_length() => {
                (base_point(self.protocol, self.curve, &self.nonce, octets)?, answer(CHIP_MAPPING, &[]))
            }
            PaceMapping::Integrated => {
                return Err(ChannelError::Length { field: "terminal's nonce", found: octets.len() });
            }
        };
        Ok((Agreement { protocol: self.protocol, curve: self.curve, base }, octets))
    }
}

impl Agreement {
    /// Agrees on the session keys (one private key is drawn).
    ///
    /// # Errors
    ///
    /// `pace.object`, `pace.key` for an ephemeral key that is no point, or ours.
    pub fn agree(self, data: &[u8], entropy: &mut dyn Entropy) -> Result<(Confirmation, Vec<u8>), ChannelError> {
        let octets = read(data, TERMINAL_KEY)?;
        let key = CurvePrivateKey::generate(self.curve, entropy);
        let public: CurvePoint = key.public_over(&self.base)?;
        let other = ephemeral(&public, octets)?;
        let agreed = agreed(self.protocol, &key.agree(&other)?, &public, &other)?;
        Ok((Confirmation(agreed), answer(CHIP_KEY, public.octets())))
    }
}

impl Confirmation {
    /// Checks the terminal's token; yields the session and the answer with our token, which is the last plain one.
    ///
    /// # Errors
    ///
    /// `pace.object`, `pace.terminal-token`: another password.
    pub fn confirm(self, data: &[u8]) -> Result<(Session, Vec<u8>), ChannelError> {
        if !ct_eq(read(data, TERMINAL_TOKEN)?, &self.0.expected) {
            return Err(ChannelError::PaceTerminalToken);
        }
        Ok((Session::new(self.0.keys), answer(CHIP_TOKEN, &self.0.token)))
    }
}
