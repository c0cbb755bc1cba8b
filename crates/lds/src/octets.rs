//! Big-endian fields of fixed-length records, and the canonical-encoding check of every decoder.

use sigillo_tlv::single;

use crate::error::{LdsError, LdsErrorKind};

/// Takes fixed-length fields from the front of a slice and counts the offset.
#[derive(Clone)]
pub(crate) struct Octets<'a> {
    rest: &'a [u8],
    at: usize,
}

/// What is left to read may be personal.
impl std::fmt::Debug for Octets<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Octets({} left at {})", self.rest.len(), self.at)
    }
}

impl<'a> Octets<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { rest: bytes, at }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], LdsError> {
        let (front, rest) = self.rest.split_at_checked(count).ok_or(self.error(LdsErrorKind::Truncated))?;
        self.rest = rest;
        self.at += count;
        Ok(front)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], LdsError> {
        let (front, rest) = self.rest.split_first_chunk::<N>().ok_or(self.error(LdsErrorKind::Truncated))?;
        self.rest = rest;
        self.at += N;
        Ok(*front)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, LdsError> {
        self.array().map(|[byte]: [u8; 1]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, LdsError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, LdsError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn length32(&mut self) -> Result<usize, LdsError> {
        let error = self.error(LdsErrorKind::Length);
        usize::try_from(self.u32()?).map_err(|_| error)
    }

    pub(crate) fn finish(self) -> Result<(), LdsError> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(self.error(LdsErrorKind::TrailingBytes { count })),
        }
    }

    pub(crate) fn error(&self, kind: LdsErrorKind) -> LdsError {
        LdsError::at_offset(kind, self.at)
    }
}

/// Refuses what was read but would be written in another way.
pub(crate) fn reproduced<T>(input: &[u8], decoded: T, encode: impl FnOnce(&T) -> Vec<u8>) -> Result<T, LdsError> {
    let written = encode(&decoded);
    if written == input {
        return Ok(decoded);
    }
    let at = input.iter().zip(&written).take_while(|(read, wrote)| read == wrote).count();
    Err(LdsError::at_offset(LdsErrorKind::NotCanonical, at))
}

/// Reads a file that is one element of DER in a tag of its own, written back octet by octet.
pub(crate) fn wrapped<T>(
    bytes: &[u8],
    tag: u32,
    new: impl FnOnce(Vec<u8>) -> Result<T, LdsError>,
    encode: impl FnOnce(&T) -> Vec<u8>,
) -> Result<T, LdsError> {
    let file = single(bytes, tag)?;
    let inside = new(file.value.to_vec()).map_err(|error| error.behind(file.value_at()))?;
    reproduced(bytes, inside, encode)
}
