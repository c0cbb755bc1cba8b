//! The phases of Chip Authentication, with a terminal that can show any key.

use sigillo_channel::secure_messaging::{SendSequenceCounter, SessionKeys, Suite};
use sigillo_crypto::{CurvePoint, CurvePrivateKey};
use sigillo_tlv::encode;

use super::exchange::{Answer, template};
use super::{Halt, Machine};
use crate::facts::CaEntry;
use crate::format::{CaChoice, Exchange, KeyShape, Phase};
use crate::secure::SecureSession;

/// One key in 256 has a coordinate that begins as it is wanted.
const MAX_DRAWS: usize = 65_536;

impl Machine<'_, '_> {
    /// The entry of DG14 that is used: the step's, the run's, or the first.
    pub(super) fn ca_entry(&self, choice: &CaChoice) -> Option<CaEntry> {
        let of = |word: &str, entry: &&CaEntry| match word {
            "3des" => entry.protocol.suite() == Suite::TripleDes,
            "aes128" => entry.protocol.suite() == Suite::Aes128,
            "aes192" => entry.protocol.suite() == Suite::Aes192,
            "aes256" => entry.protocol.suite() == Suite::Aes256,
            "aes" => entry.protocol.suite() != Suite::TripleDes,
            _ => false,
        };
        match &choice.suite {
            Some(word) => self.facts.ca.iter().find(|entry| of(word, entry)).cloned(),
            None => self.facts.ca.get(choice.info.or(self.iteration.ca_info).unwrap_or(0)).cloned(),
        }
    }

    pub(super) fn ca(&mut self, phase: &Phase, exchange: &Exchange) -> Result<(), Halt> {
        match phase {
            Phase::CaKat(choice) => {
                self.choose_ca(choice, Some("3des"))?;
                self.draw_ca(exchange.key)?;
                let usual = template("00 22 41 A6 [91 ({ca.public-key}) {ca.key-id}]")?;
                let answer = self.refusable(&usual, exchange)?;
                self.agreed(&answer)
            }
            Phase::CaSetAt(choice) => {
                self.choose_ca(choice, Some("aes"))?;
                self.exchange(&template("00 22 41 A4 [80 ({ca.oid}) {ca.key-id}]")?, exchange).map(drop)
            }
            Phase::CaAgree => {
                if self.ca.chosen.is_none() {
                    self.choose_ca(&CaChoice::default(), None)?;
                }
                self.draw_ca(exchange.key)?;
                let answer = self.refusable(&template("00 86 00 00 [7C (80 ({ca.public-key}))] {le}")?, exchange)?;
                if answer.is_success() && !matches!(answer.response.data.as_slice(), [] | [0x7C, 0x00]) {
                    return Err(Halt::failed("7C00", format!("{} octets", answer.response.data.len())));
                }
                self.agreed(&answer)
            }
            Phase::CaAll(choice) => {
                let entry = self.ca_entry(choice).ok_or_else(lacking)?;
                if entry.protocol.suite() == Suite::TripleDes {
                    return self.ca(&Phase::CaKat(choice.clone()), exchange);
                }
                self.ca(&Phase::CaSetAt(choice.clone()), &Exchange::usual())?;
                self.ca(&Phase::CaAgree, exchange)
            }
            _ => Err(Halt::data("no phase of Chip Authentication")),
        }
    }

    /// Chooses protocol and key; a phase that belongs to other suites than the chosen one takes the first of its own.
    fn choose_ca(&mut self, choice: &CaChoice, suite: Option<&str>) -> Result<(), Halt> {
        let fits = |entry: &CaEntry| match suite {
            Some("3des") => entry.protocol.suite() == Suite::TripleDes,
            Some(_) => entry.protocol.suite() != Suite::TripleDes,
            None => true,
        };
        let named = choice.info.is_some() || choice.suite.is_some();
        let entry = self.ca_entry(choice).filter(|entry| named || fits(entry));
        let first = || self.facts.ca.iter().find(|entry| fits(entry)).or(self.facts.ca.first()).cloned();
        let entry = entry.or_else(first).ok_or_else(lacking)?;
        let key_id = entry.key_id.map(|id| encode(0x84, &[id])).unwrap_or_default();
        self.variables.insert("ca.oid".to_owned(), entry.protocol.oid());
        self.variables.insert("ca.key-id".to_owned(), key_id);
        self.ca.chosen = Some(entry);
        Ok(())
    }

    fn draw_ca(&mut self, shape: Option<KeyShape>) -> Result<(), Halt> {
        let entry = self.ca.chosen.as_ref().ok_or_else(lacking)?;
        let curve = entry.point.curve();
        for _ in 0..MAX_DRAWS {
            let key = CurvePrivateKey::generate(curve, self.entropy);
            let public = key.public().map_err(|error| Halt::data(error.to_string()))?;
            if shape.is_none_or(|shape| shape.fits(&public)) {
                self.variables.insert("ca.public-key".to_owned(), public.octets().to_vec());
                self.ca.key = Some((key, public));
                return Ok(());
            }
        }
        Err(Halt::NotRun("no key of that shape was drawn".to_owned()))
    }

    /// Sends the command that carries the key; what the chip refuses leaves the keys that it must not have taken.
    fn refusable(&mut self, usual: &crate::format::Template, exchange: &Exchange) -> Result<Answer, Halt> {
        let answer = self.exchange(usual, exchange)?;
        if !answer.is_success() {
            self.next = self.agreed_keys()?.map(SecureSession::new);
        }
        Ok(answer)
    }

    fn agreed_keys(&self) -> Result<Option<SessionKeys>, Halt> {
        let (Some(entry), Some((key, _))) = (&self.ca.chosen, &self.ca.key) else { return Ok(None) };
        let shared = key.agree(&entry.point).map_err(|error| Halt::data(error.to_string()))?;
        let derived = shared
            .x()
            .expose(|secret| SessionKeys::derive(entry.protocol.suite(), secret, SendSequenceCounter::new(0)));
        derived.map(Some).map_err(|error| Halt::data(error.to_string()))
    }

    /// Takes the new session, if the chip has the terminal's own key.
    fn agreed(&mut self, answer: &Answer) -> Result<(), Halt> {
        let Some((_, public)) = self.ca.key.as_ref().filter(|_| answer.is_success()) else { return Ok(()) };
        let octets = public.octets();
        if !self.sent.windows(octets.len()).any(|window| window == octets) {
            return Ok(());
        }
        self.compressed_key = public.x().to_vec();
        if let Some(keys) = self.agreed_keys()? {
            self.previous = self.session.replace(SecureSession::new(keys));
        }
        Ok(())
    }
}

impl KeyShape {
    /// Whether a point looks like this.
    pub(super) fn fits(self, point: &CurvePoint) -> bool {
        let prime = point.curve().domain_parameters().prime;
        let first = |octets: &[u8]| octets.first().copied();
        let y = point.octets().get(1 + point.curve().field_octets()..).unwrap_or_default();
        match self {
            Self::XSmall => first(point.x()) == Some(0),
            Self::XLarge => first(point.x()) == first(&prime),
            Self::YSmall => first(y) == Some(0),
            Self::YLarge => first(y) == first(&prime),
        }
    }
}

fn lacking() -> Halt {
    Halt::failed("Chip Authentication in DG14", "no entry that is spoken here")
}
