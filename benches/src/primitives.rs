//! What the primitives and the virtual chip cost by themselves.

use std::hint::black_box;

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::chip_keys::diversify;
use sigillo_channel::scp03::{chip, host};
use sigillo_crypto::{HashAlgorithm, P256PrivateKey, SignatureAlgorithm, sha256};
use sigillo_secret::SymmetricKey;

use crate::clock::median_of;
use crate::failure::Failure;
use crate::fixture::Fixture;
use crate::row::Row;

const ROUNDS: u32 = 11;

pub(crate) fn rows(fixture: &mut Fixture) -> Result<Vec<Row>, Failure> {
    let octets = vec![0x5A; 41 * 1024];
    let hash = median_of(ROUNDS, 200, || {
        black_box(sha256(black_box(&octets)));
        Ok(())
    })?;
    let key = P256PrivateKey::generate(&mut fixture.entropy);
    let (message, public) = ([0x31; 107], key.public());
    let sign = median_of(ROUNDS, 200, || {
        black_box(key.sign(HashAlgorithm::Sha256, black_box(&message))?);
        Ok(())
    })?;
    let signature = key.sign(HashAlgorithm::Sha256, &message)?;
    let verify = median_of(ROUNDS, 100, || {
        let algorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
        Ok(public.verify(algorithm, black_box(&message), &signature)?)
    })?;
    Ok(vec![
        Row::new("primitive.sha256-41-kib", hash * 1e6, "µs"),
        Row::new("primitive.p256-sign", sign * 1e6, "µs"),
        Row::new("primitive.p256-verify", verify * 1e6, "µs"),
        Row::new("primitive.scp03-wrap-2031-bytes", wrap()? * 1e6, "µs"),
    ])
}

/// The host's end of SCP03 wraps UPDATE BINARY with a full data field; the chip's answers are made outside the time.
fn wrap() -> Result<f64, Failure> {
    let keys = diversify(&SymmetricKey::new(&[0x4D; 32])?, b"BENCH00001", 0x30)?;
    let (opening, _) = host::initialize_update([1; 8]);
    let (card, answer) = chip::initialize(&keys, 0x30, b"BENCH00001", [1; 8], [2; 8])?;
    let (mut session, command) = opening.card_answer(&answer)?.authenticate(&keys)?;
    let mut card = card.external_authenticate(&command)?;
    let plain = CommandApdu::new(0x00, 0xD6, 0x00, 0x00).with_data(vec![0xA5; host::max_plain(2048)]);
    let mut spent = Vec::new();
    for _ in 0..2000 {
        let mut wrapped = None;
        spent.push(crate::clock::seconds(|| {
            wrapped = Some(session.wrap(&plain)?);
            Ok(())
        })?);
        card.unwrap_command(&wrapped.ok_or("nothing was wrapped")?)?;
        session.unwrap(&card.wrap_response(&ResponseApdu::from(StatusWord::Success))?)?;
    }
    Ok(crate::clock::median(spent))
}
