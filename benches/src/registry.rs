//! What a register costs when it is small and when it is large, in both engines: a check of a permit, a durable transition, the
//! trace. The databases lie on disks, and what
//! these take is in every figure.

mod bare;
mod filled;

use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use sigillo_issuance::life_cycle::{RecordEvent, RecordState};
use sigillo_postgres_lab::PrivatePostgres;
use sigillo_store::{By, Database, PermitFacts, Store};
use tempfile::TempDir;

use crate::clock::median;
use crate::failure::Failure;
use crate::memory::high_water_mark;
use crate::registry::bare::Bare;
use crate::registry::filled::{Fill, number};
use crate::row::Row;

/// The argument of a process that follows a trace alone, before the register's file.
pub(crate) const CHILD: &str = "--follow";

const SMALL: u32 = 1_000;
const LARGE: u32 = 1_000_000;
const ROUNDS: u32 = 41;
const CHECKS: u32 = 500;
const TRANSITIONS: u32 = 20;
const INSERTS: u32 = 20;
/// Permits of a consignment that was lost.
const CONSIGNMENT: u32 = 200;
const ENTRIES: u64 = 200_000;
/// Enough to fill what the engine keeps in memory.
const FEW: u64 = 20_000;
/// A step without a common factor with either size: permits are asked for in no order of theirs.
const STEP: u32 = 7_654_321;
const BY: By<'static> = By { operator: "bench", at: "2026-11-02T12:00:00Z", run: None };

