//! How keys come, take over and go. The store's content changes first, the register after it: whatever breaks off between
//! the two is found by the inventory.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use sigillo_crypto::{Entropy, sha1, sha256};
use sigillo_seal::x509::Certificate;
use sigillo_secret::{SecretBytes, SymmetricKey};

use crate::certificates::{anchor_file, signer};
use crate::container::Container;
use crate::disk;
use crate::entry::{KeyEntry, KeyKind, KeyState};
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::keys::Keys;
use crate::keystore::{Component, KeyAct};
use crate::label::KeyLabel;
use crate::register::{Custodian, Event};
use crate::role::{Ceremony, KeyRole, StoredAlgorithm, ToldApart};

pub(crate) fn generate<C: Container>(
    keys: &mut Keys<C>,
    role: KeyRole,
    name: Option<&str>,
    algorithm: StoredAlgorithm,
    act: &KeyAct<'_>,
    entropy: &mut dyn Entropy,
) -> Result<KeyEntry, KeystoreError> {
    check_witnesses(role, act)?;
    if role.row().ceremony == Ceremony::Imported {
        return Err(KeystoreErrorKind::ComesByImport.named(role.name()));
    }
    make(keys, role, name, algorithm, act, entropy)
}

pub(crate) fn import<C: Container>(
    keys: &mut Keys<C>,
    role: KeyRole,
    name: Option<&str>,
    components: &[Component],
    whole: Option<[u8; 3]>,
    on: Date,
    entropy: &mut dyn Entropy,
) -> Result<KeyEntry, KeystoreError> {
    let names: Vec<String> = components.iter().map(|component| component.custodian.clone()).collect();
    if different(&names) < 2 || different(&names) != names.len() {
        return Err(KeystoreErrorKind::DualControl.named(role.name()));
    }
    if !role.row().algorithms.contains(&StoredAlgorithm::Aes256) {
        return Err(KeystoreErrorKind::Algorithm.named(role.name()));
    }
    let label = next_label(keys, role, name)?;
    let mut sum = vec![0; KEY_LENGTH];
    for component in components {
        if component_check_value(&component.octets)? != component.check_value {
            return Err(KeystoreErrorKind::CheckValue.named(&component.custodian));
        }
        component.octets.expose(|octets| sum.iter_mut().zip(octets).for_each(|(sum, octet)| *sum ^= octet));
    }
    let sum = SecretBytes::new(sum);
    if sum.expose(|sum| sum.iter().all(|octet| *octet == 0)) {
        return Err(KeystoreErrorKind::ComponentsCancel.at(&label));
    }
    let value = component_check_value(&sum)?;
    if whole.is_some_and(|whole| whole != value) {
        return Err(KeystoreErrorKind::CheckValue.at(&label));
    }
    let key = sum.expose(SymmetricKey::new).map_err(|_| KeystoreErrorKind::ComponentLength)?;
    keys.container.import(&label, &key, entropy)?;
    let id = identity(&keys.container, &label, StoredAlgorithm::Aes256)?;
    let custodians = components.iter().map(|component| Custodian {
        name: component.custodian.clone(),
        check_value: hex::encode(component.check_value),
    });
    let custodians = custodians.collect();
    let algorithm = StoredAlgorithm::Aes256.name().to_owned();
    let event = Event::Imported { label: label.clone(), algorithm, id, on, until: last_day(role, on)?, custodians };
    keys.register.record(&event)?;
    Ok(keys.register.living(&label)?.entry.clone())
}

pub(crate) fn rotate<C: Container>(
    keys: &mut Keys<C>,
    role: KeyRole,
    act: &KeyAct<'_>,
    entropy: &mut dyn Entropy,
) -> Result<KeyEntry, KeystoreError> {
    let mut active = keys
        .register
        .keys
        .values()
        .map(|key| &key.entry)
        .filter(|key| key.label.role() == role && key.state == KeyState::Active);
    let old = active.next_back().ok_or_else(|| KeystoreErrorKind::KeyUnknown.named(role.name()))?.clone();
    let new = generate(keys, role, None, old.algorithm, act, entropy)?;
    keys.register.record(&Event::Retired { label: old.label, on: act.on, by: act.by.to_vec() })?;
    keys.read_certificates()?;
    Ok(new)
}

