//! The terminal against a chip that knows every password, has every file, and answers what it likes: through PACE or BAC,
//! Chip, Terminal and Active Authentication.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;

use sigillo_apdu::{Action, CommandApdu, Driver, Event, ResponseApdu, StatusWord, ins};
use sigillo_channel::active_authentication::chip as active_authentication;
use sigillo_channel::bac::chip::Challenge;
use sigillo_channel::chip_authentication::chip::{self as ca, Carrier};
use sigillo_channel::chip_authentication::{CaProtocol, KeyAgreement, Selection, decode_general_authenticate};
use sigillo_channel::pace::chip::{Agreement, Confirmation, Mapping, NonceDue};
use sigillo_channel::pace::{PaceInfo, PaceMapping, PaceProtocol, PasswordReference};
use sigillo_channel::secure_messaging::{Suite, chip::Session};
use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};
use sigillo_crypto::{Curve, CurvePrivateKey, EcParameters, HashAlgorithm, RsaPrivateKey, SeededEntropy};
use sigillo_inspect::{FileName, ReadOutcome, ReadSession, Report, Request, TerminalCredentials, judge};
use sigillo_lds::DataGroupNumber;
use sigillo_lds::dg14::Dg14;
use sigillo_lds::dg15::Dg15;
use sigillo_profile::Content;

use crate::script::{self, Step};
use crate::specimens::{Kit, kit};

/// Kinds of answers in a script; other numbers begin again.
const RAW: u8 = 0;
const HONEST: u8 = 1;
const WRAPPED: u8 = 2;
const GONE: u8 = 3;
const KINDS: u8 = 4;

/// Choices in the first octet; the low two bits are the mapping of PACE, or no PACE at all.
const OWN_KEYS: u8 = 0x04;
const TRIPLE_DES: u8 = 0x08;
const TERMINAL: u8 = 0x10;
const RSA: u8 = 0x20;

/// What the standard lets a terminal send to one chip before it has gone wrong.
const MOST_COMMANDS: usize = 8_192;
/// Status words that the chip says of itself.
const REFUSED: StatusWord = StatusWord::ConditionsNotSatisfied;
const SERVICES: [u8; 9] = [0xF0, 0x53, 0x49, 0x47, 0x49, 0x4C, 0x4C, 0x4F, 0x01];

/// The terminal comes to an end whatever the chip answers, and never takes it for a genuine one: either it has the genuine
/// files without the chip's private keys, or it has keys of its own and files that say so.
pub(crate) fn impostor(bytes: &[u8]) {
    let (outcome, report) = inspect(bytes);
    assert!(!report.verified, "an impostor was verified:\n{}", report.text());
    let _ = report.with_document(&outcome).text();
}

/// Everything honest in each variant, and what goes wrong at each point of it.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let hex = |text: &str| hex::decode(text).expect("hexadecimal");
    let script = |choice: u8, steps: &[(u8, Vec<u8>)]| [vec![choice], script::encode(steps)].concat();
    let honest = |count| vec![(HONEST, Vec::new()); count];
    let mut seeds: Vec<_> = (0..0x40).filter(|choice| choice & RSA == 0).map(|choice| script(choice, &[])).collect();
    for count in 0..40 {
        for answer in ["6A82", "63009000", "7C009000"] {
            seeds.push(script(OWN_KEYS | TERMINAL, &[honest(count), vec![(WRAPPED, hex(answer))]].concat()));
        }
    }
    let kit = kit();
    for (content, file) in &kit.specimen.files {
        if matches!(content, Content::CardAccess | Content::CardSecurity | Content::Cvca | Content::DataGroup(14 | 15))
        {
            let answer = [file.as_slice(), &[0x90, 0x00]].concat();
            seeds.push(script(OWN_KEYS | TERMINAL | 2, &[honest(8), vec![(WRAPPED, answer)]].concat()));
        }
    }
    seeds.push(script(0, &[(RAW, hex("6982")), (GONE, Vec::new())]));
    seeds
}

