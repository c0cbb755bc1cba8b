//! What an office does with a permit after the line released it (D5, D6): events with their facts, callers who tell a CIP, and
//! whole consignments.

use sigillo_issuance::life_cycle::{Need, RecordEvent, RecordState};
use sigillo_issuance::trace::{Subject, Token};

use crate::engine::Row;
use crate::error::{ConsignmentFault, StoreError};
use crate::ids::{AttemptId, ConsignmentId, RecordId, RunId, Serial};
use crate::journal::{Act, Phase};
use crate::records::{RecordRow, record_row, state_at};
use crate::store::{By, Change, Store, point};

/// What is known of an event beside its name; each event insists on what its life cycle says that it needs.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "whoever reports an event says what he knows of it")]
pub struct PermitFacts<'a> {
    /// SHA-256 of the EF.SOD of the card at the counter.
    pub card: Option<[u8; 32]>,
    /// The permit's last day, `YYYY-MM-DD`, as the card has it.
    pub valid_to: Option<&'a str>,
    /// Why, as a code of a list.
    pub reason: Option<&'a str>,
    /// Who reported a loss, as a word: never a name.
    pub reported_by: Option<&'a str>,
    /// The attempt by which a holder proved to be so.
    pub attempt: Option<AttemptId>,
    /// The second person.
    pub second: Option<&'a str>,
}

/// What a check needs to know of a permit; a record without a card has neither serial nor digest.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PermitStanding {
    /// Its record.
    pub record: RecordId,
    /// Its state.
    pub state: RecordState,
    /// Its card.
    pub serial: Option<Serial>,
    /// SHA-256 of the card's EF.SOD.
    pub sod_digest: Option<[u8; 32]>,
    /// Its last day, `YYYY-MM-DD`; known since the activation.
    pub valid_to: Option<String>,
}

/// One event of a permit's story.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PermitEventRow {
    /// What happened.
    pub event: RecordEvent,
    /// The state before.
    pub from: RecordState,
    /// The state after.
    pub to: RecordState,
    /// Who asked for it.
    pub operator: String,
    /// The second person.
    pub second: Option<String>,
    /// When.
    pub at: String,
    /// Why.
    pub reason: Option<String>,
    /// Who reported it.
    pub reported_by: Option<String>,
    /// The consignment that it was annulled with.
    pub consignment: Option<ConsignmentId>,
}

/// A caller who tells a CIP, and how many wrong ones he may tell in which time.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "a caller and his limit")]
pub struct CipCaller {
    /// A keyed digest of the caller's name.
    pub digest: [u8; 32],
    /// Now, in seconds of Unix time.
    pub seconds: i64,
    /// How far back wrong attempts count.
    pub window: i64,
    /// With so many wrong attempts nothing is compared.
    pub limit: u32,
}

impl Store {
    /// Carries out an event of a permit: the one way in which an office changes one.
    ///
    /// An activation closes the act [`Act::Activate`] of its card, and so does the end of a permit whose activation is in doubt; a
    /// suspension by CIP marks its attempt as right.
    ///
    /// # Errors
    ///
    /// `store.unknown-permit`, the refusal of the life cycle, `store.other-card` unless the card is the permit's,
    /// `store.validity-missing` for an activation without the last day, `store.reason-missing`, `store.report-missing`,
    /// `store.second-person` without another person than the operator, `store.delivered` for a second delivery, `store.no-intent` for
    /// an activation that was not intended, `store.act-changes-state` for an event of the line.
    pub fn permit_event(
        &mut self,
        by: By<'_>,
        document_number: &str,
        event: RecordEvent,
        facts: &PermitFacts<'_>,
    ) -> Result<RecordState, StoreError> {
        self.change(point!("permit-event"), by, |change| change.permit_event(document_number, event, facts, None))
    }

