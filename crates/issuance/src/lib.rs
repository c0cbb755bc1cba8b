//! Records of the issuing circuit, the life cycles of card and permit, and the trace: decisions without I/O, clock or randomness.
//!
//! ```text
//! R-PSE line → record::parse_line → HolderRecord
//! life_cycle: state × event → state or a named refusal
//! trace: entry after entry, each hashed with everything before it
//! ```
#![forbid(unsafe_code)]

pub mod canonical;
pub mod codice_fiscale;
pub mod date;
pub mod life_cycle;
pub mod record;
pub mod trace;
