//! The phases of PACE.

use sigillo_apdu::CommandApdu;
use sigillo_channel::ChannelError;
use sigillo_channel::chip_authentication::decode_public_key;
use sigillo_channel::pace::terminal::select;
use sigillo_channel::pace::{ChipAuthenticationData, PaceInfo};
use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};
use sigillo_crypto::CurvePoint;
use sigillo_tlv::{Reader, single};

use super::exchange::{Answer, template};
use super::states::Pace;
use super::{Halt, Machine};
use crate::checks::signed_content;
use crate::facts::is_mapping;
use crate::format::{Exchange, KeyShape, PaceChoice, PasswordName, Phase};
use crate::secure::SecureSession;

/// One key in 256 has a coordinate that begins as it is wanted.
const MAX_DRAWS: usize = 8192;
const DYNAMIC_AUTHENTICATION: u32 = 0x7C;

impl Machine<'_, '_> {
    /// The entry of EF.CardAccess that is used: the step's, the run's, or the first.
    pub(crate) fn pace_info(&self, position: Option<usize>, mapping: Option<&str>) -> Option<PaceInfo> {
        match mapping {
            Some(word) => self.facts.pace.iter().find(|info| is_mapping(info, word)).copied(),
            None => self.facts.pace.get(position.or(self.iteration.pace_info).unwrap_or(0)).copied(),
        }
    }

    pub(super) fn pace(&mut self, phase: &Phase, exchange: &Exchange) -> Result<(), Halt> {
        match phase {
            Phase::PaceSetAt(choice) => self.pace_set_at(choice, exchange),
            Phase::PaceNonce => {
                let answer = self.exchange(&template("10 86 00 00 [7C 00] {le}")?, exchange)?;
                match std::mem::take(&mut self.pace) {
                    Pace::NonceAsked(asked) if answer.is_success() => {
                        let (mapping, command) = took(asked.nonce_again(&answer.apdu(), self.entropy))?;
                        self.keep("pace.map", &command);
                        self.pace = Pace::Mapping(Box::new((asked, answer.response, mapping)));
                    }
                    state => self.pace = state,
                }
                Ok(())
            }
            Phase::PaceMap => {
                if let Some(shape) = exchange.key {
                    self.draw_mapping_key(shape)?;
                }
                let answer = self.exchange(&template("10 86 00 00 [7C (81 ({pace.map}))] {le}")?, exchange)?;
                self.keep_answer("pace.chip-map", &answer);
                match std::mem::take(&mut self.pace) {
                    Pace::Mapping(state) if answer.is_success() => {
                        let (_, _, mapping) = *state;
                        let (agreement, command) = took(mapping.mapped_again(&answer.apdu(), self.entropy))?;
                        self.keep("pace.public-key", &command);
                        self.pace = Pace::Agreement(Box::new((mapping, answer.response, agreement)));
                    }
                    state => self.pace = state,
                }
                Ok(())
            }
            Phase::PaceAgree => {
                if let Some(shape) = exchange.key {
                    self.draw_agreement_key(shape)?;
                }
                let answer = self.exchange(&template("10 86 00 00 [7C (83 ({pace.public-key}))] {le}")?, exchange)?;
                self.keep_answer("pace.chip-key", &answer);
                match std::mem::take(&mut self.pace) {
                    Pace::Agreement(state) if answer.is_success() => {
                        let (_, _, agreement) = *state;
                        let (confirmation, command) = took(agreement.agreed(&answer.apdu()))?;
                        self.keep("pace.token", &command);
                        self.pace = Pace::Confirmation(confirmation);
                    }
                    state => self.pace = state,
                }
                Ok(())
            }
            Phase::PaceToken => {
                let answer = self.exchange(&template("00 86 00 00 [7C (85 ({pace.token}))] {le}")?, exchange)?;
                let step = match std::mem::take(&mut self.pace) {
                    Pace::Confirmation(confirmation) if answer.is_success() => confirmation.confirmed(&answer.apdu()),
                    state => {
                        self.pace = state;
                        return Ok(());
                    }
                };
                let opened = took(step)?;
                self.session = Some(SecureSession::new(took(opened.session.into_keys())?));
                self.id_picc = opened.id_picc;
                if let Some(data) = opened.chip_authentication {
                    self.prove_chip(&data)?;
                }
                Ok(())
            }
            Phase::PaceAll(choice) => {
                let usual = Exchange::usual();
                self.pace_set_at(choice, &usual)?;
                for phase in [Phase::PaceNonce, Phase::PaceMap, Phase::PaceAgree] {
                    self.pace(&phase, &usual)?;
                }
                self.pace(&Phase::PaceToken, exchange)
            }
            _ => Err(Halt::data("no phase of PACE")),
        }
    }

