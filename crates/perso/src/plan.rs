//! The plan: every step of initialization and formation, made from the profile alone.

use serde::Serialize;
use serde_json::{Value, json};
use sigillo_issuance::canonical::{CanonicalError, digest};
use sigillo_profile::{Check, Content, FileKind, FileSpec, ObjectName, Profile, SecretName, SecretSpec};

use crate::error::{PersoError, PersoErrorKind};

/// The full ordered list before any card is touched. It names files and secrets and holds none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PersoPlan {
    /// `initialization` or `formation`.
    pub phase: &'static str,
    /// The profile.
    pub profile: String,
    /// The steps, in order.
    pub steps: Vec<PlanStep>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanStep {
    /// `formation/07`.
    pub id: String,
    /// What is done.
    pub act: Act,
    /// Why the profile does without it; a waived step is reported as waived, never as done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waived: Option<String>,
}

/// A version of the chip's key set (decision D11).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum KeyVersion {
    /// The vendor's, per batch.
    Transport = 0x20,
    /// Ours, per chip.
    Formation = 0x30,
}

/// What a SELECT selects.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// The master file.
    MasterFile,
    /// An application, by its name in the profile.
    Application(String),
}

/// What a step does: on the chip, or beside it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "act")]
#[non_exhaustive]
pub enum Act {
    /// INITIALIZE UPDATE: which chip is this, and which key set does it hold?
    Identify,
    /// EXTERNAL AUTHENTICATE under the key set that the chip named.
    OpenChannel {
        /// The version that it must have named.
        keys: KeyVersion,
    },
    /// PUT KEY: the formation keys replace the transport keys.
    ReplaceKeys,
    /// SELECT.
    Select {
        /// What.
        target: Target,
    },
    /// CREATE FILE with these parameters.
    CreateFile {
        /// Name in the profile.
        file: String,
        /// File control parameters, hexadecimal.
        fcp: String,
    },
    /// PUT DATA of a security environment.
    DefineEnvironment {
        /// Its number.
        number: u8,
        /// Its template, hexadecimal.
        template: String,
    },
    /// GENERATE ASYMMETRIC KEY PAIR; the answer is the public key.
    GenerateKeyPair {
        /// Name in the profile.
        key: String,
        /// Kind, reference and protocols, hexadecimal.
        template: String,
    },
    /// Data groups are made, a slot is reserved, the document signer signs, the seal is verified.
    Seal,
    /// The document signer signs EF.CardSecurity, in a slot of its own, and the signature is verified.
    SealCardSecurity,
    /// UPDATE BINARY until the file is whole.
    Write {
        /// Name in the profile.
        file: String,
        /// Which content.
        content: Content,
    },
    /// PUT DATA of a secret in the selected file.
    SetSecret {
        /// Which one.
        secret: SecretName,
        /// Data object tag.
        tag: u16,
        /// How many wrong tries in a row block it.
        #[serde(skip_serializing_if = "Option::is_none")]
        tries: Option<u8>,
    },
    /// PUT DATA of a public data object in the selected file, as often as it has values.
    SetObject {
        /// Which one.
        object: ObjectName,
        /// Data object tag.
        tag: u16,
    },
    /// SELECT and DEACTIVATE FILE: an application waits for the issuing office.
    Deactivate {
        /// Its name in the profile.
        application: String,
    },
    /// READ BINARY until the file is whole, compared octet by octet.
    ReadBack {
        /// Name in the profile.
        file: String,
        /// Which content.
        content: Content,
    },
    /// The chip of the stock and the record become one; in the register only.
    Bind,
    /// Everything is stored and was compared; in the register only.
    ConfirmWritten,
    /// CAN, PIN, PUK and CIP are made, and encrypted to the issuing circuit; the steps behind set them on the chip.
    SetCodes,
    /// ACTIVATE FILE on the master file: for ever.
    Lock,
    /// TERMINATE CARD USAGE: for ever.
    Terminate,
    /// A fresh session through the public protocols, with these checks.
    PublicSession {
        /// The checks of the profile that it makes.
        checks: Vec<Check>,
    },
    /// Chip Authentication in a public session.
    ChipAuthentication,
    /// The card is printed.
    Print,
    /// Print, chip and register are compared.
    ComparePrint,
    /// The chip enters the stock.
    EnterStock,
    /// The record is `not_issued`.
    Release,
}

impl Act {
    /// Whether it cannot be undone: its intent is journaled before it, its outcome after it (decision D11).
    #[must_use]
    pub const fn is_irreversible(&self) -> bool {
        matches!(
            self,
            Self::ReplaceKeys
                | Self::GenerateKeyPair { .. }
                | Self::Seal
                | Self::SealCardSecurity
                | Self::SetCodes
                | Self::Lock
                | Self::Print
                | Self::Terminate
        )
    }
}

