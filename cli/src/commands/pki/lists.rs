//! `sigillo pki master-list|deviation-list …`.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use sigillo_authority::DeviationNote;
use sigillo_issuance::operator::ChangeAct;
use sigillo_keystore::KeyRole;
use sigillo_seal::x509::{Certificate, TrustStore};
use sigillo_seal::{DeviationList, MasterList, SealError};

use crate::args::pki::documents::{DeviationListCommand, MasterListCommand};
use crate::commands::pki::desk::{issue, key};
use crate::commands::pki::{desk, files, show};
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo pki master-list …`.
pub(super) fn master_list(context: &Context, command: &MasterListCommand) -> Result<ExitCode, Failure> {
    match command {
        MasterListCommand::Make { files: paths, key: named, out } => {
            files::is_free(&[&out.out])?;
            let certificates = files::certificates(paths)?;
            let about = desk::named(KeyRole::MasterListSigner, named.as_ref());
            let digests: Vec<_> = certificates.iter().map(|certificate| desk::digest(certificate.der())).collect();
            let asked = json!({ "certificates": digests });
            let list = issue(context, ChangeAct::PkiList, &about, &asked, |office, _| {
                let label = key(office, KeyRole::MasterListSigner, named.as_ref())?;
                Ok(office.make_master_list(&label, &certificates)?)
            })?;
            files::write(out, "CMS", list.der())?;
            show::print(context, "lists", &[show::master_list(&list)]);
        }
        MasterListCommand::Read { file } => {
            let list = files::decode(file, MasterList::decode)?;
            read(context, &list);
        }
        MasterListCommand::Verify { file, csca } => {
            let anchors = files::certificates(csca)?;
            let list = files::decode(file, MasterList::decode)?;
            verified(context, file, list.verify(&anchors, context.whole_seconds()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `sigillo pki deviation-list …`.
pub(super) fn deviation_list(context: &Context, command: &DeviationListCommand) -> Result<ExitCode, Failure> {
    match command {
        DeviationListCommand::Make { file, key: named, out } => {
            files::is_free(&[&out.out])?;
            let octets = files::read(file)?;
            let notes: Vec<DeviationNote> = serde_json::from_slice(&octets).map_err(|error| {
                Failure::input("pki.deviation", format!("{}: {error}", file.display()), NOTES_ADVICE)
            })?;
            let about = desk::named(KeyRole::DeviationListSigner, named.as_ref());
            let asked = json!({ "deviations": desk::digest(&octets) });
            let list = issue(context, ChangeAct::PkiList, &about, &asked, |office, _| {
                let label = key(office, KeyRole::DeviationListSigner, named.as_ref())?;
                Ok(office.make_deviation_list(&label, &notes)?)
            })?;
            files::write(out, "CMS", list.der())?;
            show::print(context, "lists", &[show::deviation_list(&list)]);
        }
        DeviationListCommand::Read { file } => {
            let list = files::decode(file, DeviationList::decode)?;
            show::print(context, "lists", &[show::deviation_list(&list)]);
        }
        DeviationListCommand::Verify { file, csca } => {
            let anchors = files::certificates(csca)?;
            let list = files::decode(file, DeviationList::decode)?;
            verified(context, file, list.verify(&anchors, context.whole_seconds()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn verified(context: &Context, file: &Path, anchor: Result<&Certificate, SealError>) -> Result<(), Failure> {
    let anchor = anchor
        .map_err(|error| Failure::input(error.code(), format!("{}: {error}", file.display()), UNVERIFIED_ADVICE))?;
    let json = json!({ "verified": true, "anchor": anchor.subject() });
    context.print(&json, || format!("verified under {}\n", anchor.subject()));
    Ok(())
}

/// Every certificate of a list: what it can vouch for, or why not.
fn read(context: &Context, list: &MasterList) {
    let store = TrustStore::read(list.certificates().iter().map(Vec::as_slice));
    let of = |kind: &str, certificate: &Certificate| {
        json!({ "is": kind, "country": certificate.country(), "subject": certificate.subject(),
            "until": format!("{}Z", certificate.valid().to()), "key_identifier": certificate.key_id() })
    };
    let roots = store.roots().iter().map(|certificate| of("root", certificate));
    let links = store.links().iter().map(|certificate| of("link", certificate));
    let refused = store.refused().iter().map(|refused| {
        let subject = refused.certificate.as_ref().map(Certificate::subject);
        json!({ "is": "refused", "place": refused.index, "subject": subject, "code": refused.error.code(),
            "says": refused.error.to_string() })
    });
    let rows: Vec<Value> = roots.chain(links).chain(refused).collect();
    let counts = (store.roots().len(), store.links().len(), store.refused().len());
    context.print(&json!({ "roots": counts.0, "links": counts.1, "refused": counts.2, "certificates": rows }), || {
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or("-").to_owned();
        let lines = rows.iter().map(|row| {
            let more = if row["is"] == "refused" { text(row, "code") } else { text(row, "until") };
            format!("{:<8} {:<3} {} {more}\n", text(row, "is"), text(row, "country"), text(row, "subject"))
        });
        let lines: String = lines.collect();
        format!("{lines}{} roots, {} links, {} refused\n", counts.0, counts.1, counts.2)
    });
}

const NOTES_ADVICE: &str = "Write an array of objects as `sigillo pki deviation-list make --help` says.";
const UNVERIFIED_ADVICE: &str =
    "Do not use the list: ask its publisher, and check the certificate of its country signing CA by another way.";
