//! The least possible on the wire, by the formula that `benches/README.md` publishes. It shares no code with the engines
//! that are measured: lengths alone, from the profile's rows and the sizes of the files.

use std::iter::Sum;
use std::ops::Add;

use sigillo_profile::{Content, FileKind, Profile};

/// APDUs, and octets both ways.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Cost {
    pub(crate) apdus: u64,
    pub(crate) octets: u64,
}

/// The longest command and response in whole octets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire {
    pub(crate) command: usize,
    pub(crate) response: usize,
}

/// How data travel.
#[derive(Clone, Copy)]
enum Channel {
    Plain,
    Scp03,
    /// Secure messaging, with the block of its cipher.
    SecureMessaging(usize),
}

/// Length of a file's content on the finished chip.
pub(crate) type Length<'l> = &'l dyn Fn(Content) -> usize;

/// Initialization and formation without any reading.
pub(crate) fn writing(profile: &Profile, wire: Wire, length: Length<'_>) -> Cost {
    use Channel::Scp03;
    // Two key sets: transport in initialization, and formation in both phases.
    let authentication: Cost = (0..3).map(|_| initialize_update(Some(29)) + external_authenticate()).sum();
    let put_key = one(Scp03, 1 + 3 * (2 + 16 + 1 + 3), Some(1 + 3 * 3));
    let environments: Cost = profile.environments.iter().map(|row| one(Scp03, row.template().len(), None)).sum();
    let point = 3 + 2 + 65;
    let key_pairs: Cost = profile.key_pairs.iter().map(|pair| one(Scp03, pair.template().len(), Some(point))).sum();
    let secrets: Cost = profile.secrets.iter().map(|_| one(Scp03, 20, None)).sum();
    let creates: Cost =
        profile.files.iter().map(|row| one(Scp03, profile.file_control_parameters(row).encode().len(), None)).sum();
    let updates: Cost = contents(profile).map(|content| updates(wire, length(content))).sum();
    let applications: Cost = profile.files.iter().map(select_application).sum();
    let lock = one(Scp03, 2, None) + one(Scp03, 0, None);
    authentication + put_key + environments + key_pairs + secrets + creates + updates + applications + lock
}

/// Each phase reads back what the chip then holds: the chip's own files in initialization, all in formation.
pub(crate) fn read_back(profile: &Profile, wire: Wire, length: Length<'_>) -> Cost {
    let own = [Content::AtrInfo, Content::Dir, Content::DataGroup(14)];
    let initialization = contents(profile).filter(|content| own.contains(content));
    initialization.chain(contents(profile)).map(|content| reads(Channel::Scp03, wire, length(content))).sum()
}

/// The public read of the release gate: lock probe, Basic Access Control, every readable file, one refusal of each closed one.
pub(crate) fn public_read(profile: &Profile, wire: Wire, length: Length<'_>) -> Cost {
    use Channel::Plain;
    let bac = one(Plain, 0, Some(8)) + one(Plain, 40, Some(40));
    let applications: Cost = profile.files.iter().filter_map(aid).map(|aid| one(Plain, aid.len(), None)).sum();
    let files: Cost = contents(profile)
        .filter(|content| matches!(content, Content::Com | Content::Sod | Content::DataGroup(_)))
        .map(|content| match content {
            Content::DataGroup(3 | 4) => refused_read(),
            content => reads(TRIPLE_DES, wire, length(content)),
        })
        .sum();
    // EF.ATR/INFO is how lengths are negotiated: short APDUs need none. EF.CardAccess is asked for by ICAO 9303-11, 4.2.
    let negotiation = match wire.response > SHORT_RESPONSE {
        true => one(Plain, 0, Some(length(Content::AtrInfo))),
        false => Cost::default(),
    };
    let no_card_access = one(Plain, 0, Some(0));
    initialize_update(None) + negotiation + no_card_access + applications + bac + files
}

/// What an inspection is made of besides the files: PACE with AES, Chip Authentication with AES, Terminal Authentication.
pub(crate) struct Protocols<'a> {
    /// Octets of PACE's encrypted nonce.
    pub(crate) nonce: usize,
    /// Octets of an uncompressed point of PACE, and of Chip Authentication.
    pub(crate) points: [usize; 2],
    /// Whether EF.CardAccess has several entries of the protocol, and DG14 several keys: then the choice has three octets more.
    pub(crate) named: [bool; 2],
    /// Octets of the references that Terminal Authentication sets before each certificate, and of each certificate's content.
    pub(crate) certificates: &'a [(usize, usize)],
    /// Octets of the terminal's name.
    pub(crate) terminal: usize,
    /// Octets of the signature of Active Authentication, if there is one.
    pub(crate) active: Option<usize>,
}

