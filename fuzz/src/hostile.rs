//! The line's engine against a card that answers what it likes, and knows the keys.

use sigillo_apdu::{Action, CommandApdu, Driver, Event, ResponseApdu, StatusWord, ins};
use sigillo_channel::scp03::chip::{ChipOpening, ChipSession, initialize, parse_put_key};
use sigillo_perso::{ChipKeys, Limits, Outcome, PersoDriver, chip_files};
use sigillo_profile::Profile;

use crate::fixtures::{key_set, profile, secret};
use crate::script::{self, Step};

/// Kinds of answers in a script.
pub(crate) const RAW: u8 = 0;
pub(crate) const HONEST: u8 = 1;
pub(crate) const WRAPPED: u8 = 2;
pub(crate) const GONE: u8 = 3;
const KINDS: u8 = 4;

const TRANSPORT: u8 = 0xA0;
const FORMATION: u8 = 0x50;

/// Whatever the card answers, the engine comes to an end: the script's answers and what an obedient card would add bound
/// the number of commands. It reports an error or outcomes of the right shape, and never panics.
pub(crate) fn hostile_card(bytes: &[u8]) {
    let answers = script::steps(bytes);
    let profile = profile();
    let mut driver = driver(&profile);
    let mut card = HostileCard { transport: true, opening: None, session: None };
    let most = answers.len() + 1_000;
    let mut answers = answers.into_iter();
    for _ in 0..most {
        let command = match driver.next_action() {
            Action::Done => {
                if let Ok(outcomes) = driver.finish() {
                    check(&profile, &outcomes);
                }
                return;
            }
            Action::Transmit(command) => CommandApdu::decode(command).expect("the engine speaks ISO 7816-4"),
        };
        let answer = card.answer(&command, answers.next());
        let event = answer.as_deref().map_or(Event::CardRemoved, Event::Response);
        if driver.handle(event).is_err() {
            return;
        }
    }
    panic!("the engine did not end after {most} commands");
}

fn check(profile: &Profile, outcomes: &[Outcome]) {
    let largest = profile.files.iter().filter_map(|file| file.size()).max().map_or(0, usize::from);
    for outcome in outcomes {
        match outcome {
            Outcome::KeyPair { name, public_key } => {
                let mut keys = ChipKeys::default();
                keys.insert(name, public_key.clone());
                let _ = chip_files(profile, &keys);
            }
            Outcome::File(file) => assert!(file.len() <= largest, "a file longer than the profile has any"),
            _ => {}
        }
    }
}

/// Every kind of step that the line asks of a chip.
fn driver(profile: &Profile) -> PersoDriver {
    let mut driver = PersoDriver::new(Limits::of_profile(profile));
    driver.identify("identify", [1; 8]);
    driver.open_channel("open", key_set(TRANSPORT));
    driver.replace_keys("keys", &key_set(TRANSPORT), (0x20, 0x30), key_set(FORMATION)).expect("AES-128 keys");
    driver.identify("identify again", [2; 8]);
    driver.open_channel("open again", key_set(FORMATION));
    driver.select_master_file("master file");
    for environment in &profile.environments {
        driver.define_environment("environment", &environment.template());
    }
    for file in &profile.files {
        driver.probe(&file.name, file);
        driver.create_file(&file.name, &profile.file_control_parameters(file).encode());
        if let Some(size) = file.size() {
            let content = vec![0x61; usize::from(size.min(3_000))];
            driver.write(&file.name, file, &content);
            driver.read_back(&file.name, file, &content);
            driver.read(&file.name, file);
        }
    }
    for pair in &profile.key_pairs {
        driver.generate_key_pair("key pair", pair);
    }
    secret().expose(|secret| driver.put_data("secret", 0xDF21, secret));
    driver.deactivate_application("deactivate", &[0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01]);
    driver.lock("lock");
    driver
}

struct HostileCard {
    transport: bool,
    opening: Option<ChipOpening>,
    session: Option<ChipSession>,
}

impl HostileCard {
    /// What the script says, or what an obedient card without memory would; nothing when the card is gone.
    fn answer(&mut self, command: &CommandApdu, step: Option<Step<'_>>) -> Option<Vec<u8>> {
        let (kind, body) = step.map_or((HONEST, &[][..]), |step| (step.kind % KINDS, step.body));
        match kind {
            RAW => Some(body.to_vec()),
            GONE => None,
            kind => Some(self.honest(command, (kind == WRAPPED).then_some(body)).encode()),
        }
    }

    fn honest(&mut self, command: &CommandApdu, body: Option<&[u8]>) -> ResponseApdu {
        let done = |data: &[u8]| ResponseApdu::new(data, StatusWord::Success);
        let (keys, version) = if self.transport { (key_set(TRANSPORT), 0x20) } else { (key_set(FORMATION), 0x30) };
        match command.head().ins {
            ins::INITIALIZE_UPDATE => {
                let host = command.data().try_into().unwrap_or_default();
                let (opening, answer) = initialize(&keys, version, b"TEST-00001", host, [3; 8]).expect("AES-128 keys");
                self.opening = Some(opening);
                return done(&answer);
            }
            ins::EXTERNAL_AUTHENTICATE => {
                self.session = self.opening.take().and_then(|opening| opening.external_authenticate(command).ok());
                return done(&[]);
            }
            _ => {}
        }
        let Some(session) = &mut self.session else { return done(body.unwrap_or_default()) };
        let Ok(plain) = session.unwrap_command(command) else { return done(&[]) };
        let replaced = (plain.head().ins == ins::PUT_KEY && body.is_none())
            .then(|| parse_put_key(keys.dek(), &plain).and_then(|put_key| put_key.answer()).ok())
            .flatten();
        self.transport &= replaced.is_none();
        // The last two bytes of a wrapped answer are its status.
        let answer = match (replaced, body.and_then(|body| body.split_last_chunk::<2>())) {
            (Some(answer), _) => done(&answer),
            (None, Some((data, status))) => ResponseApdu::new(data, StatusWord::from(u16::from_be_bytes(*status))),
            (None, None) => done(&[]),
        };
        session.wrap_response(&answer).unwrap_or_else(|_| done(&[]))
    }
}
