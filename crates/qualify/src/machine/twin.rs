//! Two chips of the same kind: what they answer before access must be the same.

use super::exchange::came;
use super::{Halt, Machine};
use crate::format::Template;
use crate::link::Response;

impl Machine<'_, '_> {
    /// Sends the same plain commands to this chip and to the other one, each from a reset on.
    pub(super) fn twin(&mut self, commands: &[Template]) -> Result<(), Halt> {
        let commands = commands.iter().map(|command| self.render(command)).collect::<Result<Vec<_>, _>>()?;
        let own_reset = self.link.reset()?;
        let own = self.answers(&commands)?;
        if !self.link.exchange_subject()? {
            return Err(Halt::NotRun("no second chip is at hand".to_owned()));
        }
        let others = self.link.reset().map_err(Halt::from).and_then(|reset| Ok((reset, self.answers(&commands)?)));
        // Back again, whatever the other chip did.
        self.link.exchange_subject()?;
        self.reset()?;
        let (other_reset, others) = others?;
        if own_reset != other_reset {
            return Err(Halt::failed("the same answer to reset from two chips", "two that differ"));
        }
        for (position, (own, other)) in own.iter().zip(&others).enumerate() {
            if own != other {
                let expected = format!("the same answer from two chips to command {}", position + 1);
                return Err(Halt::failed(expected, format!("{} and {}", came(own), came(other))));
            }
        }
        Ok(())
    }

    fn answers(&mut self, commands: &[Vec<u8>]) -> Result<Vec<Response>, Halt> {
        commands.iter().map(|command| Ok(self.link.transmit(command)?)).collect()
    }
}
