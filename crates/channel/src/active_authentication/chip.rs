//! The chip's end of Active Authentication.

use sigillo_crypto::{CurvePrivateKey, Entropy, HashAlgorithm, RsaPrivateKey};

use super::CHALLENGE;
use super::representative::{HEADER, trailer};
use crate::error::ChannelError;

/// Signs the data field of INTERNAL AUTHENTICATE by ECDSA: plain `r ‖ s`.
///
/// # Errors
///
/// `channel.length` unless there are eight octets.
pub fn sign_ecdsa(key: &CurvePrivateKey, hash: HashAlgorithm, challenge: &[u8]) -> Result<Vec<u8>, ChannelError> {
    Ok(key.sign(hash, whole(challenge)?)?)
}

/// Signs the data field of INTERNAL AUTHENTICATE by RSA; draws M1, as many octets as fit.
///
/// Spec: `icao-9303-11#aa-rsa`.
///
/// # Errors
///
/// `channel.length` unless there are eight octets, `aa.algorithm` for a hash that the scheme has no trailer for.
pub fn sign_rsa(
    key: &RsaPrivateKey,
    hash: HashAlgorithm,
    challenge: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, ChannelError> {
    let challenge = whole(challenge)?;
    let trailer = trailer(hash).ok_or(ChannelError::AaAlgorithm)?;
    let fixed = 1 + hash.output_length() + trailer.len();
    let room = key.public().octets().checked_sub(fixed).ok_or(ChannelError::AaAlgorithm)?;
    let mut recoverable = vec![0; room];
    entropy.fill(&mut recoverable);
    let digest = hash.digest(&[&recoverable, challenge].concat());
    let representative = [&[HEADER], recoverable.as_slice(), &digest, trailer].concat();
    Ok(key.sign_raw(&representative)?)
}

fn whole(challenge: &[u8]) -> Result<&[u8], ChannelError> {
    match challenge.len() {
        CHALLENGE => Ok(challenge),
        found => Err(ChannelError::Length { field: "RND.IFD", found }),
    }
}
