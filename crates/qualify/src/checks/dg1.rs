//! EF.DG1: the MRZ of a card (TD1, TD2) or a booklet (TD3). Spec: `icao-9303-10#dg1`, `icao-9303-3#mrz`, `icao-9303-5#mrz`.

use sigillo_lds::mrz::{StateCode, check_digit};

use crate::checks::structure::{child, holds, length, starts_with, template};
use crate::scene::{Check, Scene};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("dg1.tag", |scene| starts_with(scene.subject()?, DG1)),
    ("dg1.length", |scene| length(scene.subject()?)),
    ("dg1.mrz-object", |scene| Mrz::read(scene.subject()?).map(|_| ())),
    ("dg1.document-code", |scene| Mrz::read(scene.subject()?)?.document_code()),
    ("dg1.issuing-state", |scene| Mrz::read(scene.subject()?)?.state(|places| places.issuing_state)),
    ("dg1.name", |scene| Mrz::read(scene.subject()?)?.name()),
    ("dg1.document-number", |scene| Mrz::read(scene.subject()?)?.document_number()),
    ("dg1.nationality", |scene| Mrz::read(scene.subject()?)?.state(|places| places.nationality)),
    ("dg1.birth-date", |scene| Mrz::read(scene.subject()?)?.date(|places| places.birth_date, true)),
    ("dg1.sex", |scene| Mrz::read(scene.subject()?)?.sex()),
    ("dg1.expiry-date", |scene| Mrz::read(scene.subject()?)?.date(|places| places.expiry_date, false)),
    ("dg1.optional-data", |scene| Mrz::read(scene.subject()?)?.optional_data()),
    ("dg1.composite", |scene| Mrz::read(scene.subject()?)?.composite()),
    ("dg1.printed", printed),
];

/// Where the fields stand when the lines are put one behind the other; a check digit stands behind its field.
struct Places {
    lines: [usize; 3],
    first_letters: &'static str,
    issuing_state: (usize, usize),
    names: (usize, usize),
    document_number: (usize, usize),
    nationality: (usize, usize),
    birth_date: (usize, usize),
    sex: usize,
    expiry_date: (usize, usize),
    optional: &'static [(usize, usize)],
    /// Optional data with a check digit of its own.
    optional_digit: bool,
    composite: usize,
    composite_over: &'static [(usize, usize)],
}

const TD1: Places = Places {
    lines: [30, 30, 30],
    first_letters: "ACI",
    issuing_state: (2, 5),
    names: (60, 90),
    document_number: (5, 14),
    nationality: (45, 48),
    birth_date: (30, 36),
    sex: 37,
    expiry_date: (38, 44),
    optional: &[(15, 30), (48, 59)],
    optional_digit: false,
    composite: 59,
    composite_over: &[(5, 30), (30, 37), (38, 45), (48, 59)],
};

const TD2: Places = Places {
    lines: [36, 36, 0],
    first_letters: "ACI",
    issuing_state: (2, 5),
    names: (5, 36),
    document_number: (36, 45),
    nationality: (46, 49),
    birth_date: (49, 55),
    sex: 56,
    expiry_date: (57, 63),
    optional: &[(64, 71)],
    optional_digit: false,
    composite: 71,
    composite_over: &[(36, 46), (49, 56), (57, 71)],
};

const TD3: Places = Places {
    lines: [44, 44, 0],
    first_letters: "P",
    issuing_state: (2, 5),
    names: (5, 44),
    document_number: (44, 53),
    nationality: (54, 57),
    birth_date: (57, 63),
    sex: 64,
    expiry_date: (65, 71),
    optional: &[(72, 86)],
    optional_digit: true,
    composite: 87,
    composite_over: &[(44, 54), (57, 64), (65, 87)],
};

struct Mrz<'a> {
    text: &'a str,
    places: &'static Places,
}

