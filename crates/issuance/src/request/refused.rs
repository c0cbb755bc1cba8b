use crate::trace::Token;

/// Why a request is refused; nothing of what it asked for happened.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestRefused {
    /// The octets are no request.
    #[error("this is no request in canonical form")]
    Form,
    /// Of another version.
    #[error("the request has a version that this program does not read")]
    Version,
    /// The table has no such act.
    #[error("the request is for an act that the table of acts does not have")]
    Act,
    /// What it is about has no technical name, or is of another kind than its act.
    #[error("what the request is about is no short technical word, or of another kind than its act")]
    Subject,
    /// Older than requests may be, or from the future.
    #[error("the request was made too long ago, or is from the future")]
    Stale,
    /// It was used before.
    #[error("the request was used before")]
    Replayed,
    /// The operator in whose name it is did not sign it.
    #[error("{0} did not sign the request")]
    Unsigned(Token),
    /// Nobody of this name was ever enrolled.
    #[error("{0} is no operator")]
    OperatorUnknown(Token),
    /// Enrolled once, and retired.
    #[error("{0} is retired")]
    OperatorRetired(Token),
    /// The signature is not by the operator's key, or over something else.
    #[error("the signature of {0} does not verify")]
    Signature(Token),
    /// The operator has none of the roles.
    #[error("{0} has no role that may ask for this")]
    Role(Token),
    /// Two persons must ask for it, and one did.
    #[error("two persons must sign this, and one did")]
    SecondMissing,
    /// It is for another act.
    #[error("the request is for another act")]
    OtherAct,
    /// It is about something else.
    #[error("the request is about something else")]
    OtherSubject,
    /// It has other arguments.
    #[error("the request has other arguments")]
    OtherArguments,
    /// The change is in another operator's name.
    #[error("the change is in the name of somebody who did not ask for it")]
    OtherOperator,
}

impl RequestRefused {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form => "request.form",
            Self::Version => "request.version",
            Self::Act => "request.act",
            Self::Subject => "request.subject",
            Self::Stale => "request.stale",
            Self::Replayed => "request.replayed",
            Self::Unsigned(_) => "request.unsigned",
            Self::OperatorUnknown(_) => "request.operator-unknown",
            Self::OperatorRetired(_) => "request.operator-retired",
            Self::Signature(_) => "request.signature",
            Self::Role(_) => "request.role",
            Self::SecondMissing => "request.second-missing",
            Self::OtherAct => "request.other-act",
            Self::OtherSubject => "request.other-subject",
            Self::OtherArguments => "request.other-arguments",
            Self::OtherOperator => "request.other-operator",
        }
    }
}
