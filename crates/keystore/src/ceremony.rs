//! A ceremony: a script of steps that custodians carry out together, and the transcript that an auditor replays.
//!
//! The script is data (TOML). The transcript is a hash-chained file of what was done and what each custodian confirmed to
//! have seen: labels, check values and key identifiers, never a key or component.

use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sigillo_crypto::{Entropy, sha256};
use sigillo_secret::SecretBytes;

use crate::chain::Chain;
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::keystore::{Component, KeyAct, Keystore};
use crate::label::KeyLabel;
use crate::manage::component_check_value;
use crate::role::{KeyRole, StoredAlgorithm};

/// A script, read from TOML.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CeremonyScript {
    /// What it is for.
    pub title: String,
    /// Who carries it out: two names at least, all different.
    pub custodians: Vec<String>,
    /// What is done, in this order.
    #[serde(rename = "step")]
    pub steps: Vec<CeremonyStep>,
    /// SHA-256 of the text.
    #[serde(skip)]
    digest: [u8; 32],
}

/// One step of a script.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CeremonyStep {
    /// Something that hands do: it is read out, and confirmed.
    Say {
        /// What to do.
        text: String,
    },
    /// Makes a key in place.
    Generate {
        /// Its role.
        role: KeyRole,
        /// Its name, for roles that have names.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Its algorithm, if not the role's first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        algorithm: Option<String>,
    },
    /// Each custodian enters one component.
    Import {
        /// The key's role.
        role: KeyRole,
        /// Its name, for roles that have names.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// A new generation takes over.
    Rotate {
        /// The role.
        role: KeyRole,
    },
    /// Shows a key's check value or identifier.
    Check {
        /// The key.
        label: KeyLabel,
    },
    /// Takes a key out of use for good.
    Destroy {
        /// The key.
        label: KeyLabel,
    },
}

/// The people of a ceremony: they enter components, and say whether they saw what they should.
pub trait Custodians {
    /// A custodian's component for a step.
    ///
    /// # Errors
    ///
    /// `keystore.secret-missing`.
    fn component(&mut self, custodian: &str, step: usize) -> Result<SecretBytes, KeystoreError>;

    /// Whether a custodian confirms what the step shows.
    ///
    /// # Errors
    ///
    /// `keystore.secret-missing` if there is nobody to ask.
    fn confirms(&mut self, custodian: &str, step: usize, shown: &str) -> Result<bool, KeystoreError>;
}

/// What a transcript says when it is replayed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Transcript {
    /// What the ceremony was for.
    pub title: String,
    /// Who carried it out.
    pub custodians: Vec<String>,
    /// What was shown at each step.
    pub shown: Vec<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
enum Entry {
    Opened { title: String, script: String, custodians: Vec<String>, on: Date },
    Step { step: usize, act: CeremonyStep, shown: String, components: Vec<String>, confirmed: Vec<String> },
    Refused { step: usize, by: String },
    Closed { steps: usize, on: Date },
}

impl CeremonyScript {
    /// Reads a script.
    ///
    /// # Errors
    ///
    /// `keystore.ceremony` unless it is a script with two custodians of different names and a step at least.
    pub fn parse(text: &str) -> Result<Self, KeystoreError> {
        let script: Self = toml::from_str(text).map_err(|_| KeystoreErrorKind::Ceremony)?;
        if !are_two(&script.custodians) || script.steps.is_empty() {
            return Err(KeystoreErrorKind::Ceremony.into());
        }
        Ok(Self { digest: sha256(text.as_bytes()), ..script })
    }

    /// Carries the script out, and writes down each step once every custodian confirmed it.
    ///
    /// # Errors
    ///
    /// Of the steps; `keystore.not-confirmed` if a custodian did not see what he should, which ends the ceremony; of writing
    /// the transcript, a new file.
    pub fn carry_out(
        &self,
        keys: &mut dyn Keystore,
        custodians: &mut dyn Custodians,
        transcript: &Path,
        on: Date,
        entropy: &mut dyn Entropy,
    ) -> Result<Transcript, KeystoreError> {
        let mut chain = Chain::create(transcript, DOMAIN)?;
        let script = hex::encode(self.digest);
        let (title, names) = (self.title.clone(), self.custodians.clone());
        write(&mut chain, &Entry::Opened { title, script, custodians: names, on })?;
        for (step, act) in (1..).zip(&self.steps) {
            let (shown, components) = self.step(keys, custodians, step, act, on, entropy)?;
            for custodian in &self.custodians {
                if !custodians.confirms(custodian, step, &shown)? {
                    write(&mut chain, &Entry::Refused { step, by: custodian.clone() })?;
                    return Err(KeystoreErrorKind::NotConfirmed.named(custodian));
                }
            }
            let confirmed = self.custodians.clone();
            write(&mut chain, &Entry::Step { step, act: act.clone(), shown, components, confirmed })?;
        }
        write(&mut chain, &Entry::Closed { steps: self.steps.len(), on })?;
        Transcript::verify(transcript, Some(self))
    }