/// An inspection with every right: PACE, Chip and Terminal Authentication, all files.
pub(crate) fn inspection(profile: &Profile, wire: Wire, protocols: &Protocols<'_>, length: Length<'_>) -> Cost {
    let file = |channel, content| reads(channel, wire, length(content));
    let negotiation = match wire.response > SHORT_RESPONSE {
        true => one(Channel::Plain, 0, Some(length(Content::AtrInfo))),
        false => Cost::default(),
    };
    let card_access = file(Channel::Plain, Content::CardAccess);
    let name = |named| if named { 3 } else { 0 };
    let [pace_point, point] = protocols.points;
    let exchange = |data: usize, answer: usize| one(Channel::Plain, tlv(tlv(data)), Some(tlv(tlv(answer))));
    let pace = one(Channel::Plain, tlv(OID) + tlv(1) + name(protocols.named[0]), None)
        + one(Channel::Plain, tlv(0), Some(tlv(tlv(protocols.nonce))))
        + exchange(pace_point, pace_point)
        + exchange(pace_point, pace_point)
        + exchange(MAC, MAC);
    let application: Cost = profile.files.iter().filter_map(aid).take(1).map(|aid| one(AES, aid.len(), None)).sum();
    let first = [Content::Com, Content::Sod, Content::DataGroup(14)];
    let chip_authentication =
        one(AES, tlv(OID) + name(protocols.named[1]), None) + one(AES, tlv(tlv(point)), Some(tlv(0)));
    let certificates: Cost = protocols
        .certificates
        .iter()
        .map(|(reference, content)| one(AES, tlv(*reference), None) + one(AES, *content, None))
        .sum();
    let terminal_authentication =
        certificates + one(AES, tlv(protocols.terminal), None) + one(AES, 0, Some(8)) + one(AES, P256_SIGNATURE, None);
    let active = protocols.active.map(|signature| one(AES, 8, Some(signature))).unwrap_or_default();
    let rest = contents(profile)
        .filter(|content| matches!(content, Content::DataGroup(_)) || *content == Content::Cvca)
        .filter(|content| !first.contains(content));
    let files: Cost = first.into_iter().chain(rest).map(|content| file(AES, content)).sum();
    negotiation + card_access + pace + application + chip_authentication + terminal_authentication + active + files
}

/// A data object of one octet's tag.
fn tlv(value: usize) -> usize {
    1 + if value < 0x80 { 1 } else { 2 } + value
}

/// One UPDATE BINARY for each full data field, and one for the rest.
fn updates(wire: Wire, length: usize) -> Cost {
    let most = (0..wire.command).rev().find(|most| command(Channel::Scp03, *most, None) <= wire.command).unwrap_or(1);
    pieces(length, most).map(|piece| one(Channel::Scp03, piece, None)).sum()
}

/// One READ BINARY for each full response, and one for the rest.
fn reads(channel: Channel, wire: Wire, length: usize) -> Cost {
    let most = (0..wire.response).rev().find(|most| response(channel, *most) <= wire.response).unwrap_or(1);
    pieces(length, most).map(|piece| one(channel, 0, Some(piece))).sum()
}

fn pieces(length: usize, most: usize) -> impl Iterator<Item = usize> {
    let rest = length % most;
    std::iter::repeat_n(most, length / most).chain((rest > 0).then_some(rest))
}

/// `80 50` is refused by a locked chip, which answers a status word alone.
fn initialize_update(answer: Option<usize>) -> Cost {
    cost(command(Channel::Plain, 8, Some(29)), response(Channel::Plain, answer.unwrap_or(0)))
}

/// Host cryptogram and C-MAC; nothing is encrypted yet.
fn external_authenticate() -> Cost {
    one(Channel::Plain, 16, None)
}

fn select_application(row: &sigillo_profile::FileSpec) -> Cost {
    aid(row).map(|aid| one(Channel::Scp03, aid.len(), None)).unwrap_or_default()
}

/// A protected READ BINARY that is answered by a protected status word.
fn refused_read() -> Cost {
    cost(command(TRIPLE_DES, 0, Some(1)), response(TRIPLE_DES, 0))
}

/// A command with `data` octets, and a response with as many as `answer` says; no Le where none is expected.
fn one(channel: Channel, data: usize, answer: Option<usize>) -> Cost {
    cost(command(channel, data, answer), response(channel, answer.unwrap_or(0)))
}

fn cost(command: usize, response: usize) -> Cost {
    Cost { apdus: 1, octets: (command + response) as u64 }
}

