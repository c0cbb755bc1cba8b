use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use sigillo_crypto::Backend;

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
    backend: Backend,
}

impl<C: Container> Keys<C> {
    /// Joins what was opened; certificates are read and document signers' chains verified.
    pub(crate) fn join(folder: PathBuf, register: Register, container: C) -> Result<Self, KeystoreError> {
        let certificates = Arc::new(Certificates::read(&folder, &register)?);
        Ok(Self { folder, register, certificates, container, backend: Backend::default() })
    }

    /// Signs by another library from now on, where no token does, and verifies seals by it before they are released; workers
    /// do as the store does when they are made.
    pub fn use_backend(&mut self, backend: Backend) {
        self.backend = backend;
        self.container.use_backend(backend);
        self.certificates = Arc::new(Certificates::clone(&self.certificates).verifying_with(backend));
    }

    /// The same keys for another thread.
    pub(crate) fn another(&self) -> Result<Self, KeystoreError> {
        Ok(Self {
            folder: self.folder.clone(),
            register: self.register.clone(),
            certificates: Arc::clone(&self.certificates),
            container: self.container.another()?,
            backend: self.backend,
        })
    }

    /// Reads the certificates again, after the register changed.
    pub(crate) fn read_certificates(&mut self) -> Result<(), KeystoreError> {
        let read = Certificates::read(&self.folder, &self.register)?;
        self.certificates = Arc::new(read.verifying_with(self.backend));
        Ok(())
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
