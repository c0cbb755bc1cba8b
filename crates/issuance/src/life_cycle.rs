//! The two life cycles of D5, card and permit, as total tables: state × event → state or a named refusal; who may; what it needs.

/// Who causes an event (D10); small deployments give one person several roles, the table does not change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Actor {
    /// The personalization line.
    Line,
    /// The issuing office (questura): activation, delivery, revocation.
    Office,
    /// The security system of the issuing circuit (SSCE-PSE).
    IssuingCircuit,
    /// The holder, who proves to be so with the CIP.
    HolderByCip,
}

/// What must be at hand before an event may happen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Need {
    /// The chip answered the command that made the change.
    ChipAnswer,
    /// The public keys of the chip are stored.
    PublicKeysStored,
    /// A card of the stock and a record without a card.
    CardAndRecord,
    /// A seal that verified with its chain, its slot used.
    Seal,
    /// Every file compared with its plan under the formation keys.
    FullComparison,
    /// The checks of the profile's release gate, each passed or waived by name.
    GatePassed,
    /// The comparison of the print with the record.
    PrintComparison,
    /// A reason from the list.
    Reason,
    /// A second person who saw the card destroyed.
    Witness,
    /// Two persons of the office.
    TwoPersons,
    /// The holder's CIP, or the office's own report.
    CipOrReport,
    /// The card at the counter, its serial and seal digest equal to the permit's.
    CardPresent,
}

impl Actor {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Office => "office",
            Self::IssuingCircuit => "issuing-circuit",
            Self::HolderByCip => "holder-by-cip",
        }
    }
}

impl Need {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChipAnswer => "chip-answer",
            Self::PublicKeysStored => "public-keys-stored",
            Self::CardAndRecord => "card-and-record",
            Self::Seal => "seal",
            Self::FullComparison => "full-comparison",
            Self::GatePassed => "gate-passed",
            Self::PrintComparison => "print-comparison",
            Self::Reason => "reason",
            Self::Witness => "witness",
            Self::TwoPersons => "two-persons",
            Self::CipOrReport => "cip-or-report",
            Self::CardPresent => "card-present",
        }
    }
}

/// Where a card stands between the vendor's box and the office.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum CardState {
    /// Its serial is known, its initialization is not finished.
    Entering,
    /// Initialized and never bound.
    Stock,
    /// Belongs to one record.
    Bound,
    /// Sealed; everything is stored and was read back.
    Written,
    /// Locked for ever.
    Locked,
    /// Printed, print and chip compared.
    Printed,
    /// Released by the line.
    Released,
    /// Terminated, or destroyed before a witness.
    Scrapped,
}

/// How a card left the world.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ScrapManner {
    /// The chip answered TERMINATE CARD USAGE.
    Terminated,
    /// The chip says nothing any more; destroyed before a witness.
    Mute,
    /// Locked, refused by the gate; destroyed before a witness, since nobody can terminate it any more.
    LockedRefused,
}

/// What can happen to a card.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum CardEvent {
    /// The initialization is complete.
    Initialised,
    /// Joined with a record.
    Bind,
    /// All files stored, sealed and compared.
    Write,
    /// The chip confirmed the lock.
    Lock,
    /// Printed and compared.
    Print,
    /// Through the release gate with its print.
    Release,
    /// Through the release gate of a profile that waives the print, by name.
    ReleaseWaivingPrint,
    /// Out of the world.
    Scrap(ScrapManner),
}

/// Where a record, later the permit, stands.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum RecordState {
    /// `acquisito`: accepted, no card bound.
    Received,
    /// `in formazione`: a card is bound.
    InFormation,
    /// `non emesso`: released by the line; every check says "not issued".
    NotIssued,
    /// `valido`: activated by the issuing office.
    Valid,
    /// `sospeso`: loss or theft reported.
    Suspended,
    /// `revocato`: final.
    Revoked,
    /// `annullato`: never handed over; final.
    Annulled,
}

