use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::net::sockopt::set_tcp_quickack;
use zeroize::Zeroizing;

use crate::error::LinkError;

/// How often a waiting receiver looks whether it shall stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// The messages of one connection.
pub(super) struct Frames<'a> {
    stream: TcpStream,
    stop: &'a AtomicBool,
}

impl<'a> Frames<'a> {
    pub(super) fn new(stream: TcpStream, stop: &'a AtomicBool) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, stop })
    }

    /// The next message; `None` when the other side closed the connection between two messages, or we shall stop.
    pub(super) fn receive(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, LinkError> {
        let mut length = [0; 2];
        if !self.fill(&mut length)? {
            return Ok(None);
        }
        let mut message = Zeroizing::new(vec![0; usize::from(u16::from_be_bytes(length))]);
        if !self.fill(&mut message)? && !self.stop.load(Ordering::Relaxed) {
            return Err(LinkError::Protocol);
        }
        Ok(Some(message).filter(|_| !self.stop.load(Ordering::Relaxed)))
    }

    pub(super) fn send(&mut self, message: &[u8]) -> Result<(), LinkError> {
        let length = u16::try_from(message.len()).map_err(|_| LinkError::TooLong { octets: message.len() })?;
        let frame = Zeroizing::new([&length.to_be_bytes(), message].concat());
        self.stream.write_all(&frame).map_err(broken)
    }

    /// Fills the buffer; false if nothing of it came because the connection ended or we shall stop.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<bool, LinkError> {
        let mut rest = &mut *buffer;
        let whole = rest.len();
        while !rest.is_empty() {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            set_tcp_quickack(&self.stream, true).map_err(|error| broken(error.into()))?;
            match self.stream.read(rest) {
                Ok(0) if rest.len() == whole => return Ok(false),
                Ok(0) => return Err(LinkError::Protocol),
                Ok(count) => rest = rest.split_at_mut(count).1,
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {
                }
                // The daemon was killed: that ends a connection as well as closing it does.
                Err(error) if error.kind() == ErrorKind::ConnectionReset && rest.len() == whole => return Ok(false),
                Err(error) => return Err(broken(error)),
            }
        }
        Ok(true)
    }
}

fn broken(reason: io::Error) -> LinkError {
    LinkError::Io { what: "the connection to vpcd".to_owned(), reason }
}
