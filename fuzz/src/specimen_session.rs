//! Whole sessions with a locked specimen that has every protocol: PACE, BAC, Chip and Terminal Authentication, codes.

use std::rc::Rc;

use sigillo_apdu::fcp::LifeCycle;
use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::bac;
use sigillo_channel::chip_authentication::{self as ca, decode_public_key};
use sigillo_channel::pace::{self, PasswordReference};
use sigillo_channel::secure_messaging::terminal::Session;
use sigillo_channel::security_info::SecurityInfos;
use sigillo_channel::terminal_authentication::{Binding, terminal as ta};
use sigillo_crypto::SeededEntropy;
use sigillo_lds::dg14::Dg14;
use sigillo_profile::{Content, SecretName};
use sigillo_vchip::Chip;

use crate::script;
use crate::specimens::{Kit, kit};

/// Kinds of steps in a script.
const PLAIN: u8 = 0;
const IN_SESSION: u8 = 1;
const RESET: u8 = 2;
const CUT: u8 = 3;
/// Which entry of EF.CardAccess, and which password.
const PACE: u8 = 4;
const BAC: u8 = 5;
/// Which of DG14's protocols.
const CHIP_AUTHENTICATION: u8 = 6;
/// Inspection system or office, and its rights.
const TERMINAL_AUTHENTICATION: u8 = 7;
const KINDS: u8 = 8;

const SELECT_DOCUMENT: &str = "00A4040C07A0000002471001";
const SELECT_SERVICES: &str = "00A4040C09F0534947494C4C4F01";

/// A host that knows every password and every terminal's key, and sends what it likes: whatever it does, fingerprints come
/// out under a right to them only, the holder's data inside a session only; the life cycle never goes back, and the memory
/// survives being stored at any moment.
pub(crate) fn specimen_session(bytes: &[u8]) {
    carry_out(bytes);
}

/// Scripts that use every protocol as it is meant.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let kit = kit();
    let [pin, puk] = [SecretName::Pin, SecretName::Puk].map(|name| kit.code(name));
    let hex = |text: &str| hex::decode(text.replace(' ', "")).expect("hexadecimal");
    let inside = |text: &str| (IN_SESSION, hex(text));
    let with = |head: &str, data: &[u8]| {
        let length = u8::try_from(data.len()).expect("a short command");
        (IN_SESSION, [hex(head), vec![length], data.to_vec()].concat())
    };
    let mut scripts = Vec::new();
    for info in 0..4 {
        scripts.push(vec![
            (PLAIN, hex("00B09C0000")),
            (PACE, vec![info, 1 + info % 2]),
            inside("00B09D0000"),
            inside(SELECT_DOCUMENT),
            inside("00B0810030"),
            (CHIP_AUTHENTICATION, vec![info]),
            (TERMINAL_AUTHENTICATION, vec![0, 1]),
            inside("00B0830010"),
            inside("00B0080030"),
            inside("0088000008 0102030405060708 00"),
        ]);
    }
    scripts.push(vec![
        (PLAIN, hex(SELECT_DOCUMENT)),
        (BAC, vec![]),
        (CHIP_AUTHENTICATION, vec![1]),
        (TERMINAL_AUTHENTICATION, vec![0, 2]),
        inside("00B0830010"),
        inside("00B0820010"),
        inside("00B0080030"),
        (RESET, vec![]),
        (PLAIN, hex("00B0820040")),
    ]);
    let office = [
        (PACE, vec![0, 2]),
        inside(SELECT_DOCUMENT),
        (CHIP_AUTHENTICATION, vec![0]),
        (TERMINAL_AUTHENTICATION, vec![1, 7]),
        inside(SELECT_SERVICES),
        inside("00440000"),
    ];
    let holder = [
        with("00240103", b"11112222"),
        with("00200003", b"00000000"),
        with("00240003", b"1111222233334444"),
        with("00200003", b"33334444"),
        inside(&format!("0088000014{}00", "5A".repeat(20))),
        inside(&format!("002A9E9A20{}00", "5A".repeat(32))),
        with("002C0003", &[puk.as_slice(), &pin].concat()),
        with("002C0103", &puk),
    ];
    scripts.push([office.as_slice(), &holder].concat());
    scripts.push([office.as_slice(), &[inside("00A4000C023F00"), inside("00FE0000")]].concat());
    scripts.push([office.as_slice(), &[inside("00040000"), (RESET, vec![])]].concat());
    scripts.push(vec![
        (PACE, vec![0, 3]),
        (RESET, vec![]),
        (PLAIN, hex("0022C1A40F 800A04007F00070202040202 830103")),
        (PACE, vec![0, 2]),
        (PACE, vec![0, 3]),
        (RESET, vec![]),
        (CUT, vec![1]),
        (PACE, vec![0, 4]),
        (RESET, vec![]),
        (PACE, vec![0, 4]),
    ]);
    scripts.iter().map(|script| script::encode(script)).collect()
}

