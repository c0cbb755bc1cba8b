//! The holder's codes: out of a random source, encrypted, and the verifier of a CIP.

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_codes::{
    Cip, CipVerifier, CodeCiphertext, CodePolicy, CodeSet, CodesError, EnvelopeContents, Generator, mod_11_10,
};
use sigillo_crypto::passphrase::PassphraseCost;
use sigillo_crypto::{Curve, CurvePrivateKey, Entropy, ScriptedEntropy, aes_cmac};
use sigillo_secret::{SecretBytes, SymmetricKey};

use crate::envelope::Stage;
use crate::failure::Failure;
use crate::input::{Fixed, Hex, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Digits {
    digits: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draws {
    draws: Vec<Fixed<16>>,
    can: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    plain: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Encryption {
    recipient: Fixed<32>,
    key_generation: u32,
    ephemeral: Fixed<32>,
    document: String,
    generation: u32,
    plain: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decryption {
    recipient: Fixed<32>,
    document: String,
    generation: u32,
    ciphertext: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Making {
    key: Fixed<32>,
    document: String,
    cip: String,
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: Fixed<16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verifying {
    key: Fixed<32>,
    document: String,
    cip: String,
    verifier: Hex,
}

pub(super) fn check_digit(input: &Value) -> Result<Value, Failure> {
    let Digits { digits } = read(input)?;
    let values: Option<Vec<u8>> = digits.bytes().map(|digit| digit.checked_sub(b'0').filter(|v| *v < 10)).collect();
    let values = values.ok_or_else(|| Failure::Broken("no row of digits".to_owned()))?;
    Ok(json!({ "check": mod_11_10(values) }))
}

pub(super) fn parse_cip(input: &Value) -> Result<Value, Failure> {
    let Digits { digits } = read(input)?;
    cip(&digits).map(|_| json!({}))
}

pub(super) fn generate(input: &Value) -> Result<Value, Failure> {
    let Draws { draws, can } = read(input)?;
    let mut source = ThenDead(draws.into_iter());
    let policy = CodePolicy { pin_tries: 3, puk_tries: 10, can };
    let set = CodeSet::generate(&mut Generator::new(&mut source), &policy)?;
    Ok(shown(&set))
}

pub(super) fn read_plain(input: &Value) -> Result<Value, Failure> {
    let Plain { plain: Hex(plain) } = read(input)?;
    Ok(shown(&CodeSet::decode(&SecretBytes::new(plain))?))
}

pub(super) fn encrypt(input: &Value) -> Result<Value, Failure> {
    let Encryption { recipient, key_generation, ephemeral: Fixed(ephemeral), document, generation, plain: Hex(plain) } =
        read(input)?;
    let recipient = key(&recipient)?.public()?;
    // A draw that is no scalar is drawn again, which one listed draw cannot be.
    CurvePrivateKey::from_bytes(Curve::P256, &ephemeral)?;
    let mut entropy = ScriptedEntropy::new([ephemeral.to_vec()]);
    let context = EnvelopeContents::context(&document, generation);
    let plain = SecretBytes::new(plain);
    let encrypted = CodeCiphertext::encrypt(key_generation, &recipient, &context, &plain, &mut entropy)?;
    Ok(json!({ "ciphertext": hex::encode(encrypted.encode()) }))
}

pub(super) fn decrypt(input: &Value) -> Result<Value, Failure> {
    let Decryption { recipient, document, generation, ciphertext: Hex(ciphertext) } = read(input)?;
    let private = key(&recipient)?;
    let encrypted = CodeCiphertext::decode(&ciphertext)?;
    let x = private.agree(encrypted.point())?.x();
    let plain = encrypted.open(&EnvelopeContents::context(&document, generation), &x, &private.public()?)?;
    Ok(json!({ "key_generation": encrypted.generation(), "plain": plain.expose(|plain| hex::encode(plain)) }))
}

pub(super) fn make_verifier(input: &Value) -> Result<Value, Failure> {
    let Making { key, document, cip: digits, memory, passes, lanes, salt: Fixed(salt) } = read(input)?;
    let mac = mac(&key, &document, &cip(&digits)?)?;
    let cost = PassphraseCost { memory, passes, lanes };
    let verifier = CipVerifier::make(&mac, cost, &mut ScriptedEntropy::new([salt.to_vec()]))?;
    let mac = mac.expose(|octets| hex::encode(octets));
    Ok(json!({ "mac": mac, "verifier": hex::encode(verifier.encode()) }))
}

pub(super) fn verify_cip(input: &Value) -> Result<Value, Failure> {
    let Verifying { key, document, cip: digits, verifier: Hex(verifier) } = read(input)?;
    let verifier = CipVerifier::decode(&verifier)?;
    Ok(json!({ "fits": verifier.verify(&mac(&key, &document, &cip(&digits)?)?)? }))
}

/// The draws of a vector, and nothing but zeros after them: what a source that dies gives.
struct ThenDead(std::vec::IntoIter<Fixed<16>>);

impl Entropy for ThenDead {
    fn fill(&mut self, out: &mut [u8]) {
        let draw = self.0.next().map_or([0; 16], |Fixed(draw)| draw);
        out.iter_mut().zip(draw).for_each(|(place, octet)| *place = octet);
    }
}

/// Codes of a vector are nobody's: they are shown.
fn shown(set: &CodeSet) -> Value {
    let text = |digits: &[u8]| String::from_utf8_lossy(digits).into_owned();
    let mut shown = json!({
        "pin": set.pin.expose(text), "puk": set.puk.expose(text), "cip": set.cip.expose(text),
        "plain": set.to_plain().expose(|plain| hex::encode(plain)),
    });
    if let (Some(can), Some(fields)) = (&set.can, shown.as_object_mut()) {
        fields.insert("can".to_owned(), can.expose(text).into());
    }
    shown
}

fn cip(digits: &str) -> Result<Cip, Failure> {
    Ok(Cip::parse(SecretBytes::copy_of(digits.as_bytes()))?)
}

fn key(Fixed(scalar): &Fixed<32>) -> Result<CurvePrivateKey, Failure> {
    Ok(CurvePrivateKey::from_bytes(Curve::P256, scalar)?)
}

/// The key store's part.
fn mac(Fixed(key): &Fixed<32>, document: &str, cip: &Cip) -> Result<SecretBytes, Failure> {
    let key = SymmetricKey::new(key)?;
    let mac = CipVerifier::message(document, cip).expose(|message| aes_cmac(&key, &[message]))?;
    Ok(SecretBytes::copy_of(&mac))
}

impl From<CodesError> for Failure {
    fn from(error: CodesError) -> Self {
        Self::refused(Stage::Codes, error.code(), None)
    }
}
