//! DG3: the fingers, as records of ISO/IEC 19794-4:2005, one finger in each template.

use crate::biometric::{BiometricHeader, BiometricTemplate, Group, Record};
use crate::error::{LdsError, LdsErrorKind};
use crate::image::{self, wsq};
use crate::octets::Octets;

/// DG3: a template for each finger, or none and random octets that keep its hash from telling so.
///
/// | tag    | content                                               |
/// |--------|-------------------------------------------------------|
/// | `63`   | the whole file                                        |
/// | `7F61` | `02` number of templates, then a `7F60` for each      |
/// | `7F60` | `A1` biometric header, `5F2E` or `7F2E` finger record |
/// | `53`   | random octets, when there is no finger                |
///
/// Spec: `icao-9303-10#dg3`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dg3 {
    group: Group<FingerRecord>,
}

/// A finger to be written: its position and its image.
#[derive(Clone)]
pub struct Finger {
    /// Which finger.
    pub position: FingerPosition,
    /// The image, WSQ at 500 pixels per inch.
    pub wsq: Vec<u8>,
}

/// A finger, numbered as in ISO/IEC 19794-4.
///
/// Spec: `iso-19794-4#finger-position`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum FingerPosition {
    /// 1.
    RightThumb,
    /// 2.
    RightIndex,
    /// 3.
    RightMiddle,
    /// 4.
    RightRing,
    /// 5.
    RightLittle,
    /// 6.
    LeftThumb,
    /// 7.
    LeftIndex,
    /// 8.
    LeftMiddle,
    /// 9.
    LeftRing,
    /// 10.
    LeftLittle,
}

/// A finger image record of version 010.
///
/// | bytes | content                                                                    |
/// |-------|----------------------------------------------------------------------------|
/// | 4     | `FIR` 00                                                                   |
/// | 4     | `010` 00                                                                   |
/// | 6     | length of the record, big-endian                                           |
/// | 2, 2  | capture device; acquisition level (31: 500 ppi, 8 bits)                    |
/// | 1, 1  | number of fingers; scale units (1 inch, 2 centimetre)                      |
/// | 4 × 2 | scan resolution across and down, image resolution across and down          |
/// | 1, 1  | bits of a pixel; compression (2 WSQ)                                       |
/// | 2     | reserved; then [`FingerImage`]                                             |
///
/// Spec: `iso-19794-4#finger-record`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FingerRecord {
    general: [u8; 18],
    images: Vec<FingerImage>,
}

/// One view of a finger.
///
/// | bytes | content                                                                              |
/// |-------|--------------------------------------------------------------------------------------|
/// | 4     | length of all that follows and this, big-endian                                      |
/// | 1 × 5 | position, count of views, number of this view, quality (254: not defined), impression |
/// | 2, 2  | width, height, big-endian                                                            |
/// | 1     | reserved                                                                             |
/// | rest  | the image                                                                            |
///
/// Spec: `iso-19794-4#finger-image`.
#[derive(Clone, Eq, PartialEq)]
pub struct FingerImage {
    view: [u8; 10],
    image: Vec<u8>,
}

impl Dg3 {
    /// One template for each finger.
    ///
    /// # Errors
    ///
    /// `lds.count` unless there are one or two, `lds.finger-position` if both are the same, `lds.image-format`,
    /// `lds.image-size`, `lds.image-resolution` if the image says it has other than 500 pixels per inch, or `lds.too-long`
    /// beyond 1 MiB.
    pub fn fingers(fingers: Vec<Finger>) -> Result<Self, LdsError> {
        match &fingers[..] {
            [_] => (),
            [one, other] if one.position != other.position => (),
            [_, _] => return Err(LdsError::new(LdsErrorKind::FingerPosition)),
            _ => return Err(LdsError::new(LdsErrorKind::Count { what: "fingers" })),
        }
        let templates = fingers.into_iter().map(Finger::template).collect::<Result<_, _>>()?;
        Ok(Self { group: Group { templates, random: None } })
    }

    /// No finger: the caller's random octets make the hash of the file say nothing.
    ///
    /// Spec: `icao-9303-10#dg3-zero`.
    ///
    /// # Errors
    ///
    /// `lds.count` unless there are 8 to 255 octets.
    pub fn absent(random: Vec<u8>) -> Result<Self, LdsError> {
        match random.len() {
            8..=255 => Ok(Self { group: Group { templates: Vec::new(), random: Some(random) } }),
            _ => Err(LdsError::new(LdsErrorKind::Count { what: "random octets" })),
        }
    }

    /// The templates; empty when there is no finger.
    #[must_use]
    pub fn templates(&self) -> &[BiometricTemplate<FingerRecord>] {
        &self.group.templates
    }

