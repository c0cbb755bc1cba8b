//! `sigillo pki …`: certificates, requests and lists, made by the keys of the home and kept in its folder `pki/`.

mod check;
mod desk;
mod documents;
pub(crate) mod files;
mod lists;
mod revocations;
mod show;
pub(crate) mod status;
mod terminals;

use std::process::ExitCode;

use serde_json::json;

use crate::args::pki::PkiCommand;
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo pki …`.
pub(crate) fn pki(context: &Context, command: &PkiCommand) -> Result<ExitCode, Failure> {
    match command {
        PkiCommand::Csca(command) => documents::csca(context, command),
        PkiCommand::Link(arguments) => documents::link(context, arguments),
        PkiCommand::Ds(command) => documents::ds(context, command),
        PkiCommand::Eservices(command) => documents::eservices(context, command),
        PkiCommand::Crl(command) => revocations::crl(context, command),
        PkiCommand::MasterList(command) => lists::master_list(context, command),
        PkiCommand::DeviationList(command) => lists::deviation_list(context, command),
        PkiCommand::Cvca(command) => terminals::cvca(context, command),
        PkiCommand::Dv(command) => terminals::dv(context, command),
        PkiCommand::Terminal(command) => terminals::terminal(context, command),
        PkiCommand::Show { file } => show::show(context, file),
        PkiCommand::Check { files } => check::check(context, files),
        PkiCommand::Register => register(context),
    }
}

/// `sigillo pki register`.
fn register(context: &Context) -> Result<ExitCode, Failure> {
    let home = sigillo_line::Home::open(&context.global.home)?;
    let register = sigillo_authority::Register::open(&home.pki())?;
    let rows = register.issued();
    context.print(&json!({ "entries": register.entries().len(), "numbers": rows }), || {
        let mut table = comfy_table::Table::new();
        table
            .load_style(comfy_table::presets::UTF8_FULL_CONDENSED)
            .set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
        table.set_header(["authority", "what", "number", "subject", "until", "state"]);
        for row in &rows {
            let state = match (row.revoked, row.subject) {
                (Some((at, reason)), _) => format!("revoked {at}: {reason}"),
                (None, Some(_)) => "issued".to_owned(),
                (None, None) => "number lost".to_owned(),
            };
            let (subject, until) = (row.subject.unwrap_or("-"), row.until.unwrap_or("-"));
            table.add_row([row.authority, row.what, row.number, subject, until, &state]);
        }
        format!("{table}\n{} entries, each bound to the one before\n", register.entries().len())
    });
    Ok(ExitCode::SUCCESS)
}
