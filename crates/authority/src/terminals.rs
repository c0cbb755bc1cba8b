//! The side of the terminals: roots and their successors, document verifiers, inspection systems and offices.

use sigillo_cvc::issue::{self, Terms};
use sigillo_cvc::policy::{self, Finding, Validity};
use sigillo_cvc::{
    CertificateRequest, Chat, CvCertificate, CvDate, CvPrivateKey, CvPublicKey, HolderReference, Role, TerminalType,
    UnsignedRequest, VerifyingKey,
};
use sigillo_keystore::KeyLabel;

use crate::chains::{CV_ENDING, cv_certificates};
use crate::error::AuthorityError;
use crate::office::{CERTIFICATES, Office, cv_date};
use crate::register::By;

/// A key that asks for a certificate: of the key store, or a terminal's own, which came in a file.
#[derive(Clone, Copy, Debug)]
pub enum CvKey<'a> {
    /// Of the key store.
    Stored(&'a KeyLabel),
    /// In hand.
    InHand(&'a CvPrivateKey),
}

/// What an authority gives to a holder.
#[derive(Clone, Debug)]
pub struct CvTerms {
    /// What kind of terminals it is for.
    pub terminal_type: TerminalType,
    /// The role.
    pub role: Role,
    /// The rights, as bits.
    pub rights: u8,
    /// The last day; without it as long as role and issuer allow.
    pub until: Option<CvDate>,
}

impl Office<'_> {
    /// Makes a first root: a self-signed certificate of a key of the key store.
    ///
    /// # Errors
    ///
    /// `pki.number-taken`, `pki.policy`, `pki.file`, `cvc.…`, `keystore.…`.
    pub fn create_root(
        &mut self,
        label: &KeyLabel,
        holder: &HolderReference,
        terms: &CvTerms,
    ) -> Result<CvCertificate, AuthorityError> {
        let key = self.cv_public_key(label)?;
        let terms = self.terms(holder.clone(), terms, None)?;
        self.certify(label, holder, key, terms, &[])
    }

    /// Makes the successor of a root: its own self-signed certificate, and the link by which the old key names the new one;
    /// both have the same days, and the reference is the old one counted up.
    ///
    /// Spec: `bsi-tr-03139#link-certificates`.
    ///
    /// # Errors
    ///
    /// As [`Self::create_root`]; `pki.no-certificate` of the old key, `pki.exhausted` if its sequence numbers are.
    pub fn link_root(
        &mut self,
        old: &KeyLabel,
        new: &KeyLabel,
        until: Option<CvDate>,
    ) -> Result<(CvCertificate, CvCertificate), AuthorityError> {
        let issuer = self.cv_certificate(old)?;
        let key = self.cv_public_key(new)?;
        let holder = issuer.holder().successor().ok_or(AuthorityError::Exhausted { what: "sequence number" })?;
        let given = CvTerms {
            terminal_type: issuer.template().terminal_type().clone(),
            role: Role::Cvca,
            rights: issuer.template().rights().bits(),
            until,
        };
        let terms = self.terms(holder.clone(), &given, None)?;
        let own = self.certify(new, &holder, key.clone(), terms.clone(), &[])?;
        let link = self.certify(old, issuer.holder(), key, terms, &[issuer.clone(), own.clone()])?;
        Ok((link, own))
    }

    /// Asks for a certificate; a reference that was asked for is not asked for again.
    ///
    /// # Errors
    ///
    /// `pki.number-taken`, `pki.file`, `cvc.…`, `keystore.…`.
    pub fn request(
        &mut self,
        key: CvKey<'_>,
        holder: &HolderReference,
        authority: Option<&HolderReference>,
        countersigner: Option<(&HolderReference, &KeyLabel)>,
    ) -> Result<CertificateRequest, AuthorityError> {
        let public = match key {
            CvKey::Stored(label) => self.cv_public_key(label)?,
            CvKey::InHand(key) => key.public()?,
        };
        let at = self.moment();
        let by = By { operator: self.occasion.operator, at: &at };
        let taken = self.register.take(by, REQUESTS, "request", &holder.to_string())?;
        let unsigned = UnsignedRequest::new(holder, authority, &public)?;
        let signature = match key {
            CvKey::Stored(label) => self.cv_sign(label, &public, unsigned.to_be_signed())?,
            CvKey::InHand(key) => key.sign(unsigned.to_be_signed(), &mut *self.occasion.keys.entropy())?,
        };
        let request = unsigned.complete(&signature)?;
        let request = match countersigner {
            Some((reference, label)) => self.countersign(request, reference, label)?,
            None => request,
        };
        self.register.issue(by, taken, &holder.to_string(), "", &request.encode())?;
        Ok(request)
    }

    /// Adds an outer signature: by the holder's key before this one, or by the root of his state.
    ///
    /// # Errors
    ///
    /// `keystore.…`, `cvc.…`.
    pub fn countersign(
        &self,
        request: CertificateRequest,
        reference: &HolderReference,
        label: &KeyLabel,
    ) -> Result<CertificateRequest, AuthorityError> {
        let public = self.cv_public_key(label)?;
        let octets = request.to_be_countersigned(reference);
        let signature = self.cv_sign(label, &public, &octets)?;
        Ok(request.with_outer_signature(reference.clone(), signature))
    }

    /// Answers a request; every rule that the certificate would break is a refusal.
    ///
    /// `known` are certificates of others by which outer signatures are judged, beside those of the folder.
    ///
    /// # Errors
    ///
    /// `pki.policy`, `pki.no-certificate`, `pki.number-taken`, `pki.file`, `cvc.…`, `keystore.…`.
    pub fn answer(
        &mut self,
        request: &CertificateRequest,
        label: &KeyLabel,
        terms: &CvTerms,
        known: &[CvCertificate],
    ) -> Result<CvCertificate, AuthorityError> {
        let issuer = self.cv_certificate(label)?;
        let mut all = self.cv_certificates()?;
        all.extend_from_slice(known);
        refuse(policy::check_request(request, issuer.holder(), terms.role, &all, self.today()?))?;
        let terms = self.terms(request.holder().clone(), terms, Some(&issuer))?;
        let chain = self.chain_of(&issuer, &all);
        self.certify(label, issuer.holder(), request.public_key(), terms, &chain)
    }

    /// The card-verifiable certificates of the folder.
    ///
    /// # Errors
    ///
    /// `pki.file`, `cvc.…`.
    pub fn cv_certificates(&self) -> Result<Vec<CvCertificate>, AuthorityError> {
        cv_certificates(self.occasion.folder)
    }

    /// Keeps a certificate that somebody issued for a key of ours, or that stands above one.
    ///
    /// # Errors
    ///
    /// `pki.file` if it is here already, `pki.policy` if it breaks a rule together with what is here.
    pub fn install_cv(&mut self, certificate: &CvCertificate) -> Result<(), AuthorityError> {
        let mut all = self.cv_certificates()?;
        all.push(certificate.clone());
        let own = |finding: &Finding| &finding.holder == certificate.holder();
        refuse(policy::check(&all, self.today()?).into_iter().filter(own).collect())?;
        self.keep(CERTIFICATES, &file_name(certificate), &certificate.encode())?;
        Ok(())
    }

    /// Makes a certificate: judged, number taken, signed, verified, judged with its chain (the issuer first), kept, recorded.
    fn certify(
        &mut self,
        label: &KeyLabel,
        issuer: &HolderReference,
        key: CvPublicKey,
        terms: Terms,
        chain: &[CvCertificate],
    ) -> Result<CvCertificate, AuthorityError> {
        let signer = self.cv_public_key(label)?;
        let number = if chain.is_empty() || terms.template.role() != Role::Cvca {
            terms.holder.to_string()
        } else {
            format!("{} under {issuer}", terms.holder)
        };
        refuse(policy::check_terms(&terms, chain.first()))?;
        let (holder, until) = (terms.holder.to_string(), terms.expiration.to_string());
        let unsigned = issue::prepare(terms, key, issuer)?;
        let at = self.moment();
        let by = By { operator: self.occasion.operator, at: &at };
        let authority = format!("{}{}", issuer.country(), issuer.mnemonic());
        let taken = self.register.take(by, &authority, "cv-certificate", &number)?;
        let signature = self.cv_sign(label, &signer, unsigned.to_be_signed())?;
        let certificate = unsigned.complete(signature, &VerifyingKey::resolve(&signer, None)?)?;
        let mut all = chain.to_vec();
        all.push(certificate.clone());
        refuse(policy::check(&all, self.today()?))?;
        self.keep(CERTIFICATES, &file_name(&certificate), &certificate.encode())?;
        self.register.issue(by, taken, &holder, &until, &certificate.encode())?;
        Ok(certificate)
    }

    /// An issuer with what stands above it.
    fn chain_of(&self, issuer: &CvCertificate, all: &[CvCertificate]) -> Vec<CvCertificate> {
        let mut chain = vec![issuer.clone()];
        let mut above = issuer.authority();
        // A document verifier has a root above it, and a root is above itself.
        while let Some(next) = all.iter().find(|other| other.holder() == above && !chain.contains(other)) {
            chain.push(next.clone());
            above = next.authority();
        }
        chain
    }

    fn terms(
        &self,
        holder: HolderReference,
        given: &CvTerms,
        issuer: Option<&CvCertificate>,
    ) -> Result<Terms, AuthorityError> {
        let effective = self.today()?;
        let longest = Validity::of(given.role).last_day(effective)?;
        let longest = issuer.map_or(longest, |issuer| issuer.expiration().min(longest));
        let template = Chat::new(given.terminal_type.clone(), given.role, given.rights);
        Ok(Terms { holder, template, effective, expiration: given.until.unwrap_or(longest) })
    }

    /// The newest certificate of a key of ours.
    pub(crate) fn cv_certificate(&self, label: &KeyLabel) -> Result<CvCertificate, AuthorityError> {
        let key = self.cv_public_key(label)?.without_domain_parameters();
        let of_key = |certificate: &CvCertificate| certificate.public_key().clone().without_domain_parameters() == key;
        let mut own: Vec<CvCertificate> = self.cv_certificates()?.into_iter().filter(of_key).collect();
        // A root's own certificate before its link.
        own.sort_by_key(|certificate| (certificate.authority() == certificate.holder(), certificate.effective()));
        own.pop().ok_or_else(|| AuthorityError::NoCertificate { label: label.to_string() })
    }

    fn cv_public_key(&self, label: &KeyLabel) -> Result<CvPublicKey, AuthorityError> {
        let key = self.public_key(label)?;
        Ok(CvPublicKey::new(&key, self.algorithm(label, &key)?)?)
    }

    fn cv_sign(&self, label: &KeyLabel, key: &CvPublicKey, message: &[u8]) -> Result<Vec<u8>, AuthorityError> {
        let key = VerifyingKey::resolve(key, None)?;
        let signature = self.sign(label, key.signature_algorithm(), message)?;
        Ok(key.plain_signature(&signature)?)
    }

    fn today(&self) -> Result<CvDate, AuthorityError> {
        cv_date(self.occasion.now.date())
    }
}

fn refuse(findings: Vec<Finding>) -> Result<(), AuthorityError> {
    if findings.is_empty() { Ok(()) } else { Err(AuthorityError::Policy(findings)) }
}

/// `HOLDER.cvcert`; a link has its issuer before it, so that it does not stand in the way of the root's own.
fn file_name(certificate: &CvCertificate) -> String {
    let (holder, issuer) = (certificate.holder(), certificate.authority());
    let name = |reference: &HolderReference| -> String {
        reference.to_string().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
    };
    if certificate.template().role() == Role::Cvca && holder != issuer {
        format!("{}-link-{}{CV_ENDING}", name(issuer), name(holder))
    } else {
        format!("{}{CV_ENDING}", name(holder))
    }
}

/// Under which name the references that were asked for stand in the register.
const REQUESTS: &str = "requests";
