//! The certificate holder authorization template: what kind of terminal, in which role, with which rights.

use sigillo_tlv::encode;

use crate::error::{CvcError, CvcErrorKind};
use crate::objects::{DISCRETIONARY_DATA, OBJECT_IDENTIFIER, TEMPLATE, expect, single};
use crate::oid::Oid;

/// The content octets of the issuing office's object identifier, 2.25.69586124846186808223887183869201072966: the UUID
/// 3459ccd6-fde4-4341-9d83-b7a5714bc346, drawn once for this project (decision D2).
pub const OFFICE_OID: [u8; 19] =
    [0x69, 0xE8, 0xD9, 0xE6, 0xB5, 0xDF, 0xDE, 0xA2, 0x8D, 0x83, 0x9D, 0xC1, 0xED, 0xF4, 0xD7, 0x8A, 0xAF, 0x86, 0x46];

/// id-IS, 0.4.0.127.0.7.3.1.2.1
const INSPECTION_SYSTEM_OID: [u8; 9] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, 0x01];

/// What a terminal is for: trust points, chains and rights of two types never mix.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TerminalType {
    /// An inspection system, which reads fingerprints and irises.
    InspectionSystem,
    /// A terminal of the issuing office, which activates, sets codes and terminates (ours, decision D2).
    Office,
    /// Any other; no chip of this project has a trust point of one.
    Other(
        /// Its object identifier.
        Oid,
    ),
}

/// What a certificate makes of its holder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// The root, or the successor of one: it issues to document verifiers.
    Cvca,
    /// A document verifier of the chip's own state.
    DvDomestic,
    /// A document verifier of another state, or no official one.
    DvForeign,
    /// A terminal.
    Terminal,
}

/// A certificate holder authorization template: terminal type, role and rights relative to the issuer.
///
/// | tag | content |
/// |---|---|
/// | 06 | object identifier of the terminal type |
/// | 53 | bit 8 and 7: 11 CVCA, 10 domestic DV, 01 foreign DV, 00 terminal; the rest: rights. One octet for inspection systems and offices |
///
/// Spec: `bsi-tr-03110-3#chat`, `bsi-tr-03110-4#inspection-systems`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chat {
    terminal_type: TerminalType,
    octets: Vec<u8>,
}

/// Rights of a terminal, as bits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rights {
    octets: Vec<u8>,
}

impl TerminalType {
    /// The type with these content octets of its object identifier.
    ///
    /// # Errors
    ///
    /// `cvc.template` unless they are one.
    pub fn from_oid(content: &[u8]) -> Result<Self, CvcError> {
        if content == INSPECTION_SYSTEM_OID {
            return Ok(Self::InspectionSystem);
        }
        if content == OFFICE_OID {
            return Ok(Self::Office);
        }
        Oid::decode(content).map(Self::Other).ok_or(CvcError::new(CvcErrorKind::Template))
    }

    /// The content octets of its object identifier.
    #[must_use]
    pub fn oid(&self) -> &[u8] {
        match self {
            Self::InspectionSystem => &INSPECTION_SYSTEM_OID,
            Self::Office => &OFFICE_OID,
            Self::Other(oid) => oid.content(),
        }
    }
}

impl Chat {
    /// A template of one octet; the two highest bits of `rights` are the role's and are ignored.
    #[must_use]
    pub fn new(terminal_type: TerminalType, role: Role, rights: u8) -> Self {
        Self { terminal_type, octets: vec![role.bits() | rights & RIGHTS] }
    }

    /// A template of any length.
    ///
    /// # Errors
    ///
    /// `cvc.template` unless there is an octet, and only one for inspection systems and offices.
    pub fn from_octets(terminal_type: TerminalType, octets: &[u8]) -> Result<Self, CvcError> {
        let fits = match (&terminal_type, octets.len()) {
            (_, 0) => false,
            (TerminalType::Other(_), length) => length <= MAX_OCTETS,
            (_, length) => length == 1,
        };
        if !fits {
            return Err(CvcError::new(CvcErrorKind::Template));
        }
        Ok(Self { terminal_type, octets: octets.to_vec() })
    }

