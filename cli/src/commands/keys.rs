//! `sigillo keys`.

mod ceremony;
mod show;

use std::process::ExitCode;

use serde_json::{Value, json};
use sigillo_issuance::operator::ChangeAct;
use sigillo_keystore::{
    Component, KeyAct, KeyEntry, KeyLabel, KeyRole, Keystore, KeystoreError, KeystoreErrorKind, StoredAlgorithm,
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
            let asked = (
                by_ceremony(role, ChangeAct::KeysGenerate),
                role.name(),
                json!({ "algorithm": algorithm.name(), "custodians": present.custodians, "name": name }),
            );
            change(context, asked, |keys, entropy| keys.generate(role, name.as_deref(), algorithm, &act, entropy))
        }
        KeysCommand::Import { role, name, components } => import(context, role_of(role)?, name.as_deref(), components),
        KeysCommand::Transport { batch, components } => import(context, KeyRole::Transport, Some(batch), components),
        KeysCommand::Rotate { role, present } => {
            let role = role_of(role)?;
            let act = KeyAct { on: context.today(), by: &present.custodians };
            let asked =
                (by_ceremony(role, ChangeAct::KeysRotate), role.name(), json!({ "custodians": present.custodians }));
            change(context, asked, |keys, entropy| keys.rotate(role, &act, entropy))
        }
        KeysCommand::Destroy { label, id, present } => {
            let label = KeyLabel::parse(label)?;
            let act = KeyAct { on: context.today(), by: &present.custodians };
            let name = label.to_string();
            let asked = (
                by_ceremony(label.role(), ChangeAct::KeysDestroy),
                name.as_str(),
                json!({ "custodians": present.custodians, "id": id }),
            );
            change(context, asked, |keys, _| {
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
            let (name, digest) = (label.to_string(), hex::encode(sigillo_crypto::sha256(certificate.der())));
            let asked = (ChangeAct::KeysCertificate, name.as_str(), json!({ "certificate": digest, "seals": seals }));
            change(context, asked, |keys, _| {
                keys.install_certificate(&label, certificate.der(), *seals, context.today())?;
                entry_of(keys, &label)
            })
        }
        KeysCommand::Anchor { file } => {
            let certificate = files::certificate(file)?;
            let digest = hex::encode(sigillo_crypto::sha256(certificate.der()));
            let mut open = context.open_to_change(ChangeAct::KeysAnchor, &digest, &json!({}))?;
            open.keys.install_anchor(certificate.der(), context.today())?;
            show::id(context, "anchor", &digest);
            Ok(ExitCode::SUCCESS)
        }
        KeysCommand::Ceremony(command) => ceremony::ceremony(context, command),
    }
}

/// What the table of keys lets one operator do takes one signature.
const fn by_ceremony(role: KeyRole, dual: ChangeAct) -> ChangeAct {
    if role.row().ceremony.is_dual() { dual } else { ChangeAct::KeysAlone }
}

/// Changes one key, and shows it.
fn change(
    context: &Context,
    (act, about, arguments): (ChangeAct, &str, Value),
    work: impl FnOnce(&mut dyn Keystore, &mut dyn sigillo_crypto::Entropy) -> Result<KeyEntry, KeystoreError>,
) -> Result<ExitCode, Failure> {
    let mut open = context.open_to_change(act, about, &arguments)?;
    let entry = work(&mut *open.keys, &mut open.entropy)?;
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
    let values: Vec<_> =
        components.iter().map(|component| json!([component.custodian, hex::encode(component.check_value)])).collect();
    let asked = (ChangeAct::KeysImport, role.name(), json!({ "components": values, "name": name }));
    change(context, asked, |keys, entropy| {
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
