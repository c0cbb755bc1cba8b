//! What the user may type. No I/O here: paths are not opened, nothing is checked but the form.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

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
    /// How much to log on standard error
    #[arg(long, global = true, value_enum, default_value_t = LogLevel::Warn, value_name = "LEVEL")]
    pub log: LogLevel,
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
    /// Check the trace
    #[command(subcommand)]
    Audit(AuditCommand),
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

/// `sigillo init`.
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// Make software keys now; their certificates say TEST and production mode refuses them
    #[arg(long)]
    pub test_keys: bool,
    /// The chip profile
    #[arg(long, default_value = "pse-rf-bac", value_name = "NAME")]
    pub profile: String,
    /// Refuse test keys and TEST profiles from now on
    #[arg(long, conflicts_with = "test_keys")]
    pub production: bool,
}

/// `sigillo lot …`.
#[derive(Debug, Subcommand)]
pub(crate) enum LotCommand {
    /// Check every record and report every fault at once; changes nothing
    #[command(after_help = "Example:\n  sigillo lot check lot.jsonl --json")]
    Check(LotFile),
    /// Check, encrypt and store every record, or none
    #[command(after_help = "Example:\n  sigillo --operator anna lot import lot.jsonl")]
    Import(LotFile),
}

/// A lot.
#[derive(Args, Debug)]
pub(crate) struct LotFile {
    /// R-PSE records, one JSON object a line; images by base64 or by a path inside the file's folder
    pub file: PathBuf,
}

/// `sigillo chip …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ChipCommand {
    /// Make virtual chips of a new vendor batch, as images marked TEST
    #[command(after_help = "Example:\n  sigillo --operator anna chip make --batch 2026A --count 16")]
    Make {
        /// Name of the batch: letters, digits and hyphens
        #[arg(long)]
        batch: String,
        /// How many
        #[arg(long)]
        count: u32,
    },
    /// Initialize chips: keys, file structure, chip-specific files; fills the stock
    #[command(
        after_help = "Examples:\n  sigillo --operator anna chip init --batch 2026A --virtual 16\n  sigillo --operator anna chip init --batch 2026A --reader 'ACS ACR122U 00 00'"
    )]
    Init {
        /// The vendor batch, whose transport keys the chips hold
        #[arg(long)]
        batch: String,
        /// Where the chips are
        #[command(flatten)]
        station: StationArgs,
        /// Number printed on the first blank; the next ones count up
        #[arg(long, value_name = "I12345678")]
        blank_number: Option<String>,
    },
    /// Serve virtual chips behind pcscd, as a client of vpcd
    #[command(
        after_help = "Examples:\n  sigillo chip serve --image chip.img\n  sigillo chip serve --magazine sigillo-home/chips/2026A --advance-after use    # for `chip init`\n  sigillo chip serve --magazine sigillo-home/chips/2026A                        # for `run start`"
    )]
    Serve {
        /// One chip
        #[arg(long, conflicts_with = "magazine", required_unless_present = "magazine")]
        image: Option<PathBuf>,
        /// A folder: its chips come one after the other; one that had its turn is taken out when it loses its power
        #[arg(long, value_name = "DIR")]
        magazine: Option<PathBuf>,
        /// When a chip of the magazine had its turn
        #[arg(long, value_enum, default_value_t = AdvanceAfter::Lock, value_name = "WHEN", conflicts_with = "image")]
        advance_after: AdvanceAfter,
        /// Where vpcd listens
        #[arg(long, default_value = "127.0.0.1:35963")]
        address: String,
    },
    /// Open a chip by PACE or BAC, read it and show it
    #[command(
        after_help = "Examples:\n  sigillo chip inspect --reader 0 --mrz-file mrz.txt --save files/\n  sigillo chip inspect --image chip.img --can\n  sigillo chip inspect --reader 0 --mrz-file mrz.txt --terminal-cert dv.cvcert --terminal-cert is.cvcert --terminal-key is.der"
    )]
    Inspect {
        /// Which chip, and what opens it
        #[command(flatten)]
        chip: ChipArgs,
        /// Save the raw files into this new folder
        #[arg(long, value_name = "DIR")]
        save: Option<PathBuf>,
        /// Show each file as a tree of TLVs
        #[arg(long)]
        tree: bool,
    },
    /// Read a chip and judge it: every check passed, failed, or not run and why
    #[command(after_help = "Example:\n  sigillo chip verify --reader 0 --mrz-file mrz.txt --csca csca.cer")]
    Verify {
        /// Which chip, and what opens it
        #[command(flatten)]
        chip: ChipArgs,
        /// Trust anchor: a CSCA certificate, DER; may be given more than once
        #[arg(long, required = true, value_name = "FILE")]
        csca: Vec<PathBuf>,
    },
    /// Run the conformance cases against a chip: every one passed, failed, not applicable, or not run and why
    #[command(
        after_help = "Examples:\n  sigillo chip qualify --virtual\n  sigillo chip qualify --virtual --profile pse-rf-bac --json\n  sigillo chip qualify --reader 0 --mrz-file mrz.txt --can-file can.txt --html report.html"
    )]
    Qualify(Box<QualifyArgs>),
    /// Take a card out of the world
    #[command(
        after_help = "Example:\n  sigillo --operator anna chip scrap 54455354303030303031 --manner mute --reason antenna --witness carla"
    )]
    Scrap {
        /// Serial, 20 hexadecimal digits
        serial: String,
        /// How it ends
        #[arg(long, value_enum)]
        manner: ScrapManner,
        /// Why, in one short word
        #[arg(long)]
        reason: String,
        /// Who saw the card destroyed
        #[arg(long)]
        witness: Option<String>,
    },
    /// List readers
    Readers,
}

