//! Where chips come from: arguments of every command that takes one after the other.

use clap::Args;

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
