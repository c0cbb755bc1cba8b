//! DG12: additional document details.

use sigillo_tlv::single;

use crate::date::{LdsDate, LdsDateTime};
use crate::dg11::{Fields, MAX_TEXT, date, fits, names, text};
use crate::error::LdsError;
use crate::octets::reproduced;

/// DG12; each field is present or not, in the order of the standard.
///
/// | tag    | content                                                   |
/// |--------|-----------------------------------------------------------|
/// | `6C`   | the whole file                                            |
/// | `5C`   | the tags that follow                                      |
/// | `5F19` | issuing authority                                         |
/// | `5F26` | date of issue, [`LdsDate`]                                |
/// | `A0`   | `02` number of other persons, then a `5F1A` for each      |
/// | `5F1B` | endorsements and observations                             |
/// | `5F1C` | tax or exit requirements                                  |
/// | `5F1D` `5F1E` | images of front and rear                           |
/// | `5F55` | date and time of personalization, [`LdsDateTime`]         |
/// | `5F56` | serial number of the personalization system               |
///
/// Spec: `icao-9303-10#dg12`.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Dg12 {
    /// `5F19`.
    pub issuing_authority: Option<String>,
    /// `5F26`.
    pub issue_date: Option<LdsDate>,
    /// `A0`, `5F1A`; at most 255.
    pub other_persons: Vec<String>,
    /// `5F1B`.
    pub endorsements: Option<String>,
    /// `5F1C`.
    pub tax_or_exit: Option<String>,
    /// `5F1D`.
    pub front_image: Option<Vec<u8>>,
    /// `5F1E`.
    pub rear_image: Option<Vec<u8>>,
    /// `5F55`.
    pub personalized_at: Option<LdsDateTime>,
    /// `5F56`.
    pub personalization_system: Option<String>,
}

impl Dg12 {
    /// Refuses what is longer than the standard's table allows: 99 octets of text.
    ///
    /// # Errors
    ///
    /// `lds.too-long`, naming the field.
    pub fn checked(self) -> Result<Self, LdsError> {
        let persons = self.other_persons.iter().map(|name| (name, "other persons"));
        let texts = [
            (&self.issuing_authority, "issuing authority"),
            (&self.endorsements, "endorsements"),
            (&self.tax_or_exit, "tax or exit requirements"),
            (&self.personalization_system, "personalization system"),
        ];
        let texts = texts.into_iter().filter_map(|(text, field)| text.as_ref().map(|text| (text, field)));
        fits(texts.chain(persons), MAX_TEXT)?;
        Ok(self)
    }

    /// The whole file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut fields = Fields::default();
        fields.text(0x5F19, self.issuing_authority.as_deref());
        fields.bytes(0x5F26, self.issue_date.map(LdsDate::encode).as_deref());
        fields.names(0x5F1A, &self.other_persons);
        fields.text(0x5F1B, self.endorsements.as_deref());
        fields.text(0x5F1C, self.tax_or_exit.as_deref());
        fields.bytes(0x5F1D, self.front_image.as_deref());
        fields.bytes(0x5F1E, self.rear_image.as_deref());
        fields.bytes(0x5F55, self.personalized_at.map(LdsDateTime::encode).as_deref());
        fields.text(0x5F56, self.personalization_system.as_deref());
        fields.file(0x6C)
    }

    /// Reads the whole file.
    ///
    /// # Errors
    ///
    /// The codes of the TLV structure, `lds.text`, `lds.date`, `lds.count`, or `lds.not-canonical` for another order or a tag
    /// list that does not say what follows.
    pub fn decode(bytes: &[u8]) -> Result<Self, LdsError> {
        let mut file = single(bytes, 0x6C)?.reader();
        file.expect(0x5C)?;
        let mut dg12 = Self {
            issuing_authority: text(&mut file, 0x5F19, "issuing authority")?,
            issue_date: date(&mut file, 0x5F26, "date of issue")?,
            other_persons: names(&mut file, 0x5F1A, "other persons")?,
            endorsements: text(&mut file, 0x5F1B, "endorsements")?,
            tax_or_exit: text(&mut file, 0x5F1C, "tax or exit requirements")?,
            front_image: file.optional(0x5F1D)?.map(|image| image.value.to_vec()),
            rear_image: file.optional(0x5F1E)?.map(|image| image.value.to_vec()),
            personalized_at: None,
            personalization_system: None,
        };
        if let Some(moment) = file.optional(0x5F55)? {
            let read = LdsDateTime::decode(moment.value, "personalization time");
            dg12.personalized_at = Some(read.map_err(|error| error.behind(moment.value_at()))?);
        }
        dg12.personalization_system = text(&mut file, 0x5F56, "personalization system")?;
        file.finish()?;
        reproduced(bytes, dg12, Self::encode)
    }
}

impl std::fmt::Debug for Dg12 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dg12(redacted)")
    }
}
