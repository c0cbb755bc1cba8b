//! DG2: the face, as a record of ISO/IEC 19794-5:2005.

use crate::biometric::{BiometricHeader, BiometricTemplate, Group, Record};
use crate::error::{LdsError, LdsErrorKind};
use crate::image::{self, Colour, ImageFormat};
use crate::octets::Octets;

/// DG2: one template or more, in the envelope of [`BiometricTemplate`].
///
/// | tag    | content                                              |
/// |--------|------------------------------------------------------|
/// | `75`   | the whole file                                       |
/// | `7F61` | `02` number of templates, then a `7F60` for each     |
/// | `7F60` | `A1` biometric header, `5F2E` or `7F2E` face record  |
///
/// Spec: `icao-9303-10#dg2`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dg2 {
    group: Group<FaceRecord>,
}

/// A face record of version 010: images with what is known about them.
///
/// | bytes | content                                     |
/// |-------|---------------------------------------------|
/// | 4     | `FAC` 00                                    |
/// | 4     | `010` 00                                    |
/// | 4     | length of the record, big-endian            |
/// | 2     | number of images, big-endian; then [`FaceImage`] |
///
/// Spec: `iso-19794-5#face-record`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FaceRecord {
    images: Vec<FaceImage>,
}

/// One image of a face record.
///
/// | bytes | content                                                                            |
/// |-------|------------------------------------------------------------------------------------|
/// | 4     | length of all that follows and this, big-endian                                    |
/// | 2     | number of feature points                                                           |
/// | 14    | gender, eyes, hair, feature mask 3, expression 2, pose 3, its uncertainty 3         |
/// | 8 × n | feature points                                                                     |
/// | 12    | image type, format (0 JPEG, 1 JPEG 2000), width 2, height 2, colour space, source, device 2, quality 2 |
/// | rest  | the image                                                                          |
///
/// Spec: `iso-19794-5#face-image`.
#[derive(Clone, Eq, PartialEq)]
pub struct FaceImage {
    facial: [u8; 14],
    points: Vec<[u8; 8]>,
    information: [u8; 12],
    image: Vec<u8>,
}

impl Dg2 {
    /// One full frontal portrait, JPEG or JPEG 2000; size, format and colour are read from the image itself.
    ///
    /// # Errors
    ///
    /// `lds.image-format`, `lds.image-size` or `lds.image-colour`, or `lds.too-long` beyond 1 MiB.
    pub fn portrait(image: Vec<u8>) -> Result<Self, LdsError> {
        let record = FaceRecord { images: vec![FaceImage::portrait(image)?] };
        let header = BiometricHeader::new(FACE, SUBTYPE_NONE, FaceRecord::FORMAT_TYPE);
        Ok(Self { group: Group { templates: vec![BiometricTemplate::new(header, record)], random: None } })
    }

    /// The templates.
    #[must_use]
    pub fn templates(&self) -> &[BiometricTemplate<FaceRecord>] {
        &self.group.templates
    }

    /// Every face image, in the order of the file.
    pub fn images(&self) -> impl Iterator<Item = &FaceImage> {
        self.group.templates.iter().flat_map(|template| &template.record().images)
    }

    /// The whole file; image octets are copied once.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.group.encode(0x75)
    }

    /// Reads the whole file, keeping header elements it does not know.
    ///
    /// # Errors
    ///
    /// The codes of the TLV structure, `lds.biometric-format`, `lds.record-header`, `lds.length`, `lds.count` or
    /// `lds.not-canonical`.
    pub fn decode(bytes: &[u8]) -> Result<Self, LdsError> {
        let group = Group::decode(bytes, 0x75)?;
        match group.random.is_none() && !group.templates.is_empty() {
            true => Ok(Self { group }),
            false => Err(LdsError::new(LdsErrorKind::Count { what: "biometric templates" })),
        }
    }
}

impl FaceRecord {
    /// The images, at least one.
    #[must_use]
    pub fn images(&self) -> &[FaceImage] {
        &self.images
    }
}

impl Record for FaceRecord {
    const FORMAT_TYPE: [u8; 2] = [0x00, 0x08];

