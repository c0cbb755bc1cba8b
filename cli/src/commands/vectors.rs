use std::collections::VecDeque;
use std::path::Path;
use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::json;
use sigillo_line::LineError;
use sigillo_vectors::{Folder, Outcome, Report, replay};

use crate::args::vectors::VectorsCommand;
use crate::context::Context;
use crate::failure::{CHECK_FAILED, Failure};

/// `sigillo vectors …`.
pub(crate) fn vectors(context: &Context, command: &VectorsCommand) -> Result<ExitCode, Failure> {
    let VectorsCommand::Replay { dir } = command;
    let report = replay(&read(dir)?);
    let (passed, failed) = report.counts();
    let failures: Vec<_> = failures(&report).map(|(id, why)| json!({ "id": id, "why": why })).collect();
    let faults: Vec<_> = report.faults.iter().map(|fault| json!({ "path": fault.path, "what": fault.what })).collect();
    let suites: Vec<_> = report
        .suites
        .iter()
        .map(|suite| json!({ "path": suite.path, "cases": suite.verdicts.len(), "foreign": suite.foreign }))
        .collect();
    let result =
        json!({ "passed": passed, "failed": failed, "failures": failures, "faults": faults, "suites": suites });
    context.print(&result, || text_of(&report));
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(CHECK_FAILED) })
}

/// Reads every suite below a folder; schemas and the Python replayer are not suites.
fn read(root: &Path) -> Result<Folder, Failure> {
    let mut folder = Folder::default();
    let mut below = VecDeque::from([root.to_owned()]);
    while let Some(dir) = below.pop_front() {
        let failed = |error: std::io::Error| {
            Failure::from(LineError::File { path: dir.clone(), reason: error.kind().to_string() })
        };
        for entry in dir.read_dir().map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if dir != root || !NOT_SUITES.contains(&name.as_str()) {
                    below.push_back(path);
                }
            } else if dir.file_name().is_some_and(|parent| parent == "blobs") {
                folder.blobs.insert(&name, std::fs::read(&path).map_err(failed)?);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                folder.suites.insert(relative, std::fs::read_to_string(&path).map_err(failed)?);
            }
        }
    }
    Ok(folder)
}

fn failures(report: &Report) -> impl Iterator<Item = (&str, String)> {
    report.suites.iter().flat_map(|suite| &suite.verdicts).filter_map(|verdict| match &verdict.outcome {
        Outcome::Failed { expected, found } => {
            Some((verdict.id.as_str(), format!("{}: expected {expected}, found {found}", verdict.title)))
        }
        _ => None,
    })
}

fn text_of(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["suite", "cases", "from foreign sources"]);
    for suite in &report.suites {
        table.add_row([suite.path.clone(), suite.verdicts.len().to_string(), suite.foreign.to_string()]);
    }
    let (passed, failed) = report.counts();
    let mut text = format!("{table}\n");
    failures(report).for_each(|(id, why)| text += &format!("FAILED {id}: {why}\n"));
    report.faults.iter().for_each(|fault| text += &format!("FAULT {}: {}\n", fault.path, fault.what));
    text + &format!("{passed} passed, {failed} failed, {} faults of the folder\n", report.faults.len())
}

const NOT_SUITES: [&str; 2] = ["schemas", "replay"];
