//! What an authority keeps to beyond the rules of chips: validity periods, rights, names, requests.
//!
//! Spec: `bsi-tr-03139#validity-periods`, `bsi-tr-03139#naming`, `bsi-tr-03110-3#document-verifiers`.

use std::fmt;

use crate::authority::Authority;
use crate::certificate::CvCertificate;
use crate::date::CvDate;
use crate::error::{CvcError, CvcErrorKind};
use crate::import::{ChipState, import};
use crate::issue::Terms;
use crate::public_key::CvPublicKey;
use crate::reference::HolderReference;
use crate::request::CertificateRequest;
use crate::template::{Rights, Role, TerminalType};
use crate::trust_point::TrustPoint;
use crate::verifying_key::VerifyingKey;

/// How long certificates of a role are valid.
///
/// | role | at least | at most |
/// |---|---|---|
/// | CVCA, self-signed and link | 6 months | 3 years |
/// | document verifier | 2 weeks | 3 months |
/// | terminal; the office's too, which is our decision | 1 day | 1 month |
///
/// Spec: `bsi-tr-03139#validity-periods`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Validity {
    shortest: Span,
    longest: Span,
}

/// A length of time as the policy writes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Span {
    Days(u32),
    Months(u16),
}

/// A rule that a certificate or request breaks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Whose certificate or request it is.
    pub holder: HolderReference,
    /// The rule.
    pub rule: Rule,
}

/// The rules that [`check`] and [`check_request`] know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Rule {
    /// A chip refuses it.
    Chip(CvcError),
    /// The certificate of its issuer is not among those given, or was refused itself.
    IssuerMissing,
    /// Valid for a shorter or longer time than its role allows.
    ValidityPeriod,
    /// Valid for longer than its issuer.
    OutlivesIssuer,
    /// A right that its issuer does not have.
    RightsBeyondIssuer,
    /// Expired at the date.
    Expired,
    /// Not effective yet at the date.
    NotYetEffective,
    /// A holder of another country than the rules for the role say.
    Country,
    /// A link with another validity than the new root's own certificate, or of another key.
    LinkDiffers,
    /// A reference that names another key already.
    ReferenceReused,
    /// A key that was certified under another reference.
    KeyReused,
    /// A request to a foreign authority, or of a document verifier, that does not name whose certificate it asks for.
    RequestAuthority,
    /// A request to a foreign authority without an outer signature.
    RequestNotCountersigned,
    /// An outer signature by a key that is unknown, or whose certificate is expired.
    Countersigner,
}

impl Validity {
    /// The rule for a role.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        match role {
            Role::Cvca => Self { shortest: Span::Months(6), longest: Span::Months(36) },
            Role::DvDomestic | Role::DvForeign => Self { shortest: Span::Days(14), longest: Span::Months(3) },
            Role::Terminal => Self { shortest: Span::Days(1), longest: Span::Months(1) },
        }
    }

    /// The last day of a certificate that is valid as long as it may be.
    ///
    /// # Errors
    ///
    /// `cvc.date` after 2099.
    pub fn last_day(self, effective: CvDate) -> Result<CvDate, CvcError> {
        self.longest.after(effective)
    }

    /// Whether a certificate is valid neither too short nor too long; whoever counts the first day in, and whoever does not,
    /// is right.
    #[must_use]
    pub fn allows(self, effective: CvDate, expiration: CvDate) -> bool {
        let first_after = expiration.plus_days(1).unwrap_or(expiration);
        let long_enough = self.shortest.after(effective).is_ok_and(|shortest| first_after >= shortest);
        let short_enough = self.longest.after(effective).map_or(true, |longest| expiration <= longest);
        long_enough && short_enough
    }
}

impl Span {
    fn after(self, date: CvDate) -> Result<CvDate, CvcError> {
        match self {
            Self::Days(days) => date.plus_days(days),
            Self::Months(months) => date.plus_months(months),
        }
    }
}

