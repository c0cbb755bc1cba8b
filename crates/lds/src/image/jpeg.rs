//! JPEG (ISO/IEC 10918-1) with its JFIF density.

use super::header::{Colour, ImageFormat, ImageHeader, Resolution, not_the_format};
use crate::error::LdsError;
use crate::octets::Octets;

/// Reads the frame header and the density of a baseline, extended or progressive JPEG.
///
/// | marker        | content                                                                |
/// |---------------|------------------------------------------------------------------------|
/// | `FFD8`        | start                                                                  |
/// | `FFE0` `JFIF` | version 2, unit 1 (1 inch, 2 centimetre), density across 2, down 2     |
/// | `FFC0`-`FFC2` | length 2, bits 1, height 2, width 2, components 1, 3 octets for each   |
/// | `FFDA`        | the scan: reading ends here                                            |
/// | `FFD9`        | the end, which must be the end of the data                             |
///
/// Spec: `iso-10918-1#markers`.
///
/// # Errors
///
/// `lds.image-format` if the markers do not lead to a scan or the end is missing; `lds.image-size` for no pixels.
pub fn read(bytes: &[u8]) -> Result<ImageHeader, LdsError> {
    if !bytes.starts_with(&[0xFF, 0xD8]) || !bytes.ends_with(&[0xFF, 0xD9]) {
        return Err(not_the_format(0));
    }
    let mut frame = None;
    let mut resolution = None;
    let mut octets = Octets::new(bytes.get(2..).unwrap_or_default(), 2);
    loop {
        let at = octets.at();
        let refused = |_| not_the_format(at);
        if octets.u8().map_err(refused)? != 0xFF {
            return Err(not_the_format(at));
        }
        let mut marker = octets.u8().map_err(refused)?;
        while marker == 0xFF {
            marker = octets.u8().map_err(refused)?;
        }
        // Markers without a segment have no place before the scan.
        if matches!(marker, 0x00 | 0x01 | 0xD0..=0xD9) {
            return Err(not_the_format(at));
        }
        let length = usize::from(octets.u16().map_err(refused)?).checked_sub(2).ok_or(not_the_format(at))?;
        let body = octets.take(length).map_err(refused)?;
        match marker {
            0xC0..=0xC2 if frame.is_none() => frame = Some((read_frame(body).ok_or(not_the_format(at))?, at)),
            // A second frame, or a coding process that no reader of travel documents has to know.
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => return Err(not_the_format(at)),
            0xE0 => resolution = resolution.or(density(body)),
            0xDA => {
                let ((width, height, bits, colour), at) = frame.ok_or(not_the_format(at))?;
                return ImageHeader { format: ImageFormat::Jpeg, width, height, colour, bits, resolution }.checked(at);
            }
            _ => (),
        }
    }
}

fn read_frame(body: &[u8]) -> Option<(u32, u32, u8, Colour)> {
    let (&[bits, h0, h1, w0, w1, components], rest) = body.split_first_chunk()?;
    let colour = match components {
        1 => Colour::Grey,
        3 => Colour::Rgb,
        _ => Colour::Other,
    };
    let side = |high, low| u32::from(u16::from_be_bytes([high, low]));
    (rest.len() == usize::from(components) * 3).then_some((side(w0, w1), side(h0, h1), bits, colour))
}

fn density(body: &[u8]) -> Option<Resolution> {
    let &[b'J', b'F', b'I', b'F', 0, _, _, unit, x0, x1, y0, y1, ..] = body else { return None };
    let inch = |high, low| {
        let density = u32::from(u16::from_be_bytes([high, low]));
        match unit {
            1 => Some(density),
            2 => Some((density * 254 + 50) / 100),
            _ => None,
        }
    };
    Some(Resolution { across: inch(x0, x1)?, down: inch(y0, y1)? })
}
