//! The rules by which a chip accepts a certificate.

use crate::authority::Authority;
use crate::certificate::CvCertificate;
use crate::date::CvDate;
use crate::error::{CvcError, CvcErrorKind};
use crate::public_key::CvPublicKey;
use crate::reference::HolderReference;
use crate::template::{Role, TerminalType};
use crate::trust_point::TrustPoint;
use crate::verifying_key::VerifyingKey;

/// What a chip knows before a certificate comes.
#[derive(Clone, Copy, Debug)]
pub struct ChipState<'a> {
    /// Its trust points, of every terminal type.
    pub trust_points: &'a [TrustPoint],
    /// Its date: an approximation that only advances.
    pub date: CvDate,
}

/// What must change in the chip, all of it in one transaction.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Effect {
    /// A trust point to add.
    pub new_trust_point: Option<TrustPoint>,
    /// The trust point that gives way to it.
    pub removed_trust_point: Option<HolderReference>,
    /// The date to advance to.
    pub new_date: Option<CvDate>,
}

/// A certificate that the chip accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Imported {
    /// The key that is selectable from now on, in place of the one imported before; a session forgets it.
    pub authority: Authority,
    /// What must change.
    pub effect: Effect,
}

impl ChipState<'_> {
    /// The trust point with this reference.
    #[must_use]
    pub fn trust_point(&self, reference: &HolderReference) -> Option<&TrustPoint> {
        self.trust_points.iter().find(|trust_point| trust_point.reference() == reference)
    }
}

/// Judges a certificate under the key that was selected for it: a trust point's, or that of the certificate verified last.
///
/// | rule | refusal |
/// |---|---|
/// | the certificate names this issuer | `cvc.issuer` |
/// | terminal types are one in a chain | `cvc.terminal-type` |
/// | a root issues to roots (link) and document verifiers, they to terminals, those to nobody | `cvc.role` |
/// | it does not end before it begins | `cvc.validity` |
/// | document verifiers and terminals have the issuer's algorithm and key size, and no domain parameters | `cvc.algorithm`, `cvc.domain-parameters` |
/// | the signature verifies | `cvc.signature` |
/// | it is not expired, unless it is a link | `cvc.expired` |
/// | the issuer is not expired, unless this is a link | `cvc.issuer-expired` |
/// | a trust point is never overwritten | `cvc.holder-known` |
///
/// What follows: rights are the intersection over the chain, but a link brings a root's own; the date advances to the
/// effective date of links, of document verifiers and of terminals of a domestic one; a third trust point of a type takes
/// the place of an expired one, or else of the one that became effective first.
///
/// Spec: `bsi-tr-03110-3#validation`, `bsi-tr-03110-3#effective-authorization`.
///
/// # Errors
///
/// As in the table; `cvc.template` if the rights have another length than the issuer's, `cvc.public-key` if the key is not on
/// the issuer's curve.
pub fn import(state: &ChipState<'_>, issuer: &Authority, certificate: &CvCertificate) -> Result<Imported, CvcError> {
    let refuse = |kind| Err(CvcError::new(kind));
    let template = certificate.template();
    if certificate.authority() != &issuer.reference {
        return refuse(CvcErrorKind::Issuer);
    }
    if template.terminal_type() != &issuer.terminal_type {
        return refuse(CvcErrorKind::TerminalType);
    }
    let is_link = match (issuer.role, template.role()) {
        (Role::Cvca, Role::Cvca) => true,
        (Role::Cvca, Role::DvDomestic | Role::DvForeign) | (Role::DvDomestic | Role::DvForeign, Role::Terminal) => {
            false
        }
        _ => return refuse(CvcErrorKind::Role),
    };
    if certificate.expiration() < certificate.effective() {
        return refuse(CvcErrorKind::Validity);
    }
    if !is_link {
        same_algorithm(&issuer.key, certificate.public_key())?;
    }
    let key = VerifyingKey::resolve(certificate.public_key(), Some(&issuer.key))?;
    certificate.verify(&issuer.key)?;
    if !is_link && certificate.expiration() < state.date {
        return refuse(CvcErrorKind::Expired);
    }
    if !is_link && issuer.expiration < state.date {
        return refuse(CvcErrorKind::IssuerExpired);
    }
    if state.trust_point(certificate.holder()).is_some() {
        return refuse(CvcErrorKind::HolderKnown);
    }

    let tells_the_time = template.role() != Role::Terminal || issuer.role == Role::DvDomestic;
    let new_date = Some(certificate.effective()).filter(|effective| tells_the_time && *effective > state.date);
    let mut effect = Effect { new_date, ..Effect::default() };
    if is_link {
        let trust_point = TrustPoint::new(certificate, key);
        let authority = trust_point.authority();
        keep(state, new_date.unwrap_or(state.date), trust_point, &mut effect);
        return Ok(Imported { authority, effect });
    }
    let authority = Authority {
        reference: certificate.holder().clone(),
        key,
        terminal_type: issuer.terminal_type.clone(),
        role: template.role(),
        rights: issuer.rights.intersection(&template.rights())?,
        effective: certificate.effective(),
        expiration: certificate.expiration(),
    };
    Ok(Imported { authority, effect })
}

/// Within a chain, everything but links has the root's algorithm, domain parameters and key size.
///
/// Spec: `bsi-tr-03110-3#card-verifiable-certificates`.
fn same_algorithm(issuer: &VerifyingKey, key: &CvPublicKey) -> Result<(), CvcError> {
    let same = issuer.algorithm() == key.algorithm();
    match (issuer, key) {
        (VerifyingKey::Ec { .. }, CvPublicKey::EcInherited { .. }) if same => Ok(()),
        (VerifyingKey::Rsa { key: ours, .. }, CvPublicKey::Rsa { key, .. }) if same && ours.bits() == key.bits() => {
            Ok(())
        }
        (_, CvPublicKey::Ec { .. }) => Err(CvcError::new(CvcErrorKind::DomainParameters)),
        _ => Err(CvcError::new(CvcErrorKind::Algorithm)),
    }
}

/// Adds a trust point; at most two of a terminal type stay.
///
/// Spec: `bsi-tr-03110-3#trust-points`.
fn keep(state: &ChipState<'_>, date: CvDate, new: TrustPoint, effect: &mut Effect) {
    let of_type = |trust_point: &&TrustPoint, terminal_type: &TerminalType| {
        trust_point.template().terminal_type() == terminal_type
    };
    let old: Vec<&TrustPoint> =
        state.trust_points.iter().filter(|old| of_type(old, new.template().terminal_type())).collect();
    if old.len() >= MOST_TRUST_POINTS {
        let expired = old.iter().filter(|old| old.expiration() < date).min_by_key(|old| old.effective());
        let first = old.iter().min_by_key(|old| old.effective());
        let given_up = expired.or(first.filter(|first| first.effective() <= new.effective()));
        let Some(given_up) = given_up else {
            // The new one became effective before both: it is the one that is not kept.
            return;
        };
        effect.removed_trust_point = Some(given_up.reference().clone());
    }
    effect.new_trust_point = Some(new);
}

const MOST_TRUST_POINTS: usize = 2;
