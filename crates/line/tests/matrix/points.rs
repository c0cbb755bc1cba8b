//! Where a run can break: counted in an unbroken run, struck in a broken one.

use std::sync::{Arc, Mutex};

use rustix::process::{Signal, getpid, kill_process};
use sigillo_reader::{Card, LinkError, VirtualCard};
use sigillo_store::Store;

use crate::workshop::{PLAIN_CHIPS, Touch};

/// How a run is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Strike {
    /// Not at all.
    Never,
    /// The process kills itself at the n-th point of register and APDUs, counted from 1.
    Kill(usize),
    /// A chip loses its power at the n-th cut point of all chips, counted from 1, and stays mute as long as the process lives.
    CutForGood(u64),
    /// The same, but the next reset gives it power again: a bad contact.
    CutOnce(u64),
    /// The printing machine ends the process at the n-th print, counted from 1, with the card printed or not.
    AtPrint {
        /// Which print.
        print: usize,
        /// Whether the card is printed then.
        printed: bool,
    },
}

/// The points of one process: commits and APDUs in their order, and the cut points of its chips.
#[derive(Clone)]
pub(crate) struct Points(Arc<Mutex<State>>);

struct State {
    strike: Strike,
    passed: Vec<String>,
    cut_points: u64,
    /// The chip that was struck.
    mute: Option<String>,
}

impl Points {
    /// Points of which one may strike.
    pub(crate) fn new(strike: Strike) -> Self {
        Self(Arc::new(Mutex::new(State { strike, passed: Vec::new(), cut_points: 0, mute: None })))
    }

    /// Counts both sides of every commit.
    pub(crate) fn watch(&self, store: &mut Store) {
        let points = self.clone();
        store.set_probe(Box::new(move |name| points.pass(format!("register {name}"))));
    }

    /// The points that were passed, by name: `register bind/before`, `apdu 2 84 D6/after`.
    pub(crate) fn passed(&self) -> Vec<String> {
        self.0.lock().unwrap().passed.clone()
    }

    /// The cut points that were passed.
    pub(crate) fn cut_points(&self) -> u64 {
        self.0.lock().unwrap().cut_points
    }

    /// Whether a chip was struck.
    pub(crate) fn has_cut(&self) -> bool {
        self.0.lock().unwrap().mute.is_some()
    }

    fn pass(&self, name: String) {
        let mut state = self.0.lock().unwrap();
        state.passed.push(name);
        if state.strike == Strike::Kill(state.passed.len()) {
            kill_process(getpid(), Signal::KILL).unwrap();
            // The signal needs no further instruction of ours, and gets none.
            loop {
                std::thread::park();
            }
        }
    }
}

impl Touch for Points {
    fn reset(&mut self, chip: &str, card: &mut VirtualCard) -> Result<Vec<u8>, LinkError> {
        let state = self.0.lock().unwrap();
        match state.strike {
            Strike::CutForGood(_) if state.mute.as_deref() == Some(chip) => Err(LinkError::Mute),
            _ => card.reset(),
        }
    }

    fn transmit(&mut self, chip: &str, card: &mut VirtualCard, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let name = format!("apdu {chip} {:02X} {:02X}", command[0], command[1]);
        self.pass(format!("{name}/before"));
        let before = card.chip().cut_points_passed();
        let mut state = self.0.lock().unwrap();
        if let Strike::CutForGood(at) | Strike::CutOnce(at) = state.strike {
            card.arm_cut(u32::try_from(at.saturating_sub(state.cut_points)).unwrap());
        }
        let answer = card.transmit(command);
        state.cut_points += card.chip().cut_points_passed() - before;
        if matches!(answer, Err(LinkError::Mute)) && state.mute.is_none() {
            state.mute = Some(chip.to_owned());
        }
        drop(state);
        self.pass(format!("{name}/after"));
        answer.map(|answer| if is_read_back_of_a_faulty_chip(chip, command) { flipped(answer) } else { answer })
    }
}

/// The first chip damages what it answers when the portrait is read back in formation.
fn is_read_back_of_a_faulty_chip(chip: &str, command: &[u8]) -> bool {
    chip == PLAIN_CHIPS[0] && command.get(..3) == Some(&[0x04, 0xB0, 0x82])
}

fn flipped(mut answer: Vec<u8>) -> Vec<u8> {
    answer[0] ^= 1;
    answer
}