pub(crate) fn rows() -> Result<Vec<Row>, Failure> {
    let folder = TempDir::new_in(Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"))?;
    // What lies there is on a disk; the server's user may not be let into `target/`.
    let server = PrivatePostgres::start_in(Path::new("/var/tmp"), &["shared_buffers=512MB"])?;
    let mut rows = Vec::new();
    for fill in [Fill::Sqlite(folder.path()), Fill::PostgreSql(&server)] {
        let (small, large) = (fill.permits(SMALL, 0)?, fill.permits(LARGE, ROUNDS * CONSIGNMENT)?);
        rows.extend(flat(fill.name(), &Store::open(&small)?, &Store::open(&large)?)?);
        rows.extend(transitions(fill, Store::open(&large)?)?);
    }
    rows.extend(trace(folder.path())?);
    Ok(rows)
}

/// Follows the trace of a register and says what memory it took.
pub(crate) fn child(register: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    Store::open(&Database::Sqlite(register.to_owned()))?.verify_trace(None)?;
    writeln!(out, "{}", high_water_mark()?)?;
    Ok(())
}

/// The same number of checks in turns: of a thousand permits, and of a million.
fn flat(engine: &str, small: &Store, large: &Store) -> Result<Vec<Row>, Failure> {
    let (mut asked, mut few, mut many, mut ratios) = (0, Vec::new(), Vec::new(), Vec::new());
    let mut checks = |store: &Store, permits: u32| {
        let begun = Instant::now();
        for _ in 0..CHECKS {
            asked = (asked + STEP) % permits;
            let standing = store.permit_standing(&number(asked))?.ok_or("a permit is missing")?;
            if black_box(standing).state != RecordState::Valid {
                return Err("a permit is not valid".into());
            }
        }
        Ok::<f64, Failure>(begun.elapsed().as_secs_f64() / f64::from(CHECKS))
    };
    // The first round of each warms what a server and a system keep in memory.
    for round in 0..=ROUNDS {
        let (one, other) = (checks(small, SMALL)?, checks(large, LARGE)?);
        if round > 0 {
            few.push(one);
            many.push(other);
            ratios.push(other / one);
        }
    }
    Ok(vec![
        Row::new(format!("registry.check.flat.{engine}"), median(ratios), "ratio").at_most(1.3),
        Row::new(format!("registry.check.{engine}"), median(many.clone()) * 1e6, "µs"),
        Row::new(format!("registry.check.rate.{engine}"), 1.0 / median(many), "checks/s"),
        Row::new(format!("registry.check.few.{engine}"), median(few) * 1e6, "µs"),
    ])
}

/// Durable transitions of permits beside bare durable inserts of one row, in turns: one by one, and then of whole consignments.
fn transitions(fill: Fill<'_>, mut store: Store) -> Result<Vec<Row>, Failure> {
    let mut bare = Bare::of(fill)?;
    let loss = PermitFacts { reason: Some("loss"), reported_by: Some("holder"), ..PermitFacts::default() };
    let found = PermitFacts { reason: Some("found"), second: Some("other"), ..PermitFacts::default() };
    let mut asked = 0;
    let single = beside(&mut bare, TRANSITIONS, |_| {
        for _ in 0..TRANSITIONS / 2 {
            asked = (asked + STEP) % LARGE;
            store.permit_event(BY, &number(asked), RecordEvent::Suspend, &loss)?;
            store.permit_event(BY, &number(asked), RecordEvent::Reinstate, &found)?;
        }
        Ok(())
    })?;
    let lost = PermitFacts { reason: Some("lost-in-transport"), second: Some("other"), ..PermitFacts::default() };
    let together = beside(&mut bare, CONSIGNMENT, |round| {
        let first = LARGE + round * CONSIGNMENT;
        let consignment: Vec<_> = (first..first + CONSIGNMENT).map(number).collect();
        store.annul_consignment(BY, &consignment, [0x5A; 32], &lost)?;
        Ok(())
    })?;
    let engine = fill.name();
    Ok(vec![
        Row::new(format!("registry.transition.{engine}"), single.ratio, "ratio").at_least(0.5),
        Row::new(format!("registry.transition.rate.{engine}"), single.rate, "/s"),
        Row::new(format!("registry.transition.bare.{engine}"), single.bare, "/s"),
        Row::new(format!("registry.transition.consignment.{engine}"), together.ratio, "ratio").at_least(0.5),
        Row::new(format!("registry.transition.consignment.rate.{engine}"), together.rate, "/s"),
        Row::new(format!("registry.transition.consignment.bare.{engine}"), together.bare, "/s"),
    ])
}

/// Medians of rounds.
struct Beside {
    /// Transitions a second ÷ bare inserts a second.
    ratio: f64,
    rate: f64,
    bare: f64,
}

/// Work that makes so many transitions, and bare inserts, in turns.
fn beside(
    bare: &mut Bare,
    transitions: u32,
    mut work: impl FnMut(u32) -> Result<(), Failure>,
) -> Result<Beside, Failure> {
    let (mut ratios, mut rates, mut inserts) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let begun = Instant::now();
        work(round)?;
        let rate = f64::from(transitions) / begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        (0..INSERTS).try_for_each(|_| bare.insert())?;
        let inserted = f64::from(INSERTS) / begun.elapsed().as_secs_f64();
        ratios.push(rate / inserted);
        rates.push(rate);
        inserts.push(inserted);
    }
    Ok(Beside { ratio: median(ratios), rate: median(rates), bare: median(inserts) })
}

/// Entries of a trace that are followed in a second, and what memory a long one takes beside a short one.
fn trace(folder: &Path) -> Result<Vec<Row>, Failure> {
    let (short, long) = (filled::trace(folder, FEW)?, filled::trace(folder, ENTRIES)?);
    let store = Store::open(&Database::Sqlite(long.clone()))?;
    let begun = Instant::now();
    let head = store.verify_trace(None)?;
    let rate = crate::row::number(head.seq) / begun.elapsed().as_secs_f64();
    let peak = |register: &Path| -> Result<u64, Failure> {
        let output = Command::new(std::env::current_exe()?).arg(CHILD).arg(register).output()?;
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    };
    let (few, many) = (peak(&short)?, peak(&long)?);
    let ratio = crate::row::number(many) / crate::row::number(few);
    Ok(vec![
        Row::new("registry.trace.entries", rate, "/s"),
        Row::new("registry.trace.memory.flat", ratio, "ratio").at_most(1.2),
        Row::count("registry.trace.memory", many, "KiB"),
    ])
}
