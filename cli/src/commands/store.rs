use std::path::Path;
use std::process::ExitCode;

use comfy_table::Table;
use serde_json::{Value, json};
use sigillo_line::Home;
use sigillo_store::{Manifest, RowCounts, Store};

use crate::args::store::StoreCommand;
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo store …`.
pub(crate) fn store(context: &Context, command: &StoreCommand) -> Result<ExitCode, Failure> {
    match command {
        StoreCommand::Backup { file } => backup(context, file),
        StoreCommand::Restore { file } => restore(context, file),
        StoreCommand::Check { backup: Some(file) } => check_backup(context, file),
        StoreCommand::Check { backup: None } => check(context),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn backup(context: &Context, file: &Path) -> Result<(), Failure> {
    let home = Home::open(&context.global.home)?;
    let manifest = context.store(&home)?.backup(&context.now().to_string(), file)?;
    context.print(&described(&manifest), || format!("{} made: {}\n", file.display(), in_words(&manifest)));
    Ok(())
}

fn restore(context: &Context, file: &Path) -> Result<(), Failure> {
    let home = Home::open(&context.global.home)?;
    let _lock = home.lock()?;
    let (_, manifest) = Store::restore(&context.database(&home)?, file)?;
    context.print(&described(&manifest), || {
        format!(
            "the register is as it was at {}: {}\nwhat happened later is not in it; compare the trace with the last checkpoint\n",
            manifest.at,
            in_words(&manifest)
        )
    });
    Ok(())
}

fn check(context: &Context) -> Result<(), Failure> {
    let home = Home::open(&context.global.home)?;
    let store = context.store(&home)?;
    let counts = store.check()?;
    let head = store.trace_head()?;
    let result = json!({ "rows": counts, "trace": { "entries": head.seq, "head": hex::encode(head.hash) } });
    context.print(&result, || {
        format!(
            "{}\nthe register is sound; the trace is complete: {} entries; every record stands where it leads\n",
            table(&counts),
            head.seq
        )
    });
    Ok(())
}

fn check_backup(context: &Context, file: &Path) -> Result<(), Failure> {
    let (manifest, counts) = Manifest::check(file)?;
    let mut result = described(&manifest);
    result["tables"] = json!(counts);
    context.print(&result, || format!("{}\nthe backup is what was written: {}\n", table(&counts), in_words(&manifest)));
    Ok(())
}

fn described(manifest: &Manifest) -> Value {
    json!({
        "version": manifest.version, "at": manifest.at, "rows": manifest.rows, "sha256": hex::encode(manifest.digest),
        "trace": { "entries": manifest.head.seq, "head": hex::encode(manifest.head.hash) },
    })
}

fn in_words(manifest: &Manifest) -> String {
    let Manifest { rows, head, digest, .. } = manifest;
    format!("{rows} rows, {} entries of the trace, SHA-256 {}", head.seq, hex::encode(digest))
}

fn table(counts: &RowCounts) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED).set_header(["table", "rows"]);
    for (name, rows) in counts {
        table.add_row([name.clone(), rows.to_string()]);
    }
    table
}
