//! APDUs and octets that really crossed, against the formula.

use sigillo_channel::security_info::SecurityInfos;
use sigillo_crypto::Curve;
use sigillo_inspect::Access;
use sigillo_perso::{Act, Limits, PersoPlan};
use sigillo_profile::Content;
use sigillo_reader::{Observed, Tally};

use crate::card::{InProcess, Making};
use crate::failure::Failure;
use crate::fixture::Fixture;
use crate::formula::{self, Cost, Protocols, Wire};
use crate::inspection::Inspected;
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
    for profile in ["pse-rf", "pse-rf-full"] {
        rows.extend(inspection(profile, "extended")?);
        rows.extend(inspection(profile, "short")?);
    }
    Ok(rows)
}

/// An inspection with every right.
fn inspection(profile: &str, name: &str) -> Result<Vec<Row>, Failure> {
    let mut inspected = Inspected::new(profile)?;
    let is_short = name == "short";
    let (watched, outcome) = inspected.inspect(is_short, |work| work())?;
    let octets: usize = watched.crossed.iter().map(|one| one.command.len() + one.response.len()).sum();
    let real = Cost { apdus: watched.crossed.len() as u64, octets: octets as u64 };

    let Some(Access::Pace { info, .. }) = outcome.access else { return Err("the session was not PACE's".into()) };
    let key = outcome.chip_authentication.passed().ok_or("no chip authentication")?;
    let chain = inspected.chain()?.certificates;
    let certificates: Vec<(usize, usize)> =
        chain.iter().map(|one| (one.authority().octets().len(), one.content().len())).collect();
    let point = |curve: Curve| 1 + 2 * curve.field_octets();
    let specimen = &inspected.specimen;
    let length = |content| specimen.files.get(&content).map_or(0, Vec::len);
    let entries = SecurityInfos::decode(specimen.files.get(&Content::CardAccess).ok_or("no EF.CardAccess")?)?;
    let protocols = Protocols {
        nonce: if info.protocol.suite().key_length() > 16 { 32 } else { 16 },
        points: [point(info.curve().ok_or("no curve")?), point(key.curve)],
        named: [entries.pace().filter(|other| other.protocol == info.protocol).count() > 1, key.key_id.is_some()],
        certificates: &certificates,
        terminal: chain.last().map_or(0, |last| last.holder().octets().len()),
        active: outcome.active_authentication.passed().map(|_| 64),
    };
    let limits = if is_short { Limits::SHORT } else { Limits::of_profile(&specimen.profile) };
    let wire = Wire { command: limits.command, response: limits.response };
    let least = formula::inspection(&specimen.profile, wire, &protocols, &length);
    Ok(ratios(&format!("wire.{name}.inspection.{profile}"), real, least, None))
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
        let bars = (name == "extended" && part == "writing").then_some((1.10, 1.05));
        ratios(&format!("wire.{name}.{part}"), real, least, bars)
    });
    Ok(rows.collect())
}

fn ratios(part: &str, real: Cost, least: Cost, bars: Option<(f64, f64)>) -> Vec<Row> {
    let id = |what: &str| format!("{part}.{what}");
    let apdus = Row::new(id("apdus.ratio"), number(real.apdus) / number(least.apdus), "ratio");
    let octets = Row::new(id("bytes.ratio"), number(real.octets) / number(least.octets), "ratio");
    let (apdus, octets) = match bars {
        Some((most_apdus, most_octets)) => (apdus.at_most(most_apdus), octets.at_most(most_octets)),
        None => (apdus, octets),
    };
    vec![
        Row::count(id("apdus"), real.apdus, "APDUs"),
        Row::count(id("apdus.least"), least.apdus, "APDUs"),
        apdus,
        Row::count(id("bytes"), real.octets, "bytes"),
        Row::count(id("bytes.least"), least.octets, "bytes"),
        octets,
    ]
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