/// Judges certificates, in any order, as one authority's or terminal's chain at a date: each under its issuer's among them.
///
/// The roots among them are believed; what a root says of itself and of its successor is judged all the same. Chips are not
/// asked for their date: a certificate that they would have taken when it was new is expired by [`Rule::Expired`].
#[must_use]
pub fn check(certificates: &[CvCertificate], date: CvDate) -> Vec<Finding> {
    let mut judgement = Judgement { findings: Vec::new(), accepted: Vec::new() };
    let mut open: Vec<&CvCertificate> = Vec::with_capacity(certificates.len());
    for certificate in certificates {
        if certificate.authority() == certificate.holder() {
            judgement.root(certificate);
        } else {
            open.push(certificate);
        }
    }
    loop {
        let waiting = open.len();
        open.retain(|certificate| !judgement.issued(certificate));
        if open.len() == waiting {
            break;
        }
    }
    for certificate in open {
        judgement.note(certificate.holder(), Rule::IssuerMissing);
    }
    for (at, certificate) in certificates.iter().enumerate() {
        judgement.times(certificate, date);
        judgement.names(certificate, certificates.get(..at).unwrap_or_default());
    }
    judgement.findings
}

/// Judges what is about to be certified, before anything is signed: the days, and what the issuer's certificate allows.
#[must_use]
pub fn check_terms(given: &Terms, issuer: Option<&CvCertificate>) -> Vec<Finding> {
    let mut judgement = Judgement { findings: Vec::new(), accepted: Vec::new() };
    judgement.length(given);
    if let Some(issuer) = issuer {
        let issuer = Issuer {
            reference: issuer.holder(),
            terminal_type: issuer.template().terminal_type(),
            rights: &issuer.template().rights(),
            expiration: issuer.expiration(),
        };
        judgement.under(&issuer, given);
    }
    judgement.findings
}

/// Judges a request to the authority that `issuer` names, before its key is certified for `role`; `known` are the certificates
/// that the authority has made or been given, at a date.
///
/// Spec: `bsi-tr-03139#requests`, `bsi-tr-03139#rekey`.
#[must_use]
pub fn check_request(
    request: &CertificateRequest,
    issuer: &HolderReference,
    role: Role,
    known: &[CvCertificate],
    date: CvDate,
) -> Vec<Finding> {
    let mut judgement = Judgement { findings: Vec::new(), accepted: Vec::new() };
    let holder = request.holder();
    let is_foreign = holder.country() != issuer.country();
    match request.authority() {
        Some(authority) if authority != issuer => {
            judgement.note(holder, Rule::Chip(CvcError::new(CvcErrorKind::Issuer)))
        }
        None if is_foreign || role != Role::Terminal => judgement.note(holder, Rule::RequestAuthority),
        _ => {}
    }
    match request.countersigner() {
        None if is_foreign => judgement.note(holder, Rule::RequestNotCountersigned),
        None => {}
        Some(countersigner) => {
            let mut of_name = known.iter().filter(|certificate| certificate.holder() == countersigner).peekable();
            let in_force = |certificate: &&CvCertificate| certificate.expiration() >= date;
            if of_name.peek().is_none() || !of_name.clone().any(|certificate| in_force(&certificate)) {
                judgement.note(holder, Rule::Countersigner);
            } else if !of_name.filter(in_force).any(|certificate| is_countersigned_by(request, certificate, known)) {
                judgement.note(holder, Rule::Chip(CvcError::new(CvcErrorKind::Signature)));
            }
        }
    }
    let own = request.public_key().without_domain_parameters();
    for certificate in known {
        let is_same_key = bare(certificate) == own;
        if certificate.holder() == holder && !is_same_key {
            judgement.note(holder, Rule::ReferenceReused);
        } else if is_same_key {
            judgement.note(holder, Rule::KeyReused);
        }
    }
    judgement.findings.dedup();
    judgement.findings
}

