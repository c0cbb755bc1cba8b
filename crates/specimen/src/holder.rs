//! The invented holder. Portrait and fingerprints are those of the demo (`demo/SOURCES.md`).

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;
use sigillo_crypto::Entropy;
use sigillo_issuance::record::{HolderRecord, ImageRefused, ImageSource, LotRules, parse_line};

use crate::error::SpecimenError;
use crate::stream::stream;

/// A record whose files come to about 41 kB, valid ten years from that day.
pub(crate) fn record(seed: &[u8; 32], day: Date) -> Result<HolderRecord, SpecimenError> {
    // At an end of the calendar these stay there, and the rules of records have the last word.
    let valid_to = day.saturating_add(10.years()).saturating_sub(1.day());
    let captured = day.saturating_sub(14.days());
    let line = json!({
        "schema": "r-pse.v1",
        "document_number": document_number(seed),
        "type": ["SPECIMEN"],
        "surname": "ESEMPIO",
        "given_names": "PROVA TEST",
        "birth_date": "1974-08-12",
        "birth_place": "Asmara (ERI)",
        "sex": "F",
        "nationality": "ERI",
        "issue_place": "Roma",
        "authority": "Questura di Roma",
        "delivery_office": "Questura di Roma - Ufficio Immigrazione",
        "valid_from": day.to_string(),
        "valid_to": valid_to.to_string(),
        "portrait": { "path": "portrait" },
        "capture_date": captured.to_string(),
        "pratica": "TEST-0001",
        "fingerprints": [
            { "position": "right-index", "image": { "path": "right-index" } },
            { "position": "left-index", "image": { "path": "left-index" } },
        ],
    });
    parse_line(&line.to_string(), &Images, &LotRules::new(day))
        .map_err(|faults| SpecimenError::Record(faults.first().map_or("", |fault| fault.code)))
}

/// `I` and eight digits of the seed.
fn document_number(seed: &[u8; 32]) -> String {
    let mut octets = [0; 4];
    stream(seed, "document number").fill(&mut octets);
    format!("I{:08}", u32::from_be_bytes(octets) % 100_000_000)
}

struct Images;

impl ImageSource for Images {
    fn read(&self, relative: &str) -> Result<Vec<u8>, ImageRefused> {
        let image: &[u8] = match relative {
            "portrait" => include_bytes!("../../../demo/images/p05.jpg"),
            "right-index" => include_bytes!("../../../demo/images/f05-right-index.wsq"),
            "left-index" => include_bytes!("../../../demo/images/f05-left-index.wsq"),
            _ => return Err(ImageRefused::Missing),
        };
        Ok(image.to_vec())
    }
}
