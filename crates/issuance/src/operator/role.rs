use crate::life_cycle::Actor;

/// What an operator is there for; one person may have several.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum OperatorRole {
    /// Forms chips: stock, runs, seals.
    Line,
    /// Activates, hands over, suspends, revokes.
    Office,
    /// Keeps keys and operators.
    SecurityOfficer,
    /// Delivers records, certifies, takes notifications.
    IssuingCircuit,
    /// Looks at everything and changes nothing but checkpoints.
    Auditor,
}

impl OperatorRole {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Line, Self::Office, Self::SecurityOfficer, Self::IssuingCircuit, Self::Auditor];

    /// The stable name, as stored and typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Office => "office",
            Self::SecurityOfficer => "security-officer",
            Self::IssuingCircuit => "issuing-circuit",
            Self::Auditor => "auditor",
        }
    }

    /// The role of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whom an operator of the role stands for in the tables of the life cycles; the CIP is told to an office.
    pub const fn actors(self) -> &'static [Actor] {
        match self {
            Self::Line => &[Actor::Line],
            Self::Office => &[Actor::Office, Actor::HolderByCip],
            Self::IssuingCircuit => &[Actor::IssuingCircuit],
            Self::SecurityOfficer | Self::Auditor => &[],
        }
    }
}
