//! APDUs and octets that really crossed, against the formula.

use sigillo_perso::{Act, Limits, PersoPlan};
use sigillo_reader::{Observed, Tally};

use crate::card::{InProcess, Making};
use crate::failure::Failure;
use crate::fixture::Fixture;
use crate::formula::{self, Cost, Wire};
use crate::row::{Row, number};

type Counted = Observed<InProcess, Tally>;

/// Sorts what crossed by what the step was for.
#[derive(Default)]
struct Ledger {
    writing: Cost,
    read_back: Cost,
    seen: Cost,
}

pub(crate) fn rows(fixture: &mut Fixture) -> Result<Vec<Row>, Failure> {
    let extended = Limits::of_profile(&fixture.profile);
    let mut rows = measure(fixture, "extended", extended)?;
    rows.extend(measure(fixture, "short", Limits::SHORT)?);
    Ok(rows)
}

fn measure(fixture: &mut Fixture, name: &str, limits: Limits) -> Result<Vec<Row>, Failure> {
    let plan = PersoPlan::formation(&fixture.profile)?;
    let mut card = Counted { card: InProcess::manufactured(&fixture.keys)?, observer: Tally::default() };
    let mut ledger = Ledger::default();
    let mut making = Making::initialized(fixture, limits, &mut card, |act, card| ledger.book(act, card))?;
    making.carry_out(&plan, &mut card, |act, card| ledger.book(act, card))?;
    let before = total(&card);
    making.read_publicly(&mut card)?;
    let public_read = since(before, total(&card));

    let profile = &making.fixture().profile;
    let wire = Wire { command: limits.command, response: limits.response };
    let length = |content| making.file(content).map_or(0, <[u8]>::len);
    let least = [
        ("writing", ledger.writing, formula::writing(profile, wire, &length)),
        ("read-back", ledger.read_back, formula::read_back(profile, wire, &length)),
        ("public-read", public_read, formula::public_read(profile, wire, &length)),
    ];
    let rows = least.into_iter().flat_map(|(part, real, least)| {
        let id = |what: &str| format!("wire.{name}.{part}.{what}");
        let apdus = Row::new(id("apdus.ratio"), number(real.apdus) / number(least.apdus), "ratio");
        let octets = Row::new(id("bytes.ratio"), number(real.octets) / number(least.octets), "ratio");
        let barred = name == "extended" && part == "writing";
        let (apdus, octets) = if barred { (apdus.at_most(1.10), octets.at_most(1.05)) } else { (apdus, octets) };
        [
            Row::count(id("apdus"), real.apdus, "APDUs"),
            Row::count(id("apdus.least"), least.apdus, "APDUs"),
            apdus,
            Row::count(id("bytes"), real.octets, "bytes"),
            Row::count(id("bytes.least"), least.octets, "bytes"),
            octets,
        ]
    });
    Ok(rows.collect())
}

impl Ledger {
    fn book(&mut self, act: &Act, card: &Counted) {
        let now = total(card);
        let crossed = since(self.seen, now);
        self.seen = now;
        let account = if matches!(act, Act::ReadBack { .. }) { &mut self.read_back } else { &mut self.writing };
        *account = *account + crossed;
    }
}

fn total(card: &Counted) -> Cost {
    let tally = card.observer;
    Cost { apdus: tally.commands, octets: tally.sent + tally.received }
}

fn since(before: Cost, now: Cost) -> Cost {
    Cost { apdus: now.apdus - before.apdus, octets: now.octets - before.octets }
}
