//! File control parameters (`62`) with security attributes in compact (`8C`) and expanded (`AB`) form.
//!
//! | tag  | content                                                    | where      |
//! |------|------------------------------------------------------------|------------|
//! | `82` | file descriptor: `01` transparent EF, `38` DF              | all        |
//! | `83` | file identifier, 2 octets                                  | all        |
//! | `84` | DF name (AID), 5 to 16 octets                              | DF         |
//! | `80` | size in octets, 2 octets                                   | EF         |
//! | `88` | short file identifier in bits 8 to 4                       | EF         |
//! | `8A` | life cycle status                                          | all        |
//! | `8C` | compact: access mode octet, then a condition octet per bit | see below  |
//! | `AB` | expanded: pairs of access mode and security condition      | see below  |
//!
//! The compact form is written when every mode rule is one condition octet; otherwise all mode rules are expanded. Rules
//! on an instruction code are always expanded: `84` names the code, `86` the code and P1. What no rule names is denied.
//!
//! Spec: `iso-7816-4#fcp`, `iso-7816-4#security-attributes`.

use sigillo_tlv::{Reader, Tlv, encode, encode_into};

use crate::error::{ApduError, ApduErrorKind};

/// Access mode bits of an EF.
pub mod ef {
    #![allow(missing_docs, reason = "the standard's own names")]
    pub const READ: u8 = 0x01;
    pub const UPDATE: u8 = 0x02;
    pub const WRITE: u8 = 0x04;
    pub const DEACTIVATE: u8 = 0x08;
    pub const ACTIVATE: u8 = 0x10;
    pub const TERMINATE: u8 = 0x20;
    pub const DELETE: u8 = 0x40;
}

/// Access mode bits of a DF.
pub mod df {
    #![allow(missing_docs, reason = "the standard's own names")]
    pub const DELETE_CHILD: u8 = 0x01;
    pub const CREATE_EF: u8 = 0x02;
    pub const CREATE_DF: u8 = 0x04;
    pub const DEACTIVATE: u8 = 0x08;
    pub const ACTIVATE: u8 = 0x10;
    pub const TERMINATE: u8 = 0x20;
    pub const DELETE_SELF: u8 = 0x40;
}

/// The parameters that CREATE FILE sends and SELECT may return.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fcp {
    /// What the file is.
    pub kind: FileKind,
    /// File identifier.
    pub fid: u16,
    /// Life cycle status.
    pub life_cycle: LifeCycle,
    /// Who may do what; empty means nobody anything.
    pub rules: Vec<AccessRule>,
}

/// EF or DF, with what only that one has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FileKind {
    /// A transparent elementary file.
    TransparentEf {
        /// Size in octets.
        size: u16,
        /// Short file identifier, 1 to 30.
        sfi: Option<u8>,
    },
    /// A dedicated file; the master file has no name.
    Df {
        /// Application identifier, 5 to 16 octets.
        name: Option<Vec<u8>>,
    },
}

/// Life cycle status of a file or of the card. Spec: `iso-7816-4#life-cycle`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum LifeCycle {
    /// Being created (`01`).
    Creation = 0x01,
    /// Being initialised (`03`): formation is possible.
    Initialisation = 0x03,
    /// Operational, deactivated (`04`).
    Deactivated = 0x04,
    /// Operational, activated (`05`).
    Activated = 0x05,
    /// Terminated (`0F`).
    Terminated = 0x0F,
}

/// One line of a security attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccessRule {
    /// What is done.
    pub operation: Operation,
    /// When it may be done.
    pub condition: Condition,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    /// One bit of the access mode octet ([`ef`], [`df`]).
    Mode(u8),
    /// Any command with this instruction code.
    Instruction(u8),
    /// Any command with this instruction code and this P1: one kind of a command that has several.
    InstructionP1 {
        /// The instruction code.
        ins: u8,
        /// The first parameter.
        p1: u8,
    },
}

/// When a rule is met.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Condition {
    /// Always.
    Always,
    /// Never.
    Never,
    /// Inside secure messaging under the security environment of this number, 1 to 14.
    SecurityEnvironment(u8),
    /// At least one of these is met.
    AnyOf(Vec<Condition>),
    /// All of these are met.
    AllOf(Vec<Condition>),
}

