//! A chip on a stage: the chip's ends of the protocols over a handful of files, and every line of it can be changed.
//!
//! It is not the virtual chip: it holds no file system and no access rules, it grants what the play needs.

use std::collections::BTreeMap;

use sigillo_apdu::{Action, CommandApdu, Driver, Event, ResponseApdu, StatusWord, ins};
use sigillo_channel::active_authentication::chip::{sign_ecdsa, sign_rsa};
use sigillo_channel::bac::chip::Challenge;
use sigillo_channel::chip_authentication::chip::{Carrier, agree};
use sigillo_channel::chip_authentication::{
    CaProtocol, KeyAgreement, Selection as CaSelection, decode_general_authenticate,
};
use sigillo_channel::pace::chip::{Agreement, Confirmation, Mapping, NonceDue};
use sigillo_channel::pace::{Password, PasswordReference, Selection};
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::secure_messaging::chip::Session;
use sigillo_channel::security_info::SecurityInfos;
use sigillo_channel::terminal_authentication::Binding;
use sigillo_channel::terminal_authentication::chip::TerminalAuthentication;
use sigillo_crypto::{CurvePrivateKey, HashAlgorithm, RsaPrivateKey, SeededEntropy};
use sigillo_cvc::{ChipState, CvDate, TrustPoint};
use sigillo_inspect::{InspectError, ReadOutcome, ReadSession, Request};

use crate::personalized::secret;

pub(crate) const CAN: &str = "135790";

/// The private key of Active Authentication.
pub(crate) enum SigningKey {
    Ecdsa(CurvePrivateKey, HashAlgorithm),
    Rsa(RsaPrivateKey, HashAlgorithm),
}

type ChangePlain = Box<dyn FnMut(&CommandApdu, ResponseApdu) -> ResponseApdu>;
type ChangeWire = Box<dyn FnMut(usize, &[u8], Vec<u8>) -> Vec<u8>>;

/// What the chip has.
pub(crate) struct Staged {
    /// By short identifier, in the master file.
    pub(crate) master: BTreeMap<u8, Vec<u8>>,
    /// By short identifier, in the application.
    pub(crate) application: BTreeMap<u8, Vec<u8>>,
    pub(crate) chip_keys: Vec<(Option<u8>, CurvePrivateKey)>,
    pub(crate) mapping_key: Option<CurvePrivateKey>,
    pub(crate) signing_key: Option<SigningKey>,
    pub(crate) trust_points: Vec<TrustPoint>,
    pub(crate) date: CvDate,
    pub(crate) document_number: &'static [u8],
    /// Answer to SELECT of any other application.
    pub(crate) services: (Vec<u8>, u16),
    /// What the chip does not take.
    pub(crate) habits: Habits,
    /// Changes an answer inside the session, by the plain command.
    pub(crate) plain: ChangePlain,
    /// Changes what travels back, by the number of the command and the octets of it.
    pub(crate) wire: ChangeWire,
    entropy: SeededEntropy,
    stage: Stage,
}

/// Where a chip is weaker than a terminal may wish.
#[derive(Clone, Copy, Default)]
pub(crate) struct Habits {
    pub(crate) no_short_ids: bool,
    pub(crate) no_extended: bool,
    /// The most octets of a file in one answer.
    pub(crate) at_most: Option<usize>,
    /// Answers longer than this come in pieces, which GET RESPONSE fetches.
    pub(crate) pieces_of: Option<usize>,
}

/// Where the play stands.
#[derive(Default)]
struct Stage {
    challenge: Option<Challenge>,
    pace: Pace,
    session: Option<Session>,
    next_session: Option<Session>,
    in_application: bool,
    current: u8,
    ca: Option<CaSelection>,
    id_picc: Vec<u8>,
    terminal: Option<TerminalAuthentication>,
    may_read_fingers: bool,
    /// What GET RESPONSE will fetch.
    rest: Vec<u8>,
}

