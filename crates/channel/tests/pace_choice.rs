//! What MSE:Set AT of PACE chooses, and the passwords; the EAC worked example opens a session by the PIN.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use proptest::prelude::*;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::ChannelError;
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::pace::{
    PaceInfo, PaceMapping, PaceProtocol, Password, PasswordReference, Selection, chip, terminal,
};
use sigillo_channel::secure_messaging::Suite;
use sigillo_crypto::ScriptedEntropy;

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn upper(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}

fn g1_password() -> Password {
    Password::mrz(&MrzSecret::from_mrz_information("T22000129364081251010318"))
}

#[test]
fn selections_both_ways() {
    let full = Selection {
        protocol: PaceProtocol::ecdh(PaceMapping::Generic, Suite::Aes128),
        password: PasswordReference::Mrz,
        parameter_id: Some(13),
    };
    // The example's command where the chip offers several sets of domain parameters.
    assert_eq!(upper(&full.encode().encode()), "0022C1A412800A04007F0007020204020283010184010D");
    assert_eq!(Selection::decode(full.encode().data()).unwrap(), full);
    assert_eq!(Selection::decode(&bytes("84010D830101800A04007F00070202040202")).unwrap(), full, "in another order");
    for (data, code, status) in [
        ("", "pace.object", 0x6A80),
        ("830101", "pace.object", 0x6A80),
        ("800A04007F00070202040202", "pace.object", 0x6A80),
        ("800A04007F00070202040202830101830101", "pace.object", 0x6A80),
        ("800A04007F0007020204020283020101", "pace.object", 0x6A80),
        ("800A04007F000702020402028301018400", "pace.object", 0x6A80),
        ("800A04007F00070202040202830101910100", "pace.object", 0x6A80),
        ("800A04007F000702020402028301", "pace.object", 0x6A80),
        ("800A04007F00070202040205830101", "pace.protocol", 0x6A80),
        ("800A04007F00070202040102830101", "pace.protocol", 0x6A80),
        ("800904007F000702020402830101", "pace.protocol", 0x6A80),
        ("8000830101", "pace.protocol", 0x6A80),
        ("800A04007F00070202040601830101", "pace.protocol", 0x6A80),
        ("800A04007F00070202040202830105", "pace.password-reference", 0x6A88),
        ("800A04007F00070202040202830100", "pace.password-reference", 0x6A88),
    ] {
        let refused = Selection::decode(&bytes(data)).unwrap_err();
        assert_eq!((refused.code(), u16::from(refused.chip_status())), (code, status), "{data}");
    }
}

#[test]
fn a_choice_must_be_offered_and_clear() {
    let protocol = PaceProtocol::ecdh(PaceMapping::Generic, Suite::Aes128);
    let other = PaceProtocol::ecdh(PaceMapping::Generic, Suite::Aes256);
    let info = |protocol, id| PaceInfo { protocol, parameter_id: Some(id) };
    let offered = [info(protocol, 12), info(protocol, 13), info(other, 15)];
    let choose = |protocol, parameter_id| {
        Selection { protocol, password: PasswordReference::Can, parameter_id }.choose(&offered)
    };
    assert_eq!(choose(protocol, Some(13)).unwrap(), offered[1]);
    assert_eq!(choose(other, None).unwrap(), offered[2]);
    for refused in [choose(protocol, None), choose(protocol, Some(15)), choose(other, Some(12))] {
        assert_eq!(refused.unwrap_err().code(), "pace.parameters");
    }
    let silent = PaceProtocol::ecdh(PaceMapping::Generic, Suite::TripleDes);
    assert_eq!(choose(silent, None).unwrap_err().chip_status(), StatusWord::WrongData);
    for parameter_id in [None, Some(0), Some(10)] {
        let info = PaceInfo { protocol, parameter_id };
        assert_eq!(terminal::select(&info, g1_password(), true).unwrap_err().code(), "pace.parameters");
        assert_eq!(chip::NonceDue::new(&info, g1_password()).unwrap_err().code(), "pace.parameters");
    }
}

