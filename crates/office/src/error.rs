use sigillo_authority::AuthorityError;
use sigillo_channel::ChannelError;
use sigillo_codes::CodesError;
use sigillo_envelope::EnvelopeError;
use sigillo_inspect::CredentialsRefused;
use sigillo_issuance::check::Answer;
use sigillo_issuance::life_cycle::TransitionRefused;
use sigillo_keystore::KeystoreError;
use sigillo_reader::LinkError;
use sigillo_seal::SealError;
use sigillo_store::StoreError;

/// Why the desk did not do what it was asked. No value of a person, no code of a holder is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfficeError {
    /// The rules are no rules.
    #[error("the rules of the office: {why}")]
    Rules {
        /// What is wrong.
        why: String,
    },
    /// A reason that is in no list.
    #[error("this is no reason; the reasons are {known}")]
    Reason {
        /// The list.
        known: String,
    },
    /// Somebody who reports nothing.
    #[error("nobody reports under this word; the words are {known}")]
    Reporter {
        /// The list.
        known: String,
    },
    /// A list of permits that is none.
    #[error("line {line} of the list is no document number")]
    List {
        /// The first line at fault, counted from 1.
        line: usize,
    },
    /// The card at the counter is not fit for this: what a check says of it.
    #[error("{}", .0.says())]
    Card(
        /// What it says.
        Answer,
    ),
    /// The chip said no to an order, or was not told it.
    #[error("the chip was not changed: {why}")]
    Order {
        /// The stable code of the session.
        code: &'static str,
        /// One sentence.
        why: String,
    },
    /// The chip was told an order and did not answer, and what came of it could not be asked.
    #[error("the chip may have carried out the order; the act is open until the chip was asked")]
    Unanswered,
    /// The card of an open act must be asked.
    #[error("the card of this act has to be asked, and it is not here")]
    CardMissing,
    /// Not the holder's code, or no permit of that number: the answer does not tell which.
    #[error("number and CIP do not belong together")]
    CipWrong,
    /// A caller has told too many wrong ones.
    #[error("this caller has told {wrong} wrong CIPs within {minutes} minutes")]
    CallerLimited {
        /// How many.
        wrong: u32,
        /// In which time.
        minutes: u32,
    },
    /// The caller has no name.
    #[error("the caller has no name")]
    CallerMissing,
    /// The printer of letters.
    #[error("the printer: {0}")]
    Printer(
        /// What happened.
        &'static str,
    ),
    /// The printer's program had all the time that it may take.
    #[error("the printer: its command was ended after {seconds} s, and whether a letter came out is not known")]
    PrinterTimeOut {
        /// How much that is.
        seconds: u64,
    },
    /// The file of an encrypted letter.
    #[error("the letter's file could not be written")]
    Output(#[source] std::io::Error),
    /// A letter that cannot be laid out.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A certificate that a letter cannot be encrypted to.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The terminal's certificates do not make a terminal.
    #[error(transparent)]
    Terminal(#[from] CredentialsRefused),
    /// A code that is none.
    #[error(transparent)]
    Codes(#[from] CodesError),
    /// The register refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key is missing or failed.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// Certificates or revocation lists.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The reader failed.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// What opens the chip is no such thing.
    #[error(transparent)]
    Channel(#[from] ChannelError),
}

impl OfficeError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Rules { .. } => "office.rules",
            Self::Reason { .. } => "office.reason",
            Self::Reporter { .. } => "office.reporter",
            Self::List { .. } => "office.list",
            Self::Card(answer) => answer.code(),
            Self::Order { code, .. } => code,
            Self::Unanswered => "office.unanswered",
            Self::CardMissing => "office.card-missing",
            Self::CipWrong => "office.cip-wrong",
            Self::CallerLimited { .. } => "office.caller-limited",
            Self::CallerMissing => "office.caller-missing",
            Self::Printer(_) => "office.printer",
            Self::PrinterTimeOut { .. } => "office.printer-time-out",
            Self::Output(_) => "office.output",
            Self::Envelope(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Terminal(error) => error.code(),
            Self::Codes(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Keystore(error) => error.code(),
            Self::Authority(error) => error.code(),
            Self::Link(error) => error.code(),
            Self::Channel(error) => error.code(),
        }
    }
}

/// A refusal of the life cycle, found before anything is tried.
impl From<TransitionRefused> for OfficeError {
    fn from(refused: TransitionRefused) -> Self {
        Self::Store(refused.into())
    }
}
