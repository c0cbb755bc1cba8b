//! Keys and certificates of a small PKI, made from seeds.

#![allow(dead_code, reason = "each test file uses its part")]

use sigillo_crypto::{Curve, CurvePrivateKey, HashAlgorithm, RsaPrivateKey, SeededEntropy};
use sigillo_cvc::issue::{self, Terms};
use sigillo_cvc::{
    Authority, Chat, ChipState, CvCertificate, CvDate, CvPrivateKey, CvcError, HolderReference, Imported, Role,
    RsaScheme, TerminalType, TrustPoint, import,
};

pub(crate) fn entropy() -> SeededEntropy {
    SeededEntropy::new([7; 32])
}

pub(crate) fn ec_key(curve: Curve, hash: HashAlgorithm, seed: u8) -> CvPrivateKey {
    CvPrivateKey::Ec { hash, key: CurvePrivateKey::generate(curve, &mut SeededEntropy::new([seed; 32])) }
}

pub(crate) fn p256(seed: u8) -> CvPrivateKey {
    ec_key(Curve::P256, HashAlgorithm::Sha256, seed)
}

pub(crate) fn rsa_key(bits: usize, scheme: RsaScheme, hash: HashAlgorithm, seed: u8) -> CvPrivateKey {
    CvPrivateKey::Rsa { scheme, hash, key: RsaPrivateKey::generate(bits, &mut SeededEntropy::new([seed; 32])).unwrap() }
}

pub(crate) fn name(text: &str) -> HolderReference {
    HolderReference::decode(text.as_bytes()).unwrap()
}

pub(crate) fn day(text: &str) -> CvDate {
    CvDate::decode(&text.bytes().map(|digit| digit - b'0').collect::<Vec<_>>()).unwrap()
}

/// A holder's terms for inspection systems.
pub(crate) fn terms(holder: &str, role: Role, rights: u8, effective: &str, expiration: &str) -> Terms {
    Terms {
        holder: name(holder),
        template: Chat::new(TerminalType::InspectionSystem, role, rights),
        effective: day(effective),
        expiration: day(expiration),
    }
}

pub(crate) fn root(terms: Terms, key: &CvPrivateKey) -> CvCertificate {
    issue::self_signed(terms, key, &mut entropy()).unwrap()
}

pub(crate) fn certificate(terms: Terms, key: &CvPrivateKey, issuer: &str, issuer_key: &CvPrivateKey) -> CvCertificate {
    issue::issue(terms, key.public().unwrap(), &name(issuer), issuer_key, &mut entropy()).unwrap()
}

/// A chip that keeps what it must.
#[derive(Debug)]
pub(crate) struct Chip {
    pub(crate) trust_points: Vec<TrustPoint>,
    pub(crate) date: CvDate,
}

impl Chip {
    pub(crate) fn new(roots: &[&CvCertificate], date: &str) -> Self {
        let trust_points = roots.iter().map(|root| TrustPoint::from_certificate(root).unwrap()).collect();
        Self { trust_points, date: day(date) }
    }

    pub(crate) fn trust_point(&self, reference: &str) -> Authority {
        let state = ChipState { trust_points: &self.trust_points, date: self.date };
        state.trust_point(&name(reference)).unwrap().authority()
    }

    pub(crate) fn references(&self) -> Vec<String> {
        self.trust_points.iter().map(|point| point.reference().to_string()).collect()
    }

    /// Imports a certificate and takes its effect over.
    pub(crate) fn import(&mut self, issuer: &Authority, certificate: &CvCertificate) -> Result<Imported, CvcError> {
        let imported = import(&ChipState { trust_points: &self.trust_points, date: self.date }, issuer, certificate)?;
        if let Some(removed) = &imported.effect.removed_trust_point {
            self.trust_points.retain(|point| point.reference() != removed);
        }
        self.trust_points.extend(imported.effect.new_trust_point.clone());
        self.date = imported.effect.new_date.unwrap_or(self.date);
        Ok(imported)
    }

    /// A chain from a trust point; the last certificate's holder.
    pub(crate) fn chain(&mut self, trust_point: &str, chain: &[&CvCertificate]) -> Result<Authority, CvcError> {
        let mut authority = self.trust_point(trust_point);
        for certificate in chain {
            authority = self.import(&authority, certificate)?.authority;
        }
        Ok(authority)
    }
}
