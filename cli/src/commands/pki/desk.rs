//! By which keys and in whose name something is issued: from the context of a command to an office of the library.

use std::path::Path;

use serde_json::Value;
use sigillo_authority::{Occasion, Office};
use sigillo_crypto::EcParameters;
use sigillo_issuance::operator::ChangeAct;
use sigillo_keystore::{KeyLabel, KeyRole};
use sigillo_profile::{CertificateParameters, Profile};

use crate::context::{Context, Open};
use crate::failure::Failure;

/// Lets `work` issue something in the operator's name, by the keys of the home.
pub(super) fn issue<R>(
    context: &Context,
    act: ChangeAct,
    about: &str,
    arguments: &Value,
    work: impl FnOnce(&mut Office<'_>, &Profile) -> Result<R, Failure>,
) -> Result<R, Failure> {
    let open = context.open_to_change(act, about, arguments)?;
    let folder = open.home.pki();
    let mut office = Office::open(occasion(context, &open, &folder)?)?;
    work(&mut office, open.home.profile())
}

fn occasion<'a>(context: &'a Context, open: &'a Open, folder: &'a Path) -> Result<Occasion<'a>, Failure> {
    let parameters = match open.home.profile().certificate_parameters {
        CertificateParameters::Explicit => EcParameters::Explicit,
        CertificateParameters::Named => EcParameters::Named,
    };
    let now = context.whole_seconds();
    let operator = context.operator()?;
    Ok(Occasion { folder, keys: &*open.keys, settings: open.home.pki_settings(), parameters, operator, now })
}

/// The key that was named, or the newest of its role.
pub(super) fn key(office: &Office<'_>, role: KeyRole, named: Option<&KeyLabel>) -> Result<KeyLabel, Failure> {
    Ok(office.key(role, named)?)
}

/// What a request names a key by: the label that was given, or the role whose newest key it is.
pub(super) fn named(role: KeyRole, label: Option<&KeyLabel>) -> String {
    label.map_or_else(|| role.name().to_owned(), ToString::to_string)
}

/// What a request binds a file by.
pub(super) fn digest(octets: &[u8]) -> String {
    hex::encode(sigillo_crypto::sha256(octets))
}
