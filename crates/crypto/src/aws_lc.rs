//! aws-lc behind [`crate::backend::Backend`]: the only file that names it.
//!
//! It draws its nonces and salts itself, so what it signs differs each time.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self as aws, EcdsaKeyPair, EcdsaSigningAlgorithm, ParsedPublicKey, RsaEncoding, RsaKeyPair, VerificationAlgorithm,
};

use crate::curve::{Curve, CurvePrivateKey};
use crate::error::{CryptoError, CryptoErrorKind};
use crate::hash::HashAlgorithm::{Sha256, Sha384, Sha512};
use crate::public_key::PublicKey;
use crate::rsa_keys::RsaPrivateKey;
use crate::signature::SignatureAlgorithm::{self, Ecdsa, RsaPkcs1};

/// A public key, parsed once for each algorithm that goes with it.
#[derive(Clone, Debug)]
pub(crate) struct Verifier(Vec<(SignatureAlgorithm, ParsedPublicKey)>);

/// A private key, taken over once.
pub(crate) enum Signer {
    Curve(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Verifier {
    /// `None` for a key that aws-lc lacks.
    pub(crate) fn new(key: &PublicKey) -> Option<Self> {
        let octets = key.subject_public_key().ok()?;
        let curve = key.point().map(|point| point.curve());
        let fitting = VERIFICATION.iter().filter(|(of, algorithm, _)| *of == curve && algorithm.fits(key).is_ok());
        let parsed: Vec<_> = fitting
            .filter_map(|(_, algorithm, aws)| Some((*algorithm, ParsedPublicKey::new(*aws, &octets).ok()?)))
            .collect();
        (!parsed.is_empty()).then_some(Self(parsed))
    }

    /// `None` for an algorithm that aws-lc lacks, or that no signature is made by any more.
    pub(crate) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Option<Result<(), CryptoError>> {
        let (_, key) = self.0.iter().find(|(of, _)| *of == algorithm)?;
        let refused = CryptoError::new(CryptoErrorKind::Signature);
        Some(key.verify_sig(message, signature).map_err(|_| refused))
    }
}

impl Signer {
    /// `None` for a curve that aws-lc lacks.
    pub(crate) fn of_curve(key: &CurvePrivateKey, public: &PublicKey) -> Option<Self> {
        let algorithm: &'static EcdsaSigningAlgorithm = match key.curve() {
            Curve::P256 => &aws::ECDSA_P256_SHA256_ASN1_SIGNING,
            Curve::P384 => &aws::ECDSA_P384_SHA384_ASN1_SIGNING,
            Curve::P521 => &aws::ECDSA_P521_SHA512_ASN1_SIGNING,
            _ => return None,
        };
        let point = public.point()?.octets();
        key.expose(|scalar| EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, point))
            .ok()
            .map(Self::Curve)
    }

    pub(crate) fn of_rsa(key: &RsaPrivateKey) -> Option<Self> {
        key.expose(RsaKeyPair::from_der).ok().map(Self::Rsa)
    }

    /// Signs by an algorithm that fits the key.
    pub(crate) fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let refused = CryptoError::new(CryptoErrorKind::Signature);
        let random = SystemRandom::new();
        match self {
            Self::Curve(key) => Ok(key.sign(&random, message).map_err(|_| refused)?.as_ref().to_vec()),
            Self::Rsa(key) => {
                let encoding = encoding(algorithm).ok_or(CryptoError::new(CryptoErrorKind::AlgorithmMismatch))?;
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &random, message, &mut signature).map_err(|_| refused)?;
                Ok(signature)
            }
        }
    }
}

fn encoding(algorithm: SignatureAlgorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        RsaPkcs1(Sha256) => &aws::RSA_PKCS1_SHA256,
        RsaPkcs1(Sha384) => &aws::RSA_PKCS1_SHA384,
        RsaPkcs1(Sha512) => &aws::RSA_PKCS1_SHA512,
        SignatureAlgorithm::RsaPss { hash: Sha256, .. } => &aws::RSA_PSS_SHA256,
        SignatureAlgorithm::RsaPss { hash: Sha384, .. } => &aws::RSA_PSS_SHA384,
        SignatureAlgorithm::RsaPss { hash: Sha512, .. } => &aws::RSA_PSS_SHA512,
        _ => return None,
    })
}

/// By curve (none: RSA), what it calls the algorithms that signatures are made by.
static VERIFICATION: [(Option<Curve>, SignatureAlgorithm, &dyn VerificationAlgorithm); 9] = [
    (Some(Curve::P256), Ecdsa(Sha256), &aws::ECDSA_P256_SHA256_ASN1),
    (Some(Curve::P384), Ecdsa(Sha384), &aws::ECDSA_P384_SHA384_ASN1),
    (Some(Curve::P521), Ecdsa(Sha512), &aws::ECDSA_P521_SHA512_ASN1),
    (None, RsaPkcs1(Sha256), &aws::RSA_PKCS1_2048_8192_SHA256),
    (None, RsaPkcs1(Sha384), &aws::RSA_PKCS1_2048_8192_SHA384),
    (None, RsaPkcs1(Sha512), &aws::RSA_PKCS1_2048_8192_SHA512),
    (None, SignatureAlgorithm::pss(Sha256), &aws::RSA_PSS_2048_8192_SHA256),
    (None, SignatureAlgorithm::pss(Sha384), &aws::RSA_PSS_2048_8192_SHA384),
    (None, SignatureAlgorithm::pss(Sha512), &aws::RSA_PSS_2048_8192_SHA512),
];
