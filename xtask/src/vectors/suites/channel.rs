//! Channels that are refused: wrong classes, lengths, padding and turns, under right MACs where the MAC is not the reason.

use serde_json::{Value, json};
use sigillo_channel::scp03::{KeySet, chip, host};
use sigillo_crypto::{aes_cmac, padding, tdes};
use sigillo_secret::SymmetricKey;
use sigillo_tlv::encode;
use sigillo_vectors::{Folder, NoteKind};

use crate::vectors::maker::{Made, Maker, bytes, own};

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    let mut suite = Maker::new(
        folder,
        "channel/channel-refusals.json",
        "channel.v1",
        &[("icao-9303-11", "8", "4.3 and 9.8"), ("globalplatform-scp03", "1.2", "6 and 7")],
        &[
            ("Opening", NoteKind::Malformed, "An opening of another length, level or status."),
            ("Class", NoteKind::Malformed, "A class byte that this channel cannot carry."),
            ("Object", NoteKind::Malformed, "Data objects out of their order, or not as they must be."),
            ("Padding", NoteKind::Tampered, "A right MAC over data whose padding is wrong."),
            ("Counter", NoteKind::Edge, "A counter at its end: it never wraps."),
            ("PutKey", NoteKind::Malformed, "A PUT KEY of another form, or with a wrong check value."),
            ("Whole", NoteKind::Basic, "A PUT KEY as the chip reads it."),
        ],
    )
    .without_foreign_source(
        "the published exchanges are in channel/bac.json and channel/scp03.json; these are further damaged forms",
    );
    suite.group(own());
    openings(&mut suite)?;
    secure_messaging(&mut suite)?;
    scp03(&mut suite)?;
    put_key(&mut suite)?;
    Ok(vec![suite.finish()?])
}

const MRZ_INFORMATION: &str = "L898902C<369080619406236";
const KS_ENC: &str = "979ec13b1cbfe9dcd01ab0fed307eae5";
const KS_MAC: &str = "f1cb1f1fb5adf208806b89dc579dc1f8";
const SSC: u64 = 0x8870_2212_0C06_C226;
const STATIC: &str = "404142434445464748494a4b4c4d4e4f";

fn openings(suite: &mut Maker<'_>) -> Made {
    let finish = |response: &str| {
        json!({
            "mrz_information": MRZ_INFORMATION, "rnd_ic": "4608f91988702212", "rnd_ifd": "781723860c06c226",
            "k_ifd": "0b795240cb7049b01c19b33e32804f0b", "response": response,
        })
    };
    let short = format!("{}9000", "00".repeat(39));
    suite.reject("a chip that refuses BAC", "Opening", "bac.finish", finish("6300"), "channel.refused");
    suite.reject("a chip's answer of 39 octets", "Opening", "bac.finish", finish(&short), "channel.length");
    let answer = json!({
        "mrz_information": MRZ_INFORMATION, "rnd_ic": "4608f91988702212", "k_ic": "0b4f80323eb3191cb04970cb4052790b",
        "command": "008200000800000000000000 0028".replace(' ', ""),
    });
    suite.reject("a terminal's answer of 8 octets", "Opening", "bac.answer", answer, "channel.length");
    suite.reject(
        "an answer to INITIALIZE UPDATE of 28 octets",
        "Opening",
        "scp03.host",
        host_end(&"00".repeat(28), &[]),
        "channel.length",
    );
    for (title, authenticate, code) in [
        ("security level 01", "848201001000000000000000000000000000000000", "scp03.security-level"),
        ("EXTERNAL AUTHENTICATE of 8 octets", "84823300080000000000000000", "channel.length"),
        (
            "EXTERNAL AUTHENTICATE without secure messaging",
            "008233001000000000000000000000000000000000",
            "channel.class",
        ),
    ] {
        suite.reject(title, "Opening", "scp03.chip", chip_end(authenticate, &[]), code);
    }
    Ok(())
}

