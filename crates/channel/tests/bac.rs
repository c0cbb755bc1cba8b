//! BAC against the worked example of ICAO 9303-11 Appendix D, and against itself.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use proptest::prelude::*;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::bac::{MrzSecret, chip, terminal};
use sigillo_crypto::{ScriptedEntropy, SeededEntropy};

const RND_IC: &str = "4608F91988702212";
const RND_IFD: &str = "781723860C06C226";
const K_IFD: &str = "0B795240CB7049B01C19B33E32804F0B";
const K_IC: &str = "0B4F80323EB3191CB04970CB4052790B";
const EXTERNAL_AUTHENTICATE: &str =
    "008200002872C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A728";
const ANSWER: &str = "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449";
const SELECT_EF_COM: &str = "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800";

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn secret() -> MrzSecret {
    MrzSecret::from_mrz_information("L898902C<369080619406236")
}

fn select_ef_com() -> CommandApdu {
    CommandApdu::new(0x00, 0xA4, 0x02, 0x0C).with_data([0x01, 0x1E])
}

fn upper(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}

#[test]
fn appendix_d_seed() {
    secret().expose(|secret| assert_eq!(upper(&secret[..16]), "239AB9CB282DAF66231DC5A4DF6BFBAE"));
    let copy = secret().expose(MrzSecret::from_bytes).unwrap();
    assert!(copy.matches(&secret()));
    assert_eq!(MrzSecret::from_bytes(&[0; 16]).unwrap_err().code(), "channel.length");
    assert_eq!(format!("{:?}", secret()), "MrzSecret(SecretBytes(redacted))");
}

#[test]
fn appendix_d_terminal() {
    assert_eq!(upper(&terminal::get_challenge().encode()), "0084000008");
    let mut draws = ScriptedEntropy::new([bytes(RND_IFD), bytes(K_IFD)]);
    let (pending, command) = terminal::answer(&secret(), &bytes(RND_IC), &mut draws).unwrap();
    assert_eq!(upper(&command.encode()), EXTERNAL_AUTHENTICATE);
    let mut session = pending.finish(&ResponseApdu::new(bytes(ANSWER), StatusWord::Success)).unwrap();
    assert_eq!(upper(&session.wrap(&select_ef_com()).unwrap().encode()), SELECT_EF_COM);
}

#[test]
fn appendix_d_chip() {
    let mut draws = ScriptedEntropy::new([bytes(RND_IC), bytes(K_IC)]);
    let challenge = chip::Challenge::draw(&mut draws);
    assert_eq!(upper(&challenge.octets()), RND_IC);
    let command = CommandApdu::decode(&bytes(EXTERNAL_AUTHENTICATE)).unwrap();
    let (mut session, answer) = challenge.external_authenticate(&secret(), &command, &mut draws).unwrap();
    assert_eq!(upper(&answer), ANSWER);
    let select = session.unwrap_command(&CommandApdu::decode(&bytes(SELECT_EF_COM)).unwrap()).unwrap();
    assert_eq!((select.head(), select.data()), (select_ef_com().head(), select_ef_com().data()));
}

#[test]
fn a_wrong_mrz_costs_the_terminal_its_authentication() {
    let mut entropy = SeededEntropy::new([1; 32]);
    let challenge = chip::Challenge::draw(&mut entropy);
    let wrong = MrzSecret::from_mrz_information("L898902C<369080619406237");
    let (_, command) = terminal::answer(&wrong, &challenge.octets(), &mut entropy).unwrap();
    let mut unused = ScriptedEntropy::new([]);
    let refused = challenge.external_authenticate(&secret(), &command, &mut unused).unwrap_err();
    assert_eq!((refused.code(), refused.chip_status()), ("bac.terminal-answer", StatusWord::AuthenticationFailed));
}

#[test]
fn a_replayed_authentication_is_refused() {
    let command = CommandApdu::decode(&bytes(EXTERNAL_AUTHENTICATE)).unwrap();
    let challenge = chip::Challenge::draw(&mut SeededEntropy::new([2; 32]));
    let refused = challenge.external_authenticate(&secret(), &command, &mut ScriptedEntropy::new([])).unwrap_err();
    assert_eq!(refused.code(), "bac.terminal-answer");
}

