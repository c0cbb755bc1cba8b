//! docs/manual/life-cycles.md and its two pictures: states, events, who may cause them and what they need, from the tables of D5.

mod card;
mod edges;
mod permit;
mod picture;

use std::fmt::Write;

use sigillo_issuance::life_cycle::{Actor, CardEvent, CardState, Need, RecordEvent, RecordState};

use self::edges::who;

/// The pictures: of a permit, of a card.
pub(super) fn pictures() -> [(&'static str, Result<String, String>); 2] {
    [("docs/manual/life-cycle-permit.svg", permit::picture()), ("docs/manual/life-cycle-card.svg", card::picture())]
}

/// The page.
pub(super) fn page() -> String {
    let mut out = INTRODUCTION.to_owned();
    out.push_str(PERMIT);
    let rows = RecordEvent::ALL.map(|event| (event.name(), event.actors(), event.needs()));
    events(&mut out, &rows);
    out.push_str(PERMIT_TABLE);
    let states = RecordState::ALL.map(|state| {
        let cells = RecordEvent::ALL.map(|event| cell(state.apply(event).map(RecordState::name)));
        (format!("`{}` *{}*", state.name(), state.italian()), cells.to_vec())
    });
    table(&mut out, &RecordEvent::ALL.map(RecordEvent::name), &states);
    out.push_str(CARD);
    let rows = CardEvent::ALL.map(|event| (event.name(), event.actors(), event.needs()));
    events(&mut out, &rows);
    out.push_str(CARD_TABLE);
    let states = CardState::ALL.map(|state| {
        let cells = CardEvent::ALL.map(|event| cell(state.apply(event).map(CardState::name)));
        (format!("`{}`", state.name()), cells.to_vec())
    });
    table(&mut out, &CardEvent::ALL.map(CardEvent::name), &states);
    out
}

const fn need_in_words(need: Need) -> &'static str {
    match need {
        Need::ChipAnswer => "the chip's answer",
        Need::PublicKeysStored => "the chip's public keys, stored",
        Need::CardAndRecord => "a card of the stock and a record without one",
        Need::Seal => "a seal that verified with its chain",
        Need::FullComparison => "every file compared under the formation keys",
        Need::GatePassed => "the gate's checks, passed or waived by name",
        Need::PrintComparison => "the print compared with the record",
        Need::Reason => "a reason of the list",
        Need::Witness => "a second person, who saw the card destroyed",
        Need::TwoPersons => "two persons",
        Need::CipOrReport => "the holder's CIP, or the office's own report",
        Need::CardPresent => "the card, whose serial and seal are the permit's",
        _ => "something that this page has no words for yet",
    }
}

/// Event, who may cause it, what it needs.
fn events(out: &mut String, rows: &[(&str, &[Actor], &[Need])]) {
    out.push_str("| event | by | needs |\n|---|---|---|\n");
    for (event, actors, needs) in rows {
        let needs: Vec<&str> = needs.iter().map(|need| need_in_words(*need)).collect();
        let _ = writeln!(out, "| `{event}` | {} | {} |", who(actors).1, needs.join("; "));
    }
}

/// Every state by every event.
fn table(out: &mut String, events: &[&str], states: &[(String, Vec<String>)]) {
    let _ = writeln!(out, "| | {} |", events.iter().map(|event| format!("`{event}`")).collect::<Vec<_>>().join(" | "));
    let _ = writeln!(out, "|---|{}", "---|".repeat(events.len()));
    for (state, cells) in states {
        let _ = writeln!(out, "| {state} | {} |", cells.join(" | "));
    }
}

/// The state after, or the code of the refusal without its family.
fn cell(outcome: Result<&'static str, sigillo_issuance::life_cycle::TransitionRefused>) -> String {
    match outcome {
        Ok(state) => format!("**{state}**"),
        Err(refused) => refused.code().split('.').next_back().unwrap_or_default().to_owned(),
    }
}

const INTRODUCTION: &str = "# Life cycles

A permit and the card that carries it live side by side. Each has a table of its own: every state, every event, and what comes of
it; what the table does not allow is refused by name, changes nothing and is found in the trace. The tables are data of the program,
this page and its pictures are made from them (`cargo xtask manual`), and [the vectors](../../test-vectors/permit) say the same
for other programs.

In the pictures blue is the line, violet the office, brown whoever else may act; boxes with two borders are final.
";

const PERMIT: &str = "
## The permit

![From received over in formation, not issued and valid to suspended; revoked and annulled are final](life-cycle-permit.svg)

The line knows the permit until it is released: from then on it is the office's. *Not issued* is what every check answers until the
office activates the chip with the holder before it. A loss stops a valid permit at once, by the holder's CIP and without the card,
or on the office's word; only two persons give it back. Delivery is a date on a valid permit and no state; expiry is computed.

";

const PERMIT_TABLE: &str = "
Where each event leads; everything else is refused as `permit.…`:

";

const CARD: &str = "
## The card

![From entering over stock, bound, written, locked and printed to released; scrapped from anywhere](life-cycle-card.svg)

A card belongs to one record from the moment when it is bound, and only a card that was never bound is stock. The lock is the
one-way door: behind it the line can write nothing, terminate nothing and take nothing back. So a locked card that the gate refuses,
like one that says nothing any more, is destroyed before a witness; the record then gets another card.

";

const CARD_TABLE: &str = "
Where each event leads; everything else is refused as `card.…`:

";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::edges::{Edge, draw};
    use super::picture::Picture;
    use super::*;

    #[test]
    fn a_picture_shows_the_transitions_of_its_table_and_no_others() {
        for (name, picture) in pictures() {
            let picture = picture.unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"), "{name}");
            assert_eq!(
                Some(picture),
                pictures().into_iter().find(|(other, _)| *other == name).and_then(|(_, again)| again.ok())
            );
        }
        let edge = |event| Edge { from: "a", event, to: "b", path: "M0,0", label: None };
        let table = BTreeSet::from([("a", "x", "b"), ("a", "y", "b")]);
        let picture = || Picture::new("", "", 1, 1);
        let nobody = |_: &str| &[][..];
        assert_eq!(draw(&mut picture(), &[edge("x"), edge("y")], &table, nobody), Ok(()));
        assert!(draw(&mut picture(), &[edge("x")], &table, nobody).is_err());
        assert!(draw(&mut picture(), &[edge("x"), edge("y"), edge("z")], &table, nobody).is_err());
    }
}
