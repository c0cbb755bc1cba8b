use std::collections::BTreeMap;

use serde_json::Value;
use sigillo_issuance::trace::{Subject, Token};

use crate::engine::value::Parameter;
use crate::engine::{Engine, Row};
use crate::error::StoreError;
use crate::ids::{JournalId, RecordId, RunId, Serial};
use crate::store::{By, Change, Store, point};

/// An act on a chip that a power cut must not leave in doubt.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Act {
    /// PUT KEY; its outcome is the key version that the chip answers.
    PutKey,
    /// GENERATE ASYMMETRIC KEY PAIR; repeated until the public key is stored.
    GenerateKey,
    /// The structure of the chip: files and their access conditions.
    Structure,
    /// The data groups and the seal, stored and read back.
    Write,
    /// ACTIVATE FILE on the MF; its outcome is asked by a session.
    Lock,
    /// The release gate's session.
    Gate,
    /// ACTIVATE FILE on the office's application; its outcome is asked by a session.
    Activate,
    /// CHANGE REFERENCE DATA by the office; repeated with new codes whatever came of it.
    SetCodes,
    /// The card's print; its outcome is asked of the printing machine.
    Print,
    /// TERMINATE CARD USAGE.
    Terminate,
}

/// How far an act is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Intended; what came of it is not known.
    Intent,
    /// Done.
    Done,
    /// Known to have failed.
    Failed,
}

/// A row of the journal.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct JournalRow {
    /// Its number.
    pub id: JournalId,
    /// The run.
    pub run: Option<RunId>,
    /// The card.
    pub serial: Serial,
    /// The record that the card was bound to.
    pub record: Option<RecordId>,
    /// The act.
    pub act: Act,
    /// How far it is.
    pub phase: Phase,
    /// What was intended: digests, counts and codes by name.
    pub intended: BTreeMap<String, String>,
    /// What came of it; empty while it is open.
    pub outcome: BTreeMap<String, String>,
    /// Who intended it.
    pub operator: String,
    /// When.
    pub at: String,
    /// When it was closed.
    pub closed_at: Option<String>,
}

impl Act {
    const ALL: [Self; 10] = [
        Self::PutKey,
        Self::GenerateKey,
        Self::Structure,
        Self::Write,
        Self::Lock,
        Self::Gate,
        Self::Activate,
        Self::SetCodes,
        Self::Print,
        Self::Terminate,
    ];

    /// The stable name, as stored and traced.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PutKey => "put-key",
            Self::GenerateKey => "generate-key",
            Self::Structure => "structure",
            Self::Write => "write-files",
            Self::Lock => "lock-chip",
            Self::Gate => "gate",
            Self::Activate => "activate",
            Self::SetCodes => "set-codes",
            Self::Print => "print-card",
            Self::Terminate => "terminate",
        }
    }

    /// Whether a method of its own stores what the act changed.
    const fn has_own_method(self) -> bool {
        match self {
            Self::PutKey | Self::GenerateKey | Self::Lock | Self::Activate | Self::Print | Self::Terminate => true,
            Self::Structure | Self::Write | Self::Gate | Self::SetCodes => false,
        }
    }
}

impl Store {
    /// Stores durably that an act on a card is about to be tried.
    ///
    /// # Errors
    ///
    /// `store.intent-open` if the act is open on this card, `store.unknown-card`, `trace.token`, `store.database`.
    pub fn intent(
        &mut self,
        by: By<'_>,
        act: Act,
        serial: Serial,
        intended: &[(&str, String)],
    ) -> Result<JournalId, StoreError> {
        self.change(point!("intent"), by, |change| change.intend(act, serial, intended))
    }

    /// Closes an act that changed no state of card or record: the structure, the writing of files, the gate's session.
    ///
    /// # Errors
    ///
    /// `store.unknown-act` if it is not open, `store.act-changes-state` for an act whose change has a method of its own.
    pub fn done(&mut self, by: By<'_>, act: JournalId, outcome: &[(&str, String)]) -> Result<(), StoreError> {
        self.change(point!("done"), by, |change| {
            let row = change.open_act(act)?;
            if row.act.has_own_method() {
                return Err(StoreError::ActChangesState);
            }
            change.close(&row, Phase::Done, outcome)
        })
    }

    /// Closes an act that is known to have changed nothing.
    ///
    /// # Errors
    ///
    /// `store.unknown-act` if it is not open, `trace.token`, `store.database`.
    pub fn failed(&mut self, by: By<'_>, act: JournalId, outcome: &[(&str, String)]) -> Result<(), StoreError> {
        self.change(point!("failed"), by, |change| {
            let row = change.open_act(act)?;
            change.close(&row, Phase::Failed, outcome)
        })
    }

    /// The open acts on a card, oldest first.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn open_intents(&self, serial: Serial) -> Result<Vec<JournalRow>, StoreError> {
        rows(self.sql(), "WHERE serial = ?1 AND phase = 'intent'", &[&serial])
    }

    /// The open acts of every card, oldest first.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn all_open_intents(&self) -> Result<Vec<JournalRow>, StoreError> {
        rows(self.sql(), "WHERE phase = 'intent'", &[])
    }

    /// Every act on a card, oldest first.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn journal_of(&self, serial: Serial) -> Result<Vec<JournalRow>, StoreError> {
        rows(self.sql(), "WHERE serial = ?1", &[&serial])
    }
}

