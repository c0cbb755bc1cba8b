//! The tampering matrix: every bit of EF.SOD and of the trust anchor, by what it belongs to, and the check that refuses it.
//!
//! `docs/tampering.md` shows the matrix; it must be what is found here.
#![allow(clippy::disallowed_methods, reason = "reads the published matrix")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::Path;

use common::{Issuer, borrowed, groups, now};
use sigillo_crypto::EcParameters;
use sigillo_seal::passive::{self, Outcome};
use sigillo_seal::x509::Certificate;
use sigillo_seal::{DocumentSecurityObject, VerificationPolicy};
use sigillo_tlv::Reader;

/// What lies where: a name, and its octets.
type Places = Vec<(String, Range<usize>)>;

/// Names by the steps from the outermost element; `*` is any step. The first that fits is taken.
const SOD: [(&[&str], &str); 24] = [
    (&["0", "0"], "message: that it is signed data"),
    (&["0", "1", "0", "0"], "message: version"),
    (&["0", "1", "0", "1", "0", "0"], "message: list of digest algorithms"),
    (&["0", "1", "0", "2", "0"], "content: its type"),
    (&["0", "1", "0", "2", "1", "0", "0", "0"], "content: version"),
    (&["0", "1", "0", "2", "1", "0", "0", "1", "0"], "content: hash algorithm"),
    (&["0", "1", "0", "2", "1", "0", "0", "2", "*", "0"], "content: number of a data group"),
    (&["0", "1", "0", "2", "1", "0", "0", "2", "*", "1"], "content: hash of a data group"),
    (&["0", "1", "0", "2", "1", "0", "0", "3", "0"], "content: LDS version"),
    (&["0", "1", "0", "2", "1", "0", "0", "3", "1"], "content: Unicode version"),
    (&["0", "1", "0", "3", "0", "0"], "signer's certificate: "),
    (&["0", "1", "0", "3", "0", "1", "0"], "signer's certificate: signature algorithm"),
    (&["0", "1", "0", "3", "0", "2"], "signer's certificate: signature"),
    (&["0", "1", "0", "4", "0", "0"], "signer: version"),
    (&["0", "1", "0", "4", "0", "1", "0"], "signer: name of the issuer"),
    (&["0", "1", "0", "4", "0", "1", "1"], "signer: serial number"),
    (&["0", "1", "0", "4", "0", "2", "0"], "signer: digest algorithm"),
    (&["0", "1", "0", "4", "0", "3", "0", "0"], "attribute content type: its identifier"),
    (&["0", "1", "0", "4", "0", "3", "0", "1", "0"], "attribute content type: value"),
    (&["0", "1", "0", "4", "0", "3", "1", "0"], "attribute message digest: its identifier"),
    (&["0", "1", "0", "4", "0", "3", "1", "1", "0"], "attribute message digest: value"),
    (&["0", "1", "0", "4", "0", "4", "0"], "signer: signature algorithm"),
    (&["0", "1", "0", "4", "0", "5"], "signer: signature"),
    (&[], "message"),
];

/// The fields of a certificate, below what is signed of it.
const FIELDS: [(&[&str], &str); 9] = [
    (&["0", "0"], "version"),
    (&["1"], "serial number"),
    (&["2", "0"], "signature algorithm, signed"),
    (&["3"], "name of the issuer"),
    (&["4", "0"], "valid from"),
    (&["4", "1"], "valid to"),
    (&["5"], "name of the subject"),
    (&["6", "0"], "algorithm of the key"),
    (&["6", "1"], "key"),
];

const EXTENSIONS: [(&str, &str); 9] = [
    ("551d23", "authority key identifier"),
    ("551d0e", "subject key identifier"),
    ("551d0f", "key usage"),
    ("551d10", "private key usage period"),
    ("551d11", "subject alternative name"),
    ("551d12", "issuer alternative name"),
    ("551d13", "basic constraints"),
    ("551d1f", "CRL distribution points"),
    ("67810801010602", "document types"),
];

fn fits(steps: &[usize], pattern: &[&str]) -> bool {
    steps.len() >= pattern.len()
        && steps.iter().zip(pattern).all(|(step, part)| *part == "*" || *part == step.to_string())
}

/// The value of every primitive, by name; tags and lengths by that of what they hold.
fn places(octets: &[u8], start: usize, steps: &[usize], name: &dyn Fn(&[usize], &[u8]) -> String, found: &mut Places) {
    let mut reader = Reader::new(octets);
    let mut index = 0;
    while let Some(tlv) = reader.next().unwrap() {
        let steps = [steps, &[index]].concat();
        let (at, value) = (start + tlv.at, start + tlv.value_at());
        let named = name(&steps, tlv.value);
        found.push((format!("{}: tags and lengths", named.split(':').next().unwrap()), at..value));
        // The content is DER inside an octet string.
        let content = steps == [0, 0, 1, 0, 2, 1, 0];
        if tlv.tag.is_constructed() || content {
            places(tlv.value, value, &steps, name, found);
        } else {
            found.push((named, value..value + tlv.value.len()));
        }
        index += 1;
    }
}

/// The field of a certificate that these steps below what is signed lead to.
fn field(steps: &[usize], extension: &dyn Fn(usize) -> String) -> String {
    if let [7, 0, at, ..] = steps {
        return format!("extension {}", extension(*at));
    }
    let named = FIELDS.iter().find(|(pattern, _)| fits(steps, pattern));
    named.map_or("tags and lengths".to_owned(), |(_, name)| (*name).to_owned())
}

