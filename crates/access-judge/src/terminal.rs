//! A terminal that comes as far as a state says, by the public ends of the protocols.

use sigillo_apdu::{CommandApdu, ResponseApdu, ins};
use sigillo_channel::pace::{self, PaceMapping};
use sigillo_channel::scp03::host::{HostSession, initialize_update};
use sigillo_channel::secure_messaging::terminal::Session;
use sigillo_channel::security_info::SecurityInfos;
use sigillo_channel::{ChannelError, bac, chip_authentication, terminal_authentication};
use sigillo_crypto::Entropy;
use sigillo_cvc::TerminalType;
use sigillo_tlv::{single, total_length};

use crate::state::State;
use crate::subject::Subject;

pub(crate) const EMRTD: [u8; 7] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];
pub(crate) const ESERVICES: [u8; 9] = [0xF0, 0x53, 0x49, 0x47, 0x49, 0x4C, 0x4C, 0x4F, 0x01];

/// The channel that is open.
pub(crate) enum Link {
    Plain,
    Scp03(Box<HostSession>),
    SecureMessaging(Box<Session>),
}

/// A terminal at work.
pub(crate) struct Terminal<'a> {
    subject: &'a mut dyn Subject,
    entropy: &'a mut dyn Entropy,
    link: Link,
}

/// Why a state was not reached.
#[derive(Debug)]
pub(crate) struct NotReached(pub(crate) String);

impl From<ChannelError> for NotReached {
    fn from(error: ChannelError) -> Self {
        Self(error.to_string())
    }
}

impl<'a> Terminal<'a> {
    /// Resets the chip and proves what the state says.
    pub(crate) fn reach(
        state: State,
        subject: &'a mut dyn Subject,
        entropy: &'a mut dyn Entropy,
    ) -> Result<Self, NotReached> {
        subject.reset();
        let mut terminal = Self { subject, entropy, link: Link::Plain };
        let inspection = TerminalType::InspectionSystem;
        let office = TerminalType::Office;
        match state {
            State::Nobody => {}
            State::Formation => terminal.open_scp03()?,
            State::Bac => terminal.open_bac()?,
            State::PaceMrz => drop(terminal.open_pace_with_mrz()?),
            State::PaceCan => {
                let can = terminal.subject.can();
                terminal.open_pace(can)?;
            }
            State::PacePin => {
                let pin = terminal.subject.pin();
                terminal.open_pace(pin)?;
            }
            State::BacCa => {
                terminal.open_bac()?;
                terminal.authenticate_chip()?;
            }
            State::PaceCa => {
                terminal.open_pace_with_mrz()?;
                terminal.authenticate_chip()?;
            }
            State::InspectionNone => terminal.authenticate_after_pace(&inspection, 0)?,
            State::InspectionDg3 => terminal.authenticate_after_pace(&inspection, 1)?,
            State::InspectionDg4 => terminal.authenticate_after_pace(&inspection, 2)?,
            State::InspectionBoth => terminal.authenticate_after_pace(&inspection, 3)?,
            State::BacInspectionBoth => terminal.authenticate_after_bac(&inspection, 3)?,
            State::BacOfficeAll => terminal.authenticate_after_bac(&office, 7)?,
            State::OfficeNone => terminal.authenticate_after_pace(&office, 0)?,
            State::OfficeCodes => terminal.authenticate_after_pace(&office, 1)?,
            State::OfficeActivate => terminal.authenticate_after_pace(&office, 2)?,
            State::OfficeTerminate => terminal.authenticate_after_pace(&office, 4)?,
            State::OfficeAll => terminal.authenticate_after_pace(&office, 7)?,
            State::Holder => {
                let can = terminal.subject.can();
                terminal.open_pace(can)?;
                terminal.must(&select_application(&ESERVICES))?;
                let pin = terminal.subject.pin_digits().expose(<[u8]>::to_vec);
                terminal.must(&CommandApdu::new(0x00, ins::VERIFY, 0x00, 0x03).with_data(pin))?;
            }
        }
        Ok(terminal)
    }

