use sigillo_secret::SecretBytes;

use crate::code_set::CodeSet;
use crate::error::CodesError;

/// What one envelope will hold: codes, and which codes of which document they are.
///
/// It exists in clear on the line until it is encrypted, and in the issuing circuit while it is printed. Encrypted, it is
/// tied to its document: [`EnvelopeContents::context`] is authenticated with the plain form of the
/// [`CodeSet`].
///
/// | context      | octets | content                                        |
/// |--------------|--------|------------------------------------------------|
/// | domain       | 17     | `sigillo/v1/codes`, 00                         |
/// | generation   | 4      | of the codes of this document, from 1, big-endian |
/// | number       | n      | document number, ASCII                         |
#[derive(Debug)]
pub struct EnvelopeContents {
    document_number: String,
    generation: u32,
    /// The codes.
    pub codes: CodeSet,
}

impl EnvelopeContents {
    /// Ties codes to their document; each new set of codes of a document has the next generation.
    #[must_use]
    pub fn new(document_number: &str, generation: u32, codes: CodeSet) -> Self {
        Self { document_number: document_number.to_owned(), generation, codes }
    }

    /// Reads what was decrypted in the context of this document and generation.
    ///
    /// # Errors
    ///
    /// As [`CodeSet::decode`].
    pub fn decode(document_number: &str, generation: u32, plain: &SecretBytes) -> Result<Self, CodesError> {
        CodeSet::decode(plain).map(|codes| Self::new(document_number, generation, codes))
    }

    /// The octets that are encrypted.
    #[must_use]
    pub fn to_plain(&self) -> SecretBytes {
        self.codes.to_plain()
    }

    /// What is authenticated with them, and not secret.
    #[must_use]
    pub fn context(document_number: &str, generation: u32) -> Vec<u8> {
        [DOMAIN, &generation.to_be_bytes(), document_number.as_bytes()].concat()
    }

    /// Whose codes these are.
    #[must_use]
    pub fn document_number(&self) -> &str {
        &self.document_number
    }

    /// Which codes of this document, counted from 1.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }
}

const DOMAIN: &[u8] = b"sigillo/v1/codes\0";
