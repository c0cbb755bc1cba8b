//! A partner whose keys and certificates OpenSSL made, and what both sides do with them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use jiff::SignedDuration;
use jiff::civil::DateTime;
use sigillo_crypto::{PrivateKey, SeededEntropy, SignatureAlgorithm};
use sigillo_seal::SealError;
use sigillo_seal::message::{EncryptedMessage, OpenedMessage, prepare_message};
use sigillo_seal::x509::Certificate;
use sigillo_secret::SecretBytes;
use tempfile::TempDir;

/// A folder with keys and certificates of both sides.
pub(crate) struct Correspondence {
    pub(crate) folder: TempDir,
}

impl Correspondence {
    /// `signer` signs and `recipient` is encrypted to; both on the curve.
    pub(crate) fn on(curve: &str) -> Self {
        let made = Self { folder: TempDir::new().unwrap() };
        made.certificate("signer", &["ec", "-pkeyopt", &format!("ec_paramgen_curve:{curve}")], "digitalSignature");
        made.certificate("recipient", &["ec", "-pkeyopt", &format!("ec_paramgen_curve:{curve}")], "keyAgreement");
        made
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `NAME.pem` and its key `NAME.key`.
    pub(crate) fn certificate(&self, name: &str, algorithm: &[&str], usage: &str) {
        let (key, out, subject) = (format!("{name}.key"), format!("{name}.pem"), format!("/O=TEST/CN={name}"));
        let usage = format!("keyUsage=critical,{usage}");
        let head = ["req", "-x509", "-nodes", "-days", "30", "-newkey"];
        let tail = ["-keyout", &key, "-out", &out, "-subj", &subject, "-addext", &usage, "-addext", CONSTRAINTS];
        self.openssl(&[&head[..], algorithm, &tail[..]].concat());
    }

    pub(crate) fn read(&self, name: &str) -> Certificate {
        let der = format!("{name}.der");
        self.openssl(&["x509", "-in", &format!("{name}.pem"), "-outform", "DER", "-out", &der]);
        Certificate::decode(&fs::read(self.path().join(der)).unwrap()).unwrap()
    }

    pub(crate) fn key(&self, name: &str) -> PrivateKey {
        let der = format!("{name}.p8");
        let key = format!("{name}.key");
        self.openssl(&["pkcs8", "-topk8", "-nocrypt", "-in", &key, "-outform", "DER", "-out", &der]);
        PrivateKey::from_pkcs8(&SecretBytes::new(fs::read(self.path().join(der)).unwrap())).unwrap()
    }

    /// The moment of the tests: an hour after the certificates were made.
    pub(crate) fn now(&self) -> DateTime {
        self.read("recipient").valid().from().checked_add(SignedDuration::from_hours(1)).unwrap()
    }

    /// A message of ours, signed by `signer` and encrypted to that recipient.
    pub(crate) fn send(&self, content: &[u8], recipient: &str, seed: u8) -> Vec<u8> {
        let (key, entropy) = (self.key("signer"), &mut SeededEntropy::new([seed; 32]));
        let algorithm = SignatureAlgorithm::for_key(key.algorithm());
        let (content, signer) = (SecretBytes::copy_of(content), self.read("signer"));
        let unsigned = prepare_message(content, &signer, self.now(), algorithm).unwrap();
        let signature = key.sign(algorithm, unsigned.to_be_signed(), entropy).unwrap();
        unsigned.encrypt_to(&signature, &self.read(recipient), entropy).unwrap()
    }

    /// OpenSSL's message in `message.p7m`: `content` signed by `signer` and encrypted to `recipient`.
    pub(crate) fn openssl_sends(&self, sign: &[&str], encrypt: &[&str]) -> Vec<u8> {
        let head = ["cms", "-sign", "-binary", "-nodetach", "-in", "content", "-signer", "signer.pem"];
        let tail = ["-inkey", "signer.key", "-md", "sha256", "-outform", "DER", "-out", "signed.der"];
        self.openssl(&[&head[..], sign, &tail[..]].concat());
        self.openssl_encrypts("signed.der", encrypt)
    }

    pub(crate) fn openssl_encrypts(&self, file: &str, encrypt: &[&str]) -> Vec<u8> {
        let head = ["cms", "-encrypt", "-binary", "-in", file, "-outform", "DER", "-out", "message.p7m"];
        self.openssl(&[&head[..], encrypt].concat());
        fs::read(self.path().join("message.p7m")).unwrap()
    }

    pub(crate) fn opens(&self, message: &[u8]) -> Result<OpenedMessage, SealError> {
        open(message, &self.read("recipient"), &self.key("recipient"), &[self.read("signer")], self.now())
    }

    pub(crate) fn write(&self, name: &str, octets: &[u8]) {
        fs::write(self.path().join(name), octets).unwrap();
    }

    pub(crate) fn try_openssl(&self, arguments: &[&str]) -> Output {
        Command::new("openssl").args(arguments).current_dir(self.path()).output().expect("openssl is installed")
    }

    pub(crate) fn openssl(&self, arguments: &[&str]) {
        let output = self.try_openssl(arguments);
        assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What the recipient does with a message.
pub(crate) fn open(
    message: &[u8],
    recipient: &Certificate,
    key: &PrivateKey,
    signers: &[Certificate],
    now: DateTime,
) -> Result<OpenedMessage, SealError> {
    let message = EncryptedMessage::decode(message)?;
    let agreement = message.agreement(recipient)?;
    let agreed = key.curve_key().unwrap().agree(agreement.point()).unwrap();
    agreement.open(&agreed.x(), signers, now)
}

/// The keys that OpenSSL needs to be told for what we read.
pub(crate) const TO_RECIPIENT: [&str; 5] = ["-aes-256-gcm", "-recip", "recipient.pem", "-keyopt", "ecdh_kdf_md:sha256"];
const CONSTRAINTS: &str = "basicConstraints=critical,CA:FALSE";
