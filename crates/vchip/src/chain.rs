//! Command chaining: one command in several APDUs. Spec: `iso-7816-4#class`.

use sigillo_apdu::{ApduHead, CommandApdu, StatusWord};
use zeroize::Zeroizing;

/// A command of which more is to come.
pub(crate) struct Chain {
    ins: u8,
    p1: u8,
    p2: u8,
    body: Zeroizing<Vec<u8>>,
}

impl Chain {
    /// The chain with one more link; links are judged when the chain is complete.
    pub(crate) fn continued_by(chain: Option<Self>, command: &CommandApdu) -> Result<Self, StatusWord> {
        let ApduHead { ins, p1, p2, .. } = command.head();
        let mut chain = match chain {
            Some(chain) if (chain.ins, chain.p1, chain.p2) == (ins, p1, p2) => chain,
            Some(_) => return Err(StatusWord::LastCommandExpected),
            None => Self { ins, p1, p2, body: Zeroizing::default() },
        };
        if chain.body.len() + command.data().len() > MAX_CHAIN {
            return Err(StatusWord::WrongLength);
        }
        chain.body.extend_from_slice(command.data());
        Ok(chain)
    }

    /// The command as a link of this chain, whatever it was: as no sound chip takes it.
    pub(crate) fn adopt(&self, command: CommandApdu) -> CommandApdu {
        let ApduHead { cla, le, .. } = command.head();
        let link = CommandApdu::new(cla, self.ins, self.p1, self.p2).with_data(command.data());
        if le == 0 { link } else { link.with_le(le) }
    }

    /// The whole command, when its last link is here; a command without a chain is whole.
    pub(crate) fn completed_by(chain: Option<Self>, last: CommandApdu) -> Result<CommandApdu, StatusWord> {
        if chain.is_none() {
            return Ok(last);
        }
        if last.head().cla != 0x00 {
            return Err(StatusWord::LastCommandExpected);
        }
        let chain = Self::continued_by(chain, &last)?;
        let ApduHead { cla, le, .. } = last.head();
        let mut whole = CommandApdu::new(cla, chain.ins, chain.p1, chain.p2).with_data(chain.body.to_vec());
        if le != 0 {
            whole = whole.with_le(le);
        }
        Ok(if last.is_extended() { whole.extended() } else { whole })
    }
}

/// What a chain may carry in all.
const MAX_CHAIN: usize = 8 * 1024;
