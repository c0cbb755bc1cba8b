//! What the variables of a template stand for.

use sigillo_channel::pace::PaceProtocol;
use sigillo_channel::security_info::SecurityInfo;
use sigillo_crypto::{Curve, CurvePrivateKey};
use sigillo_tlv::{Reader, encode};

use super::aid::{EMRTD, ESERVICES};
use super::{Halt, Machine};
use crate::files::place;
use crate::format::{CaChoice, Filter, PasswordName, Template, TemplateError};
use crate::secure::Objects;

/// The longest random value that a case may ask for.
const MAX_RANDOM: usize = 4096;

impl Machine<'_, '_> {
    /// The octets of a template at this point of the run.
    pub(crate) fn render(&mut self, template: &Template) -> Result<Vec<u8>, Halt> {
        template.render(&mut |name, filters| self.value(name, filters)).map_err(|error| Halt::data(error.to_string()))
    }

    pub(super) fn render_objects(&mut self, template: &Template, right: &Objects) -> Result<Vec<u8>, Halt> {
        template
            .render(&mut |name, filters| {
                let octets = match name {
                    "sm.87" | "sm.85" => right.cryptogram.clone(),
                    "sm.97" => right.le.clone(),
                    "sm.8E" => right.checksum.clone(),
                    _ => return self.value(name, filters),
                };
                Ok(self.filtered(octets, filters))
            })
            .map_err(|error| Halt::data(error.to_string()))
    }

    fn value(&mut self, name: &str, filters: &[Filter]) -> Result<Vec<u8>, TemplateError> {
        let octets = self.plain_value(name).ok_or_else(|| TemplateError::NoValue { name: name.to_owned() })?;
        Ok(self.filtered(octets, filters))
    }

    fn filtered(&mut self, octets: Vec<u8>, filters: &[Filter]) -> Vec<u8> {
        filters.iter().fold(octets, |octets, filter| filter.apply(octets, self.entropy))
    }

    fn plain_value(&mut self, name: &str) -> Option<Vec<u8>> {
        if let Some(octets) = self.variables.get(name).or_else(|| self.files.get(name)) {
            return Some(octets.clone());
        }
        if let Some(count) = name.strip_prefix("random:") {
            let mut octets = vec![0; count.parse().ok().filter(|count| *count <= MAX_RANDOM)?];
            self.entropy.fill(&mut octets);
            return Some(octets);
        }
        if let Some(domain) = name.strip_prefix("point:") {
            let agreeing = self.ca.chosen.as_ref().map(|entry| entry.point.curve());
            let used = agreeing.or_else(|| self.pace_info(None, None).and_then(|info| info.curve()));
            let domain = match domain {
                // A field of another length than the one in use.
                "other" if used.is_some_and(|curve| curve.field_octets() == 32) => 15,
                "other" => 12,
                domain => domain.parse().ok()?,
            };
            return self.fresh_point(Curve::from_parameter_id(domain)?);
        }
        match name {
            "aid" => Some(EMRTD.to_vec()),
            "aid.eservices" => Some(ESERVICES.to_vec()),
            "can" => self.digits(PasswordName::Can, false),
            "pin" => self.digits(PasswordName::Pin, false),
            "pin.wrong" => self.digits(PasswordName::Pin, true),
            "puk" => self.digits(PasswordName::Puk, false),
            "puk.wrong" => self.digits(PasswordName::Puk, true),
            // PACE without a phase that made them: plausible, and of nobody.
            "pace.map" | "pace.public-key" => {
                let curve = self.pace_info(None, None).and_then(|info| info.curve()).unwrap_or(Curve::P256);
                self.fresh_point(curve)
            }
            "pace.token" | "pace.token.bare" => Some(self.random(8)),
            "pace.password" => Some(vec![self.iteration.password.unwrap_or(PasswordName::Mrz).reference().octet()]),
            "pace.oid" => self.pace_info(None, None).map(|info| info.protocol.oid()),
            "pace.domain" => Some(self.pace_domain(self.pace_info(None, None)?)),
            "pace.parameter" => Some(vec![self.pace_info(None, None)?.parameter_id?]),
            "pace.oid.unsupported" => self.unsupported_pace(),
            "bac.data" => Some(self.random(40)),
            "cvca.fid" => Some(self.cvca_place().0.to_vec()),
            "cvca.sfi" => self.cvca_place().1.map(|short| vec![short]),
            "cvca.p1" => self.cvca_place().1.map(|short| vec![0x80 | short]),
            "car" => self.authority_reference(0),
            "car.previous" => self.authority_reference(1),
            "ca.unknown-key-id" => self.unknown_key_id(),
            "ca.oid" => self.ca_entry(&CaChoice::default()).map(|entry| entry.protocol.oid()),
            "ca.key-id" => {
                let entry = self.ca_entry(&CaChoice::default())?;
                Some(entry.key_id.map(|id| encode(0x84, &[id])).unwrap_or_default())
            }
            "ca.public-key" => self.fresh_point(self.ca_entry(&CaChoice::default())?.point.curve()),
            "ta.response" => Some(self.random(64)),
            "DG" => self.files.get(&format!("DG{}", self.iteration.data_group?)).cloned(),
            "dg" => self.iteration.data_group.map(|number| vec![number]),
            "dg.sfi" => self.iteration.data_group.map(|number| vec![0x80 | number]),
            "dg.fid" => {
                let number = self.iteration.data_group?;
                place(&format!("DG{number}")).map(|place| place.file_id.to_be_bytes().to_vec())
            }
            // A file that this case did not read: as it was when the conformance statement was made.
            _ => self.facts.files.get(name).cloned(),
        }
    }

