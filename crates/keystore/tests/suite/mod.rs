//! What every store does alike.

mod messages;

use std::fs;
use std::path::Path;
use std::process::Command;

use sigillo_codes::Cip;
use sigillo_crypto::{Entropy, HashAlgorithm, KeyAlgorithm, SeededEntropy, SignatureAlgorithm, aes_cmac};
use sigillo_keystore::{
    Component, KeyAct, KeyLabel, KeyRole, KeyState, Keystore, Purpose, ROLES, StoredAlgorithm, ToldApart,
};
use sigillo_seal::signer::{ReservedSlot, SignerError};
use sigillo_secret::{SecretBytes, SymmetricKey};

use crate::lab::{TODAY, two};

/// All of it.
pub(crate) fn run(keys: &mut dyn Keystore, scratch: &Path) {
    every_role_has_a_key_that_does_its_work(keys, scratch);
    seals_come_from_slots(keys);
    components_make_a_key(keys);
    data_keys_survive_a_rotation(keys);
    codes_open_in_their_context_alone(keys);
    messages::open_by_the_keys_of_the_exchange(keys);
    cips_are_bound_to_their_documents(keys);
    chips_have_keys_of_their_own(keys);
    refusals_are_named(keys);
    randomness_differs(keys);
    let faults = keys.inventory(TODAY).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
}

fn every_role_has_a_key_that_does_its_work(keys: &mut dyn Keystore, scratch: &Path) {
    let mut entropy = SeededEntropy::new([8; 32]);
    let by = two();
    let act = KeyAct { on: TODAY, by: &by };
    for row in ROLES.iter().filter(|row| row.role != KeyRole::Transport) {
        for algorithm in row.algorithms {
            // A software RSA key takes seconds to find, and one length is like the other.
            if matches!(algorithm, StoredAlgorithm::Pair(KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096)) {
                continue;
            }
            if row.role != KeyRole::Csca && row.algorithms.len() > 1 && *algorithm != row.algorithms[0] {
                continue;
            }
            if row.from_the_beginning && row.told_apart == ToldApart::NotAtAll {
                let again = keys.generate(row.role, None, *algorithm, &act, &mut entropy).unwrap_err();
                assert_eq!(again.code(), "keystore.only-one");
                continue;
            }
            let name = (row.told_apart == ToldApart::ByName).then_some("rossi");
            let entry = keys.generate(row.role, name, *algorithm, &act, &mut entropy).unwrap();
            assert_eq!((entry.algorithm, entry.state), (*algorithm, KeyState::Active));
            if let StoredAlgorithm::Pair(pair) = algorithm {
                let public = keys.public_key(&entry.label).unwrap();
                if row.purpose == Purpose::Sign {
                    openssl_verifies(keys, &entry.label, SignatureAlgorithm::for_key(*pair), scratch);
                }
                assert_eq!(KeyAlgorithm::of(&public), Some(*pair));
                if pair.rsa_bits().is_some() {
                    let pkcs1 = SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha256);
                    openssl_verifies(keys, &entry.label, pkcs1, scratch);
                }
                // Hash and curve are of one strength.
                let wrong = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha224);
                assert!(keys.sign(&entry.label, wrong, b"x").is_err(), "{}", entry.label);
            } else {
                assert_eq!(hex::encode(keys.check_value(&entry.label).unwrap()), entry.id);
            }
        }
    }
}

/// OpenSSL verifies, and refuses another message.
pub(crate) fn openssl_verifies(keys: &dyn Keystore, label: &KeyLabel, algorithm: SignatureAlgorithm, scratch: &Path) {
    let signature = keys.sign(label, algorithm, b"what was said").unwrap();
    openssl(keys, label, algorithm, &signature, scratch);
}

