//! PACE, command by command.
//!
//! ```text
//! MSE:Set AT               protocol, password, domain parameters
//! GENERAL AUTHENTICATE     the encrypted nonce
//! GENERAL AUTHENTICATE     mapping data
//! GENERAL AUTHENTICATE     ephemeral keys
//! GENERAL AUTHENTICATE     tokens, and what the chip authentication mapping adds
//! ```

use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::ChannelError;
use sigillo_channel::pace::terminal::{Agreement, Confirmation, Mapping, NonceAsked, Opened, Selected, select};
use sigillo_channel::pace::{PaceInfo, Password};
use sigillo_crypto::Entropy;

/// Where the protocol stands.
pub(super) enum Pace {
    Selected(Selected),
    NonceAsked(NonceAsked),
    Mapping(Mapping),
    Agreement(Agreement),
    Confirmation(Confirmation),
}

/// What an answer led to.
pub(super) enum PaceProgress {
    Next(Pace, CommandApdu),
    Opened(Opened),
}

impl Pace {
    /// The master file is current, and no session is open.
    pub(super) fn begin(
        info: &PaceInfo,
        password: Password,
        name_parameters: bool,
    ) -> Result<(Self, CommandApdu), ChannelError> {
        let (selected, command) = select(info, password, name_parameters)?;
        Ok((Self::Selected(selected), command))
    }

    pub(super) fn answered(
        self,
        response: &ResponseApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<PaceProgress, ChannelError> {
        let (next, command) = match self {
            Self::Selected(selected) => {
                let (asked, command) = selected.accepted(response)?;
                (Self::NonceAsked(asked), command)
            }
            Self::NonceAsked(asked) => {
                let (mapping, command) = asked.nonce(response, entropy)?;
                (Self::Mapping(mapping), command)
            }
            Self::Mapping(mapping) => {
                let (agreement, command) = mapping.mapped(response, entropy)?;
                (Self::Agreement(agreement), command)
            }
            Self::Agreement(agreement) => {
                let (confirmation, command) = agreement.agreed(response)?;
                (Self::Confirmation(confirmation), command)
            }
            Self::Confirmation(confirmation) => return Ok(PaceProgress::Opened(confirmation.confirmed(response)?)),
        };
        Ok(PaceProgress::Next(next, command))
    }
}
