//! The letter before programs that are not ours: poppler reads it, qpdf checks it.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "asks poppler and qpdf")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::civil::date;
use sigillo_codes::{CodePolicy, CodeSet, Generator};
use sigillo_crypto::SeededEntropy;
use sigillo_envelope::{EnvelopeError, Letter, Office};
use sigillo_secret::SecretBytes;
use tempfile::TempDir;

const POLICY: CodePolicy = CodePolicy { pin_tries: 3, puk_tries: 10, can: true };

#[test]
fn the_codes_are_read_exactly_once() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("letter.pdf");
    let codes = codes(7);
    let pdf = letter("Aïcha Müller-D’Angelo", &codes, &office()).expect("it fits");
    pdf.expose(|octets| fs::write(&path, octets).unwrap());
    let checked = run(Command::new("qpdf").arg("--check").arg(&path));
    assert!(checked.contains("No syntax or stream encoding errors"), "{checked}");
    let text = run(Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(&path).arg("-"));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let count = |digits_of: &[u8]| digits.matches(std::str::from_utf8(digits_of).unwrap()).count();
    assert_eq!(codes.pin.expose(count), 1, "{text}");
    assert_eq!(codes.puk.expose(count), 1, "{text}");
    assert_eq!(codes.cip.expose(count), 1, "{text}");
    assert_eq!(codes.can.as_ref().map(|can| can.expose(count)), Some(0), "the CAN stands on the card");
    // What a person reads: groups of four beside their names.
    for line in
        [("PIN", codes.pin.expose(groups)), ("PUK", codes.puk.expose(groups)), ("CIP", codes.cip.expose(groups))]
    {
        assert!(text.lines().any(|read| squeezed(read).ends_with(&line.1)), "{line:?} in {text}");
        assert!(text.contains(line.0));
    }
    assert!(text.contains("Aïcha Müller-D’Angelo") && text.contains("I ••••• 678") && text.contains("22.11.2026"));
    assert!(text.contains("+39 06 4686 1234") && !text.contains("I12345678"));
    // Nothing but the page knows them.
    let known = run(Command::new("pdfinfo").arg(&path));
    assert!(known.contains("Lettera dei codici") && !known.contains("Aïcha"), "{known}");
    for code in [&codes.pin.expose(groups), &codes.cip.expose(groups)] {
        assert!(!known.contains(&code.replace(' ', "")));
    }
}

/// The twin: a letter with one code written twice would be found.
#[test]
fn a_code_that_stands_twice_is_found() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("twice.pdf");
    let codes = codes(7);
    let pin = codes.pin.expose(|digits| String::from_utf8_lossy(digits).into_owned());
    let twice = Office { telephone: pin.clone(), ..office() };
    letter("Anna Bianchi", &codes, &twice).expect("it fits").expose(|octets| fs::write(&path, octets).unwrap());
    let text = run(Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(&path).arg("-"));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.matches(&pin).count(), 2);
}

#[test]
fn the_same_letter_gives_the_same_octets() {
    let codes = codes(3);
    let [one, two] = [0, 1].map(|_| letter("Anna Bianchi", &codes, &office()).expect("it fits"));
    assert!(one.matches(&two));
    assert!(one.len() < 32 * 1024, "{}: it would not fit the buffers that are never moved", one.len());
}

#[test]
fn a_name_in_other_letters_is_printed_as_in_the_mrz() {
    let folder = TempDir::new().unwrap();
    let codes = codes(5);
    for (name, shown) in
        [("Łukasz Żółć", "ANNA BIANCHI"), ("Анна Белая", "ANNA BIANCHI"), ("Anna Bianchi", "Anna Bianchi")]
    {
        let path = folder.path().join("name.pdf");
        letter(name, &codes, &office()).expect("it fits").expose(|octets| fs::write(&path, octets).unwrap());
        let text = run(Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(&path).arg("-"));
        assert!(text.contains(shown), "{name}: {text}");
    }
}

