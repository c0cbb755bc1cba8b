use std::ops::RangeInclusive;

use base64ct::{Base64, Encoding};
use serde_json::Value;
use sigillo_lds::image::{self, Colour, ImageFormat, ImageHeader};

use super::fault::FaultKind;
use super::holder::Image;
use super::members::Members;
use super::rules::LotRules;

/// Gives the images that a record names by path.
pub trait ImageSource {
    /// Reads the file at a relative path with forward slashes and without empty, `.` or `..` parts.
    ///
    /// # Errors
    ///
    /// [`ImageRefused`]; the source refuses what a link would lead out of the lot's folder, and files above [`IMAGE_MAX_BYTES`].
    fn read(&self, relative: &str) -> Result<Vec<u8>, ImageRefused>;
}

/// No image is longer than this, whatever the profile's space.
pub const IMAGE_MAX_BYTES: usize = 64 * 1024;

/// Why a source gives no image.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ImageRefused {
    /// The path leads out of the lot's folder.
    #[error("the path leads out of the lot's folder")]
    Outside,
    /// Nothing is there.
    #[error("there is no such file")]
    Missing,
    /// Something is there that cannot be read as a file.
    #[error("the file cannot be read")]
    Unreadable,
    /// The file is longer than [`IMAGE_MAX_BYTES`].
    #[error("the file is too large")]
    TooLarge,
}

/// The portrait: JPEG or JPEG 2000, in colour, upright.
///
/// Spec: `iso-19794-5#face-image`.
pub(super) fn portrait(members: &mut Members<'_>, images: &dyn ImageSource, rules: &LotRules) -> Option<Image> {
    let value = members.required("portrait")?;
    let bytes = bytes(members, "portrait", value, images, rules.portrait_max_bytes)?;
    let Some(header) = header(&bytes, &[ImageFormat::Jpeg, ImageFormat::Jpeg2000]) else {
        members.fault("portrait", FaultKind::PortraitFormat);
        return None;
    };
    let upright = header.height > header.width;
    if !upright || !PORTRAIT_WIDTH.contains(&header.width) || !PORTRAIT_HEIGHT.contains(&header.height) {
        members.fault("portrait", FaultKind::PortraitSize);
    }
    if header.colour != Colour::Rgb || header.bits != 8 {
        members.fault("portrait", FaultKind::PortraitColour);
    }
    Some(image(header, bytes))
}

/// The signature, if there is one: JPEG or JPEG 2000, for the print.
pub(super) fn signature(members: &mut Members<'_>, images: &dyn ImageSource, rules: &LotRules) -> Option<Image> {
    let value = members.optional("signature")?;
    let bytes = bytes(members, "signature", value, images, rules.signature_max_bytes)?;
    let header = header(&bytes, &[ImageFormat::Jpeg, ImageFormat::Jpeg2000])
        .filter(|header| header.width <= SIGNATURE_WIDTH && header.height <= SIGNATURE_HEIGHT);
    if header.is_none() {
        members.fault("signature", FaultKind::SignatureFormat);
    }
    header.map(|header| image(header, bytes))
}

/// One finger's `image`: WSQ of a plain print at 500 dots an inch; a file that names no resolution is taken at the station's word.
///
/// Spec: `iso-19794-4#finger-image`.
pub(super) fn fingerprint(finger: &mut Members<'_>, images: &dyn ImageSource, rules: &LotRules) -> Option<Image> {
    let value = finger.required("image")?;
    let bytes = bytes(finger, "image", value, images, rules.fingerprint_max_bytes)?;
    let Some(header) = header(&bytes, &[ImageFormat::Wsq]) else {
        finger.fault("image", FaultKind::FingerprintFormat);
        return None;
    };
    if !PRINT_SIDE.contains(&header.width) || !PRINT_SIDE.contains(&header.height) {
        finger.fault("image", FaultKind::FingerprintSize);
    }
    let named = header.resolution;
    if named.is_some_and(|named| !DOTS_AN_INCH.contains(&named.across) || !DOTS_AN_INCH.contains(&named.down)) {
        finger.fault("image", FaultKind::FingerprintResolution);
    }
    Some(image(header, bytes))
}

/// The bytes of an image `{"base64": …}` or `{"path": …}`.
fn bytes(
    members: &mut Members<'_>,
    name: &str,
    value: Value,
    images: &dyn ImageSource,
    limit: usize,
) -> Option<Vec<u8>> {
    let mut source = members.object(name, value)?;
    let base64 = source.optional("base64");
    let path = source.optional("path");
    let read = match (base64, path) {
        (Some(Value::String(text)), None) => decoded(&text, limit).map_err(|kind| ("base64", kind)),
        (None, Some(Value::String(path))) => loaded(&path, images, limit).map_err(|kind| ("path", kind)),
        (Some(_), None) => Err(("base64", FaultKind::WrongType)),
        (None, Some(_)) => Err(("path", FaultKind::WrongType)),
        (None, None) | (Some(_), Some(_)) => Err(("", FaultKind::ImageSource)),
    };
    let bytes = match read {
        Ok(bytes) => Some(bytes),
        Err((part, kind)) => {
            source.fault(part, kind);
            None
        }
    };
    source.finish();
    bytes
}

fn decoded(text: &str, limit: usize) -> Result<Vec<u8>, FaultKind> {
    if text.len() / 4 * 3 > limit + 2 {
        return Err(FaultKind::ImageTooLarge);
    }
    let bytes = Base64::decode_vec(text).map_err(|_| FaultKind::ImageBase64)?;
    within(bytes, limit)
}

fn loaded(path: &str, images: &dyn ImageSource, limit: usize) -> Result<Vec<u8>, FaultKind> {
    if !stays_inside(path) {
        return Err(FaultKind::ImagePath);
    }
    let bytes = images.read(path).map_err(|refused| match refused {
        ImageRefused::Outside => FaultKind::ImagePath,
        ImageRefused::Missing => FaultKind::ImageMissing,
        ImageRefused::Unreadable => FaultKind::ImageUnreadable,
        ImageRefused::TooLarge => FaultKind::ImageTooLarge,
    })?;
    within(bytes, limit)
}

fn within(bytes: Vec<u8>, limit: usize) -> Result<Vec<u8>, FaultKind> {
    if bytes.len() <= limit { Ok(bytes) } else { Err(FaultKind::ImageTooLarge) }
}

/// A relative path of plain names; what links it meets is for the source to judge.
fn stays_inside(path: &str) -> bool {
    let plain = path.len() <= LONGEST_PATH && !path.contains(['\\', ':']) && !path.chars().any(char::is_control);
    plain && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn header(bytes: &[u8], formats: &[ImageFormat]) -> Option<ImageHeader> {
    image::read(bytes).ok().filter(|header| formats.contains(&header.format))
}

fn image(header: ImageHeader, bytes: Vec<u8>) -> Image {
    Image { format: header.format, width: header.width, height: header.height, bytes }
}

const PORTRAIT_WIDTH: RangeInclusive<u32> = 240..=1200;
const PORTRAIT_HEIGHT: RangeInclusive<u32> = 320..=1600;
const SIGNATURE_WIDTH: u32 = 1600;
const SIGNATURE_HEIGHT: u32 = 800;
const PRINT_SIDE: RangeInclusive<u32> = 200..=832;
/// ISO/IEC 19794-4 allows one per cent.
const DOTS_AN_INCH: RangeInclusive<u32> = 495..=505;
const LONGEST_PATH: usize = 200;
