//! `sigillo chip pin`.

use clap::{Args, Subcommand};

use crate::args::way_in::WayInArgs;

/// `sigillo chip pin …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PinCommand {
    /// Ask how many tries the PIN has left; the question costs none
    #[command(after_help = "Example:\n  sigillo chip pin status --reader 0 --mrz-file mrz.txt")]
    Status {
        /// Which chip, and what opens it
        #[command(flatten)]
        chip: WayInArgs,
    },
    /// Try the PIN: one try, which a right PIN gives back
    #[command(
        after_help = "Examples:\n  sigillo chip pin verify --reader 0 --mrz-file mrz.txt\n  sigillo chip pin verify --image chip.img --can-file can.txt --secret-fd pin=3 3<pin.txt"
    )]
    Verify {
        /// Which chip, and what opens it
        #[command(flatten)]
        chip: WayInArgs,
        /// Whether the last try may be used
        #[command(flatten)]
        tries: LastTryArgs,
    },
    /// Change the PIN for who knows it
    #[command(
        after_help = "Examples:\n  sigillo chip pin change --reader 0 --mrz-file mrz.txt\n  sigillo chip pin change --image chip.img --can-file can.txt --secret-fd pin=3 --secret-fd new-pin=4 3<pin.txt 4<new.txt"
    )]
    Change {
        /// Which chip, and what opens it
        #[command(flatten)]
        chip: WayInArgs,
        /// Whether the last try may be used
        #[command(flatten)]
        tries: LastTryArgs,
    },
    /// Give the PIN its tries back for who knows the PUK, with a new PIN
    #[command(
        after_help = "Examples:\n  sigillo chip pin unblock --reader 0 --mrz-file mrz.txt\n  sigillo chip pin unblock --reader 0 --mrz-file mrz.txt --keep-pin"
    )]
    Unblock {
        /// Which chip, and what opens it
        #[command(flatten)]
        chip: WayInArgs,
        /// Keep the PIN that the card has; without it a new one is asked for
        #[arg(long)]
        keep_pin: bool,
    },
}

/// What a wrong PIN may cost.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct LastTryArgs {
    /// Use the last try too: a wrong PIN blocks it then
    #[arg(long)]
    pub last_try: bool,
}
