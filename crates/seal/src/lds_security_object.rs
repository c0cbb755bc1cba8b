use std::collections::BTreeMap;

use sigillo_crypto::HashAlgorithm;

use crate::algorithm::hash_algorithm;
use crate::asn1::{self, Der, INTEGER, OCTET_STRING, PRINTABLE_STRING, SEQUENCE, element};
use crate::error::{SealError, SealErrorKind};

/// The content that the document signer signs: one hash per data group.
///
/// | element                | DER                                        | range                                    |
/// |------------------------|--------------------------------------------|------------------------------------------|
/// | version                | INTEGER                                    | 0, or 1 with LDS version information     |
/// | hash algorithm         | SEQUENCE { OID, no parameters }            | SHA-1 (read only) to SHA-512             |
/// | hashes                 | SEQUENCE of SEQUENCE { INTEGER, OCTETS }   | 2 to 16 data groups, each 1 to 16, once  |
/// | LDS version            | SEQUENCE { 4 digits, 6 digits (Printable) } | only with version 1                      |
///
/// What was read is written again byte for byte: the order of the data groups and NULL parameters of a foreign issuer are
/// kept. A hash covers the whole file: tag, length and value.
///
/// Spec: `icao-9303-10#ef-sod`.
#[derive(Clone, Eq, PartialEq)]
pub struct LdsSecurityObject {
    hash_algorithm: HashAlgorithm,
    null_parameters: bool,
    hashes: BTreeMap<u8, Vec<u8>>,
    order: Vec<u8>,
    lds_version: Option<LdsVersionInfo>,
}

/// The LDS version that an issuer claims.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LdsVersion {
    /// LDS 1.7: an LDS security object of version 0, which says nothing about the LDS.
    V1_7,
    /// LDS 1.8: an LDS security object of version 1 with `0108` and Unicode `040000`.
    #[default]
    V1_8,
}

/// The versions of LDS and Unicode as a document states them, in decimal digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LdsVersionInfo {
    lds: [u8; 4],
    unicode: [u8; 6],
}

/// The hash of DG1 inside would let a guesser confirm a name.
impl std::fmt::Debug for LdsSecurityObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LdsSecurityObject({:?} of data groups {:?})", self.hash_algorithm, self.order)
    }
}

impl LdsSecurityObject {
    /// Puts hashes together; the data groups are written in ascending order.
    ///
    /// # Errors
    ///
    /// `seal.group-count`, `seal.group-number`, `seal.hash-length`.
    pub fn new(
        hash_algorithm: HashAlgorithm,
        hashes: BTreeMap<u8, Vec<u8>>,
        lds_version: LdsVersion,
    ) -> Result<Self, SealError> {
        let order = hashes.keys().copied().collect();
        let lds_version = match lds_version {
            LdsVersion::V1_7 => None,
            LdsVersion::V1_8 => Some(LdsVersionInfo { lds: *b"0108", unicode: *b"040000" }),
        };
        let object = Self { hash_algorithm, null_parameters: false, hashes, order, lds_version };
        object.check()?;
        Ok(object)
    }

    /// The version of this structure: 1 with LDS version information, otherwise 0.
    #[must_use]
    pub fn version(&self) -> u8 {
        u8::from(self.lds_version.is_some())
    }

    /// The algorithm of all hashes.
    #[must_use]
    pub fn hash_algorithm(&self) -> HashAlgorithm {
        self.hash_algorithm
    }

    /// The hashes by data group number.
    #[must_use]
    pub fn hashes(&self) -> &BTreeMap<u8, Vec<u8>> {
        &self.hashes
    }

    /// The versions that version 1 states.
    #[must_use]
    pub fn lds_version(&self) -> Option<&LdsVersionInfo> {
        self.lds_version.as_ref()
    }

    /// Compares one data group's file with its hash.
    ///
    /// # Errors
    ///
    /// `seal.group-missing`, `seal.hash-mismatch`.
    pub fn check_group(&self, group: u8, file: &[u8]) -> Result<(), SealError> {
        let expected = self.hashes.get(&group).ok_or(SealErrorKind::GroupMissing { group })?;
        if self.hash_algorithm.digest(file) == *expected {
            Ok(())
        } else {
            Err(SealErrorKind::HashMismatch { group }.into())
        }
    }

