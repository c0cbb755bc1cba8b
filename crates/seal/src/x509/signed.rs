//! X.509's `SIGNED`: what is signed, how it is signed, and the signature. Certificates, revocation lists and requests are
//! all of this form.

use std::marker::PhantomData;

use sigillo_crypto::{PublicKey, SignatureAlgorithm, ecdsa_signature_to_der};
use sigillo_tlv::Tlv;

use crate::algorithm::signature_algorithm_identifier;
use crate::asn1::{Algorithm, BIT_STRING, Der, SEQUENCE, element};
use crate::error::{SealError, SealErrorKind};

/// A certificate, revocation list or request that lacks its signature.
///
/// The private key lives elsewhere: its holder signs [`Unsigned::to_be_signed`] by [`Unsigned::algorithm`], or the hash of
/// it where only hashes are signed, and `complete` verifies the signature before there is a `T`.
///
/// Spec: `rfc-5280#certificate`.
#[derive(Clone, Debug)]
pub struct Unsigned<T> {
    to_be_signed: Vec<u8>,
    algorithm: SignatureAlgorithm,
    algorithm_identifier: Vec<u8>,
    key: PublicKey,
    object: PhantomData<fn() -> T>,
}

/// The three parts, read but not verified.
pub(super) struct Signed<'a> {
    pub(super) to_be_signed: Tlv<'a>,
    pub(super) algorithm: Algorithm<'a>,
    pub(super) signature: &'a [u8],
}

impl<T> Unsigned<T> {
    /// `key` is the one that the signature must verify under.
    pub(super) fn new(to_be_signed: Vec<u8>, algorithm: SignatureAlgorithm, key: PublicKey) -> Result<Self, SealError> {
        algorithm.fits(&key).map_err(|_| SealErrorKind::SignatureAlgorithm)?;
        let algorithm_identifier = signature_algorithm_identifier(algorithm)?;
        Ok(Self { to_be_signed, algorithm, algorithm_identifier, key, object: PhantomData })
    }

    /// What is signed.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// How it must be signed.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The hash of what is signed, for a chip or a token that signs hashes.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        self.algorithm.hash().digest(&self.to_be_signed)
    }

    /// The DER form of the signature `r ‖ s`, as chips and PKCS#11 tokens give it; of RSA the signature itself.
    ///
    /// # Errors
    ///
    /// `seal.signature` if it is not two numbers of one length.
    pub fn signature_from_plain(&self, signature: &[u8]) -> Result<Vec<u8>, SealError> {
        if self.key.point().is_some() {
            ecdsa_signature_to_der(signature).map_err(|_| SealErrorKind::Signature.into())
        } else {
            Ok(signature.to_vec())
        }
    }

    pub(super) const fn key(&self) -> &PublicKey {
        &self.key
    }

    pub(super) fn join(&self, signature: &[u8]) -> Vec<u8> {
        element(SEQUENCE, &[&self.to_be_signed, &self.algorithm_identifier, &element(BIT_STRING, &[&[0], signature])])
    }
}

impl<'a> Signed<'a> {
    /// Reads all of the bytes.
    pub(super) fn decode(bytes: &'a [u8], limit: usize) -> Result<Self, SealError> {
        if bytes.len() > limit {
            return Err(SealErrorKind::TooLarge { limit }.into());
        }
        let mut outer = Der::new(bytes);
        let mut parts = outer.descend(SEQUENCE)?;
        outer.finish()?;
        let to_be_signed = parts.expect(SEQUENCE)?;
        let algorithm = parts.algorithm()?;
        let bits = parts.expect(BIT_STRING)?;
        parts.finish()?;
        match bits.value.split_first() {
            Some((0, signature)) => Ok(Self { to_be_signed, algorithm, signature }),
            _ => Err(SealErrorKind::DerValue { what: "the signature" }.at(bits.at)),
        }
    }
}