/// What can happen to a record or a permit.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum RecordEvent {
    /// Joined with a card.
    Bind,
    /// Its card was scrapped: it is remade, or its dead permit lost its last trace of plastic.
    CardScrapped,
    /// Its card left the line.
    Release,
    /// The office made it valid.
    Activate,
    /// Handed over: a dated fact on a valid permit.
    Deliver,
    /// Loss or theft reported.
    Suspend,
    /// Found again.
    Reinstate,
    /// Withdrawn by the questura.
    Revoke,
    /// Withdrawn before it was ever handed over.
    Annul,
}

/// A transition that its table refuses, with the refusal's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{machine} is {from}: {event} is refused, {why}")]
pub struct TransitionRefused {
    /// `card` or `permit`.
    pub machine: &'static str,
    /// The state it is in.
    pub from: &'static str,
    /// What was asked.
    pub event: &'static str,
    why: &'static str,
    code: &'static str,
}

impl TransitionRefused {
    /// The stable code, `card.…` or `permit.…`.
    pub const fn code(&self) -> &'static str {
        self.code
    }
}

/// A named refusal: its code and its sentence.
type Refusal = (&'static str, &'static str);

impl CardState {
    /// Every state, in the order of a card's life.
    pub const ALL: [Self; 8] = [
        Self::Entering,
        Self::Stock,
        Self::Bound,
        Self::Written,
        Self::Locked,
        Self::Printed,
        Self::Released,
        Self::Scrapped,
    ];

    /// The state after an event.
    ///
    /// # Errors
    ///
    /// [`TransitionRefused`] with the name of the refusal.
    pub const fn apply(self, event: CardEvent) -> Result<Self, TransitionRefused> {
        match self.next(event) {
            Ok(state) => Ok(state),
            Err((code, why)) => {
                Err(TransitionRefused { machine: "card", from: self.name(), event: event.name(), why, code })
            }
        }
    }

    /// The table: one arm a cell or a group of cells, no catch-all.
    const fn next(self, event: CardEvent) -> Result<Self, Refusal> {
        use CardEvent as E;
        use CardState as S;
        use ScrapManner as M;
        match (self, event) {
            (S::Entering, E::Initialised) => Ok(S::Stock),
            (S::Stock, E::Bind) => Ok(S::Bound),
            (S::Bound, E::Write) => Ok(S::Written),
            (S::Written, E::Lock) => Ok(S::Locked),
            (S::Locked, E::Print) => Ok(S::Printed),
            (S::Locked, E::ReleaseWaivingPrint) | (S::Printed, E::Release) => Ok(S::Released),
            (
                S::Entering | S::Stock | S::Bound | S::Written | S::Locked | S::Printed | S::Released,
                E::Scrap(M::Terminated | M::Mute),
            )
            | (S::Locked | S::Printed, E::Scrap(M::LockedRefused)) => Ok(S::Scrapped),

            (S::Entering | S::Stock | S::Bound | S::Written, E::Scrap(M::LockedRefused)) => Err(NOT_LOCKED),
            (S::Released, E::Scrap(M::LockedRefused)) => Err(RELEASED),
            (S::Entering, E::Bind | E::Write | E::Lock | E::Print | E::Release | E::ReleaseWaivingPrint) => {
                Err(NOT_INITIALISED)
            }
            (S::Stock, E::Write | E::Lock | E::Print | E::Release | E::ReleaseWaivingPrint) => Err(NOT_BOUND),
            (S::Bound, E::Lock | E::Print | E::Release | E::ReleaseWaivingPrint) => Err(NOT_WRITTEN),
            (S::Written, E::Print | E::Release | E::ReleaseWaivingPrint) => Err(NOT_LOCKED),
            (S::Locked, E::Release) => Err(NOT_PRINTED),
            (S::Printed, E::ReleaseWaivingPrint) => Err(NOTHING_TO_WAIVE),
            (S::Stock | S::Bound | S::Written | S::Locked | S::Printed, E::Initialised) => Err(ALREADY_INITIALISED),
            (S::Bound | S::Written | S::Locked | S::Printed, E::Bind) => Err(ALREADY_BOUND),
            (S::Written, E::Write) => Err(ALREADY_WRITTEN),
            (S::Locked | S::Printed, E::Write | E::Lock) => Err(ALREADY_LOCKED),
            (S::Printed, E::Print) => Err(ALREADY_PRINTED),
            (
                S::Released,
                E::Initialised | E::Bind | E::Write | E::Lock | E::Print | E::Release | E::ReleaseWaivingPrint,
            ) => Err(RELEASED),
            (
                S::Scrapped,
                E::Initialised
                | E::Bind
                | E::Write
                | E::Lock
                | E::Print
                | E::Release
                | E::ReleaseWaivingPrint
                | E::Scrap(M::Terminated | M::Mute | M::LockedRefused),
            ) => Err(SCRAPPED),
        }
    }

