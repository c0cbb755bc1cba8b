use sigillo_issuance::trace::{Subject, Token};

use crate::engine::Row;
use crate::error::StoreError;
use crate::ids::{LotId, RunId};
use crate::store::{By, Store, point};

/// A run of the line: an initialization without a lot, or the formation of one.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RunRow {
    /// Its number.
    pub id: RunId,
    /// The lot that it forms.
    pub lot: Option<LotId>,
    /// The digest of its profile.
    pub profile_digest: [u8; 32],
    /// The digest of the plan that was approved.
    pub plan_digest: Option<[u8; 32]>,
    /// Who started it.
    pub operator: String,
    /// When.
    pub started_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
}

impl Store {
    /// Starts a run.
    ///
    /// # Errors
    ///
    /// `store.unknown-lot`, `trace.token`, `store.database`.
    pub fn start_run(
        &mut self,
        by: By<'_>,
        lot: Option<LotId>,
        profile_digest: [u8; 32],
        plan_digest: Option<[u8; 32]>,
    ) -> Result<RunId, StoreError> {
        self.change(point!("start-run"), By { run: None, ..by }, |change| {
            if let Some(lot) = lot
                && !change.sql().one("SELECT EXISTS (SELECT 1 FROM lot WHERE id = ?1)", &[&lot])?
            {
                return Err(StoreError::UnknownLot);
            }
            let run: RunId = change.sql().one(
                "INSERT INTO run (lot, profile_digest, plan_digest, operator, started_at) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
                &[&lot, &profile_digest, &plan_digest, &change.operator, &change.at],
            )?;
            let mut details = vec![("profile", Token::digest(&profile_digest).as_str().to_owned())];
            details.extend(lot.map(|lot| ("lot", lot.to_string())));
            details.extend(plan_digest.map(|plan| ("plan", Token::digest(&plan).as_str().to_owned())));
            change.trace(subject(run), "start", None, &details)?;
            Ok(run)
        })
    }

    /// Ends a run.
    ///
    /// # Errors
    ///
    /// `store.unknown-run`, `store.run-ended`, `store.acts-open` while an act of it is open.
    pub fn end_run(&mut self, by: By<'_>, run: RunId) -> Result<(), StoreError> {
        self.change(point!("end-run"), By { run: Some(run), ..by }, |change| {
            if change.sql().one("SELECT EXISTS (SELECT 1 FROM journal WHERE run = ?1 AND phase = 'intent')", &[&run])? {
                return Err(StoreError::ActsOpen);
            }
            change.sql().write("UPDATE run SET ended_at = ?2 WHERE id = ?1", &[&run, &change.at])?;
            change.trace(subject(run), "end", None, &[])
        })
    }

    /// A run.
    ///
    /// # Errors
    ///
    /// `store.unknown-run`, `store.database`.
    pub fn run(&self, run: RunId) -> Result<RunRow, StoreError> {
        self.sql().row(&format!("{RUNS} WHERE id = ?1"), &[&run], read)?.ok_or(StoreError::UnknownRun)
    }

    /// Every run, oldest first.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn runs(&self) -> Result<Vec<RunRow>, StoreError> {
        self.sql().rows(&format!("{RUNS} ORDER BY id"), &[], read)
    }
}

fn subject(run: RunId) -> Subject {
    Subject::Run { id: run.number().unsigned_abs() }
}

fn read(row: &Row<'_>) -> Result<RunRow, StoreError> {
    Ok(RunRow {
        id: row.get(0)?,
        lot: row.get(1)?,
        profile_digest: row.get(2)?,
        plan_digest: row.get(3)?,
        operator: row.get(4)?,
        started_at: row.get(5)?,
        ended_at: row.get(6)?,
    })
}

const RUNS: &str = "SELECT id, lot, profile_digest, plan_digest, operator, started_at, ended_at FROM run";