/// Header 4; Lc 1 or 3 and the data field; Le 1, or 2 in an extended command (3 without data).
fn command(channel: Channel, data: usize, answer: Option<usize>) -> usize {
    let answer = answer.map(|answer| response(channel, answer) - STATUS);
    let long_answer = answer.is_some_and(|answer| answer > 256);
    let field = match channel {
        Channel::Plain => data,
        Channel::Scp03 => padded(data, 16) + MAC,
        Channel::SecureMessaging(block) => {
            let le = if answer.is_some() { 2 + if long_answer { 2 } else { 1 } } else { 0 };
            object(padded(data, block)) + le + 2 + MAC
        }
    };
    // Secure messaging always has an answer: the status object.
    let expects = answer.is_some() || matches!(channel, Channel::SecureMessaging(_));
    let extended = field > 255 || long_answer;
    let (lc, le) = match (extended, field) {
        (false, 0) => (0, 1),
        (false, _) => (1, 1),
        (true, 0) => (0, 3),
        (true, _) => (3, 2),
    };
    4 + lc + field + if expects { le } else { 0 }
}

fn response(channel: Channel, data: usize) -> usize {
    STATUS
        + match channel {
            Channel::Plain => data,
            Channel::Scp03 => padded(data, 16) + MAC,
            Channel::SecureMessaging(block) => object(padded(data, block)) + 2 + 2 + 2 + MAC,
        }
}

/// Padding takes at least one octet; where there are no data there is none.
fn padded(data: usize, block: usize) -> usize {
    if data == 0 { 0 } else { (data / block + 1) * block }
}

/// Tag, length, padding indicator and cryptogram.
fn object(cryptogram: usize) -> usize {
    let length = match cryptogram {
        0 => return 0,
        1..=0x7E => 1,
        0x7F..=0xFE => 2,
        _ => 3,
    };
    1 + length + 1 + cryptogram
}

fn contents(profile: &Profile) -> impl Iterator<Item = Content> {
    profile.files.iter().filter_map(|row| row.content())
}

fn aid(row: &sigillo_profile::FileSpec) -> Option<&[u8]> {
    match &row.kind {
        FileKind::Application { aid } => Some(aid),
        _ => None,
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { apdus: self.apdus + other.apdus, octets: self.octets + other.octets }
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), Add::add)
    }
}

const TRIPLE_DES: Channel = Channel::SecureMessaging(8);
const AES: Channel = Channel::SecureMessaging(16);
const STATUS: usize = 2;
const MAC: usize = 8;
const SHORT_RESPONSE: usize = 258;
/// Object identifiers of PACE and of Chip Authentication have ten octets.
const OID: usize = 10;
const P256_SIGNATURE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENDED: Wire = Wire { command: 2048, response: 2048 };

    #[test]
    fn a_data_field_counted_by_hand() {
        // 2048 - 4 - 3 = 2041; less the C-MAC 2033; whole blocks 2032; one octet of padding.
        assert_eq!(updates(EXTENDED, 2031), Cost { apdus: 1, octets: 4 + 3 + 2032 + 8 + 10 });
        assert_eq!(updates(EXTENDED, 2032).apdus, 2);
        assert_eq!(updates(Wire { command: 260, response: 258 }, 478).apdus, 2);
        assert_eq!(updates(Wire { command: 260, response: 258 }, 479).apdus, 3);
    }

    #[test]
    fn exchanges_counted_by_hand() {
        // 80 50 00 00 08 … 00 and 29 octets; 84 82 33 00 10 ….
        assert_eq!(initialize_update(Some(29)).octets, 14 + 31);
        assert_eq!(external_authenticate().octets, 21 + 2);
        // 0C B0 9E 00 0D 97 01 00 8E 08 … 00, and 87 09 01 … 99 02 … 8E 08 … 9000 (ICAO 9303-11 appendix D.4).
        assert_eq!(one(TRIPLE_DES, 0, Some(4)).octets, 19 + 27);
        // The same under AES: 87 11 01 and a block of sixteen.
        assert_eq!(one(AES, 0, Some(4)).octets, 19 + 35);
        // 10 86 00 00 45 7C 43 81 41 and a point of P-256, 00.
        assert_eq!(4 + 1 + tlv(tlv(65)) + 1, command(Channel::Plain, 69, Some(69)));
    }

    #[test]
    fn nothing_costs_nothing() {
        assert_eq!(updates(EXTENDED, 0), Cost::default());
        assert_eq!(reads(Channel::Scp03, EXTENDED, 0), Cost::default());
    }
}
