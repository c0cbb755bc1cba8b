use std::fmt;

use cryptoki::mechanism::aead::GcmParams;
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use sigillo_crypto::{
    Backend, Curve, CurvePoint, Entropy, HashAlgorithm, KeyAlgorithm, PublicKey, RsaPublicKey, SignatureAlgorithm,
    ecdsa_signature_to_der,
};
use sigillo_secret::{SecretBytes, SymmetricKey};

use super::attributes;
use super::session::{Fault, OwnFault, TokenSession, View};
use crate::container::{Container, Retry};
use crate::entry::InventoryFault;
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::label::KeyLabel;
use crate::role::{Purpose, StoredAlgorithm};

/// A token, through one session.
pub struct Token {
    session: TokenSession,
}

impl Token {
    pub(crate) const fn new(session: TokenSession) -> Self {
        Self { session }
    }
}

impl Container for Token {
    fn another(&self) -> Result<Self, KeystoreError> {
        Ok(Self { session: self.session.another()? })
    }

    /// A token signs by itself.
    fn use_backend(&mut self, _: Backend) {}

    fn generate(
        &mut self,
        label: &KeyLabel,
        algorithm: StoredAlgorithm,
        entropy: &mut dyn Entropy,
    ) -> Result<(), KeystoreError> {
        let id = new_id(entropy);
        // Not twice: an answer that was lost would leave two keys of one name.
        self.session.run(Retry::UnlessItMayBeDone, |view| {
            refuse_second(view, label)?;
            match algorithm {
                StoredAlgorithm::Aes256 => {
                    let mut template = attributes::aes_key(label, &id);
                    template.push(Attribute::ValueLen(32.into()));
                    view.session.generate_key(&Mechanism::AesKeyGen, &template)?;
                }
                StoredAlgorithm::Pair(algorithm) => {
                    let mechanism = match algorithm.curve() {
                        Some(_) => Mechanism::EccKeyPairGen,
                        None => Mechanism::RsaPkcsKeyPairGen,
                    };
                    let public = attributes::public_key(label, &id, algorithm);
                    view.session.generate_key_pair(&mechanism, &public, &attributes::private_key(label, &id))?;
                }
            }
            Ok(())
        })
    }

    fn import(&mut self, label: &KeyLabel, key: &SymmetricKey, entropy: &mut dyn Entropy) -> Result<(), KeystoreError> {
        let id = new_id(entropy);
        self.session.run(Retry::UnlessItMayBeDone, |view| {
            refuse_second(view, label)?;
            let mut template = attributes::aes_key(label, &id);
            template.push(Attribute::Value(key.expose(<[u8]>::to_vec)));
            view.session.create_object(&template)?;
            Ok(())
        })
    }

    fn destroy(&mut self, label: &KeyLabel) -> Result<(), KeystoreError> {
        self.session.run(Retry::Always, |view| {
            let name = label.to_string();
            let template = [Attribute::Label(name.clone().into_bytes())];
            let found = view.session.find_objects(&template)?;
            if found.is_empty() {
                return Err(Fault::NoObject(name));
            }
            view.forget(&name);
            for handle in found {
                view.session.destroy_object(handle)?;
            }
            Ok(())
        })
    }

    fn contents(&self) -> Result<Vec<(String, Vec<InventoryFault>)>, KeystoreError> {
        self.session.run(Retry::Always, |view| {
            let mut found = Vec::new();
            for class in [ObjectClass::PRIVATE_KEY, ObjectClass::SECRET_KEY] {
                for handle in view.session.find_objects(&[Attribute::Class(class), Attribute::Token(true)])? {
                    found.push(judge(view, handle, class == ObjectClass::PRIVATE_KEY)?);
                }
            }
            found.sort_by(|(one, _), (other, _)| one.cmp(other));
            Ok(found)
        })
    }

    fn public_key(&self, label: &KeyLabel) -> Result<PublicKey, KeystoreError> {
        self.session.run(Retry::Always, |view| {
            let handle = view.object(&label.to_string(), false)?;
            let wanted = [
                AttributeType::KeyType,
                AttributeType::EcParams,
                AttributeType::EcPoint,
                AttributeType::Modulus,
                AttributeType::PublicExponent,
            ];
            let attributes = view.session.get_attributes(handle, &wanted)?;
            decode_public_key(&attributes).map_err(|error| OwnFault(error).into())
        })
    }

