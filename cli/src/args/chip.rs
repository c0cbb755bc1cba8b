//! `sigillo chip`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::args::pin::PinCommand;
use crate::args::qualify::QualifyArgs;
use crate::args::station::StationArgs;
use crate::args::way_in::WayInArgs;

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
    /// The holder's PIN: its tries, one try, another PIN, unblocking with the PUK
    #[command(subcommand)]
    Pin(PinCommand),
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

/// One chip, what opens it, and who asks.
#[derive(Args, Debug)]
pub(crate) struct ChipArgs {
    /// Which chip, and what opens it
    #[command(flatten)]
    pub way_in: WayInArgs,
    /// Which protocols may open the chip; PACE that fails never becomes BAC
    #[arg(long, value_enum, default_value_t = AccessArg::PaceOrBac, value_name = "POLICY")]
    pub access: AccessArg,
    /// A card-verifiable certificate of the terminal or of an authority above it; may be given more than once, in any order
    #[arg(long, value_name = "FILE", requires = "terminal_key")]
    pub terminal_cert: Vec<PathBuf>,
    /// The terminal's private key, DER, a file of mode 0600: for Terminal Authentication, and DG3 where it has the right
    #[arg(long, value_name = "FILE", requires = "terminal_cert")]
    pub terminal_key: Option<PathBuf>,
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
