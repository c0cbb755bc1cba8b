//! Operators sign requests: by a key of the home's store, and by a card of their own that another program made. OpenSSL verifies.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod lab;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use sigillo_crypto::{EcParameters, SeededEntropy};
use sigillo_issuance::operator::ChangeAct;
use sigillo_issuance::request::{ChangeRequest, Order};
use sigillo_issuance::trace::Token;
use sigillo_keystore::{KeyAct, KeyRole, Keystore, OperatorSigner};
use sigillo_secret::SecretBytes;

use crate::lab::{MODULE, PIN, TODAY, TOKEN, in_files, with_token};

fn request() -> ChangeRequest {
    let order = Order::new(ChangeAct::RunStart, "1", &json!({ "lot": 1 })).unwrap();
    let at = "2026-11-02T09:00:00Z".parse().unwrap();
    ChangeRequest::new(Token::parse("anna").unwrap(), at, order, &mut SeededEntropy::new([5; 32]))
}

/// What OpenSSL says of a signature over octets, under a key.
fn openssl_verifies(folder: &Path, signer: &OperatorSigner<'_>, message: &[u8], signature: &[u8]) -> bool {
    let spki = signer.key().unwrap().public_key().to_spki_der(EcParameters::Named).unwrap();
    fs::write(folder.join("key.der"), spki).unwrap();
    fs::write(folder.join("message"), message).unwrap();
    fs::write(folder.join("signature"), signature).unwrap();
    let mut command = Command::new("openssl");
    command.args(["dgst", "-sha256", "-verify", "key.der", "-keyform", "DER", "-signature", "signature", "message"]);
    command.current_dir(folder).output().expect("openssl is installed").status.success()
}

fn judge(folder: &Path, signer: &OperatorSigner<'_>) {
    let request = request();
    let signature = signer.sign(&request).unwrap();
    assert!(openssl_verifies(folder, signer, &request.message(), &signature));
    let mut other = request;
    other.at = "2026-11-02T09:00:01Z".parse().unwrap();
    assert!(!openssl_verifies(folder, signer, &other.message(), &signature), "the signature is over every octet");
}

#[test]
fn a_key_of_the_home_signs() {
    let folder = tempfile::tempdir().unwrap();
    let mut keys = in_files(&folder.path().join("keys"));
    assert_eq!(OperatorSigner::of_home(&keys, "anna").unwrap().key().unwrap_err().code(), "keystore.key-unknown");
    let algorithm = KeyRole::Operator.row().algorithms[0];
    let act = KeyAct { on: TODAY, by: &["anna".to_owned()] };
    keys.generate(KeyRole::Operator, Some("anna"), algorithm, &act, &mut SeededEntropy::new([4; 32])).unwrap();
    judge(folder.path(), &OperatorSigner::of_home(&keys, "anna").unwrap());
    assert_eq!(OperatorSigner::of_home(&keys, "Anna Rossi").unwrap_err().code(), "keystore.batch-name");
}

#[test]
fn a_card_of_her_own_signs() {
    let Some(lab) = with_token("a_card_of_her_own_signs") else { return };
    let made = Command::new("pkcs11-tool")
        .args(["--module", MODULE, "--token-label", TOKEN, "--login", "--pin", PIN, "--keypairgen"])
        .args(["--key-type", "EC:prime256v1", "--label", "operator/anna", "--id", "01"])
        .output()
        .expect("Debian's opensc is installed by scripts/setup");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let open = |token: &str, name: &str, pin: &str| {
        OperatorSigner::of_token(Path::new(MODULE), token, name, SecretBytes::copy_of(pin.as_bytes()))
    };
    let anna = open(TOKEN, "anna", PIN).unwrap();
    judge(&lab, &anna);
    assert!(!format!("{anna:?}").contains(PIN));
    assert_eq!(open(TOKEN, "bruno", PIN).unwrap().key().unwrap_err().code(), "keystore.key-unknown");
    assert_eq!(open("nobodys", "anna", PIN).unwrap_err().code(), "keystore.token-unknown");
}
