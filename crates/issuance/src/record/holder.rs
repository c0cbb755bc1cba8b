use jiff::civil::Date;
use sigillo_lds::date::PartialDate;
use sigillo_lds::dg3::FingerPosition;
use sigillo_lds::image::ImageFormat;
use sigillo_lds::mrz::{Sex, StateCode};

use crate::codice_fiscale::CodiceFiscale;

/// The approved civil data of one person, every rule of D4 checked: only [`super::parse_line`] and [`super::from_stored`] make one.
#[derive(Eq, PartialEq)]
#[non_exhaustive]
pub struct HolderRecord {
    /// `I` and eight digits; absent where the blank brings the number.
    pub document_number: Option<String>,
    /// The type of permit, one or two lines of at most 21 characters.
    pub permit_type: Vec<String>,
    /// The surname, or the only name.
    pub surname: String,
    /// The given names; empty for a single name.
    pub given_names: String,
    /// The surname for the machine-readable zone: A to Z and single blanks, not yet truncated.
    pub mrz_surname: String,
    /// The given names for the machine-readable zone; empty for a single name.
    pub mrz_given_names: String,
    /// The birth date, whose month or day may be unknown.
    pub birth_date: PartialDate,
    /// The place of birth.
    pub birth_place: String,
    /// The sex.
    pub sex: Sex,
    /// The nationality.
    pub nationality: StateCode,
    /// The codice fiscale.
    pub codice_fiscale: Option<CodiceFiscale>,
    /// The place of issue.
    pub issue_place: String,
    /// The issuing authority.
    pub authority: String,
    /// The office that hands the permit over.
    pub delivery_office: String,
    /// The first day of validity.
    pub valid_from: Date,
    /// The last day of validity.
    pub valid_to: Date,
    /// Remarks.
    pub remarks: Option<String>,
    /// Children under fourteen.
    pub children: Vec<Child>,
    /// The portrait.
    pub portrait: Image,
    /// The signature.
    pub signature: Option<Image>,
    /// The day on which portrait and fingerprints were taken.
    pub capture_date: Date,
    /// The fingerprints, or why there are none.
    pub fingerprints: Fingerprints,
    /// The number of the permit that this one replaces.
    pub previous_document: Option<String>,
    /// The office's file reference.
    pub pratica: String,
}

/// What the register keeps of a holder when the line's copies are gone: the law's *directory* (D7).
#[non_exhaustive]
pub struct RegisteredHolder {
    /// `I` and eight digits; absent where the blank brought the number.
    pub document_number: Option<String>,
    /// The type of permit.
    pub permit_type: Vec<String>,
    /// The surname, or the only name.
    pub surname: String,
    /// The given names; empty for a single name.
    pub given_names: String,
    /// The surname for the machine-readable zone, not yet truncated.
    pub mrz_surname: String,
    /// The given names for the machine-readable zone.
    pub mrz_given_names: String,
    /// The birth date, whose month or day may be unknown.
    pub birth_date: PartialDate,
    /// The place of birth.
    pub birth_place: String,
    /// The sex.
    pub sex: Sex,
    /// The nationality.
    pub nationality: StateCode,
    /// The codice fiscale.
    pub codice_fiscale: Option<CodiceFiscale>,
    /// The place of issue.
    pub issue_place: String,
    /// The issuing authority.
    pub authority: String,
    /// The office that hands the permit over.
    pub delivery_office: String,
    /// The first day of validity.
    pub valid_from: Date,
    /// The last day of validity.
    pub valid_to: Date,
    /// Remarks.
    pub remarks: Option<String>,
    /// Children under fourteen.
    pub children: Vec<Child>,
    /// The portrait.
    pub portrait: Image,
    /// The day on which portrait and fingerprints were taken.
    pub capture_date: Date,
    /// The number of the permit that this one replaces.
    pub previous_document: Option<String>,
    /// The office's file reference.
    pub pratica: String,
}

impl From<HolderRecord> for RegisteredHolder {
    fn from(record: HolderRecord) -> Self {
        Self {
            document_number: record.document_number,
            permit_type: record.permit_type,
            surname: record.surname,
            given_names: record.given_names,
            mrz_surname: record.mrz_surname,
            mrz_given_names: record.mrz_given_names,
            birth_date: record.birth_date,
            birth_place: record.birth_place,
            sex: record.sex,
            nationality: record.nationality,
            codice_fiscale: record.codice_fiscale,
            issue_place: record.issue_place,
            authority: record.authority,
            delivery_office: record.delivery_office,
            valid_from: record.valid_from,
            valid_to: record.valid_to,
            remarks: record.remarks,
            children: record.children,
            portrait: record.portrait,
            capture_date: record.capture_date,
            previous_document: record.previous_document,
            pratica: record.pratica,
        }
    }
}

/// A holder is a person: nothing of it is printed.
impl std::fmt::Debug for RegisteredHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RegisteredHolder(redacted)")
    }
}

/// A record is personal: nothing of it is printed.
impl std::fmt::Debug for HolderRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HolderRecord(redacted)")
    }
}

/// A child under fourteen, entered in the permit of a parent.
#[derive(Eq, PartialEq)]
#[non_exhaustive]
pub struct Child {
    /// The surname, or the only name.
    pub surname: String,
    /// The given names; empty for a single name.
    pub given_names: String,
    /// The birth date.
    pub birth_date: PartialDate,
    /// The sex.
    pub sex: Sex,
}

/// A child is a person: nothing of it is printed.
impl std::fmt::Debug for Child {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Child(redacted)")
    }
}

/// An image with the format and the size that its header says.
#[derive(Eq, PartialEq)]
#[non_exhaustive]
pub struct Image {
    /// The format.
    pub format: ImageFormat,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Shape only: the pixels are personal.
impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Image({:?}, {} x {}, {} bytes)", self.format, self.width, self.height, self.bytes.len())
    }
}

/// The fingerprints of a record, or why they are absent.
#[derive(Debug, Eq, PartialEq)]
pub enum Fingerprints {
    /// Both fingers.
    Two([Fingerprint; 2]),
    /// One finger, and why the second is absent.
    One(Fingerprint, FingerAbsence),
    /// None, and why.
    None(FingerAbsence),
}

impl Fingerprints {
    /// The fingers that were taken, in the record's order.
    pub fn taken(&self) -> &[Fingerprint] {
        match self {
            Self::Two(both) => both,
            Self::One(one, _) => std::slice::from_ref(one),
            Self::None(_) => &[],
        }
    }

    /// Why a finger, or both, are absent.
    pub fn absence(&self) -> Option<FingerAbsence> {
        match self {
            Self::Two(_) => None,
            Self::One(_, why) | Self::None(why) => Some(*why),
        }
    }
}

/// One finger.
#[derive(Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Fingerprint {
    /// Which finger.
    pub position: FingerPosition,
    /// The WSQ file.
    pub image: Image,
}

/// Why fingerprints are absent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FingerAbsence {
    /// The holder was under six on the capture date.
    UnderSix,
    /// For ever.
    PhysicallyImpossible,
    /// For now.
    TemporarilyImpossible,
}

impl FingerAbsence {
    const ALL: [Self; 3] = [Self::UnderSix, Self::PhysicallyImpossible, Self::TemporarilyImpossible];

    /// The name in a record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnderSix => "under-six",
            Self::PhysicallyImpossible => "physically-impossible",
            Self::TemporarilyImpossible => "temporarily-impossible",
        }
    }

    /// The reason of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}
