//! What an office does with a permit after the line released it (D5, D6): events with their facts, callers who tell a CIP, and
//! whole consignments.

use std::collections::{BTreeMap, BTreeSet};

use sigillo_issuance::life_cycle::{Need, RecordEvent, RecordState};
use sigillo_issuance::trace::Token;

use crate::engine::Row;
use crate::engine::value::Parameter;
use crate::error::{ConsignmentFault, StoreError};
use crate::ids::{AttemptId, ConsignmentId, RecordId, RunId, Serial};
use crate::journal::{Act, Phase};
use crate::records::{RECORD_NOW, RECORD_NOW_COLUMNS, RecordNow, read_record_now, state_at};
use crate::store::{By, Change, Question, Store, point};

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

/// A permit as a change finds it; a record without a card has neither serial nor seal.
struct PermitNow {
    now: RecordNow,
    serial: Option<Serial>,
    seal: Option<[u8; 32]>,
    is_delivered: bool,
    /// Whether its activation was begun, and nobody knows how it ended.
    is_in_doubt: bool,
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
        let permit = Question {
            columns: &format!(", {RECORD_NOW}, {PERMIT_NOW}"),
            from: &format!("LEFT JOIN record r ON r.id = ({}) LEFT JOIN permit p ON p.record = r.id", living("?2")),
            parameters: &[&document_number],
            read: |row| row.get::<Option<RecordId>>(0)?.map(|_| read_now(row)).transpose(),
        };
        self.change_of(point!("permit-event"), by, &permit, |change, permit| {
            change.permit_event(&permit.ok_or(StoreError::UnknownPermit)?, event, facts, None)
        })
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
            let permits = change.permits_that_take(document_numbers, RecordEvent::Annul)?;
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
            for permit in &permits {
                change.permit_event(permit, RecordEvent::Annul, facts, Some(consignment))?;
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
            let record = change.sql().row(&living("?1"), &[&document_number], |row| row.get::<RecordId>(0))?;
            let attempt = change.sql().one(
                "INSERT INTO cip_attempt (caller, seconds, operator, record, is_right) VALUES (?1, ?2, ?3, ?4, 0) RETURNING id",
                &[&caller.digest, &caller.seconds, &change.operator, &record],
            )?;
            if let Some(record) = record {
                let caller = Token::digest(&caller.digest).as_str().to_owned();
                change.trace(record.subject(), "cip-told", None, &[("caller", caller)])?;
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
        permit: &PermitNow,
        event: RecordEvent,
        facts: &PermitFacts<'_>,
        consignment: Option<ConsignmentId>,
    ) -> Result<RecordState, StoreError> {
        let row = &permit.now.row;
        let state = row.state.apply(event)?;
        let second = self.check_needs(permit, event, facts, consignment.is_some())?;
        // A word that the trace would not take is refused before anything else.
        let reason = facts.reason.map(Token::parse).transpose()?;
        let reported_by = facts.reported_by.map(Token::parse).transpose()?;
        let mut details = Vec::new();
        let mut detail = |name, value: Option<String>| details.extend(value.map(|value| (name, value)));
        detail("reason", reason.map(String::from));
        detail("reported-by", reported_by.map(String::from));
        detail("second", second.map(String::from));
        detail("sod", facts.card.map(|digest| Token::digest(&digest).as_str().to_owned()));
        detail("consignment", consignment.map(|consignment| consignment.to_string()));
        match event {
            RecordEvent::Activate => self.activated(permit, facts)?,
            RecordEvent::Deliver => self.delivered(permit)?,
            RecordEvent::Revoke | RecordEvent::Annul => self.end_activation(permit, state)?,
            RecordEvent::Suspend => facts.attempt.map_or(Ok(()), |attempt| self.mark_right(attempt))?,
            _ => {}
        }
        self.record_event(&permit.now, event, &details)?;
        Ok(state)
    }

    /// Whether everything is at hand that the life cycle says an event needs; the second person, if there is one.
    fn check_needs(
        &self,
        permit: &PermitNow,
        event: RecordEvent,
        facts: &PermitFacts<'_>,
        is_one_of_many: bool,
    ) -> Result<Option<Token>, StoreError> {
        let second = self.second_person(facts)?;
        for need in event.needs() {
            match need {
                Need::CardPresent if permit.seal.is_none() || permit.seal != facts.card => {
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
    fn activated(&self, permit: &PermitNow, facts: &PermitFacts<'_>) -> Result<(), StoreError> {
        let valid_to = facts.valid_to.ok_or(StoreError::ValidityMissing)?;
        let serial = permit.serial.ok_or(StoreError::Damaged { table: "permit" })?;
        self.sql().write("UPDATE permit SET valid_to = ?2 WHERE record = ?1", &[&permit.now.row.id, &valid_to])?;
        self.close_open(serial, Act::Activate, Phase::Done, &[])
    }

    /// Handed over, once.
    fn delivered(&self, permit: &PermitNow) -> Result<(), StoreError> {
        if permit.is_delivered {
            return Err(StoreError::Delivered);
        }
        self.sql().write("UPDATE permit SET is_delivered = 1 WHERE record = ?1", &[&permit.now.row.id])
    }

    /// An activation in doubt ends with its permit: what its chip would say makes no difference any more.
    fn end_activation(&self, permit: &PermitNow, state: RecordState) -> Result<(), StoreError> {
        match permit.serial {
            Some(serial) if permit.is_in_doubt => {
                self.close_open(serial, Act::Activate, Phase::Failed, &[("permit", state.name().to_owned())])
            }
            _ => Ok(()),
        }
    }

    fn mark_right(&self, attempt: AttemptId) -> Result<(), StoreError> {
        self.sql().write("UPDATE cip_attempt SET is_right = 1 WHERE id = ?1", &[&attempt])?;
        Ok(())
    }

    /// Another person than the operator.
    fn second_person(&self, facts: &PermitFacts<'_>) -> Result<Option<Token>, StoreError> {
        match facts.second.map(Token::parse).transpose()? {
            Some(second) if second == self.operator => Err(StoreError::SecondPerson),
            second => Ok(second),
        }
    }

    /// The permits of a list, if each takes an event and none is named twice.
    fn permits_that_take(&self, document_numbers: &[String], event: RecordEvent) -> Result<Vec<PermitNow>, StoreError> {
        let mut found = self.permits_now(document_numbers)?;
        let (mut permits, mut faults) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for (line, number) in (1..).zip(document_numbers) {
            let code = match found.remove(number) {
                _ if !seen.insert(number) => "store.named-twice",
                None => StoreError::UnknownPermit.code(),
                Some(permit) => match permit.now.row.state.apply(event) {
                    Ok(_) => {
                        permits.push(permit);
                        continue;
                    }
                    Err(refused) => refused.code(),
                },
            };
            faults.push(ConsignmentFault { line, code });
        }
        if faults.is_empty() { Ok(permits) } else { Err(StoreError::Consignment(faults)) }
    }

    /// The permits of document numbers, by number: a server answers for many in the time that one question takes it.
    fn permits_now(&self, document_numbers: &[String]) -> Result<BTreeMap<String, PermitNow>, StoreError> {
        let places: Vec<_> = (1..=AT_ONCE).map(|place| format!("?{place}")).collect();
        let sql = format!(
            "SELECT {RECORD_NOW}, {PERMIT_NOW} FROM {PERMITS} WHERE r.document_number IN ({}) {LIVING_FIRST}",
            places.join(", ")
        );
        let mut permits = BTreeMap::new();
        for numbers in document_numbers.chunks(AT_ONCE) {
            // The last question is filled up, so that all of them are one statement.
            let numbers: Vec<_> = numbers
                .iter()
                .map(|number| Some(number.as_str()))
                .chain(std::iter::repeat(None))
                .take(AT_ONCE)
                .collect();
            let parameters: Vec<_> = numbers.iter().map(|number| number as &dyn Parameter).collect();
            self.sql().each(&sql, &parameters, &mut |row| {
                let permit = read_now(row)?;
                if let Some(number) = permit.now.row.document_number.clone() {
                    permits.entry(number).or_insert(permit);
                }
                Ok(())
            })?;
        }
        Ok(permits)
    }
}

/// Reads the columns of [`RECORD_NOW`] and [`PERMIT_NOW`].
fn read_now(row: &Row<'_>) -> Result<PermitNow, StoreError> {
    let now = read_record_now(row)?;
    let row = row.behind(RECORD_NOW_COLUMNS);
    Ok(PermitNow { now, serial: row.get(0)?, seal: row.get(1)?, is_delivered: row.get(2)?, is_in_doubt: row.get(3)? })
}

/// Asks for the record of a document number, a living one before an annulled one.
fn living(number: &str) -> String {
    format!("SELECT r.id FROM record r WHERE r.document_number = {number} {LIVING_FIRST} LIMIT 1")
}

/// What a change needs to know of a permit beside its record.
const PERMIT_NOW: &str = "p.serial, p.sod_digest, coalesce(p.is_delivered, 0), \
    EXISTS (SELECT 1 FROM journal j WHERE j.serial = p.serial AND j.act = 'activate' AND j.phase = 'intent')";
const PERMITS: &str = "record r LEFT JOIN permit p ON p.record = r.id";
const LIVING_FIRST: &str = "ORDER BY r.is_annulled, r.id DESC";
/// Permits that are asked for in one question.
const AT_ONCE: usize = 32;
const STANDING: &str = "SELECT r.id, r.state, p.serial, p.sod_digest, p.valid_to FROM record r \
    LEFT JOIN permit p ON p.record = r.id WHERE r.document_number = ?1 \
    ORDER BY r.is_annulled, r.id DESC LIMIT 1";
const OF_RUN: &str = "SELECT DISTINCT p.document_number FROM journal j JOIN permit p ON p.serial = j.serial \
    WHERE j.run = ?1 ORDER BY p.document_number";
