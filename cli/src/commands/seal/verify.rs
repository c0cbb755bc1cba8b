use std::path::{Path, PathBuf};
use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use jiff::civil::DateTime;
use serde_json::{Value, json};
use sigillo_authority::{Status, encoding};
use sigillo_inspect::{Check, Outcome};
use sigillo_line::Groups;
use sigillo_seal::passive::{self, Outcome as Passive};
use sigillo_seal::x509::status::{RevocationLists, RevocationPolicy};
use sigillo_seal::x509::{Certificate, Crl, TrustStore};
use sigillo_seal::{DocumentSecurityObject, MasterList, VerificationPolicy};

use crate::args::seal::VerifyArgs;
use crate::commands::pki::status;
use crate::commands::seal::{files, show};
use crate::context::Context;
use crate::failure::{CHECK_FAILED, Failure};

/// `sigillo seal verify`.
pub(super) fn verify(context: &Context, arguments: &VerifyArgs) -> Result<ExitCode, Failure> {
    let (path, folder) = files::seal_of(&arguments.document);
    let ef_sod = files::read(&path)?;
    let groups = folder.map(files::groups).transpose()?.unwrap_or_default();
    let now = context.now().to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let trust = trust(arguments, now)?;
    let policy = VerificationPolicy { sha1: arguments.sha1, sha224: arguments.sha224 };
    let mut checks = judged(&ef_sod, &trust, &groups, now, &policy);
    let sod = DocumentSecurityObject::decode(&ef_sod).ok();
    if let Some(status) = revocation(context, arguments, &ef_sod, sod.as_ref(), &trust, now)? {
        checks.push(status::check(&status));
    }
    let irregularities: Vec<&str> =
        sod.iter().flat_map(|sod| sod.irregularities()).map(|irregularity| irregularity.name()).collect();
    if arguments.regular {
        checks.push(regular(&irregularities));
    }
    let verified = is_verified(&checks);
    print(context, &checks, &irregularities, sod.as_ref(), verified);
    Ok(if verified { ExitCode::SUCCESS } else { ExitCode::from(CHECK_FAILED) })
}

/// Certificates that were given one by one are believed. A master list must be signed under one of them, or, where none was
/// given, under one of its own; of its certificates those are taken that can vouch.
fn trust(arguments: &VerifyArgs, now: DateTime) -> Result<Vec<Certificate>, Failure> {
    let given: Vec<Certificate> =
        arguments.csca.iter().map(|path| decode(path, Certificate::decode)).collect::<Result<_, _>>()?;
    let mut trust = given.clone();
    for path in &arguments.master_list {
        let list = decode(path, MasterList::decode)?;
        let store = TrustStore::read(list.certificates().iter().map(Vec::as_slice));
        let own: Vec<Certificate> = store.anchors().cloned().collect();
        list.verify(if given.is_empty() { &own } else { &given }, now).map_err(|error| {
            Failure::input(error.code(), format!("{}: {error}", path.display()), MASTER_LIST_ADVICE)
        })?;
        trust.extend(own);
    }
    Ok(trust)
}

fn judged(
    ef_sod: &[u8],
    trust: &[Certificate],
    groups: &Groups,
    now: DateTime,
    policy: &VerificationPolicy,
) -> Vec<Check> {
    let groups: Vec<(u8, &[u8])> = groups.iter().map(|(number, file)| (*number, file.as_slice())).collect();
    let checks = passive::verify(ef_sod, trust, &groups, now, policy).into_iter();
    checks
        .map(|check| {
            let outcome = match check.outcome {
                Passive::Passed => Outcome::Passed,
                Passive::Failed { code } => Outcome::Failed { code: code.to_owned(), detail: String::new() },
                Passive::NotRun { why } => Outcome::NotRun { why: why.to_owned() },
            };
            Check { name: check.name, outcome }
        })
        .collect()
}

