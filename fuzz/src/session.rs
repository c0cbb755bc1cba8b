//! Whole sessions with the virtual chip, and its stored image.

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::bac;
use sigillo_channel::scp03::host;
use sigillo_channel::secure_messaging::terminal;
use sigillo_crypto::SeededEntropy;
use sigillo_vchip::Chip;

use crate::fixtures::{key_set, secret};
use crate::script;

/// Kinds of steps in a script.
pub(crate) const PLAIN: u8 = 0;
pub(crate) const IN_SESSION: u8 = 1;
pub(crate) const RESET: u8 = 2;
pub(crate) const CUT: u8 = 3;
pub(crate) const OPEN_SCP03: u8 = 4;
pub(crate) const PUT_KEY: u8 = 5;
pub(crate) const OPEN_BAC: u8 = 6;
const KINDS: u8 = 7;

/// Where an image has its version, behind `SIGILLO TEST VIRTUAL CHIP` and a line feed.
const VERSION_AT: usize = 26;

const TRANSPORT: u8 = 0xA0;
const FORMATION: u8 = 0x50;

/// A host that knows every key and sends what it likes: the chip never panics, always answers or is without power, its
/// memory survives being stored at any moment, and its life cycle never goes back.
pub(crate) fn chip_session(bytes: &[u8]) {
    let mut host = Host::new();
    let mut age = age_of(host.chip.life_cycle());
    for step in script::steps(bytes) {
        host.carry_out(step.kind % KINDS, step.body);
        let image = host.chip.image();
        let mut again = Chip::from_image(&image).expect("what a chip wrote, a chip reads");
        assert!(again.image() == image, "an image is exact");
        assert_eq!(again.power_on(), sigillo_vchip::ATR);
        let now = age_of(host.chip.life_cycle());
        assert!(now >= age, "the life cycle went back");
        age = now;
    }
}

/// Arbitrary images: refused, or exact and usable. One of the first version is written as the second.
pub(crate) fn chip_image(bytes: &[u8]) {
    let Ok(mut chip) = Chip::from_image(bytes) else { return };
    let image = chip.image();
    assert!(image == bytes || bytes.get(VERSION_AT) == Some(&1), "an image is exact");
    assert!(Chip::from_image(&image).is_ok_and(|again| again.image() == image), "what a chip wrote, a chip reads");
    let mut entropy = SeededEntropy::new([7; 32]);
    chip.power_on();
    for command in ["00A4000C023F00", "00A4040C07A0000002471001", "0084000008", "80500000080102030405060708"] {
        let command = hex::decode(command).expect("hexadecimal");
        let answer = chip.process(&command, &mut entropy).expect("no cut is armed");
        assert!(ResponseApdu::decode(&answer).is_ok());
    }
}

/// The images of a chip after each step of a script.
pub(crate) fn images_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut host = Host::new();
    let images = script::steps(bytes).into_iter().map(|step| {
        host.carry_out(step.kind % KINDS, step.body);
        host.chip.image()
    });
    images.collect()
}

/// Whether a script locks a chip and opens a public session with it.
#[cfg(test)]
pub(crate) fn locks_and_reads(bytes: &[u8]) -> bool {
    let mut host = Host::new();
    let mut opened = false;
    for step in script::steps(bytes) {
        host.carry_out(step.kind % KINDS, step.body);
        opened |= matches!(host.session, Some(Session::Bac(_)));
    }
    opened && host.chip.life_cycle() == LifeCycle::Activated
}

struct Host {
    chip: Chip,
    entropy: SeededEntropy,
    session: Option<Session>,
}

enum Session {
    Scp03(host::HostSession),
    Bac(terminal::Session),
}

impl Host {
    fn new() -> Self {
        let mut chip = Chip::manufacture(*b"TEST-00001", key_set(TRANSPORT));
        chip.power_on();
        Self { chip, entropy: SeededEntropy::new([7; 32]), session: None }
    }

    fn carry_out(&mut self, kind: u8, body: &[u8]) {
        match kind {
            PLAIN => {
                self.transmit(body);
            }
            IN_SESSION => {
                if let Ok(command) = CommandApdu::decode(body) {
                    self.send(&command);
                }
            }
            RESET => {
                self.session = None;
                self.chip.power_on();
            }
            CUT => self.chip.arm_cut(body.first().copied().unwrap_or(1).into()),
            OPEN_SCP03 => {
                self.open_scp03();
            }
            PUT_KEY => {
                if let Ok((_, command)) = host::put_key(&key_set(TRANSPORT), 0x20, 0x30, key_set(FORMATION)) {
                    self.send(&command);
                }
            }
            _ => {
                self.open_bac();
            }
        }
    }

    /// The chip's answer; nothing when it has no power.
    fn transmit(&mut self, command: &[u8]) -> Option<ResponseApdu> {
        let answer = self.chip.process(command, &mut self.entropy).ok()?;
        Some(ResponseApdu::decode(&answer).expect("an answer has a status word"))
    }

    fn send(&mut self, command: &CommandApdu) -> Option<ResponseApdu> {
        let wrapped = match &mut self.session {
            Some(Session::Scp03(session)) => session.wrap(command),
            Some(Session::Bac(session)) => session.wrap(command),
            None => return self.transmit(&command.encode()),
        };
        let answer = wrapped.ok().and_then(|wrapped| self.transmit(&wrapped.encode()));
        let plain = answer.and_then(|answer| match &mut self.session {
            Some(Session::Scp03(session)) => session.unwrap(&answer).ok(),
            Some(Session::Bac(session)) => session.unwrap(&answer).ok(),
            None => None,
        });
        if plain.is_none() {
            self.session = None;
        }
        plain
    }

    fn open_scp03(&mut self) -> Option<()> {
        self.session = None;
        let (opening, command) = host::initialize_update([1; 8]);
        let answer = self.transmit(&command.encode())?;
        let answer = opening.card_answer(answer.data()).ok()?;
        let keys = key_set(if answer.key_version == 0x20 { TRANSPORT } else { FORMATION });
        let (session, command) = answer.authenticate(&keys).ok()?;
        if self.transmit(&command.encode())?.status().is_success() {
            self.session = Some(Session::Scp03(session));
        }
        Some(())
    }

    fn open_bac(&mut self) -> Option<()> {
        self.session = None;
        let challenge = self.transmit(&bac::terminal::get_challenge().encode())?;
        let (pending, command) = bac::terminal::answer(&secret(), challenge.data(), &mut self.entropy).ok()?;
        let answer = self.transmit(&command.encode())?;
        self.session = Some(Session::Bac(pending.finish(&answer).ok()?));
        Some(())
    }
}

fn age_of(life_cycle: LifeCycle) -> u8 {
    match life_cycle {
        LifeCycle::Creation => 0,
        LifeCycle::Initialisation => 1,
        LifeCycle::Terminated => 3,
        _ => 2,
    }
}
