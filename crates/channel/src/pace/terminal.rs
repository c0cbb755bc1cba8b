//! The terminal's end of PACE: [`select`] → [`Selected`] → [`NonceAsked`] → [`Mapping`] → [`Agreement`] → [`Confirmation`].
//!
//! Each step takes the chip's response to the command of the step before; one that fails is the end, and the next attempt
//! begins with [`select`].

use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_crypto::{Curve, CurvePoint, CurvePrivateKey, Entropy, SecretPoint, ct_eq};
use sigillo_secret::SecretBytes;

use super::chip_mapping::ChipAuthenticationData;
use super::info::{PaceInfo, PaceMapping, PaceProtocol};
use super::integrated::base_point;
use super::objects::{
    CHIP_AUTHENTICATION, CHIP_KEY, CHIP_MAPPING, CHIP_TOKEN, NONCE, Selection, TERMINAL_KEY, TERMINAL_MAPPING,
    TERMINAL_TOKEN, general_authenticate, read, read_all,
};
use super::password::Password;
use super::primitives::{Agreed, agreed, ephemeral};
use crate::error::ChannelError;
use crate::secure_messaging::terminal::Session;

/// The longest nonce that is taken, in octets.
const MAX_NONCE: usize = 32;

/// Protocol and password were sent; nothing is answered yet.
#[derive(Debug)]
pub struct Selected {
    protocol: PaceProtocol,
    curve: Curve,
    password: Password,
}

/// The chip accepted protocol and password; its nonce was asked for.
#[derive(Debug)]
pub struct NonceAsked(Selected);

/// The nonce is known; our mapping data were sent.
#[derive(Debug)]
pub struct Mapping {
    protocol: PaceProtocol,
    curve: Curve,
    nonce: SecretBytes,
    sent: Sent,
}

/// What our mapping data were.
#[derive(Debug)]
enum Sent {
    Key { key: CurvePrivateKey, public: CurvePoint },
    Nonce(Vec<u8>),
}

/// The base point is mapped; an ephemeral key was sent.
#[derive(Debug)]
pub struct Agreement {
    protocol: PaceProtocol,
    key: CurvePrivateKey,
    public: CurvePoint,
    /// The chip's mapping key, where it will prove that it comes from its static one.
    mapping_key: Option<CurvePoint>,
}

/// The session keys are agreed on, by somebody who has proven nothing yet; our token was sent.
#[derive(Debug)]
pub struct Confirmation {
    agreed: Agreed,
    mapping_key: Option<CurvePoint>,
    id_picc: Vec<u8>,
    compressed_key: Vec<u8>,
}

/// The chip knows the password.
#[derive(Debug)]
pub struct Opened {
    /// The session.
    pub session: Session,
    /// The X coordinate of the chip's ephemeral public key: its identifier for Terminal Authentication.
    pub id_picc: Vec<u8>,
    /// The X coordinate of ours: what we sign in Terminal Authentication, where the chip authentication mapping took the place
    /// of Chip Authentication.
    pub compressed_key: Vec<u8>,
    /// Under the chip authentication mapping: what proves the chip's static key, once that is known.
    pub chip_authentication: Option<ChipAuthenticationData>,
}

/// MSE:Set AT for one entry of EF.CardAccess; `name_parameters` where that has several of this protocol.
///
/// # Errors
///
/// `pace.parameters` if the entry's domain parameters are not spoken here.
pub fn select(
    info: &PaceInfo,
    password: Password,
    name_parameters: bool,
) -> Result<(Selected, CommandApdu), ChannelError> {
    let curve = info.curve().ok_or(ChannelError::PaceParameters)?;
    let parameter_id = info.parameter_id.filter(|_| name_parameters);
    let selection = Selection { protocol: info.protocol, password: password.reference(), parameter_id };
    Ok((Selected { protocol: info.protocol, curve, password }, selection.encode()))
}

impl Selected {
    /// Asks for the nonce.
    ///
    /// # Errors
    ///
    /// `channel.refused` for another status than 9000.
    pub fn accepted(self, response: &ResponseApdu) -> Result<(NonceAsked, CommandApdu), ChannelError> {
        succeeded(response)?;
        Ok((NonceAsked(self), general_authenticate(None)))
    }
}