#[test]
fn passwords() {
    for digits in ["", "12345", "1234567", "12345a", "12345\u{661}", " 12345"] {
        assert_eq!(Password::can(digits).unwrap_err(), ChannelError::PacePassword);
    }
    for digits in ["", "123", "1234567890123", "1234a", "123\u{661}"] {
        assert_eq!(Password::pin(digits).unwrap_err(), ChannelError::PacePassword);
        assert_eq!(Password::puk(digits).unwrap_err(), ChannelError::PacePassword);
    }
    assert_eq!(Password::pin("12345678").unwrap().reference(), PasswordReference::Pin);
    assert_eq!(Password::puk("12345678").unwrap().reference(), PasswordReference::Puk);
    for (reference, octets, fits) in [
        (PasswordReference::Mrz, [0x80; 20].as_slice(), true),
        (PasswordReference::Mrz, &[0x80; 19], false),
        (PasswordReference::Can, b"123456", true),
        (PasswordReference::Can, &[1; 6], false),
        (PasswordReference::Pin, b"1234", true),
        (PasswordReference::Puk, b"12345678\xFF\xFF\xFF\xFF", false),
    ] {
        assert_eq!(Password::from_stored(reference, octets).is_ok(), fits);
    }
    let can = Password::can("123456").unwrap();
    assert_eq!((can.reference(), format!("{can:?}").contains("123456")), (PasswordReference::Can, false));
    for octet in 0..=255 {
        let reference = PasswordReference::from_octet(octet);
        assert!(reference.is_none_or(|reference| reference.octet() == octet));
        assert_eq!(reference.is_some(), matches!(octet, 1..=4));
    }
}

