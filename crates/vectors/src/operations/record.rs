//! Records of the issuing circuit, lots, and codici fiscali.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_issuance::codice_fiscale::CodiceFiscale;
use sigillo_issuance::record::{Fault, HolderRecord, ImageRefused, ImageSource, LotCheck, LotRules, parse_line};

use crate::envelope::Stage;
use crate::failure::{Failure, Refusal};
use crate::folder::Blobs;
use crate::input::{Octets, read};
use crate::operations::mrz::day;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    line: String,
    now: String,
    #[serde(default)]
    images: BTreeMap<String, File>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lot {
    lines: Vec<String>,
    now: String,
    #[serde(default)]
    images: BTreeMap<String, File>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    content: Octets,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    text: String,
}

/// What stands beside a lot under a path.
#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Refused(Refused),
    Content(Octets),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Refused {
    Outside,
    Missing,
    Unreadable,
    TooLarge,
}

struct Images<'a>(BTreeMap<&'a str, Result<&'a [u8], ImageRefused>>);

pub(super) fn parse(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let Line { line, now, images } = read(input)?;
    let record = parse_line(&line, &Images::new(&images, blobs)?, &LotRules::new(day(&now)?)).map_err(refused)?;
    restored(&record)?;
    Ok(json!({
        "document_number": record.document_number,
        "mrz_surname": record.mrz_surname,
        "mrz_given_names": record.mrz_given_names,
        "nationality": record.nationality.as_str(),
        "fingers": record.fingerprints.taken().len(),
    }))
}

pub(super) fn lot(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let Lot { lines, now, images } = read(input)?;
    let images = Images::new(&images, blobs)?;
    let mut check = LotCheck::new(LotRules::new(day(&now)?));
    let mut faults = Vec::new();
    for line in &lines {
        faults.extend(check.line(line, &images).err().unwrap_or_default());
    }
    if !faults.is_empty() {
        return Err(refused(faults));
    }
    let summary = check.finish();
    let warnings: Vec<Value> =
        summary.warnings.iter().map(|warning| json!({ "code": warning.code, "line": warning.line })).collect();
    Ok(json!({ "lines": summary.lines, "warnings": warnings }))
}

pub(super) fn stored(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let Stored { content } = read(input)?;
    let record = HolderRecord::from_stored(content.resolve(blobs)?)
        .map_err(|refused| Failure::refused(Stage::Record, refused.code(), None))?;
    Ok(json!({ "mrz_surname": record.mrz_surname, "mrz_given_names": record.mrz_given_names }))
}

pub(super) fn codice_fiscale(input: &Value) -> Result<Value, Failure> {
    let Code { text } = read(input)?;
    CodiceFiscale::parse(&text).map_err(|refused| Failure::refused(Stage::Record, refused.code(), None))?;
    Ok(json!({}))
}

/// What the register keeps of a record gives the same record again.
fn restored(record: &HolderRecord) -> Result<(), Failure> {
    let kept = record.to_stored();
    let again = HolderRecord::from_stored(&kept).map(|again| again.to_stored());
    match again {
        Ok(again) if again == kept => Ok(()),
        _ => Err(Failure::Broken("what is stored is not read again".to_owned())),
    }
}

/// A case has one reason to fail, so there is one fault.
fn refused(faults: Vec<Fault>) -> Failure {
    match faults.as_slice() {
        [Fault { line, field, code, .. }] => Failure::Refused(Refusal {
            stage: Stage::Record,
            error: (*code).to_owned(),
            at: (*line > 0).then_some(*line),
            field: (!field.is_empty()).then(|| field.clone()),
        }),
        faults => {
            let codes: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect();
            Failure::Broken(format!("{} faults: {}", faults.len(), codes.join(", ")))
        }
    }
}

impl<'a> Images<'a> {
    fn new(files: &'a BTreeMap<String, File>, blobs: &'a Blobs) -> Result<Self, Failure> {
        let resolved = |(path, file): (&'a String, &'a File)| match file {
            File::Content(octets) => Ok((path.as_str(), Ok(octets.resolve(blobs)?))),
            File::Refused(refused) => Ok((path.as_str(), Err((*refused).into()))),
        };
        files.iter().map(resolved).collect::<Result<_, Failure>>().map(Self)
    }
}

impl ImageSource for Images<'_> {
    fn read(&self, relative: &str) -> Result<Vec<u8>, ImageRefused> {
        let found = self.0.get(relative).copied().unwrap_or(Err(ImageRefused::Missing));
        found.map(<[u8]>::to_vec)
    }
}

impl From<Refused> for ImageRefused {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Outside => Self::Outside,
            Refused::Missing => Self::Missing,
            Refused::Unreadable => Self::Unreadable,
            Refused::TooLarge => Self::TooLarge,
        }
    }
}
