//! The face record of ISO/IEC 19794-5:2005 in DG2. Spec: `iso-19794-5#face-record`, `iso-19794-5#face-image`.

use crate::checks::biometric::{FACE, blocks};
use crate::checks::structure::holds;
use crate::scene::{Check, Scene};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("face.header", |scene| Record::all(scene.subject()?).map(|_| ())),
    ("face.information", |scene| each(scene, |image| image.information())),
    ("face.points", |scene| each(scene, |image| image.points())),
    ("face.image", |scene| each(scene, |image| image.image())),
];

struct Record<'a> {
    images: Vec<Image<'a>>,
}

struct Image<'a> {
    /// Length, feature points, gender, eyes, hair, properties, expression, pose and its uncertainty.
    information: [u8; 20],
    points: Vec<[u8; 8]>,
    /// Type, format, width, height, colour space, source, device, quality.
    description: [u8; 12],
    octets: &'a [u8],
}

impl<'a> Record<'a> {
    /// The record of each template: `FAC`, version 010, the length of the block, and as many images as it says.
    fn all(file: &'a [u8]) -> Result<Vec<Self>, String> {
        blocks(file, &FACE)?.iter().map(|block| Self::read(block.value)).collect()
    }

    fn read(block: &'a [u8]) -> Result<Self, String> {
        let short = "expected a whole face record, it breaks off";
        let (head, mut rest) = block.split_first_chunk::<14>().ok_or(short)?;
        let [head @ .., l0, l1, l2, l3, n0, n1] = *head;
        holds(head == *b"FAC\x00010\x00", "a face record of version 010")?;
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        holds(usize::try_from(length) == Ok(block.len()), "the length of the data block as length of the record")?;
        let count = u16::from_be_bytes([n0, n1]);
        holds(count > 0, "one face image or more")?;
        let mut images = Vec::new();
        for _ in 0..count {
            let (image, behind) = Image::read(rest)?;
            images.push(image);
            rest = behind;
        }
        holds(rest.is_empty(), "as many face images as the record says")?;
        Ok(Self { images })
    }
}

impl<'a> Image<'a> {
    fn read(octets: &'a [u8]) -> Result<(Self, &'a [u8]), String> {
        let short = "expected a whole face image, it breaks off";
        let [l0, l1, l2, l3, p0, p1, ..] = *octets else { return Err(short.to_owned()) };
        let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).map_err(|_| short)?;
        let (own, behind) = octets.split_at_checked(length).ok_or(short)?;
        let (information, mut own) = own.split_first_chunk::<20>().ok_or(short)?;
        let mut points = Vec::new();
        for _ in 0..u16::from_be_bytes([p0, p1]) {
            let (point, rest) = own.split_first_chunk::<8>().ok_or(short)?;
            points.push(*point);
            own = rest;
        }
        let (description, octets) = own.split_first_chunk::<12>().ok_or(short)?;
        Ok((Self { information: *information, points, description: *description, octets }, behind))
    }

    /// Values that the standard knows, its reserved ones apart.
    fn information(&self) -> Result<(), String> {
        let [_, _, _, _, _, _, gender, eyes, hair, m0, m1, m2, e0, e1, angles @ ..] = self.information;
        holds(matches!(gender, 0..=2 | 0xFF), "a gender of 0, 1, 2 or 255")?;
        holds(matches!(eyes, 0..=7 | 0xFF), "an eye colour of 0 to 7 or 255")?;
        holds(matches!(hair, 0..=7 | 0xFF), "a hair colour of 0 to 7 or 255")?;
        let properties = u32::from_be_bytes([0, m0, m1, m2]);
        holds(properties & !PROPERTIES == 0, "reserved bits of the feature mask to be zero")?;
        holds(properties & 1 == 1 || properties == 0, "an empty feature mask where features are not specified")?;
        let expression = u16::from_be_bytes([e0, e1]);
        holds(matches!(expression, 0..=7 | 0x8000..), "an expression of 0 to 7 or of the vendor")?;
        holds(angles.iter().all(|angle| *angle <= 181), "pose angles and uncertainties of 0 to 181")
    }

    /// Two-dimensional points of MPEG-4, inside the image.
    fn points(&self) -> Result<(), String> {
        let (width, height) = self.size();
        for [kind, code, x0, x1, y0, y1, reserved @ ..] in self.points.iter().copied() {
            holds(kind == 1, "feature points of type 1")?;
            holds((2..=12).contains(&(code >> 4)) && code & 0x0F != 0, "a feature point code of MPEG-4")?;
            let inside = u16::from_be_bytes([x0, x1]) < width && u16::from_be_bytes([y0, y1]) < height;
            holds(inside, "feature points inside the image")?;
            holds(reserved == [0, 0], "reserved octets of a feature point to be zero")?;
        }
        Ok(())
    }

    /// Full or token frontal, and an image that is what the record says.
    fn image(&self) -> Result<(), String> {
        let [kind, format, _, _, _, _, colour, source, ..] = self.description;
        // ICAO 9303-9 asks for a frontal portrait.
        holds(matches!(kind, 1 | 2), "a full frontal or token frontal image")?;
        let starts = match format {
            0 => self.octets.starts_with(&[0xFF, 0xD8, 0xFF]),
            1 => {
                self.octets.starts_with(&[0, 0, 0, 0x0C, b'j', b'P', 0x20, 0x20])
                    || self.octets.starts_with(&[0xFF, 0x4F, 0xFF, 0x51])
            }
            _ => return Err("expected the image format 0 (JPEG) or 1 (JPEG 2000)".to_owned()),
        };
        holds(starts, "an image of the format that the record names")?;
        holds(matches!(colour, 0..=4 | 0x80..), "a colour space of 0 to 4 or of the vendor")?;
        holds(matches!(source, 0..=7 | 0x80..), "a source of 0 to 7 or of the vendor")?;
        let header =
            sigillo_lds::image::read(self.octets).map_err(|error| format!("expected an image, {}", error.code()))?;
        let (width, height) = self.size();
        let same = header.width == u32::from(width) && header.height == u32::from(height);
        holds(same, "the width and height of the image itself")
    }

    fn size(&self) -> (u16, u16) {
        let [_, _, w0, w1, h0, h1, ..] = self.description;
        (u16::from_be_bytes([w0, w1]), u16::from_be_bytes([h0, h1]))
    }
}

