//! What stands on the plastic: the job that a printing machine gets, and that `run print-data` writes.

use base64ct::{Base64, Encoding};
use jiff::civil::Date;
use serde::Serialize;
use sigillo_codes::Can;
use sigillo_crypto::sha256;
use sigillo_issuance::date::birth_text;
use sigillo_issuance::record::{Child, HolderRecord, Image};
use sigillo_lds::image::ImageFormat;
use sigillo_lds::mrz::{Sex, Td1};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::LineError;

/// One card's print, as JSON: the fields that the table of fields prints, by their names in a record, and
///
/// | member | content |
/// |---|---|
/// | `v` | 1 |
/// | `mrz` | the three lines |
/// | `can` | six digits, where the profile has a card access number and the card is not printed yet; else not there |
/// | `portrait`, `signature` | `format` (`jpeg`, `jpeg-2000`), `sha256` of the file, hexadecimal, `base64`; without a signature `null` |
///
/// PIN, PUK and CIP are never in it. It is personal from end to end: nothing of it is printed by `Debug`, and it is wiped.
#[derive(Serialize, Zeroize, ZeroizeOnDrop)]
pub struct PrintJob {
    v: u8,
    document_number: String,
    #[serde(rename = "type")]
    permit_type: Vec<String>,
    surname: String,
    given_names: String,
    birth_date: String,
    birth_place: String,
    sex: char,
    nationality: String,
    codice_fiscale: Option<String>,
    issue_place: String,
    authority: String,
    valid_from: String,
    valid_to: String,
    remarks: Option<String>,
    children: Vec<PrintedChild>,
    mrz: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    can: Option<String>,
    portrait: PrintedImage,
    signature: Option<PrintedImage>,
}

#[derive(Serialize, Zeroize)]
struct PrintedChild {
    surname: String,
    given_names: String,
    birth_date: String,
    sex: char,
}

#[derive(Serialize, Zeroize)]
struct PrintedImage {
    #[zeroize(skip)]
    format: &'static str,
    sha256: String,
    base64: String,
}

impl PrintJob {
    /// Joins what the record says with what only the card knows.
    pub(crate) fn new(holder: &HolderRecord, number: &str, mrz: &Td1, can: Option<&Can>) -> Self {
        Self {
            v: VERSION,
            document_number: number.to_owned(),
            permit_type: holder.permit_type.clone(),
            surname: holder.surname.clone(),
            given_names: holder.given_names.clone(),
            birth_date: birth_text(holder.birth_date),
            birth_place: holder.birth_place.clone(),
            sex: letter(holder.sex),
            nationality: holder.nationality.mrz().replace('<', ""),
            codice_fiscale: holder.codice_fiscale.as_ref().map(|code| code.as_str().to_owned()),
            issue_place: holder.issue_place.clone(),
            authority: holder.authority.clone(),
            valid_from: day(holder.valid_from),
            valid_to: day(holder.valid_to),
            remarks: holder.remarks.clone(),
            children: holder.children.iter().map(PrintedChild::of).collect(),
            mrz: mrz.lines().map(Into::into).to_vec(),
            can: can.map(|can| can.expose(|digits| String::from_utf8_lossy(digits).into_owned())),
            portrait: PrintedImage::of(&holder.portrait),
            signature: holder.signature.as_ref().map(PrintedImage::of),
        }
    }
}

impl PrintJob {
    /// The octets of its JSON.
    pub(crate) fn to_json(&self) -> Result<Zeroizing<Vec<u8>>, LineError> {
        json(self)
    }
}

/// JSON of something personal.
pub(crate) fn json(value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, LineError> {
    let json = serde_json::to_vec(value).map_err(|_| LineError::Printer("its job cannot be written"))?;
    Ok(Zeroizing::new(json))
}

impl PrintedChild {
    fn of(child: &Child) -> Self {
        Self {
            surname: child.surname.clone(),
            given_names: child.given_names.clone(),
            birth_date: birth_text(child.birth_date),
            sex: letter(child.sex),
        }
    }
}

impl PrintedImage {
    fn of(image: &Image) -> Self {
        let format = match image.format {
            ImageFormat::Jpeg => "jpeg",
            ImageFormat::Jpeg2000 => "jpeg-2000",
            ImageFormat::Wsq => "wsq",
        };
        Self { format, sha256: hex::encode(sha256(&image.bytes)), base64: Base64::encode_string(&image.bytes) }
    }
}

/// Shape only.
impl std::fmt::Debug for PrintJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrintJob(redacted)")
    }
}

/// As it is printed, which is not as the machine readable zone has it.
const fn letter(sex: Sex) -> char {
    match sex {
        Sex::Female => 'F',
        Sex::Male => 'M',
        Sex::Unspecified => 'X',
    }
}

fn day(day: Date) -> String {
    day.to_string()
}

const VERSION: u8 = 1;
