//! Passive authentication: named checks, each passed, failed, or not run and why. Spec: `icao-9303-11#passive-authentication`.

use jiff::civil::DateTime;

use crate::card_security::CardSecurity;
use crate::document_security_object::DocumentSecurityObject;
use crate::error::{SealError, SealErrorKind};
use crate::verification_policy::VerificationPolicy;
use crate::x509::{Certificate, check_document_signer, check_validity, find_issuer};

/// One named check.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Check {
    /// What was looked at, see [`verify`].
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed {
        /// The stable code of the reason.
        code: &'static str,
    },
    /// It could not be made.
    NotRun {
        /// Why, as a stable word.
        why: &'static str,
    },
}

/// Judges EF.SOD and the data groups that were read by trust anchors alone. `now` is in UTC; the policy says which
/// algorithms of old chips are taken (otherwise: `seal.algorithm-retired`).
///
/// | check               | what holds                                                                  |
/// |---------------------|-----------------------------------------------------------------------------|
/// | `sod.structure`     | EF.SOD decodes                                                              |
/// | `sod.signature`     | algorithms by the policy, message digest, signature by the certificate inside |
/// | `sod.chain`         | that certificate is a document signer's and was issued by a trust anchor    |
/// | `sod.validity`      | both certificates are valid now                                             |
/// | `sod.lds-version`   | version 0 without, or version 1 with, a version of LDS that exists (1.7 on) |
/// | `sod.document-type` | the class in DG1's MRZ is one that the certificate lists                    |
/// | `dgN.hash`          | data group N equals its hash; one entry per group listed or read            |
///
/// Not run: `no-structure`, `no-trust-anchor`, `no-chain`, `not-read`, `no-list`. The trust anchors' own trust is the
/// caller's affair.
#[must_use]
pub fn verify(
    ef_sod: &[u8],
    trust: &[Certificate],
    groups: &[(u8, &[u8])],
    now: DateTime,
    policy: &VerificationPolicy,
) -> Vec<Check> {
    let mut checks = Vec::with_capacity(16);
    let mut add = |name: &str, outcome| checks.push(Check { name: name.to_owned(), outcome });

    let sod = match DocumentSecurityObject::decode(ef_sod) {
        Ok(sod) => sod,
        Err(error) => {
            add("sod.structure", Outcome::from(Err(error)));
            let missing = Outcome::NotRun { why: "no-structure" };
            for name in ["sod.signature", "sod.chain", "sod.validity", "sod.lds-version", "sod.document-type"] {
                add(name, missing);
            }
            for (group, _) in groups {
                add(&format!("dg{group}.hash"), missing);
            }
            return checks;
        }
    };
    add("sod.structure", Outcome::Passed);
    add("sod.signature", sod.check_message(policy).into());
    let signer = sod.signer_certificate();
    let (chain, validity) = chain_and_validity(signer, trust, now, policy);
    add("sod.chain", chain);
    add("sod.validity", validity);
    add("sod.lds-version", lds_version(&sod).into());
    let dg1 = groups.iter().find_map(|(group, file)| (*group == 1).then_some(*file));
    add("sod.document-type", document_type(signer, dg1));

    let mut numbers: Vec<u8> = sod.lds().hashes().keys().copied().collect();
    numbers.extend(groups.iter().map(|(group, _)| *group).filter(|group| !sod.lds().hashes().contains_key(group)));
    for number in numbers {
        let name = format!("dg{number}.hash");
        let mut read = groups.iter().filter(|(group, _)| *group == number).peekable();
        if read.peek().is_none() {
            add(&name, Outcome::NotRun { why: "not-read" });
        }
        for (_, file) in read {
            add(&name, sod.lds().check_group(number, file).into());
        }
    }
    checks
}

