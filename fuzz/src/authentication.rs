//! PACE, Chip, Terminal and Active Authentication: an honest exchange in which one message is a stranger's.

use std::sync::LazyLock;

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::active_authentication::{chip as signer, terminal::Verifier};
use sigillo_channel::chip_authentication::chip::{Carrier, agree};
use sigillo_channel::chip_authentication::{self as ca, CaProtocol, KeyAgreement};
use sigillo_channel::pace::{self, PaceInfo, PaceMapping, PaceProtocol, Password};
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::terminal_authentication::chip::TerminalAuthentication;
use sigillo_channel::terminal_authentication::{Binding, terminal as ta};
use sigillo_channel::{ChannelError, security_info::SecurityInfos};
use sigillo_crypto::{Curve, CurvePrivateKey, HashAlgorithm, RsaPrivateKey, SeededEntropy};
use sigillo_cvc::issue::{Terms, issue, self_signed};
use sigillo_cvc::{
    Chat, ChipState, CvCertificate, CvDate, CvPrivateKey, HolderReference, Role, TerminalType, TrustPoint,
};
use sigillo_tlv::Reader;

/// The messages that can be a stranger's: seven of PACE by each of three mappings, one of Chip Authentication, six of Terminal
/// Authentication and its signature, two signatures of Active Authentication.
const MESSAGES: u8 = 21 + 1 + 7 + 2;

/// The first octet says which message the rest is. What differs from the honest message opens no session and grants nothing.
pub(crate) fn authentication(bytes: &[u8]) {
    codecs(bytes);
    let Some((&which, message)) = bytes.split_first() else { return };
    let honest = exchange(which % MESSAGES, |honest| {
        let kept = honest.clone();
        message.clone_into(honest);
        kept
    });
    if let Some(honest) = honest {
        assert!(same(&honest, message), "message {which}: a stranger's was accepted");
    }
}

/// The honest messages, each behind its number.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let seed = |which| {
        let honest = exchange(which, |honest| honest.clone()).expect("an honest exchange succeeds");
        [vec![which], honest].concat()
    };
    (0..MESSAGES).map(seed).collect()
}

/// What decodes encodes to the same choice.
fn codecs(bytes: &[u8]) {
    if let Ok(selection) = pace::Selection::decode(bytes) {
        assert_eq!(pace::Selection::decode(selection.encode().data()), Ok(selection));
    }
    if let Ok(selection) = ca::Selection::decode(bytes) {
        assert_eq!(ca::Selection::decode(selection.encode().data()), Ok(selection));
    }
    if let Ok(agreement) = KeyAgreement::decode(bytes) {
        assert_eq!(KeyAgreement::decode(agreement.encode().data()), Ok(agreement));
    }
    let _ = ca::decode_general_authenticate(bytes);
    if let Ok(infos) = SecurityInfos::decode(bytes) {
        let _ = (infos.chip_authentication().count(), infos.missing_from(&infos).count());
        let _ = infos.chip_authentication_mapping_key(13);
        let _ = Verifier::new(bytes, Some(&infos));
    }
    if let Ok(key) = ca::decode_public_key(bytes) {
        assert!(Curve::ALL.contains(&key.curve()));
    }
}

/// Whether two messages say the same: the same octets, or the same data objects with lengths written otherwise.
fn same(honest: &[u8], message: &[u8]) -> bool {
    fn flat(octets: &[u8]) -> Option<Vec<(u32, Vec<u8>)>> {
        let mut reader = Reader::new(octets);
        let mut objects = Vec::new();
        while let Some(tlv) = reader.next().ok()? {
            match tlv.tag.number() {
                0x7C => objects.extend(flat(tlv.value)?),
                tag => objects.push((tag, tlv.value.to_vec())),
            }
        }
        Some(objects)
    }
    honest == message || flat(honest).is_some_and(|objects| Some(objects) == flat(message))
}