#[test]
fn a_chip_that_refuses_or_echoes_is_refused() {
    let begin = || {
        let mut draws = ScriptedEntropy::new([bytes(RND_IFD), bytes(K_IFD)]);
        terminal::answer(&secret(), &bytes(RND_IC), &mut draws).unwrap()
    };
    let (pending, _) = begin();
    let refused = pending.finish(&ResponseApdu::from(StatusWord::AuthenticationFailed)).unwrap_err();
    assert_eq!(refused.code(), "channel.refused");
    assert!(refused.to_string().contains("6300"), "{refused}");
    // The terminal's own token, sent back: its MAC is right, its challenges are in the wrong order.
    let (pending, command) = begin();
    let echo = ResponseApdu::new(command.data(), StatusWord::Success);
    assert_eq!(pending.finish(&echo).unwrap_err().code(), "bac.card-answer");
    // A right answer to another exchange: first another RND.IC, then another RND.IFD.
    for (rnd_ic, rnd_ifd) in [(vec![0x77; 8], bytes(RND_IFD)), (bytes(RND_IC), vec![0x77; 8])] {
        let (pending, _) = begin();
        let mut draws = ScriptedEntropy::new([rnd_ic, rnd_ifd, bytes(K_IFD), bytes(K_IC)]);
        let challenge = chip::Challenge::draw(&mut draws);
        let (_, command) = terminal::answer(&secret(), &challenge.octets(), &mut draws).unwrap();
        let (_, answer) = challenge.external_authenticate(&secret(), &command, &mut draws).unwrap();
        let other = ResponseApdu::new(answer, StatusWord::Success);
        assert_eq!(pending.finish(&other).unwrap_err().code(), "bac.card-answer");
    }
    let (pending, _) = begin();
    let short = ResponseApdu::new(&bytes(ANSWER)[..39], StatusWord::Success);
    assert_eq!(pending.finish(&short).unwrap_err().code(), "channel.length");
    let refused = terminal::answer(&secret(), &[0; 7], &mut ScriptedEntropy::new([])).unwrap_err();
    assert_eq!(refused.code(), "channel.length");
}

proptest! {
    #[test]
    fn both_ends_agree(seed: [u8; 32], information in "[A-Z0-9<]{24}") {
        let mut entropy = SeededEntropy::new(seed);
        let secret = MrzSecret::from_mrz_information(&information);
        let challenge = chip::Challenge::draw(&mut entropy);
        let (pending, command) = terminal::answer(&secret, &challenge.octets(), &mut entropy).unwrap();
        let (mut chip, answer) = challenge.external_authenticate(&secret, &command, &mut entropy).unwrap();
        let mut terminal = pending.finish(&ResponseApdu::new(answer, StatusWord::Success)).unwrap();
        let command = chip.unwrap_command(&terminal.wrap(&select_ef_com()).unwrap()).unwrap();
        prop_assert_eq!(command.data(), [0x01, 0x1E]);
        let response = chip.wrap_response(&ResponseApdu::from(StatusWord::FileNotFound)).unwrap();
        prop_assert_eq!(terminal.unwrap(&response).unwrap().status(), StatusWord::FileNotFound);
    }

    #[test]
    fn a_flipped_bit_is_refused_by_either_end(bit in 0usize..40 * 8) {
        let flip = |hex: &str| { let mut octets = bytes(hex); octets[bit / 8] ^= 1 << (bit % 8); octets };
        let mut draws = ScriptedEntropy::new([bytes(RND_IFD), bytes(K_IFD)]);
        let (pending, command) = terminal::answer(&secret(), &bytes(RND_IC), &mut draws).unwrap();
        let refused = pending.finish(&ResponseApdu::new(flip(ANSWER), StatusWord::Success)).unwrap_err();
        prop_assert_eq!(refused.code(), "bac.card-answer");
        let challenge = chip::Challenge::draw(&mut ScriptedEntropy::new([bytes(RND_IC)]));
        let command = CommandApdu::new(0, 0x82, 0, 0).with_data(flip(&upper(command.data()))).with_le(40);
        let refused = challenge.external_authenticate(&secret(), &command, &mut ScriptedEntropy::new([])).unwrap_err();
        prop_assert_eq!(refused.code(), "bac.terminal-answer");
    }

    #[test]
    fn any_answer_is_taken_or_refused(answer in prop::collection::vec(any::<u8>(), 0..60), status: u16) {
        let mut draws = ScriptedEntropy::new([bytes(RND_IFD), bytes(K_IFD)]);
        let (pending, _) = terminal::answer(&secret(), &bytes(RND_IC), &mut draws).unwrap();
        prop_assert!(pending.finish(&ResponseApdu::new(answer.clone(), StatusWord::from(status))).is_err());
        let challenge = chip::Challenge::draw(&mut ScriptedEntropy::new([bytes(RND_IC)]));
        let command = CommandApdu::new(0, 0x82, 0, 0).with_data(answer);
        prop_assert!(challenge.external_authenticate(&secret(), &command, &mut ScriptedEntropy::new([])).is_err());
    }
}
