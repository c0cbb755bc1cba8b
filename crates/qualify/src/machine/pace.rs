//! The phases of PACE.

use sigillo_apdu::CommandApdu;
use sigillo_channel::ChannelError;
use sigillo_channel::chip_authentication::decode_public_key;
use sigillo_channel::pace::terminal::{Agreement, Confirmation, Mapping, NonceAsked, select};
use sigillo_channel::pace::{ChipAuthenticationData, PaceInfo};
use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};
use sigillo_tlv::{Reader, single};

use super::bac::template;
use super::exchange::Answer;
use super::{Halt, Machine};
use crate::checks::signed_content;
use crate::facts::is_mapping;
use crate::format::{Exchange, PaceChoice, PasswordName, Phase};
use crate::secure::SecureSession;

/// How far it came.
#[derive(Default)]
pub(super) enum State {
    #[default]
    Idle,
    NonceAsked(NonceAsked),
    Mapping(Mapping),
    Agreement(Agreement),
    Confirmation(Confirmation),
}

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
                let (entropy, state) = (&mut *self.entropy, std::mem::take(&mut self.pace));
                let step = match state {
                    State::NonceAsked(asked) if answer.is_success() => asked.nonce(&answer.apdu(), entropy),
                    state => return self.stay(state),
                };
                let (mapping, command) = took(step)?;
                self.keep("pace.map", &command);
                self.pace = State::Mapping(mapping);
                Ok(())
            }
            Phase::PaceMap => {
                let answer = self.exchange(&template("10 86 00 00 [7C (81 ({pace.map}))] {le}")?, exchange)?;
                self.keep_answer("pace.chip-map", &answer);
                let (entropy, state) = (&mut *self.entropy, std::mem::take(&mut self.pace));
                let step = match state {
                    State::Mapping(mapping) if answer.is_success() => mapping.mapped(&answer.apdu(), entropy),
                    state => return self.stay(state),
                };
                let (agreement, command) = took(step)?;
                self.keep("pace.public-key", &command);
                self.pace = State::Agreement(agreement);
                Ok(())
            }
            Phase::PaceAgree => {
                let answer = self.exchange(&template("10 86 00 00 [7C (83 ({pace.public-key}))] {le}")?, exchange)?;
                self.keep_answer("pace.chip-key", &answer);
                let step = match std::mem::take(&mut self.pace) {
                    State::Agreement(agreement) if answer.is_success() => agreement.agreed(&answer.apdu()),
                    state => return self.stay(state),
                };
                let (confirmation, command) = took(step)?;
                self.keep("pace.token", &command);
                self.pace = State::Confirmation(confirmation);
                Ok(())
            }
            Phase::PaceToken => {
                let answer = self.exchange(&template("00 86 00 00 [7C (85 ({pace.token}))] {le}")?, exchange)?;
                let step = match std::mem::take(&mut self.pace) {
                    State::Confirmation(confirmation) if answer.is_success() => confirmation.confirmed(&answer.apdu()),
                    state => return self.stay(state),
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
        self.variables.insert("pace.password".to_owned(), vec![name.reference()]);
        self.variables.insert("pace.domain".to_owned(), domain);
        let usual = template("00 22 C1 A4 [80 ({pace.oid}) 83 01 {pace.password} {pace.domain}]")?;
        let answer = self.exchange(&usual, exchange)?;
        // 63Cx: the password is taken, and has lost some of its tries.
        if answer.is_success() || answer.response.status & 0xFFF0 == 0x63C0 {
            let accepted = sigillo_apdu::ResponseApdu::from(sigillo_apdu::StatusWord::Success);
            let (asked, _) = took(selected.accepted(&accepted))?;
            self.pace = State::NonceAsked(asked);
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

    /// The chip did not say yes, or the phase was out of turn: nothing to take.
    fn stay(&mut self, state: State) -> Result<(), Halt> {
        self.pace = state;
        Ok(())
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

fn inner(data: &[u8]) -> Option<&[u8]> {
    let outer = single(data, DYNAMIC_AUTHENTICATION).ok()?;
    Reader::new(outer.value).next().ok().flatten().map(|object| object.value)
}

/// What the terminal says of the chip's answer.
pub(super) fn took<T>(result: Result<T, ChannelError>) -> Result<T, Halt> {
    result.map_err(|error| Halt::failed("an answer that the protocol allows", error.to_string()))
}