/// By the lists that were given, each of which must be in date; without any by those of the home.
fn revocation(
    context: &Context,
    arguments: &VerifyArgs,
    ef_sod: &[u8],
    sod: Option<&DocumentSecurityObject>,
    trust: &[Certificate],
    now: DateTime,
) -> Result<Option<Status>, Failure> {
    if arguments.crl.is_empty() {
        return status::of_signer(context, ef_sod, trust);
    }
    let mut lists = RevocationLists::new();
    for path in &arguments.crl {
        let list = decode(path, Crl::decode)?;
        lists
            .take(list, trust)
            .map_err(|error| Failure::input(error.code(), format!("{}: {error}", path.display()), LIST_ADVICE))?;
    }
    let Some(signer) = sod.and_then(|sod| sod.signer_certificate().ok()) else { return Ok(None) };
    let policy = RevocationPolicy::STRICT;
    let verdict = lists.check(signer, now, &policy);
    Ok(Some(Status { verdict, refusal: policy.judge(&verdict).err() }))
}

fn regular(irregularities: &[&str]) -> Check {
    let outcome = match irregularities.first() {
        None => Outcome::Passed,
        Some(first) => Outcome::Failed { code: format!("irregular.{first}"), detail: irregularities.join(", ") },
    };
    Check { name: "sod.regular".to_owned(), outcome }
}

/// Nothing failed, and what makes a seal one was made and holds.
fn is_verified(checks: &[Check]) -> bool {
    let needed = ["sod.structure", "sod.signature", "sod.chain", "sod.validity"];
    let passed = |name: &str| checks.iter().any(|check| check.name == name && check.is_passed());
    !checks.iter().any(|check| matches!(check.outcome, Outcome::Failed { .. })) && needed.into_iter().all(passed)
}

fn print(
    context: &Context,
    checks: &[Check],
    irregularities: &[&str],
    sod: Option<&DocumentSecurityObject>,
    verified: bool,
) {
    let signer = sod.and_then(|sod| sod.signer_certificate().ok()).map_or(Value::Null, show::signer_json);
    let json = json!({ "verified": verified, "checks": checks, "irregularities": irregularities, "signer": signer });
    context.print(&json, || {
        let mut table = Table::new();
        table
            .load_style(UTF8_FULL_CONDENSED)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(["check", "outcome", "why"]);
        for check in checks {
            let (outcome, why) = match &check.outcome {
                Outcome::Passed => ("passed", String::new()),
                Outcome::Failed { code, detail } if detail.is_empty() => ("FAILED", code.clone()),
                Outcome::Failed { code, detail } => ("FAILED", format!("{code}: {detail}")),
                Outcome::NotRun { why } => ("not run", why.clone()),
            };
            table.add_row([check.name.as_str(), outcome, &why]);
        }
        let irregular = irregularities.iter().map(|name| format!("irregular: {name}\n")).collect::<String>();
        format!("{table}\n{irregular}{}\n", if verified { "verified" } else { "NOT VERIFIED" })
    });
}

/// What a file holds, DER or PEM.
fn decode<T>(path: &PathBuf, decode: impl FnOnce(&[u8]) -> Result<T, sigillo_seal::SealError>) -> Result<T, Failure> {
    let input = |code: &str, error: &dyn std::fmt::Display| {
        Failure::input(code, format!("{}: {error}", Path::display(path)), OBJECT_ADVICE)
    };
    let octets = std::fs::read(path).map_err(|error| crate::commands::read::file_error(path, &error))?;
    let der = encoding::from_pem(octets).map_err(|error| input(error.code(), &error))?;
    decode(&der).map_err(|error| input(error.code(), &error))
}

const OBJECT_ADVICE: &str = "Give one certificate or list a file, DER or PEM; see what it is with `sigillo pki show`.";
const MASTER_LIST_ADVICE: &str =
    "Get the list again from where you have it; give the certificate of the CSCA whose signer signed it, with --csca.";
const LIST_ADVICE: &str = "Give the trust anchor that signed the revocation list too, with --csca.";
