//! The terminal against chips: an honest one, and ones that are not.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sigillo_apdu::{Action, CommandApdu, Driver, Event, ResponseApdu, StatusWord};
use sigillo_channel::bac::{MrzSecret, chip};
use sigillo_channel::secure_messaging;
use sigillo_crypto::ScriptedEntropy;
use sigillo_inspect::{ReadSession, Request};
use sigillo_vectors::{Folder, NoteKind};

use crate::vectors::maker::{Made, Maker, bytes, own};

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    let mut suite = Maker::new(
        folder,
        "terminal/reading.json",
        "terminal.v1",
        &[("icao-9303-11", "8", "4.3 and 9.8"), ("icao-9303-10", "8", "4.6")],
        &[
            ("Honest", NoteKind::Basic, "A chip that answers as it must."),
            ("Refuses", NoteKind::Edge, "A chip that refuses, or is gone."),
            ("Files", NoteKind::Malformed, "A right session over files that are none; the session goes on."),
            ("Hostile", NoteKind::Tampered, "Answers that no chip gives; the session ends."),
        ],
    )
    .without_foreign_source(
        "Appendix D's exchange is in channel/bac.json and chip/access.json; what a reader asks next is its own",
    );
    suite.group(own());
    let com = "60145F0104303130365F36063034303030305C026175";
    let dg1 = "615D5F1F5A495255544F4432333134353839303 73C3C3C3C3C3C3C3C3C3C3C3C3C3C3C373430383132324631323034313539555 44F3C3C3C3C3C3C3C3C3C3C3C36455249 4B53534F4E3C3C414E4E413C4D415249413C3C3C3C3C3C3C3C3C3C";
    let files = |changed: &[(u8, &str)]| -> Made<BTreeMap<u8, Vec<u8>>> {
        let mut files = BTreeMap::from([(0x1E, bytes(com)?), (0x01, bytes(dg1)?), (0x02, bytes("7503010203")?)]);
        for (sfi, content) in changed {
            files.insert(*sfi, bytes(content)?);
        }
        Ok(files)
    };
    let long = "75 84 7FFFFFFF 00";
    for (title, flag, files) in [
        ("EF.COM, DG1 and DG2; no EF.SOD", "Honest", files(&[])?),
        ("an empty DG2", "Files", files(&[(0x02, "")])?),
        ("a DG2 of two gigabytes", "Files", files(&[(0x02, long)])?),
        ("a DG2 that ends early", "Files", files(&[(0x02, "7520 0102")])?),
        ("a DG2 that begins with no tag", "Files", files(&[(0x02, "00000000")])?),
    ] {
        let answers = converse(&files, &|_, answer| answer)?;
        suite.accept(title, flag, "terminal.read", input(&answers));
    }
    let whole = converse(&files(&[])?, &|_, answer| answer)?;
    let generous = converse(&files(&[])?, &|number, answer| match number {
        1 => ResponseApdu::new(vec![0x60; 300], StatusWord::Success),
        _ => answer,
    })?;
    suite.accept("more octets than were asked for", "Files", "terminal.read", input(&generous));
    let at = |number: usize, answer: &str| -> Vec<String> {
        whole.iter().take(number).cloned().chain(std::iter::once(answer.to_owned())).collect()
    };
    for (title, flag, answers, code) in [
        ("no answer at all", "Refuses", Vec::new(), "inspect.card-removed"),
        ("a card that is taken away", "Refuses", whole.iter().take(6).cloned().collect(), "inspect.card-removed"),
        ("no application", "Refuses", at(1, "6a82"), "inspect.refused"),
        ("no challenge", "Refuses", at(2, "6985"), "inspect.refused"),
        ("another MRZ", "Refuses", at(3, "6300"), "channel.refused"),
        ("half a status word", "Hostile", at(0, "90"), "apdu.too-short"),
        ("a challenge of four octets", "Hostile", at(2, "010203049000"), "channel.length"),
        ("a card answer of zeros", "Hostile", at(3, &format!("{}9000", "00".repeat(40))), "bac.card-answer"),
        ("a file in the clear", "Hostile", at(4, "60145f019000"), "sm.object"),
        ("a wrong MAC", "Hostile", at(4, "990290008e0800000000000000009000"), "sm.mac"),
        ("a bare status word", "Hostile", at(4, "6982"), "sm.plain-response"),
    ] {
        suite.reject(title, flag, "terminal.read", input(&answers), code);
    }
    Ok(vec![suite.finish()?])
}

