//! Terminal Authentication, command by command.
//!
//! ```text
//! MSE:Set DST, PSO: Verify Certificate    for each certificate of the chain
//! MSE:Set AT, GET CHALLENGE
//! EXTERNAL AUTHENTICATE                   the terminal's signature
//! ```

use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::ChannelError;
use sigillo_channel::terminal_authentication::Binding;
use sigillo_channel::terminal_authentication::terminal::{Exchange, Pending, Progress, begin};
use sigillo_crypto::Entropy;
use sigillo_cvc::{CvCertificate, ef_cvca};
use sigillo_lds::DataGroupNumber;
use sigillo_lds::dg1::Dg1;

use crate::ended::NotRun;
use crate::error::InspectErrorKind;
use crate::file_name::FileName;
use crate::outcome::ReadOutcome;
use crate::terminal::TerminalCredentials;

/// Where the protocol stands.
pub(super) enum Ta {
    Certificates(Exchange),
    Signature(Pending),
}

/// What an answer led to.
pub(super) enum TaProgress {
    Next(Ta, CommandApdu),
    Believed,
}

/// The certificates to send: for an inspection system from one that EF.CVCA knows the issuer of.
pub(super) fn chain(terminal: &TerminalCredentials, outcome: &ReadOutcome) -> Result<Vec<CvCertificate>, NotRun> {
    if !terminal.is_inspection_system() {
        return terminal.chain(None).ok_or(NotRun::NoTrustPoint);
    }
    let file = outcome.file(FileName::Cvca).ok_or(NotRun::NotOffered)?;
    let trusted = ef_cvca::decode(file).map_err(|_| NotRun::NoTrustPoint)?;
    terminal.chain(Some(&trusted)).ok_or(NotRun::NoTrustPoint)
}

/// What the signature is bound to: this chip, and the keys of its Chip Authentication.
pub(super) fn binding(
    after_pace: Option<&[u8]>,
    compressed_key: Option<&[u8]>,
    outcome: &ReadOutcome,
) -> Result<Binding, NotRun> {
    let compressed_key = compressed_key.ok_or(NotRun::NoChipAuthentication)?;
    match after_pace {
        Some(id_picc) => Ok(Binding::new(id_picc, compressed_key)),
        None => Ok(Binding::new(&document_number(outcome).ok_or(NotRun::NoDocumentNumber)?, compressed_key)),
    }
}

impl Ta {
    pub(super) fn begin(chain: Vec<CvCertificate>, binding: Binding) -> Result<(Self, CommandApdu), ChannelError> {
        let (exchange, command) = begin(chain, binding)?;
        Ok((Self::Certificates(exchange), command))
    }

    pub(super) fn answered(
        self,
        response: &ResponseApdu,
        terminal: &TerminalCredentials,
        entropy: &mut dyn Entropy,
    ) -> Result<TaProgress, InspectErrorKind> {
        let (next, command) = match self {
            Self::Certificates(exchange) => match exchange.answered(response).map_err(InspectErrorKind::Channel)? {
                Progress::Next(exchange, command) => (Self::Certificates(exchange), command),
                Progress::Sign(challenged) => {
                    let signature = challenged.expose(|message| terminal.sign(message, entropy));
                    let signature = signature.map_err(|code| InspectErrorKind::Signature { code })?;
                    let (pending, command) = challenged.signed(&signature);
                    (Self::Signature(pending), command)
                }
            },
            Self::Signature(pending) => {
                pending.finish(response).map_err(InspectErrorKind::Channel)?;
                return Ok(TaProgress::Believed);
            }
        };
        Ok(TaProgress::Next(next, command))
    }
}

/// The document number with its check digit, as DG1 has it: what comes before the two dates of the access key.
fn document_number(outcome: &ReadOutcome) -> Option<Vec<u8>> {
    let dg1 = Dg1::decode(outcome.file(FileName::DataGroup(DataGroupNumber::DG1))?).ok()?;
    let information = dg1.mrz.mrz_information();
    let length = information.len().checked_sub(DATES)?;
    Some(information.as_bytes().get(..length)?.to_vec())
}

/// Dates of birth and expiry in the MRZ information, each with its check digit.
const DATES: usize = 14;