pub(crate) fn openssl(
    keys: &dyn Keystore,
    label: &KeyLabel,
    algorithm: SignatureAlgorithm,
    signature: &[u8],
    scratch: &Path,
) {
    let public = keys.public_key(label).unwrap().to_spki_der(sigillo_crypto::EcParameters::Named).unwrap();
    fs::write(scratch.join("public.der"), public).unwrap();
    fs::write(scratch.join("signature"), signature).unwrap();
    let hash = format!("-{}", algorithm.hash().name().to_lowercase().replace('-', ""));
    for (message, is_good) in [("what was said", true), ("what was not", false)] {
        fs::write(scratch.join("message"), message).unwrap();
        let mut command = Command::new("openssl");
        command.current_dir(scratch).args(["dgst", &hash, "-verify", "public.der", "-keyform", "DER"]);
        if let SignatureAlgorithm::RsaPss { salt, .. } = algorithm {
            command.args(["-sigopt", "rsa_padding_mode:pss", "-sigopt", &format!("rsa_pss_saltlen:{salt}")]);
        }
        let done = command.args(["-signature", "signature", "message"]).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.status.success(), is_good, "{label} {}: {said}", algorithm.name());
    }
}

fn seals_come_from_slots(keys: &mut dyn Keystore) {
    let signer = keys.first_signer().unwrap().clone();
    let sign = |id: &str, number| keys.sign_slot(ReservedSlot::reserved(id, number), b"attributes");
    let signature = sign(&signer.id, 1).unwrap();
    let public = keys.public_key(&signer.label).unwrap();
    let algorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
    assert!(public.verify(algorithm, b"attributes", &signature).is_ok());
    assert!(sign(&signer.id, signer.limit.seals).is_ok());
    let behind = SignerError::LimitReached { number: signer.limit.seals + 1, limit: signer.limit.seals };
    assert_eq!(sign(&signer.id, signer.limit.seals + 1), Err(behind));
    assert_eq!(sign(&signer.id, 0).unwrap_err().code(), "signer.limit-reached");
    assert_eq!(sign("another", 1), Err(SignerError::SlotOfAnotherSigner));
}

pub(crate) fn component(custodian: &str, octet: u8) -> Component {
    let octets = SecretBytes::new(vec![octet; 32]);
    let [a, b, c, ..] = aes_cmac(&octets, &[&[0; 16]]).unwrap();
    Component { custodian: custodian.to_owned(), octets, check_value: [a, b, c] }
}

fn components_make_a_key(keys: &mut dyn Keystore) {
    let mut entropy = SeededEntropy::new([5; 32]);
    let whole = SymmetricKey::new(&[0x5A ^ 0xC3; 32]).unwrap();
    let [a, b, c, ..] = aes_cmac(&whole, &[&[0; 16]]).unwrap();
    let mut import = |name: &str, components: &[Component], whole| {
        keys.import(KeyRole::Transport, Some(name), components, whole, TODAY, &mut entropy)
    };
    let refused = |result: Result<_, sigillo_keystore::KeystoreError>| {
        result.map(|_: sigillo_keystore::KeyEntry| ()).unwrap_err().code()
    };
    let alone = [component("anna", 0x5A)];
    assert_eq!(refused(import("V1", &alone, None)), "keystore.dual-control");
    let same = [component("anna", 0x5A), component(" Anna", 0xC3)];
    assert_eq!(refused(import("V1", &same, None)), "keystore.dual-control");
    let mut mistyped = [component("anna", 0x5A), component("bruno", 0xC3)];
    mistyped[1].check_value[2] ^= 1;
    assert_eq!(refused(import("V1", &mistyped, None)), "keystore.check-value");
    let good = [component("anna", 0x5A), component("bruno", 0xC3)];
    assert_eq!(refused(import("V1", &good, Some([a, b, c ^ 1]))), "keystore.check-value");
    let cancel = [component("anna", 0x5A), component("bruno", 0x5A)];
    assert_eq!(refused(import("V1", &cancel, None)), "keystore.components-cancel");
    assert_eq!(refused(import("V 1", &good, None)), "keystore.batch-name");
    let entry = import("V1", &good, Some([a, b, c])).unwrap();
    assert_eq!(entry.id, hex::encode([a, b, c]));
    assert_eq!(refused(import("V1", &good, None)), "keystore.exists");
    // The batch's chips have the keys that the sum of the components gives.
    let serial = [7; 10];
    let expected = sigillo_channel::chip_keys::diversify(&whole, &serial, 0x20).unwrap();
    assert!(keys.transport_keys("V1", &serial).unwrap().matches(&expected));
    assert!(keys.batches().contains(&"V1".to_owned()));
}

