//! What is read, with which commands, and how few of them.

use sigillo_apdu::{Action, Driver, Event, StatusWord};
use sigillo_crypto::{ScriptedEntropy, SeededEntropy};
use sigillo_inspect::{FileName, InspectErrorKind, ReadSession, Refusal, Request, Step};

use crate::personalized::{Blueprint, bytes, dg, like_the_gate, outcome_of, read, secret};

/// The plain octets that one protected answer carries: 231 short; 2048 less status, MAC, status object and header: 2023.
const SHORT: usize = 231;
const EXTENDED: usize = 2023;

/// Commands for one file by the formula: as many chunks as it takes; the odd instruction's header costs four octets.
fn commands_for(length: usize, chunk: usize) -> usize {
    let mut left = length;
    let mut commands = 0;
    while left > 0 {
        let room = if length - left >= 0x8000 { chunk - if chunk > 255 { 4 } else { 3 } } else { chunk };
        left = left.saturating_sub(room);
        commands += 1;
    }
    commands
}

#[test]
fn every_readable_file_comes_back_octet_by_octet() {
    let blueprint = Blueprint::new();
    let outcome = outcome_of(&mut blueprint.chip());
    for (number, file, open) in &blueprint.groups {
        assert_eq!(outcome.file(dg(*number)), open.then_some(file.as_slice()), "DG{number}");
    }
    assert_eq!(outcome.file(FileName::Com), Some(blueprint.com.as_slice()));
    assert_eq!(outcome.file(FileName::Sod), Some(blueprint.sod.as_slice()));
    assert_eq!(outcome.file(FileName::CardAccess), None);
    let refused = Refusal::Status(StatusWord::SecurityStatusNotSatisfied);
    assert_eq!(outcome.refused.iter().collect::<Vec<_>>(), [(&dg(3), &refused)]);
    assert_eq!(outcome.lock_probe, Some(StatusWord::InstructionNotSupported));
    assert!(!format!("{outcome:?}").contains("73, 82"), "the MRZ shows");
}

#[test]
fn no_command_is_spent_in_vain() {
    let blueprint = Blueprint::new();
    let mut chip = blueprint.chip();
    for (short, chunk) in [(false, EXTENDED), (true, SHORT)] {
        let mut entropy = SeededEntropy::new([1; 32]);
        let request = Request::with_mrz(secret()).probing_closed_files();
        let mut session = ReadSession::new(if short { request.short_only() } else { request }, &mut entropy);
        let exchanges = read(&mut chip, &mut session).unwrap();
        assert!(session.is_done());
        let files = [&blueprint.com, &blueprint.sod]
            .into_iter()
            .chain(blueprint.groups.iter().filter(|(_, _, open)| *open).map(|(_, file, _)| file));
        let reading: usize = files.map(|file| commands_for(file.len(), chunk)).sum();
        // EF.CardAccess, SELECT, GET CHALLENGE, EXTERNAL AUTHENTICATE, DG3 in vain; EF.ATR/INFO unless short.
        let others = if short { 5 } else { 6 };
        assert_eq!(exchanges.len(), reading + others, "short: {short}");
        assert_eq!(session.outcome().commands as usize, exchanges.len());
        let longest = exchanges.iter().map(|(_, answer)| answer.len()).max().unwrap();
        assert!(longest <= if short { 258 } else { 2048 }, "{longest}");
    }
}

/// The first commands, by hand from 9303-10 and the worked example's random numbers.
#[test]
fn the_order_of_the_first_commands() {
    let mut chip = Blueprint::new().chip();
    let draws = [vec![9; 8], bytes("781723860C06C226"), bytes("0B795240CB7049B01C19B33E32804F0B")];
    let mut entropy = ScriptedEntropy::new(draws);
    let mut session = ReadSession::new(like_the_gate(), &mut entropy);
    let exchanges = read(&mut chip, &mut session).unwrap();
    let commands: Vec<String> = exchanges.iter().map(|(command, _)| hex::encode_upper(command)).collect();
    assert_eq!(
        commands[..5],
        ["8050000008090909090909090900", "00B0810000", "00B09C0000", "00A4040C07A0000002471001", "0084000008",]
    );
    assert!(commands[5].starts_with("0082000028") && commands[5].len() == 92);
    assert!(commands[6..].iter().all(|command| command.starts_with("0CB")), "everything else is protected");
    assert!(commands.last().unwrap().starts_with("0CB08300"), "DG3 comes last");
    assert_eq!(entropy.left(), 0);
}