#[derive(Default)]
enum Pace {
    #[default]
    Idle,
    NonceDue(NonceDue),
    Mapping(Mapping),
    Agreement(Agreement),
    Confirmation(Confirmation),
}

/// A whole session: what it brought back, how it ended, and every command as it travelled.
pub(crate) struct Play {
    pub(crate) outcome: ReadOutcome,
    pub(crate) end: Result<(), InspectError>,
    pub(crate) commands: Vec<Vec<u8>>,
}

impl Staged {
    pub(crate) fn new() -> Self {
        Self {
            master: BTreeMap::new(),
            application: BTreeMap::new(),
            chip_keys: Vec::new(),
            mapping_key: None,
            signing_key: None,
            trust_points: Vec::new(),
            date: CvDate::decode(&[2, 6, 1, 1, 0, 2]).unwrap(),
            document_number: b"D231458907",
            services: (Vec::new(), 0x6A82),
            habits: Habits::default(),
            plain: Box::new(|_, answer| answer),
            wire: Box::new(|_, _, answer| answer),
            entropy: SeededEntropy::new([0x57; 32]),
            stage: Stage::default(),
        }
    }

    pub(crate) fn play(mut self, request: Request) -> Play {
        let mut entropy = SeededEntropy::new([6; 32]);
        let mut terminal = ReadSession::new(request, &mut entropy);
        let mut commands = Vec::new();
        let end = loop {
            let Action::Transmit(command) = terminal.next_action() else { break Ok(()) };
            let command = command.to_vec();
            let answer = self.answer(&command);
            let answer = (self.wire)(commands.len(), &command, answer);
            commands.push(command);
            if let Err(error) = terminal.handle(Event::Response(&answer)) {
                break Err(error);
            }
        };
        Play { outcome: terminal.into_outcome(), end, commands }
    }

    /// An answer, or the first or next piece of one.
    fn answer(&mut self, octets: &[u8]) -> Vec<u8> {
        let fetches = octets.starts_with(&[0x00, ins::GET_RESPONSE]);
        let whole = if fetches { std::mem::take(&mut self.stage.rest) } else { self.whole_answer(octets) };
        match self.habits.pieces_of {
            Some(most) if whole.len() > most + 2 => {
                self.stage.rest = whole[most..].to_vec();
                let more = u8::try_from(self.stage.rest.len() - 2).unwrap_or(0);
                [&whole[..most], &[0x61, more]].concat()
            }
            _ => whole,
        }
    }

    fn whole_answer(&mut self, octets: &[u8]) -> Vec<u8> {
        let command = CommandApdu::decode(octets).unwrap();
        let Some(mut session) = self.stage.session.take() else {
            return self.perform(&command).encode();
        };
        let Ok(plain) = session.unwrap_command(&command) else { return vec![0x69, 0x88] };
        let refused = self.habits.no_extended && command.is_extended();
        let answer = if refused { ResponseApdu::from(StatusWord::WrongLength) } else { self.perform(&plain) };
        let answer = (self.plain)(&plain, answer);
        let wrapped = session.wrap_response(&answer).unwrap().encode();
        self.stage.session = self.stage.next_session.take().or(Some(session));
        wrapped
    }

    fn perform(&mut self, command: &CommandApdu) -> ResponseApdu {
        let head = command.head();
        let data = self.carry_out(command).unwrap_or_else(|status| ResponseApdu::from(StatusWord::from(status)));
        if matches!(head.ins, ins::READ_BINARY | ins::SELECT) {
            data
        } else {
            ResponseApdu::new(data.data(), data.status())
        }
    }

