//! `sigillo pki csca|link|ds|eservices`.

use std::process::ExitCode;

use serde_json::json;
use sigillo_authority::Purpose;
use sigillo_issuance::operator::ChangeAct;
use sigillo_keystore::{KeyLabel, KeyRole};
use sigillo_seal::x509::{Certificate, CertificateRequest};

use crate::args::pki::documents::{CscaCommand, DsCommand, EservicesCommand, LinkArgs, SignerKind};
use crate::commands::pki::desk::{issue, key};
use crate::commands::pki::{desk, files, revocations, show};
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo pki csca …`.
pub(super) fn csca(context: &Context, command: &CscaCommand) -> Result<ExitCode, Failure> {
    match command {
        CscaCommand::Create { key: named, out } => {
            files::is_free(&[&out.out])?;
            let about = desk::named(KeyRole::Csca, named.as_ref());
            let (label, made) = issue(context, ChangeAct::PkiRoot, &about, &json!({}), |office, _| {
                let label = key(office, KeyRole::Csca, named.as_ref())?;
                let made = office.create_authority(&label, Purpose::CountrySigner)?;
                Ok((label, made))
            })?;
            install(context, &label, &made, 0)?;
            files::write(out, CERTIFICATE, made.der())?;
            Ok(print(context, &[&made]))
        }
        CscaCommand::Sign { request, kind, key: named, out } => {
            files::is_free(&[&out.out])?;
            let request = files::decode(request, CertificateRequest::decode)?;
            let about = desk::named(KeyRole::Csca, named.as_ref());
            let asked = json!({ "request": desk::digest(request.der()) });
            let made = issue(context, ChangeAct::PkiIssue, &about, &asked, |office, profile| {
                let label = key(office, KeyRole::Csca, named.as_ref())?;
                let types = [profile.document_code.replace('<', "")];
                let types: Vec<&str> = types.iter().map(String::as_str).collect();
                Ok(office.sign_request(&request, purpose(*kind), &label, &types, None)?)
            })?;
            files::write(out, CERTIFICATE, made.der())?;
            Ok(print(context, &[&made]))
        }
    }
}

/// `sigillo pki link`.
pub(super) fn link(context: &Context, arguments: &LinkArgs) -> Result<ExitCode, Failure> {
    files::is_free(&[&arguments.out.out, &arguments.out_csca])?;
    let about = desk::named(KeyRole::Csca, arguments.key.as_ref());
    let asked = json!({ "old_key": arguments.old_key.to_string() });
    let (label, (link, own)) = issue(context, ChangeAct::PkiRoot, &about, &asked, |office, _| {
        let label = key(office, KeyRole::Csca, arguments.key.as_ref())?;
        let made = office.link_country_signer(&arguments.old_key, &label)?;
        Ok((label, made))
    })?;
    install(context, &label, &own, 0)?;
    files::write(&arguments.out, CERTIFICATE, link.der())?;
    let own_out = crate::args::pki::documents::OutArgs { out: arguments.out_csca.clone(), pem: arguments.out.pem };
    files::write(&own_out, CERTIFICATE, own.der())?;
    Ok(print(context, &[&link, &own]))
}

/// `sigillo pki ds …`.
pub(super) fn ds(context: &Context, command: &DsCommand) -> Result<ExitCode, Failure> {
    match command {
        DsCommand::Request { kind, key: named, out } => {
            files::is_free(&[&out.out])?;
            let about = desk::named(role(*kind), named.as_ref());
            let request = issue(context, ChangeAct::PkiRequest, &about, &json!({}), |office, _| {
                let label = key(office, role(*kind), named.as_ref())?;
                Ok(office.request_signer(&label, purpose(*kind))?)
            })?;
            files::write(out, "CERTIFICATE REQUEST", request.der())?;
            show::print(context, "requests", &[show::request(&request)]);
            Ok(ExitCode::SUCCESS)
        }
        DsCommand::Install { file, kind, csca, key: named, seals } => {
            let (made, anchor) = (files::certificate(file)?, files::certificate(csca)?);
            let about = desk::digest(made.der());
            let asked = json!({ "anchor": desk::digest(anchor.der()), "key": desk::named(role(*kind), named.as_ref()), "seals": seals });
            let label = issue(context, ChangeAct::PkiInstall, &about, &asked, |office, _| {
                key(office, role(*kind), named.as_ref())
            })?;
            let mut open = context.open_alone()?;
            if !open.keys.csca_certificates().iter().any(|known| known.der() == anchor.der()) {
                open.keys.install_anchor(anchor.der(), context.today())?;
            }
            drop(open);
            install(context, &label, &made, *seals)?;
            Ok(print(context, &[&made]))
        }
    }
}

/// `sigillo pki eservices …`.
pub(super) fn eservices(context: &Context, command: &EservicesCommand) -> Result<ExitCode, Failure> {
    match command {
        EservicesCommand::Create { key: named, out } => {
            files::is_free(&[&out.out])?;
            let about = desk::named(KeyRole::EservicesCa, named.as_ref());
            let (label, made) = issue(context, ChangeAct::PkiRoot, &about, &json!({}), |office, _| {
                let label = key(office, KeyRole::EservicesCa, named.as_ref())?;
                let made = office.create_authority(&label, Purpose::EservicesAuthority)?;
                Ok((label, made))
            })?;
            install(context, &label, &made, 0)?;
            files::write(out, CERTIFICATE, made.der())?;
            Ok(print(context, &[&made]))
        }
        EservicesCommand::Certify { request, until, key: named, out } => {
            files::is_free(&[&out.out])?;
            let request = files::decode(request, CertificateRequest::decode)?;
            let about = desk::named(KeyRole::EservicesCa, named.as_ref());
            let asked = json!({ "request": desk::digest(request.der()), "until": until.to_string() });
            let made = issue(context, ChangeAct::PkiIssue, &about, &asked, |office, _| {
                let label = key(office, KeyRole::EservicesCa, named.as_ref())?;
                Ok(office.sign_request(&request, Purpose::Holder, &label, &[], Some(*until))?)
            })?;
            files::write(out, CERTIFICATE, made.der())?;
            Ok(print(context, &[&made]))
        }
        EservicesCommand::Exchange { own, key: named, out } => {
            files::is_free(&[&out.out])?;
            let about = desk::named(KeyRole::EservicesCa, named.as_ref());
            let asked = json!({ "own": own.to_string() });
            let made = issue(context, ChangeAct::PkiIssue, &about, &asked, |office, _| {
                let label = key(office, KeyRole::EservicesCa, named.as_ref())?;
                Ok(office.certify_exchange(own, &label)?)
            })?;
            install(context, own, &made, 0)?;
            files::write(out, CERTIFICATE, made.der())?;
            Ok(print(context, &[&made]))
        }
        EservicesCommand::Revoke { certificate, reason } => revocations::revoke(context, certificate, *reason),
    }
}

/// Gives the key store the certificate of one of its keys: the end of what was asked for.
fn install(context: &Context, label: &KeyLabel, certificate: &Certificate, seals: u64) -> Result<(), Failure> {
    let mut open = context.open_alone()?;
    Ok(open.keys.install_certificate(label, certificate.der(), seals, context.today())?)
}

fn print(context: &Context, certificates: &[&Certificate]) -> ExitCode {
    let sheets: Vec<show::Sheet> = certificates.iter().map(|certificate| show::certificate(certificate)).collect();
    show::print(context, "certificates", &sheets);
    ExitCode::SUCCESS
}

const fn purpose(kind: SignerKind) -> Purpose {
    match kind {
        SignerKind::Documents => Purpose::DocumentSigner,
        SignerKind::MasterLists => Purpose::MasterListSigner,
        SignerKind::DeviationLists => Purpose::DeviationListSigner,
    }
}

const fn role(kind: SignerKind) -> KeyRole {
    match kind {
        SignerKind::Documents => KeyRole::DocumentSigner,
        SignerKind::MasterLists => KeyRole::MasterListSigner,
        SignerKind::DeviationLists => KeyRole::DeviationListSigner,
    }
}

const CERTIFICATE: &str = "CERTIFICATE";