    fn sign(
        &self,
        label: &KeyLabel,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        retry: Retry,
    ) -> Result<Vec<u8>, KeystoreError> {
        if let SignatureAlgorithm::Ecdsa(hash) = algorithm {
            // Tokens differ in which hashes they know: the host hashes.
            let digest = hash.digest(message);
            let curve = self.curve(label)?;
            check_hash(algorithm, curve)?;
            let plain = self.raw_sign(label, &Mechanism::Ecdsa, &digest, retry)?;
            return Ok(ecdsa_signature_to_der(&plain)?);
        }
        self.raw_sign(label, &rsa_mechanism(algorithm)?, message, retry)
    }

    fn cmac(&self, label: &KeyLabel, message: &[u8]) -> Result<[u8; 16], KeystoreError> {
        let mac = self.raw_sign(label, &Mechanism::AesCMac, message, Retry::Always)?;
        mac.try_into().map_err(|_| KeystoreErrorKind::Form.at(label))
    }

    fn encrypt(
        &self,
        label: &KeyLabel,
        nonce: &[u8; 12],
        context: &[u8],
        plain: &SymmetricKey,
    ) -> Result<Vec<u8>, KeystoreError> {
        self.session.run(Retry::Always, |view| {
            let handle = view.object(&label.to_string(), true)?;
            let mut nonce = *nonce;
            let mechanism = Mechanism::AesGcm(GcmParams::new(&mut nonce, context, TAG_BITS.into())?);
            Ok(plain.expose(|plain| view.session.encrypt(&mechanism, handle, plain))?)
        })
    }

    fn decrypt(
        &self,
        label: &KeyLabel,
        nonce: &[u8; 12],
        context: &[u8],
        ciphertext: &[u8],
    ) -> Result<Option<SecretBytes>, KeystoreError> {
        let opened = self.session.run(Retry::Always, |view| {
            let handle = view.object(&label.to_string(), true)?;
            let mut nonce = *nonce;
            let mechanism = Mechanism::AesGcm(GcmParams::new(&mut nonce, context, TAG_BITS.into())?);
            Ok(view.session.decrypt(&mechanism, handle, ciphertext).map(SecretBytes::new)?)
        });
        match opened {
            Ok(plain) => Ok(Some(plain)),
            // A token that is there and does not decrypt has found the tag wrong.
            Err(error) if matches!(error.kind(), KeystoreErrorKind::Token { function: "to decrypt", .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn agree(&self, label: &KeyLabel, point: &[u8]) -> Result<SecretBytes, KeystoreError> {
        self.session.run(Retry::Always, |view| {
            let handle = view.object(&label.to_string(), true)?;
            let mechanism = Mechanism::Ecdh1Derive(Ecdh1DeriveParams::new(EcKdf::null(), point));
            // The agreed secret is a session object that may be read once; it is no key of ours.
            let template = [
                Attribute::Class(ObjectClass::SECRET_KEY),
                Attribute::KeyType(KeyType::GENERIC_SECRET),
                // As long as a coordinate.
                Attribute::ValueLen(((point.len() / 2) as u64).into()),
                Attribute::Token(false),
                Attribute::Sensitive(false),
                Attribute::Extractable(true),
            ];
            let secret = view.session.derive_key(&mechanism, handle, &template)?;
            let attributes = view.session.get_attributes(secret, &[AttributeType::Value])?;
            view.session.destroy_object(secret)?;
            match attributes.into_iter().next() {
                Some(Attribute::Value(octets)) => Ok(SecretBytes::new(octets)),
                _ => Err(OwnFault(KeystoreErrorKind::CodeAltered).into()),
            }
        })
    }

    fn random(&self, out: &mut [u8]) -> Result<(), KeystoreError> {
        self.session.run(Retry::Always, |view| Ok(view.session.generate_random_slice(out)?))
    }
}

impl Token {
    fn raw_sign(
        &self,
        label: &KeyLabel,
        mechanism: &Mechanism<'_>,
        data: &[u8],
        retry: Retry,
    ) -> Result<Vec<u8>, KeystoreError> {
        self.session.run(retry, |view| {
            let handle = view.object(&label.to_string(), true)?;
            Ok(view.session.sign(mechanism, handle, data)?)
        })
    }

    /// The curve of a key: its public half stays the same, so that one look is enough.
    fn curve(&self, label: &KeyLabel) -> Result<Curve, KeystoreError> {
        let name = label.to_string();
        if let Some(curve) = self.session.remembered_curve(&name) {
            return Ok(curve);
        }
        let curve = self.public_key(label)?.point().map(CurvePoint::curve);
        let curve = curve.ok_or_else(|| KeystoreErrorKind::Algorithm.at(label))?;
        self.session.remember_curve(name, curve);
        Ok(curve)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:?})", self.session)
    }
}

/// A hash goes with a curve as long as it is: anything else is refused before the token sees it.
fn check_hash(algorithm: SignatureAlgorithm, curve: Curve) -> Result<(), KeystoreError> {
    let point = CurvePoint::generator(curve);
    Ok(algorithm.fits(&PublicKey::from_point(point))?)
}

fn rsa_mechanism(algorithm: SignatureAlgorithm) -> Result<Mechanism<'static>, KeystoreError> {
    let refused = || KeystoreError::from(KeystoreErrorKind::Algorithm);
    match algorithm {
        SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha256) => Ok(Mechanism::Sha256RsaPkcs),
        SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha384) => Ok(Mechanism::Sha384RsaPkcs),
        SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha512) => Ok(Mechanism::Sha512RsaPkcs),
        SignatureAlgorithm::RsaPss { hash, salt } => {
            let parameters = |hash_alg, mgf| PkcsPssParams { hash_alg, mgf, s_len: (salt as u64).into() };
            match hash {
                HashAlgorithm::Sha256 => {
                    Ok(Mechanism::Sha256RsaPkcsPss(parameters(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256)))
                }
                HashAlgorithm::Sha384 => {
                    Ok(Mechanism::Sha384RsaPkcsPss(parameters(MechanismType::SHA384, PkcsMgfType::MGF1_SHA384)))
                }
                HashAlgorithm::Sha512 => {
                    Ok(Mechanism::Sha512RsaPkcsPss(parameters(MechanismType::SHA512, PkcsMgfType::MGF1_SHA512)))
                }
                _ => Err(refused()),
            }
        }
        _ => Err(refused()),
    }
}

