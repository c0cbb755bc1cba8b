//! Keys, secret and profile of the scripts.

use sigillo_channel::bac::MrzSecret;
use sigillo_channel::scp03::KeySet;
use sigillo_profile::{Profile, embedded};
use sigillo_secret::SymmetricKey;

/// The key set whose three keys repeat `first`, `first + 1`, `first + 2`.
pub(crate) fn key_set(first: u8) -> KeySet {
    let key = |step: u8| SymmetricKey::new(&[first.wrapping_add(step); 16]).expect("sixteen bytes");
    KeySet::new(key(0), key(1), key(2))
}

/// The MRZ of ICAO 9303-11's worked example.
pub(crate) fn secret() -> MrzSecret {
    MrzSecret::from_mrz_information("L898902C<369080619406236")
}

/// The profile of the scripts.
pub(crate) fn profile() -> Profile {
    Profile::parse(embedded("pse-rf-bac").expect("a profile of that name is embedded")).expect("it parses")
}
