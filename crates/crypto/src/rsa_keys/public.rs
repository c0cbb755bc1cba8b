use der::asn1::{AnyRef, BitString, ObjectIdentifier};
use der::{Decode, Encode};
use rsa::BoxedUint;
use rsa::pkcs1::{DecodeRsaPublicKey, EncodeRsaPublicKey};
use rsa::traits::PublicKeyParts;
use spki::{AlgorithmIdentifier, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};

use sigillo_secret::SymmetricKey;

use super::drawn::Drawn;
use crate::entropy::Entropy;
use crate::error::{CryptoError, CryptoErrorKind};
use crate::hash::HashAlgorithm;

/// An RSA public key of 1024 to 4096 bits, its exponent odd and below 2³³.
///
/// Keys below 2048 bits are read because chips and inspection systems have them; what asks for more checks [`Self::bits`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RsaPublicKey(rsa::RsaPublicKey);

impl RsaPublicKey {
    /// The fewest bits of a modulus.
    pub const MIN_BITS: usize = 1024;
    /// The fewest bits of a key that certificates have: seals are verified years after they were made.
    pub const MIN_SIGNER_BITS: usize = 2048;
    /// The most bits of a modulus.
    pub const MAX_BITS: usize = 4096;

    pub(super) const fn new(key: rsa::RsaPublicKey) -> Self {
        Self(key)
    }

    /// Takes modulus and exponent, both big-endian; leading zeros do not matter.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` unless they make a key of an allowed size.
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Result<Self, CryptoError> {
        let form = CryptoError::new(CryptoErrorKind::PublicKeyForm);
        let number = |octets: &[u8]| {
            let octets = octets.iter().position(|octet| *octet != 0).and_then(|start| octets.get(start..))?;
            let bits = u32::try_from(8 * octets.len()).ok().filter(|_| 8 * octets.len() <= Self::MAX_BITS)?;
            BoxedUint::from_be_slice(octets, bits.next_multiple_of(64)).ok()
        };
        let (modulus, exponent) = number(modulus).zip(number(exponent)).ok_or(form)?;
        rsa::RsaPublicKey::new_with_size_limits(modulus, exponent, Self::MIN_BITS..=Self::MAX_BITS)
            .map(Self)
            .map_err(|_| form)
    }

    /// The modulus, big-endian, without leading zeros.
    #[must_use]
    pub fn modulus(&self) -> Vec<u8> {
        self.0.n_bytes().to_vec()
    }

    /// The exponent, big-endian, without leading zeros.
    #[must_use]
    pub fn exponent(&self) -> Vec<u8> {
        self.0.e_bytes().to_vec()
    }

    /// The bits of the modulus.
    #[must_use]
    pub fn bits(&self) -> usize {
        let modulus = self.0.n_bytes();
        let unused = modulus.first().map_or(0, |octet| octet.leading_zeros());
        (8 * modulus.len()).saturating_sub(unused as usize)
    }

