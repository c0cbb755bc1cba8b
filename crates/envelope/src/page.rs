//! What stands where: three panels of a sheet that is folded twice, for a long envelope (DL, C5/6) with a window.
//!
//! | panel           | from top, mm | holds                                                                    |
//! |-----------------|--------------|--------------------------------------------------------------------------|
//! | outside         | 0–105        | name and office in the window (DIN 5008 form B), part of the number       |
//! | folded inside   | 105–210      | the tamper-evident area: PIN, PUK, CIP                                   |
//! | folded inside   | 210–297      | what to do, the number to call                                           |

use sigillo_secret::SecretBytes;

use crate::error::EnvelopeError;
use crate::letter::Letter;
use crate::metrics::{Face, width, wrap};
use crate::sheet::{Sheet, millimetres, points};
use crate::text::win_ansi;
use crate::words::{self, Both};

impl Letter<'_> {
    /// Makes the page: PDF 1.7, the standard fonts, the same octets for the same letter.
    ///
    /// # Errors
    ///
    /// `envelope.letters`, `envelope.room`.
    pub fn to_pdf(&self) -> Result<SecretBytes, EnvelopeError> {
        let mut sheet = Sheet::new();
        window(&mut sheet, self)?;
        heading(&mut sheet, self)?;
        codes(&mut sheet, self);
        advice(&mut sheet);
        call(&mut sheet, self)?;
        folds(&mut sheet);
        Ok(sheet.into_pdf(words::FILE_TITLE))
    }
}

/// Name and office, where the window of the envelope is.
fn window(sheet: &mut Sheet, letter: &Letter<'_>) -> Result<(), EnvelopeError> {
    let office = letter.office;
    sheet.ink(0.35);
    let sender = one_line("office", &office.name, Face::Plain, 6.5, WINDOW_WIDE)?;
    sheet.text(Face::Plain, 6.5, (LEFT, 49.5), &sender);
    sheet.line((LEFT, 50.8), (LEFT + WINDOW_WIDE, 50.8), 0.3, 0.0);
    sheet.ink(0.0);
    let name = win_ansi(letter.holder).or_else(|| win_ansi(letter.holder_in_mrz));
    let name = name.ok_or(EnvelopeError::Letters { field: "holder" })?;
    let (size, lines) = fitting("holder", &name, Face::Bold, [12.5, 11.0, 9.5, 8.0])?;
    let mut at = 58.5;
    for line in lines {
        sheet.text(Face::Bold, size, (LEFT, at), &line);
        at += 5.2;
    }
    sheet.ink(0.35);
    sheet.text(Face::Plain, 7.0, (LEFT, at + 0.3), &ansi(words::CARE_OF));
    sheet.ink(0.0);
    at += 4.6;
    if office.address.len() > ADDRESS_LINES {
        return Err(EnvelopeError::Room { field: "address" });
    }
    sheet.text(Face::Plain, 9.5, (LEFT, at), &one_line("office", &office.name, Face::Plain, 9.5, WINDOW_WIDE)?);
    for line in &office.address {
        at += 4.3;
        sheet.text(Face::Plain, 9.5, (LEFT, at), &one_line("address", line, Face::Plain, 9.5, WINDOW_WIDE)?);
    }
    Ok(())
}

/// Title, part of the number, the day.
fn heading(sheet: &mut Sheet, letter: &Letter<'_>) -> Result<(), EnvelopeError> {
    sheet.ink(0.0);
    sheet.text(Face::Bold, 17.0, (LEFT, 24.0), &ansi(words::TITLE.italian));
    sheet.ink(0.35);
    sheet.text(Face::Plain, 12.5, (LEFT, 30.5), &ansi(words::TITLE.english));
    sheet.ink(0.0);
    sheet.line((LEFT, 35.0), (RIGHT, 35.0), 1.2, 0.0);
    sheet.ink(0.35);
    sheet.text(Face::Bold, 7.5, (LEFT, 39.5), &ansi(words::CONFIDENTIAL));
    let number = partly(letter.document_number).ok_or(EnvelopeError::Letters { field: "document" })?;
    let date = letter.printed_on;
    let day = format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year());
    for (at, label, value) in [(63.0, words::DOCUMENT, number), (77.0, words::PRINTED, ansi(&day))] {
        sheet.ink(0.35);
        sheet.text(Face::Plain, 7.5, (SIDE, at), &ansi(label));
        sheet.ink(0.0);
        sheet.text(Face::Bold, 12.0, (SIDE, at + 5.6), &value);
    }
    Ok(())
}

