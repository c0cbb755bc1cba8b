//! Data groups that are refused, and image headers.

use std::path::Path;

use serde_json::{Value, json};
use sigillo_lds::dg2::Dg2;
use sigillo_lds::dg3::{Dg3, Finger, FingerPosition};
use sigillo_lds::dg11::Dg11;
use sigillo_lds::dg12::Dg12;
use sigillo_tlv::encode;
use sigillo_vectors::{Folder, NoteKind};

use crate::vectors::maker::{Made, Maker, bytes, independent, own};

pub(super) fn make(root: &Path, folder: &mut Folder) -> Made<Vec<String>> {
    Ok(vec![images(root, folder)?, refusals(root, folder)?])
}

/// Foreign images, with the name under which their maker's README lists them.
const FORMATS: [(&str, &str, &str); 6] = [
    ("rgb.jpg", "JPEG in colour, 300 dots an inch", "Pillow with libjpeg-turbo"),
    ("grey-progressive.jpg", "progressive JPEG in grey", "Pillow with libjpeg-turbo"),
    ("cmyk.jpg", "JPEG of four components", "Pillow with libjpeg-turbo"),
    ("rgb.jp2", "JPEG 2000 file in colour", "Pillow with OpenJPEG"),
    ("grey.j2k", "JPEG 2000 codestream in grey", "Pillow with OpenJPEG"),
    ("ridges.wsq", "WSQ, 500 dots an inch", "PyPI package wsq (NBIS)"),
];

fn images(root: &Path, folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "lds/images.json",
        "codec.v1",
        &[("iso-10918-1", "1994", "B"), ("iso-15444-1", "2019", "Annex I"), ("fbi-wsq", "3.1", "Annex A")],
        &[
            ("Header", NoteKind::Basic, "What the header of a whole image says."),
            ("Cut", NoteKind::Malformed, "An image that ends early."),
            ("Size", NoteKind::Malformed, "An image without pixels."),
            ("Format", NoteKind::Malformed, "Something that is none of the three formats."),
        ],
    );
    for (file, title, maker) in FORMATS {
        let content = image(root, file)?;
        let (format, colour, width, height, resolution) = match file {
            "rgb.jpg" => ("jpeg", "rgb", 40, 56, Some(300)),
            "grey-progressive.jpg" => ("jpeg", "grey", 40, 56, None),
            "cmyk.jpg" => ("jpeg", "other", 40, 56, None),
            "rgb.jp2" => ("jpeg-2000", "rgb", 40, 56, None),
            "grey.j2k" => ("jpeg-2000", "grey", 40, 56, None),
            _ => ("wsq", "grey", 96, 112, Some(500)),
        };
        let mut said = json!({ "format": format, "colour": colour, "width": width, "height": height, "bits": 8 });
        if let (Some(ppi), Some(members)) = (resolution, said.as_object_mut()) {
            members.insert("pixels_per_inch".to_owned(), json!([ppi, ppi]));
        }
        suite.group(independent(maker, "crates/lds/tests/data/README.md"));
        let input = json!({ "content": suite.octets(&content) });
        suite.published(title, "Header", "image.read", input, said);
    }
    suite.group(own());
    for (file, title, _) in FORMATS {
        let content = image(root, file)?;
        let cut = content.get(..content.len() - 1).unwrap_or_default();
        let input = json!({ "content": suite.octets(cut) });
        suite.reject(&format!("{title}, one octet short"), "Cut", "image.read", input, "lds.image-format");
    }
    let mut flat = image(root, "ridges.wsq")?;
    let frame = place(&flat, &[0xFF, 0xA2])?;
    for height in flat.iter_mut().skip(frame + 6).take(2) {
        *height = 0;
    }
    let input = json!({ "content": suite.octets(&flat) });
    suite.reject("WSQ of no height", "Size", "image.read", input, "lds.image-size");
    for (title, content) in [("GIF", b"GIF89a".as_slice()), ("nothing", b"")] {
        let input = json!({ "content": hex::encode(content) });
        suite.reject(title, "Format", "image.read", input, "lds.image-format");
    }
    suite.finish()
}

