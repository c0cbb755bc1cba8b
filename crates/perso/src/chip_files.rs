//! Files that belong to the chip and not to a holder.

use sigillo_channel::chip_authentication::CaProtocol;
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};
use sigillo_crypto::{EcParameters, PublicKey};
use sigillo_lds::dg14::Dg14;
use sigillo_profile::{FileKind, Profile};
use sigillo_tlv::{encode, encode_into};

use crate::error::{PersoError, PersoErrorKind};

/// EF.ATR/INFO: the longest command and response.
///
/// | field   | octets                                                              |
/// |---------|---------------------------------------------------------------------|
/// | `7F66`  | `02 02` longest command, `02 02` longest response, both whole APDUs |
///
/// Spec: `icao-9303-10#ef-atr-info`, `iso-7816-4#extended-length-information`.
#[must_use]
pub fn atr_info(profile: &Profile) -> Vec<u8> {
    let mut lengths = Vec::new();
    encode_into(&mut lengths, 0x02, &profile.max_command.to_be_bytes());
    encode_into(&mut lengths, 0x02, &profile.max_response.to_be_bytes());
    encode(0x7F66, &lengths)
}

/// EF.DIR: one template `61 { 4F AID }` for each application of the profile.
///
/// Spec: `icao-9303-10#ef-dir`.
#[must_use]
pub fn dir(profile: &Profile) -> Vec<u8> {
    let mut out = Vec::new();
    for file in &profile.files {
        if let FileKind::Application { aid } = &file.kind {
            encode_into(&mut out, 0x61, &encode(0x4F, aid));
        }
    }
    out
}

/// DG14 of a chip: ChipAuthenticationInfo and the public key that the chip generated (`04 ‖ X ‖ Y`).
///
/// Spec: `icao-9303-11#ca-security-infos`.
///
/// # Errors
///
/// `crypto.public-key-form` if the chip's octets are no point on the curve, or a code of `lds`.
pub fn chip_authentication_infos(point: &[u8]) -> Result<Vec<u8>, PersoError> {
    let refused = |kind| PersoError::new(kind, "chip-files");
    let key = PublicKey::from_p256_point(point).map_err(|error| refused(PersoErrorKind::Crypto(error)))?;
    let public_key = key.to_spki_der(EcParameters::Explicit).map_err(|error| refused(PersoErrorKind::Crypto(error)))?;
    let infos = SecurityInfos::new(vec![
        SecurityInfo::ChipAuthentication { protocol: CaProtocol::ecdh(Suite::Aes128), key_id: None },
        SecurityInfo::ChipAuthenticationPublicKey { public_key, key_id: None },
    ]);
    let dg14 = Dg14::new(infos.encode()).map_err(|error| refused(PersoErrorKind::DataGroup(error)))?;
    Ok(dg14.encode())
}