    fn length(&self) -> usize {
        RECORD_HEADER + self.images.iter().map(FaceImage::length).sum::<usize>()
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"FAC\x00010\x00");
        out.extend_from_slice(&length32(self.length()));
        out.extend_from_slice(&u16::try_from(self.images.len()).unwrap_or(u16::MAX).to_be_bytes());
        for image in &self.images {
            image.write(out);
        }
    }

    fn read(bytes: &[u8], at: usize) -> Result<Self, LdsError> {
        let mut octets = Octets::new(bytes, at);
        if octets.array()? != *b"FAC\x00010\x00" {
            return Err(LdsError::at_offset(LdsErrorKind::RecordHeader, at));
        }
        let wrong_length = octets.error(LdsErrorKind::Length);
        if octets.length32()? != bytes.len() {
            return Err(wrong_length);
        }
        let no_image = octets.error(LdsErrorKind::Count { what: "face images" });
        let count = octets.u16()?;
        let mut images = Vec::new();
        for _ in 0..count {
            images.push(FaceImage::read(&mut octets)?);
        }
        octets.finish()?;
        if images.is_empty() { Err(no_image) } else { Ok(Self { images }) }
    }
}

impl FaceImage {
    fn portrait(image: Vec<u8>) -> Result<Self, LdsError> {
        if image.len() > image::MAX_LENGTH {
            return Err(LdsError::new(LdsErrorKind::TooLong { field: "portrait" }));
        }
        let header = image::read(&image)?;
        let format = match header.format {
            ImageFormat::Jpeg => 0,
            ImageFormat::Jpeg2000 => 1,
            ImageFormat::Wsq => return Err(LdsError::at_offset(LdsErrorKind::ImageFormat, 0)),
        };
        let colour_space = match header.colour {
            Colour::Grey => 3,
            Colour::Rgb => 1,
            Colour::Other => return Err(LdsError::new(LdsErrorKind::ImageColour)),
        };
        let side = |pixels: u32| u16::try_from(pixels).map_err(|_| LdsError::new(LdsErrorKind::ImageSize));
        let ([w0, w1], [h0, h1]) = (side(header.width)?.to_be_bytes(), side(header.height)?.to_be_bytes());
        // Source, device and quality are unspecified, as are gender, eyes, hair, expression and pose: nobody measured them.
        let information = [FULL_FRONTAL, format, w0, w1, h0, h1, colour_space, 0, 0, 0, 0, 0];
        Ok(Self { facial: [0; 14], points: Vec::new(), information, image })
    }

    /// JPEG or JPEG 2000.
    #[must_use]
    pub fn image(&self) -> &[u8] {
        &self.image
    }

    /// The width in pixels that the record claims.
    #[must_use]
    pub fn width(&self) -> u16 {
        let [_, _, high, low, ..] = self.information;
        u16::from_be_bytes([high, low])
    }

    /// The height in pixels that the record claims.
    #[must_use]
    pub fn height(&self) -> u16 {
        let [_, _, _, _, high, low, ..] = self.information;
        u16::from_be_bytes([high, low])
    }

    /// The image type: 0 basic, 1 full frontal, 2 token frontal.
    #[must_use]
    pub fn image_type(&self) -> u8 {
        let [image_type, ..] = self.information;
        image_type
    }

    /// The image format that the record claims; `None` for a code outside the standard.
    #[must_use]
    pub fn format(&self) -> Option<ImageFormat> {
        match self.information {
            [_, 0, ..] => Some(ImageFormat::Jpeg),
            [_, 1, ..] => Some(ImageFormat::Jpeg2000),
            _ => None,
        }
    }

    /// The feature points as they stand in the record.
    #[must_use]
    pub fn feature_points(&self) -> &[[u8; 8]] {
        &self.points
    }

    fn length(&self) -> usize {
        IMAGE_HEADER + self.points.len() * 8 + self.image.len()
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&length32(self.length()));
        out.extend_from_slice(&u16::try_from(self.points.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(&self.facial);
        out.extend(self.points.iter().flatten());
        out.extend_from_slice(&self.information);
        out.extend_from_slice(&self.image);
    }

    fn read(octets: &mut Octets<'_>) -> Result<Self, LdsError> {
        let wrong_length = octets.error(LdsErrorKind::Length);
        let length = octets.length32()?;
        let count = octets.u16()?;
        let facial = octets.array()?;
        let mut points = Vec::new();
        for _ in 0..count {
            points.push(octets.array()?);
        }
        let information = octets.array()?;
        let image_length = length.checked_sub(IMAGE_HEADER + points.len() * 8).ok_or(wrong_length)?;
        let image = octets.take(image_length)?.to_vec();
        Ok(Self { facial, points, information, image })
    }
}

impl std::fmt::Debug for FaceImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FaceImage({} x {}, {} bytes)", self.width(), self.height(), self.image.len())
    }
}

/// Constructors bound the image; a decoded one came out of a record whose length fits.
fn length32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

const FACE: u8 = 0x02;
const SUBTYPE_NONE: u8 = 0x00;
const FULL_FRONTAL: u8 = 1;
const RECORD_HEADER: usize = 14;
const IMAGE_HEADER: usize = 20 + 12;
