//! Making the conformance statement: asking a chip what it can do.

use std::collections::BTreeMap;

use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};
use sigillo_crypto::{CurvePoint, Entropy};
use sigillo_cvc::CvPrivateKey;
use sigillo_tlv::{Reader, single};

use crate::certificates::Certificates;
use crate::checks::found;
use crate::error::QualifyError;
use crate::facts::{Facts, ca_entries, is_mapping};
use crate::files::DATA_GROUP_TAGS;
use crate::format::{Expected, IcsItem, PasswordName, ReadBy, StartState};
use crate::lab::Lab;
use crate::link::Link;
use crate::machine::{ESERVICES, Halt, Iteration, Machine};

/// Asks a chip, file by file, and opens it as far as the laboratory can.
pub(crate) fn detect(
    link: &mut Link<'_>,
    lab: &Lab,
    items: &[IcsItem],
    entropy: &mut dyn Entropy,
) -> Result<Facts, QualifyError> {
    let mut facts = Facts { items: items.iter().map(|item| (item.name.clone(), false)).collect(), ..Facts::default() };
    facts.atr = link.reset()?;
    let mut inquiry = Inquiry { link, lab, entropy };
    inquiry.master_file(&mut facts)?;
    inquiry.passwords(&mut facts)?;
    inquiry.application(&mut facts)?;
    groups(&mut facts);
    inquiry.beyond(&mut facts)?;
    for (item, file, is) in found::ITEMS {
        let holds = facts.files.get(*file).is_some_and(|file| is(file));
        facts.items.insert((*item).to_owned(), holds);
    }
    Ok(facts)
}

struct Inquiry<'i, 'c> {
    link: &'i mut Link<'c>,
    lab: &'i Lab,
    entropy: &'i mut dyn Entropy,
}

