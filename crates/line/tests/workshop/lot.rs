//! Two records whose images are as small as their headers allow; every octet of them tells whose it is.

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};
use sigillo_crypto::{Entropy, SeededEntropy};

/// What a test knows of a record without asking the line.
pub(crate) struct Record {
    /// Its line in the lot.
    pub(crate) line: u64,
    /// Its number, if the record and not the blank brings it.
    pub(crate) number: Option<&'static str>,
    /// The names as the third line of its MRZ has them: no other record has these octets.
    pub(crate) mrz_names: &'static str,
    birth: &'static str,
    expiry: &'static str,
    seed: u8,
}

/// One record with a number and no fingers, one with a finger whose number comes from the blank.
pub(crate) const RECORDS: [Record; 2] = [
    Record {
        line: 1,
        number: Some("I60918342"),
        mrz_names: "PRIMA<<UGO<<<",
        birth: "1958-01-30",
        expiry: "2028-11-01",
        seed: 1,
    },
    Record { line: 2, number: None, mrz_names: "SECONDA<<ADA<<<", birth: "1993-11-23", expiry: "2028-11-01", seed: 2 },
];

impl Record {
    /// Number, birth date and expiry date with their check digits: what opens Basic Access Control.
    pub(crate) fn mrz_information(&self, number: &str) -> String {
        let field = |text: String| format!("{text}{}", check_digit(&text));
        let date = |date: &str| field(date.get(2..).unwrap().replace('-', ""));
        format!("{}{}{}", field(number.to_owned()), date(self.birth), date(self.expiry))
    }

    /// Octets of its portrait that no other record has.
    pub(crate) fn portrait_mark(&self) -> Vec<u8> {
        noise(self.seed, 32)
    }

    fn json(&self) -> Value {
        let (surname, given) = self.mrz_names.trim_end_matches('<').split_once("<<").unwrap();
        let mut record = json!({
            "schema": "r-pse.v1", "type": ["CASI SPECIALI"], "surname": surname, "given_names": given,
            "birth_date": self.birth, "birth_place": "Asmara (ERI)", "sex": "X", "nationality": "XXC",
            "issue_place": "Palermo", "authority": "Questura di Palermo",
            "delivery_office": "Questura di Palermo - Ufficio Immigrazione", "valid_from": "2026-11-02",
            "valid_to": self.expiry, "capture_date": "2026-10-15", "pratica": format!("PA-2026-99010{}", self.line),
            "portrait": { "base64": Base64::encode_string(&portrait(self.seed)) },
        });
        match self.number {
            Some(number) => {
                record["document_number"] = number.into();
                record["fingerprints_absent"] = "physically-impossible".into();
            }
            None => {
                let image = json!({ "base64": Base64::encode_string(&fingerprint(self.seed)) });
                record["fingerprints"] = json!([{ "position": "right-thumb", "image": image }]);
                record["second_finger_absent"] = "physically-impossible".into();
            }
        }
        record
    }
}

/// The lot's file.
pub(crate) fn lines() -> String {
    RECORDS.iter().map(|record| format!("{}\n", record.json())).collect()
}

/// A JPEG of headers and noise; more than one UPDATE BINARY carries.
fn portrait(seed: u8) -> Vec<u8> {
    let frame = [8, 1, 0x40, 0, 240, 3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1];
    let scan = [3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0];
    [&[0xFF, 0xD8][..], &segment(0xC0, &frame), &segment(0xDA, &scan), &noise(seed, 2400), &[0xFF, 0xD9]].concat()
}

/// A WSQ of headers and noise.
fn fingerprint(seed: u8) -> Vec<u8> {
    let frame = [0, 255, 1, 44, 1, 44, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    [&[0xFF, 0xA0][..], &segment(0xA2, &frame), &segment(0xA3, &[0]), &noise(seed ^ 0x80, 300), &[0xFF, 0xA1]].concat()
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker][..], &length, body].concat()
}

fn noise(seed: u8, length: usize) -> Vec<u8> {
    let mut noise = vec![0; length];
    SeededEntropy::new([seed; 32]).fill(&mut noise);
    noise
}

/// Weights 7, 3, 1. Spec: `icao-9303-3#check-digits`.
fn check_digit(text: &str) -> u32 {
    let value = |c: char| c.to_digit(36).unwrap_or(0);
    text.chars().zip([7, 3, 1].into_iter().cycle()).map(|(c, weight)| value(c) * weight).sum::<u32>() % 10
}
