//! Strangers judge every chip of the demo's lot; in the same test each refuses a tampered twin of every chip.
//!
//! OpenSSL refuses explicit curve parameters in chains, as ICAO 9303-12 asks for them. So the lot is formed twice: under
//! named curves OpenSSL judges message and chain; under explicit ones it judges the message, and Python the chain.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod judges;
mod workshop;

use base64ct::Encoding;
use judges::openssl::{self, Trust};
use judges::python::{Verdict, judge, twin};
use judges::{FormedLot, flipped};
use serde_json::Value;
use workshop::{NOW, Workshop, repository};

#[test]
fn with_named_curves_openssl_verifies_every_seal_by_the_csca_alone() {
    let lot = FormedLot::form("pse-rf-bac-named");
    let (csca, stranger) = (csca_of(&lot.shop), csca_of(&Workshop::with_home("pse-rf-bac-named")));
    for chip in &lot.chips {
        let verify = |sod: &[u8]| openssl::verify(sod, Trust::Anchor(&csca), seconds(NOW));
        let accepted = verify(&chip.file("EF.SOD")).unwrap();
        assert!(
            lists(&accepted.content, &chip.file("DG3")),
            "the content that OpenSSL hands out lists the read-back of DG3"
        );

        refused(verify(&chip.sod_with_another_hash()), OTHER_CONTENT);
        refused(verify(&chip.sod_with_another_signature()), OTHER_SIGNATURE);
        refused(verify(&chip.sod_with_a_longer_life()), "certificate signature failure");
        let anchored = |csca: &str, moment| openssl::verify(&chip.file("EF.SOD"), Trust::Anchor(csca), seconds(moment));
        refused(anchored(&stranger, NOW), "unable to get local issuer certificate");
        refused(anchored(&csca, "2026-11-01T23:59:59Z"), "certificate is not yet valid");
        refused(anchored(&csca, "2037-02-02T00:00:00Z"), "certificate has expired");
    }
    certificates_are_right(&lot, "ASN1 OID: prime256v1");
}

#[test]
fn with_explicit_parameters_openssl_verifies_every_message_and_python_everything() {
    let lot = FormedLot::form("pse-rf-bac");
    let stranger = Workshop::with_home("pse-rf-bac");
    let (csca, anchor) = (lot.shop.csca(), csca_of(&lot.shop));
    let (mut jpeg_2000, mut prints) = (0, 0);
    for chip in &lot.chips {
        let sod = chip.file("EF.SOD");
        let verify = |sod: &[u8]| openssl::verify(sod, Trust::MessageOnly, seconds(NOW));
        verify(&sod).unwrap();
        refused(verify(&chip.sod_with_another_hash()), OTHER_CONTENT);
        refused(verify(&chip.sod_with_another_signature()), OTHER_SIGNATURE);
        // Why the chain goes to another judge. The day OpenSSL takes it, this test says so.
        let chain = openssl::verify(&sod, Trust::Anchor(&anchor), seconds(NOW));
        refused(chain, "explicit ECC parameters");

        let twins = [
            ("DG1", flipped(&chip.file("DG1"), 70), "sod.hash-dg1"),
            ("DG2", flipped(&chip.file("DG2"), chip.file("DG2").len() - 5000), "sod.hash-dg2"),
            ("DG3", flipped(&chip.file("DG3"), chip.file("DG3").len() - 1), "sod.hash-dg3"),
            ("EF.SOD", chip.sod_with_another_hash(), "sod.signed-attributes"),
            ("EF.SOD", chip.sod_with_another_signature(), "sod.signature"),
            ("EF.SOD", chip.sod_with_a_longer_life(), "certificate.signature"),
        ]
        .map(|(name, octets, check)| (twin(chip, name, &octets), check));
        let mut folders = vec![chip.folder.as_path()];
        folders.extend(twins.iter().map(|(folder, _)| folder.path()));
        let mut verdicts = judge(&folders, &csca).into_iter();
        let verdict = verdicts.next().unwrap();
        for ((_, check), Verdict { failed, .. }) in twins.iter().zip(verdicts) {
            assert!(failed.iter().any(|name| name == check), "{check} passes in a twin; refused: {failed:?}");
        }
        let refusals = judge(&[&chip.folder], &stranger.csca()).remove(0).failed;
        assert_eq!(refusals, ["certificate.signature", "certificate.key-identifier"]);

        assert_eq!((verdict.failed, verdict.not_run), (vec![], vec![]));
        let portrait = &verdict.facts["portrait"];
        assert_eq!(portrait["sha256"], digest_of(&chip.record["portrait"]), "the portrait is the lot's, byte by byte");
        jpeg_2000 += u32::from(portrait["format"] == "JPEG2000");
        let fingers = verdict.facts["fingers"].as_array().unwrap();
        let read: Vec<_> =
            fingers.iter().map(|finger| (finger["position"].clone(), finger["sha256"].clone())).collect();
        assert_eq!(read, fingers_of(&chip.record), "the prints are the lot's, byte by byte");
        prints += read.len();
    }
    assert!(jpeg_2000 > 0 && prints > 0, "the lot has portraits in JPEG 2000, and fingerprints");
    certificates_are_right(&lot, "Field Type: prime-field");
}

