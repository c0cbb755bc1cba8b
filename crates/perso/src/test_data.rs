//! What a TEST profile puts into data groups that no record of a permit fills, so that a chip with them can be qualified.
//!
//! Well-formed by ICAO 9303-10 and about nobody: each text says TEST, each image is the same chequered square.

use jiff::civil::Date;
use sigillo_lds::date::LdsDateTime;
use sigillo_lds::dg11::Dg11;
use sigillo_lds::dg12::Dg12;
use sigillo_profile::BiometricRecords;
use sigillo_tlv::encode;

use crate::test_records;

/// A whole file; `None` for a data group that a record or the chip itself fills.
///
/// | group | file | content |
/// |---|---|---|
/// | 4 | `76` | [`iris`] |
/// | 5 | `65` | `02` one, `5F40` displayed portrait |
/// | 6 | `66` | `53`: the standard reserves the group and says nothing of its content |
/// | 7 | `67` | `02` one, `5F43` displayed signature |
/// | 8, 9, 10 | `68`, `69`, `6A` | `02` one, `53`: the template is the issuer's own until the standard defines it |
/// | 13 | `6D` | `53`: the content is the issuer's own |
/// | 16 | `70` | [`persons_to_notify`] |
///
/// Spec: `icao-9303-10#data-groups`.
pub(crate) fn test_group(number: u8, records: BiometricRecords) -> Option<Vec<u8>> {
    let own = encode(0x53, TEXT.as_bytes());
    let one = |tag, value: &[u8]| [ONE.to_vec(), encode(tag, value)].concat();
    Some(match number {
        4 if records == BiometricRecords::Iso39794 => test_records::iris(RIGHT, IMAGE),
        4 => encode(0x76, &iris()),
        5 => encode(0x65, &one(0x5F40, IMAGE)),
        6 => encode(0x66, &own),
        7 => encode(0x67, &one(0x5F43, IMAGE)),
        8 => encode(0x68, &one(0x53, TEXT.as_bytes())),
        9 => encode(0x69, &one(0x53, TEXT.as_bytes())),
        10 => encode(0x6A, &one(0x53, TEXT.as_bytes())),
        13 => encode(0x6D, &own),
        16 => encode(0x70, &persons_to_notify()),
        _ => return None,
    })
}

/// DG11 with every element that the standard knows: those of the record, and TEST for the others.
///
/// Spec: `icao-9303-10#dg11`.
pub(crate) fn all_personal_details(record: Dg11) -> Dg11 {
    let test = || Some(TEXT.to_owned());
    Dg11 {
        other_names: vec!["TEST<<ALTER".to_owned(), "TEST<<ALTERA".to_owned()],
        personal_number: record.personal_number.or_else(test),
        address: Some("VIA DEL TEST 1<ROMA<RM".to_owned()),
        telephone: Some("+39065550100".to_owned()),
        profession: test(),
        title: test(),
        summary: test(),
        proof_of_citizenship: Some(IMAGE.to_vec()),
        other_documents: Some("TEST00001<TEST00002".to_owned()),
        custody: test(),
        ..record
    }
}

/// DG12 with every element that the standard knows: those of the record, and TEST for the others.
///
/// Spec: `icao-9303-10#dg12`.
pub(crate) fn all_document_details(record: Dg12, day: Date) -> Dg12 {
    let test = || Some(TEXT.to_owned());
    Dg12 {
        other_persons: vec!["TEST<<TERTIA".to_owned()],
        endorsements: record.endorsements.or_else(test),
        tax_or_exit: test(),
        front_image: Some(IMAGE.to_vec()),
        rear_image: Some(IMAGE.to_vec()),
        personalized_at: Some(LdsDateTime::from(day.at(12, 0, 0, 0))),
        personalization_system: test(),
        ..record
    }
}

/// One template around one iris.
///
/// | tag | content |
/// |---|---|
/// | `7F61` | `02` one, `7F60` |
/// | `7F60` | `A1` biometric header, `5F2E` record |
/// | `A1` | `81` iris (10), `82` right (01), `87` owner 0101, `88` type 0009 |
///
/// Spec: `icao-9303-10#dg4`, `icao-9303-10#biometric-encoding`.
fn iris() -> Vec<u8> {
    let header =
        [encode(0x81, &[0x10]), encode(0x82, &[RIGHT]), encode(0x87, &[0x01, 0x01]), encode(0x88, &[0x00, 0x09])];
    let template = [encode(0xA1, &header.concat()), encode(0x5F2E, &iris_record())].concat();
    encode(0x7F61, &[ONE.to_vec(), encode(0x7F60, &template)].concat())
}