/// PACE with the PIN, as the EAC worked example has it (OpenPACE's `eactest.c` holds its values): every value of both ends, and
/// the cryptogram and checksum of the first exchange inside the session.
#[test]
fn eac_worked_example_with_the_pin() {
    let [nonce, encrypted] = ["7D98C00FC6C9E9543BBF94A87073A123", "CE834CDE69FFBB1D1EB21585CD709F18"];
    let terminal_keys = [
        "752287F5B02DE3C4BC3E17945118C51B23C97278E4CD748048AC56BA5BDC3D46",
        "9D9A32DF93A57CCE33CA3CDD3457E33A976F293546C73550F397259C93BE0120",
    ];
    let chip_keys = [
        "19C428715663DE745D1824B855D2B967890C99D68ED5FEEE9DCDF8D7BBA289D2",
        "15872C56908C144002177994CFAAEDD5467CE150853C44535051FF24183039D8",
    ];
    let terminal_public = [
        "043DD29BBE5907FD21A152ADA4895FAAE7ACC55F5E50EFBFDE5AB0C6EB54F198D615913635F0FDF5BEB383E00355F82D3C41ED0DF2E28363433DFB7385\
         6A15DC9F",
        "04518BC4E532AD2A9BD6527804D5D665ABD51041037A0CC8AA922804EB501C222B3427388599AFAAE9FBACE2DF93E13C3C4979CD12F0AE3E3C01260283\
         91554582",
    ];
    let chip_public = [
        "049CFCF7582AC986D0DD52FA53123414C3E1B96B4D00ABA8E574679B70EFB5BC3B45D2F13729CC2AE178E7E241B443213533B77DBB44649A815DDC4A23\
         84BA422A",
        "04282CF38073036AFAC216AF135BD994DA0C357F10BD4C34AFEA1042B2EB0FD6804DF3658B835AC2E7133F13691184542BB50B109963A4662ABDC08B97\
         63AF4B5B",
    ];
    let info = PaceInfo { protocol: PaceProtocol::ecdh(PaceMapping::Generic, Suite::Aes128), parameter_id: Some(13) };
    let pin = || Password::pin("123456").unwrap();
    let mut chip_draws = ScriptedEntropy::new([nonce, chip_keys[0], chip_keys[1]].map(bytes));
    let mut terminal_draws = ScriptedEntropy::new(terminal_keys.map(bytes));
    let object = |tag: &str, octets: &str| format!("{tag}{:02X}{octets}", octets.len() / 2);
    let is = |octets: &[u8], tag: &str, value: &str| {
        let inner = object(tag, value);
        assert_eq!(upper(octets), object("7C", &inner));
    };
    let answered = |octets: &[u8]| ResponseApdu::new(octets.to_vec(), StatusWord::Success);

    let (terminal, command) = terminal::select(&info, pin(), false).unwrap();
    assert_eq!(upper(&command.encode()), "0022C1A40F800A04007F00070202040202830103");
    let selection = Selection::decode(command.data()).unwrap();
    assert_eq!(selection.password, PasswordReference::Pin);
    let chip = chip::NonceDue::new(&selection.choose(&[info]).unwrap(), pin()).unwrap();
    let (terminal, command) = terminal.accepted(&answered(&[])).unwrap();
    let (chip, octets) = chip.nonce(command.data(), &mut chip_draws).unwrap();
    is(&octets, "80", encrypted);
    let (terminal, command) = terminal.nonce(&answered(&octets), &mut terminal_draws).unwrap();
    is(command.data(), "81", terminal_public[0]);
    let (chip, octets) = chip.map(command.data(), None, &mut chip_draws).unwrap();
    is(&octets, "82", chip_public[0]);
    let (terminal, command) = terminal.mapped(&answered(&octets), &mut terminal_draws).unwrap();
    is(command.data(), "83", terminal_public[1]);
    let (chip, octets) = chip.agree(command.data(), &mut chip_draws).unwrap();
    is(&octets, "84", chip_public[1]);
    let (terminal, command) = terminal.agreed(&answered(&octets)).unwrap();
    is(command.data(), "85", "A27AE7B36573C1D9");
    let mut chip = chip.confirm(command.data()).unwrap();
    is(&chip.answer, "86", "A2658C2F38600B0F");
    let mut opened = terminal.confirmed(&answered(&chip.answer)).unwrap();
    assert_eq!((upper(&opened.id_picc), &opened.id_picc), (chip_public[1][2..66].to_owned(), &chip.id_picc));

    // MSE:Set DST, with which the example goes on.
    let plain = CommandApdu::new(0x00, 0x22, 0x81, 0xB6).with_data(bytes("830D44454356434141543030303031"));
    let wrapped = opened.session.wrap(&plain).unwrap();
    assert_eq!(upper(&wrapped.data()[..19]), "871101BE90237EEB4BA0FF253EA246AE31C8B8");
    assert_eq!(chip.session.unwrap_command(&wrapped).unwrap().data(), plain.data());
    let protected = chip.session.wrap_response(&ResponseApdu::from(StatusWord::Success)).unwrap();
    assert_eq!(upper(&protected.encode()), "990290008E08A89570A68664A7D69000");
    assert!(opened.session.unwrap(&protected).unwrap().status().is_success());
}

proptest! {
    #[test]
    fn selections_survive(mapping in 0..3usize, suite in 0..4usize, password in 1..=4u8, parameter_id in any::<Option<u8>>()) {
        let mapping = [PaceMapping::Generic, PaceMapping::Integrated, PaceMapping::ChipAuthentication][mapping];
        let suite = [Suite::TripleDes, Suite::Aes128, Suite::Aes192, Suite::Aes256][suite];
        prop_assume!(mapping != PaceMapping::ChipAuthentication || suite != Suite::TripleDes);
        let protocol = PaceProtocol::ecdh(mapping, suite);
        let password = PasswordReference::from_octet(password).unwrap();
        let selection = Selection { protocol, password, parameter_id };
        prop_assert_eq!(Selection::decode(selection.encode().data()).unwrap(), selection);
    }
}
