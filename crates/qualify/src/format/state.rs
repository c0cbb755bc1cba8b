use serde::Deserialize;
use sigillo_channel::pace::PasswordReference;

/// What is established after the reset, before the first step.
///
/// | word | password or protocol | then |
/// |---|---|---|
/// | `reset` | | |
/// | `application` | | SELECT of the eMRTD application, plain |
/// | `bac` | BAC | with the application selected |
/// | `pace`, `pace-mrz`, `pace-can`, `pace-pin`, `pace-puk` | PACE | the master file stays current |
/// | `pace…-application` | PACE | SELECT of the application inside the session |
/// | `access` | PACE where it is offered, or else BAC | the application |
/// | `ca`, `bac-ca`, `pace-ca` | | Chip Authentication |
/// | `ta`, `bac-ta`, `pace-ta` | | Terminal Authentication with the laboratory's chain |
/// | `office` | | Terminal Authentication with the office's chain |
/// | `transport`, `formation` | SCP03 with these keys | the master file, if there is one |
/// | `eservices` | PACE where it is offered, or else BAC, and Chip Authentication | SELECT of the holder's application |
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub struct StartState {
    /// How the session is opened.
    pub access: Access,
    /// Which application is current then.
    pub application: Application,
    /// Whether Chip Authentication follows.
    pub chip_authentication: bool,
    /// Whether Terminal Authentication follows, and as whom.
    pub terminal_authentication: Option<TerminalRole>,
}

/// How a session is opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Access {
    /// Not at all.
    None,
    /// PACE where the chip offers it, or else BAC.
    Offered,
    /// BAC.
    Bac,
    /// PACE with this password.
    Pace(PasswordName),
    /// SCP03 with the keys of the maker (`transport`) or of the line (`formation`): before the lock alone.
    Personalization(KeyName),
}

/// A key set of personalization.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names of decision D11")]
#[non_exhaustive]
pub enum KeyName {
    Transport,
    Formation,
}

/// A password of PACE.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[allow(missing_docs, reason = "the standard's own names")]
#[non_exhaustive]
pub enum PasswordName {
    Mrz,
    Can,
    Pin,
    Puk,
}

/// As whom the terminal authenticates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TerminalRole {
    /// An inspection system.
    Inspection,
    /// The issuing office.
    Office,
}

/// Which application is current.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Application {
    /// The master file.
    None,
    /// The eMRTD application.
    Emrtd,
    /// The holder's application.
    Eservices,
}

impl PasswordName {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mrz, Self::Can, Self::Pin, Self::Puk];

    /// The word in data.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mrz => "mrz",
            Self::Can => "can",
            Self::Pin => "pin",
            Self::Puk => "puk",
        }
    }

    /// What PACE calls it.
    #[must_use]
    pub const fn reference(self) -> PasswordReference {
        match self {
            Self::Mrz => PasswordReference::Mrz,
            Self::Can => PasswordReference::Can,
            Self::Pin => PasswordReference::Pin,
            Self::Puk => PasswordReference::Puk,
        }
    }

    /// The item of the conformance statement.
    #[must_use]
    pub const fn item(self) -> &'static str {
        match self {
            Self::Mrz => "pace-mrz",
            Self::Can => "pace-can",
            Self::Pin => "pace-pin",
            Self::Puk => "pace-puk",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.word() == word)
    }
}

impl StartState {
    /// After a reset.
    pub const RESET: Self = Self {
        access: Access::None,
        application: Application::None,
        chip_authentication: false,
        terminal_authentication: None,
    };
    /// The eMRTD application selected, no session.
    pub const APPLICATION: Self = Self { application: Application::Emrtd, ..Self::RESET };
    /// The strongest session that needs no terminal certificate.
    pub const ACCESS: Self = Self { access: Access::Offered, application: Application::Emrtd, ..Self::RESET };

    /// After PACE with the MRZ, in the master file.
    pub const PACE: Self = Self { access: Access::Pace(PasswordName::Mrz), ..Self::RESET };
    /// After Chip Authentication.
    pub const CHIP_AUTHENTICATED: Self = Self { chip_authentication: true, ..Self::ACCESS };
    /// After Terminal Authentication as an inspection system.
    pub const TERMINAL_AUTHENTICATED: Self =
        Self { terminal_authentication: Some(TerminalRole::Inspection), ..Self::CHIP_AUTHENTICATED };

    /// The word for it.
    fn parse(word: &str) -> Option<Self> {
        let access = |access| Self { access, application: Application::Emrtd, ..Self::RESET };
        let ca = |start: Self| Self { chip_authentication: true, ..start };
        let ta = |start: Self| Self {
            chip_authentication: true,
            terminal_authentication: Some(TerminalRole::Inspection),
            ..start
        };
        let pace = Access::Pace(PasswordName::Mrz);
        Some(match word {
            "reset" => Self::RESET,
            "application" => access(Access::None),
            "bac" => access(Access::Bac),
            "access" => Self::ACCESS,
            "ca" => ca(Self::ACCESS),
            "bac-ca" => ca(access(Access::Bac)),
            "pace-ca" => ca(access(pace)),
            "ta" => ta(Self::ACCESS),
            "bac-ta" => ta(access(Access::Bac)),
            "pace-ta" => ta(access(pace)),
            "office" => Self { terminal_authentication: Some(TerminalRole::Office), ..ca(Self::ACCESS) },
            "eservices" => Self { application: Application::Eservices, ..ca(Self::ACCESS) },
            "transport" => Self { access: Access::Personalization(KeyName::Transport), ..Self::RESET },
            "formation" => Self { access: Access::Personalization(KeyName::Formation), ..Self::RESET },
            "pace" => Self { access: pace, ..Self::RESET },
            "pace-application" => access(pace),
            _ => {
                let name = word.strip_prefix("pace-")?;
                match name.strip_suffix("-application") {
                    Some(name) => access(Access::Pace(PasswordName::parse(name)?)),
                    None => Self { access: Access::Pace(PasswordName::parse(name)?), ..Self::RESET },
                }
            }
        })
    }

    /// The items of the conformance statement without which the state cannot be reached, with what they must be.
    #[must_use]
    pub fn conditions(&self) -> Vec<&'static str> {
        let access = match self.access {
            Access::None | Access::Offered => None,
            Access::Bac => Some("bac"),
            Access::Pace(password) => Some(password.item()),
            Access::Personalization(_) => Some("personalization"),
        };
        let ca = self.chip_authentication.then_some("ca");
        let ta = self.terminal_authentication.map(|role| match role {
            TerminalRole::Inspection => "ta",
            TerminalRole::Office => "office",
        });
        let application = (self.application == Application::Eservices).then_some("eservices");
        access.into_iter().chain(ca).chain(ta).chain(application).collect()
    }
}

impl TryFrom<String> for StartState {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Self::parse(&word).ok_or_else(|| format!("no start state {word}"))
    }
}
