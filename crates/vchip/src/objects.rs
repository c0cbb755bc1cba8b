//! The data objects of a DF that no command reads: passwords, codes, key pairs.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use sigillo_channel::bac::MrzSecret;
use sigillo_channel::pace::PasswordReference;
use sigillo_cvc::{TerminalType, TrustPoint};
use sigillo_secret::SecretBytes;

use crate::keys::KeyPair;

/// What PUT DATA and GENERATE ASYMMETRIC KEY PAIR left in a DF.
#[derive(Default)]
pub(crate) struct Objects {
    /// SHA-1 of the MRZ information, `DF21`: in the master file for PACE, in an application for Basic Access Control.
    pub(crate) mrz_secret: Option<MrzSecret>,
    /// The card access number, `DF22`: six digits in ASCII.
    pub(crate) can: Option<SecretBytes>,
    /// The holder's PIN, `DF23`.
    pub(crate) pin: Option<Code>,
    /// The code that unblocks the PIN, `DF24`.
    pub(crate) puk: Option<Code>,
    /// What Terminal Authentication binds to after Basic Access Control, `DF33`: document number with its check digit.
    pub(crate) chip_identity: Option<SecretBytes>,
    /// Whose certificates terminals may show, `DF31`: at most two of a terminal type on the card.
    pub(crate) trust_points: Vec<TrustPoint>,
    /// Key pairs made on the chip, by key reference.
    pub(crate) key_pairs: BTreeMap<u8, KeyPair>,
}

/// A code of eight digits that may be missed a limited number of times.
pub(crate) struct Code {
    pub(crate) limit: u8,
    pub(crate) tries_left: u8,
    pub(crate) digits: SecretBytes,
}

/// Which code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CodeName {
    Pin,
    Puk,
}

impl Objects {
    /// Octets of memory that the objects take.
    pub(crate) fn footprint(&self) -> usize {
        self.mrz_secret.as_ref().map_or(0, |_| MRZ_SECRET_FOOTPRINT)
            + self.can.as_ref().map_or(0, |_| CODE_FOOTPRINT)
            + self.pin.as_ref().map_or(0, |_| CODE_FOOTPRINT)
            + self.puk.as_ref().map_or(0, |_| CODE_FOOTPRINT)
            + self.chip_identity.as_ref().map_or(0, |_| CODE_FOOTPRINT)
            + self.trust_points.len() * TRUST_POINT_FOOTPRINT
            + self.key_pairs.values().map(KeyPair::footprint).sum::<usize>()
    }

    /// Whether a trust point for this type of terminal is here.
    pub(crate) fn trusts(&self, terminal_type: &TerminalType) -> bool {
        self.trust_points.iter().any(|trust_point| trust_point.template().terminal_type() == terminal_type)
    }

    pub(crate) fn code(&self, name: CodeName) -> Option<&Code> {
        match name {
            CodeName::Pin => self.pin.as_ref(),
            CodeName::Puk => self.puk.as_ref(),
        }
    }

    pub(crate) fn code_mut(&mut self, name: CodeName) -> &mut Option<Code> {
        match name {
            CodeName::Pin => &mut self.pin,
            CodeName::Puk => &mut self.puk,
        }
    }
}

impl Code {
    /// A code that was never missed; `None` for a limit that no status word can show, or for anything but eight digits.
    pub(crate) fn new(limit: u8, digits: &[u8]) -> Option<Self> {
        let is_code = (1..=MAX_LIMIT).contains(&limit) && is_code(digits);
        is_code.then(|| Self { limit, tries_left: limit, digits: SecretBytes::copy_of(digits) })
    }

    /// The same with fewer tries left, as an image has it.
    pub(crate) fn with_tries_left(self, tries_left: u8) -> Option<Self> {
        (tries_left <= self.limit).then_some(Self { tries_left, ..self })
    }

    /// The value that PUT DATA brings: limit, then eight digits.
    pub(crate) fn decode(value: &[u8]) -> Option<Self> {
        let (limit, digits) = value.split_first()?;
        Self::new(*limit, digits)
    }

    /// One try less, before the digits are compared.
    pub(crate) fn lose_try(&mut self) {
        self.tries_left = self.tries_left.saturating_sub(1);
    }

    /// All tries again, after the digits matched.
    pub(crate) fn restore_tries(&mut self) {
        self.tries_left = self.limit;
    }

    /// Other digits, never missed.
    pub(crate) fn change(&mut self, digits: SecretBytes) {
        self.digits = digits;
        self.restore_tries();
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.tries_left == 0
    }
}

impl CodeName {
    /// The code that P2 or PACE's object 83 names.
    pub(crate) fn from_octet(octet: u8) -> Option<Self> {
        [Self::Pin, Self::Puk].into_iter().find(|name| name.octet() == octet)
    }

    /// Its octet there.
    pub(crate) fn octet(self) -> u8 {
        match self {
            Self::Pin => 0x03,
            Self::Puk => 0x04,
        }
    }

    /// The code among the passwords of PACE.
    pub(crate) fn of(password: PasswordReference) -> Option<Self> {
        Self::from_octet(password.octet())
    }
}

/// Whether these octets are eight digits in ASCII.
pub(crate) fn is_code(digits: &[u8]) -> bool {
    digits.len() == CODE_LENGTH && digits.iter().all(u8::is_ascii_digit)
}

/// The digits of a code.
pub(crate) const CODE_LENGTH: usize = 8;
/// The digits of a card access number.
const CAN_LENGTH: usize = 6;
/// The most tries that status word `63Cx` can show.
const MAX_LIMIT: u8 = 15;
/// What the secret of the MRZ takes.
pub(crate) const MRZ_SECRET_FOOTPRINT: usize = 20;
/// How many trust points of one terminal type the card holds.
pub(crate) const MOST_TRUST_POINTS: usize = 2;
/// What a trust point takes, whatever its key.
pub(crate) const TRUST_POINT_FOOTPRINT: usize = 1024;
/// What a code, a card access number or a document number takes.
pub(crate) const CODE_FOOTPRINT: usize = 16;

/// The card access number that PUT DATA brings: six digits in ASCII.
pub(crate) fn decode_can(value: &[u8]) -> Option<SecretBytes> {
    let is_can = value.len() == CAN_LENGTH && value.iter().all(u8::is_ascii_digit);
    is_can.then(|| SecretBytes::copy_of(value))
}

/// The document number with its check digit that PUT DATA brings: capital letters, digits and fillers.
pub(crate) fn decode_chip_identity(value: &[u8]) -> Option<SecretBytes> {
    let is_mrz = |octet: &u8| octet.is_ascii_uppercase() || octet.is_ascii_digit() || *octet == b'<';
    let is_identity = CHIP_IDENTITY.contains(&value.len()) && value.iter().all(is_mrz);
    is_identity.then(|| SecretBytes::copy_of(value))
}

/// Document numbers have nine characters, or more where the MRZ continues them; one is the check digit.
const CHIP_IDENTITY: RangeInclusive<usize> = 10..=24;
