//! What the user may type, a file for each family of commands. No I/O here: paths are not opened, nothing is checked but the form.

pub(crate) mod audit;
pub(crate) mod chip;
pub(crate) mod codes;
pub(crate) mod exchange;
pub(crate) mod init;
pub(crate) mod keys;
pub(crate) mod lot;
pub(crate) mod operators;
pub(crate) mod permit;
pub(crate) mod pin;
pub(crate) mod pki;
pub(crate) mod qualify;
pub(crate) mod run;
pub(crate) mod seal;
pub(crate) mod station;
pub(crate) mod store;
pub(crate) mod vectors;
pub(crate) mod way_in;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::args::audit::AuditCommand;
use crate::args::chip::ChipCommand;
use crate::args::codes::CodesCommand;
use crate::args::exchange::ExchangeCommand;
use crate::args::init::InitArgs;
use crate::args::keys::KeysCommand;
use crate::args::lot::LotCommand;
use crate::args::operators::OperatorsCommand;
use crate::args::permit::PermitCommand;
use crate::args::pki::PkiCommand;
use crate::args::run::RunCommand;
use crate::args::seal::SealCommand;
use crate::args::store::StoreCommand;
use crate::args::vectors::VectorsCommand;

/// Personalizes identity chips: records in, sealed, verified and locked chips out.
#[derive(Debug, Parser)]
#[command(name = "sigillo", version, about, long_about = None, disable_help_subcommand = true, after_help = FIRST_STEPS)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

/// Options of every command.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// The folder with configuration, keys, register and chips
    #[arg(long, global = true, value_name = "DIR", default_value = "./sigillo-home")]
    pub home: PathBuf,
    /// Print results and errors as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Use this moment (UTC) instead of the clock, for tests and replays
    #[arg(long, global = true, value_name = "YYYY-MM-DDTHH:MM:SSZ")]
    pub now: Option<jiff::Timestamp>,
    /// Who asks, in one word; whatever changes a state insists on it, and journal, trace and report repeat it
    #[arg(long, global = true, value_name = "NAME")]
    pub operator: Option<String>,
    /// The second person, for what two persons do
    #[arg(long, global = true, value_name = "NAME")]
    pub second: Option<String>,
    /// The operator's own token: the file of its PKCS#11 module; its PIN is asked for, or read by --secret-fd operator-pin=N
    #[arg(long, global = true, value_name = "MODULE")]
    pub operator_module: Option<PathBuf>,
    /// The label of the operator's own token
    #[arg(long, global = true, value_name = "LABEL")]
    pub operator_token: Option<String>,
    /// The second person's own token: the file of its PKCS#11 module; its PIN is second-pin
    #[arg(long, global = true, value_name = "MODULE")]
    pub second_module: Option<PathBuf>,
    /// The label of the second person's own token
    #[arg(long, global = true, value_name = "LABEL")]
    pub second_token: Option<String>,
    /// Do nothing but write the signed request into a new file, for a second person who is elsewhere
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "signed_request")]
    pub request_out: Option<PathBuf>,
    /// Use this request, which `sigillo operators countersign` wrote
    #[arg(long, global = true, value_name = "FILE")]
    pub signed_request: Option<PathBuf>,
    /// Read a secret from an open descriptor, for example `pin=3` with `3</run/pin`; names: pin, passphrase, component-1, …
    #[arg(long, global = true, value_name = "NAME=N", value_parser = SecretDescriptor::parse)]
    pub secret_fd: Vec<SecretDescriptor>,
    /// How much to log on standard error
    #[arg(long, global = true, value_enum, default_value_t = LogLevel::Warn, value_name = "LEVEL")]
    pub log: LogLevel,
}

/// A secret that comes in through an open descriptor.
#[derive(Clone, Debug)]
pub(crate) struct SecretDescriptor {
    /// Which secret.
    pub name: String,
    /// The descriptor.
    pub number: u32,
}

impl SecretDescriptor {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, number) = text.split_once('=').ok_or("NAME=N, for example pin=3")?;
        let number = number.parse().map_err(|_| "N is the number of an open descriptor")?;
        Ok(Self { name: name.to_owned(), number })
    }
}

/// Log levels.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogLevel {
    /// Nothing.
    Off,
    /// Faults.
    Error,
    /// What deserves a look.
    Warn,
    /// Phases.
    Info,
    /// Steps.
    Debug,
    /// Every command's head; never a body.
    Trace,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a home: folders, configuration, profiles, register
    #[command(after_help = "Example:\n  sigillo --home line1 init --test-keys --profile pse-rf-bac")]
    Init(InitArgs),
    /// Check and import lots of R-PSE records
    #[command(subcommand)]
    Lot(LotCommand),
    /// Make, initialize, serve, inspect and verify chips
    #[command(subcommand)]
    Chip(ChipCommand),
    /// Form chips: plan, start, resume, report
    #[command(subcommand)]
    Run(RunCommand),
    /// The office: activate, deliver, suspend, revoke, annul; check a permit
    #[command(subcommand)]
    Permit(Box<PermitCommand>),
    /// The keys: table, inventory, components, rotation, ceremonies
    #[command(subcommand)]
    Keys(Box<KeysCommand>),
    /// Who may ask for what: the table of acts, enrol and retire operators, sign for somebody who is elsewhere
    #[command(subcommand)]
    Operators(Box<OperatorsCommand>),
    /// Certificates, requests and lists: of documents and of terminals
    #[command(subcommand)]
    Pki(Box<PkiCommand>),
    /// Seal documents without a chip, verify and show seals, count the slots of the signers
    #[command(subcommand)]
    Seal(SealCommand),
    /// Check the trace
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Back the register up, restore it, check it
    #[command(subcommand)]
    Store(StoreCommand),
    /// The letter with a holder's codes: print it once, set new codes
    #[command(subcommand)]
    Codes(Box<CodesCommand>),
    /// Messages from and to partners: lots come in, acknowledgements and events go out
    #[command(subcommand)]
    Exchange(ExchangeCommand),
    /// Replay test vectors
    #[command(subcommand)]
    Vectors(VectorsCommand),
    /// Say what is wrong with PC/SC, readers and drivers, and what to do; changes nothing
    #[command(
        after_help = "Examples:\n  sigillo doctor\n  sigillo --json doctor\n\nExit status: 0 all well or merely doubtful, 4 no chip can be reached"
    )]
    Doctor,
    /// Print a completion script for a shell
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the man pages into a folder
    Man {
        /// The folder, which must exist.
        dir: PathBuf,
    },
}

const FIRST_STEPS: &str = "First steps:
  sigillo init --test-keys
  sigillo --operator anna lot import demo/lot.jsonl
  sigillo --operator anna chip make --batch A --count 18
  sigillo --operator anna chip init --batch A --virtual 2 --blank-number I90000001
  sigillo --operator anna chip init --batch A --virtual 16
  sigillo --operator anna run start --lot 1 --virtual 18
  sigillo run report

Exit codes: 0 done, 1 a check failed, 2 usage, 3 input refused, 4 reader, 5 chip refused or scrapped, 6 key or store,
7 stopped, can be resumed.";
