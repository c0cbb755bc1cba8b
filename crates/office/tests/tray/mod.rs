//! A printer that only keeps what came out of it, one file a letter.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use sigillo_crypto::Entropy;
use sigillo_envelope::Office as Letterhead;
use sigillo_office::{LetterOutput, OfficeError};
use sigillo_secret::SecretBytes;

use crate::counter::Office;
use crate::points::Points;

/// The tray of an office's printer.
pub(crate) struct Tray {
    folder: PathBuf,
    points: Points,
}

impl Tray {
    pub(crate) fn make(office: &Office) {
        fs::create_dir(folder(office)).unwrap();
    }

    pub(crate) fn of(office: &Office, points: &Points) -> Self {
        Self { folder: folder(office), points: points.clone() }
    }

    /// The digits of PIN, PUK and CIP in each letter that came out whole, oldest first.
    pub(crate) fn letters(office: &Office) -> Vec<Vec<u8>> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder(office)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| digits(&fs::read(path).unwrap())).collect()
    }
}

impl LetterOutput for Tray {
    fn ready(&mut self) -> Result<(), OfficeError> {
        self.points.pass("printer ready".to_owned());
        Ok(())
    }

    fn take(&mut self, pdf: &SecretBytes, _: DateTime, _: &mut dyn Entropy) -> Result<(), OfficeError> {
        self.points.pass("printer take/before".to_owned());
        let number = fs::read_dir(&self.folder).unwrap().count();
        let path = self.folder.join(format!("{number:03}.pdf"));
        let mut file = OpenOptions::new().write(true).create_new(true).open(path).unwrap();
        pdf.expose(|octets| file.write_all(octets)).unwrap();
        self.points.pass("printer take/after".to_owned());
        Ok(())
    }
}

pub(crate) fn letterhead() -> Letterhead {
    Letterhead {
        name: "Questura di Roma – Ufficio Immigrazione".to_owned(),
        address: vec!["Via Teofilo Patini 23".to_owned(), "00155 Roma RM".to_owned()],
        telephone: "+39 06 4686 1234".to_owned(),
    }
}

fn folder(office: &Office) -> PathBuf {
    Path::new(&office.0).join("tray")
}

/// The texts of a page that are groups of digits: those of the codes, in order.
fn digits(pdf: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(pdf);
    let shown = text.lines().filter_map(|line| line.strip_suffix(" Tj")?.strip_prefix('(')?.strip_suffix(')'));
    let groups = shown.filter(|text| (3..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()));
    groups.collect::<String>().into_bytes()
}
