//! Data preparation against its bound.

use std::collections::BTreeMap;
use std::hint::black_box;

use sigillo_crypto::{Backend, HashAlgorithm, P256PrivateKey, SignatureAlgorithm, sha256};
use sigillo_profile::Content;

use crate::clock::{median, seconds};
use crate::failure::Failure;
use crate::fixture::{Fixture, Prepared};
use crate::openssl;
use crate::row::{Row, number};

const ROUNDS: u32 = 41;
const PIECES: u32 = 60;
const OPENSSL_ROUNDS: u32 = 5;

/// Times documents and their bound in turns, so that whatever slows the machine slows both.
pub(crate) fn rows(fixture: &mut Fixture) -> Result<Vec<Row>, Failure> {
    let chip = fixture.chip_files()?;
    let sample = fixture.prepare(None, &chip)?;
    let octets = all_octets(fixture, &sample);
    // As long as the signed attributes of every EF.SOD.
    let to_be_signed = sample.files.hash(&fixture.profile, HashAlgorithm::Sha256)?.to_be_signed().to_vec();
    let key = P256PrivateKey::generate(&mut fixture.entropy);
    let public = key.public();

    let (mut documents, mut bounds, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let document = seconds(|| {
            (0..PIECES).try_for_each(|_| fixture.prepare(None, &chip).map(|prepared| drop(black_box(prepared))))
        })?;
        let bound = seconds(|| {
            (0..PIECES).try_for_each(|_| {
                black_box(sha256(black_box(&octets)));
                let signature = key.sign(HashAlgorithm::Sha256, black_box(&to_be_signed))?;
                let algorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
                Ok(public.verify(algorithm, &to_be_signed, black_box(&signature))?)
            })
        })?;
        documents.push(document / f64::from(PIECES));
        bounds.push(bound / f64::from(PIECES));
        ratios.push(document / bound);
    }
    let (document, bound) = (median(documents), median(bounds));
    let mut rows = vec![
        Row::new("preparation.ratio", median(ratios), "ratio").at_most(1.5),
        Row::new("preparation.rate", 1.0 / document, "doc/s"),
        Row::new("preparation.document", document * 1e6, "µs"),
        Row::new("preparation.bound", bound * 1e6, "µs"),
        Row::new("preparation.octets", number(octets.len() as u64), "bytes"),
    ];
    rows.extend(fastest(fixture, &chip, octets.len())?);
    Ok(rows)
}

/// Data preparation with the fastest backend, in turns with what `openssl speed` makes of one core.
fn fastest(fixture: &mut Fixture, chip: &BTreeMap<Content, Vec<u8>>, octets: usize) -> Result<Vec<Row>, Failure> {
    fixture.use_backend(Backend::AwsLc)?;
    let (mut documents, mut bounds, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..OPENSSL_ROUNDS {
        let document = seconds(|| {
            (0..20 * PIECES).try_for_each(|_| fixture.prepare(None, chip).map(|prepared| drop(black_box(prepared))))
        })? / f64::from(20 * PIECES);
        let bound = openssl::bound(octets)?;
        documents.push(document);
        bounds.push(bound);
        ratios.push(bound / document);
    }
    fixture.use_backend(Backend::Pure)?;
    Ok(vec![
        Row::new("preparation.fastest.ratio", median(ratios), "ratio").at_least(0.70),
        Row::new("preparation.fastest.document", median(documents) * 1e6, "µs"),
        Row::new("preparation.fastest.openssl", median(bounds) * 1e6, "µs"),
    ])
}

/// Every file that is made for a holder, one behind the other.
fn all_octets(fixture: &Fixture, sample: &Prepared) -> Vec<u8> {
    let contents: Vec<Content> = fixture.profile.files.iter().filter_map(|file| file.content()).collect();
    contents.into_iter().filter_map(|content| sample.file(content)).collect::<Vec<_>>().concat()
}
