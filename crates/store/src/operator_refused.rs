/// Why somebody is not enrolled or retired.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorRefused {
    /// The name has a living operator.
    #[error("somebody of this name is enrolled")]
    Enrolled,
    /// The key is, or was, another operator's.
    #[error("the key is, or was, another operator's")]
    KeyTaken,
    /// No living operator has the name.
    #[error("nobody of this name is enrolled")]
    Unknown,
    /// Without a role he could ask for nothing.
    #[error("an operator has at least one role")]
    Roles,
    /// Whoever looks at everything changes nothing.
    #[error("an auditor has no other role")]
    SelfAudit,
    /// The register has operators already.
    #[error("the register has operators")]
    Founded,
    /// Fewer than two security officers could enrol nobody.
    #[error("the first operators are two security officers at least")]
    Founders,
    /// Fewer than two security officers would be left.
    #[error("two security officers must remain")]
    LastOfficers,
}

impl OperatorRefused {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Enrolled => "operator.enrolled",
            Self::KeyTaken => "operator.key-taken",
            Self::Unknown => "operator.unknown",
            Self::Roles => "operator.roles",
            Self::SelfAudit => "operator.self-audit",
            Self::Founded => "operator.founded",
            Self::Founders => "operator.founders",
            Self::LastOfficers => "operator.last-officers",
        }
    }
}