    /// Sends one command through the channel; a channel that broke is an answer of its own: the plain one.
    pub(crate) fn send(&mut self, command: &CommandApdu) -> Result<ResponseApdu, NotReached> {
        let malformed = |_| NotReached("the chip's answer is no response".to_owned());
        match &mut self.link {
            Link::Plain => ResponseApdu::decode(&self.subject.transmit(&command.encode())).map_err(malformed),
            Link::Scp03(session) => {
                let wrapped = session.wrap(command)?;
                let answer = ResponseApdu::decode(&self.subject.transmit(&wrapped.encode())).map_err(malformed)?;
                session.unwrap(&answer).or(Ok(answer))
            }
            Link::SecureMessaging(session) => {
                let wrapped = session.wrap(command)?;
                let answer = ResponseApdu::decode(&self.subject.transmit(&wrapped.encode())).map_err(malformed)?;
                session.unwrap(&answer).or(Ok(answer))
            }
        }
    }

    fn must(&mut self, command: &CommandApdu) -> Result<ResponseApdu, NotReached> {
        let answer = self.send(command)?;
        match answer.status().is_success() {
            true => Ok(answer),
            false => Err(NotReached(format!("{:?} was answered with {}", command.head(), answer.status()))),
        }
    }

    fn open_scp03(&mut self) -> Result<(), NotReached> {
        let mut challenge = [0; 8];
        self.entropy.fill(&mut challenge);
        let (opening, command) = initialize_update(challenge);
        let answer = self.must(&command)?;
        let keys = self.subject.formation_keys();
        let (session, command) = opening.card_answer(answer.data())?.authenticate(&keys)?;
        self.must(&command)?;
        self.link = Link::Scp03(Box::new(session));
        Ok(())
    }

    fn open_bac(&mut self) -> Result<(), NotReached> {
        self.must(&select_application(&EMRTD))?;
        let challenge = self.must(&bac::terminal::get_challenge())?;
        let secret = self.subject.mrz_secret();
        let (pending, command) = bac::terminal::answer(&secret, challenge.data(), self.entropy)?;
        let answer = self.send(&command)?;
        self.link = Link::SecureMessaging(Box::new(pending.finish(&answer)?));
        Ok(())
    }

    fn open_pace_with_mrz(&mut self) -> Result<Vec<u8>, NotReached> {
        let password = pace::Password::mrz(&self.subject.mrz_secret());
        self.open_pace(password)
    }

    /// PACE in the master file, by generic mapping; the application is selected inside. Yields the chip's identifier.
    fn open_pace(&mut self, password: pace::Password) -> Result<Vec<u8>, NotReached> {
        let infos = self.infos(0x9C, 0x31)?;
        let info = infos.pace().find(|info| info.protocol.mapping() == PaceMapping::Generic);
        let info = info.ok_or_else(|| NotReached("the chip offers no generic mapping".to_owned()))?;
        let (selected, command) = pace::terminal::select(&info, password, true)?;
        let answer = self.send(&command)?;
        let (asked, command) = selected.accepted(&answer)?;
        let answer = self.send(&command)?;
        let (mapping, command) = asked.nonce(&answer, self.entropy)?;
        let answer = self.send(&command)?;
        let (agreement, command) = mapping.mapped(&answer, self.entropy)?;
        let answer = self.send(&command)?;
        let (confirmation, command) = agreement.agreed(&answer)?;
        let answer = self.send(&command)?;
        let opened = confirmation.confirmed(&answer)?;
        self.link = Link::SecureMessaging(Box::new(opened.session));
        Ok(opened.id_picc)
    }