/// Judges EF.CardSecurity by trust anchors alone. `now` is in UTC; the policy is as in [`verify`].
///
/// | check                     | what holds                                                               |
/// |---------------------------|--------------------------------------------------------------------------|
/// | `card-security.structure` | EF.CardSecurity decodes                                                  |
/// | `card-security.signature` | message digest and signature by the certificate inside                   |
/// | `card-security.chain`     | that certificate is a document signer's and was issued by a trust anchor |
/// | `card-security.validity`  | both certificates are valid now                                          |
///
/// Not run: as [`verify`].
#[must_use]
pub fn verify_card_security(
    file: &[u8],
    trust: &[Certificate],
    now: DateTime,
    policy: &VerificationPolicy,
) -> Vec<Check> {
    let security = CardSecurity::decode(file);
    let outcomes = match &security {
        Ok(security) => {
            let (chain, validity) = chain_and_validity(security.signer_certificate(), trust, now, policy);
            [Outcome::Passed, security.check_message(policy).into(), chain, validity]
        }
        Err(error) => {
            let missing = Outcome::NotRun { why: "no-structure" };
            [Outcome::Failed { code: error.code() }, missing, missing, missing]
        }
    };
    let names = ["structure", "signature", "chain", "validity"];
    let named = names.into_iter().zip(outcomes);
    named.map(|(name, outcome)| Check { name: format!("card-security.{name}"), outcome }).collect()
}

impl From<Result<(), SealError>> for Outcome {
    fn from(result: Result<(), SealError>) -> Self {
        match result {
            Ok(()) => Self::Passed,
            Err(error) => Self::Failed { code: error.code() },
        }
    }
}

fn chain_and_validity(
    signer: Result<&Certificate, SealError>,
    trust: &[Certificate],
    now: DateTime,
    policy: &VerificationPolicy,
) -> (Outcome, Outcome) {
    if trust.is_empty() {
        return (Outcome::NotRun { why: "no-trust-anchor" }, Outcome::NotRun { why: "no-chain" });
    }
    match signer.and_then(|signer| chain(signer, trust, policy).map(|anchor| (signer, anchor))) {
        Ok((signer, anchor)) => {
            let validity = check_validity(signer, now).and_then(|()| check_validity(anchor, now));
            (Outcome::Passed, validity.into())
        }
        Err(error) => (Outcome::from(Err(error)), Outcome::NotRun { why: "no-chain" }),
    }
}

fn chain<'a>(
    signer: &Certificate,
    trust: &'a [Certificate],
    policy: &VerificationPolicy,
) -> Result<&'a Certificate, SealError> {
    let anchor = find_issuer(signer, trust)?;
    if let (Some(algorithm), _) = signer.signature() {
        policy.check_signature(algorithm)?;
    }
    check_document_signer(signer)?;
    Ok(anchor)
}

/// Version information is claimed from LDS 1.8 on; 1.7 has none (ICAO 9303-10).
fn lds_version(sod: &DocumentSecurityObject) -> Result<(), SealError> {
    match sod.lds().lds_version() {
        Some(info) if info.lds() < "0108" => Err(SealErrorKind::LdsVersion.into()),
        _ => Ok(()),
    }
}

fn document_type(signer: Result<&Certificate, SealError>, dg1: Option<&[u8]>) -> Outcome {
    let Some(types) = signer.ok().and_then(Certificate::document_types) else {
        return Outcome::NotRun { why: "no-list" };
    };
    let Some(dg1) = dg1 else { return Outcome::NotRun { why: "not-read" } };
    match document_class(dg1) {
        Some(class) if types.contains(&class) => Outcome::Passed,
        _ => Outcome::Failed { code: SealErrorKind::DocumentType.code() },
    }
}

/// The first two characters of the MRZ without filler.
fn document_class(dg1: &[u8]) -> Option<String> {
    let file = sigillo_tlv::single(dg1, 0x61).ok()?;
    let mrz = sigillo_tlv::single(file.value, 0x5F1F).ok()?;
    let class = std::str::from_utf8(mrz.value.get(..2)?).ok()?;
    Some(class.trim_end_matches('<').to_owned())
}
