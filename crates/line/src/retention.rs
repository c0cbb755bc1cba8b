//! Retention: what is due, and its destruction together with the keys that could still open it (decision D7).
//!
//! ```text
//! begin (register) → new wrapping key → part by part: wrapped anew | destroyed → old wrapping keys destroyed → end (register)
//! ```
//!
//! Write-ahead log and older backups keep the data keys of what was destroyed, wrapped; so the keys that wrap them go too. A run that is
//! broken off at any point is gone on with by the next: each step asks what is left to do, and the old keys are destroyed only when
//! nothing is left under them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sigillo_crypto::Entropy;
use sigillo_issuance::record::Part;
use sigillo_issuance::retention::{Milestones, Schedule};
use sigillo_keystore::{KeyAct, KeyLabel, KeyRole, KeyState, Keystore, KeystoreError, KeystoreErrorKind};
use sigillo_store::{By, KeptPart, LotId, Retained, RetentionRow, SealedPart, Store, WholeRecord};

use crate::codes::can_context;
use crate::error::LineError;
use crate::vault::{Place, decrypt_whole, encrypt, rewrap, wrapping_generation};

/// How many parts of one kind are kept, due and destroyed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Kept {
    /// Kept, those that are due among them.
    pub kept: u64,
    /// Due today.
    pub due: u64,
    /// Destroyed by earlier runs.
    pub destroyed: u64,
    /// The next day on which one is due that is not due today.
    pub next: Option<Date>,
}

/// What retention has to do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Due {
    /// Part by part.
    pub parts: BTreeMap<Part, Kept>,
    /// Records that a register of an earlier version keeps in one piece; the next run takes them apart.
    pub whole: u64,
    /// A run was broken off, and has to be gone on with.
    pub is_broken_off: bool,
}

/// What a run did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RetentionDone {
    /// The run's number in the register.
    pub run: i64,
    /// How many parts were destroyed, one kind after the other.
    pub destroyed: BTreeMap<Part, u64>,
    /// How many data keys were wrapped anew.
    pub rewrapped: u64,
    /// The wrapping key that is in use now.
    pub wrapping: KeyLabel,
    /// The wrapping keys that are no more.
    pub gone: Vec<KeyLabel>,
}

impl Due {
    /// How many parts are due.
    #[must_use]
    pub fn due(&self) -> u64 {
        self.parts.values().map(|kept| kept.due).sum()
    }
}

/// What is kept, due and destroyed; changes nothing. `seen` is called for each part.
///
/// # Errors
///
/// `store.damaged`, `store.database`.
pub fn retention_due(
    store: &Store,
    schedule: &Schedule,
    today: Date,
    seen: &mut dyn FnMut(),
) -> Result<Due, LineError> {
    let judge = Judge::of(store, schedule, today)?;
    let mut due = Due::default();
    for part in Part::ALL {
        due.parts.entry(part).or_default();
    }
    for (part, count) in store.destroyed_counts()? {
        due.parts.entry(part).or_default().destroyed = count;
    }
    let mut count = |part, lot, left_at: Option<&str>| {
        let kept = due.parts.entry(part).or_default();
        kept.kept += 1;
        match judge.due(part, lot, left_at) {
            Some(day) if day <= today => kept.due += 1,
            Some(day) => kept.next = Some(kept.next.map_or(day, |next| next.min(day))),
            None => {}
        }
        seen();
    };
    let mut behind = 0;
    loop {
        let page = store.kept_parts(behind)?;
        let Some(last) = page.last() else { break };
        behind = last.id;
        page.iter().for_each(|kept| count(kept.part, kept.lot, kept.left_at.as_deref()));
    }
    let (mut behind, mut whole) = (0, 0);
    loop {
        let page = store.whole_records(behind)?;
        let Some(last) = page.last() else { break };
        behind = last.record.number();
        whole += page.len() as u64;
        for record in &page {
            Part::ALL.into_iter().for_each(|part| count(part, record.lot, record.left_at.as_deref()));
        }
    }
    due.whole = whole;
    due.is_broken_off = store.retention_runs()?.iter().any(|run| run.ended_at.is_none());
    Ok(due)
}

/// A retention run, from whatever point an earlier one was broken off at.
pub struct Retention<'r> {
    /// The register.
    pub store: &'r mut Store,
    /// The keys: a new generation that wraps data keys is made, and all before it are destroyed.
    pub keys: &'r mut dyn Keystore,
    /// Who asks.
    pub by: By<'r>,
    /// The day, and the custodians before whom keys are made and destroyed.
    pub act: KeyAct<'r>,
    /// For how long each part is kept.
    pub schedule: &'r Schedule,
    /// Randomness.
    pub entropy: &'r mut dyn Entropy,
    /// Called for each part that was wrapped anew or destroyed.
    pub seen: &'r mut dyn FnMut(),
}

