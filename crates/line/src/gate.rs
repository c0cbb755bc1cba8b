//! The release gate: a fresh session through the public protocols, every check by name.

use sigillo_channel::pace::Password;
use sigillo_crypto::sha256;
use sigillo_inspect::services::{ServiceRequest, ServiceSession};
use sigillo_inspect::{Check, FileName, Outcome, ReadOutcome, ReadSession, Request, gate, judge};
use sigillo_issuance::canonical::{canonical, digest};
use sigillo_issuance::life_cycle::CardState;
use sigillo_reader::{Card, DriveError, drive};
use sigillo_store::Gate;

use crate::error::LineError;
use crate::formation::{Formation, services};
use crate::home::write_new_private;
use crate::on_the_chip::OnTheChip;
use crate::work::{Line, Progress, is_mute};

impl Line<'_> {
    /// Reads the chip as a stranger would, confirms the lock, and judges every check of the gate.
    pub(crate) fn release_gate(&mut self, work: &mut Formation, chip: &mut dyn Card) -> Result<(), LineError> {
        let act = self.intend(work.run, sigillo_store::Act::Gate, work.card.serial)?;
        // A chip that answers, and does not open: its gate has failed. One that is mute is not judged.
        let outcome = self.read_publicly(work, chip)?;
        let mut checks = self.checks(work, &outcome);
        if outcome.broken.is_none() && self.home.profile().insists_on(sigillo_profile::Check::Codes) {
            checks.extend(self.codes_checks(work, chip)?);
        }
        work.on_the_chip = OnTheChip::of(&outcome);
        if work.card.state == CardState::Written && (work.lock_answered || is_locked(&checks)) {
            let at = self.at();
            self.intend(work.run, sigillo_store::Act::Lock, work.card.serial)?;
            self.store.locked(self.by_run(&at, work.run), work.card.serial)?;
            self.reload(work)?;
        }
        let at = self.at();
        let failed = checks.iter().find_map(|check| match &check.outcome {
            Outcome::Failed { code, .. } => Some((check.name.clone(), code.clone())),
            _ => None,
        });
        match failed {
            None => {
                work.report = self.keep_report(work, &checks)?;
                let outcome = [("report", hex::encode(work.report))];
                Ok(self.store.done(self.by_run(&at, work.run), act, &outcome)?)
            }
            Some((check, code)) => {
                let outcome = [("check", check.clone()), ("code", code.clone())];
                self.store.failed(self.by_run(&at, work.run), act, &outcome)?;
                Err(LineError::Gate { check, code })
            }
        }
    }

    /// The record is `not_issued`, the permit names its card.
    pub(crate) fn release(&mut self, work: &mut Formation) -> Result<(), LineError> {
        let at = self.at();
        let gate = Gate { report_digest: work.report, waived: &work.waived };
        self.store.release(self.by_run(&at, work.run), work.card.serial, gate)?;
        (self.progress)(Progress::Released { line: work.record.line, serial: &work.card.serial.to_string() });
        Ok(())
    }

    /// Whether the closed chip in the reader is the one that the register has in formation: its own record opens it, and
    /// it holds the seal that the register holds.
    pub(crate) fn is_the_bound_chip(&mut self, work: &Formation, chip: &mut dyn Card) -> Result<bool, LineError> {
        chip.reset()?;
        let outcome = self.read_publicly(work, chip)?;
        Ok(outcome.broken.is_none() && outcome.file(FileName::Sod).map(sha256) == work.card.sod_digest)
    }

    /// Keeps the report for auditors, under the digest that trace and register hold: its canonical form, SHA-256 over
    /// `sigillo/v1/gate-report` and these octets. Nothing in it is personal.
    fn keep_report(&self, work: &Formation, checks: &[Check]) -> Result<[u8; 32], LineError> {
        let value = serde_json::to_value(checks).unwrap_or_default();
        let report = digest("sigillo/v1/gate-report", &[], &value)?;
        let name = format!("gate-{}-{}.json", work.card.serial, hex::encode(report));
        let path = self.home.reports().join(name);
        // A crash behind this point gives the same report again, under the same name.
        if !path.exists() {
            write_new_private(&path, &canonical(&value)?)?;
        }
        Ok(report)
    }

    /// What a stranger reads, however far the chip lets him come; a chip that is gone or mute is an error.
    fn read_publicly(&mut self, work: &Formation, chip: &mut dyn Card) -> Result<ReadOutcome, LineError> {
        chip.reset()?;
        let request = Request::with_mrz(work.mrz_secret()).probing_the_lock().probing_closed_files();
        let request = match services(self.home.profile()) {
            Some(name) => request.asking_for_services(name),
            None => request,
        };
        let mut session = ReadSession::new(request, self.entropy);
        match drive(chip, &mut session) {
            Err(DriveError::Link(error)) => Err(error.into()),
            Err(DriveError::Driver(error)) if is_mute(&error.into()) => Err(error.into()),
            Ok(()) | Err(DriveError::Driver(_)) => Ok(session.into_outcome()),
        }
    }

    /// Codes that the chip took stand in the register, encrypted, before it is released; and the access number that will be
    /// printed opens it. PIN and PUK are not tried: each try counts.
    fn codes_checks(&mut self, work: &Formation, chip: &mut dyn Card) -> Result<Vec<Check>, LineError> {
        let are_set = self.are_codes_set(work)?;
        let detail = "the register holds no codes that this chip took";
        let mut checks = vec![that(are_set, "codes.set", "gate.codes-not-set", detail)];
        if let Some(can) = self.can_of(work)?
            && let Some(application) = services(self.home.profile())
        {
            chip.reset()?;
            let password = can.expose(|digits| Password::can(&String::from_utf8_lossy(digits)));
            let request = Request::with_can(password.map_err(|_| LineError::RecordAltered)?);
            let mut session = ServiceSession::new(ServiceRequest::of_holder(request, application), self.entropy);
            match drive(chip, &mut session) {
                Err(DriveError::Link(error)) => return Err(error.into()),
                Ok(()) | Err(DriveError::Driver(_)) => {}
            }
            let is_open = session.outcome().before.is_some();
            let detail = "the card access number does not open the chip";
            checks.push(that(is_open, "codes.can", "gate.can-refused", detail));
        }
        Ok(checks)
    }

    fn checks(&self, work: &Formation, outcome: &ReadOutcome) -> Vec<Check> {
        let profile = self.home.profile();
        let mut expected = work.expected(profile);
        // The register keeps EF.SOD's digest, which the comparison checks; with it, the file itself is the expected one.
        if let Some(sod) = outcome.file(FileName::Sod) {
            expected.readable.insert(FileName::Sod, sod.to_vec());
        }
        let now = (self.clock)().to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let trust = self.keys.csca_certificates().to_vec();
        let judged = judge(outcome, &trust, &work.mrz_secret(), now);
        if outcome.broken.is_some() {
            return judged;
        }
        let mut checks = gate::compare(outcome, &expected);
        checks.extend(judged);
        checks
    }
}

fn that(holds: bool, name: &str, code: &str, detail: &str) -> Check {
    let outcome =
        if holds { Outcome::Passed } else { Outcome::Failed { code: code.to_owned(), detail: detail.to_owned() } };
    Check { name: name.to_owned(), outcome }
}

/// The chip refuses the formation keys, opens with the record's own MRZ, and holds the registered seal.
fn is_locked(checks: &[Check]) -> bool {
    let passed = |name: &str| checks.iter().any(|check| check.name == name && check.is_passed());
    let is_open = passed("access.pace") || passed("access.bac");
    passed("lock.key-sets") && is_open && passed("public-read.sod-digest")
}
