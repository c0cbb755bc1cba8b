//! Whether a session is alive, asked of the chip.

use sigillo_apdu::CommandApdu;

use super::aid::EMRTD;
use super::exchange::came;
use super::{Halt, Machine};
use crate::format::SessionState;
use crate::secure::Opened;

/// READ BINARY of one octet of short file identifier 1E: EF.COM, or EF.DIR in the master file. Any protected answer will do.
const PROBE: (u8, u8, u8, u8) = (0x00, 0xB0, 0x9E, 0x00);
/// READ BINARY of DG1.
const DG1: [u8; 5] = [0x00, 0xB0, 0x81, 0x00, 0x01];

impl Machine<'_, '_> {
    pub(super) fn probe(&mut self, state: SessionState) -> Result<(), Halt> {
        match state {
            SessionState::Alive => self.alive(),
            SessionState::AliveIfProtected => match &self.session {
                Some(session) if session.is_suspect() => Ok(()),
                _ => self.alive(),
            },
            SessionState::Ended => self.ended(),
            SessionState::None => self.unreadable(),
        }
    }

    fn alive(&mut self) -> Result<(), Halt> {
        let expected = "a session that lives";
        let session = self.session.as_mut().ok_or_else(|| Halt::failed(expected, "none"))?;
        let wire = session.protect(&probe(), None, None).map_err(|error| Halt::data(error.to_string()))?;
        let response = self.link.transmit(&wire)?;
        match session.open(0xB0, response) {
            Opened::Protected { .. } => {
                session.trust();
                Ok(())
            }
            Opened::Plain(response) => {
                Err(Halt::failed(expected, format!("{} without secure messaging", came(&response))))
            }
            Opened::Wrong { why, .. } => Err(Halt::failed(expected, why)),
        }
    }

    /// A chip that forgot to end a session may have counted on or not: each counter is tried.
    fn ended(&mut self) -> Result<(), Halt> {
        let expected = "a session that has ended";
        if let Some(mut session) = self.session.take() {
            session.suspect();
            for counter in session.guesses() {
                session.set_counter(counter);
                let wire = session.protect(&probe(), None, None).map_err(|error| Halt::data(error.to_string()))?;
                let response = self.link.transmit(&wire)?;
                if let Opened::Protected { .. } = session.open(0xB0, response.clone()) {
                    return Err(Halt::failed(expected, "an answer under its keys"));
                }
                if response.status == 0x9000 {
                    return Err(Halt::failed(expected, came(&response)));
                }
            }
        }
        self.unreadable()
    }

    /// DG1 must not be read without a session.
    fn unreadable(&mut self) -> Result<(), Halt> {
        // In the master file the short identifier of DG1 is another file's.
        self.link.transmit(&[&[0x00, 0xA4, 0x04, 0x0C, 0x07], EMRTD.as_slice()].concat())?;
        let response = self.link.transmit(&DG1)?;
        if matches!(response.status.to_be_bytes(), [0x90 | 0x61..=0x63, _]) || !response.data.is_empty() {
            return Err(Halt::failed("no DG1 without a session", came(&response)));
        }
        Ok(())
    }
}

fn probe() -> CommandApdu {
    let (cla, ins, p1, p2) = PROBE;
    CommandApdu::new(cla, ins, p1, p2).with_le(1)
}