/// Runs the exchange in which this message may be changed: what the change gave, if everything was accepted in the end.
fn exchange(which: u8, mut change: impl FnMut(&mut Vec<u8>) -> Vec<u8>) -> Option<Vec<u8>> {
    let mut honest = Vec::new();
    let mut at = |step: u8, octets: &mut Vec<u8>| {
        if step == which {
            honest = change(octets);
        }
    };
    let accepted = match which {
        0..=20 => pace_exchange(which / 7, |step, octets| at(which / 7 * 7 + step, octets)),
        21 => chip_authentication(|octets| at(21, octets)),
        22..=28 => terminal_authentication(|step, octets| at(22 + step, octets)),
        _ => active_authentication(which == 29, |octets| at(which, octets)),
    };
    accepted.ok().map(|()| honest)
}

fn answered(octets: Vec<u8>) -> ResponseApdu {
    ResponseApdu::new(octets, StatusWord::Success)
}

fn pace_exchange(mapping: u8, mut at: impl FnMut(u8, &mut Vec<u8>)) -> Result<(), ChannelError> {
    let mapping =
        [PaceMapping::Generic, PaceMapping::Integrated, PaceMapping::ChipAuthentication][usize::from(mapping)];
    let info = PaceInfo { protocol: PaceProtocol::ecdh(mapping, Suite::Aes128), parameter_id: Some(12) };
    let mut entropy = SeededEntropy::new([0x7A; 32]);
    let mut changed = |step, mut octets: Vec<u8>| {
        at(step, &mut octets);
        octets
    };
    let (terminal, _) = pace::terminal::select(&info, Password::can("123456")?, false)?;
    let chip = pace::chip::NonceDue::new(&info, Password::can("123456")?)?;
    let (terminal, command) = terminal.accepted(&answered(Vec::new()))?;
    let (chip, octets) = chip.nonce(command.data(), &mut entropy)?;
    let (terminal, command) = terminal.nonce(&answered(changed(0, octets)), &mut entropy)?;
    let (chip, octets) = chip.map(&changed(1, command.data().to_vec()), Some(&CHIP_KEY), &mut entropy)?;
    let (terminal, command) = terminal.mapped(&answered(changed(2, octets)), &mut entropy)?;
    let (chip, octets) = chip.agree(&changed(3, command.data().to_vec()), &mut entropy)?;
    let (terminal, command) = terminal.agreed(&answered(changed(4, octets)))?;
    let opened = chip.confirm(&changed(5, command.data().to_vec()))?;
    let opened = terminal.confirmed(&answered(changed(6, opened.answer)))?;
    opened.chip_authentication.map_or(Ok(()), |data| data.verify(&CHIP_KEY.public()?))
}

/// Accepted is what the chip's first answer under the new keys proves.
fn chip_authentication(mut at: impl FnMut(&mut Vec<u8>)) -> Result<(), ChannelError> {
    let protocol = CaProtocol::ecdh(Suite::TripleDes);
    let mut entropy = SeededEntropy::new([0x7B; 32]);
    let (exchange, command) = ca::terminal::begin(protocol, &CHIP_KEY.public()?, None, &mut entropy)?;
    let mut data = command.data().to_vec();
    at(&mut data);
    let terminal_key = KeyAgreement::decode(&data)?.terminal_key;
    let mut chip = agree(protocol, &CHIP_KEY, &terminal_key, Carrier::SetKeyAgreement)?;
    let ca::terminal::Progress::Done(mut opened) = exchange.answered(&answered(chip.answer))? else {
        return Err(ChannelError::OutOfTurn);
    };
    let command = opened.session.wrap(&CommandApdu::new(0x00, 0xB0, 0x00, 0x00).with_le(4))?;
    chip.session.unwrap_command(&command)?;
    opened.session.unwrap(&chip.session.wrap_response(&answered(vec![1; 4]))?).map(|_| ())
}

