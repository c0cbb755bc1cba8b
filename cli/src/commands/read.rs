//! `sigillo chip inspect` and `sigillo chip verify`: a terminal, and nothing else.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use iso7816_tlv::ber;
use serde_json::Value;
use sigillo_authority::Status;
use sigillo_channel::ChannelError;
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::pace::Password;
use sigillo_cvc::CvCertificate;
use sigillo_inspect::{
    AccessPolicy, FileName, ReadOutcome, ReadSession, Report, Request, TerminalCredentials, TerminalKey, judge,
};
use sigillo_keystore::read_private;
use sigillo_lds::mrz::Td1;
use sigillo_line::{LineError, write_new_private};
use sigillo_reader::{Card, DriveError, Log, Observed, OsEntropy, PcscCard, VirtualCard, drive};
use sigillo_seal::x509::Certificate;
use zeroize::Zeroizing;

use crate::args::chip::{AccessArg, ChipArgs};
use crate::args::way_in::WayInArgs;
use crate::commands::pki::status;
use crate::context::Context;
use crate::failure::{CHECK_FAILED, Failure};

/// Reads a chip and shows what it says; without a trust anchor nothing is believed.
pub(crate) fn inspect(
    context: &Context,
    chip: &ChipArgs,
    save: Option<&Path>,
    tree: bool,
) -> Result<ExitCode, Failure> {
    let opening = Opening::of(chip)?;
    let (printed, outcome) = read(chip, opening)?;
    if let Some(error) = outcome.broken {
        return Err(Failure { advice: NOT_OPENED_ADVICE, ..LineError::from(error).into() });
    }
    if let Some(folder) = save {
        save_files(&outcome, folder)?;
    }
    let checks = judge(&outcome, &[], printed.as_ref(), datetime(context));
    let report = Report::new(&outcome, checks).with_document(&outcome);
    let signer = signer(context, &outcome, &[])?;
    let mut json = json_of(&report);
    json["revocation"] = signer.as_ref().map_or(Value::Null, status::json);
    context.print(&json, || {
        let trees: String =
            outcome.files.iter().filter(|_| tree).map(|(name, file)| format!("{name}\n{}", tree_of(file))).collect();
        report.text() + &signer_text(signer.as_ref()) + &trees
    });
    Ok(ExitCode::SUCCESS)
}

/// Reads a chip and judges it by the trust anchors alone.
pub(crate) fn verify(context: &Context, chip: &ChipArgs, anchors: &[PathBuf]) -> Result<ExitCode, Failure> {
    let opening = Opening::of(chip)?;
    let trust = anchors.iter().map(|path| anchor(path)).collect::<Result<Vec<_>, _>>()?;
    let (printed, outcome) = read(chip, opening)?;
    let report = Report::new(&outcome, judge(&outcome, &trust, printed.as_ref(), datetime(context)));
    let signer = signer(context, &outcome, &trust)?;
    let report = report.with_checks(signer.iter().map(status::check).collect());
    let mut json = json_of(&report);
    json["revocation"] = signer.as_ref().map_or(Value::Null, status::json);
    context.print(&json, || report.text() + &signer_text(signer.as_ref()));
    Ok(if report.verified { ExitCode::SUCCESS } else { ExitCode::from(CHECK_FAILED) })
}

/// What the revocation lists of the home say of the chip's document signer.
fn signer(context: &Context, outcome: &ReadOutcome, trust: &[Certificate]) -> Result<Option<Status>, Failure> {
    let sod = outcome.file(FileName::Sod);
    Ok(sod.map(|sod| status::of_signer(context, sod, trust)).transpose()?.flatten())
}

fn signer_text(signer: Option<&Status>) -> String {
    signer.map_or(String::new(), |signer| format!("  signer   {}\n", status::text(signer)))
}

/// What the terminal asks for, and the printed machine readable zone that the chip's is compared with.
struct Opening {
    printed: Option<MrzSecret>,
    request: Request,
}

impl Opening {
    /// Everything that is typed or lies in files; the chip is not touched yet.
    fn of(chip: &ChipArgs) -> Result<Self, Failure> {
        let way_in = WayIn::of(&chip.way_in)?;
        let policy = match chip.access {
            AccessArg::PaceOrBac => AccessPolicy::PaceOrBac,
            AccessArg::PaceOnly => AccessPolicy::PaceOnly,
            AccessArg::BacOnly => AccessPolicy::BacOnly,
        };
        let request = way_in.request().map_err(|error| refused(error.code(), &error, CAN_ADVICE))?;
        let request = request.policy(policy).asking_for_services(&chip.way_in.eservices.0);
        let request = match terminal(chip)? {
            Some(terminal) => request.and_terminal(terminal),
            None => request,
        };
        Ok(Self { printed: way_in.printed(), request })
    }
}

/// What opens a chip: one of them at least, and as many sessions as are asked for.
pub(crate) struct WayIn {
    mrz: Option<Td1>,
    can: Option<Zeroizing<String>>,
}

impl WayIn {
    /// Everything that is typed or lies in files; the chip is not touched yet.
    pub(crate) fn of(chip: &WayInArgs) -> Result<Self, Failure> {
        let can = match (&chip.can_file, chip.can) {
            (Some(path), _) => Some(Zeroizing::new(read_text(path)?)),
            (None, true) => Some(prompt("card access number")?),
            (None, false) => None,
        };
        let asks_for_mrz = chip.mrz_file.is_some() || can.is_none();
        let way_in = Self { mrz: None, can };
        // A card access number that is none is said before a zone is asked for.
        way_in.password().map_err(|error| refused(error.code(), &error, CAN_ADVICE))?;
        let mrz = if asks_for_mrz { Some(machine_readable_zone(chip.mrz_file.as_deref())?) } else { None };
        Ok(Self { mrz, ..way_in })
    }