impl Fcp {
    /// The whole template, tag `62` included.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut body = Vec::new();
        encode_into(&mut body, 0x82, &[if matches!(self.kind, FileKind::Df { .. }) { 0x38 } else { 0x01 }]);
        encode_into(&mut body, 0x83, &self.fid.to_be_bytes());
        match &self.kind {
            FileKind::Df { name } => {
                if let Some(name) = name {
                    encode_into(&mut body, 0x84, name);
                }
            }
            FileKind::TransparentEf { size, sfi } => {
                encode_into(&mut body, 0x80, &size.to_be_bytes());
                if let Some(sfi) = sfi {
                    encode_into(&mut body, 0x88, &[sfi << 3]);
                }
            }
        }
        encode_into(&mut body, 0x8A, &[self.life_cycle as u8]);
        encode_rules(&self.rules, &mut body);
        encode(0x62, &body)
    }

    /// Reads a template that must be complete and in this order.
    ///
    /// # Errors
    ///
    /// `fcp.tlv`, `fcp.parameter` or `fcp.security`, with the offset.
    pub fn decode(bytes: &[u8]) -> Result<Self, ApduError> {
        let template = sigillo_tlv::single(bytes, 0x62)?;
        let mut reader = template.reader();
        let is_df = match fixed::<1>(&reader.expect(0x82)?)? {
            [0x38] => true,
            [0x01] => false,
            _ => return Err(parameter(0x82, template.at)),
        };
        let fid = u16::from_be_bytes(fixed(&reader.expect(0x83)?)?);
        let kind = if is_df {
            let name = reader.optional(0x84)?;
            if let Some(name) = name.filter(|name| !(5..=16).contains(&name.value.len())) {
                return Err(parameter(0x84, name.at));
            }
            FileKind::Df { name: name.map(|name| name.value.to_vec()) }
        } else {
            let size = u16::from_be_bytes(fixed(&reader.expect(0x80)?)?);
            let sfi = match reader.optional(0x88)? {
                None => None,
                Some(tlv) => match fixed::<1>(&tlv)? {
                    [octet] if octet & 7 == 0 && (1..=30).contains(&(octet >> 3)) => Some(octet >> 3),
                    _ => return Err(parameter(0x88, tlv.at)),
                },
            };
            FileKind::TransparentEf { size, sfi }
        };
        let life_cycle = reader.expect(0x8A)?;
        let life_cycle = fixed::<1>(&life_cycle)
            .ok()
            .and_then(|[octet]| LifeCycle::from_octet(octet))
            .ok_or(parameter(0x8A, life_cycle.at))?;
        let mut rules = Vec::new();
        if let Some(compact) = reader.optional(0x8C)? {
            decode_compact(&compact, &mut rules)?;
        }
        if let Some(expanded) = reader.optional(0xAB)? {
            decode_expanded(&expanded, &mut rules)?;
        }
        reader.finish()?;
        Ok(Self { kind, fid, life_cycle, rules })
    }

    /// The condition of an operation; an operation that no rule names is [`Condition::Never`].
    #[must_use]
    pub fn condition(&self, operation: Operation) -> &Condition {
        self.rules.iter().find(|rule| rule.operation == operation).map_or(&Condition::Never, |rule| &rule.condition)
    }
}

impl LifeCycle {
    /// Reads the octet of tag `8A`.
    #[must_use]
    pub const fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            0x01 => Some(Self::Creation),
            0x03 => Some(Self::Initialisation),
            0x04 | 0x06 => Some(Self::Deactivated),
            0x05 | 0x07 => Some(Self::Activated),
            0x0C..=0x0F => Some(Self::Terminated),
            _ => None,
        }
    }
}

impl Condition {
    /// The condition as one octet of the compact form, if it is that simple.
    #[must_use]
    pub fn octet(&self) -> Option<u8> {
        match self {
            Self::Always => Some(0x00),
            Self::Never => Some(0xFF),
            Self::SecurityEnvironment(number) => Some(SECURE_MESSAGING | number),
            Self::AnyOf(_) | Self::AllOf(_) => None,
        }
    }

    fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            0x00 => Some(Self::Always),
            0xFF => Some(Self::Never),
            _ if octet & 0xF0 == SECURE_MESSAGING && (1..=14).contains(&(octet & 0x0F)) => {
                Some(Self::SecurityEnvironment(octet & 0x0F))
            }
            _ => None,
        }
    }

    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Always => encode_into(out, 0x90, &[]),
            Self::Never => encode_into(out, 0x97, &[]),
            Self::SecurityEnvironment(number) => encode_into(out, 0x9E, &[SECURE_MESSAGING | number]),
            Self::AnyOf(conditions) | Self::AllOf(conditions) => {
                let mut body = Vec::new();
                conditions.iter().for_each(|condition| condition.encode_into(&mut body));
                encode_into(out, if matches!(self, Self::AnyOf(_)) { 0xA0 } else { 0xAF }, &body);
            }
        }
    }

    fn decode(tlv: &Tlv<'_>, depth: u8) -> Result<Self, ApduError> {
        let refused = ApduError::new(ApduErrorKind::FcpSecurity, tlv.at);
        match (tlv.tag.number(), tlv.value) {
            (0x90, []) => Ok(Self::Always),
            (0x97, []) => Ok(Self::Never),
            (0x9E, [octet]) => match Self::from_octet(*octet) {
                Some(condition @ Self::SecurityEnvironment(_)) => Ok(condition),
                _ => Err(refused),
            },
            (tag @ (0xA0 | 0xAF), value) if !value.is_empty() && depth < MAX_DEPTH => {
                let mut conditions = Vec::new();
                let mut reader = tlv.reader();
                while let Some(child) = reader.next()? {
                    conditions.push(Self::decode(&child, depth + 1)?);
                }
                Ok(if tag == 0xA0 { Self::AnyOf(conditions) } else { Self::AllOf(conditions) })
            }
            _ => Err(refused),
        }
    }
}

/// Bit 7 of a condition octet: secure messaging, under the security environment in the low bits.
const SECURE_MESSAGING: u8 = 0x40;
/// How deep OR and AND may nest in what we accept.
const MAX_DEPTH: u8 = 3;

fn encode_rules(rules: &[AccessRule], out: &mut Vec<u8>) {
    let mut modes: Vec<(u8, &Condition)> = rules
        .iter()
        .filter_map(|rule| match rule.operation {
            Operation::Mode(bit) => Some((bit, &rule.condition)),
            Operation::Instruction(_) | Operation::InstructionP1 { .. } => None,
        })
        .collect();
    modes.sort_by_key(|(bit, _)| std::cmp::Reverse(*bit));
    let octets: Option<Vec<u8>> = modes.iter().map(|(_, condition)| condition.octet()).collect();
    let mut expanded = Vec::new();
    match octets {
        Some(octets) if !octets.is_empty() => {
            let mut compact = vec![modes.iter().fold(0, |mode, (bit, _)| mode | bit)];
            compact.extend(octets);
            encode_into(out, 0x8C, &compact);
        }
        _ => {
            for (bit, condition) in modes {
                encode_into(&mut expanded, 0x80, &[bit]);
                condition.encode_into(&mut expanded);
            }
        }
    }
    for rule in rules {
        match rule.operation {
            Operation::Mode(_) => continue,
            Operation::Instruction(ins) => encode_into(&mut expanded, 0x84, &[ins]),
            Operation::InstructionP1 { ins, p1 } => encode_into(&mut expanded, 0x86, &[ins, p1]),
        }
        rule.condition.encode_into(&mut expanded);
    }
    if !expanded.is_empty() {
        encode_into(out, 0xAB, &expanded);
    }
}

fn decode_compact(tlv: &Tlv<'_>, rules: &mut Vec<AccessRule>) -> Result<(), ApduError> {
    let refused = ApduError::new(ApduErrorKind::FcpSecurity, tlv.at);
    let Some((&mode, octets)) = tlv.value.split_first() else { return Err(refused) };
    if mode & 0x80 != 0 || mode.count_ones() as usize != octets.len() {
        return Err(refused);
    }
    let bits = (0..7).rev().map(|shift| 1u8 << shift).filter(|bit| mode & bit != 0);
    for (bit, octet) in bits.zip(octets) {
        let condition = Condition::from_octet(*octet).ok_or(refused)?;
        push_rule(AccessRule { operation: Operation::Mode(bit), condition }, tlv.at, rules)?;
    }
    Ok(())
}

fn decode_expanded(tlv: &Tlv<'_>, rules: &mut Vec<AccessRule>) -> Result<(), ApduError> {
    let mut reader: Reader<'_> = tlv.reader();
    while let Some(mode) = reader.next()? {
        let refused = ApduError::new(ApduErrorKind::FcpSecurity, mode.at);
        let operation = match (mode.tag.number(), mode.value) {
            (0x80, [bit]) if bit.count_ones() == 1 && bit & 0x80 == 0 => Operation::Mode(*bit),
            (0x84, [ins]) => Operation::Instruction(*ins),
            (0x86, [ins, p1]) => Operation::InstructionP1 { ins: *ins, p1: *p1 },
            _ => return Err(refused),
        };
        let condition = Condition::decode(&reader.next()?.ok_or(refused)?, 0)?;
        push_rule(AccessRule { operation, condition }, mode.at, rules)?;
    }
    Ok(())
}

