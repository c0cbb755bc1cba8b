//! The seeds lead behind the first refusal: a harness that only ever refuses would test little.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use sigillo_apdu::CommandApdu;
use sigillo_apdu::fcp::Fcp;
use sigillo_codes::{CipVerifier, CodeCiphertext, CodeSet};
use sigillo_cvc::CvCertificate;
use sigillo_fuzz::seeds;
use sigillo_issuance::checkpoint::SignedCheckpoint;
use sigillo_issuance::record::{ImageRefused, ImageSource, LotRules, parse_line};
use sigillo_issuance::request::SignedRequest;
use sigillo_lds::com::Com;
use sigillo_lds::dg2::Dg2;
use sigillo_lds::dg3::Dg3;
use sigillo_lds::dg11::Dg11;
use sigillo_lds::image;
use sigillo_lds::mrz::Td1;
use sigillo_seal::message::EncryptedMessage;
use sigillo_seal::x509::{Certificate, CertificateRequest, Crl};
use sigillo_seal::{DeviationList, DocumentSecurityObject, MasterList};
use sigillo_secret::SecretBytes;

struct Demo(PathBuf);

impl ImageSource for Demo {
    fn read(&self, relative: &str) -> Result<Vec<u8>, ImageRefused> {
        fs::read(self.0.join(relative)).map_err(|_| ImageRefused::Missing)
    }
}

fn accepted(target: &str, accepts: impl Fn(&[u8]) -> bool) -> usize {
    seeds(target).iter().filter(|seed| accepts(seed)).count()
}

#[test]
fn the_seeds_reach_behind_the_first_refusal() {
    assert!(accepted("apdu_command", |seed| CommandApdu::decode(seed).is_ok()) > 1);
    assert!(accepted("fcp", |seed| Fcp::decode(seed).is_ok()) > 10);
    assert!(accepted("lds_any", |seed| Com::decode(seed).is_ok()) > 1);
    assert!(accepted("lds_any", |seed| Dg2::decode(seed).is_ok()) > 0);
    assert!(accepted("lds_any", |seed| Dg3::decode(seed).is_ok()) > 1);
    assert!(accepted("lds_any", |seed| Dg11::decode(seed).is_ok()) > 0);
    assert!(accepted("mrz", |seed| Td1::parse(&String::from_utf8_lossy(seed)).is_ok()) > 0);
    assert!(accepted("images", |seed| image::read(seed).is_ok()) > 10);
    let rules = LotRules::new(date(2026, 11, 2));
    let images = Demo(Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo"));
    let parses = |seed: &[u8]| parse_line(&String::from_utf8_lossy(seed), &images, &rules).is_ok();
    assert!(accepted("record_line", parses) > 10);
    assert!(accepted("holder_codes", |seed| CodeSet::decode(&SecretBytes::copy_of(seed)).is_ok()) > 5);
    assert!(accepted("holder_codes", |seed| CodeCiphertext::decode(seed).is_ok()) > 0);
    assert!(accepted("holder_codes", |seed| CipVerifier::decode(seed).is_ok()) > 2);
    assert!(accepted("signed_request", |seed| SignedRequest::decode(seed).is_ok()) > 1);
    assert!(accepted("trace_checkpoint", |seed| SignedCheckpoint::decode(seed).is_ok()) > 3);
    assert!(accepted("sod_verify", |seed| DocumentSecurityObject::decode(seed).is_ok()) > 1);
    assert!(accepted("sod_verify", |seed| Certificate::decode(seed).is_ok()) > 0);
    assert!(accepted("revocation_lists", |seed| Crl::decode(seed).is_ok()) > 1);
    assert!(accepted("certificate_requests", |seed| CertificateRequest::decode(seed).is_ok()) > 1);
    assert!(accepted("signed_lists", |seed| MasterList::decode(seed).is_ok()) > 0);
    assert!(accepted("encrypted_messages", |seed| EncryptedMessage::decode(seed).is_ok()) > 1);
    assert!(accepted("signed_lists", |seed| DeviationList::decode(seed).is_ok()) > 0);
    assert!(accepted("cv_certificate", |seed| CvCertificate::decode(seed).is_ok()) > 15);
    assert!(accepted("chip_image", |seed| sigillo_vchip::Chip::from_image(seed).is_ok()) > 5);
}
