//! A chip with at most one fault.

use sigillo_apdu::{CommandApdu, StatusWord, ins};

use super::list::Fault;

/// The fault that is planted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    planted: Option<Fault>,
}

impl Faults {
    /// A chip in order.
    pub(crate) const NONE: Self = Self { planted: None };

    pub(crate) fn of(planted: Option<Fault>) -> Self {
        Self { planted }
    }

    pub(crate) fn has(self, fault: Fault) -> bool {
        self.planted == Some(fault)
    }

    pub(super) fn planted(self) -> Option<Fault> {
        self.planted
    }

    /// The status word that the chip says.
    pub(crate) fn reported(self, status: StatusWord) -> StatusWord {
        use StatusWord::{
            ConditionsNotSatisfied, FileNotFound, InstructionNotSupported, SecureMessagingObjectIncorrect,
            SecureMessagingObjectMissing, SecurityStatusNotSatisfied, TriesLeft,
        };
        match (self.planted, status) {
            (Some(Fault::SmStatusWrong), SecureMessagingObjectIncorrect | SecureMessagingObjectMissing)
            | (Some(Fault::WrongStatusForAccess), SecurityStatusNotSatisfied) => ConditionsNotSatisfied,
            (Some(Fault::WrongStatusForMissingFile), FileNotFound) => StatusWord::WrongData,
            (Some(Fault::WrongStatusForInstruction), InstructionNotSupported) => StatusWord::ClassNotSupported,
            (Some(Fault::WrongStatusForCounter), TriesLeft(tries)) => TriesLeft(tries.saturating_add(1)),
            _ => status,
        }
    }

    /// Whether what this command draws is the same each time.
    pub(crate) fn repeats_randomness(self, command: &CommandApdu, in_session: bool) -> bool {
        let is_nonce = command.data() == [0x7C, 0x00];
        match (self.planted, command.head().ins) {
            (Some(Fault::BacChallengeStatic), ins::GET_CHALLENGE) => !in_session,
            (Some(Fault::TaChallengeStatic), ins::GET_CHALLENGE) => in_session,
            (Some(Fault::PaceNonceStatic), ins::GENERAL_AUTHENTICATE) => is_nonce,
            (Some(Fault::PaceKeysStatic), ins::GENERAL_AUTHENTICATE) => !is_nonce,
            (Some(Fault::Scp03ChallengeStatic), ins::INITIALIZE_UPDATE) => true,
            _ => false,
        }
    }
}
