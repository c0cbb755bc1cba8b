//! The release gate's public read (decision D1): what a stranger reads after the lock is what the line wrote.

use std::collections::{BTreeMap, BTreeSet};

use sigillo_apdu::StatusWord;
use sigillo_apdu::fcp::LifeCycle;
use sigillo_crypto::sha256;

use crate::check::Check;
use crate::ended::Ended;
use crate::file_name::FileName;
use crate::outcome::{ReadOutcome, Refusal};

/// What the line wrote and sealed.
#[derive(Clone, Default)]
pub struct Expected {
    /// Every file that the public may read, octet by octet.
    pub readable: BTreeMap<FileName, Vec<u8>>,
    /// Every file that must stay closed: each must be refused with 6982.
    pub closed: BTreeSet<FileName>,
    /// SHA-256 of EF.SOD as the register holds it.
    pub sod_digest: [u8; 32],
    /// Whether the chip must have proven its key.
    pub chip_authentication: bool,
    /// Whether the eServices application must say, under the keys of Chip Authentication, that the permit is not issued.
    pub not_issued: bool,
}

/// Compares a whole public read with what was written.
///
/// | check | what holds |
/// |---|---|
/// | `lock.key-sets` | INITIALIZE UPDATE was refused with 6D00; not run without [`crate::Request::probing_the_lock`] |
/// | `public-read.WORD` | a readable file came back octet by octet; a closed one was refused with 6982 |
/// | `public-read.nothing-else` | no file came back that nobody expected |
/// | `public-read.sod-digest` | EF.SOD has the digest that the register holds |
/// | `public-read.chip-authentication` | the chip proved a key of DG14; only where that is expected |
/// | `public-read.not-issued` | the eServices application is deactivated; only where that is expected |
///
/// WORD is [`FileName::word`]. Every expectation gives a check: what was not read has failed.
#[must_use]
pub fn compare(outcome: &ReadOutcome, expected: &Expected) -> Vec<Check> {
    let mut checks = vec![match outcome.lock_probe {
        None => Check::not_run("lock.key-sets", "the chip was not asked"),
        Some(StatusWord::InstructionNotSupported) => Check::passed("lock.key-sets"),
        Some(status) => Check::failed(
            "lock.key-sets",
            "gate.not-locked",
            format!("the chip answered INITIALIZE UPDATE with {status}"),
        ),
    }];
    for (name, wanted) in &expected.readable {
        checks.push(readable(*name, wanted, outcome));
    }
    for name in &expected.closed {
        checks.push(closed(*name, outcome));
    }
    let stray = |name: &&FileName| !expected.readable.contains_key(name) && !expected.closed.contains(name);
    let strays: Vec<String> = outcome.files.keys().filter(stray).map(FileName::to_string).collect();
    checks.push(match strays.as_slice() {
        [] => Check::passed("public-read.nothing-else"),
        names => Check::failed("public-read.nothing-else", "gate.unexpected-file", names.join(", ")),
    });
    let digest = outcome.file(FileName::Sod).map(sha256);
    checks.push(match digest {
        None => Check::failed("public-read.sod-digest", "gate.not-read", "EF.SOD was not read"),
        Some(digest) => {
            let detail = "EF.SOD is not the one that the register holds";
            Check::that(digest == expected.sod_digest, "public-read.sod-digest", "gate.sod-digest", detail)
        }
    });
    if expected.chip_authentication {
        let proven = outcome.chip_authentication.passed().is_some();
        let detail = "the chip did not prove a key of DG14";
        checks.push(Check::that(proven, "public-read.chip-authentication", "gate.chip-unproven", detail));
    }
    if expected.not_issued {
        let deactivated = outcome.services == Ended::Passed(LifeCycle::Deactivated);
        let detail = "the eServices application does not say that it is deactivated";
        checks.push(Check::that(deactivated, "public-read.not-issued", "gate.not-deactivated", detail));
    }
    checks
}

fn readable(name: FileName, wanted: &[u8], outcome: &ReadOutcome) -> Check {
    let check = format!("public-read.{}", name.word());
    match (outcome.file(name), outcome.refused.get(&name)) {
        (Some(found), _) => {
            let differs = found.iter().zip(wanted).position(|(a, b)| a != b).unwrap_or(found.len().min(wanted.len()));
            let detail = format!("{name} differs from what was written, from octet {differs} on");
            Check::that(found == wanted, &check, "gate.file-differs", &detail)
        }
        (None, Some(why)) => Check::failed(check, "gate.not-read", why.to_string()),
        (None, None) => Check::failed(check, "gate.not-read", format!("{name} was not read")),
    }
}

fn closed(name: FileName, outcome: &ReadOutcome) -> Check {
    let check = format!("public-read.{}", name.word());
    match (outcome.file(name), outcome.refused.get(&name)) {
        (Some(_), _) => {
            Check::failed(check, "gate.readable", format!("{name} can be read without terminal authentication"))
        }
        (None, Some(Refusal::Status(StatusWord::SecurityStatusNotSatisfied))) => Check::passed(check),
        (None, Some(why)) => Check::failed(check, "gate.refused-otherwise", why.to_string()),
        (None, None) => Check::failed(check, "gate.not-read", format!("{name} was not asked for")),
    }
}

impl std::fmt::Debug for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lengths: BTreeMap<_, _> = self.readable.iter().map(|(name, file)| (name, file.len())).collect();
        f.debug_struct("Expected").field("readable", &lengths).field("closed", &self.closed).finish_non_exhaustive()
    }
}
