use serde::{Deserialize, Serialize};
use sigillo_lds::dg3::FingerPosition;
use sigillo_lds::image::ImageFormat;
use sigillo_lds::mrz::{Sex, StateCode};
use sigillo_secret::SecretBytes;

use super::holder::{Child, FingerAbsence, Fingerprint, Fingerprints, HolderRecord, Image, RegisteredHolder};
use super::part::{Part, RecordParts};
use crate::codice_fiscale::CodiceFiscale;
use crate::date;

/// Why stored bytes are no record.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredRefused {
    /// They do not begin as a stored record does.
    #[error("not a stored record")]
    Magic,
    /// A version that this program does not read.
    #[error("a version of stored records that this program does not read")]
    Version,
    /// The head or the lengths do not fit.
    #[error("a stored record that is damaged")]
    Damaged,
}

impl StoredRefused {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Magic => "stored.magic",
            Self::Version => "stored.version",
            Self::Damaged => "stored.damaged",
        }
    }
}

impl HolderRecord {
    /// The parts that the register keeps, each under a key of its own and for a time of its own (D7).
    ///
    /// | part           | bytes | content |
    /// |----------------|-------|---------|
    /// | `register`     | 4     | `RPSE` |
    /// |                | 1     | version, 2 |
    /// |                | 4     | length of the head, big-endian |
    /// |                | head  | JSON, with the length of each image of every part |
    /// |                | rest  | the portrait |
    /// | `line`         | all   | the signature image; no part without one |
    /// | `fingerprints` | all   | the fingerprints, one behind the other; no part without one |
    pub fn to_parts(&self) -> RecordParts {
        let mut register = head_bytes(VERSION_OF_PARTS, self);
        register.extend_from_slice(&self.portrait.bytes);
        let fingers: Vec<u8> =
            self.fingerprints.taken().iter().flat_map(|finger| &finger.image.bytes).copied().collect();
        let mut parts = RecordParts::default();
        parts.put(Part::Register, SecretBytes::new(register));
        if let Some(signature) = &self.signature {
            parts.put(Part::Line, SecretBytes::copy_of(&signature.bytes));
        }
        if !fingers.is_empty() {
            parts.put(Part::Fingerprints, SecretBytes::new(fingers));
        }
        parts
    }

    /// Reads what [`Self::to_parts`] wrote, if all of it is there.
    ///
    /// # Errors
    ///
    /// [`StoredRefused`] for any other bytes; [`StoredRefused::Damaged`] too if a part is missing.
    pub fn from_parts(parts: &RecordParts) -> Result<Self, StoredRefused> {
        parts.expose(|[register, line, fingerprints]| {
            let (head, portrait) = read_head(VERSION_OF_PARTS, register)?;
            head.record(Images([portrait, line, fingerprints])).ok_or(StoredRefused::Damaged)
        })
    }

    /// The whole record in one piece, as registers of version 0.1 keep it.
    ///
    /// | offset | bytes | content |
    /// |--------|-------|---------|
    /// | 0      | 4     | `RPSE` |
    /// | 4      | 1     | version, 1 |
    /// | 5      | 4     | length of the head, big-endian |
    /// | 9      | head  | JSON, with the length of each image |
    /// | …      | rest  | the images: portrait, signature if there is one, fingerprints |
    pub fn to_stored(&self) -> Vec<u8> {
        let mut out = head_bytes(VERSION, self);
        for image in self.images() {
            out.extend_from_slice(&image.bytes);
        }
        out
    }

    /// Reads what [`Self::to_stored`] wrote.
    ///
    /// # Errors
    ///
    /// [`StoredRefused`] for any other bytes.
    pub fn from_stored(bytes: &[u8]) -> Result<Self, StoredRefused> {
        let (head, images) = read_head(VERSION, bytes)?;
        head.record(Images([images, &[], &[]])).ok_or(StoredRefused::Damaged)
    }

    fn images(&self) -> Vec<&Image> {
        let fingers = self.fingerprints.taken().iter().map(|finger| &finger.image);
        std::iter::once(&self.portrait).chain(&self.signature).chain(fingers).collect()
    }
}

impl RegisteredHolder {
    /// Reads the part of a record that the register keeps.
    ///
    /// # Errors
    ///
    /// [`StoredRefused`] for bytes that are no such part.
    pub fn from_part(register: &[u8]) -> Result<Self, StoredRefused> {
        let (head, portrait) = read_head(VERSION_OF_PARTS, register)?;
        let mut images = Images([portrait, &[], &[]]);
        let holder = head.registered(&mut images).ok_or(StoredRefused::Damaged)?;
        if images.is_read() { Ok(holder) } else { Err(StoredRefused::Damaged) }
    }
}

