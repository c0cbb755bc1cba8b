//! Cells of the two tables of decision D5.

use serde_json::{Value, json};
use sigillo_issuance::life_cycle::{CardEvent, CardState, RecordEvent, RecordState, TransitionRefused};

use crate::envelope::{Stage, TransitionCase};
use crate::failure::Failure;

/// The state after the event, or the refusal.
pub(crate) fn step(case: &TransitionCase) -> Result<Value, Failure> {
    let unknown = || Failure::Broken(format!("no such {} state or event", case.machine));
    let state = match case.machine.as_str() {
        "card" => {
            let state = CardState::parse(&case.from).ok_or_else(unknown)?;
            let mut events = CardEvent::ALL.into_iter();
            let event = events.find(|event| event.name() == case.event).ok_or_else(unknown)?;
            state.apply(event).map_err(refused)?.name()
        }
        "permit" => {
            let state = RecordState::parse(&case.from).ok_or_else(unknown)?;
            let mut events = RecordEvent::ALL.into_iter();
            let event = events.find(|event| event.name() == case.event).ok_or_else(unknown)?;
            state.apply(event).map_err(refused)?.name()
        }
        _ => return Err(unknown()),
    };
    Ok(json!({ "state": state }))
}

fn refused(refused: TransitionRefused) -> Failure {
    Failure::refused(Stage::Permit, refused.code(), None)
}
