//! The holder's codes: check digits, generation, the form that is encrypted, the verifier of a CIP.

use serde_json::{Value, json};
use sigillo_crypto::{Entropy, SeededEntropy};
use sigillo_vectors::{Folder, NoteKind};

use crate::vectors::maker::{Made, Maker, own, standard};

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    Ok(vec![check_digits(folder)?, generation(folder)?, sealed(folder)?, verifiers(folder)?])
}

fn check_digits(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "codes/check-digits.json",
        SCHEMA,
        &[("iso-7064", "2003", "MOD 11,10")],
        &[
            ("CheckDigit", NoteKind::Basic, "The check digit of a row of digits."),
            ("Typed", NoteKind::Malformed, "What a caller says, with a slip of the tongue."),
        ],
    );
    suite.group(standard("ISO/IEC 7064, the example of the hybrid system", "2003"));
    suite.published(
        "the standard's example",
        "CheckDigit",
        "codes.check-digit",
        json!({ "digits": "0794" }),
        json!({ "check": 5 }),
    );
    suite.group(own());
    for digits in ["0000000000", "9999999999", "1234567890", "3339200596"] {
        suite.accept(digits, "CheckDigit", "codes.check-digit", json!({ "digits": digits }));
    }
    let parse = "codes.parse-cip";
    suite.accept("a CIP", "Typed", parse, json!({ "digits": "33392005961" }));
    for (title, digits, code) in [
        ("one digit wrong", "33392005971", "codes.check-digit"),
        ("two digits swapped", "33392005691", "codes.check-digit"),
        ("a digit left out", "3339200596", "codes.form"),
        ("a digit too many", "333920059611", "codes.form"),
        ("a letter", "3339200596I", "codes.form"),
        ("nothing", "", "codes.form"),
    ] {
        suite.reject(title, "Typed", parse, json!({ "digits": digits }), code);
    }
    suite.finish()
}

fn generation(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "codes/generation.json",
        SCHEMA,
        &[("sigillo-decisions", "0.1.0", "D6"), ("nist-sp-800-90b", "2018", "4.4")],
        &[
            (
                "Draws",
                NoteKind::Basic,
                "Octets of 250 and more are dropped, the others give their last digit; a code begins with a new block.",
            ),
            ("Dead", NoteKind::Malformed, "A source that repeats itself makes no code."),
        ],
    )
    .without_foreign_source("the way from octets to digits is this project's own; the replayer goes it anew");
    suite.group(own());
    let mut source = SeededEntropy::new([0xC0; 32]);
    let mut draws = |count: usize| -> Vec<[u8; 16]> {
        let draw = |_| {
            let mut block = [0; 16];
            source.fill(&mut block);
            block
        };
        (0..count).map(draw).collect()
    };
    let op = "codes.generate";
    suite.accept("PIN, PUK and CIP", "Draws", op, drawn(&draws(3), false));
    suite.accept("and a CAN", "Draws", op, drawn(&draws(4), true));
    let dropped: [u8; 16] = [250, 255, 251, 254, 252, 253, 7, 250, 255, 251, 254, 252, 253, 250, 255, 251];
    let [first, second, puk, cip] = <[[u8; 16]; 4]>::try_from(draws(4)).map_err(|_| "four draws")?;
    let rejected = drawn(&[dropped, first, puk, cip], false);
    suite.accept("a block that gives one digit: the PIN goes on in the next", "Draws", op, rejected);
    let edges: [u8; 16] = [249, 250, 0, 9, 10, 99, 100, 239, 240, 255, 1, 2, 3, 4, 5, 6];
    suite.accept("249 counts, 250 does not", "Draws", op, drawn(&[edges, second, cip], false));
    suite.reject("zeros alone", "Dead", op, drawn(&[], false), "codes.source");
    suite.reject("dead before the CIP", "Dead", op, drawn(&[first, puk], false), "codes.source");
    let stuck: [u8; 16] = [1, 2, 3, 77, 77, 77, 77, 77, 4, 5, 6, 7, 8, 9, 10, 11];
    suite.reject("one octet five times in a row", "Dead", op, drawn(&[stuck, second, cip], false), "codes.source");
    let tired: [u8; 16] = [1, 2, 3, 77, 77, 77, 77, 5, 4, 5, 6, 7, 8, 9, 10, 11];
    suite.accept("one octet four times in a row", "Draws", op, drawn(&[tired, second, cip], false));
    suite.finish()
}