impl NonceAsked {
    /// Decrypts the nonce and sends our mapping data: the public key of a private key that is drawn (generic mapping), or as
    /// many octets as the suite's key has (integrated mapping).
    ///
    /// # Errors
    ///
    /// `channel.refused`, `pace.object`, `channel.length` unless the nonce has whole blocks, 32 octets at most (integrated
    /// mapping: no fewer than the suite's key).
    pub fn nonce(
        self,
        response: &ResponseApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<(Mapping, CommandApdu), ChannelError> {
        self.nonce_again(response, entropy)
    }

    /// As [`Self::nonce`], as often as it takes until the key that is drawn looks as a test of a chip wants it.
    ///
    /// # Errors
    ///
    /// As [`Self::nonce`].
    pub fn nonce_again(
        &self,
        response: &ResponseApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<(Mapping, CommandApdu), ChannelError> {
        let Selected { protocol, curve, ref password } = self.0;
        let cipher = read(succeeded(response)?, NONCE)?;
        let block = protocol.suite().block_length();
        let least = match protocol.mapping() {
            PaceMapping::Generic | PaceMapping::ChipAuthentication => block,
            PaceMapping::Integrated => protocol.suite().key_length(),
        };
        if cipher.len() < least || cipher.len() > MAX_NONCE || !cipher.len().is_multiple_of(block) {
            return Err(ChannelError::Length { field: "encrypted nonce", found: cipher.len() });
        }
        let nonce = password.decrypt_nonce(protocol.suite(), cipher)?;
        let (sent, octets) = match protocol.mapping() {
            PaceMapping::Generic | PaceMapping::ChipAuthentication => {
                let key = CurvePrivateKey::generate(curve, entropy);
                let public = key.public()?;
                let octets = public.octets().to_vec();
                (Sent::Key { key, public }, octets)
            }
            PaceMapping::Integrated => {
                let mut octets = vec![0; protocol.suite().key_length()];
                entropy.fill(&mut octets);
                (Sent::Nonce(octets.clone()), octets)
            }
        };
        let command = general_authenticate(Some((TERMINAL_MAPPING, &octets)));
        Ok((Mapping { protocol, curve, nonce, sent }, command))
    }
}

impl Mapping {
    /// Maps the base point and sends an ephemeral key over it (one private key is drawn).
    ///
    /// # Errors
    ///
    /// `channel.refused`, `pace.object`, `pace.key` for a mapping key that is no point, or ours sent back, and for any at all
    /// under the integrated mapping.
    pub fn mapped(
        self,
        response: &ResponseApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<(Agreement, CommandApdu), ChannelError> {
        self.mapped_again(response, entropy)
    }

    /// As [`Self::mapped`], as often as it takes until the key that is drawn looks as a test of a chip wants it.
    ///
    /// # Errors
    ///
    /// As [`Self::mapped`].
    pub fn mapped_again(
        &self,
        response: &ResponseApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<(Agreement, CommandApdu), ChannelError> {
        let octets = read(succeeded(response)?, CHIP_MAPPING)?;
        let (base, mapping_key): (SecretPoint, _) = match &self.sent {
            Sent::Key { key, public } => {
                let mapping_key = ephemeral(public, octets)?;
                (key.agree(&mapping_key)?.map_generator(&self.nonce)?, Some(mapping_key))
            }
            Sent::Nonce(own) if octets.is_empty() => (base_point(self.protocol, self.curve, &self.nonce, own)?, None),
            Sent::Nonce(_) => return Err(ChannelError::PaceKey),
        };
        let mapping_key = mapping_key.filter(|_| self.protocol.mapping() == PaceMapping::ChipAuthentication);
        let key = CurvePrivateKey::generate(self.curve, entropy);
        let public = key.public_over(&base)?;
        let command = general_authenticate(Some((TERMINAL_KEY, public.octets())));
        Ok((Agreement { protocol: self.protocol, key, public, mapping_key }, command))
    }
}

impl Agreement {
    /// Agrees on the session keys and sends our token.
    ///
    /// # Errors
    ///
    /// `channel.refused`, `pace.object`, `pace.key` for an ephemeral key that is no point, or ours sent back.
    pub fn agreed(self, response: &ResponseApdu) -> Result<(Confirmation, CommandApdu), ChannelError> {
        let other = ephemeral(&self.public, read(succeeded(response)?, CHIP_KEY)?)?;
        let agreed = agreed(self.protocol, &self.key.agree(&other)?, &self.public, &other)?;
        let command = general_authenticate(Some((TERMINAL_TOKEN, &agreed.token)));
        let (id_picc, compressed_key) = (other.x().to_vec(), self.public.x().to_vec());
        Ok((Confirmation { agreed, mapping_key: self.mapping_key, id_picc, compressed_key }, command))
    }
}

impl Confirmation {
    /// Checks the chip's token and opens the session.
    ///
    /// Whether the chip holds its static key is not judged here: a session with a chip that fails there was opened all the
    /// same, and EF.CardSecurity is read in it.
    ///
    /// # Errors
    ///
    /// `channel.refused` for another status than 9000 (a wrong password: 6300), `pace.object`, `pace.card-token`.
    pub fn confirmed(self, response: &ResponseApdu) -> Result<Opened, ChannelError> {
        let Self { agreed, mapping_key, id_picc, compressed_key } = self;
        let data = succeeded(response)?;
        let (token, sealed) = match mapping_key {
            Some(mapping_key) => {
                let [token, sealed] = read_all(data, [CHIP_TOKEN, CHIP_AUTHENTICATION])?;
                (token, Some((mapping_key, sealed)))
            }
            None => (read(data, CHIP_TOKEN)?, None),
        };
        if !ct_eq(token, &agreed.expected) {
            return Err(ChannelError::PaceCardToken);
        }
        let chip_authentication = sealed
            .map(|(mapping_key, sealed)| ChipAuthenticationData::open(mapping_key, &agreed.encryption, sealed))
            .transpose()?;
        Ok(Opened { session: Session::new(agreed.keys), id_picc, compressed_key, chip_authentication })
    }
}

fn succeeded(response: &ResponseApdu) -> Result<&[u8], ChannelError> {
    if response.status().is_success() {
        Ok(response.data())
    } else {
        Err(ChannelError::Refused { status: response.status() })
    }
}
