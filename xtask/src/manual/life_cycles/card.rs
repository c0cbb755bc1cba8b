//! The picture of a card's life: there along the first row, back along the second, and out of the world below.

use std::collections::BTreeSet;

use sigillo_issuance::life_cycle::{CardEvent, CardState, ScrapManner};

use super::edges::{Edge, draw, who};
use super::picture::{Picture, Point, Tone};

pub(super) fn picture() -> Result<String, String> {
    let mut picture = Picture::new(
        "Life cycle of a card",
        "States of a card on the line, and who may move it from one to the next.",
        1160,
        612,
    );
    let actors =
        |event: &str| CardEvent::ALL.into_iter().find(|one| one.name() == event).map_or(&[][..], CardEvent::actors);
    picture.frame((30, 30), (1100, 430), "from any of these");
    // Two manners may end a card wherever it stands: one arrow for all of them.
    let anywhere = [ScrapManner::Terminated, ScrapManner::Mute].map(CardEvent::Scrap);
    for state in CardState::ALL.into_iter().filter(|state| *state != CardState::Scrapped) {
        if anywhere.into_iter().any(|event| state.apply(event) != Ok(CardState::Scrapped)) {
            return Err(format!("{} is not scrapped like the others", state.name()));
        }
    }
    let [terminated, mute] = anywhere;
    let (class, names) = who(terminated.actors());
    if who(mute.actors()) != (class, names.clone()) {
        return Err("terminated and mute cards are scrapped by others".to_owned());
    }
    picture.arrow("M120,460 C120,530 240,552 476,552", class);
    picture.label((270, 536), &format!("{}, {}", terminated.name(), mute.name()), (class, &names));
    draw(&mut picture, &edges(), &table(&anywhere), actors)?;
    for state in CardState::ALL {
        let (place, tone) = place(state);
        picture.state(place, state.name(), "", tone);
    }
    Ok(picture.finish())
}

/// The transitions that have an arrow of their own.
fn table(anywhere: &[CardEvent]) -> BTreeSet<(&'static str, &'static str, &'static str)> {
    let mut table = BTreeSet::new();
    for state in CardState::ALL {
        for event in CardEvent::ALL.into_iter().filter(|event| !anywhere.contains(event)) {
            if let Ok(after) = state.apply(event) {
                table.insert((state.name(), event.name(), after.name()));
            }
        }
    }
    table
}

const fn place(state: CardState) -> (Point, Tone) {
    match state {
        CardState::Entering => ((150, 110), Tone::Line),
        CardState::Stock => ((437, 110), Tone::Line),
        CardState::Bound => ((724, 110), Tone::Line),
        CardState::Written => ((1011, 110), Tone::Line),
        CardState::Locked => ((1011, 300), Tone::Waiting),
        CardState::Printed => ((724, 300), Tone::Waiting),
        CardState::Released => ((150, 300), Tone::Good),
        CardState::Scrapped => ((560, 552), Tone::Final),
    }
}

fn edges() -> Vec<Edge> {
    let edge = |from, event, to, path, label| Edge { from, event, to, path, label };
    vec![
        edge("entering", "initialised", "stock", "M232,110 H353", Some((293, 110))),
        edge("stock", "bind", "bound", "M519,110 H640", Some((580, 110))),
        edge("bound", "write", "written", "M806,110 H927", Some((867, 110))),
        edge("written", "lock", "locked", "M1011,142 V266", Some((1011, 202))),
        edge("locked", "print", "printed", "M929,300 H808", Some((868, 300))),
        edge("printed", "release", "released", "M642,300 H234", Some((437, 300))),
        edge("locked", "release-waiving-print", "released", "M960,268 C860,190 320,190 210,266", Some((560, 210))),
        // Both run into one arrow, whose label they share.
        edge("printed", "scrap-locked-refused", "scrapped", "M690,332 C690,440 650,480 612,518", None),
        edge(
            "locked",
            "scrap-locked-refused",
            "scrapped",
            "M1011,332 C1011,400 960,414 900,414 H780 C700,414 650,476 612,518",
            Some((870, 414)),
        ),
    ]
}