    /// Reads a template, tag 7F4C included.
    ///
    /// # Errors
    ///
    /// `cvc.template`, `cvc.objects` or `cvc.length-form`.
    pub fn decode(octets: &[u8]) -> Result<Self, CvcError> {
        let mut reader = single(octets, TEMPLATE)?.reader();
        let terminal_type = TerminalType::from_oid(expect(&mut reader, OBJECT_IDENTIFIER)?.value)?;
        let template = Self::from_octets(terminal_type, expect(&mut reader, DISCRETIONARY_DATA)?.value)?;
        reader.finish()?;
        Ok(template)
    }

    /// Writes it, tag 7F4C included.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut content = encode(OBJECT_IDENTIFIER, self.terminal_type.oid());
        sigillo_tlv::encode_into(&mut content, DISCRETIONARY_DATA, &self.octets);
        encode(TEMPLATE, &content)
    }

    /// The terminal type.
    #[must_use]
    pub const fn terminal_type(&self) -> &TerminalType {
        &self.terminal_type
    }

    /// The role.
    #[must_use]
    pub fn role(&self) -> Role {
        match self.octets.first().map_or(0, |octet| octet & !RIGHTS) {
            0xC0 => Role::Cvca,
            0x80 => Role::DvDomestic,
            0x40 => Role::DvForeign,
            _ => Role::Terminal,
        }
    }

    /// The rights relative to the issuer.
    #[must_use]
    pub fn rights(&self) -> Rights {
        let mut octets = self.octets.clone();
        if let Some(first) = octets.first_mut() {
            *first &= RIGHTS;
        }
        Rights { octets }
    }
}

impl Role {
    const fn bits(self) -> u8 {
        match self {
            Self::Cvca => 0xC0,
            Self::DvDomestic => 0x80,
            Self::DvForeign => 0x40,
            Self::Terminal => 0,
        }
    }
}

impl Rights {
    /// Inspection systems: read DG3, the fingerprints.
    pub const READ_DG3: u8 = 0x01;
    /// Inspection systems: read DG4, the irises.
    pub const READ_DG4: u8 = 0x02;
    /// Offices: set the codes of the eServices application anew.
    pub const SET_CODES: u8 = 0x01;
    /// Offices: activate and deactivate the eServices application.
    pub const ACTIVATE: u8 = 0x02;
    /// Offices: terminate the card.
    pub const TERMINATE: u8 = 0x04;

    /// The names of the rights of a terminal type, by bit; none of types that are not ours to give rights of.
    #[must_use]
    pub const fn names(terminal_type: &TerminalType) -> &'static [(&'static str, u8)] {
        match terminal_type {
            TerminalType::InspectionSystem => &[("read-dg3", Self::READ_DG3), ("read-dg4", Self::READ_DG4)],
            TerminalType::Office => {
                &[("set-codes", Self::SET_CODES), ("activate", Self::ACTIVATE), ("terminate", Self::TERMINATE)]
            }
            TerminalType::Other(_) => &[],
        }
    }

    /// The last octet: for inspection systems and offices, all six rights.
    #[must_use]
    pub fn bits(&self) -> u8 {
        self.octets.last().copied().unwrap_or_default()
    }

    /// Every octet; the role's two bits are zero.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Whether every right of the mask is there, among those of the last octet.
    #[must_use]
    pub fn include(&self, mask: u8) -> bool {
        self.bits() & mask == mask
    }

    /// The rights that both have: what an issuer did not have, nobody has from him.
    ///
    /// Spec: `bsi-tr-03110-3#effective-authorization`.
    ///
    /// # Errors
    ///
    /// `cvc.template` if one has more octets than the other.
    pub fn intersection(&self, other: &Self) -> Result<Self, CvcError> {
        if self.octets.len() != other.octets.len() {
            return Err(CvcError::new(CvcErrorKind::Template));
        }
        Ok(Self { octets: self.octets.iter().zip(&other.octets).map(|(a, b)| a & b).collect() })
    }
}

/// The rights among the bits of the first octet.
const RIGHTS: u8 = 0x3F;
/// Longer than any template that is in use; a bound for what strangers send.
const MAX_OCTETS: usize = 16;
