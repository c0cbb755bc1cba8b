//! Both ends of the channels, fed with bytes that the other end never made.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::security_info::SecurityInfos;
use sigillo_channel::{bac, scp03};
use sigillo_crypto::SeededEntropy;

use crate::fixtures::{key_set, secret};

/// No forged command or answer is accepted, and none makes an end panic; SecurityInfos are exact.
pub(crate) fn channel_unwrap(bytes: &[u8]) {
    if let Ok(infos) = SecurityInfos::decode(bytes) {
        let written = infos.encode();
        assert!(SecurityInfos::decode(&written).is_ok_and(|again| again.encode() == written));
    }
    let command = CommandApdu::decode(bytes).ok();
    let response = ResponseApdu::decode(bytes).ok();
    let mut entropy = SeededEntropy::new([9; 32]);

    // SCP03: an honest handshake, then the stranger's bytes. Its challenges are those of no published session: one of theirs
    // would be no forgery.
    let keys = key_set(0x50);
    let (opening, initialize_update) = scp03::host::initialize_update([0xF1; 8]);
    let _ = scp03::host::initialize_update([0xF1; 8]).0.card_answer(bytes);
    let (chip, answer) =
        scp03::chip::initialize(&keys, 0x30, b"TEST-00001", [0xF1; 8], [0xF2; 8]).expect("AES-128 keys");
    assert_eq!(initialize_update.data(), [0xF1; 8]);
    let answer = opening.card_answer(&answer).expect("an honest card");
    let (mut host, authenticate) = answer.authenticate(&keys).expect("the same keys");
    let mut chip = chip.external_authenticate(&authenticate).expect("an honest host");
    if let Some(command) = &command {
        assert!(chip.unwrap_command(command).is_err(), "a forged command passed");
        let _ = scp03::chip::parse_put_key(keys.dek(), command);
    }
    let _ = host.wrap(&CommandApdu::new(0x00, 0xB0, 0, 0).with_le(256));
    if let Some(response) = &response {
        // A bare error word is no forgery: it is passed on or refused, and carries no data.
        if let Ok(plain) = host.unwrap(response) {
            assert!(plain.data().is_empty() && !plain.status().is_success(), "a forged answer passed");
        }
    }

    // BAC: the same.
    let secret = secret();
    if let Ok((pending, _)) = bac::terminal::answer(&secret, bytes.get(..8).unwrap_or(bytes), &mut entropy)
        && let Some(response) = &response
    {
        assert!(pending.finish(response).is_err(), "a forged card opened a session");
    }
    let challenge = bac::chip::Challenge::draw(&mut entropy);
    if let Some(command) = &command {
        assert!(challenge.external_authenticate(&secret, command, &mut entropy).is_err(), "a forged terminal");
    }
    let challenge = bac::chip::Challenge::draw(&mut entropy);
    let (pending, authenticate) =
        bac::terminal::answer(&secret, &challenge.octets(), &mut entropy).expect("eight octets");
    let (mut chip, answer) =
        challenge.external_authenticate(&secret, &authenticate, &mut entropy).expect("an honest terminal");
    let mut terminal = pending.finish(&ResponseApdu::new(answer, StatusWord::Success)).expect("an honest chip");
    if let Some(command) = &command {
        assert!(chip.unwrap_command(command).is_err(), "a forged command passed");
    }
    let _ = terminal.wrap(&CommandApdu::new(0x00, 0xB0, 0, 0).with_le(256));
    if let Some(response) = &response
        && let Ok(plain) = terminal.unwrap(response)
    {
        assert!(plain.data().is_empty() && !plain.status().is_success(), "a forged answer passed");
    }
}
