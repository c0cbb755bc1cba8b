use std::fmt;

use sigillo_apdu::StatusWord;
use sigillo_apdu::fcp::LifeCycle;
use sigillo_crypto::sha256;

use crate::access_checks::access;
use crate::authenticity::told;
use crate::check::Check;
use crate::error::InspectError;
use crate::file_name::FileName;
use crate::judge::{INTEGRITY, session};
use crate::outcome::ReadOutcome;
use crate::request::Errand;
use crate::sealed::{is_dg14_sealed, is_expected};
use crate::services::order::OrderName;

/// What a service session brought back, also where it broke off.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceOutcome {
    /// The way in: what was read, and what the protocols proved.
    pub read: ReadOutcome,
    /// The application's life cycle before the first order; `None` if the session did not come that far.
    pub before: Option<LifeCycle>,
    /// The same after the last one, as the chip told it; `None` if it did not.
    pub after: Option<LifeCycle>,
    /// Each order that was given, in its turn.
    pub orders: Vec<Ordered>,
    /// What broke the session before its time.
    pub broken: Option<InspectError>,
    pub(super) errand: Errand,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ordered {
    /// Which one.
    pub order: OrderName,
    /// How many of its commands the chip confirmed: of *set codes* the PIN's, then the PUK's.
    pub confirmed: u8,
    /// How it ended.
    pub result: OrderResult,
}

/// How an order ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "whoever gives an order decides for each of these")]
pub enum OrderResult {
    /// The chip did it.
    Done,
    /// It was so before: nothing was sent.
    AlreadySo,
    /// So many tries has the PIN left; with none it is blocked.
    Tries(u8),
    /// The code was wrong; with no try left it is blocked from now on.
    Wrong {
        /// Which code.
        code: CodeName,
        /// The tries that it has left.
        tries_left: u8,
    },
    /// The code was blocked before: nothing was compared. A blocked PUK is helped by *set codes* alone.
    Blocked(CodeName),
    /// The chip refused.
    Refused(StatusWord),
    /// A command was sent and no answer came: whether the chip did it, only another session tells.
    Unanswered,
    /// Nothing was sent.
    NotSent(NotSent),
}

/// Which code was missed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "the codes of decision D6 that the chip compares")]
pub enum CodeName {
    /// The PIN.
    Pin,
    /// The PUK.
    Puk,
}

/// Why an order was not sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "whoever gives an order decides for each of these")]
pub enum NotSent {
    /// EF.SOD has another digest than the expected one: it is another chip.
    OtherChip,
    /// DG14 is not under the seal of EF.SOD, so that nobody knows whose key Chip Authentication would prove.
    NotSealed,
    /// The chip did not prove its key.
    NoChipAuthentication,
    /// The chip did not believe the terminal.
    NoTerminalAuthentication,
    /// The application is not there, or says nothing that can be believed.
    NoApplication,
    /// The application is deactivated, and takes nothing of the kind.
    Deactivated,
    /// It is the office's order, and nobody showed an office's terminal.
    NotTheHolders,
    /// An order before it failed.
    AfterFailure,
    /// The session broke off before.
    SessionEnded,
}

impl ServiceOutcome {
    /// SHA-256 of EF.SOD, if it was read.
    #[must_use]
    pub fn sod_digest(&self) -> Option<[u8; 32]> {
        self.read.file(FileName::Sod).map(sha256)
    }

    /// Whether every order was carried out, or was so before.
    #[must_use]
    pub fn is_carried_out(&self) -> bool {
        self.broken.is_none() && self.orders.iter().all(|ordered| ordered.result.is_success())
    }

    /// What became of the first order of this name.
    #[must_use]
    pub fn result(&self, name: OrderName) -> Option<OrderResult> {
        self.orders.iter().find(|ordered| ordered.order == name).map(|ordered| ordered.result)
    }