    /// Every finger image, in the order of the file.
    pub fn images(&self) -> impl Iterator<Item = &FingerImage> {
        self.group.templates.iter().flat_map(|template| &template.record().images)
    }

    /// The whole file; image octets are copied once.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.group.encode(0x63)
    }

    /// Reads the whole file, keeping header elements it does not know.
    ///
    /// # Errors
    ///
    /// The codes of the TLV structure, `lds.biometric-format`, `lds.record-header`, `lds.length`, `lds.count`,
    /// `lds.finger-position` or `lds.not-canonical`.
    pub fn decode(bytes: &[u8]) -> Result<Self, LdsError> {
        let group: Group<FingerRecord> = Group::decode(bytes, 0x63)?;
        for template in &group.templates {
            let (Some(&[subtype]), [image]) = (template.header().element(0x82), template.record().images()) else {
                continue;
            };
            // Zero means: nothing said.
            if subtype != 0 && image.position().is_some_and(|position| position.subtype() != subtype) {
                return Err(LdsError::new(LdsErrorKind::FingerPosition));
            }
        }
        Ok(Self { group })
    }
}

impl Finger {
    fn template(self) -> Result<BiometricTemplate<FingerRecord>, LdsError> {
        if self.wsq.len() > image::MAX_LENGTH {
            return Err(LdsError::new(LdsErrorKind::TooLong { field: "fingerprint" }));
        }
        let header = wsq::read(&self.wsq)?;
        if header.resolution.is_some_and(|found| (found.across, found.down) != (PPI, PPI)) {
            return Err(LdsError::new(LdsErrorKind::ImageResolution));
        }
        let side = |pixels: u32| u16::try_from(pixels).map_err(|_| LdsError::new(LdsErrorKind::ImageSize));
        let ([w0, w1], [h0, h1]) = (side(header.width)?.to_be_bytes(), side(header.height)?.to_be_bytes());
        let view = [self.position.code(), 1, 1, QUALITY_UNDEFINED, LIVE_SCAN_PLAIN, w0, w1, h0, h1, 0];
        let images = vec![FingerImage { view, image: self.wsq }];
        let header = BiometricHeader::new(FINGER, self.position.subtype(), FingerRecord::FORMAT_TYPE);
        Ok(BiometricTemplate::new(header, FingerRecord { general: GENERAL_500_PPI_WSQ, images }))
    }
}

impl std::fmt::Debug for Finger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Finger({:?}, {} bytes)", self.position, self.wsq.len())
    }
}

impl FingerPosition {
    /// The position of this code, 1 to 10.
    ///
    /// # Errors
    ///
    /// `lds.finger-position` for any other code.
    pub fn from_code(code: u8) -> Result<Self, LdsError> {
        let found = Self::ALL.into_iter().find(|position| position.code() == code);
        found.ok_or(LdsError::new(LdsErrorKind::FingerPosition))
    }

    /// The code of ISO/IEC 19794-4, 1 to 10.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::RightThumb => 1,
            Self::RightIndex => 2,
            Self::RightMiddle => 3,
            Self::RightRing => 4,
            Self::RightLittle => 5,
            Self::LeftThumb => 6,
            Self::LeftIndex => 7,
            Self::LeftMiddle => 8,
            Self::LeftRing => 9,
            Self::LeftLittle => 10,
        }
    }

    /// The biometric subtype of the header: bits 5 to 3 the finger, thumb first, bits 2 and 1 the side, 01 right, 10 left.
    ///
    /// Spec: `icao-9303-10#dg3`.
    #[must_use]
    pub const fn subtype(self) -> u8 {
        match self.code() {
            right @ 1..=5 => right << 2 | 0b01,
            left => (left - 5) << 2 | 0b10,
        }
    }

    /// The finger in words: `right-thumb`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RightThumb => "right-thumb",
            Self::RightIndex => "right-index",
            Self::RightMiddle => "right-middle",
            Self::RightRing => "right-ring",
            Self::RightLittle => "right-little",
            Self::LeftThumb => "left-thumb",
            Self::LeftIndex => "left-index",
            Self::LeftMiddle => "left-middle",
            Self::LeftRing => "left-ring",
            Self::LeftLittle => "left-little",
        }
    }

    /// The finger of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|finger| finger.name() == name)
    }

    /// All ten, by code.
    pub const ALL: [Self; 10] = [
        Self::RightThumb,
        Self::RightIndex,
        Self::RightMiddle,
        Self::RightRing,
        Self::RightLittle,
        Self::LeftThumb,
        Self::LeftIndex,
        Self::LeftMiddle,
        Self::LeftRing,
        Self::LeftLittle,
    ];
}

impl FingerRecord {
    /// The images, at least one.
    #[must_use]
    pub fn images(&self) -> &[FingerImage] {
        &self.images
    }

