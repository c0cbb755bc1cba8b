//! Where the work can be broken: around each commit, around each APDU, and at each of the chip's own cut points.

use std::sync::{Arc, Mutex};

use rustix::process::{Signal, getpid, kill_process};
use sigillo_reader::{Card, LinkError, VirtualCard};
use sigillo_store::Store;

/// What happens at which point.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Strike {
    Never,
    /// The process kills itself at this point.
    Kill(usize),
    /// The chip's power fails at this cut point, and does not come back in this process.
    CutForGood(u32),
    /// It fails and comes back at the next reset.
    CutOnce(u32),
}

/// A counter that may strike.
#[derive(Clone)]
pub(crate) struct Points(Arc<Mutex<State>>);

struct State {
    strike: Strike,
    passed: Vec<String>,
    /// The cut points that each command passed, with its instruction.
    cuts: Vec<u8>,
    is_mute: bool,
}

impl Points {
    pub(crate) fn new(strike: Strike) -> Self {
        Self(Arc::new(Mutex::new(State { strike, passed: Vec::new(), cuts: Vec::new(), is_mute: false })))
    }

    /// Counts both sides of every commit.
    pub(crate) fn watch(&self, store: &mut Store) {
        let points = self.clone();
        store.set_probe(Box::new(move |name| points.pass(format!("register {name}"))));
    }

    /// The points that were passed, by name: `register intent/before`, `apdu 44/after`.
    pub(crate) fn passed(&self) -> Vec<String> {
        self.0.lock().unwrap().passed.clone()
    }

    /// The instruction of the command in which each cut point lies.
    pub(crate) fn cuts(&self) -> Vec<u8> {
        self.0.lock().unwrap().cuts.clone()
    }

    /// One point more, by name.
    pub(crate) fn pass(&self, name: String) {
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

/// A card that counts.
pub(crate) struct Counted {
    pub(crate) card: VirtualCard,
    pub(crate) points: Points,
}

impl Card for Counted {
    fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
        let state = self.points.0.lock().unwrap();
        match state.strike {
            Strike::CutForGood(_) if state.is_mute => Err(LinkError::Mute),
            _ => self.card.reset(),
        }
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let instruction = command[1];
        self.points.pass(format!("apdu {instruction:02X}/before"));
        let before = self.card.chip().cut_points_passed();
        let mut state = self.points.0.lock().unwrap();
        if let Strike::CutForGood(at) | Strike::CutOnce(at) = state.strike {
            let passed = u32::try_from(state.cuts.len()).unwrap();
            self.card.arm_cut(at.saturating_sub(passed));
        }
        let answer = self.card.transmit(command);
        let passed = self.card.chip().cut_points_passed() - before;
        state.cuts.extend((0..passed).map(|_| instruction));
        state.is_mute |= matches!(answer, Err(LinkError::Mute));
        drop(state);
        self.points.pass(format!("apdu {instruction:02X}/after"));
        answer
    }
}