pub(crate) fn destroy<C: Container>(
    keys: &mut Keys<C>,
    label: &KeyLabel,
    act: &KeyAct<'_>,
) -> Result<(), KeystoreError> {
    check_witnesses(label.role(), act)?;
    keys.register.living(label)?;
    keys.container.destroy(label)?;
    keys.register.record(&Event::Destroyed { label: label.clone(), on: act.on, by: act.by.to_vec() })?;
    keys.read_certificates()
}

pub(crate) fn install_certificate<C: Container>(
    keys: &mut Keys<C>,
    label: &KeyLabel,
    der: &[u8],
    seals: u64,
    on: Date,
) -> Result<(), KeystoreError> {
    let key = keys.register.living(label)?;
    if key.certificate.is_some() {
        return Err(KeystoreErrorKind::Exists.at(label));
    }
    let certificate = Certificate::decode(der)?;
    if certificate.key_id() != key.entry.id || *certificate.public_key()? != keys.container.public_key(label)? {
        return Err(KeystoreErrorKind::CertificateMismatch.at(label));
    }
    check_mark(keys, &certificate)?;
    let is_signer = label.role() == KeyRole::DocumentSigner;
    if is_signer {
        signer(label, certificate, &keys.certificates.anchors, seals)?;
    }
    disk::write_once_private(&keys.folder.join(label.file_name("der")), der)?;
    let digest = hex::encode(sha256(der));
    let seals = is_signer.then_some(seals);
    keys.register.record(&Event::Certified { label: label.clone(), certificate: digest, seals, on })?;
    keys.read_certificates()
}

pub(crate) fn install_anchor<C: Container>(keys: &mut Keys<C>, der: &[u8], on: Date) -> Result<(), KeystoreError> {
    let certificate = Certificate::decode(der)?;
    check_mark(keys, &certificate)?;
    let digest = hex::encode(sha256(der));
    disk::write_once_private(&keys.folder.join(anchor_file(&digest)), der)?;
    keys.register.record(&Event::Anchor { certificate: digest, on })?;
    keys.read_certificates()
}

pub(crate) fn create_batch<C: Container>(
    keys: &mut Keys<C>,
    batch: &str,
    on: Date,
    entropy: &mut dyn Entropy,
) -> Result<(), KeystoreError> {
    if keys.register.mark != KeyKind::Test {
        return Err(KeystoreErrorKind::ComesByImport.named(batch));
    }
    make(keys, KeyRole::Transport, Some(batch), StoredAlgorithm::Aes256, &KeyAct { on, by: &[] }, entropy).map(|_| ())
}

/// Makes every key that a store has from the beginning, in the name of whoever makes a TEST store.
pub(crate) fn make_first_keys<C: Container>(
    keys: &mut Keys<C>,
    on: Date,
    entropy: &mut dyn Entropy,
) -> Result<(), KeystoreError> {
    for row in crate::role::ROLES.iter().filter(|row| row.from_the_beginning) {
        let algorithm = *row.algorithms.first().ok_or(KeystoreErrorKind::Algorithm)?;
        make(keys, row.role, None, algorithm, &KeyAct { on, by: &[] }, entropy)?;
    }
    Ok(())
}

/// Check value of an AES key, key identifier of a pair: how a key is told from another without showing it.
pub(crate) fn identity<C: Container>(
    container: &C,
    label: &KeyLabel,
    algorithm: StoredAlgorithm,
) -> Result<String, KeystoreError> {
    match algorithm {
        StoredAlgorithm::Pair(_) => Ok(hex::encode(sha1(&container.public_key(label)?.subject_public_key()?))),
        StoredAlgorithm::Aes256 => Ok(hex::encode(check_value_of(container, label)?)),
    }
}

pub(crate) fn check_value_of<C: Container>(container: &C, label: &KeyLabel) -> Result<[u8; 3], KeystoreError> {
    let [a, b, c, ..] = container.cmac(label, &[0; 16])?;
    Ok([a, b, c])
}