    /// The printed machine readable zone, if it was given.
    pub(crate) fn printed(&self) -> Option<MrzSecret> {
        self.mrz.as_ref().map(|mrz| MrzSecret::from_mrz_information(&mrz.mrz_information()))
    }

    /// For one session.
    pub(crate) fn request(&self) -> Result<Request, ChannelError> {
        match (self.printed(), self.password()?) {
            (Some(mrz), Some(can)) => Ok(Request::with_mrz(mrz).and_can(can)),
            (Some(mrz), None) => Ok(Request::with_mrz(mrz)),
            (None, Some(can)) => Ok(Request::with_can(can)),
            (None, None) => Err(ChannelError::PacePassword),
        }
    }

    fn password(&self) -> Result<Option<Password>, ChannelError> {
        self.can.as_ref().map(|digits| Password::can(digits.trim())).transpose()
    }
}

/// The terminal's certificates and its key.
fn terminal(chip: &ChipArgs) -> Result<Option<TerminalCredentials>, Failure> {
    credentials(&chip.terminal_cert, chip.terminal_key.as_deref())
}

/// A terminal's key with its certificates, in any order.
pub(crate) fn credentials(
    certificates: &[PathBuf],
    key: Option<&Path>,
) -> Result<Option<TerminalCredentials>, Failure> {
    let Some(path) = key else { return Ok(None) };
    let key = terminal_key(path)?;
    let certificates = certificates.iter().map(|path| cv_certificate(path)).collect::<Result<_, _>>()?;
    let terminal = TerminalCredentials::new(certificates, key);
    terminal.map(Some).map_err(|error| refused(error.code(), &error, TERMINAL_ADVICE))
}

/// A private key from its file, which nobody else may read.
pub(crate) fn terminal_key(path: &Path) -> Result<TerminalKey, Failure> {
    read_private(path, MAX_TERMINAL_KEY)?
        .expose(TerminalKey::from_der)
        .map_err(|error| refused(error.code(), &format!("{}: {error}", path.display()), TERMINAL_ADVICE))
}

/// A card-verifiable certificate from its file.
pub(crate) fn cv_certificate(path: &Path) -> Result<CvCertificate, Failure> {
    let octets = std::fs::read(path).map_err(|error| file_error(path, &error))?;
    CvCertificate::decode(&octets)
        .map_err(|error| refused(error.code(), &format!("{}: {error}", path.display()), TERMINAL_ADVICE))
}

fn refused(code: &str, what: &dyn std::fmt::Display, advice: &'static str) -> Failure {
    Failure::input(code, what.to_string(), advice)
}

fn read(chip: &ChipArgs, opening: Opening) -> Result<(Option<MrzSecret>, ReadOutcome), Failure> {
    let mut card = card(&chip.way_in)?;
    let mut entropy = OsEntropy;
    let mut session = ReadSession::new(opening.request, &mut entropy);
    match drive(card.as_mut(), &mut session) {
        // What broke the session stands in what it brought back.
        Ok(()) | Err(DriveError::Driver(_)) => Ok((opening.printed, session.into_outcome())),
        Err(DriveError::Link(error)) => Err(error.into()),
    }
}

/// The chip that was named, fresh from a reset.
pub(crate) fn card(chip: &WayInArgs) -> Result<Box<dyn Card>, Failure> {
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
    Ok(card)
}

const CALL_TIME_OUT: Duration = Duration::from_secs(20);

/// No key of a terminal is longer, RSA's included.
const MAX_TERMINAL_KEY: usize = 8192;

/// The machine readable zone: from a file, or hidden at the prompt; never from the command line.
pub(crate) fn machine_readable_zone(file: Option<&Path>) -> Result<Td1, Failure> {
    let text = match file {
        Some(path) => Zeroizing::new(read_text(path)?),
        None => {
            let mut text = Zeroizing::new(String::new());
            for line in 1..=3 {
                text.push_str(&prompt(&format!("machine readable zone, line {line}"))?);
            }
            text
        }
    };
    Td1::parse(&text).map_err(|error| refused(error.code(), &format!("the machine readable zone: {error}"), MRZ_ADVICE))
}

/// A line that is typed and does not show.
fn prompt(what: &str) -> Result<Zeroizing<String>, Failure> {
    let typed = dialoguer::Password::new().with_prompt(what).interact();
    typed.map(Zeroizing::new).map_err(|_| Failure::usage("usage.mrz", format!("no terminal to ask for the {what}")))
}

fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| file_error(path, &error))
}

/// A trust anchor from its file.
pub(crate) fn anchor(path: &Path) -> Result<Certificate, Failure> {
    let bytes = std::fs::read(path).map_err(|error| file_error(path, &error))?;
    Certificate::decode(&bytes)
        .map_err(|error| Failure::input(error.code(), format!("{}: {error}", path.display()), ANCHOR_ADVICE))
}

const NOT_OPENED_ADVICE: &str =
    "Check that the machine readable zone belongs to this card; a chip that is not locked yet opens to nobody.";
const MRZ_ADVICE: &str = "Give the three lines of the machine readable zone as they are printed, 30 characters each.";
const CAN_ADVICE: &str = "Give the six digits of the card access number as they are printed on the front of the card.";
const TERMINAL_ADVICE: &str = "Give the terminal's own card-verifiable certificate and those above it, one file each, and the private key of the terminal.";
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

/// A file that cannot be used.
pub(crate) fn file_error(path: &Path, error: &std::io::Error) -> Failure {
    LineError::File { path: path.to_owned(), reason: error.kind().to_string() }.into()
}
