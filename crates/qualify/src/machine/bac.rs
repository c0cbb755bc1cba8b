//! The phases of Basic Access Control.

use sigillo_channel::bac::terminal::answer;

use super::exchange::template;
use super::{Halt, Machine};
use crate::format::{Exchange, Phase};
use crate::secure::SecureSession;

impl Machine<'_, '_> {
    pub(super) fn bac(&mut self, phase: &Phase, exchange: &Exchange) -> Result<(), Halt> {
        match phase {
            Phase::BacChallenge => {
                let answer = self.exchange(&template("00 84 00 00 08")?, exchange)?;
                if answer.is_success() {
                    self.variables.insert("rnd".to_owned(), answer.response.data.clone());
                    self.bac.challenge = answer.response.data;
                }
                Ok(())
            }
            Phase::BacAuthenticate { wrong_mrz } => {
                let challenge = match &exchange.challenge {
                    Some(template) => self.render(template)?,
                    None => self.bac.challenge.clone(),
                };
                // Without a challenge the terminal takes one of its own.
                let challenge = if challenge.len() == 8 { challenge } else { self.random(8) };
                let made = answer(&self.lab.mrz_secret(*wrong_mrz), &challenge, self.entropy);
                let (pending, command) = made.map_err(|error| Halt::data(error.to_string()))?;
                self.variables.insert("bac.data".to_owned(), command.data().to_vec());
                self.bac.pending = Some(pending);
                let answer = self.exchange(&template("00 82 00 00 [{bac.data}] 28")?, exchange)?;
                if let Some(pending) = self.bac.pending.take().filter(|_| answer.is_success()) {
                    let session = pending.finish(&answer.apdu()).and_then(|session| session.into_keys());
                    let keys =
                        session.map_err(|error| Halt::failed("the chip's proof of the MRZ", error.to_string()))?;
                    self.session = Some(SecureSession::new(keys));
                    self.id_picc = self.lab.document_number();
                }
                Ok(())
            }
            Phase::BacAll { wrong_mrz } => {
                self.bac(&Phase::BacChallenge, &Exchange::usual())?;
                self.bac(&Phase::BacAuthenticate { wrong_mrz: *wrong_mrz }, exchange)
            }
            _ => Err(Halt::data("no phase of BAC")),
        }
    }
}
