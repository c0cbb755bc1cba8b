//! Counts that reconcile, and what the printer prints.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use serde::Serialize;
use sigillo_issuance::life_cycle::{CardState, RecordState};
use sigillo_lds::image::ImageFormat;
use sigillo_store::{CardRow, LotId, RunId};

use crate::error::LineError;
use crate::home::write_new_private;
use crate::print_job::PrintJob;
use crate::work::Line;

/// A run and everything that must add up.
#[derive(Debug, Serialize)]
pub struct RunReport {
    /// Number of the run.
    pub run: i64,
    /// Number of its lot.
    pub lot: i64,
    /// SHA-256 of the lot's file, hexadecimal.
    pub lot_digest: String,
    /// Digest of lot, profile and plan, hexadecimal.
    pub plan_digest: Option<String>,
    /// Profile.
    pub profile: String,
    /// Who started it.
    pub operator: String,
    /// When, and when it ended.
    pub started_at: String,
    /// When it ended; absent while it can be resumed.
    pub ended_at: Option<String>,
    /// Records of the lot by state.
    pub records: BTreeMap<&'static str, u64>,
    /// Every card that ever entered, by state.
    pub cards: BTreeMap<&'static str, u64>,
    /// Slots that were taken for cards, of every document signer: reserved, used, void.
    pub slots: BTreeMap<&'static str, u64>,
    /// What the profile's gate waives, and why.
    pub waived: BTreeMap<&'static str, String>,
    /// Open acts of the journal: what a crash left in doubt.
    pub open_acts: Vec<String>,
    /// Every record of the lot, in its order.
    pub rows: Vec<ReportRow>,
    /// Whether every count adds up.
    pub reconciles: bool,
}

/// One record.
#[derive(Debug, Serialize)]
pub struct ReportRow {
    /// Line of the lot.
    pub line: u64,
    /// Its number, once it has one.
    pub document_number: Option<String>,
    /// Its state.
    pub state: &'static str,
    /// The state in the law's words.
    pub state_italian: &'static str,
    /// Serial of its card, hexadecimal.
    pub serial: Option<String>,
    /// SHA-256 of its EF.SOD, hexadecimal.
    pub sod_digest: Option<String>,
    /// How many cards were scrapped for it.
    pub remakes: u64,
}

impl Line<'_> {
    /// Reconciles a run.
    ///
    /// # Errors
    ///
    /// Of the register.
    pub fn report(&self, run: RunId) -> Result<RunReport, LineError> {
        let row = self.store.run(run)?;
        let lot = row.lot.ok_or(sigillo_store::StoreError::UnknownLot)?;
        let lot_row = self.store.lot(lot)?;
        let rows = self.rows(lot)?;
        let records = self.store.record_counts(lot)?;
        let cards = self.store.card_counts()?;
        let slots = self.store.card_slot_counts()?;
        let released = count(&records, RecordState::NotIssued);
        let living: u64 = records.values().sum();
        let profile = self.home.profile();
        let open_acts = self.store.all_open_intents()?;
        let open_acts = open_acts.iter().map(|act| format!("{} {}", act.serial, act.act.name())).collect();
        let released_rows = rows.iter().filter(|row| row.state == RecordState::NotIssued.name());
        let each_has_a_card = released_rows.clone().all(|row| row.serial.is_some() && row.sod_digest.is_some());
        let reconciles = living == lot_row.records
            && released_rows.count() as u64 == released
            && each_has_a_card
            && count(&cards, CardState::Released) >= released
            && slots.used >= count(&cards, CardState::Released);
        Ok(RunReport {
            run: run.number(),
            lot: lot.number(),
            lot_digest: hex::encode(lot_row.digest),
            plan_digest: row.plan_digest.map(hex::encode),
            profile: profile.name.clone(),
            operator: row.operator,
            started_at: row.started_at,
            ended_at: row.ended_at,
            records: records.into_iter().map(|(state, count)| (state.name(), count)).collect(),
            cards: cards.into_iter().map(|(state, count)| (state.name(), count)).collect(),
            slots: BTreeMap::from([("reserved", slots.reserved), ("used", slots.used), ("void", slots.void)]),
            waived: profile.gate.iter().filter_map(|line| Some((line.check.name(), line.waived.clone()?))).collect(),
            open_acts,
            rows,
            reconciles,
        })
    }

    /// Writes, for each released record of a run's lot, what the printer prints: a new folder `NUMBER/` with the job of a
    /// printing machine (`job.json`, [`PrintJob`]), and out of it for people and terminals the machine readable zone (`mrz.txt`,
    /// three lines) and the portrait; beside them the card's serial (`serial.txt`).
    ///
    /// # Errors
    ///
    /// `line.file` if the folder exists, or of the register and keystore; the new folder is gone then.
    pub fn print_data(&mut self, run: RunId, out: &Path) -> Result<u64, LineError> {
        let lot = self.store.run(run)?.lot.ok_or(sigillo_store::StoreError::UnknownLot)?;
        new_folder(out)?;
        let written = self.print_jobs(lot, out);
        if written.is_err() {
            // Personal data of a job that broke off do not stay behind.
            std::fs::remove_dir_all(out).map_err(|error| LineError::file(out, &error))?;
        }
        written
    }

    fn print_jobs(&self, lot: LotId, out: &Path) -> Result<u64, LineError> {
        let mut written = 0;
        for record in self.store.records_of(lot)? {
            if record.state != RecordState::NotIssued {
                continue;
            }
            let Some(card) = self.store.card_of(record.id)? else { continue };
            let number = record.document_number.clone().unwrap_or_default();
            let holder = self.holder(&record)?;
            let mrz = self.machine_readable_zone(&holder, &number)?;
            let folder = out.join(&number);
            new_folder(&folder)?;
            let job = PrintJob::new(&holder, &number, &mrz, None);
            write_new_private(&folder.join("job.json"), &job.to_json()?)?;
            write_new_private(&folder.join("mrz.txt"), format!("{}\n", mrz.lines().join("\n")).as_bytes())?;
            write_new_private(&folder.join("serial.txt"), format!("{}\n", card.serial).as_bytes())?;
            let extension = if holder.portrait.format == ImageFormat::Jpeg { "jpg" } else { "jp2" };
            write_new_private(&folder.join(format!("portrait.{extension}")), &holder.portrait.bytes)?;
            written += 1;
        }
        Ok(written)
    }

    fn rows(&self, lot: LotId) -> Result<Vec<ReportRow>, LineError> {
        let mut rows = Vec::new();
        for record in self.store.records_of(lot)? {
            let card: Option<CardRow> = self.store.card_of(record.id)?;
            rows.push(ReportRow {
                line: record.line,
                document_number: record.document_number,
                state: record.state.name(),
                state_italian: record.state.italian(),
                serial: card.as_ref().map(|card| card.serial.to_string()),
                sod_digest: card.and_then(|card| card.sod_digest).map(hex::encode),
                remakes: record.remakes,
            });
        }
        Ok(rows)
    }
}

fn count<S: Ord + Copy>(counts: &BTreeMap<S, u64>, state: S) -> u64 {
    counts.get(&state).copied().unwrap_or(0)
}

fn new_folder(path: &Path) -> Result<(), LineError> {
    DirBuilder::new().mode(0o700).create(path).map_err(|error| LineError::file(path, &error))
}