    /// What the step shows, and the check values of the components that were entered.
    fn step(
        &self,
        keys: &mut dyn Keystore,
        custodians: &mut dyn Custodians,
        step: usize,
        act: &CeremonyStep,
        on: Date,
        entropy: &mut dyn Entropy,
    ) -> Result<(String, Vec<String>), KeystoreError> {
        let before = KeyAct { on, by: &self.custodians };
        let entry = match act {
            CeremonyStep::Say { text } => return Ok((text.clone(), Vec::new())),
            CeremonyStep::Generate { role, name, algorithm } => {
                let algorithm = match algorithm {
                    Some(name) => StoredAlgorithm::parse(name),
                    None => role.row().algorithms.first().copied(),
                };
                let algorithm = algorithm.ok_or_else(|| KeystoreErrorKind::Algorithm.named(role.name()))?;
                keys.generate(*role, name.as_deref(), algorithm, &before, entropy)?
            }
            CeremonyStep::Import { role, name } => {
                let mut components = Vec::new();
                for custodian in &self.custodians {
                    let octets = custodians.component(custodian, step)?;
                    let check_value = component_check_value(&octets)?;
                    // Nobody signs for a component that was mistyped.
                    if !custodians.confirms(custodian, step, &format!("your component {}", hex::encode(check_value)))? {
                        return Err(KeystoreErrorKind::NotConfirmed.named(custodian));
                    }
                    components.push(Component { custodian: custodian.clone(), octets, check_value });
                }
                let entry = keys.import(*role, name.as_deref(), &components, None, on, entropy)?;
                let values = components.iter().map(|component| hex::encode(component.check_value)).collect();
                return Ok((format!("{} {} {}", entry.label, entry.algorithm.name(), entry.id), values));
            }
            CeremonyStep::Rotate { role } => keys.rotate(*role, &before, entropy)?,
            CeremonyStep::Check { label } => {
                let found = keys.keys().into_iter().find(|key| key.label == *label);
                let entry = found.ok_or_else(|| KeystoreErrorKind::KeyUnknown.at(label))?;
                if let StoredAlgorithm::Aes256 = entry.algorithm
                    && hex::encode(keys.check_value(label)?) != entry.id
                {
                    return Err(KeystoreErrorKind::CheckValue.at(label));
                }
                entry
            }
            CeremonyStep::Destroy { label } => {
                keys.destroy(label, &before)?;
                return Ok((format!("{label} destroyed"), Vec::new()));
            }
        };
        Ok((format!("{} {} {}", entry.label, entry.algorithm.name(), entry.id), Vec::new()))
    }
}

impl Transcript {
    /// Replays a transcript: its chain, its order, that every custodian confirmed every step, and that it came to its end;
    /// with the script, that nothing else was done.
    ///
    /// # Errors
    ///
    /// `keystore.chain-broken`, `keystore.form`, `keystore.transcript`.
    pub fn verify(path: &Path, script: Option<&CeremonyScript>) -> Result<Self, KeystoreError> {
        let (_, entries) = Chain::read(path, DOMAIN)?;
        let entries: Result<Vec<Entry>, _> = entries.into_iter().map(serde_json::from_value).collect();
        let entries = entries.map_err(|_| KeystoreErrorKind::Form)?;
        let told = KeystoreErrorKind::Transcript;
        let [Entry::Opened { title, script: digest, custodians, .. }, steps @ .., Entry::Closed { steps: count, .. }] =
            entries.as_slice()
        else {
            return Err(told.into());
        };
        if !are_two(custodians) || steps.len() != *count {
            return Err(told.into());
        }
        let mut shown = Vec::new();
        for (number, entry) in (1..).zip(steps) {
            let Entry::Step { step, act, shown: saw, components, confirmed } = entry else { return Err(told.into()) };
            let wanted = if matches!(act, CeremonyStep::Import { .. }) { custodians.len() } else { 0 };
            if *step != number || confirmed != custodians || components.len() != wanted {
                return Err(told.into());
            }
            shown.push(saw.clone());
        }
        if let Some(script) = script {
            let acts: Vec<Value> = steps
                .iter()
                .filter_map(|entry| match entry {
                    Entry::Step { act, .. } => serde_json::to_value(act).ok(),
                    _ => None,
                })
                .collect();
            let wanted: Vec<Value> = script.steps.iter().filter_map(|act| serde_json::to_value(act).ok()).collect();
            if hex::encode(script.digest) != *digest || acts != wanted || script.custodians != *custodians {
                return Err(told.into());
            }
        }
        Ok(Self { title: title.clone(), custodians: custodians.clone(), shown })
    }
}

fn write(chain: &mut Chain, entry: &Entry) -> Result<(), KeystoreError> {
    chain.append(&serde_json::to_value(entry).map_err(|_| KeystoreErrorKind::Form)?)
}

/// Two custodians at least, and no two of one name.
fn are_two(custodians: &[String]) -> bool {
    let mut names: Vec<String> = custodians.iter().map(|name| name.trim().to_lowercase()).collect();
    names.sort();
    names.dedup();
    names.len() >= 2 && names.len() == custodians.len() && !names.iter().any(String::is_empty)
}

const DOMAIN: &str = "sigillo/v1/ceremony";