    fn pace_set_at(&mut self, choice: &PaceChoice, exchange: &Exchange) -> Result<(), Halt> {
        let info = self.pace_info(choice.info, choice.mapping.as_deref());
        let info = info.ok_or_else(|| Halt::failed("PACE in EF.CardAccess", "no such entry that is spoken here"))?;
        let name = choice.password.or(self.iteration.password).unwrap_or(PasswordName::Mrz);
        let password = self.lab.password(name, choice.wrong);
        let password = password.ok_or_else(|| Halt::NotRun(format!("the laboratory lacks the {}", name.word())))?;
        let password = password.map_err(|error| Halt::NotRun(error.to_string()))?;
        let domain = self.pace_domain(info);
        let (selected, _) = took(select(&info, password, !domain.is_empty()))?;
        self.variables.insert("pace.oid".to_owned(), info.protocol.oid());
        self.variables.insert("pace.password".to_owned(), vec![name.reference().octet()]);
        self.variables.insert("pace.domain".to_owned(), domain);
        let usual = template("00 22 C1 A4 [80 ({pace.oid}) 83 01 {pace.password} {pace.domain}]")?;
        let answer = self.exchange(&usual, exchange)?;
        // 63Cx: the password is taken, and has lost some of its tries.
        if answer.is_success() || answer.response.status & 0xFFF0 == 0x63C0 {
            let accepted = sigillo_apdu::ResponseApdu::from(sigillo_apdu::StatusWord::Success);
            let (asked, _) = took(selected.accepted(&accepted))?;
            self.pace = Pace::NonceAsked(asked);
        }
        Ok(())
    }

    /// Holds the proof of the Chip Authentication mapping against the keys in EF.CardSecurity, once that file is known.
    fn prove_chip(&self, data: &ChipAuthenticationData) -> Result<(), Halt> {
        let Some(file) = self.facts.files.get("EF.CardSecurity") else { return Ok(()) };
        let expected = "the proof of a key in EF.CardSecurity";
        let content = signed_content(file).map_err(|came| Halt::failed(expected, came))?;
        let infos = took(SecurityInfos::decode(content))?;
        let proven = infos.infos().iter().any(|info| match info {
            SecurityInfo::ChipAuthenticationPublicKey { public_key, .. } => {
                decode_public_key(public_key).is_ok_and(|key| data.verify(&key).is_ok())
            }
            _ => false,
        });
        if proven { Ok(()) } else { Err(Halt::failed(expected, "none")) }
    }

    /// Draws the key of the generic mapping again until it looks like this.
    fn draw_mapping_key(&mut self, shape: KeyShape) -> Result<(), Halt> {
        let Pace::Mapping(state) = std::mem::take(&mut self.pace) else { return Err(out_of_turn()) };
        let (asked, response, _) = *state;
        for _ in 0..MAX_DRAWS {
            let (mapping, command) = took(asked.nonce_again(&response.apdu(), self.entropy))?;
            let Some(octets) = inner(command.data()) else { break };
            if self.fits(shape, octets) {
                self.keep("pace.map", &command);
                self.pace = Pace::Mapping(Box::new((asked, response, mapping)));
                return Ok(());
            }
        }
        Err(Halt::NotRun("no key of that shape was drawn".to_owned()))
    }

    /// Draws the ephemeral key over the mapped base point again until it looks like this.
    fn draw_agreement_key(&mut self, shape: KeyShape) -> Result<(), Halt> {
        let Pace::Agreement(state) = std::mem::take(&mut self.pace) else { return Err(out_of_turn()) };
        let (mapping, response, _) = *state;
        for _ in 0..MAX_DRAWS {
            let (agreement, command) = took(mapping.mapped_again(&response.apdu(), self.entropy))?;
            let Some(octets) = inner(command.data()) else { break };
            if self.fits(shape, octets) {
                self.keep("pace.public-key", &command);
                self.pace = Pace::Agreement(Box::new((mapping, response, agreement)));
                return Ok(());
            }
        }
        Err(Halt::NotRun("no key of that shape was drawn".to_owned()))
    }

    fn fits(&self, shape: KeyShape, octets: &[u8]) -> bool {
        let curves = self.facts.pace.iter().filter_map(PaceInfo::curve);
        let mut points = curves.filter_map(|curve| CurvePoint::decode(curve, octets).ok());
        points.next().is_some_and(|point| shape.fits(&point))
    }

    /// Keeps the one data object inside 7C of a command.
    fn keep(&mut self, name: &str, command: &CommandApdu) {
        if let Some(value) = inner(command.data()) {
            self.variables.insert(name.to_owned(), value.to_vec());
        }
    }

    fn keep_answer(&mut self, name: &str, answer: &Answer) {
        if let Some(value) = inner(&answer.response.data) {
            self.variables.insert(name.to_owned(), value.to_vec());
        }
    }
}

fn out_of_turn() -> Halt {
    Halt::data("a key of some shape before its phase")
}

fn inner(data: &[u8]) -> Option<&[u8]> {
    let outer = single(data, DYNAMIC_AUTHENTICATION).ok()?;
    Reader::new(outer.value).next().ok().flatten().map(|object| object.value)
}

/// What the terminal says of the chip's answer.
pub(super) fn took<T>(result: Result<T, ChannelError>) -> Result<T, Halt> {
    result.map_err(|error| Halt::failed("an answer that the protocol allows", error.to_string()))
}
