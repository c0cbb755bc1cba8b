//! What is tried: every object, every command that could touch it.

use sigillo_apdu::{CommandApdu, StatusWord, ins};
use sigillo_tlv::encode;

use crate::subject::Subject;
use crate::terminal::{EMRTD, ESERVICES, select_application};

/// One command on one object, after the selections that lead there.
pub(crate) struct Probe {
    pub(crate) object: String,
    pub(crate) command: &'static str,
    /// All but the last lead there; a refusal of any is a refusal.
    pub(crate) commands: Vec<CommandApdu>,
}

/// Where a file lies.
#[derive(Clone, Copy)]
enum Place {
    MasterFile,
    Emrtd,
    Eservices,
}

/// Instruction codes that this chip may or may not know.
const WRITE_BINARY: u8 = 0xD0;
const ERASE_BINARY: u8 = 0x0E;
const TERMINATE_EF: u8 = 0xE8;
const PUT_DATA_ODD: u8 = 0xDB;

/// Data objects that PUT DATA stores, and that GET DATA must never give back.
const OBJECTS: [u16; 7] = [0xDF21, 0xDF22, 0xDF23, 0xDF24, 0xDF31, 0xDF32, 0xDF33];

/// Every probe. Its file identifiers are those of ICAO 9303-10 and of decision D2; files that no chip should have are tried, too.
pub(crate) fn probes(subject: &dyn Subject) -> Vec<Probe> {
    let mut probes = Vec::new();
    for (object, place, fid, sfi) in files() {
        probes.extend(on_file(&object, place, fid, sfi));
    }
    for (object, place) in [("MF", Place::MasterFile), ("eMRTD", Place::Emrtd), ("eServices", Place::Eservices)] {
        probes.extend(on_application(object, place));
    }
    probes.extend(on_codes(subject));
    probes.extend(on_keys());
    probes
}

/// Whether an answer means that the command was let through: done, done with a warning, or refused for its data only.
pub(crate) fn is_let_through(status: StatusWord) -> bool {
    let [high, low] = u16::from(status).to_be_bytes();
    matches!((high, low), (0x90 | 0x61 | 0x62, _) | (0x6A, 0x80 | 0x84 | 0x89))
}

fn files() -> Vec<(String, Place, u16, u8)> {
    let mut files = vec![
        ("EF.ATR/INFO".to_owned(), Place::MasterFile, 0x2F01, 0x01),
        ("EF.DIR".to_owned(), Place::MasterFile, 0x2F00, 0x1E),
        ("EF.CardAccess".to_owned(), Place::MasterFile, 0x011C, 0x1C),
        ("EF.CardSecurity".to_owned(), Place::MasterFile, 0x011D, 0x1D),
        ("EF.COM".to_owned(), Place::Emrtd, 0x011E, 0x1E),
        ("EF.SOD".to_owned(), Place::Emrtd, 0x011D, 0x1D),
        ("EF.CVCA".to_owned(), Place::Emrtd, 0x011C, 0x1C),
        ("EF.Certificate".to_owned(), Place::Eservices, 0x0201, 0x01),
    ];
    for (group, fid) in (1..=16).zip(0x0101..) {
        files.push((format!("DG{group}"), Place::Emrtd, fid, group));
    }
    files
}

fn lead_to(place: Place) -> CommandApdu {
    match place {
        Place::MasterFile => CommandApdu::new(0x00, ins::SELECT, 0x00, 0x0C).with_data([0x3F, 0x00]),
        Place::Emrtd => select_application(&EMRTD),
        Place::Eservices => select_application(&ESERVICES),
    }
}

/// SELECT by file identifier, out of the master file.
fn by_identifier(place: Place) -> CommandApdu {
    let fid: [u8; 2] = match place {
        Place::MasterFile => [0x3F, 0x00],
        Place::Emrtd => [0x01, 0x00],
        Place::Eservices => [0x02, 0x00],
    };
    CommandApdu::new(0x00, ins::SELECT, 0x00, 0x0C).with_data(fid)
}