/// CSCA and document signer as OpenSSL reads them, the latter out of an EF.SOD. Dates by hand from decision D8: the signer
/// seals for three months a permit of up to ten years, the CSCA certifies signers for four years.
fn certificates_are_right(lot: &FormedLot, curve: &str) {
    let csca = csca_of(&lot.shop);
    let sod = lot.chips[0].file("EF.SOD");
    let signer = openssl::verify(&sod, Trust::MessageOnly, seconds(NOW)).unwrap().signer;
    let both = [
        "Not Before: Nov  2 00:00:00 2026 GMT",
        "Signature Algorithm: ecdsa-with-SHA256",
        "Public-Key: (256 bit)",
        curve,
    ];
    let of_csca = [
        "Subject: C = IT, O = Sigillo, OU = TEST, CN = TEST CSCA",
        "Not After : Feb  1 23:59:59 2041 GMT",
        "Not Before: Nov  2 00:00:00 2026 GMT, Not After: Nov  1 23:59:59 2030 GMT",
        "Certificate Sign, CRL Sign",
        "CA:TRUE, pathlen:0",
    ];
    let of_signer = [
        "Issuer: C = IT, O = Sigillo, OU = TEST, CN = TEST CSCA",
        "Subject: C = IT, O = Sigillo, OU = TEST, CN = TEST Document Signer",
        "Not After : Feb  1 23:59:59 2037 GMT",
        "Not Before: Nov  2 00:00:00 2026 GMT, Not After: Feb  1 23:59:59 2027 GMT",
        "Digital Signature\n",
    ];
    for (certificate, needed, dates) in [
        (&csca, of_csca, ["UTCTIME           :261102000000Z", "UTCTIME           :410201235959Z"]),
        (&signer, of_signer, ["UTCTIME           :261102000000Z", "UTCTIME           :370201235959Z"]),
    ] {
        let (text, tree) = openssl::describe(certificate);
        for needed in both.iter().chain(&needed) {
            assert!(text.contains(needed), "{needed} is missing:\n{text}");
        }
        for date in dates {
            assert!(tree.contains(date), "{date} is missing:\n{tree}");
        }
    }
    let last = lot.chips.iter().map(|chip| chip.record["valid_to"].as_str().unwrap()).max().unwrap();
    assert!(last <= "2037-02-01", "a permit outlives its signer's certificate");
}

fn csca_of(shop: &Workshop) -> String {
    openssl::pem(&shop.csca())
}

fn seconds(moment: &str) -> i64 {
    moment.parse::<jiff::Timestamp>().unwrap().as_second()
}

fn lists(content: &[u8], file: &[u8]) -> bool {
    content.windows(32).any(|window| window == sigillo_crypto::sha256(file))
}

fn refused(verdict: Result<openssl::Accepted, String>, why: &str) {
    let complaint = verdict.err().unwrap_or_else(|| panic!("OpenSSL accepts what it should refuse: {why}"));
    assert!(complaint.contains(why), "refused, but not for {why}: {complaint}");
}

/// SHA-256 of an image that a record names or brings.
fn digest_of(image: &Value) -> Value {
    let octets = match image["path"].as_str() {
        Some(path) => std::fs::read(repository("demo").join(path)).unwrap(),
        None => base64ct::Base64::decode_vec(image["base64"].as_str().unwrap()).unwrap(),
    };
    hex::encode(sigillo_crypto::sha256(&octets)).into()
}

/// Positions (ISO/IEC 19794-4, table 7) and digests of a record's fingerprints.
fn fingers_of(record: &Value) -> Vec<(Value, Value)> {
    let none = Vec::new();
    let fingers = record["fingerprints"].as_array().unwrap_or(&none).iter().map(|finger| {
        let position = match finger["position"].as_str().unwrap() {
            "right-thumb" => 1,
            "right-index" => 2,
            "left-index" => 7,
            other => panic!("the demo has no {other}"),
        };
        (Value::from(position), digest_of(&finger["image"]))
    });
    fingers.collect()
}

/// Where OpenSSL stands when the content has another digest than the signed one, and when the signature is wrong.
const OTHER_CONTENT: &str = "CMS_SignerInfo_verify_content:verification failure";
const OTHER_SIGNATURE: &str = "CMS_SignerInfo_verify:verification failure";