fn inspect(bytes: &[u8]) -> (ReadOutcome, Report) {
    let (choice, rest) = bytes.split_first().map_or((0, bytes), |(choice, rest)| (*choice, rest));
    let kit = kit();
    let mut steps = script::steps(rest).into_iter();
    let mut entropy = SeededEntropy::new([3; 32]);
    let mut request = Request::with_mrz(kit.specimen.mrz_secret())
        .probing_the_lock()
        .probing_closed_files()
        .asking_for_services(&SERVICES);
    if choice & TERMINAL != 0 {
        let chain = kit.terminal(false, 3);
        request = request.and_terminal(TerminalCredentials::new(chain.certificates, chain.key).expect("a terminal"));
    }
    let mut terminal = ReadSession::new(request, &mut entropy);
    let mut chip = Impostor::new(choice);
    let mut commands = 0;
    loop {
        let command = match terminal.next_action() {
            Action::Done => break,
            Action::Transmit(command) => CommandApdu::decode(command).expect("the terminal speaks ISO 7816-4"),
        };
        commands += 1;
        assert!(commands <= MOST_COMMANDS, "the terminal did not end");
        let answer = chip.answer(&command, steps.next());
        if terminal.handle(answer.as_deref().map_or(Event::CardRemoved, Event::Response)).is_err() {
            break;
        }
    }
    let outcome = terminal.into_outcome();
    let anchors = std::slice::from_ref(kit.specimen.csca());
    let checks = judge(&outcome, anchors, &kit.specimen.mrz_secret(), kit.specimen.now());
    let report = Report::new(&outcome, checks);
    // A proof that needs a private key holds for the key that the impostor itself put into the file.
    let group = |number| FileName::DataGroup(DataGroupNumber::new(number).expect("a data group"));
    let is_genuine =
        |number| outcome.file(group(number)) == kit.specimen.files.get(&Content::DataGroup(number)).map(Vec::as_slice);
    assert!(outcome.chip_authentication.passed().is_none() || !is_genuine(14), "chip authentication without the key");
    assert!(
        outcome.active_authentication.passed().is_none() || !is_genuine(15),
        "active authentication without the key"
    );
    (outcome, report)
}

struct Impostor {
    kit: Rc<Kit>,
    entropy: SeededEntropy,
    /// By whether they are of the application, and by short file identifier.
    files: BTreeMap<(bool, u8), Vec<u8>>,
    pace: PaceInfo,
    is_rsa: bool,
    in_application: bool,
    current: (bool, u8),
    handshake: Option<Handshake>,
    session: Option<Session>,
    /// Takes the place of the session once the answer has left.
    next_session: Option<Session>,
}

/// What the next command belongs to.
enum Handshake {
    Bac(Challenge),
    Nonce(NonceDue),
    Mapping(Mapping),
    Agreement(Agreement),
    Confirmation(Confirmation),
    ChipAuthentication(CaProtocol),
}

impl Impostor {
    fn new(choice: u8) -> Self {
        let kit = kit();
        let mut files = BTreeMap::new();
        for (content, file) in &kit.specimen.files {
            if let Some(place) = place(*content) {
                files.insert(place, file.clone());
            }
        }
        let pace = if choice & OWN_KEYS == 0 { genuine_pace(&files) } else { own_files(choice, &mut files) };
        Self {
            kit,
            entropy: SeededEntropy::new([4; 32]),
            files,
            pace,
            is_rsa: choice & RSA != 0,
            in_application: false,
            current: (false, 0),
            handshake: None,
            session: None,
            next_session: None,
        }
    }

    /// What the script says; after it, honesty. Nothing when the chip is gone.
    fn answer(&mut self, command: &CommandApdu, step: Option<Step<'_>>) -> Option<Vec<u8>> {
        let (kind, body) = step.map_or((HONEST, &[][..]), |step| (step.kind % KINDS, step.body));
        match kind {
            RAW => Some(body.to_vec()),
            GONE => None,
            kind => Some(self.respond(command, (kind == WRAPPED).then_some(body)).encode()),
        }
    }