fn on_file(object: &str, place: Place, fid: u16, sfi: u8) -> Vec<Probe> {
    let fid = fid.to_be_bytes();
    let select = || CommandApdu::new(0x00, ins::SELECT, 0x02, 0x0C).with_data(fid);
    let bare = |instruction: u8| CommandApdu::new(0x00, instruction, 0x00, 0x00);
    let by_sfi = |instruction: u8| CommandApdu::new(0x00, instruction, 0x80 | sfi, 0x00);
    let offset = || encode(0x54, &[0]);
    let written = || [offset(), encode(0x53, &[0])].concat();
    let tried = |command, commands: Vec<CommandApdu>| Probe {
        object: object.to_owned(),
        command,
        commands: std::iter::once(lead_to(place)).chain(commands).collect(),
    };
    vec![
        tried("read", vec![by_sfi(ins::READ_BINARY).with_le(1)]),
        tried("read", vec![select(), bare(ins::READ_BINARY).with_le(1)]),
        tried("read", vec![select(), bare(ins::READ_BINARY_ODD).with_data(offset()).with_le(4)]),
        tried("show-parameters", vec![CommandApdu::new(0x00, ins::SELECT, 0x02, 0x04).with_data(fid).with_le(256)]),
        tried("update", vec![by_sfi(ins::UPDATE_BINARY).with_data([0])]),
        tried("update", vec![select(), bare(ins::UPDATE_BINARY).with_data([0])]),
        tried("update", vec![select(), bare(ins::UPDATE_BINARY_ODD).with_data(written())]),
        tried("write", vec![select(), bare(WRITE_BINARY).with_data([0])]),
        tried("erase", vec![select(), bare(ERASE_BINARY)]),
        tried("delete", vec![select(), bare(ins::DELETE_FILE)]),
        tried("activate", vec![select(), bare(ins::ACTIVATE_FILE)]),
        tried("deactivate", vec![select(), bare(ins::DEACTIVATE_FILE)]),
        tried("terminate", vec![select(), bare(TERMINATE_EF)]),
    ]
}

/// A small file and a small application, with identifiers that nobody uses.
const NEW_EF: &str = "82 01 01  83 02 03 01  80 02 00 08  8A 01 03  8C 02 01 00";
const NEW_DF: &str = "82 01 38  83 02 03 00  84 05 F0 01 02 03 04  8A 01 03  8C 02 02 00";

fn on_application(object: &str, place: Place) -> Vec<Probe> {
    let tried =
        |command, last: CommandApdu| Probe { object: object.to_owned(), command, commands: vec![lead_to(place), last] };
    let bare = |instruction: u8| CommandApdu::new(0x00, instruction, 0x00, 0x00);
    let create = |template: &str| bare(ins::CREATE_FILE).with_data(encode(0x62, &hexadecimal(template)));
    let mut probes = vec![
        Probe { object: object.to_owned(), command: "select", commands: vec![lead_to(place)] },
        Probe {
            object: object.to_owned(),
            command: "select",
            commands: vec![lead_to(Place::MasterFile), by_identifier(place)],
        },
        tried("create-ef", create(NEW_EF)),
        tried("create-df", create(NEW_DF)),
        tried("delete", bare(ins::DELETE_FILE)),
        tried("activate", bare(ins::ACTIVATE_FILE)),
        tried("deactivate", bare(ins::DEACTIVATE_FILE)),
        tried("terminate", bare(ins::TERMINATE_CARD_USAGE)),
        tried(
            "generate-key-pair",
            // A reference that no key has; ecdsa-with-SHA256.
            CommandApdu::new(0x00, ins::GENERATE_ASYMMETRIC_KEY_PAIR, 0x80, 0x00)
                .with_data(hexadecimal("AC 10  80 01 0C  83 01 20  06 08 2A 86 48 CE 3D 04 03 02"))
                .with_le(256),
        ),
        tried(
            "put-environment",
            CommandApdu::new(0x00, ins::PUT_DATA, 0x00, 0x7B).with_data(hexadecimal(
                // An environment that lets BAC do what formation may.
                "80 01 01  A4 06 80 01 02 83 01 01",
            )),
        ),
    ];
    for tag in OBJECTS {
        let [high, low] = tag.to_be_bytes();
        probes.push(tried("put-data", CommandApdu::new(0x00, ins::PUT_DATA, high, low).with_data(value_of(tag))));
        let odd = CommandApdu::new(0x00, PUT_DATA_ODD, 0x3F, 0xFF).with_data(encode(u32::from(tag), &value_of(tag)));
        probes.push(tried("put-data", odd));
        probes.push(tried("get-data", CommandApdu::new(0x00, ins::GET_DATA, high, low).with_le(256)));
    }
    // The production data of a GlobalPlatform card.
    probes.push(tried("get-data", CommandApdu::new(0x80, ins::GET_DATA, 0x9F, 0x7F).with_le(256)));
    probes
}

