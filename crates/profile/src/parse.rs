//! TOML to table, checked: what the file says is either understood whole or refused.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{ProfileError, ProfileErrorKind};
use crate::gate::GateCheck;
use crate::table::{
    Access, CertificateParameters, ConditionName, Content, Environment, FileKind, FileSpec, KeyPairSpec, Mechanism,
    MechanismReference, Profile, SecretSpec,
};

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    ///
    /// `profile.form`, `profile.duplicate`, `profile.unknown-name` or `profile.rule`, with the row.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let raw: RawProfile = toml::from_str(text)
            .map_err(|error| ProfileError::new(ProfileErrorKind::Form(error.message().to_owned())))?;
        let profile = raw.into_profile()?;
        profile.check_header()?;
        profile.check_rows()?;
        Ok(profile)
    }

    fn check_header(&self) -> Result<(), ProfileError> {
        let rule = |holds: bool, what| if holds { Ok(()) } else { Err(ProfileError::rule("header", what)) };
        rule(
            !self.name.is_empty()
                && self.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "name: lower-case letters, digits and hyphens",
        )?;
        rule(
            self.document_code.len() == 2 && self.document_code.starts_with(['A', 'C', 'I']),
            "document_code: two characters, the first A, C or I",
        )?;
        rule(self.issuing_state.len() == 3, "issuing_state: three letters")?;
        rule(matches!(self.lds_version.as_str(), "1.7" | "1.8"), "lds_version: 1.7 or 1.8")?;
        rule(
            self.max_command >= 261 && self.max_response >= 258,
            "max_command and max_response: at least a short APDU",
        )?;
        rule(
            self.files.first().is_some_and(|file| file.kind == FileKind::MasterFile),
            "the first file is the master file",
        )
    }

    fn check_rows(&self) -> Result<(), ProfileError> {
        for (index, file) in self.files.iter().enumerate() {
            let earlier = self.files.get(..index).unwrap_or_default();
            self.check_file(file, earlier)?;
            if let Some(twin) = earlier.iter().find(|other| clash(other, file)) {
                return Err(duplicate(&twin.name, &file.name));
            }
        }
        for (index, environment) in self.environments.iter().enumerate() {
            if !(1..=14).contains(&environment.number) || environment.alternatives.is_empty() {
                return Err(ProfileError::rule(
                    &environment.name,
                    "an environment has a number from 1 to 14 and at least one mechanism",
                ));
            }
            if let Some(twin) = self
                .environments
                .get(..index)
                .unwrap_or_default()
                .iter()
                .find(|other| other.number == environment.number)
            {
                return Err(duplicate(&twin.name, &environment.name));
            }
        }
        let holders = self.key_pairs.iter().map(|key| (&key.name, &key.application));
        for (row, application) in holders.chain(self.secrets.iter().map(|secret| (&secret.name, &secret.application))) {
            if self.aid(application).is_none() {
                return Err(unknown(row, application));
            }
        }
        Ok(())
    }

    fn check_file(&self, file: &FileSpec, earlier: &[FileSpec]) -> Result<(), ProfileError> {
        match (&file.parent, &file.kind) {
            (None, FileKind::MasterFile) if file.fid == 0x3F00 => {}
            (None, _) | (_, FileKind::MasterFile) => {
                return Err(ProfileError::rule(&file.name, "only the master file, 3F00, has no parent"));
            }
            (Some(parent), _) => {
                let is_df = |other: &&FileSpec| other.name == *parent && other.content().is_none();
                if !earlier.iter().any(|other| is_df(&other)) {
                    return Err(unknown(&file.name, parent));
                }
            }
        }
        if let FileKind::Application { aid } = &file.kind
            && !(5..=16).contains(&aid.len())
        {
            return Err(ProfileError::rule(&file.name, "an application identifier has 5 to 16 octets"));
        }
        if file.sfi().is_some_and(|sfi| !(1..=30).contains(&sfi))
            || file.size().is_some_and(|size| !(1..=LONGEST_FILE).contains(&size))
        {
            return Err(ProfileError::rule(&file.name, "a short file identifier is 1 to 30, a size 1 to 32768"));
        }
        let is_ef = file.content().is_some();
        for (access, names) in &file.rules {
            if access.operations(is_ef).is_empty() || names.is_empty() {
                return Err(ProfileError::rule(
                    &file.name,
                    "a rule that has no meaning for this kind of file, or names nobody",
                ));
            }
            for name in names {
                if let ConditionName::Environment(name) = name
                    && self.environment(name).is_none()
                {
                    return Err(unknown(&file.name, name));
                }
            }
        }
        Ok(())
    }
}

/// What the 15 bits of an offset in P1-P2 reach: formation uses no odd instructions.
const LONGEST_FILE: u16 = 0x8000;

