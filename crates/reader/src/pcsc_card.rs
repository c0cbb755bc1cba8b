use std::ffi::CString;
use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use pcsc::{Context, Disposition, Error, MAX_BUFFER_SIZE_EXTENDED, Protocols, ReaderState, Scope, ShareMode, State};
use zeroize::Zeroizing;

use crate::card::Card;
use crate::error::LinkError;

/// A card in a PC/SC reader, held for this program alone.
///
/// PC/SC calls have no time-out, and a hung daemon would hold its caller for ever: they are made by a thread of their own, and a
/// card whose thread does not come back in time is given up. State on the card survives between two programs; so
/// [`PcscCard::connect`] resets it first.
pub struct PcscCard {
    reader: String,
    time_out: Duration,
    /// `None` once the card is being given back.
    requests: Option<SyncSender<Request>>,
    answers: Receiver<Answer>,
    is_given_up: bool,
}

/// Whether a reader has a card in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Presence {
    /// A card is in the reader.
    pub is_present: bool,
    /// How often a card was put in or taken out since the daemon knows the reader: the same number means the same card.
    pub moves: u32,
}

/// What the thread is asked to do.
enum Request {
    Reset,
    Transmit(Zeroizing<Vec<u8>>),
}

type Answer = Result<Vec<u8>, Error>;

impl PcscCard {
    /// The names of all readers, in the daemon's order.
    ///
    /// # Errors
    ///
    /// `reader.no-service`, `reader.time-out`, `reader.fault`.
    pub fn readers(time_out: Duration) -> Result<Vec<String>, LinkError> {
        let (sender, receiver) = sync_channel(1);
        thread::spawn(move || {
            sender.send(Context::establish(Scope::User).and_then(|context| context.list_readers_owned()))
        });
        let names = match within(&receiver, time_out)? {
            Err(Error::NoReadersAvailable) => return Ok(Vec::new()),
            other => other.map_err(|error| fault(error, ""))?,
        };
        Ok(names.iter().map(|name| name.to_string_lossy().into_owned()).collect())
    }

    /// The full name of a reader that is named in full or by its place in [`PcscCard::readers`], counted from 0.
    ///
    /// # Errors
    ///
    /// `reader.unknown`, and those of [`PcscCard::readers`].
    pub fn reader_named(name_or_number: &str, time_out: Duration) -> Result<String, LinkError> {
        let mut names = Self::readers(time_out)?;
        if names.iter().any(|name| name == name_or_number) {
            return Ok(name_or_number.to_owned());
        }
        match name_or_number.parse() {
            Ok(number) if number < names.len() => Ok(names.swap_remove(number)),
            _ => Err(LinkError::NoReader { reader: name_or_number.to_owned() }),
        }
    }

    /// Whether there is a card in the reader of this name; says nothing of whether it answers, and does not disturb it.
    ///
    /// # Errors
    ///
    /// `reader.unknown`, `reader.no-service`, `reader.time-out`, `reader.fault`.
    pub fn presence(reader: &str, time_out: Duration) -> Result<Presence, LinkError> {
        let Ok(name) = CString::new(reader) else { return Err(LinkError::NoReader { reader: reader.to_owned() }) };
        let (sender, receiver) = sync_channel(1);
        thread::spawn(move || {
            let mut states = [ReaderState::new(name, State::UNAWARE)];
            let asked = Context::establish(Scope::User)
                .and_then(|context| context.get_status_change(Duration::ZERO, &mut states));
            let [state] = states;
            sender.send(asked.map(|()| Presence {
                is_present: state.event_state().contains(State::PRESENT),
                moves: state.event_count(),
            }))
        });
        within(&receiver, time_out)?.map_err(|error| fault(error, reader))
    }

    /// Takes the card in the reader of this name for this program alone and resets it; each call gets `time_out`.
    ///
    /// A card that another program holds is asked for again for three seconds: desktops look at every new card, and a
    /// program that has just ended is let go of late.
    ///
    /// # Errors
    ///
    /// `reader.unknown`, `reader.no-card`, `reader.busy`, `reader.mute`, `reader.no-service`, `reader.time-out`,
    /// `reader.fault`.
    pub fn connect(reader: &str, time_out: Duration) -> Result<Self, LinkError> {
        let deadline = Instant::now() + BRIEFLY;
        loop {
            match Self::connect_once(reader, time_out) {
                Err(LinkError::Busy { .. }) if Instant::now() < deadline => thread::sleep(POLL),
                outcome => return outcome,
            }
        }
    }

