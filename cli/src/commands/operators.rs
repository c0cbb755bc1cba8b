//! `sigillo operators`.

mod show;

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use sigillo_crypto::PublicKey;
use sigillo_issuance::operator::{ChangeAct, KeyRefused, Operator, OperatorKey, OperatorRole};
use sigillo_issuance::request::{ChangeRequest, SignedRequest, founding};
use sigillo_issuance::trace::Token;
use sigillo_keystore::{KeyAct, KeyRole, Keystore, KeystoreEntropy, KeystoreError, OperatorSigner};
use sigillo_store::{By, Store, StoreError};

use crate::args::operators::{Founder, OperatorsCommand};
use crate::ask::{Person, RequestFile};
use crate::commands::pki::files;
use crate::context::{Context, Open};
use crate::failure::Failure;

/// `sigillo operators …`.
pub(crate) fn operators(context: &Context, command: &OperatorsCommand) -> Result<ExitCode, Failure> {
    match command {
        OperatorsCommand::Acts => {
            show::acts(context);
            Ok(ExitCode::SUCCESS)
        }
        OperatorsCommand::Found { founders, keys } => found(context, founders, keys),
        OperatorsCommand::Enrol { name, roles, key } => enrol(context, name, roles, key.as_deref()),
        OperatorsCommand::Retire { name, reason } => retire(context, name, reason),
        OperatorsCommand::List => show::list(context),
        OperatorsCommand::Show { name } => show::one(context, name),
        OperatorsCommand::Countersign { file, out } => countersign(context, file, out),
    }
}

fn found(context: &Context, founders: &[Founder], files: &[(String, std::path::PathBuf)]) -> Result<ExitCode, Failure> {
    let mut open = context.open_alone()?;
    let first = Person::first(context.operator()?, &context.global);
    let second = Person::second(&context.global)
        .ok_or_else(|| Failure::usage("usage.second", "two security officers sign, and one is named"))?;
    let tokens = [first.own_token(&context.global)?, second.own_token(&context.global)?];
    let mut named = Vec::new();
    for founder in founders {
        let file = files.iter().find(|(name, _)| *name == founder.name).map(|(_, file)| file.as_path());
        let own = [&first, &second].into_iter().zip(&tokens).find(|(person, _)| person.name == founder.name);
        let key = match own {
            Some((_, Some(token))) => token.key()?,
            _ => key_of(context, &mut open, &founder.name, file)?,
        };
        named.push(operator(&founder.name, key, founder.roles.clone())?);
    }
    let Open { store, keys, .. } = &mut open;
    let [own_first, own_second] = tokens;
    let signers = [
        (first.name, own_first.map_or_else(|| OperatorSigner::of_home(&**keys, first.name), Ok)?),
        (second.name, own_second.map_or_else(|| OperatorSigner::of_home(&**keys, second.name), Ok)?),
    ];
    sign_and_found(context, store, &**keys, &signers, &named)?;
    show::said(context, &named)
}

/// Enrols the operators of a TEST home, whose keys are in its key store.
pub(crate) fn found_test(context: &Context, store: &mut Store, keys: &mut dyn Keystore) -> Result<(), Failure> {
    use OperatorRole::{Auditor, IssuingCircuit, Line, Office, SecurityOfficer};
    let mut entropy = KeystoreEntropy::of(keys)?;
    let mut named = Vec::new();
    for (name, roles) in [
        (ANNA, vec![Line, Office, SecurityOfficer, IssuingCircuit]),
        (BRUNO, vec![Line, Office, SecurityOfficer, IssuingCircuit]),
        ("carla", vec![Auditor]),
    ] {
        named.push(operator(name, make_key(context, keys, &mut entropy, name, ANNA)?, roles)?);
    }
    let signers = [(ANNA, OperatorSigner::of_home(keys, ANNA)?), (BRUNO, OperatorSigner::of_home(keys, BRUNO)?)];
    sign_and_found(context, store, keys, &signers, &named)
}

