//! Diversified chip keys against Python `cryptography`.
//!
//! ```python
//! from cryptography.hazmat.primitives.cmac import CMAC
//! from cryptography.hazmat.primitives.ciphers.algorithms import AES
//! def key(label, serial, version, master=bytes(range(32))):
//!     mac = CMAC(AES(master))
//!     mac.update(b"\x01sigillo/v1/" + label + b"\x00" + serial + bytes([version]) + b"\x00\x80")
//!     return mac.finalize().hex()
//! ```
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use sigillo_channel::chip_keys::diversify;
use sigillo_secret::SymmetricKey;

fn master() -> SymmetricKey {
    SymmetricKey::new(&(0..32).collect::<Vec<u8>>()).unwrap()
}

#[test]
fn keys_are_those_of_python() {
    for (serial, version, enc, mac, dek) in [
        (
            "00010203040506070809",
            0x30,
            "35411534562D272853C51507DF072E1A",
            "DFCFC36689D957015BA4738910C4B1F3",
            "1843E09722F804A35E71CA94C95075DB",
        ),
        (
            "53494700000000000001",
            0x20,
            "B98EE8AD8BA10B33785AC03ACC067196",
            "B456468387F6484BBD38676D319C83AA",
            "AD60BB16BF8E808B33796B4FB9A6A8A2",
        ),
    ] {
        let serial = hex::decode(serial).unwrap().try_into().unwrap();
        let keys = diversify(&master(), &serial, version).unwrap();
        for (key, expected) in [(keys.enc(), enc), (keys.mac(), mac), (keys.dek(), dek)] {
            assert!(key.matches(&SymmetricKey::new(&hex::decode(expected).unwrap()).unwrap()), "{expected}");
        }
    }
}

#[test]
fn another_serial_version_or_master_gives_other_keys() {
    let keys = diversify(&master(), &[0; 10], 0x30).unwrap();
    assert!(keys.matches(&diversify(&master(), &[0; 10], 0x30).unwrap()));
    assert!(!keys.matches(&diversify(&master(), &[1; 10], 0x30).unwrap()));
    assert!(!keys.matches(&diversify(&master(), &[0; 10], 0x20).unwrap()));
    assert!(!keys.matches(&diversify(&SymmetricKey::new(&[0; 32]).unwrap(), &[0; 10], 0x30).unwrap()));
    let refused = diversify(&SymmetricKey::new(&[0; 16]).unwrap(), &[0; 10], 0x30).unwrap_err();
    assert_eq!(refused.code(), "channel.key-length");
}