fn sealed(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "codes/sealed.json",
        SCHEMA,
        &[("sigillo-decisions", "0.1.0", "D6"), ("nist-sp-800-56c", "2020", "4")],
        &[
            ("Plain", NoteKind::Basic, "The layout of a set of codes."),
            ("Sealed", NoteKind::Basic, "Encrypted to the issuing circuit's key, bound to document and generation."),
            ("Form", NoteKind::Malformed, "Octets that are no set of codes."),
            ("Altered", NoteKind::Tampered, "Another document, another generation, another key, one bit."),
        ],
    )
    .without_foreign_source(
        "the layout is this project's own; the replayer encrypts and opens with Python `cryptography`",
    );
    suite.group(own());
    let plain = b"\x01\x0012345678876543213339200596\x31".as_slice();
    let with_can = [b"\x01\x01", &plain[2..], b"654321"].concat();
    let shown = |plain: &[u8]| json!({ "plain": hex::encode(plain) });
    let op = "codes.read-plain";
    suite.accept("without a CAN", "Plain", op, shown(plain));
    suite.accept("with a CAN", "Plain", op, shown(&with_can));
    let end = plain.len() - 1;
    for (title, octets, code) in [
        ("nothing at all", Vec::new(), "codes.plain-form"),
        ("version 2", [b"\x02", &plain[1..]].concat(), "codes.plain-form"),
        ("a mark that is no mark", [b"\x01\x02", &plain[2..]].concat(), "codes.plain-form"),
        ("cut in the CIP", plain[..end].to_vec(), "codes.plain-form"),
        ("a CAN that was not announced", [plain, b"654321"].concat(), "codes.plain-form"),
        ("a CAN that is missing", [b"\x01\x01", &plain[2..]].concat(), "codes.plain-form"),
        ("a PIN with a letter", [b"\x01\x00A", &plain[3..]].concat(), "codes.form"),
        ("another check digit", [&plain[..end], b"2"].concat(), "codes.check-digit"),
    ] {
        suite.reject(title, "Form", op, shown(&octets), code);
    }
    let input = json!({
        "recipient": RECIPIENT, "key_generation": 3, "ephemeral": EPHEMERAL, "document": "I12345678", "generation": 1,
        "plain": hex::encode(&with_can),
    });
    suite.accept("encrypted with a listed draw", "Sealed", "codes.encrypt", input.clone());
    let zero = changed(&input, "ephemeral", "00".repeat(32).into());
    suite.reject("an ephemeral key of zero", "Altered", "codes.encrypt", zero, "crypto.key-form");
    let made = sigillo_vectors::operate("codes.encrypt", &input, &sigillo_vectors::Blobs::default());
    let made = made.map_err(|failure| format!("{failure:?}"))?;
    let ciphertext = made["ciphertext"].as_str().ok_or("codes.encrypt gives a ciphertext")?.to_owned();
    let right = json!({ "recipient": RECIPIENT, "document": "I12345678", "generation": 1, "ciphertext": ciphertext });
    let op = "codes.decrypt";
    suite.accept("opened", "Sealed", op, right.clone());
    let with = |at: usize, digits: &str| {
        let mut altered = ciphertext.clone();
        altered.replace_range(at..at + digits.len(), digits);
        changed(&right, "ciphertext", altered.into())
    };
    for (title, input) in [
        ("another document's", changed(&right, "document", "I12345679".into())),
        ("another generation's", changed(&right, "generation", 2.into())),
        ("another key", changed(&right, "recipient", EPHEMERAL.into())),
        ("version 2 of the ciphertext", with(0, "02")),
        ("a point that is not on the curve", with(138, if ciphertext[138..].starts_with('0') { "1" } else { "0" })),
        ("one bit of the ciphertext", with(141, if ciphertext[141..].starts_with('0') { "1" } else { "0" })),
        ("cut in the point", changed(&right, "ciphertext", ciphertext[..60].into())),
        ("no tag", changed(&right, "ciphertext", ciphertext[..140].into())),
    ] {
        suite.reject(title, "Altered", op, input, "codes.ciphertext");
    }
    suite.finish()
}

