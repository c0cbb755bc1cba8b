//! `sigillo pki cvca|dv|terminal`.

use std::process::ExitCode;

use serde_json::json;
use sigillo_authority::{CvKey, CvTerms};
use sigillo_crypto::{HashAlgorithm, KeyAlgorithm, PublicKey, SignatureAlgorithm};
use sigillo_cvc::{CertificateRequest, CvCertificate, CvPrivateKey, Rights, Role, RsaScheme, TerminalType};
use sigillo_inspect::TerminalKey;
use sigillo_issuance::operator::ChangeAct;
use sigillo_keystore::KeyRole;

use crate::args::pki::terminals::{AnswerArgs, CvcaCommand, DvCommand, Kind, RequestArgs, RightsArg, TerminalCommand};
use crate::commands::pki::desk::{issue, key};
use crate::commands::pki::show::{self, Sheet};
use crate::commands::pki::{desk, files};
use crate::commands::read::{cv_certificate, terminal_key};
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo pki cvca …`.
pub(super) fn cvca(context: &Context, command: &CvcaCommand) -> Result<ExitCode, Failure> {
    match command {
        CvcaCommand::Create { kind, holder, rights, key: named, until, out } => {
            files::is_free(&[out])?;
            let terms = terms(*kind, Role::Cvca, rights, *until)?;
            let about = desk::named(KeyRole::Cvca, named.as_ref());
            let asked = json!({ "holder": holder.to_string(), "rights": rights.rights });
            let made = issue(context, ChangeAct::PkiRoot, &about, &asked, |office, _| {
                let label = key(office, KeyRole::Cvca, named.as_ref())?;
                Ok(office.create_root(&label, holder, &terms)?)
            })?;
            files::write_octets(out, &made.encode())?;
            Ok(print(context, &[&made]))
        }
        CvcaCommand::Link { old_key, key: named, until, out, out_root } => {
            files::is_free(&[out, out_root])?;
            let about = desk::named(KeyRole::Cvca, named.as_ref());
            let asked = json!({ "old_key": old_key.to_string() });
            let (link, own) = issue(context, ChangeAct::PkiRoot, &about, &asked, |office, _| {
                let label = key(office, KeyRole::Cvca, named.as_ref())?;
                Ok(office.link_root(old_key, &label, *until)?)
            })?;
            files::write_octets(out, &link.encode())?;
            files::write_octets(out_root, &own.encode())?;
            Ok(print(context, &[&link, &own]))
        }
    }
}

/// `sigillo pki dv …`.
pub(super) fn dv(context: &Context, command: &DvCommand) -> Result<ExitCode, Failure> {
    match command {
        DvCommand::Request(arguments) => request(context, arguments, KeyRole::Dv),
        DvCommand::Countersign { request, signed_by, signed_with, out } => {
            files::is_free(&[out])?;
            let request = files::decode(request, CertificateRequest::decode)?;
            let about = signed_with.to_string();
            let asked = json!({ "request": desk::digest(&request.encode()), "signed_by": signed_by.to_string() });
            let signed = issue(context, ChangeAct::PkiRequest, &about, &asked, |office, _| {
                Ok(office.countersign(request, signed_by, signed_with)?)
            })?;
            files::write_octets(out, &signed.encode())?;
            Ok(print_request(context, &signed))
        }
        DvCommand::Issue { answer, foreign } => {
            let role = if *foreign { Role::DvForeign } else { Role::DvDomestic };
            self::answer(context, answer, role, KeyRole::Cvca)
        }
        DvCommand::Install { files } => {
            let certificates = files.iter().map(|path| cv_certificate(path)).collect::<Result<Vec<_>, _>>()?;
            let digests: Vec<_> = certificates.iter().map(|certificate| desk::digest(&certificate.encode())).collect();
            let asked = json!({ "certificates": digests });
            issue(context, ChangeAct::PkiInstall, "terminals", &asked, |office, _| {
                Ok(certificates.iter().try_for_each(|certificate| office.install_cv(certificate))?)
            })?;
            Ok(print(context, &certificates.iter().collect::<Vec<_>>()))
        }
    }
}

/// `sigillo pki terminal …`.
pub(super) fn terminal(context: &Context, command: &TerminalCommand) -> Result<ExitCode, Failure> {
    match command {
        TerminalCommand::Request(arguments) => request(context, arguments, KeyRole::InspectionTerminal),
        TerminalCommand::Issue(arguments) => answer(context, arguments, Role::Terminal, KeyRole::Dv),
    }
}

fn request(context: &Context, arguments: &RequestArgs, role: KeyRole) -> Result<ExitCode, Failure> {
    files::is_free(&[&arguments.out])?;
    let in_hand = arguments.key_file.as_deref().map(terminal_key).transpose()?.map(in_hand).transpose()?;
    let about = desk::named(role, arguments.key.as_ref());
    let asked = json!({ "holder": arguments.holder.to_string() });
    let request = issue(context, ChangeAct::PkiRequest, &about, &asked, |office, _| {
        let outer = arguments.signed_by.as_ref().zip(arguments.signed_with.as_ref());
        let stored;
        let key = match &in_hand {
            Some(key) => CvKey::InHand(key),
            None => {
                stored = key(office, role, arguments.key.as_ref())?;
                CvKey::Stored(&stored)
            }
        };
        Ok(office.request(key, &arguments.holder, arguments.authority.as_ref(), outer)?)
    })?;
    files::write_octets(&arguments.out, &request.encode())?;
    Ok(print_request(context, &request))
}

/// A terminal's own key, with the algorithm that goes with its kind.
fn in_hand(key: TerminalKey) -> Result<CvPrivateKey, Failure> {
    let refused = || Failure::input("pki.verifies-only", "the terminal's key makes no signatures here", KEY_ADVICE);
    match key {
        TerminalKey::Ec(key) => {
            let point = key.public().map_err(|_| refused())?;
            let kind = KeyAlgorithm::of(&PublicKey::from_point(point)).ok_or_else(refused)?;
            Ok(CvPrivateKey::Ec { hash: SignatureAlgorithm::for_key(kind).hash(), key })
        }
        TerminalKey::Rsa(key) => Ok(CvPrivateKey::Rsa { scheme: RsaScheme::Pss, hash: HashAlgorithm::Sha256, key }),
    }
}

fn answer(context: &Context, arguments: &AnswerArgs, role: Role, issuer: KeyRole) -> Result<ExitCode, Failure> {
    files::is_free(&[&arguments.out])?;
    let request = files::decode(&arguments.request, CertificateRequest::decode)?;
    let known = files::cv_certificates(&arguments.known)?;
    let terms = terms(arguments.kind, role, &arguments.rights, arguments.until)?;
    let about = desk::named(issuer, arguments.key.as_ref());
    let asked = json!({ "request": desk::digest(&request.encode()), "rights": arguments.rights.rights });
    let made = issue(context, ChangeAct::PkiIssue, &about, &asked, |office, _| {
        let label = key(office, issuer, arguments.key.as_ref())?;
        Ok(office.answer(&request, &label, &terms, &known)?)
    })?;
    files::write_octets(&arguments.out, &made.encode())?;
    Ok(print(context, &[&made]))
}

fn terms(kind: Kind, role: Role, rights: &RightsArg, until: Option<sigillo_cvc::CvDate>) -> Result<CvTerms, Failure> {
    let terminal_type = match kind {
        Kind::Inspection => TerminalType::InspectionSystem,
        Kind::Office => TerminalType::Office,
    };
    let mut bits = 0;
    for name in &rights.rights {
        let right = Rights::names(&terminal_type).iter().find(|(known, _)| known == name);
        let unknown = || Failure::usage("usage.rights", format!("{name} is no right of these terminals"));
        bits |= right.ok_or_else(unknown)?.1;
    }
    Ok(CvTerms { terminal_type, role, rights: bits, until })
}

fn print(context: &Context, certificates: &[&CvCertificate]) -> ExitCode {
    let sheets: Vec<Sheet> = certificates.iter().map(|certificate| show::cv_certificate(certificate)).collect();
    show::print(context, "certificates", &sheets);
    ExitCode::SUCCESS
}

fn print_request(context: &Context, request: &CertificateRequest) -> ExitCode {
    show::print(context, "requests", &[show::cv_request(request)]);
    ExitCode::SUCCESS
}

const KEY_ADVICE: &str = "Give a terminal's key on P-256, P-384 or a brainpool curve, or RSA of 2048 or 3072 bits.";
