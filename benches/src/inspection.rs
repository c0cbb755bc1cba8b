//! A whole inspection: PACE, Chip and Terminal Authentication, and every file, the fingerprints too.

use sigillo_crypto::SeededEntropy;
use sigillo_inspect::{FileName, ReadOutcome, ReadSession, Report, Request, TerminalCredentials, judge};
use sigillo_lds::DataGroupNumber;
use sigillo_profile::{Profile, embedded};
use sigillo_reader::{Card, LinkError, drive};
use sigillo_specimen::{Specimen, TerminalChain, form};

use crate::bound::Bound;
use crate::clock::{median, seconds};
use crate::crossed::Crossed;
use crate::failure::Failure;
use crate::fixture::TODAY;
use crate::row::{Row, number};

/// The profiles that are measured: what is issued, and the one with the longest keys.
const PROFILES: [&str; 2] = ["pse-rf", "pse-rf-full"];
const ROUNDS: u32 = 41;
/// DG3 and DG4.
const RIGHTS: u8 = 3;
/// The slower of the two bit rates that every reader has.
const BITS_A_SECOND: f64 = 424_000.0;

/// A specimen that can be inspected again and again.
pub(crate) struct Inspected {
    pub(crate) specimen: Specimen,
}

/// A specimen's chip behind a clock and a list of what crossed.
pub(crate) struct Watched<'s> {
    specimen: &'s mut Specimen,
    entropy: SeededEntropy,
    /// Seconds inside the chip.
    inside: f64,
    pub(crate) crossed: Vec<Crossed>,
}

/// What the session cost, against the sum of its primitives, measured one after the other in each round.
pub(crate) fn rows() -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for name in PROFILES {
        let mut inspected = Inspected::new(name)?;
        let (crossed, outcome) = inspected.inspect(false, |work| work())?;
        let bound = Bound::of(&crossed.crossed, &outcome)?;
        let octets: usize = crossed.crossed.iter().map(|one| one.command.len() + one.response.len()).sum();
        let files: usize = outcome.files.values().map(Vec::len).sum();
        let [mut whole, mut terminal, mut chip, mut primitives, mut ratio] = [(); 5].map(|()| Vec::new());
        for _ in 0..ROUNDS {
            let mut spent = 0.0;
            let (watched, _) = inspected.inspect(false, |work| {
                spent = seconds(work)?;
                Ok(())
            })?;
            let bound = bound.seconds()?;
            whole.push(spent);
            terminal.push(spent - watched.inside);
            chip.push(watched.inside);
            primitives.push(bound);
            ratio.push(spent / bound);
        }
        let (whole, terminal, ratio) = (median(whole), median(terminal), median(ratio));
        let air = number(octets as u64) * 8.0 / BITS_A_SECOND;
        let id = |what: &str| format!("inspection.{name}.{what}");
        rows.extend([
            Row::new(id("ratio"), ratio, "ratio").at_most(1.5),
            Row::new(id("own-share"), 1.0 - 1.0 / ratio, "ratio"),
            Row::new(id("session"), whole * 1e3, "ms"),
            Row::new(id("terminal"), terminal * 1e3, "ms"),
            Row::new(id("chip"), median(chip) * 1e3, "ms"),
            Row::new(id("primitives"), median(primitives) * 1e3, "ms"),
            Row::count(id("files"), files as u64, "bytes"),
            Row::new(id("air"), air * 1e3, "ms"),
            Row::new(id("terminal-share-of-air"), terminal / air, "ratio"),
        ]);
    }
    Ok(rows)
}

impl Inspected {
    pub(crate) fn new(profile: &str) -> Result<Self, Failure> {
        let profile = Profile::parse(embedded(profile).ok_or("the profile is not embedded")?)?;
        Ok(Self { specimen: form(&profile, [0xB6; 32], TODAY)? })
    }

    /// The terminal's certificates below the chip's trust point.
    pub(crate) fn chain(&self) -> Result<TerminalChain, Failure> {
        let terminals = self.specimen.inspection.as_ref().ok_or("the profile has no inspection systems")?;
        Ok(terminals.chain(RIGHTS)?)
    }

    /// One session inside `during`; what it brought must be verified, and have the fingerprints.
    pub(crate) fn inspect(
        &mut self,
        short: bool,
        during: impl FnOnce(&mut dyn FnMut() -> Result<(), Failure>) -> Result<(), Failure>,
    ) -> Result<(Watched<'_>, ReadOutcome), Failure> {
        let (secret, now, anchor) = (self.specimen.mrz_secret(), self.specimen.now(), self.specimen.csca().clone());
        let chain = self.chain()?;
        let request = Request::with_mrz(self.specimen.mrz_secret())
            .and_terminal(TerminalCredentials::new(chain.certificates, chain.key)?);
        let request = if short { request.short_only() } else { request };
        let mut entropy = SeededEntropy::new([0x1F; 32]);
        let mut watched = Watched::new(&mut self.specimen);
        watched.reset()?;
        let mut session = ReadSession::new(request, &mut entropy);
        during(&mut || Ok(drive(&mut watched, &mut session)?))?;
        let outcome = session.into_outcome();
        let checks = judge(&outcome, std::slice::from_ref(&anchor), &secret, now);
        let report = Report::new(&outcome, checks);
        let fingers = outcome.file(FileName::DataGroup(DataGroupNumber::DG3));
        match (report.verified, outcome.terminal_authentication.passed(), fingers) {
            (true, Some(_), Some(_)) => Ok((watched, outcome)),
            _ => Err(format!("the specimen did not pass:\n{}", report.text()).into()),
        }
    }
}

impl<'s> Watched<'s> {
    fn new(specimen: &'s mut Specimen) -> Self {
        Self { specimen, entropy: SeededEntropy::new([0xC5; 32]), inside: 0.0, crossed: Vec::new() }
    }
}

impl Card for Watched<'_> {
    fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
        Ok(self.specimen.chip.power_on())
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let mut answer = Err(LinkError::Mute);
        let spent = seconds(|| {
            answer = self.specimen.chip.process(command, &mut self.entropy).map_err(|_| LinkError::Mute);
            Ok(())
        });
        self.inside += spent.unwrap_or_default();
        let response = answer?;
        self.crossed.push(Crossed { command: command.to_vec(), response: response.clone() });
        Ok(response)
    }
}