/// `sigillo chip qualify`.
#[derive(Args, Debug)]
pub(crate) struct QualifyArgs {
    /// A PC/SC reader, by its name or number as `chip readers` lists them
    #[arg(long, value_name = "READER", required_unless_present = "virtual_chip")]
    pub reader: Option<String>,
    /// A virtual chip, formed for this purpose in this process; sacrificial cases get a fresh one each
    #[arg(long = "virtual", conflicts_with = "reader")]
    pub virtual_chip: bool,
    /// The profile of the virtual chip
    #[arg(long, value_name = "NAME", default_value = "pse-rf-full", requires = "virtual_chip")]
    pub profile: String,
    /// The three lines of the machine readable zone; without it they are asked for at the prompt
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip")]
    pub mrz_file: Option<PathBuf>,
    /// The card access number, six digits
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip")]
    pub can_file: Option<PathBuf>,
    /// The holder's PIN
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip")]
    pub pin_file: Option<PathBuf>,
    /// The holder's PUK
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip")]
    pub puk_file: Option<PathBuf>,
    /// Trust anchor: a CSCA certificate, DER; may be given more than once
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip")]
    pub csca: Vec<PathBuf>,
    /// A certificate of an inspection system or of an authority above it; may be given more than once
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip", requires = "terminal_key")]
    pub terminal_cert: Vec<PathBuf>,
    /// The inspection system's private key, DER, a file of mode 0600
    #[arg(long, value_name = "FILE", requires = "terminal_cert")]
    pub terminal_key: Option<PathBuf>,
    /// A certificate of a terminal of the issuing office, or of an authority above it; may be given more than once
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip", requires = "office_key")]
    pub office_cert: Vec<PathBuf>,
    /// The office terminal's private key, DER, a file of mode 0600
    #[arg(long, value_name = "FILE", requires = "office_cert")]
    pub office_key: Option<PathBuf>,
    /// The certificate of the chip's trust point, for the certificates that cases make: of test chips alone
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip", requires = "cvca_key")]
    pub cvca_cert: Option<PathBuf>,
    /// The trust point's private key, DER, a file of mode 0600
    #[arg(long, value_name = "FILE", requires = "cvca_cert")]
    pub cvca_key: Option<PathBuf>,
    /// The maker's conformance statement: lines such as `pace-can = true`; each is held against what is found
    #[arg(long, value_name = "FILE")]
    pub ics: Option<PathBuf>,
    /// Also cases that burn tries, advance dates or trust points, or end the card; a virtual chip runs them always
    #[arg(long)]
    pub sacrificial: bool,
    /// Only this suite; may be given more than once
    #[arg(long, value_name = "NAME")]
    pub suite: Vec<String>,
    /// Only this case; may be given more than once
    #[arg(long, value_name = "ID")]
    pub case: Vec<String>,
    /// Write the report as one page into this new file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// When a chip of a magazine had its turn.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AdvanceAfter {
    /// Once it is locked or terminated: for formation. An interrupted chip stays in, a locked one never comes.
    Lock,
    /// Once it answered a command: for initialization and inspection. Each chip comes once.
    Use,
}

/// How a card leaves.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ScrapManner {
    /// It says nothing any more; destroyed before a witness.
    Mute,
    /// Locked and refused by the release gate; destroyed before a witness.
    LockedRefused,
}

/// Where a run takes its chips from.
#[derive(Args, Debug)]
#[group(skip)]
pub(crate) struct StationArgs {
    /// Up to N virtual chips of the home, in this process
    #[arg(long = "virtual", value_name = "N", required_unless_present = "reader", conflicts_with = "reader")]
    pub virtual_chips: Option<u32>,
    /// A PC/SC reader, by its name or number; chip after chip, until no other is put in
    #[arg(long, value_name = "READER")]
    pub reader: Option<String>,
    /// How long to wait for the next chip in the reader
    #[arg(long, value_name = "SECONDS", default_value_t = 10, conflicts_with = "virtual_chips")]
    pub wait: u64,
}