fn data_keys_survive_a_rotation(keys: &mut dyn Keystore) {
    let mut entropy = SeededEntropy::new([7; 32]);
    let data_key = SymmetricKey::new(&[0x5A; 32]).unwrap();
    let wrapped = keys.wrap_data_key(b"record 1", &data_key, &mut entropy).unwrap();
    assert_eq!(wrapped.len(), 60);
    let by = two();
    let act = KeyAct { on: TODAY, by: &by };
    let old = keys.current(KeyRole::DataKeyWrapping).unwrap();
    let new = keys.rotate(KeyRole::DataKeyWrapping, &act, &mut entropy).unwrap();
    assert_eq!(new.label.generation(), old.generation().map(|generation| generation + 1));
    assert_eq!(keys.current(KeyRole::DataKeyWrapping).unwrap(), new.label);
    assert!(keys.unwrap_data_key(b"record 1", &wrapped).unwrap().matches(&data_key));
    let newer = keys.wrap_data_key(b"record 1", &data_key, &mut entropy).unwrap();
    assert!(keys.unwrap_data_key(b"record 1", &newer).unwrap().matches(&data_key));
    let code = |record: &[u8], bytes: &[u8]| keys.unwrap_data_key(record, bytes).unwrap_err().code();
    assert_eq!(code(b"record 2", &wrapped), "keystore.wrapped-key");
    for at in [0, 11, 12, 43, 44, 59] {
        let mut altered = wrapped.clone();
        altered[at] ^= 1;
        assert_eq!(code(b"record 1", &altered), "keystore.wrapped-key");
        assert_eq!(code(b"record 1", &wrapped[..at]), "keystore.wrapped-key");
    }
    let short = SymmetricKey::new(&[0; 16]).unwrap();
    assert_eq!(keys.wrap_data_key(b"", &short, &mut entropy).unwrap_err().code(), "keystore.wrapped-key");
    // What the old key closed is lost with it.
    keys.destroy(&old, &act).unwrap();
    assert_eq!(keys.unwrap_data_key(b"record 1", &wrapped).unwrap_err().code(), "keystore.wrapped-key");
    assert!(keys.unwrap_data_key(b"record 1", &newer).is_ok());
}

fn codes_open_in_their_context_alone(keys: &mut dyn Keystore) {
    let mut entropy = SeededEntropy::new([6; 32]);
    let code = SecretBytes::copy_of(b"12345678");
    let closed = keys.encrypt_code(b"I12345678/PIN", &code, &mut entropy).unwrap();
    assert_eq!(closed.len(), 1 + 4 + 65 + 8 + 16);
    assert!(keys.decrypt_code(b"I12345678/PIN", &closed).unwrap().matches(&code));
    let refused = |context: &[u8], closed: &[u8]| keys.decrypt_code(context, closed).unwrap_err().code();
    assert_eq!(refused(b"I12345678/PUK", &closed), "keystore.code-altered");
    for at in [0, 5, 20, 69, 70, closed.len() - 1] {
        let mut altered = closed.clone();
        altered[at] ^= 1;
        assert_eq!(refused(b"I12345678/PIN", &altered), "keystore.code-altered", "{at}");
        assert_eq!(refused(b"I12345678/PIN", &closed[..at]), "keystore.code-altered", "{at}");
    }
}

/// The verifier itself is judged in Python; here, that software and token authenticate alike, and with this key alone.
fn cips_are_bound_to_their_documents(keys: &mut dyn Keystore) {
    let cip = |digits: &[u8]| Cip::parse(SecretBytes::copy_of(digits)).unwrap();
    let mac = keys.cip_mac("I12345678", &cip(b"33392005961")).unwrap();
    assert_eq!(mac.len(), 16);
    assert!(mac.matches(&keys.worker().unwrap().cip_mac("I12345678", &cip(b"33392005961")).unwrap()));
    assert!(!mac.matches(&keys.cip_mac("I12345679", &cip(b"33392005961")).unwrap()));
    assert!(!mac.matches(&keys.cip_mac("I12345678", &cip(b"00000000001")).unwrap()));
}

