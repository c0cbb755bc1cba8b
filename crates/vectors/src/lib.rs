//! The published test vectors (`test-vectors/`), replayed on this workspace: texts go in, verdicts come out, no file is opened here.
//!
//! ```text
//! Folder { suites, blobs } → replay → Report: one verdict a case
//!                              ├ operations: one function an `op`, typed input → output or a refusal with stage and code
//!                              ├ chip_session: raw APDUs on a virtual chip, every draw of randomness listed
//!                              └ life_cycle: a cell of the two tables
//! ```
//!
//! A suite that has an unknown field, an unknown schema, a repeated identifier or another count than it says is a fault of the
//! folder, not a failed case. [`operate`] is also what the generator (`cargo xtask vectors make`) computes expectations with.
#![forbid(unsafe_code)]

mod chip_session;
mod derivation;
mod envelope;
mod failure;
mod folder;
mod input;
mod life_cycle;
mod operations;
mod replay;

pub use chip_session::{ChipSession, Played};
pub use envelope::{
    ChipSpec, Citation, Document, Expect, Group, Method, Note, NoteKind, OperationCase, Ruling, SessionCase, Source,
    Stage, Step, Suite, TransitionCase,
};
pub use failure::{Failure, Refusal};
pub use folder::{Blobs, Folder};
pub use operations::operate;
pub use replay::{FolderFault, Outcome, Report, SuiteReport, Verdict, replay};
