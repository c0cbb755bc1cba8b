use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;
use sigillo_crypto::Entropy;
use sigillo_issuance::life_cycle;
use sigillo_issuance::operator::ChangeAct;
use sigillo_keystore::{KeyLabel, KeyRole, KeystoreError, KeystoreErrorKind};
use sigillo_line::{BlankNumbers, Initialised, LineError};
use sigillo_reader::{IMAGE_EXTENSION, LinkError, Log, OsEntropy, PcscCard, VirtualCard, vpcd};
use sigillo_store::Serial;
use sigillo_vchip::Chip;

use crate::args::chip::{AdvanceAfter, ChipCommand, ScrapManner};
use crate::args::station::StationArgs;
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo chip make|init|serve|scrap|readers`.
pub(crate) fn chip(context: &Context, command: ChipCommand) -> Result<ExitCode, Failure> {
    match command {
        ChipCommand::Make { batch, count } => make(context, &batch, count),
        ChipCommand::Init { batch, station, blank_number } => {
            initialize(context, &batch, &station, blank_number.as_deref())
        }
        ChipCommand::Serve { image, magazine, advance_after, address } => {
            let turn = match advance_after {
                AdvanceAfter::Lock => vpcd::Turn::AfterLock,
                AdvanceAfter::Use => vpcd::Turn::AfterUse,
            };
            let source = match (image, magazine) {
                (Some(image), _) => vpcd::Source::Image(image),
                (None, folder) => vpcd::Source::Magazine { folder: folder.unwrap_or_default(), turn },
            };
            serve(context, &source, &address)
        }
        ChipCommand::Scrap { serial, manner, reason, witness } => {
            scrap(context, &serial, manner, &reason, witness.as_deref())
        }
        ChipCommand::Readers
        | ChipCommand::Pin(_)
        | ChipCommand::Inspect { .. }
        | ChipCommand::Qualify(_)
        | ChipCommand::Verify { .. } => readers(context),
    }
}

/// Virtual chips: a random transport key for the batch, a random serial, which also names the image marked TEST.
fn make(context: &Context, batch: &str, count: u32) -> Result<ExitCode, Failure> {
    let mut open = context.open_alone()?;
    let folder = open.home.chips().join(batch);
    if folder.exists() {
        // Before the key: a batch is made whole or not at all.
        return Err(KeystoreError::from(KeystoreErrorKind::Exists).into());
    }
    KeyLabel::named(KeyRole::Transport, batch)?;
    context.ask(&mut open, ChangeAct::ChipMake, batch, &json!({ "count": count }))?;
    open.keys.create_batch(batch, context.today(), &mut open.entropy)?;
    DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .map_err(|error| LineError::File { path: folder.clone(), reason: error.kind().to_string() })?;
    for _ in 0..count {
        let mut serial = [0; 10];
        open.entropy.fill(&mut serial);
        let keys = open.keys.transport_keys(batch, &serial)?;
        let image = folder.join(format!("{}.{IMAGE_EXTENSION}", Serial::new(serial)));
        VirtualCard::create(&image, Chip::manufacture(serial, keys))?;
    }
    let result = json!({ "batch": batch, "made": count, "folder": folder });
    context.print(&result, || format!("{count} virtual chips of batch {batch} in {}\n", folder.display()));
    Ok(ExitCode::SUCCESS)
}

fn initialize(context: &Context, batch: &str, station: &StationArgs, first: Option<&str>) -> Result<ExitCode, Failure> {
    let numbers = match first {
        None => None,
        Some(first) => Some(
            BlankNumbers::parse(first)
                .ok_or_else(|| Failure::usage("usage.blank-number", "a blank's number is I and eight digits"))?,
        ),
    };
    let asked = json!({ "blank_number": first, "reader": station.reader, "virtual": station.virtual_chips });
    let mut open = context.open_to_change(ChangeAct::ChipInit, batch, &asked)?;
    let (mut chips, limit) = context.station(&open.home, station, Some(batch))?;
    let total = (limit != u64::MAX).then_some(limit);
    let done = context.change(&mut open, total, |line| line.initialize(batch, chips.as_mut(), limit, numbers))?;
    if let (Some(reader), true) = (&station.reader, done == Initialised::default()) {
        return Err(LinkError::NoCard { reader: reader.clone() }.into());
    }
    let result = json!({ "initialized": done.entered, "passed_over": done.passed_over });
    context.print(&result, || format!("{} chips in the stock, {} passed over\n", done.entered, done.passed_over));
    Ok(ExitCode::SUCCESS)
}

fn serve(context: &Context, source: &vpcd::Source, address: &str) -> Result<ExitCode, Failure> {
    let stop = vpcd::stop_on_signals()?;
    let mut report = |event: vpcd::Event| {
        let (result, text) = match event {
            vpcd::Event::Inserted(image) => (json!({ "inserted": image }), format!("{} inserted\n", image.display())),
            _ => (json!({ "connected": address }), format!("connected to {address}\n")),
        };
        context.print(&result, || text);
    };
    let served = vpcd::serve(source, address, &mut OsEntropy, &mut Log, &stop, &mut report)?;
    let result = json!({ "chips": served.chips, "commands": served.commands });
    context.print(&result, || match served.chips {
        0 => "no chip of the magazine waits for a turn: nothing was served\n".to_owned(),
        chips => format!("{chips} chips served, {} commands answered\n", served.commands),
    });
    Ok(ExitCode::SUCCESS)
}

fn scrap(
    context: &Context,
    serial: &str,
    manner: ScrapManner,
    reason: &str,
    witness: Option<&str>,
) -> Result<ExitCode, Failure> {
    let serial =
        Serial::parse(serial).ok_or_else(|| Failure::usage("usage.serial", "a serial has 20 hexadecimal digits"))?;
    let manner = match manner {
        ScrapManner::Mute => life_cycle::ScrapManner::Mute,
        ScrapManner::LockedRefused => life_cycle::ScrapManner::LockedRefused,
    };
    let asked = json!({ "manner": manner.name(), "reason": reason, "witness": witness });
    let mut open = context.open_to_change(ChangeAct::ChipScrap, &serial.to_string(), &asked)?;
    context.change(&mut open, None, |line| line.scrap(serial, manner, reason, witness))?;
    context
        .print(&json!({ "scrapped": serial.to_string(), "manner": manner.name() }), || format!("{serial} scrapped\n"));
    Ok(ExitCode::SUCCESS)
}

fn readers(context: &Context) -> Result<ExitCode, Failure> {
    let readers = PcscCard::readers(Duration::from_secs(10))?;
    context.print(&json!({ "readers": readers }), || {
        readers.iter().enumerate().map(|(number, name)| format!("{number}: {name}\n")).collect()
    });
    Ok(ExitCode::SUCCESS)
}
