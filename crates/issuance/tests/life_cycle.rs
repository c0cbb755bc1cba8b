//! The two tables against the hand-written list, over the full product of states and events.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::collections::BTreeMap;

use serde_json::Value;
use sigillo_issuance::life_cycle::{CardEvent, CardState, RecordEvent, RecordState, ScrapManner, TransitionRefused};

/// (machine, state, event) → the state after, or the code of the refusal.
type Listed = BTreeMap<(String, String, String), Result<String, String>>;

fn listed() -> Listed {
    let text = include_str!("../../../test-vectors/permit/transitions.json");
    let document: Value = serde_json::from_str(text).unwrap();
    let cases: Vec<&Value> =
        document["groups"].as_array().unwrap().iter().flat_map(|group| group["cases"].as_array().unwrap()).collect();
    assert_eq!(document["count"].as_u64().unwrap(), cases.len() as u64);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut listed = Listed::new();
    for case in cases {
        let outcome = match case["expect"]["result"].as_str().unwrap() {
            "accept" => Ok(text(&case["expect"]["output"]["state"])),
            _ => Err(text(&case["expect"]["error"])),
        };
        let key = (text(&case["machine"]), text(&case["from"]), text(&case["event"]));
        assert!(listed.insert(key, outcome).is_none(), "listed twice: {}", case["id"]);
    }
    listed
}

fn outcome<S>(result: Result<S, TransitionRefused>, name: impl Fn(S) -> &'static str) -> Result<String, String> {
    result.map(|state| name(state).to_owned()).map_err(|refused| refused.code().to_owned())
}

#[test]
fn every_cell_is_as_listed_and_no_cell_is_unlisted() {
    let mut listed = listed();
    for state in CardState::ALL {
        for event in CardEvent::ALL {
            let key = ("card".to_owned(), state.name().to_owned(), event.name().to_owned());
            assert_eq!(Some(outcome(state.apply(event), CardState::name)), listed.remove(&key), "{key:?}");
        }
    }
    for state in RecordState::ALL {
        for event in RecordEvent::ALL {
            let key = ("permit".to_owned(), state.name().to_owned(), event.name().to_owned());
            assert_eq!(Some(outcome(state.apply(event), RecordState::name)), listed.remove(&key), "{key:?}");
        }
    }
    assert!(listed.is_empty(), "the list knows more than the tables: {listed:?}");
}

#[test]
fn names_read_back() {
    assert!(CardState::ALL.into_iter().all(|state| CardState::parse(state.name()) == Some(state)));
    assert!(RecordState::ALL.into_iter().all(|state| RecordState::parse(state.name()) == Some(state)));
    assert!(ScrapManner::ALL.into_iter().all(|manner| ScrapManner::parse(manner.name()) == Some(manner)));
    assert_eq!((CardState::parse("STOCK"), RecordState::parse(""), ScrapManner::parse("lost")), (None, None, None));
}

/// D5 and D1, said once more as sentences about the whole tables.
#[test]
fn the_invariants_of_the_decisions_hold() {
    let reaches = |from: CardState, to: CardState| {
        let mut seen = vec![from];
        let mut next = 0;
        while let Some(state) = seen.get(next).copied() {
            next += 1;
            for after in CardEvent::ALL.into_iter().filter_map(|event| state.apply(event).ok()) {
                if !seen.contains(&after) {
                    seen.push(after);
                }
            }
        }
        seen.contains(&to)
    };
    // Only a card that was never bound is in the stock.
    let ever_bound = [
        CardState::Bound,
        CardState::Written,
        CardState::Locked,
        CardState::Printed,
        CardState::Released,
        CardState::Scrapped,
    ];
    assert!(ever_bound.into_iter().all(|state| !reaches(state, CardState::Stock)));
    // Every card can leave the world, and then nothing moves it.
    assert!(CardState::ALL.into_iter().all(|state| reaches(state, CardState::Scrapped)));
    assert!(CardEvent::ALL.into_iter().all(|event| CardState::Scrapped.apply(event).is_err()));
    // Nothing is released that was not locked first.
    assert!(CardEvent::ALL.into_iter().all(|event| CardState::Written.apply(event) != Ok(CardState::Released)));
    // Revoked and annulled are final.
    for state in [RecordState::Revoked, RecordState::Annulled] {
        assert!(
            RecordEvent::ALL.into_iter().all(|event| state.apply(event).is_err() || state.apply(event) == Ok(state))
        );
    }
    // A found permit needs two persons, a destroyed card a witness.
    use sigillo_issuance::life_cycle::{Actor, Need};
    assert_eq!(RecordEvent::Reinstate.needs(), [Need::TwoPersons]);
    for manner in ScrapManner::ALL {
        assert_eq!(CardEvent::Scrap(manner).needs().contains(&Need::Witness), manner.needs_witness());
    }
    // The line never issues, and the office never forms.
    assert!(!RecordEvent::Activate.actors().contains(&Actor::Line));
    assert!(!RecordEvent::Bind.actors().contains(&Actor::Office));
    assert!(CardEvent::ALL.into_iter().all(|event| event.actors().contains(&Actor::Line)));
}
