use std::fmt;

use zeroize::Zeroizing;

use crate::error::{ApduError, ApduErrorKind};
use crate::status::StatusWord;

/// What a card answers: data that does not print, and a status word that does.
pub struct ResponseApdu {
    data: Zeroizing<Vec<u8>>,
    status: StatusWord,
}

impl ResponseApdu {
    /// An answer with data.
    #[must_use]
    pub fn new(data: impl Into<Vec<u8>>, status: StatusWord) -> Self {
        Self { data: Zeroizing::new(data.into()), status }
    }

    /// The data octets.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The status word.
    #[must_use]
    pub fn status(&self) -> StatusWord {
        self.status
    }

    /// Data, then the two octets of the status word.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.data.len() + 2);
        out.extend_from_slice(&self.data);
        out.extend_from_slice(&u16::from(self.status).to_be_bytes());
        out
    }

    /// Reads an answer as a terminal receives it.
    ///
    /// # Errors
    ///
    /// `apdu.too-short` below two octets.
    pub fn decode(bytes: &[u8]) -> Result<Self, ApduError> {
        let Some((data, status)) = bytes.split_last_chunk::<2>() else {
            return Err(ApduError::new(ApduErrorKind::TooShort, bytes.len()));
        };
        Ok(Self::new(data, StatusWord::from(u16::from_be_bytes(*status))))
    }
}

impl From<StatusWord> for ResponseApdu {
    fn from(status: StatusWord) -> Self {
        Self::new(Vec::new(), status)
    }
}

impl fmt::Debug for ResponseApdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} data octets, {}", self.data.len(), self.status)
    }
}
