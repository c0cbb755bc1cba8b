//! `sigillo chip inspect` and `sigillo chip verify`: a terminal, and nothing else.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use iso7816_tlv::ber;
use serde_json::Value;
use sigillo_channel::bac::MrzSecret;
use sigillo_inspect::{ReadOutcome, ReadSession, Report, judge};
use sigillo_lds::mrz::Td1;
use sigillo_line::{LineError, write_new_private};
use sigillo_reader::{Card, DriveError, Log, Observed, OsEntropy, PcscCard, VirtualCard, drive};
use sigillo_seal::x509::Certificate;
use zeroize::Zeroizing;

use crate::args::ChipArgs;
use crate::context::Context;
use crate::failure::{CHECK_FAILED, Failure};

/// Reads a chip and shows what it says; without a trust anchor nothing is believed.
pub(crate) fn inspect(
    context: &Context,
    chip: &ChipArgs,
    save: Option<&Path>,
    tree: bool,
) -> Result<ExitCode, Failure> {
    let secret = mrz_secret(chip)?;
    let outcome = read(chip, &secret)?;
    if let Some(error) = outcome.broken {
        return Err(Failure { advice: NOT_OPENED_ADVICE, ..LineError::from(error).into() });
    }
    if let Some(folder) = save {
        save_files(&outcome, folder)?;
    }
    let report = Report::new(&outcome, judge(&outcome, &[], &secret, datetime(context))).with_document(&outcome);
    context.print(&json_of(&report), || {
        let trees: String =
            outcome.files.iter().filter(|_| tree).map(|(name, file)| format!("{name}\n{}", tree_of(file))).collect();
        report.text() + &trees
    });
    Ok(ExitCode::SUCCESS)
}

/// Reads a chip and judges it by the trust anchors alone.
pub(crate) fn verify(context: &Context, chip: &ChipArgs, anchors: &[PathBuf]) -> Result<ExitCode, Failure> {
    let secret = mrz_secret(chip)?;
    let trust = anchors.iter().map(|path| anchor(path)).collect::<Result<Vec<_>, _>>()?;
    let outcome = read(chip, &secret)?;
    let report = Report::new(&outcome, judge(&outcome, &trust, &secret, datetime(context)));
    context.print(&json_of(&report), || report.text());
    Ok(if report.verified { ExitCode::SUCCESS } else { ExitCode::from(CHECK_FAILED) })
}

fn read(chip: &ChipArgs, secret: &MrzSecret) -> Result<ReadOutcome, Failure> {
    let mut card: Box<dyn Card> = match (&chip.image, &chip.reader) {
        (Some(image), _) if !image.is_file() => return Err(file_error(image, &std::io::ErrorKind::NotFound.into())),
        (Some(image), _) => Box::new(Observed { card: VirtualCard::open(image)?, observer: Log }),
        (None, reader) => {
            let reader = PcscCard::reader_named(reader.as_deref().unwrap_or_default(), CALL_TIME_OUT)?;
            let card = PcscCard::connect(&reader, CALL_TIME_OUT)?;
            Box::new(Observed { card, observer: Log })
        }
    };
    card.reset()?;
    let mut entropy = OsEntropy;
    let secret =
        secret.expose(MrzSecret::from_bytes).map_err(|error| Failure::usage(error.code(), error.to_string()))?;
    let mut session = ReadSession::new(secret, &mut entropy);
    match drive(card.as_mut(), &mut session) {
        // What broke the session stands in what it brought back.
        Ok(()) | Err(DriveError::Driver(_)) => Ok(session.into_outcome()),
        Err(DriveError::Link(error)) => Err(error.into()),
    }
}

const CALL_TIME_OUT: Duration = Duration::from_secs(20);

/// The secret of the machine readable zone: from a file, or hidden at the prompt; never from the command line.
fn mrz_secret(chip: &ChipArgs) -> Result<MrzSecret, Failure> {
    let text = match &chip.mrz_file {
        Some(path) => Zeroizing::new(std::fs::read_to_string(path).map_err(|error| file_error(path, &error))?),
        None => {
            let mut text = Zeroizing::new(String::new());
            for line in 1..=3 {
                let prompt = format!("machine readable zone, line {line}");
                let typed = dialoguer::Password::new().with_prompt(prompt).interact();
                text.push_str(&Zeroizing::new(
                    typed
                        .map_err(|_| Failure::usage("usage.mrz", "no terminal to ask for the machine readable zone"))?,
                ));
            }
            text
        }
    };
    let mrz = Td1::parse(&text)
        .map_err(|error| Failure::input(error.code(), format!("the machine readable zone: {error}"), MRZ_ADVICE))?;
    Ok(MrzSecret::from_mrz_information(&mrz.mrz_information()))
}

fn anchor(path: &Path) -> Result<Certificate, Failure> {
    let bytes = std::fs::read(path).map_err(|error| file_error(path, &error))?;
    Certificate::decode(&bytes)
        .map_err(|error| Failure::input(error.code(), format!("{}: {error}", path.display()), ANCHOR_ADVICE))
}

const NOT_OPENED_ADVICE: &str =
    "Check that the machine readable zone belongs to this card; a chip that is not locked yet opens to nobody.";
const MRZ_ADVICE: &str = "Give the three lines of the machine readable zone as they are printed, 30 characters each.";
const ANCHOR_ADVICE: &str = "Give a CSCA certificate as it was published: one file, DER, nothing before or behind it.";

/// Saves the raw files into a new folder: `EF.SOD.bin`, `DG1.bin` …
fn save_files(outcome: &ReadOutcome, folder: &Path) -> Result<(), Failure> {
    DirBuilder::new().mode(0o700).create(folder).map_err(|error| file_error(folder, &error))?;
    for (name, file) in &outcome.files {
        let name = name.to_string();
        let name = name.strip_prefix("EF.DG").map_or(name.clone(), |number| format!("DG{number}"));
        write_new_private(&folder.join(format!("{}.bin", name.replace('/', "-"))), file)?;
    }
    Ok(())
}

/// A file as a tree of TLVs, by the crate `iso7816-tlv`: a second pair of eyes beside our own reader.
fn tree_of(file: &[u8]) -> String {
    fn show(tlv: &ber::Tlv, depth: usize, out: &mut String) {
        let tag = hex::encode_upper(tlv.tag().to_bytes());
        match tlv.value() {
            ber::Value::Constructed(children) => {
                *out += &format!("{:depth$}{tag}\n", "");
                children.iter().for_each(|child| show(child, depth + 2, out));
            }
            ber::Value::Primitive(value) => {
                let shown: Vec<u8> = value.iter().copied().take(24).collect();
                let more = if value.len() > shown.len() { "…" } else { "" };
                *out += &format!("{:depth$}{tag} [{}] {}{more}\n", "", value.len(), hex::encode_upper(&shown));
            }
        }
    }
    let mut out = String::new();
    ber::Tlv::parse_all(file).iter().for_each(|tlv| show(tlv, 2, &mut out));
    out
}

fn datetime(context: &Context) -> jiff::civil::DateTime {
    context.now().to_zoned(jiff::tz::TimeZone::UTC).datetime()
}

fn json_of(report: &Report) -> Value {
    serde_json::to_value(report).unwrap_or_default()
}

fn file_error(path: &Path, error: &std::io::Error) -> Failure {
    LineError::File { path: path.to_owned(), reason: error.kind().to_string() }.into()
}
