//! What a chip holds beside its files: key pairs, secrets, trust points, dates, and what PACE it offers.

use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;

/// One PACEInfo of EF.CardAccess.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PaceSpec {
    /// The protocol.
    pub protocol: Protocol,
    /// Standardized domain parameters of ICAO 9303-11: 12 is P-256.
    pub parameters: u8,
}

/// A key pair that the chip generates and keeps.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct KeyPairSpec {
    /// Name in reports.
    pub name: String,
    /// The master file or application that holds it.
    pub application: String,
    /// Key reference on the chip.
    pub reference: u8,
    /// What kind of key.
    #[serde(flatten)]
    pub kind: KeyKind,
    /// The only protocols that the chip uses it for.
    pub protocols: Vec<Protocol>,
}

/// What kind of key pair.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// On a curve: standardized domain parameters of ICAO 9303-11; 12 is P-256.
    Domain(u8),
    /// RSA with a modulus of that many bits.
    ModulusBits(u16),
}

/// A secret that formation sets by PUT DATA.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSpec {
    /// Which one.
    pub name: SecretName,
    /// The master file or application that holds it.
    pub application: String,
    /// Two-octet data object tag.
    pub tag: u16,
    /// How many wrong tries in a row block it; only of PIN and PUK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u8>,
}

/// The secrets of a chip.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretName {
    /// SHA-1 of the MRZ information, 20 octets: opens PACE from the master file, BAC from an application.
    Mrz,
    /// Card access number, 6 digits.
    Can,
    /// Of the holder, 8 digits.
    Pin,
    /// Unblocks the PIN, 8 digits.
    Puk,
}

/// A public data object that formation sets by PUT DATA.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectSpec {
    /// Which one.
    pub name: ObjectName,
    /// The master file or application that holds it.
    pub application: String,
    /// Two-octet data object tag.
    pub tag: u16,
}

/// The public data objects of a chip.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectName {
    /// The date that the chip judges certificates by: the day of formation at first.
    CurrentDate,
    /// Document number and check digit: what identifies the chip in Terminal Authentication after BAC.
    DocumentNumber,
    /// CVCA of the inspection systems: the newest, and the one before it if there is one.
    InspectionTrustPoints,
    /// CVCA of the issuing offices, likewise.
    OfficeTrustPoints,
}

impl SecretName {
    /// The name in profiles and plans.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mrz => "mrz",
            Self::Can => "can",
            Self::Pin => "pin",
            Self::Puk => "puk",
        }
    }

    /// The octets that the chip keeps, without the limit.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::Mrz => 20,
            Self::Can => 6,
            Self::Pin | Self::Puk => 8,
        }
    }
}

impl ObjectName {
    /// The name in profiles and plans.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CurrentDate => "current-date",
            Self::DocumentNumber => "document-number",
            Self::InspectionTrustPoints => "inspection-trust-points",
            Self::OfficeTrustPoints => "office-trust-points",
        }
    }
}
