use sigillo_channel::ChannelError;
use sigillo_crypto::CryptoError;
use sigillo_cvc::CvcError;
use sigillo_perso::PersoError;
use sigillo_seal::SealError;

/// Why no specimen was formed; with an embedded profile and a day of this century none of these happens.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecimenError {
    /// Plan, driver or chip.
    #[error(transparent)]
    Perso(#[from] PersoError),
    /// The test issuer's certificates or the seal.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A primitive.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A key of the chip.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// A card-verifiable certificate.
    #[error(transparent)]
    Certificate(#[from] CvcError),
    /// The test record breaks a rule of records, by its code: on that day, or with that profile.
    #[error("the test record is refused: {0}")]
    Record(&'static str),
}

impl SpecimenError {
    /// The stable code; that of the inner refusal where there is one.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Perso(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Crypto(error) => error.code(),
            Self::Channel(error) => error.code(),
            Self::Certificate(error) => error.code(),
            Self::Record(code) => code,
        }
    }
}
