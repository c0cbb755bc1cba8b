//! Decoders are total: every prefix, every flipped octet, arbitrary bytes; and nothing altered verifies.

use std::sync::OnceLock;

use proptest::prelude::*;
use sigillo_crypto::{EcParameters, KeyAlgorithm};
use sigillo_seal::x509::{Certificate, CertificateRequest, Crl, Kind, TrustStore, lint, lint_revocation_list};
use sigillo_seal::{DeviationList, MasterList};

use crate::country::{Everything, now};

fn all() -> &'static Everything {
    static ALL: OnceLock<Everything> = OnceLock::new();
    ALL.get_or_init(|| Everything::new(KeyAlgorithm::P256, EcParameters::Explicit))
}

/// Whether anything takes these bytes as verified.
fn verifies(bytes: &[u8]) -> bool {
    let all = all();
    let anchors = [all.csca.clone(), all.services.clone()];
    let mut taken = false;
    if let Ok(certificate) = Certificate::decode(bytes) {
        for kind in [Kind::CountrySigner, Kind::Link, Kind::DocumentSigner, Kind::MasterListSigner] {
            let _ = lint(&certificate, kind);
        }
        taken |= anchors.iter().any(|anchor| certificate.verify_issued_by(anchor).is_ok());
    }
    if let Ok(list) = Crl::decode(bytes) {
        let _ = lint_revocation_list(&list);
        taken |= anchors.iter().any(|anchor| list.verify(anchor).is_ok());
    }
    taken |= CertificateRequest::decode(bytes).is_ok();
    if let Ok(list) = MasterList::decode(bytes) {
        let _ = TrustStore::read(list.certificates().iter().map(Vec::as_slice));
        taken |= list.verify(&anchors, now()).is_ok();
    }
    if let Ok(list) = DeviationList::decode(bytes) {
        taken |= list.verify(&anchors, now()).is_ok();
    }
    taken
}

#[test]
fn no_prefix_and_no_altered_octet_verifies() {
    for (name, object) in all().files() {
        if name == "next_csca.der" {
            continue; // its issuer is no anchor here
        }
        assert!(verifies(object), "{name}");
        for length in 0..object.len() {
            assert!(!verifies(&object[..length]), "{name} cut to {length} octets");
        }
        let mut longer = object.to_vec();
        longer.push(0);
        assert!(!verifies(&longer), "{name} with an octet behind it");
        // Lists are long.
        let step = if name.ends_with(".ml") || name.ends_with(".dl") { 3 } else { 1 };
        for at in (0..object.len()).step_by(step) {
            let mut twin = object.to_vec();
            twin[at] ^= 0x01;
            let covered = !enclosed(name, at);
            assert!(!(covered && verifies(&twin)), "{name} altered at {at}");
        }
    }
}

/// The CSCA's certificate that came along with a list: its signature does not cover it, and nobody trusts it. In a master list
/// the CSCA stands in the content too, which is covered: the last one is the enclosed one.
fn enclosed(name: &str, at: usize) -> bool {
    let list = match name {
        "countries.ml" => all().master_list.der(),
        "deviations.dl" => all().deviation_list.der(),
        _ => return false,
    };
    let csca = all().csca.der();
    let last = list.windows(csca.len()).rposition(|window| window == csca);
    last.is_some_and(|start| (start..start + csca.len()).contains(&at))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(!verifies(&bytes));
    }

    #[test]
    fn spliced_objects_never_panic(
        first in 0..14_usize,
        second in 0..14_usize,
        cut in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
    ) {
        let files = all().files();
        let (one, other) = (files[first].1, files[second].1);
        let spliced = [&one[..cut.index(one.len())], &other[from.index(other.len())..]].concat();
        prop_assert!(!verifies(&spliced) || files.iter().any(|(_, object)| *object == spliced));
    }
}
