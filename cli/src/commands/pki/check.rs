//! `sigillo pki check`: files judged together.

use std::path::PathBuf;
use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};
use sigillo_authority::encoding::Object;
use sigillo_authority::judgement::{Judged, judge};
use sigillo_seal::x509::Certificate;

use crate::commands::pki::{files, status};
use crate::context::Context;
use crate::failure::{CHECK_FAILED, Failure};

/// `sigillo pki check FILE…`: exit status 1 if anything is wrong.
pub(super) fn check(context: &Context, paths: &[PathBuf]) -> Result<ExitCode, Failure> {
    let objects = paths.iter().map(|path| files::decode(path, Object::decode)).collect::<Result<Vec<_>, _>>()?;
    let certificates: Vec<Certificate> = objects
        .iter()
        .filter_map(|object| match object {
            Object::Certificate(certificate) => Some((**certificate).clone()),
            _ => None,
        })
        .collect();
    let revocations = status::revocations(context, &certificates)?;
    let judged = judge(&objects, &[], &revocations, context.whole_seconds())?;
    let rows: Vec<Value> = paths.iter().zip(&judged).map(|(path, judged)| json_of(path, judged)).collect();
    let wrong = judged.iter().filter(|judged| !judged.is_well()).count();
    context.print(&json!({ "files": rows, "wrong": wrong }), || {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["file", "of", "revocation", "found"]);
        for (path, judged) in paths.iter().zip(&judged) {
            let found: Vec<String> = judged
                .remarks
                .iter()
                .map(|remark| format!("{} ({}): {} [{}]", remark.code, remark.level.name(), remark.says, remark.clause))
                .collect();
            let found = if found.is_empty() { "nothing".to_owned() } else { found.join("\n") };
            let status = judged.status.map_or("-".to_owned(), |status| status::text(&status));
            table.add_row([path.display().to_string(), judged.of.clone(), status, found]);
        }
        format!("{table}\n{} files looked at, {wrong} with something wrong\n", paths.len())
    });
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::from(CHECK_FAILED) })
}

fn json_of(path: &std::path::Path, judged: &Judged) -> Value {
    let found: Vec<Value> = judged
        .remarks
        .iter()
        .map(|remark| json!({ "code": remark.code, "level": remark.level.name(), "clause": remark.clause, "says": remark.says }))
        .collect();
    let status = judged.status.map(|status| status::json(&status));
    json!({ "file": path, "of": judged.of, "revocation": status, "found": found })
}
