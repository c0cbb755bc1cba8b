//! DER on top of BER-TLV: shortest lengths, raw bytes kept, offsets counted from the outermost input.

use der::asn1::ObjectIdentifier;
use sigillo_tlv::{Reader, Tlv, TlvErrorKind, encode_into, encoded_length};

use crate::error::{SealError, SealErrorKind};

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u32 = 0x02;
pub(crate) const OCTET_STRING: u32 = 0x04;
pub(crate) const NULL: u32 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u32 = 0x06;
pub(crate) const ENUMERATED: u32 = 0x0A;
pub(crate) const UTF8_STRING: u32 = 0x0C;
pub(crate) const PRINTABLE_STRING: u32 = 0x13;
pub(crate) const UTC_TIME: u32 = 0x17;
pub(crate) const GENERALIZED_TIME: u32 = 0x18;
pub(crate) const BIT_STRING: u32 = 0x03;
pub(crate) const SEQUENCE: u32 = 0x30;
pub(crate) const SET: u32 = 0x31;
/// `[0]`, primitive.
pub(crate) const CONTEXT_0_PRIMITIVE: u32 = 0x80;
/// `[0]`, constructed.
pub(crate) const CONTEXT_0: u32 = 0xA0;
/// `[1]`, constructed.
pub(crate) const CONTEXT_1: u32 = 0xA1;
/// `[2]`, constructed.
pub(crate) const CONTEXT_2: u32 = 0xA2;
/// `[3]`, constructed.
pub(crate) const CONTEXT_3: u32 = 0xA3;

/// Reads the elements of one level and insists on DER lengths.
#[derive(Clone)]
pub(crate) struct Der<'a>(Reader<'a>);

/// An `AlgorithmIdentifier` as it stands.
pub(crate) struct Algorithm<'a> {
    pub(crate) oid: ObjectIdentifier,
    /// The parameters' whole TLV, if there are any.
    pub(crate) parameters: Option<Tlv<'a>>,
    pub(crate) raw: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Der<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(Reader::new(bytes))
    }

    /// The level inside a TLV.
    pub(crate) fn inside(tlv: &Tlv<'a>) -> Self {
        Self(tlv.reader())
    }

    pub(crate) fn expect(&mut self, tag: u32) -> Result<Tlv<'a>, SealError> {
        shortest(self.0.expect(tag)?)
    }

    pub(crate) fn optional(&mut self, tag: u32) -> Result<Option<Tlv<'a>>, SealError> {
        self.0.optional(tag)?.map(shortest).transpose()
    }

    pub(crate) fn next(&mut self) -> Result<Option<Tlv<'a>>, SealError> {
        self.0.next()?.map(shortest).transpose()
    }

    /// The next member of a list, which must have this tag; `None` at the end.
    pub(crate) fn member(&mut self, tag: u32) -> Result<Option<Tlv<'a>>, SealError> {
        match self.next()? {
            Some(tlv) if tlv.tag.number() != tag => {
                let found = Some(tlv.tag.number());
                Err(SealErrorKind::Der(TlvErrorKind::TagUnexpected { expected: tag, found }).at(tlv.at))
            }
            member => Ok(member),
        }
    }

    /// Descends into the next element, which must have this tag.
    pub(crate) fn descend(&mut self, tag: u32) -> Result<Self, SealError> {
        Ok(Self::inside(&self.expect(tag)?))
    }

    /// What is not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0.rest()
    }

    pub(crate) fn finish(self) -> Result<(), SealError> {
        Ok(self.0.finish()?)
    }

    /// An integer of one octet, 0 to 127.
    pub(crate) fn small_integer(&mut self) -> Result<u8, SealError> {
        let tlv = self.expect(INTEGER)?;
        match tlv.value {
            [value @ 0..=0x7F] => Ok(*value),
            _ => Err(SealErrorKind::DerValue { what: "a small integer" }.at(tlv.at)),
        }
    }

    /// An integer of one or two octets, 0 to 32 767.
    pub(crate) fn short_integer(&mut self) -> Result<u16, SealError> {
        let tlv = self.expect(INTEGER)?;
        match tlv.value {
            [value @ 0..=0x7F] => Ok((*value).into()),
            [0, value @ 0x80..=0xFF] => Ok((*value).into()),
            [high @ 1..=0x7F, low] => Ok(u16::from_be_bytes([*high, *low])),
            _ => Err(SealErrorKind::DerValue { what: "a short integer" }.at(tlv.at)),
        }
    }

    pub(crate) fn oid(&mut self) -> Result<ObjectIdentifier, SealError> {
        let tlv = self.expect(OBJECT_IDENTIFIER)?;
        ObjectIdentifier::from_bytes(tlv.value)
            .map_err(|_| SealErrorKind::DerValue { what: "an object identifier" }.at(tlv.at))
    }

    pub(crate) fn algorithm(&mut self) -> Result<Algorithm<'a>, SealError> {
        algorithm(self.expect(SEQUENCE)?)
    }
}

impl Algorithm<'_> {
    /// Whether the parameters are absent or NULL: both are in use for hash algorithms (RFC 5754).
    pub(crate) fn parameters_are_void(&self) -> bool {
        self.parameters.is_none_or(|tlv| tlv.tag.number() == NULL && tlv.value.is_empty())
    }
}

/// Reads a SEQUENCE as an `AlgorithmIdentifier`.
pub(crate) fn algorithm(tlv: Tlv<'_>) -> Result<Algorithm<'_>, SealError> {
    let mut inside = Der::inside(&tlv);
    let oid = inside.oid()?;
    let parameters = inside.next()?;
    inside.finish()?;
    Ok(Algorithm { oid, parameters, raw: tlv.raw, at: tlv.at })
}

/// One element whose value is the parts, one behind the other.
pub(crate) fn element(tag: u32, parts: &[&[u8]]) -> Vec<u8> {
    match parts {
        [one] => sigillo_tlv::encode(tag, one),
        _ => sigillo_tlv::encode(tag, &parts.concat()),
    }
}

/// `AlgorithmIdentifier` without parameters.
pub(crate) fn algorithm_without_parameters(oid: &ObjectIdentifier) -> Vec<u8> {
    element(SEQUENCE, &[&oid_element(oid)])
}

pub(crate) fn oid_element(oid: &ObjectIdentifier) -> Vec<u8> {
    element(OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

/// Appends one element.
pub(crate) fn push(out: &mut Vec<u8>, tag: u32, value: &[u8]) {
    encode_into(out, tag, value);
}

fn shortest(tlv: Tlv<'_>) -> Result<Tlv<'_>, SealError> {
    if tlv.raw.len() == encoded_length(tlv.tag.number(), tlv.value.len()) {
        Ok(tlv)
    } else {
        Err(SealErrorKind::DerLength.at(tlv.at))
    }
}
