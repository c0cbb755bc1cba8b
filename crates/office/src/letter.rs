//! The letter with the codes: once for each set of codes, and straight to the printer (decision D6).
//!
//! ```text
//! letter    laid out with zeros: everything that can be wrong with its texts is found now
//! output    made ready: the printer's program was found and may be run, or the file is there
//! register  the permit is valid; ciphertext deleted, operator and reason traced: one transaction
//! keys      decrypted; laid out
//! output    the printer's program is started, and the letter goes into the pipe
//! register  printed
//! ```
//!
//! Killed before the transaction, nothing happened; killed after it, the codes are gone and the permit is due for new ones,
//! whatever came out of the printer. No second letter of the same codes is possible. A printer's program that does not end is
//! killed, and the letter is then in the same doubt as after a crash of our own. Somebody who finds it may say so.

use std::fmt;

use sigillo_codes::{Cip, CodePolicy, CodeSet, EnvelopeContents, Pin, Puk, mod_11_10};
use sigillo_envelope::{Letter, Office};
use sigillo_secret::SecretBytes;

use crate::desk::{Desk, by};
use crate::error::OfficeError;
use crate::output::LetterOutput;

/// Whose letter it is.
pub struct Addressee {
    /// Given names and surname, as they are written.
    pub name: String,
    /// The same in the letters of the MRZ.
    pub name_in_mrz: String,
}

/// What a letter needs beside the codes.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "the whole of a request")]
pub struct LetterRequest<'a> {
    /// Which permit.
    pub document_number: &'a str,
    /// Why it is printed, a short word: `activation`, `reissue`.
    pub reason: &'a str,
    /// Whose.
    pub addressee: &'a Addressee,
    /// The office that hands it over.
    pub office: &'a Office,
    /// How many tries the chip gives.
    pub policy: CodePolicy,
}

impl Desk<'_> {
    /// Prints the letter of a valid permit; which codes of the document it holds.
    ///
    /// # Errors
    ///
    /// Before anything is taken out, and without a printer having been started: `envelope.…` for texts that cannot be printed,
    /// `office.printer` for a program that is not there or may not be run, `office.output` for a file that cannot be made, `codes.…`
    /// for codes that were printed, taken out or lost, `codes.permit-state`, and the refusal of the operator's request. After it
    /// the codes are lost with the error, and the permit is due for new ones: `office.printer`, `office.output`, `keystore.…`. After
    /// `office.printer-time-out` they are as after a crash: taken out, and the permit due unless the letter is found.
    pub fn print_letter(
        &mut self,
        request: &LetterRequest<'_>,
        output: &mut dyn LetterOutput,
    ) -> Result<u32, OfficeError> {
        self.lay_out(request, &zeros()?)?;
        output.ready()?;
        let moment = self.at();
        let number = request.document_number;
        let consumed = self.store.consume_codes(by(self.operator, &moment), number, request.reason)?;
        let generation = consumed.generation;
        match self.open_and_print(request, generation, &consumed.ciphertext, output) {
            Ok(()) => self.store.envelope_printed(by(self.operator, &moment), number, generation)?,
            // The letter may lie in the tray. Nobody knows, so nothing is written down.
            Err(error @ OfficeError::PrinterTimeOut { .. }) => return Err(error),
            Err(error) => {
                self.store.codes_lost(by(self.operator, &moment), number, generation, error.code())?;
                return Err(error);
            }
        }
        Ok(generation)
    }

    /// Writes down that a letter is there whose printing was cut off, by a crash or by the end of the printer's time. Which codes of
    /// the document it holds is named, so that nothing is said of newer ones.
    ///
    /// # Errors
    ///
    /// `trace.token` for a reason that is no word, `codes.…` unless these codes were taken out and nobody said what came of it.
    pub fn letter_came_out(&mut self, document_number: &str, generation: u32, reason: &str) -> Result<(), OfficeError> {
        let at = self.at();
        Ok(self.store.letter_came_out(by(self.operator, &at), document_number, generation, reason)?)
    }

    fn open_and_print(
        &mut self,
        request: &LetterRequest<'_>,
        generation: u32,
        ciphertext: &[u8],
        output: &mut dyn LetterOutput,
    ) -> Result<(), OfficeError> {
        let number = request.document_number;
        let plain = self.keys.decrypt_code(&EnvelopeContents::context(number, generation), ciphertext)?;
        let contents = EnvelopeContents::decode(number, generation, &plain)?;
        let pdf = self.lay_out(request, &contents.codes)?;
        output.take(&pdf, self.now(), self.entropy)
    }

    fn lay_out(&self, request: &LetterRequest<'_>, codes: &CodeSet) -> Result<SecretBytes, OfficeError> {
        let letter = Letter {
            holder: &request.addressee.name,
            holder_in_mrz: &request.addressee.name_in_mrz,
            document_number: request.document_number,
            office: request.office,
            policy: request.policy,
            codes,
            printed_on: self.now().date(),
        };
        Ok(letter.to_pdf()?)
    }
}

/// Nobody's codes, as long as everybody's.
fn zeros() -> Result<CodeSet, OfficeError> {
    let digits = |count: usize| SecretBytes::new(vec![b'0'; count]);
    let mut cip = vec![b'0'; Cip::DIGITS - 1];
    cip.push(b'0' + mod_11_10([0; Cip::DIGITS - 1]));
    Ok(CodeSet {
        pin: Pin::parse(digits(Pin::DIGITS))?,
        puk: Puk::parse(digits(Puk::DIGITS))?,
        cip: Cip::parse(SecretBytes::new(cip))?,
        can: None,
    })
}

/// A person.
impl fmt::Debug for Addressee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Addressee(redacted)")
    }
}
