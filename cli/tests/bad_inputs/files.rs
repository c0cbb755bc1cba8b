//! Bad files that a command names: lots, certificates, images of chips, machine readable zones, folders.

use std::fs;
use std::path::Path;

use sigillo_crypto::sha256;

use crate::bench::{Bench, digest};
use crate::workshop::{NOW, Workshop};

/// Gives each of them to the command that reads it.
pub(crate) fn refused(bench: &mut Bench) {
    lots(bench);
    trust_anchors(bench);
    chip_images(bench);
    machine_readable_zones(bench);
    damaged_chips(bench);
    folders(bench);
    served_images(bench);
}

fn lots(bench: &mut Bench) {
    let folder = bench.shop.path().to_str().unwrap().to_owned();
    let empty = bench.file("empty.jsonl", "");
    for command in ["check", "import"] {
        bench.refuses(&["lot", command, &format!("{folder}/nothing.jsonl")], "line.file", 3);
        bench.refuses(&["lot", command, &folder], "line.file", 3);
        bench.refuses(&["lot", command, &empty], "store.empty-lot", 3);
    }
}

#[rustfmt::skip]
fn trust_anchors(bench: &mut Bench) {
    let csca = fs::read(bench.shop.csca()).unwrap();
    let with = |from: &[u8], to: &[u8]| replaced(&csca, from, to);
    let long_form = [&[0x30, 0x83, 0x00], &csca[2..]].concat();
    let files: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty.der", Vec::new(), "seal.der"),
        ("text.der", b"-----BEGIN CERTIFICATE-----\n".to_vec(), "seal.der"),
        ("cut.der", csca[..csca.len() / 2].to_vec(), "seal.der"),
        ("longer.der", [&csca[..], &[0]].concat(), "seal.der"),
        ("not-der.der", long_form, "seal.der-length"),
        ("huge.der", vec![0x30; 1 << 20], "seal.too-large"),
        ("key.der", b"sigillo1T\x01then a key of 32 octets follows here".to_vec(), "seal.der"),
        ("version-1.der", with(&[0xA0, 0x03, 0x02, 0x01, 0x02], &[0xA0, 0x03, 0x02, 0x01, 0x00]), "seal.certificate"),
        // ecdsa-with-SHA256 inside, ecdsa-with-SHA512 outside.
        ("two-algorithms.der", last_replaced(&csca, ECDSA_SHA256, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x04]), "seal.signature-algorithm"),
    ];
    let (image, mrz) = (path(&bench.released), path(&bench.mrz));
    for (name, bytes, code) in files {
        let file = bench.file(name, bytes);
        bench.refuses(&["chip", "verify", "--image", &image, "--mrz-file", &mrz, "--csca", &file], code, 3);
    }
    let missing = path(&bench.shop.path().join("nothing.der"));
    bench.refuses(&["chip", "verify", "--image", &image, "--mrz-file", &mrz, "--csca", &missing], "line.file", 3);

    // Well-formed certificates that are not the anchor of this chip.
    let stranger = Workshop::with_home("pse-rf-bac");
    bench.judges(&image, &path(&stranger.csca()), "sod.chain", "seal.chain-unknown-issuer");
    let signer = path(&bench.shop.home().join("keys/document-signer.der"));
    bench.judges(&image, &signer, "sod.chain", "seal.chain-unknown-issuer");
    // basicConstraints and keyUsage under a number that nobody knows.
    let unknown = bench.file("unknown.der", with(BASIC_CONSTRAINTS, &[0x06, 0x03, 0x55, 0x1D, 0x7F]));
    bench.judges(&image, &unknown, "sod.chain", "seal.critical-extension");
}

#[rustfmt::skip]
fn chip_images(bench: &mut Bench) {
    let image = fs::read(&bench.released).unwrap();
    let mut other_version = image.clone();
    other_version[26] = 9;
    let mut flipped = image.clone();
    flipped[image.len() / 2] ^= 1;
    let mut impossible = image.clone();
    impossible[51] = 0x77;
    let files: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty.chip", Vec::new(), "chip.image-magic"),
        ("text.chip", b"not a chip".to_vec(), "chip.image-magic"),
        ("version.chip", other_version, "chip.image-version"),
        ("flipped.chip", flipped, "chip.image-checksum"),
        ("cut.chip", image[..image.len() - 100].to_vec(), "chip.image-checksum"),
        ("impossible.chip", checked(impossible), "chip.image-content"),
        ("huge.chip", vec![0; 1 << 20], "chip.image-size"),
    ];
    let (mrz, csca) = (path(&bench.mrz), path(&bench.shop.csca()));
    for (name, bytes, code) in files {
        let file = bench.file(name, bytes);
        bench.refuses(&["chip", "inspect", "--image", &file, "--mrz-file", &mrz], code, 3);
        bench.refuses(&["chip", "verify", "--image", &file, "--mrz-file", &mrz, "--csca", &csca], code, 3);
        bench.refuses(&["chip", "serve", "--image", &file], code, 3);
        bench.inputs -= 2;
    }
    let missing = path(&bench.shop.path().join("nothing.chip"));
    bench.refuses(&["chip", "inspect", "--image", &missing, "--mrz-file", &mrz], "line.file", 3);
    // Not locked yet: Basic Access Control is closed.
    let stock = path(&bench.stock);
    bench.refuses(&["chip", "inspect", "--image", &stock, "--mrz-file", &mrz], "inspect.refused", 5);
}

