//! What both ends compute: session keys, cryptograms, the MAC chain and the encryption counter.

use sigillo_apdu::{CommandApdu, StatusWord};
use sigillo_crypto::{Key, aes_cbc, aes_cmac, padding};
use sigillo_secret::{SessionKey, SymmetricKey};
use zeroize::Zeroizing;

use super::key_set::KeySet;
use crate::error::ChannelError;

pub(super) const SECURITY_LEVEL: u8 = 0x33;
pub(super) const PROTOCOL: u8 = 0x03;
pub(super) const PARAMETER: u8 = 0x60;
pub(super) const BLOCK: usize = 16;
pub(super) const MAC_LENGTH: usize = 8;

const CARD_CRYPTOGRAM: u8 = 0x00;
const HOST_CRYPTOGRAM: u8 = 0x01;
const S_ENC: u8 = 0x04;
const S_MAC: u8 = 0x06;
const S_RMAC: u8 = 0x07;

/// Host challenge and card challenge: the context of every derivation.
pub(super) struct Challenges {
    pub(super) host: [u8; 8],
    pub(super) card: [u8; 8],
}

/// The session keys, the MAC chaining value and the encryption counter.
pub(super) struct Keys {
    enc: SessionKey,
    mac: SessionKey,
    rmac: SessionKey,
    cryptograms: Cryptograms,
    chaining: [u8; BLOCK],
    counter: u64,
}

/// What each side proves itself with.
struct Cryptograms {
    card: [u8; 8],
    host: [u8; 8],
}

/// Which way the encrypted octets travel.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    Command,
    Response,
}

impl Keys {
    pub(super) fn derive(keys: &KeySet, challenges: &Challenges) -> Result<Self, ChannelError> {
        let session = |key: &SymmetricKey, constant| -> Result<SessionKey, ChannelError> {
            Ok(SessionKey::new(&derive(key, constant, challenges, key.len())?)?)
        };
        let mac = session(keys.mac(), S_MAC)?;
        let cryptogram = |constant| derive(&mac, constant, challenges, 8).map(|octets| first_eight(&octets));
        let cryptograms = Cryptograms { card: cryptogram(CARD_CRYPTOGRAM)?, host: cryptogram(HOST_CRYPTOGRAM)? };
        let (enc, rmac) = (session(keys.enc(), S_ENC)?, session(keys.mac(), S_RMAC)?);
        Ok(Self { enc, mac, rmac, cryptograms, chaining: [0; BLOCK], counter: 0 })
    }

    pub(super) fn card_cryptogram(&self) -> [u8; 8] {
        self.cryptograms.card
    }

    pub(super) fn host_cryptogram(&self) -> [u8; 8] {
        self.cryptograms.host
    }

    /// The C-MAC of a command whose data field is `data` and this MAC; the chain moves on.
    pub(super) fn command_mac(
        &mut self,
        header: [u8; 4],
        extended: bool,
        data: &[u8],
    ) -> Result<[u8; MAC_LENGTH], ChannelError> {
        let length = u16::try_from(data.len() + MAC_LENGTH).map_err(|_| ChannelError::TooLong)?;
        let [high, low] = length.to_be_bytes();
        let lc: &[u8] = if extended { &[0, high, low] } else { &[low] };
        self.chaining = aes_cmac(&self.mac, &[&self.chaining, &header, lc, data])?;
        Ok(first_eight(&self.chaining))
    }

    /// The R-MAC over the (encrypted) response data and the status, under the chaining value of the command.
    pub(super) fn response_mac(&self, data: &[u8], status: StatusWord) -> Result<[u8; MAC_LENGTH], ChannelError> {
        let status = u16::from(status).to_be_bytes();
        Ok(first_eight(&aes_cmac(&self.rmac, &[&self.chaining, data, &status])?))
    }

    /// Moves the encryption counter to the next command.
    pub(super) fn advance(&mut self) -> Result<(), ChannelError> {
        self.counter = self.counter.checked_add(1).ok_or(ChannelError::Counter)?;
        Ok(())
    }

    pub(super) fn encrypt(&self, direction: Direction, plain: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let mut data = padding::pad(plain, BLOCK);
        aes_cbc::encrypt(&self.enc, &self.initial_vector(direction)?, &mut data)?;
        Ok(data)
    }

