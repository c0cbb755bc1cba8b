//! From rows to what the chip receives: file control parameters and security environment templates.

use sigillo_apdu::fcp::{self, AccessRule, Condition, Fcp, LifeCycle, Operation, df, ef};
use sigillo_apdu::ins;
use sigillo_tlv::{encode, encode_into};

use crate::objects::{KeyKind, KeyPairSpec};
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

impl KeyPairSpec {
    /// The data field of GENERATE ASYMMETRIC KEY PAIR.
    ///
    /// | field          | octets                                                                         |
    /// |----------------|--------------------------------------------------------------------------------|
    /// | kind           | `80 01` domain parameters, or `80 02` bits of an RSA modulus                   |
    /// | reference      | `83 01 r`                                                                      |
    /// | each protocol  | `06`, content octets of its object identifier: the key serves nothing else     |
    ///
    /// Spec: `iso-7816-8#generate-key-pair`; the contents of template `AC` are decision D3's.
    #[must_use]
    pub fn template(&self) -> Vec<u8> {
        let mut body = Vec::new();
        match self.kind {
            KeyKind::Domain(domain) => encode_into(&mut body, 0x80, &[domain]),
            KeyKind::ModulusBits(bits) => encode_into(&mut body, 0x80, &bits.to_be_bytes()),
        }
        encode_into(&mut body, 0x83, &[self.reference]);
        for protocol in &self.protocols {
            encode_into(&mut body, 0x06, protocol.oid());
        }
        encode(0xAC, &body)
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
            (Self::Deactivate, false) => &[Operation::Mode(df::DEACTIVATE)],
            (Self::Terminate, false) => &[Operation::Mode(df::TERMINATE)],
            (Self::PutData, false) => &[Operation::Instruction(ins::PUT_DATA)],
            (Self::GenerateKeyPair, false) => &[Operation::Instruction(ins::GENERATE_ASYMMETRIC_KEY_PAIR)],
            (Self::Select, false) => &[Operation::Instruction(ins::SELECT)],
            (Self::InternalAuthenticate, false) => &[Operation::Instruction(ins::INTERNAL_AUTHENTICATE)],
            (Self::Sign, false) => &[Operation::Instruction(ins::PERFORM_SECURITY_OPERATION)],
            (Self::Verify, false) => &[Operation::Instruction(ins::VERIFY)],
            (Self::ChangeCode, false) => &[Operation::InstructionP1 { ins: ins::CHANGE_REFERENCE_DATA, p1: 0x00 }],
            (Self::SetCodes, false) => &[Operation::InstructionP1 { ins: ins::CHANGE_REFERENCE_DATA, p1: 0x01 }],
            (Self::ResetCode, false) => &[
                Operation::InstructionP1 { ins: ins::RESET_RETRY_COUNTER, p1: 0x00 },
                Operation::InstructionP1 { ins: ins::RESET_RETRY_COUNTER, p1: 0x01 },
            ],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::embedded::embedded;
    use crate::table::Profile;

    /// Written by hand from decision D2 and the table of conditions in the manual.
    #[test]
    fn the_rules_of_the_holders_application_become_these_octets() {
        let profile = Profile::parse(embedded("pse-rf").unwrap()).unwrap();
        let fcp = profile.file_control_parameters(profile.file("eServices").unwrap()).encode();
        let expected = "6273 820138 83020200 8409F0534947494C4C4F01 8A0103 AB5C \
            800110 9E0147  800108 A0069E01419E0147  800102 9E0141  8401DA 9E0141  840147 9E0141 \
            8401A4 A0069E01419E0143  840188 9E0145  84012A 9E0145  840120 9E0143 \
            86022400 9E0143  86022401 9E0146  86022C00 9E0143  86022C01 9E0143";
        assert_eq!(hex::encode_upper(fcp), expected.replace(' ', ""));
    }

    #[test]
    fn a_key_pair_is_asked_for_with_its_protocols() {
        let profile = Profile::parse(embedded("pse-rf").unwrap()).unwrap();
        let template = |index: usize| hex::encode_upper(profile.key_pairs[index].template());
        assert_eq!(template(0), "AC1280010C830101060A04007F00070202030202");
        assert_eq!(template(1), "AC1080010C83011006082A8648CE3D040302");
        let rsa = embedded("pse-rf-full").unwrap();
        let rsa = rsa.replace(
            "domain = 12\nprotocols = [\"ecdsa-plain-SHA256\"]",
            "modulus_bits = 2048\nprotocols = [\"id-AA\"]",
        );
        let key = Profile::parse(&rsa).unwrap().key_pairs.into_iter().find(|key| key.name == "active-authentication");
        assert_eq!(hex::encode_upper(key.unwrap().template()), "AC0F800208008301030606678108010105");
    }

    #[test]
    fn an_environment_names_mechanism_and_right() {
        let profile = Profile::parse(embedded("pse-rf").unwrap()).unwrap();
        let template = |name| hex::encode_upper(profile.environment(name).unwrap().template());
        assert_eq!(template("inspection"), "800102A406800103830101A406800103830102A406800102830101");
        assert_eq!(template("fingerprints"), "800104A406800105830101");
        assert_eq!(template("holder"), "800105A406800107830103");
        assert_eq!(template("office-terminate"), "800108A406800106830104");
    }
}
