//! Cells of the two tables of decision D5.

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_issuance::life_cycle::{Actor, CardEvent, CardState, Need, RecordEvent, RecordState, TransitionRefused};

use crate::envelope::{Stage, TransitionCase};
use crate::failure::Failure;
use crate::input::read;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    machine: String,
    event: String,
}

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

/// Who may cause an event, and what it needs.
pub(crate) fn causes(input: &Value) -> Result<Value, Failure> {
    let Event { machine, event } = read(input)?;
    let unknown = || Failure::Broken(format!("no such event of a {machine}"));
    let (actors, needs) = match machine.as_str() {
        "card" => {
            let event = CardEvent::ALL.into_iter().find(|one| one.name() == event).ok_or_else(unknown)?;
            (event.actors(), event.needs())
        }
        "permit" => {
            let event = RecordEvent::parse(&event).ok_or_else(unknown)?;
            (event.actors(), event.needs())
        }
        _ => return Err(unknown()),
    };
    let actors: Vec<&str> = actors.iter().map(|actor: &Actor| actor.name()).collect();
    let needs: Vec<&str> = needs.iter().map(|need: &Need| need.name()).collect();
    Ok(json!({ "actors": actors, "needs": needs }))
}

fn refused(refused: TransitionRefused) -> Failure {
    Failure::refused(Stage::Permit, refused.code(), None)
}