fn secure_messaging(suite: &mut Maker<'_>) -> Made {
    let given = |counter: u64, command: &str, response: &str| {
        json!({
            "ks_enc": KS_ENC, "ks_mac": KS_MAC, "ssc": format!("{counter:016x}"),
            "exchanges": [{ "command": command, "response": response }],
        })
    };
    let terminal = |command: &str, response: &str| given(SSC, command, response);
    suite.reject(
        "a command that is protected already",
        "Class",
        "sm.terminal",
        terminal("0cb0000004", "9000"),
        "channel.class",
    );
    suite.reject("a command of another class", "Class", "sm.terminal", terminal("40b0000004", "9000"), "channel.class");
    suite.reject(
        "the last value of the counter",
        "Counter",
        "sm.terminal",
        given(u64::MAX, "00b0000004", "9000"),
        "channel.counter",
    );
    let chip = |command: &[u8]| given(SSC, &hex::encode(command), "9000");
    for (title, objects) in [
        ("DO 87 without its padding indicator", "8702 0200 8E08 0000000000000000"),
        ("a data object that no command has", "9901 00 8E08 0000000000000000"),
        ("a MAC of seven octets", "8E07 00000000000000"),
        ("an object behind the MAC", "8E08 0000000000000000 9701 00"),
        ("a value that ends early", "8708 01"),
    ] {
        let data = bytes(objects)?;
        suite.reject(title, "Object", "sm.chip", chip(&wrapped(&data)?), "sm.object");
    }
    // The MAC is right, the plain text under it has no padding.
    let mut cipher = vec![0; 8];
    let text = |error: sigillo_crypto::CryptoError| error.to_string();
    tdes::cbc_encrypt(&key(KS_ENC)?, &[0; 8], &mut cipher).map_err(text)?;
    let object = encode(0x87, &[&[1], cipher.as_slice()].concat());
    let covered =
        [(SSC + 1).to_be_bytes().to_vec(), padding::pad(&[0x0C, 0xB0, 0, 0], 8), padding::pad(&object, 8)].concat();
    let mac = tdes::retail_mac(&key(KS_MAC)?, &[&covered]).map_err(text)?;
    let data = [object, encode(0x8E, &mac)].concat();
    suite.reject("a command without padding", "Padding", "sm.chip", chip(&wrapped(&data)?), "sm.padding");
    Ok(())
}

fn scp03(suite: &mut Maker<'_>) -> Made {
    let (session_enc, session_mac, authenticate, answer) = opened()?;
    suite.reject(
        "a plain command in a session",
        "Class",
        "scp03.chip",
        chip_end(&authenticate, &[("00b0000010", "9000")]),
        "channel.class",
    );
    let host = host_end(&answer, &[("04b0000010", "9000")]);
    suite.reject("a command that is wrapped already", "Class", "scp03.host", host, "channel.class");
    // The chain of MACs goes on behind EXTERNAL AUTHENTICATE; the block under the MAC is not padded.
    let chaining =
        aes_cmac(&session_mac, &[&[0; 16], &bytes(&authenticate)?.iter().copied().take(13).collect::<Vec<u8>>()]);
    let chaining = chaining.map_err(|error| error.to_string())?;
    let head = [0x04, 0xD6, 0x00, 0x00];
    let mut block = [0; 16];
    block[15] = 1;
    let iv = sigillo_crypto::aes_cbc::encrypt_block(&session_enc, block).map_err(|error| error.to_string())?;
    let mut cipher = vec![0; 16];
    sigillo_crypto::aes_cbc::encrypt(&session_enc, &iv, &mut cipher).map_err(|error| error.to_string())?;
    for (title, data) in [("a command without padding", cipher), ("a command of half a block", vec![0; 8])] {
        let lc = u8::try_from(data.len() + 8).map_err(|error| error.to_string())?;
        let mac = aes_cmac(&session_mac, &[&chaining, &head, &[lc], &data]).map_err(|error| error.to_string())?;
        let command = [head.as_slice(), &[lc], &data, mac.get(..8).unwrap_or_default()].concat();
        let input = chip_end(&authenticate, &[(&hex::encode(command), "9000")]);
        suite.reject(&format!("{title}, SCP03"), "Padding", "scp03.chip", input, "scp03.padding");
    }
    Ok(())
}