/// The name of a certificate's extension, by its place.
fn extension(certificate: &Certificate, at: usize) -> String {
    let single = |octets, tag| sigillo_tlv::single(octets, tag).unwrap().value;
    let mut fields = Reader::new(single(certificate.to_be_signed(), 0x30));
    let mut list = None;
    while let Some(tlv) = fields.next().unwrap() {
        list = (tlv.tag.number() == 0xA3).then_some(tlv.value).or(list);
    }
    let mut list = Reader::new(single(list.unwrap(), 0x30));
    let mut found = None;
    for _ in 0..=at {
        found = list.next().unwrap();
    }
    let oid = hex::encode(found.unwrap().reader().expect(0x06).unwrap().value);
    EXTENSIONS.iter().find(|(known, _)| *known == oid).map(|(_, name)| (*name).to_owned()).expect(&oid)
}

fn sod_places(ef_sod: &[u8], signer: &Certificate) -> Places {
    let name = |steps: &[usize], _: &[u8]| {
        let below = &steps[1..];
        let (pattern, name) = SOD.iter().find(|(pattern, _)| fits(below, pattern)).unwrap();
        if name.ends_with(": ") {
            return format!("{name}{}", field(&below[pattern.len()..], &|at| extension(signer, at)));
        }
        let part = match below {
            [0, 1, 0, 2, ..] => "content: type",
            [0, 1, 0, 3, ..] => "signer's certificate: form",
            [0, 1, 0, 4, ..] => "signer: form",
            _ => "message: form",
        };
        if pattern.is_empty() { part.to_owned() } else { (*name).to_owned() }
    };
    let mut found = Vec::new();
    places(ef_sod, 0, &[], &name, &mut found);
    found
}

fn certificate_places(certificate: &Certificate) -> Places {
    let name = |steps: &[usize], _: &[u8]| match steps {
        [0, 0, below @ ..] if !below.is_empty() => {
            format!("trust anchor: {}", field(below, &|at| extension(certificate, at)))
        }
        [0, 1, ..] => "trust anchor: signature algorithm".to_owned(),
        [0, 2, ..] => "trust anchor: signature".to_owned(),
        _ => "trust anchor: form".to_owned(),
    };
    let mut found = Vec::new();
    places(certificate.der(), 0, &[], &name, &mut found);
    found
}

const UNSEEN: &str = "accepted: unseen";
const LINK: &str = "accepted: as a link certificate";

/// The first check that fails, and why; or the irregularity that is noted instead.
fn verdict(ef_sod: &[u8], anchor: &Certificate, files: &[(u8, Vec<u8>)]) -> String {
    let trust = std::slice::from_ref(anchor);
    let checks = passive::verify(ef_sod, trust, &borrowed(files), now(), &VerificationPolicy::default());
    let failed = checks.iter().find_map(|check| match check.outcome {
        Outcome::Failed { code } => Some(format!("`{}` `{code}`", check.name)),
        _ => None,
    });
    failed.unwrap_or_else(|| {
        let sod = DocumentSecurityObject::decode(ef_sod).unwrap();
        let noted: Vec<&str> = sod.irregularities().iter().map(|noted| noted.name()).collect();
        if noted.is_empty() { UNSEEN.to_owned() } else { format!("accepted: {}", noted.join(", ")) }
    })
}

fn flip(octets: &[u8], at: usize, bit: u8) -> Vec<u8> {
    let mut altered = octets.to_vec();
    altered[at] ^= 1 << bit;
    altered
}

#[test]
fn every_bit_is_refused_by_the_check_that_the_matrix_names() {
    let issuer = Issuer::new(EcParameters::Named);
    let files = groups();
    let sealed = issuer.seal(&borrowed(&files));
    let ef_sod = sealed.ef_sod();
    let mut matrix: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let of_sod = sod_places(ef_sod, &issuer.signer);
    assert_eq!(of_sod.iter().map(|(_, range)| range.len()).sum::<usize>(), ef_sod.len(), "each octet once");
    for (name, range) in of_sod {
        for (at, bit) in range.flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let found = verdict(&flip(ef_sod, at, bit), &issuer.csca, &files);
            matrix.entry(name.clone()).or_default().insert(found);
        }
    }
    for (name, range) in certificate_places(&issuer.csca) {
        for (at, bit) in range.flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let found = match Certificate::decode(&flip(issuer.csca.der(), at, bit)) {
                // An anchor that names another issuer is a link certificate: its signature is that issuer's affair.
                Ok(anchor) => match verdict(ef_sod, &anchor, &files) {
                    seen if seen == UNSEEN && anchor.issuer_der() != anchor.subject_der() => LINK.to_owned(),
                    seen => seen,
                },
                Err(error) => format!("not read: `{}`", error.code()),
            };
            matrix.entry(name.clone()).or_default().insert(found);
        }
    }
    for (index, (number, file)) in files.iter().enumerate() {
        for (at, bit) in (0..file.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut altered = files.clone();
            altered[index].1 = flip(file, at, bit);
            let found = verdict(ef_sod, &issuer.csca, &altered).replace(&format!("dg{number}"), "dgN");
            matrix.entry(format!("data group {number}")).or_default().insert(found);
        }
    }
    let row = |(name, found): (&String, &BTreeSet<String>)| {
        format!("| {name} | {} |\n", found.iter().cloned().collect::<Vec<_>>().join("; "))
    };
    let table: String = matrix.iter().map(row).collect();
    assert!(!table.contains(UNSEEN), "{table}");
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tampering.md");
    let published = fs::read_to_string(published).unwrap();
    assert!(published.contains(&table), "docs/tampering.md differs; the matrix is:\n{table}");
}