    fn respond(&mut self, command: &CommandApdu, body: Option<&[u8]>) -> ResponseApdu {
        let Some(mut session) = self.session.take() else {
            let answer = said(body).unwrap_or_else(|| self.serve(command, SHORT));
            self.session = self.next_session.take();
            return answer;
        };
        let Ok(plain) = session.unwrap_command(command) else { return REFUSED.into() };
        let room = session.max_plain_answer();
        let answer = said(body).unwrap_or_else(|| self.serve(&plain, room));
        let wrapped = session.wrap_response(&answer).unwrap_or_else(|_| REFUSED.into());
        self.session = self.next_session.take().or(Some(session));
        wrapped
    }

    fn serve(&mut self, command: &CommandApdu, room: usize) -> ResponseApdu {
        let head = command.head();
        let served = match (head.cla, head.ins, head.p1, head.p2) {
            (0x80, ..) => None,
            (_, ins::SELECT, ..) => self.select(command),
            (_, ins::READ_BINARY, p1, p2) => self.read(p1, p2, usize::try_from(head.le).unwrap_or(SHORT).min(room)),
            (_, MANAGE_SECURITY_ENVIRONMENT, p1, p2) => self.manage(p1, p2, command.data()),
            (_, ins::GENERAL_AUTHENTICATE, ..) => self.general_authenticate(command.data()),
            (_, VERIFY_CERTIFICATE, ..) => Some(Vec::new()),
            (_, ins::GET_CHALLENGE, ..) => {
                let challenge = Challenge::draw(&mut self.entropy);
                let octets = challenge.octets().to_vec();
                self.handshake = Some(Handshake::Bac(challenge));
                Some(octets)
            }
            (_, ins::EXTERNAL_AUTHENTICATE, ..) => self.external_authenticate(command),
            (_, ins::INTERNAL_AUTHENTICATE, ..) => self.sign(command.data()),
            _ => None,
        };
        match served {
            Some(_) if command.data() == SERVICES => {
                ResponseApdu::new([0x62, 0x03, 0x8A, 0x01, 0x04], StatusWord::FileDeactivated)
            }
            Some(data) => ResponseApdu::new(data, StatusWord::Success),
            None if head.ins == ins::READ_BINARY => StatusWord::FileNotFound.into(),
            None => REFUSED.into(),
        }
    }

    fn select(&mut self, command: &CommandApdu) -> Option<Vec<u8>> {
        match (command.head().p1, command.data()) {
            (0x04, name) => self.in_application = *name != SERVICES,
            (_, [0x3F, 0x00]) => self.in_application = false,
            (_, [_, low]) => self.current = (self.in_application, *low),
            _ => return None,
        }
        Some(Vec::new())
    }

    fn read(&mut self, p1: u8, p2: u8, most: usize) -> Option<Vec<u8>> {
        let mut offset = usize::from(u16::from_be_bytes([p1, p2]));
        if p1 & 0x80 != 0 {
            self.current = (self.in_application, p1 & 0x1F);
            offset = p2.into();
        }
        let rest = self.files.get(&self.current)?.get(offset..)?;
        Some(rest[..rest.len().min(most)].to_vec())
    }

    fn manage(&mut self, p1: u8, p2: u8, data: &[u8]) -> Option<Vec<u8>> {
        match (p1, p2) {
            (0xC1, 0xA4) => {
                let password = self.kit.password(PasswordReference::Mrz);
                self.handshake = Some(Handshake::Nonce(NonceDue::new(&self.pace, password).ok()?));
            }
            (0x41, 0xA4) => {
                self.handshake = Some(Handshake::ChipAuthentication(Selection::decode(data).ok()?.protocol));
            }
            (0x41, _) => {
                let agreement = KeyAgreement::decode(data).ok()?;
                let protocol = CaProtocol::ecdh(Suite::TripleDes);
                return self.agree(protocol, &agreement.terminal_key, Carrier::SetKeyAgreement);
            }
            _ => {}
        }
        Some(Vec::new())
    }