/// Widths by poppler's own metrics: no text leaves its place, and a long name takes two lines.
#[test]
fn everything_stays_in_its_place() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("wide.pdf");
    let long = "Maria Guadalupe Concepción Wilhelmina MONTENEGRO-FERNÁNDEZ DE LA VEGA Y WAGNER";
    let wide = Office {
        name: "Questura di Reggio nell’Emilia – Ufficio Immigrazione".to_owned(),
        address: ["Via Dante Alighieri 10/A", "42121 Reggio nell’Emilia RE", "Sportello 12"]
            .map(str::to_owned)
            .to_vec(),
        telephone: "+39 0522 4587 1111".to_owned(),
    };
    letter(long, &codes(9), &wide).expect("it fits").expose(|octets| fs::write(&path, octets).unwrap());
    let boxes = run(Command::new("pdftotext").args(["-bbox", "-enc", "UTF-8"]).arg(&path).arg("-"));
    let mut words = 0;
    for line in boxes.lines().filter(|line| line.trim_start().starts_with("<word")) {
        let value = |name: &str| -> f32 {
            let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap();
            rest.split_once('"').unwrap().0.parse().unwrap()
        };
        let millimetres = |points: f32| points * 25.4 / 72.0;
        assert!(millimetres(value("xMin")) >= 19.9 && millimetres(value("xMax")) <= 190.3, "{line}");
        assert!(millimetres(value("yMax")) <= 287.0, "{line}");
        let (top, left) = (millimetres(value("yMin")), millimetres(value("xMin")));
        if (50.0..104.0).contains(&top) && left < 110.0 {
            assert!(millimetres(value("xMax")) <= 105.0 && millimetres(value("yMax")) <= 90.0, "the window: {line}");
        }
        words += 1;
    }
    assert!(words > 100, "{words} words");
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let refused = |holder: &str, office: &Office| letter(holder, &codes(1), office).map(drop).unwrap_err();
    assert_eq!(refused(&"W".repeat(90), &office()), EnvelopeError::Room { field: "holder" });
    let named = |name: &str| Office { name: name.to_owned(), ..office() };
    assert_eq!(refused("Anna Bianchi", &named("Полиция")), EnvelopeError::Letters { field: "office" });
    assert_eq!(refused("Anna Bianchi", &named(&"Questura ".repeat(9))), EnvelopeError::Room { field: "office" });
    let lines = Office { address: vec!["x".to_owned(); 4], ..office() };
    assert_eq!(refused("Anna Bianchi", &lines), EnvelopeError::Room { field: "address" });
    let number = Office { telephone: "0".repeat(40), ..office() };
    assert_eq!(refused("Anna Bianchi", &number), EnvelopeError::Room { field: "telephone" });
}

#[test]
fn nothing_of_a_letter_is_printed_by_debug() {
    let (codes, office) = (codes(2), office());
    let letter = Letter {
        holder: "Anna Bianchi",
        holder_in_mrz: "ANNA BIANCHI",
        document_number: "I12345678",
        office: &office,
        policy: POLICY,
        codes: &codes,
        printed_on: date(2026, 11, 22),
    };
    assert_eq!(format!("{letter:?}"), "Letter(redacted)");
}

/// The picture stays in the target folder (`tmp/letter.png`), for people to look at.
#[test]
fn poppler_renders_it() {
    let page = Path::new(env!("CARGO_TARGET_TMPDIR")).join("letter");
    let path = page.with_extension("pdf");
    let pdf = letter("Aïcha Müller-D’Angelo", &codes(7), &office()).expect("it fits");
    pdf.expose(|octets| fs::write(&path, octets).unwrap());
    run(Command::new("pdftoppm").args(["-png", "-r", "110", "-singlefile"]).arg(&path).arg(&page));
    let image = fs::read(page.with_extension("png")).unwrap();
    assert!(image.starts_with(b"\x89PNG") && image.len() > 10_000);
}

fn letter(holder: &str, codes: &CodeSet, office: &Office) -> Result<SecretBytes, EnvelopeError> {
    Letter {
        holder,
        holder_in_mrz: "ANNA BIANCHI",
        document_number: "I12345678",
        office,
        policy: POLICY,
        codes,
        printed_on: date(2026, 11, 22),
    }
    .to_pdf()
}

fn office() -> Office {
    Office {
        name: "Questura di Roma – Ufficio Immigrazione".to_owned(),
        address: vec!["Via Teofilo Patini 23".to_owned(), "00155 Roma RM".to_owned()],
        telephone: "+39 06 4686 1234".to_owned(),
    }
}

fn codes(seed: u8) -> CodeSet {
    let mut source = SeededEntropy::new([seed; 32]);
    CodeSet::generate(&mut Generator::new(&mut source), &POLICY).expect("the source is sound")
}

fn groups(digits: &[u8]) -> String {
    let groups: Vec<&str> = digits.chunks(4).map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(" ")
}

fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn run(command: &mut Command) -> String {
    let program = Path::new(command.get_program()).display().to_string();
    let done = command.output().unwrap_or_else(|error| panic!("{program} ({error}) is installed by scripts/setup"));
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{program}: {said}");
    said
}