fn refusals(root: &Path, folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "lds/lds-refusals.json",
        "lds_codec.v1",
        &[("icao-9303-10", "8", "4.7"), ("iso-19794-4", "2005", "7"), ("iso-19794-5", "2005", "5")],
        &[
            ("Whole", NoteKind::Basic, "A file that the refused ones are made of."),
            ("Portrait", NoteKind::Malformed, "A portrait that DG2 cannot hold."),
            ("Fingers", NoteKind::Malformed, "Fingers that DG3 cannot hold."),
            ("Record", NoteKind::Malformed, "A biometric record that contradicts itself."),
            ("Text", NoteKind::Malformed, "A field whose octets are no text or no date."),
            ("Tlv", NoteKind::Malformed, "Not the one encoding of one data object."),
        ],
    )
    .without_foreign_source(
        "the files that asn1crypto made are in lds/data-groups.json; these are further damaged forms",
    );
    let error = |error: sigillo_lds::LdsError| error.to_string();
    suite.group(own());

    let jpeg = image(root, "rgb.jpg")?;
    let dg2 = Dg2::portrait(jpeg.clone()).map_err(error)?.encode();
    accept(&mut suite, "DG2", &dg2)?;
    for (file, code) in [("cmyk.jpg", "lds.image-colour"), ("ridges.wsq", "lds.image-format")] {
        let input = json!({ "image": suite.octets(&image(root, file)?) });
        suite.reject(&format!("portrait from {file}"), "Portrait", "lds.build-dg2", input, code);
    }
    let record = place(&dg2, b"FAC\0")?;
    for (title, at, with, code) in [
        ("no face", record + 12, [0, 0].as_slice(), "lds.trailing-bytes"),
        ("two faces, of which one is there", record + 12, &[0, 2], "lds.truncated"),
        ("a face record longer than it is", record + 8, &[0, 1], "lds.length"),
        ("a face block shorter than its header", record + 14, &[0, 0, 0, 8], "lds.length"),
        ("more feature points than octets", record + 18, &[0xFF, 0xFF], "lds.truncated"),
    ] {
        reject(&mut suite, title, "Record", "DG2", &with_octets(&dg2, at, with), code)?;
    }
    let none = encode(0x75, &encode(0x7F61, &encode(0x02, &[0])));
    reject(&mut suite, "no template", "Record", "DG2", &none, "lds.count")?;

    let wsq = image(root, "ridges.wsq")?;
    let finger = |position| Finger { position, wsq: wsq.clone() };
    let two =
        Dg3::fingers(vec![finger(FingerPosition::RightIndex), finger(FingerPosition::LeftIndex)]).map_err(error)?;
    let one = Dg3::fingers(vec![finger(FingerPosition::RightIndex)]).map_err(error)?.encode();
    accept(&mut suite, "DG3", &two.encode())?;
    let wsq_input = suite.octets(&wsq);
    let entry = |position: u8| json!({ "position": position, "image": wsq_input });
    for (title, fingers, code) in [
        ("the same finger twice", json!([entry(2), entry(2)]), "lds.finger-position"),
        ("finger 11", json!([entry(11)]), "lds.finger-position"),
        ("three fingers", json!([entry(1), entry(2), entry(3)]), "lds.count"),
    ] {
        suite.reject(title, "Fingers", "lds.build-dg3", json!({ "fingers": fingers }), code);
    }
    let mut coarse = wsq.clone();
    let ppi = place(&coarse, b"PPI 500")?;
    coarse = with_octets(&coarse, ppi + 4, b"400");
    let input = json!({ "fingers": [{ "position": 2, "image": suite.octets(&coarse) }] });
    suite.reject("400 dots an inch", "Fingers", "lds.build-dg3", input, "lds.image-resolution");
    let record = place(&one, b"FIR\0")?;
    for (title, at, with, code) in [
        ("a finger record of no finger", record + 18, [0].as_slice(), "lds.trailing-bytes"),
        ("a finger image shorter than its header", record + 32, &[0, 0, 0, 2], "lds.length"),
        ("another finger than the template says", record + 36, &[7], "lds.finger-position"),
    ] {
        reject(&mut suite, title, "Record", "DG3", &with_octets(&one, at, with), code)?;
    }
    let short = encode(0x63, &[encode(0x7F61, &encode(0x02, &[1, 2])), encode(0x53, &[0; 8])].concat());
    reject(&mut suite, "two octets of count", "Record", "DG3", &short, "lds.count")?;

    let dg11 = Dg11 { full_name: Some("ROSSI<<ANNA".to_owned()), ..Dg11::default() }.checked().map_err(error)?.encode();
    accept(&mut suite, "DG11", &dg11)?;
    reject(
        &mut suite,
        "a name that is no UTF-8",
        "Text",
        "DG11",
        &with_octets(&dg11, dg11.len() - 1, &[0xFF]),
        "lds.text",
    )?;
    let dated = bytes("6B 0F 5C 02 5F2B 5F2B 08 3139383530363135")?;
    let thirteenth = with_octets(&dated, 13, b"3");
    accept_titled(&mut suite, "a date of birth", "DG11", &dated)?;
    reject(&mut suite, "month 36 of birth", "Text", "DG11", &thirteenth, "lds.date")?;
    let dg12 =
        Dg12 { issuing_authority: Some("Questura".to_owned()), ..Dg12::default() }.checked().map_err(error)?.encode();
    accept(&mut suite, "DG12", &dg12)?;
    reject(
        &mut suite,
        "an authority that is no UTF-8",
        "Text",
        "DG12",
        &with_octets(&dg12, dg12.len() - 1, &[0xC3]),
        "lds.text",
    )?;
    let unlisted = bytes("6C 0A 5C 00 5F19 05 526F6D6121")?;
    reject(&mut suite, "a field that the list does not name", "Text", "DG12", &unlisted, "lds.not-canonical")?;

    for (title, file, octets, code) in [
        ("an empty file", "DG1", "", "lds.tag-unexpected"),
        ("a tag of six octets", "DG14", "7FFFFFFFFFFF0100", "lds.tag-form"),
        ("a length in five octets", "DG14", "6E850000000002 3100", "lds.length"),
        ("the indefinite length", "DG14", "6E80 3100 0000", "lds.length"),
        ("a length that is not the shortest", "DG14", "6E8102 3100", "lds.not-canonical"),
    ] {
        reject(&mut suite, title, "Tlv", file, &bytes(octets)?, code)?;
    }
    suite.finish()
}

