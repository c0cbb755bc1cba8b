//! Every file type: hand-written bytes, round trips, damage.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use jiff::civil::{date, datetime};
use proptest::prelude::*;
use sigillo_lds::com::Com;
use sigillo_lds::date::{LdsDate, LdsDateTime, PartialDate};
use sigillo_lds::dg1::Dg1;
use sigillo_lds::dg2::Dg2;
use sigillo_lds::dg3::{Dg3, Finger, FingerPosition};
use sigillo_lds::dg11::Dg11;
use sigillo_lds::dg12::Dg12;
use sigillo_lds::dg14::Dg14;
use sigillo_lds::dg15::Dg15;
use sigillo_lds::image::ImageFormat;
use sigillo_lds::mrz::Td1;
use sigillo_lds::sod::EfSod;
use sigillo_lds::{DataGroupNumber, LdsError, LdsErrorKind};

const RGB_JPEG: &[u8] = include_bytes!("data/rgb.jpg");
const GREY_J2K: &[u8] = include_bytes!("data/grey.j2k");
const WSQ: &[u8] = include_bytes!("data/ridges.wsq");
const MRZ: &str = "IRITAI123456780<<<<<<<<<<<<<<<8506151F3110131MAR<<<<<<<<<<<6EL<IDRISSI<<FATIMA<ZAHRA<<<<<<";

type Decode = fn(&[u8]) -> Result<Vec<u8>, LdsError>;

/// Each decoder, writing again what it read.
const DECODERS: [Decode; 9] = [
    |bytes| Com::decode(bytes).map(|file| file.encode()),
    |bytes| Dg1::decode(bytes).map(|file| file.encode()),
    |bytes| Dg2::decode(bytes).map(|file| file.encode()),
    |bytes| Dg3::decode(bytes).map(|file| file.encode()),
    |bytes| Dg11::decode(bytes).map(|file| file.encode()),
    |bytes| Dg12::decode(bytes).map(|file| file.encode()),
    |bytes| Dg14::decode(bytes).map(|file| file.encode()),
    |bytes| EfSod::decode(bytes).map(|file| file.encode()),
    |bytes| Dg15::decode(bytes).map(|file| file.encode()),
];

fn two_fingers() -> Dg3 {
    let finger = |position| Finger { position, wsq: WSQ.to_vec() };
    Dg3::fingers(vec![finger(FingerPosition::RightIndex), finger(FingerPosition::LeftIndex)]).unwrap()
}

fn dg11() -> Dg11 {
    Dg11 {
        full_name: Some("EL IDRISSI<<FATIMA-ZAHRA".into()),
        other_names: vec!["LA BELLA".into(), "ادريسي".into()],
        personal_number: Some("LDRFTM85H55Z330A".into()),
        birth_date: Some(date(1985, 6, 15).into()),
        birth_place: Some("RABAT<MAROCCO".into()),
        ..Dg11::default()
    }
}

fn dg12() -> Dg12 {
    Dg12 {
        issuing_authority: Some("QUESTURA DI VITERBO".into()),
        issue_date: Some(date(2026, 11, 2).into()),
        endorsements: Some("LAVORO SUBORDINATO".into()),
        personalized_at: Some(datetime(2026, 11, 2, 9, 30, 5, 0).into()),
        personalization_system: Some("STAZIONE-1".into()),
        ..Dg12::default()
    }
}

fn valid_files() -> Vec<(usize, Vec<u8>)> {
    vec![
        (0, Com::new("0108", &[DataGroupNumber::DG1, DataGroupNumber::DG2, DataGroupNumber::DG14]).unwrap().encode()),
        (1, Dg1 { mrz: Td1::parse(MRZ).unwrap() }.encode()),
        (2, Dg2::portrait(RGB_JPEG.to_vec()).unwrap().encode()),
        (2, Dg2::portrait(GREY_J2K.to_vec()).unwrap().encode()),
        (3, two_fingers().encode()),
        (3, Dg3::absent(vec![0xA5; 16]).unwrap().encode()),
        (4, dg11().encode()),
        (5, dg12().encode()),
        (6, Dg14::new(vec![0x31, 0x03, 0x30, 0x01, 0x00]).unwrap().encode()),
        (7, EfSod::new(vec![0x30, 0x03, 0x02, 0x01, 0x00]).unwrap().encode()),
        (8, Dg15::new(vec![0x30, 0x03, 0x02, 0x01, 0x00]).unwrap().encode()),
    ]
}

