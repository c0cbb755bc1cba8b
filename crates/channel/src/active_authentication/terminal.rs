//! The terminal's end of Active Authentication: [`internal_authenticate`], [`Verifier`].

use sigillo_apdu::{CommandApdu, ResponseApdu, ins};
use sigillo_crypto::{CurvePoint, HashAlgorithm, RsaPublicKey, ct_eq};

use super::CHALLENGE;
use super::representative::{HEADER, before_trailer};
use crate::error::ChannelError;
use crate::security_info::SecurityInfos;

/// The key of DG15, and what DG14 says of its signatures.
#[derive(Clone, Debug)]
pub enum Verifier {
    /// ECDSA with plain signatures.
    Ecdsa {
        /// The key.
        key: CurvePoint,
        /// The hash that DG14 names.
        hash: HashAlgorithm,
    },
    /// RSA with message recovery; each signature names its hash.
    Rsa(
        /// The key.
        RsaPublicKey,
    ),
}

/// INTERNAL AUTHENTICATE with a challenge that nobody could foresee; `le` asks for as much as an answer may hold.
///
/// # Panics
///
/// If `le` is zero or above 65 536.
#[must_use]
pub fn internal_authenticate(challenge: [u8; CHALLENGE], le: u32) -> CommandApdu {
    CommandApdu::new(0x00, ins::INTERNAL_AUTHENTICATE, 0x00, 0x00).with_data(challenge).with_le(le)
}

impl Verifier {
    /// Takes the SubjectPublicKeyInfo of DG15 and the infos of DG14.
    ///
    /// Spec: `icao-9303-11#aa-info`.
    ///
    /// # Errors
    ///
    /// `aa.key` for a key that is not spoken here, `aa.algorithm` for a key on a curve where DG14 names no hash.
    pub fn new(public_key: &[u8], dg14: Option<&SecurityInfos>) -> Result<Self, ChannelError> {
        if let Ok(key) = RsaPublicKey::from_spki_der(public_key) {
            return Ok(Self::Rsa(key));
        }
        let key = CurvePoint::from_spki_der(public_key).map_err(|_| ChannelError::AaKey)?;
        let hash = dg14.and_then(SecurityInfos::active_authentication).ok_or(ChannelError::AaAlgorithm)?;
        Ok(Self::Ecdsa { key, hash })
    }

    /// The octets of a signature.
    #[must_use]
    pub fn signature_length(&self) -> usize {
        match self {
            Self::Ecdsa { key, .. } => 2 * key.curve().field_octets(),
            Self::Rsa(key) => key.octets(),
        }
    }

    /// Checks the answer to INTERNAL AUTHENTICATE and says which hash was signed.
    ///
    /// # Errors
    ///
    /// `channel.refused` for another status than 9000, `aa.signature`.
    pub fn verify(&self, challenge: [u8; CHALLENGE], response: &ResponseApdu) -> Result<HashAlgorithm, ChannelError> {
        if !response.status().is_success() {
            return Err(ChannelError::Refused { status: response.status() });
        }
        match self {
            Self::Ecdsa { key, hash } => {
                key.verify(*hash, &challenge, response.data()).map_err(|_| ChannelError::AaSignature)?;
                Ok(*hash)
            }
            Self::Rsa(key) => {
                let representative = key.recover(response.data()).map_err(|_| ChannelError::AaSignature)?;
                signed_hash(&representative, &challenge).ok_or(ChannelError::AaSignature)
            }
        }
    }
}

/// The hash of a representative that was made for this challenge.
fn signed_hash(representative: &[u8], challenge: &[u8]) -> Option<HashAlgorithm> {
    let (hash, rest) = before_trailer(representative)?;
    let (recovered, digest) = rest.split_at_checked(rest.len().checked_sub(hash.output_length())?)?;
    let (&header, recoverable) = recovered.split_first()?;
    let same = ct_eq(&hash.digest(&[recoverable, challenge].concat()), digest);
    (header == HEADER && same).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Representatives of another program's tests (gmrtd, `activeauth`): shorter than any modulus, so no key gives them.
    #[test]
    fn representatives_of_another_program() {
        let challenge = hex::decode("0102030405060708").unwrap();
        let recoverable = "6A1234567890ABCDEF1234567890ABCDEF11223344";
        for (rest, hash) in [
            ("E9B287952A913CC5B60FF74ECFC87E40E81563B1BC", HashAlgorithm::Sha1),
            ("AEFC05E88F48EB88D367BA3DACB7D6A8543EC02BD315E47DDBE2045D38CC", HashAlgorithm::Sha224),
            ("783980D44FD3A80F0E4210EB9C73EA399932062D465438F8E1FF13377DE8308934CC", HashAlgorithm::Sha256),
            (
                "8E0873B0BAF595A777B497779981BD94DDA3A81FD61CF2D526AB490F2D6CBCECC6EAB5804DF4E0A70169D4D0D6C07E7536CC",
                HashAlgorithm::Sha384,
            ),
            (
                "968304E09F0C0EC86BE4ADE4B82D97D04283E3652B61193856C9EDE1DAC8962B3DA9580FD77E9F9EF18A24C517D8D3B05F4EEB177E990A\
                 E1E80895C8BB28F51635CC",
                HashAlgorithm::Sha512,
            ),
        ] {
            let representative = hex::decode(format!("{recoverable}{rest}")).unwrap();
            assert_eq!(signed_hash(&representative, &challenge), Some(hash));
            for at in 0..representative.len() {
                let mut damaged = representative.clone();
                damaged[at] ^= 1;
                assert_eq!(signed_hash(&damaged, &challenge), None, "{hash:?} {at}");
            }
            assert_eq!(signed_hash(&representative, b"12345678"), None);
        }
        for short in ["", "6A", "BC", "6ABC", "34CC", "6A34CC", "6B000000", "6A000000", "6A0000CC"] {
            assert_eq!(signed_hash(&hex::decode(short).unwrap(), &challenge), None, "{short}");
        }
        let no_header = hex::decode("B287952A913CC5B60FF74ECFC87E40E81563B1E9BC").unwrap();
        assert_eq!(signed_hash(&no_header, &challenge), None);
    }
}