    fn general_authenticate(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        let (next, answer) = match self.handshake.take()? {
            Handshake::Nonce(due) => {
                let (next, answer) = due.nonce(data, &mut self.entropy).ok()?;
                (Handshake::Mapping(next), answer)
            }
            Handshake::Mapping(due) => {
                let (next, answer) = due.map(data, Some(own_key(self.pace.curve()?)), &mut self.entropy).ok()?;
                (Handshake::Agreement(next), answer)
            }
            Handshake::Agreement(due) => {
                let (next, answer) = due.agree(data, &mut self.entropy).ok()?;
                (Handshake::Confirmation(next), answer)
            }
            Handshake::Confirmation(due) => {
                let opened = due.confirm(data).ok()?;
                self.next_session = Some(opened.session);
                return Some(opened.answer);
            }
            Handshake::ChipAuthentication(protocol) => {
                return self.agree(protocol, &decode_general_authenticate(data).ok()?, Carrier::GeneralAuthenticate);
            }
            Handshake::Bac(_) => return None,
        };
        self.handshake = Some(next);
        Some(answer)
    }

    fn agree(&mut self, protocol: CaProtocol, terminal_key: &[u8], carrier: Carrier) -> Option<Vec<u8>> {
        let curve = if terminal_key.len() > P256_POINT { Curve::BrainpoolP384r1 } else { Curve::P256 };
        let opened = ca::agree(protocol, own_key(curve), terminal_key, carrier).ok()?;
        self.next_session = Some(opened.session);
        Some(opened.answer)
    }

    /// Of Basic Access Control; every terminal's signature is believed.
    fn external_authenticate(&mut self, command: &CommandApdu) -> Option<Vec<u8>> {
        let Some(Handshake::Bac(challenge)) = self.handshake.take() else { return Some(Vec::new()) };
        match challenge.external_authenticate(&self.kit.specimen.mrz_secret(), command, &mut self.entropy) {
            Ok((session, answer)) => {
                self.next_session = Some(session);
                Some(answer)
            }
            Err(_) => Some(Vec::new()),
        }
    }

    fn sign(&mut self, challenge: &[u8]) -> Option<Vec<u8>> {
        if self.is_rsa {
            return active_authentication::sign_rsa(&RSA_KEY, HashAlgorithm::Sha256, challenge, &mut self.entropy).ok();
        }
        active_authentication::sign_ecdsa(own_key(Curve::P256), HashAlgorithm::Sha256, challenge).ok()
    }
}

/// The script's data with its status word at the end.
fn said(body: Option<&[u8]>) -> Option<ResponseApdu> {
    let (data, status) = body?.split_last_chunk::<2>()?;
    Some(ResponseApdu::new(data, StatusWord::from(u16::from_be_bytes(*status))))
}

fn place(content: Content) -> Option<(bool, u8)> {
    match content {
        Content::AtrInfo => Some((false, 0x01)),
        Content::CardAccess => Some((false, 0x1C)),
        Content::CardSecurity => Some((false, 0x1D)),
        Content::Cvca => Some((true, 0x1C)),
        Content::Com => Some((true, 0x1E)),
        Content::Sod => Some((true, 0x1D)),
        Content::DataGroup(number) => Some((true, number)),
        _ => None,
    }
}

/// What a terminal chooses from the genuine EF.CardAccess.
fn genuine_pace(files: &BTreeMap<(bool, u8), Vec<u8>>) -> PaceInfo {
    let offered = SecurityInfos::decode(&files[&CARD_ACCESS]).expect("SecurityInfos");
    offered.pace().max_by_key(|info| info.parameter_id).expect("PACE is offered")
}

/// Puts files with the impostor's own keys where the genuine ones were.
fn own_files(choice: u8, files: &mut BTreeMap<(bool, u8), Vec<u8>>) -> PaceInfo {
    use PaceMapping::{ChipAuthentication, Generic, Integrated};
    let mapping = [Generic, Integrated, ChipAuthentication, Generic][usize::from(choice & 3)];
    let pace = PaceInfo { protocol: PaceProtocol::ecdh(mapping, Suite::Aes128), parameter_id: Some(12) };
    if choice & 3 == 3 {
        files.remove(&CARD_ACCESS);
    } else {
        files.insert(CARD_ACCESS, SecurityInfos::new(vec![SecurityInfo::Pace(pace)]).encode());
    }
    if mapping == ChipAuthentication {
        files.insert(CARD_SECURITY, OWN_CARD_SECURITY.with(Clone::clone));
    }
    let suite = if choice & TRIPLE_DES != 0 { Suite::TripleDes } else { Suite::Aes128 };
    let infos = vec![
        SecurityInfo::Pace(pace),
        SecurityInfo::ChipAuthentication { protocol: CaProtocol::ecdh(suite), key_id: None },
        SecurityInfo::ChipAuthenticationPublicKey { public_key: own_public_key(), key_id: None },
        SecurityInfo::TerminalAuthentication { ef_cvca: None },
        SecurityInfo::ActiveAuthentication { hash: HashAlgorithm::Sha256 },
    ];
    let infos = SecurityInfos::new(infos).encode();
    files.insert((true, 14), Dg14::new(infos).expect("SecurityInfos").encode());
    let key = if choice & RSA != 0 { RSA_KEY.public().to_spki_der().expect("a key") } else { own_public_key() };
    files.insert((true, 15), Dg15::new(key).expect("a key").encode());
    pace
}

