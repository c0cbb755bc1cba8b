use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};

use crate::error::{KeystoreError, KeystoreErrorKind};

/// A PKCS#11 module, loaded once in a process and shared by all sessions.
///
/// A token that comes back after it was taken out is not the same to every module: some find it again by themselves, others
/// (SoftHSM) must be finalized and initialized first, which ends every session of the process. So each initialization has a
/// number, and a session is used under a lock that keeps others from finalizing the module meanwhile, and only with the number
/// it was opened under: a handle of an earlier initialization could be somebody else's.
pub(crate) struct Module {
    path: PathBuf,
    state: RwLock<Initialized>,
}

/// The module as it was last initialized.
pub(crate) struct Initialized {
    pub(crate) pkcs11: Pkcs11,
    /// How often it was initialized.
    pub(crate) number: u64,
}

impl Module {
    /// The process's one instance of a module.
    pub(crate) fn load(path: &Path) -> Result<Arc<Self>, KeystoreError> {
        let refused = || KeystoreErrorKind::Module.file(&path.display().to_string());
        let mut modules = modules();
        if let Some(module) = modules.get(path) {
            return Ok(Arc::clone(module));
        }
        let pkcs11 = Pkcs11::new(path).map_err(|_| refused())?;
        initialize(&pkcs11).map_err(|_| refused())?;
        let state = RwLock::new(Initialized { pkcs11, number: 1 });
        let module = Arc::new(Self { path: path.to_owned(), state });
        modules.insert(path.to_owned(), Arc::clone(&module));
        Ok(module)
    }

    /// Lets `work` use the module while nobody finalizes it.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&Initialized) -> R) -> R {
        work(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Finalizes and initializes, unless somebody did since `number`.
    pub(crate) fn start_again(&self, number: u64) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.number == number {
            // A module that cannot be finalized or initialized says so at the next call.
            let _ = state.pkcs11.clone().finalize();
            let _ = initialize(&state.pkcs11);
            state.number += 1;
        }
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Module({})", self.path.display())
    }
}

fn initialize(pkcs11: &Pkcs11) -> Result<(), Error> {
    match pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        other => other,
    }
}

fn modules() -> MutexGuard<'static, BTreeMap<PathBuf, Arc<Module>>> {
    static MODULES: Mutex<BTreeMap<PathBuf, Arc<Module>>> = Mutex::new(BTreeMap::new());
    MODULES.lock().unwrap_or_else(PoisonError::into_inner)
}
