//! Start states.

use super::exchange::template;
use super::{Halt, Machine};
use crate::format::{Access, Application, CaChoice, Exchange, PaceChoice, PasswordName, Phase, StartState};

impl Machine<'_, '_> {
    /// Establishes a start state from where we are.
    pub(crate) fn open(&mut self, start: &StartState) -> Result<(), Halt> {
        let usual = Exchange::usual();
        // What goes on from a session does not open another one.
        let onwards = self.session.is_some() && start.chip_authentication;
        let access = match start.access {
            _ if onwards => Access::None,
            Access::Offered if self.facts.is("pace") => Access::Pace(PasswordName::Mrz),
            Access::Offered => Access::Bac,
            other => other,
        };
        if let Access::Pace(password) = access {
            let password = Some(self.iteration.password.filter(|_| password == PasswordName::Mrz).unwrap_or(password));
            self.pace(&Phase::PaceAll(PaceChoice { password, ..PaceChoice::default() }), &usual)?;
        }
        if let Access::Personalization(keys) = access {
            self.scp(&Phase::ScpUpdate { keys }, &usual)?;
            self.scp(&Phase::ScpAuthenticate, &usual)?;
        }
        if start.application != Application::None && !onwards {
            self.exchange(&template("00 A4 04 0C [{aid}]")?, &usual)?;
        }
        if access == Access::Bac {
            self.bac(&Phase::BacAll { wrong_mrz: false }, &usual)?;
        }
        if start.chip_authentication && self.compressed_key.is_empty() {
            self.ca(&Phase::CaAll(CaChoice::default()), &usual)?;
        }
        if let Some(role) = start.terminal_authentication {
            let chain = self.own_chain(role)?;
            self.ta_chain(&chain, &usual)?;
        }
        if start.application == Application::Eservices {
            self.exchange(&template("00 A4 04 0C [{aid.eservices}]")?, &usual)?;
        }
        Ok(())
    }
}
