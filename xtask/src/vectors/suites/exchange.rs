//! Messages of partners with fixed keys, and their tampered twins; notifications and their identities.

use serde_json::{Value, json};
use sigillo_crypto::{
    Curve, CurvePoint, CurvePrivateKey, EcParameters, HashAlgorithm, KeyAlgorithm, PrivateKey, SeededEntropy,
    SignatureAlgorithm, kdf_x963, key_wrap, record_cipher,
};
use sigillo_seal::message::{encrypt_to, prepare_message};
use sigillo_seal::x509::{Certificate, Unsigned, eservices_authority, message_recipient, message_signer};
use sigillo_secret::SecretBytes;
use sigillo_vectors::{Folder, NoteKind};

use super::seal::{certificate, now, text};
use crate::vectors::der::Node;
use crate::vectors::maker::{Made, Maker, flipped, own};

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    Ok(vec![messages(folder)?, notifications(folder)?])
}

fn messages(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "exchange/messages.json",
        SCHEMA,
        &[("rfc-5083", "2007", "2"), ("rfc-5084", "2007", "3.2"), ("rfc-5753", "2010", "3.1, 7.2"), ("rfc-5652", "2009", "5, 6.2.2")],
        &[
            ("Opened", NoteKind::Basic, "Signed, encrypted, opened and verified."),
            ("Encrypted", NoteKind::Basic, "Encrypted with listed draws."),
            ("Weaker", NoteKind::Malformed, "Another algorithm than those that are taken."),
            ("Altered", NoteKind::Tampered, "One bit differs, or a part was taken from elsewhere."),
            ("Others", NoteKind::Tampered, "Encrypted to somebody else, or signed by somebody else."),
        ],
    )
    .without_foreign_source(
        "OpenSSL makes and opens such messages in crates/seal/tests/message; the replayer opens them with Python `cryptography`",
    );
    suite.group(own());
    for (title, curve) in [("P-256", KeyAlgorithm::P256), ("P-384", KeyAlgorithm::P384)] {
        let partners = Partners::new(curve)?;
        let message = partners.message(b"a lot of one record\n")?;
        let input = partners.input(&mut suite, &message);
        suite.accept(title, "Opened", OPEN, input);
        let empty = partners.message(b"")?;
        let input = partners.input(&mut suite, &empty);
        suite.accept(&format!("{title}, without content"), "Opened", OPEN, input);
    }
    let partners = Partners::new(KeyAlgorithm::P256)?;
    let draws = [[0x4B; 32].as_slice(), &[0x4E; 12], &[0x45; 32]].map(hex::encode);
    let input = json!({
        "recipient": suite.octets(partners.recipient.der()), "plain": "255044462d312e37", "draws": draws, "now": NOW,
    });
    suite.accept("a plain envelope", "Encrypted", "message.encrypt", input.clone());
    let input = changed(&input, "recipient", suite.octets(partners.signer.der()));
    suite.reject("to a certificate that signs", "Others", "message.encrypt", input, "seal.recipient-key-usage");
    refused(&mut suite, &partners)?;
    suite.finish()
}