    /// The stable name, as stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entering => "entering",
            Self::Stock => "stock",
            Self::Bound => "bound",
            Self::Written => "written",
            Self::Locked => "locked",
            Self::Printed => "printed",
            Self::Released => "released",
            Self::Scrapped => "scrapped",
        }
    }

    /// The state of a stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl ScrapManner {
    /// Every manner.
    pub const ALL: [Self; 3] = [Self::Terminated, Self::Mute, Self::LockedRefused];

    /// The stable name, as stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terminated => "terminated",
            Self::Mute => "mute",
            Self::LockedRefused => "locked-refused",
        }
    }

    /// The manner of a stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|manner| manner.name() == name)
    }

    /// Whether a second person must have seen the card destroyed.
    pub const fn needs_witness(self) -> bool {
        match self {
            Self::Terminated => false,
            Self::Mute | Self::LockedRefused => true,
        }
    }
}

impl CardEvent {
    /// Every event.
    pub const ALL: [Self; 10] = [
        Self::Initialised,
        Self::Bind,
        Self::Write,
        Self::Lock,
        Self::Print,
        Self::Release,
        Self::ReleaseWaivingPrint,
        Self::Scrap(ScrapManner::Terminated),
        Self::Scrap(ScrapManner::Mute),
        Self::Scrap(ScrapManner::LockedRefused),
    ];

    /// The stable name, as traced.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initialised => "initialised",
            Self::Bind => "bind",
            Self::Write => "write",
            Self::Lock => "lock",
            Self::Print => "print",
            Self::Release => "release",
            Self::ReleaseWaivingPrint => "release-waiving-print",
            Self::Scrap(ScrapManner::Terminated) => "scrap-terminated",
            Self::Scrap(ScrapManner::Mute) => "scrap-mute",
            Self::Scrap(ScrapManner::LockedRefused) => "scrap-locked-refused",
        }
    }

    /// Who may cause it.
    pub const fn actors(self) -> &'static [Actor] {
        match self {
            Self::Initialised
            | Self::Bind
            | Self::Write
            | Self::Lock
            | Self::Print
            | Self::Release
            | Self::ReleaseWaivingPrint
            | Self::Scrap(ScrapManner::LockedRefused) => &[Actor::Line],
            Self::Scrap(ScrapManner::Terminated | ScrapManner::Mute) => &[Actor::Line, Actor::Office],
        }
    }

    /// What it needs.
    pub const fn needs(self) -> &'static [Need] {
        match self {
            Self::Initialised => &[Need::ChipAnswer, Need::PublicKeysStored],
            Self::Bind => &[Need::CardAndRecord],
            Self::Write => &[Need::Seal, Need::FullComparison],
            Self::Lock => &[Need::ChipAnswer],
            Self::Print => &[Need::PrintComparison],
            Self::Release | Self::ReleaseWaivingPrint => &[Need::GatePassed],
            Self::Scrap(ScrapManner::Terminated) => &[Need::ChipAnswer, Need::Reason],
            Self::Scrap(ScrapManner::Mute | ScrapManner::LockedRefused) => &[Need::Reason, Need::Witness],
        }
    }
}