fn value_of(tag: u16) -> Vec<u8> {
    match tag {
        0xDF22 => b"123456".to_vec(),
        0xDF23 => b"\x0312345678".to_vec(),
        0xDF24 => b"\x0A12345678".to_vec(),
        0xDF32 => vec![2, 6, 1, 1, 0, 2],
        0xDF33 => b"I123456780".to_vec(),
        _ => vec![0; 20],
    }
}

fn on_codes(subject: &dyn Subject) -> Vec<Probe> {
    let (pin, puk) = (subject.pin_digits().expose(<[u8]>::to_vec), subject.puk_digits().expose(<[u8]>::to_vec));
    let new = b"87654321".to_vec();
    let mut probes = Vec::new();
    for (object, place) in
        [("codes", Place::Eservices), ("codes-elsewhere", Place::Emrtd), ("codes-elsewhere", Place::MasterFile)]
    {
        let mut tried = |command, instruction, p1, p2, data: Vec<u8>| {
            let last = CommandApdu::new(0x00, instruction, p1, p2).with_data(data);
            probes.push(Probe { object: object.to_owned(), command, commands: vec![lead_to(place), last] });
        };
        tried("verify", ins::VERIFY, 0x00, 0x03, pin.clone());
        tried("change-pin", ins::CHANGE_REFERENCE_DATA, 0x00, 0x03, [pin.as_slice(), &new].concat());
        tried("set-pin", ins::CHANGE_REFERENCE_DATA, 0x01, 0x03, new.clone());
        tried("set-puk", ins::CHANGE_REFERENCE_DATA, 0x01, 0x04, new.clone());
        tried("unblock", ins::RESET_RETRY_COUNTER, 0x00, 0x03, [puk.as_slice(), &new].concat());
        tried("unblock", ins::RESET_RETRY_COUNTER, 0x01, 0x03, puk.clone());
        tried("unblock-without-puk", ins::RESET_RETRY_COUNTER, 0x02, 0x03, new.clone());
        tried("unblock-without-puk", ins::RESET_RETRY_COUNTER, 0x03, 0x03, Vec::new());
    }
    probes
}

fn on_keys() -> Vec<Probe> {
    let challenge = || CommandApdu::new(0x00, ins::INTERNAL_AUTHENTICATE, 0x00, 0x00).with_data([7; 8]).with_le(256);
    let sign = || CommandApdu::new(0x00, ins::PERFORM_SECURITY_OPERATION, 0x9E, 0x9A).with_data([7; 32]).with_le(256);
    let mut probes = Vec::new();
    for (object, place, last) in [
        ("active-authentication-key", Place::Emrtd, challenge()),
        ("holder-key", Place::Eservices, challenge()),
        ("holder-key", Place::Eservices, sign()),
        ("keys-elsewhere", Place::MasterFile, challenge()),
        ("keys-elsewhere", Place::MasterFile, sign()),
        ("keys-elsewhere", Place::Emrtd, sign()),
    ] {
        probes.push(Probe { object: object.to_owned(), command: "use-key", commands: vec![lead_to(place), last] });
    }
    for (command, cla, instruction, p1, p2, data) in [
        ("initialize-update", 0x80, ins::INITIALIZE_UPDATE, 0x00, 0x00, vec![1; 8]),
        ("put-key", 0x80, ins::PUT_KEY, 0x30, 0x81, vec![0x30; 67]),
    ] {
        let last = CommandApdu::new(cla, instruction, p1, p2).with_data(data).with_le(256);
        probes.push(Probe { object: "key-sets".to_owned(), command, commands: vec![last] });
    }
    probes
}

/// Octets of digits and blanks that are written here.
fn hexadecimal(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    digits
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect()
}
