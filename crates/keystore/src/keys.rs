use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::certificates::Certificates;
use crate::container::Container;
use crate::error::KeystoreError;
use crate::register::Register;

/// A register of keys, their certificates, and the container that holds them.
pub struct Keys<C> {
    pub(crate) folder: PathBuf,
    pub(crate) register: Register,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) container: C,
}

impl<C: Container> Keys<C> {
    /// Joins what was opened; certificates are read and document signers' chains verified.
    pub(crate) fn join(folder: PathBuf, register: Register, container: C) -> Result<Self, KeystoreError> {
        let certificates = Arc::new(Certificates::read(&folder, &register)?);
        Ok(Self { folder, register, certificates, container })
    }
}

impl<C: fmt::Debug> fmt::Debug for Keys<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("kind", &self.register.mark)
            .field("container", &self.container)
            .finish_non_exhaustive()
    }
}
