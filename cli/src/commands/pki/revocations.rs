//! `sigillo pki crl …`.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use sigillo_authority::Revocations;
use sigillo_issuance::operator::ChangeAct;
use sigillo_keystore::KeyRole;
use sigillo_line::Home;
use sigillo_seal::x509::{Crl, RevocationReason};

use crate::args::pki::documents::{AuthorityArg, CrlCommand, ReasonArg};
use crate::commands::pki::desk::{issue, key};
use crate::commands::pki::show::{self, Sheet};
use crate::commands::pki::{desk, files};
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo pki crl …`.
pub(super) fn crl(context: &Context, command: &CrlCommand) -> Result<ExitCode, Failure> {
    match command {
        CrlCommand::Make { of, days, key: named, out } => {
            files::is_free(&[&out.out])?;
            let role = match of {
                AuthorityArg::Csca => KeyRole::Csca,
                AuthorityArg::EservicesCa => KeyRole::EservicesCa,
            };
            let about = desk::named(role, named.as_ref());
            let list = issue(context, ChangeAct::PkiList, &about, &json!({ "days": days }), |office, _| {
                let label = key(office, role, named.as_ref())?;
                Ok(office.make_crl(&label, *days)?)
            })?;
            files::write(out, "X509 CRL", list.der())?;
            show::print(context, "lists", &[show::crl(&list)]);
            Ok(ExitCode::SUCCESS)
        }
        CrlCommand::Revoke { certificate, reason } => revoke(context, certificate, *reason),
        CrlCommand::Import { files: paths, csca } => {
            let issuers = files::certificates(csca)?;
            let octets = paths.iter().map(|path| files::read(path)).collect::<Result<Vec<_>, _>>()?;
            let digests: Vec<_> = octets.iter().map(|octets| desk::digest(octets)).collect();
            let asked = json!({ "lists": digests });
            let lists = issue(context, ChangeAct::PkiImport, "revocation-lists", &asked, |office, _| {
                let import = |octets: &Vec<u8>| office.import_crl(octets, &issuers);
                Ok(octets.iter().map(import).collect::<Result<Vec<Crl>, _>>()?)
            })?;
            show::print(context, "lists", &lists.iter().map(show::crl).collect::<Vec<_>>());
            Ok(ExitCode::SUCCESS)
        }
        CrlCommand::Show => {
            let home = Home::open(&context.global.home)?;
            let keys = context.keys(&home)?;
            let read = Revocations::open(&home.pki(), keys.csca_certificates(), home.pki_settings())?;
            let mut sheets: Vec<Sheet> = read.lists().iter().map(show::crl).collect();
            sheets.extend(read.refused().iter().map(|(file, error)| {
                Sheet::new("not used").text("file", file).text("code", error.code()).text("says", error)
            }));
            show::print(context, "lists", &sheets);
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Revokes a certificate that was issued here.
pub(super) fn revoke(context: &Context, certificate: &Path, reason: ReasonArg) -> Result<ExitCode, Failure> {
    let certificate = files::certificate(certificate)?;
    let reason = match reason {
        ReasonArg::Unspecified => RevocationReason::Unspecified,
        ReasonArg::KeyCompromise => RevocationReason::KeyCompromise,
        ReasonArg::AffiliationChanged => RevocationReason::AffiliationChanged,
        ReasonArg::Superseded => RevocationReason::Superseded,
        ReasonArg::CessationOfOperation => RevocationReason::CessationOfOperation,
        ReasonArg::PrivilegeWithdrawn => RevocationReason::PrivilegeWithdrawn,
    };
    let about = desk::digest(certificate.der());
    let asked = json!({ "reason": reason.name() });
    issue(context, ChangeAct::PkiRevoke, &about, &asked, |office, _| Ok(office.revoke(&certificate, reason)?))?;
    let serial = hex::encode(certificate.serial_number());
    context.print(&json!({ "serial": serial, "reason": reason.name() }), || {
        format!("{serial} revoked: {}\nthe next revocation list carries it: `sigillo pki crl make`\n", reason.name())
    });
    Ok(ExitCode::SUCCESS)
}
