/// Which library does the arithmetic of signatures; what they make and accept is the same.
///
/// A backend that lacks a curve or a kind of key leaves it to [`Backend::Pure`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Backend {
    /// RustCrypto: every curve, and ECDSA nonces by RFC 6979, so that the same inputs give the same bytes.
    #[default]
    Pure,
}

impl Backend {
    /// All that were built in.
    pub const ALL: &[Self] = &[Self::Pure];

    /// The name in settings and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pure => "pure",
        }
    }

    /// The backend of a name; `None` for any other text, and for one that was not built in.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|backend| backend.name() == name)
    }
}
