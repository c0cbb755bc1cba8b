use std::fmt;

/// Why bytes are not the TLV that was expected, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TlvError {
    kind: TlvErrorKind,
    at: usize,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TlvErrorKind {
    /// A tag octet that starts no tag (`00`, `FF`), a tag of more than three octets, or one whose number is padded.
    TagForm,
    /// Another tag than the one that must stand here.
    TagUnexpected {
        /// The tag that must stand here.
        expected: u32,
        /// The tag that stands here, or `None` at the end of the input.
        found: Option<u32>,
    },
    /// A length of more than four octets.
    LengthForm,
    /// The indefinite length form, which ISO 7816-4 does not allow.
    Indefinite,
    /// The input ends before the announced length does.
    Truncated,
    /// Bytes stand behind the last TLV.
    TrailingBytes {
        /// How many.
        count: usize,
    },
}

impl TlvError {
    pub(crate) const fn new(kind: TlvErrorKind, at: usize) -> Self {
        Self { kind, at }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> TlvErrorKind {
        self.kind
    }

    /// The offset in the outermost input, in octets.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind {
            TlvErrorKind::TagForm => "tlv.tag-form",
            TlvErrorKind::TagUnexpected { .. } => "tlv.tag-unexpected",
            TlvErrorKind::LengthForm => "tlv.length-form",
            TlvErrorKind::Indefinite => "tlv.indefinite",
            TlvErrorKind::Truncated => "tlv.truncated",
            TlvErrorKind::TrailingBytes { .. } => "tlv.trailing-bytes",
        }
    }
}

impl fmt::Display for TlvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TlvErrorKind::TagForm => f.write_str("not a tag of one to three octets")?,
            TlvErrorKind::TagUnexpected { expected, found: Some(found) } => {
                write!(f, "tag {found:02X} where {expected:02X} must stand")?;
            }
            TlvErrorKind::TagUnexpected { expected, found: None } => {
                write!(f, "nothing where tag {expected:02X} must stand")?
            }
            TlvErrorKind::LengthForm => f.write_str("a length of more than four octets")?,
            TlvErrorKind::Indefinite => f.write_str("the indefinite length form is not allowed")?,
            TlvErrorKind::Truncated => f.write_str("the input ends inside a TLV")?,
            TlvErrorKind::TrailingBytes { count } => write!(f, "{count} bytes behind the last TLV")?,
        }
        write!(f, " (offset {})", self.at)
    }
}

impl std::error::Error for TlvError {}
