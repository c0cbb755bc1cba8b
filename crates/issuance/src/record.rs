//! The record that the issuing circuit delivers (R-PSE, D4): one JSON object a line, every fault of a line reported at once.
//!
//! ```text
//! text → json: bounded, no member twice → Members: field by field → HolderRecord | every Fault
//! ```

mod fault;
mod field_map;
mod fingerprints;
mod holder;
mod images;
mod json;
mod lot;
mod members;
mod parse;
mod part;
mod rules;
mod stored;

pub use fault::{Fault, FaultKind};
pub use field_map::{FIELD_MAP, FieldRow, Placed};
pub use holder::{Child, FingerAbsence, Fingerprint, Fingerprints, HolderRecord, Image, RegisteredHolder};
pub use images::{IMAGE_MAX_BYTES, ImageRefused, ImageSource};
pub use json::LINE_MAX_BYTES;
pub use lot::{LotCheck, LotSummary, Warning};
pub use parse::parse_line;
pub use part::{Part, RecordParts};
pub use rules::LotRules;
pub use stored::StoredRefused;