fn terminal_authentication(mut at: impl FnMut(u8, &mut Vec<u8>)) -> Result<(), ChannelError> {
    let binding = || Binding::new(b"CA00000AA4", &[0xC0; 32]);
    let offices = &*OFFICES;
    let mut entropy = SeededEntropy::new([0x7C; 32]);
    let mut chip = TerminalAuthentication::new(binding());
    let state = ChipState { trust_points: &offices.trust_points, date: offices.date };
    let (mut exchange, mut command) = ta::begin(offices.chain.clone(), binding())?;
    let mut step = 0;
    let challenged = loop {
        let mut data = command.data().to_vec();
        at(step, &mut data);
        let head = command.head();
        let octets = match (head.ins, head.p2) {
            (0x22, 0xB6) => chip.set_dst(&state, &data).map(|()| Vec::new())?,
            (0x22, _) => chip.set_at(&data).map(|()| Vec::new())?,
            (0x2A, _) => chip.verify_certificate(&state, &data).map(|_| Vec::new())?,
            _ => data.is_empty().then(|| chip.challenge(&mut entropy).to_vec()).ok_or(ChannelError::TaOrder)?,
        };
        match exchange.answered(&answered(octets))? {
            ta::Progress::Next(next, then) => (exchange, command) = (next, then),
            ta::Progress::Sign(challenged) => break challenged,
        }
        step += 1;
    };
    let (_, command) = challenged.sign(&offices.terminal_key, &mut entropy)?;
    let mut signature = command.data().to_vec();
    at(6, &mut signature);
    let authenticated = chip.external_authenticate(&signature)?;
    assert_eq!(authenticated.rights.bits(), 1, "rights out of nowhere");
    Ok(())
}

fn active_authentication(rsa: bool, mut at: impl FnMut(&mut Vec<u8>)) -> Result<(), ChannelError> {
    let mut entropy = SeededEntropy::new([0x7D; 32]);
    let challenge = [0x11; 8];
    let (verifier, mut signature) = if rsa {
        let signature = signer::sign_rsa(&RSA_KEY, HashAlgorithm::Sha256, &challenge, &mut entropy)?;
        (Verifier::Rsa(RSA_KEY.public()), signature)
    } else {
        let signature = signer::sign_ecdsa(&CHIP_KEY, HashAlgorithm::Sha256, &challenge)?;
        (Verifier::Ecdsa { key: CHIP_KEY.public()?, hash: HashAlgorithm::Sha256 }, signature)
    };
    at(&mut signature);
    verifier.verify(challenge, &answered(signature)).map(|_| ())
}

static CHIP_KEY: LazyLock<CurvePrivateKey> =
    LazyLock::new(|| CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new([0x71; 32])));

static RSA_KEY: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::generate(1024, &mut SeededEntropy::new([0x72; 32])).expect("an allowed size"));

/// A chip's trust point and date, and a terminal that may read DG3.
struct Offices {
    trust_points: Vec<TrustPoint>,
    date: CvDate,
    chain: Vec<CvCertificate>,
    terminal_key: CvPrivateKey,
}

static OFFICES: LazyLock<Offices> = LazyLock::new(|| {
    let key = |seed| CvPrivateKey::Ec {
        hash: HashAlgorithm::Sha256,
        key: CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new([seed; 32])),
    };
    let day = |month| CvDate::new(2026, month, 1).expect("a day");
    let name = |text: &str| HolderReference::decode(text.as_bytes()).expect("a reference");
    let terms = |holder, role, rights| Terms {
        holder: name(holder),
        template: Chat::new(TerminalType::InspectionSystem, role, rights),
        effective: day(1),
        expiration: day(12),
    };
    let mut entropy = SeededEntropy::new([0x73; 32]);
    let (root, verifier, terminal) = (key(0x74), key(0x75), key(0x76));
    let certificate = self_signed(terms("ITCVCA00001", Role::Cvca, 3), &root, &mut entropy).expect("a root");
    let mut below = |terms: Terms, key: &CvPrivateKey, issuer: &str, by: &CvPrivateKey| {
        issue(terms, key.public().expect("a key"), &name(issuer), by, &mut entropy).expect("a certificate")
    };
    Offices {
        trust_points: vec![TrustPoint::from_certificate(&certificate).expect("a root")],
        date: day(6),
        chain: vec![
            below(terms("ITDV00001", Role::DvDomestic, 3), &verifier, "ITCVCA00001", &root),
            below(terms("ITIS00001", Role::Terminal, 1), &terminal, "ITDV00001", &verifier),
        ],
        terminal_key: terminal,
    }
});