/// The check value of a component: AES-CMAC over 16 zeros, its first 3 octets.
///
/// # Errors
///
/// `keystore.component-length` unless it has 32 octets.
pub fn component_check_value(component: &SecretBytes) -> Result<[u8; 3], KeystoreError> {
    if component.len() != KEY_LENGTH {
        return Err(KeystoreErrorKind::ComponentLength.into());
    }
    let [a, b, c, ..] = sigillo_crypto::aes_cmac(component, &[&[0; 16]])?;
    Ok([a, b, c])
}

fn make<C: Container>(
    keys: &mut Keys<C>,
    role: KeyRole,
    name: Option<&str>,
    algorithm: StoredAlgorithm,
    act: &KeyAct<'_>,
    entropy: &mut dyn Entropy,
) -> Result<KeyEntry, KeystoreError> {
    if !role.row().algorithms.contains(&algorithm) {
        return Err(KeystoreErrorKind::Algorithm.named(role.name()));
    }
    let label = next_label(keys, role, name)?;
    keys.container.generate(&label, algorithm, entropy)?;
    let id = identity(&keys.container, &label, algorithm)?;
    keys.register.record(&Event::Generated {
        label: label.clone(),
        algorithm: algorithm.name().to_owned(),
        id,
        on: act.on,
        until: last_day(role, act.on)?,
        by: act.by.to_vec(),
    })?;
    Ok(keys.register.living(&label)?.entry.clone())
}

/// The label of a role's next key.
fn next_label<C>(keys: &Keys<C>, role: KeyRole, name: Option<&str>) -> Result<KeyLabel, KeystoreError> {
    let label = match (role.row().told_apart, name) {
        (ToldApart::ByName, Some(name)) => KeyLabel::named(role, name)?,
        (ToldApart::ByName, None) => return Err(KeystoreErrorKind::BatchName.named(role.name())),
        (_, Some(_)) => return Err(KeystoreErrorKind::Label.named(role.name())),
        (told_apart, None) => {
            let of_role = keys.register.keys.keys().filter(|label| label.role() == role);
            let newest = of_role.filter_map(KeyLabel::generation).max().unwrap_or(0);
            if newest > 0 && told_apart == ToldApart::NotAtAll {
                return Err(KeystoreErrorKind::OnlyOne.named(role.name()));
            }
            KeyLabel::generation_of(role, newest + 1)
        }
    };
    match keys.register.keys.get(&label) {
        Some(key) if key.entry.state != KeyState::Destroyed => Err(KeystoreErrorKind::Exists.at(&label)),
        _ => Ok(label),
    }
}

/// Two custodians with two names, or one operator.
fn check_witnesses(role: KeyRole, act: &KeyAct<'_>) -> Result<(), KeystoreError> {
    let needed = if role.row().ceremony.is_dual() { 2 } else { 1 };
    if different(act.by) < needed { Err(KeystoreErrorKind::DualControl.named(role.name())) } else { Ok(()) }
}

/// How many different people these names are; letters of either case and spaces at the ends make nobody another.
fn different(names: &[String]) -> usize {
    let names: BTreeSet<String> = names.iter().map(|name| name.trim().to_lowercase()).collect();
    names.iter().filter(|name| !name.is_empty()).count()
}

fn check_mark<C>(keys: &Keys<C>, certificate: &Certificate) -> Result<(), KeystoreError> {
    if keys.register.mark == KeyKind::Production && certificate.is_marked_test() {
        return Err(KeystoreErrorKind::TestKey.into());
    }
    Ok(())
}

/// The last day on which a key of the role makes something new.
fn last_day(role: KeyRole, from: Date) -> Result<Option<Date>, KeystoreError> {
    let Some(months) = role.row().months else { return Ok(None) };
    let day = from.checked_add(i32::try_from(months).unwrap_or(i32::MAX).months()).and_then(Date::yesterday);
    day.map(Some).map_err(|_| KeystoreErrorKind::Date.into())
}

const KEY_LENGTH: usize = 32;
