//! The access table before a judge that knows no profile: `sigillo-access-judge` holds a list written by hand, and the chip holds only
//! the file control parameters it received.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test program")]

mod mutation;
mod subject;

use mutation::{Mutation, mutations};
use sigillo_access_judge::{Expectations, Phase, broken, first_deviation, judge};
use sigillo_crypto::SeededEntropy;
use sigillo_profile::{Profile, embedded};
use subject::Witness;

fn full() -> Profile {
    Profile::parse(embedded("pse-rf-full").unwrap()).unwrap()
}

fn list() -> Expectations {
    Expectations::committed().unwrap()
}

fn entropy() -> SeededEntropy {
    SeededEntropy::new([0x1D; 32])
}

#[test]
fn every_object_command_state_and_phase_is_as_the_list_says() {
    let judgement = judge(&mut Witness::of(&full()).unwrap(), &list(), &mut entropy());
    let deviations: Vec<String> = judgement.deviations.iter().map(ToString::to_string).collect();
    assert_eq!(deviations, Vec::<String>::new());
    assert_eq!(broken(&judgement.observations), Vec::<String>::new());
    for phase in Phase::ALL {
        assert!(judgement.observations.keys().any(|(seen, ..)| *seen == phase), "{phase:?} was not tried");
    }
    assert!(judgement.tried > 10_000, "{} commands tried", judgement.tried);
}

/// Every right of every row, taken away or given to somebody: formation fails, or the list sees it.
#[test]
fn a_right_that_is_flipped_is_seen() {
    let full = full();
    let mutations: Vec<Mutation> = mutations(&full);
    assert!(mutations.len() > 100, "{} mutations", mutations.len());
    let unseen: Vec<String> = std::thread::scope(|scope| {
        let halves: Vec<_> = mutations
            .chunks(mutations.len().div_ceil(2))
            .map(|half| {
                scope.spawn(|| half.iter().filter(|one| !is_seen(&full, one)).map(ToString::to_string).collect())
            })
            .collect();
        halves.into_iter().flat_map(|half| -> Vec<String> { half.join().unwrap() }).collect()
    });
    assert_eq!(unseen, Vec::<String>::new());
}

fn is_seen(profile: &Profile, mutation: &Mutation) -> bool {
    let Ok(mut witness) = Witness::of(&mutation.applied(profile)) else { return true };
    let mut seen = |object: &str| first_deviation(&mut witness, &list(), object, &mut entropy()).is_some();
    mutation.objects().into_iter().any(&mut seen)
}
