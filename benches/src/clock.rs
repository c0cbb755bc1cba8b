//! Time as one core spends it: the CPU time of this thread, so that other programs on the machine count little.

use rustix::time::{ClockId, clock_gettime};

use crate::failure::Failure;

/// Seconds of CPU time that a piece of work took.
pub(crate) fn seconds(work: impl FnOnce() -> Result<(), Failure>) -> Result<f64, Failure> {
    let start = now();
    work()?;
    Ok(now() - start)
}

/// The median over `rounds` of the seconds that one of `pieces` took.
pub(crate) fn median_of(
    rounds: u32,
    pieces: u32,
    mut work: impl FnMut() -> Result<(), Failure>,
) -> Result<f64, Failure> {
    let mut samples = Vec::new();
    for _ in 0..rounds {
        samples.push(seconds(|| (0..pieces).try_for_each(|_| work()))? / f64::from(pieces));
    }
    Ok(median(samples))
}

/// The middle one; 0 of nothing.
pub(crate) fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

#[allow(clippy::cast_precision_loss, reason = "seconds and nanoseconds of one process")]
fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
