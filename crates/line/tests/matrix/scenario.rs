//! The work that is broken: four chips are initialized, two records are formed; one chip is faulty and must be terminated.

use sigillo_issuance::life_cycle::ScrapManner;
use sigillo_line::{BlankNumbers, LineError};
use sigillo_store::{Act, RunId, Serial, Store};

use super::points::Points;
use crate::workshop::{BATCH, CHIPS, FIRST_BLANK, LOT, NUMBERED_CHIPS, PLAIN_CHIPS, Workshop};

/// The second person, and the reason that operators give for a chip that was about to be terminated and is not found any more.
pub(crate) const WITNESS: &str = "witness-1";
pub(crate) const REASON: &str = "termination-unconfirmed";

/// Does everything, or what an earlier process left of it: the same commands in the same order.
pub(crate) fn work(shop: &Workshop, seed: u8, points: &mut Points) -> Result<(), LineError> {
    let mut open = shop.open(seed);
    points.watch(&mut open.store);
    open.line(|line| {
        let numbers = BlankNumbers::parse(FIRST_BLANK);
        line.initialize(BATCH, &mut shop.bench(&NUMBERED_CHIPS, points), u64::MAX, numbers)?;
        line.initialize(BATCH, &mut shop.bench(&PLAIN_CHIPS, points), u64::MAX, None)?;
        let run = match run_of_the_lot(line.store) {
            Some(run) => run,
            None => line.open_run(LOT, None)?,
        };
        loop {
            match line.carry_on(run, &mut shop.bench(&CHIPS, points), u64::MAX) {
                // The operator's rule: a chip that was about to be terminated and answers under no name any more is destroyed
                // before a witness.
                Err(LineError::NotTheBoundChip(serial)) if was_being_terminated(line.store, serial) => {
                    line.scrap(serial, ScrapManner::Mute, REASON, Some(WITNESS))?;
                }
                outcome => return outcome.map(|_| ()),
            }
        }
    })
}

fn run_of_the_lot(store: &Store) -> Option<RunId> {
    store.runs().unwrap().into_iter().find(|run| run.lot == Some(LOT)).map(|run| run.id)
}

fn was_being_terminated(store: &Store, serial: Serial) -> bool {
    store.open_intents(serial).unwrap().iter().any(|row| row.act == Act::Terminate)
}