fn own_key(curve: Curve) -> &'static CurvePrivateKey {
    if curve == Curve::P256 { &OWN_KEY } else { &OWN_LONG_KEY }
}

fn own_public_key() -> Vec<u8> {
    OWN_KEY.public().and_then(|key| key.to_spki_der(EcParameters::Explicit)).expect("a key")
}

static OWN_KEY: LazyLock<CurvePrivateKey> =
    LazyLock::new(|| CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new([0x81; 32])));
static OWN_LONG_KEY: LazyLock<CurvePrivateKey> =
    LazyLock::new(|| CurvePrivateKey::generate(Curve::BrainpoolP384r1, &mut SeededEntropy::new([0x82; 32])));
static RSA_KEY: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::generate(1024, &mut SeededEntropy::new([0x83; 32])).expect("an allowed size"));

thread_local! {
    /// Signed by the genuine issuer: so the mapping's proof holds, and what follows it is reached.
    static OWN_CARD_SECURITY: Vec<u8> = {
        let protocol = PaceProtocol::ecdh(PaceMapping::ChipAuthentication, Suite::Aes128);
        let infos = SecurityInfos::new(vec![
            SecurityInfo::Pace(PaceInfo { protocol, parameter_id: Some(12) }),
            SecurityInfo::ChipAuthenticationPublicKey { public_key: own_public_key(), key_id: Some(12) },
        ]);
        let kit = kit();
        kit.specimen.issuer.sign_card_security(&infos.encode(), kit.specimen.now()).expect("SecurityInfos")
    };
}

const CARD_ACCESS: (bool, u8) = (false, 0x1C);
const CARD_SECURITY: (bool, u8) = (false, 0x1D);
const MANAGE_SECURITY_ENVIRONMENT: u8 = 0x22;
const VERIFY_CERTIFICATE: u8 = 0x2A;
const SHORT: usize = 256;
const P256_POINT: usize = 65;

#[cfg(test)]
mod tests {
    use super::*;

    fn honest(choice: u8) -> (ReadOutcome, Report) {
        inspect(&[choice])
    }

    #[test]
    fn an_impostor_with_its_own_keys_is_followed_through_every_protocol() {
        for choice in [0, 1, 2, 3, TRIPLE_DES, RSA] {
            let (outcome, report) = honest(choice | OWN_KEYS | TERMINAL);
            assert!(outcome.chip_authentication.passed().is_some(), "{choice}\n{}", report.text());
            assert!(outcome.terminal_authentication.passed().is_some(), "{choice}\n{}", report.text());
            assert!(outcome.active_authentication.passed().is_some(), "{choice}\n{}", report.text());
            assert!(outcome.services.passed().is_some() || choice == 3, "{choice}\n{}", report.text());
            assert_eq!(outcome.chip_authentication_mapping.passed().is_some(), choice == 2);
            assert!(outcome.broken.is_none());
        }
    }

    #[test]
    fn an_impostor_with_the_genuine_files_fails_at_the_key_alone() {
        let (outcome, report) = honest(0);
        let failed: Vec<_> =
            report.checks.iter().filter(|check| check.is_failed()).map(|check| check.name.as_str()).collect();
        assert_eq!(failed, ["chip-authentication"], "{}", report.text());
        assert!(outcome.access.is_some());
    }
}
