//! Arrows between states: drawn if they are the table's, each in the colour of who may cause it.

use std::collections::BTreeSet;

use sigillo_issuance::life_cycle::Actor;

use super::picture::{Picture, Point};

/// One arrow of a picture, from state to state, where it runs and where its label stands.
pub(super) struct Edge {
    pub(super) from: &'static str,
    pub(super) event: &'static str,
    pub(super) to: &'static str,
    pub(super) path: &'static str,
    /// Two arrows of one event may share a label.
    pub(super) label: Option<Point>,
}

/// Draws the arrows, if they are the transitions of the table: none is missing, none is invented.
pub(super) fn draw(
    picture: &mut Picture,
    edges: &[Edge],
    table: &BTreeSet<(&str, &str, &str)>,
    actors: impl Fn(&str) -> &'static [Actor],
) -> Result<(), String> {
    let drawn: BTreeSet<(&str, &str, &str)> = edges.iter().map(|edge| (edge.from, edge.event, edge.to)).collect();
    let missing: Vec<_> = table.difference(&drawn).collect();
    let invented: Vec<_> = drawn.difference(table).collect();
    if !missing.is_empty() || !invented.is_empty() {
        return Err(format!("the picture misses {missing:?} and invents {invented:?}"));
    }
    for edge in edges {
        let (class, names) = who(actors(edge.event));
        picture.arrow(edge.path, class);
        if let Some(place) = edge.label {
            picture.label(place, edge.event, (class, &names));
        }
    }
    Ok(())
}

/// The colour and the words for those who may cause an event.
pub(super) fn who(actors: &[Actor]) -> (&'static str, String) {
    let class = match actors {
        [Actor::Line] => "by-line",
        [Actor::Office] => "by-office",
        _ => "by-others",
    };
    (class, actors.iter().map(|actor| actor_in_words(*actor)).collect::<Vec<_>>().join(" or "))
}

const fn actor_in_words(actor: Actor) -> &'static str {
    match actor {
        Actor::Line => "line",
        Actor::Office => "office",
        Actor::IssuingCircuit => "circuit",
        Actor::HolderByCip => "holder by CIP",
    }
}
