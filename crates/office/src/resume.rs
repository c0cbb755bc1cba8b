//! Ends what was interrupted: every act of an office that is open is closed by what its chip says.

use sigillo_issuance::life_cycle::{RecordEvent, RecordState};
use sigillo_store::{Act, JournalRow, Store};

use crate::counter::CardAtCounter;
use crate::desk::Desk;
use crate::error::OfficeError;
use crate::termination::is_released;

/// An act of an office that has not ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenAct {
    /// The permit.
    pub document_number: String,
    /// Its state.
    pub state: RecordState,
    /// The act.
    pub row: JournalRow,
}

/// How an act ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ended {
    /// The permit.
    pub document_number: String,
    /// The act.
    pub act: Act,
    /// The state of the permit now.
    pub state: RecordState,
    /// Whether it was carried out; otherwise it is as if it had never been tried.
    pub done: bool,
}

/// What is open at the offices of a register, oldest first.
///
/// # Errors
///
/// Of the register.
pub fn open_acts(store: &Store) -> Result<Vec<OpenAct>, OfficeError> {
    let mut open = Vec::new();
    for row in store.all_open_intents()? {
        let is_ours = matches!(row.act, Act::Activate | Act::SetCodes | Act::Terminate);
        let released = store.card(row.serial)?.is_some_and(|card| is_released(card.state));
        let (true, true, Some(record)) = (is_ours, released, row.record) else { continue };
        let record = store.record(record)?;
        if let Some(document_number) = record.document_number {
            open.push(OpenAct { document_number, state: record.state, row });
        }
    }
    Ok(open)
}

impl Desk<'_> {
    /// Ends the open acts of one permit, by what its card at the counter says.
    ///
    /// # Errors
    ///
    /// `office.unanswered` if the card says nothing, `office.card-missing` for another card or none; what was ended before stays so.
    pub fn resume(
        &mut self,
        document_number: &str,
        mut at: Option<&mut CardAtCounter<'_>>,
    ) -> Result<Vec<Ended>, OfficeError> {
        let mut ended = Vec::new();
        for open in open_acts(self.store)?.into_iter().filter(|open| open.document_number == document_number) {
            let done = match (open.row.act, at.as_deref_mut()) {
                // Codes are made and set anew, whatever the chip took of the old ones.
                (Act::SetCodes, _) => {
                    self.close(open.row.id, &[("codes", "due-for-reissue".to_owned())])?;
                    false
                }
                // The register has moved on: whatever the chip says, its state stays.
                (Act::Activate, _) if open.state.apply(RecordEvent::Activate).is_err() => {
                    self.close(open.row.id, &[("register", open.state.name().to_owned())])?;
                    open.state == RecordState::Valid
                }
                (_, None) => return Err(OfficeError::CardMissing),
                (Act::Activate, Some(at)) => {
                    self.settle_activation(document_number, open.row.id, at)? == RecordState::Valid
                }
                (_, Some(at)) => {
                    self.settle_termination(open.row.serial, open.row.id, at)?;
                    !self.store.card(open.row.serial)?.is_some_and(|card| is_released(card.state))
                }
            };
            let state = self.store.permit_standing(document_number)?.map_or(open.state, |standing| standing.state);
            ended.push(Ended { document_number: document_number.to_owned(), act: open.row.act, state, done });
        }
        Ok(ended)
    }
}
