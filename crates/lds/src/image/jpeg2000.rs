//! JPEG 2000 (ISO/IEC 15444-1): a JP2 file or a bare codestream.

use super::header::{Colour, ImageFormat, ImageHeader, Resolution, not_the_format};
use crate::error::LdsError;
use crate::octets::Octets;

/// Reads the SIZ marker and, of a JP2 file, its header boxes.
///
/// | box or marker | content                                                                       |
/// |---------------|-------------------------------------------------------------------------------|
/// | `jP␠␠`, `ftyp` | signature and file type, first and second                                    |
/// | `jp2h`        | `ihdr`: height 4, width 4, components 2, bits 1; `colr`; `res␠`; before `jp2c` |
/// | `jp2c`        | the codestream                                                                |
/// | `FF4F` `FF51` | start and SIZ: length 2, capabilities 2, X 4, Y 4, X offset 4, Y offset 4, tiles 16, components 2, 3 octets for each |
/// | `FFD9`        | the end of the codestream                                                     |
///
/// Spec: `iso-15444-1#jp2`, `iso-15444-1#siz`.
///
/// # Errors
///
/// `lds.image-format` for a broken structure or boxes that contradict the codestream; `lds.image-size` for no pixels.
pub fn read(bytes: &[u8]) -> Result<ImageHeader, LdsError> {
    if bytes.starts_with(&[0xFF, 0x4F]) {
        return header(&Boxes::default(), bytes, 0);
    }
    let mut octets = Octets::new(bytes, 0);
    let mut found = Boxes::default();
    let mut image = None;
    for place in 0.. {
        let Some(JpBox { kind, body, at, .. }) = next_box(&mut octets)? else { break };
        match (place, &kind) {
            (0, b"jP  ") if body == [0x0D, 0x0A, 0x87, 0x0A] => (),
            (1, b"ftyp") if body.len() >= 12 => (),
            (0 | 1, _) => return Err(not_the_format(at)),
            (_, b"jp2h") => found.read(body, at)?,
            (_, b"jp2c") if image.is_none() => image = Some(header(&found, body, at)?),
            _ => (),
        }
    }
    image.ok_or(not_the_format(bytes.len()))
}

/// What the boxes in front of the codestream say.
#[derive(Default)]
struct Boxes {
    size: Option<(u32, u32, u16)>,
    colour: Option<Colour>,
    resolution: Option<Resolution>,
}

struct JpBox<'a> {
    kind: [u8; 4],
    body: &'a [u8],
    at: usize,
}

impl Boxes {
    fn read(&mut self, body: &[u8], at: usize) -> Result<(), LdsError> {
        let mut octets = Octets::new(body, at);
        while let Some(JpBox { kind, body, at }) = next_box(&mut octets)? {
            match (&kind, body) {
                (b"ihdr", &[h0, h1, h2, h3, w0, w1, w2, w3, c0, c1, _, _, _, _]) => {
                    let (height, width) = (u32::from_be_bytes([h0, h1, h2, h3]), u32::from_be_bytes([w0, w1, w2, w3]));
                    self.size = Some((width, height, u16::from_be_bytes([c0, c1])));
                }
                (b"ihdr", _) => return Err(not_the_format(at)),
                // An enumerated colour space: 16 sRGB, 17 grey, 18 sYCC. The first colour box counts.
                (b"colr", &[1, _, _, c0, c1, c2, c3]) if self.colour.is_none() => {
                    self.colour = Some(match u32::from_be_bytes([c0, c1, c2, c3]) {
                        16 | 18 => Colour::Rgb,
                        17 => Colour::Grey,
                        _ => Colour::Other,
                    });
                }
                (b"pclr", _) => self.colour = Some(Colour::Other),
                (b"res ", body) => {
                    let mut octets = Octets::new(body, at);
                    while let Some(JpBox { kind, body, .. }) = next_box(&mut octets)? {
                        if matches!(&kind, b"resc" | b"resd") {
                            self.resolution = self.resolution.or(resolution(body));
                        }
                    }
                }
                _ => (),
            }
        }
        Ok(())
    }
}