fn put_key(suite: &mut Maker<'_>) -> Made {
    let new = KeySet::new(key("00112233445566778899aabbccddeeff")?, key(KS_ENC)?, key(KS_MAC)?);
    let current = KeySet::new(key(STATIC)?, key(STATIC)?, key(STATIC)?);
    let (_, command) = host::put_key(&current, 0x20, 0x30, new).map_err(|error| error.to_string())?;
    let command = command.encode().to_vec();
    let input = |command: &[u8]| json!({ "dek": STATIC, "command": hex::encode(command) });
    suite.accept("PUT KEY", "Whole", "scp03.read-put-key", input(&command));
    // Behind the header and Lc: one octet of version, then 22 octets a key.
    for (title, at, octet, code) in [
        ("a key that is no AES key", 6, 0x80, "scp03.put-key-form"),
        ("a key of 24 octets", 7, 0x18, "scp03.put-key-form"),
        ("a check value of four octets", 24, 0x04, "scp03.put-key-form"),
        ("P2 of a single key", 3, 0x01, "scp03.put-key-form"),
        ("another check value", 25, 0x00, "scp03.key-check"),
        ("another second key", 30, 0x00, "scp03.key-check"),
    ] {
        let mut changed = command.clone();
        changed.iter_mut().skip(at).take(1).for_each(|place| *place = octet);
        suite.reject(title, "PutKey", "scp03.read-put-key", input(&changed), code);
    }
    Ok(())
}

/// S-ENC, S-MAC, EXTERNAL AUTHENTICATE and the card's answer of the published session.
fn opened() -> Made<(SymmetricKey, SymmetricKey, String, String)> {
    let text = |error: sigillo_channel::ChannelError| error.to_string();
    let keys = KeySet::new(key(STATIC)?, key(STATIC)?, key(STATIC)?);
    let (_, answer) = chip::initialize(&keys, 0x30, b"SERIAL0001", HOST_CHALLENGE, CARD_CHALLENGE).map_err(text)?;
    let (opening, _) = host::initialize_update(HOST_CHALLENGE);
    let (_, command) = opening.card_answer(&answer).map_err(text)?.authenticate(&keys).map_err(text)?;
    let (s_enc, s_mac) = ("eb845bbc703969a9b312a5f8e4834aa2", "94d9141c5e50a39ef3939b9a4616c910");
    Ok((key(s_enc)?, key(s_mac)?, hex::encode(command.encode()), hex::encode(answer)))
}

const HOST_CHALLENGE: [u8; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
const CARD_CHALLENGE: [u8; 8] = [8, 9, 10, 11, 12, 13, 14, 15];

fn host_end(card_answer: &str, exchanges: &[(&str, &str)]) -> Value {
    json!({
        "enc": STATIC, "mac": STATIC, "host_challenge": hex::encode(HOST_CHALLENGE), "card_answer": card_answer,
        "exchanges": exchanged(exchanges),
    })
}

fn chip_end(authenticate: &str, exchanges: &[(&str, &str)]) -> Value {
    json!({
        "enc": STATIC, "mac": STATIC, "serial": hex::encode("SERIAL0001"), "key_version": "30",
        "host_challenge": hex::encode(HOST_CHALLENGE), "card_challenge": hex::encode(CARD_CHALLENGE),
        "authenticate": authenticate, "exchanges": exchanged(exchanges),
    })
}

fn exchanged(exchanges: &[(&str, &str)]) -> Vec<Value> {
    exchanges.iter().map(|(command, response)| json!({ "command": command, "response": response })).collect()
}

/// A protected READ BINARY with these data objects.
fn wrapped(objects: &[u8]) -> Made<Vec<u8>> {
    let lc = u8::try_from(objects.len()).map_err(|error| error.to_string())?;
    Ok([&[0x0C, 0xB0, 0, 0, lc], objects, &[0]].concat())
}

fn key(text: &str) -> Made<SymmetricKey> {
    SymmetricKey::new(&bytes(text)?).map_err(|error| error.to_string())
}
