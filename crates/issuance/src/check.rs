//! What a check of a permit answers (D2, D5): the chip's word, the register's, and whether both speak of one card. The
//! strictest answer wins, and it has a name.
//!
//! ```text
//! ChipFacts → ChipWord ────────┐
//! SealMatch ───────────────────┼→ Asked → Answer
//! state, valid_to, day → RegisterWord ┘
//! ```

use jiff::civil::Date;

use crate::life_cycle::RecordState;

/// What one session with a chip found out, part by part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "the parts that a verdict is made of")]
pub struct ChipFacts {
    /// Whether chip and document are genuine.
    pub authenticity: Authenticity,
    /// What is known of the certificate of the document's signer.
    pub signer: SignerStatus,
    /// What the application of the issuing office says.
    pub services: Services,
    /// Whether the day of the check lies within the validity printed in the machine readable zone.
    pub validity: Validity,
}

/// Whether chip and document are genuine, as far as the protocols can tell.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums, reason = "two verdicts, and the honest third word")]
pub enum Authenticity {
    /// Every check that must pass has passed.
    Proven,
    /// Nothing is wrong, and not everything could be shown.
    Unproven,
    /// A check failed.
    Refuted,
}

/// What is known of the certificate of the document's signer.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums, reason = "two verdicts, and the honest third word")]
pub enum SignerStatus {
    /// The revocation lists have nothing against it, or the settings do without them.
    Good,
    /// The settings ask for a list in date, and there is none.
    Unknown,
    /// It is revoked.
    Revoked,
}

/// What the application of the issuing office says under the keys of Chip Authentication.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums, reason = "two states, and the honest third word")]
pub enum Services {
    /// Activated by the office.
    Activated,
    /// It did not say.
    Unknown,
    /// As the line left it.
    Deactivated,
}

/// Whether a day lies within a permit's validity: its last day is part of it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums, reason = "two verdicts, and the honest third word")]
pub enum Validity {
    /// It does.
    InDate,
    /// The last day is not known.
    Unknown,
    /// The last day has passed.
    Expired,
}

/// What the chip says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "the answers of a chip")]
pub enum ChipWord {
    /// A genuine chip in date whose application is active.
    Active,
    /// As active, and its last day has passed.
    Expired,
    /// Genuine, and never activated.
    NotIssued,
    /// Whether its signer's certificate still counts is not known.
    SignerUnknown,
    /// It did not prove everything that it must.
    Unproven,
    /// It could not be read.
    Unread,
    /// It answers as terminated.
    Terminated,
    /// The certificate of its signer is revoked.
    SignerRevoked,
    /// A check of its authenticity failed.
    NotAuthentic,
}

/// What the register says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "the answers of a register")]
pub enum RegisterWord {
    /// Valid and in date.
    Valid,
    /// Valid, and its last day is not in the register.
    NoValidity,
    /// Valid, and its last day has passed.
    Expired,
    /// Released by the line, not activated.
    NotIssued,
    /// Still with the line.
    NotReleased,
    /// Suspended.
    Suspended,
    /// Revoked.
    Revoked,
    /// Annulled.
    Annulled,
    /// No permit has this number.
    Unknown,
}

/// Whether the EF.SOD that was read is the permit's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "every outcome of a comparison")]
pub enum SealMatch {
    /// It is.
    Same,
    /// There was nothing to compare: no EF.SOD, or no permit.
    NotCompared,
    /// It belongs to another card of the register: another permit's, or one that was scrapped.
    OtherCard,
    /// The register knows no card with it.
    Foreign,
}

/// Who was asked, and what they said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "one side, the other, or both")]
pub enum Asked {
    /// The chip alone: a terminal without a line to the register.
    Chip(ChipWord),
    /// The register alone: a telephone without a card.
    Register(RegisterWord),
    /// Both.
    Both {
        /// The chip.
        chip: ChipWord,
        /// Whether it is the permit's card.
        seal: SealMatch,
        /// The register.
        register: RegisterWord,
    },
}