/// The message's tree: 1.0 is the AuthEnvelopedData.
fn refused(suite: &mut Maker<'_>, partners: &Partners) -> Made {
    let message = partners.message(b"a lot of one record\n")?;
    let twin = |path: &[usize], value: &dyn Fn(&[u8]) -> Vec<u8>| -> Made<Vec<u8>> {
        let mut tree = Node::read(&message)?;
        let node = tree.at(path)?;
        node.value = value(&node.value);
        Ok(tree.write())
    };
    let last = |value: &[u8]| flipped(value, value.len() - 1);
    let first = |value: &[u8]| flipped(value, 0);
    let oid = |octets: &'static [u8]| move |_: &[u8]| octets.to_vec();
    const CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2A];
    const SHA_1_KDF: &[u8] = &[0x2B, 0x81, 0x05, 0x10, 0x86, 0x48, 0x3F, 0x00, 0x02];
    const WRAP_128: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x05];
    const ENVELOPED: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03];
    for (title, flag, octets, code) in [
        ("enveloped without authentication", "Weaker", twin(&[0], &oid(ENVELOPED))?, "seal.not-enveloped-data"),
        ("the content under CBC", "Weaker", twin(&[1, 0, 2, 1, 0], &oid(CBC))?, "seal.content-encryption"),
        ("a tag of 12 octets", "Weaker", twin(&[1, 0, 2, 1, 1, 1], &|_| vec![12])?, "seal.content-encryption"),
        ("the key derived with SHA-1", "Weaker", twin(&[1, 0, 1, 0, 2, 0], &oid(SHA_1_KDF))?, "seal.key-agreement"),
        ("the key wrapped by AES-128", "Weaker", twin(&[1, 0, 1, 0, 2, 1, 0], &oid(WRAP_128))?, "seal.key-agreement"),
        ("version 1", "Altered", twin(&[1, 0, 0], &|_| vec![1])?, "seal.cms-version"),
        ("another content type", "Altered", twin(&[1, 0, 2, 0], &last)?, "seal.content-type"),
        ("the nonce altered", "Altered", twin(&[1, 0, 2, 1, 1, 0], &first)?, "seal.content-altered"),
        ("the content altered", "Altered", twin(&[1, 0, 2, 2], &first)?, "seal.content-altered"),
        ("the tag altered", "Altered", twin(&[1, 0, 3], &last)?, "seal.content-altered"),
        ("the wrapped key altered", "Altered", twin(&[1, 0, 1, 0, 3, 0, 1], &last)?, "seal.wrapped-key"),
        ("a point off the curve", "Altered", twin(&[1, 0, 1, 0, 1, 0, 1], &last)?, "seal.key-agreement"),
        ("the recipient's number altered", "Others", twin(&[1, 0, 1, 0, 3, 0, 0, 1], &last)?, "seal.not-recipient"),
        ("cut", "Altered", message[..message.len() - 1].to_vec(), "seal.der"),
    ] {
        let input = partners.input(suite, &octets);
        suite.reject(title, flag, OPEN, input, code);
    }
    let sound = partners.input(suite, &message);
    let other = changed(&sound, "signers", json!([suite.octets(partners.recipient.der())]));
    suite.reject("signed by somebody else", "Others", OPEN, other, "seal.message-signer");
    let nobody = changed(&sound, "signers", json!([]));
    suite.reject("nobody is believed", "Others", OPEN, nobody, "seal.message-signer");
    let late = changed(&sound, "now", "2028-11-02T00:00:00".into());
    suite.reject("the signer's certificate has expired", "Others", OPEN, late, "seal.chain-expired");
    // Encrypted anew, so that the signature alone stands in the way.
    let signed = partners.signed(b"a lot of one record\n")?;
    let inside = |path: &[usize], at: usize| -> Made<Vec<u8>> {
        let mut tree = Node::read(&signed)?;
        let node = tree.at(path)?;
        node.value = flipped(&node.value, at.min(node.value.len() - 1));
        partners.encrypted(&tree.write())
    };
    for (title, octets, code) in [
        ("the signed content altered", inside(&[1, 0, 2, 1, 0], 0)?, "seal.message-digest"),
        ("the signature altered", inside(&[1, 0, 4, 0, 5], 60)?, "seal.signature"),
        ("the signing time altered", inside(&[1, 0, 4, 0, 3, 1, 1, 0], 5)?, "seal.signature"),
        ("not signed at all", partners.encrypted(b"a lot of one record\n")?, "seal.der"),
    ] {
        let input = partners.input(suite, &octets);
        suite.reject(title, "Altered", OPEN, input, code);
    }
    Ok(())
}

fn notifications(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "exchange/notifications.json",
        SCHEMA,
        &[("sigillo-decisions", "0.1.0", "D10"), ("rfc-8785", "2020", "3")],
        &[("Link", NoteKind::Basic, "One notification behind another.")],
    )
    .without_foreign_source("the form is this project's own; the replayer builds it anew");
    suite.group(own());
    let mut previous = "00".repeat(32);
    let life = [("formed", "not_issued"), ("activated", "valid"), ("delivered", "valid"), ("revoked", "revoked")];
    for (ordinal, (event, state)) in (1..).zip(life) {
        let input = json!({
            "at": NOTIFIED, "document": "I12345678", "event": event, "ordinal": ordinal, "record": 17, "state": state,
            "previous": previous,
        });
        suite.accept(event, "Link", "notification.link", input.clone());
        let made = sigillo_vectors::operate("notification.link", &input, &sigillo_vectors::Blobs::default());
        let made = made.map_err(|failure| format!("{failure:?}"))?;
        previous = made["id"].as_str().ok_or("a notification has an identity")?.to_owned();
    }
    let input = json!({
        "at": NOTIFIED, "document": null, "event": "annulled", "ordinal": 1, "record": 18, "state": "annulled",
        "previous": "00".repeat(32),
    });
    suite.accept("of a record without a number", "Link", "notification.link", input);
    suite.finish()
}

/// A sender and a recipient.
struct Partners {
    signing: PrivateKey,
    opening: CurvePrivateKey,
    signer: Certificate,
    recipient: Certificate,
}