/// One chip and what opens it.
#[derive(Args, Debug)]
pub(crate) struct ChipArgs {
    /// A PC/SC reader, by its name or number as `chip readers` lists them
    #[arg(long, value_name = "READER", required_unless_present = "image")]
    pub reader: Option<String>,
    /// The image of a virtual chip
    #[arg(long, conflicts_with = "reader")]
    pub image: Option<PathBuf>,
    /// The three lines of the machine readable zone; without it, and without a card access number, they are asked for at the
    /// prompt
    #[arg(long, value_name = "FILE")]
    pub mrz_file: Option<PathBuf>,
    /// The card access number, for PACE; it opens no BAC
    #[arg(long, value_name = "FILE")]
    pub can_file: Option<PathBuf>,
    /// Ask for the card access number at the prompt
    #[arg(long, conflicts_with = "can_file")]
    pub can: bool,
    /// Which protocols may open the chip; PACE that fails never becomes BAC
    #[arg(long, value_enum, default_value_t = AccessArg::PaceOrBac, value_name = "POLICY")]
    pub access: AccessArg,
    /// A card-verifiable certificate of the terminal or of an authority above it; may be given more than once, in any order
    #[arg(long, value_name = "FILE", requires = "terminal_key")]
    pub terminal_cert: Vec<PathBuf>,
    /// The terminal's private key, DER, a file of mode 0600: for Terminal Authentication, and DG3 where it has the right
    #[arg(long, value_name = "FILE", requires = "terminal_cert")]
    pub terminal_key: Option<PathBuf>,
    /// The eServices application whose life cycle is asked for, in hexadecimal
    #[arg(long, value_name = "AID", default_value = "F0534947494C4C4F01", value_parser = aid)]
    pub eservices: Aid,
}

/// Which protocols may open a chip.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AccessArg {
    /// PACE; BAC where the chip offers no PACE at all.
    PaceOrBac,
    /// PACE or nothing.
    PaceOnly,
    /// BAC, without a look at what else the chip offers.
    BacOnly,
}

/// The name of an application, 5 to 16 octets.
#[derive(Clone, Debug)]
pub(crate) struct Aid(pub Vec<u8>);

fn aid(text: &str) -> Result<Aid, String> {
    let octets = hex::decode(text).ok().filter(|octets| (5..=16).contains(&octets.len()));
    octets.map(Aid).ok_or_else(|| "an application identifier has 5 to 16 octets, in hexadecimal".to_owned())
}

/// `sigillo run …`.
#[derive(Debug, Subcommand)]
pub(crate) enum RunCommand {
    /// Print the plan of a lot and its digest; touches nothing
    #[command(after_help = "Example:\n  sigillo run plan --lot 1 --json")]
    Plan {
        /// Number of the lot
        #[arg(long)]
        lot: i64,
    },
    /// Form one chip after the other
    #[command(after_help = "Example:\n  sigillo --operator anna run start --lot 1 --virtual 16 --plan 3f2a…")]
    Start {
        /// Number of the lot
        #[arg(long)]
        lot: i64,
        /// Where the chips are
        #[command(flatten)]
        station: StationArgs,
        /// Refuse to start unless the plan has this digest
        #[arg(long, value_name = "DIGEST")]
        plan: Option<String>,
    },
    /// Go on after a stop or a crash: same record, same chip
    #[command(after_help = "Example:\n  sigillo --operator anna run resume --virtual 16")]
    Resume {
        /// Number of the run; the newest if left out
        run: Option<i64>,
        /// Where the chips are
        #[command(flatten)]
        station: StationArgs,
    },
    /// Show runs, counts and open acts
    Status,
    /// Reconcile a run: chips, records, slots, waivers
    Report {
        /// Number of the run; the newest if left out
        run: Option<i64>,
    },
    /// Write what the printer prints, a folder for each released card
    #[command(name = "print-data")]
    PrintData {
        /// Number of the run; the newest if left out
        run: Option<i64>,
        /// A new folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// `sigillo audit …`.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Verify the chain of the trace: names the first altered, missing or reordered entry
    Verify,
}

/// `sigillo vectors …`.
#[derive(Debug, Subcommand)]
pub(crate) enum VectorsCommand {
    /// Replay every vector below a folder: decoders, seals, both ends of every channel, sessions of the in-process chip
    #[command(after_help = "Example:\n  sigillo vectors replay test-vectors")]
    Replay {
        /// The folder
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
