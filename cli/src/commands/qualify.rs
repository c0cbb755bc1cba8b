//! `sigillo chip qualify`: every conformance case against one chip.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use sigillo_crypto::Entropy;
use sigillo_inspect::TerminalCredentials;
use sigillo_line::{LineError, write_new_private};
use sigillo_profile::{Profile, embedded};
use sigillo_qualify::embedded::{parse_statement, stated};
use sigillo_qualify::{Authority, Gone, Lab, Options, Report, Subject, TerminalChain, run};
use sigillo_reader::{Card, Log, Observed, OsEntropy, PcscCard};
use sigillo_secret::SecretBytes;
use sigillo_specimen::{SpecimenError, Supply};
use zeroize::Zeroizing;

use crate::args::qualify::QualifyArgs;
use crate::commands::read::{anchor, credentials, cv_certificate, file_error, machine_readable_zone, terminal_key};
use crate::context::Context;
use crate::failure::{CHECK_FAILED, Failure};

/// Runs the cases and prints the report; a chip with a failed case, or one left out, is not qualified.
pub(crate) fn qualify(context: &Context, arguments: &QualifyArgs) -> Result<ExitCode, Failure> {
    // Before a long run, not behind it.
    if let Some(path) = arguments.html.as_ref().filter(|path| path.exists()) {
        return Err(file_error(path, &std::io::ErrorKind::AlreadyExists.into()));
    }
    let report = match &arguments.reader {
        Some(reader) => on_reader(context, arguments, reader)?,
        None => on_virtual(context, arguments)?,
    };
    if let Some(path) = &arguments.html {
        write_new_private(path, report.html().as_bytes())?;
    }
    let json = serde_json::to_value(&report).unwrap_or_default();
    context.print(&json, || report.text());
    Ok(if report.qualified { ExitCode::SUCCESS } else { ExitCode::from(CHECK_FAILED) })
}

fn on_reader(context: &Context, arguments: &QualifyArgs, reader: &str) -> Result<Report, Failure> {
    let mrz = machine_readable_zone(arguments.mrz_file.as_deref())?;
    let mut lab = Lab::new(&mrz, context.today());
    if let Some(path) = &arguments.can_file {
        lab = lab.with_can(digits(path)?);
    }
    if let Some(path) = &arguments.pin_file {
        lab = lab.with_pin(digits(path)?);
    }
    if let Some(path) = &arguments.puk_file {
        lab = lab.with_puk(digits(path)?);
    }
    for path in &arguments.csca {
        lab = lab.with_anchor(anchor(path)?);
    }
    if let Some(chain) = terminal(&arguments.terminal_cert, arguments.terminal_key.as_deref())? {
        lab = lab.with_inspection(chain);
    }
    if let Some(chain) = terminal(&arguments.office_cert, arguments.office_key.as_deref())? {
        lab = lab.with_office(chain);
    }
    if let (Some(certificate), Some(key)) = (&arguments.cvca_cert, &arguments.cvca_key) {
        let certificate = cv_certificate(certificate)?;
        let key = terminal_key(key)?.signing(certificate.public_key());
        let key = key.ok_or_else(|| Failure::usage("inspect.terminal-key", "the key is not the certificate's"))?;
        lab = lab.with_authority(Authority { certificate, key: Rc::new(key) });
    }
    let name = PcscCard::reader_named(reader, CALL_TIME_OUT)?;
    let card = PcscCard::connect(&name, CALL_TIME_OUT)?;
    let mut subject = OnReader(Box::new(Observed { card, observer: Log }));
    let options = Options { chip: name, sacrificial: arguments.sacrificial, ..options(arguments)? };
    carry_out(context, &mut subject, &lab, &options)
}

fn terminal(certificates: &[PathBuf], key: Option<&Path>) -> Result<Option<TerminalChain>, Failure> {
    let Some((certificates, key)) = credentials(certificates, key)?.and_then(TerminalCredentials::into_chain) else {
        return Ok(None);
    };
    Ok(Some(TerminalChain { certificates, key: Rc::new(key) }))
}

fn on_virtual(context: &Context, arguments: &QualifyArgs) -> Result<Report, Failure> {
    let text = embedded(&arguments.profile)
        .ok_or_else(|| LineError::ProfileUnknown(arguments.profile.clone()))
        .map_err(Failure::from)?;
    let profile = Profile::parse(text).map_err(LineError::from)?;
    let mut seeds = [[0; 32]; 3];
    seeds.iter_mut().for_each(|seed| OsEntropy.fill(seed));
    let [own, other, chance] = seeds;
    let mut subject = Supply::new(profile, [own, other], chance, context.today()).map_err(|error| no_chip(&error))?;
    let lab = subject.lab().map_err(|error| no_chip(&error))?;
    let mut given = options(arguments)?;
    // Without a statement of the user's it is the one that was written beside the profile.
    if arguments.ics.is_none() {
        given.stated = stated(&arguments.profile).map_err(|error| Failure::qualification(&error))?;
    }
    let options = Options {
        chip: format!("virtual chip, profile {}, TEST", arguments.profile),
        sacrificial: true,
        granted: GRANTED.map(str::to_owned).to_vec(),
        ..given
    };
    carry_out(context, &mut subject, &lab, &options)
}

fn no_chip(error: &SpecimenError) -> Failure {
    Failure::input(error.code(), format!("no virtual chip: {error}"), "Name another profile with --profile.")
}

fn carry_out(context: &Context, subject: &mut dyn Subject, lab: &Lab, options: &Options) -> Result<Report, Failure> {
    let total = sigillo_qualify::chosen(options).map_err(|error| Failure::qualification(&error))?;
    let bar = context.progress_bar(u64::try_from(total).ok());
    let mut entropy = OsEntropy;
    run(subject, lab, options, &mut entropy, &mut |progress| bar.tick_with(progress.case.to_owned()))
        .map_err(|error| Failure::qualification(&error))
}

fn options(arguments: &QualifyArgs) -> Result<Options, Failure> {
    let stated = arguments.ics.as_deref().map(statement).transpose()?.unwrap_or_default();
    Ok(Options { suites: arguments.suite.clone(), cases: arguments.case.clone(), stated, ..Options::default() })
}

/// The maker's statement from its file.
fn statement(path: &Path) -> Result<BTreeMap<String, bool>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| file_error(path, &error))?;
    parse_statement(&text)
        .map_err(|error| Failure::input(error.code(), format!("{}: {error}", path.display()), ICS_ADVICE))
}

fn digits(path: &Path) -> Result<SecretBytes, Failure> {
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| file_error(path, &error))?);
    let digits = text.trim();
    if digits.is_empty() || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(Failure::usage("usage.digits", format!("{} holds no digits, or more", path.display())));
    }
    Ok(SecretBytes::copy_of(digits.as_bytes()))
}

/// What nobody can find out by asking the chip.
const GRANTED: [&str; 5] = ["native-dialect", "personalization", "ta-date-validation", "ta-migration", "virtual"];
const CALL_TIME_OUT: Duration = Duration::from_secs(20);
const ICS_ADVICE: &str =
    "Write an item a line, such as `pace-can = true`; the items stand in the manual's page on qualification.";

struct OnReader(Box<dyn Card>);

impl Subject for OnReader {
    fn reset(&mut self) -> Result<Vec<u8>, Gone> {
        self.0.reset().map_err(|error| Gone(error.to_string()))
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Gone> {
        self.0.transmit(command).map_err(|error| Gone(error.to_string()))
    }
}
