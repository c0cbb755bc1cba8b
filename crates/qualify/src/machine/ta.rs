//! The phases of Terminal Authentication.

use std::rc::Rc;

use super::exchange::template;
use super::{Halt, Machine};
use crate::certificates::Issued;
use crate::format::{Exchange, Phase, TerminalRole};

impl Machine<'_, '_> {
    pub(super) fn ta(&mut self, phase: &Phase, exchange: &Exchange) -> Result<(), Halt> {
        match phase {
            Phase::TaSetDst { reference, certificate } => {
                let octets = match (reference, certificate) {
                    (Some(template), _) => self.render(template)?,
                    (None, Some(name)) => self.certificate(name)?.authority.clone(),
                    (None, None) => self.render(&template("{car}")?)?,
                };
                self.variables.insert("ta.reference".to_owned(), octets);
                self.exchange(&template("00 22 81 B6 [83 ({ta.reference})]")?, exchange).map(drop)
            }
            Phase::TaVerify { certificate } => {
                let issued = self.certificate(certificate)?;
                self.variables.insert("ta.body".to_owned(), issued.body.clone());
                self.variables.insert("ta.signature".to_owned(), issued.signature.clone());
                self.exchange(&template("00 2A 00 BE [{ta.body} {ta.signature}]")?, exchange).map(drop)
            }
            Phase::TaSetAt { certificate } => {
                let last = || Some(format!("lab.{}", self.lab.inspection.as_ref()?.certificates.len().checked_sub(1)?));
                let name = certificate.clone().or_else(last);
                let name = name.ok_or_else(|| Halt::NotRun("the laboratory has no terminal".to_owned()))?;
                let issued = self.certificate(&name)?;
                self.variables.insert("ta.holder".to_owned(), issued.holder.clone());
                self.ta.terminal = Some(issued);
                self.exchange(&template("00 22 81 A4 [83 ({ta.holder})]")?, exchange).map(drop)
            }
            Phase::TaChallenge => {
                let answer = self.exchange(&template("00 84 00 00 08")?, exchange)?;
                if answer.is_success() {
                    self.variables.insert("rnd".to_owned(), answer.response.data.clone());
                    self.ta.challenge = answer.response.data;
                }
                Ok(())
            }
            Phase::TaAuthenticate => {
                let challenge = match &exchange.challenge {
                    Some(template) => self.render(template)?,
                    None if self.ta.challenge.is_empty() => self.random(8),
                    None => self.ta.challenge.clone(),
                };
                let message = [self.id_picc.as_slice(), &challenge, &self.compressed_key].concat();
                let key = self.ta.terminal.as_ref().and_then(|terminal| terminal.key.clone());
                let signature = match key {
                    Some(key) => key.sign(&message, self.entropy).map_err(|error| Halt::data(error.to_string()))?,
                    None => self.random(64),
                };
                self.variables.insert("ta.response".to_owned(), signature);
                self.exchange(&template("00 82 00 00 [{ta.response}]")?, exchange).map(drop)
            }
            Phase::TaAll { chain } => {
                let chain = if chain.is_empty() { self.own_chain(TerminalRole::Inspection)? } else { chain.clone() };
                self.ta_chain(&chain, exchange)
            }
            _ => Err(Halt::data("no phase of Terminal Authentication")),
        }
    }

    /// All phases in order; what is expected is the answer to the last.
    pub(super) fn ta_chain(&mut self, chain: &[String], exchange: &Exchange) -> Result<(), Halt> {
        let usual = Exchange::usual();
        for name in chain {
            self.ta(&Phase::TaSetDst { reference: None, certificate: Some(name.clone()) }, &usual)?;
            self.ta(&Phase::TaVerify { certificate: name.clone() }, &usual)?;
        }
        self.ta(&Phase::TaSetAt { certificate: chain.last().cloned() }, &usual)?;
        self.ta(&Phase::TaChallenge, &usual)?;
        self.ta(&Phase::TaAuthenticate, exchange)
    }

    /// The names of the laboratory's own certificates.
    pub(super) fn own_chain(&self, role: TerminalRole) -> Result<Vec<String>, Halt> {
        let (word, chain) = match role {
            TerminalRole::Inspection => ("lab", &self.lab.inspection),
            TerminalRole::Office => ("office", &self.lab.office),
        };
        let chain = chain.as_ref().ok_or_else(|| Halt::NotRun(format!("the laboratory lacks the {word} chain")))?;
        Ok((0..chain.certificates.len()).map(|position| format!("{word}.{position}")).collect())
    }

    fn certificate(&mut self, name: &str) -> Result<Rc<Issued>, Halt> {
        self.certificates.take(name, self.lab, self.entropy).map_err(Halt::NotRun)
    }
}
