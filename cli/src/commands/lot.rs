use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use sigillo_crypto::Sha256Stream;
use sigillo_issuance::operator::ChangeAct;
use sigillo_line::{Home, LotReport, check_lot, import_lot};
use sigillo_store::By;

use crate::args::lot::LotCommand;
use crate::commands::read::file_error;
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo lot …`.
pub(crate) fn lot(context: &Context, command: &LotCommand) -> Result<ExitCode, Failure> {
    let report = match command {
        LotCommand::Check(lot) => check_lot(&Home::open(&context.global.home)?, &lot.file, context.today())?,
        LotCommand::Import(lot) => {
            let digest = digest(&lot.file)?;
            let mut open = context.open_to_change(ChangeAct::LotImport, &digest, &json!({ "digest": digest }))?;
            let at = context.now().to_string();
            let by = By { operator: context.operator()?, at: &at, run: None };
            import_lot(&open.home, &mut open.store, &*open.keys, by, &lot.file, context.today(), &mut open.entropy)?
        }
    };
    print(context, &report);
    Ok(ExitCode::SUCCESS)
}

/// What the request is about: the very octets of the file.
fn digest(file: &Path) -> Result<String, Failure> {
    let mut stream = Sha256Stream::new();
    let mut buffer = vec![0; 1 << 16];
    let mut from = std::fs::File::open(file).map_err(|error| file_error(file, &error))?;
    loop {
        match from.read(&mut buffer).map_err(|error| file_error(file, &error))? {
            0 => return Ok(hex::encode(stream.finish())),
            read => stream.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

fn print(context: &Context, report: &LotReport) {
    let warnings: Vec<_> = report
        .summary
        .warnings
        .iter()
        .map(|warning| json!({ "code": warning.code, "line": warning.line, "count": warning.count, "advice": warning.advice }))
        .collect();
    let result = json!({
        "lot": report.lot.map(|lot| lot.number()), "records": report.summary.lines,
        "digest": hex::encode(report.digest), "warnings": warnings,
    });
    context.print(&result, || {
        let mut text = String::new();
        for warning in &report.summary.warnings {
            text += &format!(
                "warning: line {} and {} more: {}\n  {}\n",
                warning.line,
                warning.count - 1,
                warning.code,
                warning.advice
            );
        }
        match report.lot {
            Some(lot) => text + &format!("lot {lot}: {} records imported\n", report.summary.lines),
            None => text + &format!("{} records, no fault\n", report.summary.lines),
        }
    });
}