fn sign_and_found(
    context: &Context,
    store: &mut Store,
    keys: &dyn Keystore,
    signers: &[(&str, OperatorSigner<'_>); 2],
    founders: &[Operator],
) -> Result<(), Failure> {
    let order = founding(founders).map_err(StoreError::from)?;
    let [(first, _), _] = signers;
    let request = ChangeRequest::new(word(first)?, context.now(), order.clone(), &mut KeystoreEntropy::of(keys)?);
    let mut signed = SignedRequest::unsigned(request);
    for (name, signer) in signers {
        let signature = signer.sign(signed.request())?;
        signed.sign(word(name)?, signature);
    }
    store.present(signed, order, context.now());
    let at = context.now().to_string();
    Ok(store.found(By { operator: first, at: &at, run: None }, founders)?)
}

fn enrol(context: &Context, name: &str, roles: &[OperatorRole], file: Option<&Path>) -> Result<ExitCode, Failure> {
    let mut open = context.open_alone()?;
    let key = key_of(context, &mut open, name, file)?;
    let new = operator(name, key, roles.to_vec())?;
    context.ask(&mut open, ChangeAct::OperatorEnrol, name, &new.arguments())?;
    let at = context.now().to_string();
    open.store.enrol(By { operator: context.operator()?, at: &at, run: None }, &new)?;
    show::said(context, &[new])
}

fn retire(context: &Context, name: &str, reason: &str) -> Result<ExitCode, Failure> {
    let arguments = json!({ "name": name, "reason": reason });
    let mut open = context.open_to_change(ChangeAct::OperatorRetire, name, &arguments)?;
    let at = context.now().to_string();
    open.store.retire(By { operator: context.operator()?, at: &at, run: None }, name, reason)?;
    context.print(&json!({ "retired": name }), || format!("{name} is retired\n"));
    Ok(ExitCode::SUCCESS)
}

/// Whoever countersigns sees what for: the home is opened for his key alone, if it is there.
fn countersign(context: &Context, file: &Path, out: &Path) -> Result<ExitCode, Failure> {
    files::is_free(&[out])?;
    let mut waiting = RequestFile::read(file)?;
    let person = Person::first(context.operator()?, &context.global);
    let keys = match context.global.operator_module {
        Some(_) => None,
        None => Some(context.keys(&sigillo_line::Home::open(&context.global.home)?)?),
    };
    person.sign(&mut waiting.signed, keys.as_deref(), &context.global)?;
    waiting.write(out)?;
    show::countersigned(context, &waiting, out);
    Ok(ExitCode::SUCCESS)
}

/// The key of a file, or of the home's key store, where it is made if it is missing.
fn key_of(context: &Context, open: &mut Open, name: &str, file: Option<&Path>) -> Result<OperatorKey, Failure> {
    if let Some(file) = file {
        let key = PublicKey::from_spki_der(&files::read(file)?).ok().and_then(|key| OperatorKey::of(&key).ok());
        let refused = || Failure::input("operator.key", format!("{}: {KeyRefused}", file.display()), KEY_ADVICE);
        return key.ok_or_else(refused);
    }
    make_key(context, &mut *open.keys, &mut open.entropy, name, context.operator()?)
}

fn make_key(
    context: &Context,
    keys: &mut dyn Keystore,
    entropy: &mut KeystoreEntropy,
    name: &str,
    by: &str,
) -> Result<OperatorKey, Failure> {
    match OperatorSigner::of_home(keys, name)?.key() {
        Err(error) if error.code() == "keystore.key-unknown" => {}
        found => return Ok(found?),
    }
    let algorithm = KeyRole::Operator.row().algorithms.first().copied();
    let algorithm = algorithm.ok_or(KeystoreError::from(sigillo_keystore::KeystoreErrorKind::Algorithm))?;
    let act = KeyAct { on: context.today(), by: &[by.to_owned()] };
    keys.generate(KeyRole::Operator, Some(name), algorithm, &act, entropy)?;
    Ok(OperatorSigner::of_home(keys, name)?.key()?)
}

fn operator(name: &str, key: OperatorKey, roles: Vec<OperatorRole>) -> Result<Operator, Failure> {
    Ok(Operator::new(word(name)?, key, roles))
}

fn word(name: &str) -> Result<Token, Failure> {
    Ok(Token::parse(name).map_err(StoreError::from)?)
}

const KEY_ADVICE: &str = "Give the public key alone, as `openssl pkey -pubout` writes it: on P-256, DER or PEM.";
const ANNA: &str = "anna";
const BRUNO: &str = "bruno";
