//! The days from which a document must, or may no longer, be issued in some form.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Days of issue that change what a chip must be; each one is the first day of the new rule.
///
/// Spec: decision D2.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Dates {
    /// Documents issued from then on offer PACE.
    pub pace_compulsory: Date,
    /// Documents issued from then on offer no BAC.
    pub no_bac: Date,
    /// Documents issued from then on hold biometric data in ISO/IEC 39794 alone, which is not written here.
    pub iso_39794_alone: Date,
}