/// The next box, or `None` at the end of the input.
fn next_box<'a>(octets: &mut Octets<'a>) -> Result<Option<JpBox<'a>>, LdsError> {
    let start = octets.at();
    let refused = |_| not_the_format(start);
    if octets.remaining() == 0 {
        return Ok(None);
    }
    let short = octets.length32().map_err(refused)?;
    let kind = octets.array().map_err(refused)?;
    let length = match short {
        // Zero: to the end of the file.
        0 => octets.remaining(),
        1 => {
            let long = u64::from_be_bytes(octets.array().map_err(refused)?);
            usize::try_from(long).ok().and_then(|long| long.checked_sub(16)).ok_or(not_the_format(start))?
        }
        _ => short.checked_sub(8).ok_or(not_the_format(start))?,
    };
    let at = octets.at();
    Ok(Some(JpBox { kind, body: octets.take(length).map_err(refused)?, at }))
}

fn header(boxes: &Boxes, codestream: &[u8], at: usize) -> Result<ImageHeader, LdsError> {
    let (width, height, components, bits) = siz(codestream).ok_or(not_the_format(at))?;
    if boxes.size.is_some_and(|size| size != (width, height, components)) {
        return Err(not_the_format(at));
    }
    let counted = match components {
        1 => Colour::Grey,
        3 => Colour::Rgb,
        _ => Colour::Other,
    };
    let colour = match boxes.colour {
        Some(named) if named != counted => Colour::Other,
        _ => counted,
    };
    let format = ImageFormat::Jpeg2000;
    ImageHeader { format, width, height, colour, bits, resolution: boxes.resolution }.checked(at)
}

fn siz(codestream: &[u8]) -> Option<(u32, u32, u16, u8)> {
    if !codestream.ends_with(&[0xFF, 0xD9]) {
        return None;
    }
    let mut octets = Octets::new(codestream, 0);
    if octets.array().ok()? != [0xFF, 0x4F, 0xFF, 0x51] {
        return None;
    }
    let length = usize::from(octets.u16().ok()?);
    octets.u16().ok()?;
    let (x, y) = (octets.u32().ok()?, octets.u32().ok()?);
    let (x_offset, y_offset) = (octets.u32().ok()?, octets.u32().ok()?);
    octets.take(16).ok()?;
    let components = octets.u16().ok()?;
    let sizes = octets.take(usize::from(components) * 3).ok()?;
    // The sign bit apart, a component says its bits less one.
    let bits = sizes.iter().step_by(3).map(|depth| (depth & 0x7F) + 1).max()?;
    let whole = length == 38 + sizes.len();
    whole.then_some((x.checked_sub(x_offset)?, y.checked_sub(y_offset)?, components, bits))
}

/// Down and across, each numerator 2 and denominator 2, then the powers of ten; in pixels per metre.
fn resolution(body: &[u8]) -> Option<Resolution> {
    let &[n0, n1, d0, d1, m0, m1, e0, e1, down, across] = body else { return None };
    let inch = |numerator: [u8; 2], denominator: [u8; 2], exponent: u8| {
        let exponent = i32::from(exponent.cast_signed());
        let power = 10u128.checked_pow(exponent.unsigned_abs())?;
        let (up, below) = if exponent < 0 { (1, power) } else { (power, 1) };
        let metre = u128::from(u16::from_be_bytes(numerator)).checked_mul(up)?.checked_mul(254)?;
        let divisor = u128::from(u16::from_be_bytes(denominator)).checked_mul(below)?.checked_mul(10_000)?;
        u32::try_from(metre.checked_add(divisor / 2)?.checked_div(divisor)?).ok()
    };
    Some(Resolution { across: inch([m0, m1], [e0, e1], across)?, down: inch([n0, n1], [d0, d1], down)? })
}
