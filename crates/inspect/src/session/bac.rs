//! Basic Access Control, command by command.
//!
//! ```text
//! GET CHALLENGE            RND.IC
//! EXTERNAL AUTHENTICATE    both know the machine readable zone
//! ```

use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::bac::terminal::{Pending, answer, get_challenge};
use sigillo_channel::secure_messaging::terminal::Session;
use sigillo_crypto::Entropy;

use crate::error::{InspectErrorKind, Step};
use crate::session::status::succeeded;

/// Where the protocol stands.
pub(super) enum Bac {
    Challenge(MrzSecret),
    Authentication(Pending),
}

/// What an answer led to.
pub(super) enum BacProgress {
    Next(Bac, CommandApdu),
    Opened(Session),
}

impl Bac {
    /// The application is selected.
    pub(super) fn begin(mrz: MrzSecret) -> (Self, CommandApdu) {
        (Self::Challenge(mrz), get_challenge())
    }

    pub(super) const fn step(&self) -> Step {
        match self {
            Self::Challenge(_) => Step::GetChallenge,
            Self::Authentication(_) => Step::ExternalAuthenticate,
        }
    }

    pub(super) fn answered(
        self,
        response: &ResponseApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<BacProgress, InspectErrorKind> {
        match self {
            Self::Challenge(mrz) => {
                let (pending, command) =
                    answer(&mrz, succeeded(response)?, entropy).map_err(InspectErrorKind::Channel)?;
                Ok(BacProgress::Next(Self::Authentication(pending), command))
            }
            Self::Authentication(pending) => {
                Ok(BacProgress::Opened(pending.finish(response).map_err(InspectErrorKind::Channel)?))
            }
        }
    }
}
