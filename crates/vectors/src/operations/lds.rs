//! EF.COM, data groups, and the images in them.

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_crypto::sha256;
use sigillo_lds::com::Com;
use sigillo_lds::dg1::Dg1;
use sigillo_lds::dg2::Dg2;
use sigillo_lds::dg3::{Dg3, Finger, FingerPosition};
use sigillo_lds::dg11::Dg11;
use sigillo_lds::dg12::Dg12;
use sigillo_lds::dg14::Dg14;
use sigillo_lds::image::{self, Colour, ImageFormat};
use sigillo_lds::{DataGroupNumber, LdsError};

use crate::envelope::Stage;
use crate::failure::Failure;
use crate::folder::Blobs;
use crate::input::{Octets, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    file: String,
    content: Octets,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ComFields {
    lds_version: String,
    unicode_version: String,
    data_groups: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Portrait {
    image: Octets,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fingers {
    fingers: Vec<FingerEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FingerEntry {
    position: u8,
    image: Octets,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Image {
    content: Octets,
}

pub(super) fn decode(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let File { file, content } = read(input)?;
    let content = content.resolve(blobs)?;
    match file.as_str() {
        "EF.COM" => both_ways(content, Com::decode, Com::encode, com),
        "DG1" => both_ways(content, Dg1::decode, Dg1::encode, |dg1| json!({ "mrz": dg1.mrz.text() })),
        "DG2" => both_ways(content, Dg2::decode, Dg2::encode, portrait),
        "DG3" => both_ways(content, Dg3::decode, Dg3::encode, |dg3| fingers(content, dg3)),
        "DG11" => both_ways(content, Dg11::decode, Dg11::encode, |_| listed(content)),
        "DG12" => both_ways(content, Dg12::decode, Dg12::encode, |_| listed(content)),
        "DG14" => both_ways(
            content,
            Dg14::decode,
            Dg14::encode,
            |dg14| json!({ "security_infos": hex::encode(dg14.security_infos()) }),
        ),
        file => Err(Failure::Broken(format!("no reader for {file}"))),
    }
}

pub(super) fn build_com(input: &Value) -> Result<Value, Failure> {
    let ComFields { lds_version, unicode_version, data_groups } = read(input)?;
    let numbers = data_groups.into_iter().map(DataGroupNumber::new).collect::<Result<Vec<_>, _>>()?;
    let built = Com::new(&lds_version, &numbers)?;
    match built.unicode_version() == unicode_version {
        true => Ok(json!({ "content": hex::encode(built.encode()) })),
        false => Err(Failure::Broken("only Unicode 4.0.0 is written".to_owned())),
    }
}

pub(super) fn build_dg2(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let Portrait { image } = read(input)?;
    let dg2 = Dg2::portrait(image.resolve(blobs)?.to_vec())?;
    Ok(json!({ "content": hex::encode(dg2.encode()) }))
}

pub(super) fn build_dg3(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let Fingers { fingers } = read(input)?;
    let finger = |entry: &FingerEntry| -> Result<Finger, Failure> {
        let position = FingerPosition::from_code(entry.position)?;
        Ok(Finger { position, wsq: entry.image.resolve(blobs)?.to_vec() })
    };
    let dg3 = Dg3::fingers(fingers.iter().map(finger).collect::<Result<_, _>>()?)?;
    Ok(json!({ "content": hex::encode(dg3.encode()) }))
}

pub(super) fn read_image(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let Image { content } = read(input)?;
    let header = image::read(content.resolve(blobs)?).map_err(|error| Failure::from(error).seen_from(Stage::Image))?;
    let colour = match header.colour {
        Colour::Grey => "grey",
        Colour::Rgb => "rgb",
        Colour::Other => "other",
    };
    let mut output = json!({
        "format": name(header.format),
        "width": header.width,
        "height": header.height,
        "colour": colour,
        "bits": header.bits,
    });
    if let (Some(resolution), Some(members)) = (header.resolution, output.as_object_mut()) {
        members.insert("pixels_per_inch".to_owned(), json!([resolution.across, resolution.down]));
    }
    Ok(output)
}

/// What a file says, after it was written again to the same octets.
fn both_ways<T>(
    content: &[u8],
    decode: impl FnOnce(&[u8]) -> Result<T, LdsError>,
    encode: impl FnOnce(&T) -> Vec<u8>,
    say: impl FnOnce(&T) -> Value,
) -> Result<Value, Failure> {
    let decoded = decode(content)?;
    match encode(&decoded) == content {
        true => Ok(say(&decoded)),
        false => Err(Failure::Broken("what was read is not written again".to_owned())),
    }
}

fn com(com: &Com) -> Value {
    let groups: Vec<u8> = com.data_groups().iter().map(|group| group.number()).collect();
    json!({ "lds_version": com.lds_version(), "unicode_version": com.unicode_version(), "data_groups": groups })
}

fn portrait(dg2: &Dg2) -> Value {
    dg2.images().next().map_or(Value::Null, |face| {
        json!({
            "format": face.format().map(name),
            "width": face.width(),
            "height": face.height(),
            "image_length": face.image().len(),
            "image_sha256": hex::encode(sha256(face.image())),
        })
    })
}

fn fingers(content: &[u8], dg3: &Dg3) -> Value {
    let fingers: Vec<Value> = dg3
        .images()
        .map(|finger| {
            json!({
                "position": finger.position().map(|position| position.code()),
                "width": finger.width(),
                "height": finger.height(),
                "image_length": finger.image().len(),
                "image_sha256": hex::encode(sha256(finger.image())),
            })
        })
        .collect();
    match random(content).filter(|_| fingers.is_empty()) {
        Some(random) => json!({ "fingers": fingers, "random": hex::encode(random) }),
        None => json!({ "fingers": fingers }),
    }
}

/// The value of DO 53 behind the group of a DG3.
fn random(content: &[u8]) -> Option<&[u8]> {
    let mut file = sigillo_tlv::single(content, 0x63).ok()?.reader();
    file.next().ok()??;
    file.optional(0x53).ok()?.map(|random| random.value)
}

/// The data objects behind the tag list of DG11 and DG12.
fn listed(content: &[u8]) -> Value {
    let mut fields = Vec::new();
    let mut file = sigillo_tlv::Reader::new(content);
    if let Ok(Some(outer)) = file.next() {
        let mut reader = outer.reader();
        while let Ok(Some(field)) = reader.next() {
            fields.push(json!({ "tag": format!("{:x}", field.tag.number()), "value": hex::encode(field.value) }));
        }
    }
    fields.drain(..fields.len().min(1));
    json!({ "fields": fields })
}

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "jpeg",
        ImageFormat::Jpeg2000 => "jpeg-2000",
        ImageFormat::Wsq => "wsq",
    }
}
