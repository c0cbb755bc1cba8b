//! Names in the MRZ, and machine-readable zones that are refused.

use std::path::Path;

use serde_json::{Value, json};
use sigillo_lds::mrz::check_digit;
use sigillo_vectors::{Folder, NoteKind};

use crate::vectors::maker::{Made, Maker, independent, own, standard};

pub(super) fn make(root: &Path, folder: &mut Folder) -> Made<Vec<String>> {
    Ok(vec![names(root, folder)?, refusals(folder)?])
}

fn names(root: &Path, folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "mrz/names.json",
        "lds_codec.v1",
        &[("icao-9303-3", "8", "4.6 and 6"), ("icao-9303-5", "8", "4.2.2")],
        &[
            ("Letter", NoteKind::Basic, "A letter of another alphabet has one value."),
            ("Names", NoteKind::Basic, "Surname and given names become thirty characters."),
            ("Language", NoteKind::Edge, "Some Cyrillic letters have a value of their own in some languages."),
            ("Truncation", NoteKind::Edge, "Too long a name is shortened so that both identifiers remain."),
            ("NoLetters", NoteKind::Malformed, "A script without a table has no machine-readable form."),
        ],
    );
    let text = read(root, "crates/lds/tests/data/transliteration-9303-3.txt")?;
    suite.group(standard("ICAO Doc 9303-3, section 6, as a third party transcribed it", "8"));
    for row in text.lines().filter(|row| !row.starts_with('#')) {
        let (code, value) = row.split_once(' ').ok_or("a row has two columns")?;
        // A letter in front, so that rules for the first letter and empty values show.
        let letter = u32::from_str_radix(code, 16).ok().and_then(char::from_u32).ok_or("no code point")?;
        // Its value depends on its place in the name.
        if code == "0629" {
            continue;
        }
        let value = if value == "-" { "" } else { value };
        let input = json!({ "text": format!("B{letter}") });
        suite.published(
            &format!("U+{code}"),
            "Letter",
            "mrz.transliterate",
            input,
            json!({ "text": format!("B{value}") }),
        );
    }
    let text = read(root, "crates/lds/tests/data/td1-python-mrz-0.6.2.txt")?;
    suite.group(independent("PyPI package mrz", "0.6.2"));
    for (number, row) in (1..).zip(text.lines().take(20)) {
        let fields: Vec<&str> = row.split('|').collect();
        let (Some(surname), Some(given), Some(mrz)) = (fields.get(7), fields.get(8), fields.last()) else {
            return Err("a row has twelve columns".to_owned());
        };
        let input = json!({ "surname": surname, "given_names": given });
        let line = mrz.get(60..).ok_or("an MRZ has ninety characters")?;
        suite.published(&format!("holder {number}"), "Names", "mrz.names", input, json!({ "line": line }));
    }
    suite.group(own());
    for (title, flag, surname, given) in [
        ("one name only", "Names", "Wulandari", ""),
        ("hyphens, apostrophes and blanks", "Names", "O'Connor-D'Angelo", "Anne-Marie  Lou"),
        ("decomposed letters", "Names", "Mu\u{308}ller", "Jose\u{301}"),
        ("Arabic", "Names", "الإدريسي", "فاطمة"),
        ("Greek", "Names", "Παπαδοπούλου", "Ελένη"),
        ("exactly thirty characters", "Truncation", "Rossini Bianchi", "Maria Teresa"),
        ("a given name cut", "Truncation", "Papandropoulous", "Jonathon Alec"),
        ("a very long surname", "Truncation", "Nilavadhanananda Chayapa Dejthamrong Krasuang", "Arkhit"),
        ("many given names", "Truncation", "De Souza", "Ana Maria Beatriz Cristina Helena Sofia"),
        ("one very long name", "Truncation", "Wolfeschlegelsteinhausenbergerdorff", ""),
    ] {
        suite.accept(title, flag, "mrz.names", json!({ "surname": surname, "given_names": given }));
    }
    for (title, text, language) in [
        ("Ukrainian", "Згурський Юлія Щерба", "ukrainian"),
        ("Bulgarian", "Щерю Ъглов", "bulgarian"),
        ("Serbian", "Жељко Ђоковић", "serbian"),
        ("Macedonian", "Ѓорѓи Ќосев", "macedonian"),
        ("Belarusian", "Ігар Ёлкін", "belarusian"),
    ] {
        suite.accept(title, "Language", "mrz.transliterate", json!({ "text": text, "language": language }));
    }
    let refused = json!({ "text": "王" });
    suite.reject("a Chinese character", "NoLetters", "mrz.transliterate", refused, "lds.character");
    let nothing = json!({ "surname": "'", "given_names": "" });
    suite.reject("a name of punctuation", "NoLetters", "mrz.names", nothing, "lds.missing");
    suite.finish()
}

/// A residence permit; each refused twin differs in one place, and its check digits are right unless they are the reason.
const PERMIT: &str = "IRITAI123456780<<<<<<<<<<<<<<<8506151F3101311UTO<<<<<<<<<<<2ROSSI<<ANNA<MARIA<<<<<<<<<<<<<";

