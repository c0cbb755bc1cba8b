//! `sigillo keys`.

mod ceremony;
mod show;

use std::process::ExitCode;

use sigillo_keystore::{
    Component, KeyAct, KeyEntry, KeyLabel, KeyRole, Keystore, KeystoreEntropy, KeystoreError, KeystoreErrorKind,
    StoredAlgorithm,
};
use sigillo_line::Home;

use crate::args::keys::{Components, KeysCommand};
use crate::commands::pki::files;
use crate::context::Context;
use crate::failure::Failure;
use crate::secrets::Secrets;

/// `sigillo keys …`.
pub(crate) fn keys(context: &Context, command: &KeysCommand) -> Result<ExitCode, Failure> {
    match command {
        KeysCommand::Table => {
            show::table(context);
            Ok(ExitCode::SUCCESS)
        }
        KeysCommand::List => {
            let keys = context.keys(&Home::open(&context.global.home)?)?;
            Ok(show::list(context, &*keys, &keys.inventory(context.today())?))
        }
        KeysCommand::Check { label } => {
            let keys = context.keys(&Home::open(&context.global.home)?)?;
            let label = KeyLabel::parse(label)?;
            let id = identity(&*keys, &label)?;
            show::id(context, &label.to_string(), &id);
            Ok(ExitCode::SUCCESS)
        }
        KeysCommand::Generate { role, name, algorithm, present } => {
            let role = role_of(role)?;
            let algorithm = match algorithm {
                Some(name) => StoredAlgorithm::parse(name),
                None => role.row().algorithms.first().copied(),
            };
            let algorithm = algorithm.ok_or(KeystoreError::from(KeystoreErrorKind::Algorithm))?;
            let act = KeyAct { on: context.today(), by: &present.custodians };
            change(context, |keys, entropy| keys.generate(role, name.as_deref(), algorithm, &act, entropy))
        }
        KeysCommand::Import { role, name, components } => import(context, role_of(role)?, name.as_deref(), components),
        KeysCommand::Transport { batch, components } => import(context, KeyRole::Transport, Some(batch), components),
        KeysCommand::Rotate { role, present } => {
            let role = role_of(role)?;
            let act = KeyAct { on: context.today(), by: &present.custodians };
            change(context, |keys, entropy| keys.rotate(role, &act, entropy))
        }
        KeysCommand::Destroy { label, id, present } => {
            let label = KeyLabel::parse(label)?;
            let act = KeyAct { on: context.today(), by: &present.custodians };
            change(context, |keys, _| {
                let entry = entry_of(keys, &label)?;
                if !entry.id.eq_ignore_ascii_case(id) {
                    return Err(KeystoreErrorKind::CheckValue.into());
                }
                keys.destroy(&label, &act)?;
                entry_of(keys, &label)
            })
        }
        KeysCommand::Certificate { label, file, seals } => {
            let label = KeyLabel::parse(label)?;
            let certificate = files::certificate(file)?;
            change(context, |keys, _| {
                keys.install_certificate(&label, certificate.der(), *seals, context.today())?;
                entry_of(keys, &label)
            })
        }
        KeysCommand::Anchor { file } => {
            let certificate = files::certificate(file)?;
            let home = Home::open(&context.global.home)?;
            let _lock = home.lock()?;
            let mut keys = context.keys(&home)?;
            keys.install_anchor(certificate.der(), context.today())?;
            show::id(context, "anchor", &hex::encode(sigillo_crypto::sha256(certificate.der())));
            Ok(ExitCode::SUCCESS)
        }
        KeysCommand::Ceremony(command) => ceremony::ceremony(context, command),
    }
}

/// Changes one key, and shows it.
fn change(
    context: &Context,
    work: impl FnOnce(&mut dyn Keystore, &mut dyn sigillo_crypto::Entropy) -> Result<KeyEntry, KeystoreError>,
) -> Result<ExitCode, Failure> {
    let home = Home::open(&context.global.home)?;
    let _lock = home.lock()?;
    let mut keys = context.keys(&home)?;
    let mut entropy = KeystoreEntropy::of(&*keys)?;
    let entry = work(&mut *keys, &mut entropy)?;
    show::entry(context, &entry);
    Ok(ExitCode::SUCCESS)
}

fn import(context: &Context, role: KeyRole, name: Option<&str>, arguments: &Components) -> Result<ExitCode, Failure> {
    let secrets = Secrets::new(&context.global.secret_fd, None);
    let components = (1..).zip(&arguments.components).map(|(number, (custodian, check_value))| {
        let octets = secrets.component(number, &format!("component of {custodian}"))?;
        Ok(Component { custodian: custodian.clone(), octets, check_value: *check_value })
    });
    let components = components.collect::<Result<Vec<_>, KeystoreError>>()?;
    change(context, |keys, entropy| {
        keys.import(role, name, &components, arguments.check_value, context.today(), entropy)
    })
}

/// What the store computes now, whatever the register says.
fn identity(keys: &dyn Keystore, label: &KeyLabel) -> Result<String, KeystoreError> {
    match entry_of(keys, label)?.algorithm {
        StoredAlgorithm::Aes256 => Ok(hex::encode(keys.check_value(label)?)),
        StoredAlgorithm::Pair(_) => {
            Ok(hex::encode(sigillo_crypto::sha1(&keys.public_key(label)?.subject_public_key()?)))
        }
    }
}

fn entry_of(keys: &dyn Keystore, label: &KeyLabel) -> Result<KeyEntry, KeystoreError> {
    keys.keys().into_iter().find(|key| key.label == *label).ok_or_else(|| KeystoreErrorKind::KeyUnknown.into())
}

fn role_of(name: &str) -> Result<KeyRole, Failure> {
    Ok(KeyRole::parse(name).ok_or(KeystoreError::from(KeystoreErrorKind::Label))?)
}
