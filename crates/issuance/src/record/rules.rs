use jiff::civil::Date;

/// What the rules of a record depend on besides the record.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LotRules {
    /// Today.
    pub now: Date,
    /// Whether the profile has Basic Access Control, which consecutive document numbers weaken.
    pub bac: bool,
    /// The space of the chip for the portrait.
    pub portrait_max_bytes: usize,
    /// The space for the signature.
    pub signature_max_bytes: usize,
    /// The space of the chip for one fingerprint.
    pub fingerprint_max_bytes: usize,
}

impl LotRules {
    /// The rules of a profile with Basic Access Control and the usual space.
    pub const fn new(now: Date) -> Self {
        Self {
            now,
            bac: true,
            portrait_max_bytes: 32 * 1024,
            signature_max_bytes: 16 * 1024,
            fingerprint_max_bytes: 20 * 1024,
        }
    }
}