/// A chip that says nothing of lengths, or nonsense, is read with short commands.
#[test]
fn unusable_length_information_means_short_commands() {
    for atr_info in ["7F66 08 02020100 02020100", "7F66 04 02020800", "4700", "7F66 08 02020800 05020800", "00"] {
        let mut blueprint = Blueprint::new();
        blueprint.atr_info = atr_info;
        blueprint.groups.retain(|(number, ..)| *number < 3);
        let mut entropy = SeededEntropy::new([1; 32]);
        let mut session = ReadSession::new(secret(), &mut entropy);
        let exchanges = read(&mut blueprint.chip(), &mut session).unwrap();
        assert!(exchanges.iter().all(|(command, answer)| command.len() <= 261 && answer.len() <= 258), "{atr_info}");
        assert_eq!(session.outcome().file(dg(2)), Some(blueprint.groups[1].1.as_slice()));
    }
}

#[test]
fn without_a_document_security_object_the_list_of_ef_com_serves() {
    let mut blueprint = Blueprint::new();
    blueprint.sod = bytes("77020500");
    let outcome = outcome_of(&mut blueprint.chip());
    assert_eq!(outcome.data_groups().len(), 5);
    blueprint.com = bytes("6000");
    let outcome = outcome_of(&mut blueprint.chip());
    assert_eq!(outcome.data_groups().len(), 0);
}

#[test]
fn a_wrong_access_key_ends_the_session_by_name() {
    let mut entropy = SeededEntropy::new([1; 32]);
    let wrong = sigillo_channel::bac::MrzSecret::from_mrz_information("D23145890774081221204150");
    let mut session = ReadSession::new(wrong, &mut entropy);
    let error = read(&mut Blueprint::new().chip(), &mut session).unwrap_err();
    assert_eq!((error.step(), error.code()), (Step::ExternalAuthenticate, "channel.refused"));
    assert!(error.to_string().contains("6300"), "{error}");
    assert_eq!(session.next_action(), Action::Done);
}

#[test]
fn an_unlocked_chip_is_seen() {
    let mut blueprint = Blueprint::new();
    blueprint.lock = false;
    let mut entropy = SeededEntropy::new([1; 32]);
    let mut session = ReadSession::new(like_the_gate(), &mut entropy);
    let error = read(&mut blueprint.chip(), &mut session).unwrap_err();
    assert_eq!(error.kind(), InspectErrorKind::Refused(StatusWord::ConditionsNotSatisfied));
    assert_eq!(session.outcome().lock_probe, Some(StatusWord::Success));
}

#[test]
fn a_chip_without_application_and_a_chip_that_goes_away() {
    let mut entropy = SeededEntropy::new([1; 32]);
    let mut session = ReadSession::new(Request::with_mrz(secret()).short_only(), &mut entropy);
    assert_eq!(session.next_action(), Action::Transmit(&[0x00, 0xB0, 0x9C, 0x00, 0x00]));
    assert_eq!(
        session.next_action(),
        Action::Transmit(&[0x00, 0xB0, 0x9C, 0x00, 0x00]),
        "asking again changes nothing"
    );
    session.handle(Event::Response(&[0x6A, 0x82])).unwrap();
    let error = session.handle(Event::Response(&[0x6A, 0x82])).unwrap_err();
    assert_eq!((error.step(), error.code()), (Step::SelectApplication, "inspect.refused"));
    assert_eq!(session.handle(Event::Response(&[0x90, 0x00])).unwrap_err().code(), "inspect.out-of-turn");

    let mut session = ReadSession::new(Request::with_mrz(secret()).short_only(), &mut entropy);
    assert_eq!(session.handle(Event::CardRemoved).unwrap_err().code(), "inspect.card-removed");
    let mut session = ReadSession::new(Request::with_mrz(secret()).short_only(), &mut entropy);
    assert_eq!(session.handle(Event::Response(&[0x90])).unwrap_err().code(), "apdu.too-short");
}
