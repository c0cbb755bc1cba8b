use std::path::{Path, PathBuf};

use sigillo_authority::AuthorityError;
use sigillo_codes::CodesError;
use sigillo_inspect::InspectError;
use sigillo_issuance::canonical::CanonicalError;
use sigillo_issuance::record::{Fault, StoredRefused};
use sigillo_keystore::KeystoreError;
use sigillo_perso::PersoError;
use sigillo_profile::ProfileError;
use sigillo_reader::LinkError;
use sigillo_seal::SealError;
use sigillo_seal::signer::SignerError;
use sigillo_store::{Serial, StoreError};

/// Why the line refuses, stops or cannot go on; never a personal value, never a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// A file could not be read or written.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// There is no home in the folder.
    #[error("{} is no home", home.display())]
    NoHome {
        /// The folder.
        home: PathBuf,
    },
    /// There is a home in the folder already.
    #[error("{} is a home already", home.display())]
    HomeExists {
        /// The folder.
        home: PathBuf,
    },
    /// Another program changes something in the home.
    #[error("another sigillo is at work on {}", home.display())]
    HomeBusy {
        /// The folder.
        home: PathBuf,
    },
    /// The lot has a run that can be resumed.
    #[error("run {run} forms this lot already, and can be resumed")]
    RunOpen {
        /// Its number.
        run: i64,
    },
    /// `sigillo.toml` is not of its form.
    #[error("sigillo.toml: {0}")]
    Configuration(String),
    /// No profile of this name is embedded.
    #[error("no profile is called {0}")]
    ProfileUnknown(String),
    /// A TEST profile in production mode.
    #[error("{0} is a TEST profile, and this home is in production mode")]
    TestProfile(String),
    /// The profile's gate asks for a check that cannot be made here.
    #[error("the release gate of the profile asks for {0}, which cannot be checked here")]
    GateUnavailable(&'static str),
    /// The profile asks for something that this home lacks.
    #[error("the profile asks for {what}, which this home lacks: {how}")]
    WithoutSource {
        /// What.
        what: &'static str,
        /// How it comes into being.
        how: &'static str,
    },
    /// Records of a lot are at fault; nothing was imported.
    #[error("{} faults in the lot, nothing was imported", .0.len())]
    Faults(Vec<Fault>),
    /// A plain file in production.
    #[error("in production lots come in messages of partners, not in plain files")]
    PlainLot,
    /// The lot's plan is not the one that was approved.
    #[error("the plan has digest {found}, not the approved one")]
    PlanDigest {
        /// The digest of the plan, hexadecimal.
        found: String,
    },
    /// A chip that no stock knows, or that is not where the register says.
    #[error("the chip in the reader is {0}")]
    WrongChip(&'static str),
    /// Every chip came, and none of them is the one whose work was interrupted.
    #[error("no chip that came is {0}, whose formation was interrupted")]
    NotTheBoundChip(Serial),
    /// A seal was made and would not stand before a border: it is not released, and its slot is void.
    #[error("the seal is not released: {check} ({code})")]
    NotReleased {
        /// The check.
        check: String,
        /// Why.
        code: String,
    },
    /// A check of the release gate failed.
    #[error("the release gate refused the chip: {check} ({code})")]
    Gate {
        /// The check.
        check: String,
        /// Why.
        code: String,
    },
    /// The chip does not answer, and what becomes of it waits for a decision of the operator.
    #[error("chip {0} does not answer; the register keeps it where it is")]
    Mute(Serial),
    /// Several chips in a row were refused.
    #[error("{0} chips in a row were refused")]
    TooManyRefused(u32),
    /// The magazine or reader has no further chip.
    #[error("no further chip: {left} records wait")]
    NoMoreChips {
        /// Records without a chip.
        left: u64,
    },
    /// The printing machine: whether the card is printed is not known.
    #[error("the printing machine: {0}")]
    Printer(&'static str),
    /// A card was printed with something else than record, chip and register have.
    #[error("card {serial} was printed with another {field}")]
    PrintDiffers {
        /// Its serial.
        serial: Serial,
        /// Which field.
        field: &'static str,
    },
    /// Profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// Canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// Keystore.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// Codes.
    #[error(transparent)]
    Codes(#[from] CodesError),
    /// Certificates and revocation lists of the home.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// Register.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reader.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Plan and driver.
    #[error(transparent)]
    Perso(#[from] PersoError),
    /// Terminal.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// Seal.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Signer.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// A record that cannot be decrypted or read again.
    #[error("the stored record cannot be read")]
    Stored(#[from] StoredRefused),
    /// A record's ciphertext does not belong to its place, or was altered.
    #[error("the stored record was altered")]
    RecordAltered,
    /// Retention destroyed a part of the record that is needed.
    #[error("this part of the record was destroyed by retention: {part}")]
    PartDestroyed {
        /// Which part.
        part: &'static str,
    },
    /// Data keys are left under a wrapping key that was to be destroyed.
    #[error("data keys are left under the old wrapping key: it is not destroyed")]
    RetentionUnfinished,
}

impl LineError {
    /// A file that could not be read or written.
    #[must_use]
    pub fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File { path: path.to_owned(), reason: error.kind().to_string() }
    }

    /// The stable code; that of the inner refusal where there is one.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::File { .. } => "line.file",
            Self::NoHome { .. } => "line.no-home",
            Self::HomeExists { .. } => "line.home-exists",
            Self::HomeBusy { .. } => "line.home-busy",
            Self::RunOpen { .. } => "line.run-open",
            Self::Configuration(_) => "line.configuration",
            Self::ProfileUnknown(_) => "line.profile-unknown",
            Self::TestProfile(_) => "line.test-profile",
            Self::GateUnavailable(_) => "line.gate-unavailable",
            Self::WithoutSource { .. } => "line.without-source",
            Self::Faults(_) => "line.lot-faults",
            Self::PlainLot => "line.plain-lot",
            Self::PlanDigest { .. } => "line.plan-digest",
            Self::WrongChip(_) => "line.wrong-chip",
            Self::NotTheBoundChip(_) => "line.not-the-bound-chip",
            Self::NotReleased { .. } => "line.not-released",
            Self::Gate { .. } => "line.gate",
            Self::Mute(_) => "line.mute",
            Self::TooManyRefused(_) => "line.too-many-refused",
            Self::NoMoreChips { .. } => "line.no-more-chips",
            Self::Printer(_) => "line.printer",
            Self::PrintDiffers { .. } => "line.print-differs",
            Self::Profile(error) => error.code(),
            Self::Canonical(error) => error.code(),
            Self::Keystore(error) => error.code(),
            Self::Codes(error) => error.code(),
            Self::Authority(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Link(error) => error.code(),
            Self::Perso(error) => error.code(),
            Self::Inspect(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Signer(error) => error.code(),
            Self::Stored(error) => error.code(),
            Self::RecordAltered => "line.record-altered",
            Self::PartDestroyed { .. } => "line.part-destroyed",
            Self::RetentionUnfinished => "line.retention-unfinished",
        }
    }
}