impl RecordState {
    /// Every state, in the order of a permit's life.
    pub const ALL: [Self; 7] = [
        Self::Received,
        Self::InFormation,
        Self::NotIssued,
        Self::Valid,
        Self::Suspended,
        Self::Revoked,
        Self::Annulled,
    ];

    /// The state after an event.
    ///
    /// # Errors
    ///
    /// [`TransitionRefused`] with the name of the refusal.
    pub const fn apply(self, event: RecordEvent) -> Result<Self, TransitionRefused> {
        match self.next(event) {
            Ok(state) => Ok(state),
            Err((code, why)) => {
                Err(TransitionRefused { machine: "permit", from: self.name(), event: event.name(), why, code })
            }
        }
    }

    /// The table: one arm a cell or a group of cells, no catch-all.
    const fn next(self, event: RecordEvent) -> Result<Self, Refusal> {
        use RecordEvent as E;
        use RecordState as S;
        match (self, event) {
            (S::Received, E::Bind) => Ok(S::InFormation),
            (S::InFormation, E::CardScrapped) => Ok(S::Received),
            (S::InFormation, E::Release) => Ok(S::NotIssued),
            (S::NotIssued, E::Activate) | (S::Valid, E::Deliver) | (S::Suspended, E::Reinstate) => Ok(S::Valid),
            (S::Valid, E::Suspend) => Ok(S::Suspended),
            (S::NotIssued | S::Valid | S::Suspended, E::Revoke) | (S::Revoked, E::CardScrapped) => Ok(S::Revoked),
            (S::Received | S::NotIssued, E::Annul) | (S::Annulled, E::CardScrapped) => Ok(S::Annulled),

            (S::Received, E::CardScrapped | E::Release) => Err(NO_CARD),
            (S::Received | S::InFormation, E::Activate | E::Deliver | E::Suspend | E::Reinstate | E::Revoke) => {
                Err(NOT_RELEASED)
            }
            (S::InFormation, E::Bind) => Err(CARD_BOUND),
            (S::InFormation, E::Annul) => Err(CARD_BOUND),
            (S::NotIssued | S::Valid | S::Suspended, E::Bind | E::Release) => Err(ALREADY_RELEASED),
            (S::NotIssued | S::Valid | S::Suspended, E::CardScrapped) => Err(PERMIT_LIVES),
            (S::NotIssued, E::Deliver | E::Suspend) => Err(NOT_ACTIVE),
            (S::NotIssued | S::Valid, E::Reinstate) => Err(NOT_SUSPENDED),
            (S::Valid, E::Activate) => Err(ALREADY_ACTIVE),
            (S::Valid | S::Suspended, E::Annul) => Err(MADE_VALID),
            (S::Suspended, E::Activate | E::Deliver | E::Suspend) => Err(SUSPENDED),
            (
                S::Revoked | S::Annulled,
                E::Bind | E::Release | E::Activate | E::Deliver | E::Suspend | E::Reinstate | E::Revoke | E::Annul,
            ) => Err(FINAL),
        }
    }

