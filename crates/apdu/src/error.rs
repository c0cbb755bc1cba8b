use std::fmt;

/// Why bytes are no command, response or file control parameters, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ApduError {
    kind: ApduErrorKind,
    at: usize,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ApduErrorKind {
    /// Fewer octets than a header or a status word.
    TooShort,
    /// `Lc`, `Le` and the number of octets contradict each other.
    LengthContradiction,
    /// The file control parameters are not well-formed TLVs.
    FcpTlv(&'static str),
    /// A parameter is missing, doubled, in the wrong place or of a wrong length.
    FcpParameter {
        /// The tag of the parameter.
        tag: u32,
    },
    /// A security attribute that this project cannot judge; what cannot be judged is refused.
    FcpSecurity,
}

impl ApduError {
    pub(crate) const fn new(kind: ApduErrorKind, at: usize) -> Self {
        Self { kind, at }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ApduErrorKind {
        self.kind
    }

    /// Offset in octets.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind {
            ApduErrorKind::TooShort => "apdu.too-short",
            ApduErrorKind::LengthContradiction => "apdu.length",
            ApduErrorKind::FcpTlv(_) => "fcp.tlv",
            ApduErrorKind::FcpParameter { .. } => "fcp.parameter",
            ApduErrorKind::FcpSecurity => "fcp.security",
        }
    }
}

impl From<sigillo_tlv::TlvError> for ApduError {
    fn from(error: sigillo_tlv::TlvError) -> Self {
        Self::new(ApduErrorKind::FcpTlv(error.code()), error.at())
    }
}

impl fmt::Display for ApduError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ApduErrorKind::TooShort => f.write_str("too few octets")?,
            ApduErrorKind::LengthContradiction => f.write_str("the lengths inside contradict the number of octets")?,
            ApduErrorKind::FcpTlv(code) => write!(f, "file control parameters: {code}")?,
            ApduErrorKind::FcpParameter { tag } => {
                write!(f, "file control parameter {tag:02X} is missing, doubled or malformed")?
            }
            ApduErrorKind::FcpSecurity => f.write_str("a security attribute that cannot be judged")?,
        }
        write!(f, " (offset {})", self.at)
    }
}

impl std::error::Error for ApduError {}
