//! The chip's power, and the points where it may fail.
//!
//! A cut point stands before and after every commit, inside a write that may tear, and behind the finished response ("response
//! lost"). A test counts the points of an unbroken run and then runs once for each of them.

use std::fmt;
use std::num::NonZeroU32;

use crate::memory::{Change, Memory};

/// The chip has no power: no response comes, volatile state is gone, committed memory is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PowerLost;

impl PowerLost {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "chip.power-lost"
    }
}

impl fmt::Display for PowerLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the chip has no power")
    }
}

impl std::error::Error for PowerLost {}

/// Power on or off, the armed cut, and how many cut points were passed.
#[derive(Debug, Default)]
pub(crate) struct PowerSupply {
    on: bool,
    fails_in: Option<NonZeroU32>,
    passed: u64,
}

impl PowerSupply {
    pub(crate) fn is_on(&self) -> bool {
        self.on
    }

    pub(crate) fn switch_on(&mut self) {
        self.on = true;
    }

    pub(crate) fn switch_off(&mut self) {
        self.on = false;
    }

    pub(crate) fn arm(&mut self, points: u32) {
        self.fails_in = NonZeroU32::new(points);
    }

    pub(crate) fn passed(&self) -> u64 {
        self.passed
    }

    /// Passes one cut point, or fails there.
    pub(crate) fn cut_point(&mut self) -> Result<(), PowerLost> {
        self.passed = self.passed.saturating_add(1);
        let Some(points) = self.fails_in else { return Ok(()) };
        self.fails_in = NonZeroU32::new(points.get() - 1);
        if self.fails_in.is_some() {
            return Ok(());
        }
        self.on = false;
        Err(PowerLost)
    }

    /// Makes one transaction: all of it or, when the power fails before, nothing. Only a written range may tear, inside itself.
    pub(crate) fn commit(&mut self, memory: &mut Memory, change: Change) -> Result<(), PowerLost> {
        self.cut_point()?;
        if let Some(torn) = change.torn_in_half() {
            memory.apply(torn);
            self.cut_point()?;
        }
        memory.apply(change);
        self.cut_point()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_fails_at_the_armed_point_and_only_there() {
        let mut power = PowerSupply::default();
        power.switch_on();
        power.arm(3);
        assert_eq!([power.cut_point(), power.cut_point(), power.cut_point()], [Ok(()), Ok(()), Err(PowerLost)]);
        assert!(!power.is_on());
        power.switch_on();
        assert_eq!((power.cut_point(), power.passed()), (Ok(()), 4));
        power.arm(1);
        power.arm(0);
        assert_eq!(power.cut_point(), Ok(()));
    }
}