const MRZ_INFORMATION: &str = "D23145890774081221204159";
const RND_IFD: &str = "781723860c06c226";
const K_IFD: &str = "0b795240cb7049b01c19b33e32804f0b";
const RND_IC: &str = "4608f91988702212";
const K_IC: &str = "0b4f80323eb3191cb04970cb4052790b";

fn input(answers: &[String]) -> Value {
    json!({ "mrz_information": MRZ_INFORMATION, "rnd_ifd": RND_IFD, "k_ifd": K_IFD, "answers": answers })
}

/// What a chip with these files (by short identifier) answers; `change` may replace the n-th plain answer inside the session.
fn converse(files: &BTreeMap<u8, Vec<u8>>, change: &dyn Fn(usize, ResponseApdu) -> ResponseApdu) -> Made<Vec<String>> {
    let secret = || MrzSecret::from_mrz_information(MRZ_INFORMATION);
    let mut terminal_draws = ScriptedEntropy::new([bytes(RND_IFD)?, bytes(K_IFD)?]);
    let mut chip_draws = ScriptedEntropy::new([bytes(RND_IC)?, bytes(K_IC)?]);
    let mut reader = ReadSession::new(Request::with_mrz(secret()).short_only(), &mut terminal_draws);
    let (mut challenge, mut session): (Option<chip::Challenge>, Option<secure_messaging::chip::Session>) = (None, None);
    let (mut answers, mut number, mut current) = (Vec::new(), 0, 0);
    loop {
        let command = match reader.next_action() {
            Action::Transmit(command) => CommandApdu::decode(command).map_err(|error| error.to_string())?,
            Action::Done => return Ok(answers),
        };
        let answer = match (&mut session, command.head().ins) {
            (Some(session), _) => {
                let plain = session.unwrap_command(&command).map_err(|error| error.to_string())?;
                number += 1;
                let answer = change(number, read(files, &plain, &mut current));
                session.wrap_response(&answer).map_err(|error| error.to_string())?
            }
            (None, 0x84) => {
                let drawn = chip::Challenge::draw(&mut chip_draws);
                let octets = drawn.octets();
                challenge = Some(drawn);
                ResponseApdu::new(octets, StatusWord::Success)
            }
            (None, 0x82) => {
                let drawn = challenge.take().ok_or("no challenge")?;
                let (opened, answer) = drawn
                    .external_authenticate(&secret(), &command, &mut chip_draws)
                    .map_err(|error| error.to_string())?;
                session = Some(opened);
                ResponseApdu::new(answer, StatusWord::Success)
            }
            (None, 0xA4) => ResponseApdu::from(StatusWord::Success),
            (None, _) => ResponseApdu::from(StatusWord::FileNotFound),
        };
        let octets = answer.encode();
        answers.push(hex::encode(&octets));
        reader.handle(Event::Response(&octets)).map_err(|error| error.to_string())?;
    }
}

/// READ BINARY by short identifier or in the current file.
fn read(files: &BTreeMap<u8, Vec<u8>>, command: &CommandApdu, current: &mut u8) -> ResponseApdu {
    let head = command.head();
    let offset = match head.p1 & 0x80 {
        0 => usize::from(u16::from_be_bytes([head.p1, head.p2])),
        _ => {
            *current = head.p1 & 0x1F;
            usize::from(head.p2)
        }
    };
    let Some(file) = files.get(current) else { return ResponseApdu::from(StatusWord::FileNotFound) };
    let asked = usize::try_from(head.le).unwrap_or(usize::MAX);
    let rest: Vec<u8> = file.iter().copied().skip(offset).take(asked).collect();
    match (rest.is_empty() && offset > 0, rest.len() < asked) {
        (true, _) => ResponseApdu::from(StatusWord::WrongOffset),
        (_, true) => ResponseApdu::new(rest, StatusWord::EndOfFile),
        _ => ResponseApdu::new(rest, StatusWord::Success),
    }
}
