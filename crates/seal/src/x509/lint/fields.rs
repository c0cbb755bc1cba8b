//! A certificate as it stands: what a decoder forgives is still to be seen here.

use der::asn1::ObjectIdentifier;
use sigillo_tlv::Tlv;

use crate::asn1::{Algorithm, CONTEXT_0, CONTEXT_3, Der, INTEGER, SEQUENCE, SET};
use crate::error::SealError;
use crate::x509::extension::RawExtension;

/// The fields of `TBSCertificate`.
pub(super) struct Fields<'a> {
    pub(super) serial_number: &'a [u8],
    pub(super) signature: Algorithm<'a>,
    pub(super) issuer: Tlv<'a>,
    pub(super) validity: [Tlv<'a>; 2],
    pub(super) subject: Tlv<'a>,
    pub(super) key: Tlv<'a>,
    pub(super) has_unique_identifier: bool,
    pub(super) extensions: Vec<RawExtension<'a>>,
}

/// One attribute of a name.
pub(super) struct Attribute<'a> {
    pub(super) oid: ObjectIdentifier,
    pub(super) tag: u32,
    pub(super) value: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn read(certificate: &'a [u8]) -> Result<Self, SealError> {
        let mut fields = Der::new(certificate).descend(SEQUENCE)?.descend(SEQUENCE)?;
        fields.expect(CONTEXT_0)?;
        let serial_number = fields.expect(INTEGER)?.value;
        let signature = fields.algorithm()?;
        let issuer = fields.expect(SEQUENCE)?;
        let mut times = fields.descend(SEQUENCE)?;
        let missing = crate::error::SealErrorKind::DerValue { what: "the validity" };
        let validity = [times.next()?.ok_or(missing)?, times.next()?.ok_or(missing)?];
        let subject = fields.expect(SEQUENCE)?;
        let key = fields.expect(SEQUENCE)?;
        let issuer_identifier = fields.optional(0x81)?;
        let subject_identifier = fields.optional(0x82)?;
        let extensions = match fields.optional(CONTEXT_3)? {
            Some(tlv) => RawExtension::list(Der::inside(&tlv).descend(SEQUENCE)?)?,
            None => Vec::new(),
        };
        Ok(Self {
            serial_number,
            signature,
            issuer,
            validity,
            subject,
            key,
            has_unique_identifier: issuer_identifier.is_some() || subject_identifier.is_some(),
            extensions,
        })
    }

    pub(super) fn extension(&self, oid: ObjectIdentifier) -> Option<&RawExtension<'a>> {
        self.extensions.iter().find(|extension| extension.oid == oid)
    }
}

/// The attributes of a name, in order.
pub(super) fn attributes<'a>(name: &Tlv<'a>) -> Result<Vec<Attribute<'a>>, SealError> {
    let mut all = Vec::new();
    let mut relative_names = Der::inside(name);
    while let Some(set) = relative_names.member(SET)? {
        let mut members = Der::inside(&set);
        while let Some(pair) = members.member(SEQUENCE)? {
            let mut pair = Der::inside(&pair);
            let oid = pair.oid()?;
            if let Some(value) = pair.next()? {
                all.push(Attribute { oid, tag: value.tag.number(), value: value.value });
            }
        }
    }
    Ok(all)
}
