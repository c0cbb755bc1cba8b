//! From a record and a chip of the stock to files, plan and commands.
//!
//! ```text
//! prepare(record, number, chip files, profile) → FileSet → hash → (signer) → Seal
//! PersoPlan::formation(profile) ─ steps ─→ PersoDriver ⇄ commands
//! ```
//!
//! A [`PersoPlan`] is made from the profile alone: it names files and secrets and holds none of them, so that it can be
//! printed, digested and approved before any card is touched. [`PersoDriver`] resolves a reference when it sends the
//! command.
#![forbid(unsafe_code)]

mod chip_files;
mod chip_keys;
mod driver;
mod error;
mod file_set;
mod objects;
mod plan;
mod prepare;
mod resolve;
mod test_data;
mod test_records;
mod wire;

pub use chip_files::{atr_info, card_security_infos, chip_files, dir};
pub use chip_keys::ChipKeys;
pub use driver::{Identity, Outcome, PersoDriver};
pub use error::{PersoError, PersoErrorKind};
pub use file_set::{FileSet, check_seal};
pub use objects::{current_date, document_number};
pub use plan::{Act, KeyVersion, PersoPlan, PlanStep, Target, profile_digest, run_digest};
pub use prepare::{machine_readable_zone, prepare};
pub use resolve::Resources;
pub use wire::Limits;
