//! Security objects and certificates.

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_crypto::sha256;
use sigillo_seal::passive::{self, Outcome};
use sigillo_seal::x509::Certificate;
use sigillo_seal::{DocumentSecurityObject, VerificationPolicy};

use crate::failure::{Failure, seal_stage};
use crate::folder::Blobs;
use crate::input::{Octets, read};
use crate::operations::mrz::day;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verify {
    ef_sod: Octets,
    trust: Vec<Octets>,
    groups: Vec<Group>,
    now: String,
    #[serde(default)]
    old_algorithms: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    number: u8,
    content: Octets,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Encoded {
    content: Octets,
}

/// The first check that fails refuses; `now` is the noon of its day.
pub(super) fn verify(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let given: Verify = read(input)?;
    let ef_sod = given.ef_sod.resolve(blobs)?;
    let now = day(&given.now)?.at(12, 0, 0, 0);
    let anchor = |octets: &Octets| -> Result<Certificate, Failure> { Ok(Certificate::decode(octets.resolve(blobs)?)?) };
    let trust = given.trust.iter().map(anchor).collect::<Result<Vec<_>, _>>()?;
    let resolved = |group: &Group| Ok((group.number, group.content.resolve(blobs)?.to_vec()));
    let files = given.groups.iter().map(resolved).collect::<Result<Vec<(u8, Vec<u8>)>, Failure>>()?;
    let groups: Vec<(u8, &[u8])> = files.iter().map(|(number, file)| (*number, file.as_slice())).collect();
    let sod = DocumentSecurityObject::decode(ef_sod);
    let takes = |name: &str| given.old_algorithms.iter().any(|taken| taken == name);
    let policy = VerificationPolicy { sha1: takes("sha1"), sha224: takes("sha224") };
    for check in passive::verify(ef_sod, &trust, &groups, now, &policy) {
        if let Outcome::Failed { code } = check.outcome {
            let at = sod.as_ref().err().and_then(sigillo_seal::SealError::at);
            return Err(Failure::refused(seal_stage(code), code, at));
        }
    }
    let sod = sod?;
    let lds = sod.lds();
    let numbers: Vec<u8> = lds.hashes().keys().copied().collect();
    let mut output = json!({
        "hash_algorithm": lds.hash_algorithm().name().replace('-', "").to_lowercase(),
        // A security object of version 0 names no version: it is of LDS 1.7.
        "lds_version": lds.lds_version().map_or("0107", |info| info.lds()),
        "groups": numbers,
        "digest": hex::encode(sha256(ef_sod)),
    });
    let irregular: Vec<&str> = sod.irregularities().iter().map(|irregularity| irregularity.name()).collect();
    if let (false, Some(output)) = (irregular.is_empty(), output.as_object_mut()) {
        output.insert("irregularities".to_owned(), json!(irregular));
    }
    Ok(output)
}

pub(super) fn certificate(input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    let Encoded { content } = read(input)?;
    let certificate = Certificate::decode(content.resolve(blobs)?)?;
    // A certificate with a key that nothing can be verified with is read, but of no use.
    certificate.public_key()?;
    Ok(json!({
        "subject": certificate.subject(),
        "serial_number": hex::encode(certificate.serial_number()),
        "not_before": certificate.valid().from().to_string(),
        "not_after": certificate.valid().to().to_string(),
        "authority": certificate.is_authority(),
        "document_types": certificate.document_types(),
    }))
}
