use std::path::Path;

use sigillo_crypto::Backend;

use crate::entry::Mode;
use crate::error::KeystoreError;
use crate::keystore::Keystore;
use crate::register::{Place, Register};
use crate::secrets::SecretSource;
use crate::software::SoftwareKeys;
use crate::token::{Patience, TokenKeys};

/// Opens the key store of a home, whichever its register says it is; what no token does is done by the backend.
///
/// # Errors
///
/// As [`SoftwareKeys::open`] and [`TokenKeys::open`].
pub fn open(
    folder: &Path,
    mode: Mode,
    backend: Backend,
    secrets: &mut dyn SecretSource,
) -> Result<Box<dyn Keystore>, KeystoreError> {
    let register = Register::read(folder)?;
    Ok(match register.place {
        Place::Software { .. } => {
            let mut keys = SoftwareKeys::open_registered(folder, register, mode, secrets)?;
            keys.use_backend(backend);
            Box::new(keys)
        }
        Place::Pkcs11 { .. } => {
            let mut keys = TokenKeys::open(folder, mode, secrets, Patience::default())?;
            keys.use_backend(backend);
            Box::new(keys)
        }
    })
}

/// Whether a folder holds a key store, of this or an earlier format.
#[must_use]
pub fn is_made(folder: &Path) -> bool {
    crate::register::exists(folder)
}
