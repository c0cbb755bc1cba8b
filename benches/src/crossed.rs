use sigillo_apdu::CommandApdu;

use crate::failure::Failure;

/// Whole octets of a command and its response.
pub(crate) struct Crossed {
    pub(crate) command: Vec<u8>,
    pub(crate) response: Vec<u8>,
}

impl Crossed {
    pub(crate) fn command(&self) -> Result<CommandApdu, Failure> {
        Ok(CommandApdu::decode(&self.command)?)
    }
}