/// The answer of a check, from the mildest to the strictest: of several, the last one wins.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums, reason = "every answer that a check can give")]
pub enum Answer {
    /// Chip and register agree.
    Valid,
    /// Valid as far as a chip can say.
    ValidByChip,
    /// Valid as far as a register can say without the card.
    ValidByRegister,
    /// See [`ChipWord::SignerUnknown`].
    SignerUnknown,
    /// See [`ChipWord::Unproven`]; or chip and register were never compared.
    Unproven,
    /// See [`ChipWord::Unread`].
    Unread,
    /// See [`RegisterWord::NoValidity`].
    NoValidity,
    /// The last day has passed.
    Expired,
    /// See [`ChipWord::NotIssued`] and [`RegisterWord::NotIssued`].
    NotIssued,
    /// See [`RegisterWord::NotReleased`].
    NotReleased,
    /// Suspended.
    Suspended,
    /// See [`ChipWord::Terminated`].
    Terminated,
    /// Revoked.
    Revoked,
    /// Annulled.
    Annulled,
    /// No permit has this number.
    Unknown,
    /// See [`SealMatch::OtherCard`].
    OtherCard,
    /// See [`SealMatch::Foreign`].
    ForeignSeal,
    /// See [`ChipWord::SignerRevoked`].
    SignerRevoked,
    /// See [`ChipWord::NotAuthentic`].
    NotAuthentic,
}

impl Validity {
    /// The validity of a permit whose last day is this one, on a day.
    #[must_use]
    pub fn on(day: Date, valid_to: Option<Date>) -> Self {
        match valid_to {
            None => Self::Unknown,
            Some(last) if day > last => Self::Expired,
            Some(_) => Self::InDate,
        }
    }
}

impl ChipWord {
    /// The word of a chip that was read.
    #[must_use]
    pub const fn of(facts: ChipFacts) -> Self {
        match facts {
            ChipFacts { authenticity: Authenticity::Refuted, .. } => Self::NotAuthentic,
            ChipFacts { signer: SignerStatus::Revoked, .. } => Self::SignerRevoked,
            ChipFacts { services: Services::Deactivated, .. } => Self::NotIssued,
            ChipFacts { validity: Validity::Expired, .. } => Self::Expired,
            ChipFacts { authenticity: Authenticity::Unproven, .. }
            | ChipFacts { services: Services::Unknown, .. }
            | ChipFacts { validity: Validity::Unknown, .. } => Self::Unproven,
            ChipFacts { signer: SignerStatus::Unknown, .. } => Self::SignerUnknown,
            ChipFacts {
                authenticity: Authenticity::Proven,
                signer: SignerStatus::Good,
                services: Services::Activated,
                validity: Validity::InDate,
            } => Self::Active,
        }
    }
}

impl RegisterWord {
    /// The word of a register that found a record in this state, or none.
    #[must_use]
    pub const fn of(state: Option<RecordState>, validity: Validity) -> Self {
        match (state, validity) {
            (None, _) => Self::Unknown,
            (Some(RecordState::Received | RecordState::InFormation), _) => Self::NotReleased,
            (Some(RecordState::NotIssued), _) => Self::NotIssued,
            (Some(RecordState::Valid), Validity::InDate) => Self::Valid,
            (Some(RecordState::Valid), Validity::Unknown) => Self::NoValidity,
            (Some(RecordState::Valid), Validity::Expired) => Self::Expired,
            (Some(RecordState::Suspended), _) => Self::Suspended,
            (Some(RecordState::Revoked), _) => Self::Revoked,
            (Some(RecordState::Annulled), _) => Self::Annulled,
        }
    }
}

impl Answer {
    /// Every answer, from the mildest to the strictest.
    pub const ALL: [Self; 19] = [
        Self::Valid,
        Self::ValidByChip,
        Self::ValidByRegister,
        Self::SignerUnknown,
        Self::Unproven,
        Self::Unread,
        Self::NoValidity,
        Self::Expired,
        Self::NotIssued,
        Self::NotReleased,
        Self::Suspended,
        Self::Terminated,
        Self::Revoked,
        Self::Annulled,
        Self::Unknown,
        Self::OtherCard,
        Self::ForeignSeal,
        Self::SignerRevoked,
        Self::NotAuthentic,
    ];

    /// The answer to who was asked: the strictest of what was said.
    #[must_use]
    pub fn of(asked: Asked) -> Self {
        match asked {
            Asked::Chip(ChipWord::Active) => Self::ValidByChip,
            Asked::Chip(chip) => Self::from(chip),
            Asked::Register(RegisterWord::Valid) => Self::ValidByRegister,
            Asked::Register(register) => Self::from(register),
            Asked::Both { chip, seal, register } => {
                let seal = match seal {
                    SealMatch::Same => Self::Valid,
                    // Nobody showed that this is the permit's card.
                    SealMatch::NotCompared => Self::Unproven,
                    SealMatch::OtherCard => Self::OtherCard,
                    SealMatch::Foreign => Self::ForeignSeal,
                };
                Self::from(chip).max(seal).max(Self::from(register))
            }
        }
    }

