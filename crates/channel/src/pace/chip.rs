//! The chip's end of PACE: [`NonceDue`] → [`Mapping`] → [`Agreement`] → [`Confirmation`].
//!
//! MSE:Set AT is read by [`Selection`](super::Selection); each step takes the data field of one GENERAL AUTHENTICATE. A step that fails is the
//! end ([`ChannelError::chip_status`]), and the next attempt begins with MSE:Set AT.

use sigillo_crypto::{Curve, CurvePoint, CurvePrivateKey, Entropy, SecretPoint, ct_eq};
use sigillo_secret::SecretBytes;
use zeroize::Zeroizing;

use super::chip_mapping::seal;
use super::info::{PaceInfo, PaceMapping, PaceProtocol};
use super::integrated::base_point;
use super::objects::{
    CHIP_AUTHENTICATION, CHIP_KEY, CHIP_MAPPING, CHIP_TOKEN, NONCE, TERMINAL_KEY, TERMINAL_MAPPING, TERMINAL_TOKEN,
    answer, answer_both, read, read_empty,
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
    /// Under the chip authentication mapping: the mapping key divided by the static one.
    quotient: Option<CurvePrivateKey>,
}

/// The session keys are agreed on, by somebody who has proven nothing yet.
#[derive(Debug)]
pub struct Confirmation {
    agreed: Agreed,
    sealed: Option<Vec<u8>>,
    id_picc: Vec<u8>,
    compressed_key: Vec<u8>,
}

/// The terminal knows the password.
#[derive(Debug)]
pub struct Opened {
    /// The session, which begins behind the answer.
    pub session: Session,
    /// The data of the answer, which is the last plain one.
    pub answer: Vec<u8>,
    /// The X coordinate of our ephemeral public key: the chip's identifier for Terminal Authentication.
    pub id_picc: Vec<u8>,
    /// The X coordinate of the terminal's: what it signs in Terminal Authentication, where the chip authentication mapping
    /// took the place of Chip Authentication.
    pub compressed_key: Vec<u8>,
}

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
    /// Maps the base point: with the terminal's mapping key and a key of our own (one private key is drawn), or with the
    /// terminal's nonce (integrated mapping). Only the chip authentication mapping looks at the chip's static key.
    ///
    /// # Errors
    ///
    /// `pace.object`, `pace.key` for a mapping key that is no point, or ours; `pace.chip-key` under the chip authentication
    /// mapping without a static key of this curve; `channel.length` unless the terminal's nonce has as many octets as the
    /// suite's key.
    pub fn map(
        self,
        data: &[u8],
        chip_key: Option<&CurvePrivateKey>,
        entropy: &mut dyn Entropy,
    ) -> Result<(Agreement, Vec<u8>), ChannelError> {
        let Self { protocol, curve, nonce } = self;
        let octets = read(data, TERMINAL_MAPPING)?;
        if protocol.mapping() == PaceMapping::Integrated {
            if octets.len() != protocol.suite().key_length() {
                return Err(ChannelError::Length { field: "terminal's nonce", found: octets.len() });
            }
            let base = base_point(protocol, curve, &nonce, octets)?;
            return Ok((Agreement { protocol, curve, base, quotient: None }, answer(CHIP_MAPPING, &[])));
        }
        let key = CurvePrivateKey::generate(curve, entropy);
        let public = key.public()?;
        let base = key.agree(&ephemeral(&public, octets)?)?.map_generator(&nonce)?;
        let quotient = match (protocol.mapping(), chip_key) {
            (PaceMapping::ChipAuthentication, Some(chip_key)) => {
                Some(key.quotient(chip_key).map_err(|_| ChannelError::PaceChipKey)?)
            }
            (PaceMapping::ChipAuthentication, None) => return Err(ChannelError::PaceChipKey),
            _ => None,
        };
        Ok((Agreement { protocol, curve, base, quotient }, answer(CHIP_MAPPING, public.octets())))
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
        let sealed = self.quotient.map(|quotient| seal(&agreed.encryption, &quotient)).transpose()?;
        let answer = answer(CHIP_KEY, public.octets());
        let (id_picc, compressed_key) = (public.x().to_vec(), other.x().to_vec());
        Ok((Confirmation { agreed, sealed, id_picc, compressed_key }, answer))
    }
}

impl Confirmation {
    /// Checks the terminal's token and opens the session; only then the answer gives our token away, and under the chip
    /// authentication mapping what proves the static key.
    ///
    /// # Errors
    ///
    /// `pace.object`, `pace.terminal-token`: another password.
    pub fn confirm(self, data: &[u8]) -> Result<Opened, ChannelError> {
        let Self { agreed, sealed, id_picc, compressed_key } = self;
        if !ct_eq(read(data, TERMINAL_TOKEN)?, &agreed.expected) {
            return Err(ChannelError::PaceTerminalToken);
        }
        let answer = match sealed {
            Some(sealed) => answer_both([(CHIP_TOKEN, &agreed.token), (CHIP_AUTHENTICATION, &sealed)]),
            None => answer(CHIP_TOKEN, &agreed.token),
        };
        Ok(Opened { session: Session::new(agreed.keys), answer, id_picc, compressed_key })
    }
}
