//! The chip under test, as its caller reaches it.

use sigillo_apdu::{ResponseApdu, StatusWord};

use crate::error::QualifyError;
use crate::format::Fresh;

/// The card is gone or mute, or the reader fails; what the transport says of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gone(pub String);

/// A chip that can be reset and spoken to.
pub trait Subject {
    /// Cuts the power and gives it again; the answer to reset.
    ///
    /// # Errors
    ///
    /// [`Gone`].
    fn reset(&mut self) -> Result<Vec<u8>, Gone>;

    /// One command, and its response with the status word.
    ///
    /// # Errors
    ///
    /// [`Gone`].
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Gone>;

    /// Puts a new chip with the same data in place, if that is possible: before and after each sacrificial case.
    ///
    /// # Errors
    ///
    /// [`Gone`].
    fn renew(&mut self) -> Result<bool, Gone> {
        Ok(false)
    }

    /// Puts a chip in place that is in an earlier phase of its life, if that is possible.
    ///
    /// # Errors
    ///
    /// [`Gone`].
    fn renew_as(&mut self, phase: Fresh) -> Result<bool, Gone> {
        let _ = phase;
        Ok(false)
    }

    /// Makes the power fail at the n-th point of what comes next, counted from one, if that is possible; zero takes it back.
    ///
    /// # Errors
    ///
    /// [`Gone`].
    fn cut(&mut self, point: u32) -> Result<bool, Gone> {
        let _ = point;
        Ok(false)
    }

    /// Puts a chip of the same kind with another holder in place, or back again, if that is possible.
    ///
    /// # Errors
    ///
    /// [`Gone`].
    fn exchange(&mut self) -> Result<bool, Gone> {
        Ok(false)
    }
}

/// Counts what is sent, and follows `61xx`.
pub(crate) struct Link<'c> {
    subject: &'c mut dyn Subject,
    commands: u64,
    /// Commands since the last reset.
    since_reset: u32,
}

/// Two files of 64 KiB in the smallest chunks that make sense, and some: a chip that gives one octet at a time ends here.
const MAX_COMMANDS: u32 = 8192;

/// As many GET RESPONSEs as a response of 64 KiB takes.
const MAX_GET_RESPONSES: usize = 256;

impl<'c> Link<'c> {
    pub(crate) fn new(subject: &'c mut dyn Subject) -> Self {
        Self { subject, commands: 0, since_reset: 0 }
    }

    /// How many commands were sent.
    pub(crate) const fn commands(&self) -> u64 {
        self.commands
    }

    pub(crate) fn reset(&mut self) -> Result<Vec<u8>, QualifyError> {
        self.since_reset = 0;
        self.subject.reset().map_err(refused)
    }

    pub(crate) fn renew(&mut self) -> Result<bool, Gone> {
        self.subject.renew()
    }

    pub(crate) fn renew_as(&mut self, phase: Fresh) -> Result<bool, Gone> {
        self.subject.renew_as(phase)
    }

    pub(crate) fn cut(&mut self, point: u32) -> Result<bool, QualifyError> {
        self.subject.cut(point).map_err(refused)
    }

    pub(crate) fn exchange_subject(&mut self) -> Result<bool, QualifyError> {
        self.subject.exchange().map_err(refused)
    }

    /// The whole response: what `61xx` announces is fetched.
    pub(crate) fn transmit(&mut self, command: &[u8]) -> Result<Response, QualifyError> {
        let mut response = self.exchange(command)?;
        for _ in 0..MAX_GET_RESPONSES {
            let [0x61, available] = response.status.to_be_bytes() else { break };
            let more = self.exchange(&[0x00, 0xC0, 0x00, 0x00, available])?;
            response.data.extend_from_slice(&more.data);
            response.status = more.status;
        }
        Ok(response)
    }

    fn exchange(&mut self, command: &[u8]) -> Result<Response, QualifyError> {
        self.commands += 1;
        self.since_reset += 1;
        if self.since_reset > MAX_COMMANDS {
            return Err(QualifyError::Link { reason: format!("more than {MAX_COMMANDS} commands without an end") });
        }
        let mut data = self.subject.transmit(command).map_err(refused)?;
        let low = data.pop();
        let high = data.pop();
        match (high, low) {
            (Some(high), Some(low)) => Ok(Response { data, status: u16::from_be_bytes([high, low]) }),
            _ => Err(QualifyError::Link { reason: "an answer without a status word".to_owned() }),
        }
    }
}

/// What came back.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Response {
    pub(crate) data: Vec<u8>,
    pub(crate) status: u16,
}

impl Response {
    /// As the protocols take it.
    pub(crate) fn apdu(&self) -> ResponseApdu {
        ResponseApdu::new(self.data.clone(), StatusWord::from(self.status))
    }
}

/// Data of a chip may be personal.
impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Response({} octets, {:04X})", self.data.len(), self.status)
    }
}

fn refused(gone: Gone) -> QualifyError {
    QualifyError::Link { reason: gone.0 }
}
