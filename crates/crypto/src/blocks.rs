//! What the block modes share.

use aes::cipher::array::{Array, ArraySize};

use crate::error::{CryptoError, CryptoErrorKind};

/// The data as blocks of the cipher's size.
pub(crate) fn whole_blocks<N: ArraySize>(data: &mut [u8]) -> Result<&mut [Array<u8, N>], CryptoError> {
    match Array::slice_as_chunks_mut(data) {
        (blocks, []) => Ok(blocks),
        _ => Err(CryptoError::new(CryptoErrorKind::BlockLength)),
    }
}

/// A primitive refused a key's length; what it says of it adds nothing.
pub(crate) fn key_form<E>(_: E) -> CryptoError {
    CryptoError::new(CryptoErrorKind::KeyForm)
}
