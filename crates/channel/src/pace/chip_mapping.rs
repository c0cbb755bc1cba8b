//! The chip authentication mapping: what the chip adds to the generic mapping, and how the terminal checks it.
//!
//! ```text
//! chip      CA_IC = SK_Map,IC / SK_IC mod n    8A = E(KS_Enc, CA_IC)
//! terminal  PK_Map,IC = CA_IC * PK_IC
//! ```
//!
//! SK_Map,IC is the private key of the mapping, SK_IC the static one whose public key PK_IC is in EF.CardSecurity. CA_IC has
//! the octets of the group order and is padded; E is CBC, its initial vector a block of FF encrypted.
//!
//! Spec: `icao-9303-11#pace-cam`.

use sigillo_crypto::{CurvePoint, CurvePrivateKey, aes_cbc, padding};
use sigillo_secret::SessionKey;
use zeroize::Zeroizing;

use crate::error::ChannelError;

const BLOCK: usize = 16;

/// What a chip sent to prove that it holds its static key. It was decrypted; nothing is proven yet.
#[derive(Debug)]
pub struct ChipAuthenticationData {
    mapping_key: CurvePoint,
    /// Nothing, if what the chip sent is no number below the group order under its padding.
    quotient: Option<CurvePrivateKey>,
}

impl ChipAuthenticationData {
    pub(super) fn open(mapping_key: CurvePoint, key: &SessionKey, cipher: &[u8]) -> Result<Self, ChannelError> {
        let quotient = decrypt(key, cipher)?.and_then(|octets| {
            let octets = padding::unpad(&octets, BLOCK)?;
            CurvePrivateKey::from_bytes(mapping_key.curve(), octets).ok()
        });
        Ok(Self { mapping_key, quotient })
    }

    /// Checks that the chip holds the private key of this public key, which must come from a verified EF.CardSecurity.
    ///
    /// # Errors
    ///
    /// `pace.chip-authentication`.
    pub fn verify(&self, chip_key: &CurvePoint) -> Result<(), ChannelError> {
        let quotient = self.quotient.as_ref().ok_or(ChannelError::PaceChipAuthentication)?;
        let product = quotient.agree(chip_key).map_err(|_| ChannelError::PaceChipAuthentication)?;
        if product.expose(|octets| octets == self.mapping_key.octets()) {
            Ok(())
        } else {
            Err(ChannelError::PaceChipAuthentication)
        }
    }
}

/// The chip's authentication data, encrypted.
pub(super) fn seal(key: &SessionKey, quotient: &CurvePrivateKey) -> Result<Vec<u8>, ChannelError> {
    let mut data = quotient.expose(|octets| padding::pad(octets, BLOCK));
    aes_cbc::encrypt(key, &vector(key)?, &mut data)?;
    Ok(data)
}

/// Nothing, if these are no whole blocks.
fn decrypt(key: &SessionKey, cipher: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, ChannelError> {
    if !cipher.len().is_multiple_of(BLOCK) {
        return Ok(None);
    }
    let mut data = Zeroizing::new(cipher.to_vec());
    aes_cbc::decrypt(key, &vector(key)?, &mut data)?;
    Ok(Some(data))
}

fn vector(key: &SessionKey) -> Result<[u8; BLOCK], ChannelError> {
    Ok(aes_cbc::encrypt_block(key, [0xFF; BLOCK])?)
}

#[cfg(test)]
mod tests {
    use sigillo_crypto::Curve;

    use super::*;

    /// Appendix I: the chip's ephemeral private key is not published, so no exchange of ours reaches this value.
    #[test]
    fn appendix_i_authentication_data() {
        let bytes = |hex| hex::decode(hex).unwrap();
        let key = SessionKey::new(&bytes("0A9DA4DB03BDDE39FC5202BC44B2E89E")).unwrap();
        let quotient = CurvePrivateKey::from_bytes(
            Curve::BrainpoolP256r1,
            &bytes("85DC3FA93D0952BFA82F5FD189EE75BD82F11D1F0B8ED4BF5319AC9B53C426B3"),
        );
        let sealed = seal(&key, &quotient.unwrap()).unwrap();
        let expected =
            "1EEA964DAAE372AC990E3EFDE6333353BFC89A6704D93DA8798CF77F5B7A54BD10CBA372B42BE0B9B5F28AA8DE2F4F92";
        assert_eq!(hex::encode_upper(sealed), expected);
    }
}
