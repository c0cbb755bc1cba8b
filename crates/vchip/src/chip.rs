//! From octets to octets: class, channel, chain, command, response.

use std::fmt;
use std::mem;

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{ApduHead, CommandApdu, ResponseApdu, StatusWord, ins};
use sigillo_channel::scp03::KeySet;
use sigillo_channel::scp03::chip::ChipSession;
use sigillo_channel::secure_messaging::chip::Session;
use sigillo_crypto::Entropy;
use zeroize::Zeroizing;

use crate::channel::{Channel, ChannelChange, Class, Handshake, scp03_capacity};
use crate::commands::{BAC, Execution, Interrupted, carry_out};
use crate::files::Selection;
use crate::image::{self, ImageRefused};
use crate::memory::Memory;
use crate::power::{PowerLost, PowerSupply};
use crate::status::{Authentication, Mechanism, SecurityStatus};

/// The answer to reset: T=1 over a contactless interface, without historical bytes and without anything of its own.
///
/// Spec: `pcsc-3#atr`.
pub const ATR: [u8; 5] = [0x3B, 0x80, 0x80, 0x01, 0x01];

/// A virtual chip.
///
/// It is made without power; [`Chip::power_on`] comes first. When the power fails inside a command, that command and all
/// further ones give [`PowerLost`] until the next [`Chip::power_on`].
pub struct Chip {
    memory: Memory,
    power: PowerSupply,
    volatile: Volatile,
}

/// Everything that a power cut takes away.
#[derive(Default)]
struct Volatile {
    selection: Selection,
    channel: Channel,
    handshake: Option<Handshake>,
    chain: Option<Chain>,
    /// What GET RESPONSE will fetch.
    pending: Zeroizing<Vec<u8>>,
}

/// A command of which more is to come.
struct Chain {
    ins: u8,
    p1: u8,
    p2: u8,
    body: Zeroizing<Vec<u8>>,
}

/// How a command came in: it decides what its response may carry, and under which facts it is judged.
struct Envelope {
    status: SecurityStatus,
    handshake: Option<Handshake>,
    capacity: usize,
}

impl Chip {
    /// A chip as its vendor delivers it: a serial, the transport keys (version `20`), no file.
    #[must_use]
    pub fn manufacture(serial: [u8; 10], transport: KeySet) -> Self {
        Self::holding(Memory::new(serial, transport))
    }

    /// A chip without power that holds what an image holds.
    ///
    /// # Errors
    ///
    /// [`ImageRefused`] for anything that [`Chip::image`] cannot have written.
    pub fn from_image(image: &[u8]) -> Result<Self, ImageRefused> {
        image::decode(image).map(Self::holding)
    }

    /// The committed memory, keys included, as octets for [`Chip::from_image`]; whoever has them has the chip.
    #[must_use]
    pub fn image(&self) -> Vec<u8> {
        image::encode(&self.memory)
    }

    /// Gives the chip power, or resets it; it answers with its [`ATR`].
    pub fn power_on(&mut self) -> Vec<u8> {
        self.power.switch_on();
        self.volatile = Volatile { selection: Selection::at_reset(&self.memory.files), ..Volatile::default() };
        ATR.to_vec()
    }

    /// Takes the power away; everything volatile is gone.
    pub fn power_off(&mut self) {
        self.power.switch_off();
        self.volatile = Volatile::default();
    }

    /// Answers one command: response data and status word.
    ///
    /// # Errors
    ///
    /// [`PowerLost`] when the power is off, or fails at the armed cut point: then there is no response, and only what was
    /// committed before that point has happened.
    pub fn process(&mut self, command: &[u8], entropy: &mut dyn Entropy) -> Result<Vec<u8>, PowerLost> {
        if !self.power.is_on() {
            return Err(PowerLost);
        }
        // The last point is behind the finished work: the response is lost.
        let response = self.respond(command, entropy).and_then(|response| {
            self.power.cut_point()?;
            Ok(response.encode())
        });
        if response.is_err() {
            self.power_off();
        }
        response
    }

    /// The card's life cycle: `Creation` until there is a master file, `Initialisation` until the lock, `Activated` after it.
    #[must_use]
    pub fn life_cycle(&self) -> LifeCycle {
        self.memory.life_cycle
    }