    /// The compression code; 2 is WSQ.
    #[must_use]
    pub fn compression(&self) -> u8 {
        let [.., compression, _, _] = self.general;
        compression
    }

    /// The image resolution in pixels per inch, across and down; `None` if the record counts in another unit.
    #[must_use]
    pub fn pixels_per_inch(&self) -> Option<(u16, u16)> {
        match self.general {
            [_, _, _, _, _, 1, _, _, _, _, x0, x1, y0, y1, ..] => {
                Some((u16::from_be_bytes([x0, x1]), u16::from_be_bytes([y0, y1])))
            }
            _ => None,
        }
    }
}

impl Record for FingerRecord {
    const FORMAT_TYPE: [u8; 2] = [0x00, 0x07];

    fn length(&self) -> usize {
        RECORD_HEADER + self.images.iter().map(FingerImage::length).sum::<usize>()
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"FIR\x00010\x00");
        let [_, _, length @ ..] = u64::try_from(self.length()).unwrap_or(u64::MAX).to_be_bytes();
        out.extend_from_slice(&length);
        out.extend_from_slice(&self.general);
        for image in &self.images {
            image.write(out);
        }
    }

    fn read(bytes: &[u8], at: usize) -> Result<Self, LdsError> {
        let mut octets = Octets::new(bytes, at);
        if octets.array()? != *b"FIR\x00010\x00" {
            return Err(LdsError::at_offset(LdsErrorKind::RecordHeader, at));
        }
        let wrong_length = octets.error(LdsErrorKind::Length);
        let [l0, l1, l2, l3, l4, l5] = octets.array()?;
        if usize::try_from(u64::from_be_bytes([0, 0, l0, l1, l2, l3, l4, l5])) != Ok(bytes.len()) {
            return Err(wrong_length);
        }
        let general = octets.array()?;
        let [_, _, _, _, fingers, ..]: [u8; 18] = general;
        let mut images = Vec::new();
        for _ in 0..fingers {
            let first = FingerImage::read(&mut octets)?;
            let [_, views, ..] = first.view;
            images.push(first);
            for _ in 1..views {
                images.push(FingerImage::read(&mut octets)?);
            }
        }
        let no_image = octets.error(LdsErrorKind::Count { what: "finger images" });
        octets.finish()?;
        if images.is_empty() { Err(no_image) } else { Ok(Self { general, images }) }
    }
}

impl FingerImage {
    /// The image; WSQ in our own records.
    #[must_use]
    pub fn image(&self) -> &[u8] {
        &self.image
    }

    /// Which finger; `None` for a code outside 1 to 10.
    #[must_use]
    pub fn position(&self) -> Option<FingerPosition> {
        let [position, ..] = self.view;
        FingerPosition::from_code(position).ok()
    }

    /// The width in pixels that the record claims.
    #[must_use]
    pub fn width(&self) -> u16 {
        let [.., high, low, _, _, _] = self.view;
        u16::from_be_bytes([high, low])
    }

    /// The height in pixels that the record claims.
    #[must_use]
    pub fn height(&self) -> u16 {
        let [.., high, low, _] = self.view;
        u16::from_be_bytes([high, low])
    }

    fn length(&self) -> usize {
        IMAGE_HEADER + self.image.len()
    }

    fn write(&self, out: &mut Vec<u8>) {
        // The constructor bounds the image; a decoded one came out of a record whose length fits.
        out.extend_from_slice(&u32::try_from(self.length()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(&self.view);
        out.extend_from_slice(&self.image);
    }

    fn read(octets: &mut Octets<'_>) -> Result<Self, LdsError> {
        let wrong_length = octets.error(LdsErrorKind::Length);
        let length = octets.length32()?.checked_sub(IMAGE_HEADER).ok_or(wrong_length)?;
        let view = octets.array()?;
        Ok(Self { view, image: octets.take(length)?.to_vec() })
    }
}

impl std::fmt::Debug for FingerImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FingerImage({} x {}, {} bytes)", self.width(), self.height(), self.image.len())
    }
}

const FINGER: u8 = 0x08;
const PPI: u32 = 500;
const QUALITY_UNDEFINED: u8 = 254;
const LIVE_SCAN_PLAIN: u8 = 0;
const RECORD_HEADER: usize = 32;
const IMAGE_HEADER: usize = 14;
/// Acquisition level 31, one finger, inches, 500 everywhere, 8 bits, WSQ.
const GENERAL_500_PPI_WSQ: [u8; 18] =
    [0, 0, 0x00, 0x1F, 1, 1, 0x01, 0xF4, 0x01, 0xF4, 0x01, 0xF4, 0x01, 0xF4, 8, 2, 0, 0];
