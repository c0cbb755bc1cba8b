//! Biometric information templates of DG2 and DG3: CBEFF patron format of ISO/IEC 7816-11 as ICAO 9303-10 uses it.

use sigillo_tlv::{encode_into, encoded_length, header_into, single};

use crate::error::{LdsError, LdsErrorKind};
use crate::octets::reproduced;

/// The biometric header `A1`, its elements kept in their order.
///
/// | tag  | bytes | content                                           |
/// |------|-------|---------------------------------------------------|
/// | `80` | 2     | header version 0101, optional                     |
/// | `81` | 1-3   | biometric type: 02 face, 08 finger; optional      |
/// | `82` | 1     | biometric subtype: which finger; optional for DG2 |
/// | `83` | 7     | creation date and time, optional                  |
/// | `85` | 8     | validity period, optional                         |
/// | `86` | 4     | creator, optional                                 |
/// | `87` | 2     | format owner: 0101                                |
/// | `88` | 2     | format type: 0008 face, 0007 finger               |
///
/// Spec: `icao-9303-10#biometric-encoding`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BiometricHeader {
    elements: Vec<(u32, Vec<u8>)>,
}

/// One biometric information template `7F60`: header and record.
///
/// Spec: `icao-9303-10#biometric-encoding`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BiometricTemplate<R> {
    header: BiometricHeader,
    block_tag: u32,
    record: R,
}

/// A record that can stand in a biometric data block.
pub(crate) trait Record: Sized {
    const FORMAT_TYPE: [u8; 2];
    fn length(&self) -> usize;
    fn write(&self, out: &mut Vec<u8>);
    fn read(bytes: &[u8], at: usize) -> Result<Self, LdsError>;
}

/// The whole group, `7F61`, inside the file of a data group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Group<R> {
    pub(crate) templates: Vec<BiometricTemplate<R>>,
    pub(crate) random: Option<Vec<u8>>,
}

impl BiometricHeader {
    pub(crate) fn new(biometric_type: u8, subtype: u8, format_type: [u8; 2]) -> Self {
        let (kind, subtype) = ((0x81, vec![biometric_type]), (0x82, vec![subtype]));
        Self { elements: vec![kind, subtype, (0x87, FORMAT_OWNER.to_vec()), (0x88, format_type.to_vec())] }
    }

    /// The value of an element, known or not.
    #[must_use]
    pub fn element(&self, tag: u32) -> Option<&[u8]> {
        self.elements.iter().find(|(found, _)| *found == tag).map(|(_, value)| value.as_slice())
    }

    /// Tags and values in their order.
    pub fn elements(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.elements.iter().map(|(tag, value)| (*tag, value.as_slice()))
    }

    fn length(&self) -> usize {
        self.elements.iter().map(|(tag, value)| encoded_length(*tag, value.len())).sum()
    }
}

impl<R> BiometricTemplate<R> {
    pub(crate) fn new(header: BiometricHeader, record: R) -> Self {
        Self { header, block_tag: BLOCK, record }
    }

    /// The biometric header.
    #[must_use]
    pub const fn header(&self) -> &BiometricHeader {
        &self.header
    }

    /// The record.
    #[must_use]
    pub const fn record(&self) -> &R {
        &self.record
    }
}

impl<R: Record> Group<R> {
    /// Writes the whole file; each image octet is copied once.
    pub(crate) fn encode(&self, file_tag: u32) -> Vec<u8> {
        let templates: usize = self.templates.iter().map(|template| encoded_length(0x7F60, length(template))).sum();
        let group = encoded_length(0x02, 1) + templates;
        let random = self.random.as_ref().map_or(0, |random| encoded_length(RANDOM, random.len()));
        let file = encoded_length(0x7F61, group) + random;

        let mut out = Vec::with_capacity(encoded_length(file_tag, file));
        header_into(&mut out, file_tag, file);
        header_into(&mut out, 0x7F61, group);
        // Constructors and the decoder see to it that there are at most 255.
        encode_into(&mut out, 0x02, &[u8::try_from(self.templates.len()).unwrap_or(u8::MAX)]);
        for template in &self.templates {
            header_into(&mut out, 0x7F60, length(template));
            header_into(&mut out, 0xA1, template.header.length());
            for (tag, value) in &template.header.elements {
                encode_into(&mut out, *tag, value);
            }
            header_into(&mut out, template.block_tag, template.record.length());
            template.record.write(&mut out);
        }
        if let Some(random) = &self.random {
            encode_into(&mut out, RANDOM, random);
        }
        out
    }

    pub(crate) fn decode(bytes: &[u8], file_tag: u32) -> Result<Self, LdsError> {
        let mut file = single(bytes, file_tag)?.reader();
        let mut group = file.expect(0x7F61)?.reader();
        let count = group.expect(0x02)?;
        let wrong_count = LdsError::at_offset(LdsErrorKind::Count { what: "biometric templates" }, count.value_at());
        let &[count] = count.value else { return Err(wrong_count) };
        let mut templates = Vec::with_capacity(usize::from(count.min(10)));
        for _ in 0..count {
            let mut template = group.expect(0x7F60)?.reader();
            let header = template.expect(0xA1)?;
            let block_at = template.at();
            let block = match template.peek_tag()?.map(sigillo_tlv::Tag::number) {
                Some(BLOCK_CONSTRUCTED) => template.expect(BLOCK_CONSTRUCTED)?,
                _ => template.expect(BLOCK)?,
            };
            template.finish()?;
            let mut elements = Vec::new();
            let mut reader = header.reader();
            while let Some(element) = reader.next()? {
                elements.push((element.tag.number(), element.value.to_vec()));
            }
            let header = BiometricHeader { elements };
            if header.element(0x87) != Some(&FORMAT_OWNER) || header.element(0x88) != Some(&R::FORMAT_TYPE) {
                return Err(LdsError::at_offset(LdsErrorKind::BiometricFormat, block_at));
            }
            let record = R::read(block.value, block.value_at())?;
            templates.push(BiometricTemplate { header, block_tag: block.tag.number(), record });
        }
        group.finish()?;
        let random = file.optional(RANDOM)?.map(|random| random.value.to_vec());
        file.finish()?;
        reproduced(bytes, Self { templates, random }, |group| group.encode(file_tag))
    }
}

fn length<R: Record>(template: &BiometricTemplate<R>) -> usize {
    let block = encoded_length(template.block_tag, template.record.length());
    encoded_length(0xA1, template.header.length()) + block
}

const FORMAT_OWNER: [u8; 2] = [0x01, 0x01];
const BLOCK: u32 = 0x5F2E;
const BLOCK_CONSTRUCTED: u32 = 0x7F2E;
const RANDOM: u32 = 0x53;