#[test]
fn every_file_reads_back() {
    for (decoder, bytes) in valid_files() {
        assert_eq!(DECODERS[decoder](&bytes).unwrap(), bytes);
        let mut long = bytes.clone();
        long.push(0);
        assert_eq!(DECODERS[decoder](&long).unwrap_err().code(), "lds.trailing-bytes");
        for end in 0..bytes.len().min(400) {
            assert!(DECODERS[decoder](&bytes[..end]).is_err());
        }
    }
}

#[test]
fn dg1_is_the_ninety_characters() {
    let bytes = Dg1 { mrz: Td1::parse(MRZ).unwrap() }.encode();
    assert_eq!(bytes, [&[0x61, 0x5D, 0x5F, 0x1F, 0x5A][..], MRZ.as_bytes()].concat());
    let mut wrong = bytes;
    wrong[5 + 14] = b'1';
    let error = Dg1::decode(&wrong).unwrap_err();
    assert_eq!((error.code(), error.at()), ("lds.check-digit", Some(5 + 14)));
}

#[test]
fn dg2_header_by_hand() {
    let bytes = Dg2::portrait(RGB_JPEG.to_vec()).unwrap().encode();
    // 920 octets of image, 40 x 56 pixels: lengths computed by hand from ISO/IEC 19794-5, 14 + 20 + 12 in front of the image.
    let record = 46 + 920;
    assert_eq!(RGB_JPEG.len(), 920);
    let header = format!(
        "758203E87F618203E30201017F608203DBA10E81010282010087020101880200085F2E82{record:04X}\
         4641430030313000{record:08X}0001{:08X}0000{}010000280038010000000000",
        record - 14,
        "00".repeat(14)
    );
    assert_eq!(hex::encode_upper(&bytes[..bytes.len() - 920]), header);
    assert_eq!(&bytes[bytes.len() - 920..], RGB_JPEG);
    let dg2 = Dg2::decode(&bytes).unwrap();
    let face = dg2.images().next().unwrap();
    assert_eq!((face.width(), face.height(), face.format(), face.image()), (40, 56, Some(ImageFormat::Jpeg), RGB_JPEG));
    assert_eq!(dg2.templates()[0].header().element(0x88), Some(&[0x00, 0x08][..]));
}

#[test]
fn dg2_of_a_foreign_card_keeps_what_it_says() {
    // Laid out by a Python program from the standard: every optional header element, unknown codes, one feature point.
    let bytes = hex::decode(
        "75777F61740201017F606EA129800201018101028201008307202401020304058508202401022034010186020001870201018802\
         00085F2E404641430030313000000000400001000000320001010203000102000003040506070801120034005600000101001000\
         200100000000000000000C6A5020200D0A",
    )
    .unwrap();
    let dg2 = Dg2::decode(&bytes).unwrap();
    assert_eq!(dg2.encode(), bytes);
    assert_eq!(dg2.templates()[0].header().elements().count(), 8);
    let face = dg2.images().next().unwrap();
    assert_eq!((face.width(), face.height(), face.image_type()), (16, 32, 1));
    assert_eq!(face.feature_points(), [[0x01, 0x12, 0x00, 0x34, 0x00, 0x56, 0x00, 0x00]]);
}

#[test]
fn dg3_header_by_hand() {
    let bytes = two_fingers().encode();
    assert_eq!(WSQ.len(), 1905);
    // Laid out by a Python program after NIST BIOMDI (fir.h): 32 octets of record header, 14 of view header, quality 254
    // undefined; 96 x 112 pixels.
    let [front, middle] = [
        "63820F7A7F61820F750201027F608207B4A10E81010882010987020101880200075F2E82079F4649520030313000\
         00000000079F0000001F010101F401F401F401F4080200000000077F020101FE000060007000",
        "7F608207B4A10E81010882010A87020101880200075F2E82079F4649520030313000\
         00000000079F0000001F010101F401F401F401F4080200000000077F070101FE000060007000",
    ]
    .map(|text| hex::decode(text).unwrap());
    assert_eq!(hex::encode(&bytes), hex::encode([&front[..], WSQ, &middle[..], WSQ].concat()));
    let dg3 = Dg3::decode(&bytes).unwrap();
    let positions: Vec<_> = dg3.images().map(|image| image.position().unwrap()).collect();
    assert_eq!(positions, [FingerPosition::RightIndex, FingerPosition::LeftIndex]);
    let image = dg3.images().next().unwrap();
    assert_eq!((image.width(), image.height(), image.image()), (96, 112, WSQ));
    let record = dg3.templates()[0].record();
    assert_eq!((record.compression(), record.pixels_per_inch()), (2, Some((500, 500))));
}