    /// What the session proved, by name.
    ///
    /// | check | what holds |
    /// |---|---|
    /// | `access.card-access`, `access.pace`, `session.integrity` | as in [`crate::judge`] |
    /// | `sod.digest` | EF.SOD is the one that the office expects; of an office's session only |
    /// | `dg14.hash` | DG14, with the key of Chip Authentication, has its hash in EF.SOD; of an office's session only |
    /// | `chip-authentication`, `terminal-authentication` | as in [`crate::judge`]; of an office's session only |
    /// | `eservices.life-cycle` | status word and parameters of the application agree |
    #[must_use]
    pub fn checks(&self) -> Vec<Check> {
        let mut checks = access(&self.read);
        let integrity = match &self.broken {
            Some(error) if self.read.broken.is_none() => Check::failed(INTEGRITY, error.code(), error.to_string()),
            _ => session(&self.read, &mut checks),
        };
        checks.retain(|check| check.name != "access.bac");
        checks.push(integrity);
        if let Errand::Office { sod_digest } = self.errand {
            checks.push(match self.read.file(FileName::Sod) {
                None => Check::not_run(SOD_DIGEST, "EF.SOD was not read"),
                Some(_) => Check::that(
                    is_expected(&self.read, sod_digest),
                    SOD_DIGEST,
                    "inspect.other-chip",
                    "EF.SOD is not the one of the permit",
                ),
            });
            checks.push(Check::that(
                is_dg14_sealed(&self.read),
                "dg14.hash",
                "inspect.unsealed-key",
                "DG14 was not read, or is not the one that was sealed",
            ));
            checks.push(told("chip-authentication", &self.read.chip_authentication));
            checks.push(told("terminal-authentication", &self.read.terminal_authentication));
        }
        checks.push(told("eservices.life-cycle", &self.read.services));
        checks
    }
}

impl OrderResult {
    /// Whether what was ordered is so now.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Done | Self::AlreadySo | Self::Tries(_))
    }

    /// The stable code of a failure.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Done | Self::AlreadySo | Self::Tries(_) => return None,
            Self::Wrong { code: CodeName::Pin, .. } => "inspect.pin-wrong",
            Self::Wrong { code: CodeName::Puk, .. } => "inspect.puk-wrong",
            Self::Blocked(CodeName::Pin) => "inspect.pin-blocked",
            Self::Blocked(CodeName::Puk) => "inspect.puk-exhausted",
            Self::Refused(_) => "inspect.order-refused",
            Self::Unanswered => "inspect.order-unanswered",
            Self::NotSent(why) => why.code(),
        })
    }
}

impl NotSent {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OtherChip => "inspect.other-chip",
            Self::NotSealed => "inspect.unsealed-key",
            Self::NoChipAuthentication => "inspect.chip-unproven",
            Self::NoTerminalAuthentication => "inspect.terminal-refused",
            Self::NoApplication => "inspect.no-services",
            Self::Deactivated => "inspect.services-deactivated",
            Self::NotTheHolders => "inspect.not-the-holders",
            Self::AfterFailure => "inspect.after-failure",
            Self::SessionEnded => "inspect.session-ended",
        }
    }
}

impl fmt::Display for CodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pin => "PIN",
            Self::Puk => "PUK",
        })
    }
}

/// One line for people, without a code.
impl fmt::Display for OrderResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::AlreadySo => f.write_str("it was so already"),
            Self::Tries(tries) => write!(f, "the PIN has {}", tries_of(*tries)),
            Self::Wrong { code, tries_left: 0 } => write!(f, "the {code} was wrong, and is blocked now"),
            Self::Wrong { code, tries_left } => write!(f, "the {code} was wrong; it has {}", tries_of(*tries_left)),
            Self::Blocked(CodeName::Pin) => f.write_str("the PIN is blocked"),
            Self::Blocked(CodeName::Puk) => f.write_str("the PUK is exhausted"),
            Self::Refused(status) => write!(f, "the chip answered {status}"),
            Self::Unanswered => f.write_str("no answer came, and the chip may have done it"),
            Self::NotSent(why) => why.fmt(f),
        }
    }
}

fn tries_of(tries: u8) -> String {
    match tries {
        0 => "no try left".to_owned(),
        1 => "one try left".to_owned(),
        tries => format!("{tries} tries left"),
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherChip => "EF.SOD is not the one of the permit: it is another chip",
            Self::NotSealed => "DG14 is not under the seal of EF.SOD",
            Self::NoChipAuthentication => "the chip did not prove its key",
            Self::NoTerminalAuthentication => "the chip did not believe the terminal",
            Self::NoApplication => "the eServices application is not there",
            Self::Deactivated => "the eServices application is deactivated: the permit is not issued",
            Self::NotTheHolders => "only an office's terminal may order this",
            Self::AfterFailure => "not sent, because an order before it failed",
            Self::SessionEnded => "not sent, because the session broke off before",
        })
    }
}

const SOD_DIGEST: &str = "sod.digest";
