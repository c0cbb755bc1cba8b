//! The security status: the facts that the terminal has proven so far.

/// How a terminal proves something. The octet is the one a security environment carries.
///
/// | octet | mechanism | reference |
/// |-------|--------------------------------------------|------------------------------------------------|
/// | `01` | GlobalPlatform SCP03 | key version |
/// | `02` | Basic Access Control | `01`: the MRZ |
/// | `03` | PACE | password: `01` MRZ, `02` CAN, `03` PIN, `04` PUK |
/// | `04` | Chip Authentication | key reference; `00` asks for any |
/// | `05` | Terminal Authentication, inspection system | effective rights; asks for all bits of a mask |
/// | `06` | Terminal Authentication, issuing office | effective rights; asks for all bits of a mask |
/// | `07` | the holder's code was verified | `03`: the PIN |
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Mechanism {
    Scp03 = 0x01,
    Bac = 0x02,
    Pace = 0x03,
    ChipAuthentication = 0x04,
    InspectionSystem = 0x05,
    IssuingOffice = 0x06,
    Holder = 0x07,
}

/// One proven fact: this mechanism, with this key, password or rights.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Authentication {
    pub(crate) mechanism: Mechanism,
    pub(crate) reference: u8,
}

/// The facts that hold for one command, in the order in which they came: a command outside a channel has none.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct SecurityStatus {
    facts: Vec<Authentication>,
}

impl Mechanism {
    pub(crate) fn from_octet(octet: u8) -> Option<Self> {
        use Mechanism::{Bac, ChipAuthentication, Holder, InspectionSystem, IssuingOffice, Pace, Scp03};
        [Scp03, Bac, Pace, ChipAuthentication, InspectionSystem, IssuingOffice, Holder]
            .into_iter()
            .find(|mechanism| *mechanism as u8 == octet)
    }
}

impl Authentication {
    /// Whether this fact is what was asked for.
    fn satisfies(self, wanted: Self) -> bool {
        self.mechanism == wanted.mechanism
            && match self.mechanism {
                Mechanism::ChipAuthentication => [ANY_KEY, self.reference].contains(&wanted.reference),
                Mechanism::InspectionSystem | Mechanism::IssuingOffice => {
                    self.reference & wanted.reference == wanted.reference
                }
                _ => self.reference == wanted.reference,
            }
    }
}

impl SecurityStatus {
    /// The status of a command that came through a channel opened by this authentication.
    pub(crate) fn inside(channel: Authentication) -> Self {
        Self { facts: vec![channel] }
    }

    pub(crate) fn proves(&self, wanted: Authentication) -> bool {
        self.facts.iter().any(|fact| fact.satisfies(wanted))
    }

    /// Whether anything was proven by this mechanism.
    pub(crate) fn knows(&self, mechanism: Mechanism) -> bool {
        self.facts.iter().any(|fact| fact.mechanism == mechanism)
    }

    /// Whether nothing was proven at all: the command came outside of every channel.
    pub(crate) fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    pub(crate) fn add(&mut self, fact: Authentication) {
        self.facts.push(fact);
    }

    /// Drops what was proven by this mechanism.
    pub(crate) fn forget(&mut self, mechanism: Mechanism) {
        self.facts.retain(|fact| fact.mechanism != mechanism);
    }
}

/// The key reference of Chip Authentication that any key satisfies.
const ANY_KEY: u8 = 0x00;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_satisfies_what_its_mechanism_says() {
        use Mechanism::{ChipAuthentication, InspectionSystem, IssuingOffice, Pace};
        let fact = |mechanism, reference| Authentication { mechanism, reference };
        let status =
            SecurityStatus { facts: vec![fact(Pace, 2), fact(ChipAuthentication, 5), fact(InspectionSystem, 3)] };
        for (wanted, expected) in [
            (fact(Pace, 2), true),
            (fact(Pace, 1), false),
            (fact(Pace, 0), false),
            (fact(ChipAuthentication, 0), true),
            (fact(ChipAuthentication, 5), true),
            (fact(ChipAuthentication, 1), false),
            (fact(InspectionSystem, 1), true),
            (fact(InspectionSystem, 3), true),
            (fact(InspectionSystem, 0), true),
            (fact(InspectionSystem, 7), false),
            (fact(IssuingOffice, 1), false),
            (fact(IssuingOffice, 0), false),
        ] {
            assert_eq!(status.proves(wanted), expected, "{wanted:?}");
        }
    }
}
