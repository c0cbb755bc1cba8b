//! Image headers of files made by Pillow 13 (libjpeg-turbo, OpenJPEG) and by the PyPI package `wsq` (NBIS), never by us.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use proptest::prelude::*;
use sigillo_lds::image::{self, Colour, ImageFormat, ImageHeader, ImageLimits, Resolution, jpeg, jpeg2000, wsq};

const FILES: [&[u8]; 6] = [
    include_bytes!("data/rgb.jpg"),
    include_bytes!("data/grey-progressive.jpg"),
    include_bytes!("data/cmyk.jpg"),
    include_bytes!("data/rgb.jp2"),
    include_bytes!("data/grey.j2k"),
    include_bytes!("data/ridges.wsq"),
];

#[test]
fn foreign_images_say_what_was_asked_of_their_makers() {
    let inch = |ppi| Some(Resolution { across: ppi, down: ppi });
    for (bytes, (format, colour, width, height, resolution)) in FILES.into_iter().zip([
        (ImageFormat::Jpeg, Colour::Rgb, 40, 56, inch(300)),
        (ImageFormat::Jpeg, Colour::Grey, 40, 56, None),
        (ImageFormat::Jpeg, Colour::Other, 40, 56, None),
        (ImageFormat::Jpeg2000, Colour::Rgb, 40, 56, None),
        (ImageFormat::Jpeg2000, Colour::Grey, 40, 56, None),
        (ImageFormat::Wsq, Colour::Grey, 96, 112, inch(500)),
    ]) {
        assert_eq!(image::read(bytes), Ok(ImageHeader { format, width, height, colour, bits: 8, resolution }));
    }
}

#[test]
fn limits_name_what_is_wrong() {
    let limits = ImageLimits {
        width: 40..=50,
        height: 50..=60,
        colours: &[Colour::Rgb],
        resolution: 200..=400,
        resolution_required: true,
    };
    let judged =
        |bytes: &[u8], limits: &ImageLimits| image::read(bytes).unwrap().within(limits).map_err(|error| error.code());
    assert_eq!(judged(FILES[0], &limits), Ok(()));
    assert_eq!(judged(FILES[5], &limits), Err("lds.image-size"));
    assert_eq!(judged(FILES[1], &limits), Err("lds.image-colour"));
    assert_eq!(judged(FILES[3], &limits), Err("lds.image-resolution"));
    assert_eq!(judged(FILES[0], &ImageLimits { resolution: 301..=302, ..limits.clone() }), Err("lds.image-resolution"));
    assert_eq!(judged(FILES[3], &ImageLimits { resolution_required: false, ..limits }), Ok(()));
}

#[test]
fn broken_images_are_refused() {
    for bytes in FILES {
        for end in 0..bytes.len() {
            assert!(image::read(&bytes[..end]).is_err());
        }
        let mut long = bytes.to_vec();
        long.push(0);
        assert_eq!(image::read(&long).unwrap_err().code(), "lds.image-format");
    }
    assert_eq!(image::read(b"GIF89a").unwrap_err().code(), "lds.image-format");
    assert_eq!(image::read(&[]).unwrap_err().code(), "lds.image-format");

    // No pixels: the height of the WSQ frame header set to zero.
    let mut wsq = FILES[5].to_vec();
    let frame = wsq.windows(2).position(|window| window == [0xFF, 0xA2]).unwrap();
    wsq[frame + 6..frame + 8].fill(0);
    assert_eq!(image::read(&wsq).unwrap_err().code(), "lds.image-size");

    // A JP2 header box that contradicts its codestream.
    let mut jp2 = FILES[3].to_vec();
    let ihdr = jp2.windows(4).position(|window| window == b"ihdr").unwrap();
    jp2[ihdr + 7] = 57;
    assert_eq!(image::read(&jp2).unwrap_err().code(), "lds.image-format");
}

#[test]
fn a_resolution_box_is_read() {
    // resc of 300 ppi: 11811 pixels a metre; inserted behind the header boxes that Pillow wrote.
    let jp2 = FILES[3];
    let at = jp2.windows(4).position(|window| window == b"jp2h").unwrap() - 4;
    let length = usize::try_from(u32::from_be_bytes(jp2[at..at + 4].try_into().unwrap())).unwrap();
    let boxed = hex::decode("0000001A72657320000000127265736 32E2300012E2300010000".replace(' ', "")).unwrap();
    let mut with = jp2[..at].to_vec();
    with.extend(u32::try_from(length + boxed.len()).unwrap().to_be_bytes());
    with.extend_from_slice(&jp2[at + 4..at + length]);
    with.extend_from_slice(&boxed);
    with.extend_from_slice(&jp2[at + length..]);
    assert_eq!(image::read(&with).unwrap().resolution, Some(Resolution { across: 300, down: 300 }));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (image::read(&bytes), jpeg::read(&bytes), jpeg2000::read(&bytes), wsq::read(&bytes));
    }

    #[test]
    fn damaged_images_never_panic(file in 0..6usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = FILES[file].to_vec();
        for (at, to) in changes {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        if let Ok(header) = image::read(&bytes) {
            prop_assert!(header.width > 0 && header.height > 0);
        }
    }
}
