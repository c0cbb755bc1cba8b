use crate::hash::HashAlgorithm;

/// How a signature was made.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
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
    /// RSASSA-PSS with a salt as long as the hash, the only one that is made.
    #[must_use]
    pub const fn pss(hash: HashAlgorithm) -> Self {
        Self::RsaPss { hash, salt: hash.output_length() }
    }

    /// The hash.
    #[must_use]
    pub const fn hash(self) -> HashAlgorithm {
        match self {
            Self::Ecdsa(hash) | Self::RsaPkcs1(hash) | Self::RsaPss { hash, .. } => hash,
        }
    }

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Ecdsa(hash) => format!("ECDSA with {}", hash.name()),
            Self::RsaPkcs1(hash) => format!("RSA PKCS#1 v1.5 with {}", hash.name()),
            Self::RsaPss { hash, salt } => format!("RSASSA-PSS with {}, salt of {salt} octets", hash.name()),
        }
    }
}
