//! From octets to octets: class, channel, chain, command, response.

use std::fmt;
use std::mem;

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{ApduHead, CommandApdu, ResponseApdu, StatusWord, ins};
use sigillo_channel::scp03::KeySet;
use sigillo_channel::scp03::chip::ChipSession;
use sigillo_channel::secure_messaging::chip::Session;
use sigillo_crypto::{Entropy, SeededEntropy};
use zeroize::Zeroizing;

use crate::chain::Chain;
use crate::channel::{Channel, ChannelChange, Class, Context, Handshake, Open, scp03_capacity};
use crate::commands::{Execution, Interrupted, carry_out};
use crate::faults::{Fault, Faults};
use crate::files::Selection;
use crate::image::{self, ImageRefused};
use crate::memory::Memory;
use crate::power::{PowerLost, PowerSupply};
use crate::status::{Mechanism, SecurityStatus};

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
    faults: Faults,
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
    /// What plain commands are judged by: nothing, unless the chip is faulty.
    unprotected: SecurityStatus,
}

/// How a command came in: it decides what its response may carry, and under which facts it is judged.
struct Envelope {
    context: Context,
    handshake: Option<Handshake>,
    capacity: usize,
}

/// What a command left behind besides its response.
struct Executed {
    response: ResponseApdu,
    change: ChannelChange,
    context: Context,
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
        self.volatile = self.volatile_at_reset();
        if self.volatile.selection.df.is_none() {
            self.volatile.selection = Selection::at_reset(&self.memory.files);
        }
        if self.faults.has(Fault::CodeTriesBackAtReset) {
            self.memory.give_tries_back();
        }
        let serial = if self.faults.has(Fault::SerialInAnswerToReset) { &self.memory.serial[..] } else { &[] };
        [&ATR, serial].concat()
    }

    /// Takes the power away; everything volatile is gone.
    pub fn power_off(&mut self) {
        self.power.switch_off();
        self.volatile = self.volatile_at_reset();
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
        Self { memory, power: PowerSupply::default(), volatile: Volatile::default(), faults: Faults::NONE }
    }

    /// Plants a fault in place of any before it, or none. It is no part of the memory: an image does not have it.
    #[cfg(feature = "faults")]
    pub fn plant(&mut self, fault: Option<Fault>) {
        self.faults = Faults::of(fault);
    }

    /// Nothing, unless the chip is faulty.
    fn volatile_at_reset(&mut self) -> Volatile {
        let mut volatile = Volatile::default();
        if self.faults.has(Fault::SmOutlivesReset) {
            volatile.channel = mem::take(&mut self.volatile.channel);
        }
        if self.faults.has(Fault::SelectionSurvivesReset) {
            volatile.selection = self.volatile.selection;
        }
        volatile
    }

    fn respond(&mut self, bytes: &[u8], entropy: &mut dyn Entropy) -> Result<ResponseApdu, PowerLost> {
        let mut handshake = self.volatile.handshake.take();
        let pending = mem::take(&mut self.volatile.pending);
        let chain = self.volatile.chain.take();
        let channel = mem::take(&mut self.volatile.channel);
        if self.faults.has(Fault::SmFactsOutliveSession) && channel.is_open() {
            self.volatile.unprotected = channel.facts();
        }
        // From here on every early return has ended the session, the chain and the handshake.
        let Ok(command) = CommandApdu::decode(bytes) else { return refused(StatusWord::WrongLength) };
        if self.memory.life_cycle == LifeCycle::Terminated {
            return refused(StatusWord::ConditionsNotSatisfied);
        }
        let command = if self.faults.has(Fault::ClassIgnored) && (1..=3).contains(&command.head().cla) {
            command.with_cla(0x00)
        } else {
            command
        };
        match (channel, Class::of(command.head().cla)) {
            (channel, Class::Plain) if self.mistakes_plain(&channel) => {
                self.respond_to_mistaken(channel, handshake, &command, entropy)
            }
            (_, Class::Unknown) => refused(StatusWord::ClassNotSupported),
            (_, Class::ChainedElsewhere) => refused(StatusWord::ChainingNotSupported),
            (Channel::Scp03(open), Class::Scp03) => self.respond_in_scp03(open, &command, entropy),
            (Channel::Spent, Class::Scp03) => {
                self.volatile.channel = Channel::Spent;
                refused(StatusWord::ConditionsNotSatisfied)
            }
            (Channel::SecureMessaging(open), Class::SecureMessaging | Class::ChainedSecureMessaging) => {
                self.respond_in_secure_messaging(open, handshake, chain, &command, entropy)
            }
            (Channel::SecureMessaging(_), _) => refused(self.faults.reported(StatusWord::SecureMessagingObjectMissing)),
            (_, Class::SecureMessaging | Class::ChainedSecureMessaging) => {
                refused(StatusWord::SecureMessagingObjectIncorrect)
            }
            (_, Class::Scp03) => self.respond_to_scp03_outside(handshake, &command, entropy),
            (_, Class::Plain | Class::Chained) => match self.assemble(chain, command) {
                Ok(None) => refused(StatusWord::Success),
                Ok(Some(command)) if (command.head().cla, command.head().ins) == (0x00, ins::GET_RESPONSE) => {
                    // It belongs to the command before, and so does what that one prepared.
                    self.volatile.handshake = handshake;
                    self.respond_with_pending(pending, &command)
                }
                Ok(Some(command)) => {
                    let is_foreign = command.head().ins != ins::GENERAL_AUTHENTICATE;
                    let kept = handshake.take_if(|_| self.faults.has(Fault::PaceSurvivesOtherCommands) && is_foreign);
                    let response = self.respond_plain(handshake, &command, entropy)?;
                    self.volatile.handshake = kept.or(self.volatile.handshake.take());
                    Ok(self.deliver(response, command.head()))
                }
                Err(status) => refused(status),
            },
        }
    }

    /// The command to be carried out; `None` while more of it is to come.
    ///
    /// The steps of GENERAL AUTHENTICATE are chained too, but each is a command with an answer of its own.
    fn assemble(&mut self, chain: Option<Chain>, command: CommandApdu) -> Result<Option<CommandApdu>, StatusWord> {
        let command = match &chain {
            Some(chain) if self.faults.has(Fault::ChainTakesForeignLinks) => chain.adopt(command),
            _ => command,
        };
        let is_step = command.head().ins == ins::GENERAL_AUTHENTICATE && chain.is_none();
        if command.head().cla != CHAINED || is_step {
            return Chain::completed_by(chain, command).map(Some);
        }
        self.volatile.chain = Some(Chain::continued_by(chain, &command)?);
        Ok(None)
    }

    fn respond_plain(
        &mut self,
        handshake: Option<Handshake>,
        command: &CommandApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<ResponseApdu, PowerLost> {
        let context = Context { status: self.volatile.unprotected.clone(), ..Context::default() };
        let envelope = Envelope { context, handshake, capacity: MAX_RESPONSE };
        let Executed { response, change, .. } = self.execute(envelope, command, entropy)?;
        if let ChannelChange::Open(channel) = change {
            self.volatile.channel = channel;
        }
        Ok(response)
    }

    /// Whether a faulty chip forgets here that a session takes no plain command.
    fn mistakes_plain(&self, channel: &Channel) -> bool {
        match channel {
            Channel::SecureMessaging(_) => {
                self.faults.has(Fault::SmPlainAccepted) || self.faults.has(Fault::SmPlainKeepsSession)
            }
            Channel::Scp03(_) => self.faults.has(Fault::Scp03PlainAccepted),
            Channel::Plain | Channel::Spent => false,
        }
    }

    /// Carries a plain command out with the rights of a session, or refuses it, and lets the session go on.
    fn respond_to_mistaken(
        &mut self,
        channel: Channel,
        handshake: Option<Handshake>,
        command: &CommandApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<ResponseApdu, PowerLost> {
        let response = if self.faults.has(Fault::SmPlainKeepsSession) {
            StatusWord::SecureMessagingObjectMissing.into()
        } else {
            self.volatile.unprotected = channel.facts();
            self.respond_plain(handshake, command, entropy)?
        };
        self.volatile.unprotected = SecurityStatus::default();
        self.volatile.channel = channel;
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
        open: Open<ChipSession>,
        command: &CommandApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<ResponseApdu, PowerLost> {
        let Open { mut session, context } = open;
        let plain = match session.unwrap_command(command) {
            Ok(plain) => plain,
            Err(error) => return refused(error.chip_status()),
        };
        let envelope = Envelope { context, handshake: None, capacity: scp03_capacity(command.is_extended()) };
        let Executed { response, change, context } = self.execute(envelope, &plain, entropy)?;
        let Ok(wrapped) = session.wrap_response(&within(response, plain.head())) else {
            return refused(StatusWord::NoPreciseDiagnosis);
        };
        self.volatile.channel = match change {
            ChannelChange::Spend if self.faults.has(Fault::LockKeepsSession) => {
                Channel::Scp03(Open { session, context })
            }
            ChannelChange::Keep => Channel::Scp03(Open { session, context }),
            ChannelChange::End => Channel::Plain,
            ChannelChange::Spend => Channel::Spent,
            ChannelChange::Open(channel) => channel,
        };
        Ok(wrapped)
    }

    fn respond_in_secure_messaging(
        &mut self,
        open: Open<Session>,
        handshake: Option<Handshake>,
        chain: Option<Chain>,
        command: &CommandApdu,
        entropy: &mut dyn Entropy,
    ) -> Result<ResponseApdu, PowerLost> {
        let Open { mut session, context } = open;
        let mended = match self.faults.receive(&mut session, command) {
            Ok(mended) => mended,
            Err(status) => {
                self.volatile.channel = Channel::SecureMessaging(Open { session, context });
                return refused(status);
            }
        };
        let plain = match session.unwrap_command(mended.as_ref().unwrap_or(command)) {
            Ok(plain) => plain,
            Err(error) => return refused(self.faults.reported(error.chip_status())),
        };
        let head = plain.head();
        let executed = match self.assemble(chain, plain) {
            Ok(Some(plain)) => {
                let envelope = Envelope { context, handshake, capacity: session.max_plain_answer() };
                self.execute(envelope, &plain, entropy)?
            }
            Ok(None) => Executed::only(StatusWord::Success, context),
            Err(status) => Executed::only(status, context),
        };
        let Executed { response, change, context } = executed;
        let response = if self.faults.has(Fault::LeIgnored) { response } else { within(response, head) };
        let Ok(mut wrapped) = session.wrap_response(&response) else {
            return refused(StatusWord::NoPreciseDiagnosis);
        };
        if self.faults.has(Fault::SmErrorsAnsweredPlain) && !response.status().is_success() {
            wrapped = response;
        }
        if self.faults.has(Fault::SmStatusOutsideDiffers) {
            wrapped = ResponseApdu::new(wrapped.data(), StatusWord::Success);
        }
        self.volatile.channel = match change {
            ChannelChange::Open(Channel::SecureMessaging(new)) if self.faults.has(Fault::CaSessionNotRestarted) => {
                Channel::SecureMessaging(Open { session, context: new.context })
            }
            ChannelChange::Keep => Channel::SecureMessaging(Open { session, context }),
            ChannelChange::Open(channel) => channel,
            ChannelChange::End | ChannelChange::Spend => Channel::Plain,
        };
        Ok(wrapped)
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
    ) -> Result<Executed, PowerLost> {
        let df_before = self.volatile.selection.df;
        let mut stuck = SeededEntropy::new([0; 32]);
        let repeats = self.faults.repeats_randomness(command, !envelope.context.status.is_empty());
        let mut execution = Execution {
            memory: &mut self.memory,
            power: &mut self.power,
            selection: &mut self.volatile.selection,
            handshake: envelope.handshake,
            next_handshake: None,
            channel_change: ChannelChange::Keep,
            context: envelope.context,
            capacity: envelope.capacity,
            entropy: if repeats { &mut stuck } else { entropy },
            faults: self.faults,
        };
        let outcome = carry_out(&mut execution, command);
        let Execution { next_handshake, channel_change: change, mut context, .. } = execution;
        self.volatile.handshake = next_handshake;
        if self.volatile.selection.df != df_before && !self.faults.has(Fault::HolderSurvivesSelect) {
            context.status.forget(Mechanism::Holder);
        }
        match outcome {
            Ok(response) => Ok(Executed { response, change, context }),
            Err(Interrupted::Refused(status)) => {
                Ok(Executed { response: self.faults.reported(status).into(), change, context })
            }
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

impl Executed {
    fn only(status: StatusWord, context: Context) -> Self {
        Self { response: status.into(), change: ChannelChange::Keep, context }
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

/// The class octet of a command of which more follows.
const CHAINED: u8 = 0x10;
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