impl<'a> Mrz<'a> {
    /// The data object `5F1F`, nothing beside it, as long as one of the three formats.
    fn read(file: &'a [u8]) -> Result<Self, String> {
        let dg1 = template(file, DG1)?;
        let object = child(&dg1, 0x5F1F)?;
        holds(object.raw == dg1.value, "nothing beside the MRZ in DG1")?;
        let text = str::from_utf8(object.value).map_err(|_| "expected the characters of the MRZ, found others")?;
        let characters = text.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'<'));
        holds(characters, "capital letters, digits and fillers only in the MRZ")?;
        let fits = |places: &&Places| places.lines.iter().sum::<usize>() == text.len();
        let places = [&TD1, &TD2, &TD3].into_iter().find(fits);
        let places = places.ok_or(format!("expected an MRZ of 90, 72 or 88 characters, found {}", text.len()))?;
        Ok(Self { text, places })
    }

    fn field(&self, (from, to): (usize, usize)) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn document_code(&self) -> Result<(), String> {
        let mut code = self.field((0, 2)).chars();
        let (first, second) = (code.next().unwrap_or('<'), code.next().unwrap_or('<'));
        holds(self.places.first_letters.contains(first), "a document code that begins with a letter of this format")?;
        holds(
            second == '<' || second.is_ascii_uppercase() && (second != 'V' || first == 'P'),
            "a letter other than V, or a filler, second",
        )
    }

    fn state(&self, place: impl Fn(&Places) -> (usize, usize)) -> Result<(), String> {
        let code = self.field(place(self.places));
        let letters = code.trim_end_matches('<');
        holds(
            !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_uppercase()),
            "letters, then fillers, in a state code",
        )?;
        StateCode::parse(code).map(|_| ()).map_err(|_| "expected a state code of ICAO 9303-3 section 5".to_owned())
    }

    fn name(&self) -> Result<(), String> {
        let field = self.field(self.places.names);
        holds(!field.bytes().any(|byte| byte.is_ascii_digit()), "no digit in the name")?;
        holds(!field.starts_with('<'), "a primary identifier at the front of the name")?;
        let name = field.trim_end_matches('<');
        holds(!name.contains("<<<"), "two fillers at most inside the name")?;
        holds(name.matches("<<").count() <= 1, "one pair of fillers at most, between primary and secondary identifier")
    }

    fn document_number(&self) -> Result<(), String> {
        let (from, to) = self.places.document_number;
        let number = self.field((from, to));
        holds(!number.starts_with('<'), "a document number")?;
        match self.field((to, to + 1)) {
            // A long number goes on in the optional data of a card; its check digit stands behind it.
            "<" => {
                let first = self.places.optional.first().copied().unwrap_or_default();
                let rest = self.field(first).split('<').next().unwrap_or_default();
                let (rest, digit) = rest.split_at_checked(rest.len().saturating_sub(1)).unwrap_or_default();
                holds(!rest.is_empty() && !self.places.optional_digit, "a check digit behind the document number")?;
                holds(digit == check_digit(&[number, rest]).to_string(), "the check digit of the long document number")
            }
            digit => holds(digit == check_digit(&[number]).to_string(), "the check digit of the document number"),
        }
    }

    /// YYMMDD; what is unknown of a date of birth is two fillers.
    fn date(&self, place: impl Fn(&Places) -> (usize, usize), unknown: bool) -> Result<(), String> {
        let (from, to) = place(self.places);
        let parts = [(0, 0..=99), (2, 1..=12), (4, 1..=31)];
        for (at, range) in parts {
            let part = self.field((from + at, from + at + 2));
            let known = part.parse::<u8>().is_ok_and(|part| range.contains(&part));
            holds(known || unknown && part == "<<", "year, month and day of two digits each")?;
        }
        let digit = check_digit(&[self.field((from, to))]).to_string();
        holds(self.field((to, to + 1)) == digit, "the check digit of the date")
    }

    fn sex(&self) -> Result<(), String> {
        holds(
            matches!(self.field((self.places.sex, self.places.sex + 1)), "F" | "M" | "<"),
            "F, M or a filler for the sex",
        )
    }

    fn optional_data(&self) -> Result<(), String> {
        for &(from, to) in self.places.optional {
            let (data, digit) = (self.field((from, to)), self.field((to, to + 1)));
            if self.places.optional_digit {
                let empty = data.bytes().all(|byte| byte == b'<') && digit == "<";
                holds(empty || digit == check_digit(&[data]).to_string(), "the check digit of the optional data")?;
            }
        }
        Ok(())
    }

    fn composite(&self) -> Result<(), String> {
        let parts: Vec<&str> = self.places.composite_over.iter().map(|part| self.field(*part)).collect();
        let found = self.field((self.places.composite, self.places.composite + 1));
        holds(found == check_digit(&parts).to_string(), "the composite check digit")
    }

    /// The printed lines and the chip say the same.
    fn equals(&self, printed: &str) -> Result<(), String> {
        let printed: String = printed.lines().collect();
        holds(printed.len() == self.text.len(), "an MRZ of the same format as the printed one")?;
        let differs = printed.bytes().zip(self.text.bytes()).position(|(printed, chip)| printed != chip);
        differs.map_or(Ok(()), |at| Err(format!("expected the printed MRZ, character {} is another", at + 1)))
    }
}

