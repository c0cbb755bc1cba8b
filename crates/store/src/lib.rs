//! The register of one line in SQLite: lots, records, stock, journal, slots, permits and the trace.
//!
//! Every method is one durable transaction. A method that changes a state asks the tables of `sigillo_issuance::life_cycle` about the
//! state that it finds inside the transaction, writes the new one, closes the journal row of the act and appends to the trace; a
//! power cut leaves all of it or nothing. Personal data arrive as ciphertext and leave as ciphertext.
#![forbid(unsafe_code)]

mod cards;
mod error;
mod formation;
mod holder;
mod ids;
mod journal;
mod lots;
mod records;
mod runs;
mod slots;
mod store;
mod trace;

pub use cards::{CardRow, Scrapped};
pub use error::StoreError;
pub use formation::Gate;
pub use ids::{JournalId, LotId, RecordId, RunId, Serial};
pub use journal::{Act, JournalRow, Phase};
pub use lots::{LotImport, LotMeta, LotRow, NewRecord};
pub use records::{Ciphertext, PermitRow, RecordRow};
pub use runs::RunRow;
pub use slots::{DocumentSeal, SlotCounts, SlotPurpose};
pub use store::{By, Store};