fn each(scene: &Scene<'_>, judge: impl Fn(&Image<'_>) -> Result<(), String>) -> Result<(), String> {
    Record::all(scene.subject()?)?.iter().flat_map(|record| &record.images).try_for_each(judge)
}

/// Whether an image has feature points.
pub(super) fn has_points(file: &[u8]) -> bool {
    Record::all(file)
        .is_ok_and(|records| records.iter().flat_map(|record| &record.images).any(|image| !image.points.is_empty()))
}

/// Bits 0 to 10 are defined.
const PROPERTIES: u32 = 0x7FF;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::biometric::tests::file;

    /// A JPEG of 3 by 2 pixels whose scan is left out: nobody decodes it.
    const JPEG: &[u8] = &[
        0xFF, 0xD8, // start
        0xFF, 0xC0, 0x00, 0x11, 0x08, 0x00, 0x02, 0x00, 0x03, 0x03, 0x01, 0x22, 0x00, 0x02, 0x11, 0x01, 0x03, 0x11,
        0x01, 0xFF, 0xDA, 0x00, 0x0C, 0x03, 0x01, 0x00, 0x02, 0x11, 0x03, 0x11, 0x00, 0x3F, 0x00, // scan
        0xFF, 0xD9, // end
    ];

    fn record() -> Vec<u8> {
        let point = [1, 0xC1, 0, 2, 0, 1, 0, 0];
        let information = [&[0, 1, 1, 2, 4, 0, 0, 3, 0, 1][..], &[0; 6]].concat();
        let description = [1, 0, 0, 3, 0, 2, 1, 2, 0, 0, 0, 0];
        let own = [&information[..], &point, &description, JPEG].concat();
        let length = u32::try_from(4 + own.len()).unwrap();
        let all = u32::try_from(14 + 4 + own.len()).unwrap();
        [b"FAC\x00010\x00", &all.to_be_bytes()[..], &[0, 1], &length.to_be_bytes(), &own].concat()
    }

    /// Header, information, points, image.
    fn judged(block: &[u8]) -> [bool; 4] {
        let file = file(&FACE, [0, 8], 0x5F2E, block);
        let Ok(records) = Record::all(&file) else { return [false; 4] };
        let image = &records[0].images[0];
        [true, image.information().is_ok(), image.points().is_ok(), image.image().is_ok()]
    }

    #[test]
    fn a_record_and_what_can_be_wrong_in_it() {
        let right = record();
        assert_eq!(judged(&right), [true; 4]);
        assert!(has_points(&file(&FACE, [0, 8], 0x5F2E, &right)));
        for (check, at, with) in [
            (0, 0, b'G'),
            (0, 5, b'2'),
            (0, 11, 0),
            (0, 13, 0),
            (0, 13, 2),
            (0, 17, 0x20),
            (0, 17, 0xFF),
            (0, 19, 9),
            (1, 20, 3),
            (1, 21, 8),
            (1, 22, 9),
            (1, 23, 1),
            (1, 25, 2),
            (1, 26, 0x7F),
            (1, 28, 182),
            (1, 33, 200),
            (2, 34, 2),
            (2, 35, 0xD1),
            (2, 35, 0xC0),
            (2, 37, 3),
            (2, 39, 2),
            (2, 41, 1),
            (3, 42, 0),
            (3, 43, 1),
            (3, 43, 2),
            (3, 45, 4),
            (3, 47, 9),
            (3, 48, 5),
            (3, 49, 8),
            (3, 54, 0),
        ] {
            let mut wrong = right.clone();
            wrong[at] = with;
            assert!(!judged(&wrong)[check], "{check}: octet {at} = {with}");
        }
        assert!(!judged(&right[..right.len() - 1])[0]);
    }
}
