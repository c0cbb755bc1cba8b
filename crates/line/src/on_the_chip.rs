use sigillo_crypto::sha256;
use sigillo_inspect::{FileName, ReadOutcome};
use sigillo_lds::DataGroupNumber;
use sigillo_lds::dg1::Dg1;
use sigillo_lds::dg2::Dg2;

/// What of a chip must stand on its card too, as a stranger read it after the lock.
pub(crate) struct OnTheChip {
    /// The three lines of the zone.
    pub(crate) mrz: [String; 3],
    /// SHA-256 of the portrait.
    pub(crate) portrait: [u8; 32],
}

impl OnTheChip {
    /// `None` if DG1 or DG2 was not read, or is none.
    pub(crate) fn of(outcome: &ReadOutcome) -> Option<Self> {
        let mrz = Dg1::decode(outcome.file(FileName::DataGroup(DataGroupNumber::new(1).ok()?))?).ok()?.mrz;
        let portrait = Dg2::decode(outcome.file(FileName::DataGroup(DataGroupNumber::new(2).ok()?))?).ok()?;
        let portrait = sha256(portrait.images().next()?.image());
        Some(Self { mrz: mrz.lines().map(Into::into), portrait })
    }
}
