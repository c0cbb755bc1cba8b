//! RSA keys: signatures of other issuers, card-verifiable certificates and Active Authentication.

mod drawn;
mod private;
mod public;

pub use private::RsaPrivateKey;
pub(crate) use public::RSA_ENCRYPTION;
pub use public::RsaPublicKey;
