//! Image headers: format, size, colour and resolution, read from the image itself. No pixel is ever decoded.

pub mod jpeg;
pub mod jpeg2000;
pub mod wsq;

mod header;

use crate::error::LdsError;

pub use header::{Colour, ImageFormat, ImageHeader, ImageLimits, MAX_LENGTH, Resolution};

/// Reads the header of a JPEG, JPEG 2000 or WSQ image, told apart by its first octets.
///
/// # Errors
///
/// `lds.image-format` for anything else, or the errors of the format's own module.
pub fn read(bytes: &[u8]) -> Result<ImageHeader, LdsError> {
    match bytes {
        [0xFF, 0xD8, ..] => jpeg::read(bytes),
        [0xFF, 0x4F, ..] | [0x00, ..] => jpeg2000::read(bytes),
        [0xFF, 0xA0, ..] => wsq::read(bytes),
        _ => Err(header::not_the_format(0)),
    }
}
