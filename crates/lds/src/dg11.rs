//! DG11: additional personal details.

use sigillo_tlv::{Reader, encode, encode_into, single};

use crate::date::LdsDate;
use crate::error::{LdsError, LdsErrorKind};
use crate::octets::reproduced;

/// DG11; each field is present or not, in the order of the standard.
///
/// | tag    | content                                                            |
/// |--------|--------------------------------------------------------------------|
/// | `6B`   | the whole file                                                     |
/// | `5C`   | the tags that follow                                               |
/// | `5F0E` | name in the holder's own letters, `surname<<given names`           |
/// | `A0`   | `02` number of other names, then a `5F0F` for each                 |
/// | `5F10` | personal number                                                    |
/// | `5F2B` | date of birth, [`LdsDate`]                                         |
/// | `5F11` | place of birth, parts separated by `<`                             |
/// | `5F42` | permanent address, parts separated by `<`                          |
/// | `5F12` `5F13` `5F14` `5F15` | telephone, profession, title, personal summary  |
/// | `5F16` | proof of citizenship, an image                                     |
/// | `5F17` | other document numbers, separated by `<`                           |
/// | `5F18` | custody information                                                |
///
/// Spec: `icao-9303-10#dg11`.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Dg11 {
    /// `5F0E`.
    pub full_name: Option<String>,
    /// `A0`, `5F0F`; at most 255.
    pub other_names: Vec<String>,
    /// `5F10`.
    pub personal_number: Option<String>,
    /// `5F2B`.
    pub birth_date: Option<LdsDate>,
    /// `5F11`.
    pub birth_place: Option<String>,
    /// `5F42`.
    pub address: Option<String>,
    /// `5F12`.
    pub telephone: Option<String>,
    /// `5F13`.
    pub profession: Option<String>,
    /// `5F14`.
    pub title: Option<String>,
    /// `5F15`.
    pub summary: Option<String>,
    /// `5F16`.
    pub proof_of_citizenship: Option<Vec<u8>>,
    /// `5F17`.
    pub other_documents: Option<String>,
    /// `5F18`.
    pub custody: Option<String>,
}

impl Dg11 {
    /// Refuses what is longer than the standard's table allows: 99 octets of text, 999 of custody information.
    ///
    /// # Errors
    ///
    /// `lds.too-long`, naming the field.
    pub fn checked(self) -> Result<Self, LdsError> {
        let names = self.other_names.iter().map(|name| (name, "other names"));
        let texts = [
            (&self.full_name, "full name"),
            (&self.personal_number, "personal number"),
            (&self.birth_place, "place of birth"),
            (&self.address, "address"),
            (&self.telephone, "telephone"),
            (&self.profession, "profession"),
            (&self.title, "title"),
            (&self.summary, "personal summary"),
            (&self.other_documents, "other documents"),
        ];
        let texts = texts.into_iter().filter_map(|(text, field)| text.as_ref().map(|text| (text, field)));
        fits(texts.chain(names), MAX_TEXT)?;
        fits(self.custody.iter().map(|text| (text, "custody information")), MAX_CUSTODY)?;
        Ok(self)
    }

    /// The whole file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut fields = Fields::default();
        fields.text(0x5F0E, self.full_name.as_deref());
        fields.names(0x5F0F, &self.other_names);
        fields.text(0x5F10, self.personal_number.as_deref());
        fields.bytes(0x5F2B, self.birth_date.map(LdsDate::encode).as_deref());
        fields.text(0x5F11, self.birth_place.as_deref());
        fields.text(0x5F42, self.address.as_deref());
        fields.text(0x5F12, self.telephone.as_deref());
        fields.text(0x5F13, self.profession.as_deref());
        fields.text(0x5F14, self.title.as_deref());
        fields.text(0x5F15, self.summary.as_deref());
        fields.bytes(0x5F16, self.proof_of_citizenship.as_deref());
        fields.text(0x5F17, self.other_documents.as_deref());
        fields.text(0x5F18, self.custody.as_deref());
        fields.file(0x6B)
    }

    /// Reads the whole file.
    ///
    /// # Errors
    ///
    /// The codes of the TLV structure, `lds.text`, `lds.date`, `lds.count`, or `lds.not-canonical` for another order or a tag
    /// list that does not say what follows.
    pub fn decode(bytes: &[u8]) -> Result<Self, LdsError> {
        let mut file = single(bytes, 0x6B)?.reader();
        file.expect(0x5C)?;
        let dg11 = Self {
            full_name: text(&mut file, 0x5F0E, "full name")?,
            other_names: names(&mut file, 0x5F0F, "other names")?,
            personal_number: text(&mut file, 0x5F10, "personal number")?,
            birth_date: date(&mut file, 0x5F2B, "date of birth")?,
            birth_place: text(&mut file, 0x5F11, "place of birth")?,
            address: text(&mut file, 0x5F42, "address")?,
            telephone: text(&mut file, 0x5F12, "telephone")?,
            profession: text(&mut file, 0x5F13, "profession")?,
            title: text(&mut file, 0x5F14, "title")?,
            summary: text(&mut file, 0x5F15, "personal summary")?,
            proof_of_citizenship: file.optional(0x5F16)?.map(|image| image.value.to_vec()),
            other_documents: text(&mut file, 0x5F17, "other documents")?,
            custody: text(&mut file, 0x5F18, "custody information")?,
        };
        file.finish()?;
        reproduced(bytes, dg11, Self::encode)
    }
}

