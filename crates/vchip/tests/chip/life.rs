//! The life of a chip: vendor, keys, structure, lock, inspection, end.

use sigillo_apdu::fcp::LifeCycle;
use sigillo_channel::bac::MrzSecret;
use sigillo_crypto::PublicKey;

use crate::host::{EF_COM, EMRTD, FCP_MF, Host, SERIAL, bytes, formation, keys, transport};

#[test]
fn from_vendor_to_terminal() {
    let mut host = Host::new();
    assert_eq!(host.chip.life_cycle(), LifeCycle::Creation);
    assert!(host.open_scp03(&transport()).unwrap());
    host.put_key().unwrap();
    assert!(!host.open_scp03(&transport()).unwrap(), "the transport keys are gone");
    host.open_formation();
    host.build().unwrap();
    assert_eq!(host.chip.life_cycle(), LifeCycle::Initialisation);

    host.expect("00A4020C02011E", "9000");
    host.expect("00B0000000", &format!("{EF_COM}9000"));
    host.lock().unwrap();
    assert_eq!(host.chip.life_cycle(), LifeCycle::Activated);

    assert!(host.open_bac().unwrap());
    host.expect("00A4020C02011E", "9000");
    host.expect("00B0000000", &format!("{EF_COM}9000"));
    host.expect("00A4020C020103", "9000");
    host.expect("00B0000000", "6982");
    assert!(!host.open_bac_with(&MrzSecret::from_mrz_information("L898902C<369080619406237")).unwrap());
}

#[test]
fn initialize_update_tells_serial_and_key_version() {
    let mut host = Host::new();
    let serial = hex::encode_upper(SERIAL);
    assert!(host.raw("8050000008010101010101010100").starts_with(&format!("{serial}200360")));
    assert!(host.open_scp03(&transport()).unwrap());
    host.put_key().unwrap();
    assert!(host.raw("8050000008010101010101010100").starts_with(&format!("{serial}300360")));
}

#[test]
fn the_transport_keys_may_only_be_replaced() {
    let mut host = Host::new();
    assert!(host.open_scp03(&transport()).unwrap());
    assert_eq!(host.create(FCP_MF).unwrap(), "6982");
    host.expect("00CA9F7F00", "6A88");
    host.expect("00A4000C023F00", "6A82");
    host.expect("00B0000000", "6985");
    host.expect("00440000", "6985");
    host.put_key().unwrap();
}

#[test]
fn without_a_master_file_the_formation_keys_create_it_and_nothing_else() {
    let mut host = Host::new();
    assert!(host.open_scp03(&transport()).unwrap());
    host.put_key().unwrap();
    assert_eq!(host.create(FCP_MF).unwrap(), "6982", "a plain command proves nothing");
    host.open_formation();
    host.expect(&format!("00DA007B0B{}", crate::host::SE_FORMATION), "6985");
    assert_eq!(host.create("6216 820101 83022F01 80020008 880108 8A0103 8C03034100").unwrap(), "6982");
    assert_eq!(host.create(FCP_MF).unwrap(), "9000");
}

#[test]
fn the_first_security_environment_may_only_name_the_formation_keys() {
    let mut host = Host::new();
    assert!(host.open_scp03(&transport()).unwrap());
    host.put_key().unwrap();
    host.open_formation();
    assert_eq!(host.create(FCP_MF).unwrap(), "9000");
    host.expect(&format!("00DA007B0B{}", crate::host::SE_INSPECTION), "6982");
    host.expect("00DA007B0B 800101A406800102830101", "6982");
    host.expect("00DA007B0B 800101A406800101830120", "6982");
    host.expect(&format!("00DA007B0B{}", crate::host::SE_FORMATION), "9000");
    host.expect(&format!("00DA007B0B{}", crate::host::SE_INSPECTION), "9000");
}

#[test]
fn a_key_pair_is_made_on_the_chip_and_again_until_the_lock() {
    let mut host = Host::initialised();
    let mut points = Vec::new();
    for _ in 0..2 {
        let answer = bytes(&host.send("0047800014 AC12 80010C 830101 060A04007F00070202030202 00").unwrap());
        assert_eq!(answer[..5], bytes("7F49438641"));
        assert_eq!(answer[70..], [0x90, 0x00]);
        PublicKey::from_p256_point(&answer[5..70]).unwrap();
        points.push(answer);
    }
    assert_ne!(points[0], points[1]);
}

#[test]
fn odd_instructions_take_their_offset_in_a_data_object() {
    let mut host = Host::initialised();
    host.expect("00A4020C020103", "9000");
    host.expect("00D7000008 54020120 5302ABCD", "9000");
    host.expect("00B1000004 54020120 04", "5302ABCD 9000");
    host.expect("00B1000304 54020120 05", "5303ABCD00 9000");
    host.expect("00B1010304 54020120 04", "5302ABCD 9000");
    host.expect("00B1000003 5401 00 06", "530401020304 9000");
    host.expect("00B1000004 5402012A 10", "5302 0000 6282");
    host.expect("00B1000004 5402012C 10", "6B00");
    host.expect("00B1000004 5402012A 02", "6700");
    host.expect("00B1000003 530100 04", "6A80");
    host.expect("00B1001F03 540100 04", "6A86");
    host.expect("00B1004003 540100 04", "6A86");
    host.expect("00D7000005 5401005300", "6700");
    host.expect("00D7000006 54010053 01 FF", "9000");
    host.expect("00D7000006 5301FF 540100", "6A80");
}