impl Partners {
    fn new(kind: KeyAlgorithm) -> Made<Self> {
        let entropy = &mut SeededEntropy::new([0xE4; 32]);
        let curve = kind.curve().unwrap_or(Curve::P256);
        let signing = PrivateKey::generate(kind, entropy).map_err(|error| error.to_string())?;
        let opening = CurvePrivateKey::generate(curve, entropy);
        let algorithm = SignatureAlgorithm::for_key(kind);
        let complete = |unsigned: Unsigned<Certificate>| -> Made<Certificate> {
            let signature = signing.sign(algorithm, unsigned.to_be_signed(), &mut SeededEntropy::new([1; 32]));
            unsigned.complete(&signature.map_err(|error| error.to_string())?).map_err(text)
        };
        let profile = |name: &str, serial: u8, years| certificate(name, EcParameters::Named, serial, years);
        let public = signing.public();
        let root = eservices_authority(&profile("TEST eServices CA", 0xE0, 15)?, public, algorithm).map_err(text)?;
        let root = complete(root)?;
        let signer = message_signer(&profile("TEST signer", 0xE1, 1)?, public, &root, algorithm).map_err(text)?;
        let point = sigillo_crypto::PublicKey::from_point(opening.public().map_err(|error| error.to_string())?);
        let recipient = message_recipient(&profile("TEST recipient", 0xE2, 1)?, &point, &root, algorithm);
        let recipient = complete(recipient.map_err(text)?)?;
        Ok(Self { signer: complete(signer)?, signing, opening, recipient })
    }

    fn message(&self, content: &[u8]) -> Made<Vec<u8>> {
        let algorithm = SignatureAlgorithm::for_key(self.signing.algorithm());
        let unsigned = prepare_message(SecretBytes::copy_of(content), &self.signer, now(), algorithm).map_err(text)?;
        let entropy = &mut SeededEntropy::new([2; 32]);
        let signature =
            self.signing.sign(algorithm, unsigned.to_be_signed(), entropy).map_err(|error| error.to_string())?;
        unsigned.encrypt_to(&signature, &self.recipient, entropy).map_err(text)
    }

    /// What is inside the message.
    fn signed(&self, content: &[u8]) -> Made<Vec<u8>> {
        let mut tree = Node::read(&self.message(content)?)?;
        let mut part = |path: &[usize]| tree.at(path).map(|node| node.value.clone());
        let bits = part(&[1, 0, 1, 0, 1, 0, 1])?;
        let wrapped = part(&[1, 0, 1, 0, 3, 0, 1])?;
        let nonce = part(&[1, 0, 2, 1, 1, 0])?.try_into().map_err(|_| "a nonce has 12 octets")?;
        let ciphertext = [part(&[1, 0, 2, 2])?, part(&[1, 0, 3])?].concat();
        let open = || {
            let point = CurvePoint::decode(self.opening.curve(), bits.get(1..).unwrap_or_default())?;
            let agreed = self.opening.agree(&point)?.x();
            let wrapping = kdf_x963(HashAlgorithm::Sha256, &agreed, &SHARED_INFORMATION, 32);
            record_cipher::open(&key_wrap::unwrap(&wrapping, &wrapped)?, &nonce, &[], &ciphertext)
        };
        Ok(open().map_err(|error| error.to_string())?.expose(<[u8]>::to_vec))
    }

    fn encrypted(&self, plain: &[u8]) -> Made<Vec<u8>> {
        let entropy = &mut SeededEntropy::new([3; 32]);
        encrypt_to(&self.recipient, &SecretBytes::copy_of(plain), now(), entropy).map_err(text)
    }

    fn input(&self, suite: &mut Maker<'_>, message: &[u8]) -> Value {
        json!({
            "message": suite.octets(message), "key": self.opening.expose(|key| hex::encode(key)),
            "recipient": suite.octets(self.recipient.der()), "signers": [suite.octets(self.signer.der())], "now": NOW,
        })
    }
}

fn changed(input: &Value, member: &str, value: Value) -> Value {
    let mut input = input.clone();
    input[member] = value;
    input
}

/// `ECC-CMS-SharedInfo` of a key of 256 bits for AES-256 wrap.
const SHARED_INFORMATION: [u8; 23] = [
    0x30, 0x15, 0x30, 0x0B, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2D, 0xA2, 0x06, 0x04, 0x04,
    0, 0, 1, 0,
];
const SCHEMA: &str = "exchange.v1";
const OPEN: &str = "message.open";
const NOW: &str = "2026-11-02T12:00:00";
const NOTIFIED: &str = "2026-11-02T12:00:00Z";
