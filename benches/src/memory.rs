//! Peak memory of lots of different length, each in a process of its own.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sigillo_keystore::{Mode, SoftwareKeys};
use sigillo_line::{Home, import_lot};
use sigillo_reader::OsEntropy;
use sigillo_store::{By, Store};
use tempfile::TempDir;

use crate::failure::Failure;
use crate::fixture::{Fixture, Folder, PROFILE, TODAY, demo, demo_line, parse};
use crate::row::{Row, number};

const FEW: u32 = 100;
const MANY: u32 = 10_000;

/// What a child process does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Job {
    Import,
    Preparation,
}

/// Starts one process for each job and lot.
pub(crate) fn rows() -> Result<Vec<Row>, Failure> {
    let folder = TempDir::new()?;
    let (few, many) = (lot(folder.path(), FEW)?, lot(folder.path(), MANY)?);
    let mut rows = Vec::new();
    for job in Job::ALL {
        let [few, many] = [peak(job, &few)?, peak(job, &many)?];
        let id = |what: String| format!("memory.{}.{what}", job.name());
        rows.push(Row::count(id(format!("{FEW}-records")), few, "KiB"));
        rows.push(Row::count(id(format!("{MANY}-records")), many, "KiB"));
        rows.push(Row::new(id("ratio".to_owned()), number(many) / number(few), "ratio").at_most(1.2));
    }
    Ok(rows)
}

/// Does a job, and writes this process's peak memory in KiB to `out`.
pub(crate) fn child(job: Job, lot: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    match job {
        Job::Import => import(lot)?,
        Job::Preparation => prepare_all(lot)?,
    }
    writeln!(out, "{}", high_water_mark()?)?;
    Ok(())
}

impl Job {
    pub(crate) const ALL: [Self; 2] = [Self::Import, Self::Preparation];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Import => "lot-import",
            Self::Preparation => "preparation",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.name() == name)
    }
}

/// What `sigillo lot import` does, in a new home.
fn import(lot: &Path) -> Result<(), Failure> {
    let folder = TempDir::new()?;
    let home = Home::create(&folder.path().join("home"), Mode::Test, PROFILE, None)?;
    let keys = SoftwareKeys::create_test(&home.keys(), &mut OsEntropy, TODAY)?;
    let mut store = Store::create(&home.database()?)?;
    let by = By { operator: "bench", at: "2026-11-02T12:00:00Z", run: None };
    let report = import_lot(&home, &mut store, &keys, by, lot, TODAY, &mut OsEntropy)?;
    counted(lot, report.summary.lines)
}

/// Line after line: record, files, seal; nothing is kept.
fn prepare_all(lot: &Path) -> Result<(), Failure> {
    let mut fixture = Fixture::new()?;
    let chip = fixture.chip_files()?;
    let images = Folder(lot.parent().ok_or("a lot lies in a folder")?.to_owned());
    let mut records = 0;
    for line in BufReader::new(File::open(lot)?).lines() {
        let record = parse(&line?, &images)?;
        black_box(fixture.prepare(Some(&record), &chip)?);
        records += 1;
    }
    counted(lot, records)
}

/// A lot's name says how many records it has: a job that did fewer measured something else.
fn counted(lot: &Path, records: u64) -> Result<(), Failure> {
    let name = lot.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let promised: u64 = name.trim_start_matches("lot-").parse()?;
    if records == promised { Ok(()) } else { Err(format!("{records} records instead of {promised}").into()) }
}

fn peak(job: Job, lot: &Path) -> Result<u64, Failure> {
    let child = Command::new(std::env::current_exe()?)
        .args(["--child", job.name()])
        .arg(lot)
        .stderr(Stdio::inherit())
        .output()?;
    if !child.status.success() {
        return Err(format!("the child process for {} failed", job.name()).into());
    }
    Ok(String::from_utf8(child.stdout)?.trim().parse()?)
}

/// A lot of records that differ in document number and file reference and share their images.
fn lot(folder: &Path, records: u32) -> Result<PathBuf, Failure> {
    let images = folder.join("images");
    if !images.exists() {
        fs::create_dir(&images)?;
        for image in fs::read_dir(demo().join("images"))? {
            let image = image?;
            fs::copy(image.path(), images.join(image.file_name()))?;
        }
    }
    let mut record: serde_json::Value = serde_json::from_str(&demo_line()?)?;
    let members = record.as_object_mut().ok_or("a record is an object")?;
    // Two of one person would be a warning.
    members.remove("codice_fiscale");
    let path = folder.join(format!("lot-{records}.jsonl"));
    let mut file = BufWriter::new(File::create(&path)?);
    for index in 0..records {
        // A step without a common factor: every number once, no two neighbours in a row.
        let number = u64::from(index) * 7_654_321 % 90_000_000 + 10_000_000;
        record["document_number"] = format!("I{number:08}").into();
        record["pratica"] = format!("RM-2026-{index:06}").into();
        writeln!(file, "{record}")?;
    }
    file.flush()?;
    Ok(path)
}

/// `VmHWM` of this process, in KiB.
pub(crate) fn high_water_mark() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM: this is no Linux")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