/// The tamper-evident area.
fn codes(sheet: &mut Sheet, letter: &Letter<'_>) {
    let (top, high) = (113.0, 89.0);
    sheet.ink(0.0);
    sheet.frame((LEFT - 4.0, top), (RIGHT - LEFT + 8.0, high), 0.8, 1.6);
    sheet.ink(1.0);
    let label = ansi(words::PROTECTED);
    let wide = millimetres(width(Face::Bold, 8.0, &label));
    sheet.fill((LEFT - 1.0, top - 2.0), (wide + 2.0, 4.0));
    sheet.ink(0.0);
    sheet.text(Face::Bold, 8.0, (LEFT, top + 1.0), &label);
    let (pin_tries, puk_tries) = (letter.policy.pin_tries, letter.policy.puk_tries);
    let codes = letter.codes;
    row(sheet, 119.0, b"PIN", &words::PIN, pin_tries);
    codes.pin.expose(|digits| sheet.digits_to(DIGITS, (RIGHT, 119.0 + BASE), digits, 4));
    row(sheet, 143.5, b"PUK", &words::PUK, puk_tries);
    codes.puk.expose(|digits| sheet.digits_to(DIGITS, (RIGHT, 143.5 + BASE), digits, 4));
    row(sheet, 168.0, b"CIP", &words::CIP, 0);
    codes.cip.expose(|digits| sheet.digits_to(DIGITS, (RIGHT, 168.0 + BASE), digits, 4));
    sheet.ink(0.35);
    sheet.line((LEFT, 191.5), (RIGHT, 191.5), 0.3, 0.0);
    sheet.text(Face::Plain, 7.5, (LEFT, 195.7), &ansi(words::OPENED.italian));
    sheet.text(Face::Plain, 7.5, (LEFT, 199.3), &ansi(words::OPENED.english));
}

/// What a code is called and what it is for.
fn row(sheet: &mut Sheet, top: f32, name: &[u8], purpose: &Both, tries: u8) {
    sheet.ink(0.0);
    sheet.text(Face::Bold, 20.0, (LEFT, top + BASE), name);
    let mut at = top + 5.0;
    for (grey, sentence) in [(0.0, purpose.italian), (0.35, purpose.english)] {
        sheet.ink(grey);
        let sentence = ansi(&sentence.replace("{}", &tries.to_string()));
        for line in wrap(Face::Plain, 8.5, points(PURPOSE_WIDE), &sentence) {
            sheet.text(Face::Plain, 8.5, (PURPOSE, at), &line);
            at += 3.7;
        }
        at += 0.9;
    }
    sheet.ink(0.35);
    if top > 120.0 {
        sheet.line((LEFT, top - 1.8), (RIGHT, top - 1.8), 0.3, 0.0);
    }
    sheet.ink(0.0);
}

/// What to do, one language beside the other.
fn advice(sheet: &mut Sheet) {
    for (x, grey, pick) in [(LEFT, 0.0, italian as Pick), (MIDDLE, 0.35, english)] {
        sheet.ink(grey);
        sheet.text(Face::Bold, 10.0, (x, 220.0), &ansi(pick(&words::HEADINGS)));
        let mut at = 226.0;
        for sentence in &words::ADVICE {
            for (index, line) in wrap(Face::Plain, 8.5, points(COLUMN_WIDE), &ansi(pick(sentence))).iter().enumerate() {
                if index == 0 {
                    sheet.fill((x, at - 1.7), (1.3, 1.3));
                }
                sheet.text(Face::Plain, 8.5, (x + 3.5, at), line);
                at += 3.8;
            }
            at += 1.5;
        }
    }
}