impl Rule {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Chip(error) => error.code(),
            Self::IssuerMissing => "cvc.issuer-missing",
            Self::ValidityPeriod => "cvc.validity-period",
            Self::OutlivesIssuer => "cvc.outlives-issuer",
            Self::RightsBeyondIssuer => "cvc.rights-beyond-issuer",
            Self::Expired => "cvc.expired",
            Self::NotYetEffective => "cvc.not-yet-effective",
            Self::Country => "cvc.country",
            Self::LinkDiffers => "cvc.link-differs",
            Self::ReferenceReused => "cvc.reference-reused",
            Self::KeyReused => "cvc.key-reused",
            Self::RequestAuthority => "cvc.request-authority",
            Self::RequestNotCountersigned => "cvc.request-not-countersigned",
            Self::Countersigner => "cvc.countersigner",
        }
    }

    /// The clause, as a key of `docs/specs/index.toml`.
    #[must_use]
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Chip(_) | Self::IssuerMissing => "bsi-tr-03110-3#validation",
            Self::ValidityPeriod => "bsi-tr-03139#validity-periods",
            Self::OutlivesIssuer | Self::RightsBeyondIssuer => "bsi-tr-03110-3#document-verifiers",
            Self::Expired | Self::NotYetEffective => "bsi-tr-03110-3#certificate-scheduling",
            Self::Country | Self::ReferenceReused => "bsi-tr-03139#naming",
            Self::LinkDiffers => "bsi-tr-03139#link-certificates",
            Self::KeyReused => "bsi-tr-03139#rekey",
            Self::RequestAuthority | Self::RequestNotCountersigned | Self::Countersigner => "bsi-tr-03139#requests",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chip(error) => return write!(f, "{error}"),
            Self::IssuerMissing => "the issuer's certificate is not here, or was refused itself",
            Self::ValidityPeriod => "it is valid for a shorter or longer time than its role allows",
            Self::OutlivesIssuer => "it is valid for longer than its issuer",
            Self::RightsBeyondIssuer => "it has a right that its issuer does not have",
            Self::Expired => "it is expired",
            Self::NotYetEffective => "it is not effective yet",
            Self::Country => "its holder is of another country than its issuer",
            Self::LinkDiffers => "the link is not of the key and the days of the root's own certificate",
            Self::ReferenceReused => "its reference names another key already",
            Self::KeyReused => "its key was certified already: every certificate needs a new one",
            Self::RequestAuthority => "the request does not name the authority that it asks",
            Self::RequestNotCountersigned => "the request goes abroad and has no outer signature",
            Self::Countersigner => "the outer signature is by a key that is unknown here or expired",
        })
    }
}

/// What counts of an issuer.
struct Issuer<'a> {
    reference: &'a HolderReference,
    terminal_type: &'a TerminalType,
    rights: &'a Rights,
    expiration: CvDate,
}

/// What was found, and whom the certificates judged so far make an issuer.
struct Judgement {
    findings: Vec<Finding>,
    accepted: Vec<Authority>,
}

impl Judgement {
    fn note(&mut self, holder: &HolderReference, rule: Rule) {
        self.findings.push(Finding { holder: holder.clone(), rule });
    }

    fn root(&mut self, certificate: &CvCertificate) {
        match TrustPoint::from_certificate(certificate) {
            Ok(root) => self.accepted.push(root.authority()),
            Err(error) => self.note(certificate.holder(), Rule::Chip(error)),
        }
    }

    /// Judges a certificate under its issuer's; `false` if that is not known yet.
    fn issued(&mut self, certificate: &CvCertificate) -> bool {
        let issuers: Vec<Authority> =
            self.accepted.iter().filter(|issuer| issuer.reference() == certificate.authority()).cloned().collect();
        // A root and its link are two issuers with one key; of two with different keys, one verifies.
        let judged: Vec<_> = issuers.iter().map(|issuer| (issuer, as_when_new(issuer, certificate))).collect();
        match judged.iter().find(|(_, imported)| imported.is_ok()).or(judged.first()) {
            None => false,
            Some((_, Err(error))) => {
                self.note(certificate.holder(), Rule::Chip(*error));
                true
            }
            Some((issuer, Ok(authority))) => {
                let issuer = Issuer {
                    reference: issuer.reference(),
                    terminal_type: issuer.terminal_type(),
                    rights: issuer.rights(),
                    expiration: issuer.expiration(),
                };
                self.under(&issuer, &terms_of(certificate));
                self.accepted.push(authority.clone());
                true
            }
        }
    }

