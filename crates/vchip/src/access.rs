//! Security environments, and the judgement of security attributes against the security status.
//!
//! A condition is a pure predicate that a file control parameter brought; the status is the facts so far. What no rule names is
//! denied.

use std::collections::BTreeMap;

use sigillo_apdu::fcp::{AccessRule, Condition, Operation, ef};
use sigillo_apdu::{ApduHead, ins};
use sigillo_tlv::{Reader, encode_into};

use crate::status::{Authentication, Mechanism, SecurityStatus};

/// What a command does to a file: its access mode bit if it has one, its instruction code and its P1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    pub(crate) mode: Option<u8>,
    pub(crate) ins: u8,
    pub(crate) p1: u8,
}

impl Access {
    /// What this command does by its instruction code alone.
    pub(crate) fn by(head: ApduHead) -> Self {
        Self { mode: None, ins: head.ins, p1: head.p1 }
    }

    /// What this command does where an access mode bit names it too.
    pub(crate) fn with_mode(mode: u8, head: ApduHead) -> Self {
        Self { mode: Some(mode), ..Self::by(head) }
    }

    /// Reading an EF.
    pub(crate) fn read() -> Self {
        Self { mode: Some(ef::READ), ins: ins::READ_BINARY, p1: 0 }
    }
}

/// A security environment: alternatives, any one of which satisfies it.
///
/// | object | content                                                              |
/// |--------|----------------------------------------------------------------------|
/// | `80`   | number, 1 to 14                                                      |
/// | `A4`…  | one per alternative: `80 01` mechanism, `83 01` reference            |
///
/// Spec: `iso-7816-4#security-environment`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SecurityEnvironment {
    pub(crate) number: u8,
    pub(crate) alternatives: Vec<Authentication>,
}

/// The environments that a chip holds, by number.
pub(crate) type Environments = BTreeMap<u8, SecurityEnvironment>;

/// Whether these rules let a command with this status do this: some rule names the access, and every rule that names it is met.
pub(crate) fn permits(
    rules: &[AccessRule],
    access: Access,
    environments: &Environments,
    status: &SecurityStatus,
) -> bool {
    let mut named = false;
    let mut met = true;
    for rule in rules.iter().filter(|rule| names(rule.operation, access)) {
        named = true;
        met &= is_met(&rule.condition, environments, status);
    }
    named && met
}

/// Whether any rule names this access.
pub(crate) fn is_named(rules: &[AccessRule], access: Access) -> bool {
    rules.iter().any(|rule| names(rule.operation, access))
}

impl SecurityEnvironment {
    /// Reads the value of data object `7B`; `None` if it holds anything that this chip cannot enforce.
    pub(crate) fn decode(value: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(value);
        let &[number @ 1..=14] = reader.expect(0x80).ok()?.value else { return None };
        let mut alternatives = Vec::new();
        while let Some(template) = reader.optional(0xA4).ok()? {
            let mut parts = template.reader();
            let &[mechanism] = parts.expect(0x80).ok()?.value else { return None };
            let &[reference] = parts.expect(0x83).ok()?.value else { return None };
            parts.finish().ok()?;
            alternatives.push(Authentication { mechanism: Mechanism::from_octet(mechanism)?, reference });
        }
        reader.finish().ok()?;
        (1..=MAX_ALTERNATIVES).contains(&alternatives.len()).then_some(Self { number, alternatives })
    }

    /// The value of data object `7B`.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        encode_into(&mut out, 0x80, &[self.number]);
        for Authentication { mechanism, reference } in &self.alternatives {
            encode_into(&mut out, 0xA4, &[0x80, 1, *mechanism as u8, 0x83, 1, *reference]);
        }
        out
    }

    pub(crate) fn is_satisfied(&self, status: &SecurityStatus) -> bool {
        self.alternatives.iter().any(|fact| status.proves(*fact))
    }
}

const MAX_ALTERNATIVES: usize = 8;

fn names(operation: Operation, access: Access) -> bool {
    match operation {
        Operation::Mode(bit) => access.mode == Some(bit),
        Operation::Instruction(ins) => access.ins == ins,
        Operation::InstructionP1 { ins, p1 } => (access.ins, access.p1) == (ins, p1),
    }
}

