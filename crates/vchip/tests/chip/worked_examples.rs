//! The chip against exchanges that others published: ICAO 9303-11 appendix D, and the SCP03 values of the research digest.

use crate::host::{EMRTD, Host, SERIAL, bytes};
use sigillo_channel::scp03::KeySet;
use sigillo_crypto::ScriptedEntropy;
use sigillo_secret::SymmetricKey;
use sigillo_vchip::Chip;

/// Spec: `icao-9303-11#bac-example`.
#[test]
fn basic_access_control_and_secure_messaging_of_icao_9303_11_appendix_d() {
    let mut host = Host::locked();
    let mut entropy = ScriptedEntropy::new([bytes("4608F91988702212"), bytes("0B4F80323EB3191CB04970CB4052790B")]);
    let mut exchange = |command: &str, response: &str| {
        let answer = host.chip.process(&bytes(command), &mut entropy).unwrap();
        assert_eq!(hex::encode_upper(answer), response.replace(' ', ""), "answer to {command}");
    };
    exchange(&format!("00A4040C07{EMRTD}"), "9000");
    exchange("0084000008", "4608F91988702212 9000");
    exchange(
        "0082000028 72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2 5F1448EEA8AD90A7 28",
        "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F 2F2D235D074D7449 9000",
    );
    exchange("0CA4020C 15 8709016375432908C044F6 8E08BF8B92D635FF24F8 00", "99029000 8E08FA855A5D4C50A8ED 9000");
    exchange("0CB00000 0D 970104 8E08ED6705417E96BA55 00", "8709019FF0EC34F9922651 99029000 8E08AD55CC17140B2DED 9000");
    exchange(
        "0CB00004 0D 970112 8E082EA28A70F3C7B535 00",
        "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A 99029000 8E08C8B2787EAEA07D74 9000",
    );
}

/// Digest §9: independent Python reference; ENC = MAC = DEK = 40…4F, level 33.
#[test]
fn scp03_of_an_independent_implementation() {
    let key = || SymmetricKey::new(&(0x40..=0x4F).collect::<Vec<u8>>()).unwrap();
    let mut chip = Chip::manufacture(SERIAL, KeySet::new(key(), key(), key()));
    chip.power_on();
    let mut entropy = ScriptedEntropy::new([bytes("08090A0B0C0D0E0F")]);
    let mut exchange = |command: &str, response: &str| {
        let answer = chip.process(&bytes(command), &mut entropy).unwrap();
        assert_eq!(hex::encode_upper(answer), response.replace(' ', ""), "answer to {command}");
    };
    exchange(
        "8050000008 0001020304050607 00",
        &format!("{} 20 03 60 08090A0B0C0D0E0F 114F6BC5052C5228 9000", hex::encode_upper(SERIAL)),
    );
    exchange("8482330010 FAFA93C2EDE62463 CB51E38EC18EB00B", "9000");
    // A wrong MAC would end the session with 6982; this one is right, and the instruction is none of ours.
    exchange("84E6000018 199DD7FF46730B64AC254C903EC57350 5C4291BB0B788746", "6D00");
    exchange("84E6000018 199DD7FF46730B64AC254C903EC57350 5C4291BB0B788746", "6982");
}
