//! From rows to what the chip receives: file control parameters and security environment templates.

use sigillo_apdu::fcp::{self, AccessRule, Condition, Fcp, LifeCycle, Operation, df, ef};
use sigillo_apdu::ins;
use sigillo_tlv::encode_into;

use crate::table::{Access, ConditionName, Environment, FileKind, FileSpec, Profile};

impl Profile {
    /// The file control parameters of a row, as CREATE FILE sends them.
    #[must_use]
    pub fn file_control_parameters(&self, file: &FileSpec) -> Fcp {
        let is_ef = matches!(file.kind, FileKind::Transparent { .. });
        let rules = file
            .rules
            .iter()
            .flat_map(|(access, names)| {
                let condition = self.condition(names);
                access
                    .operations(is_ef)
                    .iter()
                    .map(move |operation| AccessRule { operation: *operation, condition: condition.clone() })
            })
            .collect();
        let kind = match &file.kind {
            FileKind::MasterFile => fcp::FileKind::Df { name: None },
            FileKind::Application { aid } => fcp::FileKind::Df { name: Some(aid.clone()) },
            FileKind::Transparent { size, sfi, .. } => fcp::FileKind::TransparentEf { size: *size, sfi: *sfi },
        };
        Fcp { kind, fid: file.fid, life_cycle: LifeCycle::Initialisation, rules }
    }

    fn condition(&self, names: &[ConditionName]) -> Condition {
        let mut conditions: Vec<Condition> = names
            .iter()
            .map(|name| match name {
                ConditionName::Always => Condition::Always,
                // The parser knows every environment that a rule names; one that is missing opens nothing.
                ConditionName::Environment(name) => self
                    .environment(name)
                    .map_or(Condition::Never, |environment| Condition::SecurityEnvironment(environment.number)),
            })
            .collect();
        match conditions.len() {
            0 => Condition::Never,
            1 => conditions.swap_remove(0),
            _ => Condition::AnyOf(conditions),
        }
    }
}

impl Environment {
    /// The value of data object `7B`: number, then one authentication template for each alternative.
    ///
    /// | field            | octets                                                     |
    /// |------------------|------------------------------------------------------------|
    /// | number           | `80 01 n`                                                  |
    /// | each alternative | `A4 06`, mechanism `80 01 m`, key or right `83 01 r`       |
    ///
    /// Spec: `iso-7816-4#security-environment`; the mechanism octets are decision D11's.
    #[must_use]
    pub fn template(&self) -> Vec<u8> {
        let mut out = Vec::new();
        encode_into(&mut out, 0x80, &[self.number]);
        for alternative in &self.alternatives {
            encode_into(&mut out, 0xA4, &[0x80, 1, alternative.mechanism as u8, 0x83, 1, alternative.reference]);
        }
        out
    }
}

impl Access {
    /// The access mode bit or instruction codes that the operation stands for; empty if it has no meaning for the file.
    pub(crate) fn operations(self, is_ef: bool) -> &'static [Operation] {
        match (self, is_ef) {
            (Self::Read, true) => &[Operation::Mode(ef::READ)],
            (Self::Update, true) => &[Operation::Mode(ef::UPDATE)],
            (Self::CreateEf, false) => &[Operation::Mode(df::CREATE_EF)],
            (Self::CreateDf, false) => &[Operation::Mode(df::CREATE_DF)],
            (Self::Activate, false) => &[Operation::Mode(df::ACTIVATE)],
            (Self::Terminate, false) => &[Operation::Mode(df::TERMINATE)],
            (Self::PutData, false) => &[Operation::Instruction(ins::PUT_DATA)],
            (Self::GenerateKeyPair, false) => &[Operation::Instruction(ins::GENERATE_ASYMMETRIC_KEY_PAIR)],
            _ => &[],
        }
    }
}