    /// Annuls every permit of a list, or none: a consignment that never arrived.
    ///
    /// # Errors
    ///
    /// `store.consignment` with the line and the code of each permit that is refused, `store.empty-consignment`, `store.reason-missing`,
    /// `store.second-person`.
    pub fn annul_consignment(
        &mut self,
        by: By<'_>,
        document_numbers: &[String],
        digest: [u8; 32],
        facts: &PermitFacts<'_>,
    ) -> Result<ConsignmentId, StoreError> {
        self.change(point!("annul-consignment"), by, |change| {
            let reason = facts.reason.ok_or(StoreError::ReasonMissing)?;
            let second = change.second_person(facts)?.ok_or(StoreError::SecondPerson)?;
            if document_numbers.is_empty() {
                return Err(StoreError::EmptyConsignment);
            }
            let faults = change.refusals(document_numbers, RecordEvent::Annul)?;
            if !faults.is_empty() {
                return Err(StoreError::Consignment(faults));
            }
            let consignment: ConsignmentId = change.sql().one(
                "INSERT INTO consignment (digest, permits, reason, operator, second, at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
                &[
                    &digest,
                    &(document_numbers.len() as u64),
                    &Token::parse(reason)?,
                    &change.operator,
                    &second,
                    &change.at,
                ],
            )?;
            for number in document_numbers {
                change.permit_event(number, RecordEvent::Annul, facts, Some(consignment))?;
            }
            Ok(consignment)
        })
    }

    /// Counts an attempt to tell a CIP, before it is compared; `None` if the caller has used up his.
    ///
    /// # Errors
    ///
    /// `store.database`, `trace.token`.
    pub fn count_attempt(
        &mut self,
        by: By<'_>,
        document_number: &str,
        caller: CipCaller,
    ) -> Result<Option<AttemptId>, StoreError> {
        self.change(point!("cip-attempt"), by, |change| {
            let wrong: u32 = change.sql().one(
                "SELECT count(*) FROM cip_attempt WHERE caller = ?1 AND seconds > ?2 AND is_right = 0",
                &[&caller.digest, &(caller.seconds - caller.window)],
            )?;
            if wrong >= caller.limit {
                return Ok(None);
            }
            let record = change.record_by_number(document_number)?.map(|row| row.id);
            let attempt = change.sql().one(
                "INSERT INTO cip_attempt (caller, seconds, operator, record, is_right) VALUES (?1, ?2, ?3, ?4, 0) RETURNING id",
                &[&caller.digest, &caller.seconds, &change.operator, &record],
            )?;
            if let Some(record) = record {
                let caller = Token::digest(&caller.digest).as_str().to_owned();
                change.trace(subject(record), "cip-told", None, &[("caller", caller)])?;
            }
            Ok(Some(attempt))
        })
    }

    /// A CIP was right and its permit could not be suspended all the same: the attempt is not held against the caller.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn attempt_was_right(&mut self, by: By<'_>, attempt: AttemptId) -> Result<(), StoreError> {
        self.change(point!("cip-right"), by, |change| change.mark_right(attempt))
    }

    /// What a check needs to know of the permit of a number; of an annulled one and its successor the successor.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn permit_standing(&self, document_number: &str) -> Result<Option<PermitStanding>, StoreError> {
        self.sql().row(STANDING, &[&document_number], |row| {
            Ok(PermitStanding {
                record: row.get(0)?,
                state: state_at(row, 1)?,
                serial: row.get(2)?,
                sod_digest: row.get(3)?,
                valid_to: row.get(4)?,
            })
        })
    }

    /// The card whose EF.SOD has this SHA-256, scrapped ones too.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn card_with_seal(&self, sod_digest: [u8; 32]) -> Result<Option<Serial>, StoreError> {
        self.sql().row("SELECT serial FROM card WHERE sod_digest = ?1 LIMIT 1", &[&sod_digest], |row| row.get(0))
    }

    /// What offices did with a permit, oldest first.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn permit_history(&self, record: RecordId) -> Result<Vec<PermitEventRow>, StoreError> {
        self.sql().rows(HISTORY, &[&record], read_event)
    }

    /// The numbers of the permits that a run released, in order.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn permits_of_run(&self, run: RunId) -> Result<Vec<String>, StoreError> {
        self.sql().rows(OF_RUN, &[&run], |row| row.get(0))
    }
}

