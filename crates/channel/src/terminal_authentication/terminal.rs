//! The terminal's end of Terminal Authentication: [`begin`] → [`Exchange`] → [`Challenged`] → [`Pending`].
//!
//! The commands are plain, and belong into the session that Chip Authentication opened; the responses are those that it unwrapped.

use sigillo_apdu::{CommandApdu, ResponseApdu, ins};
use sigillo_crypto::Entropy;
use sigillo_cvc::{CvCertificate, CvPrivateKey, HolderReference, Role};

use super::objects::key_reference;
use super::{Binding, CHALLENGE};
use crate::error::ChannelError;

/// P1 and P2: set the digital signature template for verification.
const SET_VERIFICATION: (u8, u8) = (0x81, 0xB6);
/// P1 and P2: set the authentication template for external authentication.
const SET_EXTERNAL: (u8, u8) = (0x81, 0xA4);
/// P1 and P2: verify a self-descriptive certificate.
const VERIFY_CERTIFICATE: (u8, u8) = (0x00, 0xBE);

/// A command was made whose response is due.
#[derive(Debug)]
pub struct Exchange {
    /// What was not sent yet, the next one last.
    chain: Vec<CvCertificate>,
    holder: HolderReference,
    binding: Binding,
    sent: Sent,
}

/// The command whose response is due.
#[derive(Clone, Copy, Debug)]
enum Sent {
    SetDst,
    VerifyCertificate,
    SetAt,
    GetChallenge,
}

/// What follows a response.
#[derive(Debug)]
pub enum Progress {
    /// Another command.
    Next(Exchange, CommandApdu),
    /// The chip accepted the chain and gave its challenge: the terminal's key must sign.
    Sign(Challenged),
}

/// The challenge is known.
#[derive(Debug)]
pub struct Challenged {
    binding: Binding,
    challenge: [u8; CHALLENGE],
}

/// The signature was sent.
#[derive(Debug)]
pub struct Pending(());

/// MSE:Set DST: the key of this holder verifies the next certificate.
#[must_use]
pub fn set_dst(issuer: &HolderReference) -> CommandApdu {
    manage(SET_VERIFICATION, issuer)
}

/// PSO: Verify Certificate.
#[must_use]
pub fn verify_certificate(certificate: &CvCertificate) -> CommandApdu {
    let (p1, p2) = VERIFY_CERTIFICATE;
    CommandApdu::new(0x00, ins::PERFORM_SECURITY_OPERATION, p1, p2).with_data(certificate.content())
}

/// MSE:Set AT: the key of this holder verifies the terminal's signature.
#[must_use]
pub fn set_at(holder: &HolderReference) -> CommandApdu {
    manage(SET_EXTERNAL, holder)
}

/// GET CHALLENGE.
#[must_use]
pub fn get_challenge() -> CommandApdu {
    CommandApdu::new(0x00, ins::GET_CHALLENGE, 0x00, 0x00).with_le(8)
}

/// EXTERNAL AUTHENTICATE with a signature.
#[must_use]
pub fn external_authenticate(signature: &[u8]) -> CommandApdu {
    CommandApdu::new(0x00, ins::EXTERNAL_AUTHENTICATE, 0x00, 0x00).with_data(signature)
}

/// Begins with a chain: the first certificate is signed by a trust point of the chip's, each further one by the holder before it,
/// and the last is the terminal's own.
///
/// Spec: `icao-9303-11#ta`.
///
/// # Errors
///
/// `ta.chain` for another chain.
pub fn begin(chain: Vec<CvCertificate>, binding: Binding) -> Result<(Exchange, CommandApdu), ChannelError> {
    let linked = chain.iter().zip(chain.iter().skip(1)).all(|(issuer, holder)| holder.authority() == issuer.holder());
    let (Some(first), Some(last), true) = (chain.first(), chain.last(), linked) else {
        return Err(ChannelError::TaChain);
    };
    if last.template().role() != Role::Terminal {
        return Err(ChannelError::TaChain);
    }
    let command = set_dst(first.authority());
    let holder = last.holder().clone();
    let exchange = Exchange { holder, binding, sent: Sent::SetDst, chain: chain.into_iter().rev().collect() };
    Ok((exchange, command))
}

impl Exchange {
    /// Takes the response to the command that was made last.
    ///
    /// # Errors
    ///
    /// `channel.refused` for another status than 9000, `ta.object` for data where none belong, `channel.length` unless the
    /// challenge has eight octets.
    pub fn answered(mut self, response: &ResponseApdu) -> Result<Progress, ChannelError> {
        let data = succeeded(response)?;
        if let Sent::GetChallenge = self.sent {
            let refused = ChannelError::Length { field: "r_PICC", found: data.len() };
            let challenge = data.try_into().map_err(|_| refused)?;
            return Ok(Progress::Sign(Challenged { binding: self.binding, challenge }));
        }
        if !data.is_empty() {
            return Err(ChannelError::TaObject { at: 0 });
        }
        let (sent, command) = match (self.sent, self.chain.last()) {
            (Sent::SetDst, Some(next)) => {
                let command = verify_certificate(next);
                self.chain.pop();
                (Sent::VerifyCertificate, command)
            }
            (Sent::VerifyCertificate, Some(next)) => (Sent::SetDst, set_dst(next.authority())),
            (Sent::SetAt, _) => (Sent::GetChallenge, get_challenge()),
            _ => (Sent::SetAt, set_at(&self.holder)),
        };
        Ok(Progress::Next(Self { sent, ..self }, command))
    }
}

impl Challenged {
    /// Lends what the terminal's key must sign to one closure.
    pub fn expose<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        self.binding.expose(self.challenge, with)
    }

    /// Sends the signature of a key that signs elsewhere.
    #[must_use]
    pub fn signed(self, signature: &[u8]) -> (Pending, CommandApdu) {
        (Pending(()), external_authenticate(signature))
    }

    /// Signs with a key that is at hand; only RSA-PSS draws, its salt.
    ///
    /// # Errors
    ///
    /// `ta.signature` if the key cannot sign by its algorithm.
    pub fn sign(self, key: &CvPrivateKey, entropy: &mut dyn Entropy) -> Result<(Pending, CommandApdu), ChannelError> {
        let signature = self.expose(|message| key.sign(message, entropy)).map_err(|_| ChannelError::TaSignature)?;
        Ok(self.signed(&signature))
    }
}

impl Pending {
    /// Learns whether the chip accepted the signature.
    ///
    /// # Errors
    ///
    /// `channel.refused` for another status than 9000 (a wrong signature: 6300), `ta.object` for data.
    pub fn finish(self, response: &ResponseApdu) -> Result<(), ChannelError> {
        if succeeded(response)?.is_empty() { Ok(()) } else { Err(ChannelError::TaObject { at: 0 }) }
    }
}

fn manage((p1, p2): (u8, u8), holder: &HolderReference) -> CommandApdu {
    CommandApdu::new(0x00, ins::MANAGE_SECURITY_ENVIRONMENT, p1, p2).with_data(key_reference(holder))
}

fn succeeded(response: &ResponseApdu) -> Result<&[u8], ChannelError> {
    if response.status().is_success() {
        Ok(response.data())
    } else {
        Err(ChannelError::Refused { status: response.status() })
    }
}
