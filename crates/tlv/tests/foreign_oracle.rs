//! Another implementation (the crate `iso7816-tlv`) and properties judge the reader and the writer.

use iso7816_tlv::ber;
use proptest::prelude::*;
use sigillo_tlv::{Reader, Tag, encode, encoded_length, single, total_length};

#[test]
fn worked_example_ef_com() {
    // ICAO 9303-11 App. D.4 reads this EF.COM.
    let ef_com = hex::decode("60145F0104303130365F36063034303030305C026175").unwrap();
    let outer = single(&ef_com, 0x60).unwrap();
    let mut reader = outer.reader();
    assert_eq!(reader.expect(0x5F01).unwrap().value, b"0106");
    assert_eq!(reader.expect(0x5F36).unwrap().value, b"040000");
    let list = reader.expect(0x5C).unwrap();
    assert_eq!((list.value, list.at), (&[0x61, 0x75][..], 18));
    reader.finish().unwrap();
    assert!(outer.tag.is_constructed() && !list.tag.is_constructed());
}

#[test]
fn each_fault_has_its_code_and_offset() {
    for (input, code, at) in [
        ("", "tlv.tag-unexpected", 0),
        ("0100", "tlv.tag-unexpected", 0),
        ("00", "tlv.tag-form", 0),
        ("5F0000", "tlv.tag-form", 0),
        ("7F808000", "tlv.tag-form", 0),
        ("7F81818100", "tlv.tag-form", 0),
        ("6180", "tlv.indefinite", 0),
        ("61850000000000", "tlv.length-form", 0),
        ("6102FF", "tlv.truncated", 0),
        ("6184FFFFFFFF", "tlv.truncated", 0),
        ("6100AA", "tlv.trailing-bytes", 2),
    ] {
        let error = single(&hex::decode(input).unwrap(), 0x61).unwrap_err();
        assert_eq!((error.code(), error.at()), (code, at), "{input}");
    }
}

#[test]
fn total_length_waits_for_the_header() {
    assert_eq!(total_length(&[0x75]).unwrap(), None);
    assert_eq!(total_length(&[0x75, 0x82, 0x40]).unwrap(), None);
    assert_eq!(total_length(&[0x75, 0x82, 0x40, 0x00]).unwrap(), Some(0x4004));
    assert_eq!(total_length(&[0x75, 0x80]).unwrap_err().code(), "tlv.indefinite");
}

proptest! {
    #[test]
    fn what_the_other_one_writes_we_read(tag in prop::sample::select(vec![0x61u32, 0x5F1F, 0x7F61, 0x04, 0x8E]), value in prop::collection::vec(any::<u8>(), 0..70_000)) {
        // Their tree insists on parsed children under a constructed tag, so only primitive ones are built by them.
        let ours = encode(tag, &value);
        if !Tag::new(tag).is_constructed() {
            let theirs = ber::Tlv::new(ber::Tag::try_from(tag).unwrap(), ber::Value::Primitive(value.clone())).unwrap();
            prop_assert_eq!(theirs.to_vec(), ours.clone());
        }
        prop_assert_eq!(ours.len(), encoded_length(tag, value.len()));
        let back = single(&ours, tag).unwrap();
        prop_assert_eq!(back.value, &value[..]);
        prop_assert_eq!(back.raw, &ours[..]);
    }

    #[test]
    fn any_input_ends_without_a_panic_and_raw_pieces_rebuild_it(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut reader = Reader::new(&bytes);
        let mut seen = Vec::new();
        while let Ok(Some(tlv)) = reader.next() {
            prop_assert_eq!(tlv.at, seen.len());
            seen.extend_from_slice(tlv.raw);
        }
        prop_assert_eq!(&seen[..], &bytes[..seen.len()]);
    }
}
