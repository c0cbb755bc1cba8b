//! SCP03, by which a chip is personalized before its lock.

use sigillo_apdu::CommandApdu;
use sigillo_channel::scp03::host::initialize_update;

use super::exchange::{came, template};
use super::states::Personalization;
use super::{Halt, Machine};
use crate::format::{Exchange, KeyName, Phase, Tamper};
use crate::link::Response;

impl Machine<'_, '_> {
    pub(super) fn scp(&mut self, phase: &Phase, exchange: &Exchange) -> Result<(), Halt> {
        match phase {
            Phase::ScpUpdate { keys } => {
                let mut challenge = [0; 8];
                self.entropy.fill(&mut challenge);
                let (opening, command) = initialize_update(challenge);
                self.variables.insert("scp.challenge".to_owned(), command.data().to_vec());
                let answer = self.exchange(&template("80 50 00 00 [{scp.challenge}] 00")?, exchange)?;
                if !answer.is_success() {
                    return Ok(());
                }
                let expected = "a proof of the personalization keys";
                let refused = |error: sigillo_channel::ChannelError| Halt::failed(expected, error.to_string());
                let own = self.lab.personalization.as_ref();
                let own =
                    own.ok_or_else(|| Halt::NotRun("the laboratory lacks the personalization keys".to_owned()))?;
                let own = match keys {
                    KeyName::Transport => &own.transport,
                    KeyName::Formation => &own.formation,
                };
                let card = opening.card_answer(&answer.response.data).map_err(refused)?;
                let (session, command) = card.authenticate(own).map_err(refused)?;
                self.variables.insert("scp.data".to_owned(), command.data().to_vec());
                self.personalization = Personalization { pending: Some(session), session: None, last: Vec::new() };
                Ok(())
            }
            Phase::ScpAuthenticate => {
                let command = template("84 82 33 00 [{scp.data}]")?;
                let answer = self.exchange(&command, &Exchange { raw: true, ..exchange.clone() })?;
                if let Some(session) = self.personalization.pending.take().filter(|_| answer.is_success()) {
                    self.personalization.session = Some(session);
                }
                Ok(())
            }
            _ => Err(Halt::data("no phase of SCP03")),
        }
    }

    /// Sends a command in the open session of personalization, wrapped or wrapped wrongly.
    pub(super) fn personalize(&mut self, octets: &[u8], tamper: Option<Tamper>) -> Result<Response, Halt> {
        let Some(session) = &mut self.personalization.session else { return Err(Halt::data("no session of SCP03")) };
        let command = CommandApdu::decode(octets)
            .map_err(|error| Halt::data(format!("what is to be protected is no APDU ({error})")))?;
        let wrapped = session.wrap(&command).map_err(|error| Halt::data(error.to_string()))?;
        let head = wrapped.head();
        let mut body = wrapped.data().to_vec();
        match tamper {
            Some(Tamper::MacWrong) => body.iter_mut().rev().take(1).for_each(|octet| *octet ^= 1),
            Some(Tamper::MacMissing) => body.truncate(body.len().saturating_sub(8)),
            Some(Tamper::CryptogramFlipped) => body.iter_mut().take(1).for_each(|octet| *octet ^= 1),
            None | Some(Tamper::SscReplay | Tamper::ClassPlain | Tamper::HeaderWrong) => {}
            Some(_) => return Err(Halt::data("SCP03 is not tampered with in this way")),
        }
        let cla = if tamper == Some(Tamper::ClassPlain) { head.cla & !0x04 } else { head.cla };
        let p2 = if tamper == Some(Tamper::HeaderWrong) { head.p2 ^ 1 } else { head.p2 };
        let sent = CommandApdu::new(cla, head.ins, head.p1, p2).with_data(body);
        let sent = if head.le == 0 { sent } else { sent.with_le(head.le) };
        let sent = if wrapped.is_extended() { sent.extended() } else { sent };
        let wire = match tamper {
            Some(Tamper::SscReplay) => self.personalization.last.clone(),
            _ => sent.encode().to_vec(),
        };
        self.personalization.last.clone_from(&wire);
        let response = self.link.transmit(&wire)?;
        let Some(session) = &mut self.personalization.session else { return Ok(response) };
        let plain = session.unwrap(&response.apdu());
        let plain =
            plain.map_err(|error| Halt::failed("an answer of SCP03", format!("{error}, {}", came(&response))))?;
        Ok(Response { data: plain.data().to_vec(), status: response.status })
    }
}