    pub(crate) fn random(&mut self, count: usize) -> Vec<u8> {
        let mut octets = vec![0; count];
        self.entropy.fill(&mut octets);
        octets
    }

    fn fresh_point(&mut self, curve: Curve) -> Option<Vec<u8>> {
        CurvePrivateKey::generate(curve, self.entropy).public().ok().map(|point| point.octets().to_vec())
    }

    fn digits(&self, name: PasswordName, wrong: bool) -> Option<Vec<u8>> {
        self.lab.digits(name, wrong).map(|digits| digits.expose(<[u8]>::to_vec))
    }

    /// Object 84 where two entries have the same protocol.
    pub(crate) fn pace_domain(&self, info: sigillo_channel::pace::PaceInfo) -> Vec<u8> {
        let same = self.facts.pace.iter().filter(|other| other.protocol == info.protocol).count();
        match info.parameter_id {
            Some(id) if same > 1 => encode(0x84, &[id]),
            _ => Vec::new(),
        }
    }

    /// A protocol of ICAO 9303-11 that the chip does not offer.
    fn unsupported_pace(&self) -> Option<Vec<u8>> {
        let base = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04];
        let all = [(2, 1..=4), (4, 1..=4), (6, 2..=4), (1, 1..=4), (3, 1..=4)];
        let mut oids = all
            .into_iter()
            .flat_map(|(mapping, suites)| suites.map(move |suite: u8| [base.as_slice(), &[mapping, suite]].concat()));
        let offered = |oid: &Vec<u8>| {
            self.facts.pace.iter().any(|info: &sigillo_channel::pace::PaceInfo| {
                let known: Option<PaceProtocol> = PaceProtocol::from_oid(oid);
                known == Some(info.protocol)
            })
        };
        oids.find(|oid| !offered(oid))
    }

    /// Where EF.CVCA stands: as DG14 says, or where it always is. A place that DG14 names may lack a short identifier.
    fn cvca_place(&self) -> ([u8; 2], Option<u8>) {
        let infos = self.facts.dg14.iter().flat_map(|infos| infos.infos());
        let mut named = infos.filter_map(|info| match info {
            SecurityInfo::TerminalAuthentication { ef_cvca: Some(reference) } => {
                Some((reference.file_id, reference.short_id))
            }
            _ => None,
        });
        named.next_back().unwrap_or(([0x01, 0x1C], Some(0x1C)))
    }

    /// The references in EF.CVCA, as this case or else the conformance statement read it.
    fn authority_reference(&self, position: usize) -> Option<Vec<u8>> {
        let file = self.files.get("EF.CVCA").or_else(|| self.facts.files.get("EF.CVCA"))?;
        let mut objects = Reader::new(file);
        let mut found = Vec::new();
        // Behind the last one stand zeros.
        while let Ok(Some(object)) = objects.next() {
            found.push(object.value.to_vec());
        }
        found.into_iter().nth(position)
    }

    /// A key identifier that DG14 does not name.
    fn unknown_key_id(&self) -> Option<Vec<u8>> {
        let named = |id: &u8| {
            self.facts.dg14.iter().flat_map(|infos| infos.infos()).any(|info| match info {
                SecurityInfo::ChipAuthentication { key_id, .. }
                | SecurityInfo::ChipAuthenticationPublicKey { key_id, .. } => *key_id == Some(*id),
                _ => false,
            })
        };
        (0x20..=0x7F).find(|id| !named(id)).map(|id| vec![id])
    }
}
