//! Public keys, signatures, sealed records and chip images.

use serde_json::json;
use sigillo_channel::scp03::KeySet;
use sigillo_crypto::{EcParameters, HashAlgorithm, P256PrivateKey, PublicKey, SeededEntropy, sha256};
use sigillo_secret::SymmetricKey;
use sigillo_vchip::Chip;
use sigillo_vectors::{Folder, NoteKind};

use crate::vectors::der::Node;
use crate::vectors::maker::{Made, Maker, bytes, flipped, own, standard};

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    Ok(vec![keys(folder)?, images(folder)?])
}

/// RFC 6979, A.2.5: the point of the private key, and the signature over `sample` with SHA-256.
const POINT: &str = "04
    60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
    7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
const SIGNATURE: &str = "3046
    022100 EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    022100 F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";

fn keys(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "codec/keys.json",
        "codec.v1",
        &[("rfc-6979", "2013", "A.2.5"), ("nist-gcm", "2007", "test case 14"), ("rfc-5480", "2009", "2.1.1")],
        &[
            ("Signature", NoteKind::Basic, "A published signature under a published key."),
            ("Record", NoteKind::Basic, "AES-256 in Galois/Counter Mode, the tag behind the ciphertext."),
            ("Key", NoteKind::Basic, "SubjectPublicKeyInfo with a named curve, or with its parameters spelt out."),
            ("Altered", NoteKind::Tampered, "One bit differs, or another algorithm is named."),
            ("Form", NoteKind::Malformed, "A key that is none, or of another length."),
        ],
    );
    let text = |error: sigillo_crypto::CryptoError| error.to_string();
    let key = PublicKey::from_p256_point(&bytes(POINT)?).map_err(text)?;
    let named = key.to_spki_der(EcParameters::Named).map_err(text)?;
    let explicit = key.to_spki_der(EcParameters::Explicit).map_err(text)?;
    let signed = |algorithm: &str, message: &[u8], signature: &[u8]| {
        json!({
            "key": hex::encode(&named), "algorithm": algorithm, "message": hex::encode(message),
            "signature": hex::encode(signature),
        })
    };
    suite.group(standard("RFC 6979, A.2.5", "2013"));
    let right = bytes(SIGNATURE)?;
    suite.published(
        "P-256 and SHA-256",
        "Signature",
        "signature.verify",
        signed("ecdsa-sha256", b"sample", &right),
        json!({}),
    );
    suite.group(standard("McGrew and Viega, The Galois/Counter Mode of Operation, test case 14", "2007"));
    let cipher = bytes("CEA7403D4D606B6E074EC5D3BAF39D18 D0D1C8A799996BF0265B98B5D48AB919")?;
    let sealed = |key: &[u8], context: &str, content: &[u8]| json!({ "key": hex::encode(key), "nonce": "00".repeat(12), "context": context, "content": hex::encode(content) });
    let plain = json!({ "plain": "00".repeat(16) });
    suite.published("sixteen zeros", "Record", "record-cipher.open", sealed(&[0; 32], "", &cipher), plain);

    suite.group(own());
    for (title, spki) in [("a named curve", &named), ("parameters spelt out", &explicit)] {
        suite.accept(title, "Key", "public-key.decode", json!({ "content": hex::encode(spki) }));
    }
    let verify = "signature.verify";
    suite.reject("another message", "Altered", verify, signed("ecdsa-sha256", b"simple", &right), "crypto.signature");
    let other = flipped(&right, right.len() - 1);
    suite.reject("another signature", "Altered", verify, signed("ecdsa-sha256", b"sample", &other), "crypto.signature");
    suite.reject("RSA", "Altered", verify, signed("rsa-sha256", b"sample", &right), "crypto.algorithm-mismatch");
    let open = "record-cipher.open";
    for (title, input) in [
        ("another key", sealed(&[1; 32], "", &cipher)),
        ("another context", sealed(&[0; 32], "00", &cipher)),
        ("another ciphertext", sealed(&[0; 32], "", &flipped(&cipher, 0))),
        ("no tag", sealed(&[0; 32], "", &[0; 8])),
    ] {
        suite.reject(title, "Altered", open, input, "crypto.authentication");
    }
    suite.reject("an AES-128 key", "Form", open, sealed(&[0; 16], "", &cipher), "crypto.key-form");
    suite.reject("a key of 33 octets", "Form", open, sealed(&[0; 33], "", &cipher), "secret.key-length");

    let mut off_the_curve = Node::read(&named)?;
    let last = off_the_curve.at(&[1])?.value.len() - 1;
    off_the_curve.at(&[1])?.value = flipped(&off_the_curve.at(&[1])?.value.clone(), last);
    let mut other_curve = Node::read(&named)?;
    other_curve.at(&[0, 1])?.value = bytes("2B8104000A")?;
    let mut other_parameters = Node::read(&explicit)?;
    let prime = other_parameters.at(&[0, 1, 1, 1])?;
    prime.value = flipped(&prime.value, 20);
    for (title, content, code) in [
        ("a point that is not on the curve", off_the_curve.write(), "crypto.public-key-form"),
        ("secp256k1", other_curve.write(), "crypto.curve-unknown"),
        ("parameters with another prime", other_parameters.write(), "crypto.curve-unknown"),
        ("no DER", vec![0x30], "crypto.public-key-form"),
    ] {
        suite.reject(title, "Form", "public-key.decode", json!({ "content": hex::encode(content) }), code);
    }
    suite.finish()
}

fn images(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "chip/chip-images.json",
        "codec.v1",
        &[("sigillo-decisions", "0.1.0", "D11")],
        &[
            ("Image", NoteKind::Basic, "The memory of a virtual chip, marked TEST, as the vendor delivers it."),
            ("Damaged", NoteKind::Tampered, "An image with one octet changed, or cut."),
        ],
    )
    .without_foreign_source("the image is the memory of this project's own virtual chip");
    suite.group(own());
    let key = |octet| SymmetricKey::new(&[octet; 16]).map_err(|error| error.to_string());
    let image = Chip::manufacture(*b"TEST-00001", KeySet::new(key(0xA0)?, key(0xA1)?, key(0xA2)?)).image();
    let input = |image: &[u8]| json!({ "content": hex::encode(image) });
    suite.accept("a new chip", "Image", "chip-image.read", input(&image));
    let covered = image.len() - 32;
    let resealed = |at: usize, octet: u8| {
        let mut changed: Vec<u8> = image.iter().copied().take(covered).collect();
        changed.iter_mut().skip(at).take(1).for_each(|place| *place = octet);
        let checksum = sha256(&changed);
        [changed, checksum.to_vec()].concat()
    };
    for (title, image, code) in [
        ("the mark gone", resealed(8, b'P'), "chip.image-magic"),
        ("version 3", resealed(26, 3), "chip.image-version"),
        ("one octet changed", flipped(&image, 40), "chip.image-checksum"),
        ("one octet short", image.iter().copied().take(image.len() - 1).collect(), "chip.image-checksum"),
        ("another object first", resealed(27, 0xC4), "chip.image-content"),
    ] {
        suite.reject(title, "Damaged", "chip-image.read", input(&image), code);
    }
    suite.finish()
}

/// A key pair of the tests: everybody can make it again.
pub(super) fn test_key(number: u8) -> P256PrivateKey {
    P256PrivateKey::generate(&mut SeededEntropy::new([number; 32]))
}

/// An ECDSA signature with SHA-256.
pub(super) fn sign(key: &P256PrivateKey, message: &[u8]) -> Made<Vec<u8>> {
    key.sign(HashAlgorithm::Sha256, message).map_err(|error| error.to_string())
}