    /// The DER bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut hashes = Vec::with_capacity(self.order.len() * 48);
        for (number, hash) in self.order.iter().filter_map(|number| self.hashes.get_key_value(number)) {
            let number = element(INTEGER, &[&[*number]]);
            asn1::push(&mut hashes, SEQUENCE, &[number, element(OCTET_STRING, &[hash])].concat());
        }
        let mut content = element(INTEGER, &[&[self.version()]]);
        let oid = asn1::oid_element(&self.hash_algorithm.oid());
        let parameters: &[u8] = if self.null_parameters { &NULL_ELEMENT } else { &[] };
        content.extend(element(SEQUENCE, &[&oid, parameters]));
        asn1::push(&mut content, SEQUENCE, &hashes);
        if let Some(info) = &self.lds_version {
            let lds = element(PRINTABLE_STRING, &[&info.lds]);
            content.extend(element(SEQUENCE, &[&lds, &element(PRINTABLE_STRING, &[&info.unicode])]));
        }
        element(SEQUENCE, &[&content])
    }

    /// Reads the DER bytes.
    ///
    /// # Errors
    ///
    /// `seal.der`, `seal.der-length`, `seal.der-value`, `seal.lds-version`, `seal.hash-algorithm`, `seal.group-count`,
    /// `seal.group-number`, `seal.group-duplicate`, `seal.hash-length`.
    pub fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        let mut outer = Der::new(bytes);
        let mut object = outer.descend(SEQUENCE)?;
        outer.finish()?;

        let version = object.small_integer()?;
        let algorithm = object.algorithm()?;
        let hash_algorithm = hash_algorithm(&algorithm)?;
        let null_parameters = algorithm.parameters.is_some();

        let mut list = object.descend(SEQUENCE)?;
        let mut hashes = BTreeMap::new();
        let mut order = Vec::new();
        while let Some(entry) = list.member(SEQUENCE)? {
            let mut fields = Der::inside(&entry);
            let group = fields.small_integer()?;
            let hash = fields.expect(OCTET_STRING)?.value;
            fields.finish()?;
            if order.len() == MAX_GROUPS {
                return Err(SealErrorKind::GroupCount { count: MAX_GROUPS + 1 }.at(entry.at));
            }
            if hashes.insert(group, hash.to_vec()).is_some() {
                return Err(SealErrorKind::GroupDuplicate { group }.at(entry.at));
            }
            order.push(group);
        }

        let lds_version =
            object.optional(SEQUENCE)?.map(|tlv| LdsVersionInfo::decode(Der::inside(&tlv))).transpose()?;
        object.finish()?;
        if version != u8::from(lds_version.is_some()) {
            return Err(SealErrorKind::LdsVersion.into());
        }
        let object = Self { hash_algorithm, null_parameters, hashes, order, lds_version };
        object.check()?;
        Ok(object)
    }

    fn check(&self) -> Result<(), SealError> {
        if !(MIN_GROUPS..=MAX_GROUPS).contains(&self.hashes.len()) {
            return Err(SealErrorKind::GroupCount { count: self.hashes.len() }.into());
        }
        for (&group, hash) in &self.hashes {
            if !(1..=16).contains(&group) {
                return Err(SealErrorKind::GroupNumber.into());
            }
            if hash.len() != self.hash_algorithm.output_length() {
                return Err(SealErrorKind::HashLength { group }.into());
            }
        }
        Ok(())
    }
}

impl LdsVersionInfo {
    /// The LDS version: two digits each for version and update, `0108`.
    #[must_use]
    pub fn lds(&self) -> &str {
        std::str::from_utf8(&self.lds).unwrap_or_default()
    }

    /// The Unicode version: two digits each for major, minor and release, `040000`.
    #[must_use]
    pub fn unicode(&self) -> &str {
        std::str::from_utf8(&self.unicode).unwrap_or_default()
    }

    fn decode(mut fields: Der<'_>) -> Result<Self, SealError> {
        let info = Self { lds: digits(&mut fields)?, unicode: digits(&mut fields)? };
        fields.finish()?;
        Ok(info)
    }
}

fn digits<const N: usize>(fields: &mut Der<'_>) -> Result<[u8; N], SealError> {
    let tlv = fields.expect(PRINTABLE_STRING)?;
    match <[u8; N]>::try_from(tlv.value) {
        Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Ok(digits),
        _ => Err(SealErrorKind::DerValue { what: "a version in digits" }.at(tlv.at)),
    }
}

const MIN_GROUPS: usize = 2;
const MAX_GROUPS: usize = 16;
const NULL_ELEMENT: [u8; 2] = [0x05, 0x00];