    fn connect_once(reader: &str, time_out: Duration) -> Result<Self, LinkError> {
        let Ok(name) = CString::new(reader) else { return Err(LinkError::NoReader { reader: reader.to_owned() }) };
        let (requests, inbox) = sync_channel(1);
        let (outbox, answers) = sync_channel(1);
        thread::spawn(move || serve(&name, &inbox, &outbox));
        let mut card =
            Self { reader: reader.to_owned(), time_out, requests: Some(requests), answers, is_given_up: false };
        card.answer()?;
        card.reset()?;
        Ok(card)
    }

    /// The name of the reader.
    #[must_use]
    pub fn reader(&self) -> &str {
        &self.reader
    }

    fn ask(&mut self, request: Request) -> Result<Vec<u8>, LinkError> {
        match &self.requests {
            Some(requests) if !self.is_given_up && requests.send(request).is_ok() => {}
            _ => return Err(LinkError::TimeOut { seconds: self.time_out.as_secs() }),
        }
        self.answer()
    }

    fn answer(&mut self) -> Result<Vec<u8>, LinkError> {
        match within(&self.answers, self.time_out) {
            Ok(answer) => answer.map_err(|error| fault(error, &self.reader)),
            Err(error) => {
                self.is_given_up = true;
                Err(error)
            }
        }
    }
}

impl Card for PcscCard {
    fn reset(&mut self) -> Result<Vec<u8>, LinkError> {
        self.ask(Request::Reset)
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        if command.len() > MAX_BUFFER_SIZE_EXTENDED {
            return Err(LinkError::TooLong { octets: command.len() });
        }
        self.ask(Request::Transmit(Zeroizing::new(command.to_vec())))
    }
}

impl Drop for PcscCard {
    /// Gives the card back, and waits until it is back: the next one who asks for it must find it free.
    fn drop(&mut self) {
        self.requests = None;
        if !self.is_given_up {
            // The end of the thread closes the channel; what it still says interests nobody.
            while self.answers.recv_timeout(self.time_out).is_ok() {}
        }
    }
}

impl fmt::Debug for PcscCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PcscCard")
            .field("reader", &self.reader)
            .field("is_given_up", &self.is_given_up)
            .finish_non_exhaustive()
    }
}

/// The thread's work: connect, then answer each request until nobody asks any more.
fn serve(name: &CString, requests: &Receiver<Request>, answers: &SyncSender<Answer>) {
    let connected = Context::establish(Scope::User).and_then(|context| {
        let card = context.connect(name, ShareMode::Exclusive, Protocols::ANY)?;
        Ok((context, card))
    });
    let (_context, mut card) = match connected {
        Ok(connected) => connected,
        Err(error) => {
            // Whoever asked may have given up in the meantime.
            answers.send(Err(error)).unwrap_or_default();
            return;
        }
    };
    let mut buffer = Zeroizing::new(vec![0; MAX_BUFFER_SIZE_EXTENDED]);
    let mut next = answers.send(Ok(Vec::new()));
    while let (Ok(()), Ok(request)) = (next, requests.recv()) {
        let answer = match request {
            Request::Reset => reset(&mut card),
            Request::Transmit(command) => card.transmit(&command, &mut buffer).map(<[u8]>::to_vec),
        };
        next = answers.send(answer);
    }
    // The card goes back without power: what it proved to us is nobody else's.
    if let Err((card, _)) = card.disconnect(Disposition::UnpowerCard) {
        drop(card);
    }
}

fn reset(card: &mut pcsc::Card) -> Answer {
    card.reconnect(ShareMode::Exclusive, Protocols::ANY, Disposition::ResetCard)?;
    // The attribute of the same name is not supported by every driver; the status is.
    Ok(card.status2_owned()?.atr().to_vec())
}

fn within<T>(receiver: &Receiver<T>, time_out: Duration) -> Result<T, LinkError> {
    receiver.recv_timeout(time_out).map_err(|error| match error {
        RecvTimeoutError::Timeout => LinkError::TimeOut { seconds: time_out.as_secs() },
        RecvTimeoutError::Disconnected => LinkError::NoService,
    })
}

fn fault(error: Error, reader: &str) -> LinkError {
    match error {
        Error::RemovedCard => LinkError::Removed,
        Error::UnpoweredCard | Error::UnresponsiveCard | Error::NotTransacted => LinkError::Mute,
        Error::NoSmartcard => LinkError::NoCard { reader: reader.to_owned() },
        Error::UnknownReader | Error::ReaderUnavailable | Error::NoReadersAvailable => {
            LinkError::NoReader { reader: reader.to_owned() }
        }
        Error::SharingViolation => LinkError::Busy { what: reader.to_owned() },
        Error::NoService | Error::ServiceStopped | Error::CommError => LinkError::NoService,
        reason => LinkError::Fault { reason },
    }
}

/// How long another program may hold a card before it is called busy.
const BRIEFLY: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(50);
