use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use cryptoki::context::{Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use sigillo_crypto::Curve;
use sigillo_secret::SecretBytes;

use super::module::{Initialized, Module};
use crate::container::Retry;
use crate::error::{KeystoreError, KeystoreErrorKind};

/// How long to wait for a token that is away, and how often to look.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// After this the work ends with `keystore.token-away`.
    pub total: Duration,
    /// The time between two looks.
    pub every: Duration,
}

/// One thread's way to a token: it logs in again whenever the token was away.
pub(crate) struct TokenSession {
    module: Arc<Module>,
    token: String,
    pin: Arc<SecretBytes>,
    patience: Patience,
    open: RefCell<Option<Open>>,
    curves: RefCell<BTreeMap<String, Curve>>,
}

/// A session that is logged in, and the handles found in it.
struct Open {
    session: Session,
    slot: Slot,
    /// The module's initialization that it belongs to.
    number: u64,
    handles: BTreeMap<(String, bool), ObjectHandle>,
}

/// What a piece of work sees.
pub(crate) struct View<'o> {
    pub(crate) session: &'o Session,
    handles: &'o mut BTreeMap<(String, bool), ObjectHandle>,
}

/// Why a piece of work failed.
pub(crate) enum Fault {
    /// The module said so.
    Module(Error),
    /// No object of this label; it may be that the token is away.
    NoObject(String),
    /// Ours.
    Own(KeystoreError),
}

impl TokenSession {
    /// Opens a session and logs in.
    pub(crate) fn open(
        module: Arc<Module>,
        token: &str,
        pin: Arc<SecretBytes>,
        patience: Patience,
    ) -> Result<Self, KeystoreError> {
        // Nobody waits for a token that was never there: its label may be wrong.
        let at_once = Patience { total: Duration::ZERO, every: Duration::ZERO };
        let mut session = Self {
            module,
            token: token.to_owned(),
            pin,
            patience: at_once,
            open: RefCell::default(),
            curves: RefCell::default(),
        };
        session.run(Retry::Always, |_| Ok(()))?;
        session.patience = patience;
        Ok(session)
    }

    /// Another session to the same token, which may be away at this moment.
    pub(crate) fn another(&self) -> Result<Self, KeystoreError> {
        let session = Self {
            module: Arc::clone(&self.module),
            token: self.token.clone(),
            pin: Arc::clone(&self.pin),
            patience: self.patience,
            open: RefCell::default(),
            curves: RefCell::new(self.curves.borrow().clone()),
        };
        session.run(Retry::Always, |_| Ok(()))?;
        Ok(session)
    }