    pub(super) fn decrypt(&self, direction: Direction, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, ChannelError> {
        if !cipher.len().is_multiple_of(BLOCK) {
            return Err(ChannelError::Scp03Padding);
        }
        let mut data = Zeroizing::new(cipher.to_vec());
        aes_cbc::decrypt(&self.enc, &self.initial_vector(direction)?, &mut data)?;
        let length = padding::unpad(&data, BLOCK).ok_or(ChannelError::Scp03Padding)?.len();
        data.truncate(length);
        Ok(data)
    }

    fn initial_vector(&self, direction: Direction) -> Result<[u8; BLOCK], ChannelError> {
        let high: u64 = match direction {
            Direction::Command => 0,
            Direction::Response => 0x80 << 56,
        };
        let block = (u128::from(high) << 64) | u128::from(self.counter);
        Ok(aes_cbc::encrypt_block(&self.enc, block.to_be_bytes())?)
    }
}

/// Whether a response with this status carries an R-MAC: 9000 and the warnings.
pub(super) fn is_protected(status: StatusWord) -> bool {
    matches!(u16::from(status), 0x9000 | 0x6200..=0x63FF)
}

/// The header of a command as it is authenticated.
pub(super) fn header(command: &CommandApdu) -> [u8; 4] {
    let head = command.head();
    [head.cla, head.ins, head.p1, head.p2]
}

/// Splits the MAC off the end of a data field.
pub(super) fn split_mac(data: &[u8]) -> Option<(&[u8], &[u8])> {
    data.split_at_checked(data.len().checked_sub(MAC_LENGTH)?)
}

/// SP 800-108 in counter mode with CMAC, laid out as GlobalPlatform does.
///
/// | offset | octets | content |
/// |---|---|---|
/// | 0 | 11 | 00 |
/// | 11 | 1 | derivation constant |
/// | 12 | 1 | 00 |
/// | 13 | 2 | length of the result in bits, big-endian |
/// | 15 | 1 | counter, from 1 |
/// | 16 | 8 | host challenge |
/// | 24 | 8 | card challenge |
///
/// Spec: `globalplatform-scp03#kdf`.
fn derive(
    key: &impl Key,
    constant: u8,
    context: &Challenges,
    octets: usize,
) -> Result<Zeroizing<Vec<u8>>, ChannelError> {
    let bits = u16::try_from(octets * 8).map_err(|_| ChannelError::KeyLength { found: octets })?.to_be_bytes();
    let mut out = Zeroizing::new(Vec::with_capacity(2 * BLOCK));
    for counter in 1..=2u8 {
        let input: [&[u8]; 6] = [&[0; 11], &[constant, 0], &bits, &[counter], &context.host, &context.card];
        out.extend_from_slice(Zeroizing::new(aes_cmac(key, &input)?).as_slice());
    }
    out.truncate(octets);
    Ok(out)
}

fn first_eight(bytes: &[u8]) -> [u8; 8] {
    let mut out = [0; 8];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(host: &str, card: &str) -> Keys {
        let octets = |hex| <[u8; 8]>::try_from(hex::decode(hex).unwrap()).unwrap();
        let key = || SymmetricKey::new(&hex::decode("404142434445464748494A4B4C4D4E4F").unwrap()).unwrap();
        let challenges = Challenges { host: octets(host), card: octets(card) };
        Keys::derive(&KeySet::new(key(), key(), key()), &challenges).unwrap()
    }

    #[test]
    fn session_keys_of_the_reference() {
        let keys = keys("0001020304050607", "08090A0B0C0D0E0F");
        for (key, expected) in [
            (&keys.enc, "EB845BBC703969A9B312A5F8E4834AA2"),
            (&keys.mac, "94D9141C5E50A39EF3939B9A4616C910"),
            (&keys.rmac, "F034ED3222D3466EE1531F3FA3561DEF"),
        ] {
            assert!(key.matches(&SessionKey::new(&hex::decode(expected).unwrap()).unwrap()), "{expected}");
        }
        assert_eq!(hex::encode_upper(keys.card_cryptogram()), "114F6BC5052C5228");
        assert_eq!(hex::encode_upper(keys.host_cryptogram()), "FAFA93C2EDE62463");
    }

    #[test]
    fn the_chaining_value_of_the_reference() {
        let mut keys = keys("0001020304050607", "08090A0B0C0D0E0F");
        let cryptogram = keys.host_cryptogram();
        keys.command_mac([0x84, 0x82, 0x33, 0x00], false, &cryptogram).unwrap();
        assert_eq!(hex::encode_upper(keys.chaining), "CB51E38EC18EB00BA2140A6B09656E0F");
    }

    /// A real JCOP4 card, from GlobalPlatformPro's dump: `8050000008010203040506070800` answered with card challenge and
    /// cryptogram below, then `8482010010A5E66CD1A836E3A47CD3B3F7B689AE8F` answered with 9000.
    #[test]
    fn a_real_card() {
        let mut keys = keys("0102030405060708", "734ECDCA19E446A3");
        assert_eq!(hex::encode_upper(keys.card_cryptogram()), "0BC253BCE97DB991");
        let cryptogram = keys.host_cryptogram();
        assert_eq!(hex::encode_upper(cryptogram), "A5E66CD1A836E3A4");
        let mac = keys.command_mac([0x84, 0x82, 0x01, 0x00], false, &cryptogram).unwrap();
        assert_eq!(hex::encode_upper(mac), "7CD3B3F7B689AE8F");
    }

    #[test]
    fn the_counter_never_wraps() {
        let mut keys = keys("0001020304050607", "08090A0B0C0D0E0F");
        keys.counter = u64::MAX - 1;
        keys.advance().unwrap();
        assert_eq!(keys.advance().unwrap_err().code(), "channel.counter");
        assert_eq!(keys.counter, u64::MAX);
    }
}