    /// The stable name, as stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::InFormation => "in_formation",
            Self::NotIssued => "not_issued",
            Self::Valid => "valid",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Annulled => "annulled",
        }
    }

    /// The Italian name that offices use.
    pub const fn italian(self) -> &'static str {
        match self {
            Self::Received => "acquisito",
            Self::InFormation => "in formazione",
            Self::NotIssued => "non emesso",
            Self::Valid => "valido",
            Self::Suspended => "sospeso",
            Self::Revoked => "revocato",
            Self::Annulled => "annullato",
        }
    }

    /// The state of a stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl RecordEvent {
    /// Every event.
    pub const ALL: [Self; 9] = [
        Self::Bind,
        Self::CardScrapped,
        Self::Release,
        Self::Activate,
        Self::Deliver,
        Self::Suspend,
        Self::Reinstate,
        Self::Revoke,
        Self::Annul,
    ];

    /// The stable name, as traced.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::CardScrapped => "card-scrapped",
            Self::Release => "release",
            Self::Activate => "activate",
            Self::Deliver => "deliver",
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
            Self::Revoke => "revoke",
            Self::Annul => "annul",
        }
    }

    /// The event of a traced name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// Who may cause it.
    pub const fn actors(self) -> &'static [Actor] {
        match self {
            Self::Bind | Self::Release => &[Actor::Line],
            Self::CardScrapped => &[Actor::Line, Actor::Office],
            Self::Activate | Self::Deliver | Self::Reinstate | Self::Revoke => &[Actor::Office],
            Self::Suspend => &[Actor::HolderByCip, Actor::Office],
            Self::Annul => &[Actor::Office, Actor::IssuingCircuit],
        }
    }

    /// What it needs.
    pub const fn needs(self) -> &'static [Need] {
        match self {
            Self::Bind => &[Need::CardAndRecord],
            Self::CardScrapped | Self::Revoke | Self::Annul => &[Need::Reason],
            Self::Release => &[Need::GatePassed],
            Self::Activate | Self::Deliver => &[Need::CardPresent],
            Self::Suspend => &[Need::CipOrReport],
            Self::Reinstate => &[Need::TwoPersons],
        }
    }
}

const NOT_INITIALISED: Refusal = ("card.not-initialised", "its initialization is not finished");
const NOT_BOUND: Refusal = ("card.not-bound", "it belongs to no record");
const NOT_WRITTEN: Refusal = ("card.not-written", "its files are not stored and compared");
const NOT_LOCKED: Refusal = ("card.not-locked", "it is not locked");
const NOT_PRINTED: Refusal = ("card.not-printed", "its print is missing and was not waived");
const NOTHING_TO_WAIVE: Refusal = ("card.nothing-to-waive", "it is printed, so its print is compared and never waived");
const ALREADY_INITIALISED: Refusal = ("card.already-initialised", "its initialization is finished");
const ALREADY_BOUND: Refusal = ("card.already-bound", "a card belongs to one record until it is released or scrapped");
const ALREADY_WRITTEN: Refusal = ("card.already-written", "its files are stored and compared");
const ALREADY_LOCKED: Refusal = ("card.already-locked", "a locked card never changes");
const ALREADY_PRINTED: Refusal = ("card.already-printed", "a card is printed once");
const RELEASED: Refusal = ("card.released", "it has left the line");
const SCRAPPED: Refusal = ("card.scrapped", "a scrapped card never comes back");
const NO_CARD: Refusal = ("permit.no-card", "no card is bound");
const CARD_BOUND: Refusal = ("permit.card-bound", "a card is bound, which has to be released or scrapped first");
const NOT_RELEASED: Refusal = ("permit.not-released", "the line has not released it");
const ALREADY_RELEASED: Refusal = ("permit.already-released", "the line has released it");
const PERMIT_LIVES: Refusal = ("permit.lives", "the permit has to be revoked or annulled before its card is scrapped");
const NOT_ACTIVE: Refusal = ("permit.not-active", "the office has not activated it");
const ALREADY_ACTIVE: Refusal = ("permit.already-active", "it is valid");
const NOT_SUSPENDED: Refusal = ("permit.not-suspended", "it is not suspended");
const SUSPENDED: Refusal = ("permit.suspended", "it is suspended: it is found again, or revoked");
const MADE_VALID: Refusal = ("permit.made-valid", "it was made valid: it can only be revoked");
const FINAL: Refusal = ("permit.final", "its state is final");
