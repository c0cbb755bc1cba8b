//! What revocation lists say of a certificate: a verdict with a name in every case, also when they say nothing.

use jiff::ToSpan;
use jiff::civil::DateTime;

use super::certificate::Certificate;
use super::revocation_list::{Crl, RevocationReason};
use crate::error::{SealError, SealErrorKind};

/// Revocation lists whose signatures were verified, the newest of each issuing key.
///
/// Spec: `icao-9303-12#revocation`.
#[derive(Clone, Debug, Default)]
pub struct RevocationLists(Vec<Crl>);

/// What became of a list that was offered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Taken {
    /// It is the first of its key, or newer than the one before, which is gone.
    Newest,
    /// A newer one is there already: nothing changed.
    Older,
}

/// What the lists say of one certificate on one day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// Not revoked when the newest list was made.
    Good {
        /// When that was.
        as_of: DateTime,
    },
    /// Revoked.
    Revoked {
        /// Since when.
        on: DateTime,
        /// Why, if the list says.
        reason: Option<RevocationReason>,
    },
    /// Not on the newest list, which should have been replaced.
    Stale {
        /// When it was made.
        as_of: DateTime,
        /// Since when it should have been replaced.
        since: DateTime,
    },
    /// No list of the issuer, or only lists of the future.
    Missing,
}

/// What is done about lists that are old or not there.
///
/// Spec: `icao-9303-12#revocation`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RevocationPolicy {
    /// How many days a list may be used behind its next update, or behind 90 days if it names none.
    pub grace_days: u16,
    /// Whether a certificate is taken on the word of a stale list.
    pub accept_stale: bool,
    /// Whether a certificate is taken without a list.
    pub accept_missing: bool,
}

impl RevocationLists {
    /// No lists: every verdict is [`Verdict::Missing`].
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Verifies a list with the trust anchor that signed it, and keeps it if it is newer than what is there.
    ///
    /// # Errors
    ///
    /// `seal.revocation-list-issuer` if no anchor has its name and key, else as [`Crl::verify`].
    pub fn take(&mut self, list: Crl, anchors: &[Certificate]) -> Result<Taken, SealError> {
        let mut refused = SealErrorKind::RevocationListIssuer.into();
        let verified = anchors.iter().any(|anchor| match list.verify(anchor) {
            Ok(()) => true,
            // What is wrong with the list of a known issuer says more than that others did not make it.
            Err(error) => {
                if error.kind() != SealErrorKind::RevocationListIssuer {
                    refused = error;
                }
                false
            }
        });
        if !verified {
            return Err(refused);
        }
        let same_key = |kept: &Crl| {
            kept.issuer_der() == list.issuer_der() && kept.authority_key_identifier() == list.authority_key_identifier()
        };
        match self.0.iter_mut().find(|kept| same_key(kept)) {
            Some(kept) if age(kept) >= age(&list) => return Ok(Taken::Older),
            Some(kept) => *kept = list,
            None => self.0.push(list),
        }
        Ok(Taken::Newest)
    }

    /// The lists, in the order of their coming.
    #[must_use]
    pub fn lists(&self) -> &[Crl] {
        &self.0
    }

    /// What the lists say of a certificate at that moment (UTC).
    ///
    /// Lists count that speak for the certificate's issuer by name: after a change of keys the new key's list speaks for what
    /// the old key issued. An entry on any of them revokes for good, however old the list is; otherwise the newest one that
    /// is not of the future decides.
    #[must_use]
    pub fn check(&self, certificate: &Certificate, now: DateTime, policy: &RevocationPolicy) -> Verdict {
        let lists = || self.0.iter().filter(|list| list.covers(certificate.issuer_der()));
        if let Some(entry) = lists().find_map(|list| list.revoked(certificate.serial_number())) {
            return Verdict::Revoked { on: entry.on, reason: entry.reason };
        }
        let Some(newest) = lists().filter(|list| list.this_update() <= now).max_by_key(|list| list.this_update())
        else {
            return Verdict::Missing;
        };
        let as_of = newest.this_update();
        let usable = i64::from(policy.grace_days);
        let last = match newest.next_update() {
            Some(next) => next.saturating_add(usable.days()),
            None => as_of.saturating_add((MOST_DAYS + usable).days()),
        };
        if now <= last { Verdict::Good { as_of } } else { Verdict::Stale { as_of, since: last } }
    }
}

impl RevocationPolicy {
    /// Only lists that are in date count, and there must be one.
    pub const STRICT: Self = Self { grace_days: 0, accept_stale: false, accept_missing: false };

    /// Whether a certificate is taken on that verdict.
    ///
    /// # Errors
    ///
    /// `seal.revoked`, `seal.revocation-list-stale`, `seal.revocation-list-missing`.
    pub fn judge(&self, verdict: &Verdict) -> Result<(), SealError> {
        match verdict {
            Verdict::Good { .. } => Ok(()),
            Verdict::Revoked { .. } => Err(SealErrorKind::Revoked.into()),
            Verdict::Stale { .. } if self.accept_stale => Ok(()),
            Verdict::Stale { .. } => Err(SealErrorKind::RevocationListStale.into()),
            Verdict::Missing if self.accept_missing => Ok(()),
            Verdict::Missing => Err(SealErrorKind::RevocationListMissing.into()),
        }
    }
}

impl Verdict {
    /// The stable name, for people and records.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Good { .. } => "good",
            Self::Revoked { .. } => "revoked",
            Self::Stale { .. } => "stale",
            Self::Missing => "missing",
        }
    }
}

/// By what lists of one key are older or newer: their number, then their time. Numbers are positive and without leading
/// zeros, so the longer one is the greater.
fn age(list: &Crl) -> (usize, &[u8], DateTime) {
    let number = list.number().unwrap_or_default();
    (number.len(), number, list.this_update())
}

/// ICAO 9303-12: a list at least every 90 days.
const MOST_DAYS: i64 = 90;
