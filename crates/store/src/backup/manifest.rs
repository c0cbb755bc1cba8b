use sigillo_issuance::trace::TraceHead;

/// What a backup says of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Manifest {
    /// The form of the register that it was made of: the number of its newest migration.
    pub version: i32,
    /// When it was made.
    pub at: String,
    /// How many rows it holds.
    pub rows: u64,
    /// The end of the trace in it.
    pub head: TraceHead,
    /// SHA-256 of everything before the last line.
    pub digest: [u8; 32],
}