    /// Carries out a piece of work, again after the token was away, as far as `retry` allows it.
    pub(crate) fn run<R>(
        &self,
        retry: Retry,
        mut work: impl FnMut(&mut View<'_>) -> Result<R, Fault>,
    ) -> Result<R, KeystoreError> {
        let begun = Instant::now();
        let mut is_first = true;
        loop {
            let (number, result) = self.module.with(|module| (module.number, self.once(module, &mut work)));
            let fault = match result {
                Ok(done) => return Ok(done),
                Err(fault) => fault,
            };
            if is_final(&fault) {
                return Err(self.named(fault));
            }
            // What looks like a refusal is believed only from a token that is there. A key that is missing is looked for
            // once more: a session may have outlived its token.
            let is_missing = matches!(fault, Fault::NoObject(_)) && is_first && self.patience.total > Duration::ZERO;
            if !is_away(&fault) && !is_missing && self.module.with(|module| self.is_there(module)) {
                return Err(self.named(fault));
            }
            self.open.replace(None).into_iter().for_each(forget);
            if retry == Retry::UnlessItMayBeDone && may_be_done(&fault) {
                return Err(KeystoreErrorKind::TokenAway.named(&self.token));
            }
            if begun.elapsed() >= self.patience.total {
                return Err(self.away(&fault));
            }
            is_first = false;
            thread::sleep(self.patience.every);
            self.module.start_again(number);
        }
    }

    /// The curve of a key that was looked at before.
    pub(crate) fn remembered_curve(&self, label: &str) -> Option<Curve> {
        self.curves.borrow().get(label).copied()
    }

    pub(crate) fn remember_curve(&self, label: String, curve: Curve) {
        self.curves.borrow_mut().insert(label, curve);
    }

    fn once<R>(
        &self,
        module: &Initialized,
        work: &mut impl FnMut(&mut View<'_>) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        let mut open = self.open.borrow_mut();
        if open.as_ref().is_some_and(|open| open.number != module.number) {
            open.take().into_iter().for_each(forget);
        }
        let open = match open.as_mut() {
            Some(open) => open,
            None => open.insert(self.log_in(module)?),
        };
        work(&mut View { session: &open.session, handles: &mut open.handles })
    }

    fn log_in(&self, module: &Initialized) -> Result<Open, Fault> {
        let slot = find(&module.pkcs11, &self.token).ok_or_else(|| Fault::NoObject(self.token.clone()))?;
        let session = module.pkcs11.open_rw_session(slot)?;
        let pin = self.pin.expose(|pin| String::from_utf8(pin.to_vec()));
        let pin = AuthPin::from(pin.map_err(|_| Fault::Own(KeystoreErrorKind::Pin.into()))?);
        match session.login(UserType::User, Some(&pin)) {
            // One login counts for all sessions of a process.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(Open { session, slot, number: module.number, handles: BTreeMap::new() })
    }

    /// Whether the token is in its slot and shows what is in it.
    fn is_there(&self, module: &Initialized) -> bool {
        let open = self.open.borrow();
        let Some(open) = open.as_ref().filter(|open| open.number == module.number) else { return false };
        let is_named = module.pkcs11.get_token_info(open.slot).is_ok_and(|info| info.label() == self.token);
        let shows = |handle: &ObjectHandle| {
            let asked = open.session.get_attributes(*handle, &[cryptoki::object::AttributeType::Label]);
            asked.is_ok_and(|attributes| !attributes.is_empty())
        };
        is_named && open.handles.values().all(shows)
    }

    fn named(&self, fault: Fault) -> KeystoreError {
        match fault {
            Fault::Own(error) => error,
            Fault::NoObject(label) => KeystoreErrorKind::KeyUnknown.named(&label),
            Fault::Module(error) => refusal(&error).named(&self.token),
        }
    }

    /// What is said of a token that is not there: if nobody waited for it, it never was.
    fn away(&self, fault: &Fault) -> KeystoreError {
        match fault {
            Fault::NoObject(label) if *label == self.token && self.patience.total == Duration::ZERO => {
                KeystoreErrorKind::TokenUnknown.named(&self.token)
            }
            _ => KeystoreErrorKind::TokenAway.named(&self.token),
        }
    }
}

impl View<'_> {
    /// Forgets the handles of a label.
    pub(crate) fn forget(&mut self, label: &str) {
        self.handles.retain(|(known, _), _| known != label);
    }

    /// The private, secret (`true`) or public (`false`) object of a label.
    pub(crate) fn object(&mut self, label: &str, is_private: bool) -> Result<ObjectHandle, Fault> {
        let key = (label.to_owned(), is_private);
        if let Some(handle) = self.handles.get(&key) {
            return Ok(*handle);
        }
        let classes: &[ObjectClass] =
            if is_private { &[ObjectClass::PRIVATE_KEY, ObjectClass::SECRET_KEY] } else { &[ObjectClass::PUBLIC_KEY] };
        for class in classes {
            let template = [Attribute::Class(*class), Attribute::Label(label.as_bytes().to_vec())];
            if let [handle] = self.session.find_objects(&template)?.as_slice() {
                self.handles.insert(key, *handle);
                return Ok(*handle);
            }
        }
        Err(Fault::NoObject(label.to_owned()))
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Module(error)
    }
}

impl<E: Into<KeystoreError>> From<OwnFault<E>> for Fault {
    fn from(fault: OwnFault<E>) -> Self {
        Self::Own(fault.0.into())
    }
}

/// An error of ours on its way out of a piece of work.
pub(crate) struct OwnFault<E>(pub(crate) E);

impl fmt::Debug for TokenSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenSession({}, redacted)", self.token)
    }
}

/// The slot of a token that is there.
fn find(pkcs11: &Pkcs11, label: &str) -> Option<Slot> {
    let slots = pkcs11.get_slots_with_token().ok()?;
    slots.into_iter().find(|slot| pkcs11.get_token_info(*slot).is_ok_and(|info| info.label() == label))
}

impl Drop for TokenSession {
    fn drop(&mut self) {
        let open = self.open.take();
        self.module.with(|module| match open {
            Some(open) if open.number != module.number => forget(open),
            // Closed while nobody finalizes the module.
            open => drop(open),
        });
    }
}

