use sigillo_crypto::{HashAlgorithm, SignatureAlgorithm};

use crate::error::{SealError, SealErrorKind};

/// Which algorithms of old chips a verification takes; those that are made today are always taken.
///
/// The default takes neither: a document of today that uses them is suspect.
///
/// Spec: `icao-9303-12#algorithms`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct VerificationPolicy {
    /// SHA-1, in hashes and signatures.
    pub sha1: bool,
    /// SHA-224, in hashes and signatures.
    pub sha224: bool,
}

impl VerificationPolicy {
    /// Both: for documents that were issued when they were allowed.
    pub const OLD_CHIPS: Self = Self { sha1: true, sha224: true };

    /// Whether hash values by this algorithm are taken.
    ///
    /// # Errors
    ///
    /// `seal.algorithm-retired`.
    pub fn check_hash(&self, hash: HashAlgorithm) -> Result<(), SealError> {
        let taken = match hash {
            HashAlgorithm::Sha1 => self.sha1,
            HashAlgorithm::Sha224 => self.sha224,
            _ => true,
        };
        if taken { Ok(()) } else { Err(SealErrorKind::AlgorithmRetired.into()) }
    }

    /// Whether signatures by this algorithm are taken.
    ///
    /// # Errors
    ///
    /// `seal.algorithm-retired`.
    pub fn check_signature(&self, algorithm: SignatureAlgorithm) -> Result<(), SealError> {
        self.check_hash(algorithm.hash())
    }
}