    /// The octets of a signature.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.0.size()
    }

    /// Verifies a signature by PKCS#1 v1.5 over a message.
    ///
    /// # Errors
    ///
    /// `crypto.signature`.
    pub fn verify_pkcs1(&self, hash: HashAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let verified = self.0.verify(pkcs1_scheme(hash), &hash.digest(message), signature);
        verified.map_err(|_| CryptoError::new(CryptoErrorKind::Signature))
    }

    /// Verifies a signature by RSASSA-PSS over a message; the mask is made with the same hash.
    ///
    /// # Errors
    ///
    /// `crypto.signature`.
    pub fn verify_pss(
        &self,
        hash: HashAlgorithm,
        salt_length: usize,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        let digest = hash.digest(message);
        match hash {
            HashAlgorithm::Sha1 => {
                self.0.verify(rsa::Pss::<sha1::Sha1>::new_with_salt(salt_length), &digest, signature)
            }
            HashAlgorithm::Sha224 => {
                self.0.verify(rsa::Pss::<sha2::Sha224>::new_with_salt(salt_length), &digest, signature)
            }
            HashAlgorithm::Sha256 => {
                self.0.verify(rsa::Pss::<sha2::Sha256>::new_with_salt(salt_length), &digest, signature)
            }
            HashAlgorithm::Sha384 => {
                self.0.verify(rsa::Pss::<sha2::Sha384>::new_with_salt(salt_length), &digest, signature)
            }
            HashAlgorithm::Sha512 => {
                self.0.verify(rsa::Pss::<sha2::Sha512>::new_with_salt(salt_length), &digest, signature)
            }
        }
        .map_err(|_| CryptoError::new(CryptoErrorKind::Signature))
    }

    /// The representative that a signature carries, `signatureᵉ mod n`, in as many octets as the modulus: what signatures
    /// with message recovery are judged on.
    ///
    /// # Errors
    ///
    /// `crypto.signature` unless the signature is as long as the modulus and below it.
    pub fn recover(&self, signature: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let refused = CryptoError::new(CryptoErrorKind::Signature);
        let number = representative(&self.0, signature).ok_or(refused)?;
        let recovered = rsa::hazmat::rsa_encrypt(&self.0, &number).map_err(|_| refused)?;
        right_aligned(&recovered.to_be_bytes(), self.octets()).ok_or(refused)
    }

    /// Encrypts a key by RSAES-OAEP: SHA-256 for label and mask, no label.
    ///
    /// Spec: `rfc-8017#oaep`.
    ///
    /// # Errors
    ///
    /// `crypto.key-form` if the modulus has no room for it, which no key of 2048 bits causes.
    pub fn encrypt_oaep(&self, key: &SymmetricKey, entropy: &mut dyn Entropy) -> Result<Vec<u8>, CryptoError> {
        let encrypted = key.expose(|key| self.0.encrypt(&mut Drawn(entropy), rsa::Oaep::<sha2::Sha256>::new(), key));
        encrypted.map_err(|_| CryptoError::new(CryptoErrorKind::KeyForm))
    }

    /// Writes a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form` if the encoder refuses, which no key that exists makes it do.
    pub fn to_spki_der(&self) -> Result<Vec<u8>, CryptoError> {
        let form = CryptoError::new(CryptoErrorKind::PublicKeyForm);
        let key = self.to_pkcs1_der()?;
        let encode = || {
            let algorithm = AlgorithmIdentifier { oid: RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) };
            SubjectPublicKeyInfo { algorithm, subject_public_key: BitString::from_bytes(&key)? }.to_der()
        };
        encode().map_err(|_: der::Error| form)
    }

    /// Reads a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    ///
    /// `crypto.public-key-form`.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        let form = CryptoError::new(CryptoErrorKind::PublicKeyForm);
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| form)?;
        if info.algorithm.oid != RSA_ENCRYPTION {
            return Err(form);
        }
        let key = info.subject_public_key.as_bytes().ok_or(form)?;
        let key = Self(rsa::RsaPublicKey::from_pkcs1_der(key).map_err(|_| form)?);
        if (Self::MIN_BITS..=Self::MAX_BITS).contains(&key.bits()) { Ok(key) } else { Err(form) }
    }

    /// The DER RSAPublicKey of PKCS#1, which the subjectPublicKey BIT STRING holds.
    pub(crate) fn to_pkcs1_der(&self) -> Result<Vec<u8>, CryptoError> {
        let document = self.0.to_pkcs1_der().map_err(|_| CryptoError::new(CryptoErrorKind::PublicKeyForm))?;
        Ok(document.as_bytes().to_vec())
    }
}

/// A number below the modulus, in as many octets as it has.
pub(super) fn representative(key: &impl PublicKeyParts, octets: &[u8]) -> Option<BoxedUint> {
    let number = BoxedUint::from_be_slice(octets, key.n_bits_precision()).ok()?;
    (octets.len() == key.size() && number < *key.n().as_ref()).then_some(number)
}

/// The last octets; those before them are zero.
pub(super) fn right_aligned(octets: &[u8], length: usize) -> Option<Vec<u8>> {
    octets.get(octets.len().checked_sub(length)?..).map(<[u8]>::to_vec)
}

pub(super) fn pkcs1_scheme(hash: HashAlgorithm) -> rsa::Pkcs1v15Sign {
    match hash {
        HashAlgorithm::Sha1 => rsa::Pkcs1v15Sign::new::<sha1::Sha1>(),
        HashAlgorithm::Sha224 => rsa::Pkcs1v15Sign::new::<sha2::Sha224>(),
        HashAlgorithm::Sha256 => rsa::Pkcs1v15Sign::new::<sha2::Sha256>(),
        HashAlgorithm::Sha384 => rsa::Pkcs1v15Sign::new::<sha2::Sha384>(),
        HashAlgorithm::Sha512 => rsa::Pkcs1v15Sign::new::<sha2::Sha512>(),
    }
}

pub(crate) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
