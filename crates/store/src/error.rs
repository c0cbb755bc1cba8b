use sigillo_codes::CodesError;
use sigillo_issuance::life_cycle::TransitionRefused;
use sigillo_issuance::request::RequestRefused;
use sigillo_issuance::trace::{TokenRefused, TraceFault};

use crate::engine::failure::DatabaseError;
use crate::exchange_refused::ExchangeRefused;
use crate::operator_refused::OperatorRefused;

/// Why the register refused or failed; nothing of an act that was refused is kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file, or a table of the database, is there already: a register is made once.
    #[error("something is there already")]
    Exists,
    /// No file, or no register in the database, is there.
    #[error("no register is there")]
    NotFound,
    /// The file or the database is no register of ours.
    #[error("what is there is no register of sigillo")]
    NotARegister,
    /// The register was written by a newer program, or its migrations were changed.
    #[error("the register has a version that this program does not read")]
    Version,
    /// Another process holds the register.
    #[error("another process holds the register")]
    Busy,
    /// The file system or the database failed.
    #[error("the register failed")]
    Database(#[from] DatabaseError),
    /// The database server does not answer, or went away: what was committed is in the register.
    #[error("the database server does not answer, or went away")]
    Unreachable,
    /// The database server does not let this user in.
    #[error("the database server does not let this user in")]
    AccessDenied,
    /// What the database server calls committed may be lost in a power cut.
    #[error("the database server is set not to keep what it committed")]
    NotDurable,
    /// The address is no `postgresql://` URL.
    #[error("the address is no postgresql:// URL")]
    Address,
    /// The server is not on this machine: nothing would protect what is said to it.
    #[error("the database server is not on this machine")]
    RemoteServer,
    /// The address has a password in it.
    #[error("the address has a password in it")]
    PasswordInAddress,
    /// The file could not be made.
    #[error("the register could not be made")]
    File(#[source] std::io::Error),
    /// A stored row is not one that this program wrote.
    #[error("a row of the register is damaged: {table}")]
    Damaged {
        /// Its table.
        table: &'static str,
    },
    /// A record stands elsewhere than the entries of the trace lead that moved it, or others were told something else.
    #[error("record {record} does not stand where its trace leads")]
    NotAsTraced {
        /// Its number in the register.
        record: u64,
    },
    /// The file is no backup of a register.
    #[error("the file is no backup of a register")]
    NotABackup,
    /// A line of the backup is not what was written.
    #[error("line {line} of the backup is not what was written")]
    BackupDamaged {
        /// Its place, from 1.
        line: u64,
    },
    /// A lot without records.
    #[error("the lot has no records")]
    EmptyLot,
    /// A living record has the document number already.
    #[error("a record has this document number already")]
    DuplicateNumber,
    /// A living record has the file reference already.
    #[error("a record has this file reference already")]
    DuplicatePratica,
    /// A record of the lot has the line already.
    #[error("a record of the lot has this line already")]
    DuplicateLine,
    /// The card entered before.
    #[error("this card entered before")]
    DuplicateCard,
    /// Another card has the blank's number.
    #[error("another card has this blank's number")]
    DuplicateBlank,
    /// No such lot.
    #[error("no such lot")]
    UnknownLot,
    /// No such record.
    #[error("no such record")]
    UnknownRecord,
    /// No such card.
    #[error("no such card")]
    UnknownCard,
    /// No such run.
    #[error("no such run")]
    UnknownRun,
    /// No such act, or it is closed.
    #[error("no such open act")]
    UnknownAct,
    /// The life cycle refuses.
    #[error(transparent)]
    Transition(#[from] TransitionRefused),
    /// The card was made by another profile than the run's.
    #[error("the card was initialized by another profile")]
    OtherProfile,
    /// The card is bound to another record.
    #[error("the card belongs to another record")]
    OtherRecord,
    /// The key that wraps a data key is no more, or about to be destroyed by a retention run.
    #[error("the key that wraps this data key is being destroyed")]
    OldWrapping,
    /// A numbered blank for a record that has a number, or neither has one.
    #[error("the number comes from the record or from the blank, never from both or none")]
    BlankNumber,
    /// The act changes a state: a method of its own stores it.
    #[error("the act changes a state, which a method of its own stores")]
    ActChangesState,
    /// An act needs its intent first.
    #[error("the act was not intended first")]
    NoIntent,
    /// The act is open on this card.
    #[error("the act is open on this card")]
    IntentOpen,
    /// Acts of the card are open.
    #[error("acts of the card are open")]
    ActsOpen,
    /// No codes were made for this permit's card.
    #[error("no codes were made for this permit's card")]
    CodesNone,
    /// The state of the permit does not allow it.
    #[error("the state of the permit does not allow this with its codes")]
    CodesOfPermit,
    /// Somebody else made codes of this document meanwhile.
    #[error("somebody else made codes of this document meanwhile")]
    CodesGeneration,
    /// The state of the codes does not allow it.
    #[error(transparent)]
    Codes(#[from] CodesError),
    /// The limit of the signer is reached.
    #[error("the limit of the signer is reached")]
    SlotsExhausted,
    /// The slot is not reserved.
    #[error("the slot is not reserved")]
    SlotNotReserved,
    /// The chip's public key is missing.
    #[error("the chip's public key is not stored")]
    KeyMissing,
    /// The card has no seal.
    #[error("the card has no seal")]
    SealMissing,
    /// A destroyed card needs a witness other than the operator.
    #[error("a destroyed card needs a witness other than the operator")]
    WitnessMissing,
    /// The run has ended.
    #[error("the run has ended")]
    RunEnded,
    /// No permit has this number.
    #[error("no permit has this number")]
    UnknownPermit,
    /// The card is not the permit's, or none was shown.
    #[error("the card is not the one of this permit")]
    OtherCard,
    /// A permit becomes valid with its last day.
    #[error("the permit's last day is not known")]
    ValidityMissing,
    /// An event without its reason.
    #[error("this needs a reason")]
    ReasonMissing,
    /// A suspension without a CIP, and without anybody who reported it.
    #[error("nobody reported this")]
    ReportMissing,
    /// Two different persons do this.
    #[error("this needs a second person, other than the operator")]
    SecondPerson,
    /// A permit is handed over once.
    #[error("the permit was handed over already")]
    Delivered,
    /// A consignment without permits.
    #[error("the consignment has no permits")]
    EmptyConsignment,
    /// Permits of a consignment refuse, so that all of them stay as they are.
    #[error("{} permits of the consignment refuse", .0.len())]
    Consignment(Vec<ConsignmentFault>),
    /// The register has operators, and nobody asked for the change.
    #[error("nobody asked for this")]
    Unauthorized,
    /// The request in hand does not suffice.
    #[error(transparent)]
    Request(#[from] RequestRefused),
    /// Somebody who cannot be enrolled or retired.
    #[error(transparent)]
    Operator(#[from] OperatorRefused),
    /// A message out of its place, or a partner who cannot be what is said of him.
    #[error(transparent)]
    Exchange(#[from] ExchangeRefused),
    /// A name, a time or a reason is no short technical word.
    #[error(transparent)]
    Token(#[from] TokenRefused),
    /// The trace was tampered with.
    #[error(transparent)]
    Trace(#[from] TraceFault),
}

/// A permit of a consignment that refuses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "a row of a report")]
pub struct ConsignmentFault {
    /// Its place in the list, from 1.
    pub line: usize,
    /// The stable code.
    pub code: &'static str,
}

impl StoreError {
    /// Whether somebody asked who may not, or for something else.
    pub(crate) const fn is_of_request(&self) -> bool {
        matches!(self, Self::Unauthorized | Self::Request(_))
    }
}

impl StoreError {
    /// The stable code; refusals of a life cycle and faults of the trace keep their own.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Exists => "store.exists",
            Self::NotFound => "store.not-found",
            Self::NotARegister => "store.not-a-register",
            Self::Version => "store.version",
            Self::Busy => "store.busy",
            Self::Database(_) => "store.database",
            Self::Unreachable => "store.unreachable",
            Self::AccessDenied => "store.access-denied",
            Self::NotDurable => "store.not-durable",
            Self::Address => "store.address",
            Self::RemoteServer => "store.remote-server",
            Self::PasswordInAddress => "store.password-in-address",
            Self::File(_) => "store.file",
            Self::Damaged { .. } => "store.damaged",
            Self::NotAsTraced { .. } => "store.not-as-traced",
            Self::NotABackup => "store.not-a-backup",
            Self::BackupDamaged { .. } => "store.backup-damaged",
            Self::EmptyLot => "store.empty-lot",
            Self::DuplicateNumber => "store.duplicate-number",
            Self::DuplicatePratica => "store.duplicate-pratica",
            Self::DuplicateLine => "store.duplicate-line",
            Self::DuplicateCard => "store.duplicate-card",
            Self::DuplicateBlank => "store.duplicate-blank",
            Self::UnknownLot => "store.unknown-lot",
            Self::UnknownRecord => "store.unknown-record",
            Self::UnknownCard => "store.unknown-card",
            Self::UnknownRun => "store.unknown-run",
            Self::UnknownAct => "store.unknown-act",
            Self::Transition(refused) => refused.code(),
            Self::OtherProfile => "store.other-profile",
            Self::OtherRecord => "store.other-record",
            Self::OldWrapping => "store.old-wrapping",
            Self::BlankNumber => "store.blank-number",
            Self::ActChangesState => "store.act-changes-state",
            Self::NoIntent => "store.no-intent",
            Self::IntentOpen => "store.intent-open",
            Self::ActsOpen => "store.acts-open",
            Self::CodesNone => "codes.none",
            Self::CodesOfPermit => "codes.permit-state",
            Self::CodesGeneration => "codes.generation",
            Self::Codes(error) => error.code(),
            Self::SlotsExhausted => "store.slots-exhausted",
            Self::SlotNotReserved => "store.slot-not-reserved",
            Self::KeyMissing => "store.key-missing",
            Self::SealMissing => "store.seal-missing",
            Self::WitnessMissing => "store.witness-missing",
            Self::RunEnded => "store.run-ended",
            Self::UnknownPermit => "store.unknown-permit",
            Self::OtherCard => "store.other-card",
            Self::ValidityMissing => "store.validity-missing",
            Self::ReasonMissing => "store.reason-missing",
            Self::ReportMissing => "store.report-missing",
            Self::SecondPerson => "store.second-person",
            Self::Delivered => "store.delivered",
            Self::EmptyConsignment => "store.empty-consignment",
            Self::Consignment(_) => "store.consignment",
            Self::Unauthorized => "store.unauthorized",
            Self::Request(refused) => refused.code(),
            Self::Operator(refused) => refused.code(),
            Self::Exchange(refused) => refused.code(),
            Self::Token(refused) => refused.code(),
            Self::Trace(fault) => fault.code(),
        }
    }
}

impl StoreError {
    /// What a unique index found twice: by the columns that SQLite names, or by the constraint that PostgreSQL names.
    pub(crate) fn twice(named: &str) -> Option<Self> {
        Some(match named {
            "record.document_number" | "record_number" => Self::DuplicateNumber,
            "record.pratica_digest" | "record_pratica" => Self::DuplicatePratica,
            "card.serial" | "card_pkey" => Self::DuplicateCard,
            "card.blank_number" | "card_blank_number_key" => Self::DuplicateBlank,
            "journal.serial, journal.act" | "journal_open" => Self::IntentOpen,
            _ => return None,
        })
    }
}