#[test]
fn reading_past_the_end_is_a_warning_and_behind_it_an_error() {
    let mut host = Host::initialised();
    host.expect("00B0830001", "01 9000");
    host.expect("00B0000705", "0800000000 9000");
    host.expect("00B0012A02", "0000 9000");
    host.expect("00B0012A03", "0000 6282");
    host.expect("00B0012A00", "0000 9000");
    host.expect("00B0012C01", "6B00");
    host.expect("00B00000", "6700");
}

#[test]
fn le_zero_is_answered_with_as_much_as_fits() {
    let mut host = Host::initialised();
    host.expect("00A4020C020103", "9000");
    let answer = bytes(&host.send("00B0000000").unwrap());
    assert_eq!((answer.len(), &answer[answer.len() - 2..]), (239 + 2, &[0x90, 0x00][..]));
    let answer = bytes(&host.send("00B00000000000").unwrap());
    assert_eq!((answer.len(), &answer[answer.len() - 2..]), (300 + 2, &[0x90, 0x00][..]));

    let fcp = crate::host::fcp_ef(0x0101, 0x01, 1000, crate::host::BAC_READ);
    assert_eq!(host.create(&fcp).unwrap(), "9000");
    host.lock().unwrap();
    assert!(host.open_bac().unwrap());
    let answer = bytes(&host.send("00B0810000").unwrap());
    assert_eq!((answer.len(), &answer[answer.len() - 2..]), (231 + 2, &[0x90, 0x00][..]));
    let answer = bytes(&host.send("00B00000000000").unwrap());
    assert_eq!(answer.len(), 1000 + 2);
    let answer = bytes(&host.send("00B0000002").unwrap());
    assert_eq!(answer.len(), 2 + 2);
}

#[test]
fn file_control_parameters_show_only_what_anyone_may_know() {
    let mut host = Host::initialised();
    let fcp = hex::encode_upper(bytes(FCP_MF));
    host.expect("00A40004023F0000", &format!("{fcp}9000"));
    host.expect("00A4020402 2F01 00", "6216820101 83022F01 80020008 880108 8A0103 8C03034100 9000");
    host.lock().unwrap();
    host.reset();
    host.expect("00A4020402 2F01 00", "6216820101 83022F01 80020008 880108 8A0105 8C03034100 9000");
    host.expect("00A40004023F0000", "6982");
    host.expect(&format!("00A4040407{EMRTD}00"), "6982");
    host.expect(&format!("00A4040C07{EMRTD}"), "9000");
    host.expect("00A4020402011E00", "6982");
    assert!(host.open_bac().unwrap());
    host.expect("00A4020402011E05", "6C26");
    assert!(host.send("00A4020402011E00").unwrap().starts_with("6224820101"));
    assert!(host.send("00A40004023F0000").unwrap().starts_with("621F820138"));
}

#[test]
fn get_response_fetches_what_le_left_behind() {
    let mut host = Host::locked();
    assert_eq!(host.raw("00C0000000"), "6985");
    assert_eq!(host.raw("00A40204022F01"), "6118");
    assert_eq!(host.raw("00C000000A"), "621682010183022F0180610E");
    assert_eq!(host.raw("00C0000000"), "020008880108 8A0105 8C03034100 9000".replace(' ', ""));
    assert_eq!(host.raw("00C0000000"), "6985");
    assert_eq!(host.raw("00A40204022F01"), "6118");
    assert_eq!(host.raw("00A4000C023F00"), "9000");
    assert_eq!(host.raw("00C0000000"), "6985", "another command came between");
}

#[test]
fn chains_are_assembled_before_the_command_is_judged() {
    let mut host = Host::locked();
    assert_eq!(host.raw("10A4040C03A00000"), "9000");
    assert_eq!(host.raw("00A4040C0402471001"), "9000");
    assert_eq!(host.raw("00A4020C02011E"), "9000", "the application is selected");
    assert_eq!(host.raw("10A4040C03A00000"), "9000");
    assert_eq!(host.raw("00B0000001"), "6883");
    assert_eq!(host.raw("00A4040C0402471001"), "6A82", "the chain is gone");
    assert_eq!(host.raw("10A4040C03A00000"), "9000");
    assert_eq!(host.raw("10A4020C03A00000"), "6883");
    assert_eq!(host.raw("14A4040C03A00000"), "6884");
    let link = format!("10DA007B000FFF{}", "00".repeat(0x0FFF));
    assert_eq!([host.raw(&link), host.raw(&link), host.raw(&link)], ["9000", "9000", "6700"]);
}