    /// A number that every commit changes.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.memory.generation
    }

    /// Makes the power fail at the n-th cut point from now, counted from 1; 0 disarms.
    pub fn arm_cut(&mut self, n: u32) {
        self.power.arm(n);
    }

    /// How many cut points this chip has passed since it was made or loaded.
    #[must_use]
    pub fn cut_points_passed(&self) -> u64 {
        self.power.passed()
    }

    fn holding(memory: Memory) -> Self {
        Self { memory, power: PowerSupply::default(), volatile: Volatile::default() }
    }

    fn respond(&mut self, bytes: &[u8], entropy: &mut dyn Entropy) -> Result<ResponseApdu, PowerLost> {
        let handshake = self.volatile.handshake.take();
        let pending = mem::take(&mut self.volatile.pending);
        let chain = self.volatile.chain.take();
        let channel = mem::take(&mut self.volatile.channel);
        // From here on every early return has ended the session, the chain and the handshake.
        let Ok(command) = CommandApdu::decode(bytes) else { return refused(StatusWord::WrongLength) };
        if self.memory.life_cycle == LifeCycle::Terminated {
            return refused(StatusWord::ConditionsNotSatisfied);
        }
        match (channel, Class::of(command.head().cla)) {
            (_, Class::Unknown) => refused(StatusWord::ClassNotSupported),
            (_, Class::ChainedProtected) => refused(StatusWord::ChainingNotSupported),
            (Channel::Scp03 { session, key_version }, Class::Scp03) => {
                self.respond_in_scp03(session, key_version, &command, entropy)
            }
            (Channel::Spent, Class::Scp03) => {
                self.volatile.channel = Channel::Spent;
                refused(StatusWord::ConditionsNotSatisfied)
            }
            (Channel::Bac(session), Class::SecureMessaging) => self.respond_in_bac(session, &command, entropy),
            (Channel::Bac(_), _) => refused(StatusWord::SecureMessagingObjectMissing),
            (_, Class::SecureMessaging) => refused(StatusWord::SecureMessagingObjectIncorrect),
            (_, Class::Scp03) => self.respond_to_scp03_outside(handshake, &command, entropy),
            (_, Class::Chained) => self.respond_to_chained(chain, &command),
            (_, Class::Plain) => match Chain::completed_by(chain, command) {
                Ok(command) if (command.head().cla, command.head().ins) == (0x00, ins::GET_RESPONSE) => {
                    self.respond_with_pending(pending, &command)
                }
                Ok(command) => {
                    let response = self.respond_plain(handshake, &command, entropy)?;
                    Ok(self.deliver(response, command.head()))
                }
                Err(status) => refused(status),
            },
        }
    }

    fn respond_plain(
        &mut self,
        handshake: Option<Handshake>,
        command: &CommandApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<ResponseApdu, PowerLost> {
        let envelope = Envelope { status: SecurityStatus::default(), handshake, capacity: MAX_RESPONSE };
        let (response, change) = self.execute(envelope, command, entropy)?;
        if let ChannelChange::Open(channel) = change {
            self.volatile.channel = channel;
        }
        Ok(response)
    }

    /// A command of class `04` or `84` outside a session: only EXTERNAL AUTHENTICATE of SCP03 comes so.
    fn respond_to_scp03_outside(
        &mut self,
        handshake: Option<Handshake>,
        command: &CommandApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<ResponseApdu, PowerLost> {
        match (command.head().cla, command.head().ins) {
            (0x84, ins::EXTERNAL_AUTHENTICATE) => self.respond_plain(handshake, command, entropy),
            (0x84, _) if self.memory.key_set.is_none() => refused(StatusWord::InstructionNotSupported),
            _ => refused(StatusWord::SecurityStatusNotSatisfied),
        }
    }

    fn respond_in_scp03(
        &mut self,
        mut session: ChipSession,
        key_version: u8,
        command: &CommandApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<ResponseApdu, PowerLost> {
        let plain = match session.unwrap_command(command) {
            Ok(plain) => plain,
            Err(error) => return refused(error.chip_status()),
        };
        let status = SecurityStatus::inside(Authentication { mechanism: Mechanism::Scp03, key_reference: key_version });
        let envelope = Envelope { status, handshake: None, capacity: scp03_capacity(command.is_extended()) };
        let (response, change) = self.execute(envelope, &plain, entropy)?;
        let Ok(wrapped) = session.wrap_response(&within(response, plain.head())) else {
            return refused(StatusWord::NoPreciseDiagnosis);
        };
        self.volatile.channel = match change {
            ChannelChange::Keep => Channel::Scp03 { session, key_version },
            ChannelChange::End => Channel::Plain,
            ChannelChange::Spend => Channel::Spent,
            ChannelChange::Open(channel) => channel,
        };
        Ok(wrapped)
    }

    fn respond_in_bac(
        &mut self,
        mut session: Session,
        command: &CommandApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<ResponseApdu, PowerLost> {
        let plain = match session.unwrap_command(command) {
            Ok(plain) => plain,
            Err(error) => return refused(error.chip_status()),
        };
        let envelope =
            Envelope { status: SecurityStatus::inside(BAC), handshake: None, capacity: session.max_plain_answer() };
        let (response, change) = self.execute(envelope, &plain, entropy)?;
        let Ok(wrapped) = session.wrap_response(&within(response, plain.head())) else {
            return refused(StatusWord::NoPreciseDiagnosis);
        };
        self.volatile.channel = match change {
            ChannelChange::Keep => Channel::Bac(session),
            ChannelChange::Open(channel) => channel,
            ChannelChange::End | ChannelChange::Spend => Channel::Plain,
        };
        Ok(wrapped)
    }

    fn respond_to_chained(&mut self, chain: Option<Chain>, command: &CommandApdu) -> Result<ResponseApdu, PowerLost> {
        match Chain::continued_by(chain, command) {
            Ok(chain) => {
                self.volatile.chain = Some(chain);
                refused(StatusWord::Success)
            }
            Err(status) => refused(status),
        }
    }

    fn respond_with_pending(
        &mut self,
        pending: Zeroizing<Vec<u8>>,
        command: &CommandApdu,
    ) -> Result<ResponseApdu, PowerLost> {
        let head = command.head();
        if pending.is_empty() {
            return refused(StatusWord::ConditionsNotSatisfied);
        }
        if (head.p1, head.p2) != (0, 0) {
            return refused(StatusWord::WrongParameters);
        }
        if head.le == 0 || head.lc != 0 {
            return refused(StatusWord::WrongLength);
        }
        Ok(self.deliver(ResponseApdu::new(pending.to_vec(), StatusWord::Success), head))
    }

    fn execute(
        &mut self,
        envelope: Envelope,
        command: &CommandApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<(ResponseApdu, ChannelChange), PowerLost> {
        let mut execution = Execution {
            memory: &mut self.memory,
            power: &mut self.power,
            selection: &mut self.volatile.selection,
            handshake: envelope.handshake,
            next_handshake: None,
            channel_change: ChannelChange::Keep,
            status: envelope.status,
            capacity: envelope.capacity,
            entropy,
        };
        let outcome = carry_out(&mut execution, command);
        let Execution { next_handshake, channel_change, .. } = execution;
        self.volatile.handshake = next_handshake;
        match outcome {
            Ok(response) => Ok((response, channel_change)),
            Err(Interrupted::Refused(status)) => Ok((status.into(), channel_change)),
            Err(Interrupted::PowerLost) => Err(PowerLost),
        }
    }

    /// Gives out as much as Le asked for and keeps the rest for GET RESPONSE.
    fn deliver(&mut self, response: ResponseApdu, head: ApduHead) -> ResponseApdu {
        let room = usize::try_from(head.le).unwrap_or(usize::MAX);
        match response.data().split_at_checked(room) {
            Some((now, later)) if !later.is_empty() => {
                self.volatile.pending = Zeroizing::new(later.to_vec());
                let available = u8::try_from(later.len()).unwrap_or(0);
                ResponseApdu::new(now, StatusWord::MoreData { available })
            }
            _ => response,
        }
    }
}

impl Chain {
    /// The chain with one more link; links are judged when the chain is complete.
    fn continued_by(chain: Option<Self>, command: &CommandApdu) -> Result<Self, StatusWord> {
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

    /// The whole command, when its last link is here; a command without a chain is whole.
    fn completed_by(chain: Option<Self>, last: CommandApdu) -> Result<CommandApdu, StatusWord> {
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

impl fmt::Debug for Chip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chip")
            .field("life_cycle", &self.memory.life_cycle)
            .field("generation", &self.memory.generation)
            .field("power", &self.power)
            .finish_non_exhaustive()
    }
}

/// What a chain may carry in all.
const MAX_CHAIN: usize = 8 * 1024;
/// What one response may carry.
const MAX_RESPONSE: usize = 65_536;

fn refused(status: StatusWord) -> Result<ResponseApdu, PowerLost> {
    Ok(status.into())
}

/// Inside a session nothing is kept for later: a response that Le has no room for says how long it is.
fn within(response: ResponseApdu, head: ApduHead) -> ResponseApdu {
    let length = response.data().len();
    if head.le == 0 || length <= usize::try_from(head.le).unwrap_or(usize::MAX) {
        return response;
    }
    StatusWord::WrongLe { exact: u8::try_from(length).unwrap_or(0) }.into()
}