impl Change<'_> {
    fn permit_event(
        &self,
        document_number: &str,
        event: RecordEvent,
        facts: &PermitFacts<'_>,
        consignment: Option<ConsignmentId>,
    ) -> Result<RecordState, StoreError> {
        let row = self.record_by_number(document_number)?.ok_or(StoreError::UnknownPermit)?;
        let state = row.state.apply(event)?;
        let second = self.check_needs(&row, event, facts, consignment.is_some())?;
        let reason = facts.reason.map(Token::parse).transpose()?;
        let reported_by = facts.reported_by.map(Token::parse).transpose()?;
        let mut details = Vec::new();
        let mut detail = |name, value: Option<String>| details.extend(value.map(|value| (name, value)));
        detail("reason", reason.as_ref().map(|word| word.as_str().to_owned()));
        detail("reported-by", reported_by.as_ref().map(|word| word.as_str().to_owned()));
        detail("second", second.as_ref().map(|word| word.as_str().to_owned()));
        detail("sod", facts.card.map(|digest| Token::digest(&digest).as_str().to_owned()));
        detail("consignment", consignment.map(|consignment| consignment.to_string()));
        match event {
            RecordEvent::Activate => self.activated(&row, facts)?,
            RecordEvent::Deliver if self.is_delivered(row.id)? => return Err(StoreError::Delivered),
            RecordEvent::Revoke | RecordEvent::Annul => self.end_activation(&row, state)?,
            RecordEvent::Suspend => facts.attempt.map_or(Ok(()), |attempt| self.mark_right(attempt))?,
            _ => {}
        }
        self.sql().execute(
            "INSERT INTO permit_event (record, event, from_state, to_state, operator, second, at, reason, reported_by, consignment) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            &[
                &row.id,
                &event.name(),
                &row.state.name(),
                &state.name(),
                &self.operator,
                &second,
                &self.at,
                &reason,
                &reported_by,
                &consignment,
            ],
        )?;
        self.record_event(&row, event, &details)?;
        Ok(state)
    }

    /// Whether everything is at hand that the life cycle says an event needs; the second person, if there is one.
    fn check_needs(
        &self,
        row: &RecordRow,
        event: RecordEvent,
        facts: &PermitFacts<'_>,
        is_one_of_many: bool,
    ) -> Result<Option<Token>, StoreError> {
        let second = self.second_person(facts)?;
        for need in event.needs() {
            match need {
                Need::CardPresent if self.seal_of(row.id)?.is_none_or(|seal| Some(seal) != facts.card) => {
                    return Err(StoreError::OtherCard);
                }
                Need::Reason if facts.reason.is_none() => return Err(StoreError::ReasonMissing),
                Need::TwoPersons if second.is_none() => return Err(StoreError::SecondPerson),
                Need::CipOrReport if facts.attempt.is_none() && facts.reported_by.is_none() => {
                    return Err(StoreError::ReportMissing);
                }
                Need::CardPresent | Need::Reason | Need::TwoPersons | Need::CipOrReport => {}
                _ => return Err(StoreError::ActChangesState),
            }
        }
        if is_one_of_many && second.is_none() {
            return Err(StoreError::SecondPerson);
        }
        Ok(second)
    }

    /// The last day comes from the chip, the act is closed.
    fn activated(&self, row: &RecordRow, facts: &PermitFacts<'_>) -> Result<(), StoreError> {
        let valid_to = facts.valid_to.ok_or(StoreError::ValidityMissing)?;
        let sql = "UPDATE permit SET valid_to = ?2 WHERE record = ?1 RETURNING serial";
        let serial: Serial = self.sql().one(sql, &[&row.id, &valid_to])?;
        self.close_open(serial, Act::Activate, Phase::Done, &[])
    }

    /// An activation in doubt ends with its permit: what its chip would say makes no difference any more.
    fn end_activation(&self, row: &RecordRow, state: RecordState) -> Result<(), StoreError> {
        let serial = self.sql().row("SELECT serial FROM permit WHERE record = ?1", &[&row.id], |row| row.get(0))?;
        let Some(serial) = serial else { return Ok(()) };
        match self.close_open(serial, Act::Activate, Phase::Failed, &[("permit", state.name().to_owned())]) {
            Err(StoreError::NoIntent) => Ok(()),
            closed => closed,
        }
    }

    fn is_delivered(&self, record: RecordId) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) > 0 FROM permit_event WHERE record = ?1 AND event = 'deliver'";
        self.sql().one(sql, &[&record])
    }

    fn mark_right(&self, attempt: AttemptId) -> Result<(), StoreError> {
        self.sql().execute("UPDATE cip_attempt SET is_right = 1 WHERE id = ?1", &[&attempt])?;
        Ok(())
    }

    fn seal_of(&self, record: RecordId) -> Result<Option<[u8; 32]>, StoreError> {
        self.sql().row("SELECT sod_digest FROM permit WHERE record = ?1", &[&record], |row| row.get(0))
    }

    /// Another person than the operator.
    fn second_person(&self, facts: &PermitFacts<'_>) -> Result<Option<Token>, StoreError> {
        match facts.second.map(Token::parse).transpose()? {
            Some(second) if second == self.operator => Err(StoreError::SecondPerson),
            second => Ok(second),
        }
    }

    /// Every permit of a list that would refuse an event, and those that are named twice.
    fn refusals(&self, document_numbers: &[String], event: RecordEvent) -> Result<Vec<ConsignmentFault>, StoreError> {
        let mut faults = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for (line, number) in (1..).zip(document_numbers) {
            let code = match self.record_by_number(number)? {
                _ if !seen.insert(number) => "store.named-twice",
                None => StoreError::UnknownPermit.code(),
                Some(row) => match row.state.apply(event) {
                    Ok(_) => continue,
                    Err(refused) => refused.code(),
                },
            };
            faults.push(ConsignmentFault { line, code });
        }
        Ok(faults)
    }

    /// The record of a document number; a living one before an annulled one.
    fn record_by_number(&self, document_number: &str) -> Result<Option<RecordRow>, StoreError> {
        let id: Option<RecordId> = self.sql().row(BY_NUMBER, &[&document_number], |row| row.get(0))?;
        id.map(|id| record_row(self.sql(), id)).transpose()
    }
}

