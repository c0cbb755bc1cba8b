use serde::Serialize;

use crate::gate::GateCheck;

/// A chip, complete. Only [`Profile::parse`] makes one, so every reference inside it is known to hold.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Profile {
    /// The name that runs and stock entries carry.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// A TEST profile: refused in production mode.
    pub test: bool,
    /// MRZ document code, two characters.
    pub document_code: String,
    /// Issuing state, three letters.
    pub issuing_state: String,
    /// LDS version of EF.COM and EF.SOD: `1.7` or `1.8`.
    pub lds_version: String,
    /// How certificates made for this profile state their curve.
    pub certificate_parameters: CertificateParameters,
    /// Longest command in octets, header and lengths included, as EF.ATR/INFO tells it.
    pub max_command: u16,
    /// Longest response in octets, status word included, as EF.ATR/INFO tells it.
    pub max_response: u16,
    /// Security environments by number.
    pub environments: Vec<Environment>,
    /// Key pairs that the chip generates.
    pub key_pairs: Vec<KeyPairSpec>,
    /// Secrets that formation sets.
    pub secrets: Vec<SecretSpec>,
    /// Files in the order of their creation; the first is the master file.
    pub files: Vec<FileSpec>,
    /// The release gate, in order.
    pub gate: Vec<GateCheck>,
}

/// How a certificate states its curve. Spec: `icao-9303-12#ec-parameters`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateParameters {
    /// All domain parameters, as ICAO 9303-12 asks.
    Explicit,
    /// The curve's object identifier.
    Named,
}

/// A security environment: the secure channels that meet a condition, any one of them.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Environment {
    /// Name in the rules.
    pub name: String,
    /// Number on the chip, 1 to 14.
    pub number: u8,
    /// What meets it.
    pub alternatives: Vec<MechanismReference>,
}

/// A secure channel and the key or right it must have been opened with.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct MechanismReference {
    /// The protocol.
    pub mechanism: Mechanism,
    /// SCP03: key version; BAC and PACE: password (1 MRZ, 2 CAN); Terminal Authentication: the effective right.
    pub reference: u8,
}

/// Protocols by their reference octet in a security environment template.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[repr(u8)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the standard's own names")]
pub enum Mechanism {
    Scp03 = 1,
    Bac = 2,
    Pace = 3,
    ChipAuthentication = 4,
    TerminalAuthentication = 5,
}

/// A key pair that the chip generates and keeps.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct KeyPairSpec {
    /// Name in reports.
    pub name: String,
    /// The application that holds it.
    pub application: String,
    /// Key reference on the chip.
    pub reference: u8,
    /// Standardized domain parameters of ICAO 9303-11: 12 is P-256.
    pub domain: u8,
}

/// A secret that formation sets by PUT DATA.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SecretSpec {
    /// Name in plans.
    pub name: String,
    /// The application that holds it.
    pub application: String,
    /// Two-octet data object tag.
    pub tag: u16,
}

/// One file.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FileSpec {
    /// Name in plans, reports and rules.
    pub name: String,
    /// Where it lies; `None` for the master file.
    pub parent: Option<String>,
    /// What it is.
    pub kind: FileKind,
    /// File identifier.
    pub fid: u16,
    /// Who may do what.
    pub rules: Vec<(Access, Vec<ConditionName>)>,
    /// The clause that asks for it.
    pub clause: String,
}

/// What a file is.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum FileKind {
    /// The master file.
    MasterFile,
    /// An application.
    Application {
        /// Application identifier.
        #[serde(serialize_with = "as_hex")]
        aid: Vec<u8>,
    },
    /// A transparent elementary file.
    Transparent {
        /// Size in octets: what is written may be shorter.
        size: u16,
        /// Short file identifier.
        sfi: Option<u8>,
        /// What is written into it.
        content: Content,
    },
}

/// What a transparent file holds.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the file's own name")]
pub enum Content {
    AtrInfo,
    Dir,
    CardAccess,
    Cvca,
    Com,
    /// A data group of the LDS, by number.
    DataGroup(u8),
    Sod,
}

/// An operation that a rule is about.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the command's own name")]
pub enum Access {
    Read,
    Update,
    CreateEf,
    CreateDf,
    Activate,
    Terminate,
    PutData,
    GenerateKeyPair,
}

/// A condition by name; a rule lists alternatives.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionName {
    /// Anybody.
    Always,
    /// A security environment, by name.
    Environment(String),
}

impl Profile {
    /// The file of this name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&FileSpec> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The file that holds this content.
    #[must_use]
    pub fn file_with(&self, content: Content) -> Option<&FileSpec> {
        self.files.iter().find(|file| file.content() == Some(content))
    }

    /// The security environment of this name.
    #[must_use]
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == name)
    }

    /// The application identifier of a row.
    #[must_use]
    pub fn aid(&self, application: &str) -> Option<&[u8]> {
        match &self.file(application)?.kind {
            FileKind::Application { aid } => Some(aid),
            _ => None,
        }
    }

    /// Data group numbers in ascending order.
    #[must_use]
    pub fn data_groups(&self) -> Vec<u8> {
        let mut numbers: Vec<u8> = self
            .files
            .iter()
            .filter_map(|file| match file.content() {
                Some(Content::DataGroup(number)) => Some(number),
                _ => None,
            })
            .collect();
        numbers.sort_unstable();
        numbers
    }
}

impl FileSpec {
    /// What the file holds; `None` unless it is transparent.
    #[must_use]
    pub fn content(&self) -> Option<Content> {
        match self.kind {
            FileKind::Transparent { content, .. } => Some(content),
            _ => None,
        }
    }

    /// Size in octets; `None` unless it is transparent.
    #[must_use]
    pub fn size(&self) -> Option<u16> {
        match self.kind {
            FileKind::Transparent { size, .. } => Some(size),
            _ => None,
        }
    }

    /// Short file identifier, if it has one.
    #[must_use]
    pub fn sfi(&self) -> Option<u8> {
        match self.kind {
            FileKind::Transparent { sfi, .. } => sfi,
            _ => None,
        }
    }

    /// The alternatives that meet an operation; empty means nobody ever.
    #[must_use]
    pub fn rule(&self, access: Access) -> &[ConditionName] {
        self.rules.iter().find(|(listed, _)| *listed == access).map_or(&[], |(_, names)| names)
    }
}

fn as_hex<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode_upper(bytes))
}
