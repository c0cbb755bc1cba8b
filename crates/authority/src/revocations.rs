//! What is revoked: by us, in the register and our lists; by others, in the lists that were taken in.

use std::path::Path;

use jiff::ToSpan;
use jiff::civil::DateTime;
use sigillo_keystore::{KeyLabel, KeyRole};
use sigillo_seal::SealError;
use sigillo_seal::x509::status::{RevocationLists, RevocationPolicy, Taken, Verdict};
use sigillo_seal::x509::{Certificate, Crl, CrlProfile, RevocationReason, RevokedCertificate, revocation_list};

use crate::error::AuthorityError;
use crate::office::{CRLS, CrlPolicy, Office, Settings, kept};
use crate::register::By;

/// The revocation lists of a home, as far as a known issuer signed them.
#[derive(Debug)]
pub struct Revocations {
    lists: RevocationLists,
    policy: RevocationPolicy,
    refused: Vec<(String, SealError)>,
}

/// What the lists say of one certificate, and whether the policy takes it.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "a verdict and what follows from it")]
pub struct Status {
    /// What they say.
    pub verdict: Verdict,
    /// The refusal, if the policy refuses.
    pub refusal: Option<SealError>,
}

impl Revocations {
    /// Reads the lists below the folder `pki/` of a home; issuers are the anchors given and the certificates of that folder.
    ///
    /// # Errors
    ///
    /// `pki.file`, `seal.…` for a certificate of the folder that cannot be read. A list that no issuer signed is no error: it
    /// says nothing, and stands in [`Self::refused`].
    pub fn open(folder: &Path, anchors: &[Certificate], settings: &Settings) -> Result<Self, AuthorityError> {
        let mut issuers = anchors.to_vec();
        for (_, octets) in kept(&folder.join(crate::office::CERTIFICATES), crate::documents::ENDING)? {
            issuers.push(Certificate::decode(&octets)?);
        }
        let mut read = Self { lists: RevocationLists::new(), policy: settings.policy(), refused: Vec::new() };
        for (name, octets) in kept(&folder.join(CRLS), ENDING)? {
            if let Err(error) = Crl::decode(&octets).and_then(|list| read.lists.take(list, &issuers)) {
                read.refused.push((name, error));
            }
        }
        Ok(read)
    }

    /// What the lists say of a certificate at that moment (UTC), and whether the policy takes it.
    #[must_use]
    pub fn check(&self, certificate: &Certificate, now: DateTime) -> Status {
        let verdict = self.lists.check(certificate, now, &self.policy);
        Status { verdict, refusal: self.policy.judge(&verdict).err() }
    }

    /// The newest list of each issuer.
    #[must_use]
    pub fn lists(&self) -> &[Crl] {
        self.lists.lists()
    }

    /// Files that are no lists, or that no known issuer signed.
    #[must_use]
    pub fn refused(&self) -> &[(String, SealError)] {
        &self.refused
    }
}

impl Settings {
    /// What these settings make of lists that are old or not there.
    #[must_use]
    pub const fn policy(&self) -> RevocationPolicy {
        let accepts = matches!(self.crl, CrlPolicy::Warn);
        RevocationPolicy { grace_days: self.crl_grace_days, accept_stale: accepts, accept_missing: accepts }
    }
}

