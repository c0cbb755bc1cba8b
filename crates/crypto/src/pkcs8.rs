//! PrivateKeyInfo (PKCS#8) around RSAPrivateKey (PKCS#1) and ECPrivateKey.
//!
//! Spec: `rfc-5958#private-key-info`, `rfc-5915#ec-private-key`.

use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::{Decode, Encode, Sequence};
use sigillo_secret::SecretBytes;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::curve::{Curve, CurvePrivateKey, EC_PUBLIC_KEY, curve_of};
use crate::error::{CryptoError, CryptoErrorKind};
use crate::rsa_keys::{RSA_ENCRYPTION, RsaPrivateKey};

/// A private key of one of the two kinds.
pub(crate) enum Decoded {
    Curve(CurvePrivateKey),
    Rsa(RsaPrivateKey),
}

/// Reads a private key; its own public key, if it comes along, must be the one that goes with it.
pub(crate) fn decode(octets: &[u8]) -> Result<Decoded, CryptoError> {
    let info = PrivateKeyInfo::from_der(octets).map_err(|_| FORM)?;
    let inner = info.private_key.as_bytes();
    if info.version > 1 {
        return Err(FORM);
    }
    match info.algorithm.oid {
        RSA_ENCRYPTION => RsaPrivateKey::from_pkcs1_der(inner).map(Decoded::Rsa),
        EC_PUBLIC_KEY => {
            let curve = curve_of(info.algorithm.parameters.ok_or(FORM)?)?;
            decode_curve(curve, inner).map(Decoded::Curve)
        }
        _ => Err(FORM),
    }
}

pub(crate) fn encode_curve(key: &CurvePrivateKey) -> Result<SecretBytes, CryptoError> {
    let (oid, public) = (key.curve().oid(), key.public()?);
    let inner = key.expose(|scalar| {
        let key = EcPrivateKey {
            version: 1,
            private_key: OctetStringRef::new(scalar)?,
            parameters: None,
            public_key: Some(BitStringRef::from_bytes(public.octets())?),
        };
        key.to_der().map(Zeroizing::new)
    });
    let inner = inner.map_err(|_: der::Error| FORM)?;
    encode(AlgorithmIdentifierRef { oid: EC_PUBLIC_KEY, parameters: Some(AnyRef::from(&oid)) }, &inner)
}

pub(crate) fn encode_rsa(key: &RsaPrivateKey) -> Result<SecretBytes, CryptoError> {
    let algorithm = AlgorithmIdentifierRef { oid: RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) };
    key.expose(|inner| encode(algorithm, inner))
}

fn decode_curve(curve: Curve, octets: &[u8]) -> Result<CurvePrivateKey, CryptoError> {
    let read = EcPrivateKey::from_der(octets).map_err(|_| FORM)?;
    let key = CurvePrivateKey::from_bytes(curve, read.private_key.as_bytes())?;
    let same_curve = match read.parameters {
        Some(parameters) => curve_of(parameters)? == curve,
        None => true,
    };
    let public = key.public()?;
    let same_key = read.public_key.is_none_or(|bits| bits.as_bytes() == Some(public.octets()));
    if read.version == 1 && same_curve && same_key { Ok(key) } else { Err(FORM) }
}

fn encode(algorithm: AlgorithmIdentifierRef<'_>, inner: &[u8]) -> Result<SecretBytes, CryptoError> {
    let encode = || {
        let private_key = OctetStringRef::new(inner)?;
        PrivateKeyInfo { version: 0, algorithm, private_key, attributes: None, public_key: None }.to_der()
    };
    encode().map(SecretBytes::new).map_err(|_: der::Error| FORM)
}

#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: AlgorithmIdentifierRef<'a>,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    attributes: Option<der::asn1::SetOfVec<der::asn1::Any>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

#[derive(Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

const FORM: CryptoError = CryptoError::new(CryptoErrorKind::KeyForm);
