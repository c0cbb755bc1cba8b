//! WSQ, the compression of fingerprints (FBI IAFIS-IC-0110), with the NIST comment.

use super::header::{Colour, ImageFormat, ImageHeader, Resolution, not_the_format};
use crate::error::LdsError;
use crate::octets::Octets;

/// Reads the frame header, and the resolution from the NIST comment if there is one.
///
/// | marker | content                                                                            |
/// |--------|------------------------------------------------------------------------------------|
/// | `FFA0` | start                                                                              |
/// | `FFA8` | comment: `NIST_COM`, then lines of name and value, among them `PPI`                |
/// | `FFA2` | length 2 (17), black 1, white 1, height 2, width 2, shift and scale 3 and 3, encoder 1, software 2 |
/// | `FFA4` `FFA5` `FFA6` | transform, quantization and Huffman tables                           |
/// | `FFA3` | the first block: reading ends here                                                 |
/// | `FFA1` | the end, which must be the end of the data                                         |
///
/// Spec: `iafis-ic-0110#syntax`, `nist-nbis#nistcom`.
///
/// # Errors
///
/// `lds.image-format` if the markers do not lead to a block or the end is missing; `lds.image-size` for no pixels.
pub fn read(bytes: &[u8]) -> Result<ImageHeader, LdsError> {
    if !bytes.starts_with(&[0xFF, 0xA0]) || !bytes.ends_with(&[0xFF, 0xA1]) {
        return Err(not_the_format(0));
    }
    let mut frame = None;
    let mut resolution = None;
    let mut octets = Octets::new(bytes.get(2..).unwrap_or_default(), 2);
    loop {
        let at = octets.at();
        let refused = |_| not_the_format(at);
        let marker = octets.u16().map_err(refused)?;
        if !matches!(marker, 0xFFA2..=0xFFA6 | 0xFFA8) {
            return Err(not_the_format(at));
        }
        let length = usize::from(octets.u16().map_err(refused)?).checked_sub(2).ok_or(not_the_format(at))?;
        let body = octets.take(length).map_err(refused)?;
        match (marker, body) {
            (0xFFA2, &[_, _, h0, h1, w0, w1, _, _, _, _, _, _, _, _, _]) if frame.is_none() => {
                frame = Some((u16::from_be_bytes([w0, w1]), u16::from_be_bytes([h0, h1]), at));
            }
            (0xFFA2, _) => return Err(not_the_format(at)),
            (0xFFA8, comment) => resolution = resolution.or(nist_resolution(comment)),
            (0xFFA3, _) => {
                let (width, height, at) = frame.ok_or(not_the_format(at))?;
                let (width, height) = (u32::from(width), u32::from(height));
                let (format, colour) = (ImageFormat::Wsq, Colour::Grey);
                return ImageHeader { format, width, height, colour, bits: 8, resolution }.checked(at);
            }
            _ => (),
        }
    }
}

fn nist_resolution(comment: &[u8]) -> Option<Resolution> {
    let text = str::from_utf8(comment).ok().filter(|text| text.starts_with("NIST_COM"))?;
    // NBIS writes -1 for unknown.
    let ppi = text.lines().find_map(|line| line.strip_prefix("PPI ")?.trim().parse().ok())?;
    Some(Resolution { across: ppi, down: ppi })
}