impl PersoPlan {
    /// From a chip with transport keys to a chip of the stock.
    ///
    /// # Errors
    ///
    /// `perso.profile-row` if the profile lacks a master file.
    pub fn initialization(profile: &Profile) -> Result<Self, PersoError> {
        let mut acts = vec![
            Act::Identify,
            Act::OpenChannel { keys: KeyVersion::Transport },
            Act::ReplaceKeys,
            Act::Identify,
            Act::OpenChannel { keys: KeyVersion::Formation },
        ];
        let mut dfs: Vec<_> = profile.files.iter().filter(|file| file.content().is_none()).collect();
        if dfs.first().is_none_or(|file| file.kind != FileKind::MasterFile) {
            return Err(PersoError::new(PersoErrorKind::ProfileRow("a master file"), "plan"));
        }
        // Each DF with everything in it before the next: CREATE leaves a DF current, so that its files need no SELECT.
        let master = dfs.remove(0);
        acts.push(create(profile, master));
        for environment in &profile.environments {
            acts.push(Act::DefineEnvironment {
                number: environment.number,
                template: hex::encode(environment.template()),
            });
        }
        initialize_df(profile, master, &mut acts);
        for (index, df) in dfs.iter().enumerate() {
            if index > 0 {
                acts.push(Act::Select { target: Target::MasterFile });
            }
            acts.push(create(profile, df));
            initialize_df(profile, df, &mut acts);
        }
        acts.push(Act::EnterStock);
        Ok(Self::numbered("initialization", profile, acts))
    }

    /// From a chip of the stock and a record to a released card.
    ///
    /// # Errors
    ///
    /// `perso.profile-row` if the profile lacks EF.SOD or DG14.
    pub fn formation(profile: &Profile) -> Result<Self, PersoError> {
        let row =
            |content, what| profile.file_with(content).ok_or(PersoError::new(PersoErrorKind::ProfileRow(what), "plan"));
        row(Content::DataGroup(14), "DG14")?;
        let application = row(Content::Sod, "EF.SOD")?.parent.clone().unwrap_or_default();
        let select = |name: &str| Act::Select { target: Target::Application(name.to_owned()) };
        let mut acts =
            vec![Act::Identify, Act::Bind, Act::OpenChannel { keys: KeyVersion::Formation }, select(&application)];
        // The chip's own keys are compared with the stock before anything is sealed over them.
        acts.extend(read_back(profile, &application, true));
        acts.push(Act::Seal);
        if profile.file_with(Content::CardSecurity).is_some() {
            acts.push(Act::SealCardSecurity);
        }
        form_df(profile, &application, &mut acts);
        let (master, others): (Vec<_>, Vec<_>) =
            profile.files.iter().filter(|file| file.content().is_none()).partition(|file| file.parent.is_none());
        for df in others.iter().filter(|df| df.name != application) {
            acts.push(select(&df.name));
            form_df(profile, &df.name, &mut acts);
        }
        acts.push(Act::Select { target: Target::MasterFile });
        for df in master {
            form_df(profile, &df.name, &mut acts);
            acts.extend(read_back(profile, &df.name, true));
        }
        acts.extend([Act::ConfirmWritten, Act::SetCodes]);
        let codes = profile.secrets.iter().filter(|secret| is_code(secret)).map(set_secret);
        let codes: Vec<Act> = codes.collect();
        if !codes.is_empty() {
            acts.push(Act::Select { target: Target::MasterFile });
            acts.extend(codes);
        }
        for file in profile.files.iter().filter(|file| file.deactivated) {
            acts.push(Act::Deactivate { application: file.name.clone() });
        }
        acts.extend([
            // What was read is current; the lock acts on the current file.
            Act::Select { target: Target::MasterFile },
            Act::Lock,
            Act::PublicSession {
                checks: vec![Check::Lock, Check::AccessControl, Check::PassiveAuthentication, Check::PublicRead],
            },
            Act::ChipAuthentication,
            Act::Print,
            Act::ComparePrint,
            Act::Release,
        ]);
        Ok(Self::numbered("formation", profile, acts))
    }

    /// Ends a chip that still knows the formation keys.
    #[must_use]
    pub fn termination(profile: &Profile) -> Self {
        let acts = vec![
            Act::Identify,
            Act::OpenChannel { keys: KeyVersion::Formation },
            Act::Select { target: Target::MasterFile },
            Act::Terminate,
        ];
        Self::numbered("termination", profile, acts)
    }

