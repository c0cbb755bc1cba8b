//! Who may cause each event of the two life cycles, and what it needs: written here by hand from decisions D5, D6 and D10.

use serde_json::json;
use sigillo_vectors::{Folder, NoteKind};

use crate::vectors::maker::{Made, Maker, own};

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    let mut suite = Maker::new(
        folder,
        "permit/causes.json",
        "causes.v1",
        &[("sigillo-decisions", "0.1.0", "D5, D6 and D10")],
        &[
            ("Card", NoteKind::Basic, "An event of a card: nearly all of them are the line's."),
            (
                "Permit",
                NoteKind::Basic,
                "An event of a permit: after its release the office's, and the holder's by CIP.",
            ),
        ],
    )
    .without_foreign_source(
        "the two life cycles are this project's own (D5); the list is written by hand, apart from the code",
    );
    suite.group(own());
    for (flag, machine, rows) in [("Card", "card", &CARD[..]), ("Permit", "permit", &PERMIT[..])] {
        for (event, actors, needs) in rows {
            let words = |words: &str| words.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            suite.published(
                &format!("{machine}: {event}"),
                flag,
                "life-cycle.causes",
                json!({ "machine": machine, "event": event }),
                json!({ "actors": words(actors), "needs": words(needs) }),
            );
        }
    }
    Ok(vec![suite.finish()?])
}

/// Event, who may cause it, what it needs.
type Row = (&'static str, &'static str, &'static str);

const CARD: [Row; 10] = [
    ("initialised", "line", "chip-answer public-keys-stored"),
    ("bind", "line", "card-and-record"),
    ("write", "line", "seal full-comparison"),
    ("lock", "line", "chip-answer"),
    ("print", "line", "print-comparison"),
    ("release", "line", "gate-passed"),
    ("release-waiving-print", "line", "gate-passed"),
    ("scrap-terminated", "line office", "chip-answer reason"),
    ("scrap-mute", "line office", "reason witness"),
    ("scrap-locked-refused", "line", "reason witness"),
];

const PERMIT: [Row; 9] = [
    ("bind", "line", "card-and-record"),
    ("card-scrapped", "line office", "reason"),
    ("release", "line", "gate-passed"),
    ("activate", "office", "card-present"),
    ("deliver", "office", "card-present"),
    ("suspend", "holder-by-cip office", "cip-or-report"),
    ("reinstate", "office", "two-persons"),
    ("revoke", "office", "reason"),
    ("annul", "office issuing-circuit", "reason"),
];