impl Office<'_> {
    /// Revokes a certificate that was issued here; the next list carries it.
    ///
    /// # Errors
    ///
    /// `pki.not-issued`, `pki.revoked-already`, `pki.file`.
    pub fn revoke(&mut self, certificate: &Certificate, reason: RevocationReason) -> Result<(), AuthorityError> {
        let number = hex::encode(certificate.serial_number());
        let issuers = [KeyRole::Csca, KeyRole::EservicesCa].map(KeyRole::name);
        let issuer = issuers.into_iter().find(|issuer| self.register.is_taken(issuer, &number));
        let issuer = issuer.ok_or_else(|| AuthorityError::NotIssued { number: number.clone() })?;
        let at = self.moment();
        let by = By { operator: self.occasion.operator, at: &at };
        self.register.revoke(by, issuer, &number, reason.name())
    }

    /// Makes the next revocation list of an authority: everything that the register says is revoked and still valid.
    ///
    /// A country signing CA's list states no reasons.
    ///
    /// Spec: `icao-9303-12#crl`.
    ///
    /// # Errors
    ///
    /// `pki.no-certificate`, `pki.file`, `seal.…`, `keystore.…`.
    pub fn make_crl(&mut self, label: &KeyLabel, days: u16) -> Result<Crl, AuthorityError> {
        let issuer = self.certificate(label)?;
        let algorithm = self.algorithm(label, issuer.public_key()?)?;
        let numbers = format!("{} lists", label.role().name());
        let newest = self.register.numbers(&numbers).next_back().and_then(|number| number.parse::<u64>().ok());
        let number = newest.unwrap_or(0) + 1;
        let now = self.occasion.now;
        let profile = CrlProfile {
            number,
            this_update: now,
            next_update: now
                .checked_add(i64::from(days).days())
                .map_err(|_| AuthorityError::Exhausted { what: "day" })?,
            revoked: self.revoked(label.role()),
        };
        let unsigned = revocation_list(&profile, &issuer, algorithm)?;
        let at = self.moment();
        let by = By { operator: self.occasion.operator, at: &at };
        let taken = self.register.take(by, &numbers, "crl", &number.to_string())?;
        let signature = self.sign(label, unsigned.algorithm(), unsigned.to_be_signed())?;
        let list = unsigned.complete(&signature)?;
        self.keep(CRLS, &file_name(&list), list.der())?;
        self.register.issue(by, taken, &issuer.subject(), &format!("{}Z", profile.next_update), list.der())?;
        Ok(list)
    }

    /// Takes in a list of another authority: a known issuer must have signed it, and it must be newer than what is here.
    ///
    /// # Errors
    ///
    /// `pki.list-older`, `pki.file`, `seal.…`.
    pub fn import_crl(&mut self, octets: &[u8], issuers: &[Certificate]) -> Result<Crl, AuthorityError> {
        let mut known = issuers.to_vec();
        known.extend_from_slice(self.occasion.keys.csca_certificates());
        let mut here = Revocations::open(self.occasion.folder, &known, self.occasion.settings)?;
        known.extend(self.certificates()?);
        let list = Crl::decode(octets)?;
        if here.lists.take(list.clone(), &known)? == Taken::Older {
            return Err(AuthorityError::ListOlder);
        }
        // Whoever reads the folder later must know the issuer too.
        for issuer in known.iter().filter(|issuer| list.verify(issuer).is_ok()).take(1) {
            if !self.certificates()?.iter().any(|kept| kept.der() == issuer.der()) {
                self.install(issuer)?;
            }
        }
        self.keep(CRLS, &file_name(&list), list.der())?;
        Ok(list)
    }

    /// What an authority revoked and whose validity has not ended.
    fn revoked(&self, of: KeyRole) -> Vec<RevokedCertificate> {
        let now = self.occasion.now;
        let issued = self.register.issued();
        let of_authority = issued.iter().filter(|issued| issued.authority == of.name());
        let moment = |text: &str| text.strip_suffix('Z').and_then(|text| text.parse::<DateTime>().ok());
        of_authority
            .filter_map(|issued| {
                let (on, reason) = issued.revoked?;
                // A number that was lost has no end: it stays on the list.
                let ended = issued.until.and_then(moment).is_some_and(|until| until < now);
                (!ended).then_some(())?;
                let serial_number = hex::decode(issued.number).ok()?;
                Some(RevokedCertificate { serial_number, on: moment(on)?, reason: stated(of, reason) })
            })
            .collect()
    }
}

/// The reason that a list states: the CA of electronic services alone states one, and nobody that there is none.
fn stated(of: KeyRole, reason: &str) -> Option<RevocationReason> {
    let named = RevocationReason::ALL.into_iter().find(|known| known.name() == reason);
    named.filter(|reason| of == KeyRole::EservicesCa && *reason != RevocationReason::Unspecified)
}

/// Issuer's key and number, so that no two lists have one name.
fn file_name(list: &Crl) -> String {
    let part = |octets: Option<&[u8]>| octets.map_or_else(|| "none".to_owned(), hex::encode);
    format!("{}-{}{ENDING}", part(list.authority_key_identifier()), part(list.number()))
}

const ENDING: &str = ".crl";