fn verifiers(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "codes/verifiers.json",
        SCHEMA,
        &[("rfc-9106", "2021", "3"), ("rfc-4493", "2006", "2.4")],
        &[
            ("Made", NoteKind::Basic, "Argon2id over the AES-256-CMAC of document number and CIP."),
            ("Checked", NoteKind::Basic, "Whether a CIP is the one."),
            ("Form", NoteKind::Malformed, "Octets that are no verifier, or a cost without measure."),
        ],
    )
    .without_foreign_source("the layout is this project's own; the replayer computes it with Python `cryptography`");
    suite.group(own());
    let input = |memory: u32, passes: u32, lanes: u32| {
        json!({
            "key": "5a".repeat(32), "document": "I12345678", "cip": "33392005961", "memory": memory, "passes": passes,
            "lanes": lanes, "salt": "000102030405060708090a0b0c0d0e0f",
        })
    };
    let op = "codes.make-verifier";
    suite.accept("the cost that the line pays", "Made", op, input(19 * 1024, 2, 1));
    suite.accept("the least cost", "Made", op, input(8, 1, 1));
    suite.accept("two lanes", "Made", op, input(64, 3, 2));
    suite.reject("no memory at all", "Form", op, input(0, 1, 1), "codes.verifier");
    suite.reject("more memory than allowed", "Form", op, input(1024 * 1024 + 1, 1, 1), "codes.verifier");
    let made = sigillo_vectors::operate(op, &input(64, 3, 2), &sigillo_vectors::Blobs::default());
    let made = made.map_err(|failure| format!("{failure:?}"))?;
    let verifier = made["verifier"].as_str().ok_or("codes.make-verifier gives a verifier")?;
    let right = json!({ "key": "5a".repeat(32), "document": "I12345678", "cip": "33392005961", "verifier": verifier });
    let op = "codes.verify-cip";
    suite.accept("the right CIP", "Checked", op, right.clone());
    suite.accept("another CIP", "Checked", op, changed(&right, "cip", "12345678903".into()));
    suite.accept("another document's CIP", "Checked", op, changed(&right, "document", "I12345679".into()));
    suite.accept("another key store's CIP", "Checked", op, changed(&right, "key", "5b".repeat(32).into()));
    for (title, octets) in [
        ("no octets", String::new()),
        ("version 2", format!("02{}", &verifier[2..])),
        ("an octet short", verifier[..108].to_owned()),
        ("an octet too many", format!("{verifier}00")),
        ("a cost without measure", format!("01ffffffff{}", &verifier[10..])),
    ] {
        suite.reject(title, "Form", op, changed(&right, "verifier", octets.into()), "codes.verifier");
    }
    suite.finish()
}

fn drawn(draws: &[[u8; 16]], can: bool) -> Value {
    json!({ "draws": draws.iter().map(hex::encode).collect::<Vec<_>>(), "can": can })
}

fn changed(input: &Value, field: &str, value: Value) -> Value {
    let mut input = input.clone();
    input[field] = value;
    input
}

const SCHEMA: &str = "codes.v1";
/// Private keys of nobody: what the issuing circuit keeps in its token.
const RECIPIENT: &str = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const EPHEMERAL: &str = "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534";