impl Change<'_> {
    pub(crate) fn intend(
        &self,
        act: Act,
        serial: Serial,
        intended: &[(&str, String)],
    ) -> Result<JournalId, StoreError> {
        let record = self.card(serial)?.record;
        self.sql().one(
            "INSERT INTO journal (run, serial, record, act, phase, intended, operator, at) \
             VALUES (?1, ?2, ?3, ?4, 'intent', ?5, ?6, ?7) RETURNING id",
            &[&self.run, &serial, &record, &act.name(), &json(intended)?, &self.operator, &self.at],
        )
    }

    /// Closes the open act of this kind on a card.
    pub(crate) fn close_open(
        &self,
        serial: Serial,
        act: Act,
        phase: Phase,
        outcome: &[(&str, String)],
    ) -> Result<(), StoreError> {
        let open = rows(self.sql(), "WHERE serial = ?1 AND act = ?2 AND phase = 'intent'", &[&serial, &act.name()])?;
        let row = open.first().ok_or(StoreError::NoIntent)?;
        self.close(row, phase, outcome)
    }

    /// Closes whatever is open on a card: it left the world.
    pub(crate) fn close_all(&self, serial: Serial, outcome: &[(&str, String)]) -> Result<(), StoreError> {
        let open = rows(self.sql(), "WHERE serial = ?1 AND phase = 'intent'", &[&serial])?;
        open.iter().try_for_each(|row| self.close(row, Phase::Failed, outcome))
    }

    pub(crate) fn refuse_open_acts(&self, serial: Serial) -> Result<(), StoreError> {
        let open = rows(self.sql(), "WHERE serial = ?1 AND phase = 'intent'", &[&serial])?;
        if open.is_empty() { Ok(()) } else { Err(StoreError::ActsOpen) }
    }

    fn open_act(&self, act: JournalId) -> Result<JournalRow, StoreError> {
        let open = rows(self.sql(), "WHERE id = ?1 AND phase = 'intent'", &[&act])?;
        open.into_iter().next().ok_or(StoreError::UnknownAct)
    }

    fn close(&self, row: &JournalRow, phase: Phase, outcome: &[(&str, String)]) -> Result<(), StoreError> {
        self.sql().write(
            "UPDATE journal SET phase = ?2, outcome = ?3, closed_at = ?4 WHERE id = ?1",
            &[&row.id, &phase.name(), &json(outcome)?, &self.at],
        )?;
        let mut details: Vec<(&str, String)> = outcome.to_vec();
        details.push(("phase", phase.name().to_owned()));
        details.push(("journal", row.id.to_string()));
        self.trace(self.card_subject(row.serial)?, row.act.name(), None, &details)
    }

    pub(crate) fn card_subject(&self, serial: Serial) -> Result<Subject, StoreError> {
        Ok(Subject::Card { serial: Token::parse(&serial.to_string())? })
    }
}

impl Phase {
    const ALL: [Self; 3] = [Self::Intent, Self::Done, Self::Failed];

    const fn name(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// Short technical words only, as in the trace: a journal holds nothing personal and no secret.
fn json(details: &[(&str, String)]) -> Result<String, StoreError> {
    let mut members = serde_json::Map::new();
    for (name, value) in details {
        members.insert(Token::parse(name)?.into(), Value::String(Token::parse(value)?.into()));
    }
    Ok(Value::Object(members).to_string())
}

fn rows(sql: &dyn Engine, condition: &str, parameters: &[&dyn Parameter]) -> Result<Vec<JournalRow>, StoreError> {
    sql.rows(&format!("{JOURNAL} {condition} ORDER BY id"), parameters, read)
}

fn read(row: &Row<'_>) -> Result<JournalRow, StoreError> {
    let (act, phase): (String, String) = (row.get(4)?, row.get(5)?);
    let (intended, outcome): (String, Option<String>) = (row.get(6)?, row.get(7)?);
    let details = |text: &str| serde_json::from_str(text).ok();
    let known = (
        Act::ALL.into_iter().find(|known| known.name() == act),
        Phase::ALL.into_iter().find(|known| known.name() == phase),
        details(&intended),
        details(outcome.as_deref().unwrap_or("{}")),
    );
    let (Some(act), Some(phase), Some(intended), Some(outcome)) = known else {
        return Err(StoreError::Damaged { table: "journal" });
    };
    Ok(JournalRow {
        id: row.get(0)?,
        run: row.get(1)?,
        serial: row.get(2)?,
        record: row.get(3)?,
        act,
        phase,
        intended,
        outcome,
        operator: row.get(8)?,
        at: row.get(9)?,
        closed_at: row.get(10)?,
    })
}

const JOURNAL: &str =
    "SELECT id, run, serial, record, act, phase, intended, outcome, operator, at, closed_at FROM journal";