    fn carry_out(&mut self, command: &CommandApdu) -> Result<ResponseApdu, u16> {
        let head = command.head();
        let success = |data: Vec<u8>| Ok(ResponseApdu::new(data, StatusWord::Success));
        match (head.ins, head.p1, head.p2) {
            (ins::SELECT, 0x02, 0x0C) => {
                // The low five bits of every file identifier here are those of the short one, but for EF.ATR/INFO.
                self.stage.current = command.data()[1] & 0x1F;
                success(Vec::new())
            }
            (ins::SELECT, 0x04, 0x0C) => {
                self.stage.in_application = true;
                success(Vec::new())
            }
            (ins::SELECT, 0x04, _) => Ok(ResponseApdu::new(self.services.0.clone(), StatusWord::from(self.services.1))),
            (ins::READ_BINARY, p1, p2) => self.read(p1, p2, head.le),
            (ins::MANAGE_SECURITY_ENVIRONMENT, 0xC1, 0xA4) => {
                let selection = Selection::decode(command.data()).map_err(|_| 0x6A80u16)?;
                let password = match selection.password {
                    PasswordReference::Can => Password::can(CAN).unwrap(),
                    _ => Password::mrz(&secret()),
                };
                let infos = SecurityInfos::decode(&self.master[&0x1C]).unwrap();
                let info = selection.choose(&infos.pace().collect::<Vec<_>>()).map_err(|_| 0x6A80u16)?;
                self.stage.pace = Pace::NonceDue(NonceDue::new(&info, password).unwrap());
                success(Vec::new())
            }
            (ins::MANAGE_SECURITY_ENVIRONMENT, 0x41, 0xA6) => {
                let KeyAgreement { terminal_key, key_id } =
                    KeyAgreement::decode(command.data()).map_err(|_| 0x6A80u16)?;
                self.agree(CaProtocol::ecdh(Suite::TripleDes), key_id, &terminal_key, Carrier::SetKeyAgreement)
            }
            (ins::MANAGE_SECURITY_ENVIRONMENT, 0x41, 0xA4) => {
                self.stage.ca = Some(CaSelection::decode(command.data()).map_err(|_| 0x6A80u16)?);
                success(Vec::new())
            }
            (ins::GENERAL_AUTHENTICATE, ..) => match self.stage.ca.take() {
                Some(CaSelection { protocol, key_id }) => {
                    let key = decode_general_authenticate(command.data()).map_err(|_| 0x6A80u16)?;
                    self.agree(protocol, key_id, &key, Carrier::GeneralAuthenticate)
                }
                None => self.pace(command.data()).map_err(|error| u16::from(error.chip_status())),
            },
            (ins::GET_CHALLENGE, ..) => match &mut self.stage.terminal {
                Some(terminal) => success(terminal.challenge(&mut self.entropy).to_vec()),
                None => {
                    let drawn = self.stage.challenge.insert(Challenge::draw(&mut self.entropy));
                    success(drawn.octets().to_vec())
                }
            },
            (ins::EXTERNAL_AUTHENTICATE, ..) => match &mut self.stage.terminal {
                Some(terminal) => {
                    let authenticated = terminal.external_authenticate(command.data()).map_err(|_| 0x6300u16)?;
                    self.stage.may_read_fingers = authenticated.rights.include(1);
                    success(Vec::new())
                }
                None => {
                    let challenge = self.stage.challenge.take().ok_or(0x6985u16)?;
                    let opened = challenge.external_authenticate(&secret(), command, &mut self.entropy);
                    let (session, octets) = opened.map_err(|_| 0x6300u16)?;
                    self.stage.session = Some(session);
                    self.stage.id_picc = self.document_number.to_vec();
                    success(octets.to_vec())
                }
            },
            (ins::MANAGE_SECURITY_ENVIRONMENT, 0x81, 0xB6)
            | (ins::PERFORM_SECURITY_OPERATION, 0x00, 0xBE)
            | (ins::MANAGE_SECURITY_ENVIRONMENT, 0x81, 0xA4) => {
                let state = ChipState { trust_points: &self.trust_points, date: self.date };
                let terminal = self.stage.terminal.as_mut().ok_or(0x6985u16)?;
                let done = match head.p2 {
                    0xB6 => terminal.set_dst(&state, command.data()),
                    0xBE => terminal.verify_certificate(&state, command.data()).map(drop),
                    _ => terminal.set_at(command.data()),
                };
                done.map_err(|error| u16::from(error.chip_status()))?;
                success(Vec::new())
            }
            (ins::INTERNAL_AUTHENTICATE, ..) => success(match self.signing_key.as_ref().ok_or(0x6D00u16)? {
                SigningKey::Ecdsa(key, hash) => sign_ecdsa(key, *hash, command.data()).unwrap(),
                SigningKey::Rsa(key, hash) => sign_rsa(key, *hash, command.data(), &mut self.entropy).unwrap(),
            }),
            _ => Err(0x6D00),
        }
    }

