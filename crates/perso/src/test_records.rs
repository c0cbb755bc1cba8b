//! Biometric data groups with records of ISO/IEC 39794, of TEST profiles alone: what a chip issued from 2030 on will be asked for.
//!
//! Envelope and face record are those of the standards. Of finger and iris records the head is; no case looks deeper, and what is in
//! their representation was not held against a text of the standard.

use sigillo_issuance::record::{Fingerprint, HolderRecord};
use sigillo_lds::image::{self, ImageFormat};
use sigillo_lds::mrz::Sex;
use sigillo_tlv::encode;

/// DG2 with the portrait in a face image data block.
///
/// | tag | content |
/// |---|---|
/// | `65` | `A0` version, `A1 { 30 }` one representation |
/// | `30` | `80` its number, `A1 { A0 { A0 { 80` image`, A1` about it `} } }`, `A8 { A0 }` the sex |
/// | about the image | `A0 { 80 }` format: 2 JPEG, 3 JPEG 2000; `A1 { 80 }` kind: 0, of a travel document |
///
/// Spec: `icao-9303-10#dg2`, `iso-39794-5#face-image`.
pub(crate) fn face(record: &HolderRecord) -> Vec<u8> {
    let portrait = &record.portrait.bytes;
    let format = match image::read(portrait) {
        Ok(header) if header.format == ImageFormat::Jpeg => JPEG,
        _ => JPEG_2000,
    };
    let sex = match record.sex {
        Sex::Unspecified => OTHER,
        Sex::Male => MALE,
        Sex::Female => FEMALE,
    };
    let about = [chosen(0xA0, format), chosen(0xA1, KIND_OF_TRAVEL_DOCUMENTS)].concat();
    let image = encode(0xA0, &encode(0xA0, &[encode(0x80, portrait), encode(0xA1, &about)].concat()));
    let representation = [encode(0x80, &[0]), encode(0xA1, &image), encode(0xA8, &chosen(0xA0, sex))];
    group(0x75, &[template(Kind::FACE, 0, &representation.concat())])
}

/// DG3 with a finger image data block for each finger.
///
/// Spec: `icao-9303-10#dg3`.
pub(crate) fn fingers(taken: &[Fingerprint]) -> Vec<u8> {
    let finger = |taken: &Fingerprint| {
        let representation = [chosen(0xA0, taken.position.code()), encode(0x83, &taken.image.bytes)];
        template(Kind::FINGER, taken.position.subtype(), &representation.concat())
    };
    group(0x63, &taken.iter().map(finger).collect::<Vec<_>>())
}

/// DG4 with an iris image data block around this image.
///
/// Spec: `icao-9303-10#dg4`.
pub(crate) fn iris(subtype: u8, image: &[u8]) -> Vec<u8> {
    let representation = [chosen(0xA0, subtype), encode(0x83, image)];
    group(0x76, &[template(Kind::IRIS, subtype, &representation.concat())])
}

/// One kind of biometric data: its type, its format by CBEFF, and the application tag of its record.
struct Kind {
    biometric_type: u8,
    format: [u8; 2],
    record: u32,
}

impl Kind {
    const FACE: Self = Self { biometric_type: 0x02, format: [0x00, 0x2A], record: 0x65 };
    const FINGER: Self = Self { biometric_type: 0x08, format: [0x00, 0x28], record: 0x64 };
    const IRIS: Self = Self { biometric_type: 0x10, format: [0x00, 0x2C], record: 0x66 };
}

fn group(file: u32, templates: &[Vec<u8>]) -> Vec<u8> {
    // One face, one iris, at most ten fingers.
    let count = encode(0x02, &[u8::try_from(templates.len()).unwrap_or(u8::MAX)]);
    encode(file, &encode(0x7F61, &[count, templates.concat()].concat()))
}

/// `7F60 { A1` header`, 7F2E { A1 {` record `} } }`, of generation 3 and the year 2019.
///
/// Spec: `icao-9303-10#biometric-encoding`.
fn template(kind: Kind, subtype: u8, representation: &[u8]) -> Vec<u8> {
    let header = [
        encode(0x81, &[kind.biometric_type]),
        encode(0x82, &[subtype]),
        encode(0x87, &[0x01, 0x01]),
        encode(0x88, &kind.format),
    ];
    let version = encode(0xA0, &[encode(0x80, &[3]), encode(0x81, &[0x07, 0xE3])].concat());
    let record = [version, encode(0xA1, &encode(0x30, representation))].concat();
    let block = encode(0x7F2E, &encode(0xA1, &encode(kind.record, &record)));
    encode(0x7F60, &[encode(0xA1, &header.concat()), block].concat())
}

/// A CHOICE that chose a code, inside its own tag.
fn chosen(tag: u32, code: u8) -> Vec<u8> {
    encode(tag, &encode(0x80, &[code]))
}

const JPEG: u8 = 2;
const JPEG_2000: u8 = 3;
const KIND_OF_TRAVEL_DOCUMENTS: u8 = 0;
const OTHER: u8 = 1;
const MALE: u8 = 2;
const FEMALE: u8 = 3;