#[test]
fn tries_are_counted_down_first_and_restored_by_success() {
    let mut host = Host::initialised();
    for _ in 0..9 {
        host.reset();
        assert!(host.raw("8050000008010101010101010100").ends_with("9000"));
        assert_eq!(host.raw("8482330010000102030405060708090A0B0C0D0E0F"), "6982");
    }
    host.reset();
    host.open_formation();
    host.reset();
    for _ in 0..10 {
        host.reset();
        host.raw("8050000008010101010101010100");
        assert_eq!(host.raw("8482330010000102030405060708090A0B0C0D0E0F"), "6982");
    }
    assert_eq!(host.raw("8050000008010101010101010100"), "6983");
    assert_eq!(host.raw("8482330010000102030405060708090A0B0C0D0E0F"), "6985");
}

#[test]
fn external_authenticate_comes_right_after_its_first_half() {
    let mut host = Host::initialised();
    host.reset();
    host.raw("8050000008010101010101010100");
    host.raw("00A4000C023F00");
    let before = host.chip.generation();
    assert_eq!(host.raw("8482330010000102030405060708090A0B0C0D0E0F"), "6985");
    assert_eq!(host.chip.generation(), before, "no try is lost");
    host.raw("8050000008010101010101010100");
    assert_eq!(host.raw("8482030010000102030405060708090A0B0C0D0E0F"), "6A86", "another level");
}

#[test]
fn a_wrong_mac_or_a_plain_command_ends_a_session() {
    let mut host = Host::initialised();
    host.expect("00B0830001", "01 9000");
    assert_eq!(host.raw("04B0000008000000000000000001"), "6982");
    assert_eq!(host.raw("04B0000008000000000000000001"), "6982");
    host.open_formation();
    assert_eq!(host.raw("00B0000001"), "6982", "a plain command is judged without the session");
    assert_eq!(host.raw("04B0000008000000000000000001"), "6982");

    host.open_formation();
    host.lock().unwrap();
    assert!(host.open_bac().unwrap());
    assert_eq!(host.raw("00B09E0001"), "6987");
    assert_eq!(host.raw("0CB09E000D 970101 8E080000000000000000 00"), "6988");
    assert!(host.open_bac().unwrap());
    assert_eq!(host.raw("0CB09E000D 970101 8E080000000000000000 00"), "6988");
    assert!(host.open_bac().unwrap());
    assert_eq!(host.raw("0CB09E0003 970101 00"), "6987");
    assert!(host.open_bac().unwrap());
    assert_eq!(host.raw("80CA9F7F00"), "6987");
    assert!(host.open_bac().unwrap());
    assert_eq!(host.raw("00B0"), "6700");
    assert_eq!(host.raw("0CB09E000D 970101 8E080000000000000000 00"), "6988");
}

#[test]
fn errors_inside_bac_come_back_wrapped_and_the_session_lives_on() {
    let mut host = Host::locked();
    assert!(host.open_bac().unwrap());
    host.expect("00A4020C02011C", "6A82");
    host.expect("00A4040C06A00000024710", "6A82");
    host.expect("00EE0000", "6D00");
    host.expect("00820000", "6985");
    host.expect("0084000008", "6985");
    host.expect(&format!("0082000028{}28", "00".repeat(40)), "6985");
    host.expect("00B09E0001", "60 9000");
}

#[test]
fn files_are_deleted_where_both_rules_allow_it() {
    let mut host = Host::initialised();
    host.expect("00A4020C02011E", "9000");
    host.expect("00E40000", "6982");
    host.expect("00A4020C020103", "9000");
    host.expect("00E40000", "9000");
    host.expect("00A4020C020103", "6A82");
    host.expect("00A4020C02011E", "9000");
    host.expect(&format!("00A4040C07{EMRTD}"), "9000");
    host.expect("00E40000", "9000");
    host.expect(&format!("00A4040C07{EMRTD}"), "6A82");
    host.expect("00A4000C023F00", "9000");
    host.expect("00E40000", "6982");
}

#[test]
fn termination_is_for_ever_and_needs_the_formation_keys() {
    let mut host = Host::initialised();
    host.expect("00A4000C023F00", "9000");
    let mut stranger = Host::holding(sigillo_vchip::Chip::from_image(&host.chip.image()).unwrap());
    assert_eq!(stranger.raw("00FE0000"), "6982");
    host.expect("00FE0000", "9000");
    assert_eq!(host.chip.life_cycle(), LifeCycle::Terminated);
    host.scp03 = None;
    for _ in 0..2 {
        for command in ["00A4000C023F00", "00B0810001", "8050000008010101010101010100", "0084000008", "FF000000"] {
            assert_eq!(host.raw(command), "6985", "{command}");
        }
        host.reset();
    }
}

#[test]
fn another_key_set_opens_nothing() {
    let mut host = Host::initialised();
    assert!(!host.open_scp03(&keys(0x51)).unwrap());
    assert!(host.open_scp03(&formation()).unwrap());
}
