//! Records of the issuing circuit, the life cycles of card and permit, and the trace: decisions without I/O, clock or randomness.
//!
//! ```text
//! R-PSE line → record::parse_line → HolderRecord
//! life_cycle: state × event → state or a named refusal
//! check: the chip's word and the register's → the stricter one
//! operator, request: who may ask for which change, the bytes he signs, and whether the signatures suffice
//! notification: what the permits database and the issuing circuit are told
//! trace: entry after entry, each hashed with everything before it
//! checkpoint: signed heads of the trace, and what they say of it
//! retention: part of a record × its milestones → the day it is kept no longer
//! ```
#![forbid(unsafe_code)]

pub mod canonical;
pub mod check;
pub mod checkpoint;
pub mod codice_fiscale;
pub mod date;
pub mod life_cycle;
pub mod notification;
pub mod operator;
pub mod record;
pub mod request;
pub mod retention;
pub mod trace;
