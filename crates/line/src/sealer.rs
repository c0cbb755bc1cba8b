//! A seal: a slot reserved durably, one signature, everything verified; then the slot is used, or it is void.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;
use sigillo_authority::Revocations;
use sigillo_keystore::{Keystore, KeystoreError, KeystoreErrorKind, SignerEntry};
use sigillo_seal::signer::{ReservedSlot, SignerError};
use sigillo_seal::{Hashed, Seal, SealError, SealErrorKind, SignerCertificate};
use sigillo_store::{By, RecordId, RunId, Serial, SlotPurpose, Store, StoreError};

use crate::error::LineError;

/// One hand that seals. It has a register and a session of the keystore to itself; others may seal beside it, in this process and
/// in others, and the limits of the signers hold for all of them together.
#[allow(clippy::exhaustive_structs, reason = "whoever seals gives all of it")]
pub struct Sealer<'s> {
    /// The register.
    pub store: &'s mut Store,
    /// The keys.
    pub keys: &'s dyn Keystore,
    /// What is revoked.
    pub revocations: &'s Revocations,
    /// The time.
    pub clock: &'s dyn Fn() -> Timestamp,
    /// Who asks.
    pub operator: &'s str,
    /// The run, if it belongs to one.
    pub run: Option<RunId>,
}

/// Whose files a seal is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SealFor {
    /// A card of the line, bound to this record.
    Card {
        /// Its serial.
        serial: Serial,
        /// The record.
        record: RecordId,
    },
    /// A document given by hand, by its keyed digest.
    Document([u8; 32]),
}

/// Files that can be sealed.
pub trait Sealable {
    /// Hashes them as this signer's algorithm asks.
    ///
    /// # Errors
    ///
    /// A code of `seal` for files that are no data groups.
    fn hash(&self, signer: &SignerCertificate) -> Result<Hashed, LineError>;

    /// Looks at the seal once more before it is released: a refusal here voids its slot, and the seal is gone.
    ///
    /// # Errors
    ///
    /// Why it is not released.
    fn check(&self, seal: &Seal, signer: &SignerCertificate, now: DateTime) -> Result<(), LineError>;
}

/// A seal that was verified, and what it cost.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "what a sealer gives")]
pub struct Sealed {
    /// The seal.
    pub seal: Seal,
    /// The signer's key.
    pub signer: String,
    /// The number of its slot.
    pub slot: u64,
}

/// What a document signer may still do.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SignerState {
    /// The key.
    pub signer: String,
    /// The key identifier of its certificate, by which slots are counted.
    pub id: String,
    /// How many seals it may make.
    pub limit: u64,
    /// Slots reserved and not ended.
    pub reserved: u64,
    /// Slots that became seals.
    pub used: u64,
    /// Slots given up.
    pub void: u64,
    /// Slots that nobody has taken yet; none while it may not sign.
    pub left: u64,
    /// The last day on which it may sign.
    pub until: String,
    /// What its revocation lists say: `good`, `stale`, `missing`, `revoked`.
    pub status: &'static str,
    /// Why it may not sign today, as a code.
    pub refusal: Option<String>,
}

