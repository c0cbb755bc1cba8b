//! TOML to table: what the file says is either understood whole or refused.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::dates::Dates;
use crate::error::{ProfileError, ProfileErrorKind};
use crate::gate::GateCheck;
use crate::objects::{KeyKind, KeyPairSpec, ObjectSpec, PaceSpec, SecretSpec};
use crate::protocol::Protocol;
use crate::table::{
    Access, BiometricRecords, CertificateParameters, ConditionName, Content, Environment, FileKind, FileSpec,
    Mechanism, MechanismReference, Profile,
};

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    ///
    /// `profile.form`, `profile.duplicate`, `profile.unknown-name`, `profile.rule` or `profile.incomplete`, with the row.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let raw: RawProfile = toml::from_str(text)
            .map_err(|error| ProfileError::new(ProfileErrorKind::Form(error.message().to_owned())))?;
        let profile = raw.into_profile()?;
        profile.check()?;
        Ok(profile)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProfile {
    name: String,
    title: String,
    test: bool,
    document_code: String,
    issuing_state: String,
    lds_version: String,
    certificate_parameters: RawParameters,
    max_command: u16,
    max_response: u16,
    dates: Option<Dates>,
    #[serde(default)]
    records: BiometricRecords,
    #[serde(default)]
    test_data: Vec<u8>,
    environments: BTreeMap<String, RawEnvironment>,
    #[serde(default)]
    pace: Vec<PaceSpec>,
    #[serde(default)]
    key_pair: Vec<RawKeyPair>,
    #[serde(default)]
    secret: Vec<SecretSpec>,
    #[serde(default)]
    object: Vec<ObjectSpec>,
    file: Vec<RawFile>,
    gate: Vec<GateCheck>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawParameters {
    Explicit,
    Named,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEnvironment {
    number: u8,
    alternatives: Vec<RawMechanism>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMechanism {
    mechanism: RawMechanismName,
    reference: u8,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawMechanismName {
    Scp03,
    Bac,
    Pace,
    ChipAuthentication,
    TerminalAuthentication,
    IssuingOffice,
    Holder,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKeyPair {
    name: String,
    application: String,
    reference: u8,
    domain: Option<u8>,
    modulus_bits: Option<u16>,
    protocols: Vec<Protocol>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    name: String,
    parent: Option<String>,
    kind: RawKind,
    fid: u16,
    sfi: Option<u8>,
    size: Option<u16>,
    aid: Option<String>,
    content: Option<String>,
    #[serde(default)]
    deactivated: bool,
    rules: RawRules,
    clause: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawKind {
    MasterFile,
    Application,
    Transparent,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawRules {
    read: Option<RawCondition>,
    update: Option<RawCondition>,
    create_ef: Option<RawCondition>,
    create_df: Option<RawCondition>,
    activate: Option<RawCondition>,
    deactivate: Option<RawCondition>,
    terminate: Option<RawCondition>,
    put_data: Option<RawCondition>,
    generate_key_pair: Option<RawCondition>,
    select: Option<RawCondition>,
    internal_authenticate: Option<RawCondition>,
    sign: Option<RawCondition>,
    verify: Option<RawCondition>,
    change_code: Option<RawCondition>,
    set_codes: Option<RawCondition>,
    reset_code: Option<RawCondition>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawCondition {
    One(String),
    AnyOf(Vec<String>),
}

impl RawProfile {
    fn into_profile(self) -> Result<Profile, ProfileError> {
        let mut environments: Vec<Environment> =
            self.environments.into_iter().map(|(name, raw)| raw.into_environment(name)).collect();
        // By number: the chip takes the formation keys' environment first, and every other one under it.
        environments.sort_by_key(|environment| environment.number);
        Ok(Profile {
            name: self.name,
            title: self.title,
            test: self.test,
            document_code: self.document_code,
            issuing_state: self.issuing_state,
            lds_version: self.lds_version,
            certificate_parameters: match self.certificate_parameters {
                RawParameters::Explicit => CertificateParameters::Explicit,
                RawParameters::Named => CertificateParameters::Named,
            },
            max_command: self.max_command,
            max_response: self.max_response,
            dates: self.dates,
            environments,
            pace: self.pace,
            key_pairs: self.key_pair.into_iter().map(RawKeyPair::into_key_pair).collect::<Result<_, _>>()?,
            secrets: self.secret,
            objects: self.object,
            files: self.file.into_iter().map(RawFile::into_file).collect::<Result<_, _>>()?,
            records: self.records,
            test_data: self.test_data,
            gate: self.gate,
        })
    }
}

impl RawEnvironment {
    fn into_environment(self, name: String) -> Environment {
        let mechanism = |name| match name {
            RawMechanismName::Scp03 => Mechanism::Scp03,
            RawMechanismName::Bac => Mechanism::Bac,
            RawMechanismName::Pace => Mechanism::Pace,
            RawMechanismName::ChipAuthentication => Mechanism::ChipAuthentication,
            RawMechanismName::TerminalAuthentication => Mechanism::TerminalAuthentication,
            RawMechanismName::IssuingOffice => Mechanism::IssuingOffice,
            RawMechanismName::Holder => Mechanism::Holder,
        };
        let alternatives = self.alternatives.into_iter();
        let alternatives = alternatives
            .map(|raw| MechanismReference { mechanism: mechanism(raw.mechanism), reference: raw.reference })
            .collect();
        Environment { name, number: self.number, alternatives }
    }
}

impl RawKeyPair {
    fn into_key_pair(self) -> Result<KeyPairSpec, ProfileError> {
        let kind = match (self.domain, self.modulus_bits) {
            (Some(domain), None) => KeyKind::Domain(domain),
            (None, Some(bits)) => KeyKind::ModulusBits(bits),
            _ => return Err(ProfileError::rule(&self.name, "a key pair has a domain or modulus_bits")),
        };
        let Self { name, application, reference, protocols, .. } = self;
        Ok(KeyPairSpec { name, application, reference, kind, protocols })
    }
}

impl RawFile {
    fn into_file(self) -> Result<FileSpec, ProfileError> {
        let row = self.name.clone();
        let kind = match (self.kind, self.size, self.aid, self.content) {
            (RawKind::MasterFile, None, None, None) if self.sfi.is_none() => FileKind::MasterFile,
            (RawKind::Application, None, Some(aid), None) if self.sfi.is_none() => {
                let aid = hex::decode(aid).map_err(|_| ProfileError::rule(&row, "aid: hexadecimal octets"))?;
                FileKind::Application { aid }
            }
            (RawKind::Transparent, Some(size), None, Some(content)) => {
                let content = content_named(&content).ok_or_else(|| ProfileError::unknown(&row, &content))?;
                FileKind::Transparent { size, sfi: self.sfi, content }
            }
            _ => {
                return Err(ProfileError::rule(
                    &row,
                    "size, sfi and content are a transparent file's, aid is an application's",
                ));
            }
        };
        let rules = self.rules.into_rules();
        let Self { name, parent, fid, deactivated, clause, .. } = self;
        Ok(FileSpec { name, parent, kind, fid, deactivated, rules, clause })
    }
}

impl RawRules {
    fn into_rules(self) -> Vec<(Access, Vec<ConditionName>)> {
        let listed = [
            (Access::Read, self.read),
            (Access::Update, self.update),
            (Access::CreateEf, self.create_ef),
            (Access::CreateDf, self.create_df),
            (Access::Activate, self.activate),
            (Access::Deactivate, self.deactivate),
            (Access::Terminate, self.terminate),
            (Access::PutData, self.put_data),
            (Access::GenerateKeyPair, self.generate_key_pair),
            (Access::Select, self.select),
            (Access::InternalAuthenticate, self.internal_authenticate),
            (Access::Sign, self.sign),
            (Access::Verify, self.verify),
            (Access::ChangeCode, self.change_code),
            (Access::SetCodes, self.set_codes),
            (Access::ResetCode, self.reset_code),
        ];
        listed.into_iter().filter_map(|(access, raw)| Some((access, raw?.into_names()))).collect()
    }
}

impl RawCondition {
    fn into_names(self) -> Vec<ConditionName> {
        let names = match self {
            Self::One(name) => vec![name],
            Self::AnyOf(names) => names,
        };
        let named =
            |name: String| if name == "always" { ConditionName::Always } else { ConditionName::Environment(name) };
        names.into_iter().map(named).collect()
    }
}

fn content_named(name: &str) -> Option<Content> {
    match name {
        "atr-info" => Some(Content::AtrInfo),
        "dir" => Some(Content::Dir),
        "card-access" => Some(Content::CardAccess),
        "card-security" => Some(Content::CardSecurity),
        "certificate" => Some(Content::Certificate),
        "cvca" => Some(Content::Cvca),
        "com" => Some(Content::Com),
        "sod" => Some(Content::Sod),
        _ => {
            let number = name.strip_prefix("dg")?.parse().ok()?;
            (1..=16).contains(&number).then_some(Content::DataGroup(number))
        }
    }
}