fn printed(scene: &Scene<'_>) -> Result<(), String> {
    let printed = scene.mrz().ok_or("expected the printed MRZ, the lab does not know it")?;
    Mrz::read(scene.subject()?)?.equals(&printed)
}

const DG1: u32 = 0x61;

#[cfg(test)]
mod tests {
    use super::*;

    // ICAO 9303 parts 5, 6 and 4: the sample documents of Utopia, printed there.
    const CARD: &str = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
    const SMALL: &str = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6";
    const BOOK: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10";

    fn file(text: &str) -> Vec<u8> {
        sigillo_tlv::encode(DG1, &sigillo_tlv::encode(0x5F1F, text.as_bytes()))
    }

    /// Document code, name, number, birth, sex, expiry, optional data, composite.
    fn judged(text: &str) -> Vec<bool> {
        let file = file(text);
        let Ok(mrz) = Mrz::read(&file) else { return Vec::new() };
        let found = [
            mrz.document_code(),
            mrz.name(),
            mrz.document_number(),
            mrz.date(|places| places.birth_date, true),
            mrz.sex(),
            mrz.date(|places| places.expiry_date, false),
            mrz.optional_data(),
            mrz.composite(),
        ];
        found.iter().map(Result::is_ok).collect()
    }

    fn changed(text: &str, at: usize, with: &str) -> String {
        let mut text = text.to_owned();
        text.replace_range(at..at + with.len(), with);
        text
    }

    #[test]
    fn the_standards_samples() {
        for text in [CARD, SMALL, BOOK] {
            assert_eq!(judged(text), [true; 8], "{text}");
        }
    }

    #[test]
    fn each_field_can_fail() {
        let wrong = [
            (0, changed(CARD, 0, "P")),
            (0, changed(CARD, 1, "V")),
            (0, changed(BOOK, 0, "I")),
            (1, changed(CARD, 60, "<")),
            (1, changed(CARD, 75, "3")),
            (1, changed(CARD, 75, "<<R<<")),
            (1, changed(CARD, 68, "<<<")),
            (2, changed(CARD, 14, "8")),
            (2, changed(CARD, 14, "<")),
            (2, changed(CARD, 5, "<")),
            (2, changed(BOOK, 53, "<")),
            (3, changed(CARD, 32, "13")),
            (3, changed(CARD, 36, "3")),
            (4, changed(CARD, 37, "X")),
            (5, changed(CARD, 38, "<<")),
            (5, changed(CARD, 44, "8")),
            (6, changed(BOOK, 86, "2")),
            (7, changed(CARD, 59, "5")),
            (7, changed(SMALL, 71, "5")),
            (7, changed(BOOK, 87, "1")),
        ];
        for (field, text) in wrong {
            assert!(!judged(&text)[field], "{field}: {text}");
        }
        assert!(Mrz::read(&file(&CARD[1..])).is_err());
        assert!(Mrz::read(&file(&changed(CARD, 70, "a"))).is_err());
        assert!(Mrz::read(&[0x61, 0x00]).is_err());
    }

    #[test]
    fn a_long_number_and_an_unknown_day() {
        // ICAO 9303-5, 4.2.2 note j: D23145890734.
        let long = "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<";
        assert!(judged(long)[2]);
        assert!(!judged(&changed(long, 18, "8"))[2]);
        let born = "74<<<<";
        let unknown = changed(&changed(CARD, 30, born), 36, &check_digit(&[born]).to_string());
        assert!(judged(&unknown)[3]);
    }

    #[test]
    fn states_and_the_printed_lines() {
        let known = file(&changed(&changed(CARD, 2, "ITA"), 45, "D<<"));
        let mrz = Mrz::read(&known).unwrap();
        assert_eq!(
            (mrz.state(|places| places.issuing_state), mrz.state(|places| places.nationality)),
            (Ok(()), Ok(()))
        );
        assert_eq!(mrz.equals(mrz.text), Ok(()));
        let said = mrz.equals(CARD).unwrap_err();
        assert!(said.contains("character 3"), "{said}");
        let nowhere = file(&changed(CARD, 2, "ZZQ"));
        assert!(Mrz::read(&nowhere).unwrap().state(|places| places.issuing_state).is_err());
    }
}