impl Inquiry<'_, '_> {
    /// A machine in a state; nothing, if the chip does not let it there.
    fn within<R>(
        &mut self,
        facts: &Facts,
        start: &StartState,
        act: impl FnOnce(&mut Machine<'_, '_>) -> Result<R, Halt>,
    ) -> Result<Option<R>, QualifyError> {
        let certificates = &mut Certificates::new(Vec::new());
        let mut machine = Machine::new(self.link, self.lab, facts, certificates, self.entropy, Iteration::default());
        let done = machine.reset().and_then(|()| machine.open(start)).and_then(|()| act(&mut machine));
        match done {
            Ok(done) => Ok(Some(done)),
            Err(Halt::Error(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Reads files one by one; those that are refused are left out.
    fn files(
        &mut self,
        facts: &Facts,
        start: &StartState,
        names: &[&str],
    ) -> Result<BTreeMap<String, Vec<u8>>, QualifyError> {
        let mut files = BTreeMap::new();
        let mut left = names;
        // A chip that ends a session over a refused file is opened again for the next one.
        while let Some((name, rest)) = left.split_first() {
            left = rest;
            let file = self.within(facts, start, |machine| machine.read(name, ReadBy::Sfi, &[Expected::ANY]))?;
            if let Some(file) = file.flatten() {
                files.insert((*name).to_owned(), file);
            }
        }
        Ok(files)
    }

    fn master_file(&mut self, facts: &mut Facts) -> Result<(), QualifyError> {
        let files = self.files(facts, &StartState::RESET, &["EF.ATR/INFO", "EF.DIR", "EF.CardAccess"])?;
        facts.set("ef-atr-info", files.contains_key("EF.ATR/INFO"));
        facts.set("ef-dir", files.contains_key("EF.DIR"));
        facts.set("ef-card-access", files.contains_key("EF.CardAccess"));
        if let Some(file) = files.get("EF.ATR/INFO") {
            lengths(facts, file);
        }
        if let Some(file) = files.get("EF.DIR") {
            let lds2 = |rid: &[u8]| file.windows(7).any(|window| window.starts_with(rid) && window.last() != Some(&1));
            facts.set("lds2", lds2(&[0xA0, 0x00, 0x00, 0x02, 0x47, 0x20]));
        }
        if let Some(file) = files.get("EF.CardAccess") {
            card_access(facts, file);
        }
        facts.files.extend(files);
        Ok(())
    }

    fn passwords(&mut self, facts: &mut Facts) -> Result<(), QualifyError> {
        let Some(info) = facts.pace.first().copied() else { return Ok(()) };
        for name in PasswordName::ALL {
            self.link.reset()?;
            let mut data = sigillo_tlv::encode(0x80, &info.protocol.oid());
            data.extend_from_slice(&[0x83, 1, name.reference().octet()]);
            if let (Some(id), true) = (info.parameter_id, facts.pace.len() > 1) {
                data.extend_from_slice(&[0x84, 1, id]);
            }
            let command = sigillo_apdu::CommandApdu::new(0x00, 0x22, 0xC1, 0xA4).with_data(data);
            let response = self.link.transmit(&command.encode())?;
            facts.set(name.item(), response.status == 0x9000 || response.status & 0xFFF0 == 0x63C0);
        }
        Ok(())
    }

    fn application(&mut self, facts: &mut Facts) -> Result<(), QualifyError> {
        let application = StartState::APPLICATION;
        let challenge = self.within(facts, &application, |machine| {
            Ok(machine.link.transmit(&[0x00, 0x84, 0x00, 0x00, 0x08])?.status == 0x9000)
        })?;
        facts.set("bac", challenge.unwrap_or(false));
        let files = self.files(facts, &StartState::ACCESS, &["EF.COM", "EF.SOD", "EF.CVCA"])?;
        for (item, name) in [("ef-com", "EF.COM"), ("ef-sod", "EF.SOD"), ("ef-cvca", "EF.CVCA"), ("passive", "EF.SOD")]
        {
            facts.set(item, files.contains_key(name));
        }
        facts.files.extend(files);
        for (item, by) in [("sfi", ReadBy::Sfi), ("select-file", ReadBy::Select), ("odd-ins", ReadBy::Odd)] {
            let read =
                self.within(facts, &StartState::ACCESS, |machine| machine.read("EF.COM", by, &[Expected::SUCCESS]))?;
            facts.set(item, read.flatten().is_some());
        }
        Ok(())
    }

    /// Data groups, and what they say of further protocols.
    fn beyond(&mut self, facts: &mut Facts) -> Result<(), QualifyError> {
        let names: Vec<String> = facts.named_groups().iter().map(|number| format!("DG{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let files = self.files(facts, &StartState::ACCESS, &names)?;
        for (number, item) in [(3, "protected-dg3"), (4, "protected-dg4")] {
            let guarded = facts.named_groups().contains(&number) && !files.contains_key(&format!("DG{number}"));
            facts.set(item, guarded);
        }
        facts.files.extend(files);
        if let Some(mrz) = facts.files.get("DG1").and_then(|file| mrz_length(file)) {
            for (item, length) in [("td1", 90), ("td2", 72), ("td3", 88)] {
                facts.set(item, mrz == length);
            }
        }
        facts.dg14 =
            facts.files.get("DG14").and_then(|file| SecurityInfos::decode(single(file, 0x6E).ok()?.value).ok());
        let dg14 = facts.dg14.clone().unwrap_or_else(|| SecurityInfos::new(Vec::new()));
        facts.ca = ca_entries(&dg14);
        chip_authentication(facts, &dg14);
        let authentic = facts.named_groups().contains(&15);
        facts.set("aa", authentic);
        if let Some(key) = facts.files.get("DG15").and_then(|file| Some(single(file, 0x6F).ok()?.value.to_vec())) {
            let ecdsa = CurvePoint::from_spki_der(&key).is_ok();
            facts.set("aa-ecdsa", ecdsa);
            facts.set("aa-rsa", !ecdsa);
        }
        self.behind_chip_authentication(facts, &dg14)
    }

    /// EF.CVCA, what Terminal Authentication opens, and the holder's application.
    fn behind_chip_authentication(&mut self, facts: &mut Facts, dg14: &SecurityInfos) -> Result<(), QualifyError> {
        let security = self.files(facts, &StartState::PACE, &["EF.CardSecurity"]);
        if facts.is("pace") {
            let files = security?;
            facts.set("ef-card-security", files.contains_key("EF.CardSecurity"));
            facts.files.extend(files);
        }
        if !facts.is("ca") {
            return Ok(());
        }
        let cvca = self.files(facts, &StartState::CHIP_AUTHENTICATED, &["EF.CVCA"])?;
        let present = facts.is("ef-cvca") || cvca.contains_key("EF.CVCA");
        facts.set("ef-cvca", present);
        facts.files.extend(cvca);
        facts.set("ta", present || dg14.terminal_authentication());
        let nowhere = |info: &SecurityInfo| match info {
            SecurityInfo::TerminalAuthentication { ef_cvca: Some(reference) } => reference.short_id.is_none(),
            _ => false,
        };
        let short = facts.is("ta") && !dg14.infos().iter().any(nowhere);
        facts.set("ef-cvca-sfi", short);
        let both = facts.is("ta");
        facts.set("eac", both);
        if let Some(chain) = &self.lab.inspection {
            let rsa = matches!(*chain.key, CvPrivateKey::Rsa { .. });
            facts.set("ta-rsa", both && rsa);
            facts.set("ta-ecdsa", both && !rsa);
        }
        let guarded: Vec<String> = (3..=4).map(|number| format!("DG{number}")).collect();
        let guarded: Vec<&str> =
            guarded.iter().map(String::as_str).filter(|name| !facts.files.contains_key(*name)).collect();
        if both && self.lab.inspection.is_some() {
            let named: Vec<&str> = guarded.into_iter().filter(|name| facts.is(&name.to_lowercase())).collect();
            let files = self.files(facts, &StartState::TERMINAL_AUTHENTICATED, &named)?;
            facts.files.extend(files);
        }
        let select = [&[0x00, 0xA4, 0x04, 0x0C, 0x09], ESERVICES.as_slice()].concat();
        let status = self.within(facts, &StartState::CHIP_AUTHENTICATED, |machine| machine.status(&select))?;
        facts.set("eservices", matches!(status, Some(0x9000 | 0x6283)));
        facts.set("eservices-active", status == Some(0x9000));
        for (item, of) in [("office", facts.is("ta")), ("pin", facts.is("pace-pin")), ("puk", facts.is("pace-puk"))] {
            let holds = of && facts.is("eservices");
            facts.set(item, holds);
        }
        Ok(())
    }
}

impl Facts {
    fn set(&mut self, item: &str, value: bool) {
        self.items.insert(item.to_owned(), value);
    }

    /// The data groups that EF.COM names.
    pub(crate) fn named_groups(&self) -> Vec<u8> {
        (1..=16).filter(|number| self.is(&format!("dg{number}"))).collect()
    }
}

fn lengths(facts: &mut Facts, file: &[u8]) {
    let mut objects = Reader::new(file);
    while let Ok(Some(object)) = objects.next() {
        match object.tag.number() {
            0x7F66 => {
                let mut lengths = object.reader();
                let mut next = || {
                    let octets = lengths.expect(0x02).ok()?.value;
                    octets.iter().try_fold(0usize, |sum, octet| sum.checked_mul(256)?.checked_add((*octet).into()))
                };
                if let (Some(command), Some(response)) = (next(), next()) {
                    facts.longest = (command.min(65_544), response.min(65_538));
                    facts.set("extended-length", command > 261 || response > 258);
                }
            }
            0x47 => {
                if let Some(third) = object.value.get(2) {
                    facts.set("chaining", third & 0x80 != 0);
                    let extended = facts.is("extended-length") || third & 0x40 != 0;
                    facts.set("extended-length", extended);
                }
            }
            _ => {}
        }
    }
}

fn card_access(facts: &mut Facts, file: &[u8]) {
    let Ok(infos) = SecurityInfos::decode(file) else { return };
    let pace = infos.infos().iter().filter_map(|info| match info {
        SecurityInfo::Pace(info) if info.curve().is_some() => Some(*info),
        _ => None,
    });
    facts.pace = pace.collect();
    let any = |facts: &Facts, word: &str| facts.pace.iter().any(|info| is_mapping(info, word));
    for (item, word) in [("pace-gm", "gm"), ("pace-im", "im"), ("pace-cam", "cam")] {
        facts.set(item, any(facts, word));
    }
    facts.set("pace", !facts.pace.is_empty());
    facts.set("pace-ecdh", !facts.pace.is_empty());
    // The last arc names the suite: one is triple DES.
    let triple = |info: &sigillo_channel::pace::PaceInfo| info.protocol.oid().last() == Some(&1);
    facts.set("pace-3des", facts.pace.iter().any(triple));
    facts.set("pace-aes", facts.pace.iter().any(|info| !triple(info)));
    let mut domains: Vec<_> = facts.pace.iter().map(|info| info.parameter_id).collect();
    domains.dedup();
    facts.set("pace-one-domain", domains.len() == 1);
    // PACE needs chained commands.
    let chaining = facts.is("chaining") || facts.is("pace");
    facts.set("chaining", chaining);
    let unknown = |arc: u8| {
        infos.infos().iter().any(|info| match info {
            SecurityInfo::Unknown(raw) => {
                let prefix = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, arc];
                let oid = single(raw, 0x30).ok().and_then(|entry| entry.reader().expect(0x06).ok());
                oid.is_some_and(|oid| oid.value.starts_with(&prefix))
            }
            _ => false,
        })
    };
    facts.set("pace-dh", unknown(1) || unknown(3));
}

fn chip_authentication(facts: &mut Facts, dg14: &SecurityInfos) {
    let suites: Vec<Suite> = facts.ca.iter().map(|entry| entry.protocol.suite()).collect();
    let triple = suites.contains(&Suite::TripleDes);
    let aes = suites.iter().any(|suite| *suite != Suite::TripleDes);
    for (item, holds) in [("ca-3des", triple), ("ca-kat", triple), ("ca-aes", aes), ("ca-at", aes)] {
        facts.set(item, holds);
    }
    facts.set("ca", !suites.is_empty());
    facts.set("ca-ecdh", !suites.is_empty());
    let keys: Vec<Option<u8>> = dg14
        .infos()
        .iter()
        .filter_map(|info| match info {
            SecurityInfo::ChipAuthenticationPublicKey { key_id, .. } => Some(*key_id),
            _ => None,
        })
        .collect();
    facts.set("ca-key-id", keys.iter().any(Option::is_some));
    facts.set("ca-several-keys", keys.len() > 1);
}

/// What EF.COM says.
fn groups(facts: &mut Facts) {
    let Some(com) = facts.files.get("EF.COM").cloned() else { return };
    let Ok(outer) = single(&com, 0x60) else { return };
    let mut objects = outer.reader();
    while let Ok(Some(object)) = objects.next() {
        match (object.tag.number(), object.value) {
            (0x5F01, b"0107") => facts.set("lds-1.7", true),
            (0x5F01, b"0108") => facts.set("lds-1.8", true),
            (0x5C, tags) => {
                for (number, tag) in DATA_GROUP_TAGS {
                    facts.set(&format!("dg{number}"), tags.contains(&tag));
                }
            }
            _ => {}
        }
    }
}

fn mrz_length(dg1: &[u8]) -> Option<usize> {
    Some(single(dg1, 0x61).ok()?.reader().expect(0x5F1F).ok()?.value.len())
}