fn is_met(condition: &Condition, environments: &Environments, status: &SecurityStatus) -> bool {
    match condition {
        Condition::Always => true,
        Condition::Never => false,
        Condition::SecurityEnvironment(number) => {
            environments.get(number).is_some_and(|environment| environment.is_satisfied(status))
        }
        Condition::AnyOf(conditions) => conditions.iter().any(|condition| is_met(condition, environments, status)),
        Condition::AllOf(conditions) => {
            !conditions.is_empty() && conditions.iter().all(|condition| is_met(condition, environments, status))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORMATION: Authentication = Authentication { mechanism: Mechanism::Scp03, reference: 0x30 };
    const BAC: Authentication = Authentication { mechanism: Mechanism::Bac, reference: 0x01 };

    fn environments() -> BTreeMap<u8, SecurityEnvironment> {
        [(1, FORMATION), (2, BAC)]
            .map(|(number, fact)| (number, SecurityEnvironment { number, alternatives: vec![fact] }))
            .into()
    }

    fn met(condition: Condition, status: &SecurityStatus) -> bool {
        let rules = [AccessRule { operation: Operation::Mode(1), condition }];
        permits(&rules, Access::read(), &environments(), status)
    }

    #[test]
    fn a_condition_is_judged_against_the_facts() {
        use Condition::{AllOf, Always, AnyOf, Never, SecurityEnvironment as Se};
        let (nobody, formation, reader) =
            (SecurityStatus::default(), SecurityStatus::inside(FORMATION), SecurityStatus::inside(BAC));
        for (condition, expected) in [
            (Always, [true, true, true]),
            (Never, [false, false, false]),
            (Se(1), [false, true, false]),
            (Se(2), [false, false, true]),
            (Se(3), [false, false, false]),
            (AnyOf(vec![Se(1), Se(2)]), [false, true, true]),
            (AllOf(vec![Se(1), Se(2)]), [false, false, false]),
            (AllOf(vec![Always, AnyOf(vec![Never, Se(2)])]), [false, false, true]),
            (AnyOf(vec![]), [false, false, false]),
            (AllOf(vec![]), [false, false, false]),
        ] {
            let judged = [&nobody, &formation, &reader].map(|status| met(condition.clone(), status));
            assert_eq!(judged, expected, "{condition:?}");
        }
    }

    #[test]
    fn every_rule_that_names_the_access_must_be_met_and_one_must_name_it() {
        let rule = |operation, condition| AccessRule { operation, condition };
        let judge = |rules: &[AccessRule]| permits(rules, Access::read(), &environments(), &SecurityStatus::default());
        assert!(!judge(&[]));
        assert!(!judge(&[
            rule(Operation::Mode(2), Condition::Always),
            rule(Operation::Instruction(0xB1), Condition::Always)
        ]));
        assert!(judge(&[rule(Operation::Instruction(0xB0), Condition::Always)]));
        assert!(judge(&[rule(Operation::InstructionP1 { ins: 0xB0, p1: 0 }, Condition::Always)]));
        assert!(!judge(&[rule(Operation::InstructionP1 { ins: 0xB0, p1: 1 }, Condition::Always)]));
        assert!(!judge(&[
            rule(Operation::Instruction(0xB0), Condition::Always),
            rule(Operation::InstructionP1 { ins: 0xB0, p1: 0 }, Condition::Never),
        ]));
        assert!(!judge(&[
            rule(Operation::Mode(1), Condition::Always),
            rule(Operation::Instruction(0xB0), Condition::SecurityEnvironment(1)),
        ]));
    }

    proptest! {
        #[test]
        fn an_environment_that_is_read_is_written_back(octets in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(environment) = SecurityEnvironment::decode(&octets) {
                prop_assert_eq!(SecurityEnvironment::decode(&environment.encode()), Some(environment));
            }
        }

        #[test]
        fn an_environment_that_is_written_is_read(number in 1..=14u8, facts in prop::collection::vec((1..=7u8, any::<u8>()), 1..=8)) {
            let alternatives = facts
                .into_iter()
                .map(|(mechanism, reference)| Authentication {
                    mechanism: Mechanism::from_octet(mechanism).unwrap(),
                    reference,
                })
                .collect();
            let environment = SecurityEnvironment { number, alternatives };
            prop_assert_eq!(SecurityEnvironment::decode(&environment.encode()), Some(environment));
        }
    }
}