/// What no waiting changes: a wrong PIN is not tried again, it would lock the token.
fn is_final(fault: &Fault) -> bool {
    match fault {
        Fault::Own(_) => true,
        Fault::Module(error) => refusal(error) == KeystoreErrorKind::Pin,
        Fault::NoObject(_) => false,
    }
}

/// Whether the token may have done the work before its answer was lost.
fn may_be_done(fault: &Fault) -> bool {
    use Function::{CreateObject, GenerateKey, GenerateKeyPair, Sign};
    matches!(fault, Fault::Module(Error::Pkcs11(_, Sign | GenerateKey | GenerateKeyPair | CreateObject)))
}

/// Return values that say by themselves that the token, the session or the module is gone.
fn is_away(fault: &Fault) -> bool {
    use RvError::{
        CryptokiNotInitialized, DeviceError, DeviceRemoved, SessionClosed, SessionHandleInvalid, SlotIdInvalid,
        TokenNotPresent, TokenNotRecognized, UserNotLoggedIn,
    };
    matches!(
        fault,
        Fault::Module(Error::Pkcs11(
            CryptokiNotInitialized
                | DeviceError
                | DeviceRemoved
                | SessionClosed
                | SessionHandleInvalid
                | SlotIdInvalid
                | TokenNotPresent
                | TokenNotRecognized
                | UserNotLoggedIn,
            _
        ))
    )
}

fn refusal(error: &Error) -> KeystoreErrorKind {
    match error {
        Error::Pkcs11(
            RvError::PinIncorrect
            | RvError::PinInvalid
            | RvError::PinLenRange
            | RvError::PinLocked
            | RvError::PinExpired,
            _,
        ) => KeystoreErrorKind::Pin,
        Error::Pkcs11(reason, function) => {
            KeystoreErrorKind::Token { function: name_of(*function), reason: reason_of(*reason) }
        }
        _ => KeystoreErrorKind::Token { function: "the call", reason: "it has no such function or value" },
    }
}

/// Drops a session of an earlier initialization without closing it: its handle may be somebody else's by now.
fn forget(open: Open) {
    std::mem::forget(open.session);
}

fn name_of(function: Function) -> &'static str {
    match function {
        Function::SignInit | Function::Sign => "to sign",
        Function::EncryptInit | Function::Encrypt => "to encrypt",
        Function::DecryptInit | Function::Decrypt => "to decrypt",
        Function::GenerateKey | Function::GenerateKeyPair => "to make a key",
        Function::CreateObject => "to take a key in",
        Function::DestroyObject => "to destroy a key",
        Function::DeriveKey => "to agree on a secret",
        Function::GetAttributeValue => "to tell an attribute",
        Function::FindObjectsInit | Function::FindObjects | Function::FindObjectsFinal => "to look for a key",
        Function::OpenSession | Function::Login => "to be logged in to",
        Function::GenerateRandom => "to give randomness",
        _ => "the call",
    }
}

fn reason_of(reason: RvError) -> &'static str {
    match reason {
        RvError::MechanismInvalid => "it does not have the mechanism (CKR_MECHANISM_INVALID)",
        RvError::MechanismParamInvalid => "it does not take the mechanism's parameters (CKR_MECHANISM_PARAM_INVALID)",
        RvError::KeyFunctionNotPermitted => "the key is not for that (CKR_KEY_FUNCTION_NOT_PERMITTED)",
        RvError::KeyTypeInconsistent => "the key is of another type (CKR_KEY_TYPE_INCONSISTENT)",
        RvError::TemplateInconsistent | RvError::TemplateIncomplete | RvError::AttributeValueInvalid => {
            "it does not take the key's attributes"
        }
        RvError::CurveNotSupported | RvError::DomainParamsInvalid => "it does not have the curve",
        RvError::TokenWriteProtected | RvError::SessionReadOnly => "it is write-protected",
        RvError::DeviceMemory | RvError::HostMemory => "it has no room left",
        RvError::DataLenRange | RvError::DataInvalid => "the data have a wrong form",
        RvError::EncryptedDataInvalid | RvError::EncryptedDataLenRange => "the ciphertext is wrong",
        RvError::SessionCount => "it has too many sessions",
        RvError::UserPinNotInitialized => "its user has no PIN yet (CKR_USER_PIN_NOT_INITIALIZED)",
        RvError::GeneralError => "it does not say why (CKR_GENERAL_ERROR)",
        RvError::FunctionFailed => "it failed (CKR_FUNCTION_FAILED)",
        _ => "for another reason",
    }
}
