use serde::{Deserialize, Serialize};

use crate::dates::Dates;
use crate::gate::{Check, GateCheck};
use crate::objects::{KeyPairSpec, ObjectSpec, PaceSpec, SecretName, SecretSpec};

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
    /// Days of issue that change what a chip must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<Dates>,
    /// Security environments by number.
    pub environments: Vec<Environment>,
    /// What EF.CardAccess offers, in the terminal's order of preference; empty without PACE.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pace: Vec<PaceSpec>,
    /// Key pairs that the chip generates.
    pub key_pairs: Vec<KeyPairSpec>,
    /// Secrets that formation sets.
    pub secrets: Vec<SecretSpec>,
    /// What formation sets that is no secret and no file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ObjectSpec>,
    /// Files in the order of their creation; the first is the master file.
    pub files: Vec<FileSpec>,
    /// The series of standards that face, fingers and irises are written by.
    #[serde(skip_serializing_if = "BiometricRecords::is_usual")]
    pub records: BiometricRecords,
    /// Data groups with TEST data that no record brings, or not all of it; a TEST profile's alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub test_data: Vec<u8>,
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

/// The records of DG2, DG3 and DG4. Spec: `icao-9303-10#biometric-encoding`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum BiometricRecords {
    /// ISO/IEC 19794, fields of fixed length.
    #[default]
    #[serde(rename = "iso-19794")]
    Iso19794,
    /// ISO/IEC 39794, extensible; in TEST profiles alone, until permits are written so.
    #[serde(rename = "iso-39794")]
    Iso39794,
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
    /// SCP03: key version; BAC and PACE: password (1 MRZ, 2 CAN, 3 PIN, 4 PUK); Chip Authentication: key, 0 for any;
    /// Terminal Authentication: the effective rights, bit by bit as in the certificate; holder: 3, the PIN.
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
    /// As an inspection system: 01 reads DG3, 02 reads DG4.
    TerminalAuthentication = 5,
    /// Terminal Authentication as the issuing office: 01 sets codes, 02 activates, 04 terminates.
    IssuingOffice = 6,
    /// The holder was verified by the PIN, in this application and session.
    Holder = 7,
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
    /// An application that formation leaves deactivated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deactivated: bool,
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
    CardSecurity,
    Cvca,
    Certificate,
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
    Deactivate,
    Terminate,
    PutData,
    GenerateKeyPair,
    Select,
    /// With Active Authentication's key, or the holder's.
    InternalAuthenticate,
    /// PERFORM SECURITY OPERATION.
    Sign,
    Verify,
    /// CHANGE REFERENCE DATA with the old value.
    ChangeCode,
    /// CHANGE REFERENCE DATA without the old value.
    SetCodes,
    /// RESET RETRY COUNTER, with a new value or without.
    ResetCode,
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

    /// Whether the release gate has this check and does not waive it.
    #[must_use]
    pub fn insists_on(&self, check: Check) -> bool {
        self.gate.iter().any(|line| line.check == check && line.waived.is_none())
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

    /// Whether the master file or an application has this name.
    #[must_use]
    pub fn is_df(&self, name: &str) -> bool {
        self.file(name).is_some_and(|file| file.content().is_none())
    }

    /// Whether Basic Access Control opens the eMRTD application: its MRZ secret lies in an application.
    #[must_use]
    pub fn offers_bac(&self) -> bool {
        self.secrets.iter().any(|secret| secret.name == SecretName::Mrz && self.aid(&secret.application).is_some())
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

impl BiometricRecords {
    fn is_usual(&self) -> bool {
        *self == Self::default()
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
