//! The picture of a permit's life: to the right as things should go, downwards to the ends.

use std::collections::BTreeSet;

use sigillo_issuance::life_cycle::{RecordEvent, RecordState};

use super::edges::{Edge, draw};
use super::picture::{Picture, Point, Tone};

pub(super) fn picture() -> Result<String, String> {
    let mut picture = Picture::new(
        "Life cycle of a permit",
        "States of a permit from its record to its end, and who may move it from one to the next.",
        1240,
        512,
    );
    let edges = edges();
    let actors = |event: &str| RecordEvent::parse(event).map_or(&[][..], RecordEvent::actors);
    draw(&mut picture, &edges, &table(), actors)?;
    for state in RecordState::ALL {
        let (place, tone) = place(state);
        picture.state(place, state.name(), state.italian(), tone);
    }
    Ok(picture.finish())
}

fn table() -> BTreeSet<(&'static str, &'static str, &'static str)> {
    let mut table = BTreeSet::new();
    for state in RecordState::ALL {
        for event in RecordEvent::ALL {
            if let Ok(after) = state.apply(event) {
                table.insert((state.name(), event.name(), after.name()));
            }
        }
    }
    table
}

const fn place(state: RecordState) -> (Point, Tone) {
    match state {
        RecordState::Received => ((120, 150), Tone::Line),
        RecordState::InFormation => ((370, 150), Tone::Line),
        RecordState::NotIssued => ((620, 150), Tone::Waiting),
        RecordState::Valid => ((870, 150), Tone::Good),
        RecordState::Suspended => ((1120, 150), Tone::Halted),
        RecordState::Annulled => ((370, 390), Tone::Final),
        RecordState::Revoked => ((870, 390), Tone::Final),
    }
}

fn edges() -> Vec<Edge> {
    let edge = |from, event, to, path, label| Edge { from, event, to, path, label };
    vec![
        edge("received", "bind", "in_formation", "M202,150 H286", Some((245, 122))),
        edge("in_formation", "card-scrapped", "received", "M350,118 C330,42 160,42 140,116", Some((245, 62))),
        edge("in_formation", "release", "not_issued", "M452,150 H536", Some((494, 122))),
        edge("not_issued", "activate", "valid", "M702,150 H786", Some((744, 122))),
        edge("valid", "deliver", "valid", "M822,118 C800,42 890,42 872,116", Some((846, 62))),
        edge("valid", "suspend", "suspended", "M922,118 C946,44 1050,44 1074,116", Some((1000, 62))),
        edge("suspended", "reinstate", "valid", "M1074,182 C1050,244 946,244 922,184", Some((998, 230))),
        edge("received", "annul", "annulled", "M120,182 C120,330 190,390 286,390", Some((139, 286))),
        edge("not_issued", "annul", "annulled", "M585,182 C570,290 516,352 454,372", Some((546, 276))),
        edge("not_issued", "revoke", "revoked", "M655,182 C670,290 724,352 786,372", Some((694, 276))),
        edge("valid", "revoke", "revoked", "M870,182 V356", Some((870, 290))),
        edge("suspended", "revoke", "revoked", "M1120,182 C1120,330 1050,390 954,390", Some((1101, 286))),
        edge("annulled", "card-scrapped", "annulled", "M402,422 C424,492 316,492 338,424", Some((370, 474))),
        edge("revoked", "card-scrapped", "revoked", "M902,422 C924,492 816,492 838,424", Some((870, 474))),
    ]
}