    fn numbered(phase: &'static str, profile: &Profile, acts: Vec<Act>) -> Self {
        let step = |(number, act): (usize, Act)| PlanStep {
            id: format!("{phase}/{:02}", number + 1),
            waived: check_of(&act).and_then(|check| waiver(profile, check)),
            act,
        };
        Self { phase, profile: profile.name.clone(), steps: acts.into_iter().enumerate().map(step).collect() }
    }
}

/// SHA-256 over the canonical form of a profile.
///
/// # Errors
///
/// A code of `canonical`, which no profile that was parsed causes.
pub fn profile_digest(profile: &Profile) -> Result<[u8; 32], CanonicalError> {
    digest("sigillo/v1/profile", &[], &value(profile))
}

/// SHA-256 over the lot's digest, the profile's digest and the steps of initialization and formation: what `run plan`
/// prints and `run start --plan` insists on.
///
/// # Errors
///
/// A code of `canonical`, which no plan causes.
pub fn run_digest(lot: &[u8; 32], profile: &Profile, plan: &PersoPlan) -> Result<[u8; 32], CanonicalError> {
    let entry =
        json!({ "lot": hex::encode(lot), "profile": hex::encode(profile_digest(profile)?), "plan": value(plan) });
    digest("sigillo/v1/plan", &[], &entry)
}

/// Serialization of our own tables cannot fail: string keys, integers, strings.
fn value(table: &impl Serialize) -> Value {
    serde_json::to_value(table).unwrap_or(Value::Null)
}

fn create(profile: &Profile, file: &FileSpec) -> Act {
    Act::CreateFile { file: file.name.clone(), fcp: hex::encode(profile.file_control_parameters(file).encode()) }
}

/// Key pairs and files of the DF that is current.
fn initialize_df(profile: &Profile, df: &FileSpec, acts: &mut Vec<Act>) {
    for key in profile.key_pairs.iter().filter(|key| key.application == df.name) {
        acts.push(Act::GenerateKeyPair { key: key.name.clone(), template: hex::encode(key.template()) });
    }
    for file in profile.files.iter().filter(|file| file.parent.as_deref() == Some(&df.name)) {
        let Some(content) = file.content() else { continue };
        acts.push(create(profile, file));
        if is_of_the_chip(content) {
            acts.push(Act::Write { file: file.name.clone(), content });
            acts.push(Act::ReadBack { file: file.name.clone(), content });
        }
    }
}

/// Files, secrets and data objects of the DF that is current; codes come later.
fn form_df(profile: &Profile, df: &str, acts: &mut Vec<Act>) {
    let written = contents(profile, df, false).map(|(file, content)| Act::Write { file: file.name.clone(), content });
    acts.extend(written);
    let secrets = profile.secrets.iter().filter(|secret| secret.application == df && !is_code(secret));
    acts.extend(secrets.map(set_secret));
    for object in profile.objects.iter().filter(|object| object.application == df) {
        acts.push(Act::SetObject { object: object.name, tag: object.tag });
    }
    acts.extend(read_back(profile, df, false));
}

fn read_back(profile: &Profile, df: &str, of_the_chip: bool) -> Vec<Act> {
    let read = contents(profile, df, of_the_chip);
    read.map(|(file, content)| Act::ReadBack { file: file.name.clone(), content }).collect()
}

fn contents<'p>(profile: &'p Profile, df: &str, of_the_chip: bool) -> impl Iterator<Item = (&'p FileSpec, Content)> {
    let inside = profile.files.iter().filter(move |file| file.parent.as_deref() == Some(df));
    let files = inside.filter_map(|file| Some((file, file.content()?)));
    files.filter(move |(_, content)| is_of_the_chip(*content) == of_the_chip)
}

fn set_secret(secret: &SecretSpec) -> Act {
    Act::SetSecret { secret: secret.name, tag: secret.tag, tries: secret.tries }
}

/// What is made for the holder, and not derived from the machine readable zone.
fn is_code(secret: &SecretSpec) -> bool {
    secret.name != SecretName::Mrz
}

/// What initialization writes: files that belong to the chip.
fn is_of_the_chip(content: Content) -> bool {
    matches!(content, Content::AtrInfo | Content::Dir | Content::CardAccess | Content::DataGroup(14 | 15))
}

fn check_of(act: &Act) -> Option<Check> {
    match act {
        Act::SetCodes => Some(Check::Codes),
        Act::ChipAuthentication => Some(Check::ChipAuthentication),
        Act::Print => Some(Check::Print),
        Act::ComparePrint => Some(Check::PrintComparison),
        _ => None,
    }
}

fn waiver(profile: &Profile, check: Check) -> Option<String> {
    profile.gate.iter().find(|line| line.check == check).and_then(|line| line.waived.clone())
}