fn accept(suite: &mut Maker<'_>, file: &str, content: &[u8]) -> Made {
    accept_titled(suite, &format!("a whole {file}"), file, content)
}

fn accept_titled(suite: &mut Maker<'_>, title: &str, file: &str, content: &[u8]) -> Made {
    let input: Value = json!({ "file": file, "content": suite.octets(content) });
    suite.accept(title, "Whole", "lds.decode", input);
    Ok(())
}

fn reject(suite: &mut Maker<'_>, title: &str, flag: &str, file: &str, content: &[u8], code: &str) -> Made {
    let input = json!({ "file": file, "content": suite.octets(content) });
    suite.reject(title, flag, "lds.decode", input, code);
    Ok(())
}

fn with_octets(octets: &[u8], at: usize, with: &[u8]) -> Vec<u8> {
    let mut changed = octets.to_vec();
    changed.iter_mut().skip(at).zip(with).for_each(|(octet, new)| *octet = *new);
    changed
}

fn place(octets: &[u8], of: &[u8]) -> Made<usize> {
    octets.windows(of.len()).position(|window| window == of).ok_or_else(|| format!("no {}", hex::encode(of)))
}

fn image(root: &Path, name: &str) -> Made<Vec<u8>> {
    let path = root.join("crates/lds/tests/data").join(name);
    std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
}