fn chips_have_keys_of_their_own(keys: &mut dyn Keystore) {
    let mut entropy = SeededEntropy::new([6; 32]);
    keys.create_batch("2026-A", TODAY, &mut entropy).unwrap();
    keys.create_batch("2026-B", TODAY, &mut entropy).unwrap();
    assert_eq!(keys.create_batch("2026-A", TODAY, &mut entropy).unwrap_err().code(), "keystore.exists");
    for bad in ["", "a/b", "..", "a b", "x".repeat(33).as_str()] {
        assert_eq!(keys.create_batch(bad, TODAY, &mut entropy).unwrap_err().code(), "keystore.batch-name");
    }
    let serial = *b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09";
    let a = keys.transport_keys("2026-A", &serial).unwrap();
    assert!(a.matches(&keys.worker().unwrap().transport_keys("2026-A", &serial).unwrap()));
    assert!(!a.matches(&keys.transport_keys("2026-B", &serial).unwrap()));
    assert_eq!(keys.transport_keys("2026-C", &serial).unwrap_err().code(), "keystore.batch-unknown");
    let formation = keys.formation_keys(&serial, 0x30).unwrap();
    assert!(!formation.matches(&a) && !formation.matches(&keys.formation_keys(&serial, 0x31).unwrap()));
    let digest = keys.reference_digest("NA-2026-271828").unwrap();
    assert_eq!(digest, keys.reference_digest("NA-2026-271828").unwrap());
    assert_ne!(digest, keys.reference_digest("NA-2026-271829").unwrap());
}

fn refusals_are_named(keys: &mut dyn Keystore) {
    let mut entropy = SeededEntropy::new([9; 32]);
    let (nobody, one, two) = (Vec::new(), vec!["anna".to_owned()], two());
    let twice = vec!["Anna".to_owned(), "anna ".to_owned()];
    let act = |by| KeyAct { on: TODAY, by };
    let p256 = StoredAlgorithm::Pair(KeyAlgorithm::P256);
    let mut code =
        |role, name, algorithm, by| keys.generate(role, name, algorithm, &act(by), &mut entropy).unwrap_err().code();
    assert_eq!(code(KeyRole::Csca, None, p256, &one), "keystore.dual-control");
    assert_eq!(code(KeyRole::Csca, None, p256, &twice), "keystore.dual-control");
    assert_eq!(code(KeyRole::TraceCheckpoint, None, p256, &nobody), "keystore.dual-control");
    assert_eq!(code(KeyRole::Csca, None, StoredAlgorithm::Aes256, &two), "keystore.algorithm");
    assert_eq!(code(KeyRole::Transport, Some("X"), StoredAlgorithm::Aes256, &two), "keystore.comes-by-import");
    assert_eq!(code(KeyRole::Csca, Some("X"), p256, &two), "keystore.label");
    assert_eq!(code(KeyRole::Operator, None, p256, &two), "keystore.batch-name");
    let label = |text| KeyLabel::parse(text).unwrap();
    assert_eq!(keys.public_key(&label("csca/99")).unwrap_err().code(), "keystore.key-unknown");
    assert_eq!(keys.public_key(&label("formation-master/1")).unwrap_err().code(), "keystore.not-a-key-pair");
    assert_eq!(keys.destroy(&label("csca/1"), &act(&one)).unwrap_err().code(), "keystore.dual-control");
    for text in ["csca", "csca/0", "csca/01", "csca/x", "king/1", "transport/", "transport/a b"] {
        assert_eq!(KeyLabel::parse(text).unwrap_err().code(), "keystore.label", "{text}");
    }
    // A retired signer signs no more, neither seals nor anything else.
    let signer = keys.first_signer().unwrap().clone();
    keys.rotate(KeyRole::DocumentSigner, &act(&two), &mut entropy).unwrap();
    let algorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
    assert_eq!(keys.sign(&signer.label, algorithm, b"x").map(|_| ()), Ok(()), "the newest was retired, not the first");
    keys.destroy(&signer.label, &act(&two)).unwrap();
    assert_eq!(keys.sign(&signer.label, algorithm, b"x").unwrap_err().code(), "keystore.key-unknown");
    assert_eq!(keys.sign_slot(ReservedSlot::reserved(&signer.id, 2), b"x"), Err(SignerError::SlotOfAnotherSigner));
    assert_eq!(keys.first_signer().unwrap_err().code(), "keystore.no-signer");
}

fn randomness_differs(keys: &mut dyn Keystore) {
    let (mut one, mut two) = ([0; 32], [0; 32]);
    keys.entropy().fill(&mut one);
    keys.entropy().fill(&mut two);
    assert_ne!(one, two);
    assert_ne!(one, [0; 32]);
}
