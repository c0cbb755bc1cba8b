use sigillo_channel::bac::MrzSecret;
use sigillo_channel::pace::Password;
use sigillo_channel::scp03::KeySet;
use sigillo_cvc::{CvCertificate, TerminalType};
use sigillo_secret::SecretBytes;

use crate::state::Phase;

/// A chip that can be had again and again as it stands in each phase, and everything that opens it.
pub trait Subject {
    /// Puts a chip as it stands in this phase into the reader; `false` if there is none.
    fn renew(&mut self, phase: Phase) -> bool;
    /// Resets the chip.
    fn reset(&mut self);
    /// Sends one command; the answer with its status word.
    fn transmit(&mut self, command: &[u8]) -> Vec<u8>;
    /// The formation keys.
    fn formation_keys(&self) -> KeySet;
    /// What opens BAC, and PACE with the MRZ.
    fn mrz_secret(&self) -> MrzSecret;
    /// The document number with its check digit: how the chip is named after BAC.
    fn document_number(&self) -> Vec<u8>;
    /// The card access number.
    fn can(&self) -> Password;
    /// The PIN, for PACE.
    fn pin(&self) -> Password;
    /// The PIN's eight digits, for VERIFY.
    fn pin_digits(&self) -> SecretBytes;
    /// The PUK's eight digits.
    fn puk_digits(&self) -> SecretBytes;
    /// Certificates from below a trust point down to a terminal with just these rights.
    fn chain(&self, terminal: &TerminalType, rights: u8) -> Vec<CvCertificate>;
    /// A signature with that terminal's key.
    fn sign(&self, terminal: &TerminalType, rights: u8, message: &[u8]) -> Vec<u8>;
}
