//! A production run: records and chips go in, released cards and a reconciled report come out.
//!
//! ```text
//! lot → vault → register ┐
//!                        ├→ formation (plan steps) ⇄ station → chip
//! station → stock ───────┘            │
//!                                     └→ journal, trace, report
//! ```
//!
//! Whatever is irreversible is journaled before and after (decision D11); everything else is read again from the chip.
//! After a crash at any point the run resumes: same record, same chip; or the chip is scrapped and the record remade.
#![forbid(unsafe_code)]

mod codes;
mod document;
mod error;
mod formation;
mod gate;
mod home;
mod initialize;
mod letter;
mod lot;
mod office;
mod on_the_chip;
mod print;
mod print_job;
mod printer;
mod report;
mod resources;
mod retention;
mod run;
mod sealer;
mod sources;
mod station;
mod vault;
mod work;

pub use document::{Groups, HandDocument};
pub use error::LineError;
pub use home::{Home, HomeLock, write_new_private};
pub use initialize::{BlankNumbers, Initialised};
pub use letter::LetterName;
pub use lot::{LotReport, MessageLot, check_lot, import_lot, import_message_lot};
pub use office::OfficeSettings;
pub use print_job::PrintJob;
pub use report::{ReportRow, RunReport};
pub use retention::{Due, Kept, Retention, RetentionDone, retention_due};
pub use run::Formed;
pub use sealer::{SealFor, Sealable, Sealed, Sealer, SignerState};
pub use sources::make_test_sources;
pub use station::{ReaderStation, Station, VirtualStation, Wanted};
pub use vault::registered_holder;
pub use work::{Line, Progress};