impl Retention<'_> {
    /// Destroys what is due, with the keys that could still open it.
    ///
    /// # Errors
    ///
    /// `keystore.dual-control` unless there are two custodians, a code of `store` or `keystore`, `line.record-altered`; the run can be
    /// gone on with.
    pub fn carry_out(mut self) -> Result<RetentionDone, LineError> {
        check_custodians(&self.act)?;
        let run = self.store.begin_retention(self.by, wrapping_generation(self.keys)?)?;
        if wrapping_generation(self.keys)? <= run.generation {
            self.keys.rotate(KeyRole::DataKeyWrapping, &self.act, self.entropy)?;
        }
        let (mut destroyed, mut rewrapped) = (BTreeMap::new(), 0);
        let judge = Judge::of(self.store, self.schedule, self.act.on)?;
        loop {
            let page = self.store.parts_of_old_keys(&run)?;
            let whole = if page.is_empty() { self.store.whole_records(0)? } else { Vec::new() };
            if page.is_empty() && whole.is_empty() {
                break;
            }
            let of_parts = page.iter().map(|kept| self.part(&judge, kept)).collect::<Result<Vec<_>, _>>()?;
            let of_whole = whole.iter().map(|record| self.whole(&judge, record)).collect::<Result<Vec<_>, _>>()?;
            let done: Vec<Retained> = of_parts.into_iter().chain(of_whole).collect();
            self.store.retain(self.by, &run, &done)?;
            for step in &done {
                match step {
                    Retained::Rewrapped { .. } | Retained::RewrappedAccessNumber { .. } => rewrapped += 1,
                    Retained::Destroyed { part, .. } => *destroyed.entry(*part).or_default() += 1,
                    Retained::Split { parts, destroyed: gone, .. } => {
                        rewrapped += parts.len() as u64;
                        gone.iter().for_each(|part| *destroyed.entry(*part).or_default() += 1);
                    }
                }
                (self.seen)();
            }
        }
        self.access_numbers(&run)?;
        let gone = self.destroy_old_keys(&run)?;
        self.store.end_retention(self.by, &run)?;
        let wrapping = self.keys.current(KeyRole::DataKeyWrapping)?;
        Ok(RetentionDone { run: run.id, destroyed, rewrapped, wrapping, gone })
    }

    fn part(&mut self, judge: &Judge<'_>, kept: &KeptPart) -> Result<Retained, LineError> {
        let (record, part) = (kept.record, kept.part);
        if judge.is_due(part, kept.lot, kept.left_at.as_deref()) {
            return Ok(Retained::Destroyed { record, part });
        }
        let generation = wrapping_generation(self.keys)?;
        let place = Place::new(kept.lot, kept.line).of(part);
        let wrapped_key = rewrap(self.keys, place.as_bytes(), &kept.wrapped_key, self.entropy)?;
        Ok(Retained::Rewrapped { record, part, generation, wrapped_key })
    }

    fn whole(&mut self, judge: &Judge<'_>, whole: &WholeRecord) -> Result<Retained, LineError> {
        let place = Place::new(whole.lot, whole.line);
        let holder = decrypt_whole(self.keys, &place, &whole.cipher)?;
        let sealed = encrypt(self.keys, &place, &holder, self.entropy)?;
        let is_due = |sealed: &SealedPart| judge.is_due(sealed.part, whole.lot, whole.left_at.as_deref());
        let (due, parts): (Vec<_>, Vec<_>) = sealed.into_iter().partition(is_due);
        let destroyed = due.into_iter().map(|sealed| sealed.part).collect();
        Ok(Retained::Split { record: whole.record, parts, destroyed })
    }

    /// Cards that wait for the printer: nobody else knows what stands on them.
    fn access_numbers(&mut self, run: &RetentionRow) -> Result<(), LineError> {
        let mut done = Vec::new();
        for kept in self.store.access_numbers()? {
            let context = can_context(&kept.document_number);
            let wrapped_key = rewrap(self.keys, &context, &kept.wrapped_key, self.entropy)?;
            done.push(Retained::RewrappedAccessNumber { serial: kept.serial, wrapped_key });
        }
        if done.is_empty() { Ok(()) } else { Ok(self.store.retain(self.by, run, &done)?) }
    }

    fn destroy_old_keys(&mut self, run: &RetentionRow) -> Result<Vec<KeyLabel>, LineError> {
        if !self.store.is_rewrapped(run)? {
            return Err(LineError::RetentionUnfinished);
        }
        let is_old = |label: &KeyLabel| label.generation().is_some_and(|generation| generation <= run.generation);
        let keys = self.keys.keys().into_iter().filter(|key| key.state != KeyState::Destroyed).map(|key| key.label);
        let old: Vec<KeyLabel> =
            keys.filter(|label| label.role() == KeyRole::DataKeyWrapping && is_old(label)).collect();
        for label in &old {
            self.keys.destroy(label, &self.act)?;
        }
        Ok(old)
    }
}

impl std::fmt::Debug for Retention<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Retention({:?}, {:?})", self.by, self.schedule)
    }
}

/// The key store asks for them too, but only when the register knows of the run already.
fn check_custodians(act: &KeyAct<'_>) -> Result<(), LineError> {
    let names: BTreeSet<String> = act.by.iter().map(|name| name.trim().to_lowercase()).collect();
    let is_dual = KeyRole::DataKeyWrapping.row().ceremony.is_dual();
    if is_dual && names.len() < 2 { Err(KeystoreError::from(KeystoreErrorKind::DualControl).into()) } else { Ok(()) }
}

/// What is due when.
struct Judge<'s> {
    schedule: &'s Schedule,
    today: Date,
    consigned: BTreeMap<LotId, Date>,
}

impl<'s> Judge<'s> {
    fn of(store: &Store, schedule: &'s Schedule, today: Date) -> Result<Self, LineError> {
        let closed = store.consignments()?.into_iter();
        let consigned = closed.filter_map(|(lot, at)| Some((lot, day(&at)?))).collect();
        Ok(Self { schedule, today, consigned })
    }

    fn due(&self, part: Part, lot: LotId, left_at: Option<&str>) -> Option<Date> {
        let milestones = Milestones { left: left_at.and_then(day), consigned: self.consigned.get(&lot).copied() };
        self.schedule.due(part, milestones)
    }

    fn is_due(&self, part: Part, lot: LotId, left_at: Option<&str>) -> bool {
        self.due(part, lot, left_at).is_some_and(|day| day <= self.today)
    }
}

/// The day of a time of the register, RFC 3339 in UTC.
fn day(at: &str) -> Option<Date> {
    at.get(..10)?.parse().ok()
}