fn refusals(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "mrz/mrz-refusals.json",
        "lds_codec.v1",
        &[("icao-9303-3", "8", "4"), ("icao-9303-5", "8", "4.2")],
        &[
            ("Whole", NoteKind::Basic, "The standard's specimen, and the permit that the refused ones are made of."),
            ("Code", NoteKind::Malformed, "A code that the standard does not have, with right check digits."),
            ("Date", NoteKind::Malformed, "A day that no calendar has, with right check digits."),
            ("Form", NoteKind::Malformed, "Not ninety characters of the MRZ's alphabet, or an empty field."),
            ("CheckDigit", NoteKind::Tampered, "A check digit differs from its field."),
            ("Fields", NoteKind::Malformed, "Fields that no MRZ can hold."),
        ],
    );
    suite.group(standard("ICAO Doc 9303-5, Appendix B", "8"));
    let specimen = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
    let said = json!({
        "document_code": "I", "issuing_state": "UTO", "document_number": "D23145890", "optional_data_1": "",
        "birth_date": "740812", "sex": "F", "expiry_date": "120415", "nationality": "UTO", "optional_data_2": "",
        "surname": "ERIKSSON", "given_names": "ANNA MARIA", "mrz_information": "D23145890774081221204159",
    });
    suite.published("the specimen", "Whole", "mrz.parse", text(specimen), said);
    suite.group(own());
    suite.accept("the permit", "Whole", "mrz.parse", text(PERMIT));
    for (title, flag, at, with, code) in [
        ("a document code of a visa", "Code", 0, "IV", "lds.document-code"),
        ("a passport's document code", "Code", 0, "P<", "lds.document-code"),
        ("an issuing state that is none", "Code", 2, "QQQ", "lds.country"),
        ("a nationality that is none", "Code", 45, "QQQ", "lds.country"),
        ("a sex that is none", "Code", 37, "X", "lds.sex"),
        ("month 13 of birth", "Date", 30, "851315", "lds.date"),
        ("30 February of expiry", "Date", 38, "310230", "lds.date"),
        ("a letter in the date of birth", "Date", 30, "8506A5", "lds.date"),
        ("no surname", "Form", 60, "<<", "lds.missing"),
        ("no document number", "Form", 5, "<<<<<<<<<", "lds.missing"),
        ("a digit in the name", "Form", 62, "5", "lds.character"),
    ] {
        suite.reject(title, flag, "mrz.parse", text(&consistent(&replaced(PERMIT, at, with))), code);
    }
    for (title, at, with) in [
        ("check digit of the number", 14, "1"),
        ("check digit of the date of birth", 36, "2"),
        ("check digit of the date of expiry", 44, "2"),
        ("composite check digit", 59, "3"),
        ("a filler for a check digit", 36, "<"),
        ("optional data that the composite covers", 50, "B"),
    ] {
        suite.reject(title, "CheckDigit", "mrz.parse", text(&replaced(PERMIT, at, with)), "lds.check-digit");
    }
    suite.reject("ninety-one characters", "Form", "mrz.parse", text(&format!("{PERMIT}<")), "lds.length");
    suite.reject("nothing", "Form", "mrz.parse", text(""), "lds.length");
    suite.reject("a blank", "Form", "mrz.parse", text(&replaced(PERMIT, 70, " ")), "lds.character");
    for (title, field, value, code) in [
        ("a number of twenty-three characters", "document_number", "A1234567890123456789012", "lds.too-long"),
        ("an empty number", "document_number", "", "lds.missing"),
        ("a small letter in the number", "document_number", "i12345678", "lds.character"),
        ("sixteen characters of optional data", "optional_data_1", "1234567890123456", "lds.too-long"),
        ("a sign in the optional data", "optional_data_2", "A+B", "lds.character"),
        ("a day of birth that no calendar has", "birth_date", "1985-02-30", "lds.date"),
        ("a state that is none", "issuing_state", "QQQ", "lds.country"),
    ] {
        let mut fields = fields();
        if let Some(place) = fields.get_mut(field) {
            *place = value.into();
        }
        suite.reject(title, "Fields", "mrz.build", fields, code);
    }
    suite.finish()
}

fn fields() -> Value {
    json!({
        "document_code": "IR", "issuing_state": "ITA", "document_number": "I12345678", "optional_data_1": "",
        "birth_date": "1985-06-15", "sex": "F", "expiry_date": "2031-01-31", "nationality": "UTO", "optional_data_2": "",
        "surname": "ROSSI", "given_names": "ANNA MARIA",
    })
}

fn text(mrz: &str) -> Value {
    json!({ "text": mrz })
}

fn replaced(mrz: &str, at: usize, with: &str) -> String {
    let behind = mrz.get(at + with.len()..).unwrap_or_default();
    format!("{}{with}{behind}", mrz.get(..at).unwrap_or_default())
}

/// The same fields with the check digits that belong to them.
fn consistent(mrz: &str) -> String {
    let part = |mrz: &str, at: std::ops::Range<usize>| mrz.get(at).unwrap_or_default().to_owned();
    let with_digit = |mrz: &str, at: usize, field: String| replaced(mrz, at, &check_digit(&[&field]).to_string());
    let mrz = with_digit(mrz, 14, part(mrz, 5..14));
    let mrz = with_digit(&mrz, 36, part(&mrz, 30..36));
    let mrz = with_digit(&mrz, 44, part(&mrz, 38..44));
    let composite = [5..30, 30..37, 38..45, 48..59].map(|at| part(&mrz, at)).concat();
    with_digit(&mrz, 59, composite)
}

fn read(root: &Path, name: &str) -> Made<String> {
    std::fs::read_to_string(root.join(name)).map_err(|error| format!("{name}: {error}"))
}