impl std::fmt::Debug for Dg11 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dg11(redacted)")
    }
}

/// Fields of DG11 and DG12 as they are written: a tag list in front of them.
#[derive(Default)]
pub(crate) struct Fields {
    tags: Vec<u8>,
    body: Vec<u8>,
}

impl Fields {
    pub(crate) fn bytes(&mut self, tag: u16, value: Option<&[u8]>) {
        if let Some(value) = value {
            self.tags.extend_from_slice(&tag.to_be_bytes());
            encode_into(&mut self.body, u32::from(tag), value);
        }
    }

    pub(crate) fn text(&mut self, tag: u16, value: Option<&str>) {
        self.bytes(tag, value.map(str::as_bytes));
    }

    /// Several names under one template; the tag list names the tag of a name.
    pub(crate) fn names(&mut self, tag: u16, names: &[String]) {
        if names.is_empty() {
            return;
        }
        let names = names.get(..usize::from(u8::MAX)).unwrap_or(names);
        let mut template = Vec::new();
        encode_into(&mut template, 0x02, &[u8::try_from(names.len()).unwrap_or(u8::MAX)]);
        for name in names {
            encode_into(&mut template, u32::from(tag), name.as_bytes());
        }
        self.tags.extend_from_slice(&tag.to_be_bytes());
        encode_into(&mut self.body, 0xA0, &template);
    }

    pub(crate) fn file(self, tag: u32) -> Vec<u8> {
        let mut value = encode(0x5C, &self.tags);
        value.extend_from_slice(&self.body);
        encode(tag, &value)
    }
}

pub(crate) fn fits<'a>(texts: impl Iterator<Item = (&'a String, &'static str)>, limit: usize) -> Result<(), LdsError> {
    let mut too_long = texts.filter(|(text, _)| text.len() > limit);
    too_long.next().map_or(Ok(()), |(_, field)| Err(LdsError::new(LdsErrorKind::TooLong { field })))
}

pub(crate) fn text(file: &mut Reader<'_>, tag: u32, field: &'static str) -> Result<Option<String>, LdsError> {
    let Some(tlv) = file.optional(tag)? else { return Ok(None) };
    let not_utf8 = |error: std::str::Utf8Error| {
        LdsError::at_offset(LdsErrorKind::Text { field }, tlv.value_at() + error.valid_up_to())
    };
    str::from_utf8(tlv.value).map(|text| Some(text.to_owned())).map_err(not_utf8)
}

pub(crate) fn date(file: &mut Reader<'_>, tag: u32, field: &'static str) -> Result<Option<LdsDate>, LdsError> {
    let Some(tlv) = file.optional(tag)? else { return Ok(None) };
    LdsDate::decode(tlv.value, field).map(Some).map_err(|error| error.behind(tlv.value_at()))
}

pub(crate) fn names(file: &mut Reader<'_>, tag: u32, field: &'static str) -> Result<Vec<String>, LdsError> {
    let Some(template) = file.optional(0xA0)? else { return Ok(Vec::new()) };
    let mut inside = template.reader();
    let count = inside.expect(0x02)?;
    let mut names = Vec::new();
    while let Some(name) = text(&mut inside, tag, field)? {
        names.push(name);
    }
    inside.finish()?;
    match count.value == [u8::try_from(names.len()).unwrap_or(0)] && !names.is_empty() {
        true => Ok(names),
        false => Err(LdsError::at_offset(LdsErrorKind::Count { what: field }, count.value_at())),
    }
}

/// The longest text of a field of DG11 or DG12, in octets.
pub(crate) const MAX_TEXT: usize = 99;
const MAX_CUSTODY: usize = 999;