#[test]
fn dg3_without_fingers() {
    let bytes = Dg3::absent((1..=8).collect()).unwrap().encode();
    assert_eq!(hex::encode_upper(&bytes), "63107F610302010053080102030405060708");
    assert_eq!(Dg3::decode(&bytes).unwrap().images().count(), 0);
    assert_eq!(Dg3::absent(vec![0; 7]).unwrap_err().code(), "lds.count");
    assert_eq!(Dg3::fingers(Vec::new()).unwrap_err().code(), "lds.count");
    let finger = |position, wsq: &[u8]| Finger { position, wsq: wsq.to_vec() };
    let twice = vec![finger(FingerPosition::LeftRing, WSQ), finger(FingerPosition::LeftRing, WSQ)];
    assert_eq!(Dg3::fingers(twice).unwrap_err().code(), "lds.finger-position");
    let jpeg = vec![finger(FingerPosition::LeftRing, RGB_JPEG)];
    assert_eq!(Dg3::fingers(jpeg).unwrap_err().code(), "lds.image-format");
    let at = WSQ.windows(7).position(|window| window == b"PPI 500").unwrap();
    let mut wsq = WSQ.to_vec();
    wsq[at + 4] = b'3';
    let coarse = vec![finger(FingerPosition::LeftRing, &wsq)];
    assert_eq!(Dg3::fingers(coarse).unwrap_err().code(), "lds.image-resolution");
}

#[test]
fn finger_subtypes_are_the_standards() {
    // ICAO 9303-10, biometric subtype: thumb, pointer, middle, ring, little of the right hand, then of the left.
    let subtypes: Vec<u8> = FingerPosition::ALL.iter().map(|position| position.subtype()).collect();
    assert_eq!(subtypes, [0x05, 0x09, 0x0D, 0x11, 0x15, 0x06, 0x0A, 0x0E, 0x12, 0x16]);
    assert_eq!(FingerPosition::from_code(11).unwrap_err().code(), "lds.finger-position");
    let mut bytes = two_fingers().encode();
    let at = bytes.windows(3).position(|window| window == [0x82, 0x01, 0x09]).unwrap();
    bytes[at + 2] = 0x05;
    assert_eq!(Dg3::decode(&bytes).unwrap_err().code(), "lds.finger-position");
}

#[test]
fn dg11_and_dg12_by_hand() {
    let small =
        Dg11 { personal_number: Some("X1".into()), birth_date: Some(date(1985, 6, 15).into()), ..Dg11::default() };
    assert_eq!(hex::encode_upper(small.encode()), "6B165C045F105F2B5F100258315F2B083139383530363135");
    let small = Dg12 { issuing_authority: Some("Q".into()), ..Dg12::default() };
    assert_eq!(hex::encode_upper(small.encode()), "6C085C025F195F190151");
    assert_eq!(Dg11::decode(&dg11().encode()).unwrap(), dg11());
    assert_eq!(Dg12::decode(&dg12().encode()).unwrap(), dg12());
    assert!(dg11().checked().is_ok() && dg12().checked().is_ok());
    let long = Dg11 { birth_place: Some("À".repeat(50)), ..dg11() };
    assert_eq!(long.checked().unwrap_err().kind(), LdsErrorKind::TooLong { field: "place of birth" });
    let long = Dg12 { endorsements: Some("A".repeat(100)), ..dg12() };
    assert_eq!(long.checked().unwrap_err().code(), "lds.too-long");
    assert_eq!(format!("{:?} {:?}", dg11(), dg12()), "Dg11(redacted) Dg12(redacted)");
    for (file, code) in [
        ("6B0D5C045F105F2B5F100258315F2B", "lds.truncated"),
        ("6B115C025F2B5F2B083139383531333135", "lds.length"),
        ("6B0F5C025F2B5F2B083139383531333135", "lds.date"),
        ("6B095C025F105F1002C328", "lds.text"),
        ("6B095C025F115F10025831", "lds.not-canonical"),
        ("6B095C025F195F19025831", "lds.trailing-bytes"),
        ("6B055F10025831", "lds.tag-unexpected"),
        ("6B0D5C025F0FA0070201025F0F0141", "lds.count"),
    ] {
        let bytes = hex::decode(file).unwrap();
        let bytes = if code == "lds.length" { vec![0x6B, 0x85, 0, 0, 0, 0, 1] } else { bytes };
        assert_eq!(Dg11::decode(&bytes).unwrap_err().code(), code, "{file}");
    }
}