impl Sealer<'_> {
    /// Seals with the first signer in order that may sign now and has a slot left: the next one takes over without a gap.
    ///
    /// A token that goes away while it signs costs a slot, and the seal is tried once more when it is back.
    ///
    /// # Errors
    ///
    /// `store.slots-exhausted`, `seal.signer-usage-period`, `seal.chain-…`, `seal.revoked`, `seal.revocation-list-…`: why the last
    /// signer in order did not serve; `keystore.no-signer`; a code of `signer` or `seal`: no seal came into being, its slot is void.
    pub fn seal(&mut self, what: SealFor, document: &dyn Sealable) -> Result<Sealed, LineError> {
        match self.try_to_seal(what, document) {
            Err(LineError::Signer(SignerError::Away)) => self.try_to_seal(what, document),
            sealed => sealed,
        }
    }

    /// Every signer in order, with what it may still do.
    ///
    /// # Errors
    ///
    /// Of the register.
    pub fn signers(&self) -> Result<Vec<SignerState>, LineError> {
        let now = self.now();
        let state = |signer: &SignerEntry| {
            let counts = self.store.slot_counts(&signer.id)?;
            let refusal = self.may_sign(signer, now).err().map(|error| error.code().to_owned());
            let left = if refusal.is_some() { 0 } else { signer.limit.seals.saturating_sub(counts.taken()) };
            Ok(SignerState {
                signer: signer.label.to_string(),
                id: signer.id.clone(),
                limit: signer.limit.seals,
                reserved: counts.reserved,
                used: counts.used,
                void: counts.void,
                left,
                until: signer.limit.until.to_string(),
                status: self.revocations.check(signer.certificate.certificate(), now).verdict.name(),
                refusal,
            })
        };
        self.keys.signers().iter().map(state).collect()
    }

    fn try_to_seal(&mut self, what: SealFor, document: &dyn Sealable) -> Result<Sealed, LineError> {
        let keys = self.keys;
        let mut refusal = LineError::from(KeystoreError::from(KeystoreErrorKind::NoSigner));
        for signer in keys.signers() {
            if let Err(error) = self.may_sign(signer, self.now()) {
                refusal = error.into();
                continue;
            }
            // Asked before, because a reservation that is refused would take the register for itself each time.
            if self.store.slots_taken(&signer.id)? >= signer.limit.seals {
                refusal = StoreError::SlotsExhausted.into();
                continue;
            }
            let at = self.at();
            let by = By { operator: self.operator, at: &at, run: self.run };
            match self.store.reserve_slot(by, &signer.id, signer.limit.seals, SlotPurpose::from(what)) {
                Ok(slot) => return self.seal_in_slot(signer, slot, what, document),
                Err(StoreError::SlotsExhausted) => refusal = StoreError::SlotsExhausted.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(refusal)
    }

    /// The chain was verified when the keystore was opened, and the lists when they were read: what is left are dates and verdicts.
    fn may_sign(&self, signer: &SignerEntry, now: DateTime) -> Result<(), SealError> {
        signer.certificate.check_at(now)?;
        if now.date() > signer.limit.until {
            return Err(SealErrorKind::SignerUsagePeriod.into());
        }
        self.revocations.check(signer.certificate.certificate(), now).refusal.map_or(Ok(()), Err)
    }

    fn seal_in_slot(
        &mut self,
        signer: &SignerEntry,
        slot: u64,
        what: SealFor,
        document: &dyn Sealable,
    ) -> Result<Sealed, LineError> {
        let sealed = self.sign(signer, slot, document).and_then(|seal| {
            let at = self.at();
            let by = By { operator: self.operator, at: &at, run: self.run };
            let used = (signer.id.as_str(), slot);
            match what {
                SealFor::Card { serial, record } => self.store.sealed(by, serial, record, used, seal.digest())?,
                SealFor::Document(_) => self.store.document_sealed(by, used, seal.digest())?,
            }
            Ok(Sealed { seal, signer: signer.label.to_string(), slot })
        });
        if sealed.is_err() {
            let at = self.at();
            let by = By { operator: self.operator, at: &at, run: self.run };
            // If the register refuses this too, the slot is voided by whoever comes next: what went wrong first says more.
            let _ = self.store.void_slot(by, &signer.id, slot);
        }
        sealed
    }

    fn sign(&self, signer: &SignerEntry, slot: u64, document: &dyn Sealable) -> Result<Seal, LineError> {
        let hashed = document.hash(&signer.certificate)?;
        let signature = self.keys.sign_slot(ReservedSlot::reserved(&signer.id, slot), hashed.to_be_signed())?;
        let now = self.now();
        let seal = hashed.seal(&signature, &signer.certificate, now)?;
        document.check(&seal, &signer.certificate, now)?;
        Ok(seal)
    }

    /// The moment, UTC.
    pub(crate) fn now(&self) -> DateTime {
        (self.clock)().to_zoned(jiff::tz::TimeZone::UTC).datetime()
    }

    fn at(&self) -> String {
        (self.clock)().to_string()
    }
}

impl std::fmt::Debug for Sealer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("operator", &self.operator).field("run", &self.run).finish_non_exhaustive()
    }
}

impl From<SealFor> for SlotPurpose {
    fn from(what: SealFor) -> Self {
        match what {
            SealFor::Card { serial, .. } => Self::Card(serial),
            SealFor::Document(reference) => Self::Document(reference),
        }
    }
}