fn clash(a: &FileSpec, b: &FileSpec) -> bool {
    let siblings = a.parent == b.parent;
    let names =
        a.name == b.name || (siblings && a.fid == b.fid) || (siblings && a.sfi().is_some() && a.sfi() == b.sfi());
    let aids =
        matches!((&a.kind, &b.kind), (FileKind::Application { aid: x }, FileKind::Application { aid: y }) if x == y);
    names || aids || (a.content().is_some() && a.content() == b.content())
}

fn duplicate(first: &str, second: &str) -> ProfileError {
    ProfileError::new(ProfileErrorKind::Duplicate { first: first.to_owned(), second: second.to_owned() })
}

fn unknown(row: &str, name: &str) -> ProfileError {
    ProfileError::new(ProfileErrorKind::Unknown { row: row.to_owned(), name: name.to_owned() })
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
    environments: BTreeMap<String, RawEnvironment>,
    #[serde(default)]
    key_pair: Vec<RawKeyPair>,
    #[serde(default)]
    secret: Vec<RawSecret>,
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKeyPair {
    name: String,
    application: String,
    reference: u8,
    domain: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSecret {
    name: String,
    application: String,
    tag: u16,
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
    terminate: Option<RawCondition>,
    put_data: Option<RawCondition>,
    generate_key_pair: Option<RawCondition>,
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
            environments,
            key_pairs: self.key_pair.into_iter().map(RawKeyPair::into_key_pair).collect(),
            secrets: self.secret.into_iter().map(RawSecret::into_secret).collect(),
            files: self.file.into_iter().map(RawFile::into_file).collect::<Result<_, _>>()?,
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
        };
        let alternatives = self.alternatives.into_iter();
        let alternatives = alternatives
            .map(|raw| MechanismReference { mechanism: mechanism(raw.mechanism), reference: raw.reference })
            .collect();
        Environment { name, number: self.number, alternatives }
    }
}

impl RawKeyPair {
    fn into_key_pair(self) -> KeyPairSpec {
        KeyPairSpec { name: self.name, application: self.application, reference: self.reference, domain: self.domain }
    }
}

impl RawSecret {
    fn into_secret(self) -> SecretSpec {
        SecretSpec { name: self.name, application: self.application, tag: self.tag }
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
                let content = content_named(&content).ok_or_else(|| unknown(&row, &content))?;
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
        Ok(FileSpec { name: self.name, parent: self.parent, kind, fid: self.fid, rules, clause: self.clause })
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
            (Access::Terminate, self.terminate),
            (Access::PutData, self.put_data),
            (Access::GenerateKeyPair, self.generate_key_pair),
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
        "cvca" => Some(Content::Cvca),
        "com" => Some(Content::Com),
        "sod" => Some(Content::Sod),
        _ => {
            let number = name.strip_prefix("dg")?.parse().ok()?;
            (1..=16).contains(&number).then_some(Content::DataGroup(number))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::embedded;

    fn altered(from: &str, to: &str) -> ProfileError {
        let text = embedded("pse-rf-bac").unwrap();
        assert!(text.contains(from), "{from} is in the profile");
        Profile::parse(&text.replacen(from, to, 1)).unwrap_err()
    }

    #[test]
    fn each_mistake_is_refused_by_its_code() {
        for (from, to, code) in [
            ("test = true", "test = true\nextra = 1", "profile.form"),
            ("document_code = \"IR\"", "document_code = \"VR\"", "profile.rule"),
            ("max_command = 2048", "max_command = 20", "profile.rule"),
            ("fid = 0x3F00", "fid = 0x3F01", "profile.rule"),
            ("fid = 0x0102", "fid = 0x0101", "profile.duplicate"),
            ("sfi = 0x02", "sfi = 0x03", "profile.duplicate"),
            ("sfi = 0x02", "sfi = 0x1F", "profile.rule"),
            ("size = 32768", "size = 32769", "profile.rule"),
            ("content = \"dg2\"", "content = \"dg1\"", "profile.duplicate"),
            ("content = \"dg2\"", "content = \"dg17\"", "profile.unknown-name"),
            ("aid = \"A0000002471001\"", "aid = \"A000\"", "profile.rule"),
            ("parent = \"MF\"", "parent = \"MG\"", "profile.unknown-name"),
            ("update = \"formation\"", "update = \"everybody\"", "profile.unknown-name"),
            ("update = \"formation\"", "create-ef = \"formation\"", "profile.rule"),
            ("update = \"formation\"", "update = []", "profile.rule"),
            ("number = 2", "number = 1", "profile.duplicate"),
            ("number = 2", "number = 15", "profile.rule"),
            ("application = \"eMRTD\"", "application = \"EF.DG1\"", "profile.unknown-name"),
            ("check = \"lock\"", "check = \"look\"", "profile.form"),
        ] {
            assert_eq!(altered(from, to).code(), code, "{from} → {to}");
        }
    }
}