/// An iris image record of version 010 with one image.
///
/// | bytes | content |
/// |---|---|
/// | 4, 4, 4 | `IIR` 00; `010` 00; length of the record |
/// | 2, 1, 2 | capture device; number of irises; length of the head, 45 |
/// | 2, 2 | properties, all undefined; diameter, undefined |
/// | 2, 2, 2, 1, 1 | format (6: grey JPEG); width, height; bits; transformation, undefined |
/// | 16 | the device's own name |
/// | 1, 2 | which iris (1: right); number of its images |
/// | 2, 1, 2, 2, 4 | number of the image; quality (254: undefined); rotation and its uncertainty, undefined; length |
/// | rest | the image |
///
/// Spec: `iso-19794-6#iris-record`.
fn iris_record() -> Vec<u8> {
    let four = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let behind_length = [
        &[0x00, 0x00, 1, 0x00, 45][..],
        &[0x00, 0x00, 0x00, 0x00],
        &[0x00, 0x06, 0x00, SIDE, 0x00, SIDE, 8, 0],
        b"TEST TEST TEST\0\0",
        &[RIGHT, 0x00, 1],
        &[0x00, 1, 254, 0x00, 0x00, 0xFF, 0xFF],
        &four(IMAGE.len()),
        IMAGE,
    ]
    .concat();
    [b"IIR\x00010\x00".as_slice(), &four(12 + behind_length.len()), &behind_length].concat()
}

/// Two persons.
///
/// | tag | content |
/// |---|---|
/// | `02` | number of persons |
/// | `A1`, `A2` … | `5F50` date of recording, `5F51` name, `5F52` telephone, `5F53` address |
///
/// Spec: `icao-9303-10#dg16`.
fn persons_to_notify() -> Vec<u8> {
    let person = |name: &str| {
        [
            encode(0x5F50, b"20260101"),
            encode(0x5F51, name.as_bytes()),
            encode(0x5F52, b"+39065550100"),
            encode(0x5F53, b"VIA DEL TEST 1<ROMA<RM"),
        ]
        .concat()
    };
    [encode(0x02, &[2]), encode(0xA1, &person("TEST<<PRIMA")), encode(0xA2, &person("TEST<<SECUNDA"))].concat()
}

const TEXT: &str = "TEST";
/// Grey JPEG of 16 × 16 pixels, made with Pillow.
const IMAGE: &[u8] = include_bytes!("../test-data/image.jpg");
const SIDE: u8 = 16;
/// An INTEGER: one of what follows.
const ONE: [u8; 3] = [0x02, 0x01, 0x01];
const RIGHT: u8 = 1;

#[cfg(test)]
mod tests {
    use sigillo_lds::image::ImageFormat;
    use sigillo_tlv::single;

    use super::*;

    #[test]
    fn each_group_is_one_object_with_its_own_tag() {
        for records in [BiometricRecords::Iso19794, BiometricRecords::Iso39794] {
            let groups = (1..=16).filter_map(|number| Some((number, test_group(number, records)?)));
            let tags: Vec<_> = groups.map(|(number, file)| (number, u32::from(file[0]), file)).collect();
            assert!(tags.iter().all(|(_, tag, file)| single(file, *tag).is_ok()));
            let tags: Vec<_> = tags.into_iter().map(|(number, tag, _)| (number, tag)).collect();
            let expected =
                [4, 5, 6, 7, 8, 9, 10, 13, 16].into_iter().zip([0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6D, 0x70]);
            assert_eq!(tags, expected.collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_image_is_what_the_records_say() {
        let image = sigillo_lds::image::read(IMAGE).unwrap();
        assert_eq!((image.format, image.width, image.height), (ImageFormat::Jpeg, u32::from(SIDE), u32::from(SIDE)));
        let record = iris_record();
        assert_eq!(record.len(), 45 + 3 + 11 + IMAGE.len());
        assert_eq!(usize::from(record[11]) + 256 * usize::from(record[10]), record.len());
    }

    #[test]
    fn every_element_of_the_details_is_there_and_read_back() {
        let dg11 = all_personal_details(Dg11::default()).checked().unwrap();
        assert_eq!(Dg11::decode(&dg11.encode()).unwrap(), dg11);
        let dg12 = all_document_details(Dg12::default(), jiff::civil::date(2026, 11, 22)).checked().unwrap();
        assert_eq!(Dg12::decode(&dg12.encode()).unwrap(), dg12);
    }
}