    /// Chip Authentication with the first AES entry of DG14; yields the terminal's compressed key.
    fn authenticate_chip(&mut self) -> Result<Vec<u8>, NotReached> {
        self.must(&select_application(&EMRTD))?;
        let missing = || NotReached("DG14 offers no Chip Authentication".to_owned());
        let infos = self.infos(0x8E, 0x6E)?;
        let (protocol, key_id) = infos.chip_authentication().next().ok_or_else(missing)?;
        let key = infos.chip_authentication_key(key_id).ok_or_else(missing)?;
        let key = chip_authentication::decode_public_key(key)?;
        let (mut exchange, mut command) = chip_authentication::terminal::begin(protocol, &key, key_id, self.entropy)?;
        loop {
            let answer = self.must(&command)?;
            match exchange.answered(&answer)? {
                chip_authentication::terminal::Progress::Next(next, following) => {
                    (exchange, command) = (next, following)
                }
                chip_authentication::terminal::Progress::Done(opened) => {
                    self.link = Link::SecureMessaging(Box::new(opened.session));
                    return Ok(opened.compressed_key);
                }
            }
        }
    }

    fn authenticate_after_bac(&mut self, terminal: &TerminalType, rights: u8) -> Result<(), NotReached> {
        self.open_bac()?;
        let id_picc = self.subject.document_number();
        let compressed_key = self.authenticate_chip()?;
        self.authenticate_terminal(terminal, rights, id_picc, compressed_key)
    }

    fn authenticate_after_pace(&mut self, terminal: &TerminalType, rights: u8) -> Result<(), NotReached> {
        let id_picc = self.open_pace_with_mrz()?;
        let compressed_key = self.authenticate_chip()?;
        self.authenticate_terminal(terminal, rights, id_picc, compressed_key)
    }

    fn authenticate_terminal(
        &mut self,
        terminal: &TerminalType,
        rights: u8,
        id_picc: Vec<u8>,
        compressed_key: Vec<u8>,
    ) -> Result<(), NotReached> {
        use terminal_authentication::terminal::{Progress, begin};
        let binding = terminal_authentication::Binding::new(&id_picc, &compressed_key);
        let (mut exchange, mut command) = begin(self.subject.chain(terminal, rights), binding)?;
        let challenged = loop {
            let answer = self.must(&command)?;
            match exchange.answered(&answer)? {
                Progress::Next(next, following) => (exchange, command) = (next, following),
                Progress::Sign(challenged) => break challenged,
            }
        };
        let signature = challenged.expose(|message| self.subject.sign(terminal, rights, message));
        let (pending, command) = challenged.signed(&signature);
        let answer = self.send(&command)?;
        Ok(pending.finish(&answer)?)
    }

    /// The SecurityInfos of a small file by short identifier; DG14 has them inside its own tag.
    fn infos(&mut self, short_identifier: u8, tag: u32) -> Result<SecurityInfos, NotReached> {
        let mut file = Vec::new();
        loop {
            let [high, low] = u16::try_from(file.len()).unwrap_or(0x7FFF).to_be_bytes();
            let (p1, p2) = if file.is_empty() { (short_identifier, 0) } else { (high, low) };
            let answer = self.send(&CommandApdu::new(0x00, ins::READ_BINARY, p1, p2).with_le(0xC0))?;
            if answer.data().is_empty() {
                return Err(NotReached(format!("a file was answered with {}", answer.status())));
            }
            file.extend_from_slice(answer.data());
            if let Ok(Some(whole)) = total_length(&file)
                && file.len() >= whole
            {
                file.truncate(whole);
                break;
            }
        }
        let malformed = |_| NotReached("a file holds no SecurityInfos".to_owned());
        let set = if tag == 0x31 { file.as_slice() } else { single(&file, tag).map_err(malformed)?.value };
        Ok(SecurityInfos::decode(set)?)
    }
}

/// SELECT of an application by its whole name.
pub(crate) fn select_application(name: &[u8]) -> CommandApdu {
    CommandApdu::new(0x00, ins::SELECT, 0x04, 0x0C).with_data(name)
}