/// The number to call, white on black.
fn call(sheet: &mut Sheet, letter: &Letter<'_>) -> Result<(), EnvelopeError> {
    let top = 269.0;
    sheet.ink(0.0);
    sheet.fill((LEFT - 4.0, top), (RIGHT - LEFT + 8.0, 17.0));
    sheet.ink(1.0);
    let lines = [(&words::LOST, Face::Bold, 10.0, 6.8), (&words::CALL, Face::Plain, 8.5, 12.3)];
    for (sentence, face, size, below) in lines {
        let both = format!("{}  ·  {}", sentence.italian, sentence.english);
        sheet.text(face, size, (LEFT, top + below), &ansi(&both));
    }
    let telephone = one_line("telephone", &letter.office.telephone, Face::Bold, 17.0, TELEPHONE_WIDE)?;
    sheet.text_to(Face::Bold, 17.0, (RIGHT, top + 10.8), &telephone);
    Ok(())
}

/// Where the sheet is folded.
fn folds(sheet: &mut Sheet) {
    sheet.ink(0.6);
    for at in [105.0, 210.0] {
        sheet.line((4.0, at), (8.0, at), 0.4, 0.0);
        sheet.line((202.0, at), (206.0, at), 0.4, 0.0);
    }
}

type Pick = fn(&Both) -> &'static str;

fn italian(both: &Both) -> &'static str {
    both.italian
}

fn english(both: &Both) -> &'static str {
    both.english
}

/// A sentence of ours: a test prints every one.
fn ansi(text: &str) -> Vec<u8> {
    win_ansi(text).unwrap_or_default()
}

/// The first character and the last three; who finds the letter cannot report the document by it.
fn partly(number: &str) -> Option<Vec<u8>> {
    let octets = win_ansi(number)?;
    let hidden = octets.len().saturating_sub(4);
    let [first, last] = [octets.get(..1)?, octets.get(octets.len().saturating_sub(3).max(1)..)?];
    Some([first, b" ", &vec![BULLET; hidden], b" ", last].concat())
}

fn one_line(field: &'static str, text: &str, face: Face, size: f32, room: f32) -> Result<Vec<u8>, EnvelopeError> {
    let octets = win_ansi(text).ok_or(EnvelopeError::Letters { field })?;
    if millimetres(width(face, size, &octets)) > room {
        return Err(EnvelopeError::Room { field });
    }
    Ok(octets)
}

/// At most two lines of the window, in the largest of these sizes.
fn fitting(
    field: &'static str,
    octets: &[u8],
    face: Face,
    sizes: [f32; 4],
) -> Result<(f32, Vec<Vec<u8>>), EnvelopeError> {
    let room = points(WINDOW_WIDE);
    for size in sizes {
        let lines = wrap(face, size, room, octets);
        if lines.len() <= 2 && lines.iter().all(|line| width(face, size, line) <= room) {
            return Ok((size, lines));
        }
    }
    Err(EnvelopeError::Room { field })
}

/// Millimetres.
const LEFT: f32 = 20.0;
const RIGHT: f32 = 190.0;
const MIDDLE: f32 = 108.0;
const SIDE: f32 = 128.0;
const WINDOW_WIDE: f32 = 80.0;
const PURPOSE: f32 = 38.0;
const PURPOSE_WIDE: f32 = 66.0;
const COLUMN_WIDE: f32 = 78.0;
const TELEPHONE_WIDE: f32 = 62.0;
/// Points.
const DIGITS: f32 = 25.0;
/// From the top of a code's row to its base line, in millimetres.
const BASE: f32 = 12.0;
const ADDRESS_LINES: usize = 3;
const BULLET: u8 = 0x95;
