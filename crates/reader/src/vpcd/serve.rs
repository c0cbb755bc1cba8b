use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sigillo_crypto::Entropy;
use sigillo_vchip::ATR;

use super::framing::Frames;
use super::magazine::{Magazine, Source};
use crate::chip_file::ChipFile;
use crate::error::LinkError;
use crate::observer::{Exchange, Observer};

/// What happens while chips are served.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The reader has this chip in it.
    Inserted(PathBuf),
    /// The connection to the reader stands: a PC/SC program can use the card.
    Connected,
}

/// What was served.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Served {
    /// Chips that were in the reader.
    pub chips: u64,
    /// Commands that were answered.
    pub commands: u64,
}

/// Serves chips to the vpcd at `address` (`host:port`) until it closes the connection, `stop` becomes true, or the magazine is
/// empty. Every commit of a chip is in its file before the answer leaves.
///
/// # Errors
///
/// `reader.io` if nobody listens at the address within ten seconds or a file fails, `reader.busy` for an image in use,
/// `reader.protocol`, or the code of a refused image.
pub fn serve(
    source: &Source,
    address: &str,
    entropy: &mut dyn Entropy,
    observer: &mut dyn Observer,
    stop: &AtomicBool,
    report: &mut dyn FnMut(Event),
) -> Result<Served, LinkError> {
    let mut served = Served::default();
    let mut magazine = Magazine::new(source);
    while let Some(mut file) = magazine.next()? {
        if served.chips > 0 {
            // The daemon looks every 400 ms: only a reader that it saw empty has a new card in it.
            thread::sleep(EMPTY_READER);
        }
        served.chips += 1;
        report(Event::Inserted(file.path().to_owned()));
        let failed = |reason| LinkError::Io { what: address.to_owned(), reason };
        let Some(stream) = connect(address, stop).map_err(failed)? else { return Ok(served) };
        let mut frames = Frames::new(stream, stop).map_err(failed)?;
        report(Event::Connected);
        let had_its_turn = |file: &ChipFile, commands| magazine.has_had_its_turn(file, commands);
        let (ended, commands) = answer(&mut file, &mut frames, entropy, observer, &had_its_turn)?;
        served.commands += commands;
        if ended == Ended::Closed {
            break;
        }
    }
    Ok(served)
}

/// A flag that SIGINT or SIGTERM makes true, for [`serve`].
///
/// # Errors
///
/// `reader.io` if the system refuses the handlers.
pub fn stop_on_signals() -> Result<Arc<AtomicBool>, LinkError> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|reason| LinkError::Io { what: "signal handlers".to_owned(), reason })?;
    }
    Ok(stop)
}

const POWER_OFF: u8 = 0;
const POWER_ON: u8 = 1;
const RESET: u8 = 2;
const ATR_REQUEST: u8 = 4;
/// A daemon that was just started needs a moment before it listens.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
const CONNECT_PAUSE: Duration = Duration::from_millis(50);
const EMPTY_READER: Duration = Duration::from_millis(600);

/// How a chip's stay in the reader ended.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Ended {
    /// It had its turn.
    Turn,
    /// The daemon closed the connection, or we shall stop.
    Closed,
}

/// One chip's stay in the reader, and how many commands it answered.
fn answer(
    file: &mut ChipFile,
    frames: &mut Frames<'_>,
    entropy: &mut dyn Entropy,
    observer: &mut dyn Observer,
    had_its_turn: &dyn Fn(&ChipFile, u64) -> bool,
) -> Result<(Ended, u64), LinkError> {
    let mut commands = 0;
    while let Some(message) = frames.receive()? {
        match message.as_slice() {
            [POWER_OFF] => {
                file.chip.power_off();
                if had_its_turn(file, commands) {
                    return Ok((Ended::Turn, commands));
                }
            }
            [POWER_ON | RESET] => drop(file.chip.power_on()),
            [ATR_REQUEST] => frames.send(&ATR)?,
            [_] => return Err(LinkError::Protocol),
            command => {
                let response = file.chip.process(command, entropy).ok();
                file.save()?;
                observer.exchanged(&Exchange::new(command, response.as_deref()));
                commands += 1;
                // A chip without power says nothing; the reader takes an empty message for that.
                frames.send(&response.unwrap_or_default())?;
            }
        }
    }
    Ok((Ended::Closed, commands))
}

/// Connects to the daemon; `None` if we shall stop before it listens.
fn connect(address: &str, stop: &AtomicBool) -> io::Result<Option<TcpStream>> {
    let deadline = Instant::now() + CONNECT_PATIENCE;
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => return Ok(Some(stream)),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused && Instant::now() < deadline => {}
            Err(error) => return Err(error),
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        thread::sleep(CONNECT_PAUSE);
    }
}