fn decode_public_key(attributes: &[Attribute]) -> Result<PublicKey, KeystoreError> {
    let form = || KeystoreError::from(KeystoreErrorKind::Form);
    let (mut curve, mut point, mut modulus, mut exponent) = (None, None, None, None);
    for attribute in attributes {
        match attribute {
            Attribute::EcParams(parameters) => {
                let mut curves = KeyAlgorithm::ALL.into_iter().filter_map(KeyAlgorithm::curve);
                curve = curves.find(|curve| attributes::named_curve(*curve) == *parameters);
            }
            Attribute::EcPoint(octets) => {
                point = Some(octets.as_slice());
            }
            Attribute::Modulus(octets) => modulus = Some(octets),
            Attribute::PublicExponent(octets) => exponent = Some(octets),
            _ => {}
        }
    }
    match (curve, point, modulus, exponent) {
        (Some(curve), Some(octets), ..) => {
            // The standard wants a DER octet string; some tokens give the bare point.
            let inner = match octets {
                [0x04, length, inner @ ..] if usize::from(*length) == inner.len() => inner,
                [0x04, 0x81, length, inner @ ..] if usize::from(*length) == inner.len() => inner,
                bare => bare,
            };
            let point = CurvePoint::decode(curve, inner).or_else(|_| CurvePoint::decode(curve, octets));
            Ok(PublicKey::from_point(point?))
        }
        (_, _, Some(modulus), Some(exponent)) => {
            Ok(PublicKey::from_rsa(RsaPublicKey::from_components(modulus, exponent)?)?)
        }
        _ => Err(form()),
    }
}

/// The label of an object, and the attributes that its role does not want.
fn judge(view: &View<'_>, handle: ObjectHandle, is_pair: bool) -> Result<(String, Vec<InventoryFault>), Fault> {
    let label = match view.session.get_attributes(handle, &[AttributeType::Label])?.into_iter().next() {
        Some(Attribute::Label(label)) => String::from_utf8_lossy(&label).into_owned(),
        _ => String::new(),
    };
    let purpose = KeyLabel::parse(&label).map(|label| label.role().row().purpose);
    let found = view.session.get_attributes(handle, &attributes::judged())?;
    let faults = purpose.map(|purpose: Purpose| attributes::faults(purpose, is_pair, &found)).unwrap_or_default();
    Ok((label, faults.into_iter().map(InventoryFault::Attribute).collect()))
}

/// A token takes any number of objects of one label; we do not.
fn refuse_second(view: &View<'_>, label: &KeyLabel) -> Result<(), Fault> {
    let template = [Attribute::Label(label.to_string().into_bytes()), Attribute::Token(true)];
    if view.session.find_objects(&template)?.is_empty() {
        Ok(())
    } else {
        Err(OwnFault(KeystoreErrorKind::Exists.at(label)).into())
    }
}

fn new_id(entropy: &mut dyn Entropy) -> [u8; 16] {
    let mut id = [0; 16];
    entropy.fill(&mut id);
    id
}

const TAG_BITS: u64 = 128;