fn carry_out(bytes: &[u8]) -> Host {
    let mut host = Host::new();
    let (mut is_terminated, mut generation) = (false, host.chip.generation());
    for step in script::steps(bytes) {
        host.carry_out(step.kind % KINDS, step.body);
        if host.chip.generation() != generation {
            generation = host.chip.generation();
            let image = host.chip.image();
            assert!(Chip::from_image(&image).is_ok_and(|again| again.image() == image), "an image is exact");
        }
        let now = host.chip.life_cycle() == LifeCycle::Terminated;
        assert!(now >= is_terminated, "the life cycle went back");
        is_terminated = now;
    }
    host
}

struct Host {
    kit: Rc<Kit>,
    infos: SecurityInfos,
    chip: Chip,
    entropy: SeededEntropy,
    session: Option<Session>,
    /// The chip's identifier and, after Chip Authentication, our compressed key.
    binding: (Vec<u8>, Option<Vec<u8>>),
    /// Whether this session has a right to the fingerprints.
    may_read_fingers: bool,
    seen: Seen,
}

/// What a script came to.
#[derive(Default)]
struct Seen {
    fingers: bool,
    holder: bool,
    signatures: u32,
}

impl Host {
    fn new() -> Self {
        let kit = kit();
        let mut chip = Chip::from_image(&kit.image).expect("a specimen's image");
        chip.power_on();
        let dg14 = &kit.specimen.files[&Content::DataGroup(14)];
        let infos = SecurityInfos::decode(Dg14::decode(dg14).expect("DG14").security_infos()).expect("SecurityInfos");
        let entropy = SeededEntropy::new([7; 32]);
        let binding = (Vec::new(), None);
        Self { kit, infos, chip, entropy, session: None, binding, may_read_fingers: false, seen: Seen::default() }
    }

    fn carry_out(&mut self, kind: u8, body: &[u8]) {
        let at = |index: usize| body.get(index).copied().unwrap_or_default();
        match kind {
            PLAIN => {
                if let Some(answer) = self.transmit(body) {
                    // Inside a session the chip answers no plain command, and what it encrypts tells nothing.
                    assert!(!self.kit.has_secrets(answer.data()), "private data left the chip in plain");
                }
            }
            IN_SESSION => {
                if let Ok(command) = CommandApdu::decode(body) {
                    self.send(&command);
                }
            }
            RESET => {
                self.forget();
                self.chip.power_on();
            }
            CUT => self.chip.arm_cut(at(0).into()),
            PACE => {
                self.open_pace(at(0), at(1));
            }
            BAC => {
                self.open_bac();
            }
            CHIP_AUTHENTICATION => {
                self.authenticate_chip(at(0));
            }
            _ => {
                self.authenticate_terminal(at(0) & 1 != 0, at(1));
            }
        }
    }

    fn forget(&mut self) {
        self.session = None;
        self.may_read_fingers = false;
    }

    /// The chip's answer; nothing when it has no power.
    fn transmit(&mut self, command: &[u8]) -> Option<ResponseApdu> {
        let answer = self.chip.process(command, &mut self.entropy).ok()?;
        Some(ResponseApdu::decode(&answer).expect("an answer has a status word"))
    }

    fn send(&mut self, command: &CommandApdu) -> Option<ResponseApdu> {
        let Some(session) = &mut self.session else { return self.transmit(&command.encode()) };
        let wrapped = session.wrap(command).ok()?;
        let answer = self.transmit(&wrapped.encode());
        let plain = answer.and_then(|answer| self.session.as_mut()?.unwrap(&answer).ok());
        let Some(plain) = plain else {
            self.forget();
            return None;
        };
        if self.kit.has_fingers(plain.data()) {
            assert!(self.may_read_fingers, "fingerprints left the chip without a right to them");
            self.seen.fingers = true;
        }
        self.seen.holder |= self.kit.has_secrets(plain.data());
        self.seen.signatures += u32::from(plain.data().len() == 64 && plain.status().is_success());
        Some(plain)
    }

