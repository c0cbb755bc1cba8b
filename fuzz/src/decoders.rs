//! Everything that turns bytes of a stranger into a value.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::{DateTime, date};
use sigillo_apdu::fcp::Fcp;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_codes::{CipVerifier, CodeCiphertext, CodeSet};
use sigillo_issuance::record::{HolderRecord, ImageRefused, ImageSource, LotRules, parse_line};
use sigillo_lds::com::Com;
use sigillo_lds::dg1::Dg1;
use sigillo_lds::dg2::Dg2;
use sigillo_lds::dg3::Dg3;
use sigillo_lds::dg11::Dg11;
use sigillo_lds::dg12::Dg12;
use sigillo_lds::dg14::Dg14;
use sigillo_lds::dg15::Dg15;
use sigillo_lds::image;
use sigillo_lds::mrz::{self, Td1};
use sigillo_lds::sod::EfSod;
use sigillo_seal::x509::Certificate;
use sigillo_seal::{DocumentSecurityObject, LdsSecurityObject, VerificationPolicy, passive};
use sigillo_secret::SecretBytes;
use sigillo_tlv::{Reader, single, total_length};

/// The day of every harness that needs one.
const NOW: DateTime = date(2026, 11, 2).at(0, 0, 0, 0);

/// Raw pieces rebuild the input; nesting keeps offsets into the outermost input.
pub(crate) fn tlv(bytes: &[u8]) {
    fn walk(whole: &[u8], mut reader: Reader<'_>, depth: usize) {
        let mut expected = reader.at();
        while let Ok(Some(tlv)) = reader.next() {
            assert_eq!(tlv.at, expected, "offsets add up");
            assert_eq!(&whole[tlv.at..tlv.at + tlv.raw.len()], tlv.raw, "the offset is one into the whole input");
            assert!(tlv.raw.ends_with(tlv.value), "the value ends the raw bytes");
            assert_eq!(total_length(tlv.raw), Ok(Some(tlv.raw.len())));
            assert!(single(tlv.raw, tlv.tag.number()).is_ok());
            expected += tlv.raw.len();
            if tlv.tag.is_constructed() && depth < 16 {
                walk(whole, tlv.reader(), depth + 1);
            }
        }
    }
    walk(bytes, Reader::new(bytes), 0);
}

/// What decodes encodes to the same bytes.
pub(crate) fn apdu_command(bytes: &[u8]) {
    if let Ok(command) = CommandApdu::decode(bytes) {
        assert_eq!(command.encode().as_slice(), bytes);
        assert_eq!(usize::from(command.head().lc), command.data().len());
    }
}

/// As [`apdu_command`]; every status word is lossless.
pub(crate) fn apdu_response(bytes: &[u8]) {
    if let Ok(response) = ResponseApdu::decode(bytes) {
        assert_eq!(response.encode(), bytes);
        let code = u16::from(response.status());
        assert_eq!(StatusWord::from(code), response.status());
        assert_eq!(bytes[bytes.len() - 2..], code.to_be_bytes());
    }
}

/// What decodes encodes to something that decodes to the same.
pub(crate) fn fcp(bytes: &[u8]) {
    if let Ok(fcp) = Fcp::decode(bytes) {
        let written = fcp.encode();
        assert_eq!(Fcp::decode(&written).expect("our own encoding decodes").encode(), written);
    }
}

/// Every file of the application: what decodes encodes to the same bytes.
pub(crate) fn lds_any(bytes: &[u8]) {
    macro_rules! exact {
        ($($file:ty),*) => {$(
            if let Ok(file) = <$file>::decode(bytes) {
                assert!(file.encode() == bytes, "{} is byte-exact", stringify!($file));
            }
        )*};
    }
    exact!(Com, Dg1, Dg2, Dg3, Dg11, Dg12, Dg14, Dg15, EfSod);
}

/// An MRZ that parses prints as it was; names of any script become thirty letters or an error.
pub(crate) fn mrz(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(td1) = Td1::parse(&text) {
        assert_eq!(td1.text().len(), 90);
        assert!(Td1::parse(&td1.text()).is_ok_and(|again| again == td1));
    }
    let (surname, given_names) = text.split_once("<<").unwrap_or((&text, ""));
    if let Ok(name) = mrz::names(surname, given_names) {
        assert_eq!(name.len(), 30);
        assert!(name.bytes().all(|byte| byte == b'<' || byte.is_ascii_uppercase()), "{name}");
    }
}

/// Headers only: whatever is announced is never believed.
pub(crate) fn images(bytes: &[u8]) {
    let _ = image::read(bytes);
    let _ = image::jpeg::read(bytes);
    let _ = image::jpeg2000::read(bytes);
    let _ = image::wsq::read(bytes);
}

/// A set of codes, its ciphertext, the verifier of a CIP: what decodes encodes to the same bytes, and shows no digit.
pub(crate) fn holder_codes(bytes: &[u8]) {
    let plain = SecretBytes::copy_of(bytes);
    if let Ok(codes) = CodeSet::decode(&plain) {
        assert!(codes.to_plain().matches(&plain));
        assert!(!format!("{codes:?}").contains(|shown: char| shown.is_ascii_digit()));
    }
    if let Ok(ciphertext) = CodeCiphertext::decode(bytes) {
        assert_eq!(ciphertext.encode(), bytes);
    }
    if let Ok(verifier) = CipVerifier::decode(bytes) {
        assert_eq!(verifier.encode(), bytes);
    }
}

/// A record that parses is stored and loaded without loss; a fault names a line, a field and a code.
pub(crate) fn record_line(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match parse_line(&text, &DemoImages, &LotRules::new(NOW.date())) {
        Ok(record) => {
            let stored = record.to_stored();
            let again = HolderRecord::from_stored(&stored).expect("what was stored loads");
            assert!(again.to_stored() == stored, "storing is exact");
        }
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a fault");
            assert!(faults.iter().all(|fault| fault.code.contains('.')));
        }
    }
    let _ = HolderRecord::from_stored(bytes);
}

/// The demo's images, read once.
struct DemoImages;

impl ImageSource for DemoImages {
    fn read(&self, relative: &str) -> Result<Vec<u8>, ImageRefused> {
        static IMAGES: LazyLock<BTreeMap<String, Vec<u8>>> = LazyLock::new(crate::seeds::demo_images);
        IMAGES.get(relative).cloned().ok_or(ImageRefused::Missing)
    }
}

/// Certificates, the signed content, and the judgement over a stranger's EF.SOD: each check named once, none passed that
/// needs a trust anchor.
pub(crate) fn sod_verify(bytes: &[u8]) {
    if let Ok(object) = LdsSecurityObject::decode(bytes) {
        assert_eq!(object.encode(), bytes);
    }
    if let Ok(certificate) = Certificate::decode(bytes) {
        assert_eq!(certificate.der(), bytes);
        let _ = certificate.public_key();
    }
    if let Ok(sod) = DocumentSecurityObject::decode(bytes) {
        let _ = sod.check_message(&VerificationPolicy::OLD_CHIPS);
    }
    let checks = passive::verify(bytes, &[], &[(1, bytes), (2, bytes)], NOW, &VerificationPolicy::OLD_CHIPS);
    let chain = checks.iter().find(|check| check.name == "sod.chain").expect("the chain is always named");
    assert_ne!(chain.outcome, passive::Outcome::Passed, "no chain passes without an anchor");
    let mut names: Vec<_> = checks.iter().map(|check| &check.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), checks.len(), "each check is named once");
}