    /// Whether the permit may be trusted.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        matches!(self, Self::Valid | Self::ValidByChip | Self::ValidByRegister)
    }
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Valid => "check.valid",
            Self::ValidByChip => "check.valid-by-chip",
            Self::ValidByRegister => "check.valid-by-register",
            Self::SignerUnknown => "check.signer-unknown",
            Self::Unproven => "check.unproven",
            Self::Unread => "check.unread",
            Self::NoValidity => "check.no-validity",
            Self::Expired => "check.expired",
            Self::NotIssued => "check.not-issued",
            Self::NotReleased => "check.not-released",
            Self::Suspended => "check.suspended",
            Self::Terminated => "check.terminated",
            Self::Revoked => "check.revoked",
            Self::Annulled => "check.annulled",
            Self::Unknown => "check.unknown",
            Self::OtherCard => "check.other-card",
            Self::ForeignSeal => "check.foreign-seal",
            Self::SignerRevoked => "check.signer-revoked",
            Self::NotAuthentic => "check.not-authentic",
        }
    }

    /// What an Italian office calls it.
    #[must_use]
    pub const fn italian(self) -> &'static str {
        match self {
            Self::Valid | Self::ValidByChip | Self::ValidByRegister => "valido",
            Self::SignerUnknown => "firmatario non verificabile",
            Self::Unproven => "autenticità non provata",
            Self::Unread => "non leggibile",
            Self::NoValidity => "scadenza sconosciuta",
            Self::Expired => "scaduto",
            Self::NotIssued => "non emesso",
            Self::NotReleased => "in produzione",
            Self::Suspended => "sospeso",
            Self::Terminated => "carta disattivata per sempre",
            Self::Revoked => "revocato",
            Self::Annulled => "annullato",
            Self::Unknown => "sconosciuto",
            Self::OtherCard => "altra carta",
            Self::ForeignSeal => "sigillo sconosciuto",
            Self::SignerRevoked => "firmatario revocato",
            Self::NotAuthentic => "non autentico",
        }
    }

    /// One sentence.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::Valid => "chip and register agree that the permit is valid",
            Self::ValidByChip => "the chip is genuine, active and in date; the register was not asked",
            Self::ValidByRegister => "the register says valid and in date; no card was looked at",
            Self::SignerUnknown => "no revocation list in date speaks for the certificate of the document's signer",
            Self::Unproven => {
                "the chip did not prove everything that it must, or nobody showed that it is the permit's"
            }
            Self::Unread => "the chip could not be read",
            Self::NoValidity => "the register does not know the permit's last day",
            Self::Expired => "the permit's last day has passed",
            Self::NotIssued => "no office has activated the permit",
            Self::NotReleased => "the line has not released the permit",
            Self::Suspended => "the permit is suspended",
            Self::Terminated => "the chip was terminated",
            Self::Revoked => "the permit is revoked",
            Self::Annulled => "the permit is annulled",
            Self::Unknown => "the register knows no permit of this number",
            Self::OtherCard => "the chip is another card of the register, not the one of this permit",
            Self::ForeignSeal => "the register knows no card with the seal of this chip",
            Self::SignerRevoked => "the certificate of the document's signer is revoked",
            Self::NotAuthentic => "a check of the chip's authenticity failed",
        }
    }
}

impl From<ChipWord> for Answer {
    fn from(word: ChipWord) -> Self {
        match word {
            ChipWord::Active => Self::Valid,
            ChipWord::Expired => Self::Expired,
            ChipWord::NotIssued => Self::NotIssued,
            ChipWord::SignerUnknown => Self::SignerUnknown,
            ChipWord::Unproven => Self::Unproven,
            ChipWord::Unread => Self::Unread,
            ChipWord::Terminated => Self::Terminated,
            ChipWord::SignerRevoked => Self::SignerRevoked,
            ChipWord::NotAuthentic => Self::NotAuthentic,
        }
    }
}

impl From<RegisterWord> for Answer {
    fn from(word: RegisterWord) -> Self {
        match word {
            RegisterWord::Valid => Self::Valid,
            RegisterWord::NoValidity => Self::NoValidity,
            RegisterWord::Expired => Self::Expired,
            RegisterWord::NotIssued => Self::NotIssued,
            RegisterWord::NotReleased => Self::NotReleased,
            RegisterWord::Suspended => Self::Suspended,
            RegisterWord::Revoked => Self::Revoked,
            RegisterWord::Annulled => Self::Annulled,
            RegisterWord::Unknown => Self::Unknown,
        }
    }
}
