/// Which library does the arithmetic of signatures; what they accept is the same, and so is what they make, up to what is
/// drawn for it.
///
/// A backend that lacks a curve or a kind of key leaves it to [`Backend::Pure`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Backend {
    /// RustCrypto: every curve, and ECDSA nonces by RFC 6979, so that the same inputs give the same bytes.
    #[default]
    Pure,
    /// aws-lc: P-256, P-384, P-521 and RSA, several times as fast and in constant time; it draws its randomness itself.
    #[cfg(feature = "aws-lc")]
    AwsLc,
}

impl Backend {
    /// All that were built in.
    pub const ALL: &[Self] = &[
        Self::Pure,
        #[cfg(feature = "aws-lc")]
        Self::AwsLc,
    ];

    /// The name in settings and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pure => "pure",
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => "aws-lc",
        }
    }

    /// The backend of a name; `None` for any other text, and for one that was not built in.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|backend| backend.name() == name)
    }
}