fn machine_readable_zones(bench: &mut Bench) {
    let mrz = fs::read_to_string(&bench.mrz).unwrap();
    let with = |at: usize, to: &str| {
        let mut out = mrz.clone();
        out.replace_range(at..at + to.len(), to);
        out
    };
    let (image, csca) = (path(&bench.released), path(&bench.shop.csca()));
    for (name, text, code) in [
        ("nothing.txt", String::new(), "lds.length"),
        ("two-lines.txt", mrz.lines().take(2).collect(), "lds.length"),
        ("passport.txt", format!("{}\n{}\n", "P<ITA".to_owned() + &"<".repeat(39), "<".repeat(44)), "lds.length"),
        ("lower-case.txt", mrz.to_lowercase(), "lds.character"),
        ("check-digit.txt", with(14, if &mrz[14..15] == "0" { "1" } else { "0" }), "lds.check-digit"),
        ("document-code.txt", with(0, "X<"), "lds.document-code"),
        ("nationality.txt", with(46, "ZZZ"), "lds.country"),
    ] {
        let file = bench.file(name, text);
        bench.refuses(&["chip", "inspect", "--image", &image, "--mrz-file", &file], code, 3);
        bench.refuses(&["chip", "verify", "--image", &image, "--mrz-file", &file, "--csca", &csca], code, 3);
        bench.inputs -= 1;
    }
    let file = bench.file("octets.txt", [0xFF; 90]);
    bench.refuses(&["chip", "inspect", "--image", &image, "--mrz-file", &file], "line.file", 3);
    // Well-formed, of another card: ICAO 9303-5, appendix A.
    let specimen = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<\n";
    let file = bench.file("specimen.txt", specimen);
    bench.refuses(&["chip", "inspect", "--image", &image, "--mrz-file", &file], "channel.refused", 5);
    // Nobody at the prompt.
    bench.refuses(&["chip", "inspect", "--image", &image], "usage.mrz", 2);
}

/// Whole images of chips whose files were changed.
fn damaged_chips(bench: &mut Bench) {
    let image = fs::read(&bench.released).unwrap();
    let mrz = fs::read_to_string(&bench.mrz).unwrap();
    let name = mrz.lines().nth(2).unwrap();
    let other_name = format!("MUSTER{}", &name[6..]);
    let csca = path(&bench.shop.csca());
    let security_object = [0x06, 0x06, 0x67, 0x81, 0x08, 0x01, 0x01, 0x01];
    for (file, bytes, check, code) in [
        ("name.chip", replaced(&image, name.as_bytes(), other_name.as_bytes()), "dg1.hash", "seal.hash-mismatch"),
        (
            "content.chip",
            replaced(&image, &security_object, &[0x06, 0x06, 0x67, 0x81, 0x08, 0x01, 0x01, 0x02]),
            "sod.structure",
            "seal.content-type",
        ),
        ("form.chip", cut_seal(&image), "sod.structure", "seal.der"),
    ] {
        let file = bench.file(file, checked(bytes));
        bench.judges(&file, &csca, check, code);
    }
}

fn folders(bench: &mut Bench) {
    let (image, mrz) = (path(&bench.released), path(&bench.mrz));
    let existing = path(&bench.shop.path().join("print"));
    bench.refuses(&["run", "print-data", "--out", &existing], "line.file", 3);
    bench.refuses(&["chip", "inspect", "--image", &image, "--mrz-file", &mrz, "--save", &existing], "line.file", 3);
    let nowhere = path(&bench.shop.path().join("nowhere/at/all"));
    bench.refuses(&["man", &nowhere], "line.file", 3);
}

/// A magazine with an image that is none: nothing is served, and the folder stays as it is.
fn served_images(bench: &mut Bench) {
    let folder = bench.shop.path().join("magazine");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("1.chip"), NOW).unwrap();
    let before = digest(&folder);
    bench.refuses(&["chip", "serve", "--magazine", &path(&folder)], "chip.image-magic", 3);
    assert_eq!(digest(&folder), before);
}

fn path(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// The bytes with the first occurrence of `from` replaced by as many others.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    at_replaced(bytes, at, to)
}

fn last_replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).rposition(|window| window == from).unwrap();
    at_replaced(bytes, at, to)
}

fn at_replaced(bytes: &[u8], at: usize, to: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out[at..at + to.len()].copy_from_slice(to);
    out
}

/// The image with the length of the CMS inside EF.SOD (`77 82 .. .. 30 82 .. ..`) one too great.
fn cut_seal(image: &[u8]) -> Vec<u8> {
    let is_seal = |window: &[u8]| matches!(window, [0x77, 0x82, _, _, 0x30, 0x82, _, _]);
    let at = image.windows(8).position(is_seal).unwrap();
    at_replaced(image, at + 7, &[image[at + 7].wrapping_add(1)])
}

/// The image with a checksum that fits.
fn checked(mut image: Vec<u8>) -> Vec<u8> {
    image.truncate(image.len() - 32);
    let checksum = sha256(&image);
    image.extend_from_slice(&checksum);
    image
}

const ECDSA_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
const BASIC_CONSTRAINTS: &[u8] = &[0x06, 0x03, 0x55, 0x1D, 0x13];
