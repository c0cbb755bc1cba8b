use sigillo_tlv::{TlvError, TlvErrorKind};

/// What is wrong with data of the logical data structure, and where. Never holds a value of the holder.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{kind}{}", Place(*at))]
pub struct LdsError {
    kind: LdsErrorKind,
    at: Option<usize>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LdsErrorKind {
    /// A biometric format owner or type other than the one of this data group.
    #[error("not the biometric format of this data group")]
    BiometricFormat,
    /// A character that this field cannot hold or that no transliteration table knows.
    #[error("a character that {field} cannot hold")]
    Character {
        /// The field's name.
        field: &'static str,
    },
    /// A check digit that does not belong to its field.
    #[error("wrong check digit of {field}")]
    CheckDigit {
        /// The field's name.
        field: &'static str,
    },
    /// More or fewer parts than the format allows.
    #[error("wrong number of {what}")]
    Count {
        /// What is counted.
        what: &'static str,
    },
    /// A code that is neither in ISO 3166-1 nor in ICAO 9303-3 section 5.
    #[error("unknown state or nationality code")]
    Country,
    /// A tag or number that names no data group.
    #[error("no such data group")]
    DataGroup,
    /// A date that does not exist or is not written as it must be.
    #[error("not a date: {field}")]
    Date {
        /// The field's name.
        field: &'static str,
    },
    /// A document code that ICAO 9303-5 does not allow.
    #[error("not a document code of a TD1 card")]
    DocumentCode,
    /// A finger position code that does not exist, or that two places name differently.
    #[error("wrong finger position")]
    FingerPosition,
    /// An image colour or number of components outside what is allowed.
    #[error("image colour not allowed")]
    ImageColour,
    /// Bytes that are not an image of the expected format.
    #[error("not a whole image of the expected format")]
    ImageFormat,
    /// An image resolution that is missing or outside what is allowed.
    #[error("image resolution not allowed")]
    ImageResolution,
    /// Image dimensions outside what is allowed.
    #[error("image dimensions not allowed")]
    ImageSize,
    /// A length field that contradicts the data, or a form of length that is not allowed.
    #[error("wrong length")]
    Length,
    /// A required field is empty.
    #[error("{field} is missing")]
    Missing {
        /// The field's name.
        field: &'static str,
    },
    /// Well-formed data in another order or form than the one this crate writes.
    #[error("not the one canonical encoding")]
    NotCanonical,
    /// A biometric record whose header is not that of ISO/IEC 19794 version 010.
    #[error("not a biometric record header of version 010")]
    RecordHeader,
    /// A sex code other than F, M and the filler.
    #[error("unknown sex code")]
    Sex,
    /// A tag that names no tag.
    #[error("not a tag")]
    TagForm,
    /// Another tag than the one that must stand here.
    #[error("unexpected tag where {expected:02X} must stand")]
    TagUnexpected {
        /// The tag that must stand here.
        expected: u32,
        /// The tag that stands here, or `None` at the end.
        found: Option<u32>,
    },
    /// Text that is not UTF-8.
    #[error("{field} is not UTF-8")]
    Text {
        /// The field's name.
        field: &'static str,
    },
    /// A value longer than its field.
    #[error("{field} is too long")]
    TooLong {
        /// The field's name.
        field: &'static str,
    },
    /// Bytes behind the end.
    #[error("{count} bytes behind the end")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// The input ends early.
    #[error("the input ends early")]
    Truncated,
    /// An LDS or Unicode version that is not written in digits.
    #[error("not a version number")]
    Version,
}

impl LdsError {
    pub(crate) const fn new(kind: LdsErrorKind) -> Self {
        Self { kind, at: None }
    }

    pub(crate) const fn at_offset(kind: LdsErrorKind, at: usize) -> Self {
        Self { kind, at: Some(at) }
    }

    /// The same error, its offset counted from further outside.
    pub(crate) fn behind(self, offset: usize) -> Self {
        Self { kind: self.kind, at: Some(self.at.unwrap_or(0).saturating_add(offset)) }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> LdsErrorKind {
        self.kind
    }

    /// The offset in the input, in octets, where there is one.
    #[must_use]
    pub const fn at(&self) -> Option<usize> {
        self.at
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl LdsErrorKind {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BiometricFormat => "lds.biometric-format",
            Self::Character { .. } => "lds.character",
            Self::CheckDigit { .. } => "lds.check-digit",
            Self::Count { .. } => "lds.count",
            Self::Country => "lds.country",
            Self::DataGroup => "lds.data-group",
            Self::Date { .. } => "lds.date",
            Self::DocumentCode => "lds.document-code",
            Self::FingerPosition => "lds.finger-position",
            Self::ImageColour => "lds.image-colour",
            Self::ImageFormat => "lds.image-format",
            Self::ImageResolution => "lds.image-resolution",
            Self::ImageSize => "lds.image-size",
            Self::Length => "lds.length",
            Self::Missing { .. } => "lds.missing",
            Self::NotCanonical => "lds.not-canonical",
            Self::RecordHeader => "lds.record-header",
            Self::Sex => "lds.sex",
            Self::TagForm => "lds.tag-form",
            Self::TagUnexpected { .. } => "lds.tag-unexpected",
            Self::Text { .. } => "lds.text",
            Self::TooLong { .. } => "lds.too-long",
            Self::TrailingBytes { .. } => "lds.trailing-bytes",
            Self::Truncated => "lds.truncated",
            Self::Version => "lds.version",
        }
    }
}

impl From<TlvError> for LdsError {
    fn from(error: TlvError) -> Self {
        let kind = match error.kind() {
            TlvErrorKind::TagUnexpected { expected, found } => LdsErrorKind::TagUnexpected { expected, found },
            TlvErrorKind::TrailingBytes { count } => LdsErrorKind::TrailingBytes { count },
            TlvErrorKind::Truncated => LdsErrorKind::Truncated,
            TlvErrorKind::TagForm => LdsErrorKind::TagForm,
            _ => LdsErrorKind::Length,
        };
        Self::at_offset(kind, error.at())
    }
}

struct Place(Option<usize>);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |at| write!(f, " (offset {at})"))
    }
}
