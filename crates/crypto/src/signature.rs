use crate::hash::HashAlgorithm;

/// How a signature was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA over this hash; the signature is a DER `Ecdsa-Sig-Value`.
    Ecdsa(HashAlgorithm),
    /// RSA PKCS#1 v1.5 over this hash.
    RsaPkcs1(HashAlgorithm),
    /// RSASSA-PSS over this hash, which is also that of MGF1.
    RsaPss {
        /// The hash of message and mask generation.
        hash: HashAlgorithm,
        /// Salt length in octets.
        salt: usize,
    },
}

impl SignatureAlgorithm {
    /// The hash.
    #[must_use]
    pub const fn hash(self) -> HashAlgorithm {
        match self {
            Self::Ecdsa(hash) | Self::RsaPkcs1(hash) | Self::RsaPss { hash, .. } => hash,
        }
    }
}