#[test]
fn damaged_records_are_refused() {
    let good = Dg2::portrait(RGB_JPEG.to_vec()).unwrap().encode();
    let record = good.windows(4).position(|window| window == b"FAC\0").unwrap();
    for (at, to, code) in [
        (record, b'X', "lds.record-header"),
        (record + 6, b'1', "lds.record-header"),
        (record + 11, 0, "lds.length"),
        (record + 11, 0xFF, "lds.length"),
        (record + 13, 0, "lds.trailing-bytes"),
        (record + 13, 2, "lds.truncated"),
        (record + 17, 1, "lds.trailing-bytes"),
        (record + 16, 0xFF, "lds.truncated"),
        (record - 6, 0x07, "lds.biometric-format"),
    ] {
        let mut bytes = good.clone();
        bytes[at] = to;
        assert_eq!(Dg2::decode(&bytes).unwrap_err().code(), code, "{}", at - record.min(at));
    }
    // The same file with a longer form of its outer length.
    for (good, decode) in [(&good, DECODERS[2]), (&two_fingers().encode(), DECODERS[3])] {
        let long = [&good[..1], &[0x83, 0x00], &good[2..]].concat();
        assert_eq!(decode(&long).unwrap_err().code(), "lds.not-canonical");
    }
    assert_eq!(Dg2::decode(&hex::decode("75067F6103020100").unwrap()).unwrap_err().code(), "lds.count");
    assert_eq!(Dg2::portrait(WSQ.to_vec()).unwrap_err().code(), "lds.image-format");
    assert_eq!(Dg2::portrait(include_bytes!("data/cmyk.jpg").to_vec()).unwrap_err().code(), "lds.image-colour");
    assert_eq!(Dg2::portrait(vec![0xFF; (1 << 20) + 1]).unwrap_err().code(), "lds.too-long");
}

prop_compose! {
    fn any_dg11()(name in proptest::option::of("\\PC{0,150}"), other in prop::collection::vec("\\PC{0,20}", 0..4),
                  number in proptest::option::of("[A-Z0-9]{16}"), year in proptest::option::of(1i16..=9999),
                  month in proptest::option::of(1i8..=12), day in proptest::option::of(1i8..=28), dated in any::<bool>(),
                  proof in proptest::option::of(prop::collection::vec(any::<u8>(), 0..300))) -> Dg11 {
        let birth_date = dated.then(|| LdsDate::from(PartialDate::new(year, month, day).unwrap()));
        Dg11 { full_name: name, other_names: other, personal_number: number, birth_date, proof_of_citizenship: proof, ..Dg11::default() }
    }
}

proptest! {
    #[test]
    fn dg11_round_trip(dg11 in any_dg11()) {
        prop_assert_eq!(Dg11::decode(&dg11.encode()).unwrap(), dg11);
    }

    #[test]
    fn dg12_round_trip(authority in "\\PC{0,40}", hour in 0i8..24, rear in prop::collection::vec(any::<u8>(), 0..200)) {
        let moment = LdsDateTime::from(datetime(2026, 11, 2, hour, 1, 2, 0));
        let dg12 = Dg12 { issuing_authority: Some(authority), personalized_at: Some(moment), rear_image: Some(rear), ..Dg12::default() };
        prop_assert_eq!(Dg12::decode(&dg12.encode()).unwrap(), dg12);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for decode in DECODERS {
            if let Ok(written) = decode(&bytes) {
                prop_assert_eq!(&written, &bytes);
            }
        }
    }

    #[test]
    fn damaged_files_never_panic_and_never_change(file in 0..11usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let (decoder, mut bytes) = valid_files().swap_remove(file);
        // Changes fall on the headers as often as on the rest.
        for (at, to) in changes {
            let reach = if to % 2 == 0 { bytes.len() } else { bytes.len().min(120) };
            let at = at.index(reach);
            bytes[at] = to;
        }
        if let Ok(written) = DECODERS[decoder](&bytes) {
            prop_assert_eq!(written, bytes);
        }
    }
}