    fn read(&mut self, p1: u8, p2: u8, le: u32) -> Result<ResponseApdu, u16> {
        let mut offset = usize::from(u16::from_be_bytes([p1, p2]));
        if p1 & 0x80 != 0 && self.habits.no_short_ids {
            return Err(0x6A86);
        }
        if p1 & 0x80 != 0 {
            (self.stage.current, offset) = (p1 & 0x1F, p2.into());
        }
        if self.stage.in_application && self.stage.current == 3 && !self.stage.may_read_fingers {
            return Err(0x6982);
        }
        let files = if self.stage.in_application { &self.application } else { &self.master };
        let file = files.get(&self.stage.current).ok_or(0x6A82u16)?;
        let rest = file.get(offset..).ok_or(0x6B00u16)?;
        let asked = usize::try_from(le).unwrap().min(self.habits.at_most.unwrap_or(usize::MAX));
        let status = if rest.len() < asked { StatusWord::EndOfFile } else { StatusWord::Success };
        Ok(ResponseApdu::new(&rest[..asked.min(rest.len())], status))
    }

    fn pace(&mut self, data: &[u8]) -> Result<ResponseApdu, sigillo_channel::ChannelError> {
        let (next, answer) = match std::mem::take(&mut self.stage.pace) {
            Pace::NonceDue(due) => {
                let (mapping, answer) = due.nonce(data, &mut self.entropy)?;
                (Pace::Mapping(mapping), answer)
            }
            Pace::Mapping(mapping) => {
                let (agreement, answer) = mapping.map(data, self.mapping_key.as_ref(), &mut self.entropy)?;
                (Pace::Agreement(agreement), answer)
            }
            Pace::Agreement(agreement) => {
                let (confirmation, answer) = agreement.agree(data, &mut self.entropy)?;
                (Pace::Confirmation(confirmation), answer)
            }
            Pace::Confirmation(confirmation) => {
                let opened = confirmation.confirm(data)?;
                self.stage.session = Some(opened.session);
                self.stage.id_picc = opened.id_picc;
                (Pace::Idle, opened.answer)
            }
            Pace::Idle => return Err(sigillo_channel::ChannelError::OutOfTurn),
        };
        self.stage.pace = next;
        Ok(ResponseApdu::new(answer, StatusWord::Success))
    }

    fn agree(
        &mut self,
        protocol: CaProtocol,
        key_id: Option<u8>,
        terminal_key: &[u8],
        carrier: Carrier,
    ) -> Result<ResponseApdu, u16> {
        let (_, key) = self.chip_keys.iter().find(|(id, _)| *id == key_id).ok_or(0x6A88u16)?;
        let opened = agree(protocol, key, terminal_key, carrier).map_err(|_| 0x6A80u16)?;
        self.stage.next_session = Some(opened.session);
        let binding = Binding::new(&self.stage.id_picc, &opened.compressed_key);
        self.stage.terminal = Some(TerminalAuthentication::new(binding));
        Ok(ResponseApdu::new(opened.answer, StatusWord::Success))
    }
}
