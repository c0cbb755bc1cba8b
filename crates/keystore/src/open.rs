use std::path::Path;

use crate::entry::Mode;
use crate::error::KeystoreError;
use crate::keystore::Keystore;
use crate::register::{Place, Register};
use crate::secrets::SecretSource;
use crate::software::SoftwareKeys;
use crate::token::{Patience, TokenKeys};

/// Opens the key store of a home, whichever its register says it is.
///
/// # Errors
///
/// As [`SoftwareKeys::open`] and [`TokenKeys::open`].
pub fn open(folder: &Path, mode: Mode, secrets: &mut dyn SecretSource) -> Result<Box<dyn Keystore>, KeystoreError> {
    let register = Register::read(folder)?;
    Ok(match register.place {
        Place::Software { .. } => Box::new(SoftwareKeys::open_registered(folder, register, mode, secrets)?),
        Place::Pkcs11 { .. } => Box::new(TokenKeys::open(folder, mode, secrets, Patience::default())?),
    })
}

/// Whether a folder holds a key store, of this or an earlier format.
#[must_use]
pub fn is_made(folder: &Path) -> bool {
    crate::register::exists(folder)
}