    /// What an issuer may not give.
    fn under(&mut self, issuer: &Issuer<'_>, given: &Terms) {
        let (role, rights) = (given.template.role(), given.template.rights());
        if given.template.terminal_type() != issuer.terminal_type {
            self.note(&given.holder, Rule::Chip(CvcError::new(CvcErrorKind::TerminalType)));
        }
        if role != Role::Cvca {
            if issuer.rights.intersection(&rights).as_ref() != Ok(&rights) {
                self.note(&given.holder, Rule::RightsBeyondIssuer);
            }
            if given.expiration > issuer.expiration {
                self.note(&given.holder, Rule::OutlivesIssuer);
            }
        }
        if role != Role::DvForeign && given.holder.country() != issuer.reference.country() {
            self.note(&given.holder, Rule::Country);
        }
    }

    fn length(&mut self, given: &Terms) {
        if !Validity::of(given.template.role()).allows(given.effective, given.expiration) {
            self.note(&given.holder, Rule::ValidityPeriod);
        }
    }

    fn times(&mut self, certificate: &CvCertificate, date: CvDate) {
        self.length(&terms_of(certificate));
        if certificate.expiration() < date {
            self.note(certificate.holder(), Rule::Expired);
        }
        if certificate.effective() > date {
            self.note(certificate.holder(), Rule::NotYetEffective);
        }
    }

    /// A root's link and its own certificate say the same; all other references and keys are met once.
    fn names(&mut self, certificate: &CvCertificate, before: &[CvCertificate]) {
        for other in before {
            let (is_same_name, is_same_key) =
                (other.holder() == certificate.holder(), bare(other) == bare(certificate));
            let are_roots = [other, certificate].iter().all(|each| each.template().role() == Role::Cvca);
            if is_same_name && are_roots {
                let days = |each: &CvCertificate| (each.effective(), each.expiration());
                if !is_same_key || days(other) != days(certificate) {
                    self.note(certificate.holder(), Rule::LinkDiffers);
                }
            } else if is_same_name && !is_same_key {
                self.note(certificate.holder(), Rule::ReferenceReused);
            } else if is_same_key && !is_same_name {
                self.note(certificate.holder(), Rule::KeyReused);
            }
        }
    }
}

/// What a chip made of a certificate on the day it was made.
fn as_when_new(issuer: &Authority, certificate: &CvCertificate) -> Result<Authority, CvcError> {
    let state = ChipState { trust_points: &[], date: certificate.effective() };
    import(&state, issuer, certificate).map(|imported| imported.authority)
}

/// Whether the outer signature is by the key of a certificate, whose domain parameters may be those of one above it.
fn is_countersigned_by(request: &CertificateRequest, certificate: &CvCertificate, known: &[CvCertificate]) -> bool {
    let key = certificate.public_key();
    let own = VerifyingKey::resolve(key, None);
    let inherited = known.iter().filter_map(|root| {
        let root = VerifyingKey::resolve(root.public_key(), None).ok()?;
        VerifyingKey::resolve(key, Some(&root)).ok()
    });
    own.into_iter().chain(inherited).any(|key| request.verify_outer(&key).is_ok())
}

fn terms_of(certificate: &CvCertificate) -> Terms {
    Terms {
        holder: certificate.holder().clone(),
        template: certificate.template().clone(),
        effective: certificate.effective(),
        expiration: certificate.expiration(),
    }
}

/// The key without domain parameters, as it is compared.
fn bare(certificate: &CvCertificate) -> CvPublicKey {
    certificate.public_key().clone().without_domain_parameters()
}
