use std::ops::RangeInclusive;

use crate::error::{LdsError, LdsErrorKind};

/// The longest image that a data group takes, in octets.
pub const MAX_LENGTH: usize = 1 << 20;

/// An image format of the data groups.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ImageFormat {
    /// JPEG.
    Jpeg,
    /// JPEG 2000, as a JP2 file or a bare codestream.
    Jpeg2000,
    /// Wavelet scalar quantization, for fingerprints.
    Wsq,
}

/// What the samples of an image mean.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Colour {
    /// One component.
    Grey,
    /// Three components that decode to RGB.
    Rgb,
    /// Anything else: CMYK, an alpha channel, a palette.
    Other,
}

/// Pixels per inch, rounded to the nearest whole number.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Resolution {
    /// From left to right.
    pub across: u32,
    /// From top to bottom.
    pub down: u32,
}

/// What an image says about itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ImageHeader {
    /// The format.
    pub format: ImageFormat,
    /// Pixels from left to right, at least one.
    pub width: u32,
    /// Pixels from top to bottom, at least one.
    pub height: u32,
    /// What the samples mean.
    pub colour: Colour,
    /// Bits of one sample.
    pub bits: u8,
    /// The resolution, if the image names one.
    pub resolution: Option<Resolution>,
}

/// What a profile allows of an image.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImageLimits {
    /// The width in pixels.
    pub width: RangeInclusive<u32>,
    /// The height in pixels.
    pub height: RangeInclusive<u32>,
    /// Colours that may be.
    pub colours: &'static [Colour],
    /// The resolution in pixels per inch, both ways; an image that names none passes unless `resolution_required`.
    pub resolution: RangeInclusive<u32>,
    /// Whether the image has to name its resolution.
    pub resolution_required: bool,
}

impl ImageHeader {
    /// Holds the image against limits.
    ///
    /// # Errors
    ///
    /// `lds.image-size`, `lds.image-colour` (also for other than 8 bits) or `lds.image-resolution`.
    pub fn within(&self, limits: &ImageLimits) -> Result<(), LdsError> {
        if !limits.width.contains(&self.width) || !limits.height.contains(&self.height) {
            return Err(LdsError::new(LdsErrorKind::ImageSize));
        }
        if !limits.colours.contains(&self.colour) || self.bits != 8 {
            return Err(LdsError::new(LdsErrorKind::ImageColour));
        }
        let resolution = match self.resolution {
            Some(Resolution { across, down }) => {
                limits.resolution.contains(&across) && limits.resolution.contains(&down)
            }
            None => !limits.resolution_required,
        };
        if resolution { Ok(()) } else { Err(LdsError::new(LdsErrorKind::ImageResolution)) }
    }

    pub(super) fn checked(self, at: usize) -> Result<Self, LdsError> {
        match self.width == 0 || self.height == 0 {
            true => Err(LdsError::at_offset(LdsErrorKind::ImageSize, at)),
            false => Ok(self),
        }
    }
}

pub(super) fn not_the_format(at: usize) -> LdsError {
    LdsError::at_offset(LdsErrorKind::ImageFormat, at)
}