/// Magic, version, length and head.
fn head_bytes(version: u8, record: &HolderRecord) -> Vec<u8> {
    // Strings and numbers only: this JSON cannot fail.
    let head = serde_json::to_vec(&Head::of(record)).unwrap_or_default();
    let length = u32::try_from(head.len()).unwrap_or(u32::MAX);
    [MAGIC, &[version], &length.to_be_bytes(), &head].concat()
}

/// The head, and what stands behind it.
fn read_head(version: u8, bytes: &[u8]) -> Result<(Head, &[u8]), StoredRefused> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(StoredRefused::Magic)?;
    let (found, rest) = rest.split_first().ok_or(StoredRefused::Damaged)?;
    if *found != version {
        return Err(StoredRefused::Version);
    }
    let (length, rest) = rest.split_first_chunk().ok_or(StoredRefused::Damaged)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| StoredRefused::Damaged)?;
    let (head, images) = rest.split_at_checked(length).ok_or(StoredRefused::Damaged)?;
    let head = serde_json::from_slice(head).map_err(|_| StoredRefused::Damaged)?;
    Ok((head, images))
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Head {
    document_number: Option<String>,
    permit_type: Vec<String>,
    surname: String,
    given_names: String,
    mrz_surname: String,
    mrz_given_names: String,
    birth_date: String,
    birth_place: String,
    sex: char,
    nationality: String,
    codice_fiscale: Option<String>,
    issue_place: String,
    authority: String,
    delivery_office: String,
    valid_from: String,
    valid_to: String,
    remarks: Option<String>,
    children: Vec<HeadChild>,
    portrait: HeadImage,
    signature: Option<HeadImage>,
    capture_date: String,
    fingers: Vec<HeadFinger>,
    finger_absence: Option<String>,
    previous_document: Option<String>,
    pratica: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct HeadChild {
    surname: String,
    given_names: String,
    birth_date: String,
    sex: char,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct HeadImage {
    format: String,
    width: u32,
    height: u32,
    length: usize,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct HeadFinger {
    position: String,
    image: HeadImage,
}

impl Head {
    fn of(record: &HolderRecord) -> Self {
        Self {
            document_number: record.document_number.clone(),
            permit_type: record.permit_type.clone(),
            surname: record.surname.clone(),
            given_names: record.given_names.clone(),
            mrz_surname: record.mrz_surname.clone(),
            mrz_given_names: record.mrz_given_names.clone(),
            birth_date: date::birth_text(record.birth_date),
            birth_place: record.birth_place.clone(),
            sex: sex_letter(record.sex),
            nationality: record.nationality.as_str().to_owned(),
            codice_fiscale: record.codice_fiscale.as_ref().map(|code| code.as_str().to_owned()),
            issue_place: record.issue_place.clone(),
            authority: record.authority.clone(),
            delivery_office: record.delivery_office.clone(),
            valid_from: record.valid_from.to_string(),
            valid_to: record.valid_to.to_string(),
            remarks: record.remarks.clone(),
            children: record.children.iter().map(HeadChild::of).collect(),
            portrait: HeadImage::of(&record.portrait),
            signature: record.signature.as_ref().map(HeadImage::of),
            capture_date: record.capture_date.to_string(),
            fingers: record.fingerprints.taken().iter().map(HeadFinger::of).collect(),
            finger_absence: record.fingerprints.absence().map(|why| why.name().to_owned()),
            previous_document: record.previous_document.clone(),
            pratica: record.pratica.clone(),
        }
    }

    fn record(mut self, mut images: Images<'_>) -> Option<HolderRecord> {
        let (signature, fingers) = (self.signature.take(), std::mem::take(&mut self.fingers));
        let absence = self.finger_absence.take();
        let RegisteredHolder {
            document_number,
            permit_type,
            surname,
            given_names,
            mrz_surname,
            mrz_given_names,
            birth_date,
            birth_place,
            sex,
            nationality,
            codice_fiscale,
            issue_place,
            authority,
            delivery_office,
            valid_from,
            valid_to,
            remarks,
            children,
            portrait,
            capture_date,
            previous_document,
            pratica,
        } = self.registered(&mut images)?;
        let signature = match &signature {
            Some(head) => Some(images.next(head)?),
            None => None,
        };
        let fingerprints = fingerprints(&fingers, absence.as_deref(), &mut images)?;
        images.is_read().then_some(HolderRecord {
            document_number,
            permit_type,
            surname,
            given_names,
            mrz_surname,
            mrz_given_names,
            birth_date,
            birth_place,
            sex,
            nationality,
            codice_fiscale,
            issue_place,
            authority,
            delivery_office,
            valid_from,
            valid_to,
            remarks,
            children,
            portrait,
            signature,
            capture_date,
            fingerprints,
            previous_document,
            pratica,
        })
    }

    fn registered(self, images: &mut Images<'_>) -> Option<RegisteredHolder> {
        let portrait = images.next(&self.portrait)?;
        let children: Option<Vec<Child>> = self.children.into_iter().map(HeadChild::child).collect();
        let codice_fiscale = match self.codice_fiscale {
            Some(text) => Some(CodiceFiscale::parse(&text).ok()?),
            None => None,
        };
        Some(RegisteredHolder {
            document_number: self.document_number,
            permit_type: self.permit_type,
            surname: self.surname,
            given_names: self.given_names,
            mrz_surname: self.mrz_surname,
            mrz_given_names: self.mrz_given_names,
            birth_date: date::parse_birth(&self.birth_date)?,
            birth_place: self.birth_place,
            sex: sex_of(self.sex)?,
            nationality: StateCode::parse(&self.nationality).ok()?,
            codice_fiscale,
            issue_place: self.issue_place,
            authority: self.authority,
            delivery_office: self.delivery_office,
            valid_from: date::parse_date(&self.valid_from)?,
            valid_to: date::parse_date(&self.valid_to)?,
            remarks: self.remarks,
            children: children?,
            portrait,
            capture_date: date::parse_date(&self.capture_date)?,
            previous_document: self.previous_document,
            pratica: self.pratica,
        })
    }
}

fn fingerprints(heads: &[HeadFinger], absence: Option<&str>, images: &mut Images<'_>) -> Option<Fingerprints> {
    let mut fingers = Vec::new();
    for finger in heads {
        let position = FingerPosition::parse(&finger.position)?;
        fingers.push(Fingerprint { position, image: images.next(&finger.image)? });
    }
    let absence = match absence {
        Some(name) => Some(FingerAbsence::parse(name)?),
        None => None,
    };
    let mut fingers = fingers.into_iter();
    match (fingers.next(), fingers.next(), fingers.next(), absence) {
        (None, None, None, Some(why)) => Some(Fingerprints::None(why)),
        (Some(one), None, None, Some(why)) => Some(Fingerprints::One(one, why)),
        (Some(first), Some(second), None, None) => Some(Fingerprints::Two([first, second])),
        _ => None,
    }
}

impl HeadChild {
    fn of(child: &Child) -> Self {
        Self {
            surname: child.surname.clone(),
            given_names: child.given_names.clone(),
            birth_date: date::birth_text(child.birth_date),
            sex: sex_letter(child.sex),
        }
    }

    fn child(self) -> Option<Child> {
        Some(Child {
            surname: self.surname,
            given_names: self.given_names,
            birth_date: date::parse_birth(&self.birth_date)?,
            sex: sex_of(self.sex)?,
        })
    }
}

impl HeadImage {
    fn of(image: &Image) -> Self {
        let format = match image.format {
            ImageFormat::Jpeg => "jpeg",
            ImageFormat::Jpeg2000 => "jpeg2000",
            ImageFormat::Wsq => "wsq",
        };
        Self { format: format.to_owned(), width: image.width, height: image.height, length: image.bytes.len() }
    }
}

impl HeadFinger {
    fn of(finger: &Fingerprint) -> Self {
        Self { position: finger.position.name().to_owned(), image: HeadImage::of(&finger.image) }
    }
}

/// The images, taken one after the other; none goes from one piece into the next.
struct Images<'a>([&'a [u8]; 3]);

impl Images<'_> {
    fn next(&mut self, head: &HeadImage) -> Option<Image> {
        let format = match head.format.as_str() {
            "jpeg" => ImageFormat::Jpeg,
            "jpeg2000" => ImageFormat::Jpeg2000,
            "wsq" => ImageFormat::Wsq,
            _ => return None,
        };
        let piece = self.0.iter_mut().find(|piece| !piece.is_empty())?;
        let (bytes, rest) = piece.split_at_checked(head.length)?;
        *piece = rest;
        Some(Image { format, width: head.width, height: head.height, bytes: bytes.to_vec() })
    }

    fn is_read(&self) -> bool {
        self.0.iter().all(|piece| piece.is_empty())
    }
}

fn sex_letter(sex: Sex) -> char {
    match sex {
        Sex::Female => 'F',
        Sex::Male => 'M',
        Sex::Unspecified => 'X',
    }
}

fn sex_of(letter: char) -> Option<Sex> {
    match letter {
        'F' => Some(Sex::Female),
        'M' => Some(Sex::Male),
        'X' => Some(Sex::Unspecified),
        _ => None,
    }
}

const MAGIC: &[u8] = b"RPSE";
const VERSION: u8 = 1;
const VERSION_OF_PARTS: u8 = 2;
