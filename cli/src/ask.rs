//! From a command to a request that its operator signed: whose key it is, the second person, and a second person who is elsewhere.

use std::path::Path;

use serde_json::{Value, json};
use sigillo_crypto::sha256;
use sigillo_issuance::operator::ChangeAct;
use sigillo_issuance::request::{ChangeRequest, Order, SignedRequest};
use sigillo_issuance::trace::Token;
use sigillo_keystore::{Keystore, KeystoreEntropy, Mode, OperatorSigner};
use sigillo_line::write_new_private;
use sigillo_store::{By, Store, StoreError};

use crate::args::Global;
use crate::context::{Context, Open};
use crate::failure::{Failure, STOPPED};
use crate::secrets::Secrets;

/// Somebody who signs, and where the key is.
pub(crate) struct Person<'a> {
    pub name: &'a str,
    module: Option<&'a Path>,
    token: Option<&'a str>,
    /// The name of the PIN among the secrets.
    pin: &'static str,
}

impl<'a> Person<'a> {
    /// Who asks.
    pub(crate) fn first(name: &'a str, global: &'a Global) -> Self {
        let (module, token) = (global.operator_module.as_deref(), global.operator_token.as_deref());
        Self { name, module, token, pin: "operator-pin" }
    }

    /// The second person, if one was named.
    pub(crate) fn second(global: &'a Global) -> Option<Self> {
        let (module, token) = (global.second_module.as_deref(), global.second_token.as_deref());
        global.second.as_deref().map(|name| Self { name, module, token, pin: "second-pin" })
    }

    /// His own token, if one was named; his PIN is asked for.
    pub(crate) fn own_token(&self, global: &Global) -> Result<Option<OperatorSigner<'static>>, Failure> {
        match (self.module, self.token) {
            (Some(module), Some(token)) => {
                let secrets = Secrets::new(&global.secret_fd, None);
                let pin = secrets.ask(self.pin, &format!("PIN of the token of {}", self.name))?;
                Ok(Some(OperatorSigner::of_token(module, token, self.name, pin)?))
            }
            (None, None) => Ok(None),
            _ => Err(Failure::usage("usage.operator-token", "a token is named by its module and its label")),
        }
    }

    /// Signs by his own token where one was named, else by the key store of the home.
    pub(crate) fn sign(
        &self,
        signed: &mut SignedRequest,
        keys: Option<&dyn Keystore>,
        global: &Global,
    ) -> Result<(), Failure> {
        let signature = match (self.own_token(global)?, keys) {
            (Some(token), _) => token.sign(signed.request())?,
            (None, Some(keys)) => OperatorSigner::of_home(keys, self.name)?.sign(signed.request())?,
            (None, None) => {
                return Err(Failure::usage("usage.operator-token", "no key store holds the operator's key"));
            }
        };
        signed.sign(Token::parse(self.name).map_err(StoreError::from)?, signature);
        Ok(())
    }
}

impl Context {
    /// Opens the home to change something in it, and asks for it in the operator's name: nobody else is at work there meanwhile. What
    /// changes elsewhere than in the register is accepted here and now.
    pub(crate) fn open_to_change(&self, act: ChangeAct, about: &str, arguments: &Value) -> Result<Open, Failure> {
        let mut open = self.open_alone()?;
        self.ask(&mut open, act, about, arguments)?;
        Ok(open)
    }

    /// Asks for a change of what is open already, in the operator's name: alone ([`Context::open_alone`]), or beside others, where the
    /// register decides who comes first.
    pub(crate) fn ask(&self, open: &mut Open, act: ChangeAct, about: &str, arguments: &Value) -> Result<(), Failure> {
        let mode = open.home.mode();
        open.second = self.ask_of(&mut open.store, mode, &*open.keys, act, about, arguments)?;
        Ok(())
    }