fn subject(record: RecordId) -> Subject {
    Subject::Record { id: record.number().unsigned_abs() }
}

fn read_event(row: &Row<'_>) -> Result<PermitEventRow, StoreError> {
    let event: String = row.get(0)?;
    let event = RecordEvent::ALL.into_iter().find(|known| known.name() == event);
    Ok(PermitEventRow {
        event: event.ok_or(StoreError::Damaged { table: "permit_event" })?,
        from: state_at(row, 1)?,
        to: state_at(row, 2)?,
        operator: row.get(3)?,
        second: row.get(4)?,
        at: row.get(5)?,
        reason: row.get(6)?,
        reported_by: row.get(7)?,
        consignment: row.get(8)?,
    })
}

const BY_NUMBER: &str = "SELECT id FROM record WHERE document_number = ?1 \
    ORDER BY CASE WHEN state = 'annulled' THEN 1 ELSE 0 END, id DESC LIMIT 1";
const STANDING: &str = "SELECT r.id, r.state, p.serial, p.sod_digest, p.valid_to FROM record r \
    LEFT JOIN permit p ON p.record = r.id WHERE r.document_number = ?1 \
    ORDER BY CASE WHEN r.state = 'annulled' THEN 1 ELSE 0 END, r.id DESC LIMIT 1";
const HISTORY: &str = "SELECT event, from_state, to_state, operator, second, at, reason, reported_by, consignment \
    FROM permit_event WHERE record = ?1 ORDER BY id";
const OF_RUN: &str = "SELECT DISTINCT p.document_number FROM journal j JOIN permit p ON p.serial = j.serial \
    WHERE j.run = ?1 ORDER BY p.document_number";
