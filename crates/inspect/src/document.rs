use serde::Serialize;
use sigillo_lds::DataGroupNumber;
use sigillo_lds::dg1::Dg1;
use sigillo_lds::dg2::Dg2;
use sigillo_lds::dg11::Dg11;
use sigillo_lds::dg12::Dg12;
use sigillo_lds::image::ImageFormat;
use sigillo_lds::mrz::Sex;

use crate::file_name::FileName;
use crate::outcome::ReadOutcome;

/// What a chip says of its holder: personal data, for the screen of who stands before the holder.
///
/// Absent fields were absent on the chip or could not be decoded; the checks say which.
#[derive(Clone, Default, Eq, PartialEq, Serialize)]
pub struct Document {
    /// The three lines of DG1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mrz: Vec<String>,
    /// Fields of DG1, then of DG11 and DG12, by their names.
    pub fields: Vec<Field>,
    /// The portrait of DG2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portrait: Option<Portrait>,
}

/// One field of the document.
#[derive(Clone, Eq, PartialEq, Serialize)]
pub struct Field {
    /// Where it stands: `DG1`, `DG11`, `DG12`.
    pub group: &'static str,
    /// What it is.
    pub name: &'static str,
    /// What the chip says.
    pub value: String,
}

/// The portrait as its own header describes it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Portrait {
    /// `JPEG` or `JPEG 2000`, or `unknown`.
    pub format: &'static str,
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
    /// Octets of the image.
    pub length: usize,
}

impl Document {
    /// Gathers what can be decoded.
    #[must_use]
    pub fn of(outcome: &ReadOutcome) -> Self {
        let file = |number| outcome.file(FileName::DataGroup(number));
        let mut document = Self::default();
        if let Some(dg1) = file(DataGroupNumber::DG1).and_then(|file| Dg1::decode(file).ok()) {
            document.take_dg1(&dg1);
        }
        if let Some(dg11) = file(DataGroupNumber::DG11).and_then(|file| Dg11::decode(file).ok()) {
            document.take_dg11(dg11);
        }
        if let Some(dg12) = file(DataGroupNumber::DG12).and_then(|file| Dg12::decode(file).ok()) {
            document.take_dg12(dg12);
        }
        let dg2 = file(DataGroupNumber::DG2).and_then(|file| Dg2::decode(file).ok());
        document.portrait = dg2.as_ref().and_then(|dg2| dg2.images().next()).map(|image| Portrait {
            format: image.format().map_or("unknown", format_name),
            width: image.width(),
            height: image.height(),
            length: image.image().len(),
        });
        document
    }

    fn take_dg1(&mut self, dg1: &Dg1) {
        let mrz = &dg1.mrz;
        self.mrz = mrz.lines().to_vec();
        let sex = match mrz.sex() {
            Sex::Female => "F",
            Sex::Male => "M",
            Sex::Unspecified => "unspecified",
        };
        for (name, value) in [
            ("document code", mrz.document_code().to_owned()),
            ("issuing state", mrz.issuing_state().to_owned()),
            ("document number", mrz.document_number()),
            ("surname", mrz.surname()),
            ("given names", mrz.given_names()),
            ("nationality", mrz.nationality().to_owned()),
            ("date of birth", mrz.birth_date().to_owned()),
            ("sex", sex.to_owned()),
            ("date of expiry", mrz.expiry_date().to_owned()),
            ("optional data 1", mrz.optional_data_1().to_owned()),
            ("optional data 2", mrz.optional_data_2().to_owned()),
        ] {
            self.push("DG1", name, Some(value).filter(|value| !value.is_empty()));
        }
    }

    fn take_dg11(&mut self, dg11: Dg11) {
        self.push("DG11", "full name", dg11.full_name);
        self.push("DG11", "personal number", dg11.personal_number);
        self.push("DG11", "date of birth", dg11.birth_date.map(|date| date.date().digits()));
        self.push("DG11", "place of birth", dg11.birth_place);
        self.push("DG11", "permanent address", dg11.address);
    }

    fn take_dg12(&mut self, dg12: Dg12) {
        self.push("DG12", "issuing authority", dg12.issuing_authority);
        self.push("DG12", "date of issue", dg12.issue_date.map(|date| date.date().digits()));
        self.push("DG12", "endorsements", dg12.endorsements);
    }

    fn push(&mut self, group: &'static str, name: &'static str, value: Option<String>) {
        self.fields.extend(value.map(|value| Field { group, name, value }));
    }
}

fn format_name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Jpeg2000 => "JPEG 2000",
        ImageFormat::Wsq => "WSQ",
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({} fields, redacted)", self.fields.len())
    }
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Field({} {}, redacted)", self.group, self.name)
    }
}
