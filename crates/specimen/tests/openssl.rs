//! OpenSSL judges the files that only a chip with every protocol has; each verdict has a tampered twin that it refuses.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "OpenSSL is a process that reads files"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::civil::date;
use sigillo_lds::dg14::Dg14;
use sigillo_lds::dg15::Dg15;
use sigillo_profile::{Content, Profile, embedded};
use sigillo_seal::CardSecurity;
use sigillo_specimen::{Specimen, form};
use tempfile::TempDir;

/// 2026-11-02 12:00 UTC.
const NOON: &str = "1793620800";

/// The full profile with named curves: OpenSSL refuses explicit ones in chains.
fn specimen(seed: u8) -> Specimen {
    let text = embedded("pse-rf-full").unwrap().replace("\"explicit\"", "\"named\"");
    form(&Profile::parse(&text).unwrap(), [seed; 32], date(2026, 11, 2)).unwrap()
}

fn openssl(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn pem(folder: &Path, name: &str, der: &[u8]) {
    fs::write(folder.join("in.der"), der).unwrap();
    assert!(openssl(folder, &["x509", "-inform", "DER", "-in", "in.der", "-out", name]).0, "{name}");
}

#[test]
fn card_security_is_a_message_of_the_document_signer() {
    let (folder, specimen, stranger) = (TempDir::new().unwrap(), specimen(1), specimen(2));
    let folder = folder.path();
    pem(folder, "csca.pem", specimen.csca().der());
    pem(folder, "other.pem", stranger.csca().der());
    let verify = |octets: &[u8], anchor: &str| {
        fs::write(folder.join("security"), octets).unwrap();
        let arguments = ["cms", "-verify", "-inform", "DER", "-in", "security", "-out", "content", "-attime", NOON];
        openssl(folder, &[&arguments[..], &["-CAfile", anchor]].concat()).0
    };
    let file = &specimen.files[&Content::CardSecurity];
    assert!(verify(file, "csca.pem"));
    let content = fs::read(folder.join("content")).unwrap();
    assert_eq!(content, CardSecurity::decode(file).unwrap().security_infos());
    // What EF.CardAccess says in clear stands inside.
    let access = &specimen.files[&Content::CardAccess][2..];
    for info in access.chunks(20) {
        assert!(content.windows(info.len()).any(|part| part == info));
    }
    assert!(!verify(file, "other.pem"));
    let mut twin = file.clone();
    let at = twin.windows(content.len()).position(|part| part == content).unwrap();
    twin[at + content.len() - 1] ^= 1;
    assert!(!verify(&twin, "csca.pem"));
}

#[test]
fn the_holders_certificate_is_one_of_electronic_services_alone() {
    let (folder, specimen) = (TempDir::new().unwrap(), specimen(1));
    let folder = folder.path();
    let certificate = &specimen.files[&Content::Certificate];
    pem(folder, "holder.pem", certificate);
    pem(folder, "services.pem", specimen.issuer.services().der());
    pem(folder, "csca.pem", specimen.csca().der());
    let verify = |anchor: &str, name: &str| {
        openssl(folder, &["verify", "-x509_strict", "-attime", NOON, "-CAfile", anchor, name])
    };
    let (verified, said) = verify("services.pem", "holder.pem");
    assert!(verified, "{said}");
    assert!(!verify("csca.pem", "holder.pem").0);
    let mut twin = certificate.clone();
    let at = twin.windows(11).position(|part| part == b"TEST holder").unwrap();
    twin[at + 10] ^= 1;
    pem(folder, "twin.pem", &twin);
    assert!(!verify("services.pem", "twin.pem").0);
    // The key that the chip generated, and no other.
    let printed = openssl(folder, &["x509", "-in", "holder.pem", "-noout", "-pubkey"]).1;
    let pair = specimen.profile.key_pairs.iter().find(|pair| pair.name == "holder").unwrap();
    fs::write(folder.join("key.der"), specimen.keys.public_key_info(pair).unwrap()).unwrap();
    let read = openssl(folder, &["pkey", "-pubin", "-inform", "DER", "-in", "key.der", "-text", "-noout"]).1;
    fs::write(folder.join("key.pem"), printed).unwrap();
    let named = openssl(folder, &["pkey", "-pubin", "-in", "key.pem", "-text", "-noout"]).1;
    let point = |text: &str| text.split("pub:").nth(1).unwrap().split(['A', 'F']).next().unwrap().to_owned();
    assert_eq!(point(&read), point(&named));
}

#[test]
fn every_public_key_of_the_chip_is_a_point_on_its_curve() {
    let (folder, specimen) = (TempDir::new().unwrap(), specimen(1));
    let folder = folder.path();
    let reads = |der: &[u8]| {
        fs::write(folder.join("key.der"), der).unwrap();
        openssl(folder, &["pkey", "-pubin", "-inform", "DER", "-in", "key.der", "-pubcheck", "-text", "-noout"])
    };
    for pair in &specimen.profile.key_pairs {
        let info = specimen.keys.public_key_info(pair).unwrap();
        let (good, said) = reads(&info);
        assert!(good && said.contains("Key is valid"), "{}: {said}", pair.name);
        let mut twin = info.clone();
        *twin.last_mut().unwrap() ^= 1;
        assert!(!reads(&twin).0, "{}", pair.name);
    }
    let key = |name: &str| {
        let pair = specimen.profile.key_pairs.iter().find(|pair| pair.name == name).unwrap();
        specimen.keys.public_key_info(pair).unwrap()
    };
    let dg15 = Dg15::decode(&specimen.files[&Content::DataGroup(15)]).unwrap();
    assert_eq!(dg15.public_key_info(), key("active-authentication"));
    let dg14 = Dg14::decode(&specimen.files[&Content::DataGroup(14)]).unwrap();
    fs::write(folder.join("dg14.der"), dg14.security_infos()).unwrap();
    let parsed = openssl(folder, &["asn1parse", "-inform", "DER", "-in", "dg14.der"]).1;
    for oid in [
        "0.4.0.127.0.7.2.2.1.2",
        "0.4.0.127.0.7.2.2.2",
        "0.4.0.127.0.7.2.2.3.2.1",
        "0.4.0.127.0.7.2.2.3.2.2",
        "0.4.0.127.0.7.2.2.3.2.4",
        "0.4.0.127.0.7.2.2.4.2.2",
        "0.4.0.127.0.7.2.2.4.6.2",
        "2.23.136.1.1.5",
        "0.4.0.127.0.7.1.1.4.1.3",
    ] {
        assert!(parsed.contains(&format!(":{oid}\n")), "{oid} in {parsed}");
    }
}