/// A second rule for the same operation would leave open which one counts.
fn push_rule(rule: AccessRule, at: usize, rules: &mut Vec<AccessRule>) -> Result<(), ApduError> {
    if rules.iter().any(|known| known.operation == rule.operation) {
        return Err(ApduError::new(ApduErrorKind::FcpSecurity, at));
    }
    rules.push(rule);
    Ok(())
}

fn fixed<const N: usize>(tlv: &Tlv<'_>) -> Result<[u8; N], ApduError> {
    tlv.value.try_into().map_err(|_| parameter(tlv.tag.number(), tlv.at))
}

fn parameter(tag: u32, at: usize) -> ApduError {
    ApduError::new(ApduErrorKind::FcpParameter { tag }, at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mode(bit: u8, condition: Condition) -> AccessRule {
        AccessRule { operation: Operation::Mode(bit), condition }
    }

    #[test]
    fn compact_and_expanded_forms() {
        let formation = Condition::SecurityEnvironment(1);
        let ef = Fcp {
            kind: FileKind::TransparentEf { size: 0x20, sfi: Some(0x1E) },
            fid: 0x2F00,
            life_cycle: LifeCycle::Initialisation,
            rules: vec![mode(ef::UPDATE, formation.clone()), mode(ef::READ, Condition::Always)],
        };
        assert_eq!(
            hex::encode_upper(ef.encode()),
            "62168201018302 2F0080020020 8801F0 8A0103 8C03034100".replace(' ', "")
        );
        let either = Condition::AnyOf(vec![formation.clone(), Condition::SecurityEnvironment(2)]);
        let dg1 = Fcp { rules: vec![mode(ef::UPDATE, formation.clone()), mode(ef::READ, either)], ..ef.clone() };
        assert!(
            hex::encode_upper(dg1.encode())
                .ends_with("AB11 800102 9E0141 800101 A0069E01419E0142".replace(' ', "").as_str())
        );
        let adf = Fcp {
            kind: FileKind::Df { name: Some(vec![0xA0, 0, 0, 2, 0x47, 0x10, 1]) },
            fid: 0x0101,
            life_cycle: LifeCycle::Initialisation,
            rules: vec![
                mode(df::CREATE_EF, formation.clone()),
                AccessRule { operation: Operation::Instruction(0xDA), condition: formation.clone() },
                AccessRule { operation: Operation::InstructionP1 { ins: 0x24, p1: 0x01 }, condition: formation },
            ],
        };
        assert!(
            hex::encode_upper(adf.encode())
                .ends_with("8C020241 AB0D 8401DA 9E0141 86022401 9E0141".replace(' ', "").as_str())
        );
        for fcp in [ef, dg1, adf] {
            assert_eq!(Fcp::decode(&fcp.encode()).unwrap(), fcp);
        }
    }

    #[test]
    fn what_cannot_be_judged_is_refused() {
        let head = "82010183022F00800200208A0103";
        for (tail, code) in [
            ("8C020341", "fcp.security"),   // two bits, one octet
            ("8C028100", "fcp.security"),   // bit 8: proprietary
            ("8C020110", "fcp.security"),   // user authentication: unknown here
            ("AB03800101", "fcp.security"), // a mode without a condition
            ("AB0580010190FF", "fcp.tlv"),
            ("AB0A8001019000800101 9700", "fcp.security"), // doubled
            ("AB0C86022401 9000 86022401 9700", "fcp.security"),
            ("AB0586012490 00", "fcp.security"),   // P1 is missing
            ("AB0685022401 9000", "fcp.security"), // an instruction code and P2: unknown here
            ("8C02014097", "fcp.security"),        // environment 0 does not exist,
            ("850100", "fcp.tlv"),
        ] {
            let body = format!("{head}{}", tail.replace(' ', ""));
            let bytes = encode(0x62, &hex::decode(body).unwrap());
            assert_eq!(Fcp::decode(&bytes).unwrap_err().code(), code, "{tail}");
        }
        assert_eq!(
            Fcp::decode(&hex::decode("62078201018301 2F".replace(' ', "")).unwrap()).unwrap_err().code(),
            "fcp.tlv"
        );
        assert_eq!(
            Fcp::decode(&hex::decode("62068201018301 2F".replace(' ', "")).unwrap()).unwrap_err().code(),
            "fcp.parameter"
        );
    }

    proptest! {
        #[test]
        fn any_octets_are_parameters_or_a_named_refusal(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            if let Ok(fcp) = Fcp::decode(&bytes) { prop_assert_eq!(Fcp::decode(&fcp.encode()).unwrap(), fcp); }
        }
    }
}