    /// Inside the session that is open, if there is one: so a suspended PIN is tried again.
    fn open_pace(&mut self, info: u8, password: u8) -> Option<()> {
        let entries: Vec<_> = self.infos.pace().collect();
        let info = entries.get(usize::from(info) % entries.len().max(1))?;
        let password = self.kit.password(PasswordReference::from_octet(password)?);
        let (selected, command) = pace::terminal::select(info, password, true).ok()?;
        let (asked, command) = selected.accepted(&self.send(&command)?).ok()?;
        let (mapping, command) = asked.nonce(&self.send(&command)?, &mut self.entropy).ok()?;
        let (agreement, command) = mapping.mapped(&self.send(&command)?, &mut self.entropy).ok()?;
        let (confirmation, command) = agreement.agreed(&self.send(&command)?).ok()?;
        let opened = confirmation.confirmed(&self.send(&command)?).ok()?;
        self.forget();
        self.session = Some(opened.session);
        self.binding = (opened.id_picc, None);
        Some(())
    }

    fn open_bac(&mut self) -> Option<()> {
        self.forget();
        let challenge = self.transmit(&bac::terminal::get_challenge().encode())?;
        let secret = self.kit.specimen.mrz_secret();
        let (pending, command) = bac::terminal::answer(&secret, challenge.data(), &mut self.entropy).ok()?;
        let answer = self.transmit(&command.encode())?;
        self.session = Some(pending.finish(&answer).ok()?);
        let number = self.kit.specimen.mrz.mrz_information();
        self.binding = (number.as_bytes().get(..number.len().checked_sub(14)?)?.to_vec(), None);
        Some(())
    }

    fn authenticate_chip(&mut self, which: u8) -> Option<()> {
        let offered: Vec<_> = self.infos.chip_authentication().collect();
        let (protocol, key_id) = *offered.get(usize::from(which) % offered.len().max(1))?;
        let key = decode_public_key(self.infos.chip_authentication_key(key_id)?).ok()?;
        let (mut exchange, mut command) = ca::terminal::begin(protocol, &key, key_id, &mut self.entropy).ok()?;
        loop {
            match exchange.answered(&self.send(&command)?).ok()? {
                ca::terminal::Progress::Next(next, then) => (exchange, command) = (next, then),
                ca::terminal::Progress::Done(opened) => {
                    self.forget();
                    self.session = Some(opened.session);
                    self.binding.1 = Some(opened.compressed_key);
                    return Some(());
                }
            }
        }
    }

    fn authenticate_terminal(&mut self, office: bool, rights: u8) -> Option<()> {
        let terminal = self.kit.terminal(office, rights & 7);
        let binding = Binding::new(&self.binding.0, self.binding.1.as_deref()?);
        let (mut exchange, mut command) = ta::begin(terminal.certificates, binding).ok()?;
        let challenged = loop {
            match exchange.answered(&self.send(&command)?).ok()? {
                ta::Progress::Next(next, then) => (exchange, command) = (next, then),
                ta::Progress::Sign(challenged) => break challenged,
            }
        };
        let (pending, command) = challenged.sign(&terminal.key, &mut self.entropy).ok()?;
        pending.finish(&self.send(&command)?).ok()?;
        self.may_read_fingers = !office && rights & 1 != 0;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_read_fingers_use_the_holders_key_and_terminate() {
        let ended: Vec<Host> = seeds().iter().map(|seed| carry_out(seed)).collect();
        for with_right in &ended[..4] {
            assert!(with_right.seen.fingers && with_right.seen.holder);
            assert_eq!(with_right.seen.signatures, 1, "Active Authentication");
        }
        let after_bac = &ended[4];
        assert!(after_bac.seen.holder && !after_bac.seen.fingers, "the right to irises opens no fingerprints");
        assert_eq!(ended[5].seen.signatures, 2, "the holder's key signs twice");
        assert_eq!(ended[6].chip.life_cycle(), LifeCycle::Terminated);
        assert!(ended[8].session.is_some(), "a PUK opens PACE");
    }
}