    /// Asks one open register; each needs a request of its own. Who asks beside the operator, if two do.
    pub(crate) fn ask_of(
        &self,
        store: &mut Store,
        mode: Mode,
        keys: &dyn Keystore,
        act: ChangeAct,
        about: &str,
        arguments: &Value,
    ) -> Result<Option<String>, Failure> {
        let operator = self.operator()?;
        let about = &word(about);
        if !store.is_governed()? {
            return match mode {
                Mode::Production => {
                    Err(Failure::usage("operator.none", "nobody is enrolled who could ask for this in production"))
                }
                Mode::Test => Ok(self.global.second.clone()),
            };
        }
        let order = Order::new(act, about, arguments).map_err(StoreError::from)?;
        let signed = match &self.global.signed_request {
            Some(file) => RequestFile::read(file)?.signed,
            None => self.signed(operator, &order, arguments, keys)?,
        };
        let second = signed.signatures().keys().find(|name| name.as_str() != operator);
        let second = second.map(|name| name.as_str().to_owned());
        store.present(signed, order, self.now());
        if act.row().touches.is_empty() {
            store.accept(By { operator, at: &self.now().to_string(), run: None })?;
        }
        Ok(second)
    }

    /// Signs for the operator, and for the second person where two must ask. A second person who is elsewhere signs the file: the
    /// command stops here, and is given again with what comes back.
    fn signed(
        &self,
        operator: &str,
        order: &Order,
        arguments: &Value,
        keys: &dyn Keystore,
    ) -> Result<SignedRequest, Failure> {
        let mut entropy = KeystoreEntropy::of(keys)?;
        let name = Token::parse(operator).map_err(StoreError::from)?;
        let request = ChangeRequest::new(name, self.now(), order.clone(), &mut entropy);
        let mut signed = SignedRequest::unsigned(request);
        Person::first(operator, &self.global).sign(&mut signed, Some(keys), &self.global)?;
        if let Some(out) = &self.global.request_out {
            RequestFile { arguments: arguments.clone(), signed }.write(out)?;
            let message = format!("nothing was done: the request waits in {} for the second person", out.display());
            return Err(Failure { exit: STOPPED, ..Failure::usage("usage.request-waits", message) });
        }
        if order.act.row().persons > 1
            && let Some(second) = Person::second(&self.global)
        {
            second.sign(&mut signed, Some(keys), &self.global)?;
        }
        Ok(signed)
    }
}

/// What a request names something by: its name, or the SHA-256 of one that is no technical word.
fn word(name: &str) -> String {
    if Token::parse(name).is_ok() && name.len() < 100 { name.to_owned() } else { hex::encode(sha256(name.as_bytes())) }
}

/// A request on its way to the second person, with the arguments in clear, so that he sees what he signs.
pub(crate) struct RequestFile {
    pub arguments: Value,
    pub signed: SignedRequest,
}

impl RequestFile {
    /// Reads a file; the arguments must be those of the request.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let refused =
            |error: String| Failure::input("request.form", format!("{}: {error}", path.display()), FORM_ADVICE);
        let octets = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
        let value: Value = serde_json::from_slice(&octets).map_err(|error| refused(error.to_string()))?;
        let text = value.get("signed").and_then(Value::as_str).unwrap_or_default();
        let signed = SignedRequest::decode(text.as_bytes()).map_err(|error| refused(error.to_string()))?;
        let arguments = value.get("arguments").cloned().unwrap_or_default();
        let order = &signed.request().order;
        let shown = Order::new(order.act, order.name(), &arguments).map_err(|error| refused(error.to_string()))?;
        if shown == *order {
            Ok(Self { arguments, signed })
        } else {
            Err(refused("the arguments that it shows are not those of the request".to_owned()))
        }
    }

    /// Writes a new file.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = json!({ "arguments": self.arguments, "signed": String::from_utf8_lossy(&self.signed.encode()) });
        Ok(write_new_private(path, format!("{text}\n").as_bytes())?)
    }
}

const FORM_ADVICE: &str = "Give the file that `--request-out` or `sigillo operators countersign` wrote.";
